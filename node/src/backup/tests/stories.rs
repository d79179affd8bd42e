//! What becomes of a backup as friends come, go and refuse.

use hearth_protocol::content::BackupSettings;
use hearth_protocol::guardian::{Outcome as Answer, ShardKind};
use hearth_protocol::manifest::{Page, Root};
use hearth_protocol::root::{Claim, Statement};

use super::{Friends, Person};
use crate::backup::BackupError;
use crate::replication::unix_ms;

#[tokio::test]
async fn without_friends_nothing_is_complete() {
    let mut alice = Person::new(Friends::default()).await;
    alice.put(3, 10_000).await;
    let outcome = alice.back_up().await;
    assert!(!outcome.complete, "{outcome:?}");
    assert_eq!((outcome.n, outcome.sent_bytes), (0, 0));
    let health = alice.backup.status().await.unwrap();
    assert!(health.last_snapshot.is_none());
    assert!(
        health.sentence.contains("hearth pledge"),
        "{}",
        health.sentence
    );
    assert!(alice.backup.snapshots().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_friend_gets_a_copy_and_five_get_shards() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(40, 20_000).await;
    alice.post("first").await;
    let first = alice.back_up().await;
    assert!(first.complete && first.new_bytes > 800_000, "{first:?}");
    assert_eq!((first.k, first.n), (1, 1));
    assert!(first.sent_bytes >= first.new_bytes);
    alice.check_restorable(0, 3);
    let health = alice.backup.status().await.unwrap();
    assert_eq!((health.survives_losses, health.guardians), (0, 1));
    let whole = health.stored_bytes;

    (0..4).for_each(|_| {
        friends.join();
    });
    alice.round().await;
    let health = alice.backup.status().await.unwrap();
    assert!(health.is_complete, "{health:?}");
    assert_eq!((health.survives_losses, health.guardians), (3, 5));
    assert_eq!(health.sentence, "You survive losing any 3 of 5 friends.");
    assert_eq!((health.packs_below_target, health.missing_shards), (0, 0));
    assert!(health.stored_bytes < 3 * whole, "coded, not five copies");
    friends.all().iter_mut().for_each(|friend| friend.let_go());
    alice.check_restorable(3, 3);

    // The copies went, once shards, pages and root lay where they should.
    let kept = friends.all()[0].kept.len();
    friends.all()[0].let_go();
    assert_eq!(friends.all()[0].kept.len(), kept);
    let shards = |friend: usize| {
        let friends = friends.all();
        let kept = friends[friend].kept.values();
        kept.filter(|(ticket, _)| ticket.terms().kind == ShardKind::Shard)
            .map(|(_, bytes)| bytes.len())
            .sum::<usize>()
    };
    assert_eq!(shards(0), shards(1), "a shard each and no copies");
}

#[tokio::test]
async fn a_sixth_friend_gets_the_next_shards_and_nobody_else_anything_but_the_manifest() {
    let friends = Friends::default();
    (0..5).for_each(|_| {
        friends.join();
    });
    let mut alice = Person::new(friends.clone()).await;
    alice.put(10, 30_000).await;
    assert!(alice.back_up().await.complete);
    let before: Vec<usize> = friends.all().iter().map(|f| f.puts.len()).collect();
    friends.join();
    alice.round().await;
    assert!(alice.backup.status().await.unwrap().is_complete);
    for (friend, before) in friends.all().iter().zip(before) {
        // A page and a root.
        assert!(friend.puts.len() <= before + 2);
    }
    alice.check_restorable(4, 1);
}

#[tokio::test]
async fn nothing_new_is_nothing_sent() {
    let friends = Friends::default();
    friends.join();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(3, 10_000).await;
    let first = alice.back_up().await;
    let puts = friends.puts();
    let second = alice.back_up().await;
    assert_eq!(second.snapshot, first.snapshot);
    assert_eq!((second.new_bytes, second.sent_bytes), (0, 0));
    assert!(second.complete);
    assert_eq!(friends.puts(), puts, "the head's entry makes no backup");
    assert!(!alice.backup.0.has_changed().await.unwrap());

    alice.post("something").await;
    assert!(alice.backup.0.has_changed().await.unwrap());
    let third = alice.back_up().await;
    assert_ne!(third.snapshot, first.snapshot);
    assert!(third.complete && third.new_bytes < 10_000, "{third:?}");
    let entries = alice.entries().await;
    // All but the entry that names the newest root.
    alice.check_restorable(1, entries - 1);
    let snapshots = alice.backup.snapshots().await.unwrap();
    assert_eq!(snapshots.len(), 2);
    assert_eq!(snapshots[0].id, third.snapshot);
    assert!(snapshots[0].number > snapshots[1].number);
}

#[tokio::test]
async fn who_is_full_or_refuses_or_is_away_is_told_and_tried_again() {
    let friends = Friends::default();
    (0..3).for_each(|_| {
        friends.join();
    });
    friends.all()[1].pledged_bytes = 1000;
    friends.all()[2].is_reachable = false;
    let mut alice = Person::new(friends.clone()).await;
    alice.put(3, 10_000).await;
    let outcome = alice.back_up().await;
    assert!(!outcome.complete, "{outcome:?}");
    assert!(alice.restored(&[1, 2]).is_some());
    let health = alice.backup.status().await.unwrap();
    assert_eq!(health.survives_losses, 0);
    assert!(
        health.packs_below_target > 0 && health.missing_shards >= 2 * health.packs_below_target
    );

    friends.all()[1].pledged_bytes = super::friends::ROOM;
    friends.all()[1].refusal = Some(Answer::Failed);
    friends.all()[2].is_reachable = true;
    assert!(!alice.back_up().await.complete);
    alice.check_restorable_without(&[0]);
    friends.all()[1].refusal = None;
    assert!(alice.back_up().await.complete);
    alice.check_restorable(2, 1);
}

#[tokio::test]
async fn who_ends_a_pledge_is_replaced() {
    let friends = Friends::default();
    (0..6).for_each(|_| {
        friends.join();
    });
    friends.all()[5].is_reachable = false;
    friends.all()[5].pledged_bytes = 0;
    let mut alice = Person::new(friends.clone()).await;
    alice.put(5, 20_000).await;
    assert!(alice.back_up().await.complete);
    {
        let mut all = friends.all();
        (all[5].is_reachable, all[5].pledged_bytes) = (true, super::friends::ROOM);
        all[0].pledged_bytes = 0;
        all[0].kept.clear();
    }
    alice.round().await;
    let health = alice.backup.status().await.unwrap();
    assert!(health.is_complete, "{health:?}");
    assert_eq!((health.guardians, health.survives_losses), (5, 3));
    alice.check_restorable_without(&[0, 1, 2, 3]);
    alice.check_restorable_without(&[0, 3, 4, 5]);
}

#[tokio::test]
async fn two_accounts_on_one_node_are_one_guardian() {
    let friends = Friends::default();
    friends.join_on(b"one node");
    friends.join_on(b"one node");
    let mut alice = Person::new(friends.clone()).await;
    alice.put(2, 10_000).await;
    let outcome = alice.back_up().await;
    assert!(outcome.complete);
    assert_eq!(outcome.n, 1);
    let kept: Vec<usize> = friends.all().iter().map(|f| f.kept.len()).collect();
    let packs = usize::try_from(outcome.packs).unwrap();
    assert_eq!(kept.iter().sum::<usize>(), packs + 2, "{kept:?}");
}

#[tokio::test]
async fn the_owner_says_how_many_losses_are_survived() {
    let friends = Friends::default();
    (0..6).for_each(|_| {
        friends.join();
    });
    let mut alice = Person::new(friends.clone()).await;
    alice.put(5, 20_000).await;
    assert!(alice.back_up().await.complete);
    let settings = BackupSettings {
        survive: Some(5),
        bytes_per_second: None,
    };
    alice.set(settings).await;
    let outcome = alice.back_up().await;
    assert!(outcome.complete, "{outcome:?}");
    assert_eq!((outcome.k, outcome.n), (1, 6));
    assert_eq!(alice.backup.status().await.unwrap().survives_losses, 5);
    alice.check_restorable(5, 1);
}

#[tokio::test]
async fn many_small_packs_become_one_and_go_once_no_snapshot_needs_them() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    let mut packs_max = 0;
    for round in 0..40 {
        alice.put(1, 2_000).await;
        alice.post(&format!("post {round}")).await;
        let outcome = alice.back_up().await;
        assert!(outcome.complete, "{outcome:?}");
        packs_max = packs_max.max(outcome.packs);
    }
    assert!(packs_max < 40, "{packs_max} packs in one snapshot");
    // The newest eight, as all are of today.
    let snapshots = alice.backup.snapshots().await.unwrap();
    assert!((8..=9).contains(&snapshots.len()), "{snapshots:?}");
    let kept = friends.all()[0].kept.len();
    friends.all()[0].let_go();
    let left = friends.all()[0].kept.len();
    assert!(left < kept, "{left} of {kept}");
    let entries = alice.entries().await;
    alice.check_restorable(0, entries - 1);
    // Each of the kept snapshots can still be had: its root, its pages, and the packs that these name.
    let newest = alice.restored(&[]).unwrap();
    let root = newest.root.unwrap();
    assert_eq!(root.snapshots.len(), snapshots.len() - 1);
    let phrase = alice.phrase.root();
    let friends = friends.all();
    let kept = &friends[0].kept;
    for snapshot in &root.snapshots {
        let (_, sealed) = &kept[snapshot.id.as_bytes()];
        let older = Root::open(phrase.recovery(), &alice.identity(), sealed).unwrap();
        assert_eq!(older.time_ms, snapshot.time_ms);
        for page in &older.pages {
            let (_, sealed) = &kept[page.id.as_bytes()];
            let page = Page::open(older.key(page.generation).unwrap(), sealed).unwrap();
            let packs = page.packs.iter();
            assert!(packs.clone().count() > 0);
            assert!(
                packs
                    .clone()
                    .all(|pack| kept.contains_key(pack.id.as_bytes()))
            );
        }
    }
    let packs = alice.objects.packs();
    assert!(packs.len() < 60, "{} files", packs.len());
}

#[tokio::test]
async fn a_device_that_was_retired_backs_nothing_up() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(2, 10_000).await;
    let device = alice.kept.account.device.id();
    let retired = Statement::sign(&alice.phrase.root(), device, unix_ms(), Claim::Retire);
    let identity = alice.identity();
    let kept = alice.store.write(move |logs| {
        let mut set = logs.statements(&identity);
        set.insert(retired).unwrap();
        logs.keep_statements(&set).map(|_| ())
    });
    kept.await.unwrap();
    let refused = alice.backup.0.fix().await.unwrap_err();
    assert!(matches!(refused, BackupError::NotCurrent), "{refused}");
    assert!(alice.backup.0.round().await.is_err());
    assert_eq!(friends.puts(), 0);
}

#[tokio::test]
async fn while_a_restore_is_under_way_nothing_is_sent_or_released() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(2, 10_000).await;
    let hold = alice.backup.hold();
    assert!(matches!(
        alice.backup.0.fix().await,
        Err(BackupError::Restoring)
    ));
    assert!(matches!(
        alice.backup.0.round().await,
        Err(BackupError::Restoring)
    ));
    assert_eq!(friends.puts(), 0);
    drop(hold);
    assert!(alice.back_up().await.complete);
}

#[tokio::test]
async fn a_pack_that_changed_on_disk_does_not_leave_the_house() {
    let friends = Friends::default();
    friends.join();
    let mut alice = Person::new(friends.clone()).await;
    alice.put(20, 20_000).await;
    alice.backup.0.fix().await.unwrap();
    let pack = alice.home.path().join("objects").join("pack-00000001");
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&pack, bytes).unwrap();
    alice.round().await;
    let health = alice.backup.status().await.unwrap();
    assert!(!health.is_complete);
    assert!(health.packs_below_target > 0, "{health:?}");
    let restored = alice.restored(&[]).unwrap();
    assert!(restored.objects.is_empty(), "a damaged pack was sent");
}

#[tokio::test]
async fn after_a_device_was_revoked_there_is_a_new_key() {
    let cut = Claim::Cut {
        ends: std::collections::BTreeMap::new(),
    };
    for claim in [cut, Claim::Retire] {
        let friends = Friends::default();
        friends.join();
        let mut alice = Person::new(friends.clone()).await;
        alice.put(1, 5_000).await;
        alice.back_up().await;
        let other = hearth_keys::DeviceKeys::generate(&mut crate::rng::system());
        let root = alice.phrase.root();
        let revoked = Statement::sign(&root, other.id(), unix_ms(), claim);
        let identity = alice.identity();
        let kept = alice.store.write(move |logs| {
            let mut set = logs.statements(&identity);
            set.insert(revoked).unwrap();
            logs.keep_statements(&set).map(|_| ())
        });
        kept.await.unwrap();
        assert!(alice.back_up().await.complete);
        let alice = alice.again().await;
        let keys = alice.backup.0.keys().await.unwrap();
        let generations: Vec<u32> = keys.iter().map(|key| key.generation).collect();
        assert_eq!(generations, [0, 1]);
        let root = alice.restored(&[]).unwrap().root.unwrap();
        assert_eq!(root.keys.len(), 2);
        assert!(root.pages.iter().all(|page| page.generation == 1));
    }
}

#[tokio::test]
async fn the_tasks_do_it_by_themselves() {
    let friends = Friends::default();
    let mut alice = Person::new(friends.clone()).await;
    let (backup, tasks) = alice.start();
    alice.put(2, 10_000).await;
    friends.join();
    let is_there = async {
        while alice
            .restored(&[])
            .is_none_or(|restored| restored.objects.len() < 2)
        {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), is_there)
        .await
        .unwrap();
    let outcome = backup.now(true).await.unwrap();
    assert!(outcome.complete, "{outcome:?}");
    // Nobody is left waiting when the node stops.
    friends.get_stuck_after(Some(0));
    alice.put(1, 10_000).await;
    let waiting = {
        let backup = backup.clone();
        tokio::spawn(async move { backup.now(true).await })
    };
    friends.stuck().await;
    tasks.stop().await;
    assert!(matches!(waiting.await.unwrap(), Err(BackupError::Stopping)));
}

#[tokio::test]
async fn what_a_guardian_lost_is_brought_out_again() {
    let friends = Friends::default();
    (0..5).for_each(|_| {
        friends.join();
    });
    let mut alice = Person::new(friends.clone()).await;
    alice.put(10, 30_000).await;
    assert!(alice.back_up().await.complete);
    let kept = friends.all()[2].kept.clone();

    // Their node comes back with an empty disk.
    friends.all()[2].is_reachable = false;
    alice.round().await;
    {
        let mut friends = friends.all();
        friends[2].kept.clear();
        friends[2].is_reachable = true;
    }
    alice.round().await;
    let health = alice.backup.status().await.unwrap();
    assert!(health.is_complete, "{health:?}");
    assert_eq!(health.survives_losses, 3);
    let again = friends.all()[2].kept.clone();
    assert_eq!(again.keys().count(), kept.keys().count());
    alice.check_restorable(3, 1);
}
