//! Friends who keep each other's data: what this node asks of guardians, and what it keeps as one.
//!
//! [`Guard`] is a cheap handle. Replication tells it who is connected and passes on the frames that are between owners
//! and guardians; it never waits. One task reads them: as a guardian it serves who proved in whose name they ask, as an
//! owner it claims, remembers who pledged what, and hands answers to whoever waits for them.
//!
//! ```text
//!   replication --frames (bounded)--> task --> Shards, store        backup, restore --requests--> network
//!                                      \-- answers (bounded) ------------^
//! ```

mod assembly;
mod keeper;
mod own_devices;
mod owner;
mod pictures;
mod requests;
mod serving;
mod sessions;
mod standing;
mod task;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hearth_keys::Identity;
use hearth_protocol::guardian::Pledged;
use tokio::sync::{Notify, broadcast, watch};

pub(crate) use self::pictures::PictureError;
pub(crate) use self::requests::{GetError, PutError};
use self::sessions::Sessions;
use crate::access::Access;
use crate::app::Change;
use crate::network::{DropReason, NetworkHandle, Peer};
use crate::objects::Objects;
use crate::photos::Cache;
use crate::shards::Shards;
use crate::store::guarded::Guarded;
use crate::store::{Account, Store, StoreError};

/// How long what was released or isn't pledged any longer is kept: 30 days.
const GRACE_MS_DEFAULT: u64 = 30 * 24 * 60 * 60 * 1000;
/// Overrides how long what was released is kept, in milliseconds.
const RELEASE_GRACE_VARIABLE: &str = "HEARTH_RELEASE_GRACE_MS";
/// Overrides how long what is beyond a pledge is kept, in milliseconds.
const NOTICE_VARIABLE: &str = "HEARTH_NOTICE_MS";

/// Somebody with a pledge in one of the two directions, or who keeps something of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GuardianState {
    /// Who.
    pub(crate) identity: Identity,
    /// Their node, once it said what it pledges: what fails together.
    pub(crate) peer: Option<Peer>,
    /// Whether that node is connected, and can be asked.
    pub(crate) connected: bool,
    /// What they let this account keep there now, in bytes; 0 while the two aren't friends.
    pub(crate) pledged_to_me: u64,
    /// What they keep of this account, in bytes.
    pub(crate) used_by_me: u64,
    /// When they drop what is beyond the pledge, ms since 1970.
    pub(crate) ends_ms: Option<u64>,
    /// What this account pledged to them, in bytes, whether or not it counts already.
    pub(crate) pledged_by_me: u64,
    /// What is kept here of them, in bytes.
    pub(crate) used_on_me: u64,
    /// When their node was connected last, ms since 1970; never, as far as is remembered, if there is none.
    pub(crate) last_seen_ms: Option<u64>,
    /// How much of the time their node is there while this one runs, out of a thousand.
    pub(crate) uptime_per_mille: u16,
    /// Where their node was reached.
    pub(crate) addresses: Vec<String>,
}

/// A connected peer that took this account's claim, and what its accounts grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reachable {
    /// Which.
    pub(crate) peer: Peer,
    /// Who lives there, as they proved.
    pub(crate) identities: BTreeSet<Identity>,
    /// What they grant this account.
    pub(crate) pledged: Vec<Pledged>,
}

/// A handle to what goes on between owners and guardians.
#[derive(Clone, Debug)]
pub(crate) struct Guard(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    account: Account,
    network: NetworkHandle,
    store: Store,
    shards: Shards,
    /// Where it is noted who asked for what.
    access: Access,
    /// The account's own, for its other devices.
    objects: OnceLock<Objects>,
    /// What others posted, for whoever names it.
    pictures: OnceLock<Cache>,
    sessions: Sessions,
    /// What is remembered of guardians; the task writes it down.
    guarded: Mutex<BTreeMap<Identity, Guarded>>,
    /// The number of the request before the next.
    requests: AtomicU32,
    /// Whether claims go to every peer, whoever lives there.
    everywhere: AtomicBool,
    /// Wakes the task: who is connected has changed, or what the store says of friends and pledges.
    wake: Notify,
    stop: watch::Sender<bool>,
    times: Times,
}

/// How long things are kept that nobody wants kept any longer.
#[derive(Debug, Clone, Copy)]
struct Times {
    release_grace_ms: u64,
    notice_ms: u64,
}

impl Times {
    fn configured() -> Self {
        let of = |variable| {
            let configured = std::env::var(variable).ok();
            configured.and_then(|number| number.parse().ok())
        };
        Self {
            release_grace_ms: of(RELEASE_GRACE_VARIABLE).unwrap_or(GRACE_MS_DEFAULT),
            notice_ms: of(NOTICE_VARIABLE).unwrap_or(GRACE_MS_DEFAULT),
        }
    }
}

/// The task, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Guarding {
    guard: Guard,
    task: tokio::task::JoinHandle<()>,
}

impl Guarding {
    /// Ends the task, and waits until it has. What waits for answers gets none.
    pub(crate) async fn stop(mut self) {
        self.guard.stop();
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the guardian's task ended abnormally");
        }
    }
}

impl Drop for Guarding {
    fn drop(&mut self) {
        self.guard.stop();
    }
}

impl Guard {
    fn stop(&self) {
        self.0.stop.send_replace(true);
        self.0.sessions.clear();
    }

    /// Starts the task for an account; it ends with the [`Guarding`]. `news` tells when people come, go, follow and
    /// unfollow.
    ///
    /// # Errors
    /// When what is remembered of guardians can't be read.
    pub(crate) async fn start(
        account: Account,
        network: NetworkHandle,
        store: Store,
        shards: Shards,
        access: Access,
        news: broadcast::Receiver<Change>,
    ) -> Result<(Self, Guarding), StoreError> {
        let guarded = store.read(|logs| logs.guarded()).await?;
        let (sessions, frames) = Sessions::new();
        let guard = Self(Arc::new(Inner {
            account,
            network,
            store,
            shards,
            access,
            objects: OnceLock::new(),
            pictures: OnceLock::new(),
            sessions,
            guarded: Mutex::new(guarded),
            requests: AtomicU32::new(0),
            everywhere: AtomicBool::new(false),
            wake: Notify::new(),
            stop: watch::Sender::new(false),
            times: Times::configured(),
        }));
        let task = tokio::spawn(task::Task::new(guard.clone()).run(frames, news));
        let guarding = Guarding {
            guard: guard.clone(),
            task,
        };
        Ok((guard, guarding))
    }

    /// The account here.
    pub(crate) fn identity(&self) -> Identity {
        self.0.account.identity
    }

    /// A session with a peer is open.
    pub(crate) fn connected(&self, peer: Peer) {
        self.0.sessions.connected(peer);
    }

    /// The session with a peer is over.
    pub(crate) fn disconnected(&self, peer: Peer) {
        self.saw(peer);
        self.0.sessions.disconnected(peer);
        self.0.wake.notify_one();
    }

    /// A connected peer proved that somebody lives there.
    pub(crate) fn hosts(&self, peer: Peer, identity: Identity) {
        self.0.sessions.hosts(peer, identity);
        self.0.wake.notify_one();
    }

    /// Takes a frame that is between owners and guardians. Never waits.
    ///
    /// # Errors
    /// Why the peer is to be dropped: it sends more than anybody may who waits for answers, or what makes no sense.
    pub(crate) fn frame(&self, peer: Peer, bytes: Vec<u8>) -> Result<(), DropReason> {
        self.0.sessions.take(peer, bytes)
    }

    /// Has the store looked at anew, since a pledge was written.
    pub(crate) fn review(&self) {
        self.0.wake.notify_one();
    }

    /// Claims go to every connected peer from now on, or only to those where friends and guardians live.
    pub(crate) fn claim_everywhere(&self, everywhere: bool) {
        self.0.everywhere.store(everywhere, Ordering::Relaxed);
        self.0.wake.notify_one();
    }

    /// The connected peers that took this account's claim.
    pub(crate) fn reachable(&self) -> Vec<Reachable> {
        self.0.sessions.reachable()
    }

    fn guarded(&self) -> MutexGuard<'_, BTreeMap<Identity, Guarded>> {
        // A panic elsewhere can't have left the map half-changed: it is changed by whole values.
        let guarded = self.0.guarded.lock();
        guarded.unwrap_or_else(PoisonError::into_inner)
    }
}
