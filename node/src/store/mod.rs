//! The store: what this node keeps, in one database on one thread.
//!
//! [`Store`] is a cheap handle. Jobs queue (bounded) for a thread that owns the database; it takes all that wait, runs
//! the reads, then the writes, some milliseconds of them, makes these durable together and only then answers: group commit
//! without a timer.

mod ahead;
mod append;
pub(crate) mod backup;
mod backup_keys;
pub(crate) mod batch;
mod boosts;
pub(crate) mod bulk;
mod carve;
mod compact;
pub(crate) mod contacts;
mod cuts;
pub(crate) mod db;
mod deletion;
pub(crate) mod drive;
pub(crate) mod drive_past;
mod engine;
mod error;
mod folder;
pub(crate) mod grants;
pub(crate) mod guarded;
mod held_keys;
pub(crate) mod inboxes;
mod intake;
mod key_renewal;
pub(crate) mod letters;
pub(crate) mod logs;
mod newest;
pub(crate) mod notifications;
pub(crate) mod objects;
mod open_follows;
pub(crate) mod order;
mod overlay;
mod petnames;
mod photos;
mod pledges;
mod profiles;
pub(crate) mod reactions;
mod reading;
pub(crate) mod recheck;
pub(crate) mod registers;
mod reindex;
mod renewal;
mod returned;
mod rows;
pub(crate) mod salvage;
pub(crate) mod search;
pub(crate) mod spaces;
mod tally;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod timeline;
mod turns;
mod unread;
mod verify;
pub(crate) mod views;
mod weigh;
pub(crate) mod writing;

use std::any::type_name;
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) use engine::watch_panics;
use hearth_keys::Identity;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use db::DbError;
use hearth_protocol::content::Content;
use hearth_protocol::space::Space;
pub(crate) use logs::{Account, StoreError};
use logs::{Draft, Logs, Stored, Written};
use photos::PicturesGone;
use turns::WriteIn;
use writing::{Outcome, Placed};

/// Jobs that may wait.
const JOBS_MAX: usize = 1024;
/// Whoever reads waits for what else the store's thread does: what takes longer is worth knowing of.
const SLOW: Duration = Duration::from_millis(20);

/// How often it is looked at whether a thread of the database gave up, which may leave the store's thread waiting for ever.
const BROKEN_THREAD_POLL: Duration = Duration::from_secs(1);

type Answer = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;
type Write = Box<dyn FnOnce(&mut Logs) -> Answer + Send>;

enum Job {
    Read(Box<dyn FnOnce(&Logs) + Send>),
    Write(Write),
    WriteIn(WriteIn),
    Compact(oneshot::Sender<Result<(u64, u64), StoreError>>),
}

/// Does a part of the thread's work, and notes if it held up the others for long.
fn watch_for_slowness<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let done = work();
    let took = begin.elapsed();
    if took >= SLOW {
        tracing::debug!(what, ?took, "the store was busy with one thing");
    }
    done
}

fn answer_when_durable<T: Send + 'static>(
    answer: oneshot::Sender<Result<T, StoreError>>,
    outcome: Result<T, StoreError>,
) -> Answer {
    Box::new(move |durable: Result<(), &StoreError>| {
        let _ = answer.send(match durable {
            Ok(()) => outcome,
            Err(error) => outcome.and(Err(error.again())),
        });
    })
}

/// A handle to the store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
    damage: watch::Receiver<Option<String>>,
    readable: watch::Receiver<u64>,
    space_news: watch::Receiver<u64>,
    pictures_gone: PicturesGone,
}

impl Store {
    /// Opens the store in `dir` and starts its thread, which ends when the last handle is dropped.
    pub(crate) fn open(
        dir: &Path,
        accounts: Vec<Account>,
    ) -> Result<(Self, StoreThread), StoreError> {
        let logs = Logs::open(dir, accounts)?;
        let (readable, space_news) = (logs.readable.subscribe(), logs.space_news.subscribe());
        let damage = logs.damage.subscribe();
        let pictures_gone = logs.pictures_gone.clone();
        let (jobs, waiting) = mpsc::channel(JOBS_MAX);
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || turns::run(logs, waiting));
        let thread = thread.map_err(|error| StoreError::Db(DbError::Io(error)))?;
        let store = Self {
            jobs,
            damage,
            readable,
            space_news,
            pictures_gone,
        };
        Ok((store, StoreThread(thread)))
    }

    /// Photos of posts that were deleted since this was asked last.
    pub(crate) fn take_pictures_gone(&self) -> Vec<hearth_protocol::content::Photo> {
        self.pictures_gone.take()
    }

    /// What tells when the store can't go on.
    pub(crate) fn health(&self) -> Health {
        Health(self.damage.clone())
    }

    /// Changes whenever there is something to do for spaces: grants to open, steps that were taken in running one.
    pub(crate) fn space_news(&self) -> watch::Receiver<u64> {
        self.space_news.clone()
    }

    /// Changes whenever something that was held already became readable because its key came: timelines may have changed.
    pub(crate) fn readable(&self) -> watch::Receiver<u64> {
        self.readable.clone()
    }

    /// Runs `read` on what is durable.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Logs) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Job::Read(Box::new(move |logs| {
            let outcome = watch_for_slowness(type_name::<F>(), || read(logs));
            let _ = outcome
                .as_ref()
                .inspect_err(|error| logs.note_damage(error));
            let _ = answer.send(outcome);
        }));
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `write` and answers once its changes are durable.
    pub(crate) async fn write<T, F>(&self, write: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Logs) -> Result<T, StoreError> + Send + 'static,
    {
        self.begin_write(write).await?.done().await
    }

    /// Queues `write` behind all that was queued before; the answer comes once its changes are durable.
    pub(crate) async fn begin_write<T, F>(&self, write: F) -> Result<Pending<T>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Logs) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Job::Write(Box::new(move |logs| {
            let outcome = watch_for_slowness(type_name::<F>(), || write(logs));
            let _ = outcome
                .as_ref()
                .inspect_err(|error| logs.note_damage(error));
            answer_when_durable(answer, outcome)
        }));
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        Ok(Pending(answered))
    }

    /// Signs and appends drafts to an account's social or own log, as [`Logs::append`], and answers once they are durable.
    pub(crate) async fn append(
        &self,
        identity: Identity,
        social: bool,
        drafts: Vec<Draft>,
        now_ms: u64,
    ) -> Result<(Vec<Written>, Vec<Stored>), StoreError> {
        let append = move |logs: &mut Logs| {
            logs.append(&identity, social, drafts, now_ms, &mut crate::rng::system())
        };
        self.write(append).await
    }

    /// Writes into a space as an account does, as [`Logs::write_in`], and answers once it is durable. What several ask for at
    /// the same time is signed, checked and stored as one run; the first of them has all that there is to pass on.
    pub(crate) async fn write_in(
        &self,
        identity: Identity,
        space: Space,
        contents: Vec<(u64, Content)>,
        now_ms: u64,
    ) -> Outcome<Placed> {
        let (answer, answered) = oneshot::channel();
        let asked = WriteIn::new((identity, space), contents, now_ms, answer);
        let sent = self.jobs.send(Job::WriteIn(asked)).await;
        sent.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Gives the space of what was deleted back; returns the size on disk before and after.
    pub(crate) async fn compact(&self) -> Result<(u64, u64), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.jobs
            .send(Job::Compact(answer))
            .await
            .map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

/// Tells when the store can't go on.
#[derive(Clone, Debug)]
pub(crate) struct Health(watch::Receiver<Option<String>>);

impl Health {
    /// The damage that was noticed, if any was.
    pub(crate) fn noticed(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Waits until damage is noticed, and says what. Ends also when the store's thread does.
    pub(crate) async fn damaged(&mut self) -> String {
        let noticed = async {
            let damage = self.0.wait_for(Option::is_some).await;
            let damage = damage.ok().and_then(|damage| damage.clone());
            damage.unwrap_or_else(|| "its thread ended abnormally".to_owned())
        };
        let broken = async {
            while !engine::has_broken_thread() {
                tokio::time::sleep(BROKEN_THREAD_POLL).await;
            }
            "a thread of the database gave up".to_owned()
        };
        tokio::select! {
            damage = noticed => damage,
            damage = broken => damage,
        }
    }
}

/// A write that is queued.
#[derive(Debug)]
pub(crate) struct Pending<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Pending<T> {
    /// Waits until it is durable.
    pub(crate) async fn done(self) -> Result<T, StoreError> {
        self.0.await.map_err(|_| StoreError::Closed)?
    }
}

/// The store's thread; waiting for it makes sure that the database is closed.
#[derive(Debug)]
pub(crate) struct StoreThread(std::thread::JoinHandle<()>);

impl StoreThread {
    /// Waits until every handle is gone and the database is closed. Blocks.
    pub(crate) fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the store's thread ended abnormally");
        }
    }
}
