//! What can go wrong with objects.

use std::io;

use hearth_protocol::object;

use super::ObjectId;
use crate::home::HomeError;
use crate::store::StoreError;

/// Why objects weren't stored or read, worded for the person who runs the node.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectError {
    /// It isn't here.
    #[error("the object {id} isn't here{}", where_else(*.pack))]
    Missing {
        /// Which.
        id: ObjectId,
        /// The pack that holds it, if one is known to; a backup may give it back.
        pack: Option<u64>,
    },
    /// It isn't what was stored.
    #[error("the object {id} is damaged in pack {pack}; restore that pack from a backup")]
    Damaged {
        /// Which.
        id: ObjectId,
        /// Where.
        pack: u64,
    },
    /// A pack isn't here.
    #[error("pack {pack} isn't here; restore it from a backup")]
    PackMissing {
        /// Which.
        pack: u64,
    },
    /// Something in a pack isn't what was stored.
    #[error("pack {pack} is damaged{}; restore it from a backup", at(.id.as_ref()))]
    PackDamaged {
        /// Which.
        pack: u64,
        /// What of it, where that is known.
        id: Option<ObjectId>,
    },
    /// Objects are still read from it.
    #[error("{objects} objects are still read from pack {pack}: merge it into another one first")]
    InUse {
        /// Which.
        pack: u64,
        /// How many.
        objects: u32,
    },
    /// There is another pack under this number.
    #[error("there is a pack {pack} of this device already, and it still grows: close it first")]
    Taken {
        /// Which.
        pack: u64,
    },
    /// No such number.
    #[error("{pack} isn't the number of a pack")]
    Number {
        /// The number.
        pack: u64,
    },
    /// What a pack is made of is more than one holds, or nothing.
    #[error("{bytes} bytes don't make a pack")]
    PackLength {
        /// How much it would be.
        bytes: u64,
    },
    /// More than is taken at once.
    #[error("more than 16 MiB or 65536 objects were put at once: put them in parts")]
    BatchTooLarge,
    /// It can't be an object, or isn't one.
    #[error(transparent)]
    Content(#[from] object::ObjectError),
    /// The key of the private space isn't known yet.
    #[error(
        "the key for objects isn't here yet: it comes with the own log, try again once that is restored"
    )]
    NoKey,
    /// The disk is full.
    #[error("the disk is full: free some space and try again, nothing that was stored is lost")]
    Full(#[source] io::Error),
    /// The system said no.
    #[error(
        "the pack files can't be read or written: {0}; check the disk and the folder's permissions"
    )]
    Io(#[source] io::Error),
    /// What was written may not be there.
    #[error("the disk didn't confirm what was written to pack files: start the node again")]
    Broken,
    /// The index.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder.
    #[error(transparent)]
    Home(HomeError),
    /// The node ends.
    #[error("the node is stopping")]
    Closed,
}

fn where_else(pack: Option<u64>) -> String {
    pack.map_or_else(
        || ", and no pack is known to hold it; restore it from a backup".to_owned(),
        |pack| format!("; it lies in pack {pack}, which a backup gives back"),
    )
}

fn at(id: Option<&ObjectId>) -> String {
    id.map_or_else(String::new, |id| format!(" at {id}"))
}

impl From<io::Error> for ObjectError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full(error),
            _ => Self::Io(error),
        }
    }
}

impl From<HomeError> for ObjectError {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Io { source, .. } => source.into(),
            other => Self::Home(other),
        }
    }
}
