//! What a pack of objects holds, told in a pack of logs, so that a restore knows where each object lies before it has any.

use crate::bounds::{OBJECTS_PER_CONTENTS_MAX, RECORD_BYTES_MAX};
use crate::codec::{Blob, DecodeError, decode, encode};
use crate::object::ObjectId;

const VERSION: u8 = 1;
const ID_BYTES: usize = 32;

/// Objects of one pack; a pack with very many is told in several of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The pack's number.
    pub pack: u64,
    /// What lies in it, in the order of its records; at least one.
    pub objects: Vec<ObjectId>,
}

/// (version, pack, ids one after another)
type ContentsTuple = (u8, u64, Blob);

impl Contents {
    /// What tells of all `objects` of a pack.
    pub fn of_pack(pack: u64, objects: &[ObjectId]) -> Vec<Self> {
        let parts = objects.chunks(OBJECTS_PER_CONTENTS_MAX);
        parts
            .map(|objects| Self {
                pack,
                objects: objects.to_vec(),
            })
            .collect()
    }

    /// A record's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let ids = self.objects.iter().flat_map(|id| *id.as_bytes()).collect();
        let tuple: ContentsTuple = (VERSION, self.pack, Blob(ids));
        encode(&tuple)
    }

    /// Reads a record's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (version, pack, ids): ContentsTuple = decode(bytes, RECORD_BYTES_MAX)?;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()));
        }
        let (ids, rest) = ids.0.as_chunks::<ID_BYTES>();
        if ids.is_empty() || ids.len() > OBJECTS_PER_CONTENTS_MAX || !rest.is_empty() {
            return Err(DecodeError::Invalid(
                "a pack's contents are 1 to 16,384 ids",
            ));
        }
        let objects = ids.iter().map(|id| ObjectId::from_bytes(*id)).collect();
        Ok(Self { pack, objects })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<ObjectId> {
        let id = |n: usize| ObjectId::of(&n.to_be_bytes());
        (0..count).map(id).collect()
    }

    #[test]
    fn contents_come_back() {
        for count in [
            1,
            2,
            OBJECTS_PER_CONTENTS_MAX,
            OBJECTS_PER_CONTENTS_MAX + 1,
            65_536,
        ] {
            let all = ids(count);
            let parts = Contents::of_pack(7, &all);
            let read = parts
                .iter()
                .map(|part| Contents::from_bytes(&part.to_bytes()));
            let read: Vec<Contents> = read
                .map(|part| part.expect("it was just written"))
                .collect();
            assert_eq!(read, parts);
            let joined: Vec<ObjectId> = read.into_iter().flat_map(|part| part.objects).collect();
            assert_eq!(joined, all);
        }
        assert!(Contents::of_pack(7, &[]).is_empty());
    }

    #[test]
    fn what_is_no_contents_is_refused() {
        let good = Contents {
            pack: 1,
            objects: ids(2),
        }
        .to_bytes();
        for length in 0..good.len() {
            assert!(Contents::from_bytes(&good[..length]).is_err());
        }
        let wrong = |version: u8, ids: Vec<u8>| encode(&(version, 1_u64, Blob(ids)));
        for bytes in [
            wrong(2, vec![0; 32]),
            wrong(1, vec![]),
            wrong(1, vec![0; 33]),
        ] {
            assert!(Contents::from_bytes(&bytes).is_err());
        }
        let many = vec![0; (OBJECTS_PER_CONTENTS_MAX + 1) * ID_BYTES];
        assert!(Contents::from_bytes(&wrong(1, many)).is_err());
    }
}
