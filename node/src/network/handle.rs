//! The rest of the node's hold on the network.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    address::{Address, Contact, Peer},
    counters::{Counters, Tally},
    events::{Queues, SendError},
    gossip::{self, GossipId, Verdict},
    limits::FRAME_BYTES_MAX,
};

/// Commands that may wait for the swarm; with the largest gossip messages they hold 16 MiB.
const COMMANDS_MAX: usize = 256;

const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(4);

/// Why a peer is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DropReason {
    /// What it sent can't be read, or isn't allowed at this point.
    Protocol,
    /// It sent something that is provably false.
    Lie,
    /// It asks or sends more than anybody should.
    Flood,
    /// It reads more slowly than it is written to. That is no fault: it may come back at once.
    Slow,
}

/// What the swarm's owner is asked to do.
#[derive(Debug)]
pub(super) enum Command {
    Want(Contact),
    Dial(Address),
    Forget(Peer),
    Befriend(Peer, bool),
    Drop(Peer, DropReason),
    Subscribe(String),
    Unsubscribe(String),
    Publish(String, Vec<u8>),
    Verdict(GossipId, Peer, Verdict),
    Stop(oneshot::Sender<()>),
}

/// Why a command wasn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommandError {
    /// The network is behind with its commands.
    #[error("the network is too busy just now")]
    Busy,
    /// The network has stopped.
    #[error("the network has stopped")]
    Stopped,
    /// A topic or a gossip message is empty or too long.
    #[error("the topic or the message is out of bounds")]
    Size,
}

/// A cheap handle: frames to peers with a session go straight into their queues, everything else is a
/// command to the task that owns the swarm. Only what is `async` waits.
#[derive(Debug, Clone)]
pub(crate) struct NetworkHandle {
    peer: Peer,
    commands: mpsc::Sender<Command>,
    queues: Arc<Queues>,
    addresses: watch::Receiver<Vec<Address>>,
    tally: Arc<Tally>,
}

impl NetworkHandle {
    pub(super) fn new(
        peer: Peer,
        queues: Arc<Queues>,
        addresses: watch::Receiver<Vec<Address>>,
        tally: Arc<Tally>,
    ) -> (Self, mpsc::Receiver<Command>) {
        let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
        let handle = Self {
            peer,
            commands,
            queues,
            addresses,
            tally,
        };
        (handle, receiver)
    }

    /// This node.
    pub(crate) fn peer(&self) -> Peer {
        self.peer
    }

    /// Where this node listens, each with its `/p2p/…`.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        self.addresses.borrow().clone()
    }

    /// Queues a frame.
    ///
    /// # Errors
    /// [`SendError::Full`] when the peer is behind with reading; nothing was queued then.
    pub(crate) fn try_send(&self, peer: Peer, frame: Vec<u8>) -> Result<(), SendError> {
        check_size(&frame)?;
        let bytes = frame.len();
        let sent = self.queues.of(peer)?.try_send(frame);
        match sent {
            Ok(()) => self.tally.sent(bytes),
            Err(SendError::Full) => self.tally.frames_refused.add_one(),
            Err(_) => {}
        }
        sent
    }

    /// Queues a frame when there is room for it; for bulk, so that a slow peer slows its source down.
    ///
    /// Not for the task that takes the events: two nodes that wait so for each other read no more.
    ///
    /// # Errors
    /// [`SendError::NotConnected`] when there is no session, or it ended meanwhile.
    pub(crate) async fn send(&self, peer: Peer, frame: Vec<u8>) -> Result<(), SendError> {
        check_size(&frame)?;
        let bytes = frame.len();
        self.queues.of(peer)?.send(frame).await?;
        self.tally.sent(bytes);
        Ok(())
    }

    /// Keeps a peer connected: dials it now, and again whenever it is lost.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn want(&self, contact: Contact) -> Result<(), CommandError> {
        self.command(Command::Want(contact))
    }

    /// Dials an address once, to learn who is there: `Dialled` or `Undialable` follows.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn dial(&self, address: Address) -> Result<(), CommandError> {
        self.command(Command::Dial(address))
    }

    /// Doesn't keep a peer connected any longer. What is connected stays so while it is used.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn forget(&self, peer: Peer) -> Result<(), CommandError> {
        self.command(Command::Forget(peer))
    }

    /// Says whether a peer is a friend's: if so, it isn't refused for strangers' sake.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn befriend(&self, peer: Peer, is_friend: bool) -> Result<(), CommandError> {
        self.command(Command::Befriend(peer, is_friend))
    }

    /// Closes all connections with a peer that misbehaves, and refuses it for a minute, the next time for
    /// two, at most for an hour. One that is only [slow](DropReason::Slow) isn't refused.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn drop_peer(&self, peer: Peer, reason: DropReason) -> Result<(), CommandError> {
        self.command(Command::Drop(peer, reason))
    }

    /// Takes part in a gossip topic.
    ///
    /// # Errors
    /// As [`CommandError`] says. Topics beyond [`TOPICS_MAX`](super::limits::TOPICS_MAX) are refused with a log line.
    pub(crate) fn subscribe(&self, topic: &str) -> Result<(), CommandError> {
        check_gossip(topic, 0)?;
        self.command(Command::Subscribe(topic.to_owned()))
    }

    /// Leaves a gossip topic.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn unsubscribe(&self, topic: &str) -> Result<(), CommandError> {
        self.command(Command::Unsubscribe(topic.to_owned()))
    }

    /// Sends a message to a topic, without saying who began it. Nobody listening is no error.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn publish(&self, topic: &str, bytes: Vec<u8>) -> Result<(), CommandError> {
        check_gossip(topic, bytes.len())?;
        self.command(Command::Publish(topic.to_owned(), bytes))
    }

    /// Says what is to become of a gossip message that came from `source`.
    ///
    /// # Errors
    /// As [`CommandError`] says.
    pub(crate) fn verdict(
        &self,
        message: GossipId,
        source: Peer,
        verdict: Verdict,
    ) -> Result<(), CommandError> {
        self.command(Command::Verdict(message, source, verdict))
    }

    /// What was refused, delayed or lost since the start.
    pub(crate) fn counters(&self) -> Counters {
        self.tally.snapshot()
    }

    /// Sends what waits for a second at most, and closes everything.
    pub(crate) async fn shutdown(self) {
        let (done, stopped) = oneshot::channel();
        let stop = async {
            if self.commands.send(Command::Stop(done)).await.is_ok() {
                // An error means that the task is gone, which is what was wanted.
                let _ = stopped.await;
            }
        };
        if tokio::time::timeout(SHUTDOWN_TIME_MAX, stop).await.is_err() {
            tracing::warn!("the network didn't stop in time");
        }
    }

    fn command(&self, command: Command) -> Result<(), CommandError> {
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => CommandError::Busy,
                mpsc::error::TrySendError::Closed(_) => CommandError::Stopped,
            })
    }
}

fn check_size(frame: &[u8]) -> Result<(), SendError> {
    if (1..=FRAME_BYTES_MAX).contains(&frame.len()) {
        Ok(())
    } else {
        Err(SendError::Size)
    }
}

fn check_gossip(topic: &str, bytes: usize) -> Result<(), CommandError> {
    if gossip::is_within_bounds(topic, bytes) {
        Ok(())
    } else {
        Err(CommandError::Size)
    }
}
