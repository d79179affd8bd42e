//! Authenticated frames between peers, and gossip.
//!
//! This folder is the only one that names libp2p. It knows nothing of entries, logs or posts: a frame is
//! 1 byte to 1 MiB, an address is text, a peer is the hash of a transport key that has nothing to do with
//! any identity.
//!
//! ```text
//!   NetworkHandle --commands--> swarm (one task) --streams--> session (a task each) --events--> NetworkEvents
//!         \----------------------frames----------------------^
//! ```
//!
//! [`start`] gives a [`NetworkHandle`] and [`NetworkEvents`]. Between two peers there is one *session*, a
//! stream on some connection of theirs; the peer with the smaller id opens it. A session's frames arrive in
//! order; when it breaks, [`NetworkEvent::Disconnected`] and perhaps another `Connected` follow, and what
//! was under way is lost. Whoever takes events slowly makes peers wait, not this node grow.

mod address;
mod behaviour;
mod config;
mod counters;
mod crowd;
mod dialer;
mod door;
mod events;
mod frame;
mod gossip;
mod handle;
mod limits;
mod links;
mod listen;
mod outbox;
mod penalties;
mod porch;
mod reactions;
mod session;
mod stream;
mod swarm;
#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::Arc};

use libp2p::{Swarm, core::transport::ListenerId, identity::Keypair};
use tokio::sync::watch;

pub(crate) use self::{
    address::{Address, AddressError, Contact, Peer},
    config::{
        Listen, NetworkConfig, NetworkError, PORT_DEFAULT, default_addresses, kept_addresses,
        with_kept_ports,
    },
    events::{NetworkEvent, NetworkEvents, SendError},
    gossip::{GossipId, Verdict},
    handle::{DropReason, NetworkHandle},
    limits::Limits,
};

#[cfg(test)]
use self::{
    handle::CommandError,
    limits::{FRAME_BYTES_MAX, GOSSIP_BYTES_MAX, TOPIC_BYTES_MAX},
};

/// Listens, dials the contacts, and goes on until [`NetworkHandle::shutdown`], or until the handles or the
/// events are dropped.
///
/// # Errors
/// [`NetworkError::PortInUse`] when an address that was asked for exactly is taken; otherwise as its
/// variants say. Nothing keeps running then.
pub(crate) async fn start(
    mut config: NetworkConfig,
) -> Result<(NetworkHandle, NetworkEvents), NetworkError> {
    let key = Keypair::ed25519_from_bytes(config.key.as_mut_slice())
        .map_err(|error| NetworkError::Transport(error.to_string()))?;
    let mut swarm = behaviour::swarm(&key, config.mdns, &config.limits)?;
    let listeners = listen_on(&mut swarm, &config.listen)?;
    let seed = getrandom::u64().map_err(|error| NetworkError::Transport(error.to_string()))?;

    let queues = Arc::new(events::Queues::default());
    let tally = Arc::new(counters::Tally::default());
    let (sender, receiver) = events::channel(&config.limits, Arc::clone(&queues));
    let (addresses, addresses_seen) = watch::channel(Vec::new());
    let peer = Peer::from(key.public().to_peer_id());
    let (handle, commands) = NetworkHandle::new(peer, queues, addresses_seen, Arc::clone(&tally));
    let mut task = swarm::Task::new(swarm, config.limits, sender, addresses, tally, seed);
    task.await_listeners(listeners).await;
    for contact in config.contacts {
        task.want(contact);
    }
    tokio::spawn(task.run(commands));
    Ok((handle, receiver))
}

fn listen_on(
    swarm: &mut Swarm<behaviour::Behaviour>,
    listen: &Listen,
) -> Result<HashSet<ListenerId>, NetworkError> {
    let mut listeners = HashSet::new();
    for address in listen::choose(listen)? {
        match swarm.listen_on(address.multiaddr()) {
            Ok(listener) => drop(listeners.insert(listener)),
            Err(error) if matches!(listen, Listen::Preferred(_)) => {
                tracing::warn!(%address, %error, "not listening there");
            }
            Err(error) => {
                let reason = error.to_string();
                return Err(NetworkError::Listen { address, reason });
            }
        }
    }
    Ok(listeners)
}
