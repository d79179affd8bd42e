//! The store: what this node keeps, in one database on one thread.
//!
//! [`Store`] is a cheap handle. Jobs queue (bounded) for a thread that owns the database; it takes all that wait, runs
//! the reads, then the writes, makes these durable together and only then answers: group commit without a timer.

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
mod unread;
mod verify;
pub(crate) mod views;
mod weigh;
pub(crate) mod writing;

use std::path::Path;
use std::time::Duration;

pub(crate) use engine::watch_panics;
use hearth_keys::Identity;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use db::DbError;
pub(crate) use logs::{Account, StoreError};
use logs::{Draft, Logs, Stored, Written};
use photos::PicturesGone;

/// Jobs that may wait.
const JOBS_MAX: usize = 1024;
/// Writes that are made durable together.
const GROUP_MAX: usize = 512;

/// Groups of jobs after which it is looked at whether space can be given back, once there is nothing to do.
const GROUPS_BEFORE_COMPACTION: u32 = 20_000;

/// How often it is looked at whether a thread of the database gave up, which may leave the store's thread waiting for ever.
const BROKEN_THREAD_POLL: Duration = Duration::from_secs(1);

/// Drafts of several that are signed together: as many as make one run,
const DRAFTS_MAX: usize = 256;
/// each with about so much besides its content,
const ENTRY_BYTES: usize = 128;
/// and short enough to be pushed and gossiped as one.
const DRAFTS_BYTES_MAX: usize = 32 << 10;

type Answer = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;
type Write = Box<dyn FnOnce(&mut Logs) -> Answer + Send>;
/// What was written, and what there is to pass on. Of several that were signed together, the first has all of the latter.
pub(crate) type Appended = (Vec<Written>, Vec<Stored>);

enum Job {
    Read(Box<dyn FnOnce(&Logs) + Send>),
    Write(Write),
    Append(Append),
    Compact(oneshot::Sender<Result<(u64, u64), StoreError>>),
}

/// Drafts for a log of an account here.
struct Append {
    identity: Identity,
    social: bool,
    drafts: Vec<Draft>,
    now_ms: u64,
    answer: oneshot::Sender<Result<Appended, StoreError>>,
}

impl Append {
    /// About what the entries will take.
    fn bytes(&self) -> usize {
        let entry = |draft: &Draft| ENTRY_BYTES + draft.content.to_bytes().len();
        self.drafts.iter().map(entry).sum()
    }
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
            .spawn(move || run(logs, waiting));
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
            let outcome = read(logs);
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
            let outcome = write(logs);
            let _ = outcome
                .as_ref()
                .inspect_err(|error| logs.note_damage(error));
            answer_when_durable(answer, outcome)
        }));
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        Ok(Pending(answered))
    }

    /// Signs and appends drafts to an account's social or own log, and answers once they are durable. What several ask for
    /// at the same time is signed, checked and stored as one run.
    pub(crate) async fn append(
        &self,
        identity: Identity,
        social: bool,
        drafts: Vec<Draft>,
        now_ms: u64,
    ) -> Result<Appended, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Job::Append(Append {
            identity,
            social,
            drafts,
            now_ms,
            answer,
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
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

fn run(mut logs: Logs, mut waiting: mpsc::Receiver<Job>) {
    // Looked at soon after the start, too.
    let (mut verified, mut groups) = (false, GROUPS_BEFORE_COMPACTION);
    loop {
        let first = match waiting.try_recv() {
            Ok(job) => job,
            // What waited for a key that came is tried before anything that can wait longer.
            Err(mpsc::error::TryRecvError::Empty) if logs.has_untried() => {
                logs.retry_when_idle();
                continue;
            }
            // Nothing to do: look for damage in what was stored long ago, a little at a time.
            Err(mpsc::error::TryRecvError::Empty) if !verified => {
                verified = verify_some(&logs);
                continue;
            }
            Err(mpsc::error::TryRecvError::Empty) if groups >= GROUPS_BEFORE_COMPACTION => {
                groups = 0;
                logs.compact_if_worth_it();
                continue;
            }
            Err(_) => match waiting.blocking_recv() {
                Some(job) => job,
                None => return,
            },
        };
        run_group(&mut logs, first, &mut waiting);
        // However much there is to do: a little of it each time.
        logs.retry_when_idle();
        groups = groups.saturating_add(1);
    }
}

fn verify_some(logs: &Logs) -> bool {
    logs.verify_some().unwrap_or_else(|error| {
        logs.note_damage(&error);
        true
    })
}

/// Runs a job and all that wait behind it: reads first, as they see what is durable and never what this group is
/// about to write; then the writes, made durable together.
fn run_group(logs: &mut Logs, first: Job, waiting: &mut mpsc::Receiver<Job>) {
    let (mut writes, mut compactions) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some(job) = next {
        match job {
            Job::Read(read) => read(logs),
            Job::Write(write) => writes.push(Change::Write(write)),
            Job::Append(append) => join(&mut writes, append),
            Job::Compact(answer) => compactions.push(answer),
        }
        next = if writes.len() < GROUP_MAX {
            waiting.try_recv().ok()
        } else {
            None
        };
    }
    if !writes.is_empty() {
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            match write {
                Change::Write(write) => answers.push(write(logs)),
                Change::Append(appends) => append_all(logs, appends, &mut answers),
            }
        }
        let durable = logs.commit();
        let _ = durable
            .as_ref()
            .inspect_err(|error| logs.note_damage(error));
        answers
            .into_iter()
            .for_each(|answer| answer(durable.as_ref().copied()));
    }
    for answer in compactions {
        let outcome = logs.compact();
        let _ = outcome
            .as_ref()
            .inspect_err(|error| logs.note_damage(error));
        let _ = answer.send(outcome);
    }
}

/// What a group changes, in order.
enum Change {
    Write(Write),
    /// For one log, one after the other.
    Append(Vec<Append>),
}

/// Puts drafts behind those that were just asked for, if they go into the same log.
fn join(writes: &mut Vec<Change>, append: Append) {
    if let Some(Change::Append(appends)) = writes.last_mut() {
        let drafts: usize = appends.iter().map(|append| append.drafts.len()).sum();
        let bytes: usize = appends.iter().map(Append::bytes).sum();
        let fits = drafts + append.drafts.len() <= DRAFTS_MAX
            && bytes + append.bytes() <= DRAFTS_BYTES_MAX;
        let is_alike = appends
            .last()
            .is_some_and(|last| (last.identity, last.social) == (append.identity, append.social));
        if fits && is_alike {
            return appends.push(append);
        }
    }
    writes.push(Change::Append(vec![append]));
}

/// Signs and stores drafts of one log together; one by one if that fails, so that each is told of its own mistake.
fn append_all(logs: &mut Logs, appends: Vec<Append>, answers: &mut Vec<Answer>) {
    let mut rng = crate::rng::system();
    if let [first, .., last] = appends.as_slice() {
        let (identity, social, now_ms) = (first.identity, first.social, last.now_ms);
        let drafts = appends.iter().flat_map(|append| append.drafts.clone());
        let together = logs.append(&identity, social, drafts.collect(), now_ms, &mut rng);
        if let Ok((mut written, mut stored)) = together {
            for append in appends {
                let rest = written.split_off(append.drafts.len().min(written.len()));
                let own = std::mem::replace(&mut written, rest);
                let outcome = Ok((own, std::mem::take(&mut stored)));
                answers.push(answer_when_durable(append.answer, outcome));
            }
            return;
        }
    }
    for append in appends {
        let Append {
            identity,
            social,
            drafts,
            now_ms,
            answer,
        } = append;
        let outcome = logs.append(&identity, social, drafts, now_ms, &mut rng);
        let _ = outcome
            .as_ref()
            .inspect_err(|error| logs.note_damage(error));
        answers.push(answer_when_durable(answer, outcome));
    }
}
