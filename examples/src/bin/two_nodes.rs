//! Two nodes exchange a log: the replication machines at work, without a network.
//!
//! Run: `cargo run -p hearth-examples --bin two_nodes`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use hearth_examples::node::Node;
use hearth_examples::{Author, Outcome, post, system_rng};
use hearth_protocol::body;
use hearth_protocol::sync::Event;

fn main() -> Outcome {
    let Author {
        device,
        log,
        statements,
    } = Author::new(&mut system_rng());
    let body =
        |number: u8| body::clear(&post(format!("post {number}")), [number; body::SALT_BYTES]);

    // Alice's node holds two hundred posts; Bob's holds nothing and cares for her.
    let (mut alice, mut bob) = (Node::new("alice"), Node::new("bob"));
    alice.learn(log.identity, &statements)?;
    for number in 0..200 {
        alice
            .store
            .append(&device, log, number.into(), body(number)?)?;
    }
    alice.hold_all();
    bob.handle(0, Event::Cared(log.identity));

    // They connect. Each output of one is carried out, and a frame becomes the other's event.
    alice.handle(0, Event::Connected(bob.key.clone()));
    bob.handle(0, Event::Connected(alice.key.clone()));
    let frames = exchange(&mut alice, &mut bob, 0);
    let held = |node: &Node| {
        node.store
            .state(&log)
            .and_then(|state| state.top().copied())
    };
    assert_eq!(held(&bob).map(|range| (range.lo, range.hi)), Some((0, 199)));
    println!("Bob has all 200 posts after {frames} frames");

    // A new post is pushed at once: one frame.
    let run = alice.store.append(&device, log, 200, body(200)?)?;
    alice.written(10, run);
    let frames = exchange(&mut alice, &mut bob, 10);
    assert_eq!(held(&bob), held(&alice));
    assert_eq!(frames, 1);
    println!("the next one comes in {frames} frame, without being asked for");
    Ok(())
}

/// Carries frames to and fro until both are silent; returns how many there were.
fn exchange(alice: &mut Node, bob: &mut Node, now_ms: u64) -> usize {
    let mut carried = 0;
    loop {
        let (to_bob, to_alice) = (alice.take_frames(now_ms), bob.take_frames(now_ms));
        if to_bob.is_empty() && to_alice.is_empty() {
            return carried;
        }
        carried += to_bob.len() + to_alice.len();
        for frame in to_bob {
            bob.handle(now_ms, Event::Frame(alice.key.clone(), frame));
        }
        for frame in to_alice {
            alice.handle(now_ms, Event::Frame(bob.key.clone(), frame));
        }
    }
}
