//! Proof that a log forked: two signed entries in one place.

use hearth_keys::Signature;

use crate::bounds::HEADER_BYTES_MAX;
use crate::codec::{self, Blob, Bytes, DecodeError};
use crate::entry::{Entry, Header, Place};

/// Two different entries in one place, each with a signature that verifies. Anybody can check it; nobody but the
/// device (or a copy of its key) can make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkProof {
    lower: Box<Entry>,
    higher: Box<Entry>,
}

/// Why two entries prove nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkProofError {
    /// The bytes don't decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// They lie in different places, or are the same.
    #[error("the two entries don't contradict each other")]
    NoContradiction,
    /// A signature doesn't verify.
    #[error("one of the entries isn't signed")]
    Signature,
}

type Side = (Blob, Bytes<64>);

impl ForkProof {
    /// Puts two entries together, lower id first, and checks that they prove a fork.
    pub fn new(a: Entry, b: Entry) -> Result<Self, ForkProofError> {
        if a.place() != b.place() || a.id() == b.id() {
            return Err(ForkProofError::NoContradiction);
        }
        for entry in [&a, &b] {
            entry.verify().map_err(|_| ForkProofError::Signature)?;
        }
        let (lower, higher) = if a.id() < b.id() { (a, b) } else { (b, a) };
        Ok(Self {
            lower: Box::new(lower),
            higher: Box::new(higher),
        })
    }

    /// Where the log forked.
    pub fn place(&self) -> Place {
        self.lower.place()
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(&(side(&self.lower), side(&self.higher)))
    }

    /// Reads a proof and checks it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ForkProofError> {
        let (lower, higher): (Side, Side) = codec::decode(bytes, 2 * (HEADER_BYTES_MAX + 80))?;
        let (lower, higher) = (entry(lower)?, entry(higher)?);
        if lower.id() >= higher.id() {
            return Err(DecodeError::NotCanonical.into());
        }
        Self::new(lower, higher)
    }
}

fn side(entry: &Entry) -> Side {
    (
        Blob(entry.header().to_bytes()),
        Bytes(*entry.signature().as_bytes()),
    )
}

fn entry((header, signature): Side) -> Result<Entry, DecodeError> {
    Ok(Entry::new(
        Header::from_bytes(&header.0)?,
        Signature::from_bytes(signature.0),
    ))
}
