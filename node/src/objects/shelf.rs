//! Which packs there are and what lies in them, in memory.

use std::collections::{BTreeMap, BTreeSet};

use hearth_protocol::pack::RECORD_HEAD_BYTES;

use super::held::Held;
use super::index::{Index, Spot};
use super::{ObjectId, PackKind};
use crate::store::objects::{Item, PackRow};

/// Damaged objects that are remembered; others are found to be so when they are read again.
const DAMAGED_MAX: usize = 100_000;

/// A pack as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pack {
    /// What lies in it.
    pub(super) kind: PackKind,
    /// How many bytes of records it has.
    pub(super) bytes: u32,
    /// How many of these are here: all, none, or what is left of a damaged file.
    pub(super) bytes_here: u32,
    /// How many records it has.
    pub(super) items: u32,
    /// How many objects are read from it.
    pub(super) objects: u32,
    /// Whether it takes no more, and all of it is durable.
    pub(super) is_closed: bool,
    /// Whether all of it is here.
    pub(super) is_here: bool,
}

impl Pack {
    pub(super) fn new(kind: PackKind) -> Self {
        Self {
            kind,
            bytes: 0,
            bytes_here: 0,
            items: 0,
            objects: 0,
            is_closed: false,
            is_here: true,
        }
    }

    pub(super) fn of_row(row: &PackRow, bytes_here: u32) -> Self {
        Self {
            bytes: row.bytes,
            bytes_here,
            items: row.items,
            is_closed: row.is_closed,
            is_here: row.is_here && bytes_here == row.bytes,
            ..Self::new(row.kind)
        }
    }
}

/// What is known of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It is here.
    Here(Spot),
    /// It was damaged when it was read.
    Damaged(u32),
    /// The pack that holds it isn't here, or not as far.
    Elsewhere(u32),
    /// Nothing.
    Unknown,
}

/// Packs and what lies in them.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) packs: BTreeMap<u32, Pack>,
    pub(super) held: Held,
    index: Index,
    damaged: BTreeSet<ObjectId>,
}

/// How long a record with so many bytes is.
pub(super) fn record_bytes(bytes: u32) -> u32 {
    let head = u32::try_from(RECORD_HEAD_BYTES).expect("a head is short");
    bytes.saturating_add(head)
}

impl Shelf {
    /// What is known of an object.
    pub(super) fn known(&self, id: &ObjectId) -> Known {
        let Some(spot) = self.index.spot(id) else {
            return Known::Unknown;
        };
        let pack = self.packs.get(&spot.pack);
        if self.damaged.contains(id) {
            Known::Damaged(spot.pack)
        } else if pack.is_some_and(|pack| spot.offset < pack.bytes_here) {
            Known::Here(spot)
        } else {
            Known::Elsewhere(spot.pack)
        }
    }

    /// How many objects are known.
    #[cfg(test)]
    pub(super) fn objects(&self) -> usize {
        self.index.len()
    }

    /// Puts `items`, which were written, at the end of a pack.
    pub(super) fn add(&mut self, number: u32, items: &[Item]) {
        let Some(pack) = self.packs.get_mut(&number) else {
            return;
        };
        let offset = pack.bytes;
        pack.bytes += items
            .iter()
            .map(|item| record_bytes(item.bytes))
            .sum::<u32>();
        pack.bytes_here = pack.bytes;
        pack.items += u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.place_all(number, items, offset);
    }

    /// Puts a pack there with all that lies in it.
    pub(super) fn insert(&mut self, number: u32, pack: Pack, items: &[Item]) {
        self.packs.insert(number, pack);
        self.place_all(number, items, 0);
    }

    /// Notes what is read from a pack, beginning at `offset`, unless something better has it too.
    fn place_all(&mut self, number: u32, items: &[Item], mut offset: u32) {
        let kind = self.packs.get(&number).map(|pack| pack.kind);
        if kind != Some(PackKind::Data) {
            return;
        }
        for item in items {
            let spot = Spot {
                pack: number,
                offset,
            };
            self.place(&ObjectId::from_bytes(item.id), spot);
            offset += record_bytes(item.bytes);
        }
    }

    fn place(&mut self, id: &ObjectId, spot: Spot) {
        let was = self.index.spot(id);
        if was.is_some_and(|was| self.rank(&was) > self.rank(&spot)) {
            // A damaged one may have been healed in the pack that it is read from.
            return;
        }
        self.damaged.remove(id);
        self.index.insert(id, spot);
        if let Some(pack) = was.and_then(|was| self.packs.get_mut(&was.pack)) {
            pack.objects = pack.objects.saturating_sub(1);
        }
        if let Some(pack) = self.packs.get_mut(&spot.pack) {
            pack.objects += 1;
        }
    }

    /// Of two places the one that is here is read, then the newer one.
    fn rank(&self, spot: &Spot) -> (bool, u32) {
        let pack = self.packs.get(&spot.pack);
        let is_here = pack.is_some_and(|pack| spot.offset < pack.bytes_here);
        (is_here, spot.pack)
    }

    /// Notes that an object can't be read, so that it is taken anew when somebody puts it.
    pub(super) fn note_damaged(&mut self, id: &ObjectId, pack: u32) {
        let is_read_there = self.index.spot(id).is_some_and(|spot| spot.pack == pack);
        if is_read_there && self.damaged.len() < DAMAGED_MAX {
            self.damaged.insert(*id);
        }
    }

    /// Notes that a pack's file isn't there.
    pub(super) fn note_gone(&mut self, number: u32) {
        if let Some(pack) = self.packs.get_mut(&number) {
            pack.bytes_here = 0;
            pack.is_here = false;
        }
    }

    /// Whether an object is read from this pack.
    pub(super) fn is_read_from(&self, id: &ObjectId, number: u32) -> bool {
        self.index.spot(id).is_some_and(|spot| spot.pack == number)
    }

    /// Takes a pack away, with all that is read from it; `items` are those that it had.
    pub(super) fn remove(&mut self, number: u32, items: &[Item]) {
        for item in items {
            let id = ObjectId::from_bytes(item.id);
            if self.is_read_from(&id, number) {
                self.index.remove(&id);
                self.damaged.remove(&id);
            }
        }
        self.packs.remove(&number);
    }
}
