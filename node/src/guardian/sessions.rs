//! Who is connected, and what is known of each peer while its session lasts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hearth_keys::Identity;
use hearth_protocol::bounds::{GUARD_FRAME_BYTES_MAX, KEPT_BYTES_MAX, PRESENCES_PER_PEER_MAX};
use hearth_protocol::guardian::{GuardMessage, Pledged};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::Reachable;
use crate::network::{DropReason, Peer};

/// Things that one owner may be sending to one guardian at once.
pub(super) const PUTS_PER_PEER_MAX: usize = 2;
/// Other requests that one owner may have open with one guardian.
pub(super) const ASKS_PER_PEER_MAX: usize = 2;

/// Objects of pictures that are had from one peer at once.
pub(super) const PICTURES_PER_PEER_MAX: usize = 2;

/// Frames that may wait for the task.
const FRAMES_MAX: usize = 4096;
/// What a frame takes besides its bytes.
const FRAME_COST_BYTES: usize = 128;
/// Bytes of one peer's frames that may wait: as much as it may send before it has to wait for answers, and some more.
const UNREAD_BYTES_PER_PEER_MAX: usize = PUTS_PER_PEER_MAX * KEPT_BYTES_MAX as usize + (2 << 20);
/// Bytes of all frames that may wait.
const UNREAD_BYTES_MAX: usize = 64 << 20;

/// A frame on its way to the task, with the room that it takes.
#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) peer: Peer,
    /// Of which session.
    pub(super) session: u64,
    pub(super) bytes: Vec<u8>,
    _room: [OwnedSemaphorePermit; 2],
}

/// What was claimed on a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClaimMade {
    /// When.
    pub(super) at: Instant,
    /// By which statements.
    pub(super) statements: [u8; 32],
    /// How many identities lived there then.
    pub(super) identities: usize,
}

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    /// Counts up with each session of any peer.
    pub(super) number: u64,
    /// Who lives there, as they proved.
    pub(super) identities: BTreeSet<Identity>,
    /// What accounts there grant the account here, by guardian.
    pub(super) pledged: BTreeMap<Identity, Pledged>,
    /// Whether it is another device of the account here, and took this one's claim.
    pub(super) is_own: bool,
    /// The last claim.
    pub(super) claim: Option<ClaimMade>,
    pub(super) puts: Arc<Semaphore>,
    pub(super) asks: Arc<Semaphore>,
    pub(super) pictures: Arc<Semaphore>,
    unread: Arc<Semaphore>,
    answers: BTreeMap<u32, mpsc::Sender<GuardMessage>>,
}

impl Session {
    /// Whether the claim was taken there.
    pub(super) fn is_open(&self) -> bool {
        self.is_own || !self.pledged.is_empty()
    }

    fn new(number: u64) -> Self {
        Self {
            number,
            identities: BTreeSet::new(),
            pledged: BTreeMap::new(),
            is_own: false,
            claim: None,
            puts: Arc::new(Semaphore::new(PUTS_PER_PEER_MAX)),
            asks: Arc::new(Semaphore::new(ASKS_PER_PEER_MAX)),
            pictures: Arc::new(Semaphore::new(PICTURES_PER_PEER_MAX)),
            unread: Arc::new(Semaphore::new(UNREAD_BYTES_PER_PEER_MAX)),
            answers: BTreeMap::new(),
        }
    }
}

/// All sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    by_peer: Mutex<BTreeMap<Peer, Session>>,
    next: AtomicU64,
    frames: mpsc::Sender<Inbound>,
    unread: Arc<Semaphore>,
}

impl Sessions {
    /// None, and where their frames come out.
    pub(super) fn new() -> (Self, mpsc::Receiver<Inbound>) {
        let (frames, waiting) = mpsc::channel(FRAMES_MAX);
        let sessions = Self {
            by_peer: Mutex::default(),
            next: AtomicU64::new(0),
            frames,
            unread: Arc::new(Semaphore::new(UNREAD_BYTES_MAX)),
        };
        (sessions, waiting)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<Peer, Session>> {
        // A panic elsewhere can't have left the map half-changed: each change is a single one.
        self.by_peer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connected(&self, peer: Peer) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(peer, Session::new(number));
    }

    /// Whoever waits for answers of the peer learns that none will come.
    pub(super) fn disconnected(&self, peer: Peer) {
        self.lock().remove(&peer);
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    pub(super) fn hosts(&self, peer: Peer, identity: Identity) {
        if let Some(session) = self.lock().get_mut(&peer)
            && session.identities.len() < PRESENCES_PER_PEER_MAX
        {
            session.identities.insert(identity);
        }
    }

    /// Puts a frame into the task's queue.
    pub(super) fn take(&self, peer: Peer, bytes: Vec<u8>) -> Result<(), DropReason> {
        if bytes.len() > GUARD_FRAME_BYTES_MAX {
            return Err(DropReason::Protocol);
        }
        let (session, unread) = match self.lock().get(&peer) {
            Some(session) => (session.number, Arc::clone(&session.unread)),
            None => return Ok(()),
        };
        let cost = u32::try_from(bytes.len() + FRAME_COST_BYTES).map_err(|_| DropReason::Flood)?;
        let own = unread.try_acquire_many_owned(cost);
        let all = Arc::clone(&self.unread).try_acquire_many_owned(cost);
        let (Ok(own), Ok(all)) = (own, all) else {
            return Err(DropReason::Slow);
        };
        let inbound = Inbound {
            peer,
            session,
            bytes,
            _room: [own, all],
        };
        match self.frames.try_send(inbound) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => Err(DropReason::Slow),
        }
    }

    /// The number of a peer's session.
    pub(super) fn number(&self, peer: Peer) -> Option<u64> {
        self.lock().get(&peer).map(|session| session.number)
    }

    /// Waits for answers to a request; `None` without a session.
    pub(super) fn expect(
        &self,
        peer: Peer,
        request: u32,
        answers: mpsc::Sender<GuardMessage>,
    ) -> Option<()> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(&peer)?;
        session.answers.insert(request, answers);
        Some(())
    }

    /// Nobody waits for answers to a request any longer.
    pub(super) fn forget(&self, peer: Peer, request: u32) {
        if let Some(session) = self.lock().get_mut(&peer) {
            session.answers.remove(&request);
        }
    }

    /// Hands an answer to whoever waits for it. Who is sent more than was asked for waits no longer.
    pub(super) fn answer(&self, peer: Peer, request: u32, message: GuardMessage) {
        if let Some(session) = self.lock().get_mut(&peer)
            && let Some(answers) = session.answers.get(&request)
            && answers.try_send(message).is_err()
        {
            session.answers.remove(&request);
        }
    }

    pub(super) fn reachable(&self) -> Vec<Reachable> {
        let sessions = self.lock();
        let answered = sessions
            .iter()
            .filter(|(_, session)| !session.pledged.is_empty());
        let reachable = answered.map(|(peer, session)| Reachable {
            peer: *peer,
            identities: session.identities.clone(),
            pledged: session.pledged.values().copied().collect(),
        });
        reachable.collect()
    }

    /// The peer at which a guardian lives and that took this account's claim; the one that grants most, if there are
    /// several.
    pub(super) fn host_of(&self, guardian: &Identity) -> Option<Peer> {
        let sessions = self.lock();
        let hosts = sessions.iter().filter_map(|(peer, session)| {
            let pledged = session.pledged.get(guardian)?;
            let is_proved = session.identities.contains(guardian);
            is_proved.then_some((pledged.bytes, *peer))
        });
        hosts.max().map(|(_, peer)| peer)
    }
}
