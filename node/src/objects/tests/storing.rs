//! Storing and reading.

use std::os::unix::fs::PermissionsExt;

use super::*;

#[tokio::test]
async fn what_was_put_is_read_at_once_and_after_a_restart() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = vec![
        Vec::new(),
        b"a short text".to_vec(),
        b"much the same ".repeat(5000),
        content(1, MIB),
    ];
    let puts = place.objects.put_all(kept.clone()).await.unwrap();
    assert!(puts.iter().all(|put| put.is_new));
    assert!(puts[2].stored_bytes < 5000, "it compresses");
    check_all(&place.objects, &ids(&puts), &kept).await;
    place.objects.commit().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.file(1)), 0o600);
    assert_eq!(mode(&scratch.path().join("objects")), 0o700);
    let length: u64 = puts.iter().map(|put| u64::from(put.stored_bytes)).sum();
    assert_eq!(fs::metadata(place.file(1)).unwrap().len(), length);
    place.close();

    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &ids(&puts), &kept).await;
    // It goes on in the same file.
    let more = contents([2], 1000);
    let id = put(&place.objects, more.clone()).await;
    check_all(&place.objects, &id, &more).await;
    let packs = place.objects.packs();
    assert_eq!(packs.len(), 1);
    assert_eq!((packs[0].items, packs[0].objects), (5, 5));
    assert!(packs[0].is_here && !packs[0].is_closed);
    assert_eq!(place.objects.count(), 5);
}

#[tokio::test]
async fn identical_content_is_stored_once() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let puts = place
        .objects
        .put_all(contents([1, 2, 1, 1], 3000))
        .await
        .unwrap();
    let new: Vec<bool> = puts.iter().map(|put| put.is_new).collect();
    assert_eq!(new, [true, true, false, false]);
    assert_eq!(puts[0].id, puts[2].id);
    let bytes = || place.objects.packs()[0].bytes;
    let before = bytes();
    let again: Vec<_> = (0..8)
        .map(|_| {
            let objects = place.objects.clone();
            tokio::spawn(async move { objects.put_all(contents([2, 7], 3000)).await.unwrap() })
        })
        .collect();
    let mut news = 0;
    for again in again {
        news += again.await.unwrap().iter().filter(|put| put.is_new).count();
    }
    assert_eq!(news, 1);
    assert_eq!(bytes() - before, u64::from(puts[0].stored_bytes));
    place.objects.commit().await.unwrap();
    place.close();
    let place = Place::open(scratch.path()).await;
    let puts = place.objects.put_all(contents([1], 3000)).await.unwrap();
    assert!(!puts[0].is_new);
}

#[tokio::test]
async fn packs_are_closed_when_they_are_full() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..20, 900_000);
    let mut all = Vec::new();
    for some in kept.chunks(10) {
        all.extend(put(&place.objects, some.to_vec()).await);
    }
    let packs = place.objects.packs();
    assert_eq!(
        packs.iter().map(|pack| pack.items).collect::<Vec<_>>(),
        [9, 9, 2]
    );
    assert!(packs[0].is_closed && packs[1].is_closed && !packs[2].is_closed);
    assert!(packs.iter().all(|pack| pack.bytes <= 8 * MIB as u64));
    assert_eq!(place.objects.close_packs().await.unwrap(), [3]);
    assert!(place.objects.close_packs().await.unwrap().is_empty());
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &all, &kept).await;
    assert!(place.objects.packs().iter().all(|pack| pack.is_closed));
    put(&place.objects, contents([99], 10)).await;
    assert_eq!(place.objects.packs().len(), 4);
}

#[tokio::test]
async fn a_pack_that_is_not_committed_does_not_count_as_closed() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    place
        .objects
        .put_all(contents(0..10, 900_000))
        .await
        .unwrap();
    let closed = || {
        place
            .objects
            .packs()
            .iter()
            .filter(|pack| pack.is_closed)
            .count()
    };
    assert_eq!((place.objects.packs().len(), closed()), (2, 0));
    place.objects.commit().await.unwrap();
    assert_eq!(closed(), 1);
}

#[tokio::test]
async fn segments_lie_in_packs_of_their_own() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    put(&place.objects, contents([1], 100)).await;
    let segment = place
        .objects
        .put_record(RecordKind::Segment, b"a log".to_vec())
        .await
        .unwrap();
    assert_eq!(segment.id, ObjectId::of(b"a log"));
    assert_eq!(place.objects.close_packs().await.unwrap(), [1, 2]);
    let kinds: Vec<_> = place.objects.packs().iter().map(|pack| pack.kind).collect();
    assert_eq!(kinds, [PackKind::Data, PackKind::Logs]);
    let payload = place.objects.read_pack(2).await.unwrap();
    assert!(payload.ends_with(b"a log"));
    assert!(!place.objects.has(&segment.id), "a segment isn't an object");
}

#[tokio::test]
async fn too_much_at_once_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let refused = place
        .objects
        .put_all(contents(0..17, MIB))
        .await
        .unwrap_err();
    assert!(matches!(refused, ObjectError::BatchTooLarge), "{refused}");
    let refused = place.objects.put(content(0, MIB + 1)).await.unwrap_err();
    assert!(matches!(refused, ObjectError::Content(_)), "{refused}");
    assert!(place.objects.packs().is_empty());
    assert!(place.objects.put_all(Vec::new()).await.unwrap().is_empty());
    let whole = contents(0..16, MIB);
    assert_eq!(put(&place.objects, whole).await.len(), 16);
}

#[tokio::test]
async fn what_was_never_put_is_missing() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let id = ObjectId::from_bytes([7; 32]);
    let missing = place.objects.get(&id).await.unwrap_err();
    assert!(
        matches!(missing, ObjectError::Missing { pack: None, .. }),
        "{missing}"
    );
    assert_eq!(place.objects.locate(&id), None);
}

#[tokio::test]
async fn many_small_objects_make_few_rows() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept: Vec<Vec<u8>> = (0..20_000u32)
        .map(|number| number.to_be_bytes().to_vec())
        .collect();
    let all = put(&place.objects, kept.clone()).await;
    place.close();
    let place = Place::open(scratch.path()).await;
    assert_eq!(place.objects.count(), 20_000);
    for at in (0..kept.len()).step_by(997) {
        assert_eq!(place.objects.get(&all[at]).await.unwrap(), kept[at]);
    }
    let puts = place.objects.put_all(kept).await.unwrap();
    assert!(puts.iter().all(|put| !put.is_new));
}
