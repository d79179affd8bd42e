//! What two nodes say to each other when they meet again and nothing is new.

use std::time::Duration;

use hearth_keys::{DeviceKeys, Identity};
use serde_json::json;

use crate::browser::Browser;
use crate::harness::{Home, Node, TCP, until};
use crate::vitals::befriend;

const FOLLOWED: u32 = 1_000;
/// Frames both ways: those of the sync protocol, for which a kibibyte is the bar (`protocol/tests/all/reconnect.rs`), and
/// what two friends claim as owners of what the other may keep, half a kibibyte each way.
const FRAME_BYTES_MAX: u64 = 1_024 + 2 * 600;
/// Everything on the connection, both ways, encryption included.
const CONNECTION_BYTES_MAX: u64 = 8_192;
/// Longer than a node waits before it remembers what a peer said.
const LONG_ENOUGH: Duration = Duration::from_secs(4);

/// The key of somebody who is nowhere.
fn key(number: u32) -> String {
    let mut secret = [7; 64];
    secret[..4].copy_from_slice(&number.to_be_bytes());
    let device = DeviceKeys::from_bytes(&secret);
    Identity::from_bytes(*device.id().as_bytes()).to_string()
}

fn follow_many(home: &Home, node: &Node<'_>) {
    let token = std::fs::read_to_string(home.dir().join("api.token")).unwrap();
    let authorization = format!("Bearer {}", token.trim());
    let api = Browser::of(node);
    for number in 0..FOLLOWED {
        let body = json!({ "key": key(number) }).to_string();
        let headers = [("authorization", authorization.as_str())];
        let answer = api.request("POST", "/api/v1/follow", &headers, &body);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

fn frame_bytes(home: &Home) -> u64 {
    let counters = &home.ask(&["status"])["counters"];
    let count = |name: &str| counters[name].as_u64().unwrap_or_default();
    count("frame_bytes_received") + count("frame_bytes_sent")
}

/// What the kernel counted on the TCP connections of a process, both ways.
fn connection_bytes(port: u16) -> Option<u64> {
    let filter = format!("( sport = :{port} )");
    let output = std::process::Command::new("ss")
        .args(["-tin", &filter])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let bytes = |name: &str| -> u64 {
        let counts = text.split(name).skip(1);
        let count = |rest: &str| rest.split(' ').next()?.trim().parse::<u64>().ok();
        counts.filter_map(count).sum()
    };
    Some(bytes("bytes_sent:") + bytes("bytes_received:")).filter(|total| *total > 0)
}

#[test]
fn meeting_again_costs_little() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, at_bob) = (alice.up_on(&[TCP]), bob.up_on(&[TCP]));
    befriend(&alice, &bob);
    follow_many(&alice, &at_alice);
    follow_many(&bob, &at_bob);
    alice.post("the last one");
    std::thread::sleep(LONG_ENOUGH);
    at_bob.stop();

    let before = frame_bytes(&alice);
    let at_bob = bob.up_on(&[TCP]);
    let identity = bob.identity();
    until("they meet again", || {
        (alice.is_connected_with(&identity) && frame_bytes(&alice) > before).then_some(())
    });
    std::thread::sleep(LONG_ENOUGH);
    let frames = frame_bytes(&alice) - before;
    assert!(frames < FRAME_BYTES_MAX, "{frames} bytes of frames");

    // Everything else that a connection carries: of those here, one is to a port of Alice's or Bob's.
    let port = |address: String| -> u16 {
        let (_, rest) = address.split_once("/tcp/").unwrap();
        rest.split('/').next().unwrap().parse().unwrap()
    };
    let ports = [&at_alice, &at_bob].map(|node| port(node.address("/tcp/")));
    let all: Vec<u64> = ports.into_iter().filter_map(connection_bytes).collect();
    let can_count = std::process::Command::new("ss").arg("-V").output().is_ok();
    assert_eq!(all.is_empty(), !can_count, "{ports:?}");
    assert!(
        all.iter().all(|bytes| *bytes < CONNECTION_BYTES_MAX),
        "{all:?} bytes"
    );
    // What is new gets through all the same.
    alice.post("news");
    until("what is new comes", || {
        bob.texts(&["timeline"])
            .contains(&"news".to_owned())
            .then_some(())
    });
    at_bob.stop();
    at_alice.stop();
}

/// What is asked for at the same time is signed together, and still travels.
#[test]
fn long_posts_at_once_arrive() {
    const POSTS: usize = 48;
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, at_bob) = (alice.up_on(&[TCP]), bob.up_on(&[TCP]));
    befriend(&alice, &bob);
    let token = std::fs::read_to_string(alice.dir().join("api.token")).unwrap();
    let authorization = format!("Bearer {}", token.trim());
    let api = Browser {
        web: at_alice.web(),
        cookie: None,
    };
    let post = |number: usize| {
        let text = format!("{number} {}", "x".repeat(16_000));
        let headers = [("authorization", authorization.as_str())];
        let body = json!({ "text": text }).to_string();
        let answer = api.request("POST", "/api/v1/post", &headers, &body);
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    std::thread::scope(|scope| {
        for number in 0..POSTS {
            let post = &post;
            scope.spawn(move || post(number));
        }
    });
    until("all come", || {
        (bob.all(&["timeline"]).len() == POSTS).then_some(())
    });
    at_bob.stop();
    at_alice.stop();
}

/// What is held of somebody outlasts that nobody follows them for a while, also over a restart, and is given on once
/// somebody does again.
#[test]
fn what_is_held_of_somebody_is_given_on_once_they_are_followed_again() {
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(Home::new);
    bob.ask(&["init"]);
    let bobs = bob.identity();
    let has_it = |home: &Home| {
        let texts = home.texts(&["posts", &bobs]);
        (texts == ["from Bob"]).then_some(())
    };
    {
        let (_at_alice, _at_bob) = (alice.up_on(&[TCP]), bob.up_on(&[TCP]));
        alice.ask(&["follow", &bob.link()]);
        bob.ask(&["post", "--public", "from Bob"]);
        until("Alice has it", || has_it(&alice));
        alice.ask(&["unfollow", &bobs]);
    }
    // Bob is away from now on.
    let (_at_alice, _at_carol) = (alice.up_on(&[TCP]), carol.up_on(&[TCP]));
    alice.ask(&["follow", &bobs]);
    carol.ask(&["follow", &bobs]);
    carol.ask(&["follow", &alice.link()]);
    until("Carol has it from Alice", || has_it(&carol));
}
