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
rail-nobody = Noch niemand. { $follow }, dann steht es hier.
rail-follow = Folge jemandem
rail-all = { $count ->
    [one] { $count } Mensch
   *[other] Alle { $count } Leute
}
reach-direct = direkt
reach-away = nicht da

time-now = jetzt
time-minutes = { $count } Min.
time-hours = { $count } Std.
time-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
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
time-date = { $day }. { $month }
time-date-year = { $day }. { $month } { $year }
time-full = { $day }. { $month } { $year }, { $clock } UTC
bytes-few = { $count ->
    [one] { $count } Byte
   *[other] { $count } Byte
}
bytes-tenths = { $whole },{ $tenth } { $unit }
bytes-whole = { $whole } { $unit }

form-cancel = Abbrechen
form-copy = Kopieren
form-copied = Kopiert

form-bytes-left = { $count ->
    [one] noch { $count } Byte
   *[other] noch { $count } Byte
}
form-bytes-over = { $count ->
    [one] { $count } Byte zu viel
   *[other] { $count } Byte zu viel
}
form-too-long = { $count ->
    [one] Das ist { $count } Byte zu lang.
   *[other] Das ist { $count } Byte zu lang.
}
news-count = { $count ->
    [one] { $count } neuer Beitrag
   *[other] { $count } neue Beiträge
}
