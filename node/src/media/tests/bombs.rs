//! Files that are made to harm: nothing of them costs more than the bounds say.

use super::*;
use crate::media::{FILE_BYTES_MAX, TIME_MAX, prepare, sniff};
use std::time::{Duration, Instant};

/// The head of a PNG of so many pixels, and a few bytes of it.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(&cornered(2, 2).into());
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    // The head's checksum is over its kind and content.
    let mut sum = u32::MAX;
    for byte in &bytes[12..29] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    bytes[29..33].copy_from_slice(&(!sum).to_be_bytes());
    bytes
}

fn within(time_max: Duration, bytes: &[u8]) -> Result<Prepared, MediaError> {
    let begun = Instant::now();
    let made = photo(bytes);
    assert!(begun.elapsed() < time_max, "it took {:?}", begun.elapsed());
    made
}

/// What is refused by its head alone.
const AT_A_GLANCE: Duration = Duration::from_millis(500);

#[test]
fn a_picture_of_two_thousand_million_pixels_is_refused_by_its_head() {
    let refused = within(AT_A_GLANCE, &png_head(50_000, 50_000));
    assert_eq!(
        refused,
        Err(MediaError::TooLarge {
            width: 50_000,
            height: 50_000
        })
    );
    let refused = within(AT_A_GLANCE, &png_head(0x7fff_ffff, 0x7fff_ffff));
    assert!(refused.is_err(), "{refused:?}");
    let mut gif = file("animated.gif").to_vec();
    gif[6..10].fill(0xff);
    let refused = within(AT_A_GLANCE, &gif);
    assert_eq!(
        refused,
        Err(MediaError::TooLarge {
            width: 65_535,
            height: 65_535
        })
    );
}

/// A JPEG whose frame says that it is larger.
fn lying_jpeg(name: &str, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = file(name).to_vec();
    let frame = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0] || pair == [0xff, 0xc2])
        .unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[test]
fn a_jpeg_that_says_that_it_is_larger_costs_no_more_than_the_bounds() {
    let refused = within(AT_A_GLANCE, &lying_jpeg("subsampled.jpg", 65_535, 65_535));
    assert_eq!(
        refused,
        Err(MediaError::TooLarge {
            width: 65_535,
            height: 65_535
        })
    );
    assert_eq!(
        within(AT_A_GLANCE, &lying_jpeg("subsampled.jpg", 0, 0)),
        Err(MediaError::Broken)
    );
    // As large as is allowed, and nearly nothing in it: it may be refused or be grey, in time.
    for name in ["subsampled.jpg", "grey.jpg"] {
        let _ = within(TIME_MAX, &lying_jpeg(name, 8_000, 3_000));
    }
}

#[test]
fn a_jpeg_in_many_scans_is_bounded() {
    let bytes = file("progressive.jpg");
    let scan = bytes
        .windows(2)
        .rposition(|pair| pair == [0xff, 0xda])
        .unwrap();
    let mut bomb = bytes[..bytes.len() - 2].to_vec();
    for _ in 0..20_000 {
        bomb.extend(&bytes[scan..bytes.len() - 2]);
    }
    bomb.extend([0xff, 0xd9]);
    assert_eq!(within(TIME_MAX, &bomb), Err(MediaError::Broken));
    // What must be remembered between scans counts.
    let refused = within(AT_A_GLANCE, &lying_progressive_without_subsampling());
    assert!(
        matches!(refused, Err(MediaError::TooDemanding { .. })),
        "{refused:?}"
    );
}

/// 64 million pixels in three components, each as fine as the picture.
fn lying_progressive_without_subsampling() -> Vec<u8> {
    let mut bytes = lying_jpeg("progressive.jpg", 8_000, 8_000);
    let frame = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc2])
        .unwrap();
    for component in 0..3 {
        bytes[frame + 11 + 3 * component] = 0x11;
    }
    bytes
}

#[test]
fn what_was_cut_short_is_refused() {
    let whole = jpeg(&natural(300, 200));
    for part in [1, 3, 20, 160, 400, whole.len() / 2, whole.len() - 2] {
        let refused = photo(&whole[..part]);
        assert!(
            matches!(refused, Err(MediaError::Broken | MediaError::Unknown)),
            "{part} bytes: {refused:?}"
        );
    }
    // Of an animation the first frame may be whole.
    for (name, bytes) in FILES.iter().filter(|file| !file.0.starts_with("animated")) {
        let refused = photo(&bytes[..bytes.len() * 3 / 5]);
        assert_eq!(refused, Err(MediaError::Broken), "{name}");
    }
}

#[test]
fn what_is_no_photo_says_so() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let cases: [(&[u8], MediaError); 7] = [
        (b"", MediaError::Empty),
        (b"\xff\xd8", MediaError::Unknown),
        (b"%PDF-1.7", MediaError::Unknown),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            MediaError::Unknown,
        ),
        (b"BM\0\0\0\0", MediaError::Unknown),
        (heic, MediaError::Heif),
        (b"RIFF\x04\0\0\0WEBP", MediaError::Broken),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(photo(bytes), Err(wanted));
    }
    let mut long = file("grey.jpg").to_vec();
    long.resize(FILE_BYTES_MAX + 1, 0);
    assert_eq!(sniff::admit(&long), Err(MediaError::TooLong));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_worked_on_at_a_time_and_few_wait() {
    let bytes = jpeg(&natural(300, 200));
    let all = (0..60).map(|_| tokio::spawn(prepare(bytes.clone())));
    let (mut made, mut busy) = (0, 0);
    for one in all.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => {
                assert_eq!(error, MediaError::Busy);
                busy += 1;
            }
        }
    }
    assert!(made >= 16, "{made} made");
    assert!(busy > 0, "{busy} were sent away");
    // Nothing of it stays.
    assert!(prepare(bytes).await.is_ok());
}
