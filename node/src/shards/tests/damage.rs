//! Files that aren't what was written: nothing wrong is served, and the node goes on.

use std::os::unix::fs::FileExt;

use super::*;

const SHARDS: u64 = 100;

/// Shards in several databases; closed, and if asked for each was opened once more.
fn written(dir: &Path, is_reopened: bool) {
    let mut keeper = keeper(dir);
    put(&mut keeper, 0..SHARDS);
    if is_reopened {
        while keeper.idle().unwrap() {}
        let last = keeper.current().unwrap();
        keeper.generations.close(last);
        keeper.generations.bulk(last).unwrap();
    }
}

/// How many of the shards are there, the others being absent or refused: never wrong. And afterwards it goes on.
fn honest(dir: &Path) -> u64 {
    let mut keeper = keeper(dir);
    let mut there = 0;
    for number in 0..SHARDS {
        // In parts first: these aren't wrong either.
        let bytes = shard(number);
        let middle = u32::try_from(bytes.len() / 2).unwrap();
        let part = keeper.get(&alice(), &id(&bytes), middle, 5_000).unwrap();
        let end = bytes.len().min(middle as usize + 5_000);
        let part_is_right = part.is_none_or(|part| part == bytes[middle as usize..end]);
        assert!(part_is_right, "a part of {number} is wrong");
        match held(&mut keeper, number) {
            Some(held) => assert!(held == bytes, "{number} is wrong"),
            None => continue,
        }
        there += 1;
    }
    let lost = lock(keeper.index.counts()).lost;
    assert!(lost.shards >= SHARDS - there);
    let usage = lock(keeper.index.counts()).usage[&alice()];
    assert_eq!(usage.shards, there);
    // What is lost can be put again, and lasts.
    for number in 0..SHARDS {
        let bytes = shard(number);
        keeper.put(&row(alice(), number, &bytes), &bytes).unwrap();
    }
    keeper.commit().unwrap();
    while keeper.idle().unwrap() {}
    drop(keeper);
    let mut keeper = self::keeper(dir);
    for number in 0..SHARDS {
        assert!(held(&mut keeper, number) == Some(shard(number)));
    }
    there
}

#[test]
fn flipped_bytes_are_never_served() {
    let mut lost = 0;
    for is_reopened in [false, true] {
        let scratch = tempfile::tempdir().unwrap();
        let source = scratch.path().join("source");
        written(&source, is_reopened);
        for step in 0..12_u64 {
            let dir = scratch.path().join(step.to_string());
            copy(&source, &dir);
            let database = databases(&dir).remove((step % 2) as usize);
            let log = fs::File::options()
                .read(true)
                .write(true)
                .open(database.join("db"))
                .unwrap();
            let at = log.metadata().unwrap().len() * step / 12 + 77;
            let mut byte = [0];
            log.read_exact_at(&mut byte, at).unwrap();
            log.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
            let there = honest(&dir);
            lost += SHARDS - there;
            // The first bytes are those of the database itself.
            if is_reopened && step > 0 {
                assert!(there > SHARDS * 4 / 5, "byte {at}: {there} are there");
            }
        }
    }
    assert!(lost > 0);
}

#[test]
fn a_database_that_does_not_open_is_set_aside() {
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("source");
    written(&source, true);
    type Harm = fn(&Path);
    let harms: [Harm; 4] = [
        |database| fs::remove_dir_all(database).unwrap(),
        |database| fs::remove_file(database.join("db")).unwrap(),
        |database| fs::write(database.join("db"), b"no database").unwrap(),
        |database| fs::write(database.join("conf"), b"no settings").unwrap(),
    ];
    for (number, harm) in harms.into_iter().enumerate() {
        let dir = scratch.path().join(number.to_string());
        copy(&source, &dir);
        harm(&databases(&dir)[1]);
        let there = honest(&dir);
        assert!(there > 0 && there < SHARDS, "{there}");
        // What opens, though there is nothing in it, is found to be empty.
        let is_aside = dir.join("gen-000002-damaged").exists();
        assert_eq!(is_aside, [1, 3].contains(&number), "{number}");
    }
}

/// The node that runs tells how much was lost.
#[tokio::test]
async fn what_is_lost_is_counted() {
    let scratch = tempfile::tempdir().unwrap();
    written(scratch.path(), false);
    fs::remove_file(databases(scratch.path())[0].join("db")).unwrap();
    let (shards, _thread) = Shards::open_within(scratch.path(), limits()).unwrap();
    assert_eq!(shards.lost(), Lost::default());
    let before = shards.usage()[&alice()].shards;
    for number in 0..SHARDS {
        shards.get(alice(), id(&shard(number)), 0, 1).await.unwrap();
    }
    let lost = shards.lost();
    assert_eq!(lost.databases, 1);
    assert_eq!(shards.usage()[&alice()].shards, before - lost.shards);
    assert!(lost.shards > 0);
}

#[test]
fn an_index_that_is_lost_or_damaged_is_made_anew() {
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("source");
    written(&source, true);
    type Harm = fn(&Path);
    let harms: [Harm; 3] = [
        |index| fs::remove_dir_all(index).unwrap(),
        |index| fs::remove_file(index.join("CURRENT")).unwrap(),
        |index| {
            let log = index.join("db-000001/db");
            let bytes = fs::metadata(&log).unwrap().len();
            fs::write(&log, vec![0x55; usize::try_from(bytes).unwrap()]).unwrap();
        },
    ];
    for (number, harm) in harms.into_iter().enumerate() {
        let dir = scratch.path().join(number.to_string());
        copy(&source, &dir);
        harm(&dir.join("index"));
        let mut keeper = keeper(&dir);
        for number in 0..SHARDS {
            assert!(held(&mut keeper, number) == Some(shard(number)), "{number}");
        }
        let usage = lock(keeper.index.counts()).usage[&alice()];
        assert_eq!(usage.shards, SHARDS);
        put(&mut keeper, SHARDS..SHARDS + 3);
        drop(keeper);
        assert_eq!(dir.join("index-damaged").exists(), number == 2);
        let mut keeper = self::keeper(&dir);
        assert!(held(&mut keeper, SHARDS + 2) == Some(shard(SHARDS + 2)));
    }
}

/// What a damaged index says while the node runs: it is made anew, and the thread goes on.
#[tokio::test]
async fn an_index_whose_damage_is_noticed_later_is_made_anew() {
    let scratch = tempfile::tempdir().unwrap();
    written(scratch.path(), true);
    let (shards, _thread) = Shards::open_within(scratch.path(), limits()).unwrap();
    let broken = shards.change(|keeper| {
        keeper.or_damaged::<()>(Err(crate::store::db::DbError::Damaged {
            what: "a test says so".into(),
        }))
    });
    let broken = broken.await.unwrap_err();
    assert!(matches!(broken, ShardsError::Damaged { .. }), "{broken}");
    for number in 0..SHARDS {
        let got = shards.get(alice(), id(&shard(number)), 0, u32::MAX);
        assert!(got.await.unwrap() == Some(shard(number)), "{number}");
    }
    assert_eq!(shards.lost().databases, 1);
}

/// What was found to be there must not be confirmed once its database is lost.
#[test]
fn nothing_is_confirmed_of_a_database_that_is_lost_meanwhile() {
    let scratch = tempfile::tempdir().unwrap();
    written(scratch.path(), true);
    let mut keeper = keeper(scratch.path());
    let bytes = shard(0);
    for ticket in [vec![9; 300], vec![8; 300]] {
        let renewed = ShardRow {
            ticket,
            ..row(alice(), 0, &bytes)
        };
        assert!(!keeper.put(&renewed, &bytes).unwrap());
    }
    keeper.lose_database(1, "a test says so").unwrap();
    let refused = keeper.commit().unwrap_err();
    assert!(matches!(refused, ShardsError::Poisoned), "{refused}");
    drop(keeper);
    let mut keeper = self::keeper(scratch.path());
    assert_eq!(held(&mut keeper, 0), None);
    put(&mut keeper, [0]);
    assert_eq!(held(&mut keeper, 0), Some(bytes));
}

/// A database that is to be copied, and doesn't open any more.
#[test]
fn what_is_lost_while_it_is_copied_is_counted_once() {
    let scratch = tempfile::tempdir().unwrap();
    written(scratch.path(), true);
    let mut keeper = keeper(scratch.path());
    let there = keeper.index.live_in(2).shards;
    assert!(there > 1);
    fs::write(scratch.path().join("gen-000002/conf"), b"no settings").unwrap();
    keeper.copy_some(2).unwrap();
    assert_eq!(keeper.index.live_in(2).shards, 0);
    let counts = lock(keeper.index.counts());
    assert_eq!((counts.lost.shards, counts.lost.databases), (there, 1));
    assert_eq!(counts.usage[&alice()].shards, SHARDS - there);
}

/// While all is opened again, who asks sees what was kept before.
#[test]
fn quotas_stay_used_while_the_index_is_made_anew() {
    let scratch = tempfile::tempdir().unwrap();
    let counts = Arc::default();
    let mut before = Keeper::open(scratch.path(), limits(), Arc::clone(&counts)).unwrap();
    put(&mut before, 0..SHARDS);
    drop(before);
    let usage = lock(&counts).usage.clone();
    assert_eq!(usage[&alice()].shards, SHARDS);
    let index = folder::open_index(scratch.path(), &counts, true).unwrap();
    assert!(index.live().is_empty());
    assert_eq!(lock(&counts).usage, usage);
    drop(index);
    Keeper::open(scratch.path(), limits(), Arc::clone(&counts)).unwrap();
    assert_eq!(lock(&counts).usage, usage);
}
