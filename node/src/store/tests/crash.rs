//! Crashes: a process that is killed, a compaction that stops anywhere.
//!
//! `HEARTH_FAULT_ROUNDS` is how often each test kills, `HEARTH_FAULT_SEED` repeats the moments.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::compact::Step;
use super::super::logs::Logs;
use super::power::life::{check_logs, post, said};
use super::power::{Chance, rounds, seed};
use super::*;
use crate::genesis;
use crate::home::Home;
use crate::keyring::{self, KeptAccount};

const KILLS_DEFAULT: usize = 240;
/// Kills before a store is begun anew, so that checking it stays quick.
const KILLS_PER_STORE: usize = 12;

const CHILD_DIR: &str = "HEARTH_CRASH_TEST_DIR";

/// The child's work, see [`nothing_committed_is_lost_when_killed`]; does nothing in an ordinary test run.
#[test]
fn child_that_writes_until_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let mut db = open(Path::new(&dir));
    let mut next = db.row_count() / 5;
    loop {
        // Five rows a batch, of all sizes: after a crash all five are there or none.
        let mut batch = Batch::default();
        for row in 0..5 {
            let number = next * 5 + row;
            batch.insert(
                key(number),
                value(number, usize::try_from(number * 37 % 3000).unwrap()),
            );
        }
        // A row that changes each time, so that space is used again.
        batch.insert([2], value(next, 2500));
        db.apply(batch).unwrap();
        next += 1;
        if next.is_multiple_of(3) {
            db.commit().unwrap();
            announce(next.to_string());
        }
        if next.is_multiple_of(64) {
            db.compact().unwrap();
        }
    }
}

/// Tells the parent, who reads what the test harness doesn't catch.
fn announce(committed: String) {
    use std::io::Write;
    writeln!(std::io::stderr(), "committed {committed}").unwrap();
}

/// A child, the test `name` of this program, that works in `dir` until it is killed after `life`; what it said.
fn killed(name: &str, dir: &Path, life: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--nocapture", "--test-threads=1"])
        .env(CHILD_DIR, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let reader = std::thread::spawn(move || -> Vec<String> {
        let lines = lines.map_while(Result::ok);
        lines
            .filter_map(|line| Some(line.strip_prefix("committed ")?.to_owned()))
            .collect()
    });
    std::thread::sleep(life);
    let ended = child.try_wait().unwrap();
    assert!(ended.is_none(), "it ended by itself: {ended:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let mut said = reader.join().unwrap();
    // The last line may have been cut off.
    said.retain(|line| !line.is_empty());
    said
}

/// Some lives end while the store is being opened, some during a compaction.
fn life(chance: &mut Chance) -> Duration {
    let longest_us = if chance.below(4) == 0 {
        300_000
    } else {
        90_000
    };
    Duration::from_micros(chance.next() % longest_us)
}

#[test]
fn nothing_committed_is_lost_when_killed() {
    let (mut chance, mut most) = (Chance(seed()), 0);
    let rounds = rounds(KILLS_DEFAULT);
    for first in (0..rounds).step_by(KILLS_PER_STORE) {
        let dir = tempfile::tempdir().unwrap();
        let mut committed = 0;
        for _ in first..rounds.min(first + KILLS_PER_STORE) {
            let said = killed(
                "child_that_writes_until_killed",
                dir.path(),
                life(&mut chance),
            );
            committed = said.last().map_or(committed, |said| said.parse().unwrap());
            check_committed(dir.path(), committed);
        }
        most = most.max(committed);
    }
    assert!(most > 0);
}

fn check_committed(dir: &Path, committed: u64) {
    let db = open(dir);
    let rows = db.row_count() / 5 * 5;
    assert!(
        rows >= committed * 5,
        "{rows} rows, {committed} batches of 5 were committed"
    );
    for number in 0..rows {
        let expected = value(number, usize::try_from(number * 37 % 3000).unwrap());
        assert_eq!(db.value(&key(number)).unwrap().unwrap(), expected);
    }
    assert_eq!(db.prefixed(&[1]).count() as u64, rows);
}

/// The child's work: starts, writes one by one and many at once as an import does, rebuilds views, compacts.
#[test]
fn child_that_lives_until_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let (mut logs, kept) = alices(Path::new(&dir));
    genesis::ensure(&mut logs, &kept, 1).unwrap();
    logs.commit().unwrap();
    let mut chance = Chance(std::process::id().into());
    loop {
        let count = match chance.below(12) {
            0 => logs.reindex().map(|_| 0).unwrap(),
            1 => logs.compact().map(|_| 0).unwrap(),
            2 => 300,
            _ => 1,
        };
        let is_social = chance.below(4) > 0;
        let drafts =
            (0..count).map(|number| post(format!("{number} {}", "k".repeat(chance.below(1500)))));
        let rng = &mut crate::rng::system();
        let (written, _) = logs
            .append(&kept.account.identity, is_social, drafts.collect(), 2, rng)
            .unwrap();
        logs.commit().unwrap();
        for entry in written {
            announce(said(
                &entry.place.log,
                entry.place.seq,
                &entry.id.to_string(),
            ));
        }
    }
}

/// Alice's home in `dir`, made when it isn't there, and its logs.
fn alices(dir: &Path) -> (Logs, KeptAccount) {
    let home = Home::open(dir).unwrap();
    keyring::told(&home).unwrap();
    let (kept, _) = crate::node::account(&home, Some("Alice"), None).unwrap();
    let logs = Logs::open(&home.store_dir(), vec![kept.account.clone()]).unwrap();
    (logs, kept)
}

#[test]
fn no_entry_is_lost_when_killed() {
    let (mut chance, mut most) = (Chance(seed()), 0);
    let rounds = rounds(KILLS_DEFAULT / 2);
    for first in (0..rounds).step_by(KILLS_PER_STORE) {
        let dir = tempfile::tempdir().unwrap();
        drop(alices(dir.path()));
        let mut acknowledged = Vec::new();
        for _ in first..rounds.min(first + KILLS_PER_STORE) {
            let said = killed(
                "child_that_lives_until_killed",
                dir.path(),
                life(&mut chance),
            );
            acknowledged.extend(said);
            let said: Vec<&str> = acknowledged.iter().map(String::as_str).collect();
            check_logs(&alices(dir.path()).0, &said).unwrap();
        }
        most = most.max(acknowledged.len());
    }
    assert!(most > 0);
}

#[test]
fn a_compaction_may_stop_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    put(&db, 0..300, 1000);
    let mut batch = Batch::default();
    (0..200).for_each(|number| batch.remove(key(number)));
    db.apply(batch).unwrap();
    let expected = all(&db);
    assert_eq!(expected.len(), 100);
    let mut stopped = Vec::new();
    db.compact_watched(|step| {
        let snapshot = tempfile::tempdir().unwrap();
        copy(dir.path(), snapshot.path());
        stopped.push((step, snapshot));
    })
    .unwrap();
    assert_eq!(
        stopped.iter().map(|(step, _)| *step).collect::<Vec<_>>(),
        [Step::Copied, Step::Checked, Step::Swapped, Step::Removed]
    );
    for (step, stopped) in stopped {
        let db = open(stopped.path());
        assert!(all(&db) == expected, "{step:?}");
        put(&db, 1000..1010, 10);
        drop(db);
        assert_eq!(all(&open(stopped.path())).len(), 110);
        let databases = fs::read_dir(stopped.path()).unwrap();
        let databases =
            databases.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_dir());
        assert_eq!(databases.count(), 1, "{step:?}");
    }
}

#[test]
fn compacting_gives_space_back_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    for group in 0..50 {
        put(&db, group * 50..group * 50 + 50, 3000);
    }
    for group in 0..50 {
        let mut batch = Batch::default();
        (group * 50..group * 50 + 45).for_each(|number| batch.remove(key(number)));
        db.apply(batch).unwrap();
    }
    db.commit().unwrap();
    let before = db.size_on_disk().unwrap();
    db.compact().unwrap();
    let after = db.size_on_disk().unwrap();
    assert!(after * 2 < before, "{before} bytes before, {after} after");
    assert!(
        after < db.live_bytes() * 5 / 2 + (2 << 20),
        "{after} bytes for {}",
        db.live_bytes()
    );
    put(&db, 10_000..10_100, 3000);
    db.compact().unwrap();
    drop(db);
    assert_eq!(open(dir.path()).row_count(), 350);
}

#[test]
fn a_compaction_that_fails_leaves_the_old_database_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    put(&db, 0..100, 1000);
    // A file where the new directory would be.
    fs::write(dir.path().join("db-000002"), b"in the way").unwrap();
    db.compact().unwrap_err();
    put(&db, 100..200, 1000);
    fs::remove_file(dir.path().join("db-000002")).unwrap();
    db.compact().unwrap();
    assert_eq!(all(&db).len(), 200);
}
