//! What it costs two nodes to find out what one of them lacks, when they have met before.
//!
//! With a thousand authors and a post of each: 0.99 MB of frames the first time, 470 bytes when they meet again, 3.2 kB
//! when one post is new, 35 kB when one of them forgot the other.

use std::cell::Cell;
use std::rc::Rc;

use hearth_protocol::message::{FollowNotice, Message};
use hearth_protocol::root::StatementSet;
use hearth_protocol::sync::PeerKey;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::sim::{Person, World};

const QUIET: usize = 200_000;
/// Bytes that say how long a frame is.
const FRAME_LENGTH: usize = 4;

/// Counts bytes and messages that a node sends.
fn count(world: &mut World, at: usize, bytes: &Rc<Cell<usize>>) {
    let bytes = Rc::clone(bytes);
    let tap = move |message: Message| {
        bytes.set(bytes.get() + message.to_bytes().len() + FRAME_LENGTH);
        Some(message)
    };
    world.meddle(at, Box::new(tap));
}

/// Alice's and Bob's nodes, who follow each other and `count` authors.
fn two_friends(world: &mut World, authors: &[Person]) -> (usize, usize) {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let (a, b) = (world.home(&alice), world.home(&bob));
    world.care(a, bob.id());
    world.care(b, alice.id());
    for author in authors {
        for at in [a, b] {
            world.state(at, &author.certificate);
            world.care(at, author.id());
        }
        world.post(a, author, "once");
    }
    (a, b)
}

/// Bytes of frames, both ways, from connecting until all is quiet.
fn cost(world: &mut World, a: usize, b: usize) -> usize {
    let bytes = Rc::new(Cell::new(0));
    count(world, a, &bytes);
    count(world, b, &bytes);
    world.disconnect(a, b);
    world.connect(a, b);
    world.settle(QUIET);
    bytes.get()
}

#[test]
fn nothing_new_costs_less_than_a_kibibyte_for_a_thousand_logs() {
    let authors = Person::many(1_000);
    let world = &mut World::new(1);
    let (a, b) = two_friends(world, &authors);
    cost(world, a, b);
    for author in &authors {
        world.assert_same(a, b, author.id());
    }
    let again = cost(world, a, b);
    assert!(again < 1024, "{again} bytes");
    // After a restart, too.
    world.restart(b, world.nodes[b].logs.clone());
    let restarted = cost(world, a, b);
    assert!(restarted < 1024, "{restarted} bytes");
    // What is new costs about as much as it is.
    world.disconnect(a, b);
    world.post(a, &authors[7], "news");
    let news = cost(world, a, b);
    world.assert_same(a, b, authors[7].id());
    assert!(news < 4 * 1024, "{news} bytes");
    // Who forgot is told everything again, but not what it holds.
    let node = &mut world.nodes[b];
    node.acquaintances.clear();
    world.restart(b, world.nodes[b].logs.clone());
    let forgotten = cost(world, a, b);
    assert!((16_000..40_000).contains(&forgotten), "{forgotten} bytes");
}

#[test]
fn a_peer_is_remembered_if_it_is_a_friends_or_a_followers() {
    let world = &mut World::new(1);
    let people = [1, 2, 3].map(Person::new);
    let [a, b, c] = people.each_ref().map(|person| world.home(person));
    world.care(b, people[0].id());
    world.connect(a, b);
    world.connect(a, c);
    world.settle(QUIET);
    let remembers = |world: &World, at: usize| -> Vec<PeerKey> {
        world.nodes[at].acquaintances.keys().cloned().collect()
    };
    // Alice follows nobody, and no notice was given to her.
    assert_eq!(remembers(world, a), []);
    assert_eq!(remembers(world, b), [world.nodes[a].key.clone()]);
    assert_eq!(remembers(world, c), []);
    world.care(a, people[2].id());
    world.settle(QUIET);
    assert_eq!(remembers(world, a), [world.nodes[c].key.clone()]);
}

#[test]
fn what_a_peer_forgot_and_missed_is_said_again() {
    let world = &mut World::new(1);
    let people = [1, 2].map(Person::new);
    let [a, b] = people.each_ref().map(|person| world.home(person));
    let notice = |following, time_ms| {
        let mut set = StatementSet::new(people[0].id());
        set.insert(people[0].certificate.clone()).unwrap();
        let followed = people[1].id();
        FollowNotice::sign(
            &people[0].device,
            &set,
            followed,
            following,
            time_ms,
            "Alice",
        )
    };
    world.nodes[a].sync.set_notice(notice(true, 1));
    world.connect(a, b);
    world.settle(QUIET);
    let heard = |world: &World| -> Vec<bool> {
        let notices = world.nodes[b].notices.iter();
        notices.map(FollowNotice::following).collect()
    };
    assert_eq!(heard(world), [true]);
    // Bob's node keeps the follower and forgets the peer; Alice unfollows while it is away.
    world.disconnect(a, b);
    world.nodes[b].acquaintances.clear();
    world.restart(b, world.nodes[b].logs.clone());
    world.nodes[a].sync.set_notice(notice(false, 2));
    world.connect(a, b);
    world.settle(QUIET);
    assert_eq!(heard(world), [true, false]);
    // Once is enough.
    world.disconnect(a, b);
    world.connect(a, b);
    world.settle(QUIET);
    assert_eq!(heard(world), [true, false]);
}

#[derive(Debug, Clone)]
enum Step {
    /// On Alice's node: two that write would fork the log.
    Post(u32),
    Care(usize, u32, bool),
    Connect,
    Disconnect,
    Restart(usize),
    Forget(usize),
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let (node, author) = (0usize..2, 0u32..40);
    prop_oneof![
        4 => author.clone().prop_map(Step::Post),
        3 => (node.clone(), author, any::<bool>()).prop_map(|(at, n, cares)| Step::Care(at, n, cares)),
        3 => Just(Step::Connect),
        2 => Just(Step::Disconnect),
        1 => node.clone().prop_map(Step::Restart),
        1 => node.prop_map(Step::Forget),
        3 => (0u16..4_000).prop_map(Step::Wait),
    ]
}

fn config() -> ProptestConfig {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/proptest-regressions/reconnect.txt"
    );
    ProptestConfig {
        cases: std::env::var("HEARTH_SIM_CASES").map_or(48, |cases| cases.parse().unwrap()),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever either remembers, rightly or not: in the end both hold the same of all that both care for.
    #[test]
    fn two_who_meet_again_and_again_agree(
        seed in any::<u64>(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let authors = Person::many(40);
        let world = &mut World::new(seed);
        let (a, b) = two_friends(world, &authors);
        let at = |which: usize| [a, b][which];
        let mut cares = [[true; 40]; 2];
        for step in steps {
            match step {
                Step::Post(n) => world.post(a, &authors[n as usize], "more"),
                Step::Care(which, n, wanted) => {
                    cares[which][n as usize] = wanted;
                    if wanted {
                        world.care(at(which), authors[n as usize].id());
                    } else {
                        world.uncare(at(which), authors[n as usize].id());
                    }
                }
                Step::Connect => world.connect(a, b),
                Step::Disconnect => world.disconnect(a, b),
                Step::Restart(which) => world.restart(at(which), world.nodes[at(which)].logs.clone()),
                Step::Forget(which) => world.nodes[at(which)].acquaintances.clear(),
                Step::Wait(ms) => world.run(ms.into()),
            }
        }
        world.connect(a, b);
        world.settle(QUIET);
        for (n, author) in authors.iter().enumerate() {
            if cares[0][n] && cares[1][n] {
                world.assert_same(a, b, author.id());
            }
        }
    }
}
