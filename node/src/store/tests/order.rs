//! Orders against a sorted map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::order::{Item, LEAF_ITEMS_MAX, Order};
use super::*;

const PREFIX: [u8; 2] = [7, 1];

fn item(local_id: u64) -> Item {
    Item {
        local_id,
        log: u32::try_from(local_id % 97).unwrap(),
        seq: (local_id ^ 0x5555) & 0xff_ffff_ffff,
        space: u32::try_from(local_id % 31).unwrap() << 19,
    }
}

fn insert(db: &Db, order: &Order, items: impl IntoIterator<Item = u64>) {
    let mut batch = Batch::default();
    let mut writer = order.writer(db);
    writer.insert(items.into_iter().map(item));
    writer.finish(&mut batch).unwrap();
    db.apply(batch).unwrap();
}

fn newest_first(db: &Db, order: &Order, before: Option<u64>) -> Vec<Item> {
    order.below(db, before).map(Result::unwrap).collect()
}

fn leaves(db: &Db) -> usize {
    db.prefixed(&PREFIX).count()
}

#[test]
fn leaves_fill_upwards_and_downwards() {
    for is_upwards in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let db = open(dir.path());
        let order = Order::new(PREFIX);
        for group in 0..100 {
            let ids = (group * 50)..(group * 50 + 50);
            if is_upwards {
                insert(&db, &order, ids);
            } else {
                insert(&db, &order, ids.map(|id| 1_000_000 - id));
            }
        }
        // And one by one.
        for id in 5000..5200 {
            insert(&db, &order, [if is_upwards { id } else { 1_000_000 - id }]);
        }
        assert_eq!(order.len(&db).unwrap(), 5200);
        assert!(
            leaves(&db) <= 5200_usize.div_ceil(LEAF_ITEMS_MAX) + 1,
            "{} leaves",
            leaves(&db)
        );
    }
}

#[test]
fn a_gap_fills_downwards_with_full_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let order = Order::new(PREFIX);
    insert(&db, &order, 0..128);
    insert(&db, &order, 100_000..100_128);
    for id in (1000..3560).rev() {
        insert(&db, &order, [id]);
    }
    assert!(leaves(&db) <= 2 + 21, "{} leaves", leaves(&db));
}

#[test]
fn the_last_of_two_with_one_id_stays() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let order = Order::new(PREFIX);
    insert(&db, &order, 0..128);
    let newest = Item {
        local_id: 127,
        log: u32::MAX,
        seq: 0xff_ffff_ffff,
        space: 0,
    };
    let mut writer = order.writer(&db);
    writer.insert([item(127), Item { seq: 1, ..newest }, newest]);
    let mut batch = Batch::default();
    writer.finish(&mut batch).unwrap();
    db.apply(batch).unwrap();
    assert_eq!(order.len(&db).unwrap(), 128);
    assert_eq!(newest_first(&db, &order, None)[0], newest);
}

#[test]
fn free_ids_count_up_and_over_into_the_next_millisecond() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let order = Order::new(PREFIX);
    let mut writer = order.writer(&db);
    let mut last = 0;
    for number in 0..100_000_u64 {
        let id = writer.free_id(5).unwrap();
        assert_eq!(id, (5 << 16) + number);
        writer.insert([item(id)]);
        last = id;
    }
    assert_eq!(last >> 16, 6);
    assert_eq!(writer.free_id(4).unwrap(), 4 << 16);
    assert_eq!(writer.free_id(7).unwrap(), 7 << 16);
    let mut batch = Batch::default();
    writer.finish(&mut batch).unwrap();
    assert!(batch.len() <= 100_000_usize.div_ceil(LEAF_ITEMS_MAX) + 1);
    db.apply(batch).unwrap();
    assert_eq!(order.writer(&db).free_id(5).unwrap(), last + 1);
    let end = (1 << 48) - 1;
    assert_eq!(order.writer(&db).free_id(end).unwrap(), end << 16);
    insert(&db, &order, [u64::MAX]);
    order.writer(&db).free_id(end).unwrap_err();
    order.writer(&db).free_id(u64::MAX).unwrap_err();
    assert_eq!(newest_first(&db, &order, None)[0], item(u64::MAX));
    assert_eq!(order.above(&db, u64::MAX).unwrap().count(), 0);
}

#[test]
fn orders_do_not_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let (first, second) = (Order::new([7, 1]), Order::new([7, 2]));
    insert(&db, &first, [1, u64::MAX]);
    insert(&db, &second, [0, 2]);
    assert_eq!(newest_first(&db, &first, None), [item(u64::MAX), item(1)]);
    assert_eq!(newest_first(&db, &second, None), [item(2), item(0)]);
    assert_eq!(first.writer(&db).free_id(0).unwrap(), 2);
}

#[derive(Debug, Clone)]
enum Change {
    Insert(Vec<u16>),
    Run { from: u16, count: u16 },
    Remove(Vec<u16>),
    RemoveRun { from: u16, count: u16 },
    Finish,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        prop::collection::vec(0..3000_u16, 1..40).prop_map(Change::Insert),
        (0..2500_u16, 1..500_u16).prop_map(|(from, count)| Change::Run { from, count }),
        prop::collection::vec(0..3000_u16, 1..40).prop_map(Change::Remove),
        (0..2500_u16, 1..500_u16).prop_map(|(from, count)| Change::RemoveRun { from, count }),
        Just(Change::Finish),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn behaves_like_a_sorted_map(changes in prop::collection::vec(change(), 1..25), at in 0..3001_u64) {
        let dir = tempfile::tempdir().unwrap();
        let db = open(dir.path());
        let order = Order::new(PREFIX);
        let mut model = BTreeMap::new();
        let mut writer = order.writer(&db);
        for change in changes.into_iter().chain([Change::Finish]) {
            let run = |from: u16, count: u16| (from..from + count).collect::<Vec<_>>();
            let (inserted, removed) = match change {
                Change::Insert(ids) => (ids, vec![]),
                Change::Run { from, count } => (run(from, count), vec![]),
                Change::Remove(ids) => (vec![], ids),
                Change::RemoveRun { from, count } => (vec![], run(from, count)),
                Change::Finish => {
                    let mut batch = Batch::default();
                    std::mem::replace(&mut writer, order.writer(&db)).finish(&mut batch).unwrap();
                    db.apply(batch).unwrap();
                    (vec![], vec![])
                }
            };
            let items: Vec<_> = inserted.into_iter().map(|id| item(id.into())).collect();
            model.extend(items.iter().map(|item| (item.local_id, *item)));
            writer.insert(items);
            for id in removed {
                prop_assert_eq!(writer.remove(id.into()).unwrap(), model.remove(&id.into()).is_some());
            }
            let highest = model.range(..65536).next_back().map_or(0, |(id, _)| id + 1);
            prop_assert_eq!(writer.free_id(0).unwrap(), highest);
        }
        let items: Vec<_> = model.values().copied().collect();
        prop_assert_eq!(order.len(&db).unwrap(), items.len() as u64);
        let reversed = |items: &[Item]| items.iter().rev().copied().collect::<Vec<_>>();
        prop_assert_eq!(newest_first(&db, &order, None), reversed(&items));
        let place = items.partition_point(|item| item.local_id < at);
        prop_assert_eq!(newest_first(&db, &order, Some(at)), reversed(&items[..place]));
        let place = items.partition_point(|item| item.local_id <= at);
        let above: Vec<_> = order.above(&db, at).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(&above[..], &items[place..]);
        for row in db.prefixed(&PREFIX) {
            let (key, value) = row.unwrap();
            prop_assert!(value.len() <= LEAF_ITEMS_MAX * 20);
            prop_assert_eq!(&key[2..], &value[..8]);
        }
    }
}
