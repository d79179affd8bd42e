//! The one task that owns the swarm: it takes commands, timers and what the swarm reports, and waits for
//! nothing else.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use libp2p::{
    Swarm,
    core::transport::ListenerId,
    swarm::{
        ConnectionId, DialError, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    task::JoinSet,
    time::{Instant as Timer, sleep_until, timeout},
};
use tracing::Instrument as _;

use super::{
    address::{Address, Contact, Peer},
    behaviour::{Behaviour, BehaviourEvent},
    counters::Tally,
    dialer::{Dialer, DialerEvent},
    events::{EventSender, NetworkEvent},
    gossip,
    handle::{Command, DropReason},
    limits::{Bucket, Limits, TOPICS_MAX},
    links::Link,
    outbox::Outbox,
    penalties::Penalties,
    session::{End, Phase, Session, shared_checks},
};

/// Without anything to wake for, the task looks around this often.
const IDLE_WAKE: Duration = Duration::from_secs(60);

const FLUSH_TIME_MAX: Duration = Duration::from_secs(1);
const CLOSE_TIME_MAX: Duration = Duration::from_millis(500);

/// Explicit dials that may be under way.
const EXPLICIT_DIALS_MAX: usize = 64;

pub(super) type Happening = SwarmEvent<BehaviourEvent>;

/// A session's end: whose, which, why.
type Ended = (Peer, u64, End);

/// See the module's documentation.
pub(super) struct Task {
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) me: Peer,
    pub(super) limits: Limits,
    pub(super) links: BTreeMap<Peer, Link>,
    pub(super) outbox: Outbox,
    pub(super) tally: Arc<Tally>,
    pub(super) addresses: watch::Sender<Vec<Address>>,
    /// Peers that are dialled only because they were seen on the local network.
    pub(super) discovered: BTreeSet<Peer>,
    /// Addresses dialled once, by the connection that is to come of it.
    pub(super) explicit: BTreeMap<ConnectionId, Address>,
    events: EventSender,
    dialer: Dialer,
    penalties: Penalties,
    topics: BTreeSet<String>,
    checks: Arc<Mutex<Bucket>>,
    sessions: JoinSet<Ended>,
    sessions_begun: u64,
}

impl Task {
    pub(super) fn new(
        swarm: Swarm<Behaviour>,
        limits: Limits,
        events: EventSender,
        addresses: watch::Sender<Vec<Address>>,
        tally: Arc<Tally>,
        seed: u64,
    ) -> Self {
        let me = Peer::from(*swarm.local_peer_id());
        Self {
            swarm,
            me,
            limits,
            links: BTreeMap::new(),
            outbox: Outbox::new(Arc::clone(&tally)),
            tally,
            addresses,
            discovered: BTreeSet::new(),
            explicit: BTreeMap::new(),
            events,
            dialer: Dialer::new(me, seed),
            penalties: Penalties::default(),
            topics: BTreeSet::new(),
            checks: shared_checks(&limits),
            sessions: JoinSet::new(),
            sessions_begun: 0,
        }
    }

    /// Runs until it is told to stop or nobody holds the other ends any longer.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let done = loop {
            let wake = self.wake();
            tokio::select! {
                happening = self.swarm.select_next_some() => self.react(happening),
                command = commands.recv() => match command {
                    Some(Command::Stop(done)) => break Some(done),
                    Some(command) => self.obey(command),
                    None => break None,
                },
                Some(ended) = self.sessions.join_next() => self.session_ended(ended),
                taken = self.outbox.hand_over(&self.events) => if !taken { break None },
                () = sleep_until(Timer::from_std(wake)) => self.wake_up(),
            }
        };
        self.stop(done).await;
    }

    /// Waits a moment for the listeners to say where they listen, so that a started node knows its addresses.
    pub(super) async fn await_listeners(&mut self, mut listeners: HashSet<ListenerId>) {
        let all = async {
            while !listeners.is_empty() {
                let happening = self.swarm.select_next_some().await;
                if let SwarmEvent::NewListenAddr { listener_id, .. }
                | SwarmEvent::ListenerClosed { listener_id, .. } = &happening
                {
                    listeners.remove(listener_id);
                }
                self.react(happening);
            }
        };
        if timeout(Duration::from_secs(1), all).await.is_err() {
            tracing::debug!("a listener has no address yet");
        }
    }

    fn wake(&self) -> Instant {
        let retries = self.links.values().filter_map(Link::wake).min();
        let expiries = self.links.values().filter_map(Link::expiry).min();
        [self.dialer.wake(), self.penalties.wake(), retries, expiries]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or_else(|| Instant::now() + IDLE_WAKE)
    }

    fn wake_up(&mut self) {
        let now = Instant::now();
        for peer in self.penalties.release(now) {
            self.swarm.behaviour_mut().blocked.unblock_peer(peer.id());
        }
        self.tell_dialer(DialerEvent::Tick);
        let waiting: Vec<Peer> = self
            .links
            .iter()
            .filter(|(_, link)| link.wake().is_some_and(|wake| wake <= now))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in waiting {
            let is_ours = self.me.opens_towards(peer);
            if let Some(link) = self.links.get_mut(&peer).filter(|_| !is_ours) {
                link.leave_opening();
            }
            self.open_session(peer, Link::open_on);
        }
        self.close_unused(now);
    }

    fn close_unused(&mut self, now: Instant) {
        for (peer, link) in &mut self.links {
            if link.expiry().is_some_and(|expiry| expiry <= now) {
                tracing::debug!(%peer, "nobody speaks on this connection");
                for connection in link.expire(now) {
                    self.swarm.close_connection(connection);
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Want(contact) => self.want(contact),
            Command::Dial(address) => self.dial_once(address),
            Command::Forget(peer) => {
                self.discovered.remove(&peer);
                self.tell_dialer(DialerEvent::Forget(peer));
            }
            Command::Befriend(peer, true) => self.swarm.behaviour_mut().door.befriend(peer.id()),
            Command::Befriend(peer, false) => self.swarm.behaviour_mut().door.unfriend(&peer.id()),
            Command::Drop(peer, reason) => self.drop_peer(peer, reason),
            Command::Subscribe(topic) => self.subscribe(topic),
            Command::Unsubscribe(topic) => {
                self.topics.remove(&topic);
                self.gossip().unsubscribe(&gossip::topic(topic));
            }
            Command::Publish(topic, bytes) => self.publish(topic, bytes),
            Command::Verdict(message, source, verdict) => {
                self.gossip().report_message_validation_result(
                    &message.message_id(),
                    &source.id(),
                    verdict.into(),
                );
            }
            // The loop has taken it.
            Command::Stop(_) => {}
        }
    }

    pub(super) fn want(&mut self, contact: Contact) {
        self.discovered.remove(&contact.peer);
        let peer = contact.peer;
        self.tell_dialer(DialerEvent::Want(contact));
        // It may have been connected before anybody wanted it.
        if self.swarm.is_connected(&peer.id()) {
            self.tell_dialer(DialerEvent::Connected(peer));
        }
    }

    pub(super) fn is_wanted(&self, peer: Peer) -> bool {
        self.dialer.is_wanted(peer)
    }

    pub(super) fn tell_dialer(&mut self, event: DialerEvent) {
        let mut dials = self.dialer.handle(event, Instant::now());
        while let Some(contact) = dials.pop() {
            let peer = contact.peer;
            if let Some(outcome) = self.dial(contact) {
                dials.extend(self.dialer.handle(outcome(peer), Instant::now()));
            }
        }
        self.tally.contacts_refused.set(self.dialer.refused());
    }

    /// Dials, and says what the dialer has to hear if nothing comes of it.
    fn dial(&mut self, contact: Contact) -> Option<fn(Peer) -> DialerEvent> {
        let peer = contact.peer;
        if self.swarm.is_connected(&peer.id()) {
            return Some(DialerEvent::Connected);
        }
        let addresses = contact.dialable().map(Address::multiaddr).collect();
        // A port of its own: from the listening port, two nodes that dial each other at once would meet in
        // a single TCP connection with two dialers.
        let options = DialOpts::peer_id(peer.id())
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .addresses(addresses)
            .allocate_new_port()
            .build();
        let error = self.swarm.dial(options).err()?;
        tracing::debug!(%peer, %error, "not dialled");
        Some(DialerEvent::Failed)
    }

    fn dial_once(&mut self, address: Address) {
        let connected = address
            .peer()
            .filter(|peer| self.swarm.is_connected(&peer.id()));
        if let Some(peer) = connected {
            self.outbox.put(NetworkEvent::Dialled { address, peer });
            return;
        }
        if let Err(reason) = self.try_dial_once(&address) {
            self.outbox
                .put(NetworkEvent::Undialable { address, reason });
        }
    }

    fn try_dial_once(&mut self, address: &Address) -> Result<(), String> {
        let listening = self
            .addresses
            .borrow()
            .contains(&address.with_peer(self.me));
        if listening || address.peer() == Some(self.me) {
            return Err("this is the node itself".to_owned());
        }
        if self.explicit.len() >= EXPLICIT_DIALS_MAX {
            return Err("too many dials are under way".to_owned());
        }
        let options = match address.peer() {
            Some(peer) => DialOpts::peer_id(peer.id())
                .condition(PeerCondition::Always)
                .addresses(vec![address.multiaddr()])
                .allocate_new_port()
                .build(),
            None => DialOpts::unknown_peer_id()
                .address(address.multiaddr())
                .allocate_new_port()
                .build(),
        };
        let connection = options.connection_id();
        self.swarm.dial(options).map_err(|error| explain(&error))?;
        self.explicit.insert(connection, address.clone());
        Ok(())
    }

    pub(super) fn drop_peer(&mut self, peer: Peer, reason: DropReason) {
        let now = Instant::now();
        tracing::debug!(%peer, ?reason, "dropped");
        if reason == DropReason::Slow {
            // An error means that it is gone already.
            let _ = self.swarm.disconnect_peer_id(peer.id());
            return;
        }
        self.tally.peers_dropped.add_one();
        let (until, freed) = self.penalties.strike(peer, now);
        let blocked = &mut self.swarm.behaviour_mut().blocked;
        blocked.block_peer(peer.id());
        if let Some(freed) = freed {
            blocked.unblock_peer(freed.id());
        }
        if let Some(link) = self.links.get_mut(&peer) {
            link.stop_session();
        }
        self.tell_dialer(DialerEvent::Hold(peer, until));
    }

    pub(super) fn gossip(&mut self) -> &mut gossip::Behaviour {
        &mut self.swarm.behaviour_mut().gossip
    }

    fn subscribe(&mut self, topic: String) {
        if self.topics.len() >= TOPICS_MAX && !self.topics.contains(&topic) {
            tracing::warn!(topics = TOPICS_MAX, "no more topics can be subscribed to");
            return;
        }
        match self.gossip().subscribe(&gossip::topic(topic.clone())) {
            Ok(_) => drop(self.topics.insert(topic)),
            Err(error) => tracing::warn!(%error, "not subscribed"),
        }
    }

    fn publish(&mut self, topic: String, bytes: Vec<u8>) {
        match self.gossip().publish(gossip::topic(topic), bytes) {
            Ok(_) => self.tally.gossip_sent.add_one(),
            Err(error) => {
                tracing::debug!(%error, "gossip not sent");
                self.tally.gossip_unsent.add_one();
            }
        }
    }

    /// Opens a session stream if it is this side's part and `choose` names a connection for it.
    pub(super) fn open_session(
        &mut self,
        peer: Peer,
        choose: fn(&mut Link, Instant) -> Option<ConnectionId>,
    ) {
        if !self.me.opens_towards(peer) {
            return;
        }
        let link = self.links.get_mut(&peer);
        if let Some(connection) = link.and_then(|link| choose(link, Instant::now())) {
            self.swarm
                .behaviour_mut()
                .stream
                .open(peer.id(), connection);
        }
    }

    /// Makes a stream the peer's session.
    pub(super) fn begin_session(
        &mut self,
        peer: Peer,
        connection: ConnectionId,
        stream: libp2p::Stream,
    ) {
        let Some(link) = self.links.get_mut(&peer) else {
            return;
        };
        let Some(route) = link.routes.get(&connection).cloned() else {
            return;
        };
        self.sessions_begun += 1;
        let number = self.sessions_begun;
        let Some(phase) = link.begin_session(number, connection, Instant::now()) else {
            self.tally.streams_refused.add_one();
            return;
        };
        let session = Session {
            peer,
            address: route.address,
            outbound: route.outbound,
            events: self.events.clone(),
            tally: Arc::clone(&self.tally),
            limits: self.limits,
            share: Arc::clone(&link.share),
            checks: Arc::clone(&self.checks),
            turn: Arc::clone(&link.turn),
        };
        let span = tracing::debug_span!("session", %peer, number);
        let run = async move { (peer, number, session.run(stream, phase).await) };
        self.sessions.spawn(run.instrument(span));
    }

    fn session_ended(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        let (peer, number, end) = match ended {
            Ok(ended) => ended,
            // Only a panic gets here, and it would leave the peer's place taken for ever.
            Err(error) => return tracing::error!(%error, "a session broke"),
        };
        if let Some(link) = self.links.get_mut(&peer) {
            link.session_ended(number, Instant::now());
        }
        match end {
            End::Oversized => {
                self.tally.frames_oversized.add_one();
                self.drop_peer(peer, DropReason::Protocol);
            }
            End::Stalled => {
                self.tally.sessions_stalled.add_one();
                // It errs when the peer is gone already, which is as good.
                let _ = self.swarm.disconnect_peer_id(peer.id());
            }
            End::Closed | End::Stopped => self.open_session(peer, Link::open_on),
        }
        self.tidy(peer);
    }

    /// Forgets a peer that nothing is left of.
    pub(super) fn tidy(&mut self, peer: Peer) {
        if self.links.get(&peer).is_some_and(Link::is_gone) {
            self.links.remove(&peer);
        }
    }

    async fn stop(mut self, done: Option<oneshot::Sender<()>>) {
        for link in self.links.values() {
            if let Some(current) = &link.current {
                current.phase.send_replace(Phase::Flush);
            }
        }
        let flush = async {
            while !self.sessions.is_empty() {
                tokio::select! {
                    _ = self.swarm.select_next_some() => {}
                    _ = self.sessions.join_next() => {}
                }
            }
        };
        if timeout(FLUSH_TIME_MAX, flush).await.is_err() {
            self.sessions.abort_all();
        }
        self.close_connections().await;
        drop(self);
        if let Some(done) = done {
            // Whoever asked may have given up waiting.
            let _ = done.send(());
        }
    }

    /// Says goodbye, so that peers needn't find out by themselves.
    async fn close_connections(&mut self) {
        let peers: Vec<_> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            // It errs when the peer is gone already, which is as good.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closed = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        if timeout(CLOSE_TIME_MAX, closed).await.is_err() {
            tracing::debug!("a connection was cut off");
        }
    }
}

/// What a human should read about a failed dial.
pub(super) fn explain(error: &DialError) -> String {
    match error {
        DialError::WrongPeerId { obtained, .. } => {
            format!("somebody else answers there: {obtained}")
        }
        DialError::LocalPeerId { .. } => "this is the node itself".to_owned(),
        DialError::Denied { .. } => "there are too many connections, or it is refused".to_owned(),
        DialError::NoAddresses => "no address is known".to_owned(),
        other => {
            let mut text = other.to_string();
            text.truncate(text.floor_char_boundary(300));
            text
        }
    }
}
