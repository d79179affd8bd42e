//! How identities and devices are written and read.

use hearth_keys::text::{IDENTITY_CHARS, IDENTITY_PREFIX};
use hearth_keys::{DeviceId, DeviceKeys, HexError, Identity, Phrase, TextError};

use crate::support::rng;

fn alice() -> Identity {
    Phrase::generate(&mut rng(20)).root().identity()
}

#[test]
fn an_identity_reads_back_in_either_case() {
    let text = alice().to_string();
    assert_eq!(text.len(), IDENTITY_CHARS);
    assert!(text.starts_with(&format!("{IDENTITY_PREFIX}1")));
    assert_eq!(text.parse(), Ok(alice()));
    assert_eq!(text.to_uppercase().parse(), Ok(alice()));
}

#[test]
fn every_mistyped_character_is_noticed() {
    let text = alice().to_string();
    for at in IDENTITY_PREFIX.len() + 1..text.len() {
        for typed in "qpzry9x8gf2tvdw0s3jn54khce6mua7l bio-".chars() {
            let mistyped = format!("{}{typed}{}", &text[..at], &text[at + 1..]);
            if mistyped != text {
                let read: Result<Identity, _> = mistyped.parse();
                assert_eq!(read, Err(TextError::Typo), "{mistyped}");
            }
        }
    }
}

#[test]
fn two_swapped_characters_are_noticed() {
    let text = alice().to_string();
    for at in IDENTITY_PREFIX.len() + 1..text.len() - 1 {
        let mut swapped = text.clone().into_bytes();
        swapped.swap(at, at + 1);
        let swapped = String::from_utf8(swapped).unwrap();
        if swapped != text {
            assert_eq!(swapped.parse::<Identity>(), Err(TextError::Typo));
        }
    }
}

#[test]
fn no_part_of_an_identity_is_one() {
    let text = alice().to_string();
    for length in 0..text.len() {
        assert!(text[..length].parse::<Identity>().is_err(), "{length}");
        assert!(text[length + 1..].parse::<Identity>().is_err(), "{length}");
    }
}

#[test]
fn odd_texts_are_refused_quietly() {
    let long = format!("hearth1{}", "q".repeat(100_000));
    for text in [
        "",
        "1",
        "hearth",
        "hearth1",
        "hearth1é",
        "héarth1q",
        "❤️",
        &long,
    ] {
        assert!(text.parse::<Identity>().is_err(), "{:.20}", text);
    }
}

#[test]
fn errors_tell_a_person_what_to_do() {
    let cases = [
        (TextError::NotHearth, "hearth1"),
        (TextError::MixedCase, "lower case"),
        (TextError::Typo, "copy it again"),
        (TextError::UnknownVersion(2), "update"),
        (TextError::WrongLength(20), "ask for it again"),
        (TextError::NotCanonical, "ask for it again"),
        (TextError::NotAKey, "Ask for it again"),
    ];
    for (error, advice) in cases {
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[test]
fn a_device_reads_back() {
    let id = DeviceKeys::generate(&mut rng(21)).id();
    let text = id.to_string();
    assert_eq!(text.len(), 64);
    assert_eq!(text.parse(), Ok(id));
    assert_eq!(
        text.to_uppercase().parse::<DeviceId>(),
        Err(HexError::NotHex)
    );
    assert_eq!(
        text[1..].parse::<DeviceId>(),
        Err(HexError::WrongLength(63))
    );
    assert_eq!("é".repeat(32).parse::<DeviceId>(), Err(HexError::NotHex));
    assert_eq!("é".parse::<DeviceId>(), Err(HexError::WrongLength(1)));
}

#[test]
fn debug_is_short() {
    let id = DeviceKeys::generate(&mut rng(22)).id();
    assert!(format!("{:?}", alice()).len() < 40);
    assert!(format!("{id:?}").len() < 40);
}
