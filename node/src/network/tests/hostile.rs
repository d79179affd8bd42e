//! Peers that don't play by the rules.

use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::{PeerId, Stream, SwarmBuilder, noise, tcp, yamux};
use tokio::net::TcpStream;

use super::*;
use crate::network::stream::PROTOCOL;

/// A bare peer that speaks the session protocol by hand; its swarm runs by itself.
struct Mallory {
    peer: PeerId,
    control: libp2p_stream::Control,
    incoming: libp2p_stream::IncomingStreams,
}

impl Mallory {
    /// Dials `victim`; `opens` says who of the two is to open the stream.
    async fn towards(victim: &Node, opens: bool) -> Self {
        let key = loop {
            let key = Keypair::generate_ed25519();
            let peer = Peer::from(key.public().to_peer_id());
            if peer.opens_towards(victim.peer()) == opens {
                break key;
            }
        };
        let mut swarm = SwarmBuilder::with_existing_identity(key)
            .with_tokio()
            .with_tcp(
                tcp::Config::default(),
                noise::Config::new,
                yamux::Config::default,
            )
            .unwrap()
            .with_behaviour(|_| libp2p_stream::Behaviour::new())
            .unwrap()
            .with_swarm_config(|config| {
                config.with_idle_connection_timeout(Duration::from_secs(60))
            })
            .build();
        swarm
            .dial(victim.handle.addresses()[0].multiaddr())
            .unwrap();
        let mut control = swarm.behaviour().new_control();
        let incoming = control.accept(PROTOCOL).unwrap();
        let peer = *swarm.local_peer_id();
        tokio::spawn(async move {
            loop {
                swarm.select_next_some().await;
            }
        });
        Self {
            peer,
            control,
            incoming,
        }
    }

    async fn open(&mut self, victim: &Node) -> Stream {
        let opening = self.control.open_stream(victim.peer().id(), PROTOCOL);
        timeout(PATIENCE, opening).await.unwrap().unwrap()
    }
}

async fn ends(stream: &mut Stream) {
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the stream is still open");
}

#[tokio::test]
async fn an_oversized_frame_drops_the_peer() {
    let mut alice = Node::new(TCP).await;
    let mut mallory = Mallory::towards(&alice, true).await;
    let mut stream = mallory.open(&alice).await;
    alice.connected(mallory.peer.into()).await;
    stream.write_all(&[0, 0, 0, 1, 77]).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(alice.frame().await, [77]);
    stream
        .write_all(&((1 << 20) + 1_u32).to_be_bytes())
        .await
        .unwrap();
    stream.flush().await.unwrap();
    alice.disconnected(mallory.peer.into()).await;
    ends(&mut stream).await;
    let counters = alice.handle.counters();
    assert_eq!((counters.frames_oversized, counters.peers_dropped), (1, 1));
    // It can't come back at once.
    let again = mallory.control.open_stream(alice.peer().id(), PROTOCOL);
    let again = timeout(Duration::from_secs(3), again).await;
    assert!(!matches!(again, Ok(Ok(_))));
}

#[tokio::test]
async fn a_stream_from_who_should_not_open_is_refused() {
    let mut alice = Node::new(TCP).await;
    let mut mallory = Mallory::towards(&alice, false).await;
    // Alice opens the one session.
    let opened = timeout(PATIENCE, mallory.incoming.next()).await.unwrap();
    let (_, mut session) = opened.unwrap();
    alice.connected(mallory.peer.into()).await;
    let mut second = mallory.open(&alice).await;
    // It may be gone already.
    let _ = second.write_all(&[0, 0, 0, 1, 66]).await;
    let _ = second.flush().await;
    ends(&mut second).await;
    session.write_all(&[0, 0, 0, 1, 88]).await.unwrap();
    session.flush().await.unwrap();
    assert_eq!(alice.frame().await, [88]);
    assert_eq!(alice.handle.counters().streams_refused, 1);
}

#[tokio::test]
async fn a_second_stream_replaces_the_first() {
    let mut alice = Node::new(TCP).await;
    let mut mallory = Mallory::towards(&alice, true).await;
    let peer = Peer::from(mallory.peer);
    let mut first = mallory.open(&alice).await;
    alice.connected(peer).await;
    let mut second = mallory.open(&alice).await;
    alice.disconnected(peer).await;
    alice.connected(peer).await;
    ends(&mut first).await;
    second.write_all(&[0, 0, 0, 2, 5, 6]).await.unwrap();
    second.flush().await.unwrap();
    assert_eq!(alice.frame().await, [5, 6]);
    alice.handle.try_send(peer, vec![7]).unwrap();
    let mut answer = [0; 5];
    timeout(PATIENCE, second.read_exact(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer, [0, 0, 0, 1, 7]);
}

#[tokio::test]
async fn a_frame_that_never_ends_ends_the_session() {
    let mut config = config(seed(), exactly(TCP));
    config.limits.stall_time_max = Duration::from_millis(500);
    let mut alice = Node::with_config(config).await;
    let mut mallory = Mallory::towards(&alice, true).await;
    let mut stream = mallory.open(&alice).await;
    alice.connected(mallory.peer.into()).await;
    // Between frames one may be silent as long as one likes.
    tokio::time::sleep(Duration::from_millis(800)).await;
    stream
        .write_all(&[0, 0, 0, 1, 8, 0, 0, 0, 9, 1])
        .await
        .unwrap();
    stream.flush().await.unwrap();
    assert_eq!(alice.frame().await, [8]);
    alice.disconnected(mallory.peer.into()).await;
    ends(&mut stream).await;
    assert_eq!(alice.handle.counters().sessions_stalled, 1);
}

#[tokio::test]
async fn a_storm_of_streams_is_bounded() {
    let mut alice = Node::new(TCP).await;
    let mut mallory = Mallory::towards(&alice, true).await;
    let mut streams = Vec::new();
    for _ in 0..200 {
        streams.push(mallory.open(&alice).await);
    }
    drop(streams);
    let mut bob = Node::new(TCP).await;
    bob.want(&alice);
    bob.connected(alice.peer()).await;
    alice.connected(bob.peer()).await;
}

fn socket_address(node: &Node) -> std::net::SocketAddr {
    let address = &node.handle.addresses()[0];
    (address.ip().unwrap(), address.port()).into()
}

#[tokio::test]
async fn garbage_does_no_harm() {
    let (mut alice, bob) = pair(TCP).await;
    for length in [1, 20, 1_000, 100_000] {
        let mut socket = TcpStream::connect(socket_address(&alice)).await.unwrap();
        let garbage: Vec<u8> = (0..length)
            .map(|at: u32| u8::try_from(at.wrapping_mul(2_654_435_761) >> 24).unwrap())
            .collect();
        // The node may close it before everything is written.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut socket, &garbage).await;
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut socket).await;
        let mut rest = [0; 1_000];
        let closed = async {
            while matches!(
                tokio::io::AsyncReadExt::read(&mut socket, &mut rest).await,
                Ok(1..)
            ) {}
        };
        timeout(PATIENCE, closed).await.unwrap();
    }
    bob.handle.try_send(alice.peer(), vec![1]).unwrap();
    assert_eq!(alice.frame().await, [1]);
    assert!(alice.handle.counters().connections_in_failed > 0);
}

#[tokio::test]
async fn three_hundred_half_open_connections_leave_it_serving() {
    let (mut alice, bob) = pair(TCP).await;
    let mut half_open = Vec::new();
    for _ in 0..300 {
        half_open.push(TcpStream::connect(socket_address(&alice)).await.unwrap());
    }
    bob.handle.try_send(alice.peer(), vec![1]).unwrap();
    assert_eq!(alice.frame().await, [1]);
    // And there is still a place for somebody new.
    let carol = Node::new(TCP).await;
    carol.want(&alice);
    alice.connected(carol.peer()).await;
    drop(half_open);
}

#[tokio::test]
async fn who_says_nothing_gives_way_at_once() {
    let mut config = config(seed(), exactly(TCP));
    config.limits.handshakes_in_max = 4;
    let mut alice = Node::with_config(config).await;
    let mut silent = Vec::new();
    for _ in 0..12 {
        silent.push(TcpStream::connect(socket_address(&alice)).await.unwrap());
    }
    let bob = Node::new(TCP).await;
    bob.want(&alice);
    let connected = alice.connected(bob.peer());
    // Long before the silent ones have used up their time.
    timeout(Duration::from_secs(4), connected).await.unwrap();
    let mut byte = [0];
    let cut_off = tokio::io::AsyncReadExt::read(&mut silent[0], &mut byte);
    assert!(matches!(
        timeout(PATIENCE, cut_off).await.unwrap(),
        Ok(0) | Err(_)
    ));
    assert!(alice.handle.counters().connections_in_failed >= 8);
}

#[tokio::test]
async fn strangers_give_way_to_newcomers_and_friends_to_nobody() {
    let mut config = config(seed(), exactly(TCP));
    config.limits.connections_in_max = 2;
    let mut alice = Node::with_config(config).await;
    let bob = Mallory::towards(&alice, true).await;
    let mut bob = (bob.peer, bob);
    let mut talk = bob.1.open(&alice).await;
    alice.connected(bob.0.into()).await;
    alice.handle.befriend(bob.0.into(), true).unwrap();
    let mut strangers = Vec::new();
    for _ in 0..5 {
        let mut stranger = Mallory::towards(&alice, true).await;
        let stream = stranger.open(&alice).await;
        alice.connected(stranger.peer.into()).await;
        strangers.push((stranger, stream));
    }
    for (stranger, stream) in &mut strangers[..3] {
        alice.disconnected(stranger.peer.into()).await;
        ends(stream).await;
    }
    for (stream, byte) in [(&mut talk, 1), (&mut strangers[4].1, 2)] {
        stream.write_all(&[0, 0, 0, 1, byte]).await.unwrap();
        stream.flush().await.unwrap();
        assert_eq!(alice.frame().await, [byte]);
    }
}

#[tokio::test]
async fn frames_that_are_costly_to_read_wait() {
    let mut config = config(seed(), exactly(TCP));
    config.limits.checks_of = |frame| if frame[0] == 1 { 40 } else { 0 };
    config.limits.checks_per_second = 10;
    let mut alice = Node::with_config(config).await;
    let mut mallory = Mallory::towards(&alice, true).await;
    let mut stream = mallory.open(&alice).await;
    alice.connected(mallory.peer.into()).await;
    // Eight are a burst; what is beyond takes four seconds each.
    for byte in [[1; 9].as_slice(), &[2]].concat() {
        stream.write_all(&[0, 0, 0, 1, byte]).await.unwrap();
    }
    stream.flush().await.unwrap();
    let begin = std::time::Instant::now();
    for _ in 0..8 {
        assert_eq!(alice.frame().await, [1]);
    }
    let burst = begin.elapsed();
    // Who sends nothing costly doesn't wait for who does.
    let mut bob = Mallory::towards(&alice, true).await;
    let mut other = bob.open(&alice).await;
    other.write_all(&[0, 0, 0, 1, 3]).await.unwrap();
    other.flush().await.unwrap();
    assert_eq!(alice.frame().await, [3]);
    assert_eq!([alice.frame().await, alice.frame().await], [[1], [2]]);
    assert!(begin.elapsed() - burst > Duration::from_secs(2));
}
