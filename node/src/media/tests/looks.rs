//! Sizes, orientations, colours, kinds.

use super::*;
use image::metadata::Orientation;
use image::{GenericImageView, ImageBuffer, ImageEncoder, Luma, Rgba, RgbaImage};
use moxcms::ColorProfile;

/// How far a colour may be off by coding.
const NEAR: i16 = 12;

fn is_near(is: Rgba<u8>, wanted: [u8; 3]) -> bool {
    let mut channels = is.0.into_iter().zip(wanted);
    channels.all(|(is, wanted)| (i16::from(is) - i16::from(wanted)).abs() <= NEAR)
}

/// The colours in the four corners, from the left top on, clockwise.
fn corners(picture: &DynamicImage) -> [Rgba<u8>; 4] {
    let (right, low) = (picture.width() - 2, picture.height() - 2);
    [(1, 1), (right, 1), (right, low), (1, low)].map(|(x, y)| picture.get_pixel(x, y))
}

#[test]
fn a_photo_is_scaled_to_two_sizes() {
    let made = photo(&jpeg(&natural(4000, 3000))).unwrap();
    assert_eq!((made.full.width, made.full.height), (2560, 1920));
    assert_eq!((made.small.width, made.small.height), (640, 480));
    assert_eq!((made.full.kind, made.small.kind), (Kind::Jpeg, Kind::Jpeg));
    decoded(&made.full);
    decoded(&made.small);
    assert!(made.full.bytes.len() <= FULL.bytes_max && made.small.bytes.len() <= SMALL.bytes_max);
    assert!((5..=32).contains(&made.placeholder.len()));
}

#[test]
fn small_photos_are_not_enlarged() {
    for (width, height) in [(1, 1), (1, 2), (17, 3), (640, 1), (1, 641)] {
        let made = photo(&jpeg(&natural(width, height))).unwrap();
        let full = (u32::from(made.full.width), u32::from(made.full.height));
        assert_eq!(full, (width, height));
        assert!(made.small.width <= 640 && made.small.height <= 640);
        decoded(&made.small);
    }
}

#[test]
fn extremely_narrow_photos_keep_a_pixel() {
    for (width, height) in [(30_000, 1), (1, 30_000), (60_000, 2)] {
        let made = photo(&png(&natural(width, height).into())).unwrap();
        for encoded in [&made.full, &made.small] {
            let picture = decoded(encoded);
            assert!(picture.width().min(picture.height()) >= 1);
        }
        assert_eq!(made.full.width.max(made.full.height), 2560);
    }
}

#[test]
fn every_orientation_ends_upright() {
    let upright = cornered(60, 40);
    let wanted = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
    for number in 1..=8_u8 {
        let orientation = Orientation::from_exif(number).unwrap();
        // What a camera would store: that which the orientation turns upright.
        let mut stored = DynamicImage::from(upright.clone());
        stored.apply_orientation(match orientation {
            Orientation::Rotate90 => Orientation::Rotate270,
            Orientation::Rotate270 => Orientation::Rotate90,
            itself => itself,
        });
        let bytes = with_segment(&jpeg(&stored.into_rgb8()), 0xe1, &exif(number.into()));
        for made in [photo(&bytes).unwrap().full, photo(&bytes).unwrap().small] {
            assert_eq!((made.width, made.height), (60, 40), "orientation {number}");
            for (is, wanted) in corners(&decoded(&made)).into_iter().zip(wanted) {
                assert!(
                    is_near(is, wanted),
                    "orientation {number}: {is:?}, not {wanted:?}"
                );
            }
        }
    }
}

#[test]
fn unknown_orientations_change_nothing() {
    for number in [0, 9, 255, 65_535] {
        let bytes = with_segment(&jpeg(&cornered(60, 40)), 0xe1, &exif(number));
        let made = photo(&bytes).unwrap().full;
        assert_eq!((made.width, made.height), (60, 40));
    }
}

#[test]
fn files_of_other_programs_are_read() {
    for (name, bytes) in FILES {
        let made = photo(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        decoded(&made.full);
        decoded(&made.small);
    }
}

#[test]
fn four_inks_become_three_colours() {
    let from_inks = decoded(&photo(file("cmyk.jpg")).unwrap().full);
    // Left top is black, right bottom is red and green with some blue, as the program that made it had it.
    assert!(is_near(from_inks.get_pixel(1, 1), [5, 7, 6]));
    let last = from_inks.get_pixel(46, 30);
    assert!(last[0] > 180 && last[1] > 160, "{last:?}");
}

#[test]
fn the_first_frame_of_an_animation_stays() {
    for name in ["animated.gif", "animated.webp"] {
        let picture = decoded(&photo(file(name)).unwrap().full);
        assert_eq!((picture.width(), picture.height()), (24, 16));
        assert!(is_near(picture.get_pixel(12, 8), [255, 0, 0]), "{name}");
    }
}

#[test]
fn deep_colours_become_eight_bits() {
    let deep: ImageBuffer<Rgb<u16>, Vec<u16>> = ImageBuffer::from_fn(40, 30, |x, _| {
        Rgb([if x < 20 { 0 } else { 0xffff }, 0x8000, 0])
    });
    let made = photo(&png(&deep.into())).unwrap();
    let picture = decoded(&made.full);
    assert!(is_near(picture.get_pixel(2, 2), [0, 128, 0]));
    assert!(is_near(picture.get_pixel(38, 2), [255, 128, 0]));
    let grey: ImageBuffer<Luma<u16>, Vec<u16>> = ImageBuffer::from_pixel(40, 30, Luma([0x4000]));
    let made = photo(&png(&grey.into())).unwrap();
    assert!(is_near(decoded(&made.full).get_pixel(2, 2), [64, 64, 64]));
}

#[test]
fn transparency_stays_and_needs_png() {
    let half = RgbaImage::from_fn(1200, 900, |x, _| {
        Rgba([200, 40, 40, if x < 600 { 0 } else { 255 }])
    });
    let made = photo(&png(&half.into())).unwrap();
    for encoded in [&made.full, &made.small] {
        assert_eq!(encoded.kind, Kind::Png);
        let picture = decoded(encoded);
        assert_eq!(picture.get_pixel(3, 3)[3], 0);
        assert_eq!(
            picture.get_pixel(picture.width() - 3, 3),
            Rgba([200, 40, 40, 255])
        );
    }
    assert_eq!(placeholder_picture(&made.placeholder), None);
    assert_eq!(
        photo(file("transparent.webp")).unwrap().full.kind,
        Kind::Png
    );
}

#[test]
fn transparent_noise_is_made_smaller_until_it_fits() {
    let mut state = 7_u32;
    let noise = RgbaImage::from_fn(900, 700, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgba(state.to_be_bytes())
    });
    let made = photo(&png(&noise.into())).unwrap();
    assert!(made.small.bytes.len() <= SMALL.bytes_max);
    assert!(made.full.bytes.len() <= FULL.bytes_max);
    assert!(made.small.width < 640 && made.full.width == 900);
    decoded(&made.small);
}

#[test]
fn drawings_stay_as_they_are_and_photos_in_png_become_jpeg() {
    let drawing = cornered(600, 400);
    let made = photo(&png(&drawing.clone().into())).unwrap();
    assert_eq!(made.full.kind, Kind::Png);
    assert_eq!(decoded(&made.full).into_rgb8(), drawing);
    assert_eq!(
        photo(&png(&natural(600, 400).into())).unwrap().full.kind,
        Kind::Jpeg
    );
}

#[test]
fn wide_colours_are_brought_to_srgb() {
    let red = DynamicImage::from(RgbImage::from_pixel(30, 30, Rgb([200, 30, 30])));
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile).unwrap();
    encoder
        .write_image(red.as_bytes(), 30, 30, image::ExtendedColorType::Rgb8)
        .unwrap();
    let is = decoded(&photo(&bytes).unwrap().full).get_pixel(15, 15);
    assert!(
        is[0] > 210 && is[1] < 25,
        "a red of Display P3 is redder in sRGB's numbers: {is:?}"
    );
    // A profile that is no profile changes nothing.
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(b"no profile".to_vec()).unwrap();
    encoder
        .write_image(red.as_bytes(), 30, 30, image::ExtendedColorType::Rgb8)
        .unwrap();
    let is = decoded(&photo(&bytes).unwrap().full).get_pixel(15, 15);
    assert!(is_near(is, [200, 30, 30]));
}

#[test]
fn a_portrait_is_the_square_in_the_middle() {
    let mut wide = RgbImage::from_pixel(1600, 800, Rgb([255, 255, 255]));
    for (x, _, pixel) in wide.enumerate_pixels_mut() {
        if !(400..1200).contains(&x) {
            *pixel = Rgb([0, 0, 0]);
        }
    }
    let made = make(&jpeg(&wide), Purpose::Portrait).unwrap();
    assert_eq!((made.full.width, made.full.height), (512, 512));
    assert_eq!((made.small.width, made.small.height), (96, 96));
    for corner in corners(&decoded(&made.full)) {
        assert!(is_near(corner, [255, 255, 255]), "{corner:?}");
    }
    let tiny = make(&jpeg(&cornered(3, 7)), Purpose::Portrait).unwrap();
    assert_eq!((tiny.full.width, tiny.small.height), (3, 3));
}

#[test]
fn a_head_tells_kind_and_size() {
    for (name, bytes) in FILES {
        let size = if name.starts_with("animated") {
            (24, 16)
        } else {
            (48, 32)
        };
        let inspected = inspect(bytes).unwrap();
        assert_eq!((inspected.width, inspected.height), size, "{name}");
        assert_eq!(
            Kind::of_number(inspected.kind.number()),
            Some(inspected.kind)
        );
    }
    assert_eq!(inspect(b"<html>"), None);
    assert_eq!(inspect(&file("grey.jpg")[..20]), None);
}

#[test]
fn a_placeholder_has_the_colours_of_its_photo() {
    let made = photo(&jpeg(&cornered(640, 480))).unwrap();
    let bytes = placeholder_picture(&made.placeholder).unwrap();
    assert_eq!(bytes.len(), 102);
    assert!(bytes.starts_with(b"BM"));
    // The first colour is the lowest row's first: there it is white; the last one is the right top's, green.
    let colour = |at: usize| (bytes[at + 2], bytes[at + 1], bytes[at]);
    let (white, green) = (colour(54), colour(54 + 3 * 15));
    assert!(white.0 > 140 && white.1 > 140 && white.2 > 140, "{white:?}");
    assert!(green.1 > green.0 && green.1 > green.2, "{green:?}");
}
