//! Letters: what this node hands over, takes in, and keeps for friends.
//!
//! [`Letters`] is a cheap handle. Replication tells it who is connected and passes on letters that come; it never waits.
//! One task, the [`postman`], opens what is for the account here, keeps what is for its friends until these are connected,
//! and brings what the account has to say to its recipients, or to friends of theirs.
//!
//! ```text
//!   replication --letters (bounded, paced)--> postman --> App (knocks, invitations)
//!        ^                                      |
//!        \---------- frames, by the network ----/
//! ```

mod acquainted;
mod mailbox;
mod outgoing;
mod postman;
mod reading;
mod sessions;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_keys::Identity;
use tokio::sync::{Notify, mpsc};

pub(crate) use self::postman::{Postman, Trade};
use self::sessions::Sessions;
use crate::network::Peer;

/// Letters that may wait to be opened.
const ARRIVED_MAX: usize = 128;

/// A letter that came.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// From which peer.
    pub(crate) peer: Peer,
    /// For whom.
    pub(crate) to: Identity,
    /// How often it may still be passed on.
    pub(crate) hops: u8,
    /// What only the recipient can open.
    pub(crate) sealed: Vec<u8>,
}

/// A handle to what becomes of letters.
#[derive(Clone, Debug)]
pub(crate) struct Letters(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sessions: Mutex<Sessions>,
    arrived: mpsc::Sender<Arrived>,
    /// Wakes the postman: somebody came, or there is something to say.
    wake: Notify,
}

impl Letters {
    /// A handle, and what its postman reads.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Arrived>) {
        let (arrived, waiting) = mpsc::channel(ARRIVED_MAX);
        let inner = Inner {
            sessions: Mutex::default(),
            arrived,
            wake: Notify::new(),
        };
        (Self(Arc::new(inner)), waiting)
    }

    /// A session with a peer is open.
    pub(crate) fn connected(&self, peer: Peer) {
        self.sessions().connected(peer);
    }

    /// The session with a peer is over.
    pub(crate) fn disconnected(&self, peer: Peer) {
        self.sessions().disconnected(peer);
    }

    /// A connected peer proved that somebody lives there.
    pub(crate) fn hosts(&self, peer: Peer, identity: Identity) {
        self.sessions().hosts(peer, identity);
        self.0.wake.notify_one();
    }

    /// Takes a letter that came. Never waits: of more than a peer may send, and more than can be read, none is kept.
    pub(crate) fn arrived(&self, arrived: Arrived) {
        if !self.sessions().admits(arrived.peer) {
            tracing::debug!(peer = %arrived.peer, "letters come too fast: one is let go");
            return;
        }
        if self.0.arrived.try_send(arrived).is_err() {
            tracing::debug!("letters come faster than they can be read: one is let go");
        }
    }

    /// Has it looked at anew what there is to say.
    pub(crate) fn review(&self) {
        self.0.wake.notify_one();
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        // A panic elsewhere can't have left it half-changed: it is changed by single inserts.
        let sessions = self.0.sessions.lock();
        sessions.unwrap_or_else(PoisonError::into_inner)
    }
}
