//! A node that is killed wherever it is goes on there.

use super::{Friends, Person};

/// Kills the backup at its `puts`th put; whether it was there at all.
async fn kill_at(alice: Person, puts: usize) -> (Person, bool) {
    let friends = alice.friends.clone();
    friends.get_stuck_after(Some(puts));
    let backup = alice.backup.clone();
    let running = tokio::spawn(async move {
        backup.0.fix().await.unwrap();
        backup.0.round().await.unwrap();
    });
    let abort = running.abort_handle();
    let was_killed = tokio::select! {
        () = friends.stuck() => true,
        done = running => {
            done.unwrap();
            false
        }
    };
    abort.abort();
    while !abort.is_finished() {
        tokio::task::yield_now().await;
    }
    friends.get_stuck_after(None);
    (alice.again().await, was_killed)
}

#[tokio::test]
async fn whatever_a_guardian_confirmed_is_not_sent_again() {
    for count in [1, 5] {
        let friends = Friends::default();
        (0..count).for_each(|_| {
            friends.join();
        });
        let mut alice = Person::new(friends.clone()).await;
        alice.put(10, 20_000).await;
        let (mut kills, mut was_killed) = (0, true);
        while was_killed {
            // Each life gets a little further, until one gets to the end.
            (alice, was_killed) = kill_at(alice, kills).await;
            kills += 1;
            assert!(kills < 60, "it never gets there");
        }
        let outcome = alice.back_up().await;
        assert!(outcome.complete, "{outcome:?}");
        let health = alice.backup.status().await.unwrap();
        alice.check_restorable(usize::try_from(health.survives_losses).unwrap(), 1);
        for friend in friends.all().iter() {
            let mut packs: Vec<_> = friend.puts.clone();
            packs.sort_unstable();
            packs.dedup();
            // What was on its way at a kill may come twice, nothing more often than there were kills.
            assert!(
                friend.puts.len() <= packs.len() + kills,
                "{} puts",
                friend.puts.len()
            );
        }
    }
}

#[tokio::test]
async fn coding_anew_goes_on_after_a_kill() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(10, 20_000).await;
    assert!(alice.back_up().await.complete);
    (0..5).for_each(|_| {
        friends.join();
    });
    let (mut kills, mut was_killed) = (0, true);
    while was_killed {
        (alice, was_killed) = kill_at(alice, kills).await;
        // At every moment somebody has all of it: the first friend the copies, or enough of them shards.
        friends.all().iter_mut().for_each(|friend| friend.let_go());
        alice.check_restorable(0, 1);
        kills += 3;
        assert!(kills < 200, "it never gets there");
    }
    alice.round().await;
    let health = alice.backup.status().await.unwrap();
    assert!(health.is_complete, "{health:?}");
    assert_eq!(health.survives_losses, 4);
    friends.all().iter_mut().for_each(|friend| friend.let_go());
    alice.check_restorable(4, 1);
}
