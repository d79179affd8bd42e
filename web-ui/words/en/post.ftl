# Posts: cards, the box to write in, threads, home, editing, deleting, photos.

post-by = Post by { $name }
post-whole = Read the whole post
post-edited = edited
post-bookmarked = bookmarked
post-in-reply = In reply to { $name }
post-in-reply-missing = In reply to a post that hasn’t arrived here
post-reaction-mine = You too: take it back
post-reaction-theirs = Say it too
post-reply = Reply
post-react = React
post-boost = Boost
post-unboost = Boosted · undo
post-boosts = { $count ->
    [one] by one person
   *[other] by { $count } people
}
post-boosted-by = Boosted by { $name }
post-more = More
post-edit = Edit
post-delete = Delete
post-emoji = Another emoji
post-emoji-example = Another
post-bookmark = Bookmark
post-unbookmark = Take out of bookmarks
post-older = Older posts
emoji-thumbs-up = Thumbs up
emoji-heart = Heart
emoji-laughing = Laughing
emoji-surprised = Surprised
emoji-sad = Sad
emoji-celebrating = Celebrating
home-title = Home
home-box = What is on your mind?
home-send = Post
home-newest = Back to the newest
home-filters = What to read
home-everything = Everything
home-list-empty-title = Nothing from this list yet
home-list-empty = On somebody’s page you say which lists they are on.
home-empty-title = The fire is lit, and it is quiet
home-empty = Here stands what you write and what those write whom you follow. Ask a friend for their Hearth link, or send them yours.
home-find = Find your people
home-returning = You were here before? { $phrase }
thread-title = Conversation
thread-beginning = The beginning of this conversation hasn’t arrived here yet. It appears when a friend brings it.
thread-reply = Reply
thread-reply-to = Reply to { $name }
thread-reply-to-yourself = Reply to yourself
edit-title = Edit post
edit-text = The post’s text
edit-save = Save
edit-about = It stays where it is: whoever may read it sees that it was edited.
delete-title = Delete this post?
delete-about = It is gone from here at once and can’t be brought back. Servers that carry it are told to drop it too; whoever has kept a copy of their own still has it.
delete-keep = Keep it
delete-button = Delete
