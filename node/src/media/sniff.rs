//! What a file is, by its content.

use super::{FILE_BYTES_MAX, Kind, MediaError, decode};

const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];
const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// What a picture's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inspected {
    /// How it is encoded.
    pub(crate) kind: Kind,
    /// Pixels from left to right, as they lie in the file.
    pub(crate) width: u32,
    /// Pixels from top to bottom.
    pub(crate) height: u32,
}

/// The kind of a file that may be worked on.
///
/// # Errors
///
/// [`MediaError`] if it is too long, or nothing that is known.
pub(super) fn admit(bytes: &[u8]) -> Result<Kind, MediaError> {
    if bytes.is_empty() {
        return Err(MediaError::Empty);
    }
    if bytes.len() > FILE_BYTES_MAX {
        return Err(MediaError::TooLong);
    }
    match kind(bytes) {
        Some(kind) => Ok(kind),
        None if is_heif(bytes) => Err(MediaError::Heif),
        None => Err(MediaError::Unknown),
    }
}

/// Whether a file that begins so is a picture: `Some(true)` one that can be decoded here, `Some(false)` another.
pub(crate) fn first_look(head: &[u8]) -> Option<bool> {
    match kind(head) {
        Some(_) => Some(true),
        None => is_heif(head).then_some(false),
    }
}

/// The kind of a file, by its first bytes.
fn kind(bytes: &[u8]) -> Option<Kind> {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let is_gif = bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a");
    match bytes {
        _ if bytes.starts_with(&JPEG) => Some(Kind::Jpeg),
        _ if bytes.starts_with(&PNG) => Some(Kind::Png),
        _ if is_webp => Some(Kind::WebP),
        _ if is_gif => Some(Kind::Gif),
        _ => None,
    }
}

/// The family of ISO 14496-12 files that phones keep photos in.
fn is_heif(bytes: &[u8]) -> bool {
    let brand = bytes.get(8..12).unwrap_or_default();
    bytes.get(4..8) == Some(b"ftyp")
        && [
            &b"heic"[..],
            b"heix",
            b"hevc",
            b"mif1",
            b"msf1",
            b"avif",
            b"avis",
        ]
        .contains(&brand)
}

/// What a picture is by its first bytes and its head, without decoding it: whether what somebody else's post calls a
/// picture is one, and as large as the post says. None if it isn't a picture.
#[allow(dead_code, reason = "for who takes pictures from others")]
pub(crate) fn inspect(bytes: &[u8]) -> Option<Inspected> {
    let kind = kind(bytes)?;
    let (width, height) = decode::dimensions(bytes, kind)?;
    Some(Inspected {
        kind,
        width,
        height,
    })
}
