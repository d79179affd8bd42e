# Posts: cards, the box to write in, threads, home, editing, deleting, photos.

post-by = Beitrag von { $name }
post-whole = Den ganzen Beitrag lesen
post-edited = bearbeitet
post-bookmarked = gemerkt
post-in-reply = Antwort an { $name }
post-in-reply-missing = Antwort auf einen Beitrag, der noch nicht hier ist
post-reaction-mine = Du auch: zurücknehmen
post-reaction-theirs = Auch so reagieren
post-reply = Antworten
post-react = Reagieren
post-boost = Weitersagen
post-unboost = Weitergesagt · zurücknehmen
post-boosts = { $count ->
    [one] von einer Person
   *[other] von { $count } Personen
}
post-boosted-by = Weitergesagt von { $name }
post-more = Mehr
post-edit = Bearbeiten
post-delete = Löschen
post-emoji = Ein anderes Emoji
post-emoji-example = Anderes
post-bookmark = Merken
post-unbookmark = Nicht mehr merken
post-older = Ältere Beiträge
emoji-thumbs-up = Daumen hoch
emoji-heart = Herz
emoji-laughing = Zum Lachen
emoji-surprised = Erstaunt
emoji-sad = Traurig
emoji-celebrating = Zum Feiern
home-title = Start
home-box = Was geht dir durch den Kopf?
home-send = Posten
home-newest = Zurück zum Neuesten
home-filters = Was du lesen willst
home-everything = Alles
home-list-empty-title = Von dieser Liste ist noch nichts da
home-list-empty = Auf der Seite einer Person sagst du, auf welchen Listen sie steht.
home-empty-title = Das Feuer brennt, und es ist still
home-empty = Hier steht, was du schreibst und was die schreiben, denen du folgst. Lass dir von jemandem den Hearth-Link geben, oder schick deinen.
home-find = Finde deine Leute
home-returning = Du warst schon einmal hier? { $phrase }
thread-title = Gespräch
thread-beginning = Der Anfang dieses Gesprächs ist noch nicht hier. Er erscheint, sobald ein Freund ihn mitbringt.
thread-reply = Antworten
thread-reply-to = { $name } antworten
thread-reply-to-yourself = Dir selbst antworten
edit-title = Beitrag bearbeiten
edit-text = Der Text des Beitrags
edit-save = Speichern
edit-about = Er bleibt, wo er ist: Wer ihn lesen darf, sieht, dass er bearbeitet wurde.
delete-title = Diesen Beitrag löschen?
delete-about = Hier ist er sofort weg und kann nicht zurückgeholt werden. Server, die ihn weitertragen, werden gebeten, ihn auch zu löschen; wer eine eigene Kopie aufbewahrt hat, behält sie.
delete-keep = Behalten
delete-button = Löschen
