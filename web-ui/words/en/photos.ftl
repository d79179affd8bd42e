# Photos: in posts, in the box for a new post, large over the page; content warnings; people's pictures.
photos-group = { $count ->
    [one] One photo
   *[other] { $count } photos
}
photos-open = Open photo { $number } of { $count }
photos-not-here = This photo hasn’t arrived here yet.
photos-not-loaded = This photo couldn’t be fetched. Try again later: it comes when a server that has it is reached.
photos-lightbox = Photos
photos-close = Close
photos-next = Next photo
photos-previous = Previous photo

photos-add = Photos
photos-chosen = Chosen photos
photos-number = Photo
photos-alt = what is on it?
photos-alt-hint = For those who don’t see it
photos-none-needed = It needs no words
photos-earlier = Move forward
photos-remove = Remove
photos-too-many = A post has { $count } photos at most; the others weren’t added.
photos-too-long = This file has more than { $megabytes } MB. Make it smaller first.
photos-failed = This photo couldn’t be added. Check the connection, remove it and choose it again.
photos-waits = The post goes out when its photos are there.

photos-warning = Warning
photos-warning-field = What to know before one looks
photos-warning-hint = What to know before one looks: a spoiler, blood, food
photos-warned-show = Show
photos-warned-hide = Hide

photos-of = Photos of { $name }
photos-none = No photos of theirs have arrived here.
photos-none-mine = You haven’t posted any photos.
photos-all-posts = All posts
photos-see-all = Photos

photos-portrait = Your picture
photos-portrait-choose = Choose a picture
photos-portrait-about = The square in its middle is shown. JPEG, PNG, WebP or GIF; where and when it was taken is removed.
photos-portrait-remove = Take the picture away
photos-portrait-save = Save the picture
