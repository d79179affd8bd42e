//! What an owner asks guardians for: each is one method, which waits for the answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::bounds::{KEPT_BYTES_MAX, LISTED_ITEMS_MAX, PART_BYTES_MAX};
use hearth_protocol::guardian::{
    Attested, GuardMessage, KeptId, Listed, Outcome, Part, Release, Ticket,
};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::timeout;

use super::Guard;
use super::sessions::Session;
use crate::network::Peer;

/// How long a guardian may take to keep what it was sent.
const STORED_TIME_MAX: Duration = Duration::from_secs(120);
/// How long a guardian may take to answer anything else, or from one piece to the next.
pub(super) const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// How long it may take until there is room in the queue to a peer.
const SEND_TIME_MAX: Duration = Duration::from_secs(60);
/// Answers beyond those that were asked for that may wait.
const ANSWERS_SPARE: usize = 8;
/// Answers that one list may take: a million things.
const LISTS_MAX: usize = 1024;
/// How long they may take together, besides waiting for a turn.
const LISTS_TIME_MAX: Duration = Duration::from_secs(60);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskError {
    /// Their node isn't connected, or hasn't taken this account's claim yet.
    #[error("their node isn't reachable now: it is asked again when it comes back")]
    NotConnected,
    /// The session ended while they were asked.
    #[error("the connection broke: they are asked again when it is back")]
    Interrupted,
    /// They take too long.
    #[error("their node takes too long to answer: it is asked again later")]
    Slow,
    /// What they answered isn't what was asked for.
    #[error("their node's answer makes no sense")]
    Nonsense,
}

/// Why a guardian doesn't keep something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PutError {
    /// There is no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// They say why. Never [`Outcome::Stored`].
    #[error("they don't keep it: {}", refusal(*.0))]
    Refused(Outcome),
}

/// Why something can't be had from a guardian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GetError {
    /// There is no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// They don't have it.
    #[error("they don't have it")]
    Absent,
    /// What they gave isn't what its name says.
    #[error("what they gave isn't what was kept")]
    Wrong,
}

fn refusal(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Stored => "it is kept",
        Outcome::NoPledge => "they pledged nothing, or you aren't friends",
        Outcome::OverQuota => "their pledge is used up",
        Outcome::Busy => "they are busy",
        Outcome::Mismatch => "it isn't what its ticket says",
        Outcome::Failed => "they can't, perhaps because their disk is full",
    }
}

/// What a request waits its turn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Things to be kept.
    Put,
    /// Whatever else an owner asks.
    Ask,
    /// Objects of pictures, for which nobody claims to be anybody.
    Picture,
}

/// A request that was sent, or is being.
pub(super) struct Request {
    guard: Guard,
    peer: Peer,
    pub(super) number: u32,
    answers: mpsc::Receiver<GuardMessage>,
    /// One of those that this peer may have open.
    _turn: OwnedSemaphorePermit,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.guard.0.sessions.forget(self.peer, self.number);
    }
}

impl Request {
    /// Waits for its turn, and for answers, of which there may be `answers` at once.
    pub(super) async fn begin(
        guard: &Guard,
        peer: Peer,
        answers: usize,
        turn: Turn,
    ) -> Result<Self, AskError> {
        let queue = |session: &Session| {
            Arc::clone(match turn {
                Turn::Put => &session.puts,
                Turn::Ask => &session.asks,
                Turn::Picture => &session.pictures,
            })
        };
        let queue = {
            let sessions = guard.0.sessions.lock();
            let session = sessions.get(&peer);
            let session = session.filter(|session| session.is_open() || turn == Turn::Picture);
            session.map(queue).ok_or(AskError::NotConnected)?
        };
        let turn = queue.acquire_owned().await;
        let turn = turn.map_err(|_| AskError::Interrupted)?;
        let before = guard.0.requests.fetch_add(1, Ordering::Relaxed);
        let number = before.wrapping_add(1).max(1);
        let (sender, answers) = mpsc::channel(answers + ANSWERS_SPARE);
        let expected = guard.0.sessions.expect(peer, number, sender);
        expected.ok_or(AskError::Interrupted)?;
        Ok(Self {
            guard: guard.clone(),
            peer,
            number,
            answers,
            _turn: turn,
        })
    }

    pub(super) async fn send(&self, message: &GuardMessage) -> Result<(), AskError> {
        let sending = self.guard.0.network.send(self.peer, message.to_bytes());
        match timeout(SEND_TIME_MAX, sending).await {
            Ok(sent) => sent.map_err(|_| AskError::Interrupted),
            Err(_) => Err(AskError::Slow),
        }
    }

    pub(super) async fn answer(&mut self, within: Duration) -> Result<GuardMessage, AskError> {
        match timeout(within, self.answers.recv()).await {
            Ok(answer) => answer.ok_or(AskError::Interrupted),
            Err(_) => Err(AskError::Slow),
        }
    }

    /// Waits for the pieces of `bytes` bytes, for each so long; they are what `id` names.
    pub(super) async fn pieces(
        &mut self,
        id: KeptId,
        bytes: u32,
        within: Duration,
    ) -> Result<Vec<u8>, GetError> {
        let mut got = Vec::new();
        while got.len() < bytes as usize {
            match self.answer(within).await? {
                GuardMessage::Piece(piece) if piece.offset as usize == got.len() => {
                    got.extend_from_slice(&piece.bytes);
                }
                GuardMessage::Absent { .. } => return Err(GetError::Absent),
                _ => return Err(AskError::Nonsense.into()),
            }
        }
        if got.len() == bytes as usize && *blake3::hash(&got).as_bytes() == id {
            Ok(got)
        } else {
            Err(GetError::Wrong)
        }
    }

    /// Waits for word of what became of it.
    async fn outcome(&mut self) -> Result<(), PutError> {
        match self.answer(STORED_TIME_MAX).await? {
            GuardMessage::Done { outcome, .. } => judge(outcome),
            _ => Err(AskError::Nonsense.into()),
        }
    }
}

/// Whether an answer goes on with a list behind `after`, and as far as answers go if there is more.
fn goes_on(after: Option<KeptId>, items: &[Listed], more: bool) -> bool {
    let is_behind = items.first().is_none_or(|first| after < Some(first.id));
    let is_long_enough = !more || items.len() == LISTED_ITEMS_MAX;
    is_behind && is_long_enough && items.len() <= LISTED_ITEMS_MAX
}

fn judge(outcome: Outcome) -> Result<(), PutError> {
    match outcome {
        Outcome::Stored => Ok(()),
        refusal => Err(PutError::Refused(refusal)),
    }
}

impl Guard {
    fn host(&self, guardian: &Identity) -> Result<Peer, AskError> {
        let host = self.0.sessions.host_of(guardian);
        host.ok_or(AskError::NotConnected)
    }

    /// Has a guardian keep `bytes`, which the ticket names; done once they are durable there.
    ///
    /// # Errors
    /// As [`PutError`] says.
    pub(crate) async fn put(
        &self,
        guardian: &Identity,
        ticket: Ticket,
        bytes: Arc<Vec<u8>>,
    ) -> Result<(), PutError> {
        let peer = self.host(guardian)?;
        let mut request = Request::begin(self, peer, 1, Turn::Put).await?;
        let number = request.number;
        let put = GuardMessage::Put {
            request: number,
            ticket,
        };
        request.send(&put).await?;
        let mut offset = 0;
        for bytes in bytes.chunks(PART_BYTES_MAX) {
            // Whoever refuses needn't hear the rest.
            if let Ok(GuardMessage::Done { outcome, .. }) = request.answers.try_recv() {
                return judge(outcome);
            }
            let part = Part {
                request: number,
                offset,
                bytes: bytes.to_vec(),
            };
            request.send(&GuardMessage::Part(part)).await?;
            offset += u32::try_from(bytes.len()).expect("a part is short");
        }
        request.outcome().await
    }

    /// Tells a guardian what needn't be kept any longer.
    ///
    /// # Errors
    /// As [`PutError`] says.
    pub(crate) async fn release(
        &self,
        guardian: &Identity,
        release: Release,
    ) -> Result<(), PutError> {
        let peer = self.host(guardian)?;
        let mut request = Request::begin(self, peer, 1, Turn::Ask).await?;
        let message = GuardMessage::Release {
            request: request.number,
            release,
        };
        request.send(&message).await?;
        request.outcome().await
    }

    /// Fetches the `bytes` bytes that `id` names from a guardian; they are what it names.
    ///
    /// # Errors
    /// As [`GetError`] says.
    pub(crate) async fn get(
        &self,
        guardian: &Identity,
        id: KeptId,
        bytes: u32,
    ) -> Result<Vec<u8>, GetError> {
        let peer = self.host(guardian)?;
        self.get_from(peer, id, bytes).await
    }

    /// As [`Guard::get`], from whoever lives at a peer.
    ///
    /// # Errors
    /// As [`GetError`] says.
    pub(crate) async fn get_from(
        &self,
        peer: Peer,
        id: KeptId,
        bytes: u32,
    ) -> Result<Vec<u8>, GetError> {
        if !(1..=KEPT_BYTES_MAX).contains(&bytes) {
            return Err(GetError::Absent);
        }
        let parts = (bytes as usize).div_ceil(PART_BYTES_MAX);
        let mut request = Request::begin(self, peer, parts, Turn::Ask).await?;
        let message = GuardMessage::Get {
            request: request.number,
            owner: self.identity(),
            id,
            offset: 0,
            length: bytes,
        };
        request.send(&message).await?;
        request.pieces(id, bytes, ANSWER_TIME_MAX).await
    }

    /// All that a guardian's node keeps of this account, by ascending id.
    ///
    /// # Errors
    /// As [`AskError`] says.
    pub(crate) async fn list(&self, guardian: &Identity) -> Result<Vec<Listed>, AskError> {
        self.list_from(self.host(guardian)?).await
    }

    /// All that whoever lives at a peer keeps of this account, by ascending id.
    ///
    /// # Errors
    /// As [`AskError`] says.
    pub(crate) async fn list_from(&self, peer: Peer) -> Result<Vec<Listed>, AskError> {
        let (mut all, mut left) = (Vec::<Listed>::new(), LISTS_TIME_MAX);
        for _ in 0..LISTS_MAX {
            let request = Request::begin(self, peer, 1, Turn::Ask).await?;
            let (after, began) = (all.last().map(|last| last.id), Instant::now());
            let listed = timeout(left, self.list_behind(request, after)).await;
            let (items, more) = listed.map_err(|_| AskError::Slow)??;
            all.extend(items);
            if !more {
                return Ok(all);
            }
            left = left.saturating_sub(began.elapsed());
        }
        Err(AskError::Nonsense)
    }

    /// One answer's worth of a list, and whether there is more.
    async fn list_behind(
        &self,
        mut request: Request,
        after: Option<KeptId>,
    ) -> Result<(Vec<Listed>, bool), AskError> {
        let message = GuardMessage::List {
            request: request.number,
            owner: self.identity(),
            after,
        };
        request.send(&message).await?;
        match request.answer(ANSWER_TIME_MAX).await? {
            GuardMessage::Listed { items, more, .. } if goes_on(after, &items, more) => {
                Ok((items, more))
            }
            _ => Err(AskError::Nonsense),
        }
    }

    /// How far whoever lives at a peer knows an identity, which must be this account's.
    ///
    /// # Errors
    /// As [`AskError`] says.
    pub(crate) async fn attest_from(
        &self,
        peer: Peer,
        whose: Identity,
    ) -> Result<Attested, AskError> {
        let mut request = Request::begin(self, peer, 1, Turn::Ask).await?;
        let message = GuardMessage::Attest {
            request: request.number,
            identity: whose,
        };
        request.send(&message).await?;
        match request.answer(ANSWER_TIME_MAX).await? {
            GuardMessage::Attested { attested, .. } => Ok(attested),
            _ => Err(AskError::Nonsense),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use hearth_protocol::guardian::ShardKind;

    use super::*;

    #[test]
    fn a_list_goes_on_in_whole_answers() {
        let one = |number: usize| Listed {
            id: *blake3::hash(&number.to_be_bytes()).as_bytes(),
            kind: ShardKind::Shard,
            number: 1,
            bytes: 1,
        };
        let mut items: Vec<Listed> = (0..LISTED_ITEMS_MAX).map(one).collect();
        items.sort_by_key(|item| item.id);
        let (first, last) = (items.first().unwrap().id, items.last().unwrap().id);
        assert!(goes_on(None, &items, true));
        assert!(goes_on(None, &items, false));
        assert!(!goes_on(Some(first), &items, true));
        assert!(!goes_on(Some(last), &items, false));
        assert!(goes_on(Some(last), &[], false));
        // A million answers of one thing each.
        assert!(!goes_on(None, &items[..1], true));
        assert!(!goes_on(Some(last), &[], true));
        assert!(goes_on(None, &items[..1], false));
    }
}
