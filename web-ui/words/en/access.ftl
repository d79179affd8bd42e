# One's own data: where it begins, what room it takes, who asked for it, how it is reached.

nav-data = My data

data-title = My data
data-about = All of it lies on your own machine. Here you see what it is, how safe it is, and who asked for it.
data-files = Folders and files of your drive, on all your devices.
data-storage = What takes how much room on the disk.
data-access-today = { $count ->
    [0] Nobody else asked for anything in the last 24 hours.
    [one] Others asked for something once in the last 24 hours.
   *[other] Others asked for something { $count } times in the last 24 hours.
}
data-access-off = Switched off: who asks for what isn’t noted.
data-reach = { $count ->
    [0] None of those you follow is connected now.
    [one] One of those you follow is connected now.
   *[other] { $count } of those you follow are connected now.
}
data-devices = { $count ->
    [one] One device writes for you.
   *[other] { $count } devices write for you.
}
data-sessions = { $count ->
    [one] Only this browser is signed in.
   *[other] { $count } browsers are signed in.
}
data-export = Take it with you
data-export-about = Everything that is yours, as one file that needs no server.
data-restore = Come back
data-restore-about = Bring everything back on another machine, with your phrase.
data-settings = Settings
data-settings-about = Language, who new posts are for, what is kept and for how long.

storage-title = Storage
storage-sum = { $used } in all. { $free } are free on this disk.
storage-cut = There is more than could be looked at in time: some of it counts too little here.
storage-looked = Looked at once a minute at most.
storage-objects = Your photos and files
storage-objects-about = Encrypted, in the form in which they also go to friends.
storage-own-logs = What you wrote
storage-own-logs-about = Your posts, reactions, follows and settings.
storage-others-logs = What others wrote
storage-others-logs-about = Of those you follow, and of spaces that you are in.
storage-index = Timelines and search
storage-index-about = Made of the above, and room that the database hasn’t given back yet.
storage-photos = Others’ photos
storage-photos-about = Kept so that they needn’t be fetched again, up to { $most }.
storage-shards = Friends’ backups
storage-shards-about = Encrypted; only they can read it.
storage-access = Access log
storage-access-about = Up to { $most }; the oldest goes first.
storage-aside = Set aside
storage-aside-about = Damaged databases, and what waits to be removed.
storage-rest = All else
storage-rest-about = Keys, sessions, photos that aren’t posted yet.
storage-pledged = What you pledged to friends
storage-pledged-none = You keep nobody’s backup yet.
storage-pledged-sum = Your friends’ backups take { $used } of the { $pledged } that you pledged.
storage-pledge = { $used } of { $pledged }
storage-pledge-change = Pledge more, or less

reach-title = How others reach you
reach-afar = Others reach you from the internet.
reach-near-only = On your own network you are reached. From the internet nobody came lately.
reach-nobody = Nobody has called your node lately.
reach-afar-by = Last call from the internet: { $name }, { $when }
reach-afar-unknown = Last call from the internet: somebody whom you don’t know, { $when }
reach-near-by = Last call from your own network: { $name }, { $when }
reach-near-unknown = Last call from your own network: somebody whom you don’t know, { $when }
reach-not-noted = Who calls isn’t noted, as the access log is switched off.
reach-no-harm = { $count ->
    [0] That is no harm as long as you reach your friends: one side is enough.
    [one] That is no harm as long as you reach your friends, as you reach one now: one side is enough.
   *[other] That is no harm as long as you reach your friends, as you reach { $count } now: one side is enough.
}
reach-do = What you can do
reach-do-on = Leave this machine on: friends who call while it sleeps try again later.
reach-do-port = { $count ->
    [one] In your router, pass port { $ports } (TCP and UDP) on to this machine.
   *[other] In your router, pass the ports { $ports } (TCP and UDP) on to this machine.
}
reach-do-friend = Send a new link once it works: { $link } has the address in it.
reach-do-friend-link = your link
reach-friends = Those you follow
reach-friends-none = You follow nobody yet.
reach-way-in = They called you by { $how }, connected since: { $since }
reach-way-in-near = They called you by { $how } on your own network, connected since: { $since }
reach-way-out = You called them by { $how }, connected since: { $since }
reach-way-out-near = You called them by { $how } on your own network, connected since: { $since }
reach-seen = Not connected; last heard: { $when }
reach-never = Not connected, and not heard of yet
reach-public = Your public page
reach-public-none = The world has no address for it: it can be opened on this machine only. With a web server in front of it, tell Hearth its name:
reach-public-at = The world finds it at { $url }.
reach-public-seen = Last visit by that name: { $when }
reach-public-unseen = Nobody has come by that name yet. Open it from another network, to see that it works.
reach-listens = Where your node listens
reach-listens-about = At these addresses it waits for other nodes. Your link holds those that others can use.

access-title = Who asked for what
access-off = The access log is switched off
access-off-how = Nothing is noted, and nothing that was is kept. Below you can switch it on.
access-about = This lies on your machine only and is sent nowhere, not even into your backup. Of visitors’ addresses only the network is kept.
access-keep = Keep it for
access-keep-days = { $count ->
    [0] not at all
    [one] one day
   *[other] { $count } days
}
access-span = How far back
access-day = 24 hours
access-week = 7 days
access-month = 30 days
access-everybody = Everybody
access-me = You
access-friends = People you know
access-visitors = Visitors
access-strangers = Strangers
access-sum = { $others ->
    [0] Nobody else asked for anything; you did { $mine } times.
    [one] Others asked for something once, and you { $mine } times.
   *[other] Others asked for something { $others } times, and you { $mine } times.
}
access-scale = { $count ->
    [0] nothing
   *[other] up to { $count }
}
access-plot = Requests over time
access-plot-about = How many requests came from you, from nodes of people you know, from visitors of your page and from nodes of strangers. Times are UTC.
access-bar = { $when }: you { $me }, people you know { $friends }, visitors { $visitors }, strangers { $strangers }
access-table = As a table
access-when = From
access-newest = Newest
access-nobody = Nobody asked for anything in this time.
access-older = Older
access-back = Back to the newest
access-more = { $count ->
    [one] … and one more thing
   *[other] … and { $count } more things
}
access-who-browser = You, in { $browser }
access-who-command = You, by the command line
access-who-own-node = Another device of yours
access-who-visitor = A visitor, in { $browser }
access-who-node = { $name }’s node
access-who-unknown = A node that didn’t say whose it is
access-who-visitors = More visitors
access-who-nodes = More nodes
access-refused = Refused: { $what }
access-page = { $count ->
    [one] Opened a page
   *[other] Opened { $count } pages
}
access-public-page = { $count ->
    [one] Read { $page }
   *[other] Read { $page } { $count } times
}
access-feed = { $count ->
    [one] Fetched the feed { $page }
   *[other] Fetched the feed { $page } { $count } times
}
access-verb = { $count ->
    [one] Gave a command
   *[other] Gave { $count } commands
}
access-sign-in = { $count ->
    [one] Knocked at the sign-in
   *[other] Knocked at the sign-in { $count } times
}
access-asset = Loaded styles and icons
access-photo = { $count ->
    [one] Looked at a photo
   *[other] Looked at photos { $count } times
}
access-file = { $count ->
    [one] Opened a folder or a file
   *[other] Opened folders and files { $count } times
}
access-form = { $count ->
    [one] Changed something
   *[other] Changed something { $count } times
}
access-nothing = { $count ->
    [one] Asked for something that isn’t there or isn’t public
   *[other] Asked { $count } times for something that isn’t there or isn’t public
}
access-news = Waited for news
access-connected = { $count ->
    [one] Connected
   *[other] Connected { $count } times
}
access-compared = Compared what is new
access-entries-given = { $count ->
    [0] Asked for entries
    [one] Fetched one entry, { $size }
   *[other] Fetched { $count } entries, { $size }
}
access-entries-taken = { $count ->
    [one] Brought one entry, { $size }
   *[other] Brought { $count } entries, { $size }
}
access-pictures = Fetched pictures, { $size }
access-objects = Fetched files, { $size }
access-shards-taken = { $count ->
    [one] Brought a piece of their backup, { $size }
   *[other] Brought { $count } pieces of their backup, { $size }
}
access-shards-given = { $count ->
    [one] Fetched a piece of their backup, { $size }
   *[other] Fetched { $count } pieces of their backup, { $size }
}
access-guardianship = Talked about backups
access-letter = { $count ->
    [one] Brought a letter
   *[other] Brought { $count } letters
}
time-hour = { $day } { $month }, { $clock } UTC
