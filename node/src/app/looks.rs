//! Which pictures are at hand, for pages that show many.

use super::App;
use super::model::AppError;
use hearth_keys::Identity;
use std::collections::BTreeMap;

impl App {
    /// Of each post, which of its photos' small sizes are here. Posts that aren't here are left out.
    pub(crate) async fn photos_here(
        &self,
        ids: &[String],
    ) -> Result<BTreeMap<String, Vec<bool>>, AppError> {
        let entries = ids.iter();
        let entries: Vec<_> = entries
            .filter_map(|id| super::social::entry_id(id).ok())
            .collect();
        let photos = self.0.photos.clone();
        let read = self.0.store.read(move |logs| {
            let mut here = BTreeMap::new();
            for id in entries {
                let Some(place) = logs.find(&id)? else {
                    continue;
                };
                if let Some(post) = logs.post_at(&place)? {
                    let small = post.post.photos.iter();
                    let small = small.map(|photo| photos.has_small(photo)).collect();
                    here.insert(id.to_string(), small);
                }
            }
            Ok(here)
        });
        Ok(read.await?)
    }

    /// Of those who have a picture, which one: differs whenever it changes. Keys that are none are left out.
    pub(crate) async fn portraits<'a>(
        &self,
        keys: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, String>, AppError> {
        let identities: Vec<Identity> = keys.filter_map(|key| key.parse().ok()).collect();
        if identities.is_empty() {
            return Ok(BTreeMap::new());
        }
        let read = self.0.store.read(move |logs| {
            let mut versions = BTreeMap::new();
            for identity in identities {
                if let Some((photo, _)) = logs.portrait(&identity)? {
                    versions.insert(identity.to_string(), version(&photo));
                }
            }
            Ok(versions)
        });
        Ok(read.await?)
    }
}

/// Enough of a picture's name to tell it from another.
pub(super) fn version(photo: &hearth_protocol::content::Photo) -> String {
    photo.full.blob.root.to_string().chars().take(16).collect()
}
