//! The power ends at any moment: see `store/tests/power`.

use super::*;
use crate::store::tests::power::{CHILD_DIR, acknowledge, end_power_often, record, rounds};

const ROUNDS_DEFAULT: usize = 60;

/// The child's work; does nothing in an ordinary test run.
#[test]
fn child_that_keeps_shards() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let dir = Path::new(&dir).join("shards");
    let mut keeper = keeper(&dir);
    for group in 0..14 {
        let first = group * 8;
        for number in first..first + 8 {
            put(&mut keeper, [number]);
            acknowledge(&number.to_string());
        }
        drop_shards(&mut keeper, (first..first + 8).filter(is_dropped));
        if group % 4 == 3 {
            keeper.compact().unwrap();
        }
        if group % 6 == 5 {
            drop(keeper);
            keeper = self::keeper(&dir);
        }
    }
}

fn is_dropped(number: &u64) -> bool {
    number % 8 < 5
}

fn check(disk: &Path, acknowledged: &[&str]) -> Result<(), String> {
    let opened = Keeper::open(&disk.join("shards"), limits(), Arc::default());
    let mut keeper = opened.map_err(|error| error.to_string())?;
    for number in acknowledged {
        let number = number.parse().unwrap();
        let held = keeper.get(&alice(), &id(&shard(number)), 0, u32::MAX);
        match held.map_err(|error| error.to_string())? {
            Some(bytes) if bytes != shard(number) => panic!("{number} is another"),
            None if !is_dropped(&number) => return Err(format!("{number} is lost")),
            _ => {}
        }
    }
    // It goes on.
    put(&mut keeper, [10_000]);
    match held(&mut keeper, 10_000) {
        Some(bytes) if bytes == shard(10_000) => Ok(()),
        _ => Err("it doesn't go on".into()),
    }
}

#[test]
fn no_shard_that_was_confirmed_is_lost_when_the_power_ends() {
    let events = record("child_that_keeps_shards", &[]);
    let seen = end_power_often(&events, (rounds(ROUNDS_DEFAULT), true), check);
    assert!(seen.lost.is_empty(), "of {}: {:#?}", seen.disks, seen.lost);
}

/// Were syncs left out, this would be noticed.
#[test]
fn without_syncs_shards_would_be_lost() {
    let events = record("child_that_keeps_shards", &[]);
    let seen = end_power_often(&events, (24, false), check);
    assert!(seen.lost.len() * 3 > seen.disks, "{:#?}", seen.lost);
}
