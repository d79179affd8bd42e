//! Crashes: a process that is killed, a compaction that stops anywhere.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::compact::Step;
use super::*;

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
            announce(next);
        }
        if next.is_multiple_of(64) {
            db.compact().unwrap();
        }
    }
}

/// Tells the parent, who reads what the test harness doesn't catch.
fn announce(committed: u64) {
    use std::io::Write;
    writeln!(std::io::stderr(), "committed {committed}").unwrap();
}

#[test]
fn nothing_committed_is_lost_when_killed() {
    let dir = tempfile::tempdir().unwrap();
    let rounds = std::env::var("HEARTH_CRASH_ROUNDS").map_or(8, |rounds| rounds.parse().unwrap());
    let mut committed = 0;
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "child_that_writes_until_killed",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(CHILD_DIR, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok())
                .last()
        });
        std::thread::sleep(Duration::from_millis(40 + round * 7919 % 300));
        child.kill().unwrap();
        child.wait().unwrap();
        committed = reader.join().unwrap().unwrap_or(committed);
        let db = open(dir.path());
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
    assert!(committed > 0);
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
