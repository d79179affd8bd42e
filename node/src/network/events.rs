//! What the network tells the node, and the queues that frames leave by.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{
    address::{Address, Contact, Peer},
    gossip::GossipId,
    limits::{FRAME_BYTES_MAX, Limits},
};

/// Events that may wait to be taken.
const EVENTS_MAX: usize = 1_024;

/// Frames that may wait to be sent to one peer, and their bytes.
const UNSENT_FRAMES_MAX: usize = 256;
const UNSENT_BYTES_MAX: usize = 8 << 20;

/// A frame of any size counts at least so much: what carrying it costs.
const FRAME_COST_BYTES_MIN: usize = 128;

/// Something happened on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NetworkEvent {
    /// All addresses that this node listens on, each with its `/p2p/…`; comes again whenever they change.
    Listening {
        /// The complete list.
        addresses: Vec<Address>,
    },
    /// A session with the peer is open: frames pass from now on. A peer has one session at a time.
    Connected {
        /// With whom.
        peer: Peer,
        /// Where the peer is.
        address: Address,
        /// Whether this side dialled.
        outbound: bool,
    },
    /// The session is over. It may begin again, from nothing: frames of the old one may have been lost.
    Disconnected {
        /// With whom.
        peer: Peer,
    },
    /// A frame came, in the order in which the peer sent them.
    Frame {
        /// From whom.
        peer: Peer,
        /// 1…[`FRAME_BYTES_MAX`] bytes.
        bytes: Vec<u8>,
    },
    /// Addresses of a peer that was spoken with, to be remembered in place of what was remembered of it.
    Contact(Contact),
    /// A gossip message, which isn't passed on before a verdict; after some seconds it is forgotten.
    Gossip {
        /// Its topic.
        topic: String,
        /// Who passed it on to this node, not who wrote it.
        source: Peer,
        /// What to give a verdict on.
        message: GossipId,
        /// At most 64 KiB.
        bytes: Vec<u8>,
    },
    /// An address that was to be dialled once answered, or its peer was connected already.
    Dialled {
        /// Which.
        address: Address,
        /// Who is there.
        peer: Peer,
    },
    /// An address that was to be dialled once didn't answer as it should.
    Undialable {
        /// Which.
        address: Address,
        /// Why, for a human.
        reason: String,
    },
}

/// A frame on its way out, with the room that it takes.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// The way into a session's send queue.
#[derive(Debug, Clone)]
pub(super) struct SendQueue {
    frames: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
}

/// Why a frame wasn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// The peer reads more slowly than this node writes: wait, or leave it.
    #[error("too much is waiting for this peer already")]
    Full,
    /// There is no session with the peer.
    #[error("there is no session with this peer")]
    NotConnected,
    /// It is empty or too long.
    #[error("a frame holds 1 to {FRAME_BYTES_MAX} bytes")]
    Size,
}

fn cost(bytes: usize) -> u32 {
    u32::try_from(bytes.clamp(FRAME_COST_BYTES_MIN, FRAME_BYTES_MAX)).unwrap_or(u32::MAX)
}

impl SendQueue {
    pub(super) fn new() -> (Self, mpsc::Receiver<Outgoing>) {
        let (frames, receiver) = mpsc::channel(UNSENT_FRAMES_MAX);
        let room = Arc::new(Semaphore::new(UNSENT_BYTES_MAX));
        (Self { frames, room }, receiver)
    }

    pub(super) fn try_send(&self, bytes: Vec<u8>) -> Result<(), SendError> {
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(cost(bytes.len()))
            .map_err(|_| SendError::Full)?;
        self.frames
            .try_send(Outgoing { bytes, _room: room })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => SendError::Full,
                mpsc::error::TrySendError::Closed(_) => SendError::NotConnected,
            })
    }

    pub(super) async fn send(&self, bytes: Vec<u8>) -> Result<(), SendError> {
        let room = tokio::select! {
            room = Arc::clone(&self.room).acquire_many_owned(cost(bytes.len())) => room,
            () = self.frames.closed() => return Err(SendError::NotConnected),
        };
        let room = room.map_err(|_| SendError::NotConnected)?;
        self.frames
            .send(Outgoing { bytes, _room: room })
            .await
            .map_err(|_| SendError::NotConnected)
    }
}

/// The send queues of the sessions that the node has been told of.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<BTreeMap<Peer, SendQueue>>);

impl Queues {
    pub(super) fn of(&self, peer: Peer) -> Result<SendQueue, SendError> {
        self.lock()
            .get(&peer)
            .cloned()
            .ok_or(SendError::NotConnected)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Peer, SendQueue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event with what has to happen when it is taken.
#[derive(Debug)]
pub(super) struct Delivery {
    event: NetworkEvent,
    queue: Option<SendQueue>,
    _room: Option<[OwnedSemaphorePermit; 2]>,
}

impl From<NetworkEvent> for Delivery {
    fn from(event: NetworkEvent) -> Self {
        Self {
            event,
            queue: None,
            _room: None,
        }
    }
}

/// Where events go in.
#[derive(Debug, Clone)]
pub(super) struct EventSender {
    events: mpsc::Sender<Delivery>,
    room: Arc<Semaphore>,
}

impl EventSender {
    /// Waits for a place to put one event in; `None` when nobody listens any longer.
    pub(super) async fn place(&self) -> Option<mpsc::Permit<'_, Delivery>> {
        self.events.reserve().await.ok()
    }

    /// Waits for room; whether somebody still listens.
    pub(super) async fn send(&self, event: NetworkEvent) -> bool {
        self.events.send(event.into()).await.is_ok()
    }

    /// Says that a session is open; frames can be sent from when this is taken.
    pub(super) async fn connected(&self, event: NetworkEvent, queue: SendQueue) -> bool {
        let delivery = Delivery {
            event,
            queue: Some(queue),
            _room: None,
        };
        self.events.send(delivery).await.is_ok()
    }

    /// Waits until the peer's and everybody's share have room; whether somebody still listens.
    pub(super) async fn frame(&self, peer: Peer, bytes: Vec<u8>, share: &Arc<Semaphore>) -> bool {
        let cost = cost(bytes.len());
        let own = Arc::clone(share).acquire_many_owned(cost).await;
        let all = Arc::clone(&self.room).acquire_many_owned(cost).await;
        let (Ok(own), Ok(all)) = (own, all) else {
            return false;
        };
        let delivery = Delivery {
            event: NetworkEvent::Frame { peer, bytes },
            queue: None,
            _room: Some([own, all]),
        };
        self.events.send(delivery).await.is_ok()
    }
}

/// Where events come out, in order.
#[derive(Debug)]
pub(crate) struct NetworkEvents {
    events: mpsc::Receiver<Delivery>,
    queues: Arc<Queues>,
}

impl NetworkEvents {
    /// The next event, or `None` when the network has stopped. Taking `Connected` is what makes frames to
    /// that peer sendable, so that no frame of a conversation strays into the next.
    pub(crate) async fn recv(&mut self) -> Option<NetworkEvent> {
        let delivery = self.events.recv().await?;
        Some(self.take(delivery))
    }

    fn take(&self, delivery: Delivery) -> NetworkEvent {
        match (&delivery.event, delivery.queue) {
            (NetworkEvent::Connected { peer, .. }, Some(queue)) => {
                self.queues.lock().insert(*peer, queue);
            }
            (NetworkEvent::Disconnected { peer }, _) => {
                self.queues.lock().remove(peer);
            }
            _ => {}
        }
        delivery.event
    }
}

/// Both ends.
pub(super) fn channel(limits: &Limits, queues: Arc<Queues>) -> (EventSender, NetworkEvents) {
    let (sender, events) = mpsc::channel(EVENTS_MAX);
    let room = Arc::new(Semaphore::new(limits.unread_bytes_max.max(FRAME_BYTES_MAX)));
    let sender = EventSender {
        events: sender,
        room,
    };
    (sender, NetworkEvents { events, queues })
}
