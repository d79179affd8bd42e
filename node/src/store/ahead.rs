//! The write-ahead file: what was committed and isn't in the database yet.
//!
//! A commit into sled costs two waits for the disk and the space of a leaf for each row. A commit into this file costs
//! one: it was filled with zeros when it was made, so that writing changes no length and no block map, and one
//! `fdatasync` is one write. What it holds goes into the database by larger pieces.
//!
//! Records follow each other from the beginning of the file:
//!
//! ```text
//! "HAH" ‖ version 1   4
//! lap                16   random, alike for all records between two restarts
//! number              8   of the batch, one more than that of the record before
//! length              4   of what follows the digest
//! digest             16   BLAKE3 over the 32 bytes above and what follows
//! rows                    key length (1) ‖ key ‖ value length (2), ffff when the row is removed ‖ value
//! ```
//!
//! Numbers are big-endian. Reading ends at the first record that isn't whole, isn't of the first one's lap, or isn't the
//! next: what lies behind is of an earlier lap, or was never acknowledged.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::batch::Batch;
use super::error::DbError;
use super::folder::sync_directory;

const FILE: &str = "AHEAD";
const MAGIC: [u8; 4] = *b"HAH\x01";
/// Its length, but while more than fits had to be noted at once.
const FILE_BYTES: usize = 1 << 20;
const LAP_BYTES: usize = 16;
const SIGNED_BYTES: usize = 32;
const HEAD_BYTES: usize = 48;
const REMOVED: u16 = u16::MAX;

/// Rows as a batch changes them.
pub(super) type Rows = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The file, and what is to be written next.
#[derive(Debug)]
pub(super) struct Ahead {
    file: File,
    lap: [u8; LAP_BYTES],
    at: usize,
    /// Whether it is longer than it should be.
    is_long: bool,
    /// Records that were noted since the last write.
    waiting: Vec<u8>,
}

impl Ahead {
    /// Opens the file in `dir`, making it when there is none. Nothing may be noted before [`Self::restart`].
    pub(super) fn open(dir: &Path) -> Result<Self, DbError> {
        let path = dir.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        let mut file = options.truncate(false).open(&path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        if length < FILE_BYTES {
            // New, or a creation that was cut short. What may be there stays, for whoever looks for what is left.
            file.seek(SeekFrom::End(0))?;
            file.write_all(&vec![0; FILE_BYTES - length])?;
            file.sync_all()?;
            file.rewind()?;
        }
        sync_directory(dir)?;
        Ok(Self {
            file,
            lap: [0; LAP_BYTES],
            at: 0,
            is_long: length > FILE_BYTES,
            waiting: Vec::new(),
        })
    }

    /// The batches that were noted after the one with this number, in order.
    pub(super) fn after(&self, number: u64) -> Result<Vec<Batch>, DbError> {
        let mut bytes = Vec::new();
        (&self.file).read_to_end(&mut bytes)?;
        let (mut batches, mut rest, mut last) = (Vec::new(), bytes.as_slice(), None);
        while let Some((record, behind)) = Record::first_of(rest) {
            let follows = last.is_none_or(|(lap, at)| lap == record.lap && at + 1 == record.number);
            if !follows {
                break;
            }
            if record.number > number {
                if record.number != number + 1 + batches.len() as u64 {
                    return Err(DbError::damaged("changes are missing in between"));
                }
                batches.push(decode(record.rows)?);
            }
            (last, rest) = (Some((record.lap, record.number)), behind);
        }
        Ok(batches)
    }

    /// Begins a new lap: all that was noted is in the database, and on the disk.
    pub(super) fn restart(&mut self) {
        if self.is_long {
            match self.file.set_len(FILE_BYTES as u64) {
                Ok(()) => self.is_long = false,
                Err(error) => tracing::warn!(%error, "the write-ahead file stays long"),
            }
        }
        rand_core::Rng::fill_bytes(&mut crate::rng::system(), &mut self.lap);
        (self.at, self.waiting) = (0, Vec::new());
    }

    /// Notes a batch, to be written with the next [`Self::write`].
    pub(super) fn note(&mut self, number: u64, rows: &Rows) {
        append(&mut self.waiting, &self.lap, number, rows);
    }

    /// Writes what was noted; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`DbError::Full`], [`DbError::Io`]: it may be there or not.
    pub(super) fn write(&mut self) -> Result<(), DbError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.file.write_all_at(&self.waiting, self.at as u64)?;
        self.file.sync_data()?;
        self.at += self.waiting.len();
        self.is_long |= self.at > FILE_BYTES;
        self.waiting.clear();
        Ok(())
    }

    /// Its length.
    pub(super) fn size_on_disk(&self) -> u64 {
        self.at.max(FILE_BYTES) as u64
    }

    /// Whether there is hardly room for more.
    pub(super) const fn is_full(&self) -> bool {
        self.at >= FILE_BYTES / 8 * 7
    }
}

/// What whole records of the file in `dir` change, the latest counts. For salvage: damaged ones are left out.
pub(super) fn readable(dir: &Path) -> Rows {
    let bytes = std::fs::read(dir.join(FILE)).unwrap_or_default();
    let (mut rows, mut rest, mut lap) = (Rows::new(), bytes.as_slice(), None);
    // From head to head, never looked for within what others may have written. An earlier lap's are in the database.
    while let Some((record, is_whole, behind)) = Record::at(rest) {
        if *lap.get_or_insert(record.lap) != record.lap {
            break;
        }
        if is_whole && let Ok(batch) = decode(record.rows) {
            rows.extend(batch.rows);
        }
        rest = behind;
    }
    rows
}

fn append(records: &mut Vec<u8>, lap: &[u8; LAP_BYTES], number: u64, rows: &Rows) {
    let begin = records.len();
    records.extend(MAGIC);
    records.extend(lap);
    records.extend(number.to_be_bytes());
    records.extend([0; HEAD_BYTES - SIGNED_BYTES + 4]);
    for (key, value) in rows {
        records.push(u8::try_from(key.len()).expect("keys are short"));
        records.extend(key);
        let length = value.as_ref().map_or(REMOVED, |value| {
            u16::try_from(value.len()).expect("values are short")
        });
        records.extend(length.to_be_bytes());
        records.extend(value.iter().flatten());
    }
    let record = &mut records[begin..];
    let length = u32::try_from(record.len() - HEAD_BYTES).expect("a batch is below 4 GiB");
    record[SIGNED_BYTES - 4..SIGNED_BYTES].copy_from_slice(&length.to_be_bytes());
    let digest = digest(record);
    record[SIGNED_BYTES..HEAD_BYTES].copy_from_slice(&digest);
}

fn digest(record: &[u8]) -> [u8; HEAD_BYTES - SIGNED_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&record[..SIGNED_BYTES])
        .update(&record[HEAD_BYTES..]);
    let mut digest = [0; HEAD_BYTES - SIGNED_BYTES];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

/// A whole record.
struct Record<'a> {
    lap: &'a [u8],
    number: u64,
    rows: &'a [u8],
}

impl<'a> Record<'a> {
    /// The whole record at the beginning of `bytes`, and what is behind it.
    fn first_of(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (record, is_whole, behind) = Self::at(bytes)?;
        is_whole.then_some((record, behind))
    }

    /// What looks like a record at the beginning of `bytes`, whether it is whole, and what is behind it.
    fn at(bytes: &'a [u8]) -> Option<(Self, bool, &'a [u8])> {
        let head = bytes.get(..HEAD_BYTES)?;
        let (lap, rest) = head.strip_prefix(&MAGIC)?.split_at(LAP_BYTES);
        let number = u64::from_be_bytes(*rest.first_chunk()?);
        let length = u32::from_be_bytes(*rest[8..].first_chunk()?);
        let end = HEAD_BYTES.checked_add(usize::try_from(length).ok()?)?;
        let record = bytes.get(..end)?;
        let rows = &record[HEAD_BYTES..];
        let is_whole = digest(record) == head[SIGNED_BYTES..];
        Some((Self { lap, number, rows }, is_whole, &bytes[end..]))
    }
}

fn decode(mut rows: &[u8]) -> Result<Batch, DbError> {
    let mut batch = Batch::default();
    while !rows.is_empty() {
        let (key, value, rest) =
            row(rows).ok_or_else(|| DbError::damaged("a noted change has another form"))?;
        match value {
            Some(value) => batch.insert(key, value),
            None => batch.remove(key),
        }
        rows = rest;
    }
    Ok(batch)
}

/// A key, its value unless it is removed, and what is behind.
type Row<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8]);

fn row(bytes: &[u8]) -> Option<Row<'_>> {
    let (length, rest) = bytes.split_first()?;
    let (key, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, rest) = rest.split_first_chunk()?;
    match u16::from_be_bytes(*length) {
        REMOVED => Some((key, None, rest)),
        length => {
            let (value, rest) = rest.split_at_checked(usize::from(length))?;
            Some((key, Some(value), rest))
        }
    }
}
