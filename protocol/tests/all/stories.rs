//! What people do, and what the others must see.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use hearth_keys::DeviceKeys;
use hearth_protocol::bounds::{LOGS_PER_IDENTITY_MAX, MESSAGE_BYTES_MAX};
use hearth_protocol::entry::{LogKey, LogNumber, Place};
use hearth_protocol::message::{FollowNotice, Message};
use hearth_protocol::root::{Claim, LogEnd, Statement, StatementSet};
use hearth_protocol::sync::Event;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::sim::{Dice, Person, World, certify, each_seed, post};

const SEEDS: u64 = 20;
const QUIET: usize = 20_000;

#[test]
fn what_alice_writes_bob_sees_at_once() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(b, alice.id());
        world.connect(a, b);
        world.settle(QUIET);
        let sent = world.nodes[a].sent;
        for n in 0..10 {
            world.post(a, &alice, "hello");
            world.run(45);
            assert_eq!(world.held(b, &alice.social()), [(0, n)]);
        }
        world.settle(QUIET);
        assert_eq!(world.nodes[a].sent - sent, 10, "a push costs one message");
        world.assert_same(a, b, alice.id());
    });
}

/// What is pushed before its author's statements came can't be checked, and mustn't put in doubt what is told later.
#[test]
fn who_writes_while_getting_to_know_somebody_is_read_from_the_start() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(b, alice.id());
        world.posts(a, &alice, 10);
        world.connect(a, b);
        for _ in 0..80 {
            world.run(2);
            world.post(a, &alice, "and on");
        }
        world.settle(QUIET);
        assert_eq!(world.held(b, &alice.social()), [(0, 89)]);
        world.assert_same(a, b, alice.id());
    });
}

#[test]
fn who_was_away_catches_up() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(b, alice.id());
        world.connect(a, b);
        world.posts(a, &alice, 5);
        world.settle(QUIET);
        world.disconnect(a, b);
        world.posts(a, &alice, 100);
        world.settle(QUIET);
        assert_eq!(world.held(b, &alice.social()), [(0, 4)]);
        world.connect(a, b);
        world.settle(QUIET);
        world.assert_same(a, b, alice.id());
        assert_eq!(world.held(b, &alice.social()), [(0, 104)]);
    });
}

#[test]
fn the_newest_come_first_and_the_past_follows() {
    each_seed(2, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.posts(a, &alice, 3_000);
        world.care(b, alice.id());
        world.connect(a, b);
        world.settle(QUIET);
        let stored = &world.nodes[b].stored;
        assert_eq!(stored[0], (alice.social(), 2_936, 2_999));
        let tops = stored.iter().map(|&(_, _, hi)| hi).collect::<Vec<_>>();
        assert!(tops.is_sorted_by(|a, b| a > b), "{tops:?}");
        world.assert_same(a, b, alice.id());
        assert!(world.steps < 200, "{} steps", world.steps);
    });
}

#[test]
fn a_third_gets_all_from_the_second_while_the_first_is_off() {
    each_seed(SEEDS, |world| {
        let people = [Person::new(1), Person::new(2), Person::new(3)];
        let [a, b, c] = people.each_ref().map(|person| world.home(person));
        let alice = &people[0];
        world.care(b, alice.id());
        world.care(c, alice.id());
        world.connect(a, b);
        world.posts(a, alice, 200);
        world.settle(QUIET);
        world.disconnect(a, b);
        world.connect(b, c);
        world.settle(QUIET);
        world.assert_same(a, c, alice.id());
    });
}

#[test]
fn interest_counts_before_anything_is_held() {
    each_seed(SEEDS, |world| {
        let people = [Person::new(1), Person::new(2), Person::new(3)];
        let [a, b, c] = people.each_ref().map(|person| world.home(person));
        let alice = &people[0];
        world.care(c, alice.id());
        world.connect(b, c);
        world.settle(QUIET);
        world.care(b, alice.id());
        world.connect(a, b);
        world.settle(QUIET);
        world.post(a, alice, "hello");
        world.settle(QUIET);
        assert_eq!(world.held(c, &alice.social()), [(0, 0)]);
    });
}

#[test]
fn a_chain_backfills_while_backfilling() {
    each_seed(3, |world| {
        let people = [Person::new(1), Person::new(2), Person::new(3)];
        let [a, b, c] = people.each_ref().map(|person| world.home(person));
        let alice = &people[0];
        world.posts(a, alice, 1_500);
        world.care(b, alice.id());
        world.care(c, alice.id());
        world.connect(a, b);
        world.connect(b, c);
        world.run(300);
        world.post(a, alice, "meanwhile");
        world.settle(QUIET);
        world.assert_same(a, b, alice.id());
        world.assert_same(a, c, alice.id());
    });
}

#[test]
fn deletes_and_edits_reach_all_and_the_bodies_are_gone() {
    each_seed(SEEDS, |world| {
        let people = [1, 2, 3, 4].map(Person::new);
        let [a, b, c, d] = people.each_ref().map(|person| world.home(person));
        let alice = &people[0];
        [b, c, d]
            .into_iter()
            .for_each(|at| world.care(at, alice.id()));
        world.connect(a, b);
        world.connect(a, c);
        world.posts(a, alice, 20);
        world.settle(QUIET);
        world.disconnect(a, c);
        world.delete(a, alice, 3);
        world.delete(a, alice, 4);
        world.edit(a, alice, 5, "in other words");
        // A delete can't be deleted.
        world.delete(a, alice, 20);
        world.settle(QUIET);
        world.disconnect(a, b);
        world.connect(b, c);
        world.connect(b, d);
        world.settle(QUIET);
        for at in [a, b, c, d] {
            world.assert_same(a, at, alice.id());
            assert_eq!(world.held(at, &alice.social()), [(0, 23)]);
            for (seq, gone) in [(2, false), (3, true), (4, true), (20, false)] {
                let log = alice.social();
                let link = world.nodes[at].logs.link(&Place { log, seq }).unwrap();
                assert_eq!(link.body.is_none(), gone, "entry {seq} at node {at}");
            }
        }
    });
}

#[test]
fn a_rolled_back_disk_fetches_its_own_log_back() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(b, alice.id());
        world.connect(a, b);
        world.posts(a, &alice, 10);
        world.settle(QUIET);
        let snapshot = world.nodes[a].logs.clone();
        world.posts(a, &alice, 10);
        world.settle(QUIET);
        world.restart(a, snapshot);
        assert_eq!(world.held(a, &alice.social()), [(0, 9)]);
        world.connect(a, b);
        world.settle(QUIET);
        assert_eq!(world.held(a, &alice.social()), [(0, 19)]);
        world.post(a, &alice, "back again");
        world.settle(QUIET);
        world.assert_same(a, b, alice.id());
    });
}

#[test]
fn own_logs_go_to_devices_of_the_same_person_alone() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        let phone = world.bare_node();
        let device = DeviceKeys::generate(&mut ChaCha20Rng::from_seed([9; 32]));
        world.move_in(phone, &alice, &device);
        world.care(b, alice.id());
        [(a, b), (a, phone), (phone, b)]
            .into_iter()
            .for_each(|(x, y)| world.connect(x, y));
        let own = alice.log(LogNumber::OWN);
        world.write(a, &alice.device, own, &post("a draft"));
        world.settle(QUIET);
        world.write(a, &alice.device, own, &post("another"));
        world.post(a, &alice, "for all");
        world.settle(QUIET);
        assert_eq!(world.held(phone, &own), [(0, 1)]);
        assert_eq!(world.held(b, &own), []);
        assert_eq!(world.held(b, &alice.social()), [(0, 0)]);
        // Nor by asking for it.
        let (request, lo, hi) = (7, 0, 1);
        let get = Message::Get {
            request,
            log: own,
            lo,
            hi,
        };
        let key = world.nodes[b].key.clone();
        world.event(a, Event::Frame(key, get.to_bytes()));
        world.settle(QUIET);
        assert_eq!(world.held(b, &own), []);
    });
}

#[test]
fn strangers_learn_nothing_of_what_they_do_not_name() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        let heard = Rc::new(RefCell::new(Vec::new()));
        let tap = Rc::clone(&heard);
        world.meddle(
            a,
            Box::new(move |message| {
                tap.borrow_mut().push(message.clone());
                Some(message)
            }),
        );
        world.posts(a, &alice, 3);
        world.connect(a, b);
        world.settle(QUIET);
        world.post(a, &alice, "hello");
        world.settle(QUIET);
        let heard = heard.borrow();
        let harmless = |m: &Message| {
            matches!(
                m,
                Message::Hello(_)
                    | Message::Presences(_)
                    | Message::Interest { .. }
                    | Message::Compare(_)
            )
        };
        assert!(heard.iter().all(harmless), "{heard:?}");
        assert_eq!(heard.len(), 4);
        let nothing = |m: &&Message| matches!(m, Message::Compare(compare) if compare.digests.windows(2).all(|two| two[0] == two[1]));
        assert_eq!(heard.iter().filter(nothing).count(), 1);
    });
}

#[test]
fn a_cut_ends_a_log_everywhere() {
    each_seed(SEEDS, |world| {
        let people = [1, 2, 3, 4].map(Person::new);
        let [a, b, c, d] = people.each_ref().map(|person| world.home(person));
        let alice = &people[0];
        [b, c, d]
            .into_iter()
            .for_each(|at| world.care(at, alice.id()));
        world.connect(a, b);
        world.connect(b, c);
        world.posts(a, alice, 10);
        world.settle(QUIET);
        let log = alice.social();
        let last = Place { log, seq: 6 };
        let id = world.nodes[b].logs.link(&last).unwrap().entry.id();
        let ends = [(LogNumber::SOCIAL, LogEnd { seq: 6, id })].into();
        let cut = Statement::sign(&alice.root, alice.device.id(), 1, Claim::Cut { ends });
        world.state(c, &cut);
        world.settle(QUIET);
        // The thief's box comes back with what it had.
        let before = world.held(b, &log);
        world.disconnect(a, b);
        world.restart(a, world.nodes[a].logs.clone());
        world.connect(a, b);
        let watch = |message: Message| {
            if let Message::Have(haves) = &message {
                let logs = haves.iter().flat_map(|have| &have.logs);
                let ranges: Vec<_> = logs.flat_map(|log| &log.ranges).collect();
                assert!(ranges.iter().all(|range| range.1 <= 6), "{ranges:?}");
            }
            Some(message)
        };
        world.meddle(c, Box::new(watch));
        world.connect(c, d);
        world.settle(QUIET);
        assert_eq!(world.held(b, &log), before);
        assert_eq!(
            world.held(d, &log),
            [(0, 6)],
            "who comes late gets what holds"
        );
        assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
    });
}

#[test]
fn the_followed_are_told() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        let mut set = StatementSet::new(bob.id());
        set.insert(bob.certificate.clone()).unwrap();
        let notice = |following, time_ms| {
            FollowNotice::sign(&bob.device, &set, alice.id(), following, time_ms, "Bob")
        };
        world.nodes[b].sync.set_notice(notice(true, 1));
        world.connect(a, b);
        world.settle(QUIET);
        assert_eq!(world.nodes[a].notices, [notice(true, 1)]);
        world.nodes[b].sync.set_notice(notice(false, 2));
        world.event(b, Event::Tick);
        world.settle(QUIET);
        assert_eq!(world.nodes[a].notices.last(), Some(&notice(false, 2)));
    });
}

#[test]
fn a_device_that_was_cut_off_tells_nobody_anything() {
    let mut world = World::new(1);
    let (alice, bob, thief) = (Person::new(1), Person::new(2), Person::new(3));
    let (a, t) = (world.home(&alice), world.home(&thief));
    let cut = Claim::Cut {
        ends: Default::default(),
    };
    let mut before = StatementSet::new(bob.id());
    before.insert(bob.certificate.clone()).unwrap();
    // What a thief of Bob's device shows: it spoke for him once.
    let notice =
        |time_ms| FollowNotice::sign(&bob.device, &before, alice.id(), true, time_ms, "Bob");
    world.connect(a, t);
    world.nodes[t].sync.set_notice(notice(1));
    world.settle(QUIET);
    assert_eq!(world.nodes[a].notices, [notice(1)]);
    world.state(a, &bob.certificate);
    world.state(a, &Statement::sign(&bob.root, bob.device.id(), 1, cut));
    world.nodes[t].sync.set_notice(notice(2));
    world.event(t, Event::Tick);
    world.settle(QUIET);
    assert_eq!(world.nodes[a].notices, [notice(1)]);
}

#[test]
fn a_full_disk_pauses_and_goes_on() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(b, alice.id());
        world.posts(a, &alice, 100);
        world.nodes[b].disk_full = true;
        world.connect(a, b);
        world.run(60_000);
        world.post(a, &alice, "pushed in vain");
        world.run(60_000);
        assert!(world.nodes[b].sent < 200, "{}", world.nodes[b].sent);
        world.nodes[b].disk_full = false;
        world.settle(QUIET);
        world.assert_same(a, b, alice.id());
    });
}

#[test]
fn many_logs_through_one_peer_all_arrive_newest_first() {
    each_seed(2, |world| {
        let bob = Person::new(99);
        let (a, b) = (world.bare_node(), world.home(&bob));
        let authors: Vec<Person> = (1..=60).map(Person::new).collect();
        for author in &authors {
            world.move_in(a, author, &author.device);
            world.posts(a, author, 150);
            world.care(b, author.id());
        }
        world.connect(a, b);
        world.settle(QUIET);
        let stored = &world.nodes[b].stored;
        let first_past = stored.iter().position(|&(_, lo, _)| lo == 0).unwrap();
        let fresh = stored[..first_past].iter().filter(|part| part.2 == 149);
        assert!(fresh.count() >= 40, "the past waits for what is new");
        authors
            .iter()
            .for_each(|author| world.assert_same(a, b, author.id()));
    });
}

#[test]
fn twenty_nodes_converge_through_churn() {
    each_seed(5, |world| {
        let mut dice = Dice(world.now_ms + 77);
        let people: Vec<Person> = (1..=20).map(Person::new).collect();
        let homes: Vec<usize> = people.iter().map(|person| world.home(person)).collect();
        let mut friends = Vec::new();
        for at in 0..20usize {
            for _ in 0..3 {
                let other = usize::try_from(dice.below(20)).unwrap();
                friends.push((at, other));
            }
            friends.push((at, (at + 1) % 20));
        }
        // Everybody follows Alice and their friends.
        for &(x, y) in &friends {
            world.care(homes[x], people[y].id());
            world.care(homes[y], people[x].id());
        }
        homes
            .iter()
            .for_each(|&home| world.care(home, people[0].id()));
        for _ in 0..200 {
            let (x, y) = friends[usize::try_from(dice.below(80)).unwrap()];
            match dice.below(3) {
                0 => world.connect(homes[x], homes[y]),
                1 => world.disconnect(homes[x], homes[y]),
                _ => world.post(homes[x], &people[x], "news"),
            }
            world.run(dice.below(300));
        }
        for &(x, y) in &friends {
            world.connect(homes[x], homes[y]);
        }
        world.settle(100_000);
        for &home in &homes {
            world.assert_same(homes[0], home, people[0].id());
        }
        for &(x, y) in &friends {
            world.assert_same(homes[y], homes[x], people[y].id());
        }
        assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
    });
}

#[test]
fn a_new_device_speaks_at_once() {
    each_seed(SEEDS, |world| {
        let people = [1, 2, 3].map(Person::new);
        let [a, b, c] = people.each_ref().map(|person| world.home(person));
        let alice = &people[0];
        [b, c].into_iter().for_each(|at| world.care(at, alice.id()));
        world.connect(a, b);
        world.connect(b, c);
        world.post(a, alice, "from the old box");
        world.settle(QUIET);
        let device = DeviceKeys::generate(&mut ChaCha20Rng::from_seed([9; 32]));
        world.state(a, &certify(&alice.root, &device));
        let log = LogKey {
            device: device.id(),
            ..alice.social()
        };
        world.write(a, &device, log, &post("from the new one"));
        world.run(90);
        assert_eq!(world.held(c, &log), [(0, 0)]);
        world.settle(QUIET);
        assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
    });
}

#[test]
fn who_fills_all_logs_of_a_stolen_device_keeps_no_new_one_out() {
    let mut world = World::new(1);
    let (alice, bob) = (Person::new(1), Person::new(2));
    let (a, b) = (world.home(&alice), world.home(&bob));
    world.care(b, alice.id());
    world.connect(a, b);
    for n in 0..LOGS_PER_IDENTITY_MAX as u64 {
        let log = alice.log(LogNumber::new(2 * n).unwrap());
        world.write(a, &alice.device, log, &post("mine now"));
    }
    world.settle(QUIET);
    let cut = Claim::Cut {
        ends: Default::default(),
    };
    let device = DeviceKeys::generate(&mut ChaCha20Rng::from_seed([9; 32]));
    world.state(a, &Statement::sign(&alice.root, alice.device.id(), 1, cut));
    world.state(a, &certify(&alice.root, &device));
    let log = LogKey {
        device: device.id(),
        ..alice.social()
    };
    world.write(a, &device, log, &post("from the new one"));
    world.settle(QUIET);
    assert_eq!(world.held(b, &log), [(0, 0)]);
}

#[test]
fn who_no_longer_follows_gets_nothing_and_may_come_back() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(b, alice.id());
        world.connect(a, b);
        world.posts(a, &alice, 5);
        world.settle(QUIET);
        world.event(b, Event::Uncared(alice.id()));
        world.settle(QUIET);
        let sent = world.nodes[a].sent;
        world.posts(a, &alice, 5);
        world.settle(QUIET);
        assert_eq!(world.nodes[a].sent, sent);
        world.event(b, Event::Cared(alice.id()));
        world.settle(QUIET);
        world.assert_same(a, b, alice.id());
    });
}

#[test]
fn a_clock_that_goes_back_stands_still() {
    let mut world = World::new(3);
    let (alice, bob) = (Person::new(1), Person::new(2));
    let (a, b) = (world.home(&alice), world.home(&bob));
    world.care(b, alice.id());
    world.posts(a, &alice, 700);
    world.run(1_000_000);
    world.connect(a, b);
    world.run(30);
    world.nodes[b].sync.handle(5, Event::Tick);
    world.settle(QUIET);
    world.assert_same(a, b, alice.id());
    assert!(world.nodes[b].dropped.is_empty());
}

#[test]
fn however_much_there_is_to_tell_each_frame_is_within_bounds() {
    let mut world = World::new(4);
    let (a, b) = (world.bare_node(), world.bare_node());
    let longest = Rc::new(Cell::new((0, 0)));
    let tap = Rc::clone(&longest);
    world.meddle(
        a,
        Box::new(move |message| {
            let (bytes, frames) = tap.get();
            tap.set((bytes.max(message.to_bytes().len()), frames + 1));
            Some(message)
        }),
    );
    for number in 1..=12 {
        let person = Person::new(number);
        let mut set = StatementSet::new(person.id());
        for time_ms in 0..128 {
            let payload = vec![0; 1200];
            let claim = Claim::Unknown { kind: 99, payload };
            let device = person.device.id();
            set.insert(Statement::sign(&person.root, device, time_ms, claim))
                .unwrap();
        }
        world.event(a, Event::Statements(set));
        world.care(b, person.id());
    }
    world.connect(a, b);
    world.settle(QUIET);
    let (bytes, frames) = longest.get();
    assert!((500_000..=MESSAGE_BYTES_MAX).contains(&bytes), "{bytes}");
    assert!(frames < 8, "{frames}");
    assert!(world.nodes[b].dropped.is_empty());
}
