//! The account's files: paths as text, streams as bytes, each method what a command or page asks.

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
use crate::drive::{Page, Past};

impl App {
    /// Which of the items in a stream of headers need be sent, in their order; `reads_all`: all files that have a place.
    pub(crate) async fn files_offer(
        &self,
        stream: &[u8],
        reads_all: bool,
    ) -> Result<Vec<Verdict>, AppError> {
        let refused = |error| bad_request(format!("{error}"));
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
        done.unwrap_or_else(|_| Err(failed("the files couldn't be taken: see the node's logs")))
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

fn read_name(name: &str) -> Result<Name, AppError> {
    let bytes = unescape(name).map_err(|error| wrong_path(name, error))?;
    Name::new(bytes).map_err(|error| wrong_path(name, error.into()))
}

fn wrong_path(path: &str, error: PathError) -> AppError {
    bad_request(format!("{path:?} isn't a path in the drive: {error}"))
}
