//! Photos of posts and pictures of people: what an entry says of them. The pictures themselves are objects.

use std::fmt;

use hearth_keys::SpaceKey;

use crate::bounds::{
    ALT_BYTES_MAX, FULL_BYTES_MAX, FULL_SIDE_MAX, PHOTOS_MAX, PLACEHOLDER_BYTES_MAX,
    PORTRAIT_BYTES_MAX, PORTRAIT_SIDE_MAX, PORTRAIT_SMALL_BYTES_MAX, PORTRAIT_SMALL_SIDE_MAX,
    SMALL_BYTES_MAX, SMALL_SIDE_MAX, WARNING_BYTES_MAX,
};
use crate::codec::{self, Bytes, DecodeError};
use crate::object::{Blob, BlobTuple, ObjectKey};

/// A photo: two sizes of one picture, and what stands for it where it isn't seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// What the objects of both sizes are sealed under.
    pub key: PhotoKey,
    /// To be looked at.
    pub full: Picture,
    /// For lists of posts.
    pub small: Picture,
    /// A thumbhash of the picture, at most 32 bytes; empty where there is none.
    pub placeholder: Vec<u8>,
    /// What is on it, 1 to 1,500 bytes, for who doesn't see it; None: its author says that it needs none.
    pub alt: Option<String>,
}

/// One size of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// The file's bytes.
    pub blob: Blob,
    /// What kind of file it is.
    pub media: MediaType,
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
}

/// Kinds of picture files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
    /// `image/gif`
    Gif,
}

/// Under which the objects of one photo are sealed: random, so that a photo is known to none but the readers of what names it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PhotoKey([u8; 32]);

/// What a picture may be like.
struct Limits {
    bytes: u64,
    depth: u8,
    side: u16,
    is_square: bool,
}

type PictureTuple = (BlobTuple, u8, u16, u16);

pub(super) type PhotoTuple = (
    Bytes<32>,
    PictureTuple,
    PictureTuple,
    codec::Blob,
    Option<String>,
);

impl MediaType {
    /// The number that stands for it: 1 to 4.
    pub const fn code(self) -> u8 {
        match self {
            Self::Jpeg => 1,
            Self::Png => 2,
            Self::Webp => 3,
            Self::Gif => 4,
        }
    }

    /// Reads its number.
    ///
    /// # Errors
    /// [`DecodeError::Version`]: one to come.
    pub fn from_code(code: u8) -> Result<Self, DecodeError> {
        match code {
            1 => Ok(Self::Jpeg),
            2 => Ok(Self::Png),
            3 => Ok(Self::Webp),
            4 => Ok(Self::Gif),
            newer => Err(DecodeError::Version(newer.into())),
        }
    }

    /// Its name on the web (RFC 6838).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

impl PhotoKey {
    /// Takes 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What seals and opens the photo's objects.
    pub fn objects(&self) -> ObjectKey {
        ObjectKey::of(&SpaceKey::from_bytes(self.0))
    }

    /// The secret bytes.
    pub const fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for PhotoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhotoKey(…)")
    }
}

impl Picture {
    fn to_tuple(self) -> PictureTuple {
        let Self {
            blob,
            media,
            width,
            height,
        } = self;
        (blob.to_tuple(), media.code(), width, height)
    }

    fn from_tuple((blob, media, width, height): PictureTuple) -> Result<Self, DecodeError> {
        Ok(Self {
            blob: Blob::from_tuple(blob)?,
            media: MediaType::from_code(media)?,
            width,
            height,
        })
    }

    fn check(&self, limits: &Limits) -> Result<(), DecodeError> {
        let sides = 1..=limits.side;
        let fits = (1..=limits.bytes).contains(&self.blob.bytes)
            && self.blob.depth <= limits.depth
            && sides.contains(&self.width)
            && sides.contains(&self.height)
            && (!limits.is_square || self.width == self.height);
        if fits {
            Ok(())
        } else {
            Err(DecodeError::Invalid("a picture is out of bounds"))
        }
    }
}

impl Photo {
    pub(super) fn to_tuple(&self) -> PhotoTuple {
        (
            Bytes(self.key.0),
            self.full.to_tuple(),
            self.small.to_tuple(),
            codec::Blob(self.placeholder.clone()),
            self.alt.clone(),
        )
    }

    pub(super) fn from_tuple(
        (key, full, small, codec::Blob(placeholder), alt): PhotoTuple,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            key: PhotoKey(key.0),
            full: Picture::from_tuple(full)?,
            small: Picture::from_tuple(small)?,
            placeholder,
            alt,
        })
    }

    /// Whether a post may have it.
    ///
    /// # Errors
    /// [`DecodeError::Invalid`] for a picture, a placeholder or an alternative text out of bounds.
    pub fn check(&self) -> Result<(), DecodeError> {
        self.check_sizes(
            &Limits {
                bytes: FULL_BYTES_MAX,
                depth: 1,
                side: FULL_SIDE_MAX,
                is_square: false,
            },
            &Limits {
                bytes: SMALL_BYTES_MAX,
                depth: 0,
                side: SMALL_SIDE_MAX,
                is_square: false,
            },
        )
    }

    /// Whether a profile may have it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_portrait(&self) -> Result<(), DecodeError> {
        self.check_sizes(
            &Limits {
                bytes: PORTRAIT_BYTES_MAX,
                depth: 0,
                side: PORTRAIT_SIDE_MAX,
                is_square: true,
            },
            &Limits {
                bytes: PORTRAIT_SMALL_BYTES_MAX,
                depth: 0,
                side: PORTRAIT_SMALL_SIDE_MAX,
                is_square: true,
            },
        )
    }

    fn check_sizes(&self, full: &Limits, small: &Limits) -> Result<(), DecodeError> {
        self.full.check(full)?;
        self.small.check(small)?;
        if self.placeholder.len() > PLACEHOLDER_BYTES_MAX {
            return Err(DecodeError::Invalid("a placeholder has at most 32 bytes"));
        }
        check_alt(self.alt.as_deref())
    }
}

/// Checks what is said of a photo for who doesn't see it: 1 to 1,500 bytes, or nothing.
///
/// # Errors
/// [`DecodeError::Invalid`].
pub fn check_alt(alt: Option<&str>) -> Result<(), DecodeError> {
    within(
        alt,
        ALT_BYTES_MAX,
        "an alternative text has 1 to 1500 bytes",
    )
}

/// Checks what stands before a post that isn't shown at once: 1 to 200 bytes, or nothing.
///
/// # Errors
/// [`DecodeError::Invalid`].
pub fn check_warning(warning: Option<&str>) -> Result<(), DecodeError> {
    within(warning, WARNING_BYTES_MAX, "a warning has 1 to 200 bytes")
}

fn within(text: Option<&str>, limit: usize, rule: &'static str) -> Result<(), DecodeError> {
    match text {
        Some(text) if !(1..=limit).contains(&text.len()) => Err(DecodeError::Invalid(rule)),
        _ => Ok(()),
    }
}

/// Checks how many photos, or words on them, an entry has.
pub(super) fn check_count(count: usize) -> Result<(), DecodeError> {
    if count <= PHOTOS_MAX {
        Ok(())
    } else {
        Err(DecodeError::Invalid("a post has at most 8 photos"))
    }
}
