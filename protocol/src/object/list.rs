//! The lists over a file's chunks: a tree, written while the chunks come and read while they are fetched.
//!
//! A list is `[1, [[id, bytes], …]]`: objects in order and how much of the file's content each stands for. At the lowest
//! level these are chunks, above it lists. Every list but the last of its level is full, so a file has one tree.

use serde::{Deserialize, Serialize};

use super::{Blob, ObjectId};
use crate::bounds::{BLOB_BYTES_MAX, BLOB_DEPTH_MAX, LIST_ITEMS_MAX, OBJECT_BYTES_MAX};
use crate::codec::{Bytes, DecodeError, decode as decode_canonical, encode as encode_canonical};

const VERSION: u8 = 1;

/// One line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// The chunk, or the list one level below.
    pub id: ObjectId,
    /// The bytes of the file that it stands for.
    pub bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct ListTuple(u8, Vec<(Bytes<32>, u64)>);

/// A list's content, to be sealed as an object.
pub fn encode(items: &[Item]) -> Vec<u8> {
    let items = items
        .iter()
        .map(|item| (Bytes(*item.id.as_bytes()), item.bytes));
    encode_canonical(&ListTuple(VERSION, items.collect()))
}

/// Reads a list that must stand for `bytes` bytes: 1 to [`LIST_ITEMS_MAX`] items, none of them empty.
pub fn decode(content: &[u8], bytes: u64) -> Result<Vec<Item>, DecodeError> {
    let ListTuple(version, items) = decode_canonical(content, OBJECT_BYTES_MAX)?;
    if version != VERSION {
        return Err(DecodeError::Version(version.into()));
    }
    if items.is_empty() || items.len() > LIST_ITEMS_MAX {
        return Err(DecodeError::Invalid("a list has 1 to 4096 items"));
    }
    let sum = items
        .iter()
        .try_fold(0_u64, |sum, item| sum.checked_add(item.1));
    if items.iter().any(|item| item.1 == 0) || sum != Some(bytes) {
        return Err(DecodeError::Invalid(
            "a list's items must add up to what it stands for",
        ));
    }
    let item = |(id, bytes): (Bytes<32>, u64)| Item {
        id: ObjectId::from_bytes(id.0),
        bytes,
    };
    Ok(items.into_iter().map(item).collect())
}

/// Where a list belongs whose id isn't known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPlace {
    level: usize,
    bytes: u64,
}

/// Grows a file's tree from its chunks, holding one unfinished list a level.
///
/// Push a chunk, store every list that [`next_list`](Self::next_list) then gives and say its id by
/// [`stored`](Self::stored); after the last chunk the same with `is_last`; then there is a [`blob`](Self::blob).
#[derive(Debug, Default)]
pub struct Builder {
    /// What the next list of each level holds so far, the chunks first.
    levels: Vec<Vec<Item>>,
    bytes: u64,
}

impl Builder {
    /// A builder at the beginning of a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next chunk of the file. An empty file has one, of no bytes.
    pub fn push(&mut self, chunk: Item) {
        self.bytes = self.bytes.saturating_add(chunk.bytes);
        self.add(0, chunk);
    }

    /// The content of a list that must be stored before anything else is pushed. `is_last`: all chunks were.
    pub fn next_list(&mut self, is_last: bool) -> Option<(ListPlace, Vec<u8>)> {
        let is_full = |level: &Vec<Item>| level.len() >= LIST_ITEMS_MAX;
        let level = match self.levels.iter().position(is_full) {
            Some(full) => full,
            None if is_last => self.unfinished()?,
            None => return None,
        };
        let items = std::mem::take(&mut self.levels[level]);
        let place = ListPlace {
            level,
            bytes: items
                .iter()
                .map(|item| item.bytes)
                .fold(0, u64::saturating_add),
        };
        Some((place, encode(&items)))
    }

    /// Takes the id under which the list was stored.
    pub fn stored(&mut self, place: ListPlace, id: ObjectId) {
        let bytes = place.bytes;
        self.add(place.level + 1, Item { id, bytes });
    }

    /// The file, once all its lists are stored; None before, without a chunk, or beyond [`BLOB_BYTES_MAX`].
    pub fn blob(&self) -> Option<Blob> {
        let (top, lower) = self.levels.split_last()?;
        let root = match top[..] {
            [root] if lower.iter().all(Vec::is_empty) => root.id,
            _ => return None,
        };
        let depth = u8::try_from(lower.len()).ok()?;
        let fits = depth <= BLOB_DEPTH_MAX && self.bytes <= BLOB_BYTES_MAX;
        fits.then_some(Blob {
            bytes: self.bytes,
            depth,
            root,
        })
    }

    fn add(&mut self, level: usize, item: Item) {
        if self.levels.len() <= level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(item);
    }

    /// The lowest level that still must become a list: any with something in it but a root alone at the top.
    fn unfinished(&self) -> Option<usize> {
        let level = self.levels.iter().position(|level| !level.is_empty())?;
        let is_root = level + 1 == self.levels.len() && self.levels[level].len() == 1;
        (!is_root).then_some(level)
    }
}

/// What a [`Walk`] wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A list: fetch and open it, and [`enter`](Walk::enter) it.
    List(Item),
    /// A chunk of the file, in order. Its content must be `bytes` long.
    Chunk(Item),
}

/// Reads a file's tree front to back, holding one list a level.
#[derive(Debug)]
pub struct Walk {
    /// The rest of each open list, the root alone first.
    open: Vec<std::vec::IntoIter<Item>>,
    depth: usize,
    entering: Option<Item>,
}

impl Walk {
    /// A walk over a file from its beginning.
    pub fn new(blob: Blob) -> Self {
        let root = Item {
            id: blob.root,
            bytes: blob.bytes,
        };
        Self {
            open: vec![vec![root].into_iter()],
            depth: blob.depth.into(),
            entering: None,
        }
    }

    /// What comes next; None after the last chunk. A list is wanted again until it is entered.
    pub fn next_wanted(&mut self) -> Option<Wanted> {
        if let Some(list) = self.entering {
            return Some(Wanted::List(list));
        }
        loop {
            let Some(item) = self.open.last_mut()?.next() else {
                self.open.pop();
                continue;
            };
            if self.open.len() > self.depth {
                return Some(Wanted::Chunk(item));
            }
            self.entering = Some(item);
            return Some(Wanted::List(item));
        }
    }

    /// Passes over the list that was wanted, with all that lies below it: how one gets to the middle of a file.
    pub fn pass(&mut self) {
        self.entering = None;
    }

    /// Goes into the list that was wanted, given its content.
    pub fn enter(&mut self, content: &[u8]) -> Result<(), DecodeError> {
        let Some(list) = self.entering else {
            return Err(DecodeError::Invalid("no list was wanted"));
        };
        self.open.push(decode(content, list.bytes)?.into_iter());
        self.entering = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> ObjectId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        ObjectId::from_bytes(bytes)
    }

    /// The tree over `chunks` chunks of these bytes each, and how many lists it took, each given to `keep`.
    fn tree(
        chunks: u64,
        bytes: u64,
        mut keep: impl FnMut(ObjectId, Vec<u8>),
    ) -> (Option<Blob>, u64) {
        let (mut builder, mut lists) = (Builder::new(), 0);
        let mut store = |builder: &mut Builder, is_last| {
            while let Some((place, content)) = builder.next_list(is_last) {
                lists += 1;
                let id = id(u64::MAX - lists);
                keep(id, content);
                builder.stored(place, id);
                let held: usize = builder.levels.iter().map(Vec::len).sum();
                assert!(held <= LIST_ITEMS_MAX * usize::from(BLOB_DEPTH_MAX));
            }
        };
        for number in 0..chunks {
            builder.push(Item {
                id: id(number),
                bytes,
            });
            store(&mut builder, false);
        }
        store(&mut builder, true);
        (builder.blob(), lists)
    }

    #[test]
    fn trees_are_as_low_as_can_be() {
        let full = LIST_ITEMS_MAX as u64;
        for (chunks, depth, lists) in [
            (1, 0, 0),
            (2, 1, 1),
            (full - 1, 1, 1),
            (full, 1, 1),
            (full + 1, 2, 3),
            (2 * full, 2, 3),
            (2 * full + 1, 2, 4),
        ] {
            let (blob, took) = tree(chunks, 10, |_, _| ());
            let blob = blob.expect("there are chunks");
            assert_eq!((blob.depth, blob.bytes), (depth, 10 * chunks), "{chunks}");
            assert_eq!(took, lists, "{chunks} chunks");
        }
        assert_eq!(tree(0, 10, |_, _| ()), (None, 0));
    }

    #[test]
    fn twenty_million_chunks_take_little_memory() {
        const CHUNKS: u64 = 20_000_000;
        let mut longest = 0;
        let (blob, lists) = tree(CHUNKS, 1 << 18, |_, content| {
            longest = longest.max(content.len())
        });
        let full = LIST_ITEMS_MAX as u64;
        let lower = CHUNKS.div_ceil(full);
        assert_eq!(lists, lower + lower.div_ceil(full) + 1);
        assert_eq!(blob.map(|blob| blob.depth), Some(3));
        assert!(longest < OBJECT_BYTES_MAX / 4);
    }

    #[test]
    fn a_walk_gives_the_chunks_in_order() {
        for chunks in [1, 2, 4096, 4097, 9000] {
            let mut lists = std::collections::BTreeMap::new();
            let (blob, _) = tree(chunks, 7, |id, content| drop(lists.insert(id, content)));
            let mut walk = Walk::new(blob.expect("there are chunks"));
            let mut next = 0;
            while let Some(wanted) = walk.next_wanted() {
                match wanted {
                    Wanted::List(list) => walk.enter(&lists[&list.id]).expect("as it was written"),
                    Wanted::Chunk(chunk) => {
                        assert_eq!(
                            chunk,
                            Item {
                                id: id(next),
                                bytes: 7
                            }
                        );
                        next += 1;
                    }
                }
            }
            assert_eq!(next, chunks);
            assert_eq!(walk.next_wanted(), None, "and stays at the end");
        }
    }

    #[test]
    fn a_walk_gets_to_the_middle_past_what_lies_before() {
        const CHUNKS: u64 = 3 * 4096;
        let mut lists = std::collections::BTreeMap::new();
        let (blob, _) = tree(CHUNKS, 7, |id, content| drop(lists.insert(id, content)));
        let mut walk = Walk::new(blob.expect("there are chunks"));
        let (mut skipped, mut entered) = (2 * 4096 * 7 + 70, 0);
        let first = loop {
            match walk.next_wanted().expect("not the end") {
                Wanted::List(list) if list.bytes <= skipped => {
                    skipped -= list.bytes;
                    walk.pass();
                }
                Wanted::List(list) => {
                    entered += 1;
                    walk.enter(&lists[&list.id]).expect("as it was written");
                }
                Wanted::Chunk(chunk) if chunk.bytes <= skipped => skipped -= chunk.bytes,
                Wanted::Chunk(chunk) => break chunk,
            }
        };
        assert_eq!(first.id, id(2 * 4096 + 10));
        assert_eq!(entered, 2, "the root and one of the three below it");
    }

    #[test]
    fn a_walk_stays_before_a_list_that_is_wrong() {
        let root = id(1);
        let mut walk = Walk::new(Blob {
            bytes: 20,
            depth: 1,
            root,
        });
        let wanted = Some(Wanted::List(Item {
            id: root,
            bytes: 20,
        }));
        assert_eq!(walk.next_wanted(), wanted);
        let of = |bytes: &[u64]| -> Vec<u8> {
            let items = bytes.iter().map(|&bytes| Item {
                id: id(bytes),
                bytes,
            });
            encode(&items.collect::<Vec<_>>())
        };
        for wrong in [&[][..], &[19], &[20, 0], &[21], &[u64::MAX, 21]] {
            assert!(walk.enter(&of(wrong)).is_err(), "{wrong:?}");
            assert_eq!(walk.next_wanted(), wanted);
        }
        walk.enter(&of(&[12, 8])).expect("adds up");
        assert!(walk.enter(&of(&[12, 8])).is_err(), "nobody wanted a list");
        assert_eq!(
            walk.next_wanted(),
            Some(Wanted::Chunk(Item {
                id: id(12),
                bytes: 12
            }))
        );
    }

    #[test]
    fn a_list_has_one_encoding_and_bounds() {
        let items = vec![
            Item {
                id: id(1),
                bytes: 1
            };
            LIST_ITEMS_MAX + 1
        ];
        let most = encode(&items[1..]);
        assert_eq!(decode(&most, 4096).as_deref(), Ok(&items[1..]));
        assert!(decode(&encode(&items), 4097).is_err());
        assert!(decode(&[&most[..], &[0]].concat(), 4096).is_err());
        let mut newer = most;
        newer[1] = 2;
        assert_eq!(decode(&newer, 4096), Err(DecodeError::Version(2)));
    }
}
