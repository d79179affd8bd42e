//! Backups on a disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hearth_protocol::manifest::{Page, Root};
use hearth_protocol::pack;

use super::friends::Restored;
use super::{Friends, Person};

fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path);
        }
    }
    found
}

/// What comes back of the newest root in a folder.
fn restored(alice: &Person, dir: &Path) -> Restored {
    let shelf = dir.join("hearth-backup").join(alice.identity().to_string());
    let secret = alice.phrase.root();
    let secret = secret.recovery();
    let identity = alice.identity();
    let roots = files(&shelf.join("roots"));
    let roots = roots
        .iter()
        .map(|path| Root::open(secret, &identity, &fs::read(path).unwrap()).unwrap());
    let root = roots.max_by_key(|root| root.number).unwrap();
    assert!(root.guardians.is_empty());
    let mut restored = Restored::default();
    for entry in &root.pages {
        let key = root.key(entry.generation).unwrap();
        let page = shelf.join("pages").join(entry.id.to_string());
        let page = Page::open(key, &fs::read(page).unwrap()).unwrap();
        for entry in page.packs {
            let sealed = fs::read(shelf.join("packs").join(entry.id.to_string())).unwrap();
            let key = root.key(entry.generation).unwrap();
            restored.take(&identity, &pack::open(&sealed, key).unwrap());
        }
    }
    restored
}

#[tokio::test]
async fn a_folder_alone_gives_everything_back() {
    let disk = tempfile::tempdir().unwrap();
    let mut alice = Person::new(Friends::default()).await;
    alice.put(10, 20_000).await;
    alice.post("hello").await;
    let first = alice.backup.to(disk.path()).await.unwrap();
    assert!(first.complete && first.sent_bytes > 200_000, "{first:?}");
    assert_eq!((first.k, first.n), (1, 1));
    let found = restored(&alice, disk.path());
    assert_eq!(found.objects, alice.put);
    assert_eq!(found.announced, alice.put);
    assert_eq!(found.entries, alice.entries().await);

    // Nothing new: nothing is written, not even a root.
    let before = files(disk.path());
    let again = alice.backup.to(disk.path()).await.unwrap();
    assert_eq!((again.sent_bytes, again.new_bytes), (0, 0));
    assert_eq!(again.snapshot, first.snapshot);
    assert_eq!(files(disk.path()), before);

    // Something new: what was there stays as it is.
    alice.put(2, 1_000).await;
    let second = alice.backup.to(disk.path()).await.unwrap();
    assert!(second.sent_bytes < first.sent_bytes, "{second:?}");
    assert!(files(disk.path()).is_superset(&before));
    assert_eq!(restored(&alice, disk.path()).objects, alice.put);

    // Somebody else uses the same disk.
    let mut bob = Person::new(Friends::default()).await;
    bob.put(1, 1_000).await;
    bob.backup.to(disk.path()).await.unwrap();
    assert_eq!(restored(&bob, disk.path()).objects, bob.put);
    assert_eq!(restored(&alice, disk.path()).objects, alice.put);
}

#[tokio::test]
async fn what_a_kill_left_half_written_goes_and_what_is_missing_comes() {
    let disk = tempfile::tempdir().unwrap();
    let mut alice = Person::new(Friends::default()).await;
    alice.put(10, 20_000).await;
    alice.backup.to(disk.path()).await.unwrap();
    let shelf = disk.path().join("hearth-backup");
    let shelf = shelf.join(alice.identity().to_string());
    let packs = files(&shelf.join("packs"));
    let lost = packs.first().unwrap();
    fs::write(lost.with_extension("new"), b"half").unwrap();
    fs::remove_file(lost).unwrap();
    let shortened = packs.last().unwrap();
    fs::write(shortened, b"short").unwrap();
    let outcome = alice.backup.to(disk.path()).await.unwrap();
    assert!(outcome.sent_bytes > 0);
    assert_eq!(files(&shelf.join("packs")), packs);
    assert_eq!(restored(&alice, disk.path()).objects, alice.put);
}

#[tokio::test]
async fn a_folder_that_is_none_is_told() {
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("file");
    fs::write(&file, b"").unwrap();
    let mut alice = Person::new(Friends::default()).await;
    alice.put(1, 1_000).await;
    let refused = alice.backup.to(&file).await.unwrap_err().to_string();
    assert!(refused.contains("can't write"), "{refused}");
}
