//! Files that are not what was written, and disks that are full.

use std::os::unix::fs::FileExt;

use super::super::db::DbError;
use super::*;

/// More than the write-ahead file holds: what it does hold is brought back.
const ROWS: u64 = 1200;

/// A store of 400 rows, closed after it was written and, if asked for, once opened and closed again.
fn written(dir: &Path, is_reopened: bool) -> Vec<(Vec<u8>, Vec<u8>)> {
    let db = open(dir);
    for number in 0..ROWS / 20 {
        put(&db, number * 20..number * 20 + 20, 2000);
    }
    drop(db);
    if is_reopened {
        drop(open(dir));
    }
    (0..ROWS)
        .map(|number| (key(number), value(number, 2000)))
        .collect()
}

/// Opening `dir` gives either an error or exactly the rows that were committed.
fn check_honest(dir: &Path, expected: &[(Vec<u8>, Vec<u8>)], what: &str) -> bool {
    match Db::open(dir, VERSION) {
        Ok(db) => {
            assert!(all(&db) == expected, "{what}: rows are lost or altered");
            true
        }
        Err(DbError::Damaged { .. }) => false,
        Err(other) => panic!("{what}: {other}"),
    }
}

#[test]
fn flipped_bytes_are_noticed_or_harmless() {
    let pristine = tempfile::tempdir().unwrap();
    for is_reopened in [false, true] {
        let source = pristine.path().join(is_reopened.to_string());
        let expected = written(&source, is_reopened);
        let length = fs::metadata(database(&source).join("db")).unwrap().len();
        let mut noticed = 0;
        for step in 0..24 {
            let dir = tempfile::tempdir().unwrap();
            copy(&source, dir.path());
            let log = fs::File::options()
                .read(true)
                .write(true)
                .open(database(dir.path()).join("db"))
                .unwrap();
            let at = length * step / 24 + step * 7;
            let mut byte = [0];
            log.read_exact_at(&mut byte, at).unwrap();
            log.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
            noticed += usize::from(!check_honest(dir.path(), &expected, &format!("byte {at}")));
        }
        assert!(noticed > 0);
    }
}

#[test]
fn a_shortened_log_is_noticed() {
    let pristine = tempfile::tempdir().unwrap();
    let expected = written(pristine.path(), true);
    let length = fs::metadata(database(pristine.path()).join("db"))
        .unwrap()
        .len();
    for kept in [0, 1, 4096, length / 3, length / 2] {
        let dir = tempfile::tempdir().unwrap();
        copy(pristine.path(), dir.path());
        fs::File::options()
            .write(true)
            .open(database(dir.path()).join("db"))
            .unwrap()
            .set_len(kept)
            .unwrap();
        assert!(!check_honest(
            dir.path(),
            &expected,
            &format!("{kept} bytes kept")
        ));
    }
}

#[test]
fn an_older_log_is_noticed() {
    let (dir, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let db = open(dir.path());
    put(&db, 0..50, 100);
    copy(&database(dir.path()), older.path());
    // More than the write-ahead file holds.
    for number in 1..20 {
        put(&db, number * 50..number * 50 + 50, 2000);
    }
    drop(db);
    fs::remove_dir_all(database(dir.path())).unwrap();
    copy(older.path(), &database(dir.path()));
    assert!(matches!(
        Db::open(dir.path(), VERSION).unwrap_err(),
        DbError::Damaged { .. }
    ));
}

#[test]
fn a_broken_snapshot_is_done_without() {
    let pristine = tempfile::tempdir().unwrap();
    let expected = written(pristine.path(), true);
    for broken in [&b""[..], b"no snapshot", &[0; 5000]] {
        let dir = tempfile::tempdir().unwrap();
        copy(pristine.path(), dir.path());
        let mut found = 0;
        for entry in fs::read_dir(database(dir.path())).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("snap.")
            {
                fs::write(path, broken).unwrap();
                found += 1;
            }
        }
        assert_eq!(found, 1);
        assert!(check_honest(dir.path(), &expected, "broken snapshot"));
    }
}

#[test]
fn missing_small_files_are_noticed() {
    let pristine = tempfile::tempdir().unwrap();
    let expected = written(pristine.path(), false);
    for (name, is_readable) in [
        ("VERSION", false),
        ("CURRENT", true),
        ("MARK", true),
        ("LOCK", true),
    ] {
        let dir = tempfile::tempdir().unwrap();
        copy(pristine.path(), dir.path());
        fs::remove_file(dir.path().join(name)).unwrap();
        assert_eq!(
            check_honest(dir.path(), &expected, name),
            is_readable,
            "{name}"
        );
    }
}
