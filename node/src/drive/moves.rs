//! Moving and removing: changes of names alone, planned on the store's thread.

use hearth_keys::Identity;
use hearth_protocol::drive::{DriveChange, FolderId, Meta, Name, Node};

use super::error::DriveError;
use super::path::DrivePath;
use super::place::{New, Placement, Verdict};
use crate::store::drive::Lookup;
use crate::store::logs::Logs;

/// A name in a folder, and what it stands for.
struct Spot {
    folder: FolderId,
    name: Name,
    node: Option<Node>,
}

impl Spot {
    fn change(&self, node: Option<Node>) -> DriveChange {
        DriveChange {
            folder: self.folder,
            name: self.name.clone(),
            node,
        }
    }
}

/// Where a path leads; its last name need not be there.
fn spot(logs: &Logs, identity: &Identity, path: &DrivePath) -> Result<Spot, DriveError> {
    let (above, name) = path.split().ok_or(DriveError::Root)?;
    let folder = folder(logs, identity, &above)?;
    let node = logs.drive_node(identity, &folder, name)?;
    let name = name.clone();
    Ok(Spot { folder, name, node })
}

/// The folder at a path.
pub(super) fn folder(
    logs: &Logs,
    identity: &Identity,
    path: &DrivePath,
) -> Result<FolderId, DriveError> {
    let part = |place: usize| DrivePath::from_names(path.names()[..=place].to_vec());
    match logs.drive_folder(identity, path.names(), false)? {
        Lookup::Folder(folder) => Ok(folder),
        Lookup::Missing(place) => Err(DriveError::NotFound(part(place)?)),
        Lookup::InTheWay(place) => Err(DriveError::NotFolder(part(place)?)),
    }
}

/// Plans a move as `mv` does it: into `to` if that is a folder, else to its place. `into` says that `to` must be a folder
/// (or become one). Gives where it comes to lie.
pub(crate) fn plan_move(
    logs: &Logs,
    identity: &Identity,
    from: &DrivePath,
    to: &DrivePath,
    into: bool,
) -> Result<(DrivePath, Vec<DriveChange>), DriveError> {
    let source = spot(logs, identity, from)?;
    let not_found = || DriveError::NotFound(from.clone());
    let node = source.node.clone().ok_or_else(not_found)?;
    let to = destination(logs, identity, &source, to, into)?;
    if to == *from {
        return Err(DriveError::Same(to));
    }
    if matches!(node, Node::Folder { .. }) && to.is_within(from) {
        return Err(DriveError::IntoItself(from.clone()));
    }
    let target = spot(logs, identity, &to)?;
    match (&node, &target.node) {
        (Node::Folder { .. }, Some(Node::Folder { id, .. })) if is_empty(logs, identity, id)? => {}
        (Node::Folder { .. }, Some(Node::Folder { .. })) => return Err(DriveError::NotEmpty(to)),
        (Node::Folder { .. }, Some(_)) => return Err(DriveError::NotFolder(to)),
        (_, Some(Node::Folder { .. })) => return Err(DriveError::FolderInTheWay(to)),
        _ => {}
    }
    let changes = vec![target.change(Some(node)), source.change(None)];
    Ok((to, changes))
}

/// Plans to give something another place, which nothing has.
pub(crate) fn plan_relocation(
    logs: &Logs,
    identity: &Identity,
    from: &DrivePath,
    to: &DrivePath,
) -> Result<Vec<DriveChange>, DriveError> {
    let source = spot(logs, identity, from)?;
    let not_found = || DriveError::NotFound(from.clone());
    let node = source.node.clone().ok_or_else(not_found)?;
    if to == from {
        return Err(DriveError::Same(to.clone()));
    }
    if matches!(node, Node::Folder { .. }) && to.is_within(from) {
        return Err(DriveError::IntoItself(from.clone()));
    }
    let target = spot(logs, identity, to)?;
    if target.node.is_some() {
        return Err(DriveError::Taken(to.clone()));
    }
    Ok(vec![target.change(Some(node)), source.change(None)])
}

/// Plans an empty folder where nothing is, as of `now_ms`.
pub(crate) fn plan_folder(
    logs: &Logs,
    identity: &Identity,
    path: &DrivePath,
    now_ms: u64,
) -> Result<Vec<DriveChange>, DriveError> {
    if spot(logs, identity, path)?.node.is_some() {
        return Err(DriveError::Taken(path.clone()));
    }
    let ms = i64::try_from(now_ms).unwrap_or_default();
    let meta = Meta {
        mode: 0o755,
        mtime_ns: ms.saturating_mul(1_000_000),
    };
    let (mut placement, mut rng) = (Placement::new(logs, *identity), crate::rng::system());
    match placement.put(path, New::Folder(meta), now_ms, &mut rng)? {
        Verdict::Here | Verdict::Wanted => Ok(placement.changes()),
        Verdict::FileInTheWay | Verdict::FolderInTheWay => Err(DriveError::Taken(path.clone())),
    }
}

fn destination(
    logs: &Logs,
    identity: &Identity,
    source: &Spot,
    to: &DrivePath,
    into: bool,
) -> Result<DrivePath, DriveError> {
    let is_folder = to.is_root()
        || match spot(logs, identity, to)?.node {
            Some(Node::Folder { .. }) => true,
            Some(_) if into => return Err(DriveError::NotFolder(to.clone())),
            None if into && !matches!(source.node, Some(Node::Folder { .. })) => {
                return Err(DriveError::NotFound(to.clone()));
            }
            _ => false,
        };
    if is_folder {
        Ok(to.join(&source.name)?)
    } else {
        Ok(to.clone())
    }
}

fn is_empty(logs: &Logs, identity: &Identity, folder: &FolderId) -> Result<bool, DriveError> {
    let mut after = None;
    loop {
        let part = logs.drive_list(identity, folder, after.as_ref(), 2)?;
        if !part.versions.is_empty() {
            return Ok(false);
        }
        match part.next {
            None => return Ok(true),
            next => after = next,
        }
    }
}

/// Plans to remove what lies at a path; a folder goes with all that is in it, and its history stays.
pub(crate) fn plan_removal(
    logs: &Logs,
    identity: &Identity,
    path: &DrivePath,
) -> Result<DriveChange, DriveError> {
    let spot = spot(logs, identity, path)?;
    match spot.node {
        Some(_) => Ok(spot.change(None)),
        None => Err(DriveError::NotFound(path.clone())),
    }
}
