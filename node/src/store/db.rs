//! The database: ordered rows of bytes with atomic batches that survive a power cut, upon [`Engine`].
//!
//! A log of sled's with a bad byte is read up to it, or past it, in silence. A *tally* row, part of each batch, holds
//! number, bytes and hash sum of all rows; opening counts them again ([`Db::verify`]), and a *mark* outside of the log
//! says how many batches must be there. Lost, old and altered rows are noticed, and never served. A `Db` whose write
//! failed refuses to go on.

use std::cell::{Cell, RefCell};
use std::path::Path;

pub(crate) use super::batch::Batch;
pub(crate) use super::engine::Rows;
use super::engine::{Engine, Pair, SEGMENT_BYTES, has_broken_thread};
pub(crate) use super::error::DbError;
use super::folder::Folder;
use super::tally::Tally;
use super::verify::Check;

/// sled reuses a segment once what lived there was written elsewhere, which a power cut may undo as long as that isn't synced.
/// It does so two segments later at the earliest, so syncing before one is full keeps reuse behind the sync.
const UNSYNCED_BYTES_MAX: usize = SEGMENT_BYTES / 2;
/// What a row costs in the log besides itself: every tenth change of a leaf writes the leaf anew.
const ROW_COST_BYTES: usize = 5 << 10;
/// A store up to this size is verified at opening; more than that would make its owner wait.
const VERIFIED_AT_OPENING_BYTES_MAX: u64 = 64 << 20;
/// Rows removed by one batch of [`Db::clear`].
const CLEAR_ROWS_MAX: usize = 256;

/// A batch ready to be applied, and the tallies after it.
struct Change {
    rows: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    tally: Tally,
    counted: Tally,
    cost_bytes: usize,
}

/// The database of a node. Calls block; use it from one thread.
#[derive(Debug)]
pub(crate) struct Db {
    // Declared before the folder, whose lock must outlive it.
    pub(super) engine: Engine,
    pub(super) folder: Folder,
    pub(super) tally: Cell<Tally>,
    /// `None` when every row was counted since opening.
    pub(super) check: RefCell<Option<Check>>,
    unsynced_bytes: Cell<usize>,
    pub(super) is_poisoned: Cell<bool>,
}

impl Db {
    /// Opens the store in `dir`, creating it when there is none. Up to 64 MiB every row is verified; of a
    /// larger store see [`Self::verify_some`].
    ///
    /// `version` is that of the rows which the caller reads and writes. A store of an older version opens, see
    /// [`Self::version`]; what an interrupted compaction left is finished or removed.
    ///
    /// # Errors
    /// [`DbError::NewerVersion`], [`DbError::InUse`], [`DbError::Damaged`], [`DbError::Full`], [`DbError::Io`].
    pub(crate) fn open(dir: &Path, version: u32) -> Result<Db, DbError> {
        let mut folder = Folder::enter(dir, version)?;
        let path = folder.database();
        let engine = if !folder.is_new() {
            folder.keep_copy();
            Engine::open(&path)?
        } else {
            match Engine::create(&path) {
                Err(DbError::Damaged { .. }) if folder.mark() == 0 => {
                    folder.begin_anew()?;
                    Engine::create(&path)?
                }
                created => created?,
            }
        };
        let tally = engine
            .tally()?
            .ok_or_else(|| DbError::damaged("the tally is missing"))?;
        if tally.batches < folder.mark() {
            return Err(DbError::damaged("the newest changes are missing"));
        }
        if folder.is_new() {
            folder.settle()?;
        }
        let db = Db {
            engine,
            folder,
            tally: Cell::new(tally),
            check: RefCell::new(Some(Check::default())),
            unsynced_bytes: Cell::new(0),
            is_poisoned: Cell::new(false),
        };
        if tally.bytes <= VERIFIED_AT_OPENING_BYTES_MAX {
            db.verify()?;
        }
        db.folder.drop_copy();
        Ok(db)
    }

    /// The version of the rows found, at most the one given to [`Self::open`].
    pub(crate) fn version(&self) -> u32 {
        self.folder.version()
    }

    /// Records that all rows are of `version` now; to be called after their change was committed.
    ///
    /// # Errors
    /// [`DbError::Full`], [`DbError::Io`]: the old version stays recorded.
    pub(crate) fn record_version(&mut self, version: u32) -> Result<(), DbError> {
        self.folder.record_version(version)
    }

    /// The value of `key`.
    ///
    /// # Errors
    /// [`DbError::Damaged`], [`DbError::Io`].
    pub(crate) fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        self.engine.value(key)
    }

    /// The rows with `from <= key < to`. It reads as it goes, so it may or may not show what is applied meanwhile.
    pub(crate) fn range(&self, from: &[u8], to: &[u8]) -> Rows {
        self.engine.rows(from, Some(to))
    }

    /// The rows whose keys begin with `prefix`.
    pub(crate) fn prefixed(&self, prefix: &[u8]) -> Rows {
        self.engine.rows(prefix, end_of_prefix(prefix).as_deref())
    }

    /// The first row with `from <= key < to`.
    ///
    /// # Errors
    /// [`DbError::Damaged`], [`DbError::Io`].
    pub(crate) fn first_at(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, DbError> {
        self.range(from, to).next().transpose()
    }

    /// The last row with `from <= key < to`.
    ///
    /// # Errors
    /// [`DbError::Damaged`], [`DbError::Io`].
    pub(crate) fn last_below(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, DbError> {
        self.range(from, to).next_back().transpose()
    }

    /// Applies `batch` as a whole. It is seen at once, and durable after the next [`Self::commit`]; a crash before leaves
    /// all of it or nothing. Changes that change nothing are not written.
    ///
    /// # Errors
    /// [`DbError::TooLarge`], [`DbError::KeyReserved`]: nothing happened. Others: the `Db` is poisoned.
    pub(crate) fn apply(&self, batch: Batch) -> Result<(), DbError> {
        self.check_usable()?;
        batch.check()?;
        let change = self.prepare(batch)?;
        if change.cost_bytes == 0 {
            return Ok(());
        }
        self.or_poison(self.engine.apply(change.rows, &change.tally))?;
        self.tally.set(change.tally);
        if let Some(check) = self.check.borrow_mut().as_mut() {
            check.counted = change.counted;
        }
        self.unsynced_bytes
            .set(self.unsynced_bytes.get() + change.cost_bytes);
        if self.unsynced_bytes.get() > UNSYNCED_BYTES_MAX {
            self.commit()
        } else {
            Ok(())
        }
    }

    /// Compares `batch` with what is there.
    fn prepare(&self, batch: Batch) -> Result<Change, DbError> {
        let check = self.check.borrow();
        let (cursor, counted) = check.as_ref().map_or((&[][..], Tally::default()), |check| {
            (&check.cursor, check.counted)
        });
        let mut change = Change {
            rows: Vec::new(),
            tally: self.tally.get(),
            counted,
            cost_bytes: 0,
        };
        for (key, value) in batch.rows {
            let old = self.engine.value(&key)?;
            if old == value {
                continue;
            }
            change.cost_bytes += ROW_COST_BYTES + key.len() + value.as_ref().map_or(0, Vec::len);
            change.tally.change(&key, old.as_deref(), value.as_deref());
            if key.as_slice() < cursor {
                change
                    .counted
                    .change(&key, old.as_deref(), value.as_deref());
            }
            change.rows.push((key, value));
        }
        change.tally.batches += 1;
        Ok(change)
    }

    /// Everything applied so far survives a power cut once this returns.
    ///
    /// # Errors
    /// [`DbError::Full`], [`DbError::Io`], [`DbError::Damaged`]: the `Db` is poisoned, and what was applied since the last
    /// successful commit may be there or not when it is opened again. [`DbError::Poisoned`] from then on.
    pub(crate) fn commit(&self) -> Result<(), DbError> {
        self.check_usable()?;
        if self.unsynced_bytes.get() == 0 {
            return Ok(());
        }
        self.or_poison(self.engine.flush())?;
        self.unsynced_bytes.set(0);
        if let Err(error) = self.folder.note_mark(self.tally.get().batches) {
            tracing::warn!(%error, "the mark of the last commit was not written");
        }
        Ok(())
    }

    /// Removes all rows of a namespace, by batches: a crash may leave some.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub(crate) fn clear(&self, namespace: u8) -> Result<(), DbError> {
        loop {
            let mut batch = Batch::default();
            for row in self.prefixed(&[namespace]).take(CLEAR_ROWS_MAX) {
                batch.remove(row?.0);
            }
            if batch.is_empty() {
                return Ok(());
            }
            self.apply(batch)?;
        }
    }

    /// What the database takes on disk.
    ///
    /// # Errors
    /// [`DbError::Io`].
    pub(crate) fn size_on_disk(&self) -> Result<u64, DbError> {
        self.engine.size_on_disk()
    }

    /// Length of all keys and values.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.tally.get().bytes
    }

    /// Number of all rows.
    #[cfg(test)]
    pub(crate) fn row_count(&self) -> u64 {
        self.tally.get().rows
    }

    pub(super) fn check_usable(&self) -> Result<(), DbError> {
        if self.is_poisoned.get() || has_broken_thread() {
            Err(DbError::Poisoned)
        } else {
            Ok(())
        }
    }

    pub(super) fn or_poison<T>(&self, result: Result<T, DbError>) -> Result<T, DbError> {
        result.inspect_err(|_| self.is_poisoned.set(true))
    }
}

/// The first key after all that begin with `prefix`; `None` when there is none.
pub(super) fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
