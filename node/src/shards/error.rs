//! What can go wrong with what is kept for others.

use std::io;

use crate::store::db::DbError;

/// What can go wrong, worded for the person who runs the node.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub(crate) enum ShardsError {
    #[error(
        "what is kept for others can't be read or written: {0}; check the disk and the folder's permissions"
    )]
    Io(#[source] io::Error),
    #[error(
        "there is no room for more of others' shards: the last of the disk is left for what is your own; free some space"
    )]
    Full,
    #[error(
        "what is kept for others is damaged: {what}; what can't be read is set aside, and its owners send it again"
    )]
    Damaged { what: String },
    #[error("the bytes are not those of the shard that was announced; send the shard again")]
    Mismatch,
    #[error("{what} of {bytes} bytes is longer than the {bytes_max} that are taken")]
    TooLarge {
        what: &'static str,
        bytes: usize,
        bytes_max: usize,
    },
    #[error("what is kept for others is in use by another process; stop that one first")]
    InUse,
    #[error(
        "what is kept for others was written by a newer version ({found}, this one knows {known}); update this program"
    )]
    NewerVersion { found: u32, known: u32 },
    #[error("an earlier write failed, so nothing more is confirmed; start again")]
    Poisoned,
    #[error("the node is being stopped; try again once it runs")]
    Closed,
}

impl ShardsError {
    /// The same once more, for another who waits for the same write.
    pub(super) fn again(&self) -> ShardsError {
        match self {
            ShardsError::Io(error) => {
                ShardsError::Io(io::Error::new(error.kind(), error.to_string()))
            }
            ShardsError::Damaged { what } => ShardsError::Damaged { what: what.clone() },
            ShardsError::TooLarge {
                what,
                bytes,
                bytes_max,
            } => ShardsError::TooLarge {
                what,
                bytes: *bytes,
                bytes_max: *bytes_max,
            },
            ShardsError::NewerVersion { found, known } => ShardsError::NewerVersion {
                found: *found,
                known: *known,
            },
            ShardsError::Full => ShardsError::Full,
            ShardsError::Mismatch => ShardsError::Mismatch,
            ShardsError::InUse => ShardsError::InUse,
            ShardsError::Poisoned => ShardsError::Poisoned,
            ShardsError::Closed => ShardsError::Closed,
        }
    }
}

impl From<DbError> for ShardsError {
    fn from(error: DbError) -> ShardsError {
        match error {
            DbError::Io(error) => error.into(),
            DbError::Full(_) => ShardsError::Full,
            DbError::NewerVersion { found, known } => ShardsError::NewerVersion { found, known },
            DbError::InUse => ShardsError::InUse,
            DbError::Poisoned => ShardsError::Poisoned,
            DbError::TooLarge {
                what,
                bytes,
                bytes_max,
            } => ShardsError::TooLarge {
                what,
                bytes,
                bytes_max,
            },
            DbError::Damaged { what } => ShardsError::Damaged { what },
            DbError::KeyReserved => ShardsError::Damaged {
                what: error.to_string(),
            },
        }
    }
}

impl From<io::Error> for ShardsError {
    fn from(error: io::Error) -> ShardsError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ShardsError::Full,
            _ => ShardsError::Io(error),
        }
    }
}
