//! What an account is told.

use serde::{Deserialize, Serialize};

use super::{Person, Post};
use crate::store::notifications::Only;

/// What kind of thing is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NotificationKind {
    /// Somebody answered a post of this account.
    Reply,
    /// Somebody mentions this account.
    Mention,
    /// People reacted to a post of this account.
    Reaction,
    /// People boosted a post of this account.
    Boost,
    /// Somebody follows this account.
    Follower,
    /// Somebody whom this account follows follows it.
    Friend,
    /// Somebody asks to be friends.
    Knock,
    /// Somebody let this account into a space.
    Space,
}

/// Something that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notification {
    /// What kind of thing it is.
    pub(crate) kind: NotificationKind,
    /// Where it stands: what comes after it is asked for with this as `before`.
    pub(crate) place: String,
    /// When it happened, ms since 1970.
    pub(crate) time_ms: u64,
    /// `true` when it wasn't read yet; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unread: bool,
    /// Who did it, the last one first; of many a few.
    pub(crate) people: Vec<Person>,
    /// How many did.
    pub(crate) count: u64,
    /// Of a reaction: with what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) emoji: Option<String>,
    /// The reply or the mention; what was reacted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) post: Option<Post>,
    /// Of a knock: what they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// The space that this account was let into: its id, hex,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) space: Option<String>,
    /// and what people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) space_name: String,
}

/// A page of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notifications {
    /// How many weren't read, 99 at most.
    pub(crate) unread: u64,
    /// The newest first.
    pub(crate) items: Vec<Notification>,
    /// With which `before` to ask for more, if there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Which part of what is told is asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotificationsAsked {
    /// At most so many: 1…100, 30 when absent.
    #[serde(default)]
    pub(crate) limit: Option<u64>,
    /// Only what stands after this.
    #[serde(default)]
    pub(crate) before: Option<String>,
    /// Only of some kind.
    #[serde(default)]
    pub(crate) only: Only,
    /// Only what wasn't read.
    #[serde(default)]
    pub(crate) unread: bool,
}
