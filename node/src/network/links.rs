//! What is known of each peer that there is a connection or a session with.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use libp2p::swarm::ConnectionId;
use tokio::sync::{Mutex, Semaphore, watch};

use super::{
    address::{Address, Contact, Peer},
    limits::{FRAME_BYTES_MAX, Limits},
    session::Phase,
};

/// A connection that comes up when the session is older than this means that the peer has lost the session,
/// say because it was killed; younger, that both dialled at once.
const STALE: Duration = Duration::from_secs(5);

/// A session that held for so long may be reopened at once.
const STEADY: Duration = Duration::from_secs(10);

/// A connection that nobody speaks on for so long is closed. Whoever wants it dials anew, and a new connection makes the
/// other side look whether its session still leads anywhere.
const UNUSED: Duration = Duration::from_secs(12);

const RETRY_WAIT_MAX: Duration = Duration::from_secs(60);

/// Sessions of one peer that are open, ending or about to begin; more streams are refused.
const SESSIONS_MAX: u32 = 3;

/// A connection.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) address: Address,
    pub(super) outbound: bool,
}

/// The session that counts.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) number: u64,
    pub(super) connection: ConnectionId,
    pub(super) since: Instant,
    pub(super) phase: watch::Sender<Phase>,
}

/// One peer.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) routes: BTreeMap<ConnectionId, Route>,
    pub(super) current: Option<Current>,
    pub(super) share: Arc<Semaphore>,
    pub(super) turn: Arc<Mutex<()>>,
    /// The contact that the node was told last.
    pub(super) told: Option<Contact>,
    running: u32,
    opening: Option<ConnectionId>,
    failures: u32,
    retry: Option<Instant>,
    /// Since when there is neither a session nor a new connection.
    unused_since: Instant,
}

impl Link {
    pub(super) fn new(limits: &Limits) -> Self {
        let unread = limits.unread_bytes_per_peer_max.max(FRAME_BYTES_MAX);
        Self {
            routes: BTreeMap::new(),
            current: None,
            share: Arc::new(Semaphore::new(unread)),
            turn: Arc::new(Mutex::new(())),
            told: None,
            running: 0,
            opening: None,
            failures: 0,
            retry: None,
            unused_since: Instant::now(),
        }
    }

    /// Takes in a connection.
    pub(super) fn connected(&mut self, connection: ConnectionId, route: Route, now: Instant) {
        self.routes.insert(connection, route);
        self.unused_since = now;
    }

    /// When its connections are to be closed because nobody speaks on them.
    pub(super) fn expiry(&self) -> Option<Instant> {
        let is_unused = self.running == 0 && self.opening.is_none() && self.retry.is_none();
        (is_unused && !self.routes.is_empty()).then(|| self.unused_since + UNUSED)
    }

    /// The connections to close now.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<ConnectionId> {
        self.unused_since = now;
        self.routes.keys().copied().collect()
    }

    /// The other side opens the sessions: there is nothing to wait for.
    pub(super) fn leave_opening(&mut self) {
        self.retry = None;
    }

    /// Whether nothing is left of it.
    pub(super) fn is_gone(&self) -> bool {
        self.routes.is_empty() && self.running == 0
    }

    /// The connection to open a session stream on now, for the side that opens; it counts as opening from
    /// then on.
    pub(super) fn open_on(&mut self, now: Instant) -> Option<ConnectionId> {
        let waits = self.retry.is_some_and(|retry| now < retry);
        if self.current.is_some() || self.opening.is_some() || waits {
            return None;
        }
        self.begin_opening()
    }

    /// The same when a new connection is up, which may mean that the peer knows nothing of the session.
    pub(super) fn open_on_new(&mut self, now: Instant) -> Option<ConnectionId> {
        let is_stale = self
            .current
            .as_ref()
            .is_some_and(|current| now.saturating_duration_since(current.since) > STALE);
        if is_stale && self.opening.is_none() {
            return self.begin_opening();
        }
        self.retry = None;
        self.open_on(now)
    }

    fn begin_opening(&mut self) -> Option<ConnectionId> {
        self.retry = None;
        // The newest one: the older ones may be dead without knowing.
        self.opening = self.routes.keys().next_back().copied();
        self.opening
    }

    /// A stream is there, or there is none.
    pub(super) fn opened(&mut self, connection: ConnectionId) {
        if self.opening == Some(connection) {
            self.opening = None;
        }
    }

    /// No stream came of opening.
    pub(super) fn open_failed(&mut self, connection: ConnectionId, now: Instant) {
        self.opened(connection);
        self.back_off(now);
    }

    /// Forgets a connection. If it was closed from this side, its session is stopped: yamux doesn't tell streams of that.
    /// One that the peer closed may have more to read.
    pub(super) fn closed(&mut self, connection: ConnectionId, from_here: bool) {
        self.routes.remove(&connection);
        self.opened(connection);
        let is_its = |current: &Current| current.connection == connection;
        if from_here && self.current.as_ref().is_some_and(is_its) {
            self.stop_session();
        }
    }

    /// Makes a session the current one; `None` when there are too many already. Dropping the former
    /// current one stops it.
    pub(super) fn begin_session(
        &mut self,
        number: u64,
        connection: ConnectionId,
        now: Instant,
    ) -> Option<watch::Receiver<Phase>> {
        if self.running >= SESSIONS_MAX {
            return None;
        }
        let (phase, receiver) = watch::channel(Phase::Open);
        self.stop_session();
        self.running += 1;
        self.current = Some(Current {
            number,
            connection,
            since: now,
            phase,
        });
        Some(receiver)
    }

    /// Stops the current session.
    pub(super) fn stop_session(&mut self) {
        if let Some(current) = self.current.take() {
            current.phase.send_replace(Phase::Stop);
        }
    }

    /// A session is over; if it was the current one, another may be opened after a while.
    pub(super) fn session_ended(&mut self, number: u64, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.unused_since = now;
        let Some(current) = self.current.take_if(|current| current.number == number) else {
            return;
        };
        if now.saturating_duration_since(current.since) > STEADY {
            self.failures = 0;
            self.retry = None;
        } else {
            self.back_off(now);
        }
    }

    fn back_off(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let wait = Duration::from_secs(1 << (self.failures - 1).min(8)).min(RETRY_WAIT_MAX);
        self.retry = Some(now + wait);
    }

    /// When a session stream may be opened again, if one waits for that.
    pub(super) fn wake(&self) -> Option<Instant> {
        let waits = self.current.is_none() && self.opening.is_none() && !self.routes.is_empty();
        self.retry.filter(|_| waits)
    }

    /// Addresses of the peer by how likely they work: those that were dialled, those that it says it
    /// listens on at the place that it came from, the rest.
    pub(super) fn contact(&self, peer: Peer, listening: &[Address]) -> Contact {
        let dialled = self
            .routes
            .values()
            .filter(|route| route.outbound)
            .map(|route| route.address.clone());
        let places: Vec<_> = self
            .routes
            .values()
            .map(|route| route.address.ip())
            .collect();
        let local = self
            .routes
            .values()
            .any(|route| route.address.is_loopback());
        let useful = listening.iter().filter(|address| {
            address.port() != 0
                && address.ip().is_none_or(|ip| !ip.is_unspecified())
                && (local || !address.is_loopback())
        });
        let (near, far): (Vec<_>, Vec<_>) =
            useful.partition(|address| address.ip().is_some() && places.contains(&address.ip()));
        let told = near.into_iter().chain(far).cloned();
        Contact::new(peer, dialled.chain(told))
    }
}
