//! A folder that `hearth backup to` wrote, as one that keeps things.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use hearth_keys::Identity;
use hearth_protocol::bounds::{PACK_BYTES_MAX, ROOT_BYTES_MAX};
use hearth_protocol::codec::Hex;
use hearth_protocol::guardian::{Attested, AttestedRoot};
use hearth_protocol::manifest::GuardianEntry;
use hearth_protocol::pack::PackId;

use crate::backup::folder::FOLDER;

use super::source::{Keeper, NotGiven, Source, Witness};

/// Roots that one folder is looked through for.
const ROOTS_MAX: usize = 256;

/// A folder, and whose things are looked for in it.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    dir: PathBuf,
}

impl Folder {
    /// The things of `identity` in a folder.
    pub(super) fn new(dir: &Path, identity: &Identity) -> Self {
        // Named is the folder that was given to `hearth backup to`, or one in it.
        let identity = identity.to_string();
        let within = [
            dir.join(FOLDER).join(&identity),
            dir.join(&identity),
            dir.to_owned(),
        ];
        let dir = within.into_iter().find(|dir| dir.join("roots").is_dir());
        Self {
            dir: dir.unwrap_or_default(),
        }
    }

    async fn read(&self, kind: &'static str, id: [u8; 32], most: usize) -> Option<Vec<u8>> {
        let path = self.dir.join(kind).join(Hex(&id).to_string());
        let read = tokio::task::spawn_blocking(move || read(&path, most)).await;
        read.ok()?
            .inspect_err(|error| tracing::debug!(%error, kind, "not in the folder"))
            .ok()
    }
}

fn read(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The roots in a folder. Their names don't say their numbers.
fn roots(dir: &Path) -> Vec<AttestedRoot> {
    let files = std::fs::read_dir(dir.join("roots")).into_iter().flatten();
    let root = |file: std::fs::DirEntry| {
        let name = file.file_name().into_string().ok()?;
        Some(AttestedRoot {
            number: 0,
            id: hearth_protocol::codec::from_hex(&name)?,
            bytes: u32::try_from(file.metadata().ok()?.len()).ok()?,
        })
    };
    files.flatten().filter_map(root).take(ROOTS_MAX).collect()
}

impl Source for Folder {
    async fn witnesses(&self) -> Vec<Witness> {
        let dir = self.dir.clone();
        let roots = tokio::task::spawn_blocking(move || roots(&dir)).await;
        let attested = Attested {
            logs: Vec::new(),
            roots: roots.unwrap_or_default(),
        };
        let keeper = Keeper {
            identity: None,
            peer: Vec::new(),
        };
        vec![Witness { keeper, attested }]
    }

    async fn fetch(&self, _: &Keeper, id: [u8; 32], _: u32) -> Result<Vec<u8>, NotGiven> {
        for kind in ["pages", "roots"] {
            if let Some(bytes) = self.read(kind, id, ROOT_BYTES_MAX).await {
                return Ok(bytes);
            }
        }
        Err(NotGiven::Absent)
    }

    async fn keepers_of(&self, _: [u8; 32]) -> Vec<(Keeper, u32)> {
        // Each root that is there was looked at already.
        Vec::new()
    }

    async fn pack(&self, id: PackId, _: u32) -> Option<Vec<u8>> {
        self.read("packs", *id.as_bytes(), PACK_BYTES_MAX).await
    }

    async fn seek(&self, _: &BTreeMap<u16, GuardianEntry>) {}

    async fn is_reachable(&self, keeper: &Keeper) -> bool {
        keeper.identity.is_none()
    }

    fn may_come_back(&self) -> bool {
        false
    }
}
