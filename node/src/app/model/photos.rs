//! Photos, and pictures of people.

use base64::prelude::*;
use hearth_keys::Identity;
use hearth_protocol::content;
use hearth_protocol::object::ObjectId;
use serde::{Deserialize, Serialize};

/// A photo of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Photo {
    /// Pixels of the full picture.
    pub(crate) width: u16,
    /// Pixels of the full picture.
    pub(crate) height: u16,
    /// What there is to see; null when its author says that it needs no words.
    pub(crate) alt: Option<String>,
    /// A thumbhash, in base64; empty where there is none.
    pub(crate) placeholder: String,
    /// Where the small picture is, on this node.
    pub(crate) small: String,
    /// Where the full picture is, on this node.
    pub(crate) full: String,
    /// The object that the small picture is; not in answers of the API.
    #[serde(skip)]
    pub(crate) object: Option<ObjectId>,
}

impl Photo {
    /// The photo at a position of a post.
    pub(crate) fn of(photo: &content::Photo, post_id: &str, index: usize) -> Self {
        let at = |size: &str| format!("/photo/{post_id}/{index}/{size}");
        Self {
            width: photo.full.width,
            height: photo.full.height,
            alt: photo.alt.clone(),
            placeholder: base64(&photo.placeholder),
            small: at("small"),
            full: at("full"),
            object: Some(photo.small.blob.root),
        }
    }
}

/// What somebody looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Portrait {
    /// A thumbhash, in base64; empty where there is none.
    pub(crate) placeholder: String,
    /// Where the small picture is, on this node.
    pub(crate) small: String,
    /// Where the full picture is, on this node.
    pub(crate) full: String,
}

/// Somebody's picture.
pub(crate) fn portrait_of(identity: &Identity, photo: &content::Photo) -> Portrait {
    let at = |size: &str| format!("/portrait/{identity}/{size}");
    Portrait {
        placeholder: base64(&photo.placeholder),
        small: at("small"),
        full: at("full"),
    }
}

/// Bytes as text.
pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The bytes of such a text; None if it is none.
pub(crate) fn bytes_of_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// A photo that was chosen for a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChosenPhoto {
    /// The name that it was given when it was kept.
    pub(crate) draft: String,
    /// What there is to see, 1 to 1,500 bytes; absent or null: it needs no words.
    #[serde(default)]
    pub(crate) alt: Option<String>,
}

/// A photo that is kept until it is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PhotoDraft {
    /// The name under which it is posted.
    pub(crate) draft: String,
    /// Pixels of the full picture.
    pub(crate) width: u16,
    /// Pixels of the full picture.
    pub(crate) height: u16,
    /// A thumbhash, in base64.
    pub(crate) placeholder: String,
}
