//! Pictures of others: from the cache, else from peers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::content::Photo;
use hearth_protocol::object::ObjectId;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::looking::{Looking, Next};
use super::{PhotoBytes, PhotoError, PhotoSize, Photos, blocking, shown};
use crate::guardian::PictureError;
use crate::network::Peer;

/// People whose pictures are fetched unasked, at a look.
pub(crate) const AUTHORS_MAX: usize = 200;
/// Objects that are fetched at the same time.
const FETCHES_MAX: usize = 4;
/// How long one object may take from one peer, piece by piece: a MiB over a slow line, and time left to ask another.
const OBJECT_TIME_MAX: Duration = Duration::from_secs(12);
/// Peers that are asked for one object.
const PEERS_MAX: usize = 12;
/// How long a peer isn't asked that gave something else, or nothing in time.
const SHUNNED_FOR: Duration = Duration::from_secs(5 * 60);
/// What one peer may give in an hour without anybody looking.
const UNASKED_BYTES_MAX: u64 = 128 << 20;
const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long nobody is asked unasked for what nobody had, at first; twice as long each time, and at most.
const MISSING_FOR: Duration = Duration::from_secs(60);
const MISSING_FOR_MAX: Duration = HOUR;
/// Objects of which that is remembered.
const MISSING_MAX: usize = 4096;
/// Peers of whom something is remembered.
const REMEMBERED_MAX: usize = 1024;

/// Who asks for a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Somebody who looks at it.
    Reader,
    /// Nobody: it is had in case somebody looks.
    Nobody,
}

/// What is remembered of a peer.
#[derive(Debug, Clone, Copy)]
struct Past {
    /// Until when it isn't asked.
    shunned: Option<Instant>,
    /// Since when what came unasked is counted, and how much that is.
    since: Instant,
    unasked: u64,
}

#[derive(Debug)]
pub(super) struct Fetching {
    turns: Semaphore,
    past: Mutex<BTreeMap<Peer, Past>>,
    /// What nobody had.
    missing: Mutex<BTreeMap<ObjectId, Missing>>,
}

/// When nobody had an object, and for how long nobody is asked from then on.
#[derive(Debug, Clone, Copy)]
struct Missing {
    since: Instant,
    pause: Duration,
}

impl Missing {
    fn rests(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < self.pause
    }
}

impl Default for Fetching {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(FETCHES_MAX),
            past: Mutex::default(),
            missing: Mutex::default(),
        }
    }
}

impl Fetching {
    fn change<T>(&self, peer: Peer, now: Instant, change: impl FnOnce(&mut Past) -> T) -> T {
        // Nothing panics half-way through a change.
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        if past.len() >= REMEMBERED_MAX && !past.contains_key(&peer) {
            past.retain(|_, past| now.saturating_duration_since(past.since) < HOUR);
            if past.len() >= REMEMBERED_MAX {
                past.clear();
            }
        }
        let past = past.entry(peer).or_insert(Past {
            shunned: None,
            since: now,
            unasked: 0,
        });
        if now.saturating_duration_since(past.since) >= HOUR {
            (past.since, past.unasked) = (now, 0);
        }
        change(past)
    }

    /// Whether a peer may be asked now.
    fn may_ask(&self, peer: Peer, asking: Asking, now: Instant) -> bool {
        self.change(peer, now, |past| {
            let is_shunned = past.shunned.is_some_and(|until| now < until);
            let is_used_up = asking == Asking::Nobody && past.unasked >= UNASKED_BYTES_MAX;
            !is_shunned && !is_used_up
        })
    }

    /// Whether nobody had an object a moment ago.
    fn is_missing(&self, id: &ObjectId, now: Instant) -> bool {
        // As above.
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.get(id).is_some_and(|missing| missing.rests(now))
    }

    fn note_missing(&self, id: ObjectId, now: Instant) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if missing.len() >= MISSING_MAX {
            missing.retain(|_, missing| missing.rests(now));
        }
        let held = missing.get(&id).map(|missing| missing.pause * 2);
        if held.is_some() || missing.len() < MISSING_MAX {
            let pause = held.unwrap_or(MISSING_FOR).min(MISSING_FOR_MAX);
            missing.insert(id, Missing { since: now, pause });
        }
    }

    fn shun(&self, peer: Peer, now: Instant) {
        self.change(peer, now, |past| past.shunned = Some(now + SHUNNED_FOR));
    }

    fn count(&self, peer: Peer, bytes: usize, now: Instant) {
        self.change(peer, now, |past| past.unasked += bytes as u64);
    }
}

impl Photos {
    /// A picture that a post or a profile of `author` names, from here or from whoever has it.
    ///
    /// # Errors
    /// [`PhotoError::Nowhere`], [`PhotoError::Broken`]; [`PhotoError::Objects`] where own ones can't be read.
    pub(crate) async fn picture(
        &self,
        author: Identity,
        photo: &Photo,
        size: PhotoSize,
        asking: Asking,
    ) -> Result<PhotoBytes, PhotoError> {
        let picture = *size.of(photo);
        let mut looking = Looking::at(photo, size);
        loop {
            match looking.next()? {
                Next::Whole(bytes) => return Ok(shown(picture, bytes)),
                Next::Need(id) => {
                    let sealed = self.object(author, picture.blob.root, id, asking).await?;
                    looking.take(&sealed)?;
                }
            }
        }
    }

    /// The same if it is here: nobody is asked for it.
    ///
    /// # Errors
    /// As [`Self::picture`].
    pub(crate) async fn picture_here(
        &self,
        photo: &Photo,
        size: PhotoSize,
    ) -> Result<PhotoBytes, PhotoError> {
        let picture = *size.of(photo);
        let mut looking = Looking::at(photo, size);
        loop {
            match looking.next()? {
                Next::Whole(bytes) => return Ok(shown(picture, bytes)),
                Next::Need(id) if self.0.objects.has(&id) => {
                    looking.take(&self.0.objects.sealed(&id).await?)?;
                }
                Next::Need(id) => {
                    let sealed = self.cached(id).await?;
                    looking.take(&sealed.ok_or(PhotoError::Nowhere)?)?;
                }
            }
        }
    }

    /// Whether the small picture of a photo is at hand.
    pub(crate) fn has_small(&self, photo: &Photo) -> bool {
        self.has(&photo.small.blob.root)
    }

    /// Whether the object that a picture is is here.
    pub(crate) fn has(&self, root: &ObjectId) -> bool {
        self.0.objects.has(root) || self.0.cache.has(root)
    }

    /// An object's sealed bytes; they are what `id` names.
    async fn object(
        &self,
        author: Identity,
        root: ObjectId,
        id: ObjectId,
        asking: Asking,
    ) -> Result<Vec<u8>, PhotoError> {
        if self.0.objects.has(&id)
            && let Ok(sealed) = self.0.objects.sealed(&id).await
        {
            return Ok(sealed);
        }
        if let Some(sealed) = self.cached(id).await? {
            return Ok(sealed);
        }
        if asking == Asking::Nobody && self.0.fetching.is_missing(&id, Instant::now()) {
            return Err(PhotoError::Nowhere);
        }
        let turn = self.0.fetching.turns.acquire().await;
        let _turn = turn.map_err(|_| PhotoError::Stopping)?;
        // Somebody else may have had it meanwhile.
        if let Some(sealed) = self.cached(id).await? {
            return Ok(sealed);
        }
        match self.fetched(author, root, id, asking).await {
            Some(sealed) => {
                let (photos, sealed) = (self.clone(), sealed);
                blocking(move || {
                    if let Err(error) = photos.0.cache.keep(id, &sealed) {
                        tracing::warn!(%error, "a photo can't be kept");
                    }
                    Ok(sealed)
                })
                .await
            }
            // Where one's own are still to come back, this says which pack is wanted.
            None => match self.0.objects.sealed(&id).await {
                Ok(sealed) => Ok(sealed),
                Err(_) => {
                    self.0.fetching.note_missing(id, Instant::now());
                    Err(PhotoError::Nowhere)
                }
            },
        }
    }

    async fn cached(&self, id: ObjectId) -> Result<Option<Vec<u8>>, PhotoError> {
        if !self.0.cache.has(&id) {
            return Ok(None);
        }
        let photos = self.clone();
        blocking(move || Ok(photos.0.cache.read(&id))).await
    }

    /// From the first peer that has it, those first where the author lives.
    async fn fetched(
        &self,
        author: Identity,
        root: ObjectId,
        id: ObjectId,
        asking: Asking,
    ) -> Option<Vec<u8>> {
        let fetching = &self.0.fetching;
        for peer in self.0.guard.picture_hosts(&author, PEERS_MAX) {
            if !fetching.may_ask(peer, asking, Instant::now()) {
                continue;
            }
            let given = self.0.guard.fetch_picture(peer, &root, &id);
            let given = timeout(OBJECT_TIME_MAX, given).await;
            match given.unwrap_or(Err(PictureError::Slow)) {
                Ok(sealed) => {
                    if asking == Asking::Nobody {
                        fetching.count(peer, sealed.len(), Instant::now());
                    }
                    return Some(sealed);
                }
                Err(PictureError::Absent | PictureError::Gone) => {}
                Err(PictureError::Lies | PictureError::Slow) => {
                    tracing::debug!(%peer, "a peer that gives no picture isn't asked for a while");
                    fetching.shun(peer, Instant::now());
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lies_or_gave_much_is_not_asked_for_a_while() {
        let (fetching, now) = (Fetching::default(), Instant::now());
        let peer = Peer::random();
        assert!(fetching.may_ask(peer, Asking::Nobody, now));
        fetching.count(peer, 128 << 20, now);
        assert!(!fetching.may_ask(peer, Asking::Nobody, now));
        assert!(fetching.may_ask(peer, Asking::Reader, now));
        assert!(fetching.may_ask(peer, Asking::Nobody, now + HOUR));
        fetching.shun(peer, now);
        assert!(!fetching.may_ask(peer, Asking::Reader, now));
        assert!(fetching.may_ask(peer, Asking::Reader, now + SHUNNED_FOR));
        let id = ObjectId::from_bytes([1; 32]);
        assert!(!fetching.is_missing(&id, now));
        fetching.note_missing(id, now);
        assert!(fetching.is_missing(&id, now));
        let later = now + MISSING_FOR;
        assert!(!fetching.is_missing(&id, later));
        fetching.note_missing(id, later);
        assert!(fetching.is_missing(&id, later + MISSING_FOR));
        assert!(!fetching.is_missing(&id, later + 2 * MISSING_FOR));
        (0..20).for_each(|_| fetching.note_missing(id, later));
        assert!(!fetching.is_missing(&id, later + MISSING_FOR_MAX));
    }
}
