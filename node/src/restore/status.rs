//! What is said of a restore: the values behind the command line's progress, the API and the page.

use crate::said::Said;
use serde::{Deserialize, Serialize};

use super::Until;

/// Packs that are named when they can't be had.
const MISSING_MAX: usize = 64;

/// How far a restore is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    /// Friends are looked for, and a root among what they keep.
    #[default]
    Looking,
    /// The list of packs is being read.
    Reading,
    /// Packs of logs are coming: profile, follows, posts, the drive's listing.
    Posts,
    /// All of these are here; packs of files are coming.
    Files,
    /// Everything is here.
    Done,
}

/// Something that can't be had for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    /// What: a pack by its number, or a page of the list.
    pub(crate) what: Said,
    /// Who could have it: names, or keys where no name is known.
    pub(crate) keepers: Vec<String>,
}

/// What a restore ends with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// `hearth1…`
    pub(crate) identity: String,
    /// The new device's key, lower-case hex.
    pub(crate) device: String,
    /// Own posts that are here.
    pub(crate) posts: u64,
    /// Files in the drive.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// How long it took.
    pub(crate) seconds: u64,
    /// Friends' nodes that hold this snapshot, or a log that tells of it.
    pub(crate) attested_by: u64,
    /// The number of a newer snapshot that was announced and that nobody who answered has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) newer_head_seen: Option<u64>,
}

/// How far a restore is, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// The step that is being done.
    pub(crate) stage: Stage,
    /// Bytes of packs that are here, as friends keep them.
    pub(crate) bytes: u64,
    /// Of how many.
    pub(crate) bytes_total: u64,
    /// Files whose content is here.
    pub(crate) files: u64,
    /// Files in the snapshot.
    pub(crate) files_total: u64,
    /// Packs that are here.
    pub(crate) packs: u64,
    /// Of how many.
    pub(crate) packs_total: u64,
    /// Who is helping: names, or keys where no name is known.
    pub(crate) friends: Vec<String>,
    /// The snapshot's number; 0 while none was found.
    pub(crate) snapshot: u64,
    /// When the snapshot was made, ms since 1970; 0 while none was found.
    pub(crate) snapshot_ms: u64,
    /// What holds it up, as a sentence; empty when nothing does.
    pub(crate) problem: Said,
    /// Whether it has stopped for that, and must be asked to go on.
    pub(crate) is_stopped: bool,
    /// What can't be had for now, the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing: Vec<Missing>,
    /// How much there is besides those named.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) missing_more: u64,
    /// What it ended with, or has come to so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<Done>,
}

fn is_none(number: &u64) -> bool {
    *number == 0
}

impl Status {
    /// Whether it doesn't get any further, while somebody waits for `until`.
    pub(crate) fn has_failed(&self, until: Until) -> bool {
        self.is_stopped && !until.is_reached(self)
    }

    /// Names what can't be had.
    pub(crate) fn set_missing(&mut self, mut missing: Vec<Missing>) {
        let count = missing.len();
        missing.truncate(MISSING_MAX);
        self.missing_more = (count - missing.len()) as u64;
        self.missing = missing;
    }
}
