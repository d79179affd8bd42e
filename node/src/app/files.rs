//! The account's files: paths as text, streams as bytes, each method what a command or page asks.

use crate::said::{Said, said};
use hearth_protocol::drive::Name;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::model::AppError;
use super::{App, bad_request, failed};
use crate::drive::frame::Reader;
use crate::drive::get::Reading;
use crate::drive::path::{DrivePath, PathError, unescape};
use crate::drive::pipe::{Piece, PipeReader};
use crate::drive::place::Verdict;
use crate::drive::put::{PutReport, Putting};
use crate::drive::upload::{Existing, Upload, Uploaded, read_relative};
use crate::drive::{
    Choice, Glance, ItemKind, Order, Page, Past, Preview, PreviewSize, RemovedList, Sorted, Within,
};

impl App {
    /// Which of the items in a stream of headers need be sent, in their order; `reads_all`: all files that have a place.
    pub(crate) async fn files_offer(
        &self,
        stream: &[u8],
        reads_all: bool,
    ) -> Result<Vec<Verdict>, AppError> {
        let refused =
            |error: crate::drive::frame::FrameError| bad_request(Said::english(error.to_string()));
        let mut reader = Reader::begin(stream).map_err(refused)?;
        let mut items = Vec::new();
        while let Some(item) = reader.header().map_err(refused)? {
            items.push(item);
        }
        self.0.drive.offer(items, reads_all).await
    }

    /// Takes a stream of items with their contents; what is reported is durable.
    pub(crate) async fn files_put(
        &self,
        stream: mpsc::Receiver<Piece>,
    ) -> Result<PutReport, AppError> {
        self.putting(move |putting| putting.stream(PipeReader::new(stream)))
            .await
    }

    async fn putting(
        &self,
        work: impl FnOnce(Putting) -> Result<PutReport, AppError> + Send + 'static,
    ) -> Result<PutReport, AppError> {
        let putting = Putting::new(self.0.drive.clone(), Handle::current());
        let done = tokio::task::spawn_blocking(move || work(putting)).await;
        done.unwrap_or_else(|_| {
            Err(failed(said!(
                "files-not-taken",
                "the files couldn't be taken: see the node's logs"
            )))
        })
    }

    /// What lies at a path, or did in some version, as a stream of items with their contents.
    pub(crate) async fn files_get(
        &self,
        path: &str,
        version: Option<u64>,
    ) -> Result<mpsc::Receiver<Piece>, AppError> {
        self.0.drive.get(read_path(path)?, version).await
    }

    /// `bytes` bytes of a file's content from `from` on; `None` where the path leads to a folder or link.
    pub(crate) async fn files_read(
        &self,
        path: &str,
        version: Option<u64>,
        from: u64,
        bytes: u64,
    ) -> Result<Option<Reading>, AppError> {
        let path = read_path(path)?;
        self.0.drive.read(path, version, from, bytes).await
    }

    /// A folder with all below it as one ZIP file.
    pub(crate) async fn files_archive(
        &self,
        path: &str,
    ) -> Result<mpsc::Receiver<Piece>, AppError> {
        self.0.drive.archive(read_path(path)?).await
    }

    /// About `limit` names of a folder, after a name; of a file or link, itself.
    pub(crate) async fn files_list(
        &self,
        path: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page, AppError> {
        let after = after.map(read_name).transpose()?;
        self.0.drive.list(read_path(path)?, after, limit).await
    }

    /// Moves as `mv` does; gives where it lies now.
    pub(crate) async fn files_move(&self, from: &str, to: &str) -> Result<String, AppError> {
        let into = matches!(
            to.rsplit('/').next(),
            Some("" | "." | "..") if to.contains('/') || to.starts_with('.')
        );
        let moved = self.0.drive.rename(read_path(from)?, read_path(to)?, into);
        Ok(moved.await?.to_text())
    }

    /// `limit` items of a folder in an order, from the one at `from` on; `None` where it has too many to be sorted.
    pub(crate) async fn files_sorted(
        &self,
        path: &str,
        order: (Order, bool),
        from: usize,
        limit: usize,
    ) -> Result<Option<Sorted>, AppError> {
        let path = read_path(path)?;
        self.0.drive.sorted(path, order, from, limit).await
    }

    /// How much lies in a folder, and in each one right below it.
    pub(crate) async fn files_within(&self, path: &str) -> Result<Within, AppError> {
        self.0.drive.sums(read_path(path)?).await
    }

    /// Folders that something can be moved to, and whether these are all.
    pub(crate) async fn files_folders(&self) -> Result<(Vec<String>, bool), AppError> {
        let (folders, are_all) = self.0.drive.folders().await?;
        let texts = folders.iter().map(DrivePath::to_text);
        Ok((texts.collect(), are_all))
    }

    /// What is at a path; `None` where nothing is.
    pub(crate) async fn files_kind(&self, path: &str) -> Result<Option<ItemKind>, AppError> {
        let path = read_path(path)?;
        if path.is_root() {
            return Ok(Some(ItemKind::Dir));
        }
        let node = self.0.drive.node_at(path).await?;
        Ok(node.map(|node| ItemKind::of(&node)))
    }

    /// What can be shown of a file; `None` where the path leads to a folder or link.
    pub(crate) async fn files_glance(
        &self,
        path: &str,
        version: Option<u64>,
    ) -> Result<Option<Glance>, AppError> {
        self.0.drive.glance(read_path(path)?, version).await
    }

    /// A file's picture, encoded by this node.
    pub(crate) async fn files_preview(
        &self,
        path: &str,
        version: Option<u64>,
        size: PreviewSize,
    ) -> Result<Preview, AppError> {
        self.0.drive.preview(read_path(path)?, version, size).await
    }

    /// Whether a file of so many bytes may come to `name`, a path below a folder: an error says why not, `false` that
    /// something has the name.
    pub(crate) async fn files_may_come(
        &self,
        folder: &str,
        name: &str,
        bytes: u64,
    ) -> Result<bool, AppError> {
        let path = relative(folder, name)?;
        let is_free = self.0.drive.node_at(path).await?.is_none();
        self.0.drive.check_room(bytes)?;
        Ok(is_free)
    }

    /// Takes a file that comes piece by piece, an empty one last, to `name`, a path below a folder. Nothing is changed before
    /// it is whole and durable; gives where it lies, `None` where something has its name.
    pub(crate) async fn files_upload(
        &self,
        (folder, name): (&str, &str),
        (mtime_ms, bytes): (i64, Option<u64>),
        existing: Existing,
        pieces: mpsc::Receiver<Piece>,
    ) -> Result<Option<String>, AppError> {
        let upload = Upload {
            path: relative(folder, name)?,
            mtime_ms,
            existing,
            bytes,
        };
        match self.0.drive.upload(upload, pieces).await? {
            Uploaded::Here(path) => Ok(Some(path.to_text())),
            Uploaded::Taken => Ok(None),
        }
    }

    /// Makes an empty folder where nothing is; gives its path.
    pub(crate) async fn files_make_folder(&self, path: &str) -> Result<String, AppError> {
        let path = read_path(path)?;
        let text = path.to_text();
        self.0.drive.make_folder(path).await?;
        Ok(text)
    }

    /// Makes an empty folder of this name in another one, where nothing has it; gives its path.
    pub(crate) async fn files_new_folder(
        &self,
        folder: &str,
        name: &str,
    ) -> Result<String, AppError> {
        let folder = read_path(folder)?;
        let path = folder
            .join(&plain_name(name)?)
            .map_err(|error| wrong_path(name, error))?;
        let text = path.to_text();
        self.0.drive.make_folder(path).await?;
        Ok(text)
    }

    /// Gives something another name in its folder, one that nothing has; gives its path.
    pub(crate) async fn files_rename(&self, path: &str, name: &str) -> Result<String, AppError> {
        let from = read_path(path)?;
        let (above, _) = from.split().ok_or_else(root_stays)?;
        let to = above
            .join(&plain_name(name)?)
            .map_err(|error| wrong_path(name, error))?;
        let text = to.to_text();
        self.0.drive.relocate(from, to).await?;
        Ok(text)
    }

    /// Puts something into another folder, where nothing has its name; gives its path.
    pub(crate) async fn files_relocate(
        &self,
        path: &str,
        folder: &str,
    ) -> Result<String, AppError> {
        let from = read_path(path)?;
        let (_, name) = from.split().ok_or_else(root_stays)?;
        let to = read_path(folder)?
            .join(name)
            .map_err(|error| wrong_path(folder, error))?;
        let text = to.to_text();
        self.0.drive.relocate(from, to).await?;
        Ok(text)
    }

    /// Lets a path stand again for what it was: in a version, else what it was last before it was removed.
    pub(crate) async fn files_restore(
        &self,
        path: &str,
        choice: Option<Choice>,
    ) -> Result<String, AppError> {
        let path = read_path(path)?;
        let text = path.to_text();
        self.0.drive.bring_back(path, choice).await?;
        Ok(text)
    }

    /// What was removed from a folder, newest first.
    pub(crate) async fn files_removed(&self, path: &str) -> Result<RemovedList, AppError> {
        self.0.drive.removed(read_path(path)?).await
    }

    /// Removes a file, link or folder with all that is in it; the history stays.
    pub(crate) async fn files_remove(&self, path: &str) -> Result<(), AppError> {
        self.0.drive.remove(read_path(path)?).await
    }

    /// What a path was, newest first, also if it is gone.
    pub(crate) async fn files_history(&self, path: &str) -> Result<Vec<Past>, AppError> {
        self.0.drive.history(read_path(path)?).await
    }
}

fn read_path(path: &str) -> Result<DrivePath, AppError> {
    DrivePath::from_text(path).map_err(|error| wrong_path(path, error))
}

/// A path below a folder, as a browser says it.
fn relative(folder: &str, name: &str) -> Result<DrivePath, AppError> {
    let folder = read_path(folder)?;
    read_relative(&folder, name).map_err(|error| wrong_path(name, error))
}

/// A name that somebody typed: what stands for other bytes elsewhere is no part of one.
fn plain_name(name: &str) -> Result<Name, AppError> {
    Name::new(name.as_bytes()).map_err(|error| wrong_path(name, error.into()))
}

fn root_stays() -> AppError {
    bad_request(said!(
        "drive-root",
        "the drive's root stays: name what lies in it"
    ))
}

fn read_name(name: &str) -> Result<Name, AppError> {
    let bytes = unescape(name).map_err(|error| wrong_path(name, error))?;
    Name::new(bytes).map_err(|error| wrong_path(name, error.into()))
}

fn wrong_path(path: &str, error: PathError) -> AppError {
    let english = format!("{path:?} isn't a path in the drive: {error}");
    bad_request(Said::from(&error).in_english(english))
}
