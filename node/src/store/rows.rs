//! How what is kept becomes rows: keys, runs of entries, and bodies too long for a run.
//!
//! Keys sort an author's entries together: `namespace ‖ log handle ‖ sequence`, big-endian.

use hearth_keys::Signature;
use hearth_protocol::body::is_lasting;
use hearth_protocol::codec::{BlobOr, Bytes, DecodeError, decode_trusted, encode};
use hearth_protocol::entry::{Entry, EntryId, Header, LogKey, Place};
use serde::{Deserialize, Serialize};

use super::batch::VALUE_BYTES_MAX;

/// The rows' version.
pub(crate) const STORE_VERSION: u32 = 1;

/// Namespaces of the database.
pub(crate) mod namespace {
    /// Identities by handle.
    pub(crate) const IDENTITIES: u8 = 1;
    /// Logs by handle.
    pub(crate) const LOGS: u8 = 2;
    /// Ranges held of each log.
    pub(crate) const RANGES: u8 = 3;
    /// Runs of entries.
    pub(crate) const RUNS: u8 = 4;
    /// Pieces of bodies that are too long for a run.
    pub(crate) const BODIES: u8 = 5;
    /// Root statements.
    pub(crate) const STATEMENTS: u8 = 6;
    /// The deletes that stand for missing bodies.
    pub(crate) const TOMBSTONES: u8 = 7;
    /// Fork proofs.
    pub(crate) const FORKS: u8 = 8;
    /// All that is rebuilt from the logs.
    pub(crate) const VIEWS: u8 = 9;
    /// Peers, and who follows whom here.
    pub(crate) const CONTACTS: u8 = 10;
    /// What the store is in the middle of.
    pub(crate) const UNFINISHED: u8 = 11;
    /// Which logs an account's device writes since the store was begun anew.
    pub(crate) const BEGINNINGS: u8 = 12;
    /// Guardians of the account here, and owners whose pledges end.
    pub(crate) const GUARDED: u8 = 15;
    /// Pack files, and what lies in them.
    pub(crate) const OBJECTS: u8 = 13;
    /// What lies with guardians, and who they are.
    pub(crate) const BACKUP: u8 = 14;
    /// When something to be told came, where that was late.
    pub(crate) const NOTED: u8 = 24;
    /// Letters: knocks, answers that wait for a way, and what is kept for friends.
    pub(crate) const LETTERS: u8 = 18;
}

/// A body up to this length lies in its run.
const INLINE_BODY_BYTES_MAX: usize = 1024;
/// A piece of a longer one.
const PIECE_BYTES: usize = 3000;
/// A run's row stays below this, so that the longest inline item still fits.
pub(crate) const RUN_ROW_BYTES_MAX: usize = VALUE_BYTES_MAX - 64;
/// A log's handle in keys.
pub(crate) type Handle = u32;

/// A key: namespace, handle, number.
pub(crate) fn key(namespace: u8, handle: Handle, number: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(14);
    key.push(namespace);
    key.extend_from_slice(&handle.to_be_bytes());
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// All keys of a handle in a namespace.
pub(crate) fn handle_prefix(namespace: u8, handle: Handle) -> Vec<u8> {
    let mut key = vec![namespace];
    key.extend_from_slice(&handle.to_be_bytes());
    key
}

/// The number at the end of a key.
pub(crate) fn number_of(key: &[u8]) -> u64 {
    key.last_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The key of a piece of a long body.
pub(crate) fn piece_key(handle: Handle, seq: u64, piece: u8) -> Vec<u8> {
    let mut key = key(namespace::BODIES, handle, seq);
    key.push(piece);
    key
}

/// A long body's pieces, with their numbers.
pub(crate) fn pieces(body: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    (0u8..).zip(body.chunks(PIECE_BYTES))
}

/// Whether a body lies apart from its run.
pub(crate) fn lies_apart(body: &[u8]) -> bool {
    body.len() > INLINE_BODY_BYTES_MAX
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptItem {
    /// The claimed time.
    pub(crate) time_ms: u64,
    /// The signature.
    pub(crate) signature: Signature,
    /// The body, or where it went.
    pub(crate) body: KeptBody,
    /// Where it sorts, if that isn't `time_ms << 16`.
    pub(crate) local_id: Option<u64>,
}

/// A body as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeptBody {
    /// In the run.
    Inline(Vec<u8>),
    /// In pieces of its own.
    Apart {
        /// BLAKE3 of it.
        hash: [u8; 32],
        /// Its length.
        bytes: u32,
        /// Whether it stays whatever deletes name it, which the entry's header says.
        lasts: bool,
    },
    /// Deleted; a lasting one never is.
    Gone {
        /// BLAKE3 of what it was.
        hash: [u8; 32],
        /// Its length.
        bytes: u32,
    },
}

/// Neighbouring entries in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptRun {
    /// The id of the entry before the first.
    pub(crate) previous: EntryId,
    /// The entries.
    pub(crate) items: Vec<KeptItem>,
}

/// (time, signature, body or (hash, length, where it went), local id or 0)
type ItemTuple = (u64, Bytes<64>, BlobOr<(Bytes<32>, u32, u8)>, u64);

/// Where a body went.
const GONE: u8 = 0;
const APART: u8 = 1;
const LASTING_APART: u8 = 2;

#[derive(Serialize, Deserialize)]
struct RunTuple(Bytes<32>, Vec<ItemTuple>);

impl KeptItem {
    /// An upper bound of what it adds to a row.
    pub(crate) fn row_bytes(&self) -> usize {
        let body = match &self.body {
            KeptBody::Inline(body) => body.len() + 3,
            _ => 42,
        };
        9 + 66 + body + 9 + 1
    }

    fn header(&self, place: Place, previous: EntryId) -> Header {
        let (body_hash, body_bytes, lasts) = match &self.body {
            KeptBody::Inline(body) => {
                let bytes = u32::try_from(body.len()).expect("an inline body is short");
                (*blake3::hash(body).as_bytes(), bytes, is_lasting(body))
            }
            KeptBody::Apart { hash, bytes, lasts } => (*hash, *bytes, *lasts),
            KeptBody::Gone { hash, bytes } => (*hash, *bytes, false),
        };
        Header {
            place,
            previous,
            time_ms: self.time_ms,
            body_hash,
            body_bytes,
            lasts,
        }
    }
}

fn kept_body(body: BlobOr<(Bytes<32>, u32, u8)>) -> Result<KeptBody, DecodeError> {
    let (hash, bytes, kind) = match body {
        BlobOr::Blob(body) => return Ok(KeptBody::Inline(body)),
        BlobOr::Other((hash, bytes, kind)) => (hash.0, bytes, kind),
    };
    match kind {
        GONE => Ok(KeptBody::Gone { hash, bytes }),
        APART | LASTING_APART => {
            let lasts = kind == LASTING_APART;
            Ok(KeptBody::Apart { hash, bytes, lasts })
        }
        other => Err(DecodeError::Version(other.into())),
    }
}

impl KeptRun {
    /// An upper bound of the row's length.
    pub(crate) fn row_bytes(&self) -> usize {
        40 + self.items.iter().map(KeptItem::row_bytes).sum::<usize>()
    }

    pub(crate) fn to_row(&self) -> Vec<u8> {
        let items = self.items.iter().map(|item| {
            let body = match &item.body {
                KeptBody::Inline(body) => BlobOr::Blob(body.clone()),
                KeptBody::Apart { hash, bytes, lasts } => {
                    let kind = if *lasts { LASTING_APART } else { APART };
                    BlobOr::Other((Bytes(*hash), *bytes, kind))
                }
                KeptBody::Gone { hash, bytes } => BlobOr::Other((Bytes(*hash), *bytes, GONE)),
            };
            (
                item.time_ms,
                Bytes(*item.signature.as_bytes()),
                body,
                item.local_id.unwrap_or(0),
            )
        });
        encode(&RunTuple(Bytes(*self.previous.as_bytes()), items.collect()))
    }

    pub(crate) fn from_row(row: &[u8]) -> Result<Self, DecodeError> {
        let RunTuple(previous, items) = decode_trusted(row, VALUE_BYTES_MAX)?;
        let items = items
            .into_iter()
            .map(|(time_ms, signature, body, local_id)| {
                Ok(KeptItem {
                    time_ms,
                    signature: Signature::from_bytes(signature.0),
                    body: kept_body(body)?,
                    local_id: (local_id != 0).then_some(local_id),
                })
            });
        Ok(Self {
            previous: EntryId::from_bytes(previous.0),
            items: items.collect::<Result<_, _>>()?,
        })
    }

    /// The entries that these items are, the first at `first_seq`.
    pub(crate) fn entries(
        &self,
        log: LogKey,
        first_seq: u64,
    ) -> impl Iterator<Item = (Entry, &KeptItem)> {
        let mut previous = self.previous;
        self.items.iter().zip(first_seq..).map(move |(item, seq)| {
            let header = item.header(Place { log, seq }, previous);
            let entry = Entry::new(header, item.signature);
            previous = entry.id();
            (entry, item)
        })
    }
}
