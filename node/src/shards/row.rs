//! What is known of a shard, and its form in rows.

use hearth_keys::Identity;
use hearth_protocol::codec::{Blob, Bytes, decode, encode};

use super::{SHARD_BYTES_MAX, ShardsError, TICKET_BYTES_MAX};
use crate::store::batch::VALUE_BYTES_MAX;

const VERSION: u8 = 1;
/// What a piece counts for.
const PIECE_ON_DISK_BYTES: u64 = 4 << 10;
/// Shards of this kind are backup roots.
pub(super) const ROOT_KIND: u8 = 3;

/// What somebody asks to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShardRow {
    pub(crate) owner: Identity,
    /// BLAKE3 of the bytes.
    pub(crate) id: [u8; 32],
    /// 1 shard, 2 page, 3 root.
    pub(crate) kind: u8,
    /// Of the pack, the page or the root.
    pub(crate) number: u64,
    /// Of the owner's backup keys.
    pub(crate) generation: u32,
    /// What the owner signed, as it came.
    pub(crate) ticket: Vec<u8>,
    pub(crate) now_ms: u64,
}

impl ShardRow {
    /// Checks lengths, and that `bytes` are the ones that are meant.
    pub(super) fn check(&self, bytes: &[u8]) -> Result<(), ShardsError> {
        for (what, bytes, bytes_max) in [
            ("a shard", bytes.len(), SHARD_BYTES_MAX),
            ("a ticket", self.ticket.len(), TICKET_BYTES_MAX),
        ] {
            if bytes > bytes_max {
                return Err(ShardsError::TooLarge {
                    what,
                    bytes,
                    bytes_max,
                });
            }
        }
        if bytes.is_empty() || *blake3::hash(bytes).as_bytes() != self.id {
            return Err(ShardsError::Mismatch);
        }
        Ok(())
    }
}

/// What a piece takes besides its bytes, and a note besides its ticket.
const PIECE_EXTRA_BYTES: u64 = 64;
const NOTE_EXTRA_BYTES: u64 = 640;
/// What the rows take that say what a shard is and where it lies.
const ROWS_BYTES: u64 = 1 << 10;

/// What a shard with so many bytes counts for in its owner's quota: no less than it takes on the disk, of which a byte alone
/// takes a piece and its rows.
pub(crate) fn charged_bytes(bytes: u32) -> u64 {
    let pieces = crate::store::bulk::pieces(bytes as usize);
    u64::from(pieces) * PIECE_ON_DISK_BYTES + ROWS_BYTES
}

/// About what a shard takes in a database that holds little else.
pub(super) fn disk_bytes(info: &ShardInfo) -> u64 {
    let pieces = u64::from(crate::store::bulk::pieces(info.bytes as usize));
    u64::from(info.bytes) + pieces * PIECE_EXTRA_BYTES + NOTE_EXTRA_BYTES + info.ticket.len() as u64
}

/// What is known of a shard that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShardInfo {
    pub(crate) owner: Identity,
    pub(crate) id: [u8; 32],
    pub(crate) bytes: u32,
    pub(crate) kind: u8,
    pub(crate) number: u64,
    pub(crate) generation: u32,
    pub(crate) ticket: Vec<u8>,
    /// When it was first put here.
    pub(crate) put_ms: u64,
}

/// Where a shard's bytes lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Number of the database.
    pub(super) database: u32,
    /// Number of its first piece there.
    pub(super) first: u32,
}

/// What the index says of a shard, and a database's note of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) info: ShardInfo,
    pub(super) place: Place,
}

/// (version, owner, id, bytes, kind, number, generation, ticket, put, database, first piece)
type KeptTuple = (
    u8,
    Bytes<32>,
    Bytes<32>,
    u32,
    u8,
    u64,
    u32,
    Blob,
    u64,
    u32,
    u32,
);

impl Kept {
    pub(super) fn new(row: &ShardRow, bytes: u32, place: Place) -> Kept {
        Kept {
            info: ShardInfo {
                owner: row.owner,
                id: row.id,
                bytes,
                kind: row.kind,
                number: row.number,
                generation: row.generation,
                ticket: row.ticket.clone(),
                put_ms: row.now_ms,
            },
            place,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let tuple: KeptTuple = (
            VERSION,
            Bytes(*self.info.owner.as_bytes()),
            Bytes(self.info.id),
            self.info.bytes,
            self.info.kind,
            self.info.number,
            self.info.generation,
            Blob(self.info.ticket.clone()),
            self.info.put_ms,
            self.place.database,
            self.place.first,
        );
        encode(&tuple)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Kept> {
        let tuple: KeptTuple = decode(bytes, VALUE_BYTES_MAX).ok()?;
        let (version, owner, id, bytes, kind, number, generation, ticket, put_ms, database, first) =
            tuple;
        (version == VERSION).then(|| Kept {
            info: ShardInfo {
                owner: Identity::from_bytes(owner.0),
                id: id.0,
                bytes,
                kind,
                number,
                generation,
                ticket: ticket.0,
                put_ms,
            },
            place: Place { database, first },
        })
    }
}

impl Kept {
    /// How many pieces it has.
    pub(super) fn pieces(&self) -> u32 {
        crate::store::bulk::pieces(self.info.bytes as usize)
    }
}
