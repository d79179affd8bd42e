//! Whatever befalls a few homes, nobody holds what its author didn't write, nobody loses anything, and in the end all
//! have what they care for.

use std::rc::Rc;

use hearth_protocol::content::{Content, Delete, Edit, Target};
use hearth_protocol::entry::LogNumber;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::sim::adversary::{Adversary, Flooder, Liar, PrefixServer, Staller};
use crate::sim::fate::Fate;
use crate::sim::verdict::Verdict;
use crate::sim::wire::Weather;
use crate::sim::{Dice, Person, World, post};

const HOMES: usize = 7;
const HOUR_MS: u64 = 3_600_000;

/// One thing that is done, to the home with that number.
#[derive(Debug, Clone, Copy)]
enum Act {
    Post(usize),
    Posts(usize, u8),
    Edit(usize, u64),
    Delete(usize, u64),
    Follow(usize, usize),
    Off(usize),
    Crash(usize),
    Sleep(usize),
    /// Whatever it was: on again.
    On(usize),
    Snapshot(usize),
    RollBack(usize),
    /// The first home is copied, or its copy writes.
    Copy,
    CopyPosts,
    Split(u8),
    Heal,
}

#[derive(Debug, Clone, Copy)]
enum Villain {
    Liar,
    Staller,
    Prefix,
    Flooder,
}

/// A world that may be.
#[derive(Debug, Clone)]
struct Story {
    seed: u64,
    /// Who is whose friend.
    ties: Vec<(usize, usize)>,
    /// What the last home really is.
    villain: Option<Villain>,
    /// What is done, each so many ms after the one before.
    acts: Vec<(u64, Act)>,
}

fn act() -> impl Strategy<Value = Act> {
    let home = || 0..HOMES;
    prop_oneof![
        6 => home().prop_map(Act::Post),
        1 => (home(), 60u8..200).prop_map(|(at, count)| Act::Posts(at, count)),
        2 => (home(), 0u64..6).prop_map(|(at, seq)| Act::Edit(at, seq)),
        3 => (home(), 0u64..6).prop_map(|(at, seq)| Act::Delete(at, seq)),
        1 => (home(), home()).prop_map(|(a, b)| Act::Follow(a, b)),
        1 => home().prop_map(Act::Off),
        2 => home().prop_map(Act::Crash),
        1 => home().prop_map(Act::Sleep),
        4 => home().prop_map(Act::On),
        1 => home().prop_map(Act::Snapshot),
        1 => home().prop_map(Act::RollBack),
        1 => Just(Act::Copy),
        2 => Just(Act::CopyPosts),
        1 => (1u8..127).prop_map(Act::Split),
        2 => Just(Act::Heal),
    ]
}

fn story() -> impl Strategy<Value = Story> {
    let villain = prop_oneof![
        2 => Just(None),
        1 => Just(Some(Villain::Liar)),
        1 => Just(Some(Villain::Staller)),
        1 => Just(Some(Villain::Prefix)),
        1 => Just(Some(Villain::Flooder)),
    ];
    let delay = prop_oneof![3 => 0u64..300, 2 => 0u64..10_000, 1 => 0u64..200_000];
    (
        any::<u64>(),
        prop::collection::vec((0..HOMES, 0..HOMES), 3..16),
        villain,
        prop::collection::vec((delay, act()), 1..60),
    )
        .prop_map(|(seed, ties, villain, acts)| Story {
            seed,
            ties,
            villain,
            acts,
        })
}

/// Tells a story to its end.
fn tell(story: &Story) -> Verdict {
    let mut world = World::new(story.seed);
    world.weather = Weather {
        lost_per_mille: 50,
        broken_per_million: 3_000,
        ..Weather::HOMELY
    };
    world.redials = true;
    let people: Vec<Rc<Person>> = Person::many(HOMES).into_iter().map(Rc::new).collect();
    for person in &people {
        world.home(person);
    }
    for &(a, b) in story.ties.iter().filter(|(a, b)| a != b) {
        for (from, to) in [(a, b), (b, a)] {
            world.care(from, people[to].id());
            world.nodes[from].friends.insert(to);
        }
    }
    // Everybody follows the first.
    for at in 1..HOMES {
        world.care(at, people[0].id());
    }
    let copy = world.copy_of(0);
    if let Some(villain) = story.villain {
        let adversary: Box<dyn Adversary> = match villain {
            Villain::Liar => Box::new(Liar::new(story.seed)),
            Villain::Staller => Box::new(Staller),
            Villain::Prefix => Box::new(PrefixServer),
            Villain::Flooder => {
                Box::new(Flooder::new(story.seed, 300, story.seed.is_multiple_of(2)))
            }
        };
        world.truth.distrust(people[HOMES - 1].device.id());
        world.corrupt(HOMES - 1, adversary);
    }
    let mut dice = Dice(story.seed);
    for at in 0..HOMES {
        world.befall(Fate::Off(at));
        world.befall(Fate::On(at));
    }
    for &(delay_ms, act) in &story.acts {
        world.run(delay_ms);
        befall(&mut world, &people, copy, act, &mut dice);
    }
    world.befall(Fate::Heal);
    for at in 0..HOMES {
        world.befall(Fate::On(at));
    }
    world.run(2 * HOUR_MS);
    world.judge()
}

fn befall(world: &mut World, people: &[Rc<Person>], copy: usize, act: Act, dice: &mut Dice) {
    let write = |at: usize, whose: usize, content: Content| {
        Fate::Write(at, Rc::clone(&people[whose]), Box::new(content))
    };
    let target = |whose: usize, seq| Target {
        device: people[whose].device.id(),
        log: LogNumber::SOCIAL,
        seq,
    };
    let fate = match act {
        Act::Post(at) => write(at, at, post(&format!("news {}", dice.below(1_000)))),
        Act::Posts(at, count) => {
            for n in 0..count {
                world.befall(write(at, at, post(&format!("news {n}"))));
            }
            return;
        }
        Act::Edit(at, seq) => {
            let (target, text) = (target(at, seq), "in other words".into());
            write(
                at,
                at,
                Content::Edit(Edit {
                    target,
                    text,
                    warning: None,
                    alts: Vec::new(),
                }),
            )
        }
        Act::Delete(at, seq) => {
            let targets = vec![target(at, seq)];
            write(at, at, Content::Delete(Delete { targets }))
        }
        // Nobody follows anybody on a machine that is off.
        Act::Follow(at, _) if !world.nodes[at].up => return,
        Act::Follow(at, whom) => return world.care(at, people[whom].id()),
        Act::Off(at) => Fate::Off(at),
        Act::Crash(at) => Fate::Crash(at),
        Act::Sleep(at) => Fate::Sleep(at),
        Act::On(at) => Fate::On(at),
        Act::Snapshot(at) => Fate::Snapshot(at),
        Act::RollBack(at) => Fate::RollBack(at),
        Act::Copy if world.nodes[copy].life == 0 => Fate::Copy { from: 0, to: copy },
        Act::Copy => Fate::On(copy),
        Act::CopyPosts => write(copy, 0, post(&format!("copied {}", dice.below(1_000)))),
        Act::Split(mask) => {
            let sides = (0..=HOMES).map(|at| (mask >> at) & 1).collect();
            Fate::Split(sides)
        }
        Act::Heal => Fate::Heal,
    };
    world.befall(fate);
}

fn config() -> ProptestConfig {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/proptest-regressions/worlds.txt"
    );
    ProptestConfig {
        cases: std::env::var("HEARTH_SIM_CASES").map_or(150, |cases| cases.parse().unwrap()),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn all_ends_well(story in story()) {
        tell(&story);
    }
}

/// The judge isn't blind: what it is there for, it notices.
#[test]
fn a_judge_sees_what_is_wrong() {
    let wrong = |spoil: fn(&mut World, &[Person])| {
        let mut world = World::new(1);
        let people: Vec<Person> = (1..4).map(Person::new).collect();
        let homes: Vec<usize> = people.iter().map(|person| world.home(person)).collect();
        for &at in &homes {
            world.care(at, people[0].id());
        }
        world.connect(homes[0], homes[1]);
        world.connect(homes[1], homes[2]);
        world.posts(homes[0], &people[0], 5);
        world.settle(10_000);
        spoil(&mut world, &people);
        let judged = std::panic::AssertUnwindSafe(|| {
            world.settle(10_000);
            world.judge()
        });
        std::panic::catch_unwind(judged).map_err(|panic| {
            let text = panic.downcast_ref::<String>();
            text.cloned().unwrap_or_default()
        })
    };
    let judged = wrong(|_, _| {});
    assert_eq!(judged.map(|verdict| verdict.entries), Ok(5));
    let said = |spoil, what: &str| {
        let told = wrong(spoil).expect_err(what);
        assert!(told.contains(what), "{told}");
    };
    // Somebody's disk loses everything, and nobody tells them.
    said(
        |world, _| world.nodes[2].logs = Default::default(),
        "node 2 lacks",
    );
    said(
        |world, _| world.nodes[0].logs = Default::default(),
        "the author lost",
    );
    // A deleted body that somebody keeps.
    said(
        |world, people| {
            let before = world.nodes[2].logs.clone();
            world.delete(0, &people[0], 2);
            world.settle(10_000);
            world.nodes[2].logs = before;
        },
        "differs on the body",
    );
    // An entry with a good signature that its author never made.
    said(
        |world, people| {
            let mut logs = world.nodes[0].logs.clone();
            let body = hearth_protocol::body::clear(&post("no"), [0; 16]).unwrap();
            let (device, log) = (&people[0].device, people[0].social());
            let run = logs.append(device, log, 0, body).unwrap();
            let message = hearth_protocol::message::Message::Run {
                request: 0,
                run,
                tombstones: Vec::new(),
            };
            let from = world.nodes[0].key.clone();
            let frame = hearth_protocol::sync::Event::Frame(from, message.to_bytes());
            world.event(1, frame);
        },
        "what nobody wrote",
    );
    // A home that drops a friend for a lie which they didn't tell.
    said(
        |world, _| {
            let key = world.nodes[0].key.clone();
            world.nodes[1]
                .dropped
                .push((key, "it sent what isn't true"));
        },
        "it sent what isn't true",
    );
}
