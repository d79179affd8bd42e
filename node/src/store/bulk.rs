//! A database directory for a lot of bytes: numbered *pieces*, which are written once and never changed, and *notes* that say
//! what they are. Small rows that change belong into [`Db`](super::db::Db).
//!
//! sled writes a leaf anew with every tenth change, and once more when it is split: rows put one behind the other take 1.8
//! times their bytes, and are moved about. So leaves are made and split while their rows are still empty, some way ahead,
//! and filled then: each piece is written once, and stays where it is.

use std::cell::Cell;
use std::path::Path;

use super::engine::{Engine, Pair, has_broken_thread};
use super::error::DbError;

/// Bytes of a piece. With more, sled's cache outgrows its bounds.
pub(crate) const PIECE_BYTES: usize = 4096 - CHECK_BYTES;
/// Each piece has that much of its BLAKE3 before it.
const CHECK_BYTES: usize = 8;
/// Longest note.
pub(crate) const NOTE_BYTES_MAX: usize = 3072;

const NOTE: u8 = 1;
const PIECE: u8 = 2;
/// Empty rows beyond the last piece: a leaf is split when it has 17 rows, and this is done before there is anything in it.
const AHEAD: u32 = 20;

/// Pieces and notes. Calls block; use it from one thread.
#[derive(Debug)]
pub(crate) struct Bulk {
    engine: Engine,
    /// First number for which there is no row.
    laid: Cell<u32>,
}

impl Bulk {
    /// Begins one in `path`.
    ///
    /// # Errors
    /// [`DbError::Full`], [`DbError::Io`], and [`DbError::Damaged`] where something else is in the way.
    pub(crate) fn create(path: &Path) -> Result<Bulk, DbError> {
        Bulk::over(Engine::create_bare(path)?)
    }

    /// Opens what is in `path`.
    ///
    /// # Errors
    /// [`DbError::Damaged`], [`DbError::Full`], [`DbError::Io`].
    pub(crate) fn open(path: &Path) -> Result<Bulk, DbError> {
        Bulk::over(Engine::open(path)?)
    }

    fn over(engine: Engine) -> Result<Bulk, DbError> {
        let last = engine.rows(&[PIECE], Some(&[PIECE + 1])).next_back();
        let laid = match last.transpose()? {
            Some((key, _)) => number(&key)?
                .checked_add(1)
                .ok_or_else(|| DbError::damaged("a piece's number is too high"))?,
            None => 0,
        };
        Ok(Bulk {
            engine,
            laid: Cell::new(laid),
        })
    }

    /// A number from which on nothing was ever written.
    pub(crate) fn unused(&self) -> u32 {
        self.laid.get()
    }

    /// Writes `bytes` as pieces from `first` on, not yet durable; returns the number behind them.
    ///
    /// # Errors
    /// Anything: nothing may be written any more before it is opened anew.
    pub(crate) fn write(&self, first: u32, bytes: &[u8]) -> Result<u32, DbError> {
        check_usable()?;
        let pieces = pieces(bytes.len());
        let end = first
            .checked_add(pieces)
            .filter(|end| end.checked_add(AHEAD).is_some())
            .ok_or_else(|| DbError::damaged("its numbers are used up"))?;
        while self.laid.get() < end + AHEAD {
            self.engine.set(&key(PIECE, self.laid.get()), &[])?;
            self.laid.set(self.laid.get() + 1);
        }
        for (number, piece) in (first..end).zip(bytes.chunks(PIECE_BYTES)) {
            let mut value = Vec::with_capacity(CHECK_BYTES + piece.len());
            value.extend_from_slice(&check(number, piece));
            value.extend_from_slice(piece);
            self.engine.set_in_passing(&key(PIECE, number), &value)?;
        }
        Ok(end)
    }

    /// Piece `number`; `None` if it was never written, or lost in silence.
    ///
    /// # Errors
    /// [`DbError::Damaged`] if it isn't what was written, [`DbError::Io`].
    pub(crate) fn piece(&self, number: u32) -> Result<Option<Vec<u8>>, DbError> {
        let Some(mut value) = self.engine.value(&key(PIECE, number))? else {
            return Ok(None);
        };
        if value.is_empty() {
            return Ok(None);
        }
        let (said, piece) = value
            .split_at_checked(CHECK_BYTES)
            .ok_or_else(|| DbError::damaged("a piece is too short"))?;
        if said != check(number, piece) {
            return Err(DbError::damaged("a piece isn't what was written"));
        }
        value.drain(..CHECK_BYTES);
        Ok(Some(value))
    }

    /// Notes what the pieces from `number` on are, not yet durable.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) fn note(&self, number: u32, note: &[u8]) -> Result<(), DbError> {
        check_usable()?;
        if note.len() > NOTE_BYTES_MAX {
            return Err(DbError::TooLarge {
                what: "a note",
                bytes: note.len(),
                bytes_max: NOTE_BYTES_MAX,
            });
        }
        self.engine.set(&key(NOTE, number), note)
    }

    /// All notes in order.
    pub(crate) fn notes(&self) -> impl Iterator<Item = Result<(u32, Vec<u8>), DbError>> {
        let rows = self.engine.rows(&[NOTE], Some(&[NOTE + 1]));
        rows.map(|row: Result<Pair, DbError>| {
            let (key, note) = row?;
            Ok((number(&key)?, note))
        })
    }

    /// Everything written is on the disk when this returns.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) fn flush(&self) -> Result<(), DbError> {
        self.engine.flush()?;
        check_usable()
    }
}

/// How many pieces make `bytes`.
pub(crate) fn pieces(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(PIECE_BYTES)).unwrap_or(u32::MAX)
}

/// Whether the database's own threads are all there: without them nothing comes to the disk.
fn check_usable() -> Result<(), DbError> {
    if has_broken_thread() {
        Err(DbError::Poisoned)
    } else {
        Ok(())
    }
}

fn key(kind: u8, number: u32) -> [u8; 5] {
    let mut key = [kind; 5];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}

fn number(key: &[u8]) -> Result<u32, DbError> {
    let bytes = key.get(1..).and_then(|bytes| bytes.try_into().ok());
    bytes
        .map(u32::from_be_bytes)
        .ok_or_else(|| DbError::damaged("a key has another form"))
}

/// What tells a piece from another, and from what the disk made of it.
fn check(number: u32, piece: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_be_bytes()).update(piece);
    let mut check = [0; CHECK_BYTES];
    hasher.finalize_xof().fill(&mut check);
    check
}

/// What the database in `path` takes on disk.
///
/// # Errors
/// [`DbError::Io`].
pub(crate) fn size_on_disk(path: &Path) -> Result<u64, DbError> {
    super::engine::directory_bytes(path)
}
