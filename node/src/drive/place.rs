//! Where what is put goes: names to folders, and what is in the way. On the store's thread, so that two who put at once
//! see one after the other and make no folder twice.

use std::collections::BTreeMap;

use hearth_keys::{CryptoRng, Identity};
use hearth_protocol::drive::{DriveChange, FolderId, Meta, Name, Node};
use hearth_protocol::object::Blob;
use serde::{Deserialize, Serialize};

use super::frame::{Header, What};
use super::path::DrivePath;
use crate::store::StoreError;
use crate::store::logs::Logs;

const FOLDER_MODE: u32 = 0o755;
/// A file that was changed so shortly before it was read may have been changed again without its time saying so.
const RACY_MS: i64 = 1_000;
const NS_PER_MS: i64 = 1_000_000;

/// What becomes of something that is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It is there, unchanged.
    Here,
    /// It is new, or changed.
    Wanted,
    /// A file or link stands where a folder is needed.
    FileInTheWay,
    /// A folder stands where a file or link is put.
    FolderInTheWay,
}

/// Something to be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum New {
    /// A file whose content is stored.
    File(Meta, Blob),
    /// A folder; one that is there keeps what is in it.
    Folder(Meta),
    /// A link and its target.
    Link(Meta, Vec<u8>),
}

#[derive(Debug, Clone, Copy)]
enum At {
    Folder(FolderId),
    Missing,
    InTheWay,
}

/// Changes being planned upon what is there.
pub(crate) struct Placement<'a> {
    logs: &'a Logs,
    identity: Identity,
    folders: BTreeMap<DrivePath, At>,
    changes: Vec<DriveChange>,
    places: BTreeMap<(FolderId, Name), usize>,
}

impl<'a> Placement<'a> {
    pub(crate) fn new(logs: &'a Logs, identity: Identity) -> Self {
        Self {
            logs,
            identity,
            folders: BTreeMap::new(),
            changes: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// What was planned.
    pub(crate) fn changes(self) -> Vec<DriveChange> {
        self.changes
    }

    /// Whether an item need be sent. With `reads_all`, files are wanted even if they look unchanged.
    pub(crate) fn offer(&mut self, item: &Header, reads_all: bool) -> Result<Verdict, StoreError> {
        let Some((above, name)) = item.path.split() else {
            return Ok(match item.what {
                What::Folder => Verdict::Here,
                _ => Verdict::FolderInTheWay,
            });
        };
        let folder = match self.folder(&above)? {
            At::Folder(folder) => folder,
            At::Missing => return Ok(Verdict::Wanted),
            At::InTheWay => return Ok(Verdict::FileInTheWay),
        };
        let held = self.logs.drive_version(&self.identity, &folder, name)?;
        let since_ms = held.as_ref().map_or(0, |held| held.age.time_ms);
        let since_ms = i64::try_from(since_ms).unwrap_or(i64::MAX);
        let is_here = match (&item.what, held.and_then(|held| held.node)) {
            (What::Folder, Some(Node::File { .. } | Node::Link { .. })) => {
                return Ok(Verdict::FileInTheWay);
            }
            (What::Folder, Some(Node::Folder { meta, .. })) => meta == item.meta,
            (_, Some(Node::Folder { .. })) => return Ok(Verdict::FolderInTheWay),
            (What::File { bytes }, Some(Node::File { meta, blob })) => {
                let is_racy = meta.mtime_ns / NS_PER_MS >= since_ms.saturating_sub(RACY_MS);
                !reads_all && !is_racy && meta == item.meta && blob.bytes == *bytes
            }
            (What::Link { target: new }, Some(Node::Link { meta, target })) => {
                meta == item.meta && target == *new
            }
            _ => false,
        };
        Ok(if is_here {
            Verdict::Here
        } else {
            Verdict::Wanted
        })
    }

    /// Plans to put something, with the folders above it that are missing, as of `now_ms`.
    pub(crate) fn put(
        &mut self,
        path: &DrivePath,
        new: New,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Verdict, StoreError> {
        let Some((above, name)) = path.split() else {
            return Ok(match new {
                New::Folder(_) => Verdict::Here,
                _ => Verdict::FolderInTheWay,
            });
        };
        let folder = match self.folder(&above)? {
            At::Folder(folder) => folder,
            At::InTheWay => return Ok(Verdict::FileInTheWay),
            At::Missing => match self.make(&above, now_ms, rng)? {
                Some(folder) => folder,
                None => return Ok(Verdict::FileInTheWay),
            },
        };
        let held = self.node(&folder, name)?;
        let node = match (new, &held) {
            (New::Folder(_), Some(Node::File { .. } | Node::Link { .. })) => {
                return Ok(Verdict::FileInTheWay);
            }
            (New::Folder(meta), Some(Node::Folder { id, .. })) => Node::Folder { meta, id: *id },
            (New::Folder(meta), None) => Node::Folder {
                meta,
                id: random_id(rng),
            },
            (_, Some(Node::Folder { .. })) => return Ok(Verdict::FolderInTheWay),
            (New::File(meta, blob), _) => Node::File { meta, blob },
            (New::Link(meta, target), _) => Node::Link { meta, target },
        };
        if held.as_ref() == Some(&node) {
            return Ok(Verdict::Here);
        }
        if let Node::Folder { id, .. } = &node {
            self.folders.insert(path.clone(), At::Folder(*id));
        }
        self.change(folder, name.clone(), node);
        Ok(Verdict::Wanted)
    }

    /// Makes what is missing of a path of folders; `None` when something is in the way.
    fn make(
        &mut self,
        path: &DrivePath,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<FolderId>, StoreError> {
        let mtime_ns = i64::try_from(now_ms).map_or(0, |ms| ms.saturating_mul(NS_PER_MS));
        let mode = FOLDER_MODE;
        let mut folder = FolderId::ROOT;
        for name in path.names() {
            folder = match self.node(&folder, name)? {
                Some(Node::Folder { id, .. }) => id,
                Some(_) => return Ok(None),
                None => {
                    let (meta, id) = (Meta { mode, mtime_ns }, random_id(rng));
                    self.change(folder, name.clone(), Node::Folder { meta, id });
                    id
                }
            };
        }
        self.folders.insert(path.clone(), At::Folder(folder));
        Ok(Some(folder))
    }

    fn folder(&mut self, path: &DrivePath) -> Result<At, StoreError> {
        if let Some(At::Folder(folder)) = self.folders.get(path) {
            return Ok(At::Folder(*folder));
        }
        let mut at = FolderId::ROOT;
        for name in path.names() {
            at = match self.node(&at, name)? {
                Some(Node::Folder { id, .. }) => id,
                Some(_) => return Ok(At::InTheWay),
                None => return Ok(At::Missing),
            };
        }
        self.folders.insert(path.clone(), At::Folder(at));
        Ok(At::Folder(at))
    }

    /// What a name stands for, once what is planned is done.
    fn node(&self, folder: &FolderId, name: &Name) -> Result<Option<Node>, StoreError> {
        match self.places.get(&(*folder, name.clone())) {
            Some(place) => Ok(self.changes[*place].node.clone()),
            None => self.logs.drive_node(&self.identity, folder, name),
        }
    }

    fn change(&mut self, folder: FolderId, name: Name, node: Node) {
        let place = self.places.entry((folder, name.clone()));
        let place = *place.or_insert(self.changes.len());
        let node = Some(node);
        let change = DriveChange { folder, name, node };
        match self.changes.get_mut(place) {
            Some(planned) => *planned = change,
            None => self.changes.push(change),
        }
    }
}

fn random_id(rng: &mut dyn CryptoRng) -> FolderId {
    let mut id = [0; 16];
    // All zeros is the root.
    while id == [0; 16] {
        rng.fill_bytes(&mut id);
    }
    FolderId::from_bytes(id)
}
