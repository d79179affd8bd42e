//! From pixels to a file: JPEG, or PNG for what is transparent or drawn.

use super::{Encoded, Kind, MediaError, Size, scale};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder};

/// The qualities that a JPEG is tried with, until it is short enough.
const QUALITIES: [u8; 4] = [82, 72, 60, 45];
/// How often a picture is made smaller (by a quarter) until it is short enough.
const STEPS_MAX: usize = 12;

/// Encodes a picture within a size. One whose file was `lossless` stays so if that takes no more bytes.
pub(super) fn encode(
    picture: &DynamicImage,
    size: Size,
    lossless: bool,
) -> Result<Encoded, MediaError> {
    let mut side_max = size.side_max;
    for _ in 0..STEPS_MAX {
        let scaled = scale::within(picture, side_max)?;
        if let Some(encoded) = encode_as_it_is(&scaled, size.bytes_max, lossless)? {
            return Ok(encoded);
        }
        let longest = scaled.width().max(scaled.height());
        side_max = u16::try_from(longest * 3 / 4).unwrap_or(side_max).max(1);
    }
    Err(MediaError::Broken)
}

/// None if it is longer than `bytes_max` in any way.
fn encode_as_it_is(
    picture: &DynamicImage,
    bytes_max: usize,
    lossless: bool,
) -> Result<Option<Encoded>, MediaError> {
    if picture.color().has_alpha() {
        let encoded = png(picture)?;
        return Ok(Some(encoded).filter(|encoded| encoded.bytes.len() <= bytes_max));
    }
    let mut shortest = None;
    for quality in QUALITIES {
        let encoded = jpeg(picture, quality)?;
        if encoded.bytes.len() <= bytes_max {
            shortest = Some(encoded);
            break;
        }
    }
    if lossless {
        let drawn = png(picture)?;
        let jpeg_bytes = shortest.as_ref().map_or(bytes_max, |one| one.bytes.len());
        if drawn.bytes.len() <= jpeg_bytes {
            return Ok(Some(drawn));
        }
    }
    Ok(shortest)
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Encoded, MediaError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(
            picture.as_bytes(),
            picture.width(),
            picture.height(),
            form(picture),
        )
        .map_err(|_| MediaError::Broken)?;
    encoded(picture, bytes, Kind::Jpeg)
}

fn png(picture: &DynamicImage) -> Result<Encoded, MediaError> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(
            picture.as_bytes(),
            picture.width(),
            picture.height(),
            form(picture),
        )
        .map_err(|_| MediaError::Broken)?;
    encoded(picture, bytes, Kind::Png)
}

fn form(picture: &DynamicImage) -> ExtendedColorType {
    picture.color().into()
}

fn encoded(picture: &DynamicImage, bytes: Vec<u8>, kind: Kind) -> Result<Encoded, MediaError> {
    let side = |side: u32| u16::try_from(side).map_err(|_| MediaError::Broken);
    Ok(Encoded {
        bytes,
        kind,
        width: side(picture.width())?,
        height: side(picture.height())?,
    })
}
