//! Which missing entries are asked for, from whom, and what became of it.
//!
//! A log is *due* when something about it changed; then its newest missing pieces become requests. A log that finds all
//! who have it busy is *blocked* on them, and due again when one has time: what is new before what is past, so that a
//! long backfill holds up nobody's newest posts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hearth_keys::Identity;

use super::PeerKey;
use super::peer::PeerState;
use crate::bounds::SEQUENCE_MAX;
use crate::entry::LogKey;
use crate::log::LogState;
use crate::message::Message;
use crate::root::Bound;
use crate::run::Run;

/// How long a peer may be silent while it owes an answer.
const ANSWER_MS_MAX: u64 = 10_000;
/// How long an answer may take, though others come.
const LATE_MS_MAX: u64 = 60_000;
/// How long the store may take for one, before its place is given up.
const STORE_MS_MAX: u64 = 120_000;
/// How long fetching pauses when the store can't take more.
const PAUSE_MS: u64 = 5_000;
/// Open requests to one peer.
const PER_PEER_MAX: usize = 8;
/// Open requests to one peer that answered none on this stream yet: some that only claim can't take all places.
const PER_NEW_PEER_MAX: usize = 2;
/// Open requests for one log.
const PER_LOG_MAX: usize = 4;
/// Open requests for one log to one peer: whoever claims too much doesn't keep the others from being asked.
const PER_LOG_AND_PEER_MAX: usize = 2;
/// Open requests in all.
const TOTAL_MAX: usize = 32;
/// Open requests for evidence to one peer, apart from the others: whoever contradicts everything holds up nobody.
const EVIDENCE_PER_PEER_MAX: usize = 8;
/// Entries asked for at once.
const PIECE_ENTRIES: u64 = 512;
/// Entries asked for first, above what is held: soon on the screen.
const FIRST_ENTRIES: u64 = 64;

/// Whether an answer is one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nobody asked (any longer).
    Unasked,
    /// Not what was asked for.
    Wrong,
    /// To be checked and stored.
    Fits,
}

/// A request that is over.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) log: LogKey,
    pub(super) evidence: bool,
}

#[derive(Debug)]
struct Fetch {
    peer: PeerKey,
    log: LogKey,
    lo: u64,
    hi: u64,
    evidence: bool,
    stored_next: bool,
    asked_ms: u64,
    deadline_ms: u64,
}

/// A push that the store isn't done with.
#[derive(Debug)]
struct Push {
    peer: PeerKey,
    lo: u64,
    hi: u64,
}

/// Logs that wait for a peer to have time.
#[derive(Debug, Default)]
struct Blocked {
    fresh: BTreeSet<LogKey>,
    past: BTreeSet<LogKey>,
}

impl Blocked {
    fn pop_first(&mut self) -> Option<LogKey> {
        self.fresh.pop_first().or_else(|| self.past.pop_first())
    }
}

/// Part of a log that one peer has.
struct Offer<'a> {
    peer: &'a PeerKey,
    stalls: u32,
    lo: u64,
    hi: u64,
}

/// What can be done for a log.
enum Next {
    Ask {
        fresh: bool,
        peer: PeerKey,
        lo: u64,
        hi: u64,
    },
    Wait {
        fresh: bool,
        peers: Vec<PeerKey>,
    },
    Nothing,
}

/// All open requests, and the logs that may need another.
#[derive(Debug, Default)]
pub(super) struct Fetches {
    open: BTreeMap<u32, Fetch>,
    pushes: BTreeMap<LogKey, VecDeque<Push>>,
    due: BTreeSet<LogKey>,
    blocked: BTreeMap<PeerKey, Blocked>,
    /// Of these logs, these peers are only asked for what a held successor vouches for.
    anchored: BTreeSet<(PeerKey, LogKey)>,
    /// Logs and peers of which contradicting entries were asked for.
    disputed: BTreeSet<(PeerKey, LogKey)>,
    /// Logs and peers whose newest entry was asked for, to see whether it is the one that is held.
    compared: BTreeSet<(PeerKey, LogKey)>,
    /// Peers that gave what they were asked for.
    proven: BTreeSet<PeerKey>,
    paused_until_ms: u64,
    last_request: u32,
}

impl Fetches {
    pub(super) fn retry(&mut self, log: LogKey) {
        self.due.insert(log);
    }

    /// Asks this peer for what a held successor vouches for, from now on; `false` when that was so already.
    pub(super) fn anchor(&mut self, peer: &PeerKey, log: LogKey) -> bool {
        self.anchored.insert((peer.clone(), log))
    }

    /// This peer gave what it was asked for.
    pub(super) fn prove(&mut self, peer: &PeerKey) {
        if !self.proven.contains(peer) {
            self.proven.insert(peer.clone());
        }
    }

    pub(super) const fn pause(&mut self, now_ms: u64) {
        self.paused_until_ms = now_ms + PAUSE_MS;
    }

    /// Keeps what a push brings from being asked for while the store is at it.
    pub(super) fn pushed(&mut self, peer: &PeerKey, log: LogKey, lo: u64, hi: u64) {
        let peer = peer.clone();
        let pushes = self.pushes.entry(log).or_default();
        pushes.push_back(Push { peer, lo, hi });
    }

    /// The store is done with a peer's oldest push to a log.
    pub(super) fn push_done(&mut self, peer: &PeerKey, log: &LogKey) {
        let Some(pushes) = self.pushes.get_mut(log) else {
            return;
        };
        if let Some(at) = pushes.iter().position(|push| &push.peer == peer) {
            pushes.remove(at);
        }
        if pushes.is_empty() {
            self.pushes.remove(log);
        }
    }

    /// Takes back all that was asked of a peer; others may have it.
    pub(super) fn forget_peer(&mut self, peer: &PeerKey) {
        let asked = self.open.extract_if(.., |_, fetch| &fetch.peer == peer);
        self.due.extend(asked.map(|(_, fetch)| fetch.log));
        let blocked = self.blocked.remove(peer).unwrap_or_default();
        self.due.extend(blocked.fresh);
        self.due.extend(blocked.past);
        self.disputed.retain(|(disputed, _)| disputed != peer);
        self.compared.retain(|(compared, _)| compared != peer);
        self.anchored.retain(|(anchored, _)| anchored != peer);
        self.proven.remove(peer);
    }

    pub(super) fn forget_identity(&mut self, identity: &Identity) {
        self.open.retain(|_, fetch| &fetch.log.identity != identity);
        self.due.retain(|log| &log.identity != identity);
    }

    pub(super) fn next_deadline_ms(&self) -> Option<u64> {
        let waits = self.paused_until_ms > 0 && !(self.due.is_empty() && self.blocked.is_empty());
        self.open
            .values()
            .map(|fetch| fetch.deadline_ms)
            .chain(waits.then_some(self.paused_until_ms))
            .min()
    }

    /// Gives up what is overdue; returns who didn't answer.
    pub(super) fn expire(&mut self, now_ms: u64) -> BTreeSet<PeerKey> {
        let mut stalled = BTreeSet::new();
        let is_overdue = |_: &u32, fetch: &mut Fetch| fetch.deadline_ms <= now_ms;
        for (_, fetch) in self.open.extract_if(.., is_overdue) {
            self.due.insert(fetch.log);
            if !fetch.stored_next {
                stalled.insert(fetch.peer);
            }
        }
        stalled
    }

    /// Looks up what an answer belongs to and keeps its place until it is stored.
    pub(super) fn answered(
        &mut self,
        now_ms: u64,
        peer: &PeerKey,
        request: u32,
        run: &Run,
    ) -> Answer {
        let Some(fetch) = self
            .open
            .get_mut(&request)
            .filter(|f| &f.peer == peer && !f.stored_next)
        else {
            return Answer::Unasked;
        };
        let log = fetch.log;
        self.due.insert(log);
        if run.log != log || run.last_seq() != fetch.hi || run.first_seq < fetch.lo {
            self.open.remove(&request);
            return Answer::Wrong;
        }
        fetch.stored_next = true;
        fetch.deadline_ms = now_ms + STORE_MS_MAX;
        // What the answer left out can be asked for right now.
        fetch.lo = run.first_seq;
        // A slow link isn't a stall: the other answers queue behind this one.
        let waiting = self.open.values_mut();
        for other in waiting.filter(|other| &other.peer == peer && !other.stored_next) {
            let latest = other.asked_ms + LATE_MS_MAX;
            other.deadline_ms = latest.min(now_ms + ANSWER_MS_MAX).max(other.deadline_ms);
        }
        Answer::Fits
    }

    /// Whatever became of a request, it is over.
    pub(super) fn finished(&mut self, peer: &PeerKey, request: u32) -> Option<Finished> {
        self.open
            .get(&request)
            .filter(|fetch| &fetch.peer == peer)?;
        let fetch = self.open.remove(&request)?;
        self.due.insert(fetch.log);
        Some(Finished {
            log: fetch.log,
            evidence: fetch.evidence,
        })
    }

    /// What a peer sends of a log is fine: it may be in doubt again.
    pub(super) fn settled(&mut self, peer: &PeerKey, log: LogKey) {
        self.disputed.remove(&(peer.clone(), log));
    }

    /// Remembers that a peer contradicts what is held; `false` when that was known.
    pub(super) fn dispute(&mut self, peer: &PeerKey, log: LogKey) -> bool {
        self.disputed.insert((peer.clone(), log))
    }

    /// Asks a peer, once, for its entry where it contradicts what is held.
    pub(super) fn evidence(
        &mut self,
        now_ms: u64,
        peer: &PeerKey,
        log: LogKey,
        seq: u64,
    ) -> Option<Message> {
        if !self.may_ask_for_evidence(peer) || !self.dispute(peer, log) {
            return None;
        }
        Some(self.request(now_ms, peer.clone(), log, (seq, seq), true))
    }

    /// Asks a peer, once, for an entry that it has where another may be held: its id alone tells nothing.
    pub(super) fn compare(
        &mut self,
        now_ms: u64,
        peer: &PeerKey,
        log: LogKey,
        seq: u64,
    ) -> Option<Message> {
        if !self.may_ask_for_evidence(peer) || !self.compared.insert((peer.clone(), log)) {
            return None;
        }
        Some(self.request(now_ms, peer.clone(), log, (seq, seq), true))
    }

    fn may_ask_for_evidence(&self, peer: &PeerKey) -> bool {
        let open = self.open.values();
        let of_peer = open.filter(|fetch| fetch.evidence && &fetch.peer == peer);
        of_peer.count() < EVIDENCE_PER_PEER_MAX
    }

    fn request(
        &mut self,
        now_ms: u64,
        peer: PeerKey,
        log: LogKey,
        (lo, hi): (u64, u64),
        evidence: bool,
    ) -> Message {
        self.last_request = self.last_request.wrapping_add(1).max(1);
        let request = self.last_request;
        let fetch = Fetch {
            peer,
            log,
            lo,
            hi,
            evidence,
            stored_next: false,
            asked_ms: now_ms,
            deadline_ms: now_ms + ANSWER_MS_MAX,
        };
        self.open.insert(request, fetch);
        Message::Get {
            request,
            log,
            lo,
            hi,
        }
    }

    /// Turns what is missing into requests, as far as the limits allow.
    pub(super) fn plan<'a>(
        &mut self,
        now_ms: u64,
        peers: &BTreeMap<PeerKey, PeerState>,
        wanted: impl Fn(&LogKey) -> Option<(Option<&'a LogState>, Bound)>,
    ) -> Vec<(PeerKey, Message)> {
        let mut requests = Vec::new();
        if now_ms < self.paused_until_ms {
            return requests;
        }
        self.paused_until_ms = 0;
        let nothing = LogState::default();
        let mut past = BTreeSet::new();
        loop {
            let due = self.due.pop_first();
            let fresh_only = due.is_some();
            let next = due.or_else(|| past.pop_first());
            let Some(log) = next.or_else(|| self.unblocked()) else {
                break;
            };
            let Some((state, bound)) = wanted(&log) else {
                continue;
            };
            loop {
                match self.next(&log, state.unwrap_or(&nothing), bound, peers) {
                    Next::Ask { fresh: false, .. } if fresh_only => {
                        past.insert(log);
                        break;
                    }
                    Next::Ask { peer, lo, hi, .. } => {
                        let message = self.request(now_ms, peer.clone(), log, (lo, hi), false);
                        requests.push((peer, message));
                    }
                    Next::Wait { fresh, peers } => {
                        self.block(log, fresh, peers);
                        break;
                    }
                    Next::Nothing => break,
                }
            }
        }
        requests
    }

    fn block(&mut self, log: LogKey, fresh: bool, peers: Vec<PeerKey>) {
        for peer in peers {
            let blocked = self.blocked.entry(peer).or_default();
            if fresh {
                blocked.fresh.insert(log);
            } else {
                blocked.past.insert(log);
            }
        }
    }

    /// A log that waited for a peer that has time now.
    fn unblocked(&mut self) -> Option<LogKey> {
        let has_time = |peer: &&PeerKey| self.has_time(peer);
        let free: Vec<PeerKey> = self.blocked.keys().filter(has_time).cloned().collect();
        let is_fresh = |peer: &&PeerKey| {
            let blocked = self.blocked.get(*peer);
            blocked.is_some_and(|blocked| !blocked.fresh.is_empty())
        };
        let peer = free.iter().find(is_fresh).or(free.first())?.clone();
        let blocked = self.blocked.get_mut(&peer)?;
        let log = blocked.pop_first();
        if blocked.fresh.is_empty() && blocked.past.is_empty() {
            self.blocked.remove(&peer);
        }
        log
    }

    fn load(&self, peer: &PeerKey) -> usize {
        let of_peer = self.fetching().filter(|fetch| &fetch.peer == peer);
        of_peer.count()
    }

    fn has_time(&self, peer: &PeerKey) -> bool {
        let most = if self.proven.contains(peer) {
            PER_PEER_MAX
        } else {
            PER_NEW_PEER_MAX
        };
        self.fetching().count() < TOTAL_MAX && self.load(peer) < most
    }

    /// What is asked for because it is missing.
    fn fetching(&self) -> impl Iterator<Item = &Fetch> {
        self.open.values().filter(|fetch| !fetch.evidence)
    }

    /// The newest missing piece that somebody has and has time for.
    fn next(
        &self,
        log: &LogKey,
        state: &LogState,
        bound: Bound,
        peers: &BTreeMap<PeerKey, PeerState>,
    ) -> Next {
        let of_log: Vec<&Fetch> = self.fetching().filter(|fetch| &fetch.log == log).collect();
        let ceiling = match (bound, state.top()) {
            (Bound::Void, _) => return Next::Nothing,
            (Bound::EndsAt(end), _) => end.seq,
            (Bound::Open, Some(top)) => match state.forked_at() {
                Some(fork) => top.hi.max(fork.saturating_sub(1)),
                None => SEQUENCE_MAX,
            },
            (Bound::Open, None) => SEQUENCE_MAX,
        };
        let mut taken: Vec<(u64, u64)> = of_log.iter().map(|f| (f.lo, f.hi)).collect();
        let pushes = self.pushes.get(log).into_iter().flatten();
        taken.extend(pushes.map(|push| (push.lo, push.hi)));
        let mut offers: Vec<Offer<'_>> = Vec::new();
        for (peer, theirs) in peers {
            let asked = of_log.iter().filter(|fetch| &fetch.peer == peer);
            if asked.count() >= PER_LOG_AND_PEER_MAX {
                continue;
            }
            let ranges = theirs.ranges(log);
            let top = ranges.last().map(|&(_, hi)| hi);
            let may_end_at = |hi: u64| match bound {
                Bound::EndsAt(end) => hi == end.seq || state.holds(hi + 1),
                _ => {
                    !self.anchored.contains(&(peer.clone(), *log))
                        || state.holds(hi + 1)
                        || Some(hi) == top
                }
            };
            let mut pieces = ranges
                .iter()
                .rev()
                .flat_map(|&(lo, hi)| state.missing(lo, hi.min(ceiling)).into_iter().rev())
                .filter_map(|(lo, hi)| newest_free(&taken, lo, hi))
                .filter(|&(_, hi)| may_end_at(hi));
            if let Some((lo, hi)) = pieces.next() {
                let stalls = theirs.stalls();
                offers.push(Offer {
                    peer,
                    stalls,
                    lo,
                    hi,
                });
            }
        }
        if offers.is_empty() || of_log.len() >= PER_LOG_MAX {
            // The latter is due again as soon as one of its requests is over.
            return Next::Nothing;
        }
        let held = state.top().map(|top| top.hi);
        let newest = taken.iter().map(|part| part.1).chain(held).max();
        self.choose(newest, &offers)
    }

    /// Picks an offer, where `newest` is the highest sequence that is held or asked for.
    fn choose(&self, newest: Option<u64>, offers: &[Offer<'_>]) -> Next {
        let is_fresh = |hi: u64| newest.is_none_or(|newest| hi > newest);
        // What is past waits while anything new waits for the same peer.
        let may_ask = |offer: &&Offer<'_>| {
            let blocked = self.blocked.get(offer.peer);
            let first = is_fresh(offer.hi) || blocked.is_none_or(|b| b.fresh.is_empty());
            first && self.has_time(offer.peer)
        };
        let best = offers.iter().filter(may_ask).max_by_key(|offer| {
            let load = self.load(offer.peer);
            (std::cmp::Reverse(offer.stalls), offer.hi, usize::MAX - load)
        });
        let Some(&Offer { peer, lo, hi, .. }) = best else {
            return Next::Wait {
                fresh: offers.iter().any(|offer| is_fresh(offer.hi)),
                peers: offers.iter().map(|offer| offer.peer.clone()).collect(),
            };
        };
        let fresh = is_fresh(hi);
        let entries = if fresh { FIRST_ENTRIES } else { PIECE_ENTRIES };
        let lo = lo.max(hi.saturating_sub(entries - 1));
        Next::Ask {
            fresh,
            peer: peer.clone(),
            lo,
            hi,
        }
    }
}

/// The newest part of `lo..=hi` that isn't taken.
fn newest_free(taken: &[(u64, u64)], lo: u64, hi: u64) -> Option<(u64, u64)> {
    let mut hi = hi;
    while let Some(&(below, _)) = taken.iter().find(|part| part.0 <= hi && hi <= part.1) {
        hi = below.checked_sub(1).filter(|&hi| hi >= lo)?;
    }
    let below = taken.iter().map(|&(_, taken)| taken).filter(|&t| t < hi);
    Some((below.max().map_or(lo, |taken| lo.max(taken + 1)), hi))
}
