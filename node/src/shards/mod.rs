//! Shards: what this node keeps for others as a guardian.
//!
//! [`Shards`] is a cheap handle. Jobs queue (bounded, also in bytes) for a thread that owns the databases: many *generations*
//! that hold bytes and are written once, and an *index* that says what lies where. Puts that wait together are made
//! durable together, and answered then.

mod compact;
mod error;
mod folder;
mod generations;
mod index;
mod keeper;
mod row;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hearth_keys::{DeviceId, Identity};
use tokio::sync::{Semaphore, mpsc, oneshot};

pub(crate) use error::ShardsError;
use keeper::{Keeper, Limits};
pub(crate) use row::{ShardInfo, ShardRow, charged_bytes};
use work::{Answer, Job, Put};

/// Longest shard.
pub(crate) const SHARD_BYTES_MAX: usize = 9 << 20;
/// Longest ticket.
pub(crate) const TICKET_BYTES_MAX: usize = 2048;
/// Jobs that may wait,
const JOBS_MAX: usize = 64;
/// and bytes of shards among them.
const WAITING_BYTES_MAX: usize = 32 << 20;
/// What waiting bytes are counted in.
const WAITING_UNIT: usize = 1 << 10;

/// What is kept for one owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// What it counts for in a quota, see [`charged_bytes`].
    pub(crate) bytes: u64,
    pub(crate) shards: u64,
}

/// What was lost since the node started. Owners notice, and send it again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Shards that are gone or wrong.
    pub(crate) shards: u64,
    /// Databases that were set aside, as they couldn't be opened.
    pub(crate) databases: u64,
}

/// What handles see without asking the thread.
#[derive(Debug, Default)]
struct Counts {
    usage: BTreeMap<Identity, Usage>,
    lost: Lost,
}

/// A handle to what is kept for others.
#[derive(Clone, Debug)]
pub(crate) struct Shards {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    counts: Arc<Mutex<Counts>>,
}

impl Shards {
    /// Opens what is kept in `dir`, which is made if it isn't there, and starts its thread, which ends when the last handle
    /// is dropped. Databases that can't be read are set aside; that alone is no error.
    ///
    /// # Errors
    /// [`ShardsError::InUse`], [`ShardsError::NewerVersion`], [`ShardsError::Full`], [`ShardsError::Io`].
    pub(crate) fn open(dir: &Path) -> Result<(Shards, ShardsThread), ShardsError> {
        Shards::open_within(dir, Limits::default())
    }

    fn open_within(dir: &Path, limits: Limits) -> Result<(Shards, ShardsThread), ShardsError> {
        let counts = Arc::default();
        let keeper = Keeper::open(dir, limits, Arc::clone(&counts))?;
        let (jobs, waiting) = mpsc::channel(JOBS_MAX);
        let thread = std::thread::Builder::new()
            .name("shards".into())
            .spawn(move || work::run(keeper, waiting))
            .map_err(ShardsError::Io)?;
        let room = Arc::new(Semaphore::new(WAITING_BYTES_MAX / WAITING_UNIT));
        let shards = Shards { jobs, room, counts };
        Ok((shards, ShardsThread(thread)))
    }

    /// Keeps `bytes`, and answers once they are durable: whether they are new. What was there already is compared, and
    /// written again if it is damaged; its ticket becomes this one, and nothing of it is released any more.
    ///
    /// # Errors
    /// [`ShardsError::Mismatch`] if the bytes aren't what `row` names, [`ShardsError::TooLarge`], [`ShardsError::Full`],
    /// [`ShardsError::Io`]: nothing is promised.
    pub(crate) async fn put(&self, row: ShardRow, bytes: Vec<u8>) -> Result<bool, ShardsError> {
        row.check(&bytes)?;
        let units = u32::try_from(bytes.len().div_ceil(WAITING_UNIT)).expect("checked above");
        let room = Arc::clone(&self.room).acquire_many_owned(units).await;
        let room = room.expect("never closed");
        self.ask(|answer| {
            Job::Put(Put {
                row,
                bytes,
                answer,
                _room: room,
            })
        })
        .await
    }

    /// `length` bytes from `offset` on, fewer where the shard ends; `None` when it isn't kept. Every piece of 4 KiB is checked;
    /// a whole shard is also checked to be what its id names. What is damaged counts as not kept from then on.
    ///
    /// # Errors
    /// [`ShardsError::Io`].
    pub(crate) async fn get(
        &self,
        owner: Identity,
        id: [u8; 32],
        offset: u32,
        length: u32,
    ) -> Result<Option<Vec<u8>>, ShardsError> {
        self.change(move |keeper| keeper.get(&owner, &id, offset, length))
            .await
    }

    /// Whether a shard is kept, without looking at its bytes.
    ///
    /// # Errors
    /// [`ShardsError::Io`].
    pub(crate) async fn has(&self, owner: Identity, id: [u8; 32]) -> Result<bool, ShardsError> {
        Ok(self.info(owner, id).await?.is_some())
    }

    /// What is known of a shard.
    ///
    /// # Errors
    /// [`ShardsError::Io`].
    pub(crate) async fn info(
        &self,
        owner: Identity,
        id: [u8; 32],
    ) -> Result<Option<ShardInfo>, ShardsError> {
        self.change(move |keeper| keeper.info(&owner, &id)).await
    }

    /// At most `limit` shards of `owner` by their ids, those behind `after`.
    ///
    /// # Errors
    /// [`ShardsError::Io`].
    pub(crate) async fn list(
        &self,
        owner: Identity,
        after: Option<[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<ShardInfo>, ShardsError> {
        self.change(move |keeper| keeper.list(&owner, after.as_ref(), limit))
            .await
    }

    /// The `newest` roots of `owner`, the highest number first.
    ///
    /// # Errors
    /// [`ShardsError::Io`].
    pub(crate) async fn roots(
        &self,
        owner: Identity,
        newest: usize,
    ) -> Result<Vec<ShardInfo>, ShardsError> {
        self.change(move |keeper| keeper.roots(&owner, newest))
            .await
    }

    /// What is kept for whom; owners of nothing aren't in it.
    pub(crate) fn usage(&self) -> BTreeMap<Identity, Usage> {
        lock(&self.counts).usage.clone()
    }

    /// What was lost since the node started.
    #[cfg(test)]
    fn lost(&self) -> Lost {
        lock(&self.counts).lost
    }

    /// Notes that `device` gave up shards at `at_ms`, and says how many of them are kept. They stay until
    /// [`Self::sweep`] takes them.
    ///
    /// # Errors
    /// [`ShardsError::Full`], [`ShardsError::Io`].
    pub(crate) async fn release(
        &self,
        owner: Identity,
        ids: Vec<[u8; 32]>,
        device: DeviceId,
        at_ms: u64,
    ) -> Result<u64, ShardsError> {
        self.change(move |keeper| keeper.release(&owner, &ids, &device, at_ms))
            .await
    }

    /// Takes back what `device` gave up of `owner`'s, as it was cut; says of how many shards.
    ///
    /// # Errors
    /// [`ShardsError::Full`], [`ShardsError::Io`].
    pub(crate) async fn unrelease_by(
        &self,
        owner: Identity,
        device: DeviceId,
    ) -> Result<u64, ShardsError> {
        self.change(move |keeper| keeper.unrelease_by(&owner, &device))
            .await
    }

    /// Drops what was given up `grace_ms` ago or before; says how many shards that was.
    ///
    /// # Errors
    /// [`ShardsError::Full`], [`ShardsError::Io`]: some may be dropped.
    pub(crate) async fn sweep(&self, now_ms: u64, grace_ms: u64) -> Result<u64, ShardsError> {
        self.change(move |keeper| keeper.sweep(now_ms, grace_ms))
            .await
    }

    /// Drops these of `owner`'s, whoever wants them kept; says how many there were.
    ///
    /// # Errors
    /// [`ShardsError::Full`], [`ShardsError::Io`]: some may be dropped.
    pub(crate) async fn drop_these(
        &self,
        owner: Identity,
        ids: Vec<[u8; 32]>,
    ) -> Result<u64, ShardsError> {
        self.change(move |keeper| keeper.drop_these(&owner, &ids))
            .await
    }

    /// Drops everything of `owner`; says how many shards that was.
    ///
    /// # Errors
    /// [`ShardsError::Full`], [`ShardsError::Io`]: some may be dropped.
    pub(crate) async fn drop_owner(&self, owner: Identity) -> Result<u64, ShardsError> {
        self.change(move |keeper| keeper.drop_owner(&owner)).await
    }

    /// Gives back the space of what was dropped, now instead of little by little; returns the size on disk before and after.
    ///
    /// # Errors
    /// [`ShardsError::Full`], [`ShardsError::Io`].
    pub(crate) async fn compact(&self) -> Result<(u64, u64), ShardsError> {
        self.change(Keeper::compact).await
    }

    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Keeper) -> Result<T, ShardsError> + Send + 'static,
    ) -> Result<T, ShardsError> {
        self.ask(|answer| {
            Job::Other(Box::new(move |keeper| {
                let _ = answer.send(keeper.and_then(change));
            }))
        })
        .await
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, ShardsError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.jobs.send(job(answer)).await;
        sent.map_err(|_| ShardsError::Closed)?;
        answered.await.map_err(|_| ShardsError::Closed)?
    }
}

fn lock(counts: &Mutex<Counts>) -> std::sync::MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread; waiting for it makes sure that the databases are closed.
#[derive(Debug)]
pub(crate) struct ShardsThread(std::thread::JoinHandle<()>);

impl ShardsThread {
    /// Waits until every handle is gone and the databases are closed. Blocks.
    pub(crate) fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the thread that keeps others' shards ended abnormally");
        }
    }
}
