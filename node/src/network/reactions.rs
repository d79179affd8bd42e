//! What the swarm's owner does about what the swarm reports.

use std::{collections::BTreeMap, time::Duration};

use libp2p::{
    Multiaddr, PeerId,
    core::ConnectedPoint,
    gossipsub, identify, mdns, ping,
    swarm::{ConnectionId, DialError, SwarmEvent},
};

use super::{
    address::{Address, Contact, Peer},
    behaviour::BehaviourEvent,
    dialer::DialerEvent,
    events::NetworkEvent,
    gossip::GossipId,
    links::{Link, Route},
    stream::{Outcome, StreamEvent},
    swarm::{Happening, Task, explain},
};

/// Peers seen on the local network that are dialled unasked.
const DISCOVERED_MAX: usize = 64;

impl Task {
    pub(super) fn react(&mut self, happening: Happening) {
        match happening {
            SwarmEvent::Behaviour(event) => self.react_to_behaviour(event),
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                established_in,
                ..
            } => self.connected(peer_id.into(), connection_id, &endpoint, established_in),
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                cause,
                ..
            } => {
                tracing::debug!(peer = %peer_id, ?cause, "connection closed");
                self.disconnected(peer_id.into(), connection_id, cause.is_none());
            }
            SwarmEvent::OutgoingConnectionError {
                peer_id,
                connection_id,
                error,
            } => self.dial_failed(peer_id.map(Peer::from), connection_id, &error),
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::trace!(%error, "inbound connection failed");
                self.tally.connections_in_failed.add_one();
            }
            SwarmEvent::NewListenAddr { .. }
            | SwarmEvent::ExpiredListenAddr { .. }
            | SwarmEvent::ListenerClosed { .. } => self.listening_changed(),
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "listener"),
            _ => {}
        }
    }

    fn react_to_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Stream(event) => self.stream(event),
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => {
                self.identified(peer_id.into(), &info.listen_addrs);
            }
            BehaviourEvent::Ping(ping::Event {
                connection,
                result: Err(error),
                peer,
            }) if !matches!(error, ping::Failure::Unsupported) => {
                tracing::debug!(%peer, %error, "no answer to ping");
                self.swarm.close_connection(connection);
            }
            BehaviourEvent::Gossip(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            }) => {
                self.tally.gossip_received.add_one();
                self.outbox.put(NetworkEvent::Gossip {
                    topic: message.topic.into_string(),
                    source: propagation_source.into(),
                    message: GossipId::from(message_id),
                    bytes: message.data,
                });
            }
            BehaviourEvent::Mdns(mdns::Event::Discovered(found)) => self.discovered(found),
            BehaviourEvent::Mdns(mdns::Event::Expired(lost)) => self.expired(lost),
            _ => {}
        }
    }

    fn listening_changed(&mut self) {
        let mut addresses: Vec<Address> = self
            .swarm
            .listeners()
            .filter_map(Address::accept)
            .map(|address| address.with_peer(self.me))
            .collect();
        addresses.sort();
        addresses.dedup();
        if *self.addresses.borrow() == addresses {
            return;
        }
        self.addresses.send_replace(addresses.clone());
        self.outbox.put(NetworkEvent::Listening { addresses });
    }

    fn connected(
        &mut self,
        peer: Peer,
        connection: ConnectionId,
        endpoint: &ConnectedPoint,
        established_in: Duration,
    ) {
        let explicit = self.explicit.remove(&connection);
        let Some(address) = Address::accept(endpoint.get_remote_address()) else {
            self.swarm.close_connection(connection);
            return;
        };
        let outbound = endpoint.is_dialer();
        tracing::debug!(%peer, %address, outbound, ?established_in, "connected");
        let limits = self.limits;
        let link = self.links.entry(peer).or_insert_with(|| Link::new(&limits));
        link.connected(
            connection,
            Route { address, outbound },
            std::time::Instant::now(),
        );
        self.tell_dialer(DialerEvent::Connected(peer));
        if let Some(address) = explicit {
            self.outbox.put(NetworkEvent::Dialled { address, peer });
        }
        self.open_session(peer, Link::open_on_new);
    }

    fn disconnected(&mut self, peer: Peer, connection: ConnectionId, from_here: bool) {
        let Some(link) = self.links.get_mut(&peer) else {
            return;
        };
        link.closed(connection, from_here);
        if link.routes.is_empty() {
            self.tell_dialer(DialerEvent::Disconnected(peer));
        } else {
            self.open_session(peer, Link::open_on);
        }
        self.tidy(peer);
    }

    fn dial_failed(&mut self, peer: Option<Peer>, connection: ConnectionId, error: &DialError) {
        tracing::debug!(?peer, %error, "dial failed");
        self.tally.dials_failed.add_one();
        if let Some(address) = self.explicit.remove(&connection) {
            let reason = explain(error);
            self.outbox
                .put(NetworkEvent::Undialable { address, reason });
        } else if let Some(peer) = peer {
            self.tell_dialer(DialerEvent::Failed(peer));
        }
    }

    fn stream(&mut self, event: StreamEvent) {
        let peer = Peer::from(event.peer);
        match event.outcome {
            Outcome::Opened(stream) => {
                if let Some(link) = self.links.get_mut(&peer) {
                    link.opened(event.connection);
                }
                self.begin_session(peer, event.connection, stream);
            }
            Outcome::Accepted(_) if self.me.opens_towards(peer) => {
                tracing::debug!(%peer, "a stream that isn't the peer's to open");
                self.tally.streams_refused.add_one();
            }
            Outcome::Accepted(stream) => self.begin_session(peer, event.connection, stream),
            Outcome::Failed => {
                if let Some(link) = self.links.get_mut(&peer) {
                    link.open_failed(event.connection, std::time::Instant::now());
                }
            }
        }
    }

    /// The peer said where it listens.
    fn identified(&mut self, peer: Peer, listening: &[Multiaddr]) {
        let Some(link) = self.links.get_mut(&peer) else {
            return;
        };
        let listening: Vec<Address> = listening
            .iter()
            .take(4 * Contact::ADDRESSES_MAX)
            .filter_map(Address::accept)
            .collect();
        let contact = link.contact(peer, &listening);
        if contact.addresses.is_empty() || link.told.as_ref() == Some(&contact) {
            return;
        }
        link.told = Some(contact.clone());
        self.outbox.put(NetworkEvent::Contact(contact.clone()));
        self.tell_dialer(DialerEvent::Learned(contact));
    }

    fn discovered(&mut self, found: Vec<(PeerId, Multiaddr)>) {
        for (peer, addresses) in by_peer(found) {
            if !self.is_wanted(peer) {
                if self.discovered.len() >= DISCOVERED_MAX {
                    continue;
                }
                self.discovered.insert(peer);
            }
            tracing::debug!(%peer, "found on the local network");
            let was_discovered = self.discovered.contains(&peer);
            self.want(Contact::new(peer, addresses));
            if was_discovered {
                self.discovered.insert(peer);
            }
        }
    }

    fn expired(&mut self, lost: Vec<(PeerId, Multiaddr)>) {
        for (peer, _) in by_peer(lost) {
            if self.discovered.remove(&peer) {
                self.tell_dialer(DialerEvent::Forget(peer));
            }
        }
    }
}

fn by_peer(found: Vec<(PeerId, Multiaddr)>) -> BTreeMap<Peer, Vec<Address>> {
    let mut peers: BTreeMap<Peer, Vec<Address>> = BTreeMap::new();
    for (peer, address) in found {
        if let Some(address) = Address::accept(&address) {
            peers.entry(peer.into()).or_default().push(address);
        }
    }
    peers
}
