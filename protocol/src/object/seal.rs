//! One object: compressed where it helps, sealed, named; and back.

use hearth_keys::{BLOB_OVERHEAD_BYTES, BlobKey, Label, OpenError, SpaceKey};
use zeroize::Zeroizing;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{find_frame_compressed_size, get_frame_content_size};

use super::ObjectId;
use crate::bounds::OBJECT_BYTES_MAX;

const VERSION: u8 = 1;
const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// zstd's fastest ordinary level: sealing must not be what makes a disk wait.
const LEVEL: i32 = 1;
/// Compression must save this part of the content, or the content is kept as it is.
const SAVED_PART: usize = 16;

/// How much longer an object is at most than its content, in bytes.
pub const OBJECT_OVERHEAD_BYTES: usize = 2 + BLOB_OVERHEAD_BYTES;

/// Why bytes are no object, or content can't be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// Longer than an object may be.
    #[error("{0} bytes, where an object holds at most {OBJECT_BYTES_MAX}: cut it into chunks")]
    TooLong(usize),
    /// The bytes don't hash to the name under which they were asked for.
    #[error("the bytes aren't those of this object: fetch them from somewhere else")]
    OtherContent,
    /// Of a version, or compressed in a way, that this program doesn't know.
    #[error("written by a newer version of this program (format {0}): update this one")]
    Version(u8),
    /// Sealed under another key, or changed.
    #[error("the object doesn't open: it was sealed under another key, or changed")]
    Open(#[from] OpenError),
    /// What is inside doesn't decompress, or says a wrong length.
    #[error("the object's content is broken")]
    Content,
}

/// The key of a space's objects.
#[derive(Clone, Debug)]
pub struct ObjectKey(BlobKey);

/// An object as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub id: ObjectId,
    /// Its bytes, sealed.
    pub bytes: Vec<u8>,
}

impl ObjectKey {
    /// The key of the objects of the space whose key this is.
    pub fn of(space: &SpaceKey) -> Self {
        Self(BlobKey::derive(Label::OBJECT, &space.expose_bytes()[..]))
    }

    /// Seals one object. For many, a [`Sealer`] is faster.
    pub fn seal(&self, content: &[u8]) -> Result<Object, ObjectError> {
        Sealer::new(self.clone()).seal(content)
    }

    /// Opens the object `id`, checking that these are its bytes.
    pub fn open_as(&self, id: &ObjectId, object: &[u8]) -> Result<Vec<u8>, ObjectError> {
        if object.len() > OBJECT_BYTES_MAX + OBJECT_OVERHEAD_BYTES {
            return Err(ObjectError::TooLong(object.len()));
        }
        if ObjectId::of(object) != *id {
            return Err(ObjectError::OtherContent);
        }
        self.open(object)
    }

    /// Opens an object. The seal notices every change; that it is the object asked for, [`open_as`](Self::open_as) does.
    pub fn open(&self, object: &[u8]) -> Result<Vec<u8>, ObjectError> {
        if object.len() > OBJECT_BYTES_MAX + OBJECT_OVERHEAD_BYTES {
            return Err(ObjectError::TooLong(object.len()));
        }
        let mut frame = match object.split_first() {
            Some((&VERSION, sealed)) => self.0.open(sealed)?,
            Some((&newer, _)) => return Err(ObjectError::Version(newer)),
            None => return Err(ObjectError::Open(OpenError)),
        };
        match frame.first() {
            Some(&RAW) => {
                frame.drain(..1);
                Ok(frame)
            }
            Some(&ZSTD) => decompress(&frame[1..]),
            Some(&newer) => Err(ObjectError::Version(newer)),
            None => Err(ObjectError::Content),
        }
    }
}

/// Decompresses exactly one frame. Its own word about its length bounds the memory, before anything is written.
fn decompress(frame: &[u8]) -> Result<Vec<u8>, ObjectError> {
    let length = get_frame_content_size(frame)
        .ok()
        .flatten()
        .and_then(|length| usize::try_from(length).ok())
        .filter(|&length| length <= OBJECT_BYTES_MAX)
        .ok_or(ObjectError::Content)?;
    if find_frame_compressed_size(frame) != Ok(frame.len()) {
        return Err(ObjectError::Content);
    }
    let content = zstd::bulk::decompress(frame, length).map_err(|_| ObjectError::Content)?;
    if content.len() == length {
        Ok(content)
    } else {
        Err(ObjectError::Content)
    }
}

/// Seals one object after the other, keeping the memory that compressing takes.
pub struct Sealer {
    key: ObjectKey,
    /// None where its memory couldn't be had; then everything is kept as it is.
    compressor: Option<Compressor<'static>>,
    frame: Zeroizing<Vec<u8>>,
    /// How much of `frame` the last content filled.
    filled: usize,
}

impl Sealer {
    /// A sealer of a space's objects.
    pub fn new(key: ObjectKey) -> Self {
        Self {
            key,
            compressor: Compressor::new(LEVEL).ok(),
            frame: Zeroizing::new(Vec::new()),
            filled: 0,
        }
    }

    /// Seals `content`, at most [`OBJECT_BYTES_MAX`] long. The same content gives the same object.
    pub fn seal(&mut self, content: &[u8]) -> Result<Object, ObjectError> {
        if content.len() > OBJECT_BYTES_MAX {
            return Err(ObjectError::TooLong(content.len()));
        }
        self.filled = self.fill_frame(content);
        Ok(self.sealed_by(&self.key))
    }

    /// What the content that was sealed last is under another key, without compressing it once more.
    pub fn seal_again(&self, key: &ObjectKey) -> Object {
        self.sealed_by(key)
    }

    fn sealed_by(&self, key: &ObjectKey) -> Object {
        let mut bytes = Vec::with_capacity(1 + self.filled + BLOB_OVERHEAD_BYTES);
        bytes.push(VERSION);
        key.0.seal_onto(&self.frame[..self.filled], &mut bytes);
        Object {
            id: ObjectId::of(&bytes),
            bytes,
        }
    }

    /// Writes what will be sealed to the beginning of `self.frame`; gives its length.
    fn fill_frame(&mut self, content: &[u8]) -> usize {
        let room = 1 + content.len();
        if self.frame.len() < room {
            self.frame.resize(room, 0);
        }
        // A frame that doesn't fit here wouldn't save enough.
        let limit = content.len() - content.len().div_ceil(SAVED_PART);
        let compressed = self.compressor.as_mut().and_then(|compressor| {
            let into = &mut self.frame[1..1 + limit];
            compressor.compress_to_buffer(content, into).ok()
        });
        match compressed {
            Some(length) => {
                self.frame[0] = ZSTD;
                1 + length
            }
            None => {
                self.frame[0] = RAW;
                self.frame[1..room].copy_from_slice(content);
                room
            }
        }
    }
}
