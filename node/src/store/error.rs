//! What can go wrong with the store.

use std::io;

/// What can go wrong, worded for the person who runs the node.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub(crate) enum DbError {
    #[error(
        "the store can't be read or written: {0}; check the disk and the folder's permissions, then start again"
    )]
    Io(#[source] io::Error),
    #[error(
        "the disk is full; free some space and start again, nothing that was confirmed is lost"
    )]
    Full(#[source] io::Error),
    #[error(
        "the store was written by a newer version ({found}, this one knows {known}); update this program"
    )]
    NewerVersion { found: u32, known: u32 },
    #[error("the store is in use by another process; stop that one first")]
    InUse,
    #[error(
        "the store is damaged: {what}; `hearth up` sets it aside and begins a fresh one with what can be read of it, and what friends hold comes back"
    )]
    Damaged { what: String },
    #[error("{what} of {bytes} bytes is longer than the {bytes_max} that the store takes")]
    TooLarge {
        what: &'static str,
        bytes: usize,
        bytes_max: usize,
    },
    #[error("a key must begin with a namespace from 1 to 255")]
    KeyReserved,
    #[error("an earlier write failed, so nothing more is confirmed; start again")]
    Poisoned,
}

impl From<io::Error> for DbError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DbError::Full(error),
            io::ErrorKind::UnexpectedEof => DbError::damaged("a file ends early"),
            _ => DbError::Io(error),
        }
    }
}

impl DbError {
    pub(super) fn damaged(what: impl Into<String>) -> DbError {
        DbError::Damaged { what: what.into() }
    }

    /// For whoever is refused because of this error: it says what to do where only the person who runs the node can.
    pub(super) fn again(&self) -> DbError {
        let same = |error: &io::Error| io::Error::new(error.kind(), error.to_string());
        match self {
            DbError::Io(error) => DbError::Io(same(error)),
            DbError::Full(error) => DbError::Full(same(error)),
            _ => DbError::Poisoned,
        }
    }
}
