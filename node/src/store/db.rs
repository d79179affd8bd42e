//! The database: ordered rows of bytes with atomic batches that survive a power cut, upon [`Engine`].
//!
//! A commit into sled takes two waits for the disk, so what is committed goes to a file of its own first ([`ahead`]), is
//! read from memory ([`overlay`](super::overlay)), and comes into sled by larger pieces.
//!
//! A log of sled's with a bad byte is read up to it, or past it, in silence. A *tally* row, part of each batch, holds
//! number, bytes and hash sum of all rows; opening counts them again ([`Db::verify`]), and a *mark* outside of the log
//! says how many batches must be there. Lost, old and altered rows are noticed, and never served. A `Db` whose write
//! failed refuses to go on.

use std::cell::{Cell, RefCell};
use std::path::Path;

use super::ahead::{self, Ahead};
pub(crate) use super::batch::Batch;
use super::engine::{Engine, Pair, SEGMENT_BYTES, has_broken_thread};
pub(crate) use super::error::DbError;
use super::folder::Folder;
use super::overlay::Overlay;
pub(crate) use super::overlay::Rows;
use super::tally::Tally;
use super::verify::Check;

/// sled reuses a segment once what lived there was written elsewhere, which a power cut may undo as long as that isn't synced.
/// It does so two segments later at the earliest, so syncing before one is full keeps reuse behind the sync.
const UNSYNCED_BYTES_MAX: usize = SEGMENT_BYTES / 2;
/// What a row costs in the log besides itself: every tenth change of a leaf writes the leaf anew.
const ROW_COST_BYTES: usize = 5 << 10;
/// Bytes of changes that wait to go into sled.
const OVERLAY_BYTES_MAX: usize = 1 << 20;
/// A store up to this size is verified at opening; more than that would make its owner wait (10 ms a MiB), and is verified
/// in the first idle moments.
const VERIFIED_AT_OPENING_BYTES_MAX: u64 = 8 << 20;
/// Rows removed by one batch of [`Db::clear`].
const CLEAR_ROWS_MAX: usize = 256;

/// What of a batch changes anything, and the tallies after it.
struct Change {
    rows: ahead::Rows,
    tally: Tally,
    counted: Tally,
}

/// How far what waits came into sled.
struct Settling {
    /// What sled holds so far.
    tally: Tally,
    /// The last row that is there.
    reached: Option<Vec<u8>>,
}

impl std::fmt::Debug for Settling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settling").finish_non_exhaustive()
    }
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
    /// The tally that is in sled: what waits in the overlay isn't in it.
    settled: Cell<Tally>,
    /// There while a part of what waits is in sled already. Nothing may be applied meanwhile.
    settling: RefCell<Option<Settling>>,
    overlay: Overlay,
    ahead: RefCell<Ahead>,
    /// Whether something was applied since the last commit.
    is_dirty: Cell<bool>,
    pub(super) is_poisoned: Cell<bool>,
    /// The error that did it, for all who are refused from then on.
    failed: RefCell<Option<DbError>>,
}

impl Db {
    /// Opens the store in `dir`, creating it when there is none. Up to 8 MiB every row is verified; of a
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
        let ahead = Ahead::open(dir)?;
        let noted = ahead.after(tally.batches)?;
        if tally.batches + (noted.len() as u64) < folder.mark() {
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
            settled: Cell::new(tally),
            settling: RefCell::new(None),
            overlay: Overlay::default(),
            ahead: RefCell::new(ahead),
            is_dirty: Cell::new(false),
            is_poisoned: Cell::new(false),
            failed: RefCell::new(None),
        };
        db.take_in(noted)?;
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
        match self.overlay.change_of(key) {
            Some(changed) => Ok(changed),
            None => self.engine.value(key),
        }
    }

    /// The rows with `from <= key < to`, all from `from` on without `to`.
    pub(super) fn rows(&self, from: &[u8], to: Option<&[u8]>) -> Rows {
        Rows::new(self.engine.rows(from, to), &self.overlay, from, to)
    }

    /// The rows with `from <= key < to`. It reads as it goes, so it may or may not show what is applied meanwhile.
    pub(crate) fn range(&self, from: &[u8], to: &[u8]) -> Rows {
        self.rows(from, Some(to))
    }

    /// The rows whose keys begin with `prefix`.
    pub(crate) fn prefixed(&self, prefix: &[u8]) -> Rows {
        self.rows(prefix, end_of_prefix(prefix).as_deref())
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
        if self.settling.borrow().is_some() {
            self.settle()?;
        }
        let change = self.prepare(batch)?;
        if change.rows.is_empty() {
            return Ok(());
        }
        self.ahead
            .borrow_mut()
            .note(change.tally.batches, &change.rows);
        self.overlay.add(change.rows);
        self.is_dirty.set(true);
        self.tally.set(change.tally);
        if let Some(check) = self.check.borrow_mut().as_mut() {
            check.counted = change.counted;
        }
        if self.overlay.bytes() > OVERLAY_BYTES_MAX {
            self.settle()
        } else {
            Ok(())
        }
    }

    /// Takes in what was committed before the database was opened and isn't in it.
    fn take_in(&self, noted: Vec<Batch>) -> Result<(), DbError> {
        for batch in noted {
            let change = self.prepare(batch)?;
            self.overlay.add(change.rows);
            self.tally.set(change.tally);
        }
        self.settle()
    }

    /// Compares `batch` with what is there.
    fn prepare(&self, batch: Batch) -> Result<Change, DbError> {
        let check = self.check.borrow();
        let (cursor, counted) = check.as_ref().map_or((&[][..], Tally::default()), |check| {
            (&check.cursor, check.counted)
        });
        let mut change = Change {
            rows: ahead::Rows::new(),
            tally: self.tally.get(),
            counted,
        };
        for (key, value) in batch.rows {
            let old = self.value(&key)?;
            if old == value {
                continue;
            }
            change.tally.change(&key, old.as_deref(), value.as_deref());
            if key.as_slice() < cursor {
                change
                    .counted
                    .change(&key, old.as_deref(), value.as_deref());
            }
            change.rows.insert(key, value);
        }
        change.tally.batches += 1;
        Ok(change)
    }

    /// Everything applied so far survives a power cut once this returns.
    ///
    /// # Errors
    /// [`DbError::Full`], [`DbError::Io`], [`DbError::Damaged`]: the `Db` is poisoned, and what was applied since the last
    /// successful commit may be there or not when it is opened again. From then on the same again, or [`DbError::Poisoned`].
    pub(crate) fn commit(&self) -> Result<(), DbError> {
        self.commit_ahead()?;
        if self.is_settling_due() {
            self.settle()?;
        }
        Ok(())
    }

    /// As [`Self::commit`], but for that it leaves to the caller what [`Self::is_settling_due`] tells.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub(crate) fn commit_ahead(&self) -> Result<(), DbError> {
        self.check_usable()?;
        if self.is_dirty.get() {
            self.note_ahead()?;
        }
        Ok(())
    }

    /// Whether there is hardly room for more in the write-ahead file: what is in it should come into sled before anything else is
    /// applied.
    pub(crate) fn is_settling_due(&self) -> bool {
        self.ahead.borrow().is_full() || self.settling.borrow().is_some()
    }

    /// Everything applied so far is in the write-ahead file, and on the disk, once this returns.
    fn note_ahead(&self) -> Result<(), DbError> {
        let written = self.ahead.borrow_mut().write();
        self.or_poison(written)?;
        self.is_dirty.set(false);
        if let Err(error) = self.folder.note_mark(self.tally.get().batches) {
            tracing::warn!(%error, "the mark of the last commit was not written");
        }
        Ok(())
    }

    /// Everything applied so far is in sled, and on the disk, once this returns.
    ///
    /// It goes there by parts, each synced before the next one is written. A crash in between leaves some of them there,
    /// with a tally that says so and with the number of the last batch that is there as a whole: all later ones are in the
    /// write-ahead file, and taking them in again makes good for it.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub(super) fn settle(&self) -> Result<(), DbError> {
        while !self.settle_some()? {}
        Ok(())
    }

    /// One part of [`Self::settle`], of some milliseconds, after which reading goes on as before; says whether that was all.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub(crate) fn settle_some(&self) -> Result<bool, DbError> {
        self.check_usable()?;
        if self.is_dirty.get() {
            self.note_ahead()?;
        }
        let begun = self.settling.take();
        let Settling { mut tally, reached } = begun.unwrap_or_else(|| Settling {
            tally: self.settled.get(),
            reached: None,
        });
        let part = self
            .overlay
            .next_part(reached.as_deref(), UNSYNCED_BYTES_MAX, ROW_COST_BYTES);
        let Some((last, _)) = part.last() else {
            self.settled.set(tally);
            self.overlay.clear();
            self.ahead.borrow_mut().restart();
            return Ok(true);
        };
        let last = last.clone();
        for (key, value) in &part {
            let old = self.or_poison(self.engine.value(key))?;
            tally.change(key, old.as_deref(), value.as_deref());
        }
        if !self.overlay.has_beyond(&last) {
            tally.batches = self.tally.get().batches;
            self.or_poison(self.tally.get().compare(&tally))?;
        }
        self.or_poison(self.engine.apply(part, &tally))?;
        self.or_poison(self.engine.flush())?;
        let reached = Some(last);
        self.settling.replace(Some(Settling { tally, reached }));
        Ok(false)
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

    /// What the write-ahead file takes on disk.
    pub(crate) fn size_ahead(&self) -> u64 {
        self.ahead.borrow().size_on_disk()
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
            let failed = self.failed.borrow();
            Err(failed.as_ref().map_or(DbError::Poisoned, DbError::again))
        } else {
            Ok(())
        }
    }

    pub(super) fn or_poison<T>(&self, result: Result<T, DbError>) -> Result<T, DbError> {
        result.inspect_err(|error| {
            if !self.is_poisoned.replace(true) {
                self.failed.replace(Some(error.again()));
            }
        })
    }
}

impl Drop for Db {
    /// What was applied goes into sled, so that the next opening has less to do. Nothing acknowledged depends on it.
    fn drop(&mut self) {
        if !self.is_poisoned.get()
            && let Err(error) = self.settle()
        {
            tracing::warn!(%error, "what the database noted last waits for the next opening");
        }
    }
}

/// The first key after all that begin with `prefix`; `None` when there is none.
pub(super) fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
