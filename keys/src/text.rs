//! How keys are written down.
//!
//! An identity is bech32m (BIP 350) with the prefix `hearth`: the payload is one version byte, 1,
//! and the 32 bytes of the key, 66 characters in all. It survives being read aloud or typed, and a
//! mistyped one is recognised. A device is 64 lower-case hexadecimal digits: only logs show it.

use std::fmt;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};

use crate::KEY_BYTES;

/// The prefix of a written identity, without the separator `1`.
pub const IDENTITY_PREFIX: &str = "hearth";

/// The version of the written form that this crate writes and reads.
pub const IDENTITY_VERSION: u8 = 1;

/// Characters of a written identity.
pub const IDENTITY_CHARS: usize = 66;

/// Characters of a written identity that `Debug` shows.
pub(crate) const SHORT_CHARS: usize = 14;

/// Nothing longer is looked at: bech32m recognises errors only up to here.
const TEXT_BYTES_MAX: usize = 1023;

/// Why a text isn't an identity. The messages are for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The text doesn't begin with `hearth1`.
    #[error("this is not a Hearth address: those begin with “hearth1”")]
    NotHearth,
    /// Some letters are upper case and some lower case.
    #[error("this address mixes upper and lower case: write it all in lower case")]
    MixedCase,
    /// The checksum is wrong, or a character occurs that no address contains.
    #[error(
        "this address has a typing mistake or was cut off: compare it with the original, or copy it again"
    )]
    Typo,
    /// The checksum is right and the version is one that we don't know.
    #[error("this address is of version {0}, which this program doesn't know: update Hearth")]
    UnknownVersion(u8),
    /// The checksum is right and the length is not that of an identity.
    #[error(
        "this address has {0} bytes where 33 belong: ask for it again, its sender's program made a mistake"
    )]
    WrongLength(usize),
    /// The checksum is right, but the same identity has another, proper way of being written.
    #[error(
        "this address is not written in its proper form: ask for it again, its sender's program made a mistake"
    )]
    NotCanonical,
    /// The checksum is right and the bytes are no public key that anybody can hold.
    #[error("nobody can own this address: its key is not valid. Ask for it again")]
    NotAKey,
}

fn prefix() -> Hrp {
    Hrp::parse_unchecked(IDENTITY_PREFIX)
}

fn payload(key: &[u8; KEY_BYTES]) -> [u8; 1 + KEY_BYTES] {
    let mut payload = [IDENTITY_VERSION; 1 + KEY_BYTES];
    payload[1..].copy_from_slice(key);
    payload
}

pub(crate) fn write_identity(key: &[u8; KEY_BYTES], f: &mut impl fmt::Write) -> fmt::Result {
    bech32::encode_lower_to_fmt::<Bech32m, _>(f, prefix(), &payload(key)).map_err(|_| fmt::Error)
}

/// Reads prefix, checksum, version and length; whether the bytes are a key is the caller's to ask.
pub(crate) fn read_identity(text: &str) -> Result<[u8; KEY_BYTES], TextError> {
    check_looks(text)?;
    let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|_| TextError::Typo)?;
    let payload: Vec<u8> = checked.byte_iter().collect();
    let key = match payload.split_first() {
        Some((&IDENTITY_VERSION, key)) => key,
        Some((&version, _)) => return Err(TextError::UnknownVersion(version)),
        None => return Err(TextError::WrongLength(0)),
    };
    let key = key
        .try_into()
        .map_err(|_| TextError::WrongLength(payload.len()))?;
    check_canonical(&key, text)?;
    Ok(key)
}

fn check_looks(text: &str) -> Result<(), TextError> {
    let start = text.as_bytes().get(..IDENTITY_PREFIX.len() + 1);
    let is_hearth = start.is_some_and(|start| start.eq_ignore_ascii_case(b"hearth1"));
    if !is_hearth {
        return Err(TextError::NotHearth);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(TextError::Typo);
    }
    let any_upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    let any_lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
    if any_upper && any_lower {
        return Err(TextError::MixedCase);
    }
    Ok(())
}

/// The last character carries a padding bit that a decoder could overlook: one identity, one text.
fn check_canonical(key: &[u8; KEY_BYTES], text: &str) -> Result<(), TextError> {
    let mut canonical = String::with_capacity(IDENTITY_CHARS);
    write_identity(key, &mut canonical).expect("an identity fits bech32m's length");
    if canonical.eq_ignore_ascii_case(text) {
        Ok(())
    } else {
        Err(TextError::NotCanonical)
    }
}

/// Why a text isn't 32 bytes in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// The text hasn't 64 characters.
    #[error("a device is written as 64 hexadecimal digits; this has {0} characters")]
    WrongLength(usize),
    /// A character isn't one of `0123456789abcdef`.
    #[error("a device is written in the digits 0-9 and a-f only, in lower case")]
    NotHex,
}

/// Shows bytes as lower-case hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Reads 64 lower-case hexadecimal digits.
pub(crate) fn read_hex(text: &str) -> Result<[u8; KEY_BYTES], HexError> {
    if text.len() != 2 * KEY_BYTES {
        return Err(HexError::WrongLength(text.chars().count()));
    }
    let mut bytes = [0; KEY_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

fn digit(character: u8) -> Result<u8, HexError> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(HexError::NotHex),
    }
}
