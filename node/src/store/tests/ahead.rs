//! What was committed and isn't in the database yet.

use std::os::unix::fs::FileExt;

use super::super::db::DbError;
use super::*;

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// A store of which `batches` commits of one row each lie in the write-ahead file alone, as a power cut leaves it.
fn cut_off(batches: u64) -> (tempfile::TempDir, Rows) {
    let (dir, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let db = open(dir.path());
    (0..batches).for_each(|number| put(&db, [number], 1000));
    copy(dir.path(), cut.path());
    let rows = all(&db);
    (cut, rows)
}

fn ahead(dir: &Path) -> fs::File {
    let mut options = fs::File::options();
    options
        .read(true)
        .write(true)
        .open(dir.join("AHEAD"))
        .unwrap()
}

#[test]
fn what_was_committed_is_there_after_a_power_cut() {
    let (dir, expected) = cut_off(50);
    for _ in 0..2 {
        let db = open(dir.path());
        assert!(all(&db) == expected);
        db.verify().unwrap();
    }
}

#[test]
fn later_laps_do_not_bring_earlier_ones_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    // Each opening begins a lap; what lies behind its records is of another.
    for lap in 0..6_u64 {
        let db = open(dir.path());
        for number in 0..20 - lap * 3 {
            put(&db, [number], 500 + usize::try_from(lap).unwrap());
        }
        expected = all(&db);
        let cut = tempfile::tempdir().unwrap();
        copy(dir.path(), cut.path());
        assert!(all(&open(cut.path())) == expected, "lap {lap}");
    }
    assert!(all(&open(dir.path())) == expected);
}

#[test]
fn a_torn_record_ends_what_is_read() {
    let (dir, expected) = cut_off(10);
    // The last record's write was cut short, and nobody was told of it.
    fs::remove_file(dir.path().join("MARK")).unwrap();
    let bytes = fs::read(dir.path().join("AHEAD")).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    ahead(dir.path())
        .write_all_at(&[0; 300], end as u64 - 300)
        .unwrap();
    let db = open(dir.path());
    assert!(all(&db) == expected[..9]);
    // Its number is given anew.
    put(&db, [100], 10);
    drop(db);
    assert_eq!(all(&open(dir.path())).len(), 10);
}

#[test]
fn acknowledged_records_that_are_damaged_are_noticed() {
    let (pristine, expected) = cut_off(40);
    let length = 40 * 1100;
    let mut noticed = 0;
    for step in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        copy(pristine.path(), dir.path());
        let (file, at, mut byte) = (ahead(dir.path()), length * step / 20, [0]);
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 4], at).unwrap();
        match Db::open(dir.path(), VERSION) {
            Ok(db) => assert!(all(&db) == expected, "byte {at}"),
            Err(DbError::Damaged { .. }) => noticed += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(noticed > 15, "{noticed} of 20");
}

#[test]
fn rows_are_read_through_what_waits() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    put(&db, (0..100).map(|number| number * 2), 50);
    drop(db);
    let db = open(dir.path());
    let mut batch = Batch::default();
    for number in 0..100 {
        match number % 3 {
            0 => batch.remove(key(number)),
            1 => batch.insert(key(number), value(number, 7)),
            _ => {}
        }
    }
    db.apply(batch).unwrap();
    let forwards = all(&db);
    let mut backwards: Vec<_> = db.range(&[], &[9]).rev().map(Result::unwrap).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    // From both ends at once: each row once.
    let mut rows = db.range(&[], &[9]);
    let (mut front, mut back) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next() {
        front.push(row.unwrap());
        back.extend(rows.next_back().map(Result::unwrap));
    }
    back.reverse();
    assert_eq!([front, back].concat(), forwards);
    db.settle().unwrap();
    assert_eq!(all(&db), forwards);
}

#[test]
fn what_comes_into_sled_by_parts_is_read_as_before_and_survives_a_power_cut_between_them() {
    let (dir, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let db = open(dir.path());
    (0..200_u64).for_each(|number| put(&db, [number * 2], 1000));
    let expected = all(&db);
    let mut parts = 0;
    while !db.settle_some().unwrap() {
        parts += 1;
        assert!(all(&db) == expected, "after {parts} parts");
        assert!(db.is_settling_due());
        if parts == 3 {
            copy(dir.path(), cut.path());
        }
    }
    assert!(parts > 3 && !db.is_settling_due(), "{parts} parts");
    let after_a_cut = open(cut.path());
    assert!(all(&after_a_cut) == expected);
    after_a_cut.verify().unwrap();
    // What is applied in between waits until all of it is there.
    put(&db, [1000], 1000);
    (0..100_u64).for_each(|number| put(&db, [number * 2 + 1], 1000));
    assert!(!db.settle_some().unwrap());
    put(&db, [7], 500);
    assert!(!db.is_settling_due());
    let expected = all(&db);
    drop(db);
    let db = open(dir.path());
    assert!(all(&db) == expected);
    db.verify().unwrap();
}
