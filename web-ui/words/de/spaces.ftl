# Spaces, their members and invitations; who may read something.

space-nameless = Ein Raum ohne Namen
space-unnamed = Ein Raum ({ $id }…)
audience-who = Wer das lesen darf
audience-badge = Das darf lesen:
audience-public = Öffentlich
audience-friends = Freunde
audience-friends-of = Freunde von { $name }
audience-friends-of-somebody = Freunde von jemandem
audience-private = Nur du
audience-direct = Du und { $name }
audience-option-space = Raum: { $name }
reads-public = Alle dürfen das lesen, jetzt und später.
reads-friends = Das lesen nur deine Freunde.
reads-friends-of = Das lesen nur { $name } und die Freunde von { $name }.
reads-friends-of-somebody = Das lesen nur die Freunde von jemandem, den dein Server noch nicht kennt.
reads-private = Das liest nur du, auf deinen eigenen Geräten.
reads-shared = Das lesen nur die Mitglieder von „{ $name }“.
reads-direct = Das lesen nur du und { $name }.
reads-this-space = Das lesen nur die Mitglieder dieses Raums.
reads-them = Das lest nur ihr beide.
send-public = { $verb } für alle
send-friends = { $verb } für Freunde
send-private = { $verb } nur für dich
send-shared = { $verb } in diesem Raum
send-direct = { $verb } nur für euch beide

spaces-title = Räume
spaces-about = Ein Raum sagt, wer mitliest. Was du darin schreibst, wird für die verschlüsselt, die dazugehören.
spaces-own = Von Anfang an da
spaces-shared = Mit anderen geteilt
spaces-direct = Zu zweit
spaces-asked = Wartet auf Einlass
spaces-left = Verlassen
spaces-refused = Der Beitritt hat nicht geklappt: { $name }
spaces-dismiss = Ausblenden
spaces-none-title = Noch kein geteilter Raum
spaces-none = Eine Familie, ein Lesekreis, ein Haus: Leg unten einen Raum dafür an, oder tritt einem bei, mit einem Link, den dir ein Admin schickt.
spaces-about-public = Alle dürfen mitlesen
spaces-about-private = Deine Notizen für dich, auf all deinen Geräten
spaces-about-friends = { $count ->
    [0] Noch niemand: Freunde sind alle, denen du folgst und die dir folgen
    [one] Ein Freund liest, was du hier schreibst
   *[other] { $count } Freunde lesen, was du hier schreibst
}
spaces-about-direct = Nur ihr beide
spaces-about-shared = { $role } · { $count ->
    [one] { $count } Mitglied
   *[other] { $count } Mitglieder
}
role-admin = Du bist Admin
role-member = Du bist Mitglied
role-asked = Du hast um Einlass gebeten
role-left = Du bist gegangen
create-title = Einen Raum anlegen
create-name = Name
create-name-example = Lesekreis
create-members = Wer von Anfang an dabei ist { $hint }
create-members-hint = (Schlüssel, einer pro Zeile; weitere kannst du später aufnehmen)
create-button = Anlegen
join-label = Mit einem Einladungslink beitreten
join-button = Beitreten

space-box-private = Eine Notiz für dich
space-box-direct = Schreib etwas, nur für euch beide
space-box-friends = Was möchtest du deinen Freunden erzählen?
space-box-shared = Schreib allen in diesem Raum
space-send = Posten
space-posts = Beiträge
space-their-page = Zur Profilseite
space-members-links = Mitglieder und Links
space-members = Mitglieder
space-about-public = Alle dürfen lesen, was hier steht
space-about-private = Notizen, die nur deine eigenen Geräte öffnen können
space-about-friends = { $count ->
    [one] { $count } Freund. Was du hier schreibst und was darauf geantwortet wird, ist für deine Freunde
   *[other] { $count } Freunde. Was du hier schreibst und was darauf geantwortet wird, ist für sie
}
space-about-direct = Nur ihr beide könnt lesen, was hier steht
space-who = Wer hier mitliest
member-admin = Admin
member-member = Mitglied
member-asked = Hat um Einlass gebeten
member-left = Ist gegangen
member-you = { $role }, du selbst
space-empty = Hier ist noch nichts
space-empty-direct = Was du schreibst, erreicht { $name } und sonst niemanden.
space-empty-private = Ein Einkaufszettel, ein Gedanke, ein Link für später.
space-empty-shared = Was von jetzt an geschrieben wird, erscheint hier und auf der Startseite aller, die dazugehören.
space-asked = Beiträge erscheinen hier, sobald dich jemand eingelassen hat, der das darf. Dafür muss dessen Server erreicht werden.
space-left-title = Du hast diesen Raum verlassen
space-left = Du liest nicht mehr mit, was hier geschrieben wird. Wer dazugehört und Admin ist, kann dich wieder aufnehmen.
space-read-only = { $audience } Hier kannst du lesen, aber nicht schreiben.

members-way = Wohin diese Seite gehört
members-title = Mitglieder
members-here = In diesem Raum { $count }
members-admins-only = Nur Admins nehmen Leute auf und entfernen sie.
members-past = Mit allem Bisherigen: auch mit dem, was schon geschrieben wurde. { $hint }
members-past-hint = Sonst ist nur zu lesen, was von jetzt an geschrieben wird.
members-add = Jemanden mit Schlüssel aufnehmen
members-add-button = Aufnehmen
members-change = Ändern { $name }
members-promote = Zum Admin machen
members-remove = Entfernen
members-removal = Wer entfernt wird, kann nicht lesen, was danach geschrieben wird. Was schon gelesen ist, ist gelesen.
invite-uses = Für wie viele
invite-time = Gilt
invite-day = einen Tag
invite-week = eine Woche
invite-month = einen Monat
invite-make = Link erstellen
invite-title = Einladungslinks
invite-about = Wer einen solchen Link hat, kann beitreten. Schick ihn also nur denen, die das sollen. Dein Server lässt sie ein, sobald er davon erfährt.
invite-over = Er gilt nicht mehr: Seine Zeit ist abgelaufen.
invite-endless = Er gilt, bis du ihn zurücknimmst.
invite-take-back = Zurücknehmen
invite-ends-hours = { $hours ->
    [0] Er läuft in weniger als einer Stunde ab.
    [1] Er läuft in einer Stunde ab.
   *[other] Er läuft in { $hours } Stunden ab.
}
invite-ends-on = Er läuft am { $date } ab.
invite-used-of = { $used } von { $uses } sind damit beigetreten
invite-used = { $used } sind damit beigetreten
members-name = Name des Raums
members-rename = Umbenennen
members-leave = Diesen Raum verlassen …
members-leave-about = Du liest dann nicht mehr mit, was dort geschrieben wird, und um zurückzukommen, musst du wieder aufgenommen werden. Was du geschrieben hast, bleibt bei den Mitgliedern.
members-leave-button = Verlassen

wider-title = Sollen mehr Leute mitlesen?
wider-question = Sollen mehr Leute deine Antwort lesen als das, worauf sie antwortet?
wider-about = Dieser Beitrag ist für { $narrow }. Deine Antwort wäre für { $wide }: { $sentence } Wer sie liest, erfährt, dass es etwas gibt, worauf sie antwortet, und von wem es ist.
wider-reply = Deine Antwort
wider-back = Zurück
wider-widely = Antworten: { $audience }
wider-narrowly = Nur für: { $audience }

invite-uses-problem = Ein Link ist für 1 bis 1000 Leute: Sag, für wie viele.
invite-time-problem = Wähl aus, wie lange der Link gilt.
