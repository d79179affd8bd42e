# What surrounds every page: navigation, rail, notices; errors and signing in.

page-skip = Skip to content
nav-main = Main
nav-home = Home
nav-spaces = Spaces
nav-people = People
nav-files = Files
nav-backup = Backup
nav-profile = Profile
nav-waiting = { $count ->
    [one] { $count } waits for your answer
   *[other] { $count } wait for your answer
}
rail-friends = Friends
rail-nobody = Nobody yet. { $follow } and they appear here.
rail-follow = Follow somebody
rail-all = { $count ->
    [one] { $count } person
   *[other] All { $count } people
}
reach-direct = direct
reach-away = away
