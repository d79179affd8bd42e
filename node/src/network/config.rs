//! What the network layer is started with, and why it may refuse.

use std::{io, net::IpAddr};

use zeroize::Zeroizing;

use super::{
    address::{Address, Contact},
    limits::Limits,
};

/// TCP and QUIC listen here unless told otherwise.
pub(crate) const PORT_DEFAULT: u16 = 4747;

/// Everything that the network layer needs to know at its start.
pub(crate) struct NetworkConfig {
    /// The Ed25519 seed of the transport key: random, and unrelated to any identity.
    pub(crate) key: Zeroizing<[u8; 32]>,
    /// Where to listen.
    pub(crate) listen: Listen,
    /// Whether to look for other nodes on the local network and to be found there.
    pub(crate) mdns: bool,
    /// Peers to keep connected from the start, as if each were wanted.
    pub(crate) contacts: Vec<Contact>,
    /// Bounds.
    pub(crate) limits: Limits,
}

/// Where to listen.
#[derive(Debug, Clone)]
pub(crate) enum Listen {
    /// There and nowhere else: a port in use is an error.
    Exactly(Vec<Address>),
    /// There if possible: another port where one is taken; addresses of a kind that the machine lacks are
    /// left out.
    Preferred(Vec<Address>),
}

impl Default for Listen {
    fn default() -> Self {
        Self::Preferred(default_addresses(PORT_DEFAULT))
    }
}

/// TCP and QUIC, IPv4 and IPv6, on all interfaces.
pub(crate) fn default_addresses(port: u16) -> Vec<Address> {
    [
        format!("/ip4/0.0.0.0/tcp/{port}"),
        format!("/ip4/0.0.0.0/udp/{port}/quic-v1"),
        format!("/ip6/::/tcp/{port}"),
        format!("/ip6/::/udp/{port}/quic-v1"),
    ]
    .into_iter()
    .map(|text| text.parse().expect("a well-formed address"))
    .collect()
}

/// For each kind of listening address the port that was got, to be preferred at the next start: what
/// [`NetworkEvent::Listening`](super::NetworkEvent::Listening) reported, made into a list for
/// [`Listen::Preferred`].
pub(crate) fn kept_addresses(listening: &[Address]) -> Vec<Address> {
    default_addresses(PORT_DEFAULT)
        .into_iter()
        .map(|address| {
            let like = listening
                .iter()
                .find(|other| is_alike(&address, other))
                .map_or(PORT_DEFAULT, Address::port);
            address.with_port(like)
        })
        .collect()
}

/// Addresses that ask for any port, each with the port that its kind got last time, a port once.
pub(crate) fn with_kept_ports(asked: &[Address], got: &[Address]) -> Vec<Address> {
    let mut used = Vec::new();
    let kept = asked.iter().map(|address| {
        let like = got.iter().find(|other| {
            is_alike(address, other) && !used.contains(&(other.is_tcp(), other.port()))
        });
        match like.filter(|_| address.port() == 0) {
            Some(like) => {
                used.push((like.is_tcp(), like.port()));
                address.with_port(like.port())
            }
            None => address.clone(),
        }
    });
    kept.collect()
}

fn is_alike(one: &Address, other: &Address) -> bool {
    one.is_tcp() == other.is_tcp()
        && one.ip().map(|ip| IpAddr::is_ipv4(&ip)) == other.ip().map(|ip| IpAddr::is_ipv4(&ip))
}

/// Why the network layer didn't start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkError {
    /// Somebody else listens there.
    #[error("the port of {address} is in use: stop whatever listens there, or choose another port")]
    PortInUse {
        /// Where it was tried.
        address: Address,
    },
    /// One can't listen there.
    #[error("can't listen on {address}: {reason}")]
    Listen {
        /// Where it was tried.
        address: Address,
        /// What the system said.
        reason: String,
    },
    /// None of the preferred addresses, nor another port in their place, could be had.
    #[error("none of the addresses can be listened on: name others with `--listen`")]
    NoAddress,
    /// The transport key is no Ed25519 seed, or the transports couldn't be set up from it.
    #[error("the transports couldn't be set up: {0}")]
    Transport(String),
    /// The system refused something else.
    #[error("the network couldn't be started")]
    Io(#[from] io::Error),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ports_are_kept_by_kind() {
        let listening: Vec<Address> = [
            "/ip4/127.0.0.1/tcp/5001",
            "/ip4/192.0.2.7/udp/5002/quic-v1",
            "/ip6/::1/tcp/5003",
        ]
        .map(|text| text.parse().unwrap())
        .to_vec();
        let kept: Vec<String> = kept_addresses(&listening)
            .iter()
            .map(Address::to_string)
            .collect();
        assert_eq!(
            kept,
            [
                "/ip4/0.0.0.0/tcp/5001",
                "/ip4/0.0.0.0/udp/5002/quic-v1",
                "/ip6/::/tcp/5003",
                "/ip6/::/udp/4747/quic-v1",
            ]
        );
    }
}
