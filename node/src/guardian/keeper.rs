//! The guardian's side of a session: who proved what, what is being received, what waits to be served.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::bounds::PRESENCES_PER_PEER_MAX;
use hearth_protocol::guardian::{Claim, GuardMessage, Outcome, Part, Pledged, Ticket};
use hearth_protocol::root::StatementSet;

use super::Guard;
use super::assembly::Assembly;
use super::sessions::{ASKS_PER_PEER_MAX, PUTS_PER_PEER_MAX};
use super::task::{Done, Room, SessionId, Task};
use crate::access::Kind;
use crate::network::{DropReason, Peer, SendError};
use crate::shards::charged_bytes;

/// Things that all owners together may be sending who are known to have room for them.
const PUTS_MAX: usize = 8;
/// Things of which it is still looked up whether there is room for them. That takes no longer than reading a few rows.
const ASKED_PUTS_MAX: usize = 16;
/// Things that one owner may be sending, from however many peers: nobody keeps the others out.
const PUTS_PER_OWNER_MAX: usize = 2;
/// Other requests of one owner that may wait for their turn. An honest one waits itself.
const WAITING_MAX: usize = 16;
/// Claims that a session may make at once, and how long it takes until it may make one more.
const CLAIMS_BURST: u32 = 4;
const CLAIM_EVERY: Duration = Duration::from_secs(1);

/// Who asks in an identity's name.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    /// Which device.
    pub(super) device: DeviceId,
    /// What was known of the identity's devices then, and said.
    pub(super) statements: StatementSet,
}

/// One session, as a guardian sees it.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) session: SessionId,
    claims_left: u32,
    claims_since: Instant,
    /// Whether a claim is being looked at.
    claiming: bool,
    claimed: BTreeMap<Identity, Claimed>,
    puts: BTreeMap<u32, Assembly>,
    /// How many are being stored.
    storing: BTreeMap<u32, (Identity, u64)>,
    serving: usize,
    waiting: VecDeque<GuardMessage>,
    /// What was told last of what is granted.
    told: BTreeMap<Identity, Pledged>,
    telling: bool,
    is_stale: bool,
}

impl Keeper {
    fn new(session: SessionId) -> Self {
        Self {
            session,
            claims_left: CLAIMS_BURST,
            claims_since: Instant::now(),
            claiming: false,
            claimed: BTreeMap::new(),
            puts: BTreeMap::new(),
            storing: BTreeMap::new(),
            serving: 0,
            waiting: VecDeque::new(),
            told: BTreeMap::new(),
            telling: false,
            is_stale: false,
        }
    }

    /// What is granted may have changed.
    pub(super) fn outdate(&mut self) {
        self.is_stale = true;
    }

    /// Whether one more claim may be looked at.
    fn may_claim(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.claims_since).as_secs();
        if passed >= CLAIM_EVERY.as_secs() {
            let more = u32::try_from(passed / CLAIM_EVERY.as_secs()).unwrap_or(CLAIMS_BURST);
            self.claims_left = self.claims_left.saturating_add(more).min(CLAIMS_BURST);
            self.claims_since = now;
        }
        if self.claiming || self.claims_left == 0 {
            return false;
        }
        self.claims_left -= 1;
        true
    }

    fn puts(&self) -> usize {
        self.puts.len() + self.storing.len()
    }

    /// How many of them were admitted.
    fn admitted_puts(&self) -> usize {
        let admitted = self.puts.values().filter(|put| put.is_admitted());
        admitted.count() + self.storing.len()
    }

    fn puts_of(&self, owner: &Identity) -> usize {
        let coming = self.puts.values().map(|put| put.ticket().terms().owner);
        let storing = self.storing.values().map(|(whose, _)| *whose);
        coming.chain(storing).filter(|whose| whose == owner).count()
    }

    /// Bytes of an owner's that were admitted and aren't counted as kept yet.
    fn reserved(&self, owner: &Identity) -> u64 {
        let admitted = self.puts.values().filter(|put| put.is_admitted());
        let admitted = admitted.map(|put| put.ticket().terms());
        let coming = admitted
            .filter(|terms| terms.owner == *owner)
            .map(|terms| charged_bytes(terms.bytes));
        let storing = self.storing.values().filter(|(whose, _)| whose == owner);
        coming.sum::<u64>() + storing.map(|(_, bytes)| bytes).sum::<u64>()
    }
}

impl Guard {
    /// Sends a short answer. Who doesn't read what it asked for loses its session.
    pub(super) fn reply(&self, peer: Peer, message: &GuardMessage) {
        if let Err(SendError::Full) = self.0.network.try_send(peer, message.to_bytes()) {
            self.drop_peer(peer, DropReason::Slow);
        }
    }

    pub(super) fn drop_peer(&self, peer: Peer, reason: DropReason) {
        if let Err(error) = self.0.network.drop_peer(peer, reason) {
            tracing::debug!(%error, %peer, "not dropped");
        }
    }
}

impl Task {
    /// What is known of a session, if it is that one still.
    fn keeper(&mut self, session: SessionId) -> Option<&mut Keeper> {
        let keeper = self.keepers.get_mut(&session.peer)?;
        (keeper.session == session).then_some(keeper)
    }

    /// The same, begun anew where there is none.
    fn keeper_or_new(&mut self, session: SessionId) -> &mut Keeper {
        let new = || Keeper::new(session);
        let keeper = self.keepers.entry(session.peer).or_insert_with(new);
        if keeper.session != session {
            *keeper = new();
        }
        keeper
    }

    pub(super) fn claim(&mut self, session: SessionId, claim: Claim) {
        let keeper = self.keeper_or_new(session);
        let is_new = !keeper.claimed.contains_key(&claim.identity());
        let is_full = is_new && keeper.claimed.len() >= PRESENCES_PER_PEER_MAX;
        if is_full || !keeper.may_claim(Instant::now()) {
            tracing::debug!(peer = %session.peer, "a claim too many");
            return;
        }
        keeper.claiming = true;
        let guard = self.guard.clone();
        self.work.push(Box::pin(async move {
            let claimed = guard.examine(session.peer, claim).await;
            Done::Claimed(session, claimed)
        }));
    }

    pub(super) fn claimed(&mut self, session: SessionId, claimed: Option<(Identity, Claimed)>) {
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        keeper.claiming = false;
        let held = claimed.as_ref().map(|_| 0);
        self.guard.asked_for(session.peer, Kind::Guardianship, held);
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        if let Some((identity, claimed)) = claimed {
            keeper.claimed.insert(identity, claimed);
            // Every claim is answered, whether or not anything has changed.
            keeper.told.remove(&identity);
            keeper.outdate();
            self.tell(session);
        }
    }

    /// Tells what is granted, where that isn't what was told last.
    pub(super) fn tell(&mut self, session: SessionId) {
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        if !keeper.is_stale || keeper.telling || keeper.claimed.is_empty() {
            return;
        }
        (keeper.is_stale, keeper.telling) = (false, true);
        let owners: Vec<Identity> = keeper.claimed.keys().copied().collect();
        let guard = self.guard.clone();
        self.work.push(Box::pin(async move {
            let grants = guard.grants(owners).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "what is pledged can't be read");
                Vec::new()
            });
            Done::Granted(session, grants)
        }));
    }

    pub(super) fn granted(&mut self, session: SessionId, grants: Vec<Pledged>) {
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        keeper.telling = false;
        let is_news = |pledged: &Pledged| keeper.told.get(&pledged.owner) != Some(pledged);
        let news: Vec<Pledged> = grants.into_iter().filter(is_news).collect();
        keeper
            .told
            .extend(news.iter().map(|pledged| (pledged.owner, *pledged)));
        for pledged in news {
            self.guard
                .reply(session.peer, &GuardMessage::Pledged(pledged));
        }
    }

    pub(super) fn put(&mut self, session: SessionId, request: u32, ticket: Ticket) {
        let is_crowded = self.is_crowded(&ticket.terms().owner);
        let account = self.guard.identity();
        let keeper = self.keeper_or_new(session);
        let terms = *ticket.terms();
        let claimed = keeper.claimed.get(&terms.owner).cloned();
        let is_known = keeper.puts.contains_key(&request) || keeper.storing.contains_key(&request);
        let refusal = if claimed.is_none() {
            Some(Outcome::NoPledge)
        } else if is_known || terms.guardian != account {
            Some(Outcome::Mismatch)
        } else if is_crowded || keeper.puts() >= PUTS_PER_PEER_MAX {
            Some(Outcome::Busy)
        } else {
            None
        };
        let (Some(claimed), None) = (claimed, refusal) else {
            let outcome = refusal.unwrap_or(Outcome::NoPledge);
            return self.answer_put(session, request, outcome, 0);
        };
        keeper
            .puts
            .insert(request, Assembly::new(ticket, Instant::now()));
        let guard = self.guard.clone();
        self.work.push(Box::pin(async move {
            let room = guard.admit(&claimed, &ticket).await;
            Done::Admitted(session, request, room)
        }));
    }

    /// Whether an owner sends enough already, or all together do.
    fn is_crowded(&self, owner: &Identity) -> bool {
        let sum =
            |count: &dyn Fn(&Keeper) -> usize| self.keepers.values().map(count).sum::<usize>();
        let admitted = sum(&Keeper::admitted_puts);
        sum(&|keeper| keeper.puts_of(owner)) >= PUTS_PER_OWNER_MAX
            || admitted >= PUTS_MAX
            || sum(&Keeper::puts) - admitted >= ASKED_PUTS_MAX
    }

    /// Answers something that was put.
    fn answer_put(&self, session: SessionId, request: u32, outcome: Outcome, bytes: u64) {
        let taken = (outcome == Outcome::Stored).then_some(bytes);
        self.guard.asked_for(session.peer, Kind::ShardsTaken, taken);
        self.answer(session, request, outcome);
    }

    fn answer(&self, session: SessionId, request: u32, outcome: Outcome) {
        let done = GuardMessage::Done { request, outcome };
        self.guard.reply(session.peer, &done);
    }

    pub(super) fn admitted(
        &mut self,
        session: SessionId,
        request: u32,
        room: Result<Room, Outcome>,
    ) {
        let Some(put) = self.keeper(session).and_then(|k| k.puts.get(&request)) else {
            return;
        };
        let terms = *put.ticket().terms();
        let outcome = room.and_then(|room| self.check_room(&terms.owner, terms.bytes, room));
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        match outcome {
            Ok(()) => {
                if let Some(put) = keeper.puts.get_mut(&request) {
                    put.admit();
                }
                self.store_if_ready(session, request);
            }
            Err(refusal) => {
                keeper.puts.remove(&request);
                self.answer_put(session, request, refusal, 0);
            }
        }
    }

    fn check_room(&self, owner: &Identity, bytes: u32, room: Room) -> Result<(), Outcome> {
        if room.allowance == 0 {
            return Err(Outcome::NoPledge);
        }
        let usage = self.guard.0.shards.usage();
        let used = usage.get(owner).map_or(0, |usage| usage.bytes);
        let keepers = self.keepers.values();
        if keepers.clone().map(Keeper::admitted_puts).sum::<usize>() >= PUTS_MAX {
            return Err(Outcome::Busy);
        }
        let reserved: u64 = keepers.map(|keeper| keeper.reserved(owner)).sum();
        let more = if room.is_kept {
            0
        } else {
            charged_bytes(bytes)
        };
        if used + reserved + more > room.allowance {
            return Err(Outcome::OverQuota);
        }
        Ok(())
    }

    pub(super) fn part(&mut self, session: SessionId, part: &Part) {
        let request = part.request;
        // What was refused already may be on its way still.
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        let Some(put) = keeper.puts.get_mut(&request) else {
            return;
        };
        if put.add(part, Instant::now()).is_err() {
            keeper.puts.remove(&request);
            return self.answer_put(session, request, Outcome::Mismatch, 0);
        }
        self.store_if_ready(session, request);
    }

    fn store_if_ready(&mut self, session: SessionId, request: u32) {
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        if !keeper.puts.get(&request).is_some_and(Assembly::is_ready) {
            return;
        }
        let Some(put) = keeper.puts.remove(&request) else {
            return;
        };
        let (ticket, bytes) = put.into_parts();
        let (owner, length) = (ticket.terms().owner, charged_bytes(ticket.terms().bytes));
        keeper.storing.insert(request, (owner, length));
        let guard = self.guard.clone();
        self.work.push(Box::pin(async move {
            let outcome = guard.store(&ticket, bytes).await;
            Done::Stored(session, request, outcome)
        }));
    }

    pub(super) fn stored(&mut self, session: SessionId, request: u32, outcome: Outcome) {
        let Some(keeper) = self.keeper(session) else {
            return;
        };
        let stored = keeper.storing.remove(&request);
        let bytes = stored.map_or(0, |(_, bytes)| bytes);
        self.answer_put(session, request, outcome, bytes);
        self.outdate(stored.map(|(owner, _)| owner));
    }

    /// What is kept for an owner has changed, which every session of theirs is told.
    fn outdate(&mut self, owner: Option<Identity>) {
        let Some(owner) = owner else { return };
        let concerned = |keeper: &&mut Keeper| keeper.claimed.contains_key(&owner);
        let concerned = self.keepers.values_mut().filter(concerned);
        concerned.for_each(Keeper::outdate);
    }

    pub(super) fn drop_late(&mut self, now: Instant) {
        let mut dropped = Vec::new();
        for keeper in self.keepers.values_mut() {
            let session = keeper.session;
            keeper.puts.retain(|request, put| {
                let is_late = put.is_late(now);
                if is_late {
                    dropped.push((session, *request));
                }
                !is_late
            });
        }
        for (session, request) in dropped {
            self.answer(session, request, Outcome::Mismatch);
        }
    }

    pub(super) fn ask(&mut self, session: SessionId, asked: GuardMessage) {
        let keeper = self.keeper_or_new(session);
        if keeper.waiting.len() >= WAITING_MAX {
            tracing::warn!(peer = %session.peer, "asks for more than anybody should");
            return self.guard.drop_peer(session.peer, DropReason::Flood);
        }
        keeper.waiting.push_back(asked);
        self.serve_next(session);
    }

    pub(super) fn served(&mut self, session: SessionId) {
        if let Some(keeper) = self.keeper(session) {
            keeper.serving -= 1;
            self.serve_next(session);
        }
    }

    fn serve_next(&mut self, session: SessionId) {
        while let Some(keeper) = self.keeper(session) {
            if keeper.serving >= ASKS_PER_PEER_MAX {
                return;
            }
            let Some(asked) = keeper.waiting.pop_front() else {
                return;
            };
            let claimed = owner_of(&asked).and_then(|owner| keeper.claimed.get(&owner));
            let Some(claimed) = claimed.cloned() else {
                self.refuse(session, &asked);
                continue;
            };
            keeper.serving += 1;
            let guard = self.guard.clone();
            self.work.push(Box::pin(async move {
                guard.serve(session.peer, &claimed, asked).await;
                Done::Served(session)
            }));
        }
    }

    /// The answer to who asks for what isn't theirs, as far as they showed.
    fn refuse(&self, session: SessionId, asked: &GuardMessage) {
        let Some(request) = asked.request() else {
            return;
        };
        match asked {
            GuardMessage::Release { .. } => self.answer(session, request, Outcome::NoPledge),
            _ => self
                .guard
                .reply(session.peer, &GuardMessage::Absent { request }),
        }
    }
}

/// In whose name something is asked.
fn owner_of(asked: &GuardMessage) -> Option<Identity> {
    match asked {
        GuardMessage::Get { owner, .. }
        | GuardMessage::List { owner, .. }
        | GuardMessage::Fetch { owner, .. } => Some(*owner),
        GuardMessage::Attest { identity, .. } => Some(*identity),
        GuardMessage::Release { release, .. } => Some(release.owner()),
        _ => None,
    }
}
