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
