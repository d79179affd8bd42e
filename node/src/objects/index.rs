//! Where each object lies, in memory: some 25 bytes an object.

use super::ObjectId;

/// By the first bits of the id. As ids are hashes, all fill alike, and inserting moves little.
const SHARD_BITS: usize = 12;
const TAG_BYTES: usize = 12;

/// A place in a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// The pack's number.
    pub(super) pack: u32,
    /// Where the record begins in its file.
    pub(super) offset: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Together with the shard 104 bits of the id, which no two objects share: reading one checks all of it.
    tag: [u8; TAG_BYTES],
    spot: Spot,
}

/// Spots by id.
#[derive(Debug)]
pub(super) struct Index {
    shards: Vec<Vec<Entry>>,
    count: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            shards: vec![Vec::new(); 1 << SHARD_BITS],
            count: 0,
        }
    }
}

fn split(id: &ObjectId) -> (usize, [u8; TAG_BYTES]) {
    let [first, second, ..] = *id.as_bytes();
    let shard = usize::from(u16::from_be_bytes([first, second])) >> (16 - SHARD_BITS);
    let tag = *id.as_bytes()[1..].first_chunk().expect("an id is longer");
    (shard, tag)
}

impl Index {
    /// Where an object lies.
    pub(super) fn spot(&self, id: &ObjectId) -> Option<Spot> {
        let (shard, tag) = split(id);
        let shard = &self.shards[shard];
        let at = shard.binary_search_by_key(&tag, |entry| entry.tag).ok()?;
        Some(shard[at].spot)
    }

    /// Notes where an object lies, and says where it lay.
    pub(super) fn insert(&mut self, id: &ObjectId, spot: Spot) -> Option<Spot> {
        let (shard, tag) = split(id);
        let shard = &mut self.shards[shard];
        match shard.binary_search_by_key(&tag, |entry| entry.tag) {
            Ok(at) => Some(std::mem::replace(&mut shard[at].spot, spot)),
            Err(at) => {
                shard.insert(at, Entry { tag, spot });
                self.count += 1;
                None
            }
        }
    }

    /// Forgets an object.
    pub(super) fn remove(&mut self, id: &ObjectId) {
        let (shard, tag) = split(id);
        let shard = &mut self.shards[shard];
        if let Ok(at) = shard.binary_search_by_key(&tag, |entry| entry.tag) {
            shard.remove(at);
            self.count -= 1;
        }
    }

    /// How many objects it knows.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.count
    }
}
