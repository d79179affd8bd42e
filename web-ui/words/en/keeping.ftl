# Files, backups, restores, devices.

files-title = Files
files-way = Where this folder lies
files-more = More
files-folder = Folder
files-link = Link
files-empty = This folder is empty
backup-title = Backup
backup-now = Back up now
backup-last = Last backed up ({ $date }).
backup-size = { $bytes } of yours.
backup-size-stored = { $bytes } of yours, { $stored } at your friends’.
backup-keepers = Who keeps what for you
backup-keepers-none = Nobody yet. Ask friends who follow you, and whom you follow, to pledge you some space; they keep what they can’t read.
backup-kept = What you keep for others
backup-kept-none = Nothing yet. You can pledge friends some space here: what they store is encrypted, and counts against your disk only as far as you say.
backup-of = { $done } of { $total }
backup-share = { $name }: { $used } of { $pledged } used
pledge-title = Pledge space to a friend
pledge-friend = Friend
pledge-size = Space
pledge-button = Pledge
pledge-about = It counts once you follow each other. 0 ends it: what they keep here stays for 30 more days, and they are told.
snapshots-title = Snapshots { $count }
snapshots-holds = { $count ->
    [one] { $count } file, { $bytes }
   *[other] { $count } files, { $bytes }
}
snapshots-how = On a new machine, { $command } brings one of these back.
restore-title = I have a phrase
restore-taken = This server is somebody already, so nobody else can be brought back here.
restore-elsewhere = Should this machine be lost, you come back on another one:
restore-elsewhere-install = Install Hearth there.
restore-elsewhere-up = Start it with { $command }, and open the link that it shows.
restore-elsewhere-phrase = Choose “{ $choice }”, and type your 24 words and a friend’s link.
restore-elsewhere-backup = What comes back then is what { $backup }.
restore-elsewhere-keepers = your friends keep for you
restore-elsewhere-device = While this machine is still here, { $device } instead.
restore-elsewhere-add = add the other one as a second device
restore-about = Type the 24 words from your paper, and one friend’s link. Everything that your friends keep for you comes back: first who you are and your newest posts, then your files.
restore-phrase = Your phrase
restore-via = A friend’s link
restore-via-about = They find it on their People page, or by { $command }. Friends on the same network are found without.
restore-stolen = My old machine was stolen: nothing that it says from now on shall count
restore-button = Bring me back
restore-files = { $all ->
    [0] There are no files.
    [one] { $here ->
        [0] The file isn’t here yet.
       *[other] The file is here.
    }
   *[other] { $here } of { $all } files are here.
}
restore-from = From { $friends }.
restore-meanwhile = You can read, post and open files meanwhile: what you open comes first.
restore-missing = What can’t be had now
devices-title = Devices
devices-about = Each device writes for you and holds the keys to read what is for you.
devices-add = Add a device
devices-remove = Take out
devices-remove-about = A device that you gave away or that broke is put away: what it wrote stays. One that was stolen is cut off, so that nothing it says from now on counts. New keys are made either way, and it gets none of them. It can’t be undone.
device-add-title = Add a device
device-add-about = Another machine becomes you, too: both write, and both see everything. Your phrase says that it may.
device-add-name = What to call it
device-add-button = Make its link
device-phrase = Your phrase
device-phrase-about = The 24 words from your paper. They are used once, here and now, and kept nowhere.
device-cancel = Cancel
device-link-title = Your new device
device-link-secret = This link is the new device: whoever reads it is you. It is shown only now, and it is for one machine.
device-link-qr = The link as a code for a camera
device-link-label = Device link
device-link-install = Install Hearth on the other machine, start it with hearth up, and open the link that it prints.
device-link-there = Choose “I have another device” there, and paste this link.
device-link-wait = Leave this machine on until the new one has everything.
device-link-done = Done
device-remove-title = Take out a device
device-remove-why = What became of it?
device-remove-retire = I gave it away, or it broke
device-remove-stolen = It was stolen, or somebody else may use it
device-remove-button = Take it out
exposed = What you type or read here goes unencrypted through the network between your browser and your server. Go on only in a network that is yours, or open this page on the machine itself.
device-this = This machine
device-other = Another machine
device-this-is = This machine · { $state }
device-current = In use
device-retired = Put away
device-cut = Cut off
device-since = { $state }, since: { $date }
device-key = Whole key

health-nobody = Nobody keeps your backup yet.
health-not-begun = { $friends ->
    [one] Nothing of yours is with friends yet, though one friend would keep it.
   *[other] Nothing of yours is with friends yet, though { $friends } friends would keep it.
}
health-one = You survive losing this machine; your one friend must stay: ask another one too.
health-under-way = { $friends ->
    [one] Your backup is on its way to one friend, and not safe yet.
   *[other] Your backup is on its way to { $friends } friends, and not safe yet.
}
health-safe = { $friends ->
    [one] You survive losing any { $losses } of one friend.
   *[other] You survive losing any { $losses } of { $friends } friends.
}
advice-ask = Ask a friend whom you follow, and who follows you, to pledge you some space; give them some in return. Until then { $disk } writes everything to a disk.
advice-more = One friend is a beginning. With five, nobody keeps a whole copy, and any three of them may go.
advice-wait = What is missing goes to your friends by itself, as soon as they are there.
restore-looking = Looking for your friends, and for what they keep for you.
restore-reading = Found it. Reading what there is.
restore-posts = Your posts are coming back.
restore-coming = Your posts are back, and your files are coming.
restore-done = Everything is back.
restore-done-attested = { $friends ->
    [one] Everything is back. One friend attested it.
   *[other] Everything is back. { $friends } friends attested it.
}
restore-brought = Brought back
restore-missing-lost = { $what }: nobody who is known keeps it
restore-missing-kept = { $what }: { $keepers } could have it
