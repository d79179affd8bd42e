//! Finding out which listening addresses can be had.

use std::{
    io,
    net::{SocketAddr, TcpListener, UdpSocket},
};

use super::{
    address::Address,
    config::{Listen, NetworkError},
};

/// The addresses to listen on, each free at this moment.
///
/// libp2p's TCP sockets share a port with any other that agrees, so two nodes of one user would both
/// believe to have it: the port is tried with a socket that doesn't share.
pub(super) fn choose(listen: &Listen) -> Result<Vec<Address>, NetworkError> {
    match listen {
        Listen::Exactly(addresses) => addresses
            .iter()
            .map(|address| try_address(address).map(|()| address.without_peer()))
            .collect(),
        Listen::Preferred(addresses) => {
            let chosen: Vec<Address> = addresses.iter().filter_map(or_another).collect();
            if chosen.is_empty() && !addresses.is_empty() {
                return Err(NetworkError::NoAddress);
            }
            Ok(chosen)
        }
    }
}

fn or_another(address: &Address) -> Option<Address> {
    match try_address(address) {
        Ok(()) => Some(address.without_peer()),
        Err(NetworkError::PortInUse { .. }) => {
            tracing::info!(%address, "the port is in use, another one is taken");
            Some(address.without_peer().with_port(0))
        }
        Err(error) => {
            tracing::debug!(%error, "left out");
            None
        }
    }
}

fn try_address(address: &Address) -> Result<(), NetworkError> {
    let Some(ip) = address.ip() else {
        return Err(NetworkError::Listen {
            address: address.clone(),
            reason: "an IP address is needed to listen on, not a name".to_owned(),
        });
    };
    let place = SocketAddr::new(ip, address.port());
    let tried = if address.is_tcp() {
        TcpListener::bind(place).map(drop)
    } else {
        UdpSocket::bind(place).map(drop)
    };
    tried.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => NetworkError::PortInUse {
            address: address.clone(),
        },
        _ => NetworkError::Listen {
            address: address.clone(),
            reason: error.to_string(),
        },
    })
}
