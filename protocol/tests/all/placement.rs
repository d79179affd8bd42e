//! Who gets which shard: never two in one domain, never more than is free, and by weight.

use std::collections::{BTreeMap, BTreeSet};

use hearth_protocol::placement::{Candidate, choose, choose_many};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn candidate(domain: u8, free_bytes: u64, uptime_permille: u16) -> Candidate {
    Candidate {
        domain: vec![domain],
        free_bytes,
        uptime_permille,
    }
}

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let free = prop_oneof![0_u64..2000, any::<u64>()];
    let one = (0_u8..8, free, 0_u16..1500)
        .prop_map(|(domain, free, uptime)| candidate(domain, free, uptime));
    prop::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn no_domain_twice_and_never_more_than_is_free(
        candidates in candidates(),
        taken in prop::collection::btree_set(0_u8..8, 0..4),
        bytes in 0_u64..1500,
        count in 0_usize..10,
        seed in any::<u64>(),
    ) {
        let taken: BTreeSet<_> = taken.into_iter().map(|domain| vec![domain]).collect();
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let chosen = choose_many(&candidates, &taken, bytes, count, &mut rng);
        let domains: BTreeSet<_> = chosen.iter().map(|&at| candidates[at].domain.clone()).collect();
        prop_assert_eq!(domains.len(), chosen.len());
        prop_assert!(domains.is_disjoint(&taken));
        prop_assert!(chosen.iter().all(|&at| candidates[at].free_bytes >= bytes.max(1)));
        // As many as there can be.
        let possible: BTreeSet<_> = candidates
            .iter()
            .filter(|c| c.free_bytes >= bytes.max(1) && !taken.contains(&c.domain))
            .map(|c| c.domain.clone())
            .collect();
        prop_assert_eq!(chosen.len(), count.min(possible.len()));
    }
}

/// How often each of these is drawn first.
fn drawn(candidates: &[Candidate], times: usize) -> Vec<usize> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut drawn = vec![0; candidates.len()];
    for _ in 0..times {
        drawn[choose(candidates, &BTreeSet::new(), 1, &mut rng).unwrap()] += 1;
    }
    drawn
}

#[test]
fn chances_follow_free_space_and_uptime() {
    let times = 20_000;
    let candidates = [
        candidate(1, 1 << 40, 1000),
        candidate(2, 2 << 40, 1000),
        candidate(3, 2 << 40, 500),
        candidate(4, 1 << 40, 0),
    ];
    let drawn = drawn(&candidates, times);
    for (count, share) in drawn.iter().zip([0.25, 0.5, 0.25, 0.0]) {
        let seen = *count as f64 / times as f64;
        assert!((seen - share).abs() < 0.02, "{drawn:?}");
    }
    let newcomer = [candidate(1, 1000, 0)];
    assert_eq!(
        drawn_alone(&newcomer),
        Some(0),
        "nobody is left out for ever"
    );
    assert_eq!(drawn_alone(&[]), None);
}

fn drawn_alone(candidates: &[Candidate]) -> Option<usize> {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    choose(candidates, &BTreeSet::new(), 1000, &mut rng)
}

#[test]
fn pledges_fill_up_together() {
    let pledged: BTreeMap<u8, u64> = [(1, 400), (2, 400), (3, 800), (4, 1600), (5, 800)].into();
    let mut candidates: Vec<_> = pledged
        .iter()
        .map(|(&domain, &bytes)| candidate(domain, bytes, 900))
        .collect();
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    // Half of what there is, two shards a pack.
    for _ in 0..1000 {
        for at in choose_many(&candidates, &BTreeSet::new(), 1, 2, &mut rng) {
            candidates[at].free_bytes -= 1;
        }
    }
    for candidate in &candidates {
        let pledged = pledged[&candidate.domain[0]];
        let used = (pledged - candidate.free_bytes) as f64 / pledged as f64;
        assert!((0.38..0.62).contains(&used), "{candidates:?}");
    }
}
