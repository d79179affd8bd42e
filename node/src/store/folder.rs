//! The folder around the database: who may enter, which version wrote it, which database directory is current.
//!
//! ```text
//! LOCK        held by the one process that uses the store
//! VERSION     the version of the store's rows, a decimal number
//! CURRENT     the name of the directory that counts, `db-000001`
//! MARK        how many batches were durable at the last commit (see `db`)
//! db-000001/  the database itself
//! db-000001.before/  a copy of it, while it is being opened
//! ```
//!
//! VERSION and CURRENT change by rename, so that a power cut leaves the old or the new one. A directory that CURRENT doesn't name is
//! what an interrupted compaction left behind and is removed on entering.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::DbError;
use crate::folder_lock;
use crate::home::{HomeError, make_private_folder};

const VERSION: &str = "VERSION";
const CURRENT: &str = "CURRENT";
const MARK: &str = "MARK";
const DATABASE_PREFIX: &str = "db-";
/// What the name of a database's copy ends with.
pub(super) const COPY_SUFFIX: &str = ".before";
/// Larger databases are opened without a copy: their owner would wait for it.
const COPIED_BYTES_MAX: u64 = 256 << 20;
/// Small text files longer than this are not ours.
const TEXT_BYTES_MAX: u64 = 64;

/// The store's folder, locked for this process.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    number: u64,
    is_new: bool,
    version: u32,
    mark: File,
    _lock: File,
}

impl Folder {
    /// Enters `path`, creating it when it isn't there, and tidies what an interrupted compaction left.
    ///
    /// # Errors
    /// [`DbError::InUse`] when another process is inside, [`DbError::NewerVersion`] when a newer version wrote it,
    /// [`DbError::Damaged`] when its small files contradict each other.
    pub(super) fn enter(path: &Path, version_known: u32) -> Result<Folder, DbError> {
        create_private(path)?;
        let lock = folder_lock::lock(path)?.ok_or(DbError::InUse)?;
        let version = match read_number(path, VERSION)? {
            Some(found) => u32::try_from(found).unwrap_or(u32::MAX),
            None if current(path)?.is_some() => return Err(DbError::damaged("VERSION is missing")),
            None => {
                write_text(path, VERSION, &version_known.to_string())?;
                version_known
            }
        };
        if version > version_known {
            return Err(DbError::NewerVersion {
                found: version,
                known: version_known,
            });
        }
        let (number, is_new) = choose(path)?;
        let mark = open_private(&path.join(MARK))?;
        Ok(Folder {
            path: path.to_owned(),
            number,
            is_new,
            version,
            mark,
            _lock: lock,
        })
    }

    /// The version that wrote the rows.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// Records that the rows are now those of `version`.
    pub(super) fn record_version(&mut self, version: u32) -> Result<(), DbError> {
        write_text(&self.path, VERSION, &version.to_string())?;
        self.version = version;
        Ok(())
    }

    /// Whether nothing was ever acknowledged here: CURRENT wasn't written yet.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// The database directory that counts.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(name(self.number))
    }

    /// Where a compaction writes to.
    pub(super) fn next_database(&self) -> PathBuf {
        self.path.join(name(self.number + 1))
    }

    /// From now on the current directory counts; called once a new one is complete on disk.
    pub(super) fn settle(&mut self) -> Result<(), DbError> {
        sync_directory(&self.path)?;
        write_text(&self.path, CURRENT, &name(self.number))?;
        self.is_new = false;
        Ok(())
    }

    /// From now on [`Self::next_database`] counts.
    ///
    /// # Errors
    /// After an error it isn't known which of the two counts: nothing more may be written before entering anew.
    pub(super) fn advance(&mut self) -> Result<(), DbError> {
        sync_directory(&self.path)?;
        write_text(&self.path, CURRENT, &name(self.number + 1))?;
        self.number += 1;
        Ok(())
    }

    /// Removes every database directory that doesn't count.
    pub(super) fn remove_leftovers(&self) -> Result<(), DbError> {
        remove_all_but(&self.path, self.number)
    }

    /// Notes that `batches` batches are durable. Not synced: it may lag behind after a power cut but never leads.
    pub(super) fn note_mark(&self, batches: u64) -> Result<(), DbError> {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&batches.to_be_bytes());
        bytes[8..].copy_from_slice(&(!batches).to_be_bytes());
        Ok(self.mark.write_all_at(&bytes, 0)?)
    }

    /// Keeps a copy of the database while it is being opened: what sled takes for a torn end, though it is a wrong byte with
    /// good rows behind it, sled wipes out. An older copy stays, as it is from before. Without room there is none.
    pub(super) fn keep_copy(&self) {
        let (from, to) = (self.database(), self.copy());
        let is_small = fs::metadata(from.join("db")).is_ok_and(|log| log.len() <= COPIED_BYTES_MAX);
        if !is_small || to.exists() {
            return;
        }
        if let Err(error) = copy_files(&from, &to) {
            tracing::warn!(%error, "no copy of the database is kept while it is opened");
            let _ = fs::remove_dir_all(to);
        }
    }

    /// Removes the copy: the database was opened, and is what was written.
    pub(super) fn drop_copy(&self) {
        let copy = self.copy();
        if copy.exists()
            && let Err(error) = fs::remove_dir_all(copy)
        {
            tracing::warn!(%error, "a copy of the database was not removed");
        }
    }

    fn copy(&self) -> PathBuf {
        self.path.join(name(self.number) + COPY_SUFFIX)
    }

    /// Gives up a creation that was cut short so early that the database can't be opened. Nothing was ever acknowledged
    /// in it, unless CURRENT got lost and MARK with it.
    pub(super) fn begin_anew(&self) -> Result<(), DbError> {
        fs::remove_dir_all(self.database())?;
        sync_directory(&self.path)
    }

    /// What [`Self::note_mark`] noted last; 0 when it can't be read, for it is a witness and not the data.
    pub(super) fn mark(&self) -> u64 {
        let mut bytes = [0; 16];
        if self.mark.read_exact_at(&mut bytes, 0).is_err() {
            return 0;
        }
        let (batches, check) = bytes.split_at(8);
        let number = |half: &[u8]| u64::from_be_bytes(half.try_into().expect("half of 16 bytes"));
        if number(batches) == !number(check) {
            number(batches)
        } else {
            0
        }
    }
}

/// Copies the files in `from`, but no folders.
fn copy_files(from: &Path, to: &Path) -> Result<(), DbError> {
    create_private(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn name(number: u64) -> String {
    format!("{DATABASE_PREFIX}{number:06}")
}

fn number_in(name: &str) -> Option<u64> {
    name.strip_prefix(DATABASE_PREFIX)?.parse().ok()
}

/// The directory number that counts, and whether it was never settled. Without CURRENT a single directory is one whose
/// creation was cut short, and is taken over; it is never removed, in case it was CURRENT that got lost.
fn choose(path: &Path) -> Result<(u64, bool), DbError> {
    if let Some(number) = current(path)? {
        if !path.join(name(number)).is_dir() {
            return Err(DbError::damaged(
                "the directory that CURRENT names is missing",
            ));
        }
        remove_all_but(path, number)?;
        return Ok((number, false));
    }
    match databases(path)?.as_slice() {
        [] => Ok((1, true)),
        [number] => Ok((*number, true)),
        _ => Err(DbError::damaged("CURRENT is missing")),
    }
}

fn current(path: &Path) -> Result<Option<u64>, DbError> {
    let Some(text) = read_text(path, CURRENT)? else {
        return Ok(None);
    };
    number_in(text.trim())
        .map(Some)
        .ok_or_else(|| DbError::damaged("CURRENT names no database directory"))
}

fn databases(path: &Path) -> Result<Vec<u64>, DbError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(path)? {
        numbers.extend(entry?.file_name().to_str().and_then(number_in));
    }
    Ok(numbers)
}

fn remove_all_but(path: &Path, kept: u64) -> Result<(), DbError> {
    for number in databases(path)?
        .into_iter()
        .filter(|number| *number != kept)
    {
        fs::remove_dir_all(path.join(name(number)))?;
    }
    Ok(())
}

fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Creates a directory that only its owner may enter, and makes its entry durable.
pub(super) fn create_private(path: &Path) -> Result<(), DbError> {
    make_private_folder(path).map_err(|error| match error {
        HomeError::Io { source, .. } => source.into(),
        other => DbError::Io(io::Error::other(other)),
    })
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> Result<(), DbError> {
    Ok(File::open(path)?.sync_all()?)
}

fn read_text(path: &Path, name: &str) -> Result<Option<String>, DbError> {
    let file = path.join(name);
    match fs::metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
        Ok(found) if found.len() > TEXT_BYTES_MAX => {
            return Err(DbError::damaged(format!("{name} is too long")));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(&file)?;
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| DbError::damaged(format!("{name} is no text")))
}

fn read_number(path: &Path, name: &str) -> Result<Option<u64>, DbError> {
    let Some(text) = read_text(path, name)? else {
        return Ok(None);
    };
    text.trim()
        .parse()
        .map(Some)
        .map_err(|_| DbError::damaged(format!("{name} is no number")))
}

/// Replaces a small file so that a power cut leaves the old or the new text.
fn write_text(path: &Path, name: &str, text: &str) -> Result<(), DbError> {
    let draft = path.join(format!("{name}.new"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&draft, path.join(name))?;
    sync_directory(path)
}
