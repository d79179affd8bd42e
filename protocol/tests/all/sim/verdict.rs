//! What must hold in the end.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::entry::{EntryId, LogKey, LoneEntry, Place};
use hearth_protocol::ingest::effective_delete;
use hearth_protocol::run::Link;
use hearth_protocol::sync::PeerKey;

use super::wire::{Wire, pair};
use super::world::World;

type Signed = BTreeMap<u64, BTreeSet<EntryId>>;

/// What the judge counted on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) entries: u64,
    pub(crate) forks: u64,
    /// Holdings that were compared: a node and a log each.
    pub(crate) holdings: u64,
}

impl World {
    /// Panics if somebody lacks what they should have, has lost what they had, or was blamed for nothing. All nodes
    /// must be up and the world quiet.
    pub(crate) fn judge(&self) -> Verdict {
        self.assert_nobody_blamed_an_honest_one();
        let carers = self.carers();
        let mut verdict = Verdict::default();
        for (log, signed) in self.truth.logs() {
            verdict.entries += signed.len() as u64;
            self.assert_kept(log, signed);
            let fork = signed.iter().find(|(_, ids)| ids.len() > 1);
            verdict.forks += u64::from(fork.is_some());
            let of_log = carers.get(&log.identity).cloned().unwrap_or_default();
            for component in self.components(&of_log) {
                verdict.holdings += component.len() as u64;
                match fork {
                    Some((&seq, _)) => self.assert_proven(log, seq, &component),
                    None => self.assert_alike(log, signed, &component),
                }
            }
        }
        verdict
    }

    fn assert_nobody_blamed_an_honest_one(&self) {
        let hostile: BTreeSet<&PeerKey> = self
            .nodes
            .iter()
            .filter(|node| !node.is_honest())
            .map(|node| &node.key)
            .collect();
        for (at, node) in self.nodes.iter().enumerate() {
            let blamed = node
                .dropped
                .iter()
                .find(|(peer, reason)| !hostile.contains(peer) && *reason != "it doesn't answer");
            assert!(
                blamed.is_none() || !node.is_honest(),
                "node {at}: {blamed:?}"
            );
        }
    }

    /// Honest nodes by whom they care for.
    fn carers(&self) -> BTreeMap<Identity, Vec<usize>> {
        let mut carers: BTreeMap<Identity, Vec<usize>> = BTreeMap::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if node.is_honest() && node.up {
                for identity in &node.cares {
                    carers.entry(*identity).or_default().push(at);
                }
            }
        }
        carers
    }

    /// Groups of these nodes that are connected among themselves.
    fn components(&self, of: &[usize]) -> Vec<Vec<usize>> {
        let mut left: BTreeSet<usize> = of.iter().copied().collect();
        let mut components = Vec::new();
        while let Some(first) = left.pop_first() {
            let (mut component, mut edge) = (vec![first], vec![first]);
            while let Some(at) = edge.pop() {
                for &peer in self.nodes[at].peers.values() {
                    let (key, _) = pair(at, peer);
                    let is_open = self.wires.get(&key).is_some_and(Wire::is_open);
                    if is_open && left.remove(&peer) {
                        component.push(peer);
                        edge.push(peer);
                    }
                }
            }
            components.push(component);
        }
        components
    }

    /// Nothing that was durable is gone from everywhere, unless a disk was put back to what it had been.
    fn assert_kept(&self, log: &LogKey, signed: &Signed) {
        if self.truth.is_rolled_back(&log.device) {
            return;
        }
        let authors = self.nodes.iter().enumerate();
        let authors = authors.filter(|(_, node)| node.speaks_for(&log.device));
        let authors: Vec<usize> = authors.map(|(at, _)| at).collect();
        for (&seq, ids) in signed {
            for id in ids {
                let place = Place { log: *log, seq };
                let kept = authors
                    .iter()
                    .any(|&at| self.held_id(at, &place) == Some(*id));
                assert!(kept, "the author lost {place:?}");
            }
        }
    }

    /// All have what one has, and miss the same bodies.
    fn assert_alike(&self, log: &LogKey, signed: &Signed, component: &[usize]) {
        for &seq in signed.keys() {
            let place = Place { log: *log, seq };
            let with = |at: usize| self.nodes[at].logs.link(&place);
            let Some(first) = component.iter().find_map(|&at| with(at)) else {
                continue;
            };
            // A delete that another one names stays, but a liar may leave it out: who has never seen the body can't
            // tell that it was a delete.
            let mut links = component.iter().filter_map(|&at| with(at));
            let is_delete = links.any(is_effective_delete);
            for &at in component {
                let Some(link) = with(at) else {
                    panic!(
                        "node {at} lacks {place:?}\n{}",
                        self.about(at, log, component)
                    );
                };
                assert!(
                    is_delete || link.body.is_some() == first.body.is_some(),
                    "node {at} differs on the body at {place:?}\n{}",
                    self.about(at, log, component)
                );
            }
        }
    }

    /// Below the fork all have what one has; and where two branches met, everybody knows.
    fn assert_proven(&self, log: &LogKey, fork: u64, component: &[usize]) {
        let id = |at: usize, seq| self.held_id(at, &Place { log: *log, seq });
        for seq in 0..fork {
            if component.iter().any(|&at| id(at, seq).is_some()) {
                let lacks = component.iter().find(|&&at| id(at, seq).is_none());
                if let Some(&at) = lacks {
                    let about = self.about(at, log, component);
                    panic!("node {at} lacks {seq} below the fork at {fork}\n{about}");
                }
            }
        }
        let ids: BTreeSet<EntryId> = component.iter().filter_map(|&at| id(at, fork)).collect();
        if ids.len() > 1 {
            for &at in component {
                let proof = self.nodes[at].logs.fork(log);
                let about = || self.about(at, log, component);
                assert!(proof.is_some(), "node {at} knows of no fork\n{}", about());
            }
        }
    }

    /// Who holds what of a log, for a message.
    pub(crate) fn about(&self, at: usize, log: &LogKey, component: &[usize]) -> String {
        let mut about = format!("log {} of {}\n", log.log.number(), log.identity);
        for &other in component {
            let held = self.held(other, log);
            let (key, _) = pair(at, other);
            let open = self.wires.get(&key).is_some_and(Wire::is_open);
            let proof = self.nodes[other].logs.fork(log).map(|p| p.place().seq);
            let gone = held.iter().flat_map(|&(lo, hi)| lo..=hi).filter(|&seq| {
                let link = self.nodes[other].logs.link(&Place { log: *log, seq });
                link.is_some_and(|link| link.body.is_none())
            });
            let gone: Vec<u64> = gone.collect();
            about += &format!(
                "node {other}: {held:?}, gone {gone:?}, fork {proof:?}, connected {open}\n"
            );
        }
        about
    }
}

fn is_effective_delete(link: &Link) -> bool {
    let lone = link.body.clone().map(|body| LoneEntry {
        entry: link.entry.clone(),
        body,
    });
    lone.is_some_and(|lone| effective_delete(&lone).is_some())
}
