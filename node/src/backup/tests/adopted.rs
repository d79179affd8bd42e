//! A backup whose device is gone goes on with another one.

use std::collections::BTreeSet;

use hearth_protocol::manifest::RootId;

use super::{Friends, Person};

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
    let (root, pages) = (back.root.unwrap(), back.pages);

    let mut new = Person::with_phrase(old.same_phrase(), friends.clone()).await;
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
