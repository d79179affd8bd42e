//! Who is whose friend.

use std::collections::BTreeSet;

use super::dice::Dice;

/// A friend graph like that of homes: clustered, everybody within a few steps, a heavy tail.
///
/// Neighbours on a ring know each other (Watts and Strogatz, "Collective dynamics of 'small-world' networks", 1998),
/// some of these ties lead elsewhere, and on top everybody has as many more friends, mostly from their own quarter, as a
/// Pareto distribution gives; a few know a hundred and fifty.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Both follow each other; the lower number first.
    pub(crate) ties: BTreeSet<(usize, usize)>,
    /// The first follows the second, who doesn't.
    pub(crate) one_way: BTreeSet<(usize, usize)>,
}

/// Ring neighbours to each side.
const NEAR: usize = 5;
const REWIRED_PER_MILLE: u64 = 150;
/// How far one's own quarter reaches on the ring, each way.
const QUARTER: u64 = 40;
const MORE_MAX: u64 = 120;
const HUB_FRIENDS: usize = 160;

impl Graph {
    pub(crate) fn new(nodes: usize, dice: &mut Dice) -> Self {
        let mut ties = BTreeSet::new();
        let mut tie = |a: usize, b: usize| {
            if a != b {
                ties.insert((a.min(b), a.max(b)));
            }
        };
        for at in 0..nodes {
            for near in 1..=NEAR.min(nodes / 3) {
                let other = if dice.per_mille(REWIRED_PER_MILLE) {
                    dice.index(nodes)
                } else {
                    (at + near) % nodes
                };
                tie(at, other);
            }
            for _ in 0..pareto(dice).min(MORE_MAX).min(nodes as u64 / 8) {
                let other = if dice.per_mille(700) {
                    let reach = QUARTER.min(nodes as u64 / 2);
                    let step = usize::try_from(dice.below(2 * reach + 1) + nodes as u64 - reach);
                    (at + step.unwrap()) % nodes
                } else {
                    dice.index(nodes)
                };
                tie(at, other);
            }
        }
        for _ in 0..nodes / 300 {
            let hub = dice.index(nodes);
            for _ in 0..HUB_FRIENDS {
                tie(hub, dice.index(nodes));
            }
        }
        let mut one_way = BTreeSet::new();
        for _ in 0..nodes {
            let (from, to) = (dice.index(nodes), dice.index(nodes));
            if from != to && !ties.contains(&(from.min(to), from.max(to))) {
                one_way.insert((from, to));
            }
        }
        Self { ties, one_way }
    }

    /// How many friends each has, ascending.
    pub(crate) fn degrees(&self, nodes: usize) -> Vec<u64> {
        let mut degrees = vec![0; nodes];
        for &(a, b) in &self.ties {
            degrees[a] += 1;
            degrees[b] += 1;
        }
        degrees.sort_unstable();
        degrees
    }
}

/// At least 1, with exponent 1.2: half get 1 more friend, one in a hundred about 45.
fn pareto(dice: &mut Dice) -> u64 {
    let uniform = (dice.below(1_000_000) + 1) as f64 / 1_000_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "bounded just there")]
    let more = uniform.powf(-1.0 / 1.2).min(1e6) as u64;
    more
}

#[test]
fn a_town_is_clustered_with_a_heavy_tail() {
    let graph = Graph::new(1_000, &mut Dice(1));
    let degrees = graph.degrees(1_000);
    let median = degrees[500];
    assert!((12..=18).contains(&median), "median {median}");
    assert!(degrees[999] >= 150, "most {}", degrees[999]);
    assert!(degrees[0] >= 4, "fewest {}", degrees[0]);
}
