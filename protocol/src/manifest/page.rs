//! Pages: which packs there are, and where their shards lie.

use hearth_keys::Label;
use serde::{Deserialize, Serialize};

use crate::bounds::{
    BACKUP_NUMBER_MAX, GUARDIANS_MAX, PACK_BYTES_MAX, PAGE_BYTES_MAX, PAGE_PACKS_MAX,
    SHARD_INDEX_MAX, SHARDS_PER_PACK_MAX,
};
use crate::codec::{Bytes, DecodeError, decode, encode};
use crate::content_id::content_id;
use crate::erasure::{Code, ShardId};
use crate::pack::{BackupKey, PackId};

use super::{ManifestError, pad, unpad, versioned};

/// The version that this program writes.
const VERSION: u8 = 1;

content_id!(
    /// Names a page: BLAKE3 of its sealed bytes.
    PageId
);

/// What a pack holds, which decides when restore asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackKind {
    /// Objects.
    Data,
    /// Segments of logs: asked for first.
    Logs,
    /// Something newer than this program. It is carried along.
    Newer(u8),
}

impl PackKind {
    /// The number that stands for it.
    pub const fn number(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::Logs => 2,
            Self::Newer(number) => number,
        }
    }

    /// What a number stands for.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Data,
            2 => Self::Logs,
            newer => Self::Newer(newer),
        }
    }
}

/// A shard and who keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardEntry {
    /// Its index in the pack's code.
    pub index: u16,
    /// The guardian's slot in the [root](super::Root).
    pub guardian: u16,
    /// Its name.
    pub id: ShardId,
}

/// A pack, how it is coded, and where its shards lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackEntry {
    /// The device's count of packs.
    pub number: u64,
    /// What it holds.
    pub kind: PackKind,
    /// Which backup key opens it.
    pub generation: u32,
    /// The sealed pack's name.
    pub id: PackId,
    /// The sealed pack's length.
    pub bytes: u32,
    /// How it is coded.
    pub code: Code,
    /// Its shards, ascending by index, each index once.
    pub shards: Vec<ShardEntry>,
}

/// Up to 256 packs, by ascending number; all of one [`page_number`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The packs that are there. Numbers may be missing: packs that were merged or held nothing any longer.
    pub packs: Vec<PackEntry>,
}

/// The page on which a pack is found.
pub const fn page_number(pack: u64) -> u64 {
    pack / PAGE_PACKS_MAX as u64
}

/// (index, guardian's slot, id)
type ShardTuple = (u16, u16, Bytes<32>);

/// (number, kind, generation, id, length, k, shards)
#[derive(Serialize, Deserialize)]
struct PackTuple(u64, u8, u32, Bytes<32>, u32, u8, Vec<ShardTuple>);

impl Page {
    /// Seals a page. The same page under the same key gives the same bytes.
    pub fn seal(&self, key: &BackupKey) -> Result<Vec<u8>, ManifestError> {
        check_order(&self.packs)?;
        let packs: Vec<PackTuple> = self.packs.iter().map(to_tuple).collect();
        let padded = pad(&encode(&packs))?;
        let mut sealed = vec![VERSION];
        key.blob_key(Label::MANIFEST)
            .seal_onto(&padded, &mut sealed);
        Ok(sealed)
    }

    /// Opens a page and checks every bound.
    pub fn open(key: &BackupKey, sealed: &[u8]) -> Result<Self, ManifestError> {
        let (length, limit) = (sealed.len(), PAGE_BYTES_MAX);
        if length > limit {
            return Err(DecodeError::TooLong { length, limit }.into());
        }
        let blob = versioned(sealed, VERSION)?;
        let padded = key.blob_key(Label::MANIFEST).open(blob)?;
        Ok(Self::from_content(unpad(&padded)?)?)
    }

    fn from_content(content: &[u8]) -> Result<Self, DecodeError> {
        let packs: Vec<PackTuple> = decode(content, PAGE_BYTES_MAX)?;
        let packs: Vec<PackEntry> = packs
            .into_iter()
            .map(from_tuple)
            .collect::<Result<_, _>>()?;
        check_order(&packs)?;
        Ok(Self { packs })
    }
}

fn to_tuple(pack: &PackEntry) -> PackTuple {
    let shard = |shard: &ShardEntry| (shard.index, shard.guardian, Bytes(*shard.id.as_bytes()));
    PackTuple(
        pack.number,
        pack.kind.number(),
        pack.generation,
        Bytes(*pack.id.as_bytes()),
        pack.bytes,
        pack.code.k(),
        pack.shards.iter().map(shard).collect(),
    )
}

fn from_tuple(tuple: PackTuple) -> Result<PackEntry, DecodeError> {
    let PackTuple(number, kind, generation, id, bytes, k, shards) = tuple;
    let shards = shards.into_iter().map(|(index, guardian, id)| ShardEntry {
        index,
        guardian,
        id: ShardId::from_bytes(id.0),
    });
    Ok(PackEntry {
        number,
        kind: PackKind::from_number(kind),
        generation,
        id: PackId::from_bytes(id.0),
        bytes,
        code: Code::new(k)
            .map_err(|_| DecodeError::Invalid("no pack is cut into that many pieces"))?,
        shards: shards.collect(),
    })
}

/// What a page promises beyond its shape.
fn check_order(packs: &[PackEntry]) -> Result<(), DecodeError> {
    let one_page = packs
        .first()
        .zip(packs.last())
        .is_none_or(|(first, last)| page_number(first.number) == page_number(last.number));
    if !one_page || !packs.is_sorted_by(|a, b| a.number < b.number) {
        return Err(DecodeError::Invalid(
            "a page's packs ascend, each once, within 256 numbers",
        ));
    }
    packs.iter().try_for_each(check_pack)
}

fn check_pack(pack: &PackEntry) -> Result<(), DecodeError> {
    let shard = |shard: &ShardEntry| {
        shard.index <= SHARD_INDEX_MAX && usize::from(shard.guardian) < GUARDIANS_MAX
    };
    let rules = [
        (
            pack.number <= BACKUP_NUMBER_MAX,
            "a pack's number is out of bounds",
        ),
        (
            (1..=PACK_BYTES_MAX).contains(&(pack.bytes as usize)),
            "a pack's length is out of bounds",
        ),
        (
            pack.shards.len() <= SHARDS_PER_PACK_MAX && pack.shards.iter().all(shard),
            "a pack's shards are out of bounds",
        ),
        (
            pack.shards.is_sorted_by(|a, b| a.index < b.index),
            "a pack's shards ascend, each once",
        ),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        Some((_, rule)) => Err(DecodeError::Invalid(rule)),
        None => Ok(()),
    }
}
