//! From a file to pixels, no more than are wanted.

use super::{Kind, MEMORY_BYTES_MAX, MediaError, PIXELS_MAX, scale};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use std::io::Cursor;

/// How long a colour profile may be that is looked at.
const PROFILE_BYTES_MAX: usize = 4 << 20;

/// A decoded picture as it lies in the file, and how it is meant.
pub(super) struct Opened {
    pixels: DynamicImage,
    orientation: Orientation,
    profile: Option<Vec<u8>>,
}

impl Opened {
    /// The picture as one looks at it, its longest side at most `side_max`.
    pub(super) fn upright(self, side_max: u16) -> Result<DynamicImage, MediaError> {
        let scaled = scale::within(&self.pixels, side_max)?;
        self.finished(scaled)
    }

    /// The square in the picture's middle as one looks at it, at most `side_max` wide.
    pub(super) fn upright_square(self, side_max: u16) -> Result<DynamicImage, MediaError> {
        let scaled = scale::middle(&self.pixels, side_max)?;
        self.finished(scaled)
    }

    /// Colours and orientation are put right on the few pixels that stay.
    fn finished(self, scaled: DynamicImage) -> Result<DynamicImage, MediaError> {
        let Self {
            pixels,
            orientation,
            profile,
        } = self;
        drop(pixels);
        let mut picture = match profile.and_then(|profile| in_srgb(&scaled, &profile)) {
            Some(converted) => converted,
            None => scaled,
        };
        picture.apply_orientation(orientation);
        Ok(picture)
    }
}

fn format(kind: Kind) -> ImageFormat {
    match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::WebP => ImageFormat::WebP,
        Kind::Gif => ImageFormat::Gif,
    }
}

fn decoder(bytes: &[u8], kind: Kind) -> Option<impl ImageDecoder + '_> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MEMORY_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(kind));
    reader.limits(limits);
    reader.into_decoder().ok()
}

/// Width and height that the head of a picture tells.
pub(super) fn dimensions(bytes: &[u8], kind: Kind) -> Option<(u32, u32)> {
    decoder(bytes, kind).map(|decoder| decoder.dimensions())
}

/// Decodes a picture that isn't too large.
pub(super) fn open(bytes: &[u8], kind: Kind) -> Result<Opened, MediaError> {
    let mut decoder = decoder(bytes, kind).ok_or(MediaError::Broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(MediaError::Broken);
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX {
        return Err(MediaError::TooLarge { width, height });
    }
    let mut demand = demand(pixels, decoder.color_type());
    if kind == Kind::Jpeg {
        let head = JpegHead::of(bytes).ok_or(MediaError::Broken)?;
        demand += head.coefficient_bytes(pixels);
    }
    if demand > MEMORY_BYTES_MAX {
        let megabytes = demand >> 20;
        return Err(MediaError::TooDemanding { megabytes });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let decoded = DynamicImage::from_decoder(decoder).map_err(|_| MediaError::Broken)?;
    Ok(Opened {
        pixels: plain(decoded),
        orientation,
        profile: profile.filter(|profile| profile.len() <= PROFILE_BYTES_MAX),
    })
}

/// How much memory pixels take: as they are decoded, and once more what is made of them before they are scaled.
fn demand(pixels: u64, color: ColorType) -> u64 {
    let decoded = u64::from(color.bytes_per_pixel());
    let plain = if color.has_alpha() {
        4
    } else if color.has_color() {
        3
    } else {
        1
    };
    let again = if color.has_alpha() || decoded > plain {
        plain
    } else {
        0
    };
    pixels * (decoded + again)
}

/// The same in eight bits a channel and one of three forms: grey, coloured, coloured and transparent somewhere.
fn plain(decoded: DynamicImage) -> DynamicImage {
    use DynamicImage as D;
    match decoded {
        D::ImageLuma8(_) | D::ImageRgb8(_) => decoded,
        D::ImageRgba8(ref rgba) if rgba.pixels().any(|pixel| pixel[3] < u8::MAX) => decoded,
        D::ImageLumaA8(_) | D::ImageLumaA16(_) | D::ImageRgba16(_) | D::ImageRgba32F(_) => {
            plain(D::ImageRgba8(decoded.into_rgba8()))
        }
        D::ImageLuma16(_) => D::ImageLuma8(decoded.into_luma8()),
        _ => D::ImageRgb8(decoded.into_rgb8()),
    }
}

/// The same colours in sRGB, if the profile can be read and is for colours like these.
fn in_srgb(picture: &DynamicImage, profile: &[u8]) -> Option<DynamicImage> {
    let layout = match picture {
        DynamicImage::ImageRgb8(_) => Layout::Rgb,
        DynamicImage::ImageRgba8(_) => Layout::Rgba,
        _ => return None,
    };
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Rgb {
        return None;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let transform = profile.create_transform_8bit(layout, &srgb, layout, options);
    let mut converted = vec![0; picture.as_bytes().len()];
    let transform = transform.ok()?;
    transform
        .transform(picture.as_bytes(), &mut converted)
        .ok()?;
    scale::from_raw(picture, picture.width(), picture.height(), converted)
}

/// What a JPEG's head says that its decoder doesn't tell.
struct JpegHead {
    is_progressive: bool,
    /// Of each component how many samples there are beside those of others, across and down.
    samplings: Vec<(u64, u64)>,
}

impl JpegHead {
    /// Reads the segments up to the first scan (ITU T.81, B.1.1.3), and looks for the end: what was cut short would be
    /// decoded with a grey rest. None if there is no frame, no scan or no end.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut at = 2;
        let mut frame = None;
        loop {
            while *bytes.get(at)? != 0xff {
                at += 1;
            }
            while *bytes.get(at)? == 0xff {
                at += 1;
            }
            let marker = bytes[at];
            at += 1;
            // Markers without a segment.
            if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd8) {
                continue;
            }
            let length = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
            let segment = bytes.get(at + 2..at + length.max(2))?;
            match marker {
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    frame = Some(Self::of_frame(marker, segment)?);
                }
                0xd9 => return None,
                0xda => break,
                _ => {}
            }
            at += length.max(2);
        }
        let rest = &bytes[at..];
        let has_end = rest.windows(2).any(|pair| pair == [0xff, 0xd9]);
        frame.filter(|_| has_end)
    }

    fn of_frame(marker: u8, segment: &[u8]) -> Option<Self> {
        let count = usize::from(*segment.get(5)?);
        let parts = segment.get(6..6 + 3 * count)?;
        let samplings = parts.chunks_exact(3).map(|part| {
            let across = u64::from(part[1] >> 4).clamp(1, 4);
            (across, u64::from(part[1] & 15).clamp(1, 4))
        });
        Some(Self {
            is_progressive: marker == 0xc2,
            samplings: samplings.collect(),
        })
    }

    /// How much a decoder must remember of a picture that comes in several scans: two bytes a sample.
    fn coefficient_bytes(&self, pixels: u64) -> u64 {
        if !self.is_progressive {
            return 0;
        }
        let across = self.samplings.iter().map(|one| one.0).max().unwrap_or(1);
        let down = self.samplings.iter().map(|one| one.1).max().unwrap_or(1);
        let samples: u64 = self.samplings.iter().map(|one| one.0 * one.1).sum();
        2 * pixels * samples / (across * down)
    }
}
