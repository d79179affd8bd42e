//! One file on its way in from a page: its content is stored while it comes, and it takes its place once it is whole. Until then
//! nothing is changed, whatever happens.

use crate::said::said;
use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::drive::{DriveChange, Meta, Name, Node};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::error::DriveError;
use super::path::{DrivePath, PathError};
use super::pipe::Piece;
use super::place::{New, Placement, Verdict};
use super::put::Putting;
use super::show::settle;
use super::{Drive, moves, stopping};
use crate::app::model::{AppError, ErrorKind};
use crate::replication::unix_ms;
use crate::store::drive::Lookup;
use crate::store::logs::Logs;

/// Files that may be on their way in from pages: each takes a thread, and some memory.
pub(super) const UPLOADS_MAX: usize = 8;
/// How long one waits for others.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Names that are tried until one is free.
const TRIED_MAX: u32 = 10_000;
const FILE_MODE: u32 = 0o644;
const NS_PER_MS: i64 = 1_000_000;

/// What happens where a file has the name already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Existing {
    /// Nothing: who sends it is asked.
    #[default]
    Ask,
    /// The new one gets another name.
    Both,
    /// The new one takes its place; the old one stays in the history.
    Replace,
}

/// A file that shall come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// Where; folders that are missing are made.
    pub(crate) path: DrivePath,
    /// When it was changed, ms since 1970.
    pub(crate) mtime_ms: i64,
    /// What happens where something has its name.
    pub(crate) existing: Existing,
    /// How long it is, as far as that is known.
    pub(crate) bytes: Option<u64>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Uploaded {
    /// It is there.
    Here(DrivePath),
    /// Something has its name, and nothing was changed.
    Taken,
}

/// A path in the drive as a browser says it: names and slashes, and nothing that leads up. What isn't a name is refused, not
/// repaired.
///
/// # Errors
/// Any [`PathError`] but [`PathError::Escape`].
pub(crate) fn read_relative(folder: &DrivePath, said: &str) -> Result<DrivePath, PathError> {
    let mut path = folder.clone();
    let parts = said.split('/').filter(|part| !part.is_empty());
    let mut is_empty = true;
    for part in parts {
        path = path.join(&Name::new(part.as_bytes())?)?;
        is_empty = false;
    }
    if is_empty {
        // As it would be refused.
        Name::new(Vec::new())?;
    }
    Ok(path)
}

impl Drive {
    /// What a path is now: `None` where nothing is.
    pub(crate) async fn node_at(&self, path: DrivePath) -> Result<Option<Node>, AppError> {
        let identity = self.identity;
        let found = self
            .store
            .read(move |logs| settle(node_at(logs, &identity, &path)));
        Ok(found.await??)
    }

    /// Whether so much more fits on the disk, as far as that can be said now.
    pub(crate) fn check_room(&self, bytes: u64) -> Result<(), AppError> {
        let room = self.objects.check_room(bytes);
        room.map_err(|error| AppError::new(ErrorKind::Failed, &error))
    }

    /// Takes a file. An empty piece is its end: whoever stops sending before that has sent nothing.
    pub(crate) async fn upload(
        &self,
        upload: Upload,
        pieces: mpsc::Receiver<Piece>,
    ) -> Result<Uploaded, AppError> {
        let place = timeout(WAIT_MAX, self.uploads.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(AppError {
                kind: ErrorKind::Failed,
                message: said!(
                    "uploads-busy",
                    "{most} files are on their way in already: send this one again when one of them has come",
                    most = UPLOADS_MAX
                ),
            });
        };
        let there = self.node_at(upload.path.clone()).await?;
        let is_folder = matches!(there, Some(Node::Folder { .. }));
        if is_folder && upload.existing == Existing::Replace {
            return Err(DriveError::FolderInTheWay(upload.path).into());
        }
        if there.is_some() && upload.existing == Existing::Ask {
            return Ok(Uploaded::Taken);
        }
        if let Some(bytes) = upload.bytes {
            self.check_room(bytes)?;
        }
        let mtime_ns = upload.mtime_ms.saturating_mul(NS_PER_MS);
        let meta = Meta {
            mode: FILE_MODE,
            mtime_ns,
        };
        let drive = self.clone();
        // Goes on to the end even if whoever sends it is gone: what came of it is given back.
        let storing = tokio::spawn(async move {
            // The place is free again once the file has its own.
            let _place = place;
            let new = drive.held(meta, pieces).await?;
            let done = drive.change(move |logs, identity| plan(logs, identity, upload, new));
            done.await
        });
        storing.await.map_err(|_| stopping())?
    }

    /// Stores what comes of a file. Where it breaks off, or the disk is full, nothing of it stays.
    async fn held(&self, meta: Meta, pieces: mpsc::Receiver<Piece>) -> Result<New, AppError> {
        let holder = self.objects.hold();
        let putting = Putting::new(self.clone(), Handle::current()).held_by(holder);
        let stored = tokio::task::spawn_blocking(move || putting.one(meta, pieces)).await;
        let stored = stored.unwrap_or_else(|_| Err(stopping()));
        match &stored {
            Ok(_) => self.objects.keep_held(holder),
            Err(_) => {
                if let Err(error) = self.objects.give_back(holder).await {
                    tracing::warn!(%error, "what came of a file that broke off stays in the packs");
                }
            }
        }
        stored
    }
}

fn node_at(logs: &Logs, identity: &Identity, path: &DrivePath) -> Result<Option<Node>, DriveError> {
    let (above, name) = path.split().ok_or(DriveError::Root)?;
    match logs.drive_folder(identity, above.names(), false)? {
        Lookup::Folder(folder) => Ok(logs.drive_node(identity, &folder, name)?),
        Lookup::Missing(_) => Ok(None),
        Lookup::InTheWay(_) => moves::folder(logs, identity, &above).map(|_| None),
    }
}

/// Plans the place of a file whose content is stored.
fn plan(
    logs: &Logs,
    identity: &Identity,
    upload: Upload,
    new: New,
) -> Result<(Uploaded, Vec<DriveChange>), DriveError> {
    let Upload { path, existing, .. } = upload;
    let there = node_at(logs, identity, &path)?;
    let path = match (there, existing) {
        (None, _) | (Some(Node::File { .. } | Node::Link { .. }), Existing::Replace) => path,
        (Some(_), Existing::Ask) => return Ok((Uploaded::Taken, Vec::new())),
        (Some(Node::Folder { .. }), Existing::Replace) => {
            return Err(DriveError::FolderInTheWay(path));
        }
        (Some(_), Existing::Both) => free(logs, identity, &path)?,
    };
    let (mut placement, mut rng) = (Placement::new(logs, *identity), crate::rng::system());
    match placement.put(&path, new, unix_ms(), &mut rng)? {
        Verdict::Here | Verdict::Wanted => Ok((Uploaded::Here(path), placement.changes())),
        Verdict::FolderInTheWay => Err(DriveError::FolderInTheWay(path)),
        Verdict::FileInTheWay => Err(DriveError::NotFolder(
            path.split().map(|(above, _)| above).unwrap_or_default(),
        )),
    }
}

/// A path like this one that nothing has: `name (2).txt`.
fn free(logs: &Logs, identity: &Identity, path: &DrivePath) -> Result<DrivePath, DriveError> {
    let (above, name) = path.split().ok_or(DriveError::Root)?;
    for number in 2..TRIED_MAX {
        let path = above.join(&numbered(name, number))?;
        if node_at(logs, identity, &path)?.is_none() {
            return Ok(path);
        }
    }
    Err(DriveError::Taken(path.clone()))
}

/// A name with a number before its ending, shortened where it would be too long.
fn numbered(name: &Name, number: u32) -> Name {
    /// An ending of more bytes is none.
    const ENDING_BYTES_MAX: usize = 16;
    const NAME_BYTES_MAX: usize = 255;
    let bytes = name.as_bytes();
    let dot = bytes.iter().rposition(|byte| *byte == b'.');
    let dot = dot.filter(|dot| *dot > 0 && bytes.len() - dot <= ENDING_BYTES_MAX);
    let (stem, ending) = bytes.split_at(dot.unwrap_or(bytes.len()));
    let mark = format!(" ({number})");
    let mut room = NAME_BYTES_MAX - mark.len() - ending.len();
    // Not within a letter of more bytes.
    while room < stem.len() && stem[room] & 0xc0 == 0x80 {
        room -= 1;
    }
    let stem = &stem[..room.min(stem.len())];
    let made = [stem, mark.as_bytes(), ending].concat();
    Name::new(made).unwrap_or_else(|_| name.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_browser_calls_a_file_is_a_path_below_or_refused() {
        let folder = DrivePath::from_text("a/b").unwrap();
        let read = |said| read_relative(&folder, said).map(|path| path.to_text());
        assert_eq!(read("c.txt").unwrap(), "a/b/c.txt");
        assert_eq!(read("Photos//1.jpg").unwrap(), "a/b/Photos/1.jpg");
        assert_eq!(read("/etc/passwd").unwrap(), "a/b/etc/passwd");
        assert_eq!(read("..\\x").unwrap(), "a/b/..\\x");
        for wrong in ["", "/", ".", "..", "../x", "x/../../y", "a\0b", "a/./b"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_free_name_keeps_its_ending() {
        let numbered = |name: &str| {
            let named = numbered(&Name::new(name).unwrap(), 2);
            String::from_utf8(named.as_bytes().to_vec()).unwrap()
        };
        assert_eq!(numbered("a.txt"), "a (2).txt");
        assert_eq!(numbered("a.tar.gz"), "a.tar (2).gz");
        assert_eq!(numbered("README"), "README (2)");
        assert_eq!(numbered(".profile"), ".profile (2)");
        let long = "\u{e4}".repeat(125) + ".jpg";
        let made = numbered(&long);
        assert!(
            made.len() <= 255 && made.ends_with("\u{e4} (2).jpg"),
            "{made}"
        );
    }

    proptest! {
        #[test]
        fn any_name_can_be_numbered(name: Vec<u8>, number in 2u32..TRIED_MAX) {
            if let Ok(name) = Name::new(name) {
                prop_assert_ne!(numbered(&name, number), name);
            }
        }
    }
}
