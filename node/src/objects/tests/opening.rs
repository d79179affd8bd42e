//! What is found at the next start.

use super::*;

#[tokio::test]
async fn what_was_not_committed_is_kept_as_far_as_it_is_whole() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..3, 5000);
    let committed = put(&place.objects, kept[..1].to_vec()).await;
    let puts = place.objects.put_all(kept[1..].to_vec()).await.unwrap();
    let (second, third) = (puts[0], puts[1]);
    let path = place.file(1);
    place.close();
    let length = fs::metadata(&path).unwrap().len();
    let torn = OpenOptions::new().write(true).open(&path).unwrap();
    torn.set_len(length - 10).unwrap();

    let place = Place::open(scratch.path()).await;
    let whole = [committed[0], second.id];
    check_all(&place.objects, &whole, &kept[..2]).await;
    assert!(!place.objects.has(&third.id));
    let cut = length - u64::from(third.stored_bytes);
    assert_eq!(fs::metadata(&path).unwrap().len(), cut);
    put(&place.objects, kept[2..].to_vec()).await;
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &[whole[0], whole[1], third.id], &kept).await;
    assert_eq!(place.objects.packs().len(), 1);
}

#[tokio::test]
async fn a_tail_that_is_not_what_it_says_is_cut() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..2, 5000);
    let committed = put(&place.objects, kept[..1].to_vec()).await;
    let puts = place.objects.put_all(kept[1..].to_vec()).await.unwrap();
    let path = place.file(1);
    place.close();
    let length = fs::metadata(&path).unwrap().len();
    flip(&path, length - 1);
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &committed, &kept[..1]).await;
    assert!(!place.objects.has(&puts[0].id));
    assert_eq!(fs::metadata(&path).unwrap().len(), length / 2);
}

#[tokio::test]
async fn without_rows_the_index_is_made_from_the_files() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..20, 700_000);
    let all = put(&place.objects, kept.clone()).await;
    let record = place
        .objects
        .put_record(RecordKind::Segment, b"log".to_vec());
    record.await.unwrap();
    place.objects.commit().await.unwrap();
    // One record in the middle of the first pack goes bad.
    flip(&place.file(1), 3 * 700_000);
    place.store.write(|logs| logs.lose_packs()).await.unwrap();
    place.close();

    let place = Place::open(scratch.path()).await;
    assert_eq!(place.objects.count(), 20);
    let mut damaged = 0;
    for (id, content) in all.iter().zip(&kept) {
        match place.objects.get(id).await {
            Ok(found) => assert!(found == *content),
            Err(error) => {
                assert!(
                    matches!(error, ObjectError::Damaged { pack: 1, .. }),
                    "{error}"
                );
                assert!(!place.objects.has(id));
                damaged += 1;
            }
        }
    }
    assert_eq!(damaged, 1);
    let kinds: Vec<_> = place.objects.packs().iter().map(|pack| pack.kind).collect();
    assert_eq!(kinds, [PackKind::Data, PackKind::Data, PackKind::Logs]);
    assert!(place.objects.packs().iter().all(|pack| pack.is_closed));
    // Numbers go on, and what is damaged is taken again.
    let again = place.objects.put_all(kept.clone()).await.unwrap();
    assert_eq!(again.iter().filter(|put| put.is_new).count(), 1);
    place.objects.commit().await.unwrap();
    check_all(&place.objects, &all, &kept).await;
    assert_eq!(place.objects.packs().last().unwrap().number, 4);
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &all, &kept).await;
}

#[tokio::test]
async fn a_byte_that_changed_is_noticed_and_healed() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..3, 5000);
    let all = put(&place.objects, kept.clone()).await;
    place.objects.close_packs().await.unwrap();
    let whole = place.objects.read_pack(1).await.unwrap();
    let middle = u64::try_from(whole.len()).unwrap() / 2;
    flip(&place.file(1), middle);
    let refused = place.objects.get(&all[1]).await.unwrap_err();
    assert!(
        matches!(refused, ObjectError::Damaged { id, pack: 1 } if id == all[1]),
        "{refused}"
    );
    let refused = place.objects.read_pack(1).await.unwrap_err();
    assert!(
        matches!(refused, ObjectError::PackDamaged { id: Some(id), pack: 1 } if id == all[1]),
        "{refused}"
    );
    assert!(place.objects.wanted().borrow().contains(&1));
    check_all(
        &place.objects,
        &[all[0], all[2]],
        &[kept[0].clone(), kept[2].clone()],
    )
    .await;
    // By its owner, who has it still.
    let again = place.objects.put(kept[1].clone()).await.unwrap();
    assert!(again.is_new);
    check_all(&place.objects, &all, &kept).await;
    // And by a backup.
    flip(&place.file(1), 100);
    assert!(place.objects.get(&all[0]).await.is_err());
    place
        .objects
        .adopt_pack(1, PackKind::Data, whole)
        .await
        .unwrap();
    check_all(&place.objects, &all, &kept).await;
    assert!(place.objects.wanted().borrow().is_empty());
    place.objects.commit().await.unwrap();
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &all, &kept).await;
}

#[tokio::test]
async fn a_file_that_is_short_or_gone_stops_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..4, 5000);
    let mut all = put(&place.objects, kept[..2].to_vec()).await;
    place.objects.close_packs().await.unwrap();
    all.extend(put(&place.objects, kept[2..3].to_vec()).await);
    place.objects.close_packs().await.unwrap();
    // The third still grows.
    all.extend(put(&place.objects, kept[3..].to_vec()).await);
    let whole = place.objects.read_pack(2).await.unwrap();
    let files = [place.file(1), place.file(2), place.file(3)];
    place.close();
    let short = OpenOptions::new().write(true).open(&files[0]).unwrap();
    short.set_len(7000).unwrap();
    fs::remove_file(&files[1]).unwrap();
    let short = OpenOptions::new().write(true).open(&files[2]).unwrap();
    short.set_len(1000).unwrap();

    for _ in 0..2 {
        let place = Place::open(scratch.path()).await;
        check_all(&place.objects, &all[..1], &kept[..1]).await;
        let error = place.objects.get(&all[1]).await.unwrap_err();
        assert!(
            matches!(error, ObjectError::Missing { pack: Some(1), .. }),
            "{error}"
        );
        let error = place.objects.get(&all[2]).await.unwrap_err();
        assert!(
            matches!(error, ObjectError::Missing { pack: Some(2), .. }),
            "{error}"
        );
        assert!(place.objects.get(&all[3]).await.is_err());
        assert!(
            place
                .objects
                .packs()
                .iter()
                .all(|pack| !pack.is_here && pack.is_closed)
        );
        place.close();
    }
    let place = Place::open(scratch.path()).await;
    place
        .objects
        .adopt_pack(2, PackKind::Data, whole)
        .await
        .unwrap();
    check_all(&place.objects, &all[2..3], &kept[2..3]).await;
    for at in [1, 3] {
        assert!(place.objects.get(&all[at]).await.is_err());
        put(&place.objects, vec![kept[at].clone()]).await;
    }
    check_all(&place.objects, &all, &kept).await;
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &all, &kept).await;
}

#[tokio::test]
async fn files_that_are_no_packs_are_left_alone_or_removed() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let folder = scratch.path().join("objects");
    place.close();
    fs::write(folder.join("notes"), "mine").unwrap();
    fs::write(folder.join("pack-1"), "not a name that is given").unwrap();
    fs::write(folder.join(".pack-00000009.1.0.new"), "half").unwrap();
    fs::write(folder.join("pack-00000005"), "").unwrap();
    fs::write(folder.join("pack-00000006"), [9; 100]).unwrap();
    let place = Place::open(scratch.path()).await;
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["notes", "pack-00000006", "pack-1"]);
    assert!(place.objects.packs().is_empty());
    put(&place.objects, contents([1], 10)).await;
    assert_eq!(place.objects.packs()[0].number, 7);
}

/// A power cut may leave a hole amid what wasn't committed: what lies there must not count as stored later.
#[tokio::test]
async fn a_tail_is_cut_where_damage_begins_though_good_records_follow() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..4, 5000);
    let committed = put(&place.objects, kept[..1].to_vec()).await;
    let puts = place.objects.put_all(kept[1..].to_vec()).await.unwrap();
    let path = place.file(1);
    place.close();
    let length = fs::metadata(&path).unwrap().len();
    flip(&path, length / 4 * 2 + 1000);
    for _ in 0..2 {
        let place = Place::open(scratch.path()).await;
        let whole = [committed[0], puts[0].id];
        check_all(&place.objects, &whole, &kept[..2]).await;
        assert!(!place.objects.has(&puts[1].id) && !place.objects.has(&puts[2].id));
        place.close();
    }
    assert_eq!(fs::metadata(&path).unwrap().len(), length / 2);
    let place = Place::open(scratch.path()).await;
    let all = put(&place.objects, kept.clone()).await;
    check_all(&place.objects, &all, &kept).await;
    place.objects.close_packs().await.unwrap();
    place.objects.read_pack(1).await.unwrap();
}

/// The same of a pack of which nothing was committed.
#[tokio::test]
async fn a_pack_that_was_never_committed_ends_where_damage_begins() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..4, 5000);
    put(&place.objects, kept[..1].to_vec()).await;
    place.objects.close_packs().await.unwrap();
    let puts = place.objects.put_all(kept[1..].to_vec()).await.unwrap();
    let path = place.file(2);
    place.close();
    flip(&path, fs::metadata(&path).unwrap().len() / 2);
    for _ in 0..2 {
        let place = Place::open(scratch.path()).await;
        assert!(place.objects.has(&puts[0].id));
        assert!(!place.objects.has(&puts[1].id) && !place.objects.has(&puts[2].id));
        place.objects.read_pack(2).await.unwrap();
        place.close();
    }
    let place = Place::open(scratch.path()).await;
    let all = put(&place.objects, kept.clone()).await;
    check_all(&place.objects, &all, &kept).await;
}

#[tokio::test]
async fn what_goes_on_beyond_the_end_of_a_short_file_is_not_here() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let kept = contents(0..3, 5000);
    let all = put(&place.objects, kept.clone()).await;
    let path = place.file(1);
    place.close();
    let short = OpenOptions::new().write(true).open(&path).unwrap();
    short
        .set_len(fs::metadata(&path).unwrap().len() / 2)
        .unwrap();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &all[..1], &kept[..1]).await;
    assert!(!place.objects.has(&all[1]) && !place.objects.has(&all[2]));
    let again = place.objects.put_all(kept.clone()).await.unwrap();
    let new: Vec<bool> = again.iter().map(|put| put.is_new).collect();
    assert_eq!(new, [false, true, true]);
    place.objects.commit().await.unwrap();
    check_all(&place.objects, &all, &kept).await;
}
