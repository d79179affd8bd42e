# Was man einstellt, mitnimmt und mitbringt; was noch zu tun ist.

settings-title = Einstellungen
profile-settings-about = Wie diese Seiten aussehen, was sie zeigen, wer hereinkommt und was Freunde aufbewahren
settings-public = Deine öffentliche Seite
settings-public-about = Was du für alle schreibst, kann auf { $page } stehen, mit einem Feed. Nichts anderes steht je dort.
settings-public-page = einer eigenen Seite
settings-public-shown = Besuchern zeigen
settings-public-shown-about = Auch ohne sie erreicht Öffentliches alle, die dir folgen.
settings-public-indexed = Suchmaschinen dürfen sie finden
settings-public-indexed-about = Sonst werden sie gebeten, es nicht zu tun. Nicht alle hören darauf.
settings-photos = Platz für Fotos anderer
settings-photos-label = Behalten bis zu
settings-photos-about = Fotos von Leuten, denen du folgst, liegen auf diesem Rechner, damit sie sofort zu sehen sind. Ist der Platz voll, gehen zuerst die, die am längsten niemand ansah; sie lassen sich wieder holen.
settings-backup-survive = Alles kommt zurück, auch ohne
settings-backup-auto = so viele Freunde wie möglich
settings-backup-losses = { $count ->
    [one] irgendeinen Freund
   *[other] irgendwelche { $count } Freunde
}
settings-backup-rate = An sie senden
settings-backup-fast = so schnell es geht
settings-backup-a-second = höchstens { $bytes } in der Sekunde
settings-backup-about = Mehr Verluste zu ertragen braucht mehr Platz bei deinen Freunden. Langsames Senden lässt deine Leitung frei.
settings-safety = Wer hereinkommt
settings-sign-in-none = Nur durch Links: Setz ein Passwort oder einen Passkey
settings-sign-in-password = Ein Passwort ist gesetzt
settings-sign-in-passkeys = { $count ->
    [one] Ein Passkey ist gesetzt
   *[other] { $count } Passkeys sind gesetzt
}
settings-sign-in-both = { $count ->
    [one] Ein Passwort und ein Passkey sind gesetzt
   *[other] Ein Passwort und { $count } Passkeys sind gesetzt
}
settings-browsers = { $count ->
    [one] Nur dieser
   *[other] { $count }, dieser dabei
}
settings-data = Was dir gehört
settings-backup-where = Wie sicher es ist, wer es hat, was verloren gehen könnte
settings-export-where = Als eine Datei, die kein Hearth braucht
settings-import-where = Deine Beiträge aus früheren Jahren, aus einer Datei
settings-more = Mehr
settings-profile-where = Dein Name, dein Bild, ein paar Worte
settings-shortcuts-where = Was einzelne Tasten tun
settings-steps-about = Einige Erinnerungen auf der Startseite sind ausgeblendet.
settings-steps-again = Wieder zeigen

steps-picture = Zeig dein Gesicht
steps-picture-about = Ein Bild, an dem Freunde dich sofort erkennen.
steps-guardians-some = { $count ->
    [one] Einer von { $wanted } Freunden bewahrt deine Sicherung auf
   *[other] { $count } von { $wanted } Freunden bewahren deine Sicherung auf
}
steps-import = Bring mit, was du anderswo geschrieben hast
steps-import-about = Deine Beiträge aus früheren Jahren, aus einer Datei.
steps-address = Gib deiner öffentlichen Seite eine Adresse
steps-address-about = Damit auch Leute ohne Hearth lesen können, was du für alle schreibst. Die Adresse gibst du beim Start von Hearth an; die Seite sagt, wie.
steps-done = { $done } von { $all } erledigt

settings-public-there = Besucher finden sie unter { $page }.
settings-public-nowhere = Bisher sieht sie nur dieser Rechner. Um sie der Welt zu zeigen, stell einen Webserver vor Hearth und starte es mit { $command }.

export-title = Alles mitnehmen
export-about = Was dir gehört, kann jederzeit gehen. Dein Server läuft dabei weiter.
export-readable = Überall lesbar
export-readable-about = Ein Ordner in einer Datei (ein tar-Archiv). Entpack ihn und öffne index.html in irgendeinem Browser: Das braucht weder Hearth noch eine Verbindung.
export-inside-posts = Alle deine Beiträge, als Seiten und als Daten
export-inside-photos = Deine Fotos in voller Größe
export-inside-files = Deine Dateien in ihren Ordnern
export-inside-people = Dein Profil, und wem du folgst
export-readable-open = Es ist nicht verschlüsselt: Wer diese Datei bekommt, kann alles darin lesen, auch was du für wenige oder für dich selbst geschrieben hast.
export-readable-button = Herunterladen
export-signed = Unterschrieben, für Hearth
export-signed-about = Deine Logs, wie sie sind: jeder Eintrag mit seiner Unterschrift, so dass jeder prüfen kann, dass sie von dir und vollständig sind. Was nicht öffentlich ist, bleibt darin verschlüsselt. Fotos und Dateien sind nicht dabei; die hat deine Sicherung.
export-signed-check = { $command } prüft sie auf jedem Rechner.
export-signed-button = Die Logs herunterladen
export-terminal = In einem Terminal: { $command }

readable-made = Am { $date } aus Hearth mitgenommen.
readable-inside = Was hier liegt
readable-posts = { $count ->
    [0] Keine Beiträge
    [one] Ein Beitrag
   *[other] { $count } Beiträge
}
readable-photos = { $count ->
    [0] Keine Fotos
    [one] Ein Foto, im Ordner photos
   *[other] { $count } Fotos, im Ordner photos
}
readable-files = { $count ->
    [0] Keine Dateien
    [one] Eine Datei
   *[other] { $count } Dateien
}
readable-people = Wem du folgst
readable-missing = { $count ->
    [one] Eines fehlt hier
   *[other] { $count } Dinge fehlen hier
}
readable-newer = Neuere
readable-older = Ältere
readable-reply = eine Antwort
readable-no-photo = Ein Foto, das nicht auf dem Rechner war, als dies entstand.

import-title = Mitbringen, was du anderswo geschrieben hast
import-about = Beiträge aus der Zeit davor behalten ihre Zeit und stehen zwischen den anderen, als wären sie immer hier gewesen.
import-file = Eine Datei mit Beiträgen
import-look = Nachsehen, was darin steht
import-which = Welche Dateien?
import-format = Text mit einer Zeile je Beitrag, in JSON: seine Zeit in Millisekunden seit 1970, und was er sagt. Was sonst in einer Zeile steht, bleibt draußen.
import-own = Die Dateien im Ordner posts eines Exports aus Hearth sind solche Dateien.
import-terminal = In einem Terminal: { $command }
import-looking = { $name } wird angesehen; noch kommt nichts herein.
import-running = { $posts ->
    [0] Sie kommen herein: bisher { $done }.
   *[other] Sie kommen herein: { $done } von { $posts }.
}
import-meanwhile = Du kannst inzwischen woandershin gehen: Es geht von selbst weiter.
import-again = Sieh nach, wie weit es ist
import-found = { $posts ->
    [one] Ein Beitrag aus { $years }.
   *[other] { $posts } Beiträge aus { $years }.
}
import-some-here = { $here ->
    [one] Einer davon ist schon hier.
   *[other] { $here } davon sind schon hier.
}
import-all-here = Alles ist schon hier.
import-for-whom = Wer darf sie lesen?
import-private = Nur du
import-private-about = Sie stehen in deiner Zeitleiste und deiner Suche, in keiner anderen.
import-friends = Deine Freunde
import-friends-about = Freunde sehen sie auf deiner Seite.
import-public = Alle
import-public-about = Auch Besucher und Suchmaschinen, soweit deine Einstellungen es sagen. Was einmal öffentlich war, lässt sich nicht überall zurückholen.
import-begin = { $count ->
    [one] Einen Beitrag hereinholen
   *[other] { $count } Beiträge hereinholen
}
import-discard = Datei verwerfen
import-other = Inzwischen wurde eine andere Datei gewählt, in einem anderen Tab oder Browser: Nichts ist passiert. So sieht es jetzt aus.
import-go-on = Weitermachen
import-interrupted = Was schon hier ist, ist sicher. Beim Weitermachen wird es übersprungen; wähl dieselben Leser wie zuvor.
import-done = { $count ->
    [0] Nichts Neues kam herein.
    [one] Ein Beitrag kam herein.
   *[other] { $count } Beiträge kamen herein.
}
import-skipped = { $count ->
    [one] Einer war schon hier.
   *[other] { $count } waren schon hier.
}
import-see = Auf deiner Seite ansehen
import-another = Noch eine Datei
import-no-posts = In dieser Datei ist kein Beitrag.

circle-you = Du
circle-nothing = noch nichts
circle-safe = hat Stücke und war kürzlich da
circle-look = hat noch nichts oder schweigt seit einer Woche
circle-hint = Drück auf einen Freund, um zu sehen, was ohne ihn wäre.
circle-invite = Noch einen Freund finden
circle-without = Ohne?
circle-with = Wieder dabei
circle-back = Alle sind wieder da
circle-without-all = Ohne { $names } kommt immer noch alles zurück.
circle-without-nothing = Ohne { $names } kommt nichts zurück: Wer bleibt, hat nicht genug davon.
circle-without-files = Ohne { $names } kommen deine Beiträge zurück, von deinen Dateien aber nur { $files }.
circle-without-part = Ohne { $names } kommen nur { $posts } deiner Texte und { $files } deiner Dateien zurück.
circle-more = { $count ->
    [0] Danach darf niemand mehr gehen.
    [one] Danach darf noch einer gehen, gleich wer.
   *[other] Danach dürfen noch { $count } gehen, gleich wer.
}
circle-placed = { $placed } von { $wanted } Stücken sind bei Freunden.
circle-running = Weitere sind gerade unterwegs.
circle-entries = { $count ->
    [one] ein Eintrag
   *[other] { $count } Einträge
}
circle-entries-bytes = { $count ->
    [one] ein Eintrag und { $bytes }
   *[other] { $count } Einträge und { $bytes }
}
circle-waiting = Noch nicht bei Freunden: { $what }. Es geht von selbst zu ihnen.
circle-nothing-waits = Alles ist bei Freunden; nichts wartet.
circle-holds = { $count ->
    [one] { $bytes } in einem Stück, von { $pledged } zugesagten
   *[other] { $bytes } in { $count } Stücken, von { $pledged } zugesagten
}
circle-holds-nothing = Hat noch nichts, von { $pledged } zugesagten
circle-here = gerade da
circle-heard = zuletzt da: { $date }
circle-never = noch nie da gewesen
circle-beside = auf einem Rechner mit { $names }
advice-five = Ab fünf Freunden hat niemand eine ganze Kopie, und mehr von ihnen dürfen ausfallen.

first-picture = Ein Bild von dir, wenn du magst
first-picture-yours = Dein Bild
first-picture-none = Ohne dieses Bild weitermachen

settings-access = Zugriffsprotokoll
settings-access-label = Notieren, wer wonach fragte
settings-access-days = { $count ->
    [0] gar nicht
    [one] einen Tag lang
   *[other] { $count } Tage lang
}
settings-access-about = { $log } zeigt es. Es liegt nur auf diesem Rechner; wenn du es ausschaltest, wird gelöscht, was notiert war.
