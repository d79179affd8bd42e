//! The drive: a person's files, as folders of names whose changes are entries and whose contents are objects.
//!
//! ```text
//! files ──frames──► put: cut, stored as objects ──commit──► placed on the store's thread ──► entries, and rows of them
//! files ◄──frames── get: names by pages, contents chunk by chunk
//! ```
//!
//! Nothing holds a whole file, folder or tree. What is put comes in batches, each durable before the next, so that what was
//! done stays when a command is killed, and the next run sends what is missing.

mod archive;
mod content;
mod error;
mod folder;
pub(crate) mod frame;
pub(crate) mod get;
mod glance;
mod moves;
mod past;
pub(crate) mod path;
pub(crate) mod pipe;
pub(crate) mod place;
mod preview;
pub(crate) mod put;
mod show;
mod sums;
pub(crate) mod upload;

use crate::said::said;
use std::sync::Arc;

use hearth_keys::Identity;
use hearth_protocol::drive::DriveChange;
use tokio::sync::{Semaphore, watch};

pub(crate) use error::DriveError;
pub(crate) use folder::{Order, Sorted};
pub(crate) use glance::{Glance, Sight};
pub(crate) use past::{Choice, RemovedList};
pub(crate) use preview::{Preview, PreviewSize};
pub(crate) use show::{Item, ItemKind, Page, Past};
pub(crate) use sums::{Sums, Within};

use crate::app::model::{AppError, ErrorKind};
use crate::guardian::Guard;
use crate::objects::Objects;
use crate::replication::{Replication, unix_ms};
use crate::store::Store;
use crate::store::logs::Logs;
use path::DrivePath;
use place::{Placement, Verdict};
use preview::Previews;

/// The files of an account. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Drive {
    identity: Identity,
    store: Store,
    objects: Objects,
    replication: Replication,
    /// Through which other devices of the account give what lies with them.
    guard: Guard,
    /// Whether content that isn't here may still come.
    arriving: watch::Receiver<bool>,
    /// A permit for each stream that may be under way.
    gets: Arc<Semaphore>,
    /// A permit for each file that may be on its way in from a page.
    uploads: Arc<Semaphore>,
    previews: Arc<Previews>,
    /// The folders as they were told last.
    folders: Arc<folder::Known>,
}

impl Drive {
    /// The drive of an account. While `arriving` says so, reading waits for content that isn't here.
    pub(crate) fn new(
        identity: Identity,
        store: Store,
        objects: Objects,
        (replication, guard): (Replication, Guard),
        arriving: watch::Receiver<bool>,
    ) -> Self {
        Self {
            identity,
            store,
            objects,
            replication,
            guard,
            arriving,
            gets: Arc::new(Semaphore::new(get::GETS_MAX)),
            uploads: Arc::new(Semaphore::new(upload::UPLOADS_MAX)),
            previews: Arc::default(),
            folders: Arc::default(),
        }
    }

    /// Plans on the store's thread, writes what was planned, and answers once it is durable. Goes on to the end even if
    /// whoever asked is gone.
    async fn change<T: Send + 'static>(
        &self,
        plan: impl FnOnce(&Logs, &Identity) -> Result<(T, Vec<DriveChange>), DriveError>
        + Send
        + 'static,
    ) -> Result<T, AppError> {
        let drive = self.clone();
        let work = tokio::spawn(async move {
            let identity = drive.identity;
            let done = drive.store.write(move |logs| {
                let (value, changes) = match plan(logs, &identity) {
                    Ok(planned) => planned,
                    Err(DriveError::Store(error)) => return Err(error),
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let mut rng = crate::rng::system();
                let stored = logs.drive_change(&identity, changes, unix_ms(), &mut rng)?;
                Ok(Ok((value, stored)))
            });
            let (value, stored) = done.await??;
            if !stored.is_empty() {
                drive.replication.committed(stored).await;
            }
            Ok(value)
        });
        work.await.unwrap_or_else(|_| Err(stopping()))
    }

    /// Which of these items need be sent, in their order. With `reads_all`, files are wanted even if they look unchanged.
    pub(crate) async fn offer(
        &self,
        items: Vec<frame::Header>,
        reads_all: bool,
    ) -> Result<Vec<Verdict>, AppError> {
        let identity = self.identity;
        let verdicts = self.store.read(move |logs| {
            let mut placement = Placement::new(logs, identity);
            let verdicts = items.iter().map(|item| placement.offer(item, reads_all));
            verdicts.collect()
        });
        Ok(verdicts.await?)
    }

    /// Moves as `mv` does: into `to` if that is a folder, else to its place. `into`: `to` must be a folder, or become one.
    /// Gives where it lies now.
    pub(crate) async fn rename(
        &self,
        from: DrivePath,
        to: DrivePath,
        into: bool,
    ) -> Result<DrivePath, AppError> {
        self.change(move |logs, identity| moves::plan_move(logs, identity, &from, &to, into))
            .await
    }

    /// Gives something another place, which nothing has; nothing is replaced.
    pub(crate) async fn relocate(&self, from: DrivePath, to: DrivePath) -> Result<(), AppError> {
        self.change(move |logs, identity| {
            let changes = moves::plan_relocation(logs, identity, &from, &to)?;
            Ok(((), changes))
        })
        .await
    }

    /// Makes an empty folder in one that is there.
    pub(crate) async fn make_folder(&self, path: DrivePath) -> Result<(), AppError> {
        self.change(move |logs, identity| {
            let changes = moves::plan_folder(logs, identity, &path, unix_ms())?;
            Ok(((), changes))
        })
        .await
    }

    /// Removes what lies at a path; a folder with all that is in it. The history stays.
    pub(crate) async fn remove(&self, path: DrivePath) -> Result<(), AppError> {
        self.change(move |logs, identity| {
            let change = moves::plan_removal(logs, identity, &path)?;
            Ok(((), vec![change]))
        })
        .await
    }
}

fn stopping() -> AppError {
    AppError {
        kind: ErrorKind::Failed,
        message: said!("stopping", "the node is stopping"),
    }
}
