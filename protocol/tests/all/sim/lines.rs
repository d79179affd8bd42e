//! Connections: how they come up, carry frames, and go.

use hearth_protocol::sync::{Event, PeerKey};

use super::wire::{Wire, pair};
use super::world::{What, World};

/// How long a side believes in a connection that is gone.
const LAPSE_MS: (u64, u64) = (5_000, 30_000);
/// After how long a lost connection is dialled again.
const REDIAL_MS: (u64, u64) = (1_000, 5_000);
/// What a dialler's waits grow to.
const REDIAL_MS_MAX: u64 = 300_000;

impl World {
    /// Opens a connection, unless there is one, or either is off, or one is already connected with the other's copy.
    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        if a == b || !self.nodes[a].up || !self.nodes[b].up {
            return;
        }
        let (key, _) = pair(a, b);
        if self.wires.entry(key).or_default().is_open() || self.has_copy(a, b) {
            return;
        }
        self.forget(a, b);
        self.forget(b, a);
        let latency_ms = self.weather.draw_latency_ms(&mut self.dice);
        let wire = self.wires.entry(key).or_default();
        if wire.latency_ms == 0 {
            wire.latency_ms = latency_ms;
        }
        wire.epoch += 1;
        wire.believes = [true; 2];
        wire.broken = false;
        wire.arrives_ms = [0; 2];
        self.tally.connections += 1;
        for (at, other) in [(a, b), (b, a)] {
            let peer = self.nodes[other].key.clone();
            self.nodes[at].peers.insert(peer, other);
        }
        for (at, other) in [(a, b), (b, a)] {
            let peer = self.nodes[other].key.clone();
            // The first may have found a reason to drop the second.
            if self.nodes[at].peers.contains_key(&peer) {
                self.event(at, Event::Connected(peer));
            }
        }
    }

    fn has_copy(&self, a: usize, b: usize) -> bool {
        let knows_another = |at: usize, other: usize| {
            let known = self.nodes[at].peers.get(&self.nodes[other].key);
            known.is_some_and(|&known| known != other)
        };
        self.nodes[a].key == self.nodes[b].key || knows_another(a, b) || knows_another(b, a)
    }

    /// Closes a connection; both sides notice.
    pub(crate) fn disconnect(&mut self, a: usize, b: usize) {
        self.forget(a, b);
        self.forget(b, a);
        self.redial(a, b);
    }

    /// One side knows that the connection is gone.
    fn forget(&mut self, at: usize, other: usize) {
        let (key, side) = pair(at, other);
        let Some(wire) = self.wires.get_mut(&key) else {
            return;
        };
        if !self.nodes[at].up {
            // Asleep: it finds out when it wakes.
            wire.broken = true;
            return;
        }
        if std::mem::take(&mut wire.believes[side]) {
            let peer = self.nodes[other].key.clone();
            self.nodes[at].peers.remove(&peer);
            self.event(at, Event::Disconnected(peer));
        }
    }

    /// Breaks a connection that nobody closed: either side finds out for itself.
    pub(super) fn sever(&mut self, a: usize, b: usize) {
        let (key, _) = pair(a, b);
        let Some(wire) = self.wires.get_mut(&key).filter(|wire| wire.is_open()) else {
            return;
        };
        wire.broken = true;
        let epoch = wire.epoch;
        for (at, other) in [(a, b), (b, a)] {
            self.lapse_later(at, other, epoch);
        }
    }

    pub(super) fn lapse_later(&mut self, at: usize, other: usize, epoch: u64) {
        let wait = self.dice.between(LAPSE_MS.0, LAPSE_MS.1);
        self.later(wait, What::Lapse(at, other, epoch));
    }

    pub(super) fn lapse(&mut self, at: usize, other: usize, epoch: u64) {
        let (key, _) = pair(at, other);
        let is_same = |wire: &Wire| wire.epoch == epoch && wire.broken;
        if self.nodes[at].up && self.wires.get(&key).is_some_and(is_same) {
            self.forget(at, other);
            self.redial(at, other);
        }
    }

    /// All of a node's connections end as its power does: it forgets them, the others don't know.
    pub(super) fn cut_off(&mut self, at: usize) {
        let peers: Vec<usize> = std::mem::take(&mut self.nodes[at].peers)
            .into_values()
            .collect();
        for other in peers {
            let (key, side) = pair(at, other);
            let wire = self.wires.entry(key).or_default();
            wire.believes[side] = false;
            wire.broken = true;
            let epoch = wire.epoch;
            self.lapse_later(other, at, epoch);
        }
    }

    fn redial(&mut self, a: usize, b: usize) {
        if self.redials {
            let wait = self.dice.between(REDIAL_MS.0, REDIAL_MS.1);
            self.later(wait, What::Dial(a, b));
        }
    }

    /// A node that came up dials its friends.
    pub(super) fn dial_friends(&mut self, at: usize, within_ms: u64) {
        for other in self.nodes[at].friends.clone() {
            let wait = self.dice.between(100, within_ms);
            self.later(wait, What::Dial(at, other));
        }
    }

    pub(super) fn dial(&mut self, a: usize, b: usize) {
        let (key, _) = pair(a, b);
        // Whoever is off, or beyond a partition, dials when that is over.
        let meet = self.nodes[a].side == self.nodes[b].side;
        let friends = |a: usize, b: usize| self.nodes[a].friends.contains(&b);
        if !meet || !(friends(a, b) || friends(b, a)) {
            return;
        }
        if self.wires.get(&key).is_some_and(Wire::is_open) {
            return;
        }
        let refused = |at: usize, other: usize| {
            let penalty = self.nodes[at].penalties.get(&other);
            penalty.map_or(0, |&(until_ms, _)| until_ms)
        };
        let until_ms = refused(a, b).max(refused(b, a));
        if until_ms > self.now_ms {
            self.at(until_ms, What::Dial(a, b));
        } else if self.has_copy(a, b) {
            let wait = self.dice.between(REDIAL_MS_MAX / 2, REDIAL_MS_MAX);
            self.later(wait, What::Dial(a, b));
        } else {
            self.connect(a, b);
        }
    }

    pub(super) fn send(&mut self, from: usize, to: &PeerKey, bytes: Vec<u8>) {
        self.nodes[from].sent += 1;
        for bytes in self.nodes[from].speak(bytes) {
            self.transmit(from, to, bytes);
        }
    }

    pub(super) fn transmit(&mut self, from: usize, to: &PeerKey, bytes: Vec<u8>) {
        let Some(&to) = self.nodes[from].peers.get(to) else {
            return;
        };
        let (key, side) = pair(to, from);
        let extra_ms = self.weather.draw_extra_ms(&mut self.dice);
        if self.weather.breaks(&mut self.dice) {
            self.sever(from, to);
        }
        let leaves_ms = self.nodes[from].upload(self.now_ms, bytes.len(), self.weather);
        let Some(wire) = self.wires.get_mut(&key).filter(|wire| !wire.broken) else {
            return;
        };
        let arrives = &mut wire.arrives_ms[side];
        *arrives = (*arrives).max(leaves_ms + wire.latency_ms + extra_ms);
        let (when, epoch) = (*arrives, wire.epoch);
        self.at(when, What::Deliver(from, to, epoch, bytes));
    }

    pub(super) fn deliver(&mut self, from: usize, to: usize, epoch: u64, bytes: Vec<u8>) {
        let (key, side) = pair(to, from);
        let wire = &self.wires[&key];
        if wire.epoch != epoch || wire.broken || !wire.believes[side] {
            return;
        }
        if self.nodes[to].is_honest() {
            self.tally.frame(&bytes);
        }
        let peer = self.nodes[from].key.clone();
        if self.nodes[to].hear(&bytes) {
            self.event(to, Event::Frame(peer, bytes));
        }
    }

    /// An adversary says what it likes to all that are connected to it.
    pub(super) fn rant(&mut self, at: usize) {
        let peers: Vec<PeerKey> = self.nodes[at].peers.keys().cloned().collect();
        let Some(adversary) = &mut self.nodes[at].adversary else {
            return;
        };
        let mut frames = Vec::new();
        for peer in peers {
            frames.extend(
                adversary
                    .rant()
                    .into_iter()
                    .map(|frame| (peer.clone(), frame)),
            );
        }
        let pace_ms = adversary.pace_ms();
        for (peer, frame) in frames {
            self.transmit(at, &peer, frame);
        }
        if let Some(pace_ms) = pace_ms {
            self.later(pace_ms, What::Rant(at));
        }
    }
}
