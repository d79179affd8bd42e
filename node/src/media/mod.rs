//! Photos: from the bytes that somebody chose to bytes that can be shown, and nothing besides.
//!
//! What comes in is told by its content, bounded before it is opened, decoded, turned upright, brought to sRGB, scaled to
//! two sizes and encoded anew. So nothing of the file is passed on but its pixels: no place, no time, no camera, no
//! preview from before it was cut, nothing that hides behind the picture's end. Of an animation the first frame stays.
//!
//! One picture is decoded at a time in the whole process. A decoder can't be interrupted: one that takes too long is
//! given up, and the next picture waits until it has ended.
//!
//! This is the only folder that knows how pictures are decoded, scaled and encoded.

mod decode;
mod encode;
mod error;
mod placeholder;
mod scale;
mod sniff;
#[cfg(test)]
mod tests;

pub(crate) use error::MediaError;
#[allow(unused_imports, reason = "what others who keep photos ask")]
pub(crate) use placeholder::picture as placeholder_picture;
#[allow(unused_imports, reason = "what others who keep photos ask")]
pub(crate) use sniff::{Inspected, first_look, inspect};

use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a file with a picture may be.
pub(crate) const FILE_BYTES_MAX: usize = 32 << 20;
/// How many pixels a picture may have.
const PIXELS_MAX: u64 = 64_000_000;
/// How much memory opening a picture may take, as far as that can be told from its head.
const MEMORY_BYTES_MAX: u64 = 512 << 20;
/// How many pictures may wait while one is decoded.
const WAITING_MAX: usize = 16;
/// How long one picture may wait for the others and be worked on.
const TIME_MAX: Duration = Duration::from_secs(120);

/// The sizes of a photo in a post: pixels of the longest side, and bytes.
const FULL: Size = Size::new(2560, 8 << 20);
const SMALL: Size = Size::new(640, 256 << 10);
/// The sizes of a person's picture, a square.
const PORTRAIT_FULL: Size = Size::new(512, 1 << 20);
const PORTRAIT_SMALL: Size = Size::new(96, 64 << 10);

/// How large a picture may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    side_max: u16,
    bytes_max: usize,
}

impl Size {
    const fn new(side_max: u16, bytes_max: usize) -> Self {
        Self {
            side_max,
            bytes_max,
        }
    }
}

/// How a picture is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// GIF.
    Gif,
}

impl Kind {
    /// Its number in a post.
    #[allow(dead_code, reason = "for who writes photos into posts")]
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Jpeg => 1,
            Self::Png => 2,
            Self::WebP => 3,
            Self::Gif => 4,
        }
    }

    /// The kind that a number in a post stands for.
    #[allow(dead_code, reason = "for who reads photos in posts")]
    pub(crate) const fn of_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Jpeg),
            2 => Some(Self::Png),
            3 => Some(Self::WebP),
            4 => Some(Self::Gif),
            _ => None,
        }
    }

    /// Its `Content-Type`.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// A picture, encoded by this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// How it is encoded: JPEG or PNG.
    pub(crate) kind: Kind,
    /// Pixels from left to right, as one looks at it.
    pub(crate) width: u16,
    /// Pixels from top to bottom.
    pub(crate) height: u16,
}

/// A photo, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prepared {
    /// To be looked at.
    pub(crate) full: Encoded,
    /// To be shown among others.
    pub(crate) small: Encoded,
    /// What is shown until a picture is there: a `ThumbHash`, at most 32 bytes.
    pub(crate) placeholder: Vec<u8>,
}

/// What shall become of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A photo in a post: all of it.
    Photo,
    /// Somebody's picture: the square in its middle.
    Portrait,
}

/// Makes a photo for a post of a file's bytes.
///
/// # Errors
///
/// [`MediaError`] says why it can't be one.
pub(crate) async fn prepare(bytes: Vec<u8>) -> Result<Prepared, MediaError> {
    in_turn(bytes, Purpose::Photo).await
}

/// Makes somebody's picture of a file's bytes: the square in its middle.
///
/// # Errors
///
/// [`MediaError`] says why it can't be one.
pub(crate) async fn portrait(bytes: Vec<u8>) -> Result<Prepared, MediaError> {
    in_turn(bytes, Purpose::Portrait).await
}

/// Whoever works on a picture, and whoever may wait for that.
static WORKING: Semaphore = Semaphore::const_new(1);
static WAITING: Semaphore = Semaphore::const_new(WAITING_MAX);

async fn in_turn(bytes: Vec<u8>, purpose: Purpose) -> Result<Prepared, MediaError> {
    // What can be refused at a glance needn't wait.
    sniff::admit(&bytes)?;
    let _waits = WAITING.try_acquire().map_err(|_| MediaError::Busy)?;
    let work = async {
        let turn = WORKING.acquire().await.map_err(|_| MediaError::Busy)?;
        let work = tokio::task::spawn_blocking(move || {
            // The next one's turn comes when this thread is done, also if nobody waits for it any more.
            let _turn = turn;
            make(&bytes, purpose)
        });
        // A decoder that panics has met something that it can't read.
        work.await.unwrap_or(Err(MediaError::Broken))
    };
    timeout(TIME_MAX, work)
        .await
        .unwrap_or(Err(MediaError::TooSlow))
}

/// The work itself.
fn make(bytes: &[u8], purpose: Purpose) -> Result<Prepared, MediaError> {
    let kind = sniff::admit(bytes)?;
    let opened = decode::open(bytes, kind)?;
    let (full, small) = match purpose {
        Purpose::Photo => (FULL, SMALL),
        Purpose::Portrait => (PORTRAIT_FULL, PORTRAIT_SMALL),
    };
    let picture = match purpose {
        Purpose::Photo => opened.upright(full.side_max)?,
        Purpose::Portrait => opened.upright_square(full.side_max)?,
    };
    let lossless = matches!(kind, Kind::Png | Kind::Gif);
    let thumb = scale::within(&picture, small.side_max)?;
    Ok(Prepared {
        placeholder: placeholder::of(&thumb)?,
        small: encode::encode(&thumb, small, lossless)?,
        full: encode::encode(&picture, full, lossless)?,
    })
}
