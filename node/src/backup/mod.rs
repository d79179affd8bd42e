//! Backup: what this account has, with friends who can't read it.
//!
//! A *snapshot* is a moment that can be restored: all entries up to it lie as segments in closed packs, and so do all
//! objects. Fixing one is quick and local. A *round* then brings to guardians what isn't there yet: shards of packs first,
//! then the pages of the manifest, then the root, and last the entry in the social log that names the root. Everything
//! that a guardian confirmed is noted durably at once, so that a killed node goes on where it was; whatever a round does
//! twice has the same bytes the second time.

mod adoption;
mod coverage;
mod error;
mod fix;
pub(crate) mod folder;
mod guardians;
mod keys;
mod letting_go;
mod pace;
mod pages;
mod placing;
mod publish;
mod recount;
mod round;
mod sealing;
mod source;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use coverage::{Coverage, Holder};
pub(crate) use error::BackupError;
pub(crate) use guardians::Guardians;
#[cfg(test)]
pub(crate) use guardians::Pledger;
pub(crate) use source::{PackFile, Packs};
pub(crate) use status::{Health, Outcome, Progress, Snapshot};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use hearth_keys::Identity;
use hearth_protocol::manifest::{Page, Root, RootId};
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::Instant;

use crate::store::logs::Stored;
use crate::store::{Account, Store};
use pace::Pace;

/// How long after a change a snapshot is fixed, unless told otherwise.
const DELAY: Duration = Duration::from_secs(30);
/// Overrides [`DELAY`], in milliseconds.
const DELAY_VARIABLE: &str = "HEARTH_BACKUP_DELAY_MS";
/// How often it is looked at whether something changed, at least.
const POLL_MAX: Duration = Duration::from_secs(5);
/// How long to wait before what couldn't be sent is tried again, in delays.
const RETRY_DELAYS: u32 = 4;

/// Passes on to peers what was written into the account's logs.
pub(crate) type PassOn = Arc<dyn Fn(Vec<Stored>) -> BoxFuture<'static, ()> + Send + Sync>;

/// What a backup works with.
pub(crate) struct Parts<G, P> {
    /// Whose.
    pub(crate) account: Account,
    /// The store with the account's logs.
    pub(crate) store: Store,
    /// Its pack files.
    pub(crate) packs: P,
    /// Its friends.
    pub(crate) guardians: G,
    /// What brings the head's entry to peers.
    pub(crate) pass_on: PassOn,
}

/// The backup of one account. Cheap to clone.
pub(crate) struct Backup<G, P>(Arc<Inner<G, P>>);

impl<G, P> Clone for Backup<G, P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<G, P> std::fmt::Debug for Backup<G, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Backup({})", self.0.identity())
    }
}

struct Inner<G, P> {
    account: Account,
    store: Store,
    packs: P,
    guardians: G,
    pass_on: PassOn,
    delay: Duration,
    /// One snapshot is fixed at a time.
    fixing: Mutex<()>,
    /// One folder is written at a time.
    writing: Mutex<()>,
    pace: Mutex<Pace>,
    /// Bytes that guardians confirmed since the node started.
    sent_bytes: AtomicU64,
    /// How many restores are under way.
    restores: AtomicUsize,
    /// When guardians, by number, last said what they keep; of those who are connected.
    counted: Mutex<BTreeMap<u16, Instant>>,
    rounds: watch::Sender<Rounds>,
    progress: watch::Sender<Progress>,
    wake: Notify,
}

/// Which rounds were asked for and which ended.
#[derive(Debug, Clone, Default)]
struct Rounds {
    wanted: u64,
    ended: u64,
    /// Why the last one failed.
    failure: Option<String>,
    is_stopping: bool,
}

/// The tasks of a backup.
pub(crate) struct BackupTasks {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    stop: Option<Box<dyn FnOnce() + Send>>,
}

impl std::fmt::Debug for BackupTasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BackupTasks({})", self.tasks.len())
    }
}

impl BackupTasks {
    /// Ends them, wherever they are: what wasn't confirmed is done again by the next run.
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
        for task in std::mem::take(&mut self.tasks) {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for BackupTasks {
    /// A node that fails to start must not be held up by tasks that nobody stops.
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// While this is held nothing is backed up and nothing released: what is here isn't everything.
pub(crate) struct Hold(Arc<dyn Fn() + Send + Sync>);

impl Drop for Hold {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hold")
    }
}

impl<G: Guardians, P: Packs> Backup<G, P> {
    /// The backup of an account, and what it does by itself from now on.
    pub(crate) fn start(parts: Parts<G, P>) -> (Self, BackupTasks) {
        let delay = std::env::var(DELAY_VARIABLE).ok();
        let delay = delay.and_then(|millis| millis.parse().ok());
        let backup = Self::new(parts, delay.map_or(DELAY, Duration::from_millis));
        let tasks = backup.run();
        (backup, tasks)
    }

    /// A backup that does nothing by itself.
    pub(crate) fn idle(parts: Parts<G, P>) -> Self {
        Self::new(parts, DELAY)
    }

    fn run(&self) -> BackupTasks {
        let tasks = vec![
            tokio::spawn(Arc::clone(&self.0).watch()),
            tokio::spawn(Arc::clone(&self.0).go_round()),
        ];
        let rounds = self.0.rounds.clone();
        let stop = move || rounds.send_modify(|rounds| rounds.is_stopping = true);
        let stop: Option<Box<dyn FnOnce() + Send>> = Some(Box::new(stop));
        BackupTasks { tasks, stop }
    }

    fn new(parts: Parts<G, P>, delay: Duration) -> Self {
        Self(Arc::new(Inner {
            account: parts.account,
            store: parts.store,
            packs: parts.packs,
            guardians: parts.guardians,
            pass_on: parts.pass_on,
            delay,
            fixing: Mutex::new(()),
            writing: Mutex::new(()),
            pace: Mutex::new(Pace::new(Instant::now())),
            sent_bytes: AtomicU64::new(0),
            restores: AtomicUsize::new(0),
            rounds: watch::Sender::new(Rounds::default()),
            counted: Mutex::new(BTreeMap::new()),
            progress: watch::Sender::new(Progress::default()),
            wake: Notify::new(),
        }))
    }

    /// Fixes a snapshot if anything changed, and begins to send it; with `wait` answers once it is complete, or nothing
    /// more of it can be sent to who is reachable.
    pub(crate) async fn now(&self, wait: bool) -> Result<Outcome, BackupError> {
        let engine = &self.0;
        let before = engine.sent_bytes.load(Ordering::Relaxed);
        let fixed = engine.fix().await?;
        let round = engine.ask_round();
        if wait {
            engine.round_ended(round).await?;
        }
        let sent = engine.sent_bytes.load(Ordering::Relaxed) - before;
        engine.outcome(&fixed, sent).await
    }

    /// Writes a snapshot into a folder, from which alone everything can be restored.
    pub(crate) async fn to(&self, folder: &std::path::Path) -> Result<Outcome, BackupError> {
        self.0.write_folder(folder).await
    }

    /// How safe everything is.
    pub(crate) async fn status(&self) -> Result<Health, BackupError> {
        self.0.health().await
    }

    /// What friends hold, and what would come back without some of them.
    pub(crate) async fn coverage(
        &self,
        gone: &BTreeSet<Identity>,
    ) -> Result<Coverage, BackupError> {
        self.0.coverage(gone).await
    }

    /// The snapshots that can be restored, newest first.
    pub(crate) async fn snapshots(&self) -> Result<Vec<Snapshot>, BackupError> {
        self.0.snapshots().await
    }

    /// What is being done, as it happens.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.0.progress.subscribe()
    }

    /// Takes over the backup of a device that is gone, once what was in it is here again: its packs, where their shards
    /// lie, and its snapshots, so that nothing of it is sent once more. The keys of its generations must have been granted
    /// to this device before. No root is numbered up to `highest` from here on, which may be newer than `root`.
    pub(crate) async fn adopt(
        &self,
        root: &Root,
        id: RootId,
        pages: &[Page],
        highest: u64,
    ) -> Result<(), BackupError> {
        self.0.adopt((root, id), pages, highest).await
    }

    /// Holds everything until what is returned is dropped: a restore is under way.
    pub(crate) fn hold(&self) -> Hold {
        self.0.restores.fetch_add(1, Ordering::SeqCst);
        let engine = Arc::clone(&self.0);
        Hold(Arc::new(move || {
            engine.restores.fetch_sub(1, Ordering::SeqCst);
            engine.ask_round();
        }))
    }

    /// The settings changed: another round may have more to do.
    pub(crate) fn settings_changed(&self) {
        self.0.ask_round();
    }
}

impl<G, P> Inner<G, P> {
    fn identity(&self) -> Identity {
        self.account.identity
    }

    /// Asks for a round that begins after this; its number.
    fn ask_round(&self) -> u64 {
        let mut number = 0;
        self.rounds.send_modify(|rounds| {
            rounds.wanted += 1;
            number = rounds.wanted;
        });
        self.wake.notify_one();
        number
    }

    /// Waits until a round that was asked for has ended.
    async fn round_ended(&self, number: u64) -> Result<(), BackupError> {
        let mut rounds = self.rounds.subscribe();
        let ended = rounds
            .wait_for(|rounds| rounds.ended >= number || rounds.is_stopping)
            .await
            .map_err(|_| BackupError::Stopping)?;
        if ended.is_stopping {
            return Err(BackupError::Stopping);
        }
        match &ended.failure {
            Some(failure) => Err(BackupError::Failed(failure.clone())),
            None => Ok(()),
        }
    }

    fn check_free(&self) -> Result<(), BackupError> {
        if self.restores.load(Ordering::SeqCst) > 0 {
            Err(BackupError::Restoring)
        } else {
            Ok(())
        }
    }
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Fixes a snapshot a while after something changed, and asks for a round when there is more that can be done.
    async fn watch(self: Arc<Self>) {
        let poll = (self.delay / 4).clamp(Duration::from_millis(50), POLL_MAX);
        let (mut changed_at, mut tried_at) = (None::<Instant>, Instant::now());
        let mut seen = Vec::new();
        loop {
            tokio::time::sleep(poll).await;
            if self.check_free().is_err() {
                continue;
            }
            let mut pledgers = self.guardians.pledgers(self.identity()).await;
            // What they hold changes all the time, and is our own doing.
            pledgers.iter_mut().for_each(|pledger| {
                (pledger.used_bytes, pledger.uptime) = (0, 0);
            });
            let others_came = pledgers != seen;
            seen = pledgers;
            // Without friends there is nothing that a snapshot would be good for by itself.
            let has_changed = !seen.is_empty() && self.has_changed().await.unwrap_or(false);
            let since = has_changed.then(|| changed_at.unwrap_or_else(Instant::now));
            changed_at = since;
            if since.is_some_and(|since| since.elapsed() >= self.delay) {
                changed_at = None;
                match self.fix().await {
                    Ok(_) => {
                        self.ask_round();
                    }
                    Err(error) => tracing::warn!(%error, "no snapshot"),
                }
            }
            let may_retry = tried_at.elapsed() >= self.delay * RETRY_DELAYS
                && !self.progress.borrow().is_complete
                && seen.iter().any(|pledger| pledger.is_reachable);
            if others_came || may_retry {
                tried_at = Instant::now();
                self.ask_round();
            }
        }
    }

    /// Runs a round whenever one was asked for.
    async fn go_round(self: Arc<Self>) {
        loop {
            let (wanted, ended) = {
                let rounds = self.rounds.borrow();
                (rounds.wanted, rounds.ended)
            };
            if wanted == ended {
                self.wake.notified().await;
                continue;
            }
            let outcome = self.round().await;
            if let Err(error) = &outcome {
                tracing::warn!(%error, "the backup doesn't go on for now");
            }
            self.rounds.send_modify(|rounds| {
                rounds.ended = wanted;
                rounds.failure = outcome.err().map(|error| error.to_string());
            });
        }
    }
}
