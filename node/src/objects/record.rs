//! Records of a pack's payload: kind, length, id, bytes.

use super::ObjectId;

/// What stands before a record's bytes.
pub(super) const RECORD_HEAD_BYTES: usize = 1 + 4 + 32;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordKind {
    /// An object.
    Object,
    /// A segment of logs.
    Segment,
    /// Something newer than this program.
    Newer(u8),
}

/// Why a payload isn't read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PackError {
    /// A record ends beyond the payload.
    #[error("the pack is cut off in the record at byte {at}")]
    CutOff { at: usize },
    /// A record's bytes aren't what its id names.
    #[error("the record at byte {at} is damaged")]
    Damaged { at: usize },
}

/// A record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) kind: RecordKind,
    pub(super) id: ObjectId,
    pub(super) offset: usize,
    pub(super) bytes: &'a [u8],
}

impl Record<'_> {
    pub(super) fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }

    pub(super) fn verify(&self) -> Result<(), PackError> {
        if ObjectId::of(self.bytes) == self.id {
            Ok(())
        } else {
            Err(PackError::Damaged { at: self.offset })
        }
    }
}

/// The head of a record, and the id that it says.
pub(super) fn record_head(
    kind: RecordKind,
    bytes: &[u8],
) -> Result<([u8; RECORD_HEAD_BYTES], ObjectId), PackError> {
    let id = ObjectId::of(bytes);
    let length = u32::try_from(bytes.len()).map_err(|_| PackError::CutOff { at: 0 })?;
    let mut head = [0; RECORD_HEAD_BYTES];
    head[0] = match kind {
        RecordKind::Object => 1,
        RecordKind::Segment => 2,
        RecordKind::Newer(kind) => kind,
    };
    head[1..5].copy_from_slice(&length.to_be_bytes());
    head[5..].copy_from_slice(id.as_bytes());
    Ok((head, id))
}

/// The records of a payload.
pub(super) fn records(payload: &[u8]) -> Records<'_> {
    Records { payload, at: 0 }
}

pub(super) struct Records<'a> {
    payload: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, PackError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.payload[self.at..];
        let kind = match rest.first()? {
            0 => return None,
            1 => RecordKind::Object,
            2 => RecordKind::Segment,
            newer => RecordKind::Newer(*newer),
        };
        let cut_off = PackError::CutOff { at: self.at };
        let record = rest
            .split_first_chunk::<RECORD_HEAD_BYTES>()
            .and_then(|(head, rest)| {
                let length = u32::from_be_bytes(*head[1..].first_chunk()?);
                let bytes = rest.get(..usize::try_from(length).ok()?)?;
                Some(Record {
                    kind,
                    id: ObjectId::from_bytes(*head[5..].first_chunk()?),
                    offset: self.at + RECORD_HEAD_BYTES,
                    bytes,
                })
            });
        match record {
            Some(record) => self.at = record.end(),
            None => self.payload = &self.payload[..self.at],
        }
        Some(record.ok_or(cut_off))
    }
}
