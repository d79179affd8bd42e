//! The shell around the replication machine: it owns the clock, hands frames to the network and runs to the store.
//!
//! One task. What the store and slow peers take time for waits in bounded sets; while these are full, no more events
//! are taken from the network, and peers wait.

mod contacts;
mod gossip;
mod outputs;
mod shell;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use futures::stream::FuturesUnordered;
use hearth_keys::Identity;
use hearth_protocol::entry::LogKey;
use hearth_protocol::log::LogState;
use hearth_protocol::message::FollowNotice;
use hearth_protocol::root::StatementSet;
use hearth_protocol::sync::Sync;
use tokio::sync::{broadcast, mpsc, oneshot};

use self::shell::Shell;
use crate::access::Access;
use crate::app::Change;
use crate::guardian::Guard;
use crate::letters::Letters;
use crate::network::{Address, NetworkEvents, NetworkHandle, Peer};
use crate::store::Store;
use crate::store::logs::Stored;

/// Commands that may wait.
const COMMANDS_MAX: usize = 256;

/// Milliseconds since 1970 by the system's clock.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A connected peer, as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct ConnectedPeer {
    /// Who.
    pub(crate) peer: Peer,
    /// The identities that it proved to host.
    pub(crate) identities: BTreeSet<Identity>,
    /// Where it is.
    pub(crate) address: Address,
    /// Whether this node dialled it.
    pub(crate) is_outbound: bool,
    /// Since when, ms since 1970.
    pub(crate) since_ms: u64,
}

enum Command {
    Care(Identity, bool),
    Committed(Vec<Stored>),
    Statements(StatementSet, Vec<(LogKey, LogState)>),
    Notice(Box<FollowNotice>),
    Block(BTreeSet<Identity>),
    Route(Address),
    Peers(oneshot::Sender<Vec<ConnectedPeer>>),
    Interested(Identity, oneshot::Sender<usize>),
    Carers(Identity, oneshot::Sender<Vec<Peer>>),
}

/// A handle to the replication task.
#[derive(Clone, Debug)]
pub(crate) struct Replication {
    commands: mpsc::Sender<Command>,
}

impl Replication {
    /// Begins or ends caring for an identity's logs.
    pub(crate) async fn care(&self, identity: Identity, cares: bool) {
        self.command(Command::Care(identity, cares)).await;
    }

    /// Passes on what was written here and is durable.
    pub(crate) async fn committed(&self, stored: Vec<Stored>) {
        self.command(Command::Committed(stored)).await;
    }

    /// Passes on what the owner of a phrase said of devices; `states` is what is held of their logs since.
    pub(crate) async fn statements(&self, said: StatementSet, states: Vec<(LogKey, LogState)>) {
        self.command(Command::Statements(said, states)).await;
    }

    /// Hands a notice to whoever hosts the followed identity, now or when they connect.
    pub(crate) async fn notice(&self, notice: FollowNotice) {
        self.command(Command::Notice(Box::new(notice))).await;
    }

    /// From now on nothing of the own accounts' logs goes to peers that host one of these.
    pub(crate) async fn block(&self, blocked: BTreeSet<Identity>) {
        self.command(Command::Block(blocked)).await;
    }

    /// Tries an address from a link until it leads to a peer.
    pub(crate) async fn route(&self, address: Address) {
        self.command(Command::Route(address)).await;
    }

    /// Who is connected.
    pub(crate) async fn peers(&self) -> Vec<ConnectedPeer> {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Peers(answer)).await;
        answered.await.unwrap_or_default()
    }

    /// How many connected peers care for an identity.
    pub(crate) async fn interested(&self, identity: Identity) -> usize {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Interested(identity, answer)).await;
        answered.await.unwrap_or_default()
    }

    /// The connected peers that care for an identity, as far as something of it is held here.
    pub(crate) async fn carers(&self, identity: Identity) -> Vec<Peer> {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Carers(identity, answer)).await;
        answered.await.unwrap_or_default()
    }

    async fn command(&self, command: Command) {
        if self.commands.send(command).await.is_err() {
            tracing::debug!("replication has ended");
        }
    }
}

/// What the task begins with.
pub(crate) struct Beginning {
    /// The machine, told what is held.
    pub(crate) sync: Sync,
    /// Accounts here and whom they follow.
    pub(crate) cares: BTreeSet<Identity>,
    /// Accounts here and who follows them.
    pub(crate) known: BTreeSet<Identity>,
    /// Addresses of links that led nowhere yet.
    pub(crate) routes: BTreeSet<Address>,
}

/// Starts the task; it ends when the last handle is dropped or the network has stopped.
pub(crate) fn start(
    beginning: Beginning,
    store: Store,
    network: NetworkHandle,
    events: NetworkEvents,
    changes: broadcast::Sender<Change>,
    (guard, letters, access): (Guard, Letters, Access),
) -> (Replication, tokio::task::JoinHandle<()>) {
    let (commands, waiting) = mpsc::channel(COMMANDS_MAX);
    let mut shell = Shell {
        sync: beginning.sync,
        store,
        network,
        guard,
        letters,
        access,
        changes,
        started: Instant::now(),
        cares: BTreeSet::new(),
        known: beginning.known,
        peers: BTreeMap::new(),
        contacts: BTreeMap::new(),
        arrivals: BTreeMap::new(),
        routes: beginning.routes,
        topics: BTreeMap::new(),
        work: FuturesUnordered::new(),
        sends: FuturesUnordered::new(),
        sending: BTreeMap::new(),
    };
    for identity in beginning.cares {
        shell.care(identity, true);
    }
    shell.routes.iter().for_each(|route| shell.dial(route));
    let task = tokio::spawn(shell.run(waiting, events));
    (Replication { commands }, task)
}
