//! A store in memory: the reference for what a store does, used by simulations, fuzzing and examples.

use std::collections::BTreeMap;

use hearth_keys::{DeviceKeys, Identity};

use crate::body::is_lasting;
use crate::bounds::{HEADER_BYTES_MAX, RUN_BYTES_TARGET, RUN_ENTRIES_MAX};
use crate::entry::{Entry, EntryId, Header, LogKey, LoneEntry, Place};
use crate::fork::ForkProof;
use crate::ingest::{self, Held, IngestError};
use crate::log::{LogState, Range};
use crate::root::{Bound, StatementError, StatementSet};
use crate::run::{Link, Run, RunBody, RunItem};

/// Logs, statements, tombstones and fork proofs, in ordered maps.
#[derive(Debug, Default, Clone)]
pub struct MemoryLogs {
    statements: BTreeMap<Identity, StatementSet>,
    logs: BTreeMap<LogKey, MemoryLog>,
    tombstones: BTreeMap<Place, LoneEntry>,
    forks: BTreeMap<LogKey, ForkProof>,
}

#[derive(Debug, Default, Clone)]
struct MemoryLog {
    state: LogState,
    links: BTreeMap<u64, Link>,
}

impl MemoryLog {
    /// Keeps what a bound lets hold; says whether anything went.
    fn enforce(&mut self, bound: Bound) -> bool {
        let held_before = self.links.len();
        match bound {
            Bound::Open => return false,
            Bound::Void => self.links.clear(),
            Bound::EndsAt(end) => {
                let held = self.links.get(&end.seq).map(|link| link.entry.id());
                // Without the cut's own entry nothing ties what is held to the branch that holds.
                let holds = held == Some(end.id);
                self.links.retain(|&seq, _| holds && seq <= end.seq);
            }
        }
        self.state = LogState::from_ranges(ranges(&self.links), self.state.forked_at());
        self.links.len() < held_before
    }
}

/// The ranges that entries form, ascending.
fn ranges(links: &BTreeMap<u64, Link>) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for (&seq, link) in links {
        let head = link.entry.id();
        match ranges.last_mut() {
            Some(range) if range.hi + 1 == seq => (range.hi, range.head) = (seq, head),
            _ => ranges.push(Range {
                lo: seq,
                hi: seq,
                previous: link.entry.header().previous,
                head,
            }),
        }
    }
    ranges
}

struct HeldHere<'a> {
    log: LogKey,
    links: Option<&'a BTreeMap<u64, Link>>,
    tombstones: &'a BTreeMap<Place, LoneEntry>,
}

impl Held for HeldHere<'_> {
    fn entry(&self, seq: u64) -> Option<Entry> {
        Some(self.links?.get(&seq)?.entry.clone())
    }

    fn is_deleted(&self, seq: u64) -> bool {
        self.tombstones.contains_key(&Place { log: self.log, seq })
    }
}

/// The header that comes next in a log, for a body.
///
/// `body` must be within bounds, and so must `time_ms`; the caller has checked them.
pub fn next_header(log: LogKey, state: &LogState, time_ms: u64, body: &[u8]) -> Header {
    let (seq, previous) = state
        .top()
        .map_or((0, EntryId::NONE), |top| (top.hi + 1, top.head));
    let body_bytes = u32::try_from(body.len()).expect("a body is within bounds");
    let body_hash = *blake3::hash(body).as_bytes();
    Header {
        place: Place { log, seq },
        previous,
        time_ms,
        body_hash,
        body_bytes,
        lasts: is_lasting(body),
    }
}

impl MemoryLogs {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds statements of an identity; says whether anything changed. If so, [`Self::enforce_bounds`] drops what no longer
    /// holds.
    pub fn add_statements(
        &mut self,
        identity: Identity,
        blobs: &[Vec<u8>],
    ) -> Result<bool, StatementError> {
        let set = self
            .statements
            .entry(identity)
            .or_insert_with(|| StatementSet::new(identity));
        set.merge(blobs.iter().map(Vec::as_slice))
    }

    /// Drops what no longer holds of an identity's logs once a bound is known: all of a log that is void, and where a cut
    /// ends it what lies beyond, or all unless the cut's entry is held. Returns what is held now of the logs that lost
    /// entries, which a sync machine must be told.
    pub fn enforce_bounds(&mut self, identity: &Identity) -> Vec<(LogKey, LogState)> {
        let Some(statements) = self.statements.get(identity) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        for (key, log) in self.logs.iter_mut() {
            let bound = statements.bound(&key.device, key.log);
            if key.identity == *identity && log.enforce(bound) {
                changed.push((*key, log.state.clone()));
            }
        }
        changed
    }

    /// What is known of an identity's devices.
    pub fn statements(&self, identity: &Identity) -> Option<&StatementSet> {
        self.statements.get(identity)
    }

    /// What is known of everybody's devices.
    pub fn all_statements(&self) -> impl Iterator<Item = &StatementSet> {
        self.statements.values()
    }

    /// All identities and logs held.
    pub fn logs(&self) -> impl Iterator<Item = (&LogKey, &LogState)> {
        self.logs.iter().map(|(key, log)| (key, &log.state))
    }

    /// What is held of a log.
    pub fn state(&self, log: &LogKey) -> Option<&LogState> {
        self.logs.get(log).map(|log| &log.state)
    }

    /// An entry with its body.
    pub fn link(&self, place: &Place) -> Option<&Link> {
        self.logs.get(&place.log)?.links.get(&place.seq)
    }

    /// The proof that a log forked.
    pub fn fork(&self, log: &LogKey) -> Option<&ForkProof> {
        self.forks.get(log)
    }

    /// Signs and appends a body to one of the device's own logs.
    pub fn append(
        &mut self,
        device: &DeviceKeys,
        log: LogKey,
        time_ms: u64,
        body: Vec<u8>,
    ) -> Result<Run, IngestError> {
        let state = self.state(&log).cloned().unwrap_or_default();
        let header = next_header(log, &state, time_ms, &body);
        let run = one_entry_run(&header.sign(device), body);
        self.ingest(run.clone(), &[])?;
        Ok(run)
    }

    /// Takes in a run; returns the sequences that are new.
    pub fn ingest(
        &mut self,
        run: Run,
        tombstones: &[LoneEntry],
    ) -> Result<Vec<(u64, u64)>, IngestError> {
        let key = run.log;
        let identity = key.identity;
        let unknown = StatementSet::new(identity);
        let statements = self.statements.get(&identity).unwrap_or(&unknown);
        let log = self.logs.get(&key);
        let held = HeldHere {
            log: key,
            links: log.map(|log| &log.links),
            tombstones: &self.tombstones,
        };
        let state = log.map(|log| log.state.clone()).unwrap_or_default();
        let plan = match ingest::plan(&state, statements, run, tombstones, &held) {
            Err(IngestError::Fork(proof)) => {
                self.add_fork((*proof).clone());
                return Err(IngestError::Fork(proof));
            }
            other => other?,
        };
        let log = self.logs.entry(key).or_default();
        log.state = plan.admission.state;
        log.links.extend(
            plan.links
                .into_iter()
                .map(|link| (link.entry.place().seq, link)),
        );
        for (target, proof) in plan.deletes {
            self.delete(target.place(identity), proof);
        }
        Ok(plan.admission.new)
    }

    fn delete(&mut self, place: Place, proof: LoneEntry) {
        let link = self
            .logs
            .get_mut(&place.log)
            .and_then(|log| log.links.get_mut(&place.seq));
        if let Some(link) = link {
            let lone = LoneEntry {
                entry: link.entry.clone(),
                body: link.body.clone().unwrap_or_default(),
            };
            if ingest::outlasts_deletes(&lone) {
                return;
            }
            link.body = None;
        }
        self.tombstones.entry(place).or_insert(proof);
    }

    /// Keeps proof of a fork; growth stops there.
    pub fn add_fork(&mut self, proof: ForkProof) {
        let Place { log: key, seq } = proof.place();
        self.logs.entry(key).or_default().state.set_forked(seq);
        self.forks.entry(key).or_insert(proof);
    }

    /// The newest part of `lo..=hi` that fits an answer, with the deletes for the bodies that are missing in it.
    /// `None` when `hi` isn't held.
    pub fn serve(&self, key: &LogKey, lo: u64, hi: u64) -> Option<(Run, Vec<LoneEntry>)> {
        let log = self.logs.get(key).filter(|_| lo <= hi)?;
        let mut links = Vec::new();
        let mut proofs = BTreeMap::new();
        let mut bytes = 0;
        for (expected, (&seq, link)) in (lo..=hi).rev().zip(log.links.range(lo..=hi).rev()) {
            if seq != expected || links.len() == RUN_ENTRIES_MAX || bytes >= RUN_BYTES_TARGET {
                break;
            }
            bytes += 80 + link.body.as_ref().map_or(48, Vec::len);
            if link.body.is_none()
                && let Some(proof) = self.tombstones.get(&link.entry.place())
                && proofs.insert(proof.entry.id(), proof.clone()).is_none()
            {
                bytes += HEADER_BYTES_MAX + proof.body.len();
            }
            links.push(link.clone());
        }
        links.reverse();
        Some((Run::of_links(&links)?, proofs.into_values().collect()))
    }
}

/// An entry with its body as a run of one.
pub fn one_entry_run(entry: &Entry, body: Vec<u8>) -> Run {
    let header = entry.header();
    let item = RunItem {
        time_ms: header.time_ms,
        signature: *entry.signature(),
        body: RunBody::Present(body),
    };
    Run {
        log: header.place.log,
        first_seq: header.place.seq,
        previous: header.previous,
        items: vec![item],
    }
}
