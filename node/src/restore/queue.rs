//! Which pack comes next: logs first and of these the newest, then what somebody waits for, then the rest in order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hearth_protocol::manifest::{PackEntry, PackKind};
use tokio::time::Instant;

use super::packs::Lacking;

/// What is still to come.
#[derive(Debug)]
pub(super) struct Queue {
    /// Packs that aren't here, by number.
    waiting: BTreeMap<u64, PackEntry>,
    /// Those being fetched.
    fetched: BTreeSet<u64>,
    /// Those that couldn't be had when it was tried last, and who could have them.
    lacking: BTreeMap<u64, Lacking>,
    /// When something came last.
    moved_at: Instant,
}

impl Queue {
    /// Of packs that aren't here.
    pub(super) fn new(packs: impl IntoIterator<Item = PackEntry>) -> Self {
        let packs = packs.into_iter().map(|entry| (entry.number, entry));
        Self {
            waiting: packs.collect(),
            fetched: BTreeSet::new(),
            lacking: BTreeMap::new(),
            moved_at: Instant::now(),
        }
    }

    /// Takes the next one to fetch, if any is worth trying now; `wanted` are those that somebody waits for.
    pub(super) fn next(&mut self, wanted: &BTreeSet<u64>) -> Option<PackEntry> {
        let rank = |entry: &PackEntry| match entry.kind {
            PackKind::Logs => (0, u64::MAX - entry.number),
            _ if wanted.contains(&entry.number) => (1, entry.number),
            _ => (2, entry.number),
        };
        let free = self.waiting.values();
        let free = free.filter(|entry| {
            !self.fetched.contains(&entry.number) && !self.lacking.contains_key(&entry.number)
        });
        let next = free.min_by_key(|entry| rank(entry))?.clone();
        self.fetched.insert(next.number);
        Some(next)
    }

    /// It is here.
    pub(super) fn came(&mut self, number: u64) {
        self.fetched.remove(&number);
        self.waiting.remove(&number);
        self.moved_at = Instant::now();
    }

    /// It couldn't be had.
    pub(super) fn failed(&mut self, number: u64, lacking: Lacking) {
        self.fetched.remove(&number);
        self.lacking.insert(number, lacking);
    }

    /// What couldn't be had may be tried again.
    pub(super) fn retry(&mut self) {
        self.lacking.clear();
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether no logs are left.
    pub(super) fn has_all_logs(&self) -> bool {
        let mut waiting = self.waiting.values();
        waiting.all(|entry| entry.kind != PackKind::Logs)
    }

    /// Whether all that is left couldn't be had for so long.
    pub(super) fn is_stuck(&self, patience: Duration) -> bool {
        self.fetched.is_empty()
            && self.lacking.len() == self.waiting.len()
            && self.moved_at.elapsed() >= patience
    }

    /// What couldn't be had, with who could have it.
    pub(super) fn lacking(&self) -> impl Iterator<Item = (&PackEntry, &Lacking)> {
        let lacking = self.lacking.iter();
        lacking.filter_map(|(number, lacking)| Some((self.waiting.get(number)?, lacking)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::an_entry;
    use super::*;

    #[test]
    fn logs_come_first_and_then_what_is_asked_for() {
        let packs = [
            an_entry(1, PackKind::Logs),
            an_entry(2, PackKind::Data),
            an_entry(3, PackKind::Logs),
            an_entry(4, PackKind::Data),
            an_entry(5, PackKind::Data),
        ];
        let mut queue = Queue::new(packs);
        let wanted = BTreeSet::from([5, 99]);
        let mut order = Vec::new();
        while let Some(next) = queue.next(&wanted) {
            assert_eq!(queue.has_all_logs(), order.len() >= 2);
            queue.came(next.number);
            order.push(next.number);
        }
        assert_eq!(order, [3, 1, 5, 2, 4]);
        assert!(queue.is_empty());
    }

    #[tokio::test]
    async fn what_can_not_be_had_waits_for_another_try() {
        let mut queue = Queue::new([an_entry(1, PackKind::Data), an_entry(2, PackKind::Data)]);
        let none = BTreeSet::new();
        let lacking = Lacking {
            keepers: Vec::new(),
        };
        assert_eq!(queue.next(&none).unwrap().number, 1);
        queue.failed(1, lacking.clone());
        assert!(!queue.is_stuck(Duration::ZERO), "there is another");
        assert_eq!(queue.next(&none).unwrap().number, 2);
        queue.failed(2, lacking);
        assert!(queue.next(&none).is_none());
        assert!(queue.is_stuck(Duration::ZERO));
        assert!(!queue.is_stuck(Duration::from_secs(60)));
        assert_eq!(queue.lacking().count(), 2);
        queue.retry();
        assert!(queue.next(&none).is_some());
    }
}
