//! Why a backup doesn't do what it was asked.

use std::path::PathBuf;

use crate::store::StoreError;

/// Why a backup doesn't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// The store can't.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pack files can't.
    #[error("the pack files can't be used: {0}")]
    Packs(String),
    /// This device speaks for the identity no more.
    #[error(
        "this device was retired or cut off with the phrase, so that it makes no backups: use the device that took its place"
    )]
    NotCurrent,
    /// Not everything is here yet.
    #[error(
        "a restore is under way: backups go on once it is complete; `hearth restore --wait` shows how far it is"
    )]
    Restoring,
    /// A pack file isn't what it was.
    #[error(
        "pack {number} doesn't hold what it held when it was backed up ({what}), so that nothing of it is sent: the disk may be failing; restore from friends onto another one"
    )]
    Damaged {
        /// Which.
        number: u64,
        /// What is wrong.
        what: String,
    },
    /// A key that packs are sealed under is missing.
    #[error(
        "the backup key of generation {0} isn't known here: it comes with the own log of the device that made it; connect to a friend who holds it"
    )]
    KeyMissing(u32),
    /// A folder can't be written.
    #[error("can't write {}: {source}; is the disk full, or gone?", path.display())]
    Folder {
        /// What.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// What was written reads otherwise.
    #[error("{} reads otherwise than it was written: the disk is failing; use another one", .0.display())]
    Misread(PathBuf),
    /// A page or root can't be made.
    #[error("the manifest can't be written: {0}")]
    Manifest(String),
    /// A round that was waited for failed.
    #[error("{0}")]
    Failed(String),
    /// The node stops.
    #[error("the node is stopping")]
    Stopping,
}
