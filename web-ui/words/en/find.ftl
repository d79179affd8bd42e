# Notifications, search, conversations.

notify-title = Activity
notify-all = All
notify-mentions = Mentions
notify-replies = Replies
notify-reactions = Reactions
notify-people = People
notify-filter = What is shown
notify-read = Mark all as read
notify-new = New:
notify-none = Nothing here yet
notify-none-hint = When somebody answers you, mentions you, reacts to what you wrote, follows you or knocks, it stands here.
notify-older = Older
notify-two = { $first } and { $second }
notify-many = { $first }, { $second } and { $count ->
    [one] { $count } other
   *[other] { $count } others
}
notify-one-and = { $first } and { $count ->
    [one] { $count } other
   *[other] { $count } others
}
notify-reply = { $who } answered you
notify-mention = { $who } mentioned you
notify-reaction = { $who } reacted { $emoji } to what you wrote
notify-boost = { $who } boosted what you wrote
notify-follower = { $who } follows you
notify-friend = You and { $who } are friends now
notify-knock = { $who } asks to be friends
notify-space = { $who } let you into { $space }
nav-notifications = Activity
nav-search = Search
nav-conversations = Messages
nav-shortcuts = More
nav-unread = { $count } unread

search-title = Search
search-label = Words, names, tags
search-go = Search
search-hint = Finds what you can read here: posts of everybody whom you follow, of your spaces, your own; people and files by their names. Accents and capitals make no difference.
search-typed-phrase = "two words"
search-typed-not = -word
search-typed-tag = #tag
search-typed-from = from:name
search-typed-in = in:space
search-hint-phrase = these words, one behind the other
search-hint-not = not this word
search-hint-tag = this tag
search-hint-from = by this person: a name, a key, or “me”
search-hint-in = in this space, or public, friends, private
search-hint-mine = by you
search-hint-link = with a link
search-hint-photo = with a photo
search-hint-after = from then on
search-hint-before = before then
search-people = People
search-files = Files
search-post-by = Post by { $name }
search-back-to = So far posts were looked through back to { $date }.
search-further = Look further
search-more = More
search-none = Nothing found
search-none-hint = Take fewer words, or the beginning of one.

talk-title = Messages
talk-none = No messages yet
talk-none-hint = On somebody’s page you can write to them alone: nobody else can read it.
talk-people = People
talk-who = Each of these is between you and one other.
talk-unread = { $count } unread
talk-read = Mark as read
talk-read-whose = Mark what { $name } wrote as read
talk-you = You: { $text }

past-title = Earlier texts
past-back = Back to the post by { $name }
past-now = As it is now
past-earlier = Before that
past-first = At first
past-none = No earlier text of it is here.
