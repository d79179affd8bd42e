# Files, backups, restores, devices.

files-title = Dateien
files-way = Wo dieser Ordner liegt
files-more = Mehr
files-folder = Ordner
files-link = Verknüpfung
files-empty = Dieser Ordner ist leer
backup-title = Sicherung
backup-now = Jetzt sichern
backup-last = Zuletzt gesichert ({ $date }).
backup-size = { $bytes } von dir.
backup-size-stored = { $bytes } von dir, { $stored } bei deinen Freunden.
backup-keepers = Wer was für dich aufbewahrt
backup-keepers-none = Noch niemand. Bitte Freunde, denen du folgst und die dir folgen, dir Platz zuzusagen; sie bewahren auf, was sie nicht lesen können.
backup-kept = Was du für andere aufbewahrst
backup-kept-none = Noch nichts. Freunden kannst du hier Platz zusagen: Was dann hier liegt, ist verschlüsselt und belegt nie mehr von deiner Platte, als du sagst.
backup-of = { $done } von { $total }
backup-share = { $name }: { $used } von { $pledged } belegt
pledge-title = Jemandem Platz zusagen
pledge-friend = Wem
pledge-size = Platz
pledge-button = Zusagen
pledge-about = Das gilt, sobald ihr einander folgt. 0 beendet es: Was schon hier liegt, bleibt noch 30 Tage, und die andere Seite erfährt davon.
snapshots-title = Sicherungsstände { $count }
snapshots-holds = { $count ->
    [one] { $count } Datei, { $bytes }
   *[other] { $count } Dateien, { $bytes }
}
snapshots-how = Auf einem neuen Rechner holt { $command } einen davon zurück.
restore-title = Ich habe meine 24 Wörter
restore-taken = Dieser Server gehört schon jemandem; niemand sonst kann hier zurückkommen.
restore-elsewhere = Geht dieser Rechner einmal verloren, kommst du auf einem anderen zurück:
restore-elsewhere-install = Installiere Hearth dort.
restore-elsewhere-up = Starte es mit { $command } und öffne den Link, der erscheint.
restore-elsewhere-phrase = Wähl „{ $choice }“ und gib deine 24 Wörter und den Link eines Freundes ein.
restore-elsewhere-backup = Zurück kommt dann, { $backup }.
restore-elsewhere-keepers = was deine Freunde für dich aufbewahren
restore-elsewhere-device = Gibt es diesen Rechner noch, dann { $device }.
restore-elsewhere-add = nimm den anderen als zweites Gerät dazu
restore-about = Gib die 24 Wörter von deinem Zettel ein und den Link eines Freundes. Alles, was deine Freunde für dich aufbewahren, kommt zurück: zuerst, wer du bist, und deine neuesten Beiträge, dann deine Dateien.
restore-phrase = Deine 24 Wörter
restore-via = Der Link eines Freundes
restore-via-about = Er steht dort auf der Seite „Leute“, oder { $command } zeigt ihn. Freunde im selben Netz werden auch ohne gefunden.
restore-stolen = Mein alter Rechner wurde gestohlen: Nichts, was er von jetzt an sagt, soll gelten
restore-button = Hol mich zurück
restore-files = { $all ->
    [0] Es gibt keine Dateien.
    [one] { $here ->
        [0] Die Datei ist noch nicht hier.
       *[other] Die Datei ist hier.
    }
   *[other] { $here } von { $all } Dateien sind hier.
}
restore-from = Von { $friends }.
restore-meanwhile = Du kannst inzwischen lesen, schreiben und Dateien öffnen: Was du öffnest, kommt zuerst.
restore-missing = Was gerade nicht zu bekommen ist
devices-title = Geräte
devices-about = Jedes Gerät schreibt für dich und hat die Schlüssel, um zu lesen, was für dich ist.
devices-add = Gerät hinzufügen
devices-remove = Entfernen
devices-remove-about = Ein Gerät, das du weggegeben hast oder das kaputt ist, wird ausgemustert: Was es geschrieben hat, bleibt. Ein gestohlenes wird gesperrt, damit nichts mehr gilt, was es von jetzt an sagt. In beiden Fällen gibt es neue Schlüssel, und dieses Gerät bekommt keinen davon. Das lässt sich nicht rückgängig machen.
device-add-title = Gerät hinzufügen
device-add-about = Noch ein Rechner wird zu dir: Beide schreiben, und beide sehen alles. Deine 24 Wörter sagen, dass er das darf.
device-add-name = Wie es heißen soll
device-add-button = Link erstellen
device-phrase = Deine 24 Wörter
device-phrase-about = Die Wörter von deinem Zettel. Sie werden einmal gebraucht, hier und jetzt, und nirgends aufbewahrt.
device-cancel = Abbrechen
device-link-title = Dein neues Gerät
device-link-secret = Dieser Link ist das neue Gerät: Wer ihn liest, wird zu dir. Er wird nur jetzt gezeigt und gilt für einen Rechner.
device-link-qr = Der Link als Code für eine Kamera
device-link-label = Gerätelink
device-link-install = Installiere Hearth auf dem anderen Rechner, starte es mit hearth up und öffne den Link, den es zeigt.
device-link-there = Wähl dort „Ich habe schon ein Gerät“ und füg diesen Link ein.
device-link-wait = Lass diesen Rechner an, bis der neue alles hat.
device-link-done = Fertig
device-remove-title = Gerät entfernen
device-remove-why = Was ist damit passiert?
device-remove-retire = Ich habe es weggegeben, oder es ist kaputt
device-remove-stolen = Es wurde gestohlen, oder jemand anderes kann es benutzen
device-remove-button = Entfernen
exposed = Was du hier tippst oder liest, geht unverschlüsselt durch das Netz zwischen deinem Browser und deinem Server. Mach nur in einem Netz weiter, das dir gehört, oder öffne diese Seite auf dem Rechner selbst.
device-this = Dieser Rechner
device-other = Ein anderer Rechner
device-this-is = Dieser Rechner · { $state }
device-current = In Gebrauch
device-retired = Ausgemustert
device-cut = Gesperrt
device-since = { $state }, seit: { $date }
device-key = Ganzer Schlüssel

health-nobody = Noch bewahrt niemand deine Sicherung auf.
health-not-begun = { $friends ->
    [one] Noch ist nichts von dir bei Freunden, obwohl einer es aufbewahren würde.
   *[other] Noch ist nichts von dir bei Freunden, obwohl { $friends } es aufbewahren würden.
}
health-one = Du überstehst den Verlust dieses Rechners, solange dein einer Freund bleibt: Bitte noch jemanden um Platz.
health-under-way = { $friends ->
    [one] Deine Sicherung ist unterwegs zu einem Freund und noch nicht sicher.
   *[other] Deine Sicherung ist unterwegs zu { $friends } Freunden und noch nicht sicher.
}
health-safe = { $friends ->
    [one] Du überstehst den Verlust von { $losses } von einem Freund.
   *[other] Du überstehst den Verlust von beliebigen { $losses } von { $friends } Freunden.
}
advice-ask = Bitte jemanden, dem du folgst und der dir folgt, dir Platz zuzusagen; sag im Gegenzug welchen zu. Bis dahin schreibt { $disk } alles auf eine Platte.
advice-more = Ein Freund ist ein Anfang. Bei fünf hat niemand eine ganze Kopie, und drei beliebige dürfen ausfallen.
advice-wait = Was fehlt, geht von selbst zu deinen Freunden, sobald sie da sind.
restore-looking = Gesucht werden deine Freunde und was sie für dich aufbewahren.
restore-reading = Gefunden. Jetzt wird gelesen, was es gibt.
restore-posts = Deine Beiträge kommen zurück.
restore-coming = Deine Beiträge sind wieder da, und deine Dateien kommen.
restore-done = Alles ist wieder da.
restore-done-attested = { $friends ->
    [one] Alles ist wieder da. Ein Freund hat es bezeugt.
   *[other] Alles ist wieder da. { $friends } Freunde haben es bezeugt.
}
restore-brought = Zurückgeholt
restore-missing-lost = { $what }: niemand, der bekannt ist, bewahrt es auf
restore-missing-kept = { $what }: vielleicht bei { $keepers }
