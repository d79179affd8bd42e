//! From a pack file to shards, checked before anything leaves the house.

use std::sync::Arc;

use hearth_protocol::erasure::Code;
use hearth_protocol::pack::{self, BackupKey, PackId};

use super::BackupError;

/// A sealed pack.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    pub(super) number: u64,
    pub(super) id: PackId,
    pub(super) bytes: Arc<Vec<u8>>,
}

fn damaged(number: u64, what: impl ToString) -> BackupError {
    let what = what.to_string();
    BackupError::Damaged { number, what }
}

/// Seals a payload, opens what came out, and checks that every record in it is whole.
pub(super) fn seal(
    number: u64,
    payload: &[u8],
    key: &BackupKey,
    expected: Option<PackId>,
) -> Result<Sealed, BackupError> {
    let sealed = pack::seal(payload, key).map_err(|error| damaged(number, error))?;
    let id = PackId::of(&sealed);
    if expected.is_some_and(|expected| expected != id) {
        return Err(damaged(number, "its bytes changed"));
    }
    let opened = pack::open(&sealed, key).map_err(|error| damaged(number, error))?;
    if opened.get(..payload.len()) != Some(payload) {
        return Err(damaged(number, "it opens as something else"));
    }
    for record in pack::records(&opened) {
        let record = record.map_err(|error| damaged(number, error))?;
        record.verify().map_err(|error| damaged(number, error))?;
    }
    Ok(Sealed {
        number,
        id,
        bytes: Arc::new(sealed),
    })
}

/// The shards at `indices`, of which each was decoded back to the pack.
pub(super) fn shards(
    sealed: &Sealed,
    code: Code,
    indices: &[u16],
) -> Result<Vec<Arc<Vec<u8>>>, BackupError> {
    if code == Code::COPIES {
        return Ok(indices.iter().map(|_| Arc::clone(&sealed.bytes)).collect());
    }
    let failed = |error| damaged(sealed.number, error);
    let shards = code.encode(&sealed.bytes, indices).map_err(failed)?;
    let numbered: Vec<(u16, &[u8])> = indices
        .iter()
        .zip(&shards)
        .map(|(index, shard)| (*index, &shard[..]))
        .collect();
    code.verify(&sealed.bytes, &numbered).map_err(failed)?;
    Ok(shards.into_iter().map(Arc::new).collect())
}
