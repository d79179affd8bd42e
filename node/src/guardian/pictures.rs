//! Objects of pictures: had from any peer that has them, given to any that names them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::bounds::PART_BYTES_MAX;
use hearth_protocol::content::PhotoKey;
use hearth_protocol::guardian::{GuardMessage, KeptId};
use hearth_protocol::object::{Blob, list};

use super::Guard;
use super::requests::{AskError, GetError, Request, Turn};
use super::sessions::PICTURES_PER_PEER_MAX;
use super::task::{Done, SessionId, Task};
use crate::access::Kind;
use crate::network::Peer;
use crate::objects::ObjectId;
use crate::photos::Cache;

/// Pieces of the longest object: a MiB of content, sealed.
const PIECES_MAX: usize = 17;
/// How long a peer may take to say whether it has an object, and from one piece to the next.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(8);
/// What one peer is given in an hour.
const GIVEN_BYTES_MAX: u64 = 512 << 20;
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Peers whose past hour is remembered.
const REMEMBERED_MAX: usize = 4096;

/// Why a peer doesn't give an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureError {
    /// It doesn't have it, or doesn't give it.
    Absent,
    /// It isn't connected any more.
    Gone,
    /// It gave something else.
    Lies,
    /// It takes too long.
    Slow,
}

impl From<GetError> for PictureError {
    fn from(error: GetError) -> Self {
        match error {
            GetError::Absent => Self::Absent,
            GetError::Ask(AskError::NotConnected | AskError::Interrupted) => Self::Gone,
            GetError::Ask(AskError::Slow) => Self::Slow,
            GetError::Ask(AskError::Nonsense) | GetError::Wrong => Self::Lies,
        }
    }
}

impl From<AskError> for PictureError {
    fn from(error: AskError) -> Self {
        GetError::from(error).into()
    }
}

/// What peers were given.
#[derive(Debug, Default)]
pub(super) struct Giving {
    by_peer: BTreeMap<Peer, Given>,
}

#[derive(Debug, Clone, Copy)]
struct Given {
    since: Instant,
    bytes: u64,
    /// Requests that are being answered.
    open: usize,
}

impl Giving {
    /// Whether one more request of a peer is answered; then it is counted.
    fn admits(&mut self, peer: Peer, now: Instant) -> bool {
        if self.by_peer.len() >= REMEMBERED_MAX && !self.by_peer.contains_key(&peer) {
            let is_recent = |given: &Given| now.saturating_duration_since(given.since) < HOUR;
            self.by_peer
                .retain(|_, given| given.open > 0 || is_recent(given));
            if self.by_peer.len() >= REMEMBERED_MAX {
                return false;
            }
        }
        let given = self.by_peer.entry(peer).or_insert(Given {
            since: now,
            bytes: 0,
            open: 0,
        });
        if now.saturating_duration_since(given.since) >= HOUR {
            (given.since, given.bytes) = (now, 0);
        }
        // What was begun on a session that broke may still be open.
        let admits = given.open < 2 * PICTURES_PER_PEER_MAX && given.bytes < GIVEN_BYTES_MAX;
        given.open += usize::from(admits);
        admits
    }

    fn gave(&mut self, peer: Peer, bytes: u64) {
        if let Some(given) = self.by_peer.get_mut(&peer) {
            given.open = given.open.saturating_sub(1);
            given.bytes += bytes;
        }
    }
}

impl Task {
    /// Somebody asks for an object of a picture.
    pub(super) fn picture(&mut self, session: SessionId, request: u32, root: KeptId, id: KeptId) {
        let peer = session.peer;
        if !self.giving.admits(peer, Instant::now()) {
            self.guard.asked_for(peer, Kind::Pictures, None);
            self.guard.reply(peer, &GuardMessage::Absent { request });
            return;
        }
        let guard = self.guard.clone();
        self.work.push(Box::pin(async move {
            let (root, id) = (ObjectId::from_bytes(root), ObjectId::from_bytes(id));
            let given = guard.give_picture(peer, request, root, id).await;
            guard.asked_for(peer, Kind::Pictures, given);
            Done::Gave(peer, given.unwrap_or_default())
        }));
    }

    pub(super) fn gave(&mut self, peer: Peer, bytes: u64) {
        self.giving.gave(peer, bytes);
    }
}

impl Guard {
    /// From now on peers are given what lies in the cache, too.
    pub(crate) fn share_pictures(&self, cache: Cache) {
        // There is one for each run of the node.
        let _ = self.0.pictures.set(cache);
    }

    /// The connected peers that may have what `author` posted: those where the author lives, then all others.
    pub(crate) fn picture_hosts(&self, author: &Identity, most: usize) -> Vec<Peer> {
        let sessions = self.0.sessions.lock();
        let (mut hosts, mut others) = (Vec::new(), Vec::new());
        for (peer, session) in sessions.iter() {
            if session.identities.contains(author) {
                hosts.push(*peer);
            } else {
                // Who lives nowhere that one knows of has the least to do with it.
                others.push((session.identities.is_empty(), *peer));
            }
        }
        others.sort();
        hosts.extend(others.into_iter().map(|(_, peer)| peer));
        hosts.truncate(most);
        hosts
    }

    /// An object's sealed bytes, from a peer; they are what `id` names.
    pub(crate) async fn fetch_picture(
        &self,
        peer: Peer,
        root: &ObjectId,
        id: &ObjectId,
    ) -> Result<Vec<u8>, PictureError> {
        let mut request = Request::begin(self, peer, PIECES_MAX, Turn::Picture).await?;
        let (root, id) = (*root.as_bytes(), *id.as_bytes());
        let message = GuardMessage::Picture {
            request: request.number,
            root,
            id,
        };
        request.send(&message).await?;
        match request.answer(ANSWER_TIME_MAX).await? {
            GuardMessage::Coming { bytes, .. }
                if (bytes as usize).div_ceil(PART_BYTES_MAX) <= PIECES_MAX =>
            {
                Ok(request.pieces(id, bytes, ANSWER_TIME_MAX).await?)
            }
            GuardMessage::Absent { .. } => Err(PictureError::Absent),
            _ => Err(PictureError::Lies),
        }
    }

    /// Answers who asks for an object of a picture; gives how many bytes that was, if it was given.
    async fn give_picture(
        &self,
        peer: Peer,
        request: u32,
        root: ObjectId,
        id: ObjectId,
    ) -> Option<u64> {
        let found = self.picture_object(peer, root, id).await;
        let length = found.as_ref().map(|found| u32::try_from(found.len()));
        let (Some(found), Some(Ok(bytes))) = (found, length) else {
            self.reply(peer, &GuardMessage::Absent { request });
            return None;
        };
        self.reply(peer, &GuardMessage::Coming { request, bytes });
        let mut at = 0;
        for piece in found.chunks(PART_BYTES_MAX) {
            if !self.send_piece(peer, request, at, piece).await {
                break;
            }
            at += u32::try_from(piece.len()).expect("a piece is short");
        }
        Some(at.into())
    }

    /// An object's sealed bytes, if a post or a profile that can be read here names a picture that it belongs to.
    async fn picture_object(&self, peer: Peer, root: ObjectId, id: ObjectId) -> Option<Vec<u8>> {
        let (me, identities) = (self.identity(), self.identities_of(peer));
        let named = self.0.store.read(move |logs| {
            let hidden = logs.hidden(&me)?;
            if identities.iter().any(|who| hidden.blocked.contains(who)) {
                return Ok(Vec::new());
            }
            logs.named_pictures(&root)
        });
        let named = named.await.ok().filter(|named| !named.is_empty())?;
        let first = self.own_or_cached(root).await?;
        let sealed = match id == root {
            true => first.clone(),
            false => self.own_or_cached(id).await?,
        };
        let is_of =
            |(key, blob): &(PhotoKey, Blob)| belongs(key, blob, (&root, &first), (&id, &sealed));
        named.iter().any(is_of).then_some(sealed)
    }

    fn identities_of(&self, peer: Peer) -> Vec<Identity> {
        let sessions = self.0.sessions.lock();
        let session = sessions.get(&peer).into_iter();
        session
            .flat_map(|session| session.identities.iter().copied())
            .collect()
    }

    async fn own_or_cached(&self, id: ObjectId) -> Option<Vec<u8>> {
        if let Some(objects) = self.0.objects.get().filter(|objects| objects.has(&id)) {
            return objects.sealed(&id).await.ok();
        }
        let cache = self.0.pictures.get()?.clone();
        let read = tokio::task::spawn_blocking(move || cache.read(&id));
        read.await.ok().flatten()
    }
}

/// Whether an object is one of a picture's under a key. Whoever can write a post can name any object in it: only one that the
/// photo's key opens is the photo's.
fn belongs(
    key: &PhotoKey,
    blob: &Blob,
    (root, first): (&ObjectId, &[u8]),
    (id, sealed): (&ObjectId, &[u8]),
) -> bool {
    let objects = key.objects();
    let is_listed = || {
        let content = objects.open_as(root, first).ok()?;
        let items = list::decode(&content, blob.bytes).ok()?;
        Some(items.iter().any(|item| item.id == *id))
    };
    let is_part = id == root || (blob.depth > 0 && is_listed().unwrap_or(false));
    is_part && objects.open_as(id, sealed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_given_so_much_in_an_hour_and_so_many_at_once() {
        let (mut giving, now, peer) = (Giving::default(), Instant::now(), Peer::random());
        let at_once = 2 * PICTURES_PER_PEER_MAX;
        for _ in 0..at_once {
            assert!(giving.admits(peer, now));
        }
        assert!(!giving.admits(peer, now));
        giving.gave(peer, GIVEN_BYTES_MAX);
        assert!(!giving.admits(peer, now));
        assert!(giving.admits(Peer::random(), now));
        assert!(giving.admits(peer, now + HOUR));
    }
}
