//! What the [`App`](super::App) takes and gives: the values behind the CLI's JSON, the API and the pages.
//!
//! Field names are a contract with scripts that read `--json`; they change only with the documentation.

mod access;
mod devices;
mod letters;
mod notifications;
mod photos;
mod search;
mod social;
mod spaces;
mod storage;

pub(crate) use access::{AccessHours, AccessLog, AccessRow, Reach, ReachFriend, ReachVisit};
pub(crate) use devices::{Device, DeviceAdded, DeviceEnd, DeviceState};
pub(crate) use letters::{Invite, Knock};
pub(crate) use notifications::{Notification, NotificationKind, Notifications, NotificationsAsked};
pub(crate) use photos::{
    ChosenPhoto, Photo, PhotoDraft, Portrait, base64, bytes_of_base64, portrait_of,
};
pub(crate) use search::{
    Completion, Conversation, FoundFile, FoundPost, PastText, Results, Search,
};
pub(crate) use social::{How, Muted, PeopleList, Person, Petname, Reaction, ReadTo, Setting};
pub(crate) use spaces::{Audience, NewPost, NewWords, SpaceInfo, SpaceMember, SpaceRole, Wish};
pub(crate) use storage::{Storage, StorageKind, StoragePart, StoragePledge};

use crate::said::Said;
use hearth_protocol::content::Reference;
use serde::{Deserialize, Serialize};

/// Who this account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Me {
    /// `hearth1…`
    pub(crate) identity: String,
    /// The device's signing key, lower-case hex.
    pub(crate) device: String,
    /// The display name, empty when none was given.
    pub(crate) name: String,
}

/// A profile as its owner describes themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// `hearth1…`
    pub(crate) identity: String,
    /// The display name.
    pub(crate) name: String,
    /// A few words about oneself.
    pub(crate) bio: String,
    /// What they look like; absent where they don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) picture: Option<Portrait>,
}

/// How this account and another stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RelationState {
    /// This account follows the other.
    Following,
    /// Both follow each other.
    Friends,
    /// This account doesn't follow the other.
    None,
}

/// Another identity and how this account stands to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Relation {
    /// `hearth1…`
    pub(crate) identity: String,
    /// How the two stand.
    pub(crate) state: RelationState,
    /// What they are called here: by the name that this account gave them, else by their own; empty while unknown.
    pub(crate) name: String,
    /// Their own name, where `name` is one that this account gave them; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) own_name: Option<String>,
    /// `true` when this account follows them and tells nobody; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) private: bool,
    /// `true` when everybody may read that this account follows them; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) open: bool,
    /// `true` when their posts don't show in the timeline; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) muted: bool,
    /// `true` when this account wants to have nothing to do with them; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) blocked: bool,
}

/// Somebody who is blocked, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Blocked {
    /// How the two stand now.
    #[serde(flatten)]
    pub(crate) relation: Relation,
    /// What to know about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// Space that this account promises to keep for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PledgeGiven {
    /// `hearth1…`
    pub(crate) to: String,
    /// How much from now on, in bytes; 0 ends it.
    pub(crate) bytes: u64,
}

/// Somebody who pledged space to this account or was pledged some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guardian {
    /// `hearth1…`
    pub(crate) identity: String,
    /// Their display name, empty while unknown.
    pub(crate) name: String,
    /// How much they let this account keep there now, in bytes; 0 until both follow each other.
    pub(crate) pledged_to_me: u64,
    /// How much they keep of this account, in bytes.
    pub(crate) used_by_me: u64,
    /// How much this account pledged to them, in bytes.
    pub(crate) pledged_by_me: u64,
    /// How much is kept here of theirs, in bytes.
    pub(crate) used_on_me: u64,
    /// When their node was connected last, ms since 1970; 0 when it never was.
    pub(crate) last_seen_ms: u64,
    /// When they drop what they keep beyond their pledge, ms since 1970; only while there is such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ends_ms: Option<u64>,
}

/// A post as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Post {
    /// The entry id, 64 lower-case hex digits.
    pub(crate) id: String,
    /// Where it sorts in this node's timelines: 20 decimal digits.
    pub(crate) local_id: String,
    /// `hearth1…`
    pub(crate) author: String,
    /// What the author is called here: by the name that this account gave them, else by their own; empty while unknown.
    pub(crate) author_name: String,
    /// The text, byte for byte as it was written (the newest edit).
    pub(crate) text: String,
    /// The time that its author claims, ms since 1970.
    pub(crate) time_ms: u64,
    /// The entry id of the post that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
    /// Where the post lies that this one answers, as it says.
    #[serde(skip)]
    pub(crate) answers: Option<Reference>,
    /// `true` when its author changed it; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) edited: bool,
    /// The id of the space that it is in, hex.
    #[serde(default)]
    pub(crate) space: String,
    /// Who may read it.
    #[serde(default)]
    pub(crate) audience: Audience,
    /// What people call the space; empty where the audience says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) space_name: String,
    /// What people think of it, the most frequent first; absent when nobody said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reactions: Vec<Reaction>,
    /// `true` when this account bookmarked it; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) bookmarked: bool,
    /// What the author looks like; absent where they don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) author_picture: Option<Portrait>,
    /// What to say of it before it is shown; absent where it is shown at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) warning: Option<String>,
    /// Its photos; absent where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) photos: Vec<Photo>,
    /// How many people boost it; absent when nobody does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) boosts: u64,
    /// `true` when this account boosts it; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) boosted: bool,
    /// Whom the text mentions, as far as they have names; absent where there is nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentioned: Vec<Person>,
    /// In a timeline, where it stands because somebody boosted it: who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boosted_by: Option<Person>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Which part of a list of posts is asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// At most so many posts: 1…1,000, 40 when absent.
    #[serde(default)]
    pub(crate) limit: Option<u64>,
    /// Only posts below this `local_id`.
    #[serde(default)]
    pub(crate) before: Option<String>,
    /// Of a timeline: only posts in this space.
    #[serde(default)]
    pub(crate) space: Option<String>,
    /// Of a timeline: only posts of the people on this list.
    #[serde(default)]
    pub(crate) list: Option<String>,
}

/// What a new post was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posted {
    /// The entry id, hex.
    pub(crate) id: String,
    /// Its sequence in the log that it is in.
    pub(crate) seq: u64,
    /// The id of the space that it went to, hex.
    #[serde(default)]
    pub(crate) space: String,
    /// Who may read it.
    #[serde(default)]
    pub(crate) audience: Audience,
    /// What people call the space; empty where the audience says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) space_name: String,
    /// What to know about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// A post whose text was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edited {
    /// Its id, hex: the one that it was given at first.
    pub(crate) id: String,
    /// What to know about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// A post as it comes from somewhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImportRow {
    /// When it was written, ms since 1970.
    pub(crate) time_ms: u64,
    /// What it says.
    pub(crate) text: String,
}

/// The sum of an import: `imported + skipped` is the number of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Imported {
    /// Rows that became posts.
    pub(crate) imported: u64,
    /// Rows that were there already.
    pub(crate) skipped: u64,
}

/// A peer that this node is connected with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerStatus {
    /// The libp2p peer id.
    pub(crate) peer: String,
    /// The identities that it proved to host.
    pub(crate) identities: Vec<String>,
    /// Its multiaddr.
    pub(crate) address: String,
    /// When the connection came up, ms since 1970.
    pub(crate) since_ms: u64,
}

/// A log that this node holds, in whole or in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogStatus {
    /// `hearth1…`
    pub(crate) identity: String,
    /// The device's signing key, hex.
    pub(crate) device: String,
    /// The log number: even ones are social, odd ones own.
    pub(crate) log: u64,
    /// What is held: inclusive ranges of sequences, ascending.
    pub(crate) have: Vec<(u64, u64)>,
    /// `true` when there is proof of a fork; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) forked: bool,
}

/// What the node is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// `hearth1…`
    pub(crate) identity: String,
    /// Where peers reach this node, each with `/p2p/…`.
    pub(crate) addresses: Vec<String>,
    /// Who is connected.
    pub(crate) peers: Vec<PeerStatus>,
    /// What is held.
    pub(crate) logs: Vec<LogStatus>,
    /// The store's size on disk.
    pub(crate) store_bytes: u64,
    /// When the store was damaged and rebuilt, if ever, and how much of it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rebuilt: Option<crate::rebuild::Rebuilt>,
    /// Why this device writes nothing any more, if it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoked: Option<String>,
    /// What was refused, delayed or lost since the start, by kind; only what happened.
    #[serde(default)]
    pub(crate) counters: std::collections::BTreeMap<String, u64>,
    /// Hearth's version.
    pub(crate) version: String,
}

/// An entry that doesn't hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BadEntry {
    /// `hearth1…`
    pub(crate) identity: String,
    /// The device's signing key, hex.
    pub(crate) device: String,
    /// The log number.
    pub(crate) log: u64,
    /// The sequence.
    pub(crate) seq: u64,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// The outcome of re-checking entries: `entries = ok + vouched + bad.len()`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VerifyReport {
    /// How many entries were read.
    pub(crate) entries: u64,
    /// How many carry a signature that verifies.
    pub(crate) ok: u64,
    /// How many only an authentic successor names.
    pub(crate) vouched: u64,
    /// Those that are neither.
    pub(crate) bad: Vec<BadEntry>,
}

/// What went wrong, for whom to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorKind {
    /// The request itself is wrong; asking again the same way fails again.
    BadRequest,
    /// What it names isn't there.
    NotFound,
    /// The node can't do it now (disk full, stopping, damaged).
    Failed,
}

/// An error that says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub(crate) struct AppError {
    /// Its kind.
    pub(crate) kind: ErrorKind,
    /// One or two sentences: what happened, and what to do.
    pub(crate) message: Said,
}

impl AppError {
    /// An error of a kind.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Said>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}
