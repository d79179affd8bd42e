//! A backup whose device is gone goes on with another one.

use std::collections::BTreeSet;

use hearth_protocol::manifest::RootId;

use super::friends::Restored;
use super::{Friends, Person};

/// Another device that has everything which came back from the old one.
async fn adopting(old: &Person, back: Restored) -> Person {
    let (root, pages) = (back.root.unwrap(), back.pages);
    let new = Person::with_phrase(old.same_phrase(), old.friends.clone()).await;
    let identity = new.identity();
    let hold = new.backup.hold();
    let (statements, keys) = (root.statement_set().unwrap(), root.keys.clone());
    let taken = new.store.write(move |logs| {
        logs.keep_statements(&statements)?;
        let mut rng = crate::rng::system();
        logs.grant_backup_keys(&identity, &keys, 1, &mut rng)
    });
    taken.await.unwrap();
    let entries = pages.iter().flat_map(|page| &page.packs);
    for entry in entries {
        let payload = back.payloads[&entry.number].clone();
        new.objects
            .adopt_pack(entry.number, entry.kind, payload)
            .await
            .unwrap();
    }
    let id = RootId::from_bytes(back.root_id);
    // Twice, as after a kill.
    for _ in 0..2 {
        new.backup.adopt(&root, id, &pages, 0).await.unwrap();
    }
    drop(hold);
    new
}

#[tokio::test]
async fn what_came_back_is_not_sent_again() {
    let friends = Friends::default();
    (0..5).for_each(|_| {
        friends.join();
    });
    let mut old = Person::new(friends.clone()).await;
    old.put(10, 20_000).await;
    old.back_up().await;
    old.put(1, 20_000).await;
    let last = old.back_up().await;
    assert!(last.complete);
    let back = old.restored(&[0, 1]).unwrap();
    let root = back.root.clone().unwrap();
    let mut new = adopting(&old, back).await;
    new.put.clone_from(&old.put);

    let known: BTreeSet<[u8; 32]> = friends
        .all()
        .iter()
        .flat_map(|friend| friend.kept.keys().copied().collect::<Vec<_>>())
        .collect();
    let puts = friends.puts();
    new.put(1, 20_000).await;
    let outcome = new.back_up().await;
    assert!(outcome.complete, "{outcome:?}");
    assert!(outcome.new_bytes < 40_000, "{outcome:?}");
    for friend in friends.all().iter() {
        let again = friend.puts.iter().filter(|id| known.contains(*id)).count();
        let first = friend.puts.len();
        assert!(again < first, "{again} of {first}");
    }
    // A pack of objects, one of logs, a page and a root or two, for each of the five.
    assert!(friends.puts() - puts <= 5 * 6, "{}", friends.puts() - puts);
    let after = new.restored(&[0, 1, 2]).unwrap();
    assert!(after.number > root.number);
    assert!(after.objects.is_superset(&new.put));
    let snapshots = new.backup.snapshots().await.unwrap();
    assert_eq!(snapshots.len(), 3);
    assert_eq!(snapshots[1].id, last.snapshot);
}

#[tokio::test]
async fn earlier_snapshots_keep_their_packs_when_these_are_merged() {
    let friends = Friends::default();
    friends.join();
    let mut old = Person::new(friends.clone()).await;
    for _ in 0..5 {
        old.put(1, 2_000).await;
        assert!(old.back_up().await.complete);
    }
    let back = old.restored(&[]).unwrap();
    let root = back.root.clone().unwrap();
    let earlier = root.snapshots[2];
    let before = old.restored_as(*earlier.id.as_bytes()).unwrap().objects;
    assert_eq!(before.len(), 3);
    let mut new = adopting(&old, back).await;
    new.put.clone_from(&old.put);
    for _ in 0..4 {
        new.put(1, 2_000).await;
        assert!(new.back_up().await.complete);
    }
    let packs = new.restored(&[]).unwrap().pages;
    let adopted = root.pages.len();
    let in_newest: usize = packs.iter().map(|page| page.packs.len()).sum();
    assert!(in_newest < 9 + adopted, "merged: {in_newest} packs");
    friends.all()[0].let_go();
    new.check_restorable(0, 1);
    let after = new.restored_as(*earlier.id.as_bytes());
    assert_eq!(after.unwrap().objects, before);
}

#[tokio::test]
async fn numbers_go_on_behind_the_newest_root_that_is_known() {
    let friends = Friends::default();
    friends.join();
    let mut old = Person::new(friends.clone()).await;
    old.put(1, 2_000).await;
    old.back_up().await;
    let back = old.restored(&[]).unwrap();
    let (root, id) = (back.root.clone().unwrap(), RootId::from_bytes(back.root_id));
    let pages = back.pages.clone();
    let mut new = adopting(&old, back).await;
    new.backup.adopt(&root, id, &pages, 40).await.unwrap();
    new.put(1, 2_000).await;
    new.back_up().await;
    assert!(new.restored(&[]).unwrap().number > 40);
}
