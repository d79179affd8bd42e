# Settings, sessions, signing in, the first run.

settings-posts = Neue Beiträge
settings-posts-about = Wenn du beim Schreiben nichts anderes wählst, sind sie für
settings-save = Speichern
settings-language = Sprache
settings-language-about = In welcher Sprache diese Seiten sind
settings-language-automatic = Wie im Browser eingestellt
sign-out-about = Abmelden schließt Hearth nur in diesem Browser. Dein Server läuft weiter.
sign-out-button = Abmelden
# Einstellungen, Sitzungen, Anmelden, der erste Start.

sign-in = Anmelden
sign-in-title = Komm herein
sign-in-password = Passwort
sign-in-otherwise = Ein anderer Weg hinein
sign-in-owner = Das ist jemandes eigener Server. Wenn es deiner ist, gib auf dem Rechner, auf dem er läuft, Folgendes ein:
sign-in-link = { $command } gibt einen Link aus, der einmal und für kurze Zeit gilt. Folg ihm, und dieser Browser ist angemeldet.
sign-in-signed-out = In diesem Browser bist du nicht angemeldet, darum wurde nichts getan.
sign-in-link-over = Dieser Link wurde schon benutzt, oder er ist zu alt. Lass dir einen neuen geben.
sign-in-wrong = Das ist nicht das Passwort.
sign-in-too-often = { $count ->
    [one] Zu viele Passwörter wurden versucht. Warte eine Sekunde, oder komm mit einem Link herein, den hearth open ausgibt.
   *[other] Zu viele Passwörter wurden versucht. Warte { $count } Sekunden, oder komm mit einem Link herein, den hearth open ausgibt.
}
sign-in-too-often-passkey = { $count ->
    [one] Zu viele Passwörter wurden versucht. Warte eine Sekunde, oder komm mit einem Link oder einem Passkey herein.
   *[other] Zu viele Passwörter wurden versucht. Warte { $count } Sekunden, oder komm mit einem Link oder einem Passkey herein.
}

passkey-title = Passkeys
passkey-about = Dein Finger, dein Gesicht oder deine PIN auf diesem Gerät statt eines Passworts. Das kann niemand erraten oder dir entlocken.
passkey-make = Passkey anlegen
passkey-use = Mit Passkey anmelden
passkey-remove = Diesen Passkey entfernen
passkey-times = Angelegt: { $made } · zuletzt benutzt: { $used }
passkey-place = Nur für { $name }
passkey-failed = Das ging nicht: Der Browser hat keinen Passkey angelegt oder hat keinen für diese Seite. Lade die Seite neu und versuch es noch einmal.
passkey-scripts = Ein Passkey braucht Skripte; die sind in diesem Browser ausgeschaltet.
passkey-elsewhere = Unter dieser Adresse erlauben Browser keine Passkeys. { $here } und leg dort einen an.
passkey-elsewhere-link = Öffne diese Seite als { $name }

password-title = Passwort
password-is-set = Ein Passwort ist gesetzt.
password-is-not-set = Es ist kein Passwort gesetzt.
password-set = Passwort setzen
password-change = Passwort ändern
password-remove = Passwort entfernen
password-new = Neues Passwort
password-again = Noch einmal
password-advice = Mindestens 10 Zeichen. Ein paar Wörter merkt man sich leichter als Sonderzeichen.
password-now = Jetziges Passwort
password-forgotten = Wer nur vor einem offenen Browser sitzt, kann nicht ändern, wie du hereinkommst. Vergessen? Auf dem Rechner, auf dem Hearth läuft, entfernt { $command } es.
password-not-present = Das ist nicht das jetzige Passwort: Nichts wurde geändert.
password-too-often = { $count ->
    [one] Zu viele Passwörter wurden versucht: Nichts wurde geändert. Versuch es in einer Sekunde wieder.
   *[other] Zu viele Passwörter wurden versucht: Nichts wurde geändert. Versuch es in { $count } Sekunden wieder.
}
password-too-short = Ein Passwort hat mindestens 10 Zeichen: Ein paar Wörter reichen.
password-unlike = Die beiden sind nicht gleich: Gib das Passwort noch einmal ein.
password-others = Alle anderen Browser abmelden

sign-in-settings = Anmelden
sign-in-settings-about = Womit du in einem neuen Browser hereinkommst, außer mit Links.
sign-in-anew = Du bist vor einer Weile hereingekommen. Um hier etwas zu ändern, melde dich ab und komm mit einem Passkey oder Link wieder herein: dann geht es 10 Minuten lang.
sign-in-last = Ohne das lassen dich nur noch Links herein: Jemand muss am Rechner sein, um einen auszugeben.
sign-in-links = Links
sign-in-links-about = { $command } gibt auf dem Rechner, auf dem Hearth läuft, immer einen Link aus, der dich einmal anmeldet.

sessions-title = Angemeldete Browser
sessions-about = Wer einen davon benutzt, handelt als du. Jeder wird 90 Tage nach der Anmeldung von selbst abgemeldet.
sessions-this = Dieser
sessions-times = Angemeldet: { $since } · zuletzt benutzt: { $used }
sessions-revoke = Abmelden
sessions-sign-out = Abmelden
sessions-others = Alle anderen abmelden
sessions-others-about = { $count ->
    [one] Ein anderer Browser ist angemeldet.
   *[other] { $count } andere Browser sind angemeldet.
}

first-step = Schritt { $step } von { $steps }
first-next = Weiter
first-return = Zurück
first-title = Willkommen bei Hearth
first-about = Dieser Server wird zu dir in einem freien Netz: deine Beiträge, deine Dateien, deine Freunde. Er gehört dir, und niemand steht dazwischen.
first-new = Ich bin neu hier
first-new-about = Leg eine Identität an. Das dauert eine Minute.
first-back = Ich habe meine 24 Wörter
first-back-about = Ich war schon hier: Hol alles von meinen Freunden zurück.
first-device = Ich habe schon ein Gerät
first-device-about = Mach diesen Rechner zu einem von meinen, mit einem Link vom anderen.
first-device-long = Öffne auf dem Gerät, das du hast, Profil, dann Geräte, und füg eines hinzu: Es zeigt einen Link. Füg ihn hier ein, und lass jenes Gerät an, bis alles hier ist.
first-device-link = Gerätelink
first-device-begin = Verbinden
first-back-long = Gib die 24 Wörter von deinem Zettel ein und den Link eines Freundes. Alles, was deine Freunde für dich aufbewahren, kommt zurück: zuerst, wer du bist, und deine neuesten Beiträge, dann deine Dateien.
first-back-phrase = Deine 24 Wörter
first-back-link = Der Link eines Freundes
first-back-link-advice = Er steht dort auf der Seite „Leute“. Freunde im selben Netz werden auch ohne gefunden.
first-back-stolen = Mein alter Rechner wurde gestohlen: Nichts, was er von jetzt an sagt, soll gelten
first-back-begin = Hol mich zurück

first-name-title = Wer bist du?
first-name-label = Dein Name
first-name-public = Wie deine Freunde dich nennen. Er ist öffentlich, und du kannst ihn jederzeit ändern.

first-lock-title = Wie kommst du herein?
first-lock-about = Dieser Browser ist jetzt angemeldet. Setz für den nächsten ein Passwort oder einen Passkey.
first-lock-set = Passwort setzen
first-lock-has-password = Dein Passwort ist gesetzt.
first-lock-has-passkeys = { $count ->
    [one] Dein Passkey ist gesetzt.
   *[other] { $count } Passkeys sind gesetzt.
}
first-lock-skip = Überspringen
first-lock-skip-means = Es geht auch ohne: Nur Programme auf diesem Rechner erreichen diese Seite, und Links, die auf ihm gemacht werden, melden dich an. Ein Passwort kannst du später setzen.

first-phrase-title = Deine 24 Wörter
first-phrase-about = Diese 24 Wörter bist du. Schreib sie der Reihe nach auf einen Zettel: Sie sind der einzige Weg zurück zu dir auf einem anderen Rechner, und sie werden nur jetzt gezeigt.
first-phrase-again = Dein Server wurde neu gestartet, bevor du fertig warst. Die Wörter, die er dir damals gezeigt hat, sind wertlos: Streich sie durch. Diese hier sind die richtigen.
first-phrase-keep = Kein Foto, keine Datei, keine Nachricht: Wer sie liest, wird zu dir. Im nächsten Schritt wirst du nach zweien gefragt.
first-phrase-print = Als Karte drucken
first-phrase-print-by-hand = Du kannst diese Seite über das Menü deines Browsers drucken: Sie wird zur Karte.
first-phrase-printed = Diese Wörter sind ein Mensch. Bewahr die Karte dort auf, wo dein Pass liegt, und zeig sie niemandem.
first-phrase-done = Ich habe sie aufgeschrieben

first-words-title = Zwei deiner Wörter
first-words-about = Sieh auf deinen Zettel, damit du weißt, dass du ihn hast.
first-words-label = Wort Nummer { $number }
first-words-look = Noch einmal ansehen
first-words-done = Das sind sie

friend-title = Dein erster Kontakt
friend-theirs = Hast du einen Link von jemandem?
friend-theirs-label = Der Link
friend-theirs-about = Du folgst der Person, und sie wird gefragt, ob ihr Freunde sein wollt.
friend-ask = Freundschaft anbieten
friend-mine = Oder gib deinen weiter
friend-mine-about = Schick ihn so, wie ihr euch sonst schreibt, oder lass den Code scannen: Er ergibt einen Text, den sie unter „Leute“ einfügen.
friend-mine-label = Dein Link
friend-mine-code = Dein Link, zum Scannen
friend-later = Erst einmal ohne

steps-title = Was noch bleibt
steps-dismiss = Nicht jetzt
steps-sign-in = Setz ein Passwort oder einen Passkey
steps-sign-in-about = Damit du auch mit deinen anderen Browsern hereinkommst.
steps-friend = Finde deinen ersten Kontakt
steps-friend-about = Durch einen Link: von anderen oder deinen.
steps-guardians = Lass Freunde deine Sicherung aufbewahren
steps-guardians-about = Damit alles zurückkommt, wenn dieser Rechner verloren geht.
sign-in-come-in-again = Nichts wurde geändert: Du bist schon eine Weile angemeldet. Melde dich ab, komm mit einem Passkey oder einem Link wieder herein, und ändere es innerhalb von 10 Minuten.
