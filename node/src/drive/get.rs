//! What is got: a file, a link, or a folder with all below it, as a stream.

use crate::said::{Said, said};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use hearth_protocol::drive::{FolderId, Meta, Name, Node};
use hearth_protocol::object::{Blob, ObjectId};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::Drive;
use super::content::{Content, ContentError};
use super::frame::{Header, What, Writer};
use super::path::DrivePath;
use super::pipe::{PIECES_MAX, Piece, PipeWriter};
use super::show::Found;
use crate::app::model::{AppError, ErrorKind};
use crate::store::drive::Version;

/// Streams that may be under way: each takes a thread, and what comes back in a restore needs some, too.
pub(super) const GETS_MAX: usize = 64;
/// Names of a folder that are read at once.
const NAMES_AT_ONCE: usize = 256;
/// The mode that the root is given.
const ROOT_MODE: u32 = 0o755;

/// A file's content on its way, and its length.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Its whole length.
    pub(crate) bytes: u64,
    /// Names its content.
    pub(crate) root: ObjectId,
    /// What was asked for of it.
    pub(crate) pieces: mpsc::Receiver<Piece>,
}

impl Drive {
    /// What lies at a path, or did in some version, as a stream of frames whose paths begin there.
    pub(crate) async fn get(
        &self,
        path: DrivePath,
        version: Option<u64>,
    ) -> Result<mpsc::Receiver<Piece>, AppError> {
        let permit = Arc::clone(&self.gets).try_acquire_owned();
        let permit = permit.map_err(|_| too_many())?;
        let found = self.find(path, version).await?;
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        let (drive, runtime) = (self.clone(), Handle::current());
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let sent = Sending::begin(&drive, &runtime, pieces.clone());
            let sent = sent.and_then(|send| send.all(found));
            if let Err(error) = sent {
                // Nobody may be left to tell.
                let said = Said::english(error.to_string());
                let _ = pieces.blocking_send(Err(AppError::new(ErrorKind::Failed, said)));
            }
        });
        Ok(receiver)
    }

    /// `bytes` bytes of a file from `from` on, as they are; `None` where the path leads to a folder or link.
    pub(crate) async fn read(
        &self,
        path: DrivePath,
        version: Option<u64>,
        from: u64,
        bytes: u64,
    ) -> Result<Option<Reading>, AppError> {
        let Found::Other(Node::File { blob, .. }) = self.find(path, version).await? else {
            return Ok(None);
        };
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        let drive = self.clone();
        tokio::spawn(async move {
            let mut content = Content::new(&drive, pieces.clone(), blob, from, bytes);
            loop {
                let piece = match content.next().await {
                    Ok(Some(piece)) => Ok(piece),
                    Ok(None) | Err(ContentError::Abandoned) => return,
                    Err(error) => Err(AppError::new(ErrorKind::Failed, &error)),
                };
                if pieces.send(piece).await.is_err() {
                    return;
                }
            }
        });
        Ok(Some(Reading {
            bytes: blob.bytes,
            root: blob.root,
            pieces: receiver,
        }))
    }
}

/// A content's name as it stands in an `ETag`.
pub(crate) fn tag(root: &ObjectId) -> String {
    let bytes = root.as_bytes().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn too_many() -> AppError {
    AppError {
        kind: ErrorKind::Failed,
        message: said!(
            "downloads-busy",
            "{most} downloads from the drive are under way: ask again when one of them has ended",
            most = GETS_MAX
        ),
    }
}

/// A folder that is being sent.
struct Level {
    id: FolderId,
    path: DrivePath,
    waiting: VecDeque<Version>,
    after: Option<Name>,
    is_read: bool,
}

struct Sending<'a> {
    drive: &'a Drive,
    runtime: &'a Handle,
    pieces: mpsc::Sender<Piece>,
    out: Writer<PipeWriter>,
}

impl<'a> Sending<'a> {
    fn begin(
        drive: &'a Drive,
        runtime: &'a Handle,
        pieces: mpsc::Sender<Piece>,
    ) -> io::Result<Self> {
        let out = Writer::begin(PipeWriter::new(pieces.clone()))?;
        Ok(Self {
            drive,
            runtime,
            pieces,
            out,
        })
    }

    fn all(mut self, found: Found) -> io::Result<()> {
        let root = DrivePath::ROOT;
        match found {
            Found::Other(node) => self.item(root, node)?,
            Found::Folder(meta, id) => {
                let meta = meta.unwrap_or(Meta {
                    mode: ROOT_MODE,
                    mtime_ns: 0,
                });
                self.header(root.clone(), meta, What::Folder)?;
                self.folder(id)?;
            }
        }
        self.out.end()?.flush()
    }

    fn folder(&mut self, id: FolderId) -> io::Result<()> {
        let mut levels = vec![Level::new(id, DrivePath::ROOT)];
        while let Some(level) = levels.last_mut() {
            let Some(version) = self.next_of(level)? else {
                levels.pop();
                continue;
            };
            let Some(node) = version.node else { continue };
            let path = match level.path.join(&version.name) {
                Ok(path) => path,
                Err(error) => {
                    self.problem(level.path.clone(), &error.to_string())?;
                    continue;
                }
            };
            let Node::Folder { meta, id } = node else {
                self.item(path, node)?;
                continue;
            };
            // Two devices that moved folders into each other, each unaware of the other, can have made a ring.
            if levels.iter().any(|level| level.id == id) {
                self.problem(path, "this folder lies in itself: move it elsewhere")?;
                continue;
            }
            self.header(path.clone(), meta, What::Folder)?;
            levels.push(Level::new(id, path));
        }
        Ok(())
    }

    fn next_of(&self, level: &mut Level) -> io::Result<Option<Version>> {
        while level.waiting.is_empty() && !level.is_read {
            let (identity, id) = (self.drive.identity, level.id);
            let after = level.after.take();
            let listing = self
                .drive
                .store
                .read(move |logs| logs.drive_list(&identity, &id, after.as_ref(), NAMES_AT_ONCE));
            let listing = self.runtime.block_on(listing).map_err(io::Error::other)?;
            level.waiting = listing.versions.into();
            level.is_read = listing.next.is_none();
            level.after = listing.next;
        }
        Ok(level.waiting.pop_front())
    }

    fn item(&mut self, path: DrivePath, node: Node) -> io::Result<()> {
        match node {
            Node::File { meta, blob } => {
                let what = What::File { bytes: blob.bytes };
                self.header(path, meta, what)?;
                self.content(blob)
            }
            Node::Link { meta, target } => self.header(path, meta, What::Link { target }),
            Node::Folder { meta, .. } => self.header(path, meta, What::Folder),
        }
    }

    fn content(&mut self, blob: Blob) -> io::Result<()> {
        let mut content = Content::new(self.drive, self.pieces.clone(), blob, 0, blob.bytes);
        loop {
            match self.runtime.block_on(content.next()) {
                Ok(Some(piece)) => self.out.piece(&piece)?,
                Ok(None) => return self.out.whole(),
                Err(ContentError::Abandoned) => return Err(io::ErrorKind::BrokenPipe.into()),
                Err(error) => return self.out.broken(&error.to_string()),
            }
        }
    }

    fn header(&mut self, path: DrivePath, meta: Meta, what: What) -> io::Result<()> {
        self.out.header(&Header { path, meta, what })
    }

    fn problem(&mut self, path: DrivePath, words: &str) -> io::Result<()> {
        let meta = Meta {
            mode: 0,
            mtime_ns: 0,
        };
        let words = words.to_owned();
        self.header(path, meta, What::Problem { words })
    }
}

impl Level {
    fn new(id: FolderId, path: DrivePath) -> Self {
        Self {
            id,
            path,
            waiting: VecDeque::new(),
            after: None,
            is_read: false,
        }
    }
}
