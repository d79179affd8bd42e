//! What this node does for an account: one method a user story, called alike by the pages, the JSON API and the CLI.

pub(crate) mod access;
mod archive;
pub(crate) mod backup;
mod boosts;
mod caring;
mod check;
mod conversations;
pub(crate) mod devices;
mod files;
pub(crate) mod first_steps;
mod followers;
mod guardians;
pub(crate) mod import;
mod invites;
pub(crate) mod keeper;
mod knocks;
mod looks;
pub(crate) mod model;
pub(crate) mod notifications;
mod people;
mod petnames;
mod photos;
mod posts;
pub(crate) mod public;
mod reach;
mod readable;
pub(crate) mod restore;
mod search;
pub(crate) mod settings;
pub(crate) mod social;
mod spaces;
mod storage;

pub(crate) use archive::verify_export;
pub(crate) use invites::JoinAsked;
pub(crate) use knocks::KnockSent;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_keys::Identity;
use hearth_protocol::root::StatementSet;
use tokio::sync::{Notify, broadcast, watch};

use crate::access::Access;
use crate::backup::Backup;
use crate::beginning::Follows;
use crate::drive::Drive;
use crate::guardian::Guard;
use crate::home::Home;
use crate::letters::Letters;
use crate::network::NetworkHandle;
use crate::objects::Objects;
use crate::photos::Photos;
use crate::rebuild::Rebuilt;
use crate::replication::{Replication, unix_ms};
use crate::restore::Restoring;
use crate::said::{Said, said};
use crate::store::logs::{Draft, Stored, Written};
use crate::store::{Account, Store, StoreError};
use model::{AppError, ErrorKind, LogStatus, Me, PeerStatus, Status};

/// Changes that a slow listener may be behind.
const CHANGES_MAX: usize = 256;

/// Something that open pages want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Entries of somebody came or changed.
    Entries {
        /// Whose.
        identity: Identity,
    },
    /// Who is connected, or who follows, changed.
    People,
}

/// One account of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    account: Account,
    rebuilt: Option<Rebuilt>,
    restoring: Restoring,
    store: Store,
    replication: Replication,
    guard: Guard,
    backup: Backup<Guard, Objects>,
    network: NetworkHandle,
    letters: Letters,
    access: Access,
    changes: broadcast::Sender<Change>,
    /// Whom the account follows, how, and whom it followed once.
    follows: Mutex<Follows>,
    /// With whom spaces are shared: their logs are kept here whether or not they are followed.
    shared: Mutex<BTreeSet<Identity>>,
    /// Who was asked to let this account into a space: that comes with their logs.
    asked: Mutex<BTreeSet<Identity>>,
    /// Held while it is decided whose logs are kept here.
    caring: tokio::sync::Mutex<()>,
    drive: Drive,
    photos: Photos,
    /// Whether contents that aren't here are on their way: reading them waits while this says so.
    arriving: watch::Sender<bool>,
    import: tokio::sync::Mutex<Option<import::Known>>,
    /// What takes how much room, and when that was looked at.
    storage: storage::Looked,
    stop: Notify,
}

/// The channel that changes go through, made before there is an app.
pub(crate) fn changes() -> broadcast::Sender<Change> {
    broadcast::channel(CHANGES_MAX).0
}

impl App {
    /// The app of an account that follows `follows`; `rebuilt` says what became of its store if that was damaged, and
    /// `restoring` how far its restore is.
    pub(crate) fn new(
        account: Account,
        (rebuilt, restoring): (Option<Rebuilt>, Restoring),
        (store, objects, photos, home): (Store, Objects, Photos, &Home),
        (replication, guard, backup): (Replication, Guard, Backup<Guard, Objects>),
        (network, letters, access): (NetworkHandle, Letters, Access),
        changes: broadcast::Sender<Change>,
        follows: Follows,
    ) -> Self {
        let (arriving, arrives) = watch::channel(false);
        let (own_store, passed_on) = (store.clone(), replication.clone());
        guard.share_objects(objects.clone());
        let given = (passed_on, guard.clone());
        let drive = Drive::new(account.identity, own_store, objects, given, arrives);
        Self(Arc::new(Inner {
            account,
            rebuilt,
            restoring,
            store,
            replication,
            guard,
            backup,
            network,
            letters,
            access,
            changes,
            follows: Mutex::new(follows),
            shared: Mutex::default(),
            asked: Mutex::default(),
            caring: tokio::sync::Mutex::default(),
            drive,
            photos,
            arriving,
            import: tokio::sync::Mutex::new(None),
            storage: storage::Looked::at(home),
            stop: Notify::new(),
        }))
    }

    /// Says whether contents that aren't here are on their way: while they are, reading a file waits for them.
    pub(crate) fn set_arriving(&self, arrive: bool) {
        self.0.arriving.send_replace(arrive);
    }

    fn identity(&self) -> Identity {
        self.0.account.identity
    }

    fn follows(&self) -> MutexGuard<'_, Follows> {
        // A panic elsewhere can't have left the map half-changed: it is changed by single inserts.
        self.0
            .follows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom the account follows, in private or not.
    fn followed(&self) -> BTreeSet<Identity> {
        let follows = self.follows();
        let followed = follows.iter().filter(|(_, state)| state.follows());
        followed.map(|(identity, _)| *identity).collect()
    }

    fn shared(&self) -> MutexGuard<'_, BTreeSet<Identity>> {
        // As above: it is replaced as a whole.
        self.0.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self) -> MutexGuard<'_, BTreeSet<Identity>> {
        // As above.
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everybody whose posts are in the timeline: oneself and whom one follows.
    fn authors(&self) -> BTreeSet<Identity> {
        let mut authors = self.followed();
        authors.insert(self.identity());
        authors
    }

    /// Who this account is.
    pub(crate) async fn me(&self) -> Result<Me, AppError> {
        let identity = self.identity();
        let profile = self
            .0
            .store
            .read(move |logs| logs.profile(&identity))
            .await?;
        Ok(Me {
            identity: identity.to_string(),
            device: self.0.account.device.id().to_string(),
            name: profile.name,
        })
    }

    /// What the node is doing.
    pub(crate) async fn status(&self) -> Result<Status, AppError> {
        let peers = self.0.replication.peers().await;
        let (logs, store_bytes) = self
            .0
            .store
            .read(|logs| Ok((log_status(logs), logs.size_on_disk()?)))
            .await?;
        Ok(Status {
            identity: self.identity().to_string(),
            addresses: self
                .0
                .network
                .addresses()
                .iter()
                .map(ToString::to_string)
                .collect(),
            peers: peers
                .into_iter()
                .map(|peer| PeerStatus {
                    peer: peer.peer.to_string(),
                    identities: peer.identities.iter().map(ToString::to_string).collect(),
                    address: peer.address.to_string(),
                    since_ms: peer.since_ms,
                })
                .collect(),
            logs,
            store_bytes,
            rebuilt: self.0.rebuilt.clone(),
            revoked: self.revoked().await?,
            counters: self.counters(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    fn counters(&self) -> BTreeMap<String, u64> {
        let counters = self.0.network.counters();
        counters
            .by_name()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name.to_owned(), count))
            .collect()
    }

    /// The identities whose nodes are connected now.
    pub(crate) async fn connected(&self) -> BTreeSet<String> {
        let peers = self.0.replication.peers().await;
        peers
            .iter()
            .flat_map(|peer| &peer.identities)
            .map(ToString::to_string)
            .collect()
    }

    /// What open pages want to know, as it happens.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.0.changes.subscribe()
    }

    /// Whether a change may show in the timeline.
    pub(crate) fn concerns_timeline(&self, change: &Change) -> bool {
        matches!(change, Change::Entries { identity }
            if self.authors().contains(identity) || self.shared().contains(identity))
    }

    /// Asks the node to stop.
    pub(crate) fn stop(&self) {
        self.0.stop.notify_one();
    }

    /// Waits until somebody asks the node to stop.
    pub(crate) async fn stopping(&self) {
        self.0.stop.notified().await;
    }

    /// Builds every view anew; returns how many entries were read.
    pub(crate) async fn reindex(&self) -> Result<u64, AppError> {
        Ok(self
            .0
            .store
            .write(crate::store::logs::Logs::reindex)
            .await?)
    }

    /// Gives space back; returns the store's size on disk before and after.
    pub(crate) async fn compact(&self) -> Result<(u64, u64), AppError> {
        Ok(self.0.store.compact().await?)
    }

    /// Writes, waits until it is durable, and passes it on. Goes on to the end even if whoever asked is gone.
    async fn write(&self, social: bool, drafts: Vec<Draft>) -> Result<Vec<Written>, AppError> {
        let app = self.clone();
        to_the_end(async move {
            let identity = app.identity();
            let appended = app.0.store.append(identity, social, drafts, unix_ms());
            let (written, stored) = appended.await?;
            app.pass_on(stored).await;
            Ok(written)
        })
        .await
    }

    /// Passes on what was written here, now that it is durable, and tells open pages of it.
    async fn pass_on(&self, stored: Vec<Stored>) {
        let shows = stored.iter().any(|stored| stored.shows);
        if !stored.is_empty() {
            self.0.replication.committed(stored).await;
        }
        if shows {
            let identity = self.identity();
            let _ = self.0.changes.send(Change::Entries { identity });
        }
    }

    async fn write_one(&self, social: bool, draft: Draft) -> Result<Written, AppError> {
        let written = self.write(social, vec![draft]).await?;
        written
            .into_iter()
            .next()
            .ok_or_else(|| failed(said!("nothing-written", "nothing was written")))
    }

    async fn statements(&self) -> Result<StatementSet, AppError> {
        let identity = self.identity();
        Ok(self
            .0
            .store
            .read(move |logs| Ok(logs.statements(&identity)))
            .await?)
    }
}

fn log_status(logs: &crate::store::logs::Logs) -> Vec<LogStatus> {
    let held = logs
        .logs()
        .filter(|(_, state)| !state.ranges().is_empty() || state.is_forked());
    held.map(|(log, state)| LogStatus {
        identity: log.identity.to_string(),
        device: log.device.to_string(),
        log: log.log.number(),
        have: state
            .ranges()
            .iter()
            .map(|range| (range.lo, range.hi))
            .collect(),
        forked: state.is_forked(),
    })
    .collect()
}

/// The time to claim for what replaces something that claims `time_ms`: the newest counts everywhere, whichever way this
/// node's clock was set in between.
fn newer_than(time_ms: u64) -> u64 {
    unix_ms().max(time_ms.saturating_add(1))
}

/// Runs to its end whatever becomes of who waits for it.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    tokio::spawn(work)
        .await
        .unwrap_or_else(|_| Err(failed(said!("stopping", "the node is stopping"))))
}

fn bad_request(message: impl Into<Said>) -> AppError {
    AppError::new(ErrorKind::BadRequest, message)
}

fn not_found(message: impl Into<Said>) -> AppError {
    AppError::new(ErrorKind::NotFound, message)
}

fn failed(message: impl Into<Said>) -> AppError {
    AppError::new(ErrorKind::Failed, message)
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        failed(&error)
    }
}
