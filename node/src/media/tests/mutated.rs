//! Files in which anything may be wrong: they become photos within the bounds, or are refused; nothing panics.

use super::*;
use proptest::prelude::*;

/// One thing that goes wrong with a file.
#[derive(Debug, Clone)]
enum Mishap {
    Byte(usize, u8),
    Cut(usize),
    Drop(usize, usize),
    Twice(usize, usize),
    Noise(usize, Vec<u8>),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    let place = 0..4096_usize;
    prop_oneof![
        6 => (place.clone(), any::<u8>()).prop_map(|(at, byte)| Mishap::Byte(at, byte)),
        1 => place.clone().prop_map(Mishap::Cut),
        1 => (place.clone(), 1..64_usize).prop_map(|(at, length)| Mishap::Drop(at, length)),
        1 => (place.clone(), 1..64_usize).prop_map(|(at, length)| Mishap::Twice(at, length)),
        1 => (place, prop::collection::vec(any::<u8>(), 1..24)).prop_map(|(at, noise)| Mishap::Noise(at, noise)),
    ]
}

fn happens(bytes: &mut Vec<u8>, mishap: &Mishap) {
    let length = bytes.len().max(1);
    match mishap {
        Mishap::Byte(at, byte) => {
            if let Some(there) = bytes.get_mut(at % length) {
                *there = *byte;
            }
        }
        Mishap::Cut(at) => bytes.truncate(at % length),
        Mishap::Drop(at, many) => {
            let from = at % length;
            bytes.drain(from..(from + many).min(bytes.len()));
        }
        Mishap::Twice(at, many) => {
            let from = at % length;
            let again = bytes[from..(from + many).min(bytes.len())].to_vec();
            bytes.splice(from..from, again);
        }
        Mishap::Noise(at, noise) => {
            let from = at % length;
            bytes.splice(from..from, noise.iter().copied());
        }
    }
}

/// Larger pictures than this would only make the test slow: their bounds are tried elsewhere.
const PIXELS_TRIED_MAX: u64 = 1_000_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn anything_may_be_wrong(which in 0..FILES.len(), mishaps in prop::collection::vec(mishap(), 1..6)) {
        let mut bytes = FILES[which].1.to_vec();
        for mishap in &mishaps {
            happens(&mut bytes, mishap);
        }
        let head = inspect(&bytes);
        let pixels = head.map_or(0, |head| u64::from(head.width) * u64::from(head.height));
        if pixels > PIXELS_TRIED_MAX {
            return Ok(());
        }
        if let Ok(made) = photo(&bytes) {
            prop_assert!(made.full.width.max(made.full.height) <= 2560);
            prop_assert!(made.small.width.max(made.small.height) <= 640);
            prop_assert!(made.full.width >= 1 && made.full.height >= 1);
            prop_assert!(made.full.bytes.len() <= FULL.bytes_max);
            prop_assert!(made.small.bytes.len() <= SMALL.bytes_max);
            prop_assert!(made.placeholder.len() <= 32);
        }
    }

    #[test]
    fn any_bytes_may_be_called_a_placeholder(hash in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Some(picture) = placeholder_picture(&hash) {
            prop_assert_eq!(picture.len(), 102);
        }
    }

    #[test]
    fn any_colour_profile_may_be_there(mishaps in prop::collection::vec(mishap(), 1..6)) {
        let mut profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        for mishap in &mishaps {
            happens(&mut profile, mishap);
        }
        let segment = [&b"ICC_PROFILE\0\x01\x01"[..], &profile].concat();
        let made = photo(&with_segment(file("subsampled.jpg"), 0xe2, &segment));
        prop_assert!(made.is_ok());
    }
}
