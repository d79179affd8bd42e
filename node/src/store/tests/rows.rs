//! Rows, batches and their limits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::batch::{BATCH_BYTES_MAX, KEY_BYTES_MAX};
use super::super::error::DbError;
use super::*;

#[test]
fn a_batch_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    put(&db, 0..100, 300);
    drop(db);
    let db = open(dir.path());
    assert_eq!(
        all(&db),
        (0..100)
            .map(|n| (key(n), value(n, 300)))
            .collect::<Vec<_>>()
    );
    assert_eq!(db.row_count(), 100);
    assert_eq!(db.live_bytes(), 100 * (9 + 300));
}

#[test]
fn limits_are_refused_and_nothing_happens() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let refused = |key: Vec<u8>, value: Vec<u8>| {
        let mut batch = Batch::default();
        batch.insert([1], [1]);
        batch.insert(key, value);
        db.apply(batch).unwrap_err()
    };
    assert!(matches!(refused(vec![], vec![]), DbError::KeyReserved));
    assert!(matches!(refused(vec![0, 1], vec![]), DbError::KeyReserved));
    assert!(matches!(
        refused(vec![1; KEY_BYTES_MAX + 1], vec![]),
        DbError::TooLarge { .. }
    ));
    assert!(matches!(
        refused(vec![1], vec![0; VALUE_BYTES_MAX + 1]),
        DbError::TooLarge { .. }
    ));
    let mut batch = Batch::default();
    let rows = BATCH_BYTES_MAX / VALUE_BYTES_MAX + 1;
    (0..rows as u64).for_each(|number| batch.insert(key(number), full_value(0)));
    assert!(matches!(
        db.apply(batch).unwrap_err(),
        DbError::TooLarge { .. }
    ));
    assert_eq!(all(&db), []);
    put(&db, [1], 1);
    assert_eq!(all(&db).len(), 1);
}

#[test]
fn clearing_removes_one_namespace() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    put(&db, 0..1000, 20);
    let mut batch = Batch::default();
    batch.insert([2, 1], [1]);
    batch.insert([u8::MAX, u8::MAX], [2]);
    db.apply(batch).unwrap();
    db.clear(1).unwrap();
    db.clear(u8::MAX).unwrap();
    assert_eq!(all(&db), [(vec![2, 1], vec![1])]);
    db.verify().unwrap();
}

#[test]
fn a_newer_version_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    put(&db, 0..10, 10);
    db.record_version(VERSION + 1).unwrap();
    drop(db);
    let refused = Db::open(dir.path(), VERSION).unwrap_err();
    assert!(
        matches!(refused, DbError::NewerVersion { found, known } if (found, known) == (VERSION + 1, VERSION))
    );
    let db = Db::open(dir.path(), VERSION + 2).unwrap();
    assert_eq!(db.version(), VERSION + 1);
    assert_eq!(all(&db).len(), 10);
}

#[test]
fn a_second_user_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    assert!(matches!(
        Db::open(dir.path(), VERSION).unwrap_err(),
        DbError::InUse
    ));
    drop(db);
    open(dir.path());
}

#[test]
fn no_load_makes_blobs() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let long = |number: u64| {
        let mut key = key(number);
        key.extend_from_slice(&value(number, KEY_BYTES_MAX - 9));
        key
    };
    // Upwards, downwards, overwritten one by one, and removed so that leaves are joined.
    for start in [0, 3000] {
        for group in 0..30 {
            let mut batch = Batch::default();
            for number in 0..20 {
                let number = group * 20 + number;
                let number = if start == 0 { number } else { start - number };
                batch.insert(long(number), full_value(number));
            }
            db.apply(batch).unwrap();
        }
    }
    for number in 0..600 {
        let mut batch = Batch::default();
        batch.insert(long(number * 7 % 600), full_value(number + 10_000));
        db.apply(batch).unwrap();
    }
    for number in (0..600).filter(|number| number % 16 > 2) {
        let mut batch = Batch::default();
        batch.remove(long(number));
        db.apply(batch).unwrap();
    }
    db.commit().unwrap();
    db.verify().unwrap();
    assert_eq!(
        fs::read_dir(database(dir.path()).join("blobs"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn counting_goes_on_while_rows_change() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    put(&db, (0..5000).map(|number| number * 2), 10);
    db.check.replace(Some(Default::default()));
    let mut number = 0;
    while !db.verify_some().unwrap() {
        // Before, at and after the place that was reached.
        let mut batch = Batch::default();
        for step in 0..20 {
            batch.remove(key(number + step * 512));
            batch.insert(key(number + step * 512 + 1), value(step, 15));
            batch.insert(key(number + step * 512 + 2), value(step, 15));
        }
        db.apply(batch).unwrap();
        number += 10;
    }
    assert!(number > 20);
    assert!(db.verify_some().unwrap());
    db.verify().unwrap();
}

#[derive(Debug, Clone)]
enum Change {
    Insert(u8, u8),
    Remove(u8),
}

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let change = prop_oneof![
        3 => (any::<u8>(), any::<u8>()).prop_map(|(key, value)| Change::Insert(key, value)),
        1 => any::<u8>().prop_map(Change::Remove),
    ];
    prop::collection::vec(prop::collection::vec(change, 0..60), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn behaves_like_a_sorted_map(batches in changes(), from: u8, to: u8, reopened_at in 0..12_usize) {
        let dir = tempfile::tempdir().unwrap();
        let mut db = open(dir.path());
        let mut model = BTreeMap::new();
        for (number, changes) in batches.into_iter().enumerate() {
            let mut batch = Batch::default();
            for change in changes {
                match change {
                    Change::Insert(key, byte) => {
                        let value = value(byte.into(), usize::from(byte) * 9);
                        batch.insert([1, key], value.clone());
                        model.insert(vec![1, key], value);
                    }
                    Change::Remove(key) => {
                        batch.remove([1, key]);
                        model.remove([1, key].as_slice());
                    }
                }
            }
            db.apply(batch).unwrap();
            if number == reopened_at {
                drop(db);
                db = open(dir.path());
            }
        }
        let rows = |model: &BTreeMap<Vec<u8>, Vec<u8>>| model.clone().into_iter().collect::<Vec<_>>();
        prop_assert_eq!(all(&db), rows(&model));
        let inside = |key: &Vec<u8>| [1, from].as_slice() <= key.as_slice() && key.as_slice() < [1, to].as_slice();
        let mut expected = rows(&model);
        expected.retain(|(key, _)| inside(key));
        let range = |db: &Db| db.range(&[1, from], &[1, to]);
        prop_assert_eq!(range(&db).map(Result::unwrap).collect::<Vec<_>>(), expected.clone());
        prop_assert_eq!(db.first_at(&[1, from], &[1, to]).unwrap(), expected.first().cloned());
        prop_assert_eq!(db.last_below(&[1, from], &[1, to]).unwrap(), expected.last().cloned());
        expected.reverse();
        prop_assert_eq!(range(&db).rev().map(Result::unwrap).collect::<Vec<_>>(), expected);
        for key in 0..=u8::MAX {
            prop_assert_eq!(db.value(&[1, key]).unwrap(), model.get([1, key].as_slice()).cloned());
        }
        db.verify().unwrap();
        db.compact().unwrap();
        prop_assert_eq!(all(&db), rows(&model));
    }
}
