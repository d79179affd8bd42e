//! The power ends at any moment: what a child does to its files is recorded, and disks are made of it as they may be
//! afterwards. The real code opens each of them and must find everything that was acknowledged.
//!
//! `HEARTH_FAULT_ROUNDS` is how many disks each test makes (100 unless set), `HEARTH_FAULT_SEED` repeats a run.

mod disk;
pub(super) mod life;
mod trace;

use std::path::Path;

use super::*;
pub(crate) use disk::Chance;
use disk::{Disk, Fate};
pub(super) use trace::recorded;
pub(crate) use trace::{Event, acknowledge, record};

pub(crate) const CHILD_DIR: &str = "HEARTH_RECORD_DIR";
const ROUNDS_DEFAULT: usize = 100;
/// Batches that the child writes.
const BATCHES: u64 = 180;
const ROWS_PER_BATCH: u64 = 5;

pub(crate) fn rounds(default: usize) -> usize {
    std::env::var("HEARTH_FAULT_ROUNDS").map_or(default, |rounds| rounds.parse().unwrap())
}

/// The seed of this run; shown when a test fails.
pub(crate) fn seed() -> u64 {
    let now = || {
        std::time::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .subsec_nanos()
            .into()
    };
    let seed =
        std::env::var("HEARTH_FAULT_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    eprintln!("HEARTH_FAULT_SEED={seed} repeats this");
    seed
}

/// What one disk showed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) disks: usize,
    /// What was acknowledged and isn't there.
    pub(crate) lost: Vec<String>,
}

/// Ends the power at random moments; `check` looks at each disk, knowing what was acknowledged, and says what is wrong.
pub(crate) fn end_power_often(
    events: &[Event],
    (rounds, is_honest): (usize, bool),
    mut check: impl FnMut(&Path, &[&str]) -> Result<(), String>,
) -> Seen {
    let mut chance = Chance(seed());
    let mut moments: Vec<usize> = (0..rounds)
        .map(|_| chance.below(events.len() + 1))
        .collect();
    moments.sort_unstable();
    let (mut disk, mut next, mut seen) = (Disk::new(is_honest), 0, Seen::default());
    let mut acknowledged = Vec::new();
    for moment in moments {
        for event in &events[next..moment] {
            disk.happen(event);
            if let Event::Acknowledged(what) = event {
                acknowledged.push(what.as_str());
            }
        }
        next = next.max(moment);
        let fate = match chance.below(8) {
            0 => Fate::Lost,
            1 => Fate::Kept,
            2 | 3 => Fate::UpTo(chance.below(moment + 1)),
            eighths => Fate::Any(eighths as u64),
        };
        let image = tempfile::tempdir().unwrap();
        disk.end_of_power(image.path(), fate, &mut chance);
        seen.disks += 1;
        if let Err(wrong) = check(image.path(), &acknowledged) {
            seen.lost.push(format!(
                "after {moment} of {} events, {fate:?}: {wrong}",
                events.len()
            ));
        }
    }
    seen
}

/// The child's work; does nothing in an ordinary test run.
#[test]
fn child_that_writes_rows() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let mut db = open(&Path::new(&dir).join("store"));
    for next in 1..=BATCHES {
        let mut batch = Batch::default();
        for number in (next - 1) * ROWS_PER_BATCH..next * ROWS_PER_BATCH {
            batch.insert(key(number), value(number, row_bytes(number)));
        }
        // A row that changes each time, so that space is used again.
        batch.insert([2], value(next, 2500));
        db.apply(batch).unwrap();
        if next.is_multiple_of(3) {
            db.commit().unwrap();
            acknowledge(&next.to_string());
        }
        if next.is_multiple_of(45) {
            // Opened again, sled takes a snapshot.
            drop(db);
            db = open(&Path::new(&dir).join("store"));
        }
        if next.is_multiple_of(60) {
            db.compact().unwrap();
        }
    }
}

fn row_bytes(number: u64) -> usize {
    usize::try_from(number * 37 % 3000).unwrap()
}

/// The rows of whole batches are there, at least those that were acknowledged, and nothing else.
fn check_rows(disk: &Path, acknowledged: &[&str]) -> Result<(), String> {
    let acknowledged: u64 = acknowledged
        .last()
        .map_or(0, |number| number.parse().unwrap());
    let db = match Db::open(&disk.join("store"), VERSION) {
        Ok(db) => db,
        Err(error) => return Err(format!("{acknowledged} batches were acknowledged: {error}")),
    };
    let rows = db.prefixed(&[1]).count() as u64;
    assert_eq!(rows % ROWS_PER_BATCH, 0, "a batch is there or not");
    let batches = rows / ROWS_PER_BATCH;
    if batches < acknowledged {
        return Err(format!(
            "{batches} batches, {acknowledged} were acknowledged"
        ));
    }
    for number in 0..rows {
        let held = db.value(&key(number)).unwrap().unwrap();
        assert_eq!(
            held,
            value(number, row_bytes(number)),
            "a wrong row is never served"
        );
    }
    let last = db.value(&[2]).unwrap();
    assert_eq!(last, (batches > 0).then(|| value(batches, 2500)));
    Ok(())
}

#[test]
fn no_batch_that_was_acknowledged_is_lost() {
    let events = record("child_that_writes_rows", &[]);
    let seen = end_power_often(&events, (rounds(ROUNDS_DEFAULT), true), check_rows);
    assert!(seen.lost.is_empty(), "of {}: {:#?}", seen.disks, seen.lost);
}

/// Were the syncs left out, these tests would say so: without them the same disks show losses.
#[test]
fn without_syncs_much_would_be_lost() {
    let events = record("child_that_writes_rows", &[]);
    let seen = end_power_often(&events, (40, false), check_rows);
    assert!(
        seen.lost.len() * 2 > seen.disks,
        "{} of {}: {:#?}",
        seen.lost.len(),
        seen.disks,
        seen.lost
    );
}
