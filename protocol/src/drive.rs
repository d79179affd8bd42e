//! The drive: folders of files, as changes in a device's own log.
//!
//! A change says what one name in one folder is from now on. Of several changes of a name the one with the highest (time
//! of its entry, id of its entry, place in its entry) counts, so that devices which wrote apart from each other agree.
//! A folder is a random id that some name points to: whatever lies in it moves and goes with that name, unmentioned.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bounds::{
    BODY_BYTES_MAX, DRIVE_BATCH_BYTES, DRIVE_NAME_BYTES_MAX, LINK_TARGET_BYTES_MAX, MODE_MAX,
};
use crate::codec::{self, Bytes, DecodeError, decode, encode};
use crate::object::{Blob, BlobTuple};

const FILE: u8 = 1;
const FOLDER: u8 = 2;
const LINK: u8 = 3;

/// A folder: 16 random bytes, which it keeps wherever it moves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderId([u8; 16]);

impl FolderId {
    /// The folder that everything lies in.
    pub const ROOT: Self = Self([0; 16]);

    /// Takes the 16 bytes as they are.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FolderId({})", codec::Hex(&self.0[..4]))
    }
}

/// A name in a folder, as bytes: what a file system had, whether or not it is text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Vec<u8>);

/// Bytes that can't be a name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {DRIVE_NAME_BYTES_MAX} bytes without '/' and NUL, and isn't '.' or '..'")]
pub struct NameError;

impl Name {
    /// Takes 1 to 255 bytes without `/` and NUL that aren't `.` or `..`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, NameError> {
        let bytes = bytes.into();
        let is_name = (1..=DRIVE_NAME_BYTES_MAX).contains(&bytes.len())
            && !bytes.iter().any(|byte| matches!(byte, b'/' | 0))
            && bytes != b"."
            && bytes != b"..";
        if is_name {
            Ok(Self(bytes))
        } else {
            Err(NameError)
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Name {
    /// As text, with a replacement character for what isn't.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:?})", String::from_utf8_lossy(&self.0))
    }
}

/// What a file system says about a file besides its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meta {
    /// The permissions: the lower 12 bits of a POSIX mode.
    pub mode: u32,
    /// When it was last written, in nanoseconds since 1970, before it negative.
    pub mtime_ns: i64,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A file.
    File {
        /// Its permissions and time.
        meta: Meta,
        /// Its content.
        blob: Blob,
    },
    /// A folder.
    Folder {
        /// Its permissions and time.
        meta: Meta,
        /// By which changes name it.
        id: FolderId,
    },
    /// A symbolic link.
    Link {
        /// Its permissions and time.
        meta: Meta,
        /// Where it points, 1 to 4096 bytes without NUL; whether anything is there nobody asks.
        target: Vec<u8>,
    },
}

impl Node {
    /// Its permissions and time.
    pub fn meta(&self) -> Meta {
        match self {
            Self::File { meta, .. } | Self::Folder { meta, .. } | Self::Link { meta, .. } => *meta,
        }
    }
}

/// What one name in one folder is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveChange {
    /// The folder.
    pub folder: FolderId,
    /// The name in it.
    pub name: Name,
    /// What it stands for; None where it is gone.
    pub node: Option<Node>,
}

#[derive(Serialize, Deserialize)]
struct NodeTuple(u8, codec::Blob);

type MetaTuple = (u32, i64);

#[derive(Serialize, Deserialize)]
pub(crate) struct ChangeTuple(Bytes<16>, codec::Blob, Option<NodeTuple>);

impl DriveChange {
    pub(crate) fn to_tuple(&self) -> ChangeTuple {
        ChangeTuple(
            Bytes(self.folder.0),
            codec::Blob(self.name.0.clone()),
            self.node.as_ref().map(node_tuple),
        )
    }

    pub(crate) fn from_tuple(
        ChangeTuple(folder, name, node): ChangeTuple,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            folder: FolderId(folder.0),
            name: Name::new(name.0).map_err(|_| DecodeError::Invalid("not a name in a folder"))?,
            node: node.map(read_node).transpose()?,
        })
    }
}

fn node_tuple(node: &Node) -> NodeTuple {
    let meta = node.meta();
    let meta = (meta.mode, meta.mtime_ns);
    let (kind, payload) = match node {
        Node::File { blob, .. } => (FILE, encode(&(meta, blob.to_tuple()))),
        Node::Folder { id, .. } => (FOLDER, encode(&(meta, Bytes(id.0)))),
        Node::Link { target, .. } => (LINK, encode(&(meta, codec::Blob(target.clone())))),
    };
    NodeTuple(kind, codec::Blob(payload))
}

fn read_node(NodeTuple(kind, payload): NodeTuple) -> Result<Node, DecodeError> {
    match kind {
        FILE => {
            let (meta, blob): (MetaTuple, BlobTuple) = decode(&payload.0, BODY_BYTES_MAX)?;
            Ok(Node::File {
                meta: read_meta(meta)?,
                blob: Blob::from_tuple(blob)?,
            })
        }
        FOLDER => {
            let (meta, id): (MetaTuple, Bytes<16>) = decode(&payload.0, BODY_BYTES_MAX)?;
            let (meta, id) = (read_meta(meta)?, FolderId(id.0));
            if id == FolderId::ROOT {
                return Err(DecodeError::Invalid("nothing can hold the root folder"));
            }
            Ok(Node::Folder { meta, id })
        }
        LINK => {
            let (meta, target): (MetaTuple, codec::Blob) = decode(&payload.0, BODY_BYTES_MAX)?;
            Ok(Node::Link {
                meta: read_meta(meta)?,
                target: checked_target(target.0)?,
            })
        }
        newer => Err(DecodeError::Version(newer.into())),
    }
}

fn read_meta((mode, mtime_ns): MetaTuple) -> Result<Meta, DecodeError> {
    if mode > MODE_MAX {
        return Err(DecodeError::Invalid("a mode has 12 bits"));
    }
    Ok(Meta { mode, mtime_ns })
}

fn checked_target(target: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
    if (1..=LINK_TARGET_BYTES_MAX).contains(&target.len()) && !target.contains(&0) {
        Ok(target)
    } else {
        Err(DecodeError::Invalid(
            "a link's target has 1 to 4096 bytes without NUL",
        ))
    }
}

pub(crate) fn read_changes(payload: &[u8]) -> Result<Vec<DriveChange>, DecodeError> {
    let (changes,): (Vec<ChangeTuple>,) = decode(payload, BODY_BYTES_MAX)?;
    if changes.is_empty() {
        return Err(DecodeError::Invalid(
            "a change of the drive changes something",
        ));
    }
    changes.into_iter().map(DriveChange::from_tuple).collect()
}

pub(crate) fn changes_payload(changes: &[DriveChange]) -> Vec<u8> {
    encode(&(changes
        .iter()
        .map(DriveChange::to_tuple)
        .collect::<Vec<_>>(),))
}

/// Splits changes, in their order, into as many as fit one entry each, sealed.
pub fn batches(changes: Vec<DriveChange>) -> Vec<Vec<DriveChange>> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for change in changes {
        let length = encode(&change.to_tuple()).len();
        if bytes + length > DRIVE_BATCH_BYTES && !batch.is_empty() {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        batch.push(change);
        bytes += length;
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}
