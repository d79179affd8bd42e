//! Photos that are as they should be, and files that aren't.

#![allow(clippy::unwrap_used)]

mod bombs;
mod looks;
mod measured;
mod mutated;
mod private;

use super::{
    Encoded, FULL, Kind, MediaError, Prepared, Purpose, SMALL, inspect, make, placeholder_picture,
};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// Files that other programs made.
const FILES: [(&str, &[u8]); 10] = [
    ("animated.gif", include_bytes!("files/animated.gif")),
    ("animated.webp", include_bytes!("files/animated.webp")),
    ("bits.png", include_bytes!("files/bits.png")),
    ("cmyk.jpg", include_bytes!("files/cmyk.jpg")),
    ("grey.jpg", include_bytes!("files/grey.jpg")),
    ("lossy.webp", include_bytes!("files/lossy.webp")),
    ("palette.png", include_bytes!("files/palette.png")),
    ("progressive.jpg", include_bytes!("files/progressive.jpg")),
    ("subsampled.jpg", include_bytes!("files/subsampled.jpg")),
    ("transparent.webp", include_bytes!("files/transparent.webp")),
];

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|file| file.0 == name).unwrap().1
}

fn photo(bytes: &[u8]) -> Result<Prepared, MediaError> {
    make(bytes, Purpose::Photo)
}

/// A picture with something in each corner: red, green, blue, white from the left top on, clockwise.
fn cornered(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        match (2 * x < width, 2 * y < height) {
            (true, true) => Rgb([255, 0, 0]),
            (false, true) => Rgb([0, 255, 0]),
            (false, false) => Rgb([0, 0, 255]),
            (true, false) => Rgb([255, 255, 255]),
        }
    })
}

/// A picture like a photo: soft, with some grain.
fn natural(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = u8::try_from(state >> 28).unwrap();
        let soft = |value: u32| u8::try_from(value % 230).unwrap();
        Rgb([
            soft(x * 200 / width) + grain,
            soft(y * 200 / height) + grain,
            soft((x + y) / 40) + grain,
        ])
    })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode_image(picture)
        .unwrap();
    bytes
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn decoded(encoded: &Encoded) -> DynamicImage {
    let format = match encoded.kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        other => panic!("{other:?} is never written"),
    };
    let picture = image::load_from_memory_with_format(&encoded.bytes, format).unwrap();
    assert_eq!(picture.width(), u32::from(encoded.width));
    assert_eq!(picture.height(), u32::from(encoded.height));
    picture
}

/// A JPEG with a segment more, right after its beginning.
fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// Words that a picture's metadata has in these tests.
const SECRET: &[u8] = b"Elm Street 7, Zanzibar";

/// Exif (TIFF, little endian) with an orientation, a maker's name and a place.
fn exif(orientation: u16) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        let mut bytes = Vec::new();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value);
        bytes
    };
    let [low, high] = orientation.to_le_bytes();
    let secret_length = u32::try_from(SECRET.len()).unwrap();
    let (first_directory, gps_at) = (8_u32, 8_u32 + 2 + 3 * 12 + 4);
    let secret_at = gps_at + 2 + 2 * 12 + 4;
    let mut bytes = b"Exif\0\0II*\0".to_vec();
    bytes.extend(first_directory.to_le_bytes());
    bytes.extend(3_u16.to_le_bytes());
    bytes.extend(entry(0x010f, 2, secret_length, secret_at.to_le_bytes()));
    bytes.extend(entry(0x0112, 3, 1, [low, high, 0, 0]));
    bytes.extend(entry(0x8825, 4, 1, gps_at.to_le_bytes()));
    bytes.extend([0; 4]);
    // Where it was: a latitude's letter, and the words once more as the area's name.
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(entry(0x0001, 2, 2, *b"S\0\0\0"));
    bytes.extend(entry(0x001c, 7, secret_length, secret_at.to_le_bytes()));
    bytes.extend([0; 4]);
    bytes.extend(SECRET);
    bytes
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
