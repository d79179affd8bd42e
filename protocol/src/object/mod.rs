//! Large content: cut into chunks, sealed, and named by what the sealed bytes hash to.
//!
//! ```text
//! object  01 ‖ blob sealed under the key that the private space's key derives (hearth_keys::BlobKey)
//! inside  00 ‖ content, or 01 ‖ content as one zstd frame (RFC 8878) that says its length
//! id      BLAKE3 of the object
//! ```
//!
//! A file is a [`Blob`]: its one chunk, or a tree of [`list`]s over the chunks that [`chunk`] cuts. Sealing is
//! deterministic, so identical content has one id in one space and is stored once there, while to everybody else an
//! object is random bytes that hash to their name.

pub mod chunk;
pub mod list;
mod seal;

use std::fmt;
use std::str::FromStr;

use crate::bounds::{BLOB_BYTES_MAX, BLOB_DEPTH_MAX, OBJECT_BYTES_MAX};
use crate::codec::{self, Bytes, DecodeError, Hex};

pub use seal::{OBJECT_OVERHEAD_BYTES, Object, ObjectError, ObjectKey, Sealer};

/// Names an object: BLAKE3 of its bytes as they are stored, sealed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 32]);

impl ObjectId {
    /// Takes the 32 bytes as they are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The name of an object's sealed bytes.
    pub fn of(object: &[u8]) -> Self {
        Self(*blake3::hash(object).as_bytes())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({})", Hex(&self.0[..4]))
    }
}

/// A text that isn't an object id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an object id is 64 lower-case hexadecimal digits")]
pub struct ObjectIdError;

impl FromStr for ObjectId {
    type Err = ObjectIdError;

    fn from_str(text: &str) -> Result<Self, ObjectIdError> {
        codec::from_hex(text).map(Self).ok_or(ObjectIdError)
    }
}

/// A file's content: how long it is and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob {
    /// Its length.
    pub bytes: u64,
    /// How many levels of lists lie over the chunks: 0 when the root is the one chunk.
    pub depth: u8,
    /// The one chunk (of an empty file, the object of zero bytes), or the list over everything.
    pub root: ObjectId,
}

pub(crate) type BlobTuple = (u64, u8, Bytes<32>);

impl Blob {
    pub(crate) fn to_tuple(self) -> BlobTuple {
        (self.bytes, self.depth, Bytes(*self.root.as_bytes()))
    }

    pub(crate) fn from_tuple((bytes, depth, root): BlobTuple) -> Result<Self, DecodeError> {
        let fits = match depth {
            0 => bytes <= OBJECT_BYTES_MAX as u64,
            _ => bytes > 0 && bytes <= BLOB_BYTES_MAX,
        };
        if depth > BLOB_DEPTH_MAX || !fits {
            return Err(DecodeError::Invalid(
                "the content's length is out of bounds",
            ));
        }
        Ok(Self {
            bytes,
            depth,
            root: ObjectId::from_bytes(root.0),
        })
    }
}
