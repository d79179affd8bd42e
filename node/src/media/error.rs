//! Why a file can't become a photo.

use super::{FILE_BYTES_MAX, PIXELS_MAX};
use crate::app::model::{AppError, ErrorKind};
use thiserror::Error;

/// Why a file can't become a photo.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum MediaError {
    /// There is nothing in it.
    #[error("the file is empty; choose it again")]
    Empty,
    /// The file is too long.
    #[error(
        "the file has more than {} MB, which is the most that a photo may have; make it smaller first",
        Self::MEGABYTES_MAX
    )]
    TooLong,
    /// It isn't a picture, or one that can't be read here.
    #[error(
        "this isn't a photo that can be shown; JPEG, PNG, WebP and GIF can: save it as one of these"
    )]
    Unknown,
    /// What newer phones write.
    #[error(
        "this is a HEIC or AVIF picture, which can't be shown; save or export it as JPEG first"
    )]
    Heif,
    /// Too many pixels.
    #[error(
        "the picture has {width} × {height} pixels, and {} million are the most; make it smaller first",
        Self::MEGAPIXELS_MAX
    )]
    TooLarge {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// It would take too much memory.
    #[error(
        "opening the picture would take {megabytes} MB of memory, which is too much; save it as a plain JPEG, or make it smaller first"
    )]
    TooDemanding {
        /// How much it would take.
        megabytes: u64,
    },
    /// It can't be decoded.
    #[error(
        "the picture is damaged or cut short; choose it again, or open it elsewhere and save it anew"
    )]
    Broken,
    /// Too many pictures at once.
    #[error("too many photos are being worked on at this moment; try again in a minute")]
    Busy,
    /// It took too long.
    #[error(
        "working on the photo took too long and was given up; make it smaller, or try again later"
    )]
    TooSlow,
}

impl MediaError {
    /// How much a file may have, in MB.
    pub(crate) const MEGABYTES_MAX: usize = FILE_BYTES_MAX >> 20;
    /// How many millions of pixels a picture may have.
    pub(crate) const MEGAPIXELS_MAX: u64 = PIXELS_MAX / 1_000_000;
}

impl From<MediaError> for AppError {
    fn from(error: MediaError) -> Self {
        let kind = match error {
            MediaError::Busy | MediaError::TooSlow => ErrorKind::Failed,
            _ => ErrorKind::BadRequest,
        };
        Self::new(kind, &error)
    }
}
