//! Which pictures posts and profiles name: who asks for a picture's objects is given them for that reason alone.
//!
//! ```text
//! PICTURES  where a picture begins ‖ log and sequence of what names it, or of what carries that
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_protocol::content::{Photo, PhotoKey};
use hearth_protocol::entry::Place;
use hearth_protocol::object::{Blob, ObjectId};

use super::db::{Batch, end_of_prefix};
use super::logs::{Logs, StoreError};
use super::rows::{Handle, key};
use super::spaces::opening::place_of;
use super::views::view_key;

const PICTURES: u8 = 51;
/// Logs that name one picture and are looked at, and how many entries of one log: whoever else names it, again and again, is one
/// among few.
const NAMING_LOGS_MAX: usize = 256;
const NAMING_IN_LOG_MAX: usize = 2;
/// So many keys of one picture are tried.
const NAMED_MAX: usize = 16;
/// Deleted photos that wait to be heard of.
const GONE_MAX: usize = 4096;

/// The handle in a row's key, before the sequence.
fn handle_of(key: &[u8]) -> Option<Handle> {
    let (rest, _) = key.split_last_chunk::<8>()?;
    Some(Handle::from_be_bytes(*rest.last_chunk()?))
}

fn picture_key(root: &ObjectId, handle: Handle, seq: u64) -> Vec<u8> {
    view_key(
        PICTURES,
        &[root.as_bytes(), &key(0, handle, seq)[1..]].concat(),
    )
}

/// The rows of photos that an entry names, or that what it carries names.
pub(super) fn picture_keys(photos: &[Photo], handle: Handle, seq: u64) -> Vec<Vec<u8>> {
    let roots = photos
        .iter()
        .flat_map(|photo| [photo.full.blob.root, photo.small.blob.root]);
    roots.map(|root| picture_key(&root, handle, seq)).collect()
}

/// Notes which pictures an entry names.
pub(super) fn note_pictures(batch: &mut Batch, photos: &[Photo], handle: Handle, seq: u64) {
    for key in picture_keys(photos, handle, seq) {
        batch.insert(key, []);
    }
}

/// An entry names them no longer.
pub(super) fn forget_pictures(batch: &mut Batch, photos: &[Photo], handle: Handle, seq: u64) {
    for key in picture_keys(photos, handle, seq) {
        batch.remove(key);
    }
}

/// Photos of posts that were deleted, as far as nobody heard of it.
#[derive(Debug, Clone, Default)]
pub(super) struct PicturesGone(Arc<Mutex<Vec<Photo>>>);

impl PicturesGone {
    fn lock(&self) -> MutexGuard<'_, Vec<Photo>> {
        // Nothing panics half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What went since this was asked last.
    pub(super) fn take(&self) -> Vec<Photo> {
        std::mem::take(&mut *self.lock())
    }
}

impl Logs {
    /// Has copies of a deleted post's photos go. Beyond a bound they go when they weren't used for long.
    pub(super) fn let_go_pictures(&self, photos: &[Photo]) {
        let mut gone = self.pictures_gone.lock();
        let room = GONE_MAX.saturating_sub(gone.len());
        gone.extend(photos.iter().take(room).cloned());
    }

    /// The picture that begins at an object, as posts and profiles that can be read name it: each key and form once. Anybody can
    /// name a picture under a key that isn't its own, so what a name says is tried.
    pub(crate) fn named_pictures(
        &self,
        root: &ObjectId,
    ) -> Result<Vec<(PhotoKey, Blob)>, StoreError> {
        let mut named: Vec<(PhotoKey, Blob)> = Vec::new();
        let prefix = view_key(PICTURES, root.as_bytes());
        for place in self.naming(&prefix)? {
            if named.len() >= NAMED_MAX {
                break;
            }
            for photo in self.photos_at(&place)? {
                let mut pictures = [photo.full, photo.small].into_iter();
                if let Some(found) = pictures.find(|picture| picture.blob.root == *root)
                    && !named.contains(&(photo.key, found.blob))
                {
                    named.push((photo.key, found.blob));
                }
            }
        }
        Ok(named)
    }

    /// Where entries of different logs lie that name a picture: the first ones of each.
    fn naming(&self, prefix: &[u8]) -> Result<Vec<Place>, StoreError> {
        let to = end_of_prefix(prefix).unwrap_or_default();
        let (mut places, mut from) = (Vec::new(), prefix.to_vec());
        for _ in 0..NAMING_LOGS_MAX {
            let mut next = None;
            for row in self.db.range(&from, &to).take(NAMING_IN_LOG_MAX) {
                let (key, _) = row?;
                let Some(handle) = handle_of(&key) else {
                    continue;
                };
                if *next.get_or_insert(handle) == handle {
                    places.extend(place_of(self, &key));
                }
            }
            // What else that log names, however much it is, isn't looked at.
            let Some(after) = next.and_then(|handle: Handle| handle.checked_add(1)) else {
                break;
            };
            from = [prefix, &after.to_be_bytes()].concat();
        }
        Ok(places)
    }

    /// The photos of the post or profile at a place.
    fn photos_at(&self, place: &Place) -> Result<Vec<Photo>, StoreError> {
        let handle = self.logs.get(&place.log).map(|meta| meta.handle);
        if let Some(handle) = handle
            && let Some(seen) = self.seen(handle, place.seq)?
        {
            return Ok(seen.post.photos);
        }
        let portrait = self.portrait(&place.log.identity)?;
        let is_there = |(_, at): &(Photo, Place)| at == place;
        Ok(portrait
            .filter(is_there)
            .map(|(photo, _)| photo)
            .into_iter()
            .collect())
    }
}
