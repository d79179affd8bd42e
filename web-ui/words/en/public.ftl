# What visitors without an account see.

public-about = What { $name } writes for everybody.
public-empty = Nothing for everybody yet
public-older = Older posts
public-post-by = Post by { $name }
public-all = All public posts
public-missing = There is nothing here
public-missing-why = Whoever lives here shows no page under this address, or took it back.
public-feed-of = { $name }: public posts
public-feed = Feed
public-photos = Photos
public-follow = Follow on Hearth
public-follow-how = Put this line into your own Hearth, under People:
public-reply = reply
public-edited = edited
public-made-with = Made with Hearth: a server of one’s own, and no company in the middle.
