//! What is told to whom of what is held, and what is learned from it.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{DeviceId, Identity};

use super::peer::{PeerState, Strike};
use super::{Holding, Output, PeerKey, Sync};
use crate::bounds::MESSAGE_BYTES_MAX;
use crate::codec::DecodeError;
use crate::entry::{EntryId, LogKey};
use crate::fork::ForkProof;
use crate::log::LogState;
use crate::message::{HAVES_MAX, Have, LogHave, Message, token};
use crate::root::{Bound, StatementError, StatementSet};

/// How long what is newly held may wait to be told to others, so that many changes cost one message.
const HAVE_DELAY_MS: u64 = 200;
/// Fork proofs sent for one identity.
const FORKS_SENT_MAX: usize = 8;

impl Sync {
    /// Known statements may have cut off or retired a device since it signed a record, which comes with `statements`.
    pub(super) fn speaks_for(
        &self,
        identity: Identity,
        device: &DeviceId,
        statements: &[Vec<u8>],
    ) -> bool {
        let Some(holding) = self.holdings.get(&identity) else {
            return true;
        };
        let mut known = holding.statements.clone();
        known.merge(statements.iter().map(Vec::as_slice)).is_ok() && known.is_current(device)
    }

    /// Tells every peer that cares for them what is held of these identities.
    pub(super) fn tell(&mut self, identities: &BTreeSet<Identity>) {
        for peer in self.peer_keys() {
            self.tell_peer(&peer, identities);
        }
    }

    pub(super) fn tell_peer(&mut self, peer: &PeerKey, identities: &BTreeSet<Identity>) {
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        let matched = state.matched.intersection(identities);
        let matched = matched.filter(|identity| !state.is_barred(identity));
        let matched: Vec<Identity> = matched.copied().collect();
        let mut messages = Vec::new();
        let mut forks = Vec::new();
        let (mut part, mut part_bytes) = (Vec::new(), 0);
        for identity in matched {
            let Some(holding) = self.holdings.get(&identity) else {
                continue;
            };
            let have = have_for(state, identity, holding);
            let bytes = bytes_max(&have);
            if part.len() == HAVES_MAX || part_bytes + bytes > MESSAGE_BYTES_MAX - 64 {
                messages.push(Message::Have(std::mem::take(&mut part)));
                part_bytes = 0;
            }
            part_bytes += bytes;
            part.push(have);
            let visible = |proof: &&ForkProof| {
                let log = proof.place().log;
                state.may_see(&identity, log.log) && holding.bound(&log) != Bound::Void
            };
            let proofs = holding.forks.iter().filter(visible).take(FORKS_SENT_MAX);
            forks.extend(proofs.cloned().map(Message::Fork));
        }
        if !part.is_empty() {
            messages.push(Message::Have(part));
        }
        for message in messages.iter().chain(&forks) {
            self.send(peer, message);
        }
    }

    /// Takes what a peer says that it holds of an identity, in place of whatever it said before.
    pub(super) fn have(&mut self, peer: &PeerKey, have: Have) {
        let identity = have.identity;
        if !self.cares.contains(&identity) {
            return;
        }
        if !self.merge_statements(identity, &have.statements) {
            return self.strike(peer, Strike::Lied);
        }
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        let mut logs = have.logs;
        logs.retain(|log| state.may_see(&identity, log.log));
        let doubts: Vec<(LogKey, u64, Doubt)> = logs
            .iter()
            .filter_map(|log| self.holdings.get(&identity)?.doubt(log))
            .collect();
        let logs = logs.into_iter();
        let logs: BTreeMap<_, _> = logs
            .map(|log| ((log.device, log.log), log.ranges))
            .collect();
        state.holds(identity, logs);
        state.logs(identity).for_each(|log| self.fetches.retry(log));
        let is_own = self.accounts.contains(&identity);
        for (log, seq, doubt) in doubts {
            let message = match doubt {
                Doubt::Differs => self.fetches.evidence(self.now_ms, peer, log, seq),
                // The sooner a fork of an own log is noticed, the less is written where nobody follows.
                Doubt::Unknown if is_own => self.fetches.compare(self.now_ms, peer, log, seq),
                Doubt::Unknown => None,
            };
            if let Some(message) = message {
                self.send(peer, &message);
            }
        }
    }

    /// Adds statements that a peer sent; `false` when one of them is wrong.
    fn merge_statements(&mut self, identity: Identity, blobs: &[Vec<u8>]) -> bool {
        let known = self
            .holdings
            .get(&identity)
            .map(|holding| holding.statements.clone());
        let mut set = known.unwrap_or_else(|| StatementSet::new(identity));
        match set.merge(blobs.iter().map(Vec::as_slice)) {
            // One of a version to come isn't a fault.
            Ok(false) | Err(StatementError::Decode(DecodeError::Version(_))) => true,
            Err(_) => false,
            Ok(true) => {
                self.outputs.push_back(Output::KeepStatements(set.clone()));
                self.statements_added(&set);
                true
            }
        }
    }

    /// Statements go out at once, so that they are there before the entries that they vouch for.
    pub(super) fn statements_added(&mut self, added: &StatementSet) {
        let identity = added.identity();
        match self.holdings.get_mut(&identity) {
            Some(holding) => {
                for statement in added.iter().cloned() {
                    holding
                        .statements
                        .insert(statement)
                        .expect("sets of one identity merge");
                }
            }
            None => {
                self.holdings.insert(identity, Holding::new(added.clone()));
            }
        }
        let statements = &self.holdings[&identity].statements;
        for (peer, state) in &mut self.peers {
            state.name(token(&peer.0, &self.me.0, &identity), identity);
            let device = state.identities.get(&identity);
            if device.is_some_and(|device| !statements.is_current(device)) {
                state.identities.remove(&identity);
                state.bar(&self.blocked, &self.accounts);
            }
            state.logs(identity).for_each(|log| self.fetches.retry(log));
        }
        self.tell(&[identity].into());
    }

    pub(super) fn tell_soon(&mut self, identity: Identity) {
        self.untold.insert(identity);
        self.tell_at_ms.get_or_insert(self.now_ms + HAVE_DELAY_MS);
    }

    pub(super) fn fork_told(&mut self, proof: ForkProof) {
        let log = proof.place().log;
        let Some(holding) = self.holdings.get(&log.identity) else {
            return;
        };
        let known = holding.forks.iter().any(|fork| fork.place().log == log);
        let counts = holding.takes(&log) && holding.bound(&log) != Bound::Void;
        if self.cares.contains(&log.identity) && counts && !known {
            self.outputs.push_back(Output::KeepFork(proof));
        }
    }

    pub(super) fn forked(&mut self, proof: ForkProof) {
        let log = proof.place().log;
        let Some(holding) = self.holdings.get_mut(&log.identity) else {
            return;
        };
        let state = holding.logs.entry((log.device, log.log)).or_default();
        state.set_forked(proof.place().seq);
        if holding.forks.iter().any(|known| known.place().log == log) {
            return;
        }
        holding.forks.push(proof.clone());
        let message = Message::Fork(proof).to_bytes();
        for (peer, state) in &self.peers {
            if state.matched.contains(&log.identity) && state.may_get(&log.identity, log.log) {
                self.outputs
                    .push_back(Output::Send(peer.clone(), message.clone()));
            }
        }
    }
}

/// What the end of a peer's log says about what is held here.
enum Doubt {
    /// The peer has another entry there.
    Differs,
    /// Whether it has another one isn't known without asking.
    Unknown,
}

impl Holding {
    /// Where a peer may have another entry at the end of a log, of which nobody knew that it forked. A longer branch is
    /// noticed when the rest of it comes, a shorter one by its holder when the rest of ours gets there.
    fn doubt(&self, theirs: &LogHave) -> Option<(LogKey, u64, Doubt)> {
        let log = LogKey {
            identity: self.statements.identity(),
            device: theirs.device,
            log: theirs.log,
        };
        let ours = self.logs.get(&(log.device, log.log))?;
        let &(_, last) = theirs.ranges.last()?;
        if ours.is_forked() || self.bound(&log) != Bound::Open {
            return None;
        }
        let end = ours.ranges().iter().find(|range| range.hi == last);
        let doubt = match end {
            Some(range) if range.head == theirs.head => return None,
            Some(_) => Doubt::Differs,
            None if ours.holds(last) => Doubt::Unknown,
            None => return None,
        };
        Some((log, last, doubt))
    }
}

/// What is held of an identity's logs that the peer may see, as far as it counts.
pub(super) fn visible_logs(
    peer: &PeerState,
    identity: Identity,
    holding: &Holding,
) -> Vec<LogHave> {
    let visible = holding
        .logs
        .iter()
        .filter(|((_, log), _)| peer.may_get(&identity, *log));
    let logs = visible.map(|((device, log), state)| {
        let key = LogKey {
            identity,
            device: *device,
            log: *log,
        };
        let bound = holding.bound(&key);
        let head = match (bound, state.top()) {
            (Bound::EndsAt(end), Some(top)) if top.hi >= end.seq => end.id,
            (_, top) => top.map_or(EntryId::NONE, |top| top.head),
        };
        LogHave {
            device: *device,
            log: *log,
            ranges: valid_ranges(state, bound),
            head,
        }
    });
    logs.filter(|log| !log.ranges.is_empty()).collect()
}

fn have_for(peer: &mut PeerState, identity: Identity, holding: &Holding) -> Have {
    let logs = visible_logs(peer, identity, holding);
    let digest = holding.statements.digest();
    let statements = if peer.told.insert(identity, digest) == Some(digest) {
        Vec::new()
    } else {
        holding.statements.to_blobs()
    };
    Have {
        identity,
        statements,
        logs,
    }
}

/// What is held of a log, up to where it must end.
pub(super) fn valid_ranges(state: &LogState, bound: Bound) -> Vec<(u64, u64)> {
    let last = match bound {
        Bound::Open => u64::MAX,
        Bound::EndsAt(end) => end.seq,
        Bound::Void => return Vec::new(),
    };
    let ranges = state.ranges().iter().filter(|range| range.lo <= last);
    ranges.map(|range| (range.lo, range.hi.min(last))).collect()
}

/// At least as many bytes as this takes in a message.
fn bytes_max(have: &Have) -> usize {
    let statements: usize = have.statements.iter().map(|blob| blob.len() + 5).sum();
    let ranges: usize = have.logs.iter().map(|log| log.ranges.len()).sum();
    64 + statements + 96 * have.logs.len() + 19 * ranges
}
