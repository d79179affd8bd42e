//! Peers worth remembering, and the ways to them.

use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::message::{FollowNotice, Presence};
use hearth_protocol::sync::PeerKey;

use super::shell::{Done, Shell};
use super::{ConnectedPeer, unix_ms};
use crate::access::{Kind, Note};
use crate::app::Change;
use crate::network::{Address, Contact, Peer};
use crate::store::contacts::KnownPeer;

/// Identities whose peers are worth remembering; anybody can say that they follow.
const KNOWN_MAX: usize = 100_000;

/// Peers that one identity may be at home at and have a friend's place here.
const HOSTS_PER_FRIEND_MAX: usize = 8;

/// How long a peer that dialled may take to say who it is before it is noted without.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// How far ahead of this node's clock another's may be.
const CLOCK_AHEAD_MS_MAX: u64 = 24 * 60 * 60 * 1000;

impl Shell {
    /// Whoever hosts somebody cared for has a place here before strangers, while a session is open. Of more hosts than a
    /// person has, only some do: else one who is followed could take all places.
    pub(super) fn review_friends(&self, identity: Identity) {
        for host in self.hosts(identity).take(HOSTS_PER_FRIEND_MAX) {
            self.befriend(host.peer, !host.identities.is_disjoint(&self.cares));
        }
    }

    fn hosts(&self, identity: Identity) -> impl Iterator<Item = &ConnectedPeer> {
        let hosts = self.peers.values();
        hosts.filter(move |peer| peer.identities.contains(&identity))
    }

    pub(super) fn befriend(&self, peer: Peer, is_friend: bool) {
        if let Err(error) = self.network.befriend(peer, is_friend) {
            tracing::debug!(%error, "whether it is a friend isn't heard");
        }
    }

    /// Doesn't keep peers connected any longer that were kept for one identity alone.
    pub(super) fn forget(&mut self, identity: Identity) {
        self.known.remove(&identity);
        for connected in self
            .peers
            .values()
            .filter(|peer| peer.identities.contains(&identity))
        {
            if connected.identities.is_disjoint(&self.known) {
                let _ = self.network.forget(connected.peer);
            }
        }
    }

    /// Notes that a peer dialled this node: not before it said who it is, as a row that a minute ends stays as it is.
    pub(super) fn note_arrival(&mut self, peer: Peer) {
        if let Some((from, _)) = self.arrivals.remove(&peer) {
            let note = Note::of_peer(peer, Kind::Connected, 0, 0);
            self.access.note(note.about(from));
        }
    }

    /// Notes those that say nothing.
    pub(super) fn note_old_arrivals(&mut self) {
        let arrivals = self.arrivals.iter();
        let old = arrivals.filter(|(_, (_, since))| since.elapsed() >= SILENCE_MAX);
        let old: Vec<Peer> = old.map(|(peer, _)| *peer).collect();
        old.into_iter().for_each(|peer| self.note_arrival(peer));
    }

    pub(super) async fn present(&mut self, peer: &PeerKey, presence: &Presence) {
        let Ok(peer) = Peer::from_bytes(&peer.0) else {
            return;
        };
        let identity = presence.identity();
        if let Some(connected) = self.peers.get_mut(&peer) {
            connected.identities.insert(identity);
        }
        self.guard.hosts(peer, identity);
        self.letters.hosts(peer, identity);
        self.access.hosts(peer, identity);
        self.note_arrival(peer);
        let hosts = self.hosts(identity).count();
        if self.cares.contains(&identity) && hosts <= HOSTS_PER_FRIEND_MAX {
            self.befriend(peer, true);
        }
        let _ = self.changes.send(Change::People);
        self.remember(peer).await;
    }

    /// Keeps the addresses of a peer that hosts somebody known, and keeps it connected.
    pub(super) async fn remember(&mut self, peer: Peer) {
        let known = self
            .peers
            .get(&peer)
            .is_some_and(|connected| !connected.identities.is_disjoint(&self.known));
        let Some(contact) = self.contacts.get(&peer).filter(|_| known).cloned() else {
            return;
        };
        let addresses = contact.addresses.iter().map(Address::to_string).collect();
        let row = KnownPeer {
            peer: peer.to_bytes(),
            addresses,
            seen_ms: unix_ms(),
        };
        self.want(contact);
        self.keep(move |logs| logs.remember_peer(&row).map(|()| Done::Nothing))
            .await;
    }

    /// Keeps what a peer said of itself until it comes back.
    pub(super) async fn remember_said(&mut self, peer: PeerKey, said: Vec<u8>) {
        self.keep(move |logs| {
            logs.remember_acquaintance(&peer.0, &said)
                .map(|()| Done::Nothing)
        })
        .await;
    }

    pub(super) fn want(&self, contact: Contact) {
        if let Err(error) = self.network.want(contact) {
            tracing::debug!(%error, "not wanted");
        }
    }

    pub(super) async fn noticed(&mut self, notice: FollowNotice) {
        let (followed, follower) = (notice.followed(), notice.follower());
        // A time far ahead would count for ever.
        let time_ms = notice.time_ms().min(unix_ms() + CLOCK_AHEAD_MS_MAX);
        let row = (time_ms, notice.following(), notice.name().to_owned());
        if self.known.len() < KNOWN_MAX {
            self.known.insert(follower);
        }
        self.keep(move |logs| {
            logs.remember_follower(&followed, &follower, row)
                .map(|_| Done::Noticed)
        })
        .await;
        let hosts: Vec<Peer> = self
            .peers
            .values()
            .filter(|peer| peer.identities.contains(&follower))
            .map(|peer| peer.peer)
            .collect();
        for peer in hosts {
            self.remember(peer).await;
        }
        let _ = self.changes.send(Change::People);
    }

    pub(super) fn dial(&self, address: &Address) {
        let result = match address.peer() {
            Some(peer) => self.network.want(Contact::new(peer, [address.clone()])),
            None => self.network.dial(address.clone()),
        };
        if let Err(error) = result {
            tracing::debug!(%error, %address, "not dialled");
        }
    }

    pub(super) fn try_routes(&mut self) {
        for address in self
            .routes
            .iter()
            .filter(|address| address.peer().is_none())
        {
            self.dial(address);
        }
    }
}
