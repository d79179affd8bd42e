//! Who may be connected: so many in all, so many a peer, so many strangers that came by themselves. Friends are never
//! refused for strangers' sake; among strangers the crowd gives way to who comes from elsewhere ([`Crowd`]).

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        CloseConnection, ConnectionClosed, ConnectionDenied, ConnectionId, DialFailure, FromSwarm,
        ListenFailure, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
        dummy,
    },
};

use super::{
    crowd::{Crowd, Group},
    limits::Limits,
};

/// Friends that are told apart from strangers; more are treated as strangers. The node takes away who is gone.
const FRIENDS_MAX: usize = 1_024;

/// Why a connection isn't wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// There is no place left.
    #[error("there are too many connections")]
    Full,
    /// The peer has enough.
    #[error("there are too many connections with this peer")]
    Peer,
    /// Too many dials are under way.
    #[error("too many dials are under way")]
    Dials,
}

/// What is decided, without libp2p's machinery.
#[derive(Debug)]
struct Places {
    limits: Limits,
    friends: BTreeSet<PeerId>,
    peers: BTreeMap<ConnectionId, PeerId>,
    of_peer: BTreeMap<PeerId, BTreeSet<ConnectionId>>,
    /// Those who came by themselves and aren't friends.
    strangers: Crowd<ConnectionId>,
}

impl Places {
    fn new(limits: &Limits) -> Self {
        let most = usize::try_from(limits.connections_in_max).unwrap_or(usize::MAX);
        Self {
            limits: *limits,
            friends: BTreeSet::new(),
            peers: BTreeMap::new(),
            of_peer: BTreeMap::new(),
            strangers: Crowd::new(most),
        }
    }

    /// Takes in a connection, with the group that it comes from if others opened it; returns who has to leave for it.
    fn enter(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        from: Option<Group>,
    ) -> Result<Option<(PeerId, ConnectionId)>, Refusal> {
        let with_peer = self.of_peer.get(&peer).map_or(0, BTreeSet::len);
        if is_at_least(with_peer, self.limits.connections_per_peer_max) {
            return Err(Refusal::Peer);
        }
        let mut leaving = None;
        if is_at_least(self.peers.len(), self.limits.connections_max) {
            leaving = Some(self.strangers.first_to_leave().ok_or(Refusal::Full)?);
            leaving.into_iter().for_each(|at| self.strangers.leave(at));
        }
        if let Some(group) = from.filter(|_| !self.friends.contains(&peer)) {
            leaving = self.strangers.enter(connection, group).or(leaving);
        }
        let leaving = leaving.and_then(|at| Some((self.leave(at)?, at)));
        self.peers.insert(connection, peer);
        self.of_peer.entry(peer).or_default().insert(connection);
        Ok(leaving)
    }

    /// Forgets a connection; says whose it was.
    fn leave(&mut self, connection: ConnectionId) -> Option<PeerId> {
        self.strangers.leave(connection);
        let peer = self.peers.remove(&connection)?;
        if let Some(connections) = self.of_peer.get_mut(&peer) {
            connections.remove(&connection);
            if connections.is_empty() {
                self.of_peer.remove(&peer);
            }
        }
        Some(peer)
    }

    fn befriend(&mut self, peer: PeerId) {
        if self.friends.len() >= FRIENDS_MAX {
            return;
        }
        self.friends.insert(peer);
        for connection in self.of_peer.get(&peer).into_iter().flatten() {
            self.strangers.leave(*connection);
        }
    }
}

fn is_at_least(count: usize, limit: u32) -> bool {
    usize::try_from(limit).is_ok_and(|limit| count >= limit)
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Behaviour {
    places: Places,
    dials: BTreeSet<ConnectionId>,
    /// Connections to be closed.
    leaving: VecDeque<(PeerId, ConnectionId)>,
}

impl Behaviour {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            places: Places::new(limits),
            dials: BTreeSet::new(),
            leaving: VecDeque::new(),
        }
    }

    /// A peer that is never refused for strangers' sake.
    pub(super) fn befriend(&mut self, peer: PeerId) {
        self.places.befriend(peer);
    }

    /// No longer.
    pub(super) fn unfriend(&mut self, peer: &PeerId) {
        self.places.friends.remove(peer);
    }

    fn enter(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        from: Option<Group>,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let leaving = self
            .places
            .enter(connection, peer, from)
            .map_err(ConnectionDenied::new)?;
        self.leaving.extend(leaving);
        Ok(dummy::ConnectionHandler)
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = std::convert::Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        from: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.enter(connection, peer, Some(Group::of(from)))
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        _: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if is_at_least(self.dials.len(), self.places.limits.handshakes_out_max) {
            return Err(ConnectionDenied::new(Refusal::Dials));
        }
        self.dials.insert(connection);
        Ok(Vec::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.dials.remove(&connection);
        self.enter(connection, peer, None)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        let connection = match event {
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. })
            | FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => connection_id,
            FromSwarm::DialFailure(DialFailure { connection_id, .. }) => {
                self.dials.remove(&connection_id);
                connection_id
            }
            _ => return,
        };
        self.places.leave(connection);
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        match self.leaving.pop_front() {
            Some((peer_id, connection)) => Poll::Ready(ToSwarm::CloseConnection {
                peer_id,
                connection: CloseConnection::One(connection),
            }),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HERE: Group = Group::V4([127, 0, 0]);
    const ELSEWHERE: Group = Group::V4([192, 0, 2]);

    fn connection(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    fn places(connections_max: u32, connections_in_max: u32) -> Places {
        Places::new(&Limits {
            connections_max,
            connections_in_max,
            ..Limits::default()
        })
    }

    #[test]
    fn friends_get_in_and_stay_however_many_strangers_come() {
        let mut places = places(8, 6);
        let (alice, bob) = (PeerId::random(), PeerId::random());
        places.befriend(alice);
        assert_eq!(places.enter(connection(0), alice, Some(HERE)), Ok(None));
        // Bob is known only once he has said who he is.
        assert_eq!(places.enter(connection(1), bob, Some(HERE)), Ok(None));
        places.befriend(bob);
        for number in 2..1_000 {
            let stranger = PeerId::random();
            let left = places.enter(connection(number), stranger, Some(HERE));
            let left = left.unwrap().map(|(_, left)| left);
            assert_eq!(left, (number >= 8).then(|| connection(number - 6)));
        }
        assert_eq!(places.peers.len(), 8);
        let carol = PeerId::random();
        places.befriend(carol);
        let left = places.enter(connection(1_000), carol, Some(HERE)).unwrap();
        assert_eq!(left.unwrap().1, connection(994));
        assert_eq!(places.of_peer.len(), 8);
    }

    #[test]
    fn a_stranger_from_elsewhere_outlasts_a_crowd() {
        let mut places = places(8, 4);
        let carol = PeerId::random();
        assert_eq!(
            places.enter(connection(0), carol, Some(ELSEWHERE)),
            Ok(None)
        );
        for number in 1..100 {
            let left = places.enter(connection(number), PeerId::random(), Some(HERE));
            assert!(left.unwrap().is_none_or(|(peer, _)| peer != carol));
        }
        assert_eq!(places.strangers.len(), 4);
    }

    #[test]
    fn full_of_friends_is_full_and_a_peer_has_enough_at_some_point() {
        let mut places = places(2, 2);
        let alice = PeerId::random();
        places.limits.connections_per_peer_max = 2;
        places.befriend(alice);
        assert_eq!(places.enter(connection(0), alice, Some(HERE)), Ok(None));
        assert_eq!(places.enter(connection(1), alice, None), Ok(None));
        assert_eq!(places.enter(connection(2), alice, None), Err(Refusal::Peer));
        let bob = PeerId::random();
        assert_eq!(places.enter(connection(3), bob, None), Err(Refusal::Full));
        assert_eq!(places.leave(connection(0)), Some(alice));
        assert_eq!(places.leave(connection(0)), None);
        assert_eq!(places.enter(connection(4), bob, Some(HERE)), Ok(None));
    }
}
