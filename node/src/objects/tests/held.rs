//! What breaks off is given back.

use super::*;

async fn put_by(objects: &Objects, numbers: std::ops::Range<u64>, holder: Holder) -> Vec<ObjectId> {
    let mut all = Vec::new();
    for number in numbers {
        let puts = objects.put_held(vec![content(number, MIB)], Some(holder));
        all.extend(ids(&puts.await.unwrap()));
    }
    all
}

fn files_here(place: &Place) -> Vec<u64> {
    let files = fs::read_dir(place.home.dir().join("objects")).unwrap();
    let mut numbers: Vec<u64> = files
        .map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.strip_prefix("pack-").unwrap().parse().unwrap()
        })
        .collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn what_breaks_off_goes_and_nothing_that_anybody_else_put() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let objects = &place.objects;
    let kept = contents(0..2, 4000);
    let before = put(objects, kept.clone()).await;
    let (one, other) = (objects.hold(), objects.hold());
    let packs = 4 * u64::try_from(PAYLOAD_BYTES_MAX / MIB).unwrap();
    let broken = put_by(objects, 100..100 + packs, one).await;
    objects.commit().await.unwrap();
    let last = 100 + packs - 1;
    let shared = put_by(objects, last..last + 1, other).await;
    assert_eq!(shared[0], *broken.last().unwrap());
    let full = files_here(&place);
    assert!(full.len() > 4, "{full:?}");
    let is_closed = |number| {
        objects
            .packs()
            .iter()
            .any(|it| it.number == number && it.is_closed)
    };
    // A backup takes what may be given back for a pack that grows; what lies beside others' content stays anyway.
    assert!(is_closed(full[0]) && !is_closed(full[1]));

    objects.give_back(one).await.unwrap();
    let left = files_here(&place);
    assert_eq!(
        left.len(),
        2,
        "the first pack, and the one of what is shared: {left:?}"
    );
    check_all(objects, &before, &kept).await;
    check_all(objects, &shared, &[content(last, MIB)]).await;
    let gone = broken.iter().filter(|id| !objects.has(id)).count();
    assert!(gone > broken.len() / 2);
    objects.keep_held(other);
    let closed = objects.close_packs().await.unwrap();
    assert_eq!(closed, left[1..]);
    assert!(is_closed(left[1]));

    // What is gone is taken anew, and all of it is there after opening again.
    let again = put(objects, vec![content(105, MIB), content(last - 20, MIB)]).await;
    objects.give_back(one).await.unwrap();
    place.close();
    let place = Place::open(scratch.path()).await;
    let objects = &place.objects;
    check_all(objects, &before, &kept).await;
    check_all(objects, &shared, &[content(last, MIB)]).await;
    check_all(
        objects,
        &again,
        &[content(105, MIB), content(last - 20, MIB)],
    )
    .await;
    let known: Vec<u64> = objects.packs().iter().map(|pack| pack.number).collect();
    assert_eq!(known, files_here(&place));
}

#[tokio::test]
async fn what_still_grows_is_given_back_and_what_somebody_relies_on_is_not() {
    let scratch = tempfile::tempdir().unwrap();
    let place = Place::open(scratch.path()).await;
    let objects = &place.objects;
    let (one, other) = (objects.hold(), objects.hold());
    let broken = put_by(objects, 0..3, one).await;
    objects.give_back(one).await.unwrap();
    assert!(files_here(&place).is_empty() && broken.iter().all(|id| !objects.has(id)));

    // Two that send at once: the pack is there until both are gone.
    let (one_s, other_s) = (
        put_by(objects, 10..12, one).await,
        put_by(objects, 20..22, other).await,
    );
    objects.give_back(one).await.unwrap();
    assert!(one_s.iter().chain(&other_s).all(|id| objects.has(id)));
    objects.give_back(other).await.unwrap();
    assert!(files_here(&place).is_empty());

    // Whoever puts the same for good keeps it.
    let broken = put_by(objects, 30..32, one).await;
    let kept = objects.put(content(30, MIB)).await.unwrap();
    assert!(!kept.is_new);
    objects.give_back(one).await.unwrap();
    objects.commit().await.unwrap();
    check_all(objects, &broken, &contents(30..32, MIB)).await;
    place.close();
    let place = Place::open(scratch.path()).await;
    check_all(&place.objects, &broken, &contents(30..32, MIB)).await;
}
