//! Space is given back, and stopping on the way loses nothing.

use super::*;

#[test]
fn disk_use_stays_near_what_lives() {
    let scratch = tempfile::tempdir().unwrap();
    let limits = Limits {
        database_bytes: 8 << 20,
        ..limits()
    };
    let mut keeper = Keeper::open(scratch.path(), limits, Arc::default()).unwrap();
    let large = |number| sized(number, 200_000);
    let mut live = std::collections::BTreeSet::new();
    let mut chance = Chance(11);
    for number in 0..300 {
        let bytes = large(number);
        keeper.put(&row(alice(), number, &bytes), &bytes).unwrap();
        keeper.commit().unwrap();
        live.insert(number);
        if number % 10 == 9 {
            let mut ids = Vec::new();
            for _ in 0..7 {
                let dropped = *live.iter().nth(chance.below(live.len())).unwrap();
                live.remove(&dropped);
                ids.push(id(&large(dropped)));
            }
            keeper.release(&alice(), &ids, &laptop(), 0).unwrap();
            assert_eq!(keeper.sweep(1, 1).unwrap(), 7);
        }
        while keeper.idle().unwrap() {}
    }
    let living: u64 = live.len() as u64 * 200_008;
    let wasted = limits.waste_bytes + limits.database_bytes;
    let before = keeper.size_on_disk().unwrap();
    assert!(before < living * 13 / 10 + wasted, "{before} for {living}");
    keeper.compact().unwrap();
    let after = keeper.size_on_disk().unwrap();
    // One that is begun, and the index with what it wrote ahead, are there even for nothing.
    assert!(after < living * 13 / 10 + (4 << 20), "{after} for {living}");
    for number in live {
        let got = keeper.get(&alice(), &id(&large(number)), 0, u32::MAX);
        assert_eq!(got.unwrap().unwrap(), large(number));
    }
}

/// Bytes are written once and stay where they are.
#[test]
fn a_full_database_takes_little_more_than_its_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let whole = Limits {
        database_bytes: 64 << 20,
        ..limits()
    };
    let mut keeper = Keeper::open(scratch.path(), whole, Arc::default()).unwrap();
    for number in 0..160 {
        let bytes = sized(number, 300_000);
        keeper.put(&row(alice(), number, &bytes), &bytes).unwrap();
        keeper.commit().unwrap();
    }
    let size = keeper.generations.size_on_disk(1).unwrap();
    assert!(size < 160 * 300_008 * 115 / 100, "{size}");
    let blobs = fs::read_dir(scratch.path().join("gen-000001/blobs"));
    assert_eq!(blobs.map_or(0, Iterator::count), 0);
}

#[test]
fn what_is_dead_goes_with_its_folder() {
    let scratch = tempfile::tempdir().unwrap();
    let mut keeper = keeper(scratch.path());
    put(&mut keeper, 0..200);
    let before = databases(scratch.path());
    assert!(before.len() > 3);
    keeper.drop_owner(&alice()).unwrap();
    let after = databases(scratch.path());
    assert!(after.len() <= 1 && before.ends_with(&after), "{after:?}");
    put(&mut keeper, 0..10);
    assert_eq!(held(&mut keeper, 9).unwrap(), shard(9));
}

const LARGE: usize = 150_000;
/// Those of which every fourth is to stay.
const MANY: u64 = 120;

#[test]
fn a_compaction_may_stop_anywhere() {
    let scratch = tempfile::tempdir().unwrap();
    let mut keeper = several(scratch.path());
    for number in 0..MANY {
        let bytes = sized(number, LARGE);
        keeper.put(&row(alice(), number, &bytes), &bytes).unwrap();
    }
    keeper.commit().unwrap();
    let dropped = (0..MANY).filter(|number| number % 4 != 0);
    let ids: Vec<_> = dropped.map(|number| id(&sized(number, LARGE))).collect();
    keeper.release(&alice(), &ids, &laptop(), 0).unwrap();
    keeper.sweep(1, 1).unwrap();
    let mut steps = 0;
    loop {
        let image = tempfile::tempdir().unwrap();
        copy(scratch.path(), image.path());
        check_and_go_on(image.path(), steps);
        steps += 1;
        let Some(number) = keeper.wasteful(0).unwrap() else {
            break;
        };
        keeper.copy_some(number).unwrap();
    }
    assert!(steps > 3, "{steps}");
}

fn several(dir: &Path) -> Keeper {
    let limits = Limits {
        database_bytes: 8 << 20,
        ..limits()
    };
    Keeper::open(dir, limits, Arc::default()).unwrap()
}

fn check_and_go_on(dir: &Path, step: u64) {
    let mut keeper = several(dir);
    check_large(&mut keeper, step);
    put(&mut keeper, 200..203);
    keeper.compact().unwrap();
    check_large(&mut keeper, step);
    assert_eq!(held(&mut keeper, 202), Some(shard(202)));
    assert_eq!(lock(keeper.index.counts()).lost, Lost::default());
}

fn check_large(keeper: &mut Keeper, step: u64) {
    for number in 0..MANY {
        let bytes = sized(number, LARGE);
        let held = keeper.get(&alice(), &id(&bytes), 0, u32::MAX).unwrap();
        let expected = (number % 4 == 0).then_some(bytes);
        assert!(held == expected, "shard {number}, step {step}");
    }
}

/// A byte alone takes much more than a byte: that is charged for, and no reason to copy it again and again.
#[test]
fn tiny_shards_are_charged_for_and_come_to_rest() {
    const TINY: u64 = 6_000;
    let scratch = tempfile::tempdir().unwrap();
    let tight = Limits {
        database_bytes: 8 << 20,
        waste_bytes: 100 << 10,
        ..limits()
    };
    let mut keeper = Keeper::open(scratch.path(), tight, Arc::default()).unwrap();
    let tiny = |number| sized(number, 1);
    for number in 0..TINY {
        let bytes = tiny(number);
        keeper.put(&row(alice(), number, &bytes), &bytes).unwrap();
        if number % 8 == 7 || number < 500 {
            keeper.commit().unwrap();
        }
    }
    keeper.commit().unwrap();
    let charged = lock(keeper.index.counts()).usage[&alice()].bytes;
    let size = keeper.size_on_disk().unwrap();
    assert!(size < charged, "{size} for {charged}");
    comes_to_rest(&mut keeper);
    let dropped: Vec<_> = (0..TINY).filter(|number| number % 8 != 0).collect();
    for numbers in dropped.chunks(500) {
        let ids: Vec<_> = numbers.iter().map(|number| id(&tiny(*number))).collect();
        keeper.release(&alice(), &ids, &laptop(), 0).unwrap();
    }
    assert_eq!(keeper.sweep(1, 1).unwrap(), TINY / 8 * 7);
    comes_to_rest(&mut keeper);
    let left = keeper.size_on_disk().unwrap() - keeper.index.size_on_disk().unwrap();
    assert!(left < TINY / 8 * 1_500 + (2 << 20), "{left}");
    let bytes = tiny(8);
    let got = keeper.get(&alice(), &id(&bytes), 0, u32::MAX).unwrap();
    assert_eq!(got, Some(bytes));
}

fn comes_to_rest(keeper: &mut Keeper) {
    let mut steps = 0;
    while keeper.idle().unwrap() {
        steps += 1;
        assert!(steps < 1_000, "it copies for ever");
    }
}
