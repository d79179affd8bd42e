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

time-now = now
time-minutes = { $count } min
time-hours = { $count } h
time-days = { $count } d
time-month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
time-date = { $day } { $month }
time-date-year = { $day } { $month } { $year }
time-full = { $day } { $month } { $year }, { $clock } UTC
bytes-few = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
bytes-tenths = { $whole }.{ $tenth } { $unit }
bytes-whole = { $whole } { $unit }

form-cancel = Cancel
form-copy = Copy
form-copied = Copied

form-bytes-left = { $count ->
    [one] { $count } byte left
   *[other] { $count } bytes left
}
form-bytes-over = { $count ->
    [one] { $count } byte too many
   *[other] { $count } bytes too many
}
form-too-long = { $count ->
    [one] This is { $count } byte too long.
   *[other] This is { $count } bytes too long.
}
news-count = { $count ->
    [one] { $count } new post
   *[other] { $count } new posts
}
