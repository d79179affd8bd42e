# What one chooses, exports and imports; what remains to be done.

settings-title = Settings
profile-settings-about = What these pages look like, say and show; who comes in; what friends keep
settings-public = Your public page
settings-public-about = What you post for everybody can stand on { $page }, with a feed. Nothing else ever does.
settings-public-page = a page of its own
settings-public-shown = Show it to visitors
settings-public-shown-about = Without it, what is public still reaches those who follow you.
settings-public-indexed = Let search engines find it
settings-public-indexed-about = Otherwise they are asked not to. Not all of them listen.
settings-photos = Room for others’ photos
settings-photos-label = Keep up to
settings-photos-about = Photos of people you follow are kept on this machine, so that they show at once. When this is full, those that nobody looked at longest go first; they can be fetched again.
settings-backup-survive = Everything comes back after losing
settings-backup-auto = as many friends as fits
settings-backup-losses = { $count ->
    [one] any one friend
   *[other] any { $count } friends
}
settings-backup-rate = Send to them
settings-backup-fast = as fast as it goes
settings-backup-a-second = { $bytes } a second at most
settings-backup-about = Bearing more losses takes more of your friends’ space. Slower sending leaves your connection free.
settings-safety = Who comes in
settings-sign-in-none = By links alone: set a password or a passkey
settings-sign-in-password = A password is set
settings-sign-in-passkeys = { $count ->
    [one] A passkey is set
   *[other] { $count } passkeys are set
}
settings-sign-in-both = { $count ->
    [one] A password and a passkey are set
   *[other] A password and { $count } passkeys are set
}
settings-browsers = { $count ->
    [one] Only this one
   *[other] { $count }, this one among them
}
settings-data = What is yours
settings-backup-where = How safe it is, who keeps it, what could be lost
settings-export-where = As one file that needs no Hearth
settings-import-where = Your posts of former years, from a file
settings-more = More
settings-profile-where = Your name, your picture, a few words
settings-shortcuts-where = What single keys do
settings-steps-about = Some reminders on the home page were put away.
settings-steps-again = Show them again

steps-picture = Show your face
steps-picture-about = A picture, so that friends find you at a glance.
steps-guardians-some = { $count ->
    [one] One of { $wanted } friends keeps your backup
   *[other] { $count } of { $wanted } friends keep your backup
}
steps-import = Bring in what you wrote elsewhere
steps-import-about = Your posts of former years, from a file.
steps-address = Give your public page an address
steps-address-about = So that people without Hearth can read what you post for everybody. The address is given when Hearth is started; the page says how.
steps-done = { $done } of { $all } done

settings-public-there = Visitors find it at { $page }.
settings-public-nowhere = So far only this machine sees it. To show it to the world, put a web server in front of Hearth and start it with { $command }.

export-title = Take everything with you
export-about = What is yours can leave whenever you like. Your server goes on meanwhile.
export-readable = To read anywhere
export-readable-about = A folder in one file (a tar archive). Unpack it and open index.html in any browser: it needs neither Hearth nor a connection.
export-inside-posts = All your posts, as pages and as data
export-inside-photos = Your photos, in full size
export-inside-files = Your files, in their folders
export-inside-people = Your profile, and whom you follow
export-readable-open = It isn’t encrypted: whoever gets this file can read all of it, what you wrote for few or for yourself too.
export-readable-button = Download it
export-signed = Signed, for Hearth
export-signed-about = Your logs as they are: every entry with its signature, so that anybody can check that it is yours and whole. What isn’t public stays encrypted in it. Photos and files aren’t in it; your backup holds them.
export-signed-check = { $command } checks it on any machine.
export-signed-button = Download the logs
export-terminal = In a terminal: { $command }

readable-made = Taken from Hearth on { $date }.
readable-inside = What is in here
readable-posts = { $count ->
    [0] No posts
    [one] One post
   *[other] { $count } posts
}
readable-photos = { $count ->
    [0] No photos
    [one] One photo, in the folder photos
   *[other] { $count } photos, in the folder photos
}
readable-files = { $count ->
    [0] No files
    [one] One file
   *[other] { $count } files
}
readable-people = Whom you follow
readable-missing = { $count ->
    [one] One thing isn’t here
   *[other] { $count } things aren’t here
}
readable-newer = Newer
readable-older = Older
readable-reply = a reply
readable-no-photo = A photo that wasn’t on the machine when this was made.

import-title = Bring in what you wrote elsewhere
import-about = Posts from before you came here keep their times, and stand among the others as if they had always been here.
import-file = A file with posts
import-look = Look what is in it
import-which = Which files?
import-format = Text with a line for each post, in JSON: its time in milliseconds since 1970, and what it says. Anything else in a line is left out.
import-own = The files in the folder posts of an export from Hearth are such files.
import-terminal = In a terminal: { $command }
import-looking = Looking at { $name }: nothing is brought in yet.
import-running = { $posts ->
    [0] Bringing them in: { $done } so far.
   *[other] Bringing them in: { $done } of { $posts }.
}
import-meanwhile = You can go elsewhere meanwhile: it goes on by itself.
import-again = See how far it is
import-found = { $posts ->
    [one] One post from { $years }.
   *[other] { $posts } posts from { $years }.
}
import-some-here = { $here ->
    [one] One of them is already here.
   *[other] { $here } of them are already here.
}
import-all-here = All of it is already here.
import-for-whom = Who may read them?
import-private = Only you
import-private-about = They are in your timeline and your search, and nobody else’s.
import-friends = Your friends
import-friends-about = Friends see them on your page.
import-public = Everybody
import-public-about = Visitors and search engines too, as far as your settings say. What was once public can’t be taken back from everywhere.
import-begin = { $count ->
    [one] Bring in one post
   *[other] Bring in { $count } posts
}
import-discard = Discard the file
import-other = Another file was chosen meanwhile, in another tab or by another browser: nothing was done. This is how it stands.
import-go-on = Go on
import-interrupted = What came in is safe. Going on skips what is here; choose the same readers as before.
import-done = { $count ->
    [0] Nothing new came in.
    [one] One post came in.
   *[other] { $count } posts came in.
}
import-skipped = { $count ->
    [one] One was here already.
   *[other] { $count } were here already.
}
import-see = See them on your page
import-another = Another file
import-no-posts = There is no post in this file.

circle-you = You
circle-nothing = nothing yet
circle-safe = keeps pieces, and was heard of lately
circle-look = holds nothing yet, or is silent for a week
circle-hint = Press a friend to see what there would be without them.
circle-invite = Find another friend
circle-without = Without them?
circle-with = With them again
circle-back = Everybody is back
circle-without-all = Without { $names }, everything still comes back.
circle-without-nothing = Without { $names }, nothing comes back: nobody who stays has enough of it.
circle-without-files = Without { $names }, your posts come back, but of your files only { $files }.
circle-without-part = Without { $names }, only { $posts } of what you wrote and { $files } of your files come back.
circle-more = { $count ->
    [0] After that, nobody more may go.
    [one] After that, any one more may go.
   *[other] After that, any { $count } more may go.
}
circle-placed = { $placed } of { $wanted } pieces are with friends.
circle-running = More are on their way now.
circle-entries = { $count ->
    [one] one entry
   *[other] { $count } entries
}
circle-entries-bytes = { $count ->
    [one] one entry and { $bytes }
   *[other] { $count } entries and { $bytes }
}
circle-waiting = Not with friends yet: { $what }. It goes to them by itself.
circle-nothing-waits = All of it is with friends; nothing waits.
circle-holds = { $count ->
    [one] { $bytes } in one piece, of { $pledged } pledged
   *[other] { $bytes } in { $count } pieces, of { $pledged } pledged
}
circle-holds-nothing = Holds nothing yet, of { $pledged } pledged
circle-here = here now
circle-heard = last here: { $date }
circle-never = not here so far
circle-beside = on one machine with { $names }
advice-five = With five friends and more, nobody keeps a whole copy, and more of them may go.

first-picture = A picture of you, if you like
first-picture-yours = Your picture
first-picture-none = Go on without this picture

settings-access = Access log
settings-access-label = Note who asked for what
settings-access-days = { $count ->
    [0] not at all
    [one] for one day
   *[other] for { $count } days
}
settings-access-about = { $log } shows it. It lies on this machine only; switched off, what was noted is wiped.
