//! Packs: what guardians keep of a person, many small things in a few sizes.
//!
//! ```text
//! payload  records (kind ‖ length ‖ id ‖ bytes), then zeros up to one of six sizes
//! pack     01 ‖ payload, sealed under the generation's backup key
//! ```
//!
//! A pack says by itself what is in it, so that every index can be made again from packs alone; from outside all packs
//! of a size are alike. The same payload under the same key gives the same pack, so that a backup that was interrupted
//! goes on where it was.

mod contents;
mod record;

use std::fmt;

use hearth_keys::{BLOB_OVERHEAD_BYTES, BlobKey, CryptoRng, Label, OpenError};
use zeroize::Zeroizing;

use crate::bounds::PACK_PAYLOAD_BYTES_MAX;
use crate::content_id::content_id;

pub use contents::Contents;
pub use record::{RECORD_HEAD_BYTES, Record, RecordKind, Records, append, record_head, records};

/// The lengths that a payload is padded to.
pub const PACK_SIZES: [usize; 6] = [
    64 * 1024,
    256 * 1024,
    1024 * 1024,
    2 * 1024 * 1024,
    4 * 1024 * 1024,
    PACK_PAYLOAD_BYTES_MAX,
];

/// How much longer a pack is than its padded payload.
pub const PACK_OVERHEAD_BYTES: usize = 1 + BLOB_OVERHEAD_BYTES;

/// The version that this program writes.
const VERSION: u8 = 1;

content_id!(
    /// Names a pack: BLAKE3 of its sealed bytes.
    PackId
);

/// Why a payload or a pack can't be read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A record ends beyond the payload. What lies before `at` is whole.
    #[error("the pack is cut off in the record at byte {at}")]
    CutOff {
        /// Where the record begins.
        at: usize,
    },
    /// A record is longer than any may be.
    #[error("a record of {0} bytes, which is longer than any may be")]
    RecordTooLong(usize),
    /// A record's bytes aren't what its id names.
    #[error("the record at byte {at} is damaged")]
    Damaged {
        /// Where its bytes begin.
        at: usize,
    },
    /// Something else than zeros follows the last record.
    #[error("the padding is broken at byte {at}")]
    Padding {
        /// The first byte that isn't zero.
        at: usize,
    },
    /// The payload would outgrow the largest size.
    #[error("the pack is full")]
    Full,
    /// The length isn't that of a pack.
    #[error("no pack is {0} bytes long")]
    Length(usize),
    /// The version isn't known.
    #[error("version {0} is newer than this program")]
    Version(u8),
    /// It isn't sealed with the key at hand, or changed.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A generation's backup key: packs and manifest pages are sealed under keys that derive from it.
#[derive(Clone)]
pub struct BackupKey {
    /// Counts up by one whenever a new key is begun.
    pub generation: u32,
    /// 32 random bytes.
    pub secret: Zeroizing<[u8; 32]>,
}

impl BackupKey {
    /// A fresh random key.
    pub fn generate(generation: u32, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut secret[..]);
        Self { generation, secret }
    }

    pub(crate) fn blob_key(&self, label: Label) -> BlobKey {
        BlobKey::derive(label, &self.secret[..])
    }
}

impl fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupKey({}, secret)", self.generation)
    }
}

impl PartialEq for BackupKey {
    /// Compares the secrets by their hashes: in constant time.
    fn eq(&self, other: &Self) -> bool {
        let digest = |key: &Self| blake3::hash(&key.secret[..]);
        self.generation == other.generation && digest(self) == digest(other)
    }
}

impl Eq for BackupKey {}

/// The size that a payload of `bytes` is padded to; `None` if it is longer than a payload may be.
pub fn padded_bytes(bytes: usize) -> Option<usize> {
    PACK_SIZES.into_iter().find(|&size| bytes <= size)
}

/// The length of a pack whose payload is `bytes` long before it is padded.
pub fn sealed_bytes(bytes: usize) -> Option<usize> {
    padded_bytes(bytes).map(|padded| padded + PACK_OVERHEAD_BYTES)
}

/// Pads a payload and seals it.
pub fn seal(payload: &[u8], key: &BackupKey) -> Result<Vec<u8>, PackError> {
    let padded = padded_bytes(payload.len()).ok_or(PackError::Full)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(padded));
    plain.extend_from_slice(payload);
    plain.resize(padded, 0);
    let mut sealed = Vec::with_capacity(PACK_OVERHEAD_BYTES + padded);
    sealed.push(VERSION);
    key.blob_key(Label::PACK).seal_onto(&plain, &mut sealed);
    Ok(sealed)
}

/// Opens a pack; the payload is still padded, which [`records`] bears.
pub fn open(sealed: &[u8], key: &BackupKey) -> Result<Vec<u8>, PackError> {
    let length = sealed.len();
    if !PACK_SIZES
        .iter()
        .any(|size| size + PACK_OVERHEAD_BYTES == length)
    {
        return Err(PackError::Length(length));
    }
    match sealed.split_first() {
        Some((&VERSION, blob)) => Ok(key.blob_key(Label::PACK).open(blob)?),
        Some((&version, _)) => Err(PackError::Version(version)),
        None => Err(PackError::Length(0)),
    }
}
