//! What takes how much room on the disk.

use crate::said::said;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::model::{AppError, Storage, StorageKind, StoragePart, StoragePledge};
use super::{App, failed};
use crate::access::{ACCESS_DIR, BYTES_MAX as ACCESS_BYTES_MAX};
use crate::disk;
use crate::home::{Home, SHARDS_DIR};
use crate::replication::unix_ms;

/// How long what was found is told again.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Files that are looked at, at most, and how long that may take.
const FILES_MAX: usize = 300_000;
const FILES_TIME_MAX: Duration = Duration::from_secs(5);
/// Rows of entries that are weighed between two other jobs of the store, and how long that may go on.
const ROWS_AT_ONCE: usize = 1000;
const ROWS_TIME_MAX: Duration = Duration::from_secs(3);
/// What `du` counts.
const BLOCK_BYTES: u64 = 512;

/// What was found last, and where it lies.
#[derive(Debug)]
pub(super) struct Looked {
    home: PathBuf,
    last: tokio::sync::Mutex<Option<(Instant, Storage)>>,
}

impl Looked {
    pub(super) fn at(home: &Home) -> Self {
        Self {
            home: home.dir().to_owned(),
            last: tokio::sync::Mutex::new(None),
        }
    }
}

/// What a walk through folders found.
#[derive(Debug, Default)]
struct Walk {
    by_kind: BTreeMap<StorageKind, u64>,
    files: usize,
    is_cut: bool,
}

impl App {
    /// What lies in the home, by kind; looked at once a minute at most.
    pub(crate) async fn storage(&self) -> Result<Storage, AppError> {
        // Who asks meanwhile waits for the same answer.
        let mut last = self.0.storage.last.lock().await;
        if let Some((_, storage)) = last
            .as_ref()
            .filter(|(looked, _)| looked.elapsed() < LOOK_EVERY)
        {
            return Ok(storage.clone());
        }
        let storage = self.look_at_storage().await?;
        *last = Some((Instant::now(), storage.clone()));
        Ok(storage)
    }

    async fn look_at_storage(&self) -> Result<Storage, AppError> {
        let home = self.0.storage.home.clone();
        let walked = tokio::task::spawn_blocking(move || {
            let free_bytes = disk::free_bytes(&home)?;
            Ok::<_, std::io::Error>((walk(&home), free_bytes))
        });
        let (mut walk, free_bytes) = walked
            .await
            .map_err(|_| failed(said!("stopping", "the node is stopping")))?
            .map_err(|error| {
                failed(said!(
                    "disk-unseen",
                    "the disk can't be looked at: {error}",
                    error = error
                ))
            })?;
        self.share_out_database(&mut walk).await?;
        let mut parts: Vec<StoragePart> = walk
            .by_kind
            .iter()
            .filter(|(_, bytes)| **bytes > 0)
            .map(|(kind, bytes)| StoragePart {
                kind: *kind,
                bytes: *bytes,
            })
            .collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
        let pledges = self.guardians().await?.into_iter();
        let pledges = pledges.filter(|one| one.pledged_by_me > 0 || one.used_on_me > 0);
        Ok(Storage {
            bytes: parts.iter().map(|part| part.bytes).sum(),
            free_bytes,
            parts,
            pledges: pledges
                .map(|one| StoragePledge {
                    identity: one.identity,
                    name: one.name,
                    used: one.used_on_me,
                    pledged: one.pledged_by_me,
                })
                .collect(),
            photo_cache_max: self.photo_cache_bytes().await?,
            access_max: ACCESS_BYTES_MAX,
            is_cut: walk.is_cut,
            time_ms: unix_ms(),
        })
    }

    /// Says whose logs the database's bytes are, by what rows take; all else in it is made of these, or not given back yet.
    async fn share_out_database(&self, walk: &mut Walk) -> Result<(), AppError> {
        let (me, begun) = (self.identity(), Instant::now());
        let (mut own, mut others, mut from) = (0, 0, None);
        loop {
            let read = self
                .0
                .store
                .read(move |logs| logs.weigh_logs(from, ROWS_AT_ONCE));
            let weighed = read.await?;
            for (log, bytes) in weighed.logs {
                *(if log.identity == me {
                    &mut own
                } else {
                    &mut others
                }) += bytes;
            }
            from = weighed.next;
            if from.is_none() {
                break;
            }
            if begun.elapsed() > ROWS_TIME_MAX {
                walk.is_cut = true;
                break;
            }
        }
        let all = walk
            .by_kind
            .get_mut(&StorageKind::Index)
            .map(std::mem::take)
            .unwrap_or_default();
        let own = own.min(all);
        let others = others.min(all - own);
        walk.by_kind.insert(StorageKind::OwnLogs, own);
        walk.by_kind.insert(StorageKind::OthersLogs, others);
        walk.by_kind.insert(StorageKind::Index, all - own - others);
        Ok(())
    }
}

/// What a file or folder directly in the home is.
fn kind_of(name: &str) -> StorageKind {
    match name {
        "objects" => StorageKind::Objects,
        "store" | "store-new" => StorageKind::Index,
        "photos" => StorageKind::PhotoCache,
        name if name == SHARDS_DIR => StorageKind::Shards,
        name if name == ACCESS_DIR => StorageKind::AccessLog,
        "before-restore" => StorageKind::Aside,
        name if name.starts_with("store-damaged") => StorageKind::Aside,
        _ => StorageKind::Rest,
    }
}

fn walk(home: &Path) -> Walk {
    let (mut walk, begun) = (Walk::default(), Instant::now());
    let mut folders = vec![(home.to_owned(), None)];
    while let Some((folder, kind)) = folders.pop() {
        // What is removed meanwhile isn't there.
        for file in fs::read_dir(folder).into_iter().flatten().flatten() {
            if walk.files >= FILES_MAX || begun.elapsed() > FILES_TIME_MAX {
                walk.is_cut = true;
                return walk;
            }
            walk.files += 1;
            let kind = kind.unwrap_or_else(|| kind_of(&file.file_name().to_string_lossy()));
            // Of a link, what it takes itself.
            let Ok(meta) = file.metadata() else { continue };
            *walk.by_kind.entry(kind).or_default() += meta.blocks() * BLOCK_BYTES;
            if meta.is_dir() {
                folders.push((file.path(), Some(kind)));
            }
        }
    }
    walk
}
