//! Gossip along a line of three.

use super::*;

const TOPIC: &str = "authors/alice";

async fn gossip(node: &mut Node) -> (Peer, GossipId, Vec<u8>) {
    node.expect("Gossip", |event| match event {
        NetworkEvent::Gossip {
            topic,
            source,
            message,
            bytes,
        } if topic == TOPIC => Some((*source, message.clone(), bytes.clone())),
        _ => None,
    })
    .await
}

/// Publishes anew until something arrives: meshes take a heartbeat or two to form.
async fn publish_until_heard(from: &Node, to: &mut Node) -> (Peer, GossipId, Vec<u8>) {
    for attempt in 0..40_u8 {
        from.handle.publish(TOPIC, vec![attempt; 300]).unwrap();
        for event in to.overhear(Duration::from_millis(500)).await {
            if let NetworkEvent::Gossip {
                source,
                message,
                bytes,
                ..
            } = event
            {
                return (source, message, bytes);
            }
        }
    }
    panic!("nothing was heard");
}

async fn is_silent(node: &mut Node) -> bool {
    let heard = node.overhear(Duration::from_secs(2)).await;
    !heard
        .iter()
        .any(|event| matches!(event, NetworkEvent::Gossip { .. }))
}

#[tokio::test]
async fn nothing_is_passed_on_before_a_verdict() {
    let (mut alice, mut bob) = pair(TCP).await;
    let mut carol = Node::new(TCP).await;
    carol.want(&bob);
    carol.connected(bob.peer()).await;
    bob.connected(carol.peer()).await;
    for node in [&alice, &bob, &carol] {
        node.handle.subscribe(TOPIC).unwrap();
    }
    let (source, message, bytes) = publish_until_heard(&alice, &mut bob).await;
    assert_eq!(source, alice.peer());
    assert!(is_silent(&mut carol).await);

    bob.handle
        .verdict(message.clone(), source, Verdict::Accept)
        .unwrap();
    let (source, same, passed_on) = gossip(&mut carol).await;
    // Carol learns who passed it on, and not where it began.
    assert_eq!((source, same, passed_on), (bob.peer(), message, bytes));
    assert!(is_silent(&mut alice).await);

    alice.handle.publish(TOPIC, vec![99; 50]).unwrap();
    let (source, message, _) = gossip(&mut bob).await;
    bob.handle
        .verdict(message, source, Verdict::Reject)
        .unwrap();
    assert!(is_silent(&mut carol).await);
}

#[tokio::test]
async fn topics_and_messages_are_bounded() {
    let alice = Node::new(TCP).await;
    let long = "t".repeat(TOPIC_BYTES_MAX + 1);
    assert_eq!(alice.handle.subscribe(&long), Err(CommandError::Size));
    assert_eq!(alice.handle.subscribe(""), Err(CommandError::Size));
    let large = vec![0; GOSSIP_BYTES_MAX + 1];
    assert_eq!(alice.handle.publish(TOPIC, large), Err(CommandError::Size));
}
