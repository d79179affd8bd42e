//! Who is blocked gets nothing of the logs of who blocks them, and everything again afterwards.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use hearth_keys::{DeviceKeys, Identity};
use hearth_protocol::entry::LogNumber;
use hearth_protocol::message::Message;
use hearth_protocol::sync::Event;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::sim::{Person, World, each_seed, post};

const SEEDS: u64 = 20;
const QUIET: usize = 20_000;

fn block(world: &mut World, at: usize, blocked: impl IntoIterator<Item = Identity>) {
    world.nodes[at]
        .sync
        .set_blocked(blocked.into_iter().collect());
    world.event(at, Event::Tick);
}

/// Keeps what a node sends of an identity's logs and statements.
fn listen(world: &mut World, at: usize, of: Identity) -> Rc<RefCell<Vec<Message>>> {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let tap = Rc::clone(&heard);
    let hear = move |message: Message| {
        let tells = match &message {
            Message::Have(haves) => haves.iter().any(|have| have.identity == of),
            Message::Run { run, .. } => run.log.identity == of,
            Message::Fork(proof) => proof.place().log.identity == of,
            _ => false,
        };
        if tells {
            tap.borrow_mut().push(message.clone());
        }
        Some(message)
    };
    world.meddle(at, Box::new(hear));
    heard
}

#[test]
fn who_is_blocked_is_told_pushed_and_served_nothing() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        world.care(a, bob.id());
        world.care(b, alice.id());
        world.connect(a, b);
        world.posts(a, &alice, 3);
        world.settle(QUIET);
        assert_eq!(world.held(b, &alice.social()), [(0, 2)]);

        block(world, a, [bob.id()]);
        let heard = listen(world, a, alice.id());
        world.posts(a, &alice, 3);
        world.settle(QUIET);
        let ask = |world: &mut World, request| {
            let get = Message::Get {
                request,
                log: alice.social(),
                lo: 0,
                hi: 5,
            };
            let key = world.nodes[b].key.clone();
            world.event(a, Event::Frame(key, get.to_bytes()));
            world.settle(QUIET);
        };
        ask(world, 900);
        // Nor when they meet again, which is when what differs is told.
        world.disconnect(a, b);
        world.connect(a, b);
        world.settle(QUIET);
        ask(world, 901);
        assert_eq!(world.held(b, &alice.social()), [(0, 2)]);
        assert_eq!(*heard.borrow(), []);

        // What the blocked one writes is taken as ever: what becomes of it is the reader's business.
        world.post(b, &bob, "still here");
        world.settle(QUIET);
        assert_eq!(world.held(a, &bob.social()), [(0, 0)]);

        block(world, a, []);
        world.settle(QUIET);
        world.assert_same(a, b, alice.id());
        assert_eq!(world.held(b, &alice.social()), [(0, 5)]);
        assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
    });
}

#[test]
fn a_block_that_began_before_they_met_holds_from_the_first_message() {
    each_seed(SEEDS, |world| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let (a, b) = (world.home(&alice), world.home(&bob));
        block(world, a, [bob.id()]);
        let heard = listen(world, a, alice.id());
        world.posts(a, &alice, 3);
        world.care(b, alice.id());
        world.connect(a, b);
        world.settle(QUIET);
        world.post(a, &alice, "one more");
        world.settle(QUIET);
        assert_eq!(*heard.borrow(), []);
        assert_eq!(world.held(b, &alice.social()), []);
    });
}

#[test]
fn others_and_own_devices_go_on_as_ever() {
    each_seed(SEEDS, |world| {
        let people = [1, 2, 3].map(Person::new);
        let [alice, bob, carol] = &people;
        let (a, b, c) = (world.home(alice), world.home(bob), world.home(carol));
        let shared = world.bare_node();
        let device = DeviceKeys::generate(&mut ChaCha20Rng::from_seed([9; 32]));
        // Another device of Alice's, in one house with Bob.
        world.move_in(shared, alice, &device);
        world.move_in(shared, bob, &bob.device);
        for at in [b, c] {
            world.care(at, alice.id());
        }
        world.care(a, carol.id());
        block(world, a, [bob.id()]);
        for other in [b, c, shared] {
            world.connect(a, other);
        }
        let own = alice.log(LogNumber::OWN);
        world.write(a, &alice.device, own, &post("a draft"));
        world.posts(a, alice, 3);
        world.posts(c, carol, 2);
        world.settle(QUIET);
        assert_eq!(world.held(b, &alice.social()), []);
        assert_eq!(world.held(c, &alice.social()), [(0, 2)]);
        assert_eq!(world.held(shared, &alice.social()), [(0, 2)]);
        assert_eq!(world.held(shared, &own), [(0, 0)]);
        // What is carried for others isn't withheld, and what a blocked peer brings of Alice's logs is no offence.
        world.care(b, carol.id());
        world.connect(b, c);
        world.settle(QUIET);
        assert_eq!(world.held(b, &carol.social()), [(0, 1)]);
        assert_eq!(world.held(b, &alice.social()), [(0, 2)], "by way of Carol");
        world.post(a, alice, "later");
        world.settle(QUIET);
        assert!(world.nodes.iter().all(|node| node.dropped.is_empty()));
        let blocked: BTreeSet<Identity> = BTreeSet::new();
        block(world, a, blocked);
        world.settle(QUIET);
        world.assert_same(a, b, alice.id());
    });
}
