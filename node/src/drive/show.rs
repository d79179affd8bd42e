//! What is shown of the drive: folders by pages, and what a name was.

use hearth_protocol::drive::{FolderId, Meta, Name, Node};
use serde::{Deserialize, Serialize};

use super::Drive;
use super::error::DriveError;
use super::moves;
use super::past;
use super::path::{DrivePath, escape};
use crate::app::model::AppError;
use crate::store::logs::Logs;

/// Items that a page has at most.
const PAGE_ITEMS_MAX: usize = 4_096;
const NS_PER_MS: i64 = 1_000_000;

/// What something in the drive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemKind {
    /// A file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Link,
    /// In a history: from here on it wasn't there.
    Removed,
}

impl ItemKind {
    /// What a node is.
    pub(crate) fn of(node: &Node) -> Self {
        match node {
            Node::File { .. } => Self::File,
            Node::Folder { .. } => Self::Dir,
            Node::Link { .. } => Self::Link,
        }
    }
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    /// Its name; bytes that aren't UTF-8 as U+0000 and two hexadecimal digits.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: ItemKind,
    /// A file's length, or that of a link's target.
    pub(crate) bytes: u64,
    /// When its content was changed, ms since 1970, negative before.
    pub(crate) mtime_ms: i64,
    /// Its permissions: twelve bits.
    pub(crate) mode: u32,
    /// Where a link leads, in the form of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
}

/// A part of a folder, sorted by the first 64 bytes of names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Page {
    /// What is in it.
    pub(crate) items: Vec<Item>,
    /// With which `after` to ask for more, if there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// What a name was from some time on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Past {
    /// From when on, ms since 1970.
    pub(crate) time_ms: u64,
    /// What it was.
    pub(crate) kind: ItemKind,
    /// Its length.
    pub(crate) bytes: u64,
    /// When its content was changed, ms since 1970.
    pub(crate) mtime_ms: i64,
    /// Its permissions.
    pub(crate) mode: u32,
    /// Counts from 1, the oldest.
    pub(crate) version: u64,
    /// Which device said so: its signing key, hex.
    #[serde(default)]
    pub(crate) device: String,
}

/// What a path leads to.
pub(super) enum Found {
    /// The root, or a folder's content.
    Folder(Option<Meta>, FolderId),
    /// A file or link.
    Other(Node),
}

/// Items, and after which name there may be more.
type Part = (Vec<Item>, Option<Name>);

/// What is told of a node.
pub(super) struct Shape {
    pub(super) kind: ItemKind,
    pub(super) bytes: u64,
    pub(super) meta: Meta,
}

pub(super) fn shape(node: Option<&Node>) -> Shape {
    let none = Meta {
        mode: 0,
        mtime_ns: 0,
    };
    let meta = node.map_or(none, Node::meta);
    let (kind, bytes) = match node {
        Some(Node::File { blob, .. }) => (ItemKind::File, blob.bytes),
        Some(Node::Folder { .. }) => (ItemKind::Dir, 0),
        Some(Node::Link { target, .. }) => (ItemKind::Link, target.len() as u64),
        None => (ItemKind::Removed, 0),
    };
    Shape { kind, bytes, meta }
}

pub(super) fn item(name: &[u8], node: &Node) -> Item {
    let Shape { kind, bytes, meta } = shape(Some(node));
    let target = match node {
        Node::Link { target, .. } => Some(escape(target)),
        _ => None,
    };
    Item {
        name: escape(name),
        kind,
        bytes,
        mtime_ms: meta.mtime_ns.div_euclid(NS_PER_MS),
        mode: meta.mode,
        target,
    }
}

/// What lies at a path now, or did in some version.
pub(super) fn find(
    logs: &Logs,
    identity: &hearth_keys::Identity,
    path: &DrivePath,
    version: Option<u64>,
) -> Result<Found, DriveError> {
    let Some((above, name)) = path.split() else {
        return Ok(Found::Folder(None, FolderId::ROOT));
    };
    let node = match version {
        None => {
            let folder = moves::folder(logs, identity, &above)?;
            logs.drive_node(identity, &folder, name)?
                .ok_or_else(|| DriveError::NotFound(path.clone()))?
        }
        Some(version) => old_node(logs, identity, path, version)?,
    };
    Ok(match node {
        Node::Folder { meta, id } => Found::Folder(Some(meta), id),
        other => Found::Other(other),
    })
}

fn old_node(
    logs: &Logs,
    identity: &hearth_keys::Identity,
    path: &DrivePath,
    version: u64,
) -> Result<Node, DriveError> {
    let past = past::words(logs, identity, path)?;
    let versions = past.len() as u64;
    let at = past::place_of(past.len(), version);
    let path = path.clone();
    match at.and_then(|at| past.into_iter().nth(at)) {
        None => Err(DriveError::NoVersion {
            path,
            version,
            versions,
        }),
        Some(past) => {
            let node = past.version.node;
            node.ok_or(DriveError::Removed { path, version })
        }
    }
}

impl Drive {
    /// Finds what lies at a path now, or did in some version.
    pub(super) async fn find(
        &self,
        path: DrivePath,
        version: Option<u64>,
    ) -> Result<Found, AppError> {
        let identity = self.identity;
        let found = self
            .store
            .read(move |logs| settle(find(logs, &identity, &path, version)));
        Ok(found.await??)
    }

    /// A part of a folder, after a name; a file or link alone.
    pub(crate) async fn list(
        &self,
        path: DrivePath,
        after: Option<Name>,
        limit: usize,
    ) -> Result<Page, AppError> {
        let (items, next) = self.list_after(path, after, limit).await?;
        let next = next.map(|name| escape(name.as_bytes()));
        Ok(Page { items, next })
    }

    /// The same, and after which name to go on.
    pub(super) async fn list_after(
        &self,
        path: DrivePath,
        after: Option<Name>,
        limit: usize,
    ) -> Result<Part, AppError> {
        let identity = self.identity;
        let limit = limit.clamp(1, PAGE_ITEMS_MAX);
        let part = self
            .store
            .read(move |logs| settle(list(logs, &identity, &path, after.as_ref(), limit)));
        Ok(part.await??)
    }
}

/// Tells the store's own errors, which it wants to know of, from others.
pub(super) fn settle<T>(
    outcome: Result<T, DriveError>,
) -> Result<Result<T, DriveError>, crate::store::StoreError> {
    match outcome {
        Err(DriveError::Store(error)) => Err(error),
        outcome => Ok(outcome),
    }
}

fn list(
    logs: &Logs,
    identity: &hearth_keys::Identity,
    path: &DrivePath,
    after: Option<&Name>,
    limit: usize,
) -> Result<Part, DriveError> {
    let folder = match find(logs, identity, path, None)? {
        Found::Folder(_, folder) => folder,
        Found::Other(node) => {
            let name = path.names().last().map_or(&[][..], Name::as_bytes);
            let items = vec![item(name, &node)];
            return Ok((items, None));
        }
    };
    let listing = logs.drive_list(identity, &folder, after, limit)?;
    let items = listing.versions.iter().filter_map(|version| {
        let node = version.node.as_ref()?;
        Some(item(version.name.as_bytes(), node))
    });
    Ok((items.collect(), listing.next))
}
