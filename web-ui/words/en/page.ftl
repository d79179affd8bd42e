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

done-posted = Posted.
done-replied = Your reply is out.
done-edited = Saved. Readers see that it was edited.
done-deleted = Deleted.
done-followed = You follow them now. Their posts come as soon as a way to them is found.
done-befriended = You follow each other now.
done-unfollowed = You don’t follow them any more.
done-saved = Saved.
done-discarded = Discarded: nothing of that file is kept here.
done-signed-out = Signed out there.
done-backed-up = What is new goes to your friends now.
done-pledged = Pledged. Your friend is told.
done-posted-warned = Posted. Somebody whom it is for or whom you mention can’t read it: they aren’t in this space, or no key of theirs has come here yet.
done-edited-warned = Saved. Somebody whom it is for or whom you mention can’t read it: they aren’t in this space, or no key of theirs has come here yet.
done-begun = The space is there. Whoever you added finds it as soon as their server is reached.
done-added = Added. They find the space as soon as their server is reached.
done-added-without-past = Added, but without what was written before: keys of it haven’t come here, so they couldn’t be handed over. Once they have come, remove them and add them again; or let another admin do so.
done-removed = Removed. What is written from now on is closed to them.
done-promoted = They are an admin now.
done-renamed = The space has its new name.
done-left = You left the space.
done-bookmarked = Bookmarked. You find it again by your profile.
done-unbookmarked = Taken out of your bookmarks.
done-muted = Muted: their posts no longer show in your timelines.
done-boosted = Boosted: those who follow you and may read it find it in their timelines.
done-unboosted = The boost is taken back.
done-called = Saved: this is how you see them from now on.
done-unmuted = Their posts show again.
done-blocked = Blocked: they get nothing of yours, and what they write shows nowhere.
done-blocked-among-others = Blocked: they get nothing of yours from this server, and what they write shows nowhere. But in spaces that you are both in they go on reading what you write: remove them there, or leave.
done-unblocked = No longer blocked. What was ended doesn’t begin again by itself.
done-listed = Your list is changed.
done-reacted = Done.
done-knocked = You knocked. If they accept, you are friends; until then you follow them.
done-declined = Declined. They aren’t told.
done-invited = The link is below. Send it to whoever shall join, and to nobody else.
done-uninvited = The link no longer works. Who joined by it stays.
done-joined = You are in.
done-asked = You asked to join. You are in as soon as the server of who made the link is reached.
done-restoring = Your node begins again as you. Reload this page in a moment to see how far it is.
done-device-retired = Put away: what it wrote stays, and new keys were made.
done-device-cut = Cut off: nothing that it says from now on counts, and new keys were made.

error-home = Go home
error-number = Error { $number }
error-not-found = Not here
error-not-found-what = There is nothing at this address.
error-not-found-do = Check the address, or begin again from home.
error-not-mine = Not yours
error-not-mine-what = Only who wrote a post can change or delete it.
error-not-mine-do = You can reply to it instead.
error-undone = Nothing was done
error-foreign-form-what = This form doesn’t belong to your present session.
error-foreign-form-do = Go back, reload the page and send it again.
error-form-kind = The form couldn’t be read: it is of another kind.
error-form-long = The form couldn’t be read: it is too long.
error-form-slow = The form couldn’t be read: it didn’t arrive in time.
error-form-broken = The form couldn’t be read: it broke off.
error-form-malformed = The form couldn’t be read: it isn’t well-formed.
error-form-do = Go back; what you wrote is still there. Shorten it, or try again.
error-method = Not like this
error-method-what = This address doesn’t answer to such a request.
error-method-do = Open it as a page, or begin again from home.
error-refused = That doesn’t work
error-refused-do = Go back and change it.
error-missing-do = If somebody else holds it, it may still arrive. You can begin again from home.
error-failed = That failed
error-failed-do = Try again; if it keeps failing, look at what the server logs.
error-stopping = The server is stopping
error-stopping-what = It was told to stop, so nothing was done.
error-stopping-do = Start it again, and go on where you were.
error-signed-out = Signed out, for now
error-signed-out-what = This browser is signed out, but that couldn’t be written to disk ({ $error }).
error-signed-out-do = Make room or mend the disk before the server restarts, then sign in and out again.
