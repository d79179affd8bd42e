# How pages look in one browser, shortcuts, and what is shown without a connection.

look-title = In this browser
look-theme = Light or dark
look-theme-automatic = As this device says
look-theme-light = Light
look-theme-dark = Dark
look-shortcuts = Single keys do things.
look-shortcuts-which = Which?
look-save = Save

shortcuts-title = Keyboard shortcuts
shortcuts-move = Reading
shortcuts-next = Next post
shortcuts-previous = Previous post
shortcuts-open = Open its conversation
shortcuts-unfold = Unfold it: what is long, or what has a warning
shortcuts-news = Show the new posts
shortcuts-act = Writing
shortcuts-write = Write a post
shortcuts-reply = Reply
shortcuts-heart = Give a heart, or take it back
shortcuts-bookmark = Bookmark, or take it out of bookmarks
shortcuts-boost = Boost it, or take that back
shortcuts-delete = Delete, if it is yours; you are asked first
shortcuts-go = Going
shortcuts-home = Home
shortcuts-notifications = Activity
shortcuts-search = Search
shortcuts-spaces = Spaces
shortcuts-own-page = Your own page
shortcuts-help = This list
shortcuts-close = Close
shortcuts-switch = They rest while you write. If a screen reader or another program uses the same keys, switch them off:
shortcuts-switch-where = in this browser’s settings
marks-title = Marks in what you write
marks-emphasis = Emphasis
marks-strong = Strong words
marks-code = Code; lines of it between ```
marks-list = A list, a line each
marks-quote = A quote
marks-link = A link
marks-about = A backslash before a mark makes it a plain letter.

offline-title = No connection
offline-why = Your server can’t be reached from here. Is it running, and is this device in its network?
offline-safe = Nothing is lost: what is on your server is still there, and drafts stay in this browser.
offline-again = Try again
