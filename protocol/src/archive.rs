//! Exported logs: a file that anybody can check without a node.
//!
//! ```text
//! "HEARTHLOG" ‖ 01, then items: length (u32, big-endian) ‖ [kind, payload]
//! 1, first: the identity's root statements
//! 2: a run with the deletes for bodies missing in it
//! 3, last: how many runs there were, and how many entries in them
//! ```
//!
//! The last item is what tells a whole file from one that was cut off between two items.

use crate::bounds::{MESSAGE_BYTES_MAX, STATEMENTS_MAX};
use crate::codec::{Blob, DecodeError, decode, encode};
use crate::entry::{LoneEntry, LoneEntryTuple};
use crate::run::{Run, RunTuple};

/// What a file begins with; the last byte is the version.
pub const MAGIC: &[u8; 10] = b"HEARTHLOG\x01";
/// An item is never longer.
pub const ITEM_BYTES_MAX: usize = MESSAGE_BYTES_MAX;

const STATEMENTS: u8 = 1;
const RUN: u8 = 2;
const END: u8 = 3;

/// How much a file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Its runs.
    pub runs: u64,
    /// The entries in them.
    pub entries: u64,
}

impl Counts {
    /// Counts a run that was written or read.
    pub fn add(&mut self, run: &Run) {
        self.runs += 1;
        self.entries += run.items.len() as u64;
    }
}

/// An item with its length before it.
fn framed(kind: u8, payload: Vec<u8>) -> Vec<u8> {
    let item = encode(&(kind, Blob(payload)));
    let length =
        u32::try_from(item.len()).expect("items are bounded by what runs and statements are");
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(&item);
    bytes
}

/// The first item.
pub fn statements_item(statements: &[Vec<u8>]) -> Vec<u8> {
    let blobs: Vec<Blob> = statements.iter().cloned().map(Blob).collect();
    framed(STATEMENTS, encode(&blobs))
}

/// An item with a run.
pub fn run_item(run: &Run, tombstones: &[LoneEntry]) -> Vec<u8> {
    framed(RUN, encode(&run_pair_tuple(run, tombstones)))
}

/// (run, deletes for bodies missing in it)
pub(crate) type RunPairTuple = (RunTuple, Vec<LoneEntryTuple>);

pub(crate) fn run_pair_tuple(run: &Run, tombstones: &[LoneEntry]) -> RunPairTuple {
    let tombstones = tombstones.iter().map(LoneEntry::to_tuple).collect();
    (run.to_tuple(), tombstones)
}

pub(crate) fn run_pair(
    (run, tombstones): RunPairTuple,
) -> Result<(Run, Vec<LoneEntry>), DecodeError> {
    let tombstones = tombstones
        .into_iter()
        .map(LoneEntry::from_tuple)
        .collect::<Result<_, _>>()?;
    Ok((Run::from_tuple(run)?, tombstones))
}

/// The last item; `counts` are those of all runs before it.
pub fn end_item(counts: Counts) -> Vec<u8> {
    framed(END, encode(&(counts.runs, counts.entries)))
}

/// A file, read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The identity's root statements, encoded; none of them is checked.
    pub statements: Vec<Vec<u8>>,
    /// The runs with the deletes for bodies missing in them; nothing is checked but their shape.
    pub runs: Vec<(Run, Vec<LoneEntry>)>,
}

/// Why bytes are no export file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It begins otherwise, or is of a version that this program doesn't know.
    #[error("not an exported log, or one of a newer version")]
    Magic,
    /// It ends before its last item does, or holds less or more than that item counts.
    #[error("the export is cut off")]
    CutOff,
    /// An item is of a kind that this program doesn't know.
    #[error("an item of kind {0}, which is newer than this program")]
    Kind(u8),
    /// The statements don't come first, or come again.
    #[error("the statements must come first, and once")]
    Order,
    /// Something follows the last item.
    #[error("something follows the end")]
    AfterEnd,
    /// An item doesn't decode, or is too long.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl Archive {
    /// Reads a file that is at hand as a whole. A large one is better read item by item, with a [`Reader`].
    pub fn from_bytes(file: &[u8]) -> Result<Self, ArchiveError> {
        let mut rest = file.strip_prefix(MAGIC).ok_or(ArchiveError::Magic)?;
        let mut archive = Self {
            statements: Vec::new(),
            runs: Vec::new(),
        };
        let mut reader = Reader::default();
        loop {
            match reader.read(next_item(&mut rest)?)? {
                Item::Statements(statements) => archive.statements = statements,
                Item::Run(run, tombstones) => archive.runs.push((run, tombstones)),
                Item::End if rest.is_empty() => return Ok(archive),
                Item::End => return Err(ArchiveError::AfterEnd),
            }
        }
    }
}

/// Takes an item off the front of a file's rest.
fn next_item<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], ArchiveError> {
    let (length, after) = rest.split_first_chunk().ok_or(ArchiveError::CutOff)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let limit = ITEM_BYTES_MAX;
    if length > limit {
        return Err(DecodeError::TooLong { length, limit }.into());
    }
    let (item, after) = after.split_at_checked(length).ok_or(ArchiveError::CutOff)?;
    *rest = after;
    Ok(item)
}

/// What an item holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The identity's root statements, encoded; none of them is checked.
    Statements(Vec<Vec<u8>>),
    /// A run with the deletes for bodies missing in it; nothing is checked but their shape.
    Run(Run, Vec<LoneEntry>),
    /// The end. The file is whole if nothing follows.
    End,
}

/// Reads a file's items one after the other, holding their order and their number against what a file must be.
///
/// Whoever drives it reads items until [`Item::End`] and then makes sure that the file ends there.
#[derive(Debug, Default)]
pub struct Reader {
    stage: Stage,
    counts: Counts,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Statements,
    Runs,
    Ended,
}

impl Reader {
    /// Reads the next item, given without its length.
    pub fn read(&mut self, item: &[u8]) -> Result<Item, ArchiveError> {
        if matches!(self.stage, Stage::Ended) {
            return Err(ArchiveError::AfterEnd);
        }
        let (kind, Blob(payload)): (u8, Blob) = decode(item, ITEM_BYTES_MAX)?;
        match (kind, &self.stage) {
            (STATEMENTS, Stage::Statements) => {
                self.stage = Stage::Runs;
                Ok(Item::Statements(read_statements(&payload)?))
            }
            (RUN, Stage::Runs) => {
                let (run, tombstones) = read_run(&payload)?;
                self.counts.add(&run);
                Ok(Item::Run(run, tombstones))
            }
            (END, Stage::Runs) => {
                self.stage = Stage::Ended;
                if read_end(&payload)? == self.counts {
                    Ok(Item::End)
                } else {
                    Err(ArchiveError::CutOff)
                }
            }
            (STATEMENTS | RUN | END, _) => Err(ArchiveError::Order),
            (newer, _) => Err(ArchiveError::Kind(newer)),
        }
    }
}

fn read_statements(payload: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
    let blobs: Vec<Blob> = decode(payload, ITEM_BYTES_MAX)?;
    if blobs.len() > STATEMENTS_MAX {
        return Err(DecodeError::Invalid("too many statements"));
    }
    Ok(blobs.into_iter().map(|blob| blob.0).collect())
}

fn read_run(payload: &[u8]) -> Result<(Run, Vec<LoneEntry>), DecodeError> {
    run_pair(decode(payload, ITEM_BYTES_MAX)?)
}

fn read_end(payload: &[u8]) -> Result<Counts, DecodeError> {
    let (runs, entries) = decode(payload, ITEM_BYTES_MAX)?;
    Ok(Counts { runs, entries })
}
