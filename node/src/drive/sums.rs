//! How much lies in a folder, with all that is below it; within bounds, so that a page about a very large one says "more than".

use std::collections::{BTreeMap, BTreeSet};

use hearth_protocol::drive::{FolderId, Node};

use super::Drive;
use super::moves;
use super::path::{DrivePath, escape};
use super::show::settle;
use crate::app::model::AppError;

/// Names that are looked at, and how many at once.
const NAMES_MAX: usize = 10_000;
const AT_ONCE: usize = 1_000;

/// How much lies somewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Files.
    pub(crate) files: u64,
    /// Folders.
    pub(crate) folders: u64,
    /// The files' length.
    pub(crate) bytes: u64,
    /// Whether there may be more.
    pub(crate) is_part: bool,
}

/// How much lies in a folder, and in those right below it by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Within {
    /// In all.
    pub(crate) all: Sums,
    /// In each folder below.
    pub(crate) each: BTreeMap<String, Sums>,
}

impl Sums {
    fn add(&mut self, node: &Node) {
        match node {
            Node::File { blob, .. } => {
                self.files += 1;
                self.bytes = self.bytes.saturating_add(blob.bytes);
            }
            Node::Folder { .. } => self.folders += 1,
            Node::Link { .. } => {}
        }
    }
}

/// A folder that is to be gone over: below which one, and how.
struct Open {
    id: FolderId,
    below: Option<String>,
}

impl Drive {
    /// How much lies in a folder.
    pub(crate) async fn sums(&self, path: DrivePath) -> Result<Within, AppError> {
        let identity = self.identity;
        let found = self
            .store
            .read(move |logs| settle(moves::folder(logs, &identity, &path)));
        let id = found.await??;
        let mut within = Within::default();
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![Open { id, below: None }];
        let mut names = 0;
        while let Some(Open { id, below }) = open.pop() {
            let mut after = None;
            loop {
                if names >= NAMES_MAX {
                    within.all.is_part = true;
                    let left = open.iter().map(|open| &open.below);
                    for name in left.chain([&below]).flatten() {
                        within.each.entry(name.clone()).or_default().is_part = true;
                    }
                    return Ok(within);
                }
                let part = self
                    .store
                    .read(move |logs| logs.drive_list(&identity, &id, after.as_ref(), AT_ONCE));
                let part = part.await?;
                names += part.versions.len().max(1);
                for version in part.versions {
                    let Some(node) = version.node else { continue };
                    within.all.add(&node);
                    if let Some(name) = &below {
                        within.each.entry(name.clone()).or_default().add(&node);
                    }
                    let Node::Folder { id, .. } = node else {
                        continue;
                    };
                    let below = match &below {
                        Some(name) => name.clone(),
                        None => escape(version.name.as_bytes()),
                    };
                    within.each.entry(below.clone()).or_default();
                    if seen.insert(id) {
                        let below = Some(below);
                        open.push(Open { id, below });
                    }
                }
                after = part.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(within)
    }
}
