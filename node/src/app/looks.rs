//! Which pictures are at hand, for pages that show many.

use super::App;
use super::model::{AppError, Photo};
use hearth_keys::Identity;
use std::collections::BTreeMap;

impl App {
    /// Whether a photo's small size is here.
    pub(crate) fn is_here(&self, photo: &Photo) -> bool {
        let object = photo.object.as_ref();
        object.is_some_and(|object| self.0.photos.has(object))
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
