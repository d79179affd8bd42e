//! What somebody who had one of the devices may leave behind.

use std::collections::BTreeMap;

use hearth_keys::{DeviceKeys, Phrase};
use hearth_protocol::bounds::BACKUP_NUMBER_MAX;
use hearth_protocol::content::{BackupHead, Content};
use hearth_protocol::pack::BackupKey;
use hearth_protocol::root::{Claim, LogEnd, Statement};

use super::{Friends, Person};
use crate::replication::unix_ms;

async fn tell(person: &Person, statement: Statement) {
    let identity = person.identity();
    let told = person
        .store
        .write(move |logs| logs.take_statements(identity, &[statement.to_bytes()]));
    assert!(told.await.unwrap().is_some());
}

/// Cuts off a device that wrote nothing which is held.
async fn cut_somebody(person: &Person, phrase: &Phrase) -> Statement {
    let device = DeviceKeys::generate(&mut crate::rng::system()).id();
    let ends = BTreeMap::new();
    let cut = Statement::sign(&phrase.root(), device, unix_ms(), Claim::Cut { ends });
    tell(person, cut.clone()).await;
    cut
}

async fn grant(person: &Person, keys: Vec<BackupKey>) {
    let identity = person.identity();
    let granted = person.store.write(move |logs| {
        let mut rng = crate::rng::system();
        logs.grant_backup_keys(&identity, &keys, unix_ms(), &mut rng)
    });
    assert!(!granted.await.unwrap().is_empty());
}

fn key(generation: u32) -> BackupKey {
    BackupKey::generate(generation, &mut crate::rng::system())
}

fn sealed_under(person: &Person) -> Vec<u32> {
    let root = person.restored(&[]).unwrap().root.unwrap();
    root.pages.iter().map(|page| page.generation).collect()
}

#[tokio::test]
async fn a_key_that_was_granted_ahead_is_not_sealed_under() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(1, 5_000).await;
    alice.back_up().await;
    let ahead = [key(1000), key(u32::MAX)];
    grant(&alice, ahead.to_vec()).await;
    let cut = cut_somebody(&alice, &alice.phrase).await;
    alice.put(1, 5_000).await;
    assert!(alice.back_up().await.complete);
    assert_eq!(sealed_under(&alice), [1001]);
    let mut alice = alice.again().await;
    alice.put(1, 5_000).await;
    assert!(alice.back_up().await.complete);
    assert_eq!(sealed_under(&alice), [1001], "no further one is begun");

    // Another device is given all of them again, and can't tell which is whose.
    let mut next = Person::with_phrase(alice.same_phrase(), Friends::default()).await;
    next.friends.join();
    tell(&next, cut).await;
    let keys = alice.backup.0.keys().await.unwrap();
    assert_eq!(keys.len(), 4);
    grant(&next, keys).await;
    next.put(1, 5_000).await;
    assert!(next.back_up().await.complete);
    assert_eq!(sealed_under(&next), [1002]);
}

#[tokio::test]
async fn more_keys_than_fit_a_root_stop_no_backup() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(1, 5_000).await;
    alice.back_up().await;
    grant(&alice, (10..300).map(key).collect()).await;
    cut_somebody(&alice, &alice.phrase).await;
    alice.put(1, 5_000).await;
    assert!(alice.back_up().await.complete);
    let back = alice.restored(&[]).unwrap();
    assert!(back.objects.is_superset(&alice.put));
}

async fn highest(person: &Person) -> u64 {
    let identity = person.identity();
    let read = person
        .store
        .read(move |logs| logs.backup_highest_root(&identity));
    read.await.unwrap()
}

fn head(number: u64) -> Content {
    let root = [3; 32];
    Content::BackupHead(BackupHead { number, root })
}

#[tokio::test]
async fn numbers_are_not_used_up_by_what_a_log_says() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(1, 5_000).await;
    alice.back_up().await;
    let used = highest(&alice).await;
    alice.write(true, head(BACKUP_NUMBER_MAX)).await;
    assert_eq!(highest(&alice).await, used);
    alice.write(true, head(used + 50)).await;
    assert_eq!(highest(&alice).await, used + 50, "another device goes on");
    alice.put(1, 5_000).await;
    assert!(alice.back_up().await.complete);
    let number = alice.restored(&[]).unwrap().number;
    assert!((used + 51..used + 60).contains(&number), "{number}");

    // Once the device is cut off, what it said counts no more, although it stays.
    let used = highest(&alice).await;
    alice.write(true, head(used + 7)).await;
    assert_eq!(highest(&alice).await, used + 7);
    let (identity, device) = (alice.identity(), alice.kept.account.device.id());
    let tops = alice.store.read(move |logs| {
        let mut ends = BTreeMap::new();
        for (log, top) in logs.tops(&identity, &device) {
            let (entry, _) = logs.entry(&top)?.expect("the newest is held");
            let (seq, id) = (top.seq, entry.id());
            ends.insert(log.log, LogEnd { seq, id });
        }
        Ok(ends)
    });
    let ends = tops.await.unwrap();
    let claim = Claim::Cut { ends };
    let cut = Statement::sign(&alice.phrase.root(), device, unix_ms(), claim);
    tell(&alice, cut).await;
    assert_eq!(highest(&alice).await, used);
}

#[tokio::test]
async fn at_the_end_of_all_numbers_backups_go_on() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    let mut changes = crate::store::backup::BackupChanges::of(alice.identity());
    changes.highest_root(BACKUP_NUMBER_MAX);
    let change = alice.store.write(move |logs| logs.change_backup(changes));
    change.await.unwrap();
    alice.put(1, 5_000).await;
    assert!(alice.back_up().await.complete);
    alice.put(1, 5_000).await;
    assert!(alice.back_up().await.complete);
}
