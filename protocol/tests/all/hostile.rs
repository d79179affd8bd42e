//! Peers that stall and lie.

use std::cell::Cell;
use std::rc::Rc;

use hearth_keys::DeviceKeys;
use hearth_protocol::bounds::SEQUENCE_MAX;
use hearth_protocol::entry::{EntryId, Header, LogKey, LogNumber, Place};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::message::{Have, LogHave, Message};
use hearth_protocol::run::RunBody;
use hearth_protocol::sync::Event;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::sim::{Meddle, Person, World, each_seed};

const QUIET: usize = 30_000;

/// Alice is off; Mallory and Carol hold her log; Bob follows her and knows Mallory first. He must get it all.
fn bob_gets_all_in_spite_of(meddle: impl Fn() -> Meddle, dropped: Option<&str>) {
    each_seed(5, |world| {
        let people = [1, 2, 3, 4].map(Person::new);
        let [a, b, c, mallory] = people.each_ref().map(|person| world.home(person));
        let alice = &people[0];
        [b, c, mallory]
            .into_iter()
            .for_each(|at| world.care(at, alice.id()));
        world.posts(a, alice, 900);
        world.connect(a, c);
        world.connect(a, mallory);
        world.settle(QUIET);
        world.disconnect(a, c);
        world.disconnect(a, mallory);
        world.meddle(mallory, meddle());
        world.connect(b, mallory);
        world.run(2_000);
        world.connect(b, c);
        world.run(120_000);
        world.assert_same(a, b, alice.id());
        world.settle(QUIET);
        let reasons: Vec<&str> = world.nodes[b].dropped.iter().map(|(_, why)| *why).collect();
        assert!(reasons.len() <= 1, "{reasons:?}");
        if let Some(why) = dropped {
            assert_eq!(reasons, [why]);
            assert_eq!(world.nodes[b].dropped[0].0, world.nodes[mallory].key);
        }
        assert!(world.nodes[c].dropped.is_empty());
    });
}

/// Changes the runs and the claims that go out.
fn lying(mut with: impl FnMut(&mut Message) + 'static) -> Meddle {
    Box::new(move |mut message| {
        with(&mut message);
        Some(message)
    })
}

#[test]
fn a_peer_that_never_answers() {
    bob_gets_all_in_spite_of(
        || Box::new(|m| (!matches!(m, Message::Run { .. })).then_some(m)),
        None,
    );
}

#[test]
fn a_peer_that_never_answers_and_is_alone_is_dropped_in_the_end() {
    each_seed(5, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(b, alice.id());
        world.posts(a, &alice, 900);
        world.meddle(
            a,
            Box::new(|m| (!matches!(m, Message::Run { .. })).then_some(m)),
        );
        world.connect(a, b);
        world.run(29_000);
        assert!(world.nodes[b].dropped.is_empty());
        world.settle(QUIET);
        assert_eq!(world.nodes[b].dropped[0].1, "it doesn't answer");
    });
}

#[test]
fn a_peer_that_flips_bits_in_bodies() {
    let flip = || {
        lying(|message| {
            if let Message::Run { run, .. } = message
                && let RunBody::Present(body) = &mut run.items[0].body
            {
                body[20] ^= 1;
            }
        })
    };
    bob_gets_all_in_spite_of(flip, Some("it sent what isn't true"));
}

#[test]
fn a_peer_that_leaves_bodies_out() {
    let hide = || {
        lying(|message| {
            if let Message::Run { run, .. } = message
                && let RunBody::Present(body) = &run.items[0].body
            {
                let hash = *blake3::hash(body).as_bytes();
                let bytes = u32::try_from(body.len()).unwrap();
                run.items[0].body = RunBody::Gone { hash, bytes };
            }
        })
    };
    bob_gets_all_in_spite_of(hide, None);
}

#[test]
fn a_peer_that_answers_with_another_range() {
    let shift = || {
        lying(|message| {
            if let Message::Run { run, .. } = message {
                run.first_seq += 1;
            }
        })
    };
    bob_gets_all_in_spite_of(shift, None);
}

#[test]
fn a_peer_that_answers_with_another_log() {
    let other = || {
        lying(|message| {
            if let Message::Run { run, .. } = message {
                run.log.log = LogNumber::SOCIAL.fresh(3).unwrap();
            }
        })
    };
    bob_gets_all_in_spite_of(other, None);
}

#[test]
fn a_peer_that_serves_the_beginning_of_each_run_only() {
    let shorten = || {
        lying(|message| {
            if let Message::Run { run, .. } = message {
                run.items.truncate(1);
            }
        })
    };
    bob_gets_all_in_spite_of(shorten, None);
}

#[test]
fn a_peer_that_claims_everything_there_could_be() {
    let boast = || {
        lying(|message| {
            if let Message::Have(haves) = message {
                for log in haves.iter_mut().flat_map(|have| &mut have.logs) {
                    log.ranges = vec![(0, SEQUENCE_MAX)];
                }
            }
        })
    };
    bob_gets_all_in_spite_of(boast, None);
}

#[test]
fn a_peer_that_holds_only_the_beginning() {
    let modest = || {
        lying(|message| {
            if let Message::Have(haves) = message {
                for log in haves.iter_mut().flat_map(|have| &mut have.logs) {
                    log.ranges = vec![(0, 99)];
                }
            }
        })
    };
    bob_gets_all_in_spite_of(modest, None);
}

/// A node that is Bob's, a peer that isn't simulated, and Alice, whom Bob follows.
fn bob_and_a_stranger(world: &mut World) -> (Person, usize, hearth_protocol::sync::PeerKey) {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let b = world.home(&bob);
    world.care(b, alice.id());
    let stranger = world.bare_node();
    world.connect(b, stranger);
    world.settle(QUIET);
    let key = world.nodes[stranger].key.clone();
    (alice, b, key)
}

#[test]
fn malformed_frames_get_a_peer_dropped() {
    let mut world = World::new(1);
    let (_, b, stranger) = bob_and_a_stranger(&mut world);
    for bytes in [vec![], vec![0xff; 40], vec![0x82, 0x03, 0x9f, 0xff]] {
        world.event(b, Event::Frame(stranger.clone(), bytes));
    }
    assert_eq!(world.nodes[b].dropped.len(), 1);
    // Messages of kinds to come aren't a fault.
    let mut world = World::new(1);
    let (_, b, stranger) = bob_and_a_stranger(&mut world);
    for _ in 0..9 {
        let newer = vec![0x82, 0x18, 0x63, 0x40];
        world.event(b, Event::Frame(stranger.clone(), newer));
    }
    assert!(world.nodes[b].dropped.is_empty());
}

#[test]
fn sequences_at_the_edge_neither_panic_nor_count() {
    let mut world = World::new(1);
    let (alice, b, stranger) = bob_and_a_stranger(&mut world);
    let mut author = Person::new(1).device;
    std::mem::swap(&mut author, &mut Person::new(1).device);
    for seq in [SEQUENCE_MAX, SEQUENCE_MAX + 1, u64::MAX] {
        let mut logs = hearth_protocol::memory::MemoryLogs::new();
        logs.add_statements(alice.id(), &[alice.certificate.to_bytes()])
            .unwrap();
        let body = hearth_protocol::body::clear(&crate::sim::post("x"), [0; 16]).unwrap();
        let mut run = logs.append(&author, alice.social(), 0, body).unwrap();
        run.first_seq = seq;
        run.items.push(run.items[0].clone());
        let message = Message::Run {
            request: 0,
            run,
            tombstones: Vec::new(),
        };
        world.event(b, Event::Frame(stranger.clone(), message.to_bytes()));
    }
    world.settle(QUIET);
    assert!(world.held(b, &alice.social()).is_empty());
    assert_eq!(world.nodes[b].dropped.len(), 1);
}

#[test]
fn strangers_cannot_make_up_forks() {
    let mut world = World::new(1);
    let (alice, b, stranger) = bob_and_a_stranger(&mut world);
    let device = DeviceKeys::generate(&mut ChaCha20Rng::from_seed([8; 32]));
    let log = LogKey {
        identity: alice.id(),
        device: device.id(),
        log: LogNumber::SOCIAL,
    };
    let entry = |time_ms| {
        let place = Place { log, seq: 0 };
        let previous = EntryId::NONE;
        let (body_hash, body_bytes) = ([1; 32], 1);
        Header {
            place,
            previous,
            time_ms,
            body_hash,
            body_bytes,
            lasts: false,
        }
        .sign(&device)
    };
    let proof = ForkProof::new(entry(1), entry(2)).unwrap();
    let have = Have {
        identity: alice.id(),
        statements: vec![alice.certificate.to_bytes()],
        logs: vec![LogHave {
            device: device.id(),
            log: log.log,
            ranges: vec![(0, 9)],
            head: EntryId::NONE,
        }],
    };
    for message in [Message::Have(vec![have]), Message::Fork(proof)] {
        world.event(b, Event::Frame(stranger.clone(), message.to_bytes()));
    }
    world.settle(QUIET);
    assert!(world.nodes[b].logs.fork(&log).is_none());
}

#[test]
fn a_peer_that_contradicts_everything_holds_up_nobody() {
    let mut world = World::new(1);
    let (alice, b, stranger) = bob_and_a_stranger(&mut world);
    let c = world.home(&Person::new(3));
    world.care(c, alice.id());
    world.state(c, &alice.certificate);
    world.posts(c, &alice, 900);
    let others: Vec<Person> = (10..60).map(Person::new).collect();
    for person in &others {
        world.state(b, &person.certificate);
        world.care(b, person.id());
        world.post(b, person, "hello");
    }
    let have = |person: &Person| Have {
        identity: person.id(),
        statements: Vec::new(),
        logs: vec![LogHave {
            device: person.device.id(),
            log: LogNumber::SOCIAL,
            ranges: vec![(0, 0)],
            head: EntryId::from_bytes([9; 32]),
        }],
    };
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    let gets = move |message| {
        count.set(count.get() + usize::from(matches!(message, Message::Get { .. })));
        Some(message)
    };
    world.meddle(b, Box::new(gets));
    let claims = Message::Have(others.iter().map(have).collect());
    world.event(b, Event::Frame(stranger, claims.to_bytes()));
    assert_eq!(asked.get(), 8);
    world.connect(b, c);
    world.run(5_000);
    assert_eq!(world.held(b, &alice.social()), [(0, 899)]);
}

#[test]
fn a_peer_that_only_claims_is_asked_little() {
    let mut world = World::new(1);
    let (_, b, stranger) = bob_and_a_stranger(&mut world);
    let others: Vec<Person> = (10..60).map(Person::new).collect();
    for person in &others {
        world.state(b, &person.certificate);
        world.care(b, person.id());
    }
    let have = |person: &Person| Have {
        identity: person.id(),
        statements: Vec::new(),
        logs: vec![LogHave {
            device: person.device.id(),
            log: LogNumber::SOCIAL,
            ranges: vec![(0, 5_000)],
            head: EntryId::from_bytes([9; 32]),
        }],
    };
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    let gets = move |message| {
        count.set(count.get() + usize::from(matches!(message, Message::Get { .. })));
        Some(message)
    };
    world.meddle(b, Box::new(gets));
    let claims = Message::Have(others.iter().map(have).collect());
    world.event(b, Event::Frame(stranger, claims.to_bytes()));
    assert_eq!(asked.get(), 2);
}
