//! This node's own objects, in pack files that only grow.
//!
//! ```text
//! plain ──compress, seal, hash──► record ──► objects/pack-00000007 ──commit──► index rows in the store
//! ```
//!
//! [`Objects`] is a cheap handle. What is put is appended to the open pack and can be read at once; it is durable after
//! [`Objects::commit`], which syncs files first and rows second, so that rows never tell of what isn't there. A pack is
//! closed when it is full, and is then what a backup seals and hands out. The index lies in the store by packs and in
//! memory by ids; files say by themselves what is in them, so that it can be made anew from them.

mod error;
mod files;
mod held;
mod index;
mod opening;
mod sealing;
mod shelf;
#[cfg(test)]
mod tests;
mod upkeep;
mod writer;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hearth_keys::Identity;
use hearth_protocol::bounds::PACK_PAYLOAD_BYTES_MAX as PAYLOAD_BYTES_MAX;
pub(crate) use hearth_protocol::manifest::PackKind;
use hearth_protocol::object::Object;
pub(crate) use hearth_protocol::object::ObjectId;
pub(crate) use hearth_protocol::pack::RecordKind;
use tokio::sync::{Mutex, watch};

use crate::store::Store;
pub(crate) use error::ObjectError;
use files::ReadError;
pub(crate) use held::Holder;
use sealing::{Keys, Sealed};
use shelf::{Known, Shelf};
pub(crate) use upkeep::Announced;
use writer::Writer;

/// What [`Objects::put_held`] takes at once.
pub(crate) const BATCH_BYTES_MAX: usize = 16 << 20;
/// Objects of a batch.
pub(crate) const BATCH_OBJECTS_MAX: usize = 65_536;

/// What became of content that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Put {
    /// Under which it is found.
    pub(crate) id: ObjectId,
    /// Whether it wasn't there before.
    pub(crate) is_new: bool,
    /// What it takes in a pack.
    pub(crate) stored_bytes: u32,
}

/// A pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackInfo {
    /// Its number, never used again.
    pub(crate) number: u64,
    /// What lies in it.
    pub(crate) kind: PackKind,
    /// How long its payload is, without padding; 0 if it isn't here and never was.
    pub(crate) bytes: u64,
    /// How many objects or segments that is.
    pub(crate) items: u32,
    /// How many objects are read from it: none of one whose content was merged into another.
    pub(crate) objects: u32,
    /// Whether it takes no more, all of it is durable, and it won't be given back.
    pub(crate) is_closed: bool,
    /// Whether its file is here and as long as it should be.
    pub(crate) is_here: bool,
}

/// Where an object lies.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    /// In which pack.
    pub(crate) pack: u64,
    /// Whether it can be read now.
    pub(crate) is_here: bool,
}

/// A handle to the objects of an account.
#[derive(Clone, Debug)]
pub(crate) struct Objects(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    store: Store,
    identity: Identity,
    keys: Keys,
    shelf: RwLock<Shelf>,
    writer: Arc<Mutex<Writer>>,
    /// Held by whoever changes rows; taken before the writer's lock.
    rows: Mutex<()>,
    /// Counts packs that arrived.
    arrivals: watch::Sender<u64>,
    wanted: watch::Sender<BTreeSet<u64>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Inner {
    fn shelf(&self) -> RwLockReadGuard<'_, Shelf> {
        self.shelf.read().expect("nobody panics with the shelf")
    }

    fn shelf_mut(&self) -> RwLockWriteGuard<'_, Shelf> {
        self.shelf.write().expect("nobody panics with the shelf")
    }
}

/// Runs file work where it may block.
async fn blocking<T, F>(work: F) -> Result<T, ObjectError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ObjectError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ObjectError::Closed)?
}

impl Objects {
    /// Stores content, each at most 1 MiB, together at most 16 MiB; what is there already isn't stored twice. It can be
    /// read at once, and is durable after [`Self::commit`]. A holder may give it back until it says that it is kept.
    ///
    /// # Errors
    /// [`ObjectError::BatchTooLarge`], [`ObjectError::Content`]: nothing was stored. [`ObjectError::Full`],
    /// [`ObjectError::Io`]: some may be; the same can be tried again. [`ObjectError::NoKey`], [`ObjectError::Broken`],
    /// [`ObjectError::Store`].
    pub(crate) async fn put_held(
        &self,
        contents: Vec<Vec<u8>>,
        holder: Option<Holder>,
    ) -> Result<Vec<Put>, ObjectError> {
        let bytes: usize = contents.iter().map(Vec::len).sum();
        if bytes > BATCH_BYTES_MAX || contents.len() > BATCH_OBJECTS_MAX {
            return Err(ObjectError::BatchTooLarge);
        }
        let sealed = self.seal_all(contents).await?;
        self.append(PackKind::Data, sealed, holder).await
    }

    /// Stores objects that were sealed already, under a key that isn't the account's; see [`Self::put_held`].
    ///
    /// # Errors
    /// As [`Self::put_held`].
    pub(crate) async fn put_sealed(&self, objects: Vec<Object>) -> Result<(), ObjectError> {
        let bytes: usize = objects.iter().map(|object| object.bytes.len()).sum();
        if bytes > BATCH_BYTES_MAX || objects.len() > BATCH_OBJECTS_MAX {
            return Err(ObjectError::BatchTooLarge);
        }
        let sealed = objects.into_iter().map(Sealed::object);
        let sealed = sealed.collect::<Result<Vec<_>, _>>()?;
        self.append(PackKind::Data, sealed, None).await?;
        Ok(())
    }

    /// Stores content for good.
    ///
    /// # Errors
    /// As [`Self::put_held`].
    #[cfg(test)]
    pub(crate) async fn put_all(&self, contents: Vec<Vec<u8>>) -> Result<Vec<Put>, ObjectError> {
        self.put_held(contents, None).await
    }

    /// Stores one piece of content, see [`Self::put_all`].
    ///
    /// # Errors
    /// As [`Self::put_held`].
    #[cfg(test)]
    pub(crate) async fn put(&self, content: Vec<u8>) -> Result<Put, ObjectError> {
        let puts = self.put_all(vec![content]).await?;
        Ok(puts[0])
    }

    /// Appends a segment of logs, or what tells of packs' contents, to the open pack of logs, and says under which id.
    /// Durable after [`Self::commit`].
    ///
    /// # Errors
    /// As [`Self::put_held`].
    pub(crate) async fn put_record(
        &self,
        kind: RecordKind,
        bytes: Vec<u8>,
    ) -> Result<Put, ObjectError> {
        let record = Sealed::record(kind, bytes)?;
        let puts = self.append(PackKind::Logs, vec![record], None).await?;
        Ok(puts[0])
    }

    async fn append(
        &self,
        kind: PackKind,
        sealed: Vec<Sealed>,
        holder: Option<Holder>,
    ) -> Result<Vec<Put>, ObjectError> {
        let mut writer = Arc::clone(&self.0.writer).lock_owned().await;
        let inner = Arc::clone(&self.0);
        let (puts, waits) = blocking(move || {
            let puts = writer.append(&inner, (kind, holder), &sealed)?;
            Ok((puts, writer.has_much_to_commit()))
        })
        .await?;
        if waits {
            self.commit().await?;
        }
        Ok(puts)
    }

    /// Whether so much more fits on the disk, as far as that can be said now.
    ///
    /// # Errors
    /// [`ObjectError::Full`], [`ObjectError::Io`].
    pub(crate) fn check_room(&self, bytes: u64) -> Result<(), ObjectError> {
        Ok(crate::disk::check_room(&self.0.dir, bytes)?)
    }

    /// The content of an object.
    ///
    /// # Errors
    /// [`ObjectError::Missing`] with the pack that holds it, if one is known to; it is noted as wanted.
    /// [`ObjectError::Damaged`], [`ObjectError::Content`], [`ObjectError::NoKey`], [`ObjectError::Io`].
    pub(crate) async fn get(&self, id: &ObjectId) -> Result<Vec<u8>, ObjectError> {
        let sealed = self.sealed(id).await?;
        self.open_object(*id, sealed).await
    }

    /// An object's sealed bytes.
    ///
    /// # Errors
    /// As [`Self::get`] until it is opened.
    pub(crate) async fn sealed(&self, id: &ObjectId) -> Result<Vec<u8>, ObjectError> {
        let id = *id;
        let spot = match self.0.shelf().known(&id) {
            Known::Here(spot) => spot,
            Known::Damaged(pack) => {
                return Err(ObjectError::Damaged {
                    id,
                    pack: pack.into(),
                });
            }
            Known::Elsewhere(pack) => {
                self.want(pack.into());
                return Err(ObjectError::Missing {
                    id,
                    pack: Some(pack.into()),
                });
            }
            Known::Unknown => return Err(ObjectError::Missing { id, pack: None }),
        };
        let inner = Arc::clone(&self.0);
        let read = blocking(move || Ok(files::read_object(&inner.dir, spot, &id))).await?;
        match read {
            Ok(bytes) => Ok(bytes),
            // Merged into another pack meanwhile, and dropped.
            Err(_) if self.0.shelf().known(&id) != Known::Here(spot) => {
                Box::pin(self.sealed(&id)).await
            }
            Err(ReadError::Gone) => {
                self.0.shelf_mut().note_gone(spot.pack);
                self.want(spot.pack.into());
                Err(ObjectError::Missing {
                    id,
                    pack: Some(spot.pack.into()),
                })
            }
            Err(ReadError::Damaged) => {
                self.0.shelf_mut().note_damaged(&id, spot.pack);
                self.want(spot.pack.into());
                Err(ObjectError::Damaged {
                    id,
                    pack: spot.pack.into(),
                })
            }
            Err(ReadError::Io(error)) => Err(error.into()),
        }
    }

    /// Whether an object can be read here, as far as is known without reading it.
    pub(crate) fn has(&self, id: &ObjectId) -> bool {
        matches!(self.0.shelf().known(id), Known::Here(_))
    }

    /// Where an object lies, if that is known.
    #[cfg(test)]
    pub(crate) fn locate(&self, id: &ObjectId) -> Option<Location> {
        let (pack, is_here) = match self.0.shelf().known(id) {
            Known::Here(spot) => (spot.pack, true),
            Known::Damaged(pack) | Known::Elsewhere(pack) => (pack, false),
            Known::Unknown => return None,
        };
        Some(Location {
            pack: pack.into(),
            is_here,
        })
    }

    /// How many objects are known, here or not.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.shelf().objects()
    }

    /// All packs, ascending by number.
    pub(crate) fn packs(&self) -> Vec<PackInfo> {
        let shelf = self.0.shelf();
        let info = |(number, pack): (&u32, &shelf::Pack)| PackInfo {
            number: (*number).into(),
            kind: pack.kind,
            bytes: pack.bytes.into(),
            items: pack.items,
            objects: pack.objects,
            is_closed: pack.is_closed && !shelf.held.has(*number),
            is_here: pack.is_here,
        };
        shelf.packs.iter().map(info).collect()
    }

    /// Counts packs that arrived: who waits for an object takes this first, tries [`Self::get`], and waits for a change.
    pub(crate) fn arrivals(&self) -> watch::Receiver<u64> {
        self.0.arrivals.subscribe()
    }

    /// The packs that readers asked for and that aren't here.
    pub(crate) fn wanted(&self) -> watch::Receiver<BTreeSet<u64>> {
        self.0.wanted.subscribe()
    }

    fn want(&self, pack: u64) {
        self.0.wanted.send_if_modified(|wanted| wanted.insert(pack));
    }

    fn arrived(&self, pack: u64) {
        self.0
            .wanted
            .send_if_modified(|wanted| wanted.remove(&pack));
        self.0.arrivals.send_modify(|count| *count += 1);
    }
}
