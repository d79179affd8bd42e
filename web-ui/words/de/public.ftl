# What visitors without an account see.

public-about = Was { $name } für alle schreibt.
public-empty = Noch nichts für alle
public-older = Ältere Beiträge
public-post-by = Beitrag von { $name }
public-all = Alle öffentlichen Beiträge
public-missing = Hier ist nichts
public-missing-why = Wer hier wohnt, zeigt unter dieser Adresse nichts, oder nicht mehr.
public-feed-of = { $name }: öffentliche Beiträge
public-feed = Feed
public-photos = Fotos
public-follow = Auf Hearth folgen
public-follow-how = Gib diese Zeile in deinem eigenen Hearth unter „Leute“ ein:
public-reply = Antwort
public-edited = bearbeitet
public-made-with = Mit Hearth gemacht: ein eigener Server, und keine Firma dazwischen.
