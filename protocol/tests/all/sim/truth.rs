//! What a god knows: who signed what, who must have it by now, and how long it took.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::DeviceId;
use hearth_protocol::entry::{EntryId, LogKey, body_matches};
use hearth_protocol::run::{Link, Run};

/// An entry on its way to those who care for it.
#[derive(Debug)]
struct Delivery {
    written_ms: u64,
    /// Who cared and could be reached when it was written, each with the life that they were in.
    awaited: BTreeMap<usize, u64>,
    took_ms: Vec<u64>,
}

/// Everything that was ever signed by its author, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// By log and sequence; more than one id is a fork, which only a copied or rolled-back home makes.
    signed: BTreeMap<LogKey, BTreeMap<u64, BTreeSet<EntryId>>>,
    /// Devices of people who lie: what they sign in their own name is nobody's loss.
    dishonest: BTreeSet<DeviceId>,
    /// Devices whose disk was put back to what it had been: what they wrote since, and nobody had yet, is gone.
    rolled_back: BTreeSet<DeviceId>,
    deliveries: BTreeMap<EntryId, Delivery>,
}

impl Truth {
    pub(crate) fn rolled_back(&mut self, device: DeviceId) {
        self.rolled_back.insert(device);
    }

    pub(crate) fn is_rolled_back(&self, device: &DeviceId) -> bool {
        self.rolled_back.contains(device)
    }

    pub(crate) fn distrust(&mut self, device: DeviceId) {
        self.dishonest.insert(device);
    }

    /// An author signed these, and they are durable there.
    pub(crate) fn signed(&mut self, run: &Run) {
        let chain = run.clone().chain().expect("an author writes well");
        let log = self.signed.entry(run.log).or_default();
        for link in chain.links() {
            let place = link.entry.place();
            log.entry(place.seq).or_default().insert(link.entry.id());
        }
    }

    /// Everything that honest people signed.
    pub(crate) fn logs(
        &self,
    ) -> impl Iterator<Item = (&LogKey, &BTreeMap<u64, BTreeSet<EntryId>>)> {
        let honest = |(log, _): &(&LogKey, _)| !self.dishonest.contains(&log.device);
        self.signed.iter().filter(honest)
    }

    /// Nobody ever holds an entry that its author didn't write.
    pub(crate) fn check(&self, at: usize, link: &Link) {
        let place = link.entry.place();
        if self.dishonest.contains(&place.log.device) {
            return;
        }
        let ids = self
            .signed
            .get(&place.log)
            .and_then(|log| log.get(&place.seq));
        let is_true = ids.is_some_and(|ids| ids.contains(&link.entry.id()));
        assert!(is_true, "node {at} holds at {place:?} what nobody wrote");
        let body = link.body.as_ref();
        let fits = body.is_none_or(|body| body_matches(link.entry.header(), body));
        assert!(fits, "node {at} holds another body at {place:?}");
    }

    /// Begins to measure how an entry spreads.
    pub(crate) fn await_at(&mut self, id: EntryId, written_ms: u64, awaited: BTreeMap<usize, u64>) {
        let took_ms = Vec::with_capacity(awaited.len());
        let delivery = Delivery {
            written_ms,
            awaited,
            took_ms,
        };
        self.deliveries.insert(id, delivery);
    }

    /// A node has it.
    pub(crate) fn arrived(&mut self, id: EntryId, at: usize, life: u64, now_ms: u64) {
        let Some(delivery) = self.deliveries.get_mut(&id) else {
            return;
        };
        if delivery.awaited.remove(&at) == Some(life) {
            delivery.took_ms.push(now_ms - delivery.written_ms);
        }
    }

    /// For every entry that somebody waited for, how long it took to reach 50, 95 and 100 % of them.
    pub(crate) fn reach_ms(&self) -> Vec<[u64; 3]> {
        let mut all = Vec::new();
        for delivery in self.deliveries.values() {
            let mut took = delivery.took_ms.clone();
            took.sort_unstable();
            let at = |percent: usize| {
                let rank = (took.len() * percent).div_ceil(100);
                took[rank.max(1) - 1]
            };
            if !took.is_empty() {
                all.push([at(50), at(95), at(100)]);
            }
        }
        all
    }
}
