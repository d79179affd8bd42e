//! Photos: kept until they are posted, shown, and had from others before anybody looks.

use crate::said::said;
use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::content::photo::{check_alt, check_warning};
use hearth_protocol::content::{Content, Photo};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::timeout;

use super::model::{self, AppError, ChosenPhoto, PhotoDraft};
use super::{App, bad_request, failed, newer_than, not_found};
use crate::media::Prepared;
use crate::photos::{AUTHORS_MAX, Asking, PhotoBytes, PhotoError, PhotoSize};
use crate::store::logs::Draft;

/// How long somebody waits who looks at a photo that isn't here.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// While own data is coming back: between two looks for a photo.
const ARRIVING_PAUSE: Duration = Duration::from_millis(500);
/// Newest posts of the timeline whose pictures are fetched unasked.
const POSTS_AHEAD: usize = 60;
/// From news to looking at what is to be fetched.
const LOOK_PAUSE: Duration = Duration::from_millis(400);
/// After which it is looked again, news or not.
const LOOK_EVERY: Duration = Duration::from_secs(120);

impl From<PhotoError> for AppError {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::NoDraft | PhotoError::Nowhere => not_found(&error),
            PhotoError::TooLarge => bad_request(&error),
            _ => failed(&error),
        }
    }
}

impl App {
    /// Keeps a photo until it is posted, at most a day; gives the name under which it is posted.
    pub(crate) async fn keep_photo(&self, picture: Prepared) -> Result<PhotoDraft, AppError> {
        let (draft, photo) = self.0.photos.keep(picture).await?;
        Ok(PhotoDraft {
            draft,
            width: photo.full.width,
            height: photo.full.height,
            placeholder: model::base64(&photo.placeholder),
        })
    }

    /// A photo that was kept and isn't posted.
    pub(crate) async fn draft_photo(
        &self,
        draft: &str,
        size: PhotoSize,
    ) -> Result<PhotoBytes, AppError> {
        Ok(self.0.photos.draft(draft, size).await?)
    }

    /// A photo of a post, from here or from whoever has it.
    pub(crate) async fn photo(
        &self,
        post_id: &str,
        index: usize,
        size: PhotoSize,
    ) -> Result<PhotoBytes, AppError> {
        let post = self.seen(post_id).await?;
        let author = post.place.log.identity;
        let photo = post.post.photos.get(index);
        let photo = photo
            .ok_or_else(|| not_found(said!("photo-unknown", "this post has no such photo")))?;
        self.look_at(author, photo, size).await
    }

    /// What somebody looks like, if they say.
    pub(crate) async fn portrait(
        &self,
        identity: &str,
        size: PhotoSize,
    ) -> Result<PhotoBytes, AppError> {
        let identity = super::people::parse_key(identity)?;
        let read = self.0.store.read(move |logs| logs.portrait(&identity));
        let portrait = read.await?;
        let (photo, _) =
            portrait.ok_or_else(|| not_found(said!("portrait-none", "they have no picture")))?;
        self.look_at(identity, &photo, size).await
    }

    /// Says what one looks like; `None`: no picture from now on.
    pub(crate) async fn set_portrait(
        &self,
        picture: Option<Prepared>,
    ) -> Result<model::Profile, AppError> {
        let picture = match picture {
            Some(picture) => {
                let (draft, photo) = self.0.photos.keep(picture).await?;
                if photo.check_portrait().is_err() {
                    self.0.photos.drop_draft(&draft).await;
                    return Err(bad_request(said!(
                        "portrait-size",
                        "a profile's picture is a square of at most 512 pixels a side"
                    )));
                }
                let photo = self.0.photos.adopt(&draft).await?;
                self.0.photos.drop_draft(&draft).await;
                Some(photo)
            }
            None => None,
        };
        let (mut profile, time_ms) = self.profile_and_time().await?;
        if profile.picture.is_some() || picture.is_some() {
            profile.picture = picture;
            let draft = Draft::public(newer_than(time_ms), Content::Profile(profile));
            self.write_one(true, draft).await?;
        }
        self.profile().await
    }

    async fn look_at(
        &self,
        author: Identity,
        photo: &Photo,
        size: PhotoSize,
    ) -> Result<PhotoBytes, AppError> {
        let picture = async {
            loop {
                let picture = self.0.photos.picture(author, photo, size, Asking::Reader);
                match picture.await {
                    // What is one's own is wanted now, and comes.
                    Err(PhotoError::Nowhere) if *self.0.arriving.borrow() => {
                        tokio::time::sleep(ARRIVING_PAUSE).await;
                    }
                    outcome => return outcome,
                }
            }
        };
        match timeout(WAIT_MAX, picture).await {
            Ok(Ok(picture)) => Ok(picture),
            Ok(Err(PhotoError::Nowhere)) | Err(_) => {
                let me = self.identity();
                Err(not_found(match author == me {
                    true => said!(
                        "my-photo-not-here",
                        "this photo isn't here yet: one of your other devices, or a friend who saw it may have it, and it comes when they are reached"
                    ),
                    false => said!(
                        "photo-not-here",
                        "this photo isn't here yet: the node of {name}, or of somebody else who saw it may have it, and it comes when they are reached",
                        name = self.names([author].into()).await?
                    ),
                }))
            }
            Ok(Err(error)) => Err(error.into()),
        }
    }

    /// What a new post says of photos: makes the drafts part of all that one owns.
    pub(super) async fn adopt_photos(
        &self,
        chosen: &[ChosenPhoto],
    ) -> Result<Vec<Photo>, AppError> {
        let mut photos = Vec::with_capacity(chosen.len());
        for ChosenPhoto { draft, alt } in chosen {
            let mut photo = self.0.photos.adopt(draft).await?;
            photo.alt.clone_from(alt);
            photos.push(photo);
        }
        Ok(photos)
    }

    /// Forgets drafts that were posted.
    pub(super) async fn drop_drafts(&self, chosen: &[ChosenPhoto]) {
        for ChosenPhoto { draft, .. } in chosen {
            self.0.photos.drop_draft(draft).await;
        }
    }

    /// Has small pictures of what shows in the timeline, and of people, before anybody looks; and lets go of what was kept
    /// of posts that were deleted. Ends with the node.
    pub(crate) async fn keep_up_with_photos(self) {
        let mut changes = self.changes();
        loop {
            if let Err(error) = self.look_ahead().await {
                tracing::debug!(%error, "which photos are to be fetched can't be read");
            }
            match timeout(LOOK_EVERY, changes.recv()).await {
                Ok(Err(RecvError::Closed)) => return,
                Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => {}
            }
            // What comes together is looked at together.
            tokio::time::sleep(LOOK_PAUSE).await;
            while let Ok(_) | Err(TryRecvError::Lagged(_)) = changes.try_recv() {}
        }
    }

    async fn look_ahead(&self) -> Result<(), AppError> {
        for photo in self.0.store.take_pictures_gone() {
            self.0.photos.forget(photo).await;
        }
        self.0.photos.limit(self.photo_cache_bytes().await?);
        for (author, photo) in self.photos_ahead().await? {
            if self.0.photos.has_small(&photo) {
                continue;
            }
            let picture = self
                .0
                .photos
                .picture(author, &photo, PhotoSize::Small, Asking::Nobody);
            // What doesn't come now who looks at it asks for, or the next round.
            if let Ok(Err(PhotoError::Stopping)) = timeout(WAIT_MAX, picture).await {
                break;
            }
        }
        Ok(())
    }

    /// The photos of the newest posts of the timeline, newest first; then the pictures of people who are followed.
    async fn photos_ahead(&self) -> Result<Vec<(Identity, Photo)>, AppError> {
        let (me, filter) = (self.identity(), self.home_filter());
        let read = self.0.store.read(move |logs| {
            let filter = filter(logs)?;
            let posts = logs.timeline(&filter, None, POSTS_AHEAD, &logs.unless_muted(&me)?)?;
            let mut people: Vec<Identity> = Vec::new();
            let mut photos = Vec::new();
            for post in posts {
                let author = post.place.log.identity;
                people.push(author);
                photos.extend(post.post.photos.into_iter().map(|photo| (author, photo)));
            }
            people.extend(filter.authors.iter().copied());
            let mut seen = std::collections::BTreeSet::new();
            people.retain(|who| seen.insert(*who));
            for who in people.into_iter().take(AUTHORS_MAX) {
                photos.extend(logs.portrait(&who)?.map(|(photo, _)| (who, photo)));
            }
            Ok(photos)
        });
        Ok(read.await?)
    }
}

/// Whether what is said with photos is within bounds, and what to do if it isn't.
pub(super) fn check_words(
    warning: Option<&str>,
    alts: impl Iterator<Item = Option<String>>,
) -> Result<(), AppError> {
    if check_warning(warning).is_err() {
        return Err(bad_request(said!(
            "warning-length",
            "a warning has 1 to 200 bytes: shorten it, or leave it out"
        )));
    }
    for (number, alt) in (1..).zip(alts) {
        if check_alt(alt.as_deref()).is_err() {
            return Err(bad_request(said!(
                "alt-length",
                "what is said of photo {number} has to have 1 to 1,500 bytes: shorten it, or say that it needs none",
                number = number
            )));
        }
    }
    Ok(())
}
