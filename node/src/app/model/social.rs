//! Values about how people stand to each other, and what an account notes for itself.

use serde::{Deserialize, Serialize};

use crate::store::reactions::Reacted;

/// Who is told that this account follows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum How {
    /// The followed one, and nobody else.
    Told,
    /// Everybody: it stands in this account's social log.
    Open,
    /// Nobody.
    Private,
}

/// Reactions with one emoji to a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reaction {
    /// The emoji.
    pub(crate) emoji: String,
    /// How many people gave it.
    pub(crate) count: u64,
    /// Whether this account is one of them.
    pub(crate) mine: bool,
}

impl From<Reacted> for Reaction {
    fn from(reacted: Reacted) -> Self {
        let Reacted { emoji, count, mine } = reacted;
        Self { emoji, count, mine }
    }
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    /// `hearth1…`
    pub(crate) identity: String,
    /// Their display name, empty while unknown.
    pub(crate) name: String,
}

/// What somebody is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Petname {
    /// `hearth1…`
    pub(crate) identity: String,
    /// By this account, for its own eyes; absent where it calls them as they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) petname: Option<String>,
    /// By themselves, empty while unknown.
    pub(crate) name: String,
}

/// Somebody, or a space, whose posts don't show in the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Muted {
    /// `hearth1…`; absent for a space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// The space's id, hex; absent for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) space: Option<String>,
    /// The name, empty while unknown.
    pub(crate) name: String,
}

/// A list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeopleList {
    /// Its name.
    pub(crate) name: String,
    /// Who is on it, by key; nobody: the list is gone.
    pub(crate) members: Vec<Person>,
}

/// How far this account read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReadTo {
    /// The space's id, hex; absent: in the timeline of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) space: Option<String>,
    /// What the space is called; empty while unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) space_name: String,
    /// The entry id of the last post that was read.
    pub(crate) id: String,
    /// The time that its author claims, ms since 1970.
    pub(crate) time_ms: u64,
    /// How many posts of others came since, 1,000 at most; absent where that isn't counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unread: Option<u64>,
}

/// A setting, and what it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Setting {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) value: String,
    /// What it is when nothing was chosen.
    pub(crate) default: String,
    /// What it may be.
    pub(crate) choices: Vec<String>,
}
