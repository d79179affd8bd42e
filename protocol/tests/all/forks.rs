//! Two copies of one device's key.

use hearth_keys::DeviceKeys;
use hearth_protocol::body;
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::{LogState, Refusal};
use hearth_protocol::memory::next_header;
use hearth_protocol::message::Message;
use hearth_protocol::root::{Claim, Statement};
use hearth_protocol::sync::Event;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::sim::{Person, World, certify, each_seed, post};

const QUIET: usize = 20_000;

/// Alice's box `a` and its copy write on; Bob follows the first, Carol the second.
fn forked(world: &mut World, more: usize) -> (Person, [usize; 4]) {
    let people = [1, 2, 3].map(Person::new);
    let [a, b, c] = people.each_ref().map(|person| world.home(person));
    let [alice, ..] = people;
    let copy = world.home(&alice);
    [b, c].into_iter().for_each(|at| world.care(at, alice.id()));
    world.posts(a, &alice, 10);
    world.restart(copy, world.nodes[a].logs.clone());
    world.connect(a, b);
    world.connect(copy, c);
    world.posts(a, &alice, more);
    world.posts(copy, &alice, 3);
    world.settle(QUIET);
    (alice, [a, b, c, copy])
}

#[test]
fn every_node_ends_with_proof_and_nothing_held_is_hidden() {
    for more in [1, 3, 5, 700] {
        each_seed(if more > 100 { 2 } else { 10 }, |world| {
            let (alice, nodes @ [a, b, c, copy]) = forked(world, more);
            let log = alice.social();
            let held = nodes.map(|at| world.held(at, &log));
            world.connect(b, c);
            world.settle(QUIET);
            for (at, held) in nodes.into_iter().zip(&held) {
                let logs = &world.nodes[at].logs;
                let seq = logs.fork(&log).map(|proof| proof.place().seq);
                assert!(seq.is_some_and(|seq| seq >= 10), "node {at}: {seq:?}");
                assert!(logs.state(&log).unwrap().is_forked());
                // Newest-first, a node may have taken the top of the other branch before it saw the fork.
                let state = logs.state(&log).unwrap();
                let mut seqs = held.iter().flat_map(|&(lo, hi)| lo..=hi);
                assert!(seqs.all(|seq| state.holds(seq)), "nothing held is hidden");
                if more < 64 {
                    assert_eq!(&world.held(at, &log), held, "nothing grows");
                }
            }
            assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
            let body = body::clear(&post("not here"), [0; 16]).unwrap();
            let refused = world.nodes[a].logs.append(&alice.device, log, 0, body);
            assert!(matches!(
                refused,
                Err(IngestError::Refused(Refusal::Forked))
            ));
            // The device goes on in a fresh log.
            let fresh = alice.log(LogNumber::SOCIAL.fresh(0).unwrap());
            world.write(a, &alice.device, fresh, &post("I go on here"));
            world.settle(QUIET);
            for at in [b, c, copy] {
                assert_eq!(world.held(at, &fresh), [(0, 0)]);
            }
        });
    }
}

#[test]
fn who_comes_late_gets_one_branch_and_the_proof() {
    each_seed(10, |world| {
        let (alice, [_, b, c, _]) = forked(world, 80);
        let dave = Person::new(4);
        let d = world.home(&dave);
        world.care(d, alice.id());
        world.connect(d, c);
        world.connect(d, b);
        world.settle(QUIET);
        assert!(world.nodes[d].logs.fork(&alice.social()).is_some());
        let held = world.held(d, &alice.social());
        assert!(
            matches!(held.first(), Some((0, hi)) if *hi >= 9),
            "{held:?}"
        );
        assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
    });
}

/// Who else holds what a copy of Alice's box wrote: the copy itself, or a node that merely keeps it.
#[test]
fn copies_of_different_length_notice_each_other_before_anybody_writes_again() {
    for more in [1, 2, 5, 40, 700] {
        each_seed(if more > 100 { 2 } else { 10 }, |world| {
            let (alice, [a, b, _, copy]) = forked(world, more);
            world.disconnect(a, b);
            world.connect(a, copy);
            world.settle(QUIET);
            for at in [a, copy] {
                assert!(world.nodes[at].logs.fork(&alice.social()).is_some());
            }
            world.connect(a, b);
            world.settle(QUIET);
            assert!(world.nodes[b].logs.fork(&alice.social()).is_some());
            assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
        });
    }
}

#[test]
fn who_only_keeps_the_shorter_branch_and_asks_for_nothing_gives_it_away() {
    for more in [5, 40, 700] {
        each_seed(if more > 100 { 2 } else { 10 }, |world| {
            let (alice, [a, _, c, copy]) = forked(world, more);
            world.disconnect(c, copy);
            world.nodes[c].cares.remove(&alice.id());
            world.event(c, Event::Uncared(alice.id()));
            world.connect(a, c);
            world.settle(QUIET);
            assert!(world.nodes[a].logs.fork(&alice.social()).is_some());
            assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
        });
    }
}

/// Two first entries of a log.
fn twins(device: &DeviceKeys, log: LogKey) -> ForkProof {
    let [one, other] = [1, 2].map(|time_ms| {
        let body = body::clear(&post("twin"), [0; 16]).unwrap();
        next_header(log, &LogState::default(), time_ms, &body).sign(device)
    });
    ForkProof::new(one, other).unwrap()
}

#[test]
fn forks_that_a_cut_made_pointless_crowd_out_no_other() {
    let mut world = World::new(1);
    let people = [1, 2, 3].map(Person::new);
    let [a, b, c] = people.each_ref().map(|person| world.home(person));
    let [alice, ..] = people;
    [b, c].into_iter().for_each(|at| world.care(at, alice.id()));
    world.connect(a, b);
    world.settle(QUIET);
    let peer = world.nodes[a].key.clone();
    let tell = |world: &mut World, proof| {
        world.event(
            b,
            Event::Frame(peer.clone(), Message::Fork(proof).to_bytes()),
        );
    };
    for n in 0..8 {
        let log = alice.log(LogNumber::new(2 * n).unwrap());
        tell(&mut world, twins(&alice.device, log));
    }
    let cut = Claim::Cut {
        ends: Default::default(),
    };
    let device = DeviceKeys::generate(&mut ChaCha20Rng::from_seed([9; 32]));
    world.state(b, &Statement::sign(&alice.root, alice.device.id(), 1, cut));
    world.state(b, &certify(&alice.root, &device));
    let log = LogKey {
        device: device.id(),
        ..alice.social()
    };
    tell(&mut world, twins(&device, log));
    world.connect(b, c);
    world.settle(QUIET);
    assert!(world.nodes[c].logs.fork(&log).is_some());
}

#[test]
fn who_was_behind_gets_what_lies_below_the_fork() {
    each_seed(10, |world| {
        let people = [1, 2, 3].map(Person::new);
        let [a, b, c] = people.each_ref().map(|person| world.home(person));
        let [alice, ..] = people;
        let copy = world.home(&alice);
        [b, c].into_iter().for_each(|at| world.care(at, alice.id()));
        world.connect(a, c);
        world.posts(a, &alice, 1);
        world.settle(QUIET);
        world.disconnect(a, c);
        world.posts(a, &alice, 5);
        world.restart(copy, world.nodes[a].logs.clone());
        world.posts(a, &alice, 1);
        world.posts(copy, &alice, 2);
        world.connect(a, b);
        world.connect(copy, b);
        world.settle(QUIET);
        assert!(world.nodes[b].logs.fork(&alice.social()).is_some());
        world.connect(b, c);
        world.settle(QUIET);
        assert!(world.nodes[c].logs.fork(&alice.social()).is_some());
        let held = world.held(c, &alice.social());
        assert!(matches!(held[..], [(0, 5..)]), "{held:?}");
    });
}
