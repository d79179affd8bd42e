//! What is found, what was said before, and whom one talks with.

use serde::{Deserialize, Serialize};

use super::{Person, Post};
use crate::drive::ItemKind;

/// A post that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundPost {
    /// The post.
    #[serde(flatten)]
    pub(crate) post: Post,
    /// Where in its text is what was looked for: ranges of bytes, ascending.
    pub(crate) marks: Vec<(usize, usize)>,
}

/// A file, folder or link of the drive that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundFile {
    /// Where it is: `/folder/name`.
    pub(crate) path: String,
    /// What it is.
    pub(crate) kind: ItemKind,
    /// A file's length.
    pub(crate) bytes: u64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Results {
    /// Posts, the newest first.
    pub(crate) posts: Vec<FoundPost>,
    /// People of such a name; on the first page alone.
    #[serde(default)]
    pub(crate) people: Vec<Person>,
    /// Files of such a name; on the first page alone.
    #[serde(default)]
    pub(crate) files: Vec<FoundFile>,
    /// With which `before` to look further, if there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// Back to when posts were looked at, ms since 1970, if the time didn't suffice for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) back_to_ms: Option<u64>,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// Words and filters.
    pub(crate) query: String,
    /// At most so many posts: 1…100, 30 when absent.
    #[serde(default)]
    pub(crate) limit: Option<u64>,
    /// Only posts below this `local_id`.
    #[serde(default)]
    pub(crate) before: Option<String>,
}

/// What a post said from some time on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PastText {
    /// From when on, as its author claims, ms since 1970.
    pub(crate) time_ms: u64,
    /// What it said.
    pub(crate) text: String,
}

/// Somebody with whom one shares a space for two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Conversation {
    /// Who.
    #[serde(flatten)]
    pub(crate) with: Person,
    /// The space's id, hex.
    pub(crate) space: String,
    /// How many posts of theirs weren't read, 99 at most.
    pub(crate) unread: u64,
    /// What was said last, if anything is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) newest: Option<Post>,
}

/// Something to go on with while one writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Completion {
    /// What is shown.
    pub(crate) label: String,
    /// What tells it from others that look alike: the beginning of a key.
    pub(crate) note: String,
    /// What goes into the text.
    pub(crate) insert: String,
}
