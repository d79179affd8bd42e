//! The drive's rows: what each name in each folder is, and what it was.
//!
//! ```text
//! DRIVE          account ‖ folder ‖ name ‖ 00, or the first 64 bytes of a longer one ‖ 01 ‖ its hash
//!                → what it is now, or that it is gone: the newest word on it
//! DRIVE_HISTORY  account ‖ folder ‖ hash of the name ‖ time ‖ entry id ‖ index → every earlier word
//! ```
//!
//! A removed name keeps its row, so that an older word that arrives later doesn't bring it back.

use std::collections::BTreeMap;

use hearth_keys::{CryptoRng, Identity};
use hearth_protocol::codec::{Blob as Bytestring, Bytes, decode_trusted, encode};
use hearth_protocol::content::Content;
use hearth_protocol::drive::{self, DriveChange, FolderId, Meta, Name, Node};
use hearth_protocol::entry::{Entry, EntryId, Place};
use hearth_protocol::object::{Blob, ObjectId};

use super::batch::VALUE_BYTES_MAX;
use super::db::{Batch, end_of_prefix};
use super::engine::Pair;
use super::logs::{Draft, Logs, StoreError, Stored, damaged};
use super::rows::Handle;
use super::views::{DRIVE, DRIVE_HISTORY, view_key};

/// So much of a name sorts and stands in the key.
const NAME_IN_KEY_BYTES: usize = 64;
/// What follows a name that stands in the key as a whole, and one that doesn't. Names have no NUL.
const WHOLE: u8 = 0;
const CUT: u8 = 1;
/// A longer row (a link with a long target) says only where the change lies.
const ROW_BYTES_MAX: usize = 2048;
/// Rows that one listing looks at: gone names cost as much as others.
const ROWS_SCANNED_MAX: usize = 8192;
/// Entries written at once: their rows fit one batch.
const ENTRIES_AT_ONCE: usize = 16;

/// Which of several changes of a name counts: the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Age {
    /// The entry's claimed time.
    pub(crate) time_ms: u64,
    /// The entry.
    pub(crate) id: EntryId,
    /// The change's place in it.
    pub(crate) index: u32,
}

/// What a name in a folder is, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// Since when.
    pub(crate) age: Age,
    /// The name.
    pub(crate) name: Name,
    /// What it stands for; `None`: removed.
    pub(crate) node: Option<Node>,
}

/// A part of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// What is there, by name.
    pub(crate) versions: Vec<Version>,
    /// After which name to go on, if there may be more.
    pub(crate) next: Option<Name>,
}

/// What lies at the end of a path of folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// A folder.
    Folder(FolderId),
    /// Nothing: the name at this place of the path isn't there.
    Missing(usize),
    /// The name at this place of the path is there and no folder.
    InTheWay(usize),
}

/// kind, mode, mtime, bytes, depth, id of object or folder, target
type NodeRow = (u8, u32, i64, u64, u8, Bytestring, Bytestring);
/// time, entry, index, log and sequence of the entry, name unless it is in the key, node, whether that is to be read in the
/// entry
type RowTuple = (
    u64,
    Bytes<32>,
    u32,
    (Handle, u64),
    Bytestring,
    Option<NodeRow>,
    bool,
);

const FILE: u8 = 1;
const FOLDER: u8 = 2;
const LINK: u8 = 3;

/// Where a change was written.
#[derive(Debug, Clone, Copy)]
struct Origin {
    log: Handle,
    seq: u64,
    age: Age,
}

pub(super) fn folder_key(view: u8, author: Handle, folder: &FolderId) -> Vec<u8> {
    let mut rest = author.to_be_bytes().to_vec();
    rest.extend_from_slice(folder.as_bytes());
    view_key(view, &rest)
}

pub(super) fn name_key(author: Handle, folder: &FolderId, name: &Name) -> Vec<u8> {
    let mut key = folder_key(DRIVE, author, folder);
    let name = name.as_bytes();
    match name.get(..NAME_IN_KEY_BYTES) {
        Some(first) if name.len() > NAME_IN_KEY_BYTES => {
            key.extend_from_slice(first);
            key.push(CUT);
            key.extend_from_slice(blake3::hash(name).as_bytes());
        }
        _ => {
            key.extend_from_slice(name);
            key.push(WHOLE);
        }
    }
    key
}

pub(super) fn history_prefix(author: Handle, folder: &FolderId, name: &Name) -> Vec<u8> {
    let mut key = folder_key(DRIVE_HISTORY, author, folder);
    key.extend_from_slice(blake3::hash(name.as_bytes()).as_bytes());
    key
}

fn history_key(author: Handle, folder: &FolderId, name: &Name, age: &Age) -> Vec<u8> {
    let mut key = history_prefix(author, folder, name);
    key.extend_from_slice(&age.time_ms.to_be_bytes());
    key.extend_from_slice(age.id.as_bytes());
    key.extend_from_slice(&age.index.to_be_bytes());
    key
}

fn node_row(node: &Node) -> NodeRow {
    let Meta { mode, mtime_ns } = node.meta();
    let none = || Bytestring(Vec::new());
    match node {
        Node::File { blob, .. } => {
            let root = Bytestring(blob.root.as_bytes().to_vec());
            (FILE, mode, mtime_ns, blob.bytes, blob.depth, root, none())
        }
        Node::Folder { id, .. } => {
            let id = Bytestring(id.as_bytes().to_vec());
            (FOLDER, mode, mtime_ns, 0, 0, id, none())
        }
        Node::Link { target, .. } => {
            let target = Bytestring(target.clone());
            (LINK, mode, mtime_ns, 0, 0, none(), target)
        }
    }
}

fn node_of((kind, mode, mtime_ns, bytes, depth, id, target): NodeRow) -> Option<Node> {
    let meta = Meta { mode, mtime_ns };
    Some(match kind {
        FILE => {
            let root = ObjectId::from_bytes(id.0.try_into().ok()?);
            let blob = Blob { bytes, depth, root };
            Node::File { meta, blob }
        }
        FOLDER => {
            let id = FolderId::from_bytes(id.0.try_into().ok()?);
            Node::Folder { meta, id }
        }
        LINK => Node::Link {
            meta,
            target: target.0,
        },
        _ => return None,
    })
}

fn to_row(origin: &Origin, name: &Name, node: Option<&Node>) -> Vec<u8> {
    let Age { time_ms, id, index } = origin.age;
    let is_in_key = name.as_bytes().len() <= NAME_IN_KEY_BYTES;
    let kept_name = if is_in_key { &[] } else { name.as_bytes() };
    let row = |node, is_elsewhere| -> Vec<u8> {
        let row: RowTuple = (
            time_ms,
            Bytes(*id.as_bytes()),
            index,
            (origin.log, origin.seq),
            Bytestring(kept_name.to_vec()),
            node,
            is_elsewhere,
        );
        encode(&row)
    };
    let whole = row(node.map(node_row), false);
    if whole.len() <= ROW_BYTES_MAX {
        whole
    } else {
        row(None, true)
    }
}

/// Which log a row's change was written in, and where there.
pub(super) fn written_at(row: &[u8]) -> Result<(Handle, u64), StoreError> {
    let row: RowTuple = decode_trusted(row, VALUE_BYTES_MAX)?;
    Ok(row.3)
}

fn age_of(row: &[u8]) -> Result<Age, StoreError> {
    let row: RowTuple = decode_trusted(row, VALUE_BYTES_MAX)?;
    Ok(Age {
        time_ms: row.0,
        id: EntryId::from_bytes(row.1.0),
        index: row.2,
    })
}

/// The name in a row's key, if it stands there as a whole.
pub(super) fn name_in(key: &[u8]) -> Option<Name> {
    let start = folder_key(DRIVE, 0, &FolderId::ROOT).len();
    let name = key.get(start..)?.strip_suffix(&[WHOLE])?;
    Name::new(name).ok()
}

impl Logs {
    /// Puts the changes of an entry into the views.
    pub(super) fn show_drive(
        &self,
        batch: &mut Batch,
        (author, log): (Handle, Handle),
        entry: &Entry,
        changes: &[DriveChange],
    ) -> Result<(), StoreError> {
        for (change, index) in changes.iter().zip(0..) {
            let DriveChange { folder, name, node } = change;
            let origin = origin(log, entry, index);
            let row = to_row(&origin, name, node.as_ref());
            let key = name_key(author, folder, name);
            match self.pending(batch, &key)? {
                None => batch.insert(key, row),
                Some(held) => {
                    let held_age = age_of(&held)?;
                    if held_age < origin.age {
                        batch.insert(history_key(author, folder, name, &held_age), held);
                        batch.insert(key, row);
                    } else if held_age > origin.age {
                        batch.insert(history_key(author, folder, name, &origin.age), row);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes the changes of an entry whose body goes out of the views: what was there before counts again.
    pub(super) fn hide_drive(
        &self,
        batch: &mut Batch,
        (author, log): (Handle, Handle),
        entry: &Entry,
        changes: &[DriveChange],
    ) -> Result<(), StoreError> {
        for (change, index) in changes.iter().zip(0..) {
            let DriveChange { folder, name, .. } = change;
            let age = origin(log, entry, index).age;
            let key = name_key(author, folder, name);
            let held = self.pending(batch, &key)?;
            let is_newest = held.map(|held| age_of(&held)).transpose()? == Some(age);
            if !is_newest {
                batch.remove(history_key(author, folder, name, &age));
                continue;
            }
            let own = history_key(author, folder, name, &age);
            match self.pending_last(batch, &history_prefix(author, folder, name), &own)? {
                None => batch.remove(key),
                Some((earlier, row)) => {
                    batch.remove(earlier);
                    batch.insert(key, row);
                }
            }
        }
        Ok(())
    }

    /// Goes over all that an account's drive has now, folder by folder, `rows` rows behind the one at `after`; gives the
    /// last one, if there may be more.
    pub(crate) fn walk_drive(
        &self,
        account: &Identity,
        after: Option<&[u8]>,
        rows: usize,
        visit: &mut dyn FnMut(FolderId, Version),
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok(None);
        };
        let prefix = view_key(DRIVE, &handle.to_be_bytes());
        let from = after.map_or_else(|| prefix.clone(), |after| [after, &[0]].concat());
        let end = end_of_prefix(&prefix).unwrap_or_default();
        for (row, number) in self.db.range(&from, &end).zip(1..) {
            let (key, row) = row?;
            let version = self.version(name_in(&key), &row)?;
            let folder = key.get(prefix.len()..).and_then(<[u8]>::first_chunk);
            if let Some(folder) = folder.filter(|_| version.node.is_some()) {
                visit(FolderId::from_bytes(*folder), version);
            }
            if number == rows {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// A row as the batch would leave it.
    pub(super) fn pending(&self, batch: &Batch, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(match batch.change_of(key) {
            Some(change) => change.map(<[u8]>::to_vec),
            None => self.db.value(key)?,
        })
    }

    /// The last row with `from <= key < to` as the batch would leave it.
    pub(super) fn pending_last(
        &self,
        batch: &Batch,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<Pair>, StoreError> {
        let in_batch = batch.rows.range(from.to_vec()..to.to_vec()).rev();
        let in_batch = in_batch
            .filter_map(|(key, row)| Some((key.clone(), row.clone()?)))
            .next();
        let mut stored = None;
        for row in self.db.range(from, to).rev() {
            let (key, row) = row?;
            if batch.change_of(&key).is_none() {
                stored = Some((key, row));
                break;
            }
        }
        Ok(in_batch.max(stored))
    }

    pub(super) fn version(&self, name: Option<Name>, row: &[u8]) -> Result<Version, StoreError> {
        let row: RowTuple = decode_trusted(row, VALUE_BYTES_MAX)?;
        let (time_ms, id, index, (log, seq), kept_name, node, is_elsewhere) = row;
        let id = EntryId::from_bytes(id.0);
        let age = Age { time_ms, id, index };
        let name = match name {
            Some(name) => name,
            None => Name::new(kept_name.0).map_err(|_| damaged("a file's name"))?,
        };
        let node = match node {
            None if is_elsewhere => self.change_in_entry(log, seq, index)?,
            None => None,
            Some(row) => Some(node_of(row).ok_or_else(|| damaged("a file's row"))?),
        };
        Ok(Version { age, name, node })
    }

    fn change_in_entry(
        &self,
        log: Handle,
        seq: u64,
        index: u32,
    ) -> Result<Option<Node>, StoreError> {
        let lost = || damaged("a file's entry");
        let log = *self.by_handle.get(&log).ok_or_else(lost)?;
        let changes = self.changes_at(&Place { log, seq })?.ok_or_else(lost)?;
        let index = usize::try_from(index).map_err(|_| lost())?;
        let change = changes.into_iter().nth(index).ok_or_else(lost)?;
        Ok(change.node)
    }

    /// All that an entry changed; `None` where it can't be read.
    pub(super) fn changes_at(&self, place: &Place) -> Result<Option<Vec<DriveChange>>, StoreError> {
        let body = self.link(place)?.and_then(|link| link.body);
        let opened = body.and_then(|body| self.open_body(place, &body));
        Ok(match opened.map(|opened| opened.content) {
            Some(Content::Drive(changes)) => Some(changes),
            _ => None,
        })
    }

    pub(super) fn author(&self, identity: &Identity) -> Option<Handle> {
        self.identities.get(identity).copied()
    }

    /// The newest word on a name in a folder, also if that is that it is gone.
    pub(crate) fn drive_version(
        &self,
        identity: &Identity,
        folder: &FolderId,
        name: &Name,
    ) -> Result<Option<Version>, StoreError> {
        let Some(author) = self.author(identity) else {
            return Ok(None);
        };
        let row = self.db.value(&name_key(author, folder, name))?;
        row.map(|row| self.version(Some(name.clone()), &row))
            .transpose()
    }

    /// What a name in a folder stands for.
    pub(crate) fn drive_node(
        &self,
        identity: &Identity,
        folder: &FolderId,
        name: &Name,
    ) -> Result<Option<Node>, StoreError> {
        let version = self.drive_version(identity, folder, name)?;
        Ok(version.and_then(|version| version.node))
    }

    /// What lies in a folder after `after`, by name, about `limit` at once.
    pub(crate) fn drive_list(
        &self,
        identity: &Identity,
        folder: &FolderId,
        after: Option<&Name>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        let mut listing = Listing {
            versions: Vec::new(),
            next: None,
        };
        let Some(author) = self.author(identity) else {
            return Ok(listing);
        };
        for (row, scanned) in self.rows_of_folder(author, folder, after).zip(1..) {
            let (key, row) = row?;
            let version = self.version(name_in(&key), &row)?;
            if listing.versions.len() + 1 >= limit.max(1) || scanned == ROWS_SCANNED_MAX {
                listing.next = Some(version.name.clone());
            }
            listing
                .versions
                .extend(Some(version).filter(|version| version.node.is_some()));
            if listing.next.is_some() {
                break;
            }
        }
        Ok(listing)
    }

    /// The roots of what the files in the drive hold, at most `most`.
    pub(crate) fn drive_contents(
        &self,
        identity: &Identity,
        most: usize,
    ) -> Result<Vec<ObjectId>, StoreError> {
        let mut contents = Vec::new();
        let Some(author) = self.author(identity) else {
            return Ok(contents);
        };
        for row in self.db.prefixed(&view_key(DRIVE, &author.to_be_bytes())) {
            let (key, row) = row?;
            if let Some(Node::File { blob, .. }) = self.version(name_in(&key), &row)?.node {
                contents.push(blob.root);
            }
            if contents.len() >= most {
                break;
            }
        }
        Ok(contents)
    }

    /// The names in a folder after one, with their rows.
    pub(super) fn rows_of_folder(
        &self,
        author: Handle,
        folder: &FolderId,
        after: Option<&Name>,
    ) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>> {
        let prefix = folder_key(DRIVE, author, folder);
        let to = end_of_prefix(&prefix).unwrap_or_default();
        let from = after.map_or(prefix, |name| {
            [name_key(author, folder, name), vec![0]].concat()
        });
        self.db.range(&from, &to).map(|row| Ok(row?))
    }

    /// Rows of what a name is and was, newest first.
    pub(super) fn rows_of_name(
        &self,
        author: Handle,
        folder: &FolderId,
        name: &Name,
    ) -> Result<impl Iterator<Item = Result<Vec<u8>, StoreError>>, StoreError> {
        let newest = self.db.value(&name_key(author, folder, name))?;
        let earlier = self.rows_before(author, folder, name);
        Ok(newest.map(Ok).into_iter().chain(earlier))
    }

    /// Rows of what a name was before it became what it is, newest first.
    pub(super) fn rows_before(
        &self,
        author: Handle,
        folder: &FolderId,
        name: &Name,
    ) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> {
        let prefix = history_prefix(author, folder, name);
        let end = end_of_prefix(&prefix).unwrap_or_default();
        let rows = self.db.range(&prefix, &end).rev();
        rows.map(|row| Ok(row?.1))
    }

    /// What a name in a folder is and was, newest first, at most `limit` versions, but always what it is.
    pub(crate) fn drive_history(
        &self,
        identity: &Identity,
        folder: &FolderId,
        name: &Name,
        limit: usize,
    ) -> Result<Vec<Version>, StoreError> {
        let Some(author) = self.author(identity) else {
            return Ok(Vec::new());
        };
        let rows = self.rows_of_name(author, folder, name)?;
        rows.take(limit.max(1))
            .map(|row| self.version(Some(name.clone()), &row?))
            .collect()
    }

    /// The folder at the end of a path of names. With `past`, also through folders that are gone.
    pub(crate) fn drive_folder(
        &self,
        identity: &Identity,
        names: &[Name],
        past: bool,
    ) -> Result<Lookup, StoreError> {
        let mut folder = FolderId::ROOT;
        for (place, name) in names.iter().enumerate() {
            folder = match self.drive_node(identity, &folder, name)? {
                Some(Node::Folder { id, .. }) => id,
                Some(_) if !past => return Ok(Lookup::InTheWay(place)),
                None if !past => return Ok(Lookup::Missing(place)),
                other => match self.last_folder(identity, &folder, name)? {
                    Some(id) => id,
                    None if other.is_some() => return Ok(Lookup::InTheWay(place)),
                    None => return Ok(Lookup::Missing(place)),
                },
            };
        }
        Ok(Lookup::Folder(folder))
    }

    /// The folder that a name stood for last.
    fn last_folder(
        &self,
        identity: &Identity,
        folder: &FolderId,
        name: &Name,
    ) -> Result<Option<FolderId>, StoreError> {
        let versions = self.drive_history(identity, folder, name, ROWS_SCANNED_MAX)?;
        Ok(versions.iter().find_map(|version| match version.node {
            Some(Node::Folder { id, .. }) => Some(id),
            _ => None,
        }))
    }

    /// Writes changes, of which the last of each name counts, so that they are newer than what they replace.
    pub(crate) fn drive_change(
        &mut self,
        identity: &Identity,
        changes: Vec<DriveChange>,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut last = BTreeMap::new();
        let mut time_ms = now_ms;
        for (change, place) in changes.iter().zip(0usize..) {
            last.insert((change.folder, change.name.clone()), place);
            let held = self.drive_version(identity, &change.folder, &change.name)?;
            time_ms = time_ms.max(held.map_or(0, |held| held.age.time_ms.saturating_add(1)));
        }
        let count = |(place, change): (usize, DriveChange)| {
            let counts = last.get(&(change.folder, change.name.clone())) == Some(&place);
            counts.then_some(change)
        };
        let changes = changes.into_iter().enumerate().filter_map(count).collect();
        let drafts: Vec<Draft> = drive::batches(changes)
            .into_iter()
            .map(|batch| Draft::private(time_ms, Content::Drive(batch)))
            .collect();
        let mut stored = Vec::new();
        for drafts in drafts.chunks(ENTRIES_AT_ONCE) {
            let (_, part) = self.append(identity, false, drafts.to_vec(), now_ms, rng)?;
            stored.extend(part);
        }
        Ok(stored)
    }
}

fn origin(log: Handle, entry: &Entry, index: u32) -> Origin {
    let (time_ms, id) = (entry.header().time_ms, entry.id());
    Origin {
        log,
        seq: entry.place().seq,
        age: Age { time_ms, id, index },
    }
}
