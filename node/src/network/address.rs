//! Peers and the addresses they answer at, as plain values for the rest of the node.

use std::{fmt, net::IpAddr, str::FromStr};

use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

/// An address text is never longer than this.
const ADDRESS_BYTES_MAX: usize = 512;

/// A node on the network: the hash of its transport key, unrelated to any identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Peer(PeerId);

impl Peer {
    /// Nobody's.
    #[cfg(test)]
    pub(crate) fn random() -> Self {
        Self(PeerId::random())
    }

    /// The multihash, 38 bytes for an Ed25519 key.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Reads what [`Peer::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes aren't a peer id.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, PeerError> {
        PeerId::from_bytes(bytes).map(Self).map_err(|_| PeerError)
    }

    pub(super) fn id(self) -> PeerId {
        self.0
    }

    /// Whether this side opens the session stream with `other`: the smaller bytes do, so that there is one.
    pub(super) fn opens_towards(self, other: Self) -> bool {
        self.to_bytes() < other.to_bytes()
    }
}

impl From<PeerId> for Peer {
    fn from(id: PeerId) -> Self {
        Self(id)
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peer({})", self.0)
    }
}

impl FromStr for Peer {
    type Err = PeerError;

    fn from_str(text: &str) -> Result<Self, PeerError> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(PeerError);
        }
        text.parse().map(Self).map_err(|_| PeerError)
    }
}

/// The text or bytes aren't a peer id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a peer id (it looks like 12D3KooW… )")]
pub(crate) struct PeerError;

/// A multiaddr that this node can dial or listen on: an IP address or DNS name with `/tcp/<port>` or
/// `/udp/<port>/quic-v1`, and at the end perhaps `/p2p/<peer>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address(String);

impl Address {
    /// The peer that the address names, if it names one.
    pub(crate) fn peer(&self) -> Option<Peer> {
        match self.multiaddr().iter().last() {
            Some(Protocol::P2p(id)) => Some(Peer(id)),
            _ => None,
        }
    }

    /// Whether it leads to this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.ip() {
            Some(ip) => ip.is_loopback(),
            None => self.host().as_deref() == Some("localhost"),
        }
    }

    /// The same place without `/p2p/…`.
    pub(crate) fn without_peer(&self) -> Self {
        Self(strip_peer(self.multiaddr()).to_string())
    }

    /// The same place, naming `peer`.
    pub(crate) fn with_peer(&self, peer: Peer) -> Self {
        Self(format!("{}/p2p/{peer}", self.without_peer()))
    }

    pub(super) fn multiaddr(&self) -> Multiaddr {
        self.0
            .parse()
            .expect("an Address holds the text of a multiaddr")
    }

    /// Takes over an address from libp2p when it is of a kind that this node uses.
    pub(super) fn accept(address: &Multiaddr) -> Option<Self> {
        if address.len() > ADDRESS_BYTES_MAX || check_shape(address).is_err() {
            return None;
        }
        let text = address.to_string();
        (text.len() <= ADDRESS_BYTES_MAX).then_some(Self(text))
    }

    /// Whether it leads somewhere only on the very same network cable, and only with an interface's name beside it
    /// (RFC 4291 §2.5.6): of no use to whoever is told.
    pub(crate) fn is_link_local(&self) -> bool {
        match self.ip() {
            Some(IpAddr::V6(ip)) => ip.is_unicast_link_local(),
            _ => false,
        }
    }

    /// Whether it lies in this machine's own network, as far as the address tells (RFC 1918, RFC 4193, RFC 6598).
    pub(crate) fn is_near(&self) -> bool {
        match self.ip() {
            Some(IpAddr::V4(ip)) => {
                let [a, b, ..] = ip.octets();
                let is_shared = a == 100 && (64..128).contains(&b);
                ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared
            }
            Some(IpAddr::V6(ip)) => {
                ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unique_local()
            }
            None => self.is_loopback(),
        }
    }

    /// By what frames go there, as people call it.
    pub(crate) fn transport(&self) -> &'static str {
        if self.is_tcp() { "TCP" } else { "QUIC" }
    }

    pub(super) fn ip(&self) -> Option<IpAddr> {
        match self.multiaddr().iter().next() {
            Some(Protocol::Ip4(ip)) => Some(IpAddr::V4(ip)),
            Some(Protocol::Ip6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        }
    }

    /// The port; 0 stands for any.
    pub(crate) fn port(&self) -> u16 {
        match self.multiaddr().iter().nth(1) {
            Some(Protocol::Tcp(port) | Protocol::Udp(port)) => port,
            _ => 0,
        }
    }

    pub(super) fn is_tcp(&self) -> bool {
        matches!(self.multiaddr().iter().nth(1), Some(Protocol::Tcp(_)))
    }

    pub(super) fn with_port(&self, port: u16) -> Self {
        let changed = self
            .multiaddr()
            .iter()
            .map(|part| match part {
                Protocol::Tcp(_) => Protocol::Tcp(port),
                Protocol::Udp(_) => Protocol::Udp(port),
                other => other,
            })
            .collect::<Multiaddr>();
        Self(changed.to_string())
    }

    fn host(&self) -> Option<String> {
        match self.multiaddr().iter().next()? {
            Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) => {
                Some(name.into_owned())
            }
            _ => None,
        }
    }
}

fn strip_peer(mut address: Multiaddr) -> Multiaddr {
    if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
        address.pop();
    }
    address
}

/// Says what keeps `address` from being `host/tcp/port` or `host/udp/port/quic-v1`, with or without a peer.
fn check_shape(address: &Multiaddr) -> Result<(), &'static str> {
    let mut parts = address.iter();
    match parts.next() {
        Some(Protocol::Ip4(_) | Protocol::Ip6(_)) => {}
        Some(Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)) => {}
        _ => return Err("it must begin with /ip4/…, /ip6/… or /dns/…"),
    }
    match parts.next() {
        Some(Protocol::Tcp(_)) => {}
        Some(Protocol::Udp(_)) if parts.next() == Some(Protocol::QuicV1) => {}
        _ => return Err("after the host there must be /tcp/<port> or /udp/<port>/quic-v1"),
    }
    match (parts.next(), parts.next()) {
        (None, None) | (Some(Protocol::P2p(_)), None) => Ok(()),
        _ => Err("after the port only /p2p/<peer> may follow"),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fail = |reason: &str| AddressError {
            text: text.chars().take(80).collect(),
            reason: reason.to_owned(),
        };
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(fail("it is too long"));
        }
        let address: Multiaddr = text.parse().map_err(|error| fail(&format!("{error}")))?;
        check_shape(&address).map_err(fail)?;
        Ok(Self(address.to_string()))
    }
}

/// The text isn't an address that this node can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an address like /ip4/192.0.2.1/tcp/4747: {reason}")]
pub(crate) struct AddressError {
    text: String,
    reason: String,
}

impl AddressError {
    /// What was typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// A peer and where it was reached: at most [`Contact::ADDRESSES_MAX`] addresses, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contact {
    /// Who it is.
    pub(crate) peer: Peer,
    /// Where it answers, the most promising first.
    pub(crate) addresses: Vec<Address>,
}

impl Contact {
    /// More addresses than this aren't kept for one peer.
    pub(crate) const ADDRESSES_MAX: usize = 8;

    /// A contact with duplicates, foreign peers' addresses and whatever is too many taken out.
    pub(crate) fn new(peer: Peer, addresses: impl IntoIterator<Item = Address>) -> Self {
        let mut kept: Vec<Address> = Vec::new();
        for address in addresses {
            if address.peer().is_some_and(|named| named != peer) {
                continue;
            }
            let address = address.with_peer(peer);
            if kept.len() < Self::ADDRESSES_MAX && !kept.contains(&address) {
                kept.push(address);
            }
        }
        Self {
            peer,
            addresses: kept,
        }
    }

    /// The addresses worth a dial: on one machine, where nothing stands between, TCP is quicker than QUIC
    /// and tells at once when the other process dies.
    pub(super) fn dialable(&self) -> impl Iterator<Item = &Address> {
        let tcp_here = self
            .addresses
            .iter()
            .any(|address| address.is_loopback() && address.is_tcp());
        self.addresses
            .iter()
            .filter(move |address| address.is_tcp() || !(tcp_here && address.is_loopback()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use libp2p::identity::Keypair;

    use super::*;

    fn peer() -> Peer {
        Keypair::generate_ed25519().public().to_peer_id().into()
    }

    #[test]
    fn link_local_addresses_are_known() {
        let is_link_local = |text: &str| text.parse::<Address>().unwrap().is_link_local();
        assert!(is_link_local("/ip6/fe80::1/tcp/4747"));
        assert!(!is_link_local("/ip6/fd00::1/udp/4747/quic-v1"));
        assert!(!is_link_local("/ip4/192.0.2.7/tcp/4747"));
    }

    #[test]
    fn accepts_what_can_be_dialled() {
        for text in [
            "/ip4/127.0.0.1/tcp/4747",
            "/ip6/::1/udp/4747/quic-v1",
            "/dns4/box.example/tcp/4747",
            "/dns/box.example/udp/1/quic-v1",
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(address.peer(), None);
            let named = address.with_peer(peer());
            assert!(named.peer().is_some());
            assert_eq!(named.to_string().parse::<Address>().unwrap(), named);
            assert_eq!(named.without_peer(), address);
        }
    }

    #[test]
    fn refuses_what_cannot_be_dialled() {
        for text in [
            "",
            "127.0.0.1:4747",
            "/ip4/127.0.0.1",
            "/ip4/127.0.0.1/udp/1",
            "/ip4/1.2.3.4/tcp/1/ws",
            "/ip4/1.2.3.4/tcp/99999",
            "/unix/tmp",
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains("is not an address like"), "{error}");
        }
        let long = format!("/dns4/{}/tcp/1", "a".repeat(600));
        assert!(
            long.parse::<Address>()
                .unwrap_err()
                .to_string()
                .contains("too long")
        );
    }

    #[test]
    fn knows_loopback() {
        let loopback = |text: &str| text.parse::<Address>().unwrap().is_loopback();
        assert!(loopback("/ip4/127.0.0.9/tcp/1"));
        assert!(loopback("/ip6/::1/tcp/1"));
        assert!(loopback("/dns/localhost/tcp/1"));
        assert!(!loopback("/ip4/192.0.2.1/tcp/1"));
    }

    #[test]
    fn contact_is_bounded_and_its_own() {
        let (alice, bob) = (peer(), peer());
        let mut addresses: Vec<Address> = (1..20)
            .map(|port| format!("/ip4/192.0.2.1/tcp/{port}").parse().unwrap())
            .collect();
        addresses.insert(0, addresses[0].with_peer(bob));
        addresses.insert(1, addresses[1].with_peer(alice));
        let contact = Contact::new(alice, addresses);
        assert_eq!(contact.addresses.len(), Contact::ADDRESSES_MAX);
        assert!(contact.addresses.iter().all(|a| a.peer() == Some(alice)));
    }

    #[test]
    fn peer_survives_text_and_bytes() {
        let alice = peer();
        assert_eq!(alice.to_string().parse::<Peer>().unwrap(), alice);
        assert_eq!(Peer::from_bytes(&alice.to_bytes()).unwrap(), alice);
        assert!("hearth1abc".parse::<Peer>().is_err());
        assert!(Peer::from_bytes(&[1, 2, 3]).is_err());
        let bob = peer();
        assert_ne!(alice.opens_towards(bob), bob.opens_towards(alice));
    }
}
