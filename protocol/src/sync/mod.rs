//! Replication as a machine: events and the time in, outputs out; no IO.
//!
//! **Greet**: on connecting, each side says who lives there and which identities it cares for (blinded), unless the other
//! remembers. **Reconcile**: they compare digests of what they hold of all that both care for, and tell what differs.
//! **Push**: a new entry goes at once to every connected peer that registered interest in its log.
//! **Fetch**: what is missing is asked for newest first, in pieces, from whoever has it and is least busy; who stalls
//! or lies is replaced and remembered.
//!
//! The shell owns sockets, clock and store: it feeds [`Sync::handle`] with [`Event`]s, carries out each [`Output`], and
//! calls again with [`Event::Tick`] at [`Sync::next_tick_ms`].

mod acquaintance;
mod compare;
mod fetch;
mod greet;
mod peer;
mod receive;
mod tell;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hearth_keys::{DeviceId, Identity};

use crate::bounds::{LOGS_PER_IDENTITY_MAX, PRESENCES_PER_PEER_MAX};
use crate::codec::DecodeError;
use crate::entry::{LogKey, LogNumber, LoneEntry};
use crate::fork::{ForkProof, ForkProofError};
use crate::log::{LogState, Refusal};
use crate::message::{FollowNotice, Message, MessageError, Presence};
use crate::root::{Bound, StatementError, StatementSet};
use crate::run::Run;
pub use acquaintance::Acquaintance;
use acquaintance::Acquaintances;
use fetch::Fetches;
use peer::{PeerState, Strike};

/// A transport peer, by the bytes of its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey(pub Vec<u8>);

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A stream with this peer is open.
    Connected(PeerKey),
    /// It is gone.
    Disconnected(PeerKey),
    /// A frame came.
    Frame(PeerKey, Vec<u8>),
    /// An account began to care for an identity.
    Cared(Identity),
    /// No account cares for it any longer.
    Uncared(Identity),
    /// What the store makes of a run that it was given ([`Output::Ingest`]), or of one that was written here.
    Ingested(Ingested),
    /// A fork proof was checked and stored.
    Forked(ForkProof),
    /// Statements were added by the owner.
    Statements(StatementSet),
    /// Time passed.
    Tick,
}

/// The store's answer to a run.
#[derive(Debug)]
pub struct Ingested {
    /// Who sent it; `None`: written here.
    pub from: Option<PeerKey>,
    /// The request that it answers; 0 for a push. Pushes of one peer are answered in the order in which they came.
    pub request: u32,
    /// The log.
    pub log: LogKey,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a run.
#[derive(Debug)]
pub enum Outcome {
    /// Stored; durable.
    Stored {
        /// What is held now.
        state: LogState,
        /// The new part, to be passed on when it was a push; `None` when nothing was new.
        push: Option<Box<(Run, Vec<LoneEntry>)>>,
    },
    /// Not stored, for a reason that the sender is to blame for. A fork is [`Refusal::Forked`], told after
    /// [`Event::Forked`].
    Refused(Refusal),
    /// Malformed, or a body missing without a delete.
    Damaged,
    /// The store can't take it now (disk full).
    Unable,
}

/// Something for the shell to do.
#[derive(Debug)]
pub enum Output {
    /// Send a frame.
    Send(PeerKey, Vec<u8>),
    /// Send a frame that brings entries nobody asked for.
    Push {
        /// To whom.
        to: PeerKey,
        /// The frame.
        frame: Vec<u8>,
        /// The log.
        log: LogKey,
        /// How many entries it brings.
        entries: u64,
    },
    /// Check and store a run, then tell by [`Event::Ingested`].
    Ingest {
        /// Who sent it.
        from: PeerKey,
        /// The request that it answers; 0 for a push.
        request: u32,
        /// The run.
        run: Run,
        /// The deletes that came along.
        tombstones: Vec<LoneEntry>,
    },
    /// Send the newest part of `lo..=hi` as the answer to a request ([`Message::Run`] or [`Message::Missing`]).
    Serve {
        /// Who asked.
        to: PeerKey,
        /// The request's number.
        request: u32,
        /// The log.
        log: LogKey,
        /// The lowest sequence.
        lo: u64,
        /// The highest sequence, which is held.
        hi: u64,
    },
    /// Keep these statements; later outputs build on them.
    KeepStatements(StatementSet),
    /// Keep this proof, and tell by [`Event::Forked`].
    KeepFork(ForkProof),
    /// A peer proved to host these identities.
    Present(PeerKey, Presence),
    /// Somebody says that they follow an account here, or no longer do.
    Noticed(FollowNotice),
    /// A letter for an account here, or (`hops` left) for somebody cared for, to be kept for them.
    Letter {
        /// Who sent it.
        from: PeerKey,
        /// For whom.
        to: Identity,
        /// How often it may still be passed on.
        hops: u8,
        /// What only the recipient can open.
        sealed: Vec<u8>,
    },
    /// Remember what a peer said of itself, for [`Sync::acquaint`].
    Remember(PeerKey, Box<Acquaintance>),
    /// Forget what was remembered of a peer.
    Forget(PeerKey),
    /// The peer broke the rules: close the connection and remember.
    Drop(PeerKey, &'static str),
}

/// What is held of one identity.
#[derive(Debug, Clone)]
struct Holding {
    statements: StatementSet,
    logs: BTreeMap<(DeviceId, LogNumber), LogState>,
    forks: Vec<ForkProof>,
}

/// The replication machine of one node.
#[derive(Debug)]
pub struct Sync {
    me: PeerKey,
    cares: BTreeSet<Identity>,
    accounts: BTreeSet<Identity>,
    /// With whom the accounts here want to have nothing to do.
    blocked: BTreeSet<Identity>,
    presences: Vec<Presence>,
    notices: BTreeMap<(Identity, Identity), FollowNotice>,
    holdings: BTreeMap<Identity, Holding>,
    peers: BTreeMap<PeerKey, PeerState>,
    acquaintances: Acquaintances,
    remember_at_ms: Option<u64>,
    fetches: Fetches,
    untold: BTreeSet<Identity>,
    tell_at_ms: Option<u64>,
    now_ms: u64,
    outputs: VecDeque<Output>,
}

impl Sync {
    /// A machine for the node with transport id `me`.
    pub fn new(me: PeerKey) -> Self {
        Self {
            me,
            cares: BTreeSet::new(),
            accounts: BTreeSet::new(),
            blocked: BTreeSet::new(),
            presences: Vec::new(),
            notices: BTreeMap::new(),
            holdings: BTreeMap::new(),
            peers: BTreeMap::new(),
            acquaintances: Acquaintances::default(),
            remember_at_ms: None,
            fetches: Fetches::default(),
            untold: BTreeSet::new(),
            tell_at_ms: None,
            now_ms: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Tells what the store holds of an identity, before the first event: of each, also where no account cares for it now.
    /// What isn't told here is told to nobody, and when an account cares again, this is what is offered and compared.
    pub fn hold(
        &mut self,
        statements: StatementSet,
        logs: Vec<(LogKey, LogState)>,
        forks: Vec<ForkProof>,
    ) {
        let logs = logs
            .into_iter()
            .map(|(key, state)| ((key.device, key.log), state))
            .collect();
        self.holdings.insert(
            statements.identity(),
            Holding {
                statements,
                logs,
                forks,
            },
        );
    }

    /// Says which accounts live here and how others may know: one presence for each.
    pub fn set_presences(&mut self, presences: Vec<Presence>) {
        self.accounts = presences.iter().map(Presence::identity).collect();
        self.presences = presences;
        self.presences.truncate(PRESENCES_PER_PEER_MAX);
        self.bar_peers();
        self.say_who_lives_here();
    }

    /// Says with whom the accounts here want to have nothing to do. To a peer that proved to host one of these, nothing of
    /// the accounts' logs is told, pushed or served; what the peer has is taken as ever. Whoever doesn't say who they are
    /// is a stranger, and gets what strangers get.
    pub fn set_blocked(&mut self, blocked: BTreeSet<Identity>) {
        self.blocked = blocked;
        self.bar_peers();
    }

    /// Looks anew which peers are kept from which logs, and tells those that no longer are what they missed.
    fn bar_peers(&mut self) {
        for peer in self.peer_keys() {
            let Some(state) = self.peers.get_mut(&peer) else {
                continue;
            };
            let freed = state.bar(&self.blocked, &self.accounts);
            self.tell_peer(&peer, &freed);
        }
    }

    /// How many connected peers care for an identity.
    pub fn interested(&self, identity: &Identity) -> usize {
        self.peers
            .values()
            .filter(|peer| peer.matched.contains(identity))
            .count()
    }

    /// The connected peers that care for an identity of which something is held here.
    pub fn carers(&self, identity: &Identity) -> Vec<PeerKey> {
        let peers = self.peers.iter();
        peers
            .filter(|(_, state)| state.matched.contains(identity))
            .map(|(peer, _)| peer.clone())
            .collect()
    }

    /// A notice to hand to whoever hosts the followed identity, now and whenever they connect.
    pub fn set_notice(&mut self, notice: FollowNotice) {
        let hosts = self
            .peers
            .iter()
            .filter(|(_, state)| state.identities.contains_key(&notice.followed()));
        let hosts: Vec<PeerKey> = hosts.map(|(peer, _)| peer.clone()).collect();
        for peer in hosts {
            self.send(&peer, &Message::Notice(notice.clone()));
        }
        self.notices
            .insert((notice.follower(), notice.followed()), notice);
    }

    /// Takes an event at `now_ms` (any clock, the same in each call; going backwards counts as standing still).
    pub fn handle(&mut self, now_ms: u64, event: Event) {
        self.now_ms = self.now_ms.max(now_ms);
        match event {
            Event::Connected(peer) => self.connected(peer),
            Event::Disconnected(peer) => self.disconnected(&peer),
            Event::Frame(peer, bytes) => self.frame(&peer, &bytes),
            Event::Cared(identity) => self.care(identity),
            Event::Uncared(identity) => self.uncare(identity),
            Event::Ingested(ingested) => self.ingested(ingested),
            Event::Forked(proof) => self.forked(proof),
            Event::Statements(statements) => self.statements_added(&statements),
            Event::Tick => {}
        }
        self.tick();
    }

    /// The next thing for the shell to do.
    pub fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Event::Tick`] is due, if at all.
    pub fn next_tick_ms(&self) -> Option<u64> {
        self.tell_at_ms
            .into_iter()
            .chain(self.remember_at_ms)
            .chain(self.fetches.next_deadline_ms())
            .min()
    }

    fn tick(&mut self) {
        for peer in self.fetches.expire(self.now_ms) {
            self.strike(&peer, Strike::Stalled);
        }
        if self.remember_at_ms.is_some_and(|at| at <= self.now_ms) {
            self.remember_all();
        }
        if self.tell_at_ms.is_some_and(|at| at <= self.now_ms) {
            self.tell_at_ms = None;
            let untold = std::mem::take(&mut self.untold);
            self.tell(&untold);
        }
        self.fetch();
    }

    fn care(&mut self, identity: Identity) {
        if !self.cares.insert(identity) {
            return;
        }
        self.say_interest(&identity, true);
        self.look_whom_to_remember();
    }

    fn uncare(&mut self, identity: Identity) {
        if !self.cares.remove(&identity) {
            return;
        }
        self.say_interest(&identity, false);
        self.fetches.forget_identity(&identity);
        self.peers
            .values_mut()
            .for_each(|peer| peer.forget_identity(&identity));
    }

    fn peer_keys(&self) -> Vec<PeerKey> {
        self.peers.keys().cloned().collect()
    }

    fn send(&mut self, peer: &PeerKey, message: &Message) {
        self.outputs
            .push_back(Output::Send(peer.clone(), message.to_bytes()));
    }

    fn frame(&mut self, peer: &PeerKey, bytes: &[u8]) {
        if !self.peers.contains_key(peer) {
            return;
        }
        match Message::from_bytes(bytes) {
            Ok(message) => self.message(peer, message),
            // A message of a kind or version to come isn't a fault.
            Err(
                MessageError::Decode(DecodeError::Version(_))
                | MessageError::Statement(StatementError::Decode(DecodeError::Version(_)))
                | MessageError::Fork(ForkProofError::Decode(DecodeError::Version(_))),
            ) => {}
            Err(_) => self.strike(peer, Strike::Lied),
        }
    }

    fn message(&mut self, peer: &PeerKey, message: Message) {
        match message {
            Message::Hello(hello) => self.hello(peer, &hello),
            Message::Presences(presences) => self.presences(peer, presences),
            Message::Compare(compare) => self.compare(peer, compare),
            Message::Interest { add, remove } => self.interest(peer, add, &remove),
            Message::Have(haves) => haves.into_iter().for_each(|have| self.have(peer, have)),
            Message::Get {
                request,
                log,
                lo,
                hi,
            } => self.get(peer, request, log, lo, hi),
            Message::Run {
                request: 0,
                run,
                tombstones,
            } => self.pushed(peer, run, tombstones),
            Message::Run {
                request,
                run,
                tombstones,
            } => self.answered(peer, request, run, tombstones),
            Message::Missing { request } => self.missing(peer, request),
            Message::Notice(notice) => self.noticed(peer, notice),
            Message::Fork(proof) => self.fork_told(proof),
            Message::Letter { to, hops, sealed } => self.letter(peer, to, hops, sealed),
        }
    }

    /// Letters for nobody who is known here are let go without a word.
    fn letter(&mut self, from: &PeerKey, to: Identity, hops: u8, sealed: Vec<u8>) {
        if self.accounts.contains(&to) || (hops > 0 && self.cares.contains(&to)) {
            self.outputs.push_back(Output::Letter {
                from: from.clone(),
                to,
                hops,
                sealed,
            });
        }
    }

    fn log_state(&self, log: &LogKey) -> Option<&LogState> {
        self.holdings
            .get(&log.identity)?
            .logs
            .get(&(log.device, log.log))
    }

    fn strike(&mut self, peer: &PeerKey, strike: Strike) {
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        if let Some(reason) = state.strike(strike) {
            self.outputs.push_back(Output::Drop(peer.clone(), reason));
            self.disconnected(peer);
        }
    }

    /// Asks for what is missing, as far as the limits allow.
    fn fetch(&mut self) {
        let (holdings, cares, peers) = (&self.holdings, &self.cares, &self.peers);
        let wanted = |log: &LogKey| {
            let holding = holdings.get(&log.identity)?;
            let cared = cares.contains(&log.identity) && holding.takes(log);
            let state = holding.logs.get(&(log.device, log.log));
            cared.then(|| (state, holding.bound(log)))
        };
        for (peer, message) in self.fetches.plan(self.now_ms, peers, wanted) {
            self.outputs
                .push_back(Output::Send(peer, message.to_bytes()));
        }
    }
}

impl Holding {
    const fn new(statements: StatementSet) -> Self {
        Self {
            statements,
            logs: BTreeMap::new(),
            forks: Vec::new(),
        }
    }

    fn bound(&self, log: &LogKey) -> Bound {
        self.statements.bound(&log.device, log.log)
    }

    /// Whether there is room for this log. What a cut voids takes none: else whoever filled it keeps new devices out.
    fn takes(&self, log: &LogKey) -> bool {
        let holds = |device, log| self.statements.bound(device, log) != Bound::Void;
        let kept = self.logs.keys().filter(|(device, log)| holds(device, *log));
        self.logs.len() < LOGS_PER_IDENTITY_MAX
            || self.logs.contains_key(&(log.device, log.log))
            || kept.count() < LOGS_PER_IDENTITY_MAX
    }
}
