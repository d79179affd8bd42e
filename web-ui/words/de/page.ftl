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
