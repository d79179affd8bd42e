//! A sorted map packed into few rows: which entry stands where in a timeline.
//!
//! Items of 20 bytes, sorted by local id, lie in *leaves* of up to [`LEAF_ITEMS_MAX`], one row each, under the prefix
//! and the first local id of the leaf. Bulk thus costs a row a leaf instead of a row an item, and a page of a timeline is
//! one or two rows.
//!
//! A local id is `milliseconds << 16 | number`: it sorts by time and is unique on this node.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::db::{Batch, Db, DbError, Rows};

/// Items in one leaf.
pub(crate) const LEAF_ITEMS_MAX: usize = 128;
/// A leaf that shrank below this is joined with the next one if both fit in [`LEAF_JOINED_ITEMS_MAX`].
const LEAF_ITEMS_MIN: usize = LEAF_ITEMS_MAX / 4;
/// Below [`LEAF_ITEMS_MAX`], so that joining and splitting don't alternate.
const LEAF_JOINED_ITEMS_MAX: usize = LEAF_ITEMS_MAX * 3 / 4;
const ITEM_BYTES: usize = 20;
const ID_BYTES: usize = 8;
const NUMBER_BITS: u32 = 16;
/// Sequences have so many bits, and spaces the rest.
const SEQ_BITS: u32 = 40;
const MS_MAX: u64 = u64::MAX >> NUMBER_BITS;

/// One place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    /// Where it sorts; unique within an order.
    pub(crate) local_id: u64,
    /// Handle of the log that the entry is in.
    pub(crate) log: u32,
    /// The entry's sequence in that log, below 2⁴⁰.
    pub(crate) seq: u64,
    /// Handle of the space that it is for, below 2²⁴; 0 is the public one.
    pub(crate) space: u32,
}

impl Item {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.local_id.to_be_bytes());
        bytes.extend(self.log.to_be_bytes());
        let where_to = u64::from(self.space) << SEQ_BITS | self.seq;
        bytes.extend(where_to.to_be_bytes());
    }

    fn decode(bytes: &[u8; ITEM_BYTES]) -> Item {
        let [local_id, log, at] = [&bytes[..8], &bytes[8..12], &bytes[12..]].map(|part| {
            part.iter()
                .fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
        });
        Item {
            local_id,
            log: u32::try_from(log).expect("of four bytes"),
            seq: at & ((1 << SEQ_BITS) - 1),
            space: u32::try_from(at >> SEQ_BITS).expect("of 24 bits"),
        }
    }
}

fn encode(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(items.len() * ITEM_BYTES);
    items.iter().for_each(|item| item.encode(&mut bytes));
    bytes
}

fn decode(bytes: &[u8]) -> Result<Vec<Item>, DbError> {
    let (items, rest) = bytes.as_chunks::<ITEM_BYTES>();
    if items.is_empty() || !rest.is_empty() {
        return Err(DbError::damaged("a leaf of an order has another form"));
    }
    Ok(items.iter().map(Item::decode).collect())
}

/// An order, named by the prefix of its rows.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    prefix: Vec<u8>,
}

impl Order {
    /// The order whose rows begin with `prefix`. No other rows may begin with it.
    pub(crate) fn new(prefix: impl Into<Vec<u8>>) -> Order {
        Order {
            prefix: prefix.into(),
        }
    }

    /// Begins changing it. The changes are gathered in memory until [`OrderWriter::finish`] puts them into a batch.
    pub(crate) fn writer<'a>(&self, db: &'a Db) -> OrderWriter<'a> {
        OrderWriter {
            order: self.clone(),
            db,
            waiting: BTreeMap::new(),
            changed: BTreeMap::new(),
            window: RefCell::new(None),
        }
    }

    /// Items with a local id below `before`, or all, newest first. Reads leaf by leaf.
    pub(crate) fn below(&self, db: &Db, before: Option<u64>) -> Below {
        Below {
            rows: self.rows(db, 0, before),
            before,
            leaf: Vec::new(),
        }
    }

    /// Items with a local id above `after`, oldest first. Reads leaf by leaf.
    ///
    /// # Errors
    /// Those of [`Db::last_below`], while it looks for the first leaf.
    pub(crate) fn above(&self, db: &Db, after: u64) -> Result<Above, DbError> {
        let start = self
            .rows(db, 0, after.checked_add(1))
            .next_back()
            .transpose()?;
        let from = start.map_or(after, |(key, _)| first_id(&key));
        Ok(Above {
            rows: self.rows(db, from, None),
            after,
            leaf: Vec::new().into_iter(),
        })
    }

    /// Number of items. Reads every leaf.
    ///
    /// # Errors
    /// Those of [`Db::range`].
    pub(crate) fn len(&self, db: &Db) -> Result<u64, DbError> {
        self.rows(db, 0, None)
            .try_fold(0, |sum, row| Ok(sum + (row?.1.len() / ITEM_BYTES) as u64))
    }

    fn key(&self, local_id: u64) -> Vec<u8> {
        [self.prefix.as_slice(), &local_id.to_be_bytes()].concat()
    }

    /// The leaves whose first local id is at least `from` and below `to`.
    fn rows(&self, db: &Db, from: u64, to: Option<u64>) -> Rows {
        let mut end = self.key(to.unwrap_or(u64::MAX));
        if to.is_none() {
            // Just after the last id.
            end.push(0);
        }
        db.range(&self.key(from), &end)
    }
}

/// The first local id of the leaf under `key`.
fn first_id(key: &[u8]) -> u64 {
    let id = key
        .last_chunk::<ID_BYTES>()
        .expect("keys of an order end with a local id");
    u64::from_be_bytes(*id)
}

/// Items newest first, see [`Order::below`].
pub(crate) struct Below {
    rows: Rows,
    before: Option<u64>,
    leaf: Vec<Item>,
}

impl Iterator for Below {
    type Item = Result<Item, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.leaf.pop() {
                return Some(Ok(item));
            }
            match self.rows.next_back()?.and_then(|(_, value)| decode(&value)) {
                Ok(leaf) => self.leaf = leaf,
                Err(error) => return Some(Err(error)),
            }
            if let Some(before) = self.before.take() {
                self.leaf.retain(|item| item.local_id < before);
            }
        }
    }
}

/// Items oldest first, see [`Order::above`].
pub(crate) struct Above {
    rows: Rows,
    after: u64,
    leaf: std::vec::IntoIter<Item>,
}

impl Iterator for Above {
    type Item = Result<Item, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.leaf.find(|item| item.local_id > self.after) {
                return Some(Ok(item));
            }
            match self.rows.next()?.and_then(|(_, value)| decode(&value)) {
                Ok(leaf) => self.leaf = leaf.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Changes of one [`Order`] on their way into a batch; sees its own changes.
#[derive(Debug)]
pub(crate) struct OrderWriter<'a> {
    order: Order,
    db: &'a Db,
    /// Items that go into leaves together, so that bulk costs a look at each leaf and not at each item.
    waiting: BTreeMap<u64, Item>,
    /// Leaves by first local id as they will be; empty ones will be removed.
    changed: BTreeMap<u64, Vec<Item>>,
    /// The leaf that ids were looked up in last.
    window: RefCell<Option<Window>>,
}

/// Which ids are used from the first of a leaf to before the first of the next.
#[derive(Debug)]
struct Window {
    from: u64,
    to: Option<u64>,
    used: Vec<u64>,
}

impl Window {
    fn covers(&self, local_id: u64) -> bool {
        self.from <= local_id && self.to.is_none_or(|to| local_id < to)
    }

    fn last_at(&self, local_id: u64) -> Option<u64> {
        let end = self.used.partition_point(|used| *used <= local_id);
        self.used[..end].last().copied()
    }
}

/// A leaf as the writer sees it, with the local id that its row is stored under.
type Leaf = (u64, Vec<Item>);

impl OrderWriter<'_> {
    /// Puts `items` into the order, in place of those with the same local ids.
    pub(crate) fn insert(&mut self, items: impl IntoIterator<Item = Item>) {
        self.waiting
            .extend(items.into_iter().map(|item| (item.local_id, item)));
    }

    /// Puts what waits into leaves.
    fn settle(&mut self) -> Result<(), DbError> {
        self.window.replace(None);
        let items: Vec<Item> = std::mem::take(&mut self.waiting).into_values().collect();
        let mut rest = items.as_slice();
        while let Some(first) = rest.first() {
            let leaf = self.leaf_at(first.local_id)?;
            let next = self.leaf_above(first.local_id)?;
            let end = next.as_ref().map_or(rest.len(), |(next, _)| {
                rest.partition_point(|item| item.local_id < *next)
            });
            let (run, after) = rest.split_at(end);
            self.insert_run(leaf, run, next);
            rest = after;
        }
        Ok(())
    }

    /// Inserts `run`, which lies between the first id of `leaf` and that of `next`.
    ///
    /// Full leaves stay as they are when the run goes to one side of them: growing upwards as well as downwards then leaves
    /// full leaves behind. Only a run into the middle splits evenly.
    fn insert_run(&mut self, leaf: Option<Leaf>, run: &[Item], next: Option<Leaf>) {
        let id = |item: &Item| item.local_id;
        let has_room = |(_, items): &Leaf| items.len() + run.len() <= LEAF_ITEMS_MAX;
        match (leaf, next) {
            (Some(leaf), _) if has_room(&leaf) => self.replace(&leaf, &[&merge(&leaf.1, run)]),
            (Some(leaf), next) if leaf.1.last().map(id) < run.first().map(id) => match next {
                Some(next) => self.prepend(&next, run),
                None => {
                    let items = merge(&leaf.1, run);
                    self.replace(&leaf, &items.chunks(LEAF_ITEMS_MAX).collect::<Vec<_>>());
                }
            },
            (Some(leaf), _) => {
                let items = merge(&leaf.1, run);
                let leaves = items.len().div_ceil(LEAF_ITEMS_MAX);
                self.replace(
                    &leaf,
                    &items
                        .chunks(items.len().div_ceil(leaves))
                        .collect::<Vec<_>>(),
                );
            }
            (None, Some(next)) => self.prepend(&next, run),
            (None, None) => self.put(&run.chunks(LEAF_ITEMS_MAX).collect::<Vec<_>>()),
        }
    }

    /// Puts `run` in front of all items of `next`, filling from behind.
    fn prepend(&mut self, next: &Leaf, run: &[Item]) {
        let items = merge(run, &next.1);
        self.replace(next, &items.rchunks(LEAF_ITEMS_MAX).collect::<Vec<_>>());
    }

    /// Removes the item with `local_id`; says whether there was one.
    ///
    /// # Errors
    /// Those of reading leaves.
    pub(crate) fn remove(&mut self, local_id: u64) -> Result<bool, DbError> {
        self.settle()?;
        let Some(leaf) = self.leaf_at(local_id)? else {
            return Ok(false);
        };
        let Ok(at) = leaf.1.binary_search_by_key(&local_id, |item| item.local_id) else {
            return Ok(false);
        };
        let mut items = leaf.1.clone();
        items.remove(at);
        if items.len() < LEAF_ITEMS_MIN
            && let Some(next) = self.leaf_above(local_id)?
            && items.len() + next.1.len() <= LEAF_JOINED_ITEMS_MAX
        {
            self.changed.insert(next.0, Vec::new());
            items.extend(&next.1);
        }
        self.replace(&leaf, &[&items]);
        Ok(true)
    }

    /// The item with `local_id`.
    ///
    /// # Errors
    /// Those of reading leaves.
    pub(crate) fn item(&mut self, local_id: u64) -> Result<Option<Item>, DbError> {
        self.settle()?;
        let leaf = self.leaf_at(local_id)?;
        Ok(leaf.and_then(|(_, items)| items.into_iter().find(|item| item.local_id == local_id)))
    }

    /// A local id for something of the millisecond `ms`: its number is one more than the highest used in `ms`, beginning
    /// with 0. When that isn't possible any more, the next millisecond is asked in the same way. Numbers that a removal freed
    /// below the highest are not used again.
    ///
    /// # Errors
    /// Those of reading leaves; [`DbError::TooLarge`] at the end of time.
    pub(crate) fn free_id(&self, ms: u64) -> Result<u64, DbError> {
        for ms in ms..=MS_MAX {
            let (first, last) = (
                ms << NUMBER_BITS,
                ms << NUMBER_BITS | ((1 << NUMBER_BITS) - 1),
            );
            match self.last_at(last)? {
                Some(used) if used >= last => {}
                Some(used) if used >= first => return Ok(used + 1),
                _ => return Ok(first),
            }
        }
        Err(DbError::TooLarge {
            what: "a time",
            bytes: size_of_val(&ms),
            bytes_max: (u64::BITS - NUMBER_BITS) as usize / 8,
        })
    }

    /// Puts the changes into `batch`.
    ///
    /// # Errors
    /// Those of reading leaves.
    pub(crate) fn finish(mut self, batch: &mut Batch) -> Result<(), DbError> {
        self.settle()?;
        for (first, items) in self.changed {
            let key = self.order.key(first);
            if items.is_empty() {
                batch.remove(key)
            } else {
                batch.insert(key, encode(&items))
            }
        }
        Ok(())
    }

    /// The highest local id that is used and at most `local_id`.
    fn last_at(&self, local_id: u64) -> Result<Option<u64>, DbError> {
        let mut window = self.window.borrow_mut();
        let window = match window.take() {
            Some(known) if known.covers(local_id) => window.insert(known),
            _ => window.insert(self.window_at(local_id)?),
        };
        let waiting = self.waiting.range(..=local_id).next_back();
        Ok(window.last_at(local_id).max(waiting.map(|(id, _)| *id)))
    }

    fn window_at(&self, local_id: u64) -> Result<Window, DbError> {
        let next = self.leaf_above(local_id)?;
        let (from, items) = self.leaf_at(local_id)?.unwrap_or_default();
        Ok(Window {
            from,
            to: next.map(|(first, _)| first),
            used: items.iter().map(|item| item.local_id).collect(),
        })
    }

    /// The leaf that `local_id` is in, or would be added to the end of.
    fn leaf_at(&self, local_id: u64) -> Result<Option<Leaf>, DbError> {
        let changed = self
            .changed
            .range(..=local_id)
            .rev()
            .find(|(_, items)| !items.is_empty());
        let stored = self.order.rows(
            self.db,
            changed.map_or(0, |(first, _)| first + 1),
            local_id.checked_add(1),
        );
        let stored = self.first_unchanged(stored.rev())?;
        Ok(stored.or_else(|| changed.map(|(first, items)| (*first, items.clone()))))
    }

    /// The first leaf that begins above `local_id`.
    fn leaf_above(&self, local_id: u64) -> Result<Option<Leaf>, DbError> {
        let Some(from) = local_id.checked_add(1) else {
            return Ok(None);
        };
        let changed = self
            .changed
            .range(from..)
            .find(|(_, items)| !items.is_empty());
        let stored = self.first_unchanged(self.order.rows(
            self.db,
            from,
            changed.map(|(first, _)| *first),
        ))?;
        Ok(stored.or_else(|| changed.map(|(first, items)| (*first, items.clone()))))
    }

    fn first_unchanged(
        &self,
        rows: impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), DbError>>,
    ) -> Result<Option<Leaf>, DbError> {
        for row in rows {
            let (key, value) = row?;
            if !self.changed.contains_key(&first_id(&key)) {
                return Ok(Some((first_id(&key), decode(&value)?)));
            }
        }
        Ok(None)
    }

    fn replace(&mut self, old: &Leaf, leaves: &[&[Item]]) {
        self.changed.insert(old.0, Vec::new());
        self.put(leaves);
    }

    fn put(&mut self, leaves: &[&[Item]]) {
        for items in leaves {
            if let Some(first) = items.first() {
                self.changed.insert(first.local_id, items.to_vec());
            }
        }
    }
}

/// Both sorted lists as one; where they meet in an id, that of `newer` stays.
fn merge(older: &[Item], newer: &[Item]) -> Vec<Item> {
    let mut items = Vec::with_capacity(older.len() + newer.len());
    let mut rest = newer;
    for item in older {
        let (before, after) =
            rest.split_at(rest.partition_point(|new| new.local_id < item.local_id));
        items.extend_from_slice(before);
        rest = after;
        if rest.first().is_none_or(|new| new.local_id != item.local_id) {
            items.push(*item);
        }
    }
    items.extend_from_slice(rest);
    items
}
