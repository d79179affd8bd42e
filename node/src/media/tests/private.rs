//! What a file tells besides its pixels is gone.

use super::*;
use image::{ImageDecoder, ImageReader};

/// Everything that a written picture could tell besides its pixels.
fn tells_nothing(encoded: &Encoded) {
    assert!(!contains(&encoded.bytes, SECRET));
    for word in [
        &b"Exif"[..],
        b"GPS",
        b"http",
        b"ICC_PROFILE",
        b"iCCP",
        b"eXIf",
        b"tEXt",
        b"Photoshop",
    ] {
        assert!(
            !contains(&encoded.bytes, word),
            "{}",
            String::from_utf8_lossy(word)
        );
    }
    let reader = ImageReader::new(Cursor::new(&encoded.bytes))
        .with_guessed_format()
        .unwrap();
    let mut decoder = reader.into_decoder().unwrap();
    assert_eq!(decoder.exif_metadata().unwrap(), None);
    assert_eq!(decoder.xmp_metadata().unwrap(), None);
    assert_eq!(decoder.iptc_metadata().unwrap(), None);
    assert_eq!(decoder.icc_profile().unwrap(), None);
    match encoded.kind {
        Kind::Jpeg => only_what_a_jpeg_needs(&encoded.bytes),
        _ => only_what_a_png_needs(&encoded.bytes),
    }
}

/// Walks the segments: application data but JFIF's, and comments, aren't there.
fn only_what_a_jpeg_needs(bytes: &[u8]) {
    let mut at = 2;
    while bytes[at + 1] != 0xda {
        let marker = bytes[at + 1];
        assert!(
            !(0xe1..=0xef).contains(&marker) && marker != 0xfe,
            "segment {marker:x}"
        );
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    assert!(
        bytes.ends_with(&[0xff, 0xd9]),
        "nothing comes after the end"
    );
}

fn only_what_a_png_needs(bytes: &[u8]) {
    let mut at = 8;
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let kind = &bytes[at + 4..at + 8];
        assert!([&b"IHDR"[..], b"IDAT", b"IEND"].contains(&kind), "{kind:?}");
        at += 12 + usize::try_from(length).unwrap();
    }
}

#[test]
fn place_maker_comment_and_profile_are_gone() {
    let mut bytes = jpeg(&natural(200, 150));
    let reader = |bytes: &[u8]| contains(bytes, SECRET);
    bytes = with_segment(&bytes, 0xfe, SECRET);
    bytes = with_segment(
        &bytes,
        0xe1,
        &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat(),
    );
    bytes = with_segment(
        &bytes,
        0xe2,
        &[&b"ICC_PROFILE\0\x01\x01"[..], SECRET].concat(),
    );
    bytes = with_segment(&bytes, 0xed, &[&b"Photoshop 3.0\0"[..], SECRET].concat());
    bytes = with_segment(&bytes, 0xe1, &exif(6));
    bytes.extend(SECRET);
    assert!(reader(&bytes));
    let made = photo(&bytes).unwrap();
    assert_eq!(
        (made.full.width, made.full.height),
        (150, 200),
        "it was told how to turn"
    );
    tells_nothing(&made.full);
    tells_nothing(&made.small);
    let portrait = make(&bytes, Purpose::Portrait).unwrap();
    tells_nothing(&portrait.full);
    tells_nothing(&portrait.small);
}

/// A PNG with a chunk more, before its pixels.
fn with_chunk(png: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let body = [&kind[..], content].concat();
    let mut sum = u32::MAX;
    for byte in &body {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let head_end = 8 + 25;
    [
        &png[..head_end],
        &length,
        &body,
        &(!sum).to_be_bytes(),
        &png[head_end..],
    ]
    .concat()
}

#[test]
fn texts_in_a_png_are_gone() {
    let drawn = png(&cornered(60, 40).into());
    let mut bytes = with_chunk(&drawn, b"tEXt", &[b"Comment\0", SECRET].concat());
    bytes = with_chunk(&bytes, b"eXIf", &exif(6)[6..]);
    bytes.extend(SECRET);
    let made = photo(&bytes).unwrap();
    assert_eq!((made.full.kind, made.full.width), (Kind::Png, 40));
    tells_nothing(&made.full);
    tells_nothing(&made.small);
}

#[test]
fn what_hides_behind_a_picture_is_gone() {
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    let archive = b"PK\x03\x04 an archive";
    for tail in [&page[..], archive] {
        for picture in [
            jpeg(&natural(64, 48)),
            png(&natural(64, 48).into()),
            file("animated.gif").to_vec(),
        ] {
            let made = photo(&[&picture, tail].concat()).unwrap();
            assert!(!contains(&made.full.bytes, tail) && !contains(&made.small.bytes, tail));
            tells_nothing(&made.full);
        }
    }
    // A page that says that it is a picture is none.
    assert!(photo(&[&b"GIF89a/*"[..], page].concat()).is_err());
    assert_eq!(photo(page), Err(MediaError::Unknown));
}
