//! The task: what wakes it, and what it makes of that.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt};
use hearth_keys::Identity;
use hearth_protocol::codec::DecodeError;
use hearth_protocol::guardian::{GuardMessage, Outcome, Pledged};
use tokio::sync::{broadcast, mpsc};

use super::Guard;
use super::keeper::{Claimed, Keeper};
use super::pictures::Giving;
use super::sessions::Inbound;
use super::standing::Standing;
use crate::app::Change;
use crate::network::{DropReason, Peer};
use crate::store::StoreError;

/// How often it is looked at what is due.
const TICK: Duration = Duration::from_millis(250);
/// How often guardians are counted as there or not, and claims made that weren't answered.
const MINUTE: Duration = Duration::from_secs(60);
/// How often what is remembered of guardians is written down though nothing but time has passed.
const WRITE_EVERY: Duration = Duration::from_secs(300);
/// The longest time between two looks at what may be dropped.
const UPKEEP_EVERY: Duration = Duration::from_secs(60);

/// A session with a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SessionId {
    pub(super) peer: Peer,
    pub(super) number: u64,
}

/// Something that was finished.
pub(super) enum Done {
    Standing(Result<Standing, StoreError>),
    Upkeep,
    Written,
    Claimed(SessionId, Option<(Identity, Claimed)>),
    /// What an owner may have here, and whether the thing is kept already.
    Admitted(SessionId, u32, Result<Room, Outcome>),
    Stored(SessionId, u32, Outcome),
    Served(SessionId),
    /// How many bytes of a picture a peer was given.
    Gave(Peer, u64),
    Granted(SessionId, Vec<Pledged>),
}

/// What an owner may have here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// In all, in bytes.
    pub(super) allowance: u64,
    /// Whether what it sends is kept already, and takes no more room.
    pub(super) is_kept: bool,
}

pub(super) type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

pub(super) struct Task {
    pub(super) guard: Guard,
    pub(super) standing: Standing,
    pub(super) keepers: BTreeMap<Peer, Keeper>,
    pub(super) work: FuturesUnordered<Work>,
    pub(super) giving: Giving,
    due: Due,
}

/// What is to be done as soon as the same isn't being done already.
#[derive(Debug, Default)]
struct Due {
    review: bool,
    reviewing: bool,
    upkeep: bool,
    keeping_up: bool,
    write: bool,
    writing: bool,
}

impl Task {
    pub(super) fn new(guard: Guard) -> Self {
        let standing = Standing::unknown(guard.identity());
        Self {
            guard,
            standing,
            keepers: BTreeMap::new(),
            work: FuturesUnordered::new(),
            giving: Giving::default(),
            due: Due {
                review: true,
                ..Due::default()
            },
        }
    }

    pub(super) async fn run(
        mut self,
        mut frames: mpsc::Receiver<Inbound>,
        mut news: broadcast::Receiver<Change>,
    ) {
        let guard = self.guard.clone();
        let mut stopped = guard.0.stop.subscribe();
        let mut tick = tokio::time::interval(TICK);
        let mut minute = tokio::time::interval(MINUTE);
        let mut write = tokio::time::interval(WRITE_EVERY);
        let grace = Duration::from_millis(guard.0.times.release_grace_ms.max(2) / 2);
        let notice = Duration::from_millis(guard.0.times.notice_ms.max(2) / 2);
        let mut upkeep = tokio::time::interval(UPKEEP_EVERY.min(grace).min(notice));
        loop {
            self.begin_what_is_due();
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => break,
                Some(frame) = frames.recv() => self.frame(frame),
                Some(done) = self.work.next(), if !self.work.is_empty() => self.done(done),
                () = guard.0.wake.notified() => self.due.review = true,
                change = news.recv() => match change {
                    Ok(Change::Entries { .. }) => {}
                    Ok(Change::People) | Err(broadcast::error::RecvError::Lagged(_)) => self.due.review = true,
                    Err(broadcast::error::RecvError::Closed) => break,
                },
                _ = tick.tick() => self.tick(),
                _ = minute.tick() => {
                    guard.count_minute();
                    self.due.review = true;
                }
                _ = upkeep.tick() => self.due.upkeep = true,
                _ = write.tick() => self.due.write = true,
            }
        }
        guard.write_guarded().await;
    }

    fn begin_what_is_due(&mut self) {
        let guard = &self.guard;
        if self.due.review && !self.due.reviewing {
            (self.due.review, self.due.reviewing) = (false, true);
            let (store, account) = (guard.0.store.clone(), guard.identity());
            self.work.push(Box::pin(async move {
                let read = store.read(move |logs| Standing::read(logs, &account));
                Done::Standing(read.await)
            }));
        }
        if self.due.upkeep && !self.due.keeping_up {
            (self.due.upkeep, self.due.keeping_up) = (false, true);
            let guard = guard.clone();
            self.work.push(Box::pin(async move {
                guard.keep_up().await;
                Done::Upkeep
            }));
        }
        if self.due.write && !self.due.writing {
            (self.due.write, self.due.writing) = (false, true);
            let guard = guard.clone();
            self.work.push(Box::pin(async move {
                guard.write_guarded().await;
                Done::Written
            }));
        }
    }

    fn tick(&mut self) {
        let sessions = &self.guard.0.sessions;
        self.keepers
            .retain(|peer, keeper| sessions.number(*peer) == Some(keeper.session.number));
        self.drop_late(Instant::now());
        let stale: Vec<SessionId> = self.keepers.values().map(|keeper| keeper.session).collect();
        stale.into_iter().for_each(|session| self.tell(session));
    }

    fn frame(&mut self, frame: Inbound) {
        let Inbound { peer, session, .. } = frame;
        if self.guard.0.sessions.number(peer) != Some(session) {
            return;
        }
        let session = SessionId {
            peer,
            number: session,
        };
        match GuardMessage::from_bytes(&frame.bytes) {
            Ok(message) => self.message(session, message),
            Err(DecodeError::Version(version)) => {
                tracing::debug!(%peer, version, "a message of a newer version");
            }
            Err(error) => {
                tracing::warn!(%peer, %error, "a message that makes no sense");
                self.guard.drop_peer(peer, DropReason::Protocol);
            }
        }
    }

    fn message(&mut self, session: SessionId, message: GuardMessage) {
        let peer = session.peer;
        match message {
            GuardMessage::Claim(claim) => self.claim(session, claim),
            GuardMessage::Pledged(pledged) => {
                self.guard.pledged(peer, pledged);
                self.settle();
            }
            GuardMessage::Put { request, ticket } => self.put(session, request, ticket),
            GuardMessage::Part(part) => self.part(session, &part),
            asked @ (GuardMessage::Get { .. }
            | GuardMessage::List { .. }
            | GuardMessage::Release { .. }
            | GuardMessage::Attest { .. }
            | GuardMessage::Fetch { .. }) => self.ask(session, asked),
            GuardMessage::Picture { request, root, id } => {
                self.picture(session, request, root, id);
            }
            GuardMessage::Done { request, .. }
            | GuardMessage::Absent { request }
            | GuardMessage::Listed { request, .. }
            | GuardMessage::Attested { request, .. }
            | GuardMessage::Coming { request, .. } => {
                self.guard.0.sessions.answer(peer, request, message);
            }
            GuardMessage::Piece(ref piece) => {
                let request = piece.request;
                self.guard.0.sessions.answer(peer, request, message);
            }
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Standing(read) => {
                self.due.reviewing = false;
                match read {
                    Ok(standing) => self.stand(standing),
                    Err(error) => tracing::warn!(%error, "who is a friend can't be read"),
                }
            }
            Done::Upkeep => {
                self.due.keeping_up = false;
                self.keepers.values_mut().for_each(Keeper::outdate);
            }
            Done::Written => self.due.writing = false,
            Done::Claimed(session, claimed) => self.claimed(session, claimed),
            Done::Admitted(session, request, room) => self.admitted(session, request, room),
            Done::Stored(session, request, outcome) => self.stored(session, request, outcome),
            Done::Served(session) => self.served(session),
            Done::Gave(peer, bytes) => self.gave(peer, bytes),
            Done::Granted(session, grants) => self.granted(session, grants),
        }
    }

    fn stand(&mut self, standing: Standing) {
        self.standing = standing;
        self.due.write |= self.guard.forget_strangers(&self.standing);
        self.settle();
        self.guard.claim_where_due(&self.standing);
        // Whose pledge has ended is told together with when what is kept will go.
        self.due.upkeep = true;
    }

    fn settle(&mut self) {
        if self.guard.settle(&self.standing) {
            self.due.write = true;
        }
    }
}
