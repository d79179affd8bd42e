//! The packs that grow.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::Arc;

use hearth_protocol::pack::RECORD_HEAD_BYTES;

use super::files::pack_path;
use super::sealing::Sealed;
use super::shelf::{Known, Pack, record_bytes};
use super::{
    Holder, Inner, ObjectError, ObjectId, Objects, PAYLOAD_BYTES_MAX, PackKind, Put, blocking,
};
use crate::disk;
use crate::home::sync_folder;
use crate::store::objects::{ITEMS_PER_ROW, Item, PackChange, PackRow};

/// What is gathered for one write.
const WRITE_BYTES: usize = 1 << 20;
/// Full packs that wait to be committed: what rows must tell of them waits in memory.
const UNCOMMITTED_MAX: usize = 8;

/// A pack that grows, or whose end isn't committed.
struct Growing {
    number: u32,
    kind: PackKind,
    file: Arc<File>,
    bytes: u32,
    items: Vec<Item>,
    is_closed: bool,
    kept: Kept,
}

/// What rows tell of a growing pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    items: usize,
    is_closed: bool,
}

/// The packs that grow, one of each kind, and those that just stopped.
pub(super) struct Writer {
    /// The number of the next one.
    next: u32,
    growing: Vec<Growing>,
    /// Whether the disk failed to confirm something.
    is_broken: bool,
}

impl Growing {
    fn make(inner: &Inner, number: u32, kind: PackKind) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(pack_path(&inner.dir, number))?;
        Ok(Self::of(file, number, kind))
    }

    fn of(file: File, number: u32, kind: PackKind) -> Self {
        let kept = Kept {
            items: 0,
            is_closed: false,
        };
        Self {
            number,
            kind,
            file: Arc::new(file),
            bytes: 0,
            items: Vec::new(),
            is_closed: false,
            kept,
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.bytes as usize + bytes <= PAYLOAD_BYTES_MAX
    }

    fn now(&self) -> Kept {
        Kept {
            items: self.items.len(),
            is_closed: self.is_closed,
        }
    }

    fn waits(&self) -> bool {
        self.now() != self.kept
    }

    /// What rows don't tell yet.
    fn change(&self) -> PackChange {
        let first_item = self.kept.items / ITEMS_PER_ROW * ITEMS_PER_ROW;
        PackChange {
            number: self.number,
            row: PackRow {
                kind: self.kind,
                bytes: self.bytes,
                items: u32::try_from(self.items.len()).expect("a pack has some 100,000 at most"),
                is_closed: self.is_closed,
                is_here: true,
                is_dropped: false,
            },
            first_item,
            items: self.items[first_item..].to_vec(),
        }
    }
}

/// Records that are about to be written.
#[derive(Default)]
struct Waiting {
    buffer: Vec<u8>,
    items: Vec<Item>,
    ids: BTreeSet<ObjectId>,
}

impl Waiting {
    fn push(&mut self, sealed: &Sealed) {
        self.buffer.extend_from_slice(&sealed.head);
        self.buffer.extend_from_slice(&sealed.bytes);
        self.ids.insert(sealed.id);
        self.items.push(Item {
            id: *sealed.id.as_bytes(),
            bytes: u32::try_from(sealed.bytes.len()).expect("a record is shorter than a pack"),
        });
    }
}

impl Writer {
    /// A writer without packs.
    pub(super) fn new(next: u32) -> Self {
        Self {
            next,
            growing: Vec::new(),
            is_broken: false,
        }
    }

    /// Goes on with a pack that takes more; all of it is in rows.
    pub(super) fn go_on(&mut self, file: File, number: u32, row: &PackRow, items: Vec<Item>) {
        let mut growing = Growing::of(file, number, row.kind);
        growing.bytes = row.bytes;
        growing.items = items;
        growing.kept = growing.now();
        self.growing.push(growing);
    }

    /// The number of the next pack.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Takes a number for a pack that is made otherwise.
    pub(super) fn take_number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Numbers below this one are not given.
    pub(super) fn skip_to(&mut self, next: u32) {
        self.next = self.next.max(next);
    }

    /// Whether a pack still grows, or waits to be committed.
    pub(super) fn is_at(&self, number: u32) -> bool {
        self.growing.iter().any(|pack| pack.number == number)
    }

    /// What lies in a pack that is at hand.
    pub(super) fn items_of(&self, number: u32) -> Option<Vec<Item>> {
        let pack = self.growing.iter().find(|pack| pack.number == number);
        pack.map(|pack| pack.items.clone())
    }

    /// A pack is to be removed, whether or not it still grows.
    pub(super) fn forget(&mut self, number: u32) {
        self.growing.retain(|pack| pack.number != number);
    }

    /// Whether somebody should commit.
    pub(super) fn has_much_to_commit(&self) -> bool {
        let closed = self.growing.iter().filter(|pack| pack.is_closed);
        closed.count() >= UNCOMMITTED_MAX
    }

    /// Appends what isn't there yet.
    pub(super) fn append(
        &mut self,
        inner: &Inner,
        (kind, holder): (PackKind, Option<Holder>),
        records: &[Sealed],
    ) -> Result<Vec<Put>, ObjectError> {
        if self.is_broken {
            return Err(ObjectError::Broken);
        }
        if kind == PackKind::Data {
            let bytes = records.iter().map(|sealed| sealed.bytes.len() as u64);
            disk::check_room(&inner.dir, bytes.sum())?;
        }
        let mut waiting = Waiting::default();
        let mut puts = Vec::with_capacity(records.len());
        for sealed in records {
            let is_new = kind == PackKind::Logs
                || !(waiting.ids.contains(&sealed.id) || is_here(inner, &sealed.id, holder));
            if is_new {
                let bytes = sealed.head.len() + sealed.bytes.len();
                if !self
                    .open(inner, kind)?
                    .has_room(waiting.buffer.len() + bytes)
                {
                    self.write(inner, (kind, holder), &mut waiting)?;
                    self.close(kind);
                }
                waiting.push(sealed);
                if waiting.buffer.len() >= WRITE_BYTES {
                    self.write(inner, (kind, holder), &mut waiting)?;
                }
            }
            let bytes = sealed.bytes.len() + RECORD_HEAD_BYTES;
            puts.push(Put {
                id: sealed.id,
                is_new,
                stored_bytes: u32::try_from(bytes).expect("a record is shorter than a pack"),
            });
        }
        self.write(inner, (kind, holder), &mut waiting)?;
        Ok(puts)
    }

    /// The pack of a kind that takes more, a new one if there is none.
    fn open(&mut self, inner: &Inner, kind: PackKind) -> Result<&mut Growing, ObjectError> {
        let is_open = |pack: &Growing| pack.kind == kind && !pack.is_closed;
        let at = match self.growing.iter().position(is_open) {
            Some(at) => at,
            None => {
                let pack = Growing::make(inner, self.next, kind)?;
                self.next += 1;
                {
                    let mut shelf = inner.shelf_mut();
                    shelf.packs.insert(pack.number, Pack::new(kind));
                    shelf.held.begin(pack.number);
                }
                self.growing.push(pack);
                self.growing.len() - 1
            }
        };
        Ok(&mut self.growing[at])
    }

    /// Writes what was gathered to the end of the open pack. What fails leaves the pack as it was: the next write begins
    /// at the same place.
    fn write(
        &mut self,
        inner: &Inner,
        (kind, holder): (PackKind, Option<Holder>),
        waiting: &mut Waiting,
    ) -> Result<(), ObjectError> {
        if waiting.items.is_empty() {
            return Ok(());
        }
        let pack = self.open(inner, kind)?;
        let written = pack.file.write_all_at(&waiting.buffer, pack.bytes.into());
        if let Err(error) = written {
            let _ = pack.file.set_len(pack.bytes.into());
            return Err(error.into());
        }
        pack.bytes += waiting
            .items
            .iter()
            .map(|item| record_bytes(item.bytes))
            .sum::<u32>();
        pack.items.extend_from_slice(&waiting.items);
        {
            let mut shelf = inner.shelf_mut();
            shelf.add(pack.number, &waiting.items);
            shelf.held.touch(pack.number, holder);
        }
        waiting.buffer.clear();
        waiting.items.clear();
        waiting.ids.clear();
        Ok(())
    }

    /// The open pack of a kind takes no more; its number, if there is anything in it.
    fn close(&mut self, kind: PackKind) -> Option<u32> {
        let mut growing = self.growing.iter_mut();
        let pack = growing.find(|pack| pack.kind == kind && !pack.is_closed && pack.bytes > 0)?;
        pack.is_closed = true;
        Some(pack.number)
    }
}

/// Whether an object can be read here; who puts it relies on that from now on.
fn is_here(inner: &Inner, id: &ObjectId, holder: Option<Holder>) -> bool {
    let known = inner.shelf().known(id);
    match known {
        Known::Here(spot) => {
            inner.shelf_mut().held.touch(spot.pack, holder);
            true
        }
        Known::Damaged(_) | Known::Elsewhere(_) | Known::Unknown => false,
    }
}

/// What a commit makes durable.
struct Commit {
    next: u32,
    files: Vec<Arc<File>>,
    changes: Vec<PackChange>,
    kept: Vec<(u32, Kept)>,
}

impl Writer {
    fn begin_commit(&self) -> Result<Commit, ObjectError> {
        if self.is_broken {
            return Err(ObjectError::Broken);
        }
        let waiting = || self.growing.iter().filter(|pack| pack.waits());
        Ok(Commit {
            next: self.next,
            files: waiting().map(|pack| Arc::clone(&pack.file)).collect(),
            changes: waiting().map(Growing::change).collect(),
            kept: waiting().map(|pack| (pack.number, pack.now())).collect(),
        })
    }

    fn end_commit(&mut self, inner: &Inner, kept: &[(u32, Kept)]) {
        let mut shelf = inner.shelf_mut();
        for (number, kept) in kept {
            let mut growing = self.growing.iter_mut();
            if let Some(pack) = growing.find(|pack| pack.number == *number) {
                pack.kept = *kept;
            }
            if let Some(pack) = shelf.packs.get_mut(number) {
                pack.is_closed = kept.is_closed;
            }
        }
        self.growing.retain(|pack| !pack.is_closed || pack.waits());
    }
}

impl Objects {
    /// Makes durable what was put before: afterwards an entry may refer to it.
    ///
    /// # Errors
    /// [`ObjectError::Broken`] where the disk doesn't confirm; nothing more is confirmed then until the node is started
    /// again. [`ObjectError::Store`].
    pub(crate) async fn commit(&self) -> Result<(), ObjectError> {
        let _rows = self.0.rows.lock().await;
        let Commit {
            next,
            files,
            changes,
            kept,
        } = self.0.writer.lock().await.begin_commit()?;
        if changes.is_empty() {
            return Ok(());
        }
        let dir = self.0.dir.clone();
        let synced = blocking(move || {
            files.iter().try_for_each(|file| file.sync_data())?;
            Ok(sync_folder(&dir)?)
        });
        if let Err(error) = synced.await {
            // What the system dropped after a failure counts as written to it: asking again proves nothing.
            tracing::error!(%error, "pack files were not synced");
            self.0.writer.lock().await.is_broken = true;
            return Err(ObjectError::Broken);
        }
        self.0
            .store
            .write(move |logs| logs.keep_packs(next, &changes))
            .await?;
        self.0.writer.lock().await.end_commit(&self.0, &kept);
        Ok(())
    }

    /// The open packs take no more, and are durable; their numbers, of those that had anything.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub(crate) async fn close_packs(&self) -> Result<Vec<u64>, ObjectError> {
        let mut closed = Vec::new();
        {
            let mut writer = self.0.writer.lock().await;
            for kind in [PackKind::Data, PackKind::Logs] {
                closed.extend(writer.close(kind).map(u64::from));
            }
        }
        self.commit().await?;
        Ok(closed)
    }
}
