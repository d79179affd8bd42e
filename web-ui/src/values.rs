//! What the pages are made from. The node fills these in; strings are shown as they are, escaped.

use crate::language::{Language, say};
use crate::notice::Notice;
use std::borrow::Cow;

/// Somebody: an identity and the name they gave themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The identity as text, `hearth1…`.
    pub identity: String,
    /// Their own name for themselves; when there is nothing to see in it, pages show a shortened key.
    pub name: String,
    /// Which picture of theirs is shown, if there is one here: stands in `/portrait/{identity}/small?v={picture}`.
    pub picture: Option<String>,
}

/// Who may read a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Public,
    /// The reader's own friends (`None`), or those of somebody else and that person.
    Friends(Option<Person>),
    /// The reader's own devices.
    Private,
    /// The members of a shared space.
    Shared(SpaceName),
    /// The reader and one other.
    Direct(Person),
}

/// A shared space as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceName {
    /// Its id: stands in `/spaces/{id}`.
    pub id: String,
    /// The name that its admins gave it; may have nothing to see in it.
    pub name: String,
}

/// One of the audiences that a new post can be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the form's field `audience` says when it is chosen.
    pub value: String,
    /// Who would read the post.
    pub audience: Audience,
}

/// A photo of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The address of its small size.
    pub small: String,
    /// The address of its full size.
    pub full: String,
    /// Pixels of the full size from left to right.
    pub width: u16,
    /// Pixels of the full size from top to bottom.
    pub height: u16,
    /// What is on it, for who doesn't see it; `None` when its author says that it needs no words.
    pub alt: Option<String>,
    /// A `data:` address of a few blurred colours, shown until the photo is there.
    pub placeholder: Option<String>,
    /// Whether this node has its small size.
    pub is_here: bool,
}

/// A photo that was chosen for a post and is in none yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftPhoto {
    /// Its name: stands in `/photo/draft/{draft}/small`.
    pub draft: String,
    /// What is said of it so far.
    pub alt: String,
    /// Whether it was said to need no words.
    pub needs_none: bool,
}

/// What a box for a post takes besides text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Attached {
    /// Nothing.
    #[default]
    Nothing,
    /// A new post's photos and warning, with what was chosen so far.
    New {
        /// What to say of it before it is shown.
        warning: Option<String>,
        /// The photos, in their order.
        photos: Vec<DraftPhoto>,
    },
    /// A written post's warning, and what is said of its photos.
    Edited {
        /// What to say of it before it is shown.
        warning: Option<String>,
        /// The photos, in their order.
        photos: Vec<Photo>,
    },
}

impl Attached {
    /// Photos and a warning can be there, and none is yet.
    pub const fn nothing_yet() -> Self {
        Self::New {
            warning: None,
            photos: Vec::new(),
        }
    }
}

/// A box for a new post: what it begins with, and for whom the post can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composer {
    /// Text that couldn't be posted, to go on with.
    pub draft: String,
    /// For whom it can be. Of one there is nothing to choose: it is said, and can't be changed.
    pub choices: Vec<Choice>,
    /// The `value` of the one that is chosen; where no choice has it, the first one is.
    pub chosen: String,
    /// What it takes besides text.
    pub attached: Attached,
}

/// How often something was answered with an emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji, or whatever somebody sent instead of one.
    pub emoji: String,
    /// By how many people.
    pub count: u64,
    /// Whether the reader is one of them.
    pub mine: bool,
}

/// What somebody is in a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// They may change who is in it.
    Admin,
    /// They read and write.
    Member,
    /// They asked to join, and nobody has let them in yet.
    Asked,
    /// They were in it and are no more.
    Left,
}

/// One post as a card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The name of the post for everybody: stands in `/thread/{id}`, `/edit/{id}`, `/delete/{id}`.
    pub id: String,
    /// The name of its place on this node's timeline: stands in `?before=` and `?after=`.
    pub local_id: String,
    /// Who wrote it.
    pub author: Person,
    /// Its text, UTF-8, lines ended by `\n`; with photos it may be empty.
    pub text: String,
    /// What its author says of it before it is shown; `None`: it is shown at once.
    pub warning: Option<String>,
    /// Its photos, at most eight.
    pub photos: Vec<Photo>,
    /// When it was written, in milliseconds since 1970, UTC.
    pub time_ms: u64,
    /// Whether its text was changed after it was posted.
    pub edited: bool,
    /// Whether the reader wrote it, and may thus change and delete it.
    pub mine: bool,
    /// Who may read it.
    pub audience: Audience,
    /// What people answered it with, apart from words.
    pub reactions: Vec<Reaction>,
    /// Whether the reader keeps it among their bookmarks.
    pub bookmarked: bool,
    /// Those of the people that its text mentions who have names.
    pub mentioned: Vec<Person>,
    /// How many people boost it.
    pub boosts: u64,
    /// Whether the reader is one of them.
    pub boosted: bool,
    /// Who boosted it, where it stands in a timeline for that.
    pub boosted_by: Option<Person>,
    /// What it answers.
    pub reply_to: Option<ReplyTo>,
}

/// The post that another one answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTo {
    /// The answered post's id.
    pub id: String,
    /// Who wrote the answered post; `None` while this node doesn't hold it.
    pub author: Option<Person>,
}

/// How the reader and somebody else follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is the reader.
    Me,
    /// The reader follows them.
    Following,
    /// Both follow each other.
    Friends,
    /// They follow the reader.
    FollowsMe,
    /// Neither follows the other.
    None,
}

impl Relation {
    /// Whether the reader follows them.
    pub(crate) fn followed(self) -> bool {
        matches!(self, Self::Following | Self::Friends)
    }

    /// The relation in words, from the reader's side; empty where there is nothing to say.
    pub(crate) fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Me => say!(language, "relation-me"),
            Self::Following => say!(language, "relation-following"),
            Self::Friends => say!(language, "relation-friends"),
            Self::FollowsMe => say!(language, "relation-follows-me"),
            Self::None => "".into(),
        }
    }
}

/// Somebody that the reader has to do with, and whether their node is reached now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Who it is.
    pub person: Person,
    /// How they follow each other.
    pub relation: Relation,
    /// Whether a node of theirs is connected now.
    pub connected: bool,
}

/// What the navigation marks as "here".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The timeline.
    Home,
    /// What one is told.
    Notifications,
    /// Whom one talks with alone.
    Conversations,
    /// Looking for something.
    Search,
    /// Whom one follows.
    People,
    /// Who reads what: the spaces.
    Spaces,
    /// The drive.
    Files,
    /// How safe it all is.
    Backup,
    /// One's own data: what it is, who asked for it.
    Data,
    /// One's own profile.
    Profile,
    /// None of the above.
    Other,
}

/// What all pages of a signed-in reader share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shell {
    /// The reader.
    pub me: Person,
    /// The token that every form carries.
    pub csrf: String,
    /// Now, in milliseconds since 1970, UTC; relative times are counted from it.
    pub now_ms: u64,
    /// The result of the last action.
    pub notice: Option<Notice>,
    /// Who the rail shows under "Friends".
    pub neighbours: Vec<Neighbour>,
    /// The page's own path (and query), to which small actions on it come back: the field `back`.
    pub here: String,
    /// How much waits for the reader's yes or no; the navigation says it.
    pub waiting: Waiting,
    /// What the page speaks.
    pub language: Language,
}

/// What waits for the reader's yes or no.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// People who knocked.
    pub knocks: usize,
    /// What one is told and hasn't read, up to 99.
    pub unread: usize,
}
