//! A backup in a folder: for the days when one has no friends yet, and for a disk in a drawer.
//!
//! ```text
//! DIR/hearth-backup/hearth1…/packs/HEX   sealed packs by their id
//!                            pages/HEX   pages of the manifest
//!                            roots/HEX   one for each snapshot that was written
//! ```
//!
//! Each file is written whole under a passing name, synced, renamed, and read back.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hearth_protocol::codec::{Bytes, Hex, encode};
use hearth_protocol::manifest::{PackEntry, Page, PageEntry, PageId, Root, snapshot_id};
use hearth_protocol::pack::BackupKey;

use super::fix::Fixed;
use super::placing::in_background;
use super::publish::entry;
use super::status::Outcome;
use super::{BackupError, Guardians, Inner, Packs};
use crate::store::backup::{FolderRow, PackRow};

/// The folder in which everybody's backups lie.
pub(crate) const FOLDER: &str = "hearth-backup";
const PASSING: &str = ".new";

/// One person's part of a backup folder.
#[derive(Debug, Clone)]
struct Shelf(PathBuf);

impl Shelf {
    fn open(folder: &Path, identity: &str) -> Result<Self, BackupError> {
        let shelf = Self(folder.join(FOLDER).join(identity));
        for part in ["packs", "pages", "roots"] {
            let path = shelf.0.join(part);
            fs::create_dir_all(&path).map_err(|source| failed(&path, source))?;
        }
        Ok(shelf)
    }

    fn path(&self, part: &str, id: &[u8; 32]) -> PathBuf {
        self.0.join(part).join(Hex(id).to_string())
    }

    /// Whether a file is there and as long as it should be: what was written was read back, and had its name only then.
    fn has(&self, part: &str, id: &[u8; 32], bytes: u64) -> bool {
        let found = fs::metadata(self.path(part, id));
        found.is_ok_and(|found| found.is_file() && found.len() == bytes)
    }

    fn write(&self, part: &str, id: &[u8; 32], bytes: &[u8]) -> Result<(), BackupError> {
        let path = self.path(part, id);
        let passing = path.with_extension(&PASSING[1..]);
        let written = (|| {
            let mut file = File::create(&passing)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            let read = fs::read(&passing)?;
            if *blake3::hash(&read).as_bytes() != *id {
                return Ok(false);
            }
            fs::rename(&passing, &path)?;
            File::open(self.0.join(part))?.sync_all()?;
            Ok(true)
        })();
        match written {
            Ok(true) => Ok(()),
            Ok(false) => Err(BackupError::Misread(path)),
            Err(source) => {
                // What is left of it would only take room, on a disk that may be full.
                let _ = fs::remove_file(&passing);
                Err(failed(&path, source))
            }
        }
    }

    /// Removes what writes that were cut short left behind.
    fn tidy(&self) -> io::Result<()> {
        for part in ["packs", "pages", "roots"] {
            for entry in fs::read_dir(self.0.join(part))? {
                let path = entry?.path();
                if path.extension().is_some_and(|end| end == &PASSING[1..]) {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }
}

fn failed(path: &Path, source: io::Error) -> BackupError {
    let path = path.to_owned();
    BackupError::Folder { path, source }
}

/// Which pack is a file of the folder: a code of one piece, and no guardians.
fn alone(pack: &PackRow) -> Option<PackEntry> {
    let mut alone = pack.clone();
    alone.coding.k = 1;
    alone.coding.shards.clear();
    entry(&alone)
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Writes what isn't there yet of the newest snapshot into a folder.
    pub(super) async fn write_folder(&self, folder: &Path) -> Result<Outcome, BackupError> {
        let _writing = self.writing.lock().await;
        let fixed = self.fix().await?;
        let (folder, identity) = (folder.to_owned(), self.identity().to_string());
        let shelf = in_background(move || {
            let shelf = Shelf::open(&folder, &identity)?;
            shelf.tidy().map_err(|source| failed(&shelf.0, source))?;
            Ok(shelf)
        });
        let shelf = shelf.await?;
        let key = self.newest_key().await?;
        let (mut written, mut packs) = (0, 0);
        let mut pages = Vec::new();
        let mut all = self.pages();
        while let Some((number, rows)) = all.next().await? {
            let mut entries = Vec::new();
            let needed = rows.into_iter().filter(|pack| pack.retired_ms.is_none());
            for mut pack in needed {
                written += self.write_pack(&shelf, &mut pack).await?;
                packs += 1;
                entries.extend(alone(&pack));
            }
            if !entries.is_empty() {
                let page = Page { packs: entries };
                let (entry, bytes) = write_page(&shelf, page, number, key.clone()).await?;
                pages.push(entry);
                written += bytes;
            }
        }
        written += self.write_root(&shelf, &fixed, pages).await?;
        Ok(Outcome {
            snapshot: snapshot_id(&self.identity(), fixed.snapshot.time_ms),
            new_bytes: fixed.new_bytes,
            sent_bytes: written,
            packs,
            k: 1,
            n: 1,
            complete: true,
        })
    }

    async fn write_pack(&self, shelf: &Shelf, pack: &mut PackRow) -> Result<u64, BackupError> {
        if pack.bytes > 0 && shelf.has("packs", &pack.id, pack.bytes.into()) {
            return Ok(0);
        }
        let is_new = pack.bytes == 0;
        let sealed = self.sealed(pack).await?;
        if is_new {
            self.note_sealed(pack).await?;
        }
        let shelf = shelf.clone();
        in_background(move || {
            let bytes = sealed.bytes.len() as u64;
            let id = sealed.id.as_bytes();
            if shelf.has("packs", id, bytes) {
                return Ok(0);
            }
            shelf.write("packs", id, &sealed.bytes)?;
            Ok(bytes)
        })
        .await
    }

    /// Writes the root, unless the folder has one that says the same.
    async fn write_root(
        &self,
        shelf: &Shelf,
        fixed: &Fixed,
        pages: Vec<PageEntry>,
    ) -> Result<u64, BackupError> {
        let mut root: Root = self.root_of(&fixed.snapshot, pages).await?;
        root.guardians.clear();
        root.snapshots.clear();
        let ids: Vec<_> = root
            .pages
            .iter()
            .map(|page| Bytes(*page.id.as_bytes()))
            .collect();
        let digest = *blake3::hash(&encode(&(root.time_ms, ids))).as_bytes();
        let name = blake3::hash(shelf.0.as_os_str().as_encoded_bytes());
        let name: [u8; 16] = name
            .as_bytes()
            .first_chunk()
            .copied()
            .expect("a hash is longer");
        let known = self
            .read(move |logs, identity| logs.backup_folder(identity, &name))
            .await?;
        let is_there = known.is_some_and(|known| {
            known.digest == digest && shelf.path("roots", &known.root_id).is_file()
        });
        if is_there {
            return Ok(0);
        }
        root.number = self.next_root_number().await?;
        let sealed = self.seal_root(&root, &self.recipients().await?)?;
        let id = *blake3::hash(&sealed).as_bytes();
        let mut changes = self.changes();
        changes.highest_root(root.number);
        self.apply(changes).await?;
        let shelf = shelf.clone();
        let bytes = sealed.len() as u64;
        in_background(move || shelf.write("roots", &id, &sealed)).await?;
        let mut changes = self.changes();
        changes.folder(
            &name,
            &FolderRow {
                root_id: id,
                digest,
            },
        );
        self.apply(changes).await?;
        Ok(bytes)
    }
}

async fn write_page(
    shelf: &Shelf,
    page: Page,
    number: u64,
    key: BackupKey,
) -> Result<(PageEntry, u64), BackupError> {
    let shelf = shelf.clone();
    in_background(move || {
        let sealed = page
            .seal(&key)
            .map_err(|error| BackupError::Manifest(error.to_string()))?;
        let id = PageId::of(&sealed);
        let bytes = sealed.len() as u64;
        let is_there = shelf.has("pages", id.as_bytes(), bytes);
        if !is_there {
            shelf.write("pages", id.as_bytes(), &sealed)?;
        }
        let entry = PageEntry {
            number,
            id,
            generation: key.generation,
            bytes: u32::try_from(sealed.len()).unwrap_or(u32::MAX),
        };
        Ok((entry, if is_there { 0 } else { bytes }))
    })
    .await
}
