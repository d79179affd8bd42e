//! What visitors without an account see: the owner's public posts, and nothing else.

use hearth_keys::Identity;
use hearth_protocol::content::Photo;
use hearth_protocol::space::Space;

use super::model::{self, AppError, Page};
use super::posts::{bounds_of, mentioned_people, named};
use super::{App, ErrorKind};
use crate::photos::{PhotoBytes, PhotoError, PhotoSize};
use crate::store::StoreError;
use crate::store::logs::Logs;
use crate::store::timeline::SeenPost;

/// Whether visitors see the owner's public posts.
pub(crate) const SHOWN: &str = "public.page";
/// Whether search engines may.
pub(crate) const INDEXED: &str = "public.index";

/// More of a name isn't put into an address.
const HANDLE_CHARS_MAX: usize = 40;

/// Posts that are looked through for photos at a time.
const LOOKED_THROUGH_FOR_PHOTOS: u32 = 100;

/// Who visitors see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicFace {
    /// Who it is.
    pub(crate) profile: model::Profile,
    /// Whether there is a page at all.
    pub(crate) is_shown: bool,
    /// Whether search engines may show it.
    pub(crate) is_indexed: bool,
}

impl PublicFace {
    /// What stands behind the `@` of their addresses: from their name, else their key.
    pub(crate) fn handle(&self) -> String {
        handle_of(&self.profile.name).unwrap_or_else(|| self.profile.identity.clone())
    }

    /// Whether a handle, as it comes in a path, means them.
    pub(crate) fn is_called(&self, handle: &str) -> bool {
        handle == self.profile.identity
            || handle_of(handle).is_some_and(|handle| handle == self.handle())
    }
}

/// What stands behind the `@` for a name: its letters and digits in small, joined by hyphens; None where it has none.
fn handle_of(name: &str) -> Option<String> {
    let lower: String = name.chars().flat_map(char::to_lowercase).collect();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let handle: String = words.join("-").chars().take(HANDLE_CHARS_MAX).collect();
    let handle = handle.trim_end_matches('-');
    (!handle.is_empty()).then(|| handle.to_owned())
}

impl App {
    /// Who visitors see, if they see anybody.
    pub(crate) async fn public_face(&self) -> Result<PublicFace, AppError> {
        let [shown, indexed] = self.settings_named([SHOWN, INDEXED]).await?;
        Ok(PublicFace {
            profile: self.profile().await?,
            is_shown: shown.value == "on",
            is_indexed: indexed.value == "on",
        })
    }

    /// The owner's posts for everybody, newest first.
    pub(crate) async fn public_posts(
        &self,
        limit: u32,
        before: Option<&str>,
    ) -> Result<Vec<model::Post>, AppError> {
        let page = Page {
            limit: Some(limit.into()),
            before: before.map(ToOwned::to_owned),
            space: None,
            list: None,
        };
        let (limit, before) = bounds_of(&page)?;
        let me = self.identity();
        let posts = self.0.store.read(move |logs| {
            let posts = logs.public_posts(&me, before, limit)?;
            shown(logs, &me, posts)
        });
        Ok(posts.await?)
    }

    /// The owner's posts for everybody that have photos, newest first: of the next so many, and where to go on.
    pub(crate) async fn public_photos(
        &self,
        before: Option<&str>,
    ) -> Result<(Vec<model::Post>, Option<String>), AppError> {
        let mut posts = self.public_posts(LOOKED_THROUGH_FOR_PHOTOS, before).await?;
        let more = posts.len() == LOOKED_THROUGH_FOR_PHOTOS as usize;
        let next = posts.last().filter(|_| more);
        let next = next.map(|post| post.local_id.clone());
        posts.retain(|post| !post.photos.is_empty());
        Ok((posts, next))
    }

    /// A photo of one of them, as far as it is here.
    pub(crate) async fn public_photo(
        &self,
        id: &str,
        index: usize,
        size: PhotoSize,
    ) -> Result<Option<PhotoBytes>, AppError> {
        let seen = self.seen_by_everybody(id).await?;
        let photo = seen.and_then(|seen| seen.post.photos.into_iter().nth(index));
        match photo {
            Some(photo) => self.photo_here(&photo, size).await,
            None => Ok(None),
        }
    }

    /// What the owner looks like, if it is the picture of that name still.
    pub(crate) async fn public_portrait(
        &self,
        version: &str,
        size: PhotoSize,
    ) -> Result<Option<PhotoBytes>, AppError> {
        let me = self.identity();
        let portrait = self.0.store.read(move |logs| logs.portrait(&me)).await?;
        match portrait.filter(|(photo, _)| super::looks::version(photo) == version) {
            Some((photo, _)) => self.photo_here(&photo, size).await,
            None => Ok(None),
        }
    }

    async fn photo_here(
        &self,
        photo: &Photo,
        size: PhotoSize,
    ) -> Result<Option<PhotoBytes>, AppError> {
        match self.0.photos.picture_here(photo, size).await {
            Ok(picture) => Ok(Some(picture)),
            Err(PhotoError::Nowhere) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A post of the owner's for everybody; none where there is no such.
    async fn seen_by_everybody(&self, id: &str) -> Result<Option<SeenPost>, AppError> {
        let me = self.identity();
        match self.seen(id).await {
            Ok(seen) if seen.space == Space::Public && seen.place.log.identity == me => {
                Ok(Some(seen))
            }
            Err(error) if error.kind == ErrorKind::Failed => Err(error),
            _ => Ok(None),
        }
    }

    /// One of them; none where there is no such post, or it isn't for everybody.
    pub(crate) async fn public_post(&self, id: &str) -> Result<Option<model::Post>, AppError> {
        let Some(seen) = self.seen_by_everybody(id).await? else {
            return Ok(None);
        };
        let me = self.identity();
        let shown = self.0.store.read(move |logs| shown(logs, &me, vec![seen]));
        Ok(shown.await?.pop())
    }
}

/// Posts as the world sees them: whom they mention has the name that they give themselves, and none that the owner gave them.
fn shown(logs: &Logs, me: &Identity, posts: Vec<SeenPost>) -> Result<Vec<model::Post>, StoreError> {
    let mut posts = named(logs, me, posts)?;
    for post in &mut posts {
        let own_name = |who: &Identity| Ok(logs.profile(who)?.name);
        post.mentioned = mentioned_people(&post.text, own_name)?;
    }
    Ok(posts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_handle() {
        let cases = [
            ("Alice", Some("alice")),
            ("Ana María  Núñez!", Some("ana-maría-núñez")),
            ("李雷", Some("李雷")),
            ("../../etc", Some("etc")),
            ("💥", None),
            ("", None),
        ];
        for (name, handle) in cases {
            assert_eq!(handle_of(name).as_deref(), handle, "{name}");
        }
        let long = handle_of(&"ab ".repeat(100)).unwrap_or_default();
        assert!(long.chars().count() <= HANDLE_CHARS_MAX && !long.ends_with('-'));
    }
}
