//! The folder around the databases.
//!
//! ```text
//! LOCK          held by the one process that uses it
//! index/        which shards are kept for whom, and where
//! gen-000001/   a database of bytes, with notes of what they are
//! gen-000002-damaged/, index-damaged/   what couldn't be opened
//! gen-000003-dropped/   what is being removed
//! ```

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::index::Index;
use super::{Counts, ShardsError, lock};
use crate::folder_lock;
use crate::home::make_private_folder;
use crate::store::db::DbError;

/// Makes the folder if there is none, and locks it for this process.
pub(super) fn enter(dir: &Path) -> Result<File, ShardsError> {
    make_private_folder(dir).map_err(|error| ShardsError::Io(io::Error::other(error)))?;
    folder_lock::lock(dir)?.ok_or(ShardsError::InUse)
}

/// Opens the index; a damaged one makes place for an empty one.
pub(super) fn open_index(
    dir: &Path,
    counts: &Arc<Mutex<Counts>>,
    is_damaged: bool,
) -> Result<Index, ShardsError> {
    let path = dir.join("index");
    let opened = if is_damaged {
        Err(DbError::Damaged {
            what: "a row is wrong".into(),
        })
    } else {
        Index::open(&path, Arc::clone(counts))
    };
    match opened {
        Err(DbError::Damaged { what }) => {
            tracing::warn!(%what, "the index of what is kept for others is damaged, and made anew from what is there");
            let aside = dir.join("index-damaged");
            match fs::remove_dir_all(&aside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            fs::rename(&path, aside)?;
            lock(counts).lost.databases += 1;
            Ok(Index::open(&path, Arc::clone(counts))?)
        }
        opened => Ok(opened?),
    }
}
