//! What a connection carries, and the transports under it.

use std::{io, time::Duration};

use libp2p::{
    PeerId, Transport,
    allow_block_list::{self, BlockedPeers},
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    dns, identify,
    identity::Keypair,
    mdns, memory_connection_limits, noise, ping, quic,
    swarm::{Config, NetworkBehaviour, Swarm, behaviour::toggle::Toggle},
    tcp, yamux,
};

use super::{config::NetworkError, door, gossip, limits::Limits, porch::Porch, stream};

const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(8);
const IDLE_TIME_MAX: Duration = Duration::from_secs(60);
const PING_INTERVAL: Duration = Duration::from_secs(15);
const PING_TIME_MAX: Duration = Duration::from_secs(20);

/// A peer that was killed says nothing over QUIC, not even when it is back: silence has to tell, soon.
const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(2);
const QUIC_SILENCE_MS_MAX: u32 = 6_000;

/// Refusals come first, so that nothing else sees a connection that won't be.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    memory: memory_connection_limits::Behaviour,
    pub(super) blocked: allow_block_list::Behaviour<BlockedPeers>,
    pub(super) door: door::Behaviour,
    pub(super) stream: stream::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(super) gossip: gossip::Behaviour,
    mdns: Toggle<mdns::tokio::Behaviour>,
}

/// A swarm that neither listens nor dials yet.
pub(super) fn swarm(
    key: &Keypair,
    use_mdns: bool,
    limits: &Limits,
) -> Result<Swarm<Behaviour>, NetworkError> {
    let config = Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE_TIME_MAX)
        .with_max_negotiating_inbound_streams(32)
        .with_smart_dial();
    Ok(Swarm::new(
        transport(key, limits)?,
        behaviour(key, use_mdns, limits)?,
        key.public().to_peer_id(),
        config,
    ))
}

fn behaviour(key: &Keypair, use_mdns: bool, limits: &Limits) -> Result<Behaviour, NetworkError> {
    let ping = ping::Config::new()
        .with_interval(PING_INTERVAL)
        .with_timeout(PING_TIME_MAX);
    Ok(Behaviour {
        memory: memory_connection_limits::Behaviour::with_max_bytes(limits.memory_bytes_max),
        blocked: allow_block_list::Behaviour::default(),
        door: door::Behaviour::new(limits),
        stream: stream::Behaviour::default(),
        identify: identify::Behaviour::new(identify_config(key)),
        ping: ping::Behaviour::new(ping),
        gossip: gossip::behaviour().map_err(NetworkError::Transport)?,
        mdns: Toggle::from(mdns_behaviour(key.public().to_peer_id(), use_mdns)),
    })
}

fn identify_config(key: &Keypair) -> identify::Config {
    // Listening addresses are told, so that peers find the way back; the cache would be a second book of
    // addresses beside the dialer's.
    identify::Config::new("/hearth/1".to_owned(), key.public())
        .with_agent_version(concat!("hearth/", env!("CARGO_PKG_VERSION")).to_owned())
        .with_push_listen_addr_updates(true)
        .with_cache_size(0)
}

fn mdns_behaviour(peer: PeerId, wanted: bool) -> Option<mdns::tokio::Behaviour> {
    if !wanted {
        return None;
    }
    mdns::tokio::Behaviour::new(mdns::Config::default(), peer)
        .inspect_err(|error| tracing::warn!(%error, "nodes on the local network won't be found"))
        .ok()
}

type PeerTransport = Boxed<(PeerId, StreamMuxerBox)>;

fn transport(key: &Keypair, limits: &Limits) -> Result<PeerTransport, NetworkError> {
    // A machine without a resolver's configuration can still dial IP addresses.
    let named = match dns::tokio::Transport::system(ip_transport(key)?) {
        Ok(transport) => transport.boxed(),
        Err(error) => {
            tracing::warn!(%error, "no name resolution: addresses with DNS names can't be dialled");
            ip_transport(key)?
        }
    };
    let timely = TransportTimeout::new(named, HANDSHAKE_TIME_MAX).boxed();
    Ok(Porch::new(timely, limits.handshakes_in_max).boxed())
}

fn ip_transport(key: &Keypair) -> Result<PeerTransport, NetworkError> {
    let noise =
        noise::Config::new(key).map_err(|error| NetworkError::Transport(error.to_string()))?;
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux::Config::default())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let mut quic_config = quic::Config::new(key);
    quic_config.keep_alive_interval = QUIC_KEEP_ALIVE;
    quic_config.max_idle_timeout = QUIC_SILENCE_MS_MAX;
    let quic = quic::tokio::Transport::new(quic_config)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    Ok(tcp
        .or_transport(quic)
        .map(|either, _| either.into_inner())
        .map_err(io::Error::other)
        .boxed())
}
