//! The task: its state, what wakes it, and what it makes of that.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt};
use hearth_keys::Identity;
use hearth_protocol::entry::LogKey;
use hearth_protocol::fork::ForkProof;
use hearth_protocol::guardian::is_guard_frame;
use hearth_protocol::log::LogState;
use hearth_protocol::sync::{Event, Ingested, Outcome, PeerKey, Sync};
use tokio::sync::{broadcast, mpsc};

use super::{Command, ConnectedPeer, unix_ms};
use crate::access::{Access, FAR, Kind, NEAR, Note};
use crate::app::Change;
use crate::guardian::Guard;
use crate::letters::Letters;
use crate::network::{
    Address, Contact, GossipId, NetworkEvent, NetworkEvents, NetworkHandle, Peer, Verdict,
};
use crate::store::Store;
use crate::store::logs::Stored;

/// Runs that the store may be checking.
const INGESTS_MAX: usize = 256;

/// Answers and frames that may be on their way to slow peers.
const SENDS_MAX: usize = 512;

/// How often addresses of links that led nowhere are tried again.
const ROUTE_RETRY: Duration = Duration::from_secs(5);

/// How often it is looked at which authors gossip.
const GOSSIP_REVIEW: Duration = Duration::from_secs(5);

/// Something that the store finished.
pub(super) enum Done {
    Ingested(Ingested, Option<Box<ForkProof>>, Option<Shown>),
    Gossiped(Box<Done>, GossipId, Peer, Verdict),
    Forked(ForkProof),
    /// Somebody said something of their devices, which cut these logs.
    Said(Identity, Vec<(LogKey, LogState)>),
    Cut(Vec<(LogKey, LogState)>),
    Noticed,
    Nothing,
}

pub(super) struct Shown {
    pub(super) log: LogKey,
}

pub(super) type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(super) struct Shell {
    pub(super) sync: Sync,
    pub(super) store: Store,
    pub(super) network: NetworkHandle,
    pub(super) guard: Guard,
    pub(super) letters: Letters,
    pub(super) access: Access,
    pub(super) changes: broadcast::Sender<Change>,
    pub(super) started: Instant,
    pub(super) cares: BTreeSet<Identity>,
    /// Identities whose peers are worth remembering: those cared for and those who follow.
    pub(super) known: BTreeSet<Identity>,
    pub(super) peers: BTreeMap<Peer, ConnectedPeer>,
    /// Peers that dialled this node and didn't say yet who they are: from where, and when.
    pub(super) arrivals: BTreeMap<Peer, (&'static str, Instant)>,
    pub(super) contacts: BTreeMap<Peer, Contact>,
    pub(super) routes: BTreeSet<Address>,
    pub(super) topics: BTreeMap<String, Identity>,
    pub(super) work: FuturesUnordered<Work<Done>>,
    pub(super) sends: FuturesUnordered<Work<Peer>>,
    /// How many of them are for whom.
    pub(super) sending: BTreeMap<Peer, usize>,
}

impl Shell {
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut events: NetworkEvents,
    ) {
        let mut routes = tokio::time::interval(ROUTE_RETRY);
        let mut gossip = tokio::time::interval(GOSSIP_REVIEW);
        loop {
            self.carry_out().await;
            let tick = self
                .sync
                .next_tick_ms()
                .map(|at| self.started + Duration::from_millis(at));
            let tick = tick.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            let has_room = self.work.len() < INGESTS_MAX && self.sends.len() < SENDS_MAX;
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => return,
                },
                Some(done) = self.work.next(), if !self.work.is_empty() => self.done(done),
                Some(peer) = self.sends.next(), if !self.sends.is_empty() => self.sent(peer),
                event = events.recv(), if has_room => match event {
                    Some(event) => self.event(event).await,
                    None => return,
                },
                () = tokio::time::sleep_until(tick.into()) => self.sync.handle(self.now_ms(), Event::Tick),
                _ = routes.tick() => {
                    self.try_routes();
                    self.note_old_arrivals();
                },
                _ = gossip.tick() => self.review_gossip().await,
            }
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Care(identity, cares) => self.care(identity, cares),
            Command::Committed(stored) => {
                stored.into_iter().for_each(|stored| self.committed(stored))
            }
            Command::Statements(said, states) => {
                let now_ms = self.now_ms();
                self.sync.handle(now_ms, Event::Statements(said));
                self.done(Done::Cut(states));
            }
            Command::Notice(notice) => self.sync.set_notice(*notice),
            Command::Block(blocked) => self.sync.set_blocked(blocked),
            Command::Route(address) => {
                self.dial(&address);
                self.routes.insert(address);
            }
            Command::Peers(answer) => {
                let _ = answer.send(self.peers.values().cloned().collect());
            }
            Command::Carers(identity, answer) => {
                let carers = self.sync.carers(&identity).into_iter();
                let carers = carers.filter_map(|peer| Peer::from_bytes(&peer.0).ok());
                let _ = answer.send(carers.collect());
            }
            Command::Interested(identity, answer) => {
                let _ = answer.send(self.sync.interested(&identity));
            }
        }
    }

    pub(super) fn care(&mut self, identity: Identity, cares: bool) {
        let event = if cares {
            self.cares.insert(identity);
            self.known.insert(identity);
            Event::Cared(identity)
        } else {
            self.cares.remove(&identity);
            self.forget(identity);
            Event::Uncared(identity)
        };
        self.review_friends(identity);
        self.sync.handle(self.now_ms(), event);
    }

    pub(super) fn committed(&mut self, stored: Stored) {
        if let Some(push) = &stored.push {
            self.gossip_own(&push.0);
        }
        let outcome = Outcome::Stored {
            state: stored.state,
            push: stored.push,
        };
        let ingested = Ingested {
            from: None,
            request: 0,
            log: stored.log,
            outcome,
        };
        self.sync.handle(self.now_ms(), Event::Ingested(ingested));
    }

    pub(super) fn done(&mut self, done: Done) {
        match done {
            Done::Ingested(ingested, fork, shown) => {
                if let Some(fork) = fork {
                    self.sync.handle(self.now_ms(), Event::Forked(*fork));
                }
                if let Some(shown) = shown {
                    let identity = shown.log.identity;
                    let _ = self.changes.send(Change::Entries { identity });
                }
                self.sync.handle(self.now_ms(), Event::Ingested(ingested));
            }
            Done::Gossiped(done, message, source, verdict) => {
                if let Err(error) = self.network.verdict(message, source, verdict) {
                    tracing::debug!(%error, "no verdict given");
                }
                self.done(*done);
            }
            Done::Forked(proof) => self.sync.handle(self.now_ms(), Event::Forked(proof)),
            Done::Said(identity, logs) => {
                let _ = self.changes.send(Change::Entries { identity });
                self.done(Done::Cut(logs));
            }
            Done::Cut(logs) => {
                for (log, state) in logs {
                    let _ = self.changes.send(Change::Entries {
                        identity: log.identity,
                    });
                    let outcome = Outcome::Stored { state, push: None };
                    let ingested = Ingested {
                        from: None,
                        request: 0,
                        log,
                        outcome,
                    };
                    self.sync.handle(self.now_ms(), Event::Ingested(ingested));
                }
            }
            Done::Noticed => {
                let _ = self.changes.send(Change::People);
            }
            Done::Nothing => {}
        }
    }

    pub(super) async fn event(&mut self, event: NetworkEvent) {
        let now_ms = self.now_ms();
        match event {
            NetworkEvent::Connected {
                peer,
                address,
                outbound,
            } => {
                tracing::info!(%peer, %address, outbound, "connected");
                if !outbound {
                    let from = if address.is_near() { NEAR } else { FAR };
                    self.arrivals.insert(peer, (from, Instant::now()));
                }
                let connected = ConnectedPeer {
                    peer,
                    identities: BTreeSet::new(),
                    address,
                    is_outbound: outbound,
                    since_ms: unix_ms(),
                };
                self.peers.insert(peer, connected);
                self.guard.connected(peer);
                self.letters.connected(peer);
                self.sync
                    .handle(now_ms, Event::Connected(PeerKey(peer.to_bytes())));
            }
            NetworkEvent::Disconnected { peer } => {
                tracing::info!(%peer, "disconnected");
                self.peers.remove(&peer);
                self.contacts.remove(&peer);
                self.guard.disconnected(peer);
                self.letters.disconnected(peer);
                self.note_arrival(peer);
                self.access.gone(&peer);
                // It is a friend again as soon as it says who it is.
                self.befriend(peer, false);
                self.sync
                    .handle(now_ms, Event::Disconnected(PeerKey(peer.to_bytes())));
            }
            NetworkEvent::Frame { peer, bytes } if is_guard_frame(&bytes) => {
                if let Err(reason) = self.guard.frame(peer, bytes) {
                    let _ = self.network.drop_peer(peer, reason);
                }
            }
            NetworkEvent::Frame { peer, bytes } => {
                let length = bytes.len() as u64;
                self.access
                    .note(Note::of_peer(peer, Kind::Compared, 0, length));
                self.sync
                    .handle(now_ms, Event::Frame(PeerKey(peer.to_bytes()), bytes));
            }
            NetworkEvent::Contact(contact) => {
                let peer = contact.peer;
                self.contacts.insert(peer, contact);
                self.remember(peer).await;
            }
            NetworkEvent::Gossip {
                topic,
                source,
                message,
                bytes,
            } => {
                self.gossiped(&topic, source, message, &bytes).await;
            }
            NetworkEvent::Dialled { address, peer } => {
                self.routes.remove(&address);
                self.want(Contact::new(peer, [address]));
            }
            NetworkEvent::Undialable { address, reason } => {
                tracing::debug!(%address, %reason, "no answer there");
            }
            NetworkEvent::Listening { addresses } => {
                tracing::debug!(count = addresses.len(), "listening");
            }
        }
    }
}
