//! What stands in a photo's place until it is there: its colours, blurred, in some thirty bytes (`ThumbHash`).

use super::{MediaError, scale};
use image::DynamicImage;

/// How large the picture is that a hash is made of; the crate takes 100 at most.
const HASHED_SIDE_MAX: u16 = 64;
/// A hash that is shorter can't be read.
const HASH_BYTES_MIN: usize = 6;
/// How many colours the picture has that is made of a hash, across and down.
const PICTURE_SIDE: usize = 4;
/// Heads of a BMP file: of the file, of the picture (BITMAPINFOHEADER).
const FILE_HEAD_BYTES: usize = 14;
const PICTURE_HEAD_BYTES: usize = 40;
/// Blue, green, red.
const COLOUR_BYTES: usize = 3;
const PICTURE_BYTES: usize =
    FILE_HEAD_BYTES + PICTURE_HEAD_BYTES + COLOUR_BYTES * PICTURE_SIDE * PICTURE_SIDE;

/// The hash of a picture.
pub(super) fn of(picture: &DynamicImage) -> Result<Vec<u8>, MediaError> {
    let tiny = scale::within(picture, HASHED_SIDE_MAX)?.into_rgba8();
    let side = |side: u32| usize::try_from(side).map_err(|_| MediaError::Broken);
    let (width, height) = (side(tiny.width())?, side(tiny.height())?);
    Ok(thumbhash::rgba_to_thumb_hash(width, height, tiny.as_raw()))
}

/// A hash as the smallest picture that a browser shows, a BMP of 4 × 4 colours that it blurs by enlarging it. None of a
/// picture that is transparent somewhere (nothing may show through it) and of bytes that are no hash.
pub(crate) fn picture(hash: &[u8]) -> Option<Vec<u8>> {
    if hash.len() < HASH_BYTES_MIN || hash[2] & 0x80 != 0 {
        return None;
    }
    let (width, height, rgba) = thumbhash::thumb_hash_to_rgba(hash).ok()?;
    if width == 0 || height == 0 {
        return None;
    }
    let mut file = Vec::with_capacity(PICTURE_BYTES);
    heads(&mut file);
    // The lowest row comes first.
    for row in (0..PICTURE_SIDE).rev() {
        for column in 0..PICTURE_SIDE {
            // The middle of each part.
            let x = (2 * column + 1) * width / (2 * PICTURE_SIDE);
            let y = (2 * row + 1) * height / (2 * PICTURE_SIDE);
            let at = 4 * (y.min(height - 1) * width + x.min(width - 1));
            let colour = rgba.get(at..at + COLOUR_BYTES)?;
            file.extend(colour.iter().rev());
        }
    }
    Some(file)
}

fn heads(file: &mut Vec<u8>) {
    let number = |value: usize| u32::try_from(value).unwrap_or(0).to_le_bytes();
    file.extend(b"BM");
    file.extend(number(PICTURE_BYTES));
    file.extend([0; 4]);
    file.extend(number(FILE_HEAD_BYTES + PICTURE_HEAD_BYTES));
    file.extend(number(PICTURE_HEAD_BYTES));
    file.extend(number(PICTURE_SIDE));
    file.extend(number(PICTURE_SIDE));
    // One plane, 24 bits a pixel; nothing compressed. A row of 12 bytes needs no padding.
    file.extend([1, 0, 24, 0]);
    file.extend([0; 24]);
}
