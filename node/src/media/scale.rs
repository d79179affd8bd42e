//! Fewer pixels.

use super::MediaError;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

/// The picture with its longest side at most `side_max`; never enlarged, never without a pixel.
pub(super) fn within(picture: &DynamicImage, side_max: u16) -> Result<DynamicImage, MediaError> {
    let (width, height) = (picture.width(), picture.height());
    let longest = u64::from(width.max(height));
    let side_max = u64::from(side_max);
    if longest <= side_max {
        return Ok(picture.clone());
    }
    let shorter = |side: u32| {
        let rounded = (u64::from(side) * side_max + longest / 2) / longest;
        u32::try_from(rounded.max(1)).unwrap_or(1)
    };
    resized(
        picture,
        (0, 0, width, height),
        (shorter(width), shorter(height)),
    )
}

/// The square in the picture's middle, at most `side_max` wide.
pub(super) fn middle(picture: &DynamicImage, side_max: u16) -> Result<DynamicImage, MediaError> {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let from = ((width - side) / 2, (height - side) / 2, side, side);
    let to = side.min(u32::from(side_max));
    resized(picture, from, (to, to))
}

/// A part of the picture (left, top, width, height), scaled.
fn resized(
    picture: &DynamicImage,
    from: (u32, u32, u32, u32),
    to: (u32, u32),
) -> Result<DynamicImage, MediaError> {
    let form = match picture {
        DynamicImage::ImageLuma8(_) => PixelType::U8,
        DynamicImage::ImageRgb8(_) => PixelType::U8x3,
        DynamicImage::ImageRgba8(_) => PixelType::U8x4,
        _ => return Err(MediaError::Broken),
    };
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_bytes(), form)
        .map_err(|_| MediaError::Broken)?;
    let mut target = Image::new(to.0, to.1, form);
    let (left, top, width, height) = from;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
        .crop(left.into(), top.into(), width.into(), height.into());
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|_| MediaError::Broken)?;
    from_raw(picture, to.0, to.1, target.into_vec()).ok_or(MediaError::Broken)
}

/// A picture of the same form as another, of raw bytes; None if they aren't as many as it has.
pub(super) fn from_raw(
    like: &DynamicImage,
    width: u32,
    height: u32,
    bytes: Vec<u8>,
) -> Option<DynamicImage> {
    match like {
        DynamicImage::ImageLuma8(_) => {
            GrayImage::from_raw(width, height, bytes).map(DynamicImage::from)
        }
        DynamicImage::ImageRgb8(_) => {
            RgbImage::from_raw(width, height, bytes).map(DynamicImage::from)
        }
        DynamicImage::ImageRgba8(_) => {
            RgbaImage::from_raw(width, height, bytes).map(DynamicImage::from)
        }
        _ => None,
    }
}
