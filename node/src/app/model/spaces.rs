//! Spaces, and for whom something is written.

use serde::{Deserialize, Serialize};

use super::ChosenPhoto;

/// Who may read: the kinds of spaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Audience {
    /// Everybody.
    #[default]
    Public,
    /// Own devices.
    Private,
    /// The author's friends, or those of whoever's post is answered.
    Friends,
    /// The members of a shared space.
    Shared,
    /// Two people.
    Direct,
}

impl Audience {
    /// The word for it, as in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Friends => "friends",
            Self::Shared => "shared",
            Self::Direct => "direct",
        }
    }
}

/// How somebody stands in a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SpaceRole {
    /// Adds, removes, promotes, renames.
    Admin,
    /// Reads and writes.
    Member,
    /// Asked to come in, and isn't in yet.
    Invited,
    /// Was in.
    Left,
}

impl SpaceRole {
    /// The word for it, as in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Invited => "invited",
            Self::Left => "left",
        }
    }
}

/// One who is in a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpaceMember {
    /// `hearth1…`
    pub(crate) identity: String,
    /// Their display name, empty while unknown.
    pub(crate) name: String,
    /// How they stand.
    pub(crate) role: SpaceRole,
}

/// A space as this account sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpaceInfo {
    /// 64 lower-case hex digits.
    pub(crate) id: String,
    /// What its admins call it; of one to one, the other's name (their key while unknown); of the rest, the kind.
    pub(crate) name: String,
    /// Who may read.
    pub(crate) kind: Audience,
    /// How often it got new keys: the number of the newest epoch, 0 for the first.
    pub(crate) epoch: u32,
    /// That epoch's name, hex; absent while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) epoch_id: Option<String>,
    /// How this account stands in it.
    pub(crate) role: SpaceRole,
    /// Who is in it, admins first.
    pub(crate) members: Vec<SpaceMember>,
    /// `true` when somebody was just added who should have been given the past, and couldn't; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) without_past: bool,
    /// What to know about a change that was just made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// Where a new post shall go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To everybody.
    Public,
    /// To one's friends.
    Friends,
    /// To one's own devices.
    Private,
    /// Into a space: its id, its name where only one has it, or `public`, `friends`, `private`.
    Space(String),
    /// To one person: their key.
    To(String),
}

/// What a post shall say from now on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NewWords {
    /// 1 byte to 16 KiB; with photos it may be empty.
    pub(crate) text: String,
    /// Its warning, or that there is none; nothing said: it stays.
    pub(crate) warning: Option<Option<String>>,
    /// What there is to see on each of its photos; nothing said: that stays.
    pub(crate) alts: Option<Vec<Option<String>>>,
}

/// A post that shall be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NewPost {
    /// 1 byte to 16 KiB; with photos it may be empty.
    pub(crate) text: String,
    /// Where it shall go; without a wish a reply goes where the post is that it answers, and all else to friends.
    pub(crate) audience: Option<Wish>,
    /// The id of the post that it answers.
    pub(crate) reply_to: Option<String>,
    /// What to say of it before it is shown, 1 to 200 bytes.
    pub(crate) warning: Option<String>,
    /// At most 8, in their order.
    pub(crate) photos: Vec<ChosenPhoto>,
}
