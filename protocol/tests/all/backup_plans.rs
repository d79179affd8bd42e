//! What a backup decides: codes, when to code anew, what may be lost, what stays.

use std::collections::{BTreeMap, BTreeSet};

use hearth_protocol::backup_plan::{
    LivePack, MERGED_FROM, merges, needs_recode, snapshots_kept, survives, target,
};
use hearth_protocol::bounds::PACK_PAYLOAD_BYTES_MAX;
use hearth_protocol::erasure::{Code, ShardId};
use hearth_protocol::manifest::{PackEntry, PackKind, RootId, ShardEntry, Snapshot};
use hearth_protocol::pack::{PackId, padded_bytes};
use proptest::prelude::*;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[test]
fn copies_under_five_then_two_fifths() {
    let coded = |guardians| {
        let target = target(guardians, None).unwrap();
        (target.k, target.n)
    };
    let expected = [
        (0, (1, 0)),
        (1, (1, 1)),
        (4, (1, 4)),
        (5, (2, 5)),
        (6, (2, 6)),
        (7, (3, 7)),
        (10, (4, 10)),
        (15, (6, 15)),
        (40, (16, 40)),
        (500, (16, 40)),
    ];
    for (guardians, k_and_n) in expected {
        assert_eq!(coded(guardians), k_and_n, "{guardians} guardians");
    }
}

#[test]
fn the_owner_may_ask_for_more_and_is_told_when_that_cannot_be() {
    let coded = |guardians, survive| {
        let target = target(guardians, Some(survive)).ok()?;
        Some((target.k, target.n, target.losses()))
    };
    assert_eq!(coded(6, 2), Some((4, 6, 2)));
    assert_eq!(coded(3, 2), Some((1, 3, 2)));
    assert_eq!(coded(5, 0), Some((5, 5, 0)));
    assert_eq!(coded(30, 3), Some((16, 19, 3)));
    assert_eq!(coded(3, 3), None);
    assert_eq!(coded(0, 0), None);
    assert_eq!(coded(200, 64), None);
    assert_eq!(coded(200, u16::MAX), None);
    let said = target(2, Some(2)).unwrap_err().to_string();
    assert!(
        said.contains("at least 3") && said.contains("there are 2"),
        "{said}"
    );
}

#[test]
fn packs_are_coded_anew_when_it_pays_or_must_be() {
    let recode = |k, guardians| needs_recode(k, &target(guardians, None).unwrap());
    assert!(!recode(1, 4));
    assert!(recode(1, 5), "copies go as soon as five are there");
    assert!(!recode(2, 7), "3 isn't twice 2");
    assert!(!recode(2, 8));
    assert!(recode(2, 10));
    assert!(!recode(2, 4), "one leaves: nothing happens");
    assert!(!recode(2, 3));
    assert!(recode(2, 2), "nobody may be lost any more");
    assert!(!recode(4, 6) && recode(4, 5));
    assert!(!recode(7, 0), "with nobody there is nothing to do");
    let asked = target(6, Some(2)).unwrap();
    assert!(needs_recode(5, &asked), "five of six survive one loss");
    assert!(!needs_recode(3, &asked));
}

proptest! {
    #[test]
    fn a_target_keeps_its_promises(guardians in 0_usize..300, survive in prop::option::of(0_u16..80)) {
        let Ok(target) = target(guardians, survive) else {
            let survive = usize::from(survive.unwrap());
            prop_assert!(survive >= guardians || survive >= 64);
            return Ok(());
        };
        prop_assert!(Code::new(target.k).is_ok());
        prop_assert!(usize::from(target.n) <= guardians.min(64));
        prop_assert!(target.n == 0 || target.n >= target.k.into());
        prop_assert!(survive.is_none_or(|survive| target.losses() == survive));
        prop_assert!(!needs_recode(target.k, &target), "what is as it should be stays");
    }

    #[test]
    fn coming_and_going_doesnt_make_packs_swing(guardians in 1_usize..80) {
        // Coded for so many; then one leaves and comes back.
        let k = target(guardians, None).unwrap().k;
        let fewer = target(guardians - 1, None).unwrap();
        prop_assert!(guardians == 1 || !needs_recode(k, &fewer));
    }
}

fn pack(k: u8, guardians: &[u16]) -> PackEntry {
    let shards = (0..).zip(guardians).map(|(index, &guardian)| ShardEntry {
        index,
        guardian,
        id: ShardId::from_bytes([0; 32]),
    });
    PackEntry {
        number: 0,
        kind: PackKind::Data,
        generation: 1,
        id: PackId::from_bytes([0; 32]),
        bytes: 1,
        code: Code::new(k).unwrap(),
        shards: shards.collect(),
    }
}

/// Each guardian on a node of its own, but 8 and 9 on one.
fn domains(guardians: impl IntoIterator<Item = u16>) -> BTreeMap<u16, u16> {
    let domain = |guardian: u16| (guardian, guardian.min(8));
    guardians.into_iter().map(domain).collect()
}

#[test]
fn what_may_be_lost_is_what_the_weakest_bears() {
    let six = domains(0..6);
    let whole = pack(2, &[0, 1, 2, 3, 4]);
    assert_eq!(survives([&whole], &six, 6), Some(3));
    assert_eq!(survives([&whole], &six, 2), Some(1), "the root");
    assert_eq!(survives([&whole], &six, 0), None, "no root");
    assert_eq!(survives([], &six, 6), Some(5));
    assert_eq!(survives([&whole, &pack(1, &[5])], &six, 6), Some(0));
    assert_eq!(survives([&whole, &pack(1, &[7])], &six, 6), None);
    assert_eq!(
        survives([&whole], &domains([0, 1]), 6),
        Some(0),
        "three are away"
    );
    assert_eq!(survives([&whole], &domains([0]), 6), None);
    // Two accounts on one node are lost together.
    let shared = pack(2, &[0, 1, 8, 9]);
    assert_eq!(survives([&shared], &domains(0..10), 9), Some(1));
}

proptest! {
    #[test]
    fn surviving_is_true_of_every_set_of_losses(
        k in 1_u8..5,
        guardians in prop::collection::btree_set(0_u16..10, 0..8),
        there in prop::collection::btree_set(0_u16..10, 0..10),
    ) {
        let guardians: Vec<u16> = guardians.into_iter().collect();
        let pack = pack(k, &guardians);
        let domains = domains(there);
        let promised = survives([&pack], &domains, 100);
        let all: Vec<u16> = domains.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let is_there = |lost: u32| {
            let left = guardians.iter().filter_map(|guardian| domains.get(guardian)).filter(|domain| {
                all.iter().position(|d| d == *domain).is_some_and(|at| lost & 1 << at == 0)
            });
            left.count() >= k.into()
        };
        // The fewest losses after which it is gone, tried one by one.
        let fatal = (0..1_u32 << all.len()).filter(|&lost| !is_there(lost)).map(u32::count_ones).min();
        match (promised, fatal) {
            (None, fatal) => prop_assert_eq!(fatal, Some(0)),
            (Some(losses), Some(fatal)) => prop_assert_eq!(losses + 1, fatal as usize),
            (Some(_), None) => prop_assert!(false, "losing everybody loses everything"),
        }
    }
}

fn snapshot(number: u64, time_ms: u64) -> Snapshot {
    let id = RootId::from_bytes([u8::try_from(number % 256).unwrap(); 32]);
    Snapshot {
        number,
        time_ms,
        id,
    }
}

#[test]
fn snapshots_thin_out_with_age() {
    let now_ms = 20_000 * DAY_MS + 5;
    // Every six hours for 200 days.
    let all: Vec<Snapshot> = (0..800)
        .map(|n| snapshot(n, now_ms - (799 - n) * DAY_MS / 4))
        .collect();
    let kept = snapshots_kept(&all, now_ms);
    assert!(
        kept.is_sorted() && kept.len() <= 8 + 14 + 8,
        "{}",
        kept.len()
    );
    assert_eq!(kept[kept.len() - 8..], all[792..]);
    let days: BTreeSet<u64> = kept.iter().map(|s| s.time_ms / DAY_MS).collect();
    assert!((0..14).all(|day| days.contains(&(now_ms / DAY_MS - day))));
    let weeks: BTreeSet<u64> = kept.iter().map(|s| s.time_ms / (7 * DAY_MS)).collect();
    assert_eq!(weeks.len(), 8);
    assert!(snapshots_kept(&[], now_ms).is_empty());
}

proptest! {
    #[test]
    fn keeping_day_by_day_keeps_what_keeping_at_once_does(
        steps in prop::collection::vec(0_u64..40, 1..120),
    ) {
        // Made one after another, hours apart, thinned each time; or all first, and thinned in the end.
        let (mut all, mut thinned, mut now_ms) = (Vec::new(), Vec::new(), 20_000 * DAY_MS);
        for (number, hours) in (0..).zip(steps) {
            now_ms += hours * DAY_MS / 24;
            all.push(snapshot(number, now_ms));
            thinned.push(snapshot(number, now_ms));
            thinned = snapshots_kept(&thinned, now_ms);
        }
        prop_assert_eq!(snapshots_kept(&all, now_ms), thinned.clone());
        prop_assert_eq!(thinned.last(), all.last());
    }

    #[test]
    fn merged_packs_fit_and_are_worth_it(packs in prop::collection::vec((0_u32..3 << 20, any::<bool>()), 0..60)) {
        let packs: Vec<LivePack> = (0..).zip(packs).map(|(number, (payload_bytes, logs))| LivePack {
            number,
            kind: if logs { PackKind::Logs } else { PackKind::Data },
            payload_bytes,
        }).collect();
        let mut seen = BTreeSet::new();
        for group in merges(&packs) {
            prop_assert!(group.len() >= MERGED_FROM && group.is_sorted());
            let of = |number: &u64| packs[usize::try_from(*number).unwrap()];
            let bytes: usize = group.iter().map(|n| of(n).payload_bytes as usize).sum();
            prop_assert!(bytes <= PACK_PAYLOAD_BYTES_MAX);
            let size = |number: &u64| (of(number).kind, padded_bytes(of(number).payload_bytes as usize));
            prop_assert!(group.iter().all(|number| size(number) == size(&group[0])));
            prop_assert!(group.iter().all(|&number| seen.insert(number)), "a pack is merged once");
        }
    }
}

#[test]
fn eight_of_a_size_become_one() {
    let pack = |number| LivePack {
        number,
        kind: PackKind::Logs,
        payload_bytes: 50_000,
    };
    let packs: Vec<LivePack> = (0..8).map(pack).collect();
    assert_eq!(merges(&packs), [(0..8).collect::<Vec<u64>>()]);
    assert!(merges(&packs[1..]).is_empty());
}
