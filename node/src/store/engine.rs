//! sled, and what it leaves open closed. The only file that names it.
//!
//! - Its `flush` doesn't ask the disk to sync, so [`Engine::flush`] syncs the log file itself.
//! - A leaf that outgrows a quarter of a segment goes to a file that is never synced, so values are bounded
//!   ([`VALUE_BYTES_MAX`](super::batch::VALUE_BYTES_MAX)) such that no leaf gets there.
//! - It panics now and then; panics are turned into errors.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::iter::FusedIterator;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::batch::NAMESPACE_OWN;
use super::error::DbError;
use super::folder::{create_private, sync_directory};
use super::tally::Tally;

pub(super) const SEGMENT_BYTES: usize = 512 << 10;
const CACHE_BYTES: u64 = 4 << 20;
/// How long sled's own threads may hold on to a database that this process just closed.
const CLOSING_WAIT_MAX: Duration = Duration::from_secs(10);
/// Accesses that each row read adds, see [`touch`].
const TOUCHES: u8 = 4;
/// Rows copied between two flushes.
const FLUSH_ROWS: usize = 32;

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
        engine.settle_files()?;
        Ok(engine)
    }

    /// [`Self::create`] without a tally, for who has other means to notice what is missing.
    pub(super) fn create_bare(path: &Path) -> Result<Engine, DbError> {
        create_private(path)?;
        let engine = Engine::attach(path)?;
        engine.settle_files()?;
        Ok(engine)
    }

    /// Makes what is there durable, and the files themselves.
    fn settle_files(&self) -> Result<(), DbError> {
        self.flush()?;
        File::open(self.path.join("conf"))?.sync_all()?;
        sync_directory(&self.path)
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

    pub(super) fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        let value = guarded(|| {
            touch(self.sled(), key)?;
            self.sled().get(key)
        })?;
        Ok(value.map(|value| value.to_vec()))
    }

    pub(super) fn set(&self, key: &[u8], value: &[u8]) -> Result<(), DbError> {
        guarded(|| self.sled().insert(key, value)).map(drop)
    }

    /// [`Self::set`] for one of many rows, which aren't all to be in memory.
    pub(super) fn set_in_passing(&self, key: &[u8], value: &[u8]) -> Result<(), DbError> {
        guarded(|| {
            self.sled().insert(key, value)?;
            touch(self.sled(), key)
        })
    }

    /// The rows with `from <= key < to`, all from `from` on without `to`.
    pub(super) fn rows(&self, from: &[u8], to: Option<&[u8]>) -> StoredRows {
        let from = from.max(&FIRST_KEY).to_vec();
        let rows = match to {
            Some(to) if from.as_slice() >= to => None,
            Some(to) => Some(self.sled().range(from..to.to_vec())),
            None => Some(self.sled().range(from..)),
        };
        StoredRows {
            rows,
            sled: self.sled().clone(),
        }
    }

    /// Changes `rows` and the tally as one, not yet durable.
    pub(super) fn apply(
        &self,
        rows: impl IntoIterator<Item = (Vec<u8>, Option<Vec<u8>>)>,
        tally: &Tally,
    ) -> Result<(), DbError> {
        let mut batch = sled::Batch::default();
        for (key, value) in rows {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch.insert(&TALLY_KEY, tally.encode().as_slice());
        guarded(|| self.sled().apply_batch(batch))
    }

    /// All rows of callers.
    pub(super) fn all_rows(&self) -> StoredRows {
        self.rows(&FIRST_KEY, None)
    }

    /// Writes a copy of `rows` and what `tally` says of them, not yet durable. Not atomic.
    pub(super) fn fill(&self, rows: StoredRows, tally: &Tally) -> Result<(), DbError> {
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

    pub(super) fn size_on_disk(&self) -> Result<u64, DbError> {
        directory_bytes(&self.path)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let sled = self.sled.take();
        if catch(move || drop(sled)).is_err() {
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

thread_local! {
    /// Whether this thread is in a call whose panic becomes an error.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}
/// What sled calls its own threads.
const THREAD_PREFIX: &str = "sled";
static HAS_BROKEN_THREAD: AtomicBool = AtomicBool::new(false);

/// Whether one of sled's own threads gave up since [`watch_panics`]: who waits for what it should have written would wait
/// for ever, and nothing may be confirmed any more.
pub(super) fn has_broken_thread() -> bool {
    HAS_BROKEN_THREAD.load(Ordering::SeqCst)
}

/// Words for sled's panics: those that become errors aren't printed, and one in a thread of its own is noted. For the whole
/// process, whose one database it is.
pub(crate) fn watch_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let thread = std::thread::current();
        if IS_GUARDED.get() {
            tracing::debug!(%panic, "the database gave up on a call");
        } else if thread
            .name()
            .is_some_and(|name| name.starts_with(THREAD_PREFIX))
        {
            HAS_BROKEN_THREAD.store(true, Ordering::SeqCst);
            tracing::error!("a thread of the database gave up: nothing more is confirmed");
            tracing::debug!(%panic, "how it gave up");
        } else {
            usual(panic);
        }
    }));
}

fn catch<T>(call: impl FnOnce() -> T) -> std::thread::Result<T> {
    let was_guarded = IS_GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(was_guarded);
    outcome
}

/// Runs a call into sled, which panics on what it thinks impossible.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, DbError> {
    match catch(call) {
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

/// The lengths that the bytes before `at` may state of what begins there, as sled writes them before keys and values: in one,
/// two or three bytes.
pub(super) fn lengths_before(bytes: &[u8], at: usize) -> impl Iterator<Item = usize> {
    let before = |back: usize| at.checked_sub(back).map(|from| &bytes[from..at]);
    let one = before(1).and_then(|before| match *before {
        [length @ 0..=240] => Some(length.into()),
        _ => None,
    });
    let two = before(2).and_then(|before| match *before {
        [high @ 241..=248, low] => Some(240 + 256 * usize::from(high - 241) + usize::from(low)),
        _ => None,
    });
    let three = before(3).and_then(|before| match *before {
        [249, high, low] => Some(2288 + 256 * usize::from(high) + usize::from(low)),
        _ => None,
    });
    [one, two, three].into_iter().flatten()
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

pub(super) fn directory_bytes(path: &Path) -> Result<u64, DbError> {
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
pub(super) struct StoredRows {
    rows: Option<sled::Iter>,
    sled: sled::Db,
}

impl StoredRows {
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
pub(super) type Pair = (Vec<u8>, Vec<u8>);
type Row = Result<Pair, DbError>;

impl Iterator for StoredRows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.step(Iterator::next)
    }
}

impl DoubleEndedIterator for StoredRows {
    fn next_back(&mut self) -> Option<Row> {
        self.step(DoubleEndedIterator::next_back)
    }
}

impl FusedIterator for StoredRows {}
