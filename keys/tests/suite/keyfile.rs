//! Key files: what reads back, and which of many things is wrong.

use hearth_keys::keyfile::{decode, encode};
use hearth_keys::{DeviceKeys, KeyFileError, KeyFileKind};

use crate::support::rng;

const KIND: KeyFileKind = KeyFileKind::DEVICE_KEYS;
const PASSPHRASE: Option<&[u8]> = Some(b"open sesame");

/// Where the cost lies in a protected file.
const COST_AT: usize = 10;

fn device() -> DeviceKeys {
    DeviceKeys::generate(&mut rng(50))
}

fn file(passphrase: Option<&[u8]>) -> Vec<u8> {
    encode(KIND, &device().to_bytes()[..], passphrase, &mut rng(51)).to_vec()
}

/// Makes the checksum right again after a change, as a forger would.
fn with_checksum(mut file: Vec<u8>) -> Vec<u8> {
    let end = file.len() - 16;
    let hash = blake3::hash(&file[..end]);
    file[end..].copy_from_slice(&hash.as_bytes()[..16]);
    file
}

fn error(file: &[u8], passphrase: Option<&[u8]>) -> KeyFileError {
    decode(file, KIND, passphrase).unwrap_err()
}

#[test]
fn device_keys_keep_through_a_file() {
    for passphrase in [None, PASSPHRASE] {
        let bytes = decode(&file(passphrase), KIND, passphrase).unwrap();
        let again = DeviceKeys::from_bytes(bytes[..].try_into().unwrap());
        assert_eq!(again.id(), device().id());
        assert_eq!(again.box_public(), device().box_public());
    }
}

#[test]
fn an_empty_payload_reads_back() {
    let file = encode(KIND, b"", None, &mut rng(52));
    assert!(decode(&file, KIND, None).unwrap().is_empty());
}

#[test]
fn a_plain_file_needs_no_passphrase_and_ignores_one() {
    assert!(decode(&file(None), KIND, PASSPHRASE).is_ok());
}

#[test]
fn a_protected_file_hides_its_payload() {
    let secret = device().to_bytes();
    let file = file(PASSPHRASE);
    assert!(!file.windows(8).any(|window| window == &secret[..8]));
    assert_eq!(error(&file, None), KeyFileError::PassphraseNeeded);
    assert_eq!(
        error(&file, Some(b"open barley")),
        KeyFileError::WrongPassphrase
    );
}

#[test]
fn damage_is_recognised_wherever_it_is() {
    for passphrase in [None, PASSPHRASE] {
        let file = file(passphrase);
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x40;
            assert_eq!(
                error(&damaged, passphrase),
                KeyFileError::Damaged,
                "byte {at}"
            );
            assert_eq!(
                error(&file[..at], passphrase),
                KeyFileError::Damaged,
                "length {at}"
            );
        }
    }
    assert_eq!(
        error(b"-----BEGIN PRIVATE KEY-----", None),
        KeyFileError::Damaged
    );
}

#[test]
fn a_newer_file_is_recognised() {
    let mut newer = file(None);
    newer[7] = b'2';
    assert_eq!(error(&newer, None), KeyFileError::NewerVersion);
    let mut protected_otherwise = file(None);
    protected_otherwise[9] = 2;
    let protected_otherwise = with_checksum(protected_otherwise);
    assert_eq!(
        error(&protected_otherwise, None),
        KeyFileError::NewerVersion
    );
}

#[test]
fn another_kind_is_recognised() {
    let wrong = decode(&file(None), KeyFileKind::TRANSPORT_KEY, None).unwrap_err();
    let (expected, found) = (KeyFileKind::TRANSPORT_KEY.number(), KIND.number());
    assert_eq!(wrong, KeyFileError::WrongKind { expected, found });
}

#[test]
fn a_kind_can_not_be_forged_into_a_protected_file() {
    let mut forged = file(PASSPHRASE);
    forged[8] = KeyFileKind::SECRETS.number();
    let opened = decode(&with_checksum(forged), KeyFileKind::SECRETS, PASSPHRASE);
    assert_eq!(opened.unwrap_err(), KeyFileError::WrongPassphrase);
}

#[test]
fn a_hostile_cost_is_refused_before_it_is_paid() {
    for (field, value) in [
        (0, 256 * 1024 + 1),
        (0, u32::MAX),
        (4, 11),
        (4, u32::MAX),
        (8, 5),
    ] {
        let mut hostile = file(PASSPHRASE);
        hostile[COST_AT + field..][..4].copy_from_slice(&u32::to_be_bytes(value));
        let hostile = with_checksum(hostile);
        assert_eq!(
            error(&hostile, PASSPHRASE),
            KeyFileError::TooCostly,
            "{field} {value}"
        );
    }
    for field in [0, 4, 8] {
        let mut senseless = file(PASSPHRASE);
        senseless[COST_AT + field..][..4].fill(0);
        let senseless = with_checksum(senseless);
        assert_eq!(
            error(&senseless, PASSPHRASE),
            KeyFileError::Damaged,
            "{field}"
        );
    }
}

#[test]
fn a_protected_file_cut_to_its_header_is_damaged() {
    let file = file(PASSPHRASE);
    for length in [26, 40, 62, 78, 90] {
        let cut = with_checksum(file[..length].to_vec());
        assert_eq!(error(&cut, PASSPHRASE), KeyFileError::Damaged, "{length}");
    }
}
