//! Entries: asked for, pushed, stored and refused.

use super::fetch::Answer;
use super::peer::Strike;
use super::tell::valid_ranges;
use super::{Ingested, Outcome, Output, PeerKey, Sync};
use crate::bounds::MESSAGE_BYTES_MAX;
use crate::entry::{LogKey, LoneEntry};
use crate::log::{LogState, Refusal};
use crate::message::Message;
use crate::root::Bound;
use crate::run::Run;

/// Pushes of one peer that the store isn't done with; what comes beyond is asked for later.
const PUSHES_PER_PEER_MAX: usize = 64;

impl Sync {
    pub(super) fn get(&mut self, peer: &PeerKey, request: u32, log: LogKey, lo: u64, hi: u64) {
        let state = self.peers.get(peer);
        let visible = state.is_some_and(|state| state.may_get(&log.identity, log.log));
        let holding = self.holdings.get(&log.identity).filter(|_| visible);
        let held = holding
            .zip(self.log_state(&log))
            .map(|(holding, state)| valid_ranges(state, holding.bound(&log)))
            .unwrap_or_default();
        match held.iter().find(|range| range.0 <= hi && hi <= range.1) {
            Some(range) if lo <= hi => self.outputs.push_back(Output::Serve {
                to: peer.clone(),
                request,
                log,
                lo: lo.max(range.0),
                hi,
            }),
            _ => self.send(peer, &Message::Missing { request }),
        }
    }

    pub(super) fn answered(
        &mut self,
        peer: &PeerKey,
        request: u32,
        run: Run,
        tombstones: Vec<LoneEntry>,
    ) {
        match self.fetches.answered(self.now_ms, peer, request, &run) {
            Answer::Unasked => {}
            Answer::Wrong => self.distrust(peer, run.log),
            Answer::Fits => {
                if let Some(state) = self.peers.get_mut(peer) {
                    state.answered();
                }
                self.outputs.push_back(Output::Ingest {
                    from: peer.clone(),
                    request,
                    run,
                    tombstones,
                });
            }
        }
    }

    pub(super) fn pushed(&mut self, peer: &PeerKey, run: Run, tombstones: Vec<LoneEntry>) {
        let (log, lo, hi) = (run.log, run.first_seq, run.last_seq());
        if !self.cares.contains(&log.identity) {
            return;
        }
        let holding = self.holdings.get(&log.identity);
        // While two get to know each other, a push may come before the statements that vouch for its device: the store
        // would refuse it, so it is asked for when they are there.
        let takes = holding.is_some_and(|held| held.takes(&log) && held.bound(&log) != Bound::Void);
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        if !state.may_see(&log.identity, log.log) {
            return self.strike(peer, Strike::Lied);
        }
        state.knows(log, lo, hi);
        if !takes || state.pushes >= PUSHES_PER_PEER_MAX {
            return self.fetches.retry(log);
        }
        state.pushes += 1;
        self.fetches.pushed(peer, log, lo, hi);
        self.outputs.push_back(Output::Ingest {
            from: peer.clone(),
            request: 0,
            run,
            tombstones,
        });
    }

    pub(super) fn missing(&mut self, peer: &PeerKey, request: u32) {
        // A peer needn't hold the one entry that would prove a fork.
        if let Some(fetch) = self.fetches.finished(peer, request)
            && !fetch.evidence
            && let Some(state) = self.peers.get_mut(peer)
        {
            state.forget(&fetch.log);
        }
    }

    pub(super) fn ingested(&mut self, ingested: Ingested) {
        let Ingested {
            from,
            request,
            log,
            outcome,
        } = ingested;
        let evidence = from
            .as_ref()
            .is_some_and(|peer| self.release(peer, request, log));
        self.fetches.retry(log);
        match outcome {
            Outcome::Stored { state, push } => {
                if let Some(peer) = from.as_ref().filter(|_| request != 0) {
                    self.fetches.prove(peer);
                }
                self.stored(from.as_ref(), request, log, state, push)
            }
            Outcome::Refused(refusal) => {
                if let Some(peer) = from {
                    match refusal {
                        // The entry in one place, which its successor alone may vouch for.
                        Refusal::Signature if evidence => self.forget(&peer, log),
                        refusal => self.run_refused(&peer, request, log, refusal),
                    }
                }
            }
            Outcome::Damaged => {
                if let Some(peer) = from {
                    self.distrust(&peer, log);
                }
            }
            Outcome::Unable => self.fetches.pause(self.now_ms),
        }
    }

    /// Gives up the place that a run took while the store was at it; says whether it was asked for as evidence.
    fn release(&mut self, peer: &PeerKey, request: u32, log: LogKey) -> bool {
        if request != 0 {
            let finished = self.fetches.finished(peer, request);
            return finished.is_some_and(|finished| finished.evidence);
        }
        self.fetches.push_done(peer, &log);
        if let Some(state) = self.peers.get_mut(peer) {
            state.pushes = state.pushes.saturating_sub(1);
        }
        false
    }

    fn stored(
        &mut self,
        from: Option<&PeerKey>,
        request: u32,
        log: LogKey,
        state: LogState,
        push: Option<Box<(Run, Vec<LoneEntry>)>>,
    ) {
        let Some(holding) = self.holdings.get_mut(&log.identity) else {
            return;
        };
        if !holding.takes(&log) {
            return;
        }
        let top = state.top().map(|top| top.hi);
        let key = (log.device, log.log);
        if let Some(known) = holding.logs.get(&key) {
            if known == &state {
                return;
            }
            // The store's answers may overtake each other: a run only adds, so what adds nothing is an older answer.
            // (Without sender and news it is a cut, which takes away.)
            if (from.is_some() || push.is_some()) && covers(known, &state) {
                return self.tell_soon(log.identity);
            }
        }
        holding.logs.insert(key, state);
        if let Some(peer) = from {
            self.fetches.settled(peer, log);
        }
        match push {
            // What isn't the newest may be vouched for by its successor alone, and then doesn't travel alone.
            Some(push) if request == 0 && Some(push.0.last_seq()) == top => self.push(from, *push),
            _ => self.tell_soon(log.identity),
        }
    }

    fn run_refused(&mut self, peer: &PeerKey, request: u32, log: LogKey, refusal: Refusal) {
        match refusal {
            // Its author may have written one bad signature: ask for what a successor vouches for before blaming.
            Refusal::Signature if request != 0 && self.fetches.anchor(peer, log) => {}
            Refusal::Signature => self.strike(peer, Strike::Forged),
            Refusal::Unlinked { seq } | Refusal::Conflict { hi: seq, .. } => {
                // Either side may hold the other branch of a fork: its entry in the same place would prove it.
                match self.fetches.evidence(self.now_ms, peer, log, seq) {
                    Some(message) => self.send(peer, &message),
                    None => self.forget(peer, log),
                }
            }
            // Nothing above what is held is asked for any longer; below it the peer may lie on the other branch.
            Refusal::Forked if self.fetches.dispute(peer, log) => {}
            Refusal::Forked => self.forget(peer, log),
            Refusal::Void | Refusal::Cut | Refusal::Scattered => self.forget(peer, log),
        }
    }

    /// What this peer says of this log isn't to be had or doesn't fit, through no fault of its own: ask others.
    fn forget(&mut self, peer: &PeerKey, log: LogKey) {
        if let Some(state) = self.peers.get_mut(peer) {
            state.forget(&log);
        }
    }

    /// What this peer says of this log isn't true: ask others.
    fn distrust(&mut self, peer: &PeerKey, log: LogKey) {
        self.forget(peer, log);
        self.strike(peer, Strike::Lied);
    }

    fn push(&mut self, from: Option<&PeerKey>, (run, tombstones): (Run, Vec<LoneEntry>)) {
        let (log, lo, hi) = (run.log, run.first_seq, run.last_seq());
        let entries = run.items.len() as u64;
        let message = Message::Run {
            request: 0,
            run,
            tombstones,
        };
        let message = message.to_bytes();
        if message.len() > MESSAGE_BYTES_MAX {
            // It doesn't go as one: who wants it asks for it by pieces.
            return self.tell_soon(log.identity);
        }
        for (peer, state) in &mut self.peers {
            let cares =
                state.matched.contains(&log.identity) && state.may_get(&log.identity, log.log);
            if Some(peer) != from && cares && !state.has(&log, lo, hi) {
                state.knows(log, lo, hi);
                self.outputs.push_back(Output::Push {
                    to: peer.clone(),
                    frame: message.clone(),
                    log,
                    entries,
                });
            }
        }
    }
}

/// Whether `known` says all that `other` does.
fn covers(known: &LogState, other: &LogState) -> bool {
    let within = |lo, hi| {
        let mut ranges = known.ranges().iter();
        ranges.any(|range| range.lo <= lo && hi <= range.hi)
    };
    let holds_all = other
        .ranges()
        .iter()
        .all(|range| within(range.lo, range.hi));
    holds_all && (known.is_forked() || !other.is_forked())
}
