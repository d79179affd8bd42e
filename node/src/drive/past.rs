//! What was: the history of a name, what is gone from a folder, and how it comes back.

use hearth_keys::Identity;
use hearth_protocol::drive::{DriveChange, FolderId, Name, Node};
use serde::{Deserialize, Serialize};

use super::Drive;
use super::error::DriveError;
use super::moves;
use super::path::{DrivePath, escape};
use super::show::{ItemKind, Past, settle, shape};
use crate::app::model::AppError;
use crate::store::drive::Lookup;
use crate::store::drive_past::{Gone, Word};
use crate::store::logs::Logs;

/// Versions of a name that can be told apart.
const VERSIONS_MAX: usize = 100_000;
/// What is told of as removed: the newest.
const REMOVED_MAX: usize = 200;
/// Names of a folder that are looked at for that, and how many at once.
const ROWS_MAX: usize = 20_000;
const ROWS_AT_ONCE: usize = 500;
const NS_PER_MS: i64 = 1_000_000;

/// Something that was removed from a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Removed {
    /// Its name, in the form of an item's.
    pub(crate) name: String,
    /// What it was.
    pub(crate) kind: ItemKind,
    /// Its length.
    pub(crate) bytes: u64,
    /// When it was removed, ms since 1970.
    pub(crate) time_ms: u64,
}

/// What was removed from a folder, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RemovedList {
    /// It.
    pub(crate) items: Vec<Removed>,
    /// Whether that is all of it.
    pub(crate) is_all: bool,
}

/// Which version shall come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Its number: 1 is the oldest.
    pub(crate) version: u64,
    /// Since when it was, where who chose it knows: then it must be that one still.
    pub(crate) time_ms: Option<u64>,
}

/// What a path was, newest first, also if it or a folder above it is gone.
pub(super) fn words(
    logs: &Logs,
    identity: &Identity,
    path: &DrivePath,
) -> Result<Vec<Word>, DriveError> {
    let (above, name) = path.split().ok_or(DriveError::Root)?;
    let never = || DriveError::NeverWas(path.clone());
    let Lookup::Folder(folder) = logs.drive_folder(identity, above.names(), true)? else {
        return Err(never());
    };
    let words = logs.drive_words(identity, &folder, name, VERSIONS_MAX)?;
    if words.is_empty() {
        Err(never())
    } else {
        Ok(words)
    }
}

/// The place in a history of `versions` versions, newest first, at which a version stands.
pub(super) fn place_of(versions: usize, version: u64) -> Option<usize> {
    let back = (versions as u64).checked_sub(version);
    let back = back.filter(|_| version > 0);
    back.and_then(|back| usize::try_from(back).ok())
}

/// Plans that a name stands again for what it was: in the version that was chosen, else in the last one in which it was
/// anything.
fn plan_return(
    logs: &Logs,
    identity: &Identity,
    path: &DrivePath,
    choice: Option<Choice>,
) -> Result<Vec<DriveChange>, DriveError> {
    let (above, name) = path.split().ok_or(DriveError::Root)?;
    let gone = |error| match error {
        DriveError::NotFound(path) | DriveError::NotFolder(path) => DriveError::FolderGone(path),
        other => other,
    };
    let words = words(logs, identity, path)?;
    let folder = moves::folder(logs, identity, &above).map_err(gone)?;
    let at = chosen(&words, path, choice)?;
    let removed = |at: usize| DriveError::Removed {
        path: path.clone(),
        version: (words.len() - at) as u64,
    };
    let node = words[at].version.node.clone();
    let node = node.ok_or_else(|| removed(at))?;
    match (&node, &words[0].version.node) {
        (node, Some(now)) if node == now => return Err(DriveError::Same(path.clone())),
        (Node::Folder { .. }, Some(_)) => return Err(DriveError::Taken(path.clone())),
        (_, Some(Node::Folder { .. })) => return Err(DriveError::FolderInTheWay(path.clone())),
        _ => {}
    }
    if let Node::Folder { id, .. } = &node {
        check_nowhere(logs, identity, path, &words, id)?;
    }
    Ok(vec![DriveChange {
        folder,
        name: name.clone(),
        node: Some(node),
    }])
}

fn chosen(words: &[Word], path: &DrivePath, choice: Option<Choice>) -> Result<usize, DriveError> {
    let Some(Choice { version, time_ms }) = choice else {
        return match words.iter().position(|word| word.version.node.is_some()) {
            Some(0) => Err(DriveError::Same(path.clone())),
            Some(at) => Ok(at),
            None => Err(DriveError::NeverWas(path.clone())),
        };
    };
    let at = place_of(words.len(), version).ok_or_else(|| DriveError::NoVersion {
        path: path.clone(),
        version,
        versions: words.len() as u64,
    })?;
    if time_ms.is_some_and(|time_ms| words[at].version.age.time_ms != time_ms) {
        return Err(DriveError::PastChanged(path.clone()));
    }
    Ok(at)
}

/// Makes sure that a folder that comes back lies nowhere else: what lies in it would be in two places at once.
fn check_nowhere(
    logs: &Logs,
    identity: &Identity,
    path: &DrivePath,
    words: &[Word],
    folder: &FolderId,
) -> Result<(), DriveError> {
    let is_it = |node: &Node| matches!(node, Node::Folder { id, .. } if id == folder);
    let held = |word: &Word| word.version.node.as_ref().is_some_and(is_it);
    let newest = words.iter().position(held).unwrap_or_default();
    if let (Some(ending), Some(was)) = (
        newest.checked_sub(1).and_then(|at| words.get(at)),
        &words[newest].version.node,
    ) && logs.drive_went_elsewhere(ending, was)?
    {
        return Err(DriveError::MovedAway(path.clone()));
    }
    let mut above = FolderId::ROOT;
    for name in &path.names()[..path.names().len() - 1] {
        match logs.drive_node(identity, &above, name)? {
            Some(Node::Folder { id, .. }) if id == *folder => {
                return Err(DriveError::IntoItself(path.clone()));
            }
            Some(Node::Folder { id, .. }) => above = id,
            _ => break,
        }
    }
    Ok(())
}

impl Drive {
    /// What a path was, newest first, also if it is gone.
    pub(crate) async fn history(&self, path: DrivePath) -> Result<Vec<Past>, AppError> {
        let identity = self.identity;
        let words = self
            .store
            .read(move |logs| settle(words(logs, &identity, &path)));
        let words = words.await??;
        let numbers = (1..=words.len() as u64).rev();
        let past = words.into_iter().zip(numbers).map(|(word, version)| {
            let shape = shape(word.version.node.as_ref());
            Past {
                time_ms: word.version.age.time_ms,
                kind: shape.kind,
                bytes: shape.bytes,
                mtime_ms: shape.meta.mtime_ns.div_euclid(NS_PER_MS),
                mode: shape.meta.mode,
                version,
                device: word.device().to_string(),
            }
        });
        Ok(past.collect())
    }

    /// Lets a name stand again for what it was: in a version, else what it was last before it was removed.
    pub(crate) async fn bring_back(
        &self,
        path: DrivePath,
        choice: Option<Choice>,
    ) -> Result<(), AppError> {
        self.change(move |logs, identity| Ok(((), plan_return(logs, identity, &path, choice)?)))
            .await
    }

    /// What was removed from a folder, newest first.
    pub(crate) async fn removed(&self, path: DrivePath) -> Result<RemovedList, AppError> {
        let identity = self.identity;
        let found = self
            .store
            .read(move |logs| settle(moves::folder(logs, &identity, &path)));
        let folder = found.await??;
        let mut gone: Vec<Gone> = Vec::new();
        let mut after: Option<Name> = None;
        let mut rows = 0;
        let mut is_all = true;
        loop {
            let from = after.take();
            let part = self
                .store
                .read(move |logs| logs.drive_gone(&identity, &folder, from.as_ref(), ROWS_AT_ONCE));
            let (part, next) = part.await?;
            gone.extend(part);
            gone.sort_by_key(|one| std::cmp::Reverse(one.age));
            is_all &= gone.len() <= REMOVED_MAX;
            gone.truncate(REMOVED_MAX);
            rows += ROWS_AT_ONCE;
            match next {
                None => break,
                Some(_) if rows >= ROWS_MAX => {
                    is_all = false;
                    break;
                }
                next => after = next,
            }
        }
        let items = gone.into_iter().map(|gone| {
            let shape = shape(Some(&gone.was));
            Removed {
                name: escape(gone.name.as_bytes()),
                kind: shape.kind,
                bytes: shape.bytes,
                time_ms: gone.age.time_ms,
            }
        });
        Ok(RemovedList {
            items: items.collect(),
            is_all,
        })
    }
}
