//! What a node knows of its own backup: packs and where their shards lie, snapshots, what guardians hold.
//!
//! Nothing here is in any log, and all of it is small: it says what was *done*, so that a node that was killed goes on
//! where it was. Keys are `namespace ‖ kind ‖ identity ‖ rest`.

mod changes;
mod news;
mod reading;

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::codec::Bytes;
use hearth_protocol::entry::{EntryId, LogKey, LogNumber};

pub(crate) use changes::BackupChanges;

use super::rows::{Handle, namespace};
use super::views::{BACKUP_HEADS, BACKUP_SETTINGS, view_key};

const STATE: u8 = 64;
const PACKS: u8 = 65;
const NEXT_CODINGS: u8 = 66;
const COVERED: u8 = 67;
const SNAPSHOTS: u8 = 68;
const HEADS: u8 = 69;
const GUARDIANS: u8 = 70;
const PAGES: u8 = 71;
const HELD: u8 = 72;
const ROOT: u8 = 73;
const DROPS: u8 = 74;
const FOLDERS: u8 = 75;
const PAGES_OF_SNAPSHOTS: u8 = 76;
const SEALING: u8 = 77;

const ROW_BYTES_MAX: usize = 3072;
/// A piece of the sealed root.
const PIECE_BYTES: usize = 3000;
/// Shards that one pack may have: their names fit a row.
pub(crate) const SHARDS_MAX: usize = 64;

/// A pack that was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackRow {
    /// Its number among this account's packs.
    pub(crate) number: u64,
    /// Whether it holds log segments rather than objects.
    pub(crate) is_logs: bool,
    /// Of the key that it is sealed under.
    pub(crate) generation: u32,
    /// BLAKE3 of the sealed bytes.
    pub(crate) id: [u8; 32],
    /// The sealed length.
    pub(crate) bytes: u32,
    /// What is in it, without padding.
    pub(crate) payload_bytes: u32,
    /// The first snapshot that needs it, ms since 1970.
    pub(crate) born_ms: u64,
    /// The first snapshot that needs it no more.
    pub(crate) retired_ms: Option<u64>,
    /// How it lies with guardians: what the manifest says.
    pub(crate) coding: Coding,
}

/// A code, and which of its shards are where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Coding {
    /// Shards that are needed; 0 before anything was decided.
    pub(crate) k: u8,
    /// The shards that a guardian confirmed.
    pub(crate) shards: Vec<Placed>,
}

/// A shard that a guardian confirmed to hold durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Which of the code's shards.
    pub(crate) index: u16,
    /// Who holds it, by the number of their row.
    pub(crate) guardian: u16,
    /// BLAKE3 of its bytes.
    pub(crate) id: [u8; 32],
}

/// A moment that can be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotRow {
    /// When it was fixed, ms since 1970; no two have the same.
    pub(crate) time_ms: u64,
    /// The newest root of it that went out; 0 before any did.
    pub(crate) root_number: u64,
    /// That root's id.
    pub(crate) root_id: [u8; 32],
    /// Files in the drive then.
    pub(crate) files: u64,
    /// Bytes in them, and in the logs.
    pub(crate) bytes: u64,
    /// What was new since the snapshot before, in bytes.
    pub(crate) new_bytes: u64,
    /// What went to guardians for it.
    pub(crate) sent_bytes: u64,
    /// The statements that were known, as their digest.
    pub(crate) statements: [u8; 32],
    /// Whether every shard of it was once where it should be.
    pub(crate) is_complete: bool,
}

/// Somebody who holds or held something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GuardianRow {
    /// Who.
    pub(crate) identity: Identity,
    /// Their node's transport id, as of the last contact.
    pub(crate) peer: Vec<u8>,
    /// Where it was reached.
    pub(crate) addresses: Vec<String>,
}

/// A page of the manifest as it went out last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRow {
    /// BLAKE3 of the sealed bytes.
    pub(crate) id: [u8; 32],
    /// Of the key that it is sealed under.
    pub(crate) generation: u32,
    /// The sealed length.
    pub(crate) bytes: u32,
}

/// The newest root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RootRow {
    /// Its number: each root has one more than the one before.
    pub(crate) number: u64,
    /// The snapshot that it is of.
    pub(crate) time_ms: u64,
    /// Whether the social log names it.
    pub(crate) is_announced: bool,
    /// What it says, apart from its number: another root is made where this would be another.
    pub(crate) digest: [u8; 32],
    /// The sealed bytes.
    pub(crate) bytes: Vec<u8>,
}

/// What a folder was given last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FolderRow {
    /// The root.
    pub(crate) root_id: [u8; 32],
    /// What it says, apart from its number.
    pub(crate) digest: [u8; 32],
}

/// Something that a guardian holds and no snapshot needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Drop {
    /// Who holds it.
    pub(crate) guardian: u16,
    /// Its id.
    pub(crate) id: [u8; 32],
    /// The first root that doesn't name it any more: it must be with guardians before this is let go.
    pub(crate) since_root: u64,
}

/// What no pack holds yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// Entries, ascending in each log.
    pub(crate) ranges: Vec<(LogKey, u64, u64)>,
    /// The newest entry of each log.
    pub(crate) heads: Vec<(LogOf, u64, EntryId)>,
    /// The statements, encoded.
    pub(crate) statements: Vec<Vec<u8>>,
    /// Their digest.
    pub(crate) digest: [u8; 32],
    /// Whether any of it is more than the word on where the backup is.
    pub(crate) is_worth_it: bool,
}

/// A log's place in the account's: device and number.
pub(crate) type LogOf = (DeviceId, LogNumber);

/// (version, highest root number used)
type StateRow = (u8, u64);
/// (generation, digest of the cuts that were known when it began)
pub(super) type SealingRow = (u32, Bytes<32>);
type ShardTuple = (u16, u16, Bytes<32>);
/// (is logs, generation, id, bytes, payload, born, retired or 0, k, shards)
type PackTuple = (
    bool,
    u32,
    Bytes<32>,
    u32,
    u32,
    u64,
    u64,
    u8,
    Vec<ShardTuple>,
);
/// (root number, root id, files, bytes, new bytes, sent bytes, statements, complete)
type SnapshotTuple = (u64, Bytes<32>, u64, u64, u64, u64, Bytes<32>, bool);
/// (number, snapshot, announced, digest, length)
type RootTuple = (u64, u64, bool, Bytes<32>, u32);

fn key(kind: u8, identity: &Identity, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![namespace::BACKUP, kind];
    key.extend_from_slice(identity.as_bytes());
    rest.iter().for_each(|part| key.extend_from_slice(part));
    key
}

fn tail<const N: usize>(key: &[u8]) -> [u8; N] {
    key.last_chunk().copied().unwrap_or([0; N])
}

fn shard_tuples(coding: &Coding) -> Vec<ShardTuple> {
    let shards = coding.shards.iter().take(SHARDS_MAX);
    shards
        .map(|placed| (placed.index, placed.guardian, Bytes(placed.id)))
        .collect()
}

fn coding(k: u8, shards: Vec<ShardTuple>) -> Coding {
    let shards = shards.into_iter().map(|(index, guardian, id)| Placed {
        index,
        guardian,
        id: id.0,
    });
    Coding {
        k,
        shards: shards.collect(),
    }
}

fn log_key(identity: &Identity, kind: u8, (device, log): &LogOf) -> Vec<u8> {
    key(
        kind,
        identity,
        &[device.as_bytes(), &log.number().to_be_bytes()],
    )
}

fn log_of(bytes: &[u8]) -> Option<LogOf> {
    let (device, number) = bytes.split_first_chunk::<32>()?;
    let number = u64::from_be_bytes(*number.first_chunk()?);
    Some((DeviceId::from_bytes(*device), LogNumber::new(number)?))
}

/// (root number, entry's id)
pub(super) type HeadRow = (u64, Bytes<32>);

/// The view row of the newest root that an author's social log names.
pub(super) fn head_key(author: Handle) -> Vec<u8> {
    view_key(BACKUP_HEADS, &author.to_be_bytes())
}

/// (time, id, survive, bytes per second)
pub(super) type SettingsRow = (u64, Bytes<32>, Option<u16>, Option<u64>);

/// The view row of the newest settings of an author.
pub(super) fn settings_key(author: Handle) -> Vec<u8> {
    view_key(BACKUP_SETTINGS, &author.to_be_bytes())
}
