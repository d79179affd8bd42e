//! What the store knows of pack files: which there are, and which objects lie in them, in which order.
//!
//! Objects' ids are random, and a row for each under a random key would cost the store more than writing the object
//! (20 to 70 µs each). So they lie in the order of their packs, many a row; what finds one by its id is built
//! in memory from them ([`crate::objects`]).

use hearth_keys::{Identity, SpaceKey};
use hearth_protocol::codec::{decode_trusted, encode};
use hearth_protocol::manifest::PackKind;

use super::batch::Batch;
use super::db::end_of_prefix;
use super::logs::{Logs, StoreError, damaged};
use super::rows::namespace;

const NEXT: u8 = 0;
const PACKS: u8 = 1;
const ITEMS: u8 = 2;
/// An id and a length.
const ITEM_BYTES: usize = 36;
/// Items of a row: 2,880 bytes.
pub(crate) const ITEMS_PER_ROW: usize = 80;
const ROW_BYTES_MAX: usize = 64;

/// A pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackRow {
    /// What lies in it.
    pub(crate) kind: PackKind,
    /// How much of its file is durable, in bytes.
    pub(crate) bytes: u32,
    /// How many items that is.
    pub(crate) items: u32,
    /// Whether it takes no more.
    pub(crate) is_closed: bool,
    /// Whether its file is here; else it lies with guardians.
    pub(crate) is_here: bool,
    /// Whether it is being removed.
    pub(crate) is_dropped: bool,
}

/// Something in a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    /// BLAKE3 of its bytes.
    pub(crate) id: [u8; 32],
    /// How many these are, without what goes before them in the file.
    pub(crate) bytes: u32,
}

/// What changed of a pack.
#[derive(Debug, Clone)]
pub(crate) struct PackChange {
    /// Its number.
    pub(crate) number: u32,
    /// What it is now.
    pub(crate) row: PackRow,
    /// The place of the first of `items` in it, a multiple of [`ITEMS_PER_ROW`].
    pub(crate) first_item: usize,
    /// All its items from there on.
    pub(crate) items: Vec<Item>,
}

/// (kind, bytes, items, is closed, is here, is dropped)
type PackTuple = (u8, u32, u32, bool, bool, bool);

fn next_key() -> Vec<u8> {
    vec![namespace::OBJECTS, NEXT]
}

fn pack_key(number: u32) -> Vec<u8> {
    let mut key = vec![namespace::OBJECTS, PACKS];
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn items_prefix(number: u32) -> Vec<u8> {
    let mut key = vec![namespace::OBJECTS, ITEMS];
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn items_key(number: u32, row: usize) -> Vec<u8> {
    let mut key = items_prefix(number);
    let row = u32::try_from(row).expect("a pack has some thousand rows at most");
    key.extend_from_slice(&row.to_be_bytes());
    key
}

fn items_row(items: &[Item]) -> Vec<u8> {
    let mut row = Vec::with_capacity(items.len() * ITEM_BYTES);
    for item in items {
        row.extend_from_slice(&item.id);
        row.extend_from_slice(&item.bytes.to_be_bytes());
    }
    row
}

fn items_of(row: &[u8]) -> Result<impl Iterator<Item = Item>, StoreError> {
    let (items, []) = row.as_chunks::<ITEM_BYTES>() else {
        return Err(damaged("the list of what lies in a pack"));
    };
    Ok(items.iter().map(|item| {
        let (id, bytes) = item.split_first_chunk().expect("an item is longer");
        let bytes = bytes.first_chunk().expect("an item is as long as both");
        Item {
            id: *id,
            bytes: u32::from_be_bytes(*bytes),
        }
    }))
}

impl Logs {
    /// The number that the next pack gets, at least: no number is used twice.
    pub(crate) fn next_pack(&self) -> Result<u32, StoreError> {
        match self.db.value(&next_key())? {
            Some(row) => Ok(decode_trusted::<(u32,)>(&row, ROW_BYTES_MAX)?.0),
            None => Ok(1),
        }
    }

    /// Up to `limit` packs from number `from` on, ascending.
    pub(crate) fn packs_from(
        &self,
        from: u32,
        limit: usize,
    ) -> Result<Vec<(u32, PackRow)>, StoreError> {
        let to = [namespace::OBJECTS, PACKS + 1];
        let rows = self.db.range(&pack_key(from), &to);
        rows.take(limit)
            .map(|row| {
                let (key, value) = row?;
                let (kind, bytes, items, is_closed, is_here, is_dropped): PackTuple =
                    decode_trusted(&value, ROW_BYTES_MAX)?;
                let number = key
                    .last_chunk()
                    .map_or(0, |bytes| u32::from_be_bytes(*bytes));
                let row = PackRow {
                    kind: PackKind::from_number(kind),
                    bytes,
                    items,
                    is_closed,
                    is_here,
                    is_dropped,
                };
                Ok((number, row))
            })
            .collect()
    }

    /// What lies in a pack, in its order.
    pub(crate) fn pack_items(&self, number: u32) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        for row in self.db.prefixed(&items_prefix(number)) {
            items.extend(items_of(&row?.1)?);
        }
        Ok(items)
    }

    /// Notes what changed of packs; what was noted of one beyond the items given is forgotten.
    pub(crate) fn keep_packs(
        &mut self,
        next: u32,
        changes: &[PackChange],
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.insert(next_key(), encode(&(next,)));
        for change in changes {
            // A batch each: the items of several full packs are more than one takes.
            self.keep_pack(&mut batch, change)?;
            self.apply(std::mem::take(&mut batch))?;
        }
        self.apply(batch)
    }

    fn keep_pack(&self, batch: &mut Batch, change: &PackChange) -> Result<(), StoreError> {
        let PackRow {
            kind,
            bytes,
            items,
            is_closed,
            is_here,
            is_dropped,
        } = change.row;
        let tuple: PackTuple = (kind.number(), bytes, items, is_closed, is_here, is_dropped);
        batch.insert(pack_key(change.number), encode(&tuple));
        let mut row = change.first_item / ITEMS_PER_ROW;
        for items in change.items.chunks(ITEMS_PER_ROW) {
            batch.insert(items_key(change.number, row), items_row(items));
            row += 1;
        }
        let end = end_of_prefix(&items_prefix(change.number)).expect("its first byte isn't 255");
        for beyond in self.db.range(&items_key(change.number, row), &end) {
            batch.remove(beyond?.0);
        }
        Ok(())
    }

    /// Forgets packs. Their numbers aren't used again.
    pub(crate) fn forget_packs(&mut self, numbers: &[u32]) -> Result<(), StoreError> {
        for number in numbers {
            let mut batch = Batch::default();
            batch.remove(pack_key(*number));
            for row in self.db.prefixed(&items_prefix(*number)) {
                batch.remove(row?.0);
            }
            self.apply(batch)?;
        }
        Ok(())
    }

    /// The keys of an account's private space: first the one that counts now, then all others, the newest first.
    pub(crate) fn private_keys(&self, identity: &Identity) -> Vec<SpaceKey> {
        let present = self.private_key(identity).ok();
        let all = self.space_keys(identity).rev();
        let earlier = all.filter(|key| present.is_none_or(|present| !std::ptr::eq(*key, present)));
        present.into_iter().chain(earlier).cloned().collect()
    }
}

#[cfg(test)]
impl Logs {
    /// Forgets all that is known of packs, as a store that was begun anew does.
    pub(crate) fn lose_packs(&mut self) -> Result<(), StoreError> {
        Ok(self.db.clear(namespace::OBJECTS)?)
    }
}
