# What surrounds every page: navigation, rail, notices; errors and signing in.

page-skip = Zum Inhalt
nav-main = Hauptnavigation
nav-home = Start
nav-spaces = Räume
nav-people = Leute
nav-files = Dateien
nav-backup = Sicherung
nav-profile = Profil
nav-waiting = { $count ->
    [one] { $count } wartet auf deine Antwort
   *[other] { $count } warten auf deine Antwort
}
rail-friends = Freunde
rail-nobody = Noch niemand. { $follow }, dann erscheint die Person hier.
rail-follow = Folg jemandem
rail-all = { $count ->
    [one] { $count } Person
   *[other] Alle { $count } Leute
}
reach-direct = direkt
reach-away = nicht da

time-now = jetzt
time-minutes = { $count } min
time-hours = { $count } h
time-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
time-month = { $month ->
    [1] Jan.
    [2] Feb.
    [3] März
    [4] Apr.
    [5] Mai
    [6] Juni
    [7] Juli
    [8] Aug.
    [9] Sept.
    [10] Okt.
    [11] Nov.
   *[12] Dez.
}
time-date = { $day }. { $month }
time-date-year = { $day }. { $month } { $year }
time-full = { $day }. { $month } { $year }, { $clock } UTC
bytes-few = { $count ->
    [one] { $count } Byte
   *[other] { $count } Byte
}
bytes-tenths = { $whole },{ $tenth } { $unit }
bytes-whole = { $whole } { $unit }

form-cancel = Abbrechen
form-copy = Kopieren
form-copied = Kopiert

form-bytes-left = { $count ->
    [one] noch { $count } Byte
   *[other] noch { $count } Byte
}
form-bytes-over = { $count ->
    [one] { $count } Byte zu viel
   *[other] { $count } Byte zu viel
}
form-too-long = { $count ->
    [one] Das ist { $count } Byte zu lang.
   *[other] Das ist { $count } Byte zu lang.
}
news-count = { $count ->
    [one] { $count } neuer Beitrag
   *[other] { $count } neue Beiträge
}

done-posted = Gepostet.
done-replied = Deine Antwort ist unterwegs.
done-edited = Gespeichert. Wer den Beitrag liest, sieht, dass er bearbeitet wurde.
done-deleted = Gelöscht.
done-followed = Du folgst dieser Person jetzt. Ihre Beiträge kommen, sobald ein Weg zu ihr gefunden ist.
done-befriended = Ihr folgt jetzt einander.
done-unfollowed = Du folgst dieser Person nicht mehr.
done-saved = Gespeichert.
done-discarded = Verworfen: Von dieser Datei bleibt hier nichts.
done-signed-out = Dieser Browser ist abgemeldet.
done-backed-up = Was neu ist, geht jetzt an deine Freunde.
done-pledged = Zugesagt. Die andere Seite erfährt davon.
done-posted-warned = Gepostet. Jemand, für den der Beitrag ist oder den du erwähnst, kann ihn aber nicht lesen: Die Person gehört nicht zu diesem Raum, oder ihr Schlüssel ist noch nicht hier.
done-edited-warned = Gespeichert. Jemand, für den der Beitrag ist oder den du erwähnst, kann ihn aber nicht lesen: Die Person gehört nicht zu diesem Raum, oder ihr Schlüssel ist noch nicht hier.
done-begun = Der Raum ist da. Alle, die du aufgenommen hast, finden ihn, sobald ihr Server erreicht wird.
done-added = Aufgenommen. Die Person findet den Raum, sobald ihr Server erreicht wird.
done-added-without-past = Aufgenommen, aber ohne das, was vorher geschrieben wurde: Schlüssel davon sind noch nicht hier und konnten nicht mitgegeben werden. Wenn sie da sind, entfern die Person und nimm sie noch einmal auf; oder lass das einen anderen Admin tun.
done-removed = Entfernt. Was von jetzt an geschrieben wird, kann diese Person nicht mehr lesen.
done-promoted = Diese Person ist jetzt auch Admin.
done-renamed = Der Raum hat seinen neuen Namen.
done-left = Du hast den Raum verlassen.
done-bookmarked = Gemerkt. Über dein Profil findest du den Beitrag wieder.
done-unbookmarked = Aus deinen Lesezeichen genommen.
done-muted = Stummgeschaltet: Die Beiträge erscheinen nicht mehr in deinen Zeitleisten.
done-boosted = Weitergesagt: Wer dir folgt und es lesen darf, findet es in seiner Zeitleiste.
done-unboosted = Nicht mehr weitergesagt.
done-called = Gespeichert: So siehst du diese Person von jetzt an.
done-unmuted = Die Beiträge erscheinen wieder.
done-blocked = Blockiert: Diese Person bekommt nichts von dir, und was sie schreibt, erscheint nirgends.
done-blocked-among-others = Blockiert: Diese Person bekommt von diesem Server nichts von dir, und was sie schreibt, erscheint nirgends. Aber in Räumen, in denen ihr beide seid, liest sie weiter mit, was du schreibst: Entfern sie dort, oder verlass sie.
done-unblocked = Nicht mehr blockiert. Was damit endete, beginnt nicht von selbst wieder.
done-listed = Deine Liste ist geändert.
done-reacted = Erledigt.
done-knocked = Du hast angeklopft. Wird angenommen, seid ihr Freunde; bis dahin folgst du.
done-declined = Abgelehnt. Davon erfährt niemand.
done-invited = Der Link steht unten. Schick ihn nur denen, die beitreten sollen.
done-uninvited = Der Link gilt nicht mehr. Wer damit beigetreten ist, bleibt.
done-joined = Du bist drin.
done-asked = Du hast um Einlass gebeten. Du bist drin, sobald der Server erreicht wird, von dem der Link stammt.
done-restoring = Dein Server fängt noch einmal an, diesmal als du. Lade die Seite gleich neu, um zu sehen, wie weit er ist.
done-device-retired = Ausgemustert: Was dieses Gerät geschrieben hat, bleibt, und es gibt neue Schlüssel.
done-device-cut = Gesperrt: Was dieses Gerät von jetzt an sagt, gilt nicht, und es gibt neue Schlüssel.

error-home = Zur Startseite
error-number = Fehler { $number }
error-not-found = Nicht hier
error-not-found-what = Unter dieser Adresse gibt es nichts.
error-not-found-do = Sieh nach, ob die Adresse stimmt, oder fang auf der Startseite neu an.
error-not-mine = Nicht von dir
error-not-mine-what = Ändern und löschen kann einen Beitrag nur, wer ihn geschrieben hat.
error-not-mine-do = Du kannst stattdessen darauf antworten.
error-undone = Nichts ist passiert
error-foreign-form-what = Dieses Formular gehört nicht zu deiner jetzigen Sitzung.
error-foreign-form-do = Geh zurück, lade die Seite neu und schick das Formular noch einmal ab.
error-form-kind = Das Formular war nicht zu lesen: Es hat ein anderes Format.
error-form-long = Das Formular war nicht zu lesen: Es ist zu lang.
error-form-slow = Das Formular war nicht zu lesen: Es kam nicht rechtzeitig an.
error-form-broken = Das Formular war nicht zu lesen: Es brach ab.
error-form-malformed = Das Formular war nicht zu lesen: Es ist fehlerhaft aufgebaut.
error-form-do = Geh zurück; was du geschrieben hast, ist noch da. Kürz es, oder versuch es noch einmal.
error-method = So nicht
error-method-what = Auf eine solche Anfrage antwortet diese Adresse nicht.
error-method-do = Öffne sie als Seite, oder fang auf der Startseite neu an.
error-refused = Das geht nicht
error-refused-do = Geh zurück und ändere es.
error-missing-do = Wenn es jemand anderes hat, kann es noch kommen. Du kannst auf der Startseite neu anfangen.
error-failed = Das hat nicht geklappt
error-failed-do = Versuch es noch einmal; wenn es wieder nicht klappt, sieh im Protokoll des Servers nach.
error-stopping = Der Server fährt herunter
error-stopping-what = Er wurde gerade beendet; es wurde nichts getan.
error-stopping-do = Starte ihn wieder und mach weiter, wo du warst.
error-signed-out = Vorerst abgemeldet
error-signed-out-what = Dieser Browser ist abgemeldet, aber das konnte nicht auf die Platte geschrieben werden ({ $error }).
error-signed-out-do = Schaff Platz oder bring die Platte in Ordnung, bevor der Server neu startet; dann melde dich an und wieder ab.
