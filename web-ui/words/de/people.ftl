# People, profiles, knocks, follows, lists, mutes and blocks.

people-title = Leute
people-link = Dein Link
people-link-about = Schick ihn jemandem, den du kennst. Auf dieser Seite des eigenen Hearth eingefügt, führt er zu dir.
people-friends = Freunde: Ihr folgt einander { $count }
people-following = Du folgst { $count }
people-followers = Folgen dir { $count }
people-quiet = Stummgeschaltete und blockierte Leute
people-empty-title = Noch ist niemand hier außer dir
people-empty = Bitte jemanden um den Hearth-Link und füg ihn unten ein: Dann erscheinen die Beiträge auf deiner Startseite. Schick deinen Link zurück, dann erscheinen deine dort.
knock-title = Jemand klopft an
knock-through = Es kam über den Server von { $name }.
knock-about = Einen Namen gibt man sich selbst; wer jemand ist, sagt der Schlüssel. Wenn du annimmst, folgt ihr einander und lest, was ihr für Freunde schreibt.
knock-block = Blockieren
knock-decline = Ablehnen
knock-accept = Annehmen
knock-key = Schlüssel oder Link
knock-text = Ein Wort dazu: wer du bist, woher ihr euch kennt
knock-how = Es kommt versiegelt an, direkt oder über jemanden, der die Person kennt. Wenn du anklopfst, folgst du ihr; nimmt sie an, seid ihr Freunde.
knock-send = Anklopfen
knock-open = Anklopfen: jemandem die Freundschaft anbieten
follow-label = Jemandem folgen, mit Schlüssel oder Link
follow-button = Folgen
follow-privately = Still: Niemand erfährt davon, und ihr werdet keine Freunde
follow-them = Folgen { $name }
follow-back-them = Zurückfolgen { $name }
unfollow-them = Entfolgen { $name }
quiet-title = Stummgeschaltet und blockiert
quiet-about = Niemand erfährt davon. Stummschalten und blockieren kannst du auf der Seite der Person; hier nimmst du es zurück.
quiet-muted = Stummgeschaltet
quiet-muted-about = Die Beiträge erscheinen nicht in deinen Zeitleisten. Sonst ändert sich nichts.
quiet-unmute = Wieder hören { $name }
quiet-nobody-muted = Niemand ist stummgeschaltet.
quiet-blocked = Blockiert
quiet-blocked-about = Ihr seid keine Freunde, und anklopfen geht nicht. Dein Server gibt ihrem nichts von dir; was sie schreiben, antworten und erwähnen, erscheint nirgends.
quiet-unblock = Freigeben { $name }
quiet-nobody-blocked = Niemand ist blockiert.
bookmarks-title = Lesezeichen
bookmarks-empty-title = Noch nichts gemerkt
bookmarks-empty = Unter „Mehr“ kannst du dir jeden Beitrag merken. Niemand außer dir weiß davon.
bookmarks-private = Nur du weißt, was auf dieser Seite steht.
bookmarks-missing = { $count ->
    [one] Ein weiterer ist gemerkt, der nicht hier ist: Er wurde gelöscht oder ist noch nicht angekommen.
   *[other] { $count } weitere sind gemerkt, die nicht hier sind: Sie wurden gelöscht oder sind noch nicht angekommen.
}
