//! What takes how much room.

use serde::{Deserialize, Serialize};

/// What lies in a node's home, by kind. All sizes are bytes on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Storage {
    /// All of it.
    pub(crate) bytes: u64,
    /// What is free on the disk.
    pub(crate) free_bytes: u64,
    /// By kind; only what there is.
    pub(crate) parts: Vec<StoragePart>,
    /// Friends whose backups are kept here.
    pub(crate) pledges: Vec<StoragePledge>,
    /// How much of others' photos may be kept.
    pub(crate) photo_cache_max: u64,
    /// How long the access log may become.
    pub(crate) access_max: u64,
    /// `true` where there was more than could be looked at in time, so that sizes are too small; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_cut: bool,
    /// When that was looked at, ms since 1970.
    pub(crate) time_ms: u64,
}

/// One kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoragePart {
    /// What.
    pub(crate) kind: StorageKind,
    /// How much.
    pub(crate) bytes: u64,
}

/// What may take room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StorageKind {
    /// One's own files and photos, and copies of log segments, as they go to friends.
    Objects,
    /// One's own logs.
    OwnLogs,
    /// Logs of others.
    OthersLogs,
    /// What is made of the logs: timelines, the index; and what the database hasn't given back.
    Index,
    /// Others' photos.
    PhotoCache,
    /// What is kept for friends.
    Shards,
    /// Who asked for what.
    AccessLog,
    /// Damaged databases that were set aside, and what waits to be removed.
    Aside,
    /// Keys, settings, photos that aren't posted.
    Rest,
}

/// What is kept for a friend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoragePledge {
    /// `hearth1…`
    pub(crate) identity: String,
    /// What they are called.
    pub(crate) name: String,
    /// What is kept.
    pub(crate) used: u64,
    /// What was pledged.
    pub(crate) pledged: u64,
}
