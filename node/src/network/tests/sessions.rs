//! Frames between two nodes.

use super::*;

async fn check_frames_both_ways(listen: &str) {
    let (mut alice, mut bob) = pair(listen).await;
    let frames: Vec<Vec<u8>> = [1, 2, 300, 65_535, 65_536, 65_537, FRAME_BYTES_MAX, 5, 1]
        .into_iter()
        .enumerate()
        .map(|(index, length)| vec![u8::try_from(index).unwrap(); length])
        .collect();
    for frame in &frames {
        alice.handle.try_send(bob.peer(), frame.clone()).unwrap();
        bob.handle.try_send(alice.peer(), frame.clone()).unwrap();
    }
    for frame in &frames {
        assert!(bob.frame().await == *frame, "{} bytes", frame.len());
        assert!(alice.frame().await == *frame, "{} bytes", frame.len());
    }
    assert_eq!(alice.handle.counters().frames_sent, frames.len() as u64);
    assert_eq!(alice.handle.counters().frames_received, frames.len() as u64);
}

#[tokio::test]
async fn frames_pass_both_ways_in_order_over_tcp() {
    check_frames_both_ways(TCP).await;
}

#[tokio::test]
async fn frames_pass_both_ways_in_order_over_quic() {
    check_frames_both_ways(QUIC).await;
}

#[tokio::test]
async fn bulk_waits_for_room_and_arrives_whole() {
    let (alice, mut bob) = pair(TCP).await;
    let (handle, to) = (alice.handle.clone(), bob.peer());
    let sending = tokio::spawn(async move {
        for index in 0..60_u8 {
            handle.send(to, vec![index; 700_000]).await.unwrap();
        }
    });
    for index in 0..60_u8 {
        let frame = bob.frame().await;
        assert!(frame.len() == 700_000 && frame[0] == index);
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_does_not_read_fills_its_own_queue_only() {
    let (mut alice, bob) = pair(TCP).await;
    let mut carol = Node::new(TCP).await;
    alice.want(&carol);
    alice.connected(carol.peer()).await;
    carol.connected(alice.peer()).await;
    // Bob's node is there but nobody takes its events.
    let (mut sent, mut full) = (0, 0);
    while full < 20 {
        match alice.handle.try_send(bob.peer(), vec![7; 1 << 20]) {
            Ok(()) => (sent, full) = (sent + 1, 0),
            Err(SendError::Full) => full += 1,
            Err(error) => panic!("{error}"),
        }
        assert!(sent < 200, "no end of what is taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(sent >= 8, "only {sent}");
    assert!(alice.handle.counters().frames_refused >= 20);
    alice.handle.try_send(carol.peer(), vec![1]).unwrap();
    assert_eq!(carol.frame().await, [1]);
    carol.handle.try_send(alice.peer(), vec![2]).unwrap();
    assert_eq!(alice.frame().await, [2]);
}

#[tokio::test]
async fn one_peers_flood_leaves_room_for_another() {
    let (mut alice, mut bob) = pair(TCP).await;
    let mut carol = Node::new(TCP).await;
    carol.want(&alice);
    carol.connected(alice.peer()).await;
    alice.connected(carol.peer()).await;
    let (flood, to) = (bob.handle.clone(), alice.peer());
    let flooding =
        tokio::spawn(async move { while flood.send(to, vec![0; 1 << 20]).await.is_ok() {} });
    tokio::time::sleep(Duration::from_millis(300)).await;
    carol.handle.try_send(alice.peer(), vec![42]).unwrap();
    // It is in Alice's queue before she takes anything: what comes first then is what the flood may have there.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut before = 0;
    alice
        .expect("Carol's frame", |event| match event {
            NetworkEvent::Frame { bytes, .. } if *bytes == [42] => Some(()),
            NetworkEvent::Frame { .. } => {
                before += 1;
                None
            }
            _ => None,
        })
        .await;
    assert!(before <= 4, "{before} frames of the flood came first");
    flooding.abort();
    bob.overhear(Duration::from_millis(1)).await;
}

#[tokio::test]
async fn sizes_and_strangers_are_refused() {
    let (alice, bob) = pair(TCP).await;
    let refused = |frame: Vec<u8>| alice.handle.try_send(bob.peer(), frame).unwrap_err();
    assert_eq!(refused(Vec::new()), SendError::Size);
    assert_eq!(refused(vec![0; FRAME_BYTES_MAX + 1]), SendError::Size);
    let stranger = peer_of(seed());
    let sent = alice.handle.try_send(stranger, vec![1]);
    assert_eq!(sent, Err(SendError::NotConnected));
}

#[tokio::test]
async fn a_frame_is_there_within_milliseconds() {
    let (mut alice, mut bob) = pair(TCP).await;
    let mut times = Vec::new();
    for _ in 0..50 {
        let begun = std::time::Instant::now();
        alice.handle.try_send(bob.peer(), vec![1; 300]).unwrap();
        bob.frame().await;
        bob.handle.try_send(alice.peer(), vec![2; 300]).unwrap();
        alice.frame().await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    // Nagle's algorithm or a timer in the path would cost 40 ms each.
    assert!(times[25] < Duration::from_millis(20), "{:?}", times[25]);
}

#[tokio::test]
async fn two_that_dial_each_other_have_one_session() {
    for listen in [TCP, QUIC] {
        let mut alice = Node::new(listen).await;
        let mut bob = Node::new(listen).await;
        alice.want(&bob);
        bob.want(&alice);
        let (to_alice, to_bob) = tokio::join!(
            alice.overhear(Duration::from_secs(3)),
            bob.overhear(Duration::from_secs(3))
        );
        for heard in [to_alice, to_bob] {
            let count = |kind: fn(&NetworkEvent) -> bool| heard.iter().filter(|e| kind(e)).count();
            assert_eq!(count(|e| matches!(e, NetworkEvent::Connected { .. })), 1);
            assert_eq!(count(|e| matches!(e, NetworkEvent::Disconnected { .. })), 0);
        }
        alice.handle.try_send(bob.peer(), vec![9]).unwrap();
        assert_eq!(bob.frame().await, [9]);
    }
}

#[tokio::test]
async fn what_waits_is_sent_before_a_shutdown() {
    let (alice, mut bob) = pair(TCP).await;
    for index in 0..50 {
        alice
            .handle
            .try_send(bob.peer(), vec![index; 20_000])
            .unwrap();
    }
    let peer = alice.peer();
    let handle = alice.handle.clone();
    alice.handle.shutdown().await;
    for index in 0..50 {
        assert_eq!(bob.frame().await[0], index);
    }
    bob.disconnected(peer).await;
    assert_eq!(handle.forget(peer), Err(CommandError::Stopped));
}

#[tokio::test]
async fn a_peer_that_sends_too_fast_is_slowed_down_and_loses_nothing() {
    let mut slow = config(seed(), exactly(TCP));
    slow.limits.frames_per_second = 50;
    let mut alice = Node::with_config(slow).await;
    let mut bob = Node::new(TCP).await;
    bob.want(&alice);
    bob.connected(alice.peer()).await;
    alice.connected(bob.peer()).await;
    let begun = std::time::Instant::now();
    // Five seconds' worth may come at once, and the other fifty take a second.
    for index in 0..300_u16 {
        let frame = index.to_be_bytes().to_vec();
        bob.handle.send(alice.peer(), frame).await.unwrap();
    }
    for index in 0..300_u16 {
        assert_eq!(alice.frame().await, index.to_be_bytes());
    }
    assert!(begun.elapsed() > Duration::from_millis(900));
    assert!(alice.handle.counters().frames_delayed > 0);
}
