//! A thousand homes for a day.

use crate::sim::town::{Plan, Town};

/// The seed that was asked for, or this one.
fn seed(or: u64) -> u64 {
    let asked = std::env::var("HEARTH_SIM_SEED");
    asked.map_or(or, |seed| {
        seed.parse().expect("HEARTH_SIM_SEED is a number")
    })
}

/// Says how to see a failure again.
struct Replay(u64);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("again with HEARTH_SIM_SEED={}", self.0);
        }
    }
}

#[test]
fn a_thousand_homes_live_through_a_day() {
    let replay = Replay(seed(1));
    let (figures, verdict) = Town::new(Plan::day(1_000, replay.0)).live();
    eprintln!("{figures}");
    assert!(verdict.entries > 1_500 && verdict.forks >= 3, "{verdict:?}");
    assert!(verdict.holdings > 15_000, "{verdict:?}");
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let replay = Replay(seed(7));
    let live = || Town::new(Plan::day(30, replay.0)).live();
    let ((one, first), (other, second)) = (live(), live());
    assert_eq!(
        (one.trace, one.steps, first),
        (other.trace, other.steps, second)
    );
    let (another, _) = Town::new(Plan::day(30, replay.0 + 1)).live();
    assert_ne!(one.trace, another.trace);
}

#[test]
fn small_towns_hold_whatever_befalls_them() {
    for seed in seed(100)..seed(100) + 12 {
        let _replay = Replay(seed);
        Town::new(Plan {
            posts_per_node: 6,
            hostile_per_mille: 100,
            rolled_back_per_mille: 60,
            copied_per_mille: 40,
            ..Plan::day(40, seed)
        })
        .live();
    }
}
