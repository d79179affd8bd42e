//! Listening, dialing, and finding each other again.

use std::time::Instant;

use super::*;

/// A port that nobody has at this moment.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A process takes its sockets with it when it ends; here QUIC's lingers until the last goodbye is old.
async fn restarted(seed: [u8; 32], listen: &str) -> Node {
    for _ in 0..100 {
        if listen::choose(&exactly(listen)).is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Node::with_seed(seed, listen).await
}

async fn check_restart(listen: &str) {
    let mut alice = Node::new(&listen.replace("PORT", "0")).await;
    let bobs_seed = seed();
    let listen = listen.replace("PORT", &free_port().to_string());
    let mut bob = Node::with_seed(bobs_seed, &listen).await;
    alice.want(&bob);
    alice.connected(bob.peer()).await;
    bob.connected(alice.peer()).await;
    let peer = bob.peer();
    bob.handle.shutdown().await;
    alice.disconnected(peer).await;

    let mut bob = restarted(bobs_seed, &listen).await;
    let begun = Instant::now();
    alice.connected(peer).await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    bob.connected(alice.peer()).await;
    alice.handle.try_send(peer, vec![3]).unwrap();
    assert_eq!(bob.frame().await, [3]);
}

#[tokio::test]
async fn a_restarted_peer_is_redialled_over_tcp() {
    check_restart("/ip4/127.0.0.1/tcp/PORT").await;
}

#[tokio::test]
async fn a_restarted_peer_is_redialled_over_quic() {
    check_restart("/ip4/127.0.0.1/udp/PORT/quic-v1").await;
}

/// Bob's node in a runtime of its own, which can end as if the process had been killed.
fn mortal(seed: [u8; 32], listen: String) -> (tokio::runtime::Runtime, Node) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    runtime.spawn(async move { sender.send(Node::with_seed(seed, &listen).await) });
    let node = receiver.recv_timeout(PATIENCE).unwrap();
    (runtime, node)
}

async fn check_killed(listen: &str) {
    let mut alice = Node::new(&listen.replace("PORT", "0")).await;
    let bobs_seed = seed();
    let listen = listen.replace("PORT", &free_port().to_string());
    let (runtime, bob) = mortal(bobs_seed, listen.clone());
    let peer = bob.peer();
    alice.want(&bob);
    alice.connected(peer).await;
    // Nothing of it runs any longer, so that it can't say goodbye.
    runtime.shutdown_background();
    drop(bob);

    let mut bob = restarted(bobs_seed, &listen).await;
    let begun = Instant::now();
    alice.connected(peer).await;
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    bob.connected(alice.peer()).await;
}

#[tokio::test]
async fn a_killed_peer_is_found_again_over_tcp() {
    check_killed("/ip4/127.0.0.1/tcp/PORT").await;
}

#[tokio::test]
async fn a_killed_peer_is_found_again_over_quic() {
    check_killed("/ip4/127.0.0.1/udp/PORT/quic-v1").await;
}

#[tokio::test]
async fn a_peer_that_is_not_up_yet_is_found_when_it_is() {
    let mut alice = Node::new(TCP).await;
    let bobs_seed = seed();
    let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
    let contact = Contact::new(peer_of(bobs_seed), [address(&listen)]);
    alice.handle.want(contact).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let bob = Node::with_seed(bobs_seed, &listen).await;
    assert!(alice.connected(bob.peer()).await);
    assert!(alice.handle.counters().dials_failed > 0);
}

#[tokio::test]
async fn remembered_contacts_are_dialled_from_the_start() {
    let bob = Node::new(TCP).await;
    let mut config = config(seed(), exactly(TCP));
    config.contacts = vec![bob.contact()];
    let mut alice = Node::with_config(config).await;
    assert!(alice.connected(bob.peer()).await);
}

#[tokio::test]
async fn a_contact_tells_where_to_find_whom_again() {
    let (mut alice, mut bob) = pair(TCP).await;
    let bobs = address(&bob.handle.addresses()[0].to_string());
    let learned = alice
        .expect("Contact", |event| match event {
            NetworkEvent::Contact(contact) => Some(contact.clone()),
            _ => None,
        })
        .await;
    assert_eq!(learned, Contact::new(bob.peer(), [bobs]));
    // Bob was dialled, and learns where Alice listens, not the port that she came from.
    let learned = bob
        .expect("Contact", |event| match event {
            NetworkEvent::Contact(contact) => Some(contact.clone()),
            _ => None,
        })
        .await;
    assert_eq!(learned, alice.contact());
}

#[tokio::test]
async fn an_address_without_a_peer_is_learned() {
    let mut alice = Node::new(TCP).await;
    let bob = Node::new(TCP).await;
    let bare = bob.handle.addresses()[0].without_peer();
    for _ in 0..2 {
        alice.handle.dial(bare.clone()).unwrap();
        let found = alice
            .expect("Dialled", |event| match event {
                NetworkEvent::Dialled { address, peer } => Some((address.clone(), *peer)),
                _ => None,
            })
            .await;
        assert_eq!(found, (bare.clone(), bob.peer()));
    }
}

#[tokio::test]
async fn a_dial_that_fails_says_why() {
    let mut alice = Node::new(TCP).await;
    let bob = Node::new(TCP).await;
    let bobs = bob.handle.addresses()[0].clone();
    let cases = [
        (
            address(&format!("/ip4/127.0.0.1/tcp/{}", free_port())),
            "refused",
        ),
        (bobs.with_peer(peer_of(seed())), "somebody else answers"),
        (alice.handle.addresses()[0].clone(), "the node itself"),
        (
            alice.handle.addresses()[0].without_peer(),
            "the node itself",
        ),
    ];
    for (address, expected) in cases {
        alice.handle.dial(address.clone()).unwrap();
        let reason = alice
            .expect("Undialable", |event| match event {
                NetworkEvent::Undialable {
                    address: of,
                    reason,
                } if *of == address => Some(reason.clone()),
                _ => None,
            })
            .await;
        assert!(reason.contains(expected), "{address}: {reason}");
    }
}

#[tokio::test]
async fn an_exact_port_in_use_is_an_error() {
    for listen in [TCP, QUIC] {
        let alice = Node::new(listen).await;
        let taken = alice.handle.addresses()[0].without_peer();
        let refused = start(config(seed(), Listen::Exactly(vec![taken.clone()]))).await;
        match refused.map(|_| ()) {
            Err(NetworkError::PortInUse { address }) => assert_eq!(address, taken),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_preferred_port_in_use_is_replaced() {
    for listen in [TCP, QUIC] {
        let alice = Node::new(listen).await;
        let taken = alice.handle.addresses()[0].without_peer();
        let (bob, _events) = start(config(seed(), Listen::Preferred(vec![taken.clone()])))
            .await
            .unwrap();
        let got = bob.addresses()[0].without_peer();
        assert_ne!(got, taken);
        assert_eq!(got.with_port(0), taken.with_port(0));
    }
}

#[tokio::test]
async fn all_interfaces_are_reported_loopback_too() {
    let (node, mut events) = start(config(seed(), Listen::Preferred(default_addresses(0))))
        .await
        .unwrap();
    let addresses = node.addresses();
    for start in ["/ip4/127.0.0.1/tcp/", "/ip4/127.0.0.1/udp/"] {
        let found = addresses.iter().any(|a| a.to_string().starts_with(start));
        assert!(found, "{start} in {addresses:?}");
    }
    assert!(addresses.iter().all(|a| a.peer() == Some(node.peer())));
    let told = timeout(PATIENCE, events.recv()).await.unwrap();
    assert!(matches!(told, Some(NetworkEvent::Listening { .. })));
}

#[tokio::test]
async fn names_and_absent_interfaces_cannot_be_listened_on() {
    for text in ["/dns/box.example/tcp/1", "/ip4/192.0.2.1/tcp/0"] {
        let refused = start(config(seed(), exactly(text))).await;
        assert!(
            matches!(refused, Err(NetworkError::Listen { .. })),
            "{text}"
        );
        let refused = start(config(seed(), Listen::Preferred(vec![address(text)]))).await;
        assert!(matches!(refused, Err(NetworkError::NoAddress)), "{text}");
    }
}

#[tokio::test]
async fn the_slow_may_come_back_at_once() {
    let (mut alice, mut bob) = pair(TCP).await;
    bob.want(&alice);
    alice
        .handle
        .drop_peer(bob.peer(), DropReason::Slow)
        .unwrap();
    alice.disconnected(bob.peer()).await;
    bob.disconnected(alice.peer()).await;
    let begun = Instant::now();
    alice.connected(bob.peer()).await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(alice.handle.counters().peers_dropped, 0);
}

#[tokio::test]
async fn the_dropped_are_refused_for_a_while() {
    let (mut alice, mut bob) = pair(TCP).await;
    bob.want(&alice);
    alice.handle.drop_peer(bob.peer(), DropReason::Lie).unwrap();
    alice.disconnected(bob.peer()).await;
    bob.disconnected(alice.peer()).await;
    let heard = alice.overhear(Duration::from_secs(3)).await;
    let returned = heard
        .iter()
        .any(|event| matches!(event, NetworkEvent::Connected { .. }));
    assert!(!returned, "{heard:?}");
    assert_eq!(alice.handle.counters().peers_dropped, 1);
}

#[tokio::test]
async fn on_one_machine_tcp_is_taken() {
    let both = Listen::Exactly(vec![address(TCP), address(QUIC)]);
    let bob = Node::with_config(config(seed(), both)).await;
    let mut alice = Node::new(TCP).await;
    alice.want(&bob);
    let taken = alice
        .expect("Connected", |event| match event {
            NetworkEvent::Connected { address, .. } => Some(address.clone()),
            _ => None,
        })
        .await;
    assert!(taken.is_tcp(), "{taken}");
}
