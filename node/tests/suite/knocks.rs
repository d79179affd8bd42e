//! Asking to be friends: directly, through a common friend, and what strangers can't do with it.

use std::time::{Duration, Instant};

use hearth_keys::{BoxPublic, BoxSecret, Identity};
use hearth_protocol::body;
use hearth_protocol::content::Content;
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::letter::{Letter, Matter};
use hearth_protocol::message::Message;
use hearth_protocol::run::RunBody;
use serde_json::{Value, json};

use crate::harness::{Home, PATIENCE, until, until_within};
use crate::mallory::{Mallory, Person, Talk, now_ms};

/// Nothing comes in so long a time.
const SILENCE: Duration = Duration::from_millis(2_000);
/// How many send as much as they can, and how long at most.
const FLOODERS: usize = 4;
const FLOOD: Duration = Duration::from_secs(10);
/// A connection that takes nothing for so long is full.
const FLOOD_STEP: Duration = Duration::from_millis(500);

/// How a home stands to somebody.
fn state(home: &Home, identity: &str) -> String {
    let following = home.ask(&["following"]);
    let following = following.as_array().unwrap();
    let found = following.iter().find(|it| it["identity"] == identity);
    found.map_or("none".to_owned(), |it| {
        it["state"].as_str().unwrap().to_owned()
    })
}

#[track_caller]
fn until_friends(home: &Home, identity: &str) {
    until("they are friends", || {
        (state(home, identity) == "friends").then_some(())
    });
}

/// Who knocks at a home.
fn knocks(home: &Home) -> Vec<Value> {
    home.ask(&["knocks"]).as_array().unwrap().clone()
}

#[track_caller]
fn until_knocked(home: &Home, identity: &str) -> Value {
    // It is looked twice a minute whether it may be handed over: time for more than one look.
    until_within(3 * PATIENCE, "somebody knocks", || {
        knocks(home)
            .into_iter()
            .find(|knock| knock["identity"] == identity)
    })
}

/// Two who follow each other.
fn befriend(one: &Home, other: &Home) {
    one.ask(&["follow", &other.link()]);
    other.ask(&["follow", &one.identity()]);
    until_friends(one, &other.identity());
    until_friends(other, &one.identity());
}

#[test]
fn a_common_friend_brings_together_who_never_meet() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let _at_carol = carol.up();
    let (at_alice, at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (alice.identity(), bob.identity());
    let carols = carol.identity();
    befriend(&alice, &carol);
    befriend(&bob, &carol);
    until("Carol holds what Bob says of himself", || {
        (!carol.have(&bobs).is_empty()).then_some(())
    });
    drop(at_bob);

    // Bob is away, and Alice knows nothing but his key.
    let relation = alice.ask(&["knock", &bobs, "It's me, <b>Alice</b>"]);
    assert_eq!(relation["state"], "following");
    until("Alice holds what Carol has of Bob", || {
        (!alice.have(&bobs).is_empty()).then_some(())
    });
    std::thread::sleep(SILENCE);
    drop(at_alice);

    // Alice is away, and Bob finds what she left.
    let at_bob = bob.up();
    let knock = until_knocked(&bob, &alices);
    assert_eq!(knock["name"], "Alice");
    assert_eq!(knock["text"], "It's me, <b>Alice</b>");
    assert_eq!(knock["through"], carols);
    assert!(knock["time_ms"].as_u64().unwrap() > now_ms() - 600_000);
    let words = bob.run(&["knocks"]);
    assert!(
        String::from_utf8_lossy(&words.stdout).contains("It's me, <b>Alice</b>"),
        "{words:?}"
    );
    assert_eq!(bob.ask(&["accept", &alices])["state"], "friends");
    assert_eq!(knocks(&bob), Vec::<Value>::new());
    bob.run(&["accept", &alices]).refused(1, "knock");
    until("Bob holds what Carol has of Alice", || {
        (!bob.have(&alices).is_empty()).then_some(())
    });
    std::thread::sleep(SILENCE);
    drop(at_bob);

    // Bob is away again, and Alice finds his answer.
    let at_alice = alice.up();
    until_friends(&alice, &bobs);
    assert!(!alice.is_connected_with(&bobs));

    // It stays so, and once both are there they reach each other.
    drop(at_alice);
    let _at_alice = alice.up();
    assert_eq!(state(&alice, &bobs), "friends");
    let _at_bob = bob.up();
    assert_eq!(state(&bob, &alices), "friends");
    until("they are connected", || {
        alice.is_connected_with(&bobs).then_some(())
    });
}

#[test]
fn who_shares_a_space_is_reached_through_another_member() {
    let (bob, carol, dave) = (Home::new("Bob"), Home::new("Carol"), Home::new("Dave"));
    let (_at_carol, _at_bob, _at_dave) = (carol.up(), bob.up(), dave.up());
    let (bobs, daves) = (bob.identity(), dave.identity());
    befriend(&bob, &carol);
    // Carol isn't Dave's friend, and passes on nothing of his to anybody.
    dave.ask(&["follow", &carol.link()]);
    dave.ask(&["knock", &bobs]);
    std::thread::sleep(SILENCE);
    assert_eq!(knocks(&bob), Vec::<Value>::new());
    carol.ask(&[
        "space", "create", "Choir", "--member", &bobs, "--member", &daves,
    ]);
    let knock = until_knocked(&bob, &daves);
    assert_eq!(knock["through"], carol.identity());
    bob.ask(&["accept", &daves]);
    until_friends(&dave, &bobs);
}

#[test]
fn who_is_declined_is_not_heard_again() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let at_alice = alice.up();
    let _at_bob = bob.up();
    let (alices, bobs) = (alice.identity(), bob.identity());
    alice
        .run(&["knock", &alices, "me"])
        .refused(2, "your own key");
    alice
        .run(&["knock", &bobs, &"x".repeat(1025)])
        .refused(2, "shorter");
    bob.run(&["accept", &alices]).refused(1, "nobody");
    alice.ask(&["knock", &bob.link(), "hello"]);
    let knock = until_knocked(&bob, &alices);
    assert_eq!(knock["text"], "hello");
    assert_eq!(knock.get("through"), None, "it came directly");

    // Somebody's newest words count.
    alice.ask(&["knock", &bobs, "hello again"]);
    until("she said something else", || {
        (until_knocked(&bob, &alices)["text"] == "hello again").then_some(())
    });
    assert_eq!(bob.ask(&["decline", &alices])["state"], "none");
    assert_eq!(knocks(&bob), Vec::<Value>::new());
    alice.ask(&["knock", &bobs, "please"]);
    std::thread::sleep(SILENCE);
    assert_eq!(knocks(&bob), Vec::<Value>::new());
    drop(at_alice);
    let _at_alice = alice.up();
    until("they are connected", || {
        bob.is_connected_with(&alices).then_some(())
    });
    std::thread::sleep(SILENCE);
    assert_eq!(knocks(&bob), Vec::<Value>::new());
    assert_eq!(state(&alice, &bobs), "following");

    // Bob's mind changes: he knocks himself, and she follows him already.
    let relation = bob.ask(&["knock", &alices]);
    assert_eq!(relation["state"], "friends");
    until_friends(&alice, &bobs);
    bob.run(&["decline", &alices]).refused(2, "you follow them");
}

#[test]
fn who_is_followed_already_needs_no_answer() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let _at_carol = carol.up();
    let (at_alice, at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (alice.identity(), bob.identity());
    befriend(&alice, &carol);
    befriend(&bob, &carol);
    until("Carol holds what both say", || {
        (!carol.have(&bobs).is_empty() && !carol.have(&alices).is_empty()).then_some(())
    });
    // Bob follows her, and she can't know: his node hasn't met hers.
    drop(at_alice);
    bob.ask(&["follow", &alices]);
    until("Bob holds what Carol has of Alice", || {
        (!bob.have(&alices).is_empty()).then_some(())
    });
    drop(at_bob);
    let at_alice = alice.up();
    alice.ask(&["knock", &bobs, "hello"]);
    until("Alice holds what Carol has of Bob", || {
        (!alice.have(&bobs).is_empty()).then_some(())
    });
    std::thread::sleep(SILENCE);
    drop(at_alice);
    let at_bob = bob.up();
    until_friends(&bob, &alices);
    assert_eq!(knocks(&bob), Vec::<Value>::new());
    std::thread::sleep(SILENCE);
    drop(at_bob);
    let _at_alice = alice.up();
    until_friends(&alice, &bobs);
}

#[test]
fn who_is_blocked_can_not_knock() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (_at_alice, _at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (alice.identity(), bob.identity());
    alice.ask(&["knock", &bob.link(), "hello"]);
    until_knocked(&bob, &alices);
    bob.ask(&["decline", &alices, "--block"]);
    alice.ask(&["knock", &bobs, "please"]);
    std::thread::sleep(SILENCE);
    assert_eq!(knocks(&bob), Vec::<Value>::new());
    bob.run(&["knock", &alices]).refused(2, "you block them");
}

/// The inbox key that a home announces, as any stranger can ask for it.
fn inbox_of(mallory: &mut Mallory, identity: &Identity) -> BoxPublic {
    let asked = mallory.interest(identity);
    let mut talk = mallory.open().unwrap();
    for message in &asked {
        assert!(talk.say(message));
    }
    let mut log = None;
    while let Some(message) = talk.hear(SILENCE) {
        match message {
            Message::Have(haves) => {
                for have in haves {
                    let social = have.logs.iter().find(|log| log.log == LogNumber::SOCIAL);
                    if let Some(social) = social.filter(|_| have.identity == *identity) {
                        let key = LogKey {
                            identity: *identity,
                            device: social.device,
                            log: social.log,
                        };
                        log = social.ranges.last().map(|range| (key, range.1));
                    }
                }
                if let Some((log, hi)) = log.take() {
                    assert!(talk.say(&Message::Get {
                        request: 1,
                        log,
                        lo: 0,
                        hi,
                    }));
                }
            }
            Message::Run {
                request: 1, run, ..
            } => {
                let contents = run.items.iter().filter_map(|item| match &item.body {
                    RunBody::Present(bytes) => body::open_clear(bytes).ok(),
                    _ => None,
                });
                for content in contents {
                    if let Content::Inbox(inbox) = content {
                        return inbox.public;
                    }
                }
            }
            _ => {}
        }
    }
    panic!("nobody announces an inbox");
}

fn letter(to: Identity, number: u8, matter: Matter) -> Letter {
    Letter {
        to,
        id: [number; 16],
        time_ms: now_ms(),
        name: "Mallory\u{1b}[2J".to_owned(),
        inbox: (0, BoxSecret::from_bytes([3; 32]).public()),
        addresses: vec!["nonsense".to_owned(), "/ip4/127.0.0.1/tcp/1".to_owned()],
        matter,
    }
}

#[test]
fn strangers_letters_do_no_harm() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (mut at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    let alices: Identity = alice.identity().parse().unwrap();
    let bobs: Identity = bob.identity().parse().unwrap();
    let person = Person::new();
    let inbox = inbox_of(&mut Mallory::towards(&at_alice), &alices);
    let seal = |letter: &Letter| {
        letter
            .seal(
                &person.device,
                &person.statements,
                &inbox,
                &mut rand_core::UnwrapErr(getrandom::SysRng),
            )
            .unwrap()
    };
    let to_alice = |sealed: Vec<u8>| Message::Letter {
        to: alices,
        hops: 0,
        sealed,
    };
    let knock = |number: u8, text: &str| {
        let text = text.to_owned();
        to_alice(seal(&letter(alices, number, Matter::Knock { text })))
    };
    let mut mallory = Mallory::towards(&at_alice);
    let mut talk = mallory.open().unwrap();
    // Words that no terminal obeys, from somebody who has 121 root statements.
    let first = knock(1, "let me in\u{1b}[2J");
    assert!(talk.say(&first));
    let hers = person.id().to_string();
    let knocked = until_knocked(&alice, &hers);
    assert_eq!(knocked["text"], "let me in\u{1b}[2J");
    assert!(!alice.run(&["knocks"]).stdout.contains(&0x1b));
    // The same one again, when it was declined; another one; an answer to nothing; a refusal that nobody asked for.
    alice.ask(&["decline", &hers]);
    assert!(talk.say(&first));
    assert!(talk.say(&knock(2, "again")));
    assert!(talk.say(&to_alice(seal(&letter(alices, 3, Matter::Accepted)))));
    let unknown = Matter::Unknown {
        kind: 200,
        payload: vec![1; 1000],
    };
    assert!(talk.say(&to_alice(seal(&letter(alices, 4, unknown)))));
    // For another, in Alice's envelope; noise; for nobody here; for Bob, from somebody who is no friend of Alice's.
    assert!(talk.say(&to_alice(seal(&letter(bobs, 5, Matter::Accepted)))));
    assert!(talk.say(&to_alice(vec![7; 2048])));
    for hops in [0, 1] {
        for to in [Identity::from_bytes([9; 32]), bobs] {
            let sealed = vec![8; 8192];
            assert!(talk.say(&Message::Letter { to, hops, sealed }));
        }
    }
    std::thread::sleep(SILENCE);
    assert_eq!(knocks(&alice), Vec::<Value>::new());
    assert_eq!(state(&alice, &hers), "none");

    // As many as go through, on several connections, which stay: Alice's node reads as many as it can check without
    // haste, lets the others wait where they come from, and goes on being asked.
    let flood: Vec<Message> = (6..22).map(|number| knock(number, "flood")).collect();
    let mut crowd = Mallory::many(&at_alice, FLOODERS);
    let mut talks: Vec<Talk<'_>> = crowd.iter_mut().map(|it| it.open().unwrap()).collect();
    let (begin, mut is_full) = (Instant::now(), [false; FLOODERS]);
    while begin.elapsed() < FLOOD && is_full.contains(&false) {
        for message in &flood {
            let ready = talks.iter_mut().zip(&mut is_full).filter(|it| !*it.1);
            for (talk, is_full) in ready {
                *is_full = !talk.try_say(message, FLOOD_STEP);
            }
        }
    }
    assert!(is_full.contains(&true), "nothing holds back a flood");
    assert!(at_alice.is_running());
    bob.post("still here");
    until("Bob's post arrives", || {
        let texts = alice.texts(&["timeline"]);
        texts.contains(&"still here".to_owned()).then_some(())
    });
    assert!(at_alice.memory_kib() < 200 * 1024);

    // What is malformed costs its sender the connection.
    let mut liar = Mallory::towards(&at_alice);
    let mut talk = liar.open().unwrap();
    for _ in 0..4 {
        let crooked = Message::Letter {
            to: alices,
            hops: 7,
            sealed: vec![0; 2048],
        };
        let _ = talk.say(&crooked);
    }
    assert!(talk.is_ended(Duration::from_secs(20)));
    assert_eq!(knocks(&alice), Vec::<Value>::new());
    assert_eq!(alice.ask(&["knocks"]), json!([]));
}
