# Spaces, their members and invitations; who may read something.

space-nameless = A space without a name
space-unnamed = A space ({ $id }…)
audience-who = Who may read this
audience-badge = Who may read this:
audience-public = Public
audience-friends = Friends
audience-friends-of = Friends of { $name }
audience-friends-of-somebody = Friends of somebody
audience-private = Only you
audience-direct = You and { $name }
audience-option-space = Space: { $name }
reads-public = Everybody may read this, now and later.
reads-friends = Only your friends will read this.
reads-friends-of = Only { $name } and { $name }’s friends will read this.
reads-friends-of-somebody = Only somebody and their friends will read this.
reads-private = Only you will read this, on your own devices.
reads-shared = Only members of { $name } will read this.
reads-direct = Only you and { $name } will read this.
reads-this-space = Only the members of this space will read this.
reads-them = Only you and they will read this.
send-public = { $verb } to everybody
send-friends = { $verb } to friends
send-private = { $verb } for yourself
send-shared = { $verb } to this space
send-direct = { $verb } to them alone

spaces-title = Spaces
spaces-about = A space says who reads. What you write in one is encrypted for those who are in it.
spaces-own = From the first day
spaces-shared = Shared with others
spaces-direct = One to one
spaces-asked = Waiting to be let in
spaces-left = Left
spaces-refused = You couldn’t join { $name }
spaces-dismiss = Dismiss
spaces-none-title = No shared space yet
spaces-none = A family, a book club, a house: begin a space for it below, or join one by a link that its admin sends you.
spaces-about-public = Everybody may read it
spaces-about-private = Your notes to yourself, on all your devices
spaces-about-friends = { $count ->
    [0] Nobody yet: friends are those who follow you and whom you follow
    [one] One friend reads what you post here
   *[other] { $count } friends read what you post here
}
spaces-about-direct = Nobody but you two
spaces-about-shared = { $role } · { $count ->
    [one] { $count } member
   *[other] { $count } members
}
role-admin = You are an admin
role-member = You are a member
role-asked = You asked to join
role-left = You left
create-title = Begin a space
create-name = Name
create-name-example = Book club
create-members = Members to begin with { $hint }
create-members-hint = (keys, one a line; you can add more later)
create-button = Begin it
join-label = Join by an invitation link
join-button = Join

space-box-private = A note to yourself
space-box-direct = Write to them
space-box-friends = What do your friends want to know?
space-box-shared = Write to everybody in this space
space-send = Post
space-posts = Posts
space-their-page = Their page
space-members-links = Members and links
space-members = Members
space-about-public = Everybody may read what is here
space-about-private = Notes that only your own devices can open
space-about-friends = { $count ->
    [one] { $count } friend. What you write here, and what they answer, is for them
   *[other] { $count } friends. What you write here, and what they answer, is for them
}
space-about-direct = Nobody but you two can read what is here
space-who = Who reads here
member-admin = Admin
member-member = Member
member-asked = Asked to join
member-left = Left
member-you = { $role }, you
space-empty = Nothing here yet
space-empty-direct = What you write reaches { $name } and nobody else.
space-empty-private = A shopping list, a thought, a link for later.
space-empty-shared = What is posted from now on appears here, and on the home page of everybody in it.
space-asked = Posts appear here as soon as somebody who may let you in has done so. Their server must be reached for that.
space-left-title = You left this space
space-left = You no longer read what is written here. Somebody who is in it can add you again.
space-read-only = { $audience } You can read here, but not write.

members-way = Where this page belongs
members-title = Members
members-here = In this space { $count }
members-admins-only = Only admins add and remove people.
members-past = With the past: also what was written before. { $hint }
members-past-hint = Without it, they read only what is written from now on.
members-add = Add somebody by their key
members-add-button = Add
members-change = Change { $name }
members-promote = Make admin
members-remove = Remove
members-removal = Whoever is removed can’t read what is written from then on. What they have read, they have read.
invite-uses = For how many
invite-time = Works for
invite-day = a day
invite-week = a week
invite-month = a month
invite-make = Make a link
invite-title = Invitation links
invite-about = Whoever has such a link can join, so send it only to those who should. Your server lets them in when it hears of it.
invite-over = It no longer works: its time is over.
invite-endless = It works until you take it back.
invite-take-back = Take back
invite-ends-hours = { $hours ->
    [0] It ends within an hour.
    [1] It ends in an hour.
   *[other] It ends in { $hours } hours.
}
invite-ends-on = It ends on { $date }.
invite-used-of = { $used } of { $uses } joined by this
invite-used = { $used } joined by this
members-name = Name of the space
members-rename = Rename
members-leave = Leave this space…
members-leave-about = You no longer read what is written there, and to come back, somebody must add you again. What you wrote stays with its members.
members-leave-button = Leave

wider-title = Shall more people read it?
wider-question = Shall more people read your reply than what it answers?
wider-about = This post is for { $narrow }. Your reply would be for { $wide }: { $sentence } Whoever reads it learns that there is something that it answers, and by whom.
wider-reply = Your reply
wider-back = Go back
wider-widely = Reply: { $audience }
wider-narrowly = Keep it among: { $audience }

invite-uses-problem = A link is for 1 to 1,000 people: say for how many.
invite-time-problem = Choose for how long the link works.
