//! Photos of posts and pictures of people: sealed, kept, read, and had from whoever has them.
//!
//! ```text
//! prepared ──sealed under a key of its own──► draft ──posted──► own packs (backed up)
//! shown    ◄──opened── own packs, else the cache, else peers (kept in the cache, which forgets what was used longest ago)
//! ```
//!
//! What others posted isn't backed up: it can be had again as long as its author or another reader has it.

mod cache;
mod drafts;
mod fetching;
mod looking;
mod sealing;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use hearth_protocol::content::{MediaType, Photo, Picture};
use hearth_protocol::object::list;

pub(crate) use cache::Cache;
pub(crate) use fetching::{AUTHORS_MAX, Asking};

use crate::guardian::Guard;
use crate::media::Prepared;
use crate::objects::{ObjectError, Objects};
use drafts::Drafts;
use fetching::Fetching;

/// The folder of the cache, in the home.
const CACHE_DIR: &str = "photos";
/// The folder of drafts, in the home.
const DRAFTS_DIR: &str = "drafts";

/// Which of a photo's two pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PhotoSize {
    /// For lists.
    Small,
    /// To be looked at.
    Full,
}

impl PhotoSize {
    /// The one of this size.
    pub(crate) fn of(self, photo: &Photo) -> &Picture {
        match self {
            Self::Small => &photo.small,
            Self::Full => &photo.full,
        }
    }
}

/// A picture, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhotoBytes {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// What kind of file it is.
    pub(crate) media_type: MediaType,
    /// Differs from that of any other picture; without quotes.
    pub(crate) etag: String,
}

/// Why a picture can't be kept or shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PhotoError {
    /// No draft has this name.
    #[error("this photo isn't here any more: choose it again")]
    NoDraft,
    /// It is more than a post may have.
    #[error("the picture is larger than a post may have: make it smaller first")]
    TooLarge,
    /// Nobody who is connected has it.
    #[error("this photo isn't here yet, and nobody who is connected has it")]
    Nowhere,
    /// What its post says of it doesn't fit.
    #[error("this photo isn't what its post says")]
    Broken,
    /// The disk.
    #[error("can't keep or read a photo: {0}")]
    Io(#[from] std::io::Error),
    /// Own objects.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
}

/// The photos of an account. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Photos(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Objects,
    cache: Cache,
    drafts: Drafts,
    guard: Guard,
    fetching: Fetching,
}

impl Photos {
    /// Opens what is in the home's folder; what others posted is given through `guard` from now on.
    ///
    /// # Errors
    /// When a folder can't be made.
    pub(crate) fn open(home: &Path, objects: Objects, guard: Guard) -> Result<Self, PhotoError> {
        let cache = Cache::open(&home.join(CACHE_DIR))?;
        let drafts = Drafts::open(&home.join(DRAFTS_DIR))?;
        guard.share_pictures(cache.clone());
        Ok(Self(Arc::new(Inner {
            objects,
            cache,
            drafts,
            guard,
            fetching: Fetching::default(),
        })))
    }

    /// Keeps a photo that isn't in a post yet, for a day; gives the name under which it is posted.
    ///
    /// # Errors
    /// [`PhotoError::TooLarge`]; [`PhotoError::Io`].
    pub(crate) async fn keep(&self, picture: Prepared) -> Result<(String, Photo), PhotoError> {
        let photos = self.clone();
        blocking(move || {
            let (photo, objects) = sealing::seal(picture)?;
            let name = photos.0.drafts.keep(photo.clone(), &objects)?;
            Ok((name, photo))
        })
        .await
    }

    /// A picture of a draft.
    ///
    /// # Errors
    /// [`PhotoError::NoDraft`]; [`PhotoError::Io`].
    pub(crate) async fn draft(
        &self,
        name: &str,
        size: PhotoSize,
    ) -> Result<PhotoBytes, PhotoError> {
        let (photos, name) = (self.clone(), name.to_owned());
        blocking(move || {
            let (photo, objects) = photos.0.drafts.read(&name)?;
            let find = |id: &_| {
                let found = objects.iter().find(|object| object.id == *id);
                found.map(|object| object.bytes.clone())
            };
            let picture = *size.of(&photo);
            Ok(shown(picture, looking::open(&photo, size, find)?))
        })
        .await
    }

    /// Makes a draft's objects part of all that one owns; they are durable then. The draft stays.
    ///
    /// # Errors
    /// [`PhotoError::NoDraft`]; those of [`Objects::put_all`].
    pub(crate) async fn adopt(&self, name: &str) -> Result<Photo, PhotoError> {
        let (photos, name) = (self.clone(), name.to_owned());
        let (photo, objects) = blocking(move || photos.0.drafts.read(&name)).await?;
        self.0.objects.put_sealed(objects).await?;
        self.0.objects.commit().await?;
        Ok(photo)
    }

    /// Forgets a draft that was posted.
    pub(crate) async fn drop_draft(&self, name: &str) {
        let (photos, name) = (self.clone(), name.to_owned());
        let dropped = blocking(move || {
            photos.0.drafts.forget(&name);
            Ok(())
        });
        if let Err(error) = dropped.await {
            tracing::debug!(%error, "a draft stays until the next start");
        }
    }

    /// How much of others' photos may be kept, in bytes.
    pub(crate) fn limit(&self, bytes: u64) {
        self.0.cache.limit(bytes);
    }

    /// Lets go of what was kept of a photo.
    pub(crate) async fn forget(&self, photo: Photo) {
        let photos = self.clone();
        let forgotten = blocking(move || {
            let (cache, full) = (&photos.0.cache, photo.full.blob);
            if let Some(list) = cache.read(&full.root).filter(|_| full.depth > 0)
                && let Ok(content) = photo.key.objects().open_as(&full.root, &list)
                && let Ok(items) = list::decode(&content, full.bytes)
            {
                items.iter().for_each(|item| cache.remove(&item.id));
            }
            cache.remove(&full.root);
            cache.remove(&photo.small.blob.root);
            Ok(())
        });
        if let Err(error) = forgotten.await {
            tracing::debug!(%error, "a deleted photo goes when it wasn't used for long");
        }
    }
}

fn shown(picture: Picture, bytes: Vec<u8>) -> PhotoBytes {
    let root = picture.blob.root.to_string();
    PhotoBytes {
        bytes,
        media_type: picture.media,
        etag: root[..32].to_owned(),
    }
}

/// Runs work where it may block.
async fn blocking<T, F>(work: F) -> Result<T, PhotoError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, PhotoError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| PhotoError::Stopping)?
}
