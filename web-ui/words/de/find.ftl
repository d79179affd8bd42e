# Benachrichtigungen, Suche, Unterhaltungen.

notify-title = Aktivität
notify-all = Alles
notify-mentions = Erwähnungen
notify-replies = Antworten
notify-reactions = Reaktionen
notify-people = Leute
notify-filter = Was gezeigt wird
notify-read = Alles gelesen
notify-new = Neu:
notify-none = Noch nichts
notify-none-hint = Wenn dir jemand antwortet, dich erwähnt, auf deine Beiträge reagiert, dir folgt oder anklopft, steht es hier.
notify-older = Älteres
notify-two = { $first } und { $second }
notify-many = { $first }, { $second } und { $count ->
    [one] { $count } weitere Person
   *[other] { $count } weitere
}
notify-one-and = { $first } und { $count ->
    [one] { $count } weitere Person
   *[other] { $count } weitere
}
notify-reply = Antwort von { $who }
notify-mention = Erwähnung von { $who }
notify-reaction = { $emoji } von { $who } für deinen Beitrag
notify-boost = Dein Beitrag, weitergesagt von { $who }
notify-follower = { $who } folgt dir
notify-friend = Du und { $who } seid jetzt befreundet
notify-knock = { $who } möchte mit dir befreundet sein
notify-space = { $who } hat dich in { $space } aufgenommen
nav-notifications = Aktivität
nav-search = Suche
nav-conversations = Nachrichten
nav-shortcuts = Mehr
nav-unread = { $count } ungelesen

search-title = Suche
search-label = Wörter, Namen, Schlagworte
search-go = Suchen
search-hint = Findet, was du hier lesen kannst: Beiträge von allen, denen du folgst, aus deinen Räumen und von dir; Leute und Dateien nach ihren Namen. Akzente und Großschreibung spielen keine Rolle.
search-typed-phrase = "zwei Wörter"
search-typed-not = -Wort
search-typed-tag = #Wort
search-typed-from = from:Name
search-typed-in = in:Raum
search-hint-phrase = diese Wörter hintereinander
search-hint-not = dieses Wort nicht
search-hint-tag = dieses Schlagwort
search-hint-from = von dieser Person: ein Name, ein Schlüssel oder „me“
search-hint-in = in diesem Raum, oder public, friends, private
search-hint-mine = von dir
search-hint-link = mit einem Link
search-hint-photo = mit einem Foto
search-hint-after = ab dann
search-hint-before = davor
search-people = Leute
search-files = Dateien
search-post-by = Beitrag von { $name }
search-back-to = Bisher wurden Beiträge zurück bis { $date } durchsucht.
search-further = Weiter suchen
search-more = Mehr
search-none = Nichts gefunden
search-none-hint = Nimm weniger Wörter oder nur den Anfang eines Wortes.

talk-title = Nachrichten
talk-none = Noch keine Nachrichten
talk-none-hint = Auf der Seite einer Person kannst du ihr allein schreiben: Niemand sonst kann es lesen.
talk-people = Leute
talk-who = Jede davon ist zwischen dir und einer anderen Person.
talk-unread = { $count } ungelesen
talk-read = Als gelesen markieren
talk-read-whose = Was { $name } geschrieben hat, als gelesen markieren
talk-you = Du: { $text }

past-title = Frühere Texte
past-back = Zurück zum Beitrag von { $name }
past-now = So ist er jetzt
past-earlier = Davor
past-first = Zuerst
past-none = Kein früherer Text ist hier.
