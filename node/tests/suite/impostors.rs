//! Peers that keep to the transport and lie in what they say: about how much comes, about their own log, about somebody
//! else's; and peers that ask for more than anybody needs.

use std::thread;
use std::time::{Duration, Instant};

use hearth_keys::Signature;
use hearth_protocol::bounds::MESSAGE_BYTES_MAX;
use hearth_protocol::entry::{LogKey, Place};
use hearth_protocol::link::PeerLink;
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::Message;
use hearth_protocol::root::StatementSet;
use hearth_protocol::run::{Run, RunBody};

use crate::harness::{Home, Node, until_within};
use crate::mallory::{Mallory, Person, Talk, have};
use crate::replication::real_posts;
use crate::vitals::{SECONDS, Vitals, befriend, post_arrives, until_calm};

const STORM: Duration = Duration::from_secs(5);
/// Connections and files that a handful of attackers may cost.
const FILES_MAX: usize = 48;

/// Alice, who is attacked, and Bob, her friend.
fn friends() -> (Home, Home) {
    (Home::new("Alice"), Home::new("Bob"))
}

#[test]
fn frames_that_claim_too_much_are_not_waited_for() {
    let (alice, bob) = friends();
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    let before = Vitals::of(&at_alice);
    let over = u32::try_from(MESSAGE_BYTES_MAX + 1).unwrap();
    for length in [u32::MAX, over, 0] {
        let mut mallory = Mallory::towards(&at_alice);
        let mut talk = mallory.open().unwrap();
        talk.send_raw(&length.to_be_bytes(), SECONDS);
        assert!(talk.is_ended(SECONDS), "a frame of {length} bytes");
    }
    // Within bounds, but never whole: it is waited for, and costs what has come.
    let mut waiting = Mallory::many(&at_alice, 20);
    let mut talks: Vec<_> = waiting.iter_mut().filter_map(Mallory::open).collect();
    for talk in &mut talks {
        talk.send_raw(&(1_u32 << 20).to_be_bytes(), SECONDS);
        talk.send_raw(&[7; 1_000], SECONDS);
    }
    // Arrays in arrays in arrays, as deep as a frame is long; and lengths that no memory has.
    let deep = vec![0x81; MESSAGE_BYTES_MAX];
    let vast = [&[0x82, 1, 0x5b][..], &[0xff; 8]].concat();
    let many = [&[0x82, 2, 0x4a, 0x82, 0x9b][..], &[0x7f; 8]].concat();
    for frame in [deep, vast, many] {
        let mut mallory = Mallory::towards(&at_alice);
        let mut talk = mallory.open().unwrap();
        for _ in 0..3 {
            talk.send_frame(&frame);
        }
        assert!(talk.is_ended(SECONDS), "three lies are enough");
    }
    post_arrives(&bob, &alice, "to Alice");
    post_arrives(&alice, &bob, "to Bob");
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, 1.5);
    drop(talks);
    drop(waiting);
    until_calm(&at_alice, &before);
    assert!(!alice.logged().contains("panicked"), "{}", alice.logged());
}

/// Each hello of theirs takes two thousand checks of signatures to read, and all are valid.
#[test]
fn costly_greetings_are_read_at_leisure() {
    let (alice, bob) = friends();
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    let before = Vitals::of(&at_alice);
    let person = Person::new();
    let mut mallories = Mallory::many(&at_alice, 4);
    thread::scope(|scope| {
        for mallory in &mut mallories {
            let hello = mallory.presences(&person, 16).to_bytes();
            assert!(hello.len() > 200_000);
            let length = u32::try_from(hello.len()).unwrap().to_be_bytes();
            let storm = [&length[..], &hello].concat().repeat(60);
            // As much as is taken.
            scope.spawn(move || mallory.open().unwrap().send_raw(&storm, STORM));
        }
        let begin = Instant::now();
        for round in 0.. {
            post_arrives(&bob, &alice, &format!("to Alice {round}"));
            post_arrives(&alice, &bob, &format!("to Bob {round}"));
            if begin.elapsed() > STORM {
                break;
            }
        }
    });
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, 0.7);
    drop(mallories);
    until_calm(&at_alice, &before);
}

#[test]
fn requests_without_end_are_cut_off() {
    let (alice, bob) = friends();
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    alice.ask(&["import", "posts", real_posts().to_str().unwrap()]);
    befriend(&alice, &bob);
    let before = Vitals::of(&at_alice);
    let identity = alice.link().parse::<PeerLink>().unwrap().identity;
    for _ in 0..3 {
        let mut mallory = Mallory::towards(&at_alice);
        let interest = mallory.interest(&identity);
        let mut talk = mallory.open().unwrap();
        assert!(interest.iter().all(|message| talk.say(message)));
        let log = told(&mut talk, &identity.to_string()).log;
        let flood: Vec<u8> = (1..20_000)
            .flat_map(|request| {
                let frame = Message::Get {
                    request,
                    log,
                    lo: 0,
                    hi: u64::from(request) % 2_000,
                };
                let frame = frame.to_bytes();
                let length = u32::try_from(frame.len()).unwrap().to_be_bytes();
                [&length[..], &frame].concat()
            })
            .collect();
        // Nothing that comes back is read.
        talk.send_raw(&flood, Duration::from_secs(4));
        assert!(talk.is_ended(SECONDS), "a flood is endured");
        post_arrives(&bob, &alice, &format!("to Alice {}", mallory.peer));
        post_arrives(&alice, &bob, &format!("to Bob {}", mallory.peer));
    }
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, 1.5);
    until_calm(&at_alice, &before);
}

/// What a node says that it holds of somebody.
struct Told {
    log: LogKey,
    top: u64,
    statements: StatementSet,
}

fn told(talk: &mut Talk<'_>, identity: &str) -> Told {
    loop {
        let Some(Message::Have(haves)) = talk.hear(SECONDS) else {
            continue;
        };
        for have in haves {
            let log = have.logs.iter().find(|log| log.log.number() == 0);
            if let Some(log) = log.filter(|_| have.identity.to_string() == identity) {
                let mut statements = StatementSet::new(have.identity);
                let blobs = have.statements.iter().map(Vec::as_slice);
                statements.merge(blobs).unwrap();
                return Told {
                    log: LogKey {
                        identity: have.identity,
                        device: log.device,
                        log: log.log,
                    },
                    top: log.ranges.last().unwrap().1,
                    statements,
                };
            }
        }
    }
}

/// Fetches somebody's log as anybody may who knows their key.
fn copied(node: &Node<'_>, home: &Home) -> (MemoryLogs, Told) {
    let identity = home.link().parse::<PeerLink>().unwrap().identity;
    let mut mallory = Mallory::towards(node);
    let interest = mallory.interest(&identity);
    let mut talk = mallory.open().unwrap();
    assert!(interest.iter().all(|message| talk.say(message)));
    let told = told(&mut talk, &identity.to_string());
    talk.say(&Message::Get {
        request: 1,
        log: told.log,
        lo: 0,
        hi: told.top,
    });
    let mut logs = MemoryLogs::new();
    logs.add_statements(identity, &told.statements.to_blobs())
        .unwrap();
    loop {
        if let Some(Message::Run {
            run, tombstones, ..
        }) = talk.hear(SECONDS)
        {
            logs.ingest(run, &tombstones).unwrap();
            return (logs, told);
        }
    }
}

/// What is done to each answer.
type Damage = fn(&mut Run);

#[test]
fn somebody_elses_log_damaged_is_never_believed() {
    let (alice, bob) = friends();
    let carol = Home::new("Carol");
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    let at_carol = carol.up();
    for number in 0..30 {
        carol.post(&format!("Carol {number}"));
    }
    let identity = carol.identity();
    let (logs, told) = copied(&at_carol, &carol);
    at_carol.stop();
    alice.ask(&["follow", &identity]);
    let before = Vitals::of(&at_alice);

    let damages: [(&str, Damage); 6] = [
        ("another text", |run| {
            if let RunBody::Present(body) = &mut run.items[0].body {
                *body.last_mut().unwrap() ^= 1;
            }
        }),
        ("another time", |run| run.items[0].time_ms += 1),
        ("another signature", |run| {
            run.items.last_mut().unwrap().signature = Signature::from_bytes([9; 64]);
        }),
        ("another order", |run| run.items.swap(3, 4)),
        ("another place", |run| run.first_seq += 1),
        ("no bodies", |run| {
            for item in &mut run.items {
                if let RunBody::Present(body) = &item.body {
                    item.body = RunBody::Gone {
                        hash: *blake3::hash(body).as_bytes(),
                        bytes: u32::try_from(body.len()).unwrap(),
                    };
                }
            }
        }),
    ];
    for (what, damage) in damages {
        let mut mallory = Mallory::towards(&at_alice);
        let mut talk = mallory.open().unwrap();
        // Until she is thrown out, or nothing more is asked of her.
        talk.say(&have(&logs, &told.statements, told.log));
        assert!(
            talk.serve(&logs, Duration::from_secs(2), damage),
            "{what}: nothing asked"
        );
        assert_eq!(alice.have(&identity), [], "{what}");
    }
    post_arrives(&bob, &alice, "to Alice");
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, 1.5);

    // Nothing of it sticks: what Carol herself wrote is taken from whoever has it.
    let mut mallory = Mallory::towards(&at_alice);
    let mut talk = mallory.open().unwrap();
    talk.say(&have(&logs, &told.statements, told.log));
    talk.serve(&logs, Duration::from_secs(2), |_| {});
    assert_eq!(alice.have(&identity), [(0, told.top)]);
    let at_carol = carol.up();
    carol.post("back");
    alice.ask(&["follow", &carol.link()]);
    until_within(SECONDS, "Carol's own word arrives", || {
        alice
            .texts(&["timeline"])
            .contains(&"back".to_owned())
            .then_some(())
    });
    drop(at_carol);
}

#[test]
fn a_peer_that_forks_itself_between_two_is_found_out() {
    let (alice, bob) = friends();
    let (at_alice, at_bob) = (alice.up(), bob.up());
    let (mut one, mut other) = (Person::new(), Person::new());
    for person in [&mut one, &mut other] {
        person.post("first");
        person.post("second");
    }
    one.post("to Alice I say this");
    other.post("to Bob I say that");
    let place = Place {
        log: one.log(),
        seq: 2,
    };
    let ids = [&one, &other].map(|person| person.logs.link(&place).unwrap().entry.id());
    assert_ne!(ids[0], ids[1]);
    let before = Vitals::of(&at_alice);

    let identity = one.id().to_string();
    let mut towards = [Mallory::towards(&at_alice), Mallory::towards(&at_bob)];
    for home in [&alice, &bob] {
        home.ask(&["follow", &identity]);
    }
    for (mallory, person) in towards.iter_mut().zip([&one, &other]) {
        let hello = mallory.presences(person, 1);
        let mut talk = mallory.open().unwrap();
        talk.say(&hello);
        talk.say(&person.have());
        talk.serve(&person.logs, Duration::from_secs(1), |_| {});
    }
    // Who were told different things meet, and keep what they have.
    befriend(&alice, &bob);
    for (home, told, untold) in [
        (&alice, "to Alice I say this", "to Bob I say that"),
        (&bob, "to Bob I say that", "to Alice I say this"),
    ] {
        until_within(SECONDS, "the fork is noticed", || {
            let status = home.ask(&["status"]);
            let logs = status["logs"].as_array().unwrap();
            let log = logs.iter().find(|log| log["identity"] == identity)?;
            (log["forked"] == true).then_some(())
        });
        let texts = home.texts(&["posts", &identity]);
        for text in ["first", "second", told] {
            assert!(texts.iter().any(|held| held == text), "{text}: {texts:?}");
        }
        assert!(!texts.iter().any(|held| held == untold), "{texts:?}");
    }
    post_arrives(&bob, &alice, "to Alice");
    post_arrives(&alice, &bob, "to Bob");
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, 1.0);
}
