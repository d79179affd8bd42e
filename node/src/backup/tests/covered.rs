//! What is said to come back without some friends, against what does.

use std::collections::BTreeSet;

use super::{Friends, Person};

/// Asks about every choice of friends that are gone, and restores without them.
async fn check_all(alice: &Person) {
    let identities: Vec<_> = {
        let friends = alice.friends.all();
        friends.iter().map(|friend| friend.identity).collect()
    };
    let (mut whole, mut parts) = (0, 0);
    for choice in 0..1_u32 << identities.len() {
        let is_lost = |at: &usize| choice & (1 << at) != 0;
        let lost: Vec<usize> = (0..identities.len()).filter(is_lost).collect();
        let gone: BTreeSet<_> = lost.iter().map(|at| identities[*at]).collect();
        let said = alice.backup.coverage(&gone).await.unwrap();
        let restored = alice.restored(&lost);
        assert_eq!(said.is_whole(), restored.is_some(), "{lost:?}: {said:?}");
        if let Some(restored) = restored {
            assert!(restored.objects.is_superset(&alice.put), "{lost:?}");
            whole += 1;
        } else {
            assert_eq!(said.survives_losses, 0);
            parts += 1;
        }
        let named = said.holders.iter().filter(|holder| holder.is_gone);
        assert!(named.count() >= lost.len());
        // Whichever so many more go, everything comes back: what is said of each of those agrees.
        let stay = identities.len() - lost.len();
        let more = usize::try_from(said.survives_losses).unwrap();
        assert!(more == 0 || more < stay, "{lost:?}: {said:?}");
    }
    assert!(whole > 0 && parts > 0, "both are tried");
}

#[tokio::test]
async fn what_is_said_to_come_back_does() {
    let friends = Friends::default();
    (0..3).for_each(|_| {
        friends.join();
    });
    let mut alice = Person::new(friends.clone()).await;
    alice.put(10, 20_000).await;
    alice.post("first").await;
    assert!(alice.back_up().await.complete);
    check_all(&alice).await;
    // Coded, among five; then with one who holds nothing yet, as they can't be reached.
    (0..2).for_each(|_| {
        friends.join();
    });
    alice.round().await;
    check_all(&alice).await;
    let late = friends.join();
    friends.all()[late].is_reachable = false;
    alice.put(2, 30_000).await;
    alice.back_up().await;
    check_all(&alice).await;
    let nobody = alice.backup.coverage(&BTreeSet::new()).await.unwrap();
    let health = alice.backup.status().await.unwrap();
    assert_eq!(nobody.survives_losses, health.survives_losses);
    assert_eq!(nobody.holders[late].shards, 0);
    assert!(nobody.placed_shards < nobody.wanted_shards);
}

#[tokio::test]
async fn who_shares_a_machine_goes_with_it() {
    let friends = Friends::default();
    friends.join_on(b"one");
    friends.join_on(b"one");
    friends.join_on(b"two");
    let mut alice = Person::new(friends.clone()).await;
    alice.put(3, 10_000).await;
    assert!(alice.back_up().await.complete);
    let first = BTreeSet::from([friends.all()[0].identity]);
    let said = alice.backup.coverage(&first).await.unwrap();
    let gone = said.holders.iter().filter(|holder| holder.is_gone);
    assert_eq!(gone.count(), 2);
    assert!(said.is_whole(), "{said:?}");
    let everybody: BTreeSet<_> = {
        let friends = friends.all();
        friends.iter().map(|friend| friend.identity).collect()
    };
    let said = alice.backup.coverage(&everybody).await.unwrap();
    assert!(!said.is_found && said.survives_losses == 0);
}

#[tokio::test]
async fn what_is_new_waits_until_it_is_with_friends() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(3, 10_000).await;
    let asked = async |alice: &Person| alice.backup.coverage(&BTreeSet::new()).await.unwrap();
    let before = asked(&alice).await;
    assert!(before.snapshot_ms.is_none() && before.waiting_bytes >= 30_000);
    alice.back_up().await;
    let then = asked(&alice).await;
    assert_eq!(
        (then.waiting_entries, then.waiting_bytes),
        (0, 0),
        "{then:?}"
    );
    assert_eq!(
        (then.placed_shards, then.files_bytes),
        (then.wanted_shards, then.files_back_bytes)
    );
    alice.post("something").await;
    alice.put(1, 5_000).await;
    let now = asked(&alice).await;
    assert!(
        now.waiting_entries >= 1 && now.waiting_bytes >= 5_000,
        "{now:?}"
    );
}
