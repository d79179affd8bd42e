# Photos: in posts, in the box for a new post, large over the page; content warnings; people's pictures.
photos-group = { $count ->
    [one] Ein Foto
   *[other] { $count } Fotos
}
photos-open = Foto { $number } von { $count } öffnen
photos-not-here = Dieses Foto ist noch nicht angekommen.
photos-not-loaded = Dieses Foto konnte nicht geholt werden. Versuch es später: Es kommt, sobald ein Server erreicht wird, der es hat.
photos-lightbox = Fotos
photos-close = Schließen
photos-next = Nächstes Foto
photos-previous = Voriges Foto

photos-add = Fotos
photos-chosen = Gewählte Fotos
photos-number = Foto
photos-alt = Was ist darauf?
photos-alt-hint = Für alle, die es nicht sehen
photos-none-needed = Es braucht keine Beschreibung
photos-earlier = Nach vorn
photos-remove = Entfernen
photos-too-many = Ein Beitrag hat höchstens { $count } Fotos; die anderen wurden nicht hinzugefügt.
photos-too-long = Diese Datei hat mehr als { $megabytes } MB. Mach sie zuerst kleiner.
photos-failed = Dieses Foto konnte nicht hinzugefügt werden. Prüf die Verbindung, entfern es und wähl es noch einmal.
photos-waits = Der Beitrag wird gepostet, sobald seine Fotos da sind.

photos-warning = Warnung
photos-warning-field = Was man wissen sollte, bevor man hinsieht
photos-warning-hint = Was man vorher wissen sollte: Spoiler, Blut, Essen
photos-warned-show = Zeigen
photos-warned-hide = Verbergen

photos-of = Fotos von { $name }
photos-none = Von dieser Person sind hier noch keine Fotos angekommen.
photos-none-mine = Du hast noch keine Fotos gepostet.
photos-all-posts = Alle Beiträge
photos-see-all = Fotos

photos-portrait = Dein Bild
photos-portrait-choose = Bild wählen
photos-portrait-about = Gezeigt wird das Quadrat in der Mitte. JPEG, PNG, WebP oder GIF; wo und wann es aufgenommen wurde, wird entfernt.
photos-portrait-remove = Bild entfernen
photos-portrait-save = Bild speichern
