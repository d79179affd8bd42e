//! Putting, getting, listing, giving up.

use super::*;

async fn kept(shards: &Shards, owner: Identity, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let bytes = shard(number);
        assert!(shards.put(row(owner, number, &bytes), bytes).await.unwrap());
    }
}

#[tokio::test]
async fn what_was_put_is_there_in_whole_and_in_parts_also_after_opening_again() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("shards");
    for opening in 0..2 {
        let (shards, thread) = Shards::open_within(&dir, limits()).unwrap();
        if opening == 0 {
            kept(&shards, alice(), 0..60).await;
        }
        for number in 0..60 {
            let bytes = shard(number);
            let id = id(&bytes);
            let get = |offset, length| shards.get(alice(), id, offset, length);
            assert_eq!(get(0, u32::MAX).await.unwrap().unwrap(), bytes);
            for (from, length) in [(0, 1), (1, 4088), (4087, 2), (4088, 4088), (5000, 60_000)] {
                let end = bytes.len().min(from + length);
                let expected = bytes.get(from..end).unwrap_or_default();
                let (from, length) = (u32::try_from(from).unwrap(), u32::try_from(length).unwrap());
                assert_eq!(get(from, length).await.unwrap().unwrap(), expected);
            }
            let info = shards.info(alice(), id).await.unwrap().unwrap();
            assert_eq!((info.number, info.generation, info.kind), (number, 4, 1));
            assert_eq!((info.ticket.len(), info.put_ms), (300, 1_000));
            assert_eq!(info.bytes as usize, bytes.len());
            // It is Alice's alone.
            assert!(!shards.has(bob(), id).await.unwrap());
            assert_eq!(shards.get(bob(), id, 0, 10).await.unwrap(), None);
        }
        let bytes: u64 = (0..60).map(|number| charged(&shard(number))).sum();
        let usage = Usage { bytes, shards: 60 };
        assert_eq!(shards.usage(), BTreeMap::from([(alice(), usage)]));
        assert_eq!(shards.lost(), Lost::default());
        drop(shards);
        thread.join();
        assert!(databases(&dir).len() > 1);
    }
}

#[tokio::test]
async fn many_put_at_once_and_each_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let (shards, _thread) = Shards::open_within(scratch.path(), limits()).unwrap();
    let puts = (0..200).map(|number| {
        let (shards, bytes) = (shards.clone(), shard(number / 2));
        // Each of them twice, and one with wrong bytes among them.
        async move {
            if number == 77 {
                let wrong = shards.put(row(alice(), 77, b"these"), b"those".to_vec());
                let wrong = wrong.await.unwrap_err();
                assert!(matches!(wrong, ShardsError::Mismatch), "{wrong}");
                return true;
            }
            shards
                .put(row(alice(), number, &bytes), bytes)
                .await
                .unwrap()
        }
    });
    let new = futures::future::join_all(puts).await;
    assert_eq!(new.into_iter().filter(|new| *new).count(), 101);
    assert_eq!(shards.usage()[&alice()].shards, 100);
}

#[tokio::test]
async fn lists_and_roots_are_in_order() {
    let scratch = tempfile::tempdir().unwrap();
    let (shards, _thread) = Shards::open_within(scratch.path(), limits()).unwrap();
    kept(&shards, alice(), 0..30).await;
    kept(&shards, bob(), 10..20).await;
    for number in [3, 300, 9, 70_000] {
        let bytes = sized(number, 500);
        let mut root = row(alice(), number, &bytes);
        root.kind = 3;
        shards.put(root, bytes).await.unwrap();
    }
    let roots = shards.roots(alice(), 3).await.unwrap();
    let numbers: Vec<u64> = roots.iter().map(|root| root.number).collect();
    assert_eq!(numbers, [70_000, 300, 9]);
    assert!(shards.roots(bob(), 3).await.unwrap().is_empty());
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let page = shards.list(alice(), after, 7).await.unwrap();
        after = page.last().map(|last| last.id);
        let is_last = page.len() < 7;
        all.extend(page);
        if is_last {
            break;
        }
    }
    assert_eq!(all.len(), 34);
    assert!(all.windows(2).all(|two| two[0].id < two[1].id));
    assert!(all.iter().all(|info| info.owner == alice()));
}

#[tokio::test]
async fn what_is_given_up_goes_after_the_grace_unless_its_device_was_cut_or_it_is_put_again() {
    let scratch = tempfile::tempdir().unwrap();
    let (shards, _thread) = Shards::open_within(scratch.path(), limits()).unwrap();
    kept(&shards, alice(), 0..12).await;
    kept(&shards, bob(), 0..12).await;
    let ids = |numbers: std::ops::Range<u64>| numbers.map(|number| id(&shard(number))).collect();
    let release =
        |owner, numbers, device, at_ms| shards.release(owner, ids(numbers), device, at_ms);
    assert_eq!(release(alice(), 0..6, laptop(), 100).await.unwrap(), 6);
    assert_eq!(release(alice(), 5..9, phone(), 100).await.unwrap(), 4);
    // Said again, the first time counts; what isn't kept isn't noted.
    assert_eq!(release(alice(), 0..1, laptop(), 900).await.unwrap(), 1);
    assert_eq!(release(alice(), 40..42, laptop(), 100).await.unwrap(), 0);
    assert_eq!(shards.sweep(1_099, 1_000).await.unwrap(), 0);
    // The phone was stolen, and one shard is wanted again. What it gave up of another's isn't hers to take back.
    assert_eq!(release(bob(), 9..12, phone(), 1_000).await.unwrap(), 3);
    assert_eq!(shards.unrelease_by(alice(), phone()).await.unwrap(), 4);
    let again = shard(2);
    let mut renewed = row(alice(), 2, &again);
    renewed.ticket = vec![5; 9];
    assert!(!shards.put(renewed, again).await.unwrap());
    assert_eq!(shards.sweep(1_100, 1_000).await.unwrap(), 5);
    for number in 0..12 {
        let has = shards.has(alice(), id(&shard(number))).await.unwrap();
        assert_eq!(has, number == 2 || number > 5, "{number}");
        assert!(shards.has(bob(), id(&shard(number))).await.unwrap());
    }
    let info = shards.info(alice(), id(&shard(2))).await.unwrap().unwrap();
    assert_eq!((info.ticket, info.put_ms), (vec![5; 9], 1_000));
    assert_eq!(shards.sweep(2_000, 1_000).await.unwrap(), 3);
    // What has to go goes, however many devices gave it up, whether it is there or not, and only of one owner.
    let (two, wide) = (ids(1..3), ids(6..8));
    assert_eq!(shards.drop_these(alice(), two).await.unwrap(), 1);
    for number in 0..20 {
        let device = DeviceId::from_bytes([number; 32]);
        release(alice(), 6..7, device, 1).await.unwrap();
    }
    assert_eq!(shards.drop_these(alice(), wide).await.unwrap(), 2);
    assert_eq!(shards.drop_owner(alice()).await.unwrap(), 4);
    assert_eq!(shards.usage().keys().copied().collect::<Vec<_>>(), [bob()]);
    assert_eq!(shards.drop_owner(bob()).await.unwrap(), 9);
    assert!(shards.usage().is_empty());
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let (shards, _thread) = Shards::open_within(scratch.path(), limits()).unwrap();
    let mut long = row(alice(), 1, b"short");
    long.ticket = vec![0; TICKET_BYTES_MAX + 1];
    let huge = vec![0; SHARD_BYTES_MAX + 1];
    for (row, bytes) in [(long, b"short".to_vec()), (row(alice(), 1, &huge), huge)] {
        let refused = shards.put(row, bytes).await.unwrap_err();
        assert!(matches!(refused, ShardsError::TooLarge { .. }), "{refused}");
    }
    let mut longest = row(alice(), 1, b"short");
    longest.ticket = vec![0; TICKET_BYTES_MAX];
    shards.put(longest, b"short".to_vec()).await.unwrap();
    let whole = sized(1, SHARD_BYTES_MAX - 8);
    let id = id(&whole);
    shards
        .put(row(alice(), 1, &whole), whole.clone())
        .await
        .unwrap();
    let got = shards.get(alice(), id, 0, u32::MAX).await.unwrap();
    assert!(got == Some(whole));
}

#[tokio::test]
async fn the_last_of_the_disk_is_left() {
    let scratch = tempfile::tempdir().unwrap();
    let tight = Limits {
        left_bytes: 10_000,
        free_bytes: |_| Ok(20_000),
        ..limits()
    };
    let (shards, thread) = Shards::open_within(scratch.path(), tight).unwrap();
    let (small, large) = (sized(1, 5_000), sized(2, 15_000));
    let refused = shards
        .put(row(alice(), 2, &large), large)
        .await
        .unwrap_err();
    assert!(matches!(refused, ShardsError::Full), "{refused}");
    shards
        .put(row(alice(), 1, &small), small.clone())
        .await
        .unwrap();
    drop(shards);
    thread.join();
    // What was taken is served from a disk that has filled up since.
    let full = Limits {
        free_bytes: |_| Ok(0),
        ..tight
    };
    let (shards, _thread) = Shards::open_within(scratch.path(), full).unwrap();
    let got = shards.get(alice(), id(&small), 0, u32::MAX).await.unwrap();
    assert_eq!(got, Some(small));
}

#[test]
fn the_disk_says_how_much_is_free() {
    let scratch = tempfile::tempdir().unwrap();
    assert!(crate::disk::free_bytes(scratch.path()).unwrap() > 0);
}

#[test]
fn a_second_user_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let first = keeper(scratch.path());
    let refused = Keeper::open(scratch.path(), limits(), Arc::default()).unwrap_err();
    assert!(matches!(refused, ShardsError::InUse), "{refused}");
    drop(first);
    keeper(scratch.path());
}
