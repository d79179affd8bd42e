//! Packs that come, merge and go.

use super::*;

/// A pack as another device of the same person would have made it.
async fn foreign_pack(scratch: &Path, kept: &[Vec<u8>]) -> (Vec<u8>, Vec<ObjectId>) {
    let place = Place::open(scratch).await;
    let all = put(&place.objects, kept.to_vec()).await;
    let number = *place.objects.close_packs().await.unwrap().last().unwrap();
    let payload = place.objects.read_pack(number).await.unwrap();
    // The key is this home's, so it is the same home that forgets the pack.
    place.store.write(|logs| logs.lose_packs()).await.unwrap();
    let files = fs::read_dir(scratch.join("objects")).unwrap();
    files.for_each(|file| fs::remove_file(file.unwrap().path()).unwrap());
    place.close();
    (payload, all)
}

#[tokio::test]
async fn a_reader_waits_for_a_pack_that_is_announced() {
    let scratch = tempfile::tempdir().unwrap();
    let kept = contents(0..3, 4000);
    let (mut payload, all) = foreign_pack(scratch.path(), &kept).await;
    payload.resize(64 << 10, 0);
    let place = Place::open(scratch.path()).await;
    let announced = Announced {
        number: 41,
        kind: PackKind::Data,
        objects: all.clone(),
    };
    place
        .objects
        .announce_packs(vec![announced.clone()])
        .await
        .unwrap();
    place.close();
    let place = Place::open(scratch.path()).await;
    assert_eq!(
        place.objects.locate(&all[0]),
        Some(Location {
            pack: 41,
            is_here: false
        })
    );
    let objects = place.objects.clone();
    let (id, expected) = (all[1], kept[1].clone());
    let reader = tokio::spawn(async move {
        let mut arrivals = objects.arrivals();
        loop {
            arrivals.mark_unchanged();
            match objects.get(&id).await {
                Err(ObjectError::Missing { pack: Some(41), .. }) => {
                    arrivals.changed().await.unwrap()
                }
                found => return assert_eq!(found.unwrap(), expected),
            }
        }
    });
    let mut wanted = place.objects.wanted();
    wanted
        .wait_for(|wanted| wanted.contains(&41))
        .await
        .unwrap();
    // What is put meanwhile gets another number, and is stored although a pack elsewhere has it.
    let again = place.objects.put(kept[0].clone()).await.unwrap();
    assert!(again.is_new);
    assert_eq!(place.objects.packs().last().unwrap().number, 42);
    place
        .objects
        .adopt_pack(41, PackKind::Data, payload.clone())
        .await
        .unwrap();
    reader.await.unwrap();
    check_all(&place.objects, &all, &kept).await;
    assert!(wanted.borrow().is_empty());
    // Once more changes nothing, nor does announcing what is here.
    place
        .objects
        .adopt_pack(41, PackKind::Data, payload)
        .await
        .unwrap();
    place.objects.announce_packs(vec![announced]).await.unwrap();
    place.objects.commit().await.unwrap();
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &all, &kept).await;
}

#[tokio::test]
async fn an_adoption_that_was_cut_short_is_finished() {
    let scratch = tempfile::tempdir().unwrap();
    let kept = contents(0..3, 4000);
    let (payload, all) = foreign_pack(scratch.path(), &kept).await;
    let place = Place::open(scratch.path()).await;
    let announced = Announced {
        number: 3,
        kind: PackKind::Data,
        objects: all.clone(),
    };
    place.objects.announce_packs(vec![announced]).await.unwrap();
    fs::write(place.file(3), payload).unwrap();
    place.close();
    for _ in 0..2 {
        let place = Place::open(scratch.path()).await;
        check_all(&place.objects, &all, &kept).await;
        assert!(place.objects.packs()[0].is_here);
        place.close();
    }
}

#[tokio::test]
async fn a_pack_that_is_not_whole_is_not_adopted() {
    let scratch = tempfile::tempdir().unwrap();
    let (payload, all) = foreign_pack(scratch.path(), &contents(0..3, 4000)).await;
    let place = Place::open(scratch.path()).await;
    let mut bent = payload.clone();
    bent[6000] ^= 1;
    let mut trailed = payload.clone();
    trailed.extend_from_slice(&[0, 0, 1]);
    for wrong in [bent, trailed, payload[..6000].to_vec()] {
        let refused = place
            .objects
            .adopt_pack(3, PackKind::Data, wrong)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, ObjectError::PackDamaged { pack: 3, .. }),
            "{refused}"
        );
    }
    place
        .objects
        .adopt_pack(3, PackKind::Logs, payload)
        .await
        .unwrap_err();
    place
        .objects
        .adopt_pack(3, PackKind::Data, vec![0; 100])
        .await
        .unwrap_err();
    place
        .objects
        .adopt_pack(0, PackKind::Data, Vec::new())
        .await
        .unwrap_err();
    assert!(!place.file(3).exists());
    assert_eq!(place.objects.locate(&all[0]), None);
    assert!(place.objects.packs().is_empty());
}

#[tokio::test]
async fn small_packs_are_merged_and_dropped() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..6, 4000);
    let mut all = Vec::new();
    for some in kept.chunks(2) {
        all.extend(put(&place.objects, some.to_vec()).await);
        place.objects.close_packs().await.unwrap();
    }
    let in_use = place.objects.drop_pack(1).await.unwrap_err();
    assert!(
        matches!(
            in_use,
            ObjectError::InUse {
                pack: 1,
                objects: 2
            }
        ),
        "{in_use}"
    );
    assert_eq!(place.objects.merge(&[1, 2]).await.unwrap(), Some(4));
    check_all(&place.objects, &all, &kept).await;
    let objects: Vec<u32> = place
        .objects
        .packs()
        .iter()
        .map(|pack| pack.objects)
        .collect();
    assert_eq!(objects, [0, 0, 2, 4]);
    place.close();

    // A node that ends between the two finds the same.
    let place = Place::open(scratch.path()).await;
    let objects: Vec<u32> = place
        .objects
        .packs()
        .iter()
        .map(|pack| pack.objects)
        .collect();
    assert_eq!(objects, [0, 0, 2, 4]);
    place.objects.drop_pack(1).await.unwrap();
    place.objects.drop_pack(2).await.unwrap();
    place.objects.drop_pack(2).await.unwrap();
    assert!(!place.file(1).exists());
    assert!(place.file(3).exists());
    assert_eq!(place.objects.merge(&[4]).await.unwrap(), Some(5));
    assert_eq!(place.objects.merge(&[4]).await.unwrap(), None);
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &all, &kept).await;
    let numbers: Vec<u64> = place
        .objects
        .packs()
        .iter()
        .map(|pack| pack.number)
        .collect();
    assert_eq!(numbers, [3, 4, 5]);
}

#[tokio::test]
async fn what_does_not_fit_is_not_merged() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    for first in [0, 5] {
        put(&place.objects, contents(first..first + 5, MIB)).await;
        place.objects.close_packs().await.unwrap();
    }
    put(&place.objects, contents([20], 10)).await;
    let record = place
        .objects
        .put_record(RecordKind::Segment, b"log".to_vec());
    record.await.unwrap();
    let growing = place.objects.merge(&[1, 3]).await.unwrap_err();
    assert!(
        matches!(growing, ObjectError::Taken { pack: 3 }),
        "{growing}"
    );
    let growing = place.objects.drop_pack(3).await.unwrap_err();
    assert!(
        matches!(growing, ObjectError::Taken { pack: 3 }),
        "{growing}"
    );
    place.objects.close_packs().await.unwrap();
    let large = place.objects.merge(&[1, 2]).await.unwrap_err();
    assert!(matches!(large, ObjectError::PackLength { .. }), "{large}");
    let mixed = place.objects.merge(&[1, 4]).await.unwrap_err();
    assert!(matches!(mixed, ObjectError::PackLength { .. }), "{mixed}");
    assert!(place.objects.merge(&[9]).await.is_err());
    assert_eq!(place.objects.packs().len(), 4);
    place.objects.drop_pack(4).await.unwrap();
    assert_eq!(place.objects.packs().len(), 3);
}

#[tokio::test]
async fn a_drop_that_was_cut_short_is_finished() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..2, 4000);
    let all = put(&place.objects, kept.clone()).await;
    place.objects.close_packs().await.unwrap();
    let path = place.file(1);
    let copy = fs::read(&path).unwrap();
    place.objects.merge(&[1]).await.unwrap();
    let mut row = place
        .store
        .read(|logs| logs.packs_from(1, 1))
        .await
        .unwrap()[0]
        .1;
    row.is_dropped = true;
    let change = crate::store::objects::PackChange {
        number: 1,
        row,
        first_item: 0,
        items: Vec::new(),
    };
    place
        .store
        .write(move |logs| logs.keep_packs(3, &[change]))
        .await
        .unwrap();
    place.close();
    for file_is_left in [true, false] {
        if file_is_left {
            fs::write(&path, &copy).unwrap();
        }
        let place = Place::open(scratch.path()).await;
        assert!(!path.exists());
        check_all(&place.objects, &all, &kept).await;
        assert_eq!(place.objects.packs().len(), 1);
        place.close();
    }
}

#[tokio::test]
async fn numbers_that_were_used_elsewhere_are_not_given() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    place.objects.skip_numbers_to(100).await.unwrap();
    place.close();
    let place = Place::open(scratch.path()).await;
    put(&place.objects, contents([1], 10)).await;
    assert_eq!(place.objects.packs()[0].number, 100);
    place.objects.skip_numbers_to(u64::MAX).await.unwrap_err();
}
