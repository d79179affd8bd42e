//! The database: ordered rows of bytes with atomic batches that survive a power cut. The only file that names sled.
//!
//! What sled 0.34 leaves open is closed here:
//! - Its `flush` doesn't ask the disk to sync, so [`Db::commit`] syncs the log file itself.
//! - A leaf that outgrows a quarter of a segment goes to a file that is never synced, so values are bounded
//!   ([`VALUE_BYTES_MAX`](super::batch::VALUE_BYTES_MAX)) such that no leaf gets there.
//! - A log with a bad byte is read up to it, or past it, in silence. A *tally* row, part of each batch, holds number,
//!   bytes and hash sum of all rows; opening counts them again ([`Db::verify`]), and a *mark* outside of the log says how
//!   many batches must be there. Lost, old and altered rows are noticed, and never served.
//! - It panics now and then; panics are turned into errors, and a `Db` whose write failed refuses to go on.

use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::io;
use std::iter::FusedIterator;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) use super::batch::Batch;
use super::batch::NAMESPACE_OWN;
pub(crate) use super::error::DbError;
use super::folder::{Folder, create_private, sync_directory};
use super::tally::Tally;

const SEGMENT_BYTES: usize = 512 << 10;
const CACHE_BYTES: u64 = 4 << 20;
/// sled reuses a segment once what lived there was written elsewhere, which a power cut may undo as long as that isn't synced.
/// It does so two segments later at the earliest, so syncing before one is full keeps reuse behind the sync.
const UNSYNCED_BYTES_MAX: usize = SEGMENT_BYTES / 2;
/// What a row costs in the log besides itself: every tenth change of a leaf writes the leaf anew.
const ROW_COST_BYTES: usize = 5 << 10;
/// How long sled's own threads may hold on to a database that this process just closed.
const CLOSING_WAIT_MAX: Duration = Duration::from_secs(10);
/// Accesses that each row read adds, see [`touch`].
const TOUCHES: u8 = 4;
/// A store up to this size is verified at opening; more than that would make its owner wait.
const VERIFIED_AT_OPENING_BYTES_MAX: u64 = 64 << 20;
/// Rows verified in one go.
const VERIFY_ROWS: usize = 1024;
/// Rows copied between two flushes.
const FLUSH_ROWS: usize = 32;
/// Rows removed by one batch of [`Db::clear`].
const CLEAR_ROWS_MAX: usize = 256;

const TALLY_KEY: [u8; 2] = [NAMESPACE_OWN, 1];
/// First key that callers may use.
const FIRST_KEY: [u8; 1] = [NAMESPACE_OWN + 1];

impl From<sled::Error> for DbError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) => error.into(),
            sled::Error::Corruption { at, .. } => DbError::Damaged {
                what: format!("a checksum is wrong at {at:?}"),
            },
            other => DbError::Damaged {
                what: other.to_string(),
            },
        }
    }
}

/// One sled database directory.
#[derive(Debug)]
pub(super) struct Engine {
    // `None` only while it is being dropped.
    sled: Option<sled::Db>,
    log: File,
    path: PathBuf,
}

impl Engine {
    /// Creates a database in `path`, or finishes a creation that was cut short.
    pub(super) fn create(path: &Path) -> Result<Engine, DbError> {
        create_private(path)?;
        let engine = Engine::attach(path)?;
        if engine.tally()?.is_none() {
            engine.surround_tally()?;
            engine.set(&TALLY_KEY, &Tally::default().encode())?;
        }
        engine.flush()?;
        File::open(path.join("conf"))?.sync_all()?;
        sync_directory(path)?;
        Ok(engine)
    }

    /// Opens an existing database. A snapshot that can't be used is set aside once: it only repeats what the log says.
    pub(super) fn open(path: &Path) -> Result<Engine, DbError> {
        let log = path.join("db");
        if !log.is_file() {
            return Err(DbError::damaged("the database's log file is missing"));
        }
        // After a crash the log may be in memory only; the snapshot that sled is about to write must not be ahead of it.
        File::open(&log)?.sync_all()?;
        match Engine::attach(path) {
            Err(DbError::Damaged { what }) if set_snapshots_aside(path)? => {
                tracing::warn!(%what, "reading the whole log, because its snapshot can't be used");
                Engine::attach(path)
            }
            opened => opened,
        }
    }

    fn attach(path: &Path) -> Result<Engine, DbError> {
        let deadline = Instant::now() + CLOSING_WAIT_MAX;
        let sled = loop {
            let config = sled::Config::new()
                .path(path)
                .cache_capacity(CACHE_BYTES)
                .segment_size(SEGMENT_BYTES)
                .flush_every_ms(None)
                .mode(sled::Mode::LowSpace);
            match guarded(|| config.open()) {
                // The folder is locked by this process, so it can only be an earlier handle's thread that holds it.
                Err(DbError::Io(error))
                    if is_lock_conflict(&error) && Instant::now() < deadline =>
                {
                    std::thread::sleep(Duration::from_millis(5));
                }
                opened => break opened?,
            }
        };
        let log = File::options()
            .read(true)
            .write(true)
            .open(path.join("db"))?;
        Ok(Engine {
            sled: Some(sled),
            log,
            path: path.to_owned(),
        })
    }

    fn sled(&self) -> &sled::Db {
        self.sled.as_ref().expect("taken only when dropped")
    }

    /// The tally changes with each batch and its leaf is written anew with every tenth change: tiny neighbours on both
    /// sides see to it that this leaf never holds rows of size.
    fn surround_tally(&self) -> Result<(), DbError> {
        for (side, count) in [(TALLY_KEY[1] - 1, 8), (TALLY_KEY[1] + 1, 16)] {
            for number in 0..count {
                self.set(&[NAMESPACE_OWN, side, number], &[])?;
            }
        }
        Ok(())
    }

    pub(super) fn tally(&self) -> Result<Option<Tally>, DbError> {
        let Some(bytes) = self.value(&TALLY_KEY)? else {
            return Ok(None);
        };
        Tally::decode(&bytes)
            .map(Some)
            .ok_or_else(|| DbError::damaged("the tally has another form"))
    }

    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        let value = guarded(|| {
            touch(self.sled(), key)?;
            self.sled().get(key)
        })?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn set(&self, key: &[u8], value: &[u8]) -> Result<(), DbError> {
        guarded(|| self.sled().insert(key, value)).map(drop)
    }

    fn rows(&self, from: &[u8], to: Option<&[u8]>) -> Rows {
        let from = from.max(&FIRST_KEY).to_vec();
        let rows = match to {
            Some(to) if from.as_slice() >= to => None,
            Some(to) => Some(self.sled().range(from..to.to_vec())),
            None => Some(self.sled().range(from..)),
        };
        Rows {
            rows,
            sled: self.sled().clone(),
        }
    }

    /// All rows of callers.
    pub(super) fn all_rows(&self) -> Rows {
        self.rows(&FIRST_KEY, None)
    }

    /// Writes a copy of `rows` and what `tally` says of them, not yet durable. Not atomic.
    pub(super) fn fill(&self, rows: Rows, tally: &Tally) -> Result<(), DbError> {
        for (number, row) in rows.enumerate() {
            let (key, value) = row?;
            self.set(&key, &value)?;
            guarded(|| touch(self.sled(), &key))?;
            // sled uses space again only behind what it has written out.
            if number % FLUSH_ROWS == 0 {
                guarded(|| self.sled().flush())?;
            }
        }
        self.set(&TALLY_KEY, &tally.encode())
    }

    /// Everything written is on the disk when this returns.
    pub(super) fn flush(&self) -> Result<(), DbError> {
        guarded(|| self.sled().flush())?;
        Ok(self.log.sync_data()?)
    }

    /// Counts all rows.
    pub(super) fn count(&self, batches: u64) -> Result<Tally, DbError> {
        let mut counted = Tally {
            batches,
            ..Tally::default()
        };
        for row in self.all_rows() {
            let (key, value) = row?;
            counted.add(&key, &value);
        }
        Ok(counted)
    }

    fn size_on_disk(&self) -> Result<u64, DbError> {
        directory_bytes(&self.path)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let sled = self.sled.take();
        if catch_unwind(AssertUnwindSafe(move || drop(sled))).is_err() {
            tracing::error!("the database could not be closed cleanly");
        }
    }
}

/// sled looks after its cache only when 64 accesses came together in one of 256 parts of it. A reader that goes through
/// many leaves once would have them all in memory first; a few accesses more for each row keep it within bounds.
fn touch(sled: &sled::Db, key: &[u8]) -> sled::Result<()> {
    for _ in 0..TOUCHES {
        sled.contains_key(key)?;
    }
    Ok(())
}

/// Runs a call into sled, which panics on what it thinks impossible.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, DbError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Ok(result?),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("the database gave up");
            Err(DbError::damaged(text))
        }
    }
}

fn is_lock_conflict(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Other && error.to_string().contains("could not acquire lock")
}

/// Renames sled's snapshot files so that it doesn't see them; says whether there was one.
fn set_snapshots_aside(path: &Path) -> Result<bool, DbError> {
    let mut found = false;
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with("snap.")) else {
            continue;
        };
        fs::rename(path.join(name), path.join("unusable-snapshot"))?;
        found = true;
    }
    Ok(found)
}

fn directory_bytes(path: &Path) -> Result<u64, DbError> {
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // sled removes files in the background.
        let Ok(found) = entry.metadata() else {
            continue;
        };
        bytes += if found.is_dir() {
            directory_bytes(&entry.path())?
        } else {
            found.len()
        };
    }
    Ok(bytes)
}

/// Rows in order of their keys; from the other end with `rev()`. Ends after the first error.
pub(crate) struct Rows {
    rows: Option<sled::Iter>,
    sled: sled::Db,
}

impl Rows {
    fn step(
        &mut self,
        step: impl FnOnce(&mut sled::Iter) -> Option<sled::Result<(sled::IVec, sled::IVec)>>,
    ) -> Option<Row> {
        let rows = self.rows.as_mut()?;
        let row = guarded(|| {
            let row = step(rows).transpose()?;
            row.iter().try_for_each(|(key, _)| touch(&self.sled, key))?;
            Ok(row)
        });
        let row = row.transpose()?;
        if row.is_err() {
            self.rows = None;
        }
        Some(row.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }
}

/// A key and its value.
type Pair = (Vec<u8>, Vec<u8>);
type Row = Result<Pair, DbError>;

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.step(Iterator::next)
    }
}

impl DoubleEndedIterator for Rows {
    fn next_back(&mut self) -> Option<Row> {
        self.step(DoubleEndedIterator::next_back)
    }
}

impl FusedIterator for Rows {}

/// How far the counting of all rows has come: those below `cursor` are in `counted`, as they are now.
#[derive(Debug, Default)]
pub(super) struct Check {
    cursor: Vec<u8>,
    counted: Tally,
}

/// A batch ready to be applied, and the tallies after it.
struct Change {
    rows: sled::Batch,
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
        let engine = if folder.is_new() {
            Engine::create(&path)?
        } else {
            Engine::open(&path)?
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
        self.or_poison(guarded(|| self.engine.sled().apply_batch(change.rows)))?;
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
            rows: sled::Batch::default(),
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
            match value {
                Some(value) => change.rows.insert(key, value),
                None => change.rows.remove(key),
            }
        }
        change.tally.batches += 1;
        change
            .rows
            .insert(&TALLY_KEY, change.tally.encode().as_slice());
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

    /// Verifies that no row is lost, old or altered, going on where the last call stopped, for a few milliseconds; says whether
    /// it came to the end. For idle moments after opening a large store. Changes may come in between.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when the rows aren't what was written: the `Db` is poisoned.
    pub(crate) fn verify_some(&self) -> Result<bool, DbError> {
        self.check_usable()?;
        let Some(mut check) = self.check.take() else {
            return Ok(true);
        };
        let mut count = 0;
        for row in self.engine.rows(&check.cursor, None).take(VERIFY_ROWS) {
            let (mut key, value) = self.or_poison(row)?;
            check.counted.add(&key, &value);
            // The smallest key above.
            key.push(0);
            check.cursor = key;
            count += 1;
        }
        if count == VERIFY_ROWS {
            self.check.replace(Some(check));
            return Ok(false);
        }
        self.or_poison(self.tally.get().compare(&check.counted))
            .map(|()| true)
    }

    /// Verifies all rows from the beginning.
    ///
    /// # Errors
    /// As [`Self::verify_some`].
    pub(crate) fn verify(&self) -> Result<(), DbError> {
        self.check.replace(Some(Check::default()));
        while !self.verify_some()? {}
        Ok(())
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

    fn check_usable(&self) -> Result<(), DbError> {
        if self.is_poisoned.get() {
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
fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
