# What the node says when something isn’t done, by its code. The English words stand where the error is made (node/src).

## Posts

why-post-not-here = Ein Beitrag mit der Kennung { $id } ist nicht hier, oder er wurde gelöscht.
why-post-gone = Der Beitrag ist nicht mehr da.
why-post-not-mine = Dieser Beitrag ist nicht von dir: Ändern und löschen kann ihn nur, wer ihn geschrieben hat.
why-post-too-long = Der Text hat { $length } Byte, und ein Beitrag höchstens { $limit }: Kürz ihn, oder teil ihn auf.
why-post-empty = Ein Beitrag braucht wenigstens ein Zeichen oder ein Foto.
why-words-on-photos = Dieser Beitrag hat { $photos } Fotos, beschrieben sind { $words }: Beschreib alle oder keines.
why-too-many-photos = Ein Beitrag hat höchstens { $most } Fotos, und das sind { $count }: Poste die übrigen als Antwort.
why-photo-twice = Ein Foto kann nur einmal in einem Beitrag sein.
why-photo-unsaid = Beschreib Foto { $number } für alle, die es nicht sehen, oder sag, dass es keine Beschreibung braucht; dann schick den Beitrag noch einmal ab.
why-alt-length = Die Beschreibung von Foto { $number } hat 1 bis 1500 Byte: Kürz sie, oder sag, dass das Foto keine braucht.
why-warning-length = Eine Warnung hat 1 bis 200 Byte: Kürz sie, oder lass sie weg.
why-boost-private = Dieser Beitrag ist nur für dich, niemand würde sehen, dass du ihn weitersagst.
why-reaction-not-emoji = Eine Reaktion ist ein einzelnes Emoji, etwa ❤ oder 👍.
why-limit-out-of-bounds = Auf einmal gibt es 1 bis { $most }.
why-not-a-place = Diese Stelle gibt es in der Zeitleiste nicht: Fang bei den neuesten Beiträgen an.
why-not-a-place-bookmarks = Diese Stelle gibt es in den Lesezeichen nicht: Fang bei den neuesten an.
why-not-a-place-notifications = Diese Stelle gibt es in der Aktivität nicht: Fang beim Neuesten an.
why-not-an-id = Das ist nicht die Kennung eines Beitrags.
why-nothing-written = Es wurde nichts geschrieben. Versuch es noch einmal.

## Photos and pictures

why-my-photo-not-here = Dieses Foto ist noch nicht hier: Ein anderes Gerät von dir hat es vielleicht, oder ein Freund, der es gesehen hat. Es kommt, sobald eines davon erreicht wird.
why-photo-not-here = Dieses Foto ist noch nicht hier: Der Server von { $name } hat es vielleicht, oder der von jemandem, der es gesehen hat. Es kommt, sobald einer davon erreicht wird.
why-photo-unknown = Ein solches Foto hat dieser Beitrag nicht.
why-portrait-none = Diese Person hat kein Bild.
why-portrait-size = Ein Profilbild ist ein Quadrat mit höchstens 512 Pixeln Kantenlänge.
why-no-picture-chosen = Es ist kein Bild gewählt: Wähl zuerst eines.
why-photo-no-draft = Dieses Foto ist nicht mehr hier: Wähl es noch einmal.
why-photo-too-large = Das Bild ist größer, als es in einem Beitrag sein darf: Mach es zuerst kleiner.
why-photo-nowhere = Dieses Foto ist noch nicht hier, und niemand, der gerade verbunden ist, hat es.
why-photo-broken = Dieses Foto ist nicht das, was sein Beitrag angibt.
why-photo-io = Ein Foto konnte nicht gespeichert oder gelesen werden: { $error }
why-photo-foreign-form = Diese Seite gehört nicht zu deiner jetzigen Sitzung: Lade sie neu und wähl das Foto noch einmal.
why-photo-broke-off = Das Foto kam nicht vollständig an: Wähl es noch einmal.
why-picture-empty = Die Datei ist leer: Wähl sie noch einmal.
why-picture-too-long = Die Datei hat mehr als { $megabytes } MB, und mehr darf ein Foto nicht haben: Mach sie zuerst kleiner.
why-picture-unknown = Das ist kein Foto, das gezeigt werden kann. JPEG, PNG, WebP und GIF gehen: Speicher es als eines davon.
why-picture-heif = Das ist ein Bild als HEIC oder AVIF, das nicht gezeigt werden kann: Speicher oder exportier es zuerst als JPEG.
why-picture-too-large = Das Bild hat { $width } × { $height } Pixel, höchstens { $most } Millionen gehen: Mach es zuerst kleiner.
why-picture-too-demanding = Um das Bild zu öffnen, wären { $megabytes } MB Arbeitsspeicher nötig, und das ist zu viel: Speicher es als gewöhnliches JPEG, oder mach es zuerst kleiner.
why-picture-broken = Das Bild ist beschädigt oder unvollständig: Wähl es noch einmal, oder öffne es anderswo und speicher es neu.
why-pictures-busy = Gerade werden zu viele Fotos bearbeitet: Versuch es in einer Minute noch einmal.
why-picture-too-slow = Das Foto zu bearbeiten hat zu lange gedauert und wurde abgebrochen: Mach es kleiner, oder versuch es später noch einmal.

## People

why-own-key = Das ist dein eigener Schlüssel: Gib den von jemand anderem an.
why-own-key-follow = Das ist dein eigener Schlüssel: Gib ihn weiter, und folg den anderen.
why-own-key-pledge = Das ist dein eigener Schlüssel: Sag jemand anderem Platz zu, und bitte im Gegenzug um welchen.
why-key-not-hearth = Das ist keine Hearth-Adresse: Die fangen mit „hearth1“ an.
why-key-mixed-case = In dieser Adresse sind Groß- und Kleinbuchstaben gemischt: Schreib alles klein.
why-key-typo = In dieser Adresse ist ein Tippfehler, oder es fehlt etwas: Vergleich sie mit dem Original, oder kopier sie noch einmal.
why-key-newer = Diese Adresse hat die Version { $version }, die dieses Programm nicht kennt: Aktualisier Hearth.
why-key-length = Diese Adresse hat { $bytes } Byte statt 33: Lass sie dir noch einmal geben; das Programm, von dem sie kommt, hat einen Fehler gemacht.
why-key-improper = Diese Adresse ist nicht so geschrieben, wie es sich gehört: Lass sie dir noch einmal geben; das Programm, von dem sie kommt, hat einen Fehler gemacht.
why-key-of-nobody = Diese Adresse kann niemandem gehören, ihr Schlüssel ist ungültig: Lass sie dir noch einmal geben.
why-link-parameter = Mit „{ $part }“ im Link kann Hearth nichts anfangen: Kopier den ganzen Link noch einmal.
why-link-address = „{ $address }“ ist keine Adresse wie /ip4/192.0.2.7/tcp/4747.
why-link-is-invite = Dieser Link lädt in einen Raum ein: Füg ihn auf der Seite „Räume“ ein.
why-link-no-invite = Dieser Link lädt in keinen Raum ein: Kopier den ganzen Link noch einmal.
why-link-damaged = Die Einladung in diesem Link ist beschädigt: Kopier den ganzen Link noch einmal.
why-link-addresses = In einem Link stehen höchstens 8 Adressen.
why-address = „{ $address }“ ist keine Adresse wie /ip4/192.0.2.1/tcp/4747.
why-too-many-addresses = Höchstens { $most } Adressen lassen sich versuchen.
why-too-many-links = Höchstens { $most } Links lassen sich versuchen.
why-own-link = Dein eigener Link lässt sich nicht lesen: { $error }
why-name-length = Das sind { $bytes } Byte, höchstens { $most } gehen: Kürz es.
why-name-too-long = Ein Name hat höchstens { $most } Byte.
why-bio-too-long = Der Text über dich hat höchstens { $most } Byte.
why-petname = Ein Name hat höchstens { $most } Byte und steht in einer Zeile.
why-blocked-by-me = Du blockierst diese Person: Gib sie zuerst frei.
why-list-both = { $both } kann nicht zugleich hinzugefügt und entfernt werden.
why-list-unknown = Die Liste „{ $name }“ gibt es nicht.
why-list-name = Der Name einer Liste hat 1 bis { $most } Byte und steht in einer Zeile.
why-note-too-long = Eine Notiz hat einen Schlüssel von höchstens { $key_bytes } Byte und einen Wert von höchstens { $value_bytes }.
why-knock-too-long = Beim Anklopfen sind höchstens { $most } Byte Platz: Sag es kürzer.
why-knock-unknown = Mit diesem Schlüssel hat niemand angeklopft, oder du hast schon geantwortet.
why-knock-from-followed = Du folgst dieser Person schon. Auf ihrer Seite kannst du ihr entfolgen oder sie blockieren.

## Spaces and invitations

why-space-unknown = Du bist in keinem Raum „{ $text }“.
why-space-ambiguous = { $count } deiner Räume heißen „{ $text }“: Wähl einen davon auf der Seite „Räume“.
why-space-name = Der Name eines Raums hat 1 bis { $most } Byte.
why-space-gone = Diesen Raum gibt es nicht.
why-space-id = Die Kennung des Raums ist nicht zu lesen.
why-space-not-in = Du bist nicht mehr in diesem Raum: Bitte einen der Admins, dich wieder aufzunehmen.
why-space-no-keys = Die Schlüssel dieses Raums sind noch nicht hier: Sie kommen, sobald der Server der Person, die dich aufgenommen hat, oder eines anderen Mitglieds erreicht wird.
why-space-not-admin = Das können nur Admins dieses Raums.
why-space-is-member = Diese Person ist schon in diesem Raum.
why-space-not-member = Diese Person ist nicht in diesem Raum.
why-space-is-admin = Diese Person ist schon Admin.
why-space-oneself = Dich selbst kannst du nicht entfernen: Verlass den Raum.
why-space-at-its-end = Dieser Raum ist am Ende: An ihm wurde mehr geändert, als hineinpasst. Leg einen neuen an.
why-space-full = Ein Raum hat höchstens { $most } Mitglieder.
why-space-not-shared = Nur geteilte Räume haben Mitglieder, die sich ändern lassen; Freunde sind alle, denen du folgst und die dir folgen.
why-invite-for-nobody = Ein Link für niemanden ist keiner: Lass die Zahl weg, oder nimm eine über 0.
why-too-many-invites = Es gibt schon { $most } Links: Nimm zuerst welche zurück.
why-invite-unknown = Diesen Link gibt es nicht.
why-invite-not-shared = Nur in geteilte Räume kann man einladen.
why-invite-not-admin = Nur Admins laden in einen Raum ein: Bitte einen von ihnen.
why-invite-own = Das ist dein eigener Link: Schick ihn denen, die beitreten sollen.
why-invite-blocked = Du blockierst die Person, die dich einlädt: Gib sie zuerst frei.
why-join-wrong = Die Person, die einlädt, kennt diesen Link nicht: Kopier den ganzen Link noch einmal, oder lass dir einen neuen geben.
why-join-used-up = Mit diesem Link sind schon so viele beigetreten, wie dürfen: Lass dir einen neuen geben.
why-join-expired = Dieser Link ist abgelaufen: Lass dir einen neuen geben.
why-join-revoked = Dieser Link wurde zurückgenommen: Lass dir einen neuen geben.
why-join-not-admin = Wer diesen Link erstellt hat, ist nicht mehr Admin des Raums: Lass dir von einem Admin einen neuen geben.
why-join-unwanted = Wer diesen Link erstellt hat, lässt dich nicht ein.
why-join-used-before = Du bist mit diesem Link schon einmal beigetreten und kein Mitglied mehr: Bitte einen Admin, dich aufzunehmen.
why-join-other = Wer diesen Link erstellt hat, lässt dich nicht ein, aus einem Grund, den diese Version von Hearth nicht kennt: Frag nach.

## Search and settings

why-search-empty = Sag, wonach gesucht werden soll: ein Wort oder ein Filter wie from:Name.
why-search-too-long = Eine Suche hat höchstens { $most } Byte: Nimm weniger Wörter.
why-search-too-many-words = Höchstens { $most } Wörter lassen sich auf einmal suchen: Nimm weniger.
why-search-filter-empty = Nach { $name }: muss gleich ein Wort kommen.
why-search-from-empty = Nach from: muss ein Name oder ein Schlüssel kommen.
why-search-nobody = Jemand namens „{ $who }“ ist hier nicht bekannt.
why-search-has = Bei has: gibt es has:link und has:photo.
why-search-is = Bei is: gibt es nur is:mine.
why-search-date = „{ $text }“ ist kein Datum: Schreib es wie 2026-05-17, 2026-05 oder 2026.
why-setting-unknown = Die Einstellung „{ $name }“ gibt es nicht; es gibt: { $names }.
why-setting-value = „{ $value }“ geht bei { $name } nicht: Nimm eines von { $choices }.
why-choose-from-list = Wähl etwas, das in der Liste steht.
why-rate-zero = Mit null Byte in der Sekunde würde nie etwas gesendet: Wähl eine Geschwindigkeit.
why-access-rows = Auf einmal gibt es 1 bis { $most } Zeilen.
why-access-hours = Weiter als { $most } Stunden geht es nicht zurück.
why-access-who = Gib jemanden mit Schlüssel an oder eine der Gruppen auf der Seite.
why-exports-busy = Es entstehen schon zwei Exporte: Warte, bis einer davon fertig ist.

## Files

why-drive-not-found = „{ $path }“ ist nicht in deiner Ablage.
why-drive-never-was = „{ $path }“ ist nicht in deiner Ablage und war es nie.
why-drive-not-folder = „{ $path }“ ist kein Ordner.
why-drive-not-a-folder = Das ist kein Ordner deiner Ablage: Öffne ihn neu.
why-drive-folder-in-the-way = „{ $path }“ ist ein Ordner, und eine Datei kann ihn nicht ersetzen: Entfern oder verschieb ihn zuerst.
why-drive-not-empty = „{ $path }“ ist nicht leer, und ein Ordner kann ihn nicht ersetzen: Verschieb, was darin liegt.
why-drive-root = Der oberste Ordner bleibt, wie er ist: Wähl etwas, das darin liegt.
why-drive-taken = „{ $path }“ gibt es schon: Nimm einen anderen Namen, oder verschieb oder entfern das andere zuerst.
why-drive-moved-away = „{ $path }“ wurde hier nicht entfernt, sondern verschoben: Such es dort, wohin es gekommen ist.
why-drive-folder-gone = Auch der Ordner „{ $path }“ ist entfernt: Hol zuerst ihn zurück.
why-drive-past-changed = Der Verlauf von „{ $path }“ hat sich inzwischen geändert: Sieh ihn dir noch einmal an und wähl neu.
why-drive-same = „{ $path }“ ist schon dort.
why-drive-into-itself = „{ $path }“ lässt sich nicht in sich selbst verschieben.
why-drive-no-version = Von „{ $path }“ gibt es { $versions ->
    [one] nur eine Fassung
   *[other] { $versions } Fassungen, 1 ist die älteste
 }; Fassung { $version } ist nicht dabei.
why-drive-removed-then = In Fassung { $version } ist „{ $path }“ entfernt: Nimm die davor.
why-drive-file-too-long = „{ $path }“ ist zu groß für die Ablage.
why-file-name = So kann eine Datei nicht heißen: Ein Name ist nicht leer, nicht „.“ oder „..“ und enthält keinen Schrägstrich.
why-file-path-long = Ein Pfad hat höchstens { $most } Byte.
why-file-path-escape = In einem Pfad folgen auf U+0000 zwei hexadezimale Ziffern.
why-file-changed-now = Die Datei wurde gerade eben geändert: Öffne sie noch einmal.
why-files-not-taken = Die Dateien wurden nicht angenommen: Sieh nach, was der Server protokolliert.
why-content-missing = Der Inhalt dieser Datei ist nicht hier: Wenn ein anderes Gerät von dir ihn hat, starte dort Hearth und versuch es noch einmal; sonst kommt er von deinen Freunden zurück.
why-content-damaged = Der Inhalt dieser Datei ist beschädigt ({ $what }).
why-content-on-its-way = Er ist noch auf dem Weg hierher: Sieh später noch einmal nach.
why-preview-none = Eine Vorschau gibt es nur von Dateien.
why-downloads-busy = Gerade laufen schon { $most } Downloads aus der Ablage: Versuch es noch einmal, wenn einer davon fertig ist.
why-uploads-busy = Es werden schon { $most } Dateien hochgeladen: Schick diese noch einmal, wenn eine davon da ist.
why-upload-broke-off = Die Datei kam nicht vollständig an und wurde nicht gespeichert: Schick sie noch einmal.
why-upload-broke-off-sent = Die Datei wurde nicht gespeichert, weil die Verbindung abbrach: Schick sie noch einmal.
why-upload-too-slow = Die Datei wurde nicht gespeichert, weil sie nicht rechtzeitig ankam: Schick sie noch einmal.
why-upload-too-long = Die Datei wurde nicht gespeichert: Es kamen mehr als { $most } Byte. Schick sie noch einmal.

## Import

why-import-too-many = In dieser Datei sind mehr als 1 000 000 Beiträge: Teil sie auf und bring einen Teil nach dem anderen mit.
why-import-row = Zeile { $number } ist kein Beitrag: Ihr Text ist leer oder zu lang, oder ihre Zeit gibt es nicht.
why-import-busy = Gerade wird eine andere Datei hereingeholt: Schick diese noch einmal, wenn das fertig ist.
why-import-not-kept = Die Datei konnte nicht gespeichert werden ({ $error }): Schaff Platz und schick sie noch einmal.
why-import-replaced = Eine andere Datei ist an ihre Stelle getreten.
why-import-unread = Die Datei ist nicht zu lesen ({ $error }).
why-import-line-long = { $file }, Zeile { $line }: Sie ist zu lang ({ $error }). Nichts wurde hereingeholt: Bring diese Zeile in Ordnung und schick die Datei noch einmal.
why-import-line-unread = { $file }, Zeile { $line }: Sie ist nicht zu lesen ({ $error }). Nichts wurde hereingeholt: Bring diese Zeile in Ordnung und schick die Datei noch einmal.
why-import-line-time = { $file }, Zeile { $line }: Eine solche Zeit gibt es nicht ({ $error }). Nichts wurde hereingeholt: Bring diese Zeile in Ordnung und schick die Datei noch einmal.
why-import-line-empty = { $file }, Zeile { $line }: Ihr Text ist leer. Nichts wurde hereingeholt: Bring diese Zeile in Ordnung und schick die Datei noch einmal.
why-import-line-text = { $file }, Zeile { $line }: Ihr Text ist zu lang ({ $error }). Nichts wurde hereingeholt: Bring diese Zeile in Ordnung und schick die Datei noch einmal.

## Backup

why-pledge-too-large = So viel Platz kann niemand zusagen.
why-size-bits = Ein kleines b steht für Bit: Schreib B für Byte, wie in 20GB.
why-size-too-large = So viel fasst keine Platte.
why-size-unread = Eine Größe ist eine Zahl mit B, kB, MB, GB oder TB (Zehnerpotenzen) oder KiB, MiB, GiB oder TiB: 20GB, 1.5TiB, 0.
why-too-many-guardians = So viele Freunde bewahren für niemanden etwas auf.
why-too-few-guardians = { $survive ->
    [one] Um den Verlust eines beliebigen Freundes zu überstehen
   *[other] Um den Verlust von { $survive } beliebigen Freunden zu überstehen
 }, brauchst du mindestens { $least }, die für dich aufbewahren; { $guardians ->
    [0] noch tut das niemand
    [one] bisher ist es einer
   *[other] bisher sind es { $guardians }
 }. Bitte mehr Freunde um Platz, oder wähl weniger Verluste.
why-folder-not-absolute = Der Server weiß nicht, welcher Ordner das ist: Gib den vollen Pfad an, wie /media/usb.
why-backup-packs = Die Packdateien sind nicht zu gebrauchen ({ $what }).
why-backup-not-current = Dieses Gerät wurde mit den 24 Wörtern ausgemustert oder gesperrt und sichert darum nichts mehr: Nimm das Gerät, das an seine Stelle getreten ist.
why-backup-restoring = Gerade wird zurückgeholt: Gesichert wird wieder, wenn alles da ist.
why-backup-damaged = In Pack { $pack } liegt nicht mehr, was bei der Sicherung darin lag ({ $what }), darum wird nichts davon gesendet: Vielleicht geht die Platte kaputt. Hol alles von deinen Freunden auf eine andere zurück.
why-backup-key-missing = Der Sicherungsschlüssel der Generation { $generation } ist hier nicht bekannt: Er kommt mit dem Log des Geräts, das ihn gemacht hat. Verbinde dich mit einem Freund, der es hat.
why-backup-folder = In { $path } konnte nicht geschrieben werden ({ $error }): Ist die Platte voll oder nicht mehr da?
why-backup-misread = { $path } liest sich anders, als es geschrieben wurde: Die Platte geht kaputt. Nimm eine andere.

## Restore

why-home-taken = Dieser Server gehört schon jemandem: Starte Hearth auf einem anderen Rechner oder in einem anderen, leeren Verzeichnis, öffne die Seite dort und wähle „Ich habe meine 24 Wörter“.
why-phrase-count = Es sind 24 Wörter; hier { $count ->
    [one] steht eines
   *[other] stehen { $count }
 }.
why-phrase-word = Wort { $position } steht nicht in der Wortliste{ $count ->
    [0] .
    [one] : Meinst du { $words }?
   *[other] : Meinst du eines von diesen: { $words }?
 }
why-phrase-checksum = Diese 24 Wörter gehören nicht zusammen: Eines ist ein anderes aus der Liste, oder zwei sind vertauscht. Vergleich sie mit deinem Zettel.
why-phrase-of-another = Diese 24 Wörter sind richtig, aber sie gehören jemand anderem: Dieser Server ist nicht diese Person.
why-restore-nobody = Niemand war zu erreichen, der zu diesen 24 Wörtern etwas aufbewahrt: Gib den Link eines Freundes an und versuch es noch einmal.
why-restore-no-root = { $nodes ->
    [0] Der Ordner hat
    [one] Der eine Server, der geantwortet hat, hat
   *[other] Die { $nodes } Server, die geantwortet haben, haben
 } { $snapshot ->
    [newest] keinen Sicherungsstand, den diese 24 Wörter öffnen
   *[other] keinen Sicherungsstand { $snapshot }
 }{ $refused ->
    [0] {""}
    [one] {" "}(einer, der so aussah, ließ sich nicht öffnen)
   *[other] {" "}({ $refused }, die so aussahen, ließen sich nicht öffnen)
 }: Versuch es mit dem Link eines anderen Freundes, oder sind es andere Wörter?
why-restore-beyond = Alle Sicherungsstände, die gefunden wurden, sind von einem Gerät, das gesperrt wurde, und gehen über diesen Punkt hinaus: Versuch es mit dem Link eines anderen Freundes, oder wähl im Terminal mit --snapshot einen, dem du traust (es gibt { $numbers }).
why-restore-root = Der Sicherungsstand ergibt keinen Sinn ({ $what }): Wähl im Terminal mit --snapshot einen älteren.
why-restore-one-away = Ein Teil ist jetzt nicht zu haben: Er kommt, sobald einer von diesen erreichbar ist.
why-restore-some-away = { $count } Teile sind jetzt nicht zu haben: Sie kommen, sobald genug von diesen erreichbar sind.
why-restore-folder-lacks = { $count ->
    [one] Im Ordner fehlt ein Teil, oder er ist beschädigt
   *[other] Im Ordner fehlen { $count } Teile, oder sie sind beschädigt
 }: Hol stattdessen alles von Freunden zurück.
why-restore-cut-due = Das alte Gerät ist noch nicht gesperrt, dafür braucht es die 24 Wörter: Beende den Server und gib im Terminal ein: hearth restore --phrase-file DATEI --stolen
why-restore-occupied = { $folder } ist nicht leer, darin lebt schon jemand: Nimm ein anderes Verzeichnis.
why-restore-of-another = In { $folder } hat schon jemand anderes angefangen zurückzukommen: Nimm dessen 24 Wörter oder ein anderes Verzeichnis.
why-restore-over = In { $folder } ist schon alles zurückgeholt: Starte es mit hearth up.
why-restore-needs-phrase = In { $folder } wurde angefangen, alles zurückzuholen, aber noch nichts gefunden: Gib die 24 Wörter noch einmal ein.
why-restore-aside = Das unbenutzte Konto in { $folder } lässt sich nicht beiseitelegen.
why-part-pack = Pack { $number }
why-part-page = Seite { $number } der Packliste
why-part-files = { $count ->
    [one] Eine Datei, die noch bei niemandem war, als das alte Gerät ausfiel
   *[other] { $count } Dateien, die noch bei niemandem waren, als das alte Gerät ausfiel
}

## Devices

why-device-unknown = Ein solches Gerät hast du nicht.
why-device-not-another = Das ist keines deiner anderen Geräte: Sieh in der Liste nach.
why-device-this = Das ist das Gerät, das du gerade benutzt: Entfern es auf einem anderen, oder komm mit den 24 Wörtern auf einem anderen Rechner zurück.
why-device-name = Der Name eines Geräts hat 1 bis { $most } Byte und steht in einer Zeile.
why-device-cut-already = Dieses Gerät ist schon gesperrt.
why-device-away-already = Dieses Gerät ist schon ausgemustert; wenn es in fremden Händen ist, sag das dazu.
why-device-logs-end = Wo die Logs dieses Geräts enden, lässt sich nicht sagen: Gib im Terminal hearth verify ein.
why-device-revoked-adds = Dieses Gerät wurde entfernt und kann kein anderes hinzufügen: Nimm eines, das noch gilt.
why-device-revoked = Dieses Gerät wurde mit den 24 Wörtern entfernt und schreibt nichts mehr. Was es geschrieben hat, haben deine anderen Geräte; um es wieder zu benutzen, füg es auf einem von ihnen neu hinzu, oder komm in einem leeren Verzeichnis zurück.
why-device-no-keys = Dieses Gerät hat noch keine Schlüssel: Es bekommt sie von deinem anderen Gerät, sobald sich beide begegnet sind. Lass beide laufen.
why-device-link-used = Der Link, aus dem dieses Gerät entstand, wurde auch auf einem anderen Rechner benutzt, und dort geht es weiter: Hier wird nichts mehr geschrieben. Füg für diesen Rechner ein neues Gerät hinzu, in einem anderen Verzeichnis.
why-too-many-devices = Du hattest schon so viele Geräte, dass kein weiteres mehr dazukommen kann.
why-device-link-other = Ein Gerätelink fängt mit hearth-device: an; ein Gerät, das du schon hast, zeigt ihn unter „Geräte“.
why-device-link-damaged = Der Gerätelink ist nicht vollständig: Kopier ihn noch einmal ganz.
why-device-link-newer = Der Gerätelink kommt von einer neueren Version dieses Programms (Format { $version }): Aktualisier dieses hier.
why-device-link-senseless = Der Gerätelink ergibt keinen Sinn ({ $what }): Lass dir einen neuen geben.

## First run and signing in

why-first-nameless = Sag, wie dich deine Freunde nennen: Du kannst es jederzeit ändern.
why-first-wrong-words = Das sind nicht deine Wörter: Sieh noch einmal nach.
why-first-out-of-turn = Dieser Schritt ist vorbei oder kommt erst noch: Fang auf der ersten Seite neu an.
why-first-somebody = Inzwischen hat hier in einem anderen Browser jemand angefangen: Sieh auf der Startseite nach, wer es ist.
why-password-too-short = Ein Passwort hat mindestens { $least } Zeichen: Ein paar Wörter reichen.
why-password-too-long = Ein Passwort hat höchstens { $most } Byte.
why-password-unlike = Die beiden sind nicht gleich: Gib das Passwort noch einmal ein.
why-passkey-malformed = Die Antwort des Browsers ist nicht zu verstehen: Versuch es noch einmal, oder nimm einen anderen Browser.
why-passkey-elsewhere = Ein Passkey gilt nur unter dem Namen, für den er angelegt wurde: http://localhost auf dem Server selbst, oder der eigene https-Name des Servers. Öffne die Seite unter diesem Namen.
why-passkey-unverified = Der Passkey hat nicht geprüft, dass du es bist: Richte seine PIN, den Finger oder das Gesicht ein und versuch es noch einmal.
why-passkey-unknown-kind = Die Schlüsselart dieses Passkeys ist hier nicht bekannt: Nimm einen anderen.
why-passkey-stale = Das hat zu lange gedauert oder wurde zweimal gesendet: Versuch es noch einmal.
why-passkey-bad-signature = Die Unterschrift des Passkeys stimmt nicht: Versuch es noch einmal.
why-passkey-copied = Dieser Passkey ist anscheinend eine Kopie eines anderen: Melde dich anders an und entfern ihn.
why-passkey-unknown = Dieser Passkey ist hier nicht bekannt oder wurde entfernt: Melde dich anders an und leg ihn neu an.
why-passkey-known = Diesen Passkey gibt es hier schon.
why-passkey-too-many = Mehr Passkeys gehen nicht: Entfern zuerst einen.

## Disk and server

why-stopping = Der Server fährt gerade herunter.
why-disk-full = Die Platte ist voll: Schaff Platz und versuch es noch einmal. Was gespeichert war, ist noch da.
why-disk-unseen = Die Platte lässt sich nicht ansehen ({ $error }).
why-disk-unconfirmed = Die Platte hat nicht bestätigt, was geschrieben wurde: Starte den Server neu.
why-unwritten = Das konnte nicht auf die Platte geschrieben werden ({ $error }): Schaff Platz oder bring die Platte in Ordnung, und versuch es noch einmal.
why-store-full = Die Platte ist voll: Schaff Platz und starte den Server neu. Was gespeichert war, ist noch da.
why-store-io = Die Datenbank lässt sich nicht lesen oder schreiben ({ $error }): Sieh nach der Platte und den Rechten des Ordners, und starte den Server neu.
why-store-damaged = Die Datenbank ist beschädigt ({ $what }): hearth up legt sie beiseite und fängt mit dem, was noch zu lesen ist, eine neue an; was Freunde haben, kommt zurück.
why-packs-io = Die Packdateien lassen sich nicht lesen oder schreiben ({ $error }): Sieh nach der Platte und den Rechten des Ordners.
why-pack-damaged = Pack { $pack } ist beschädigt: Hol es aus einer Sicherung zurück.
why-pack-missing = Pack { $pack } ist nicht hier: Hol es aus einer Sicherung zurück.
why-no-object-key = Der Schlüssel für Dateien ist noch nicht hier: Er kommt mit deinem eigenen Log. Versuch es noch einmal, wenn das zurückgeholt ist.
why-home = Mit dem Datenverzeichnis stimmt etwas nicht ({ $error }).
why-keys = Mit den Schlüsseldateien stimmt etwas nicht ({ $error }).
why-inner = Das hätte nicht passieren dürfen ({ $error }): Sieh nach, was der Server protokolliert.
