//! What lies in a pack: records one after another, then zeros.

use crate::bounds::{PACK_PAYLOAD_BYTES_MAX, RECORD_BYTES_MAX};
use crate::object::ObjectId;

use super::PackError;

/// What stands before a record's bytes: kind (1), length (4, big-endian), id (32).
pub const RECORD_HEAD_BYTES: usize = 1 + 4 + 32;

const END: u8 = 0;
const OBJECT: u8 = 1;
const SEGMENT: u8 = 2;
const CONTENTS: u8 = 3;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// An object, as it is named.
    Object,
    /// A [segment](crate::segment) of logs.
    Segment,
    /// What a pack of objects [holds](super::Contents).
    Contents,
    /// Something newer than this program; it is passed over.
    Newer(u8),
}

impl RecordKind {
    const fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            END => None,
            OBJECT => Some(Self::Object),
            SEGMENT => Some(Self::Segment),
            CONTENTS => Some(Self::Contents),
            newer => Some(Self::Newer(newer)),
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Object => OBJECT,
            Self::Segment => SEGMENT,
            Self::Contents => CONTENTS,
            Self::Newer(newer) => newer,
        }
    }
}

/// A record as it lies in a payload; whether its bytes are what its id says is for [`verify`](Record::verify).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it holds.
    pub kind: RecordKind,
    /// The name that its head gives it: BLAKE3 of its bytes. A segment's is formed as an object's.
    pub id: ObjectId,
    /// Where its bytes begin in the payload.
    pub offset: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl Record<'_> {
    /// Where the next record begins.
    pub const fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }

    /// Checks that the bytes are what the id names.
    pub fn verify(&self) -> Result<(), PackError> {
        if ObjectId::of(self.bytes) == self.id {
            Ok(())
        } else {
            Err(PackError::Damaged { at: self.offset })
        }
    }
}

/// The head of a record; its bytes follow.
pub fn record_head(
    kind: RecordKind,
    bytes: &[u8],
) -> Result<([u8; RECORD_HEAD_BYTES], ObjectId), PackError> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(PackError::RecordTooLong(bytes.len()));
    }
    let length = u32::try_from(bytes.len()).expect("a record's bound is below 4 GiB");
    let id = ObjectId::of(bytes);
    let mut head = [0; RECORD_HEAD_BYTES];
    head[0] = kind.byte();
    head[1..5].copy_from_slice(&length.to_be_bytes());
    head[5..].copy_from_slice(id.as_bytes());
    Ok((head, id))
}

/// Adds a record to a payload; [`PackError::Full`] if it doesn't fit, and nothing is added then.
pub fn append(
    payload: &mut Vec<u8>,
    kind: RecordKind,
    bytes: &[u8],
) -> Result<ObjectId, PackError> {
    let (head, id) = record_head(kind, bytes)?;
    if payload.len() + head.len() + bytes.len() > PACK_PAYLOAD_BYTES_MAX {
        return Err(PackError::Full);
    }
    payload.extend_from_slice(&head);
    payload.extend_from_slice(bytes);
    Ok(id)
}

/// The records of a payload, padded or not, in their order.
pub const fn records(payload: &[u8]) -> Records<'_> {
    Records { payload, at: 0 }
}

/// See [`records`]. After an error nothing follows.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    payload: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    /// Where the next record begins; after an error, where the last whole one ended.
    pub const fn position(&self) -> usize {
        self.at
    }

    fn read(&mut self) -> Result<Option<Record<'a>>, PackError> {
        let rest = &self.payload[self.at..];
        let Some(kind) = rest.first().and_then(|&byte| RecordKind::of_byte(byte)) else {
            return self.read_padding(rest).map(|()| None);
        };
        let cut_off = PackError::CutOff { at: self.at };
        let (head, rest) = rest
            .split_first_chunk::<RECORD_HEAD_BYTES>()
            .ok_or(cut_off.clone())?;
        let (_, head) = head.split_first().expect("a head isn't empty");
        let (length, id) = head
            .split_first_chunk()
            .expect("a head is longer than its length field");
        let length = u32::from_be_bytes(*length) as usize;
        if length > RECORD_BYTES_MAX {
            return Err(PackError::RecordTooLong(length));
        }
        let bytes = rest.get(..length).ok_or(cut_off)?;
        let offset = self.at + RECORD_HEAD_BYTES;
        self.at = offset + length;
        Ok(Some(Record {
            kind,
            id: ObjectId::from_bytes(id.try_into().expect("an id ends the head")),
            offset,
            bytes,
        }))
    }

    fn read_padding(&self, rest: &[u8]) -> Result<(), PackError> {
        match rest.iter().position(|&byte| byte != 0) {
            Some(at) => Err(PackError::Padding { at: self.at + at }),
            None => Ok(()),
        }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, PackError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        if !matches!(read, Some(Ok(_))) {
            self.payload = &self.payload[..self.at];
        }
        read
    }
}

impl std::iter::FusedIterator for Records<'_> {}
