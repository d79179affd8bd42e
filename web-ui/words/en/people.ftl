# People, profiles, knocks, follows, lists, mutes and blocks.

people-title = People
people-link = Your link
people-link-about = Send it to a friend. They paste it on this page of their Hearth and follow you.
people-friends = Friends: you follow each other { $count }
people-following = You follow { $count }
people-followers = They follow you { $count }
people-quiet = Muted and blocked people
people-empty-title = Nobody here yet but you
people-empty = Ask a friend for their Hearth link and paste it below: their posts then appear on your home page. Send them yours, and yours appear on theirs.
knock-title = Somebody knocks
knock-through = It came by { $name }’s server.
knock-about = Names are what people call themselves; the key is who they are. If you accept, you follow each other and read what you post for friends.
knock-block = Block
knock-decline = Decline
knock-accept = Accept
knock-key = Their key or link
knock-text = A word to go with it: who you are, where you met
knock-how = It reaches them, sealed, themselves or through somebody who knows them. By knocking you follow them; if they accept, you are friends.
knock-send = Knock
knock-open = Knock: ask somebody to be friends
follow-label = Follow somebody by their key or link
follow-button = Follow
follow-privately = In private: nobody is told, and you don’t become friends
follow-them = Follow { $name }
follow-back-them = Follow back { $name }
unfollow-them = Unfollow { $name }
quiet-title = Muted and blocked
quiet-about = Nobody is told. On somebody’s page you mute and block them; here you take it back.
quiet-muted = Muted
quiet-muted-about = Their posts don’t show in your timelines. Nothing else changes.
quiet-unmute = Unmute { $name }
quiet-nobody-muted = Nobody is muted.
quiet-blocked = Blocked
quiet-blocked-about = They are no friends of yours and can’t knock. Your server gives theirs nothing of yours; what they write, answer and mention shows nowhere.
quiet-unblock = Unblock { $name }
quiet-nobody-blocked = Nobody is blocked.
bookmarks-title = Bookmarks
bookmarks-empty-title = Nothing kept yet
bookmarks-empty = Under “More” on every post you can bookmark it. Nobody but you knows.
bookmarks-private = Nobody but you knows what is on this page.
bookmarks-missing = { $count ->
    [one] One more is kept whose post isn’t here: it was deleted, or hasn’t arrived.
   *[other] { $count } more are kept whose posts aren’t here: they were deleted, or haven’t arrived.
}
