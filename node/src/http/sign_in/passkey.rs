//! Passkeys: what Web Authentication (W3C, level 2; sections are of that) has a server check when one is made (§7.1) and used
//! (§7.2).
//!
//! Of a new passkey the authenticator's own word (its attestation) isn't asked for: who is signed in here may add whatever
//! they have. A person is always verified (by finger, face or PIN), since a passkey alone lets in. Keys are ECDSA on P-256
//! (COSE -7), which all authenticators have, and Ed25519 (-8).

use super::cbor::{Item, Reader};
use super::party::Party;
use crate::said::Said;
use base64::prelude::*;
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};
use serde::Deserialize;
use thiserror::Error;

/// COSE's numbers of the algorithms (RFC 9053, sections 2.1 and 2.2).
const ES256: i64 = -7;
const EDDSA: i64 = -8;
/// Bounds of what browsers send; WebAuthn says that an id has at most 1,023 bytes.
const CLIENT_DATA_BYTES_MAX: usize = 4 * 1024;
const AUTHENTICATOR_BYTES_MAX: usize = 16 * 1024;
const SIGNATURE_BYTES_MAX: usize = 256;
const ID_BYTES_MAX: usize = 1023;
/// Bits of the authenticator's flags (§6.1).
const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const KEY_INCLUDED: u8 = 1 << 6;

/// Why a passkey isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum PasskeyError {
    /// What the browser sent isn't what browsers send.
    #[error("the browser's answer isn't understood: try again, or use another browser")]
    Malformed,
    /// It was made for another page, or none can be made for this one.
    #[error(
        "a passkey works only under the name that it was made for, and that is http://localhost on the server itself or the \
         server's own https name: open the page under that name"
    )]
    Elsewhere,
    /// Nobody was asked for a finger or a PIN.
    #[error(
        "the passkey didn't check that it is you: set up its PIN, finger or face, and try again"
    )]
    Unverified,
    /// Its key is of a kind that isn't known.
    #[error("this passkey's kind of key isn't known here: use another one")]
    UnknownKind,
    /// The challenge isn't ours, was used, or is too old.
    #[error("that took too long, or was sent twice: try again")]
    Stale,
    /// The signature isn't by this key.
    #[error("the passkey's signature doesn't hold: try again")]
    BadSignature,
    /// It counts backwards.
    #[error("this passkey seems to be a copy of another one: sign in otherwise and remove it")]
    Copied,
    /// None here has that id.
    #[error("this passkey isn't known here, or was removed: sign in otherwise and add it")]
    Unknown,
    /// It was added before.
    #[error("this passkey is there already")]
    Known,
    /// There are enough.
    #[error("there are as many passkeys as there can be: remove one first")]
    TooMany,
}

impl From<&PasskeyError> for Said {
    fn from(error: &PasskeyError) -> Self {
        match error {
            PasskeyError::Malformed => Self::of("passkey-malformed", error),
            PasskeyError::Elsewhere => Self::of("passkey-elsewhere", error),
            PasskeyError::Unverified => Self::of("passkey-unverified", error),
            PasskeyError::UnknownKind => Self::of("passkey-unknown-kind", error),
            PasskeyError::Stale => Self::of("passkey-stale", error),
            PasskeyError::BadSignature => Self::of("passkey-bad-signature", error),
            PasskeyError::Copied => Self::of("passkey-copied", error),
            PasskeyError::Unknown => Self::of("passkey-unknown", error),
            PasskeyError::Known => Self::of("passkey-known", error),
            PasskeyError::TooMany => Self::of("passkey-too-many", error),
        }
    }
}

/// What a passkey's signatures are checked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// A point of P-256, uncompressed: `04 ‖ x ‖ y`.
    Es256([u8; 65]),
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// The kind by its name in the file, and the key's bytes.
    pub(super) fn parts(&self) -> (&'static str, &[u8]) {
        match self {
            Self::Es256(point) => ("es256", point),
            Self::Ed25519(key) => ("ed25519", key),
        }
    }

    pub(super) fn from_parts(kind: &str, bytes: &[u8]) -> Option<Self> {
        match kind {
            "es256" => Some(Self::Es256(bytes.try_into().ok()?)),
            "ed25519" => Some(Self::Ed25519(bytes.try_into().ok()?)),
            _ => None,
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point[..])
                .verify(message, signature),
            Self::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, &key[..]).verify(message, signature)
            }
        };
        verified.is_ok()
    }

    /// Reads a COSE key (RFC 9052, section 7) and gives what stands behind it.
    fn from_cose(bytes: &[u8]) -> Result<Self, PasskeyError> {
        let mut reader = Reader::new(bytes);
        let Some(Item::Map(pairs)) = reader.item() else {
            return Err(PasskeyError::Malformed);
        };
        let (mut kind, mut algorithm, mut curve) = (0, 0, 0);
        let (mut x, mut y): (&[u8], &[u8]) = (&[], &[]);
        for _ in 0..pairs.min(16) {
            let Some(Item::Number(label)) = reader.item() else {
                return Err(PasskeyError::Malformed);
            };
            let item = reader.item().ok_or(PasskeyError::Malformed)?;
            match (label, item) {
                (1, Item::Number(number)) => kind = number,
                (3, Item::Number(number)) => algorithm = number,
                (-1, Item::Number(number)) => curve = number,
                (-2, Item::Bytes(bytes)) => x = bytes,
                (-3, Item::Bytes(bytes)) => y = bytes,
                _ => {}
            }
        }
        match (algorithm, kind, curve) {
            (ES256, 2, 1) if x.len() == 32 && y.len() == 32 => {
                let point = [&[4], x, y].concat();
                let point = point.try_into().map_err(|_| PasskeyError::Malformed)?;
                Ok(Self::Es256(point))
            }
            (EDDSA, 1, 6) => {
                let key = x.try_into().map_err(|_| PasskeyError::Malformed)?;
                Ok(Self::Ed25519(key))
            }
            _ => Err(PasskeyError::UnknownKind),
        }
    }
}

/// A passkey that was made just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) id: Vec<u8>,
    pub(super) key: PublicKey,
    pub(super) count: u32,
}

/// What the browser says that it asked the authenticator for (§5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// Bytes as pages send them.
pub(super) fn bytes_of(text: &str) -> Result<Vec<u8>, PasskeyError> {
    if text.len() > 2 * AUTHENTICATOR_BYTES_MAX {
        return Err(PasskeyError::Malformed);
    }
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| PasskeyError::Malformed)
}

/// Bytes as pages are told of them.
pub(super) fn text_of(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Checks what the browser says, and gives the challenge that it answers.
fn challenge_of(kind: &str, client_data: &[u8], party: &Party) -> Result<Vec<u8>, PasskeyError> {
    if client_data.len() > CLIENT_DATA_BYTES_MAX {
        return Err(PasskeyError::Malformed);
    }
    let said: ClientData =
        serde_json::from_slice(client_data).map_err(|_| PasskeyError::Malformed)?;
    if said.kind != kind {
        return Err(PasskeyError::Malformed);
    }
    if said.origin != party.origin() || said.cross_origin {
        return Err(PasskeyError::Elsewhere);
    }
    bytes_of(&said.challenge)
}

/// The authenticator's own data (§6.1): the flags, the counter, and what stands behind them.
fn authenticator<'a>(data: &'a [u8], party: &Party) -> Result<(u8, u32, &'a [u8]), PasskeyError> {
    let malformed = PasskeyError::Malformed;
    if data.len() > AUTHENTICATOR_BYTES_MAX {
        return Err(malformed);
    }
    let (hash, rest) = data.split_first_chunk::<32>().ok_or(malformed)?;
    let (&flags, rest) = rest.split_first().ok_or(malformed)?;
    let (count, rest) = rest.split_first_chunk::<4>().ok_or(malformed)?;
    if hash[..] != *digest(&SHA256, party.id().as_bytes()).as_ref() {
        return Err(PasskeyError::Elsewhere);
    }
    if flags & USER_PRESENT == 0 || flags & USER_VERIFIED == 0 {
        return Err(PasskeyError::Unverified);
    }
    Ok((flags, u32::from_be_bytes(*count), rest))
}

/// Checks a new passkey as the browser brings it (§7.1). With it comes the challenge that it answers.
pub(super) fn made(
    client_data: &[u8],
    attestation: &[u8],
    party: &Party,
) -> Result<(Made, Vec<u8>), PasskeyError> {
    let malformed = PasskeyError::Malformed;
    let challenge = challenge_of("webauthn.create", client_data, party)?;
    let data = authenticator_data(attestation).ok_or(malformed)?;
    let (flags, count, rest) = authenticator(data, party)?;
    if flags & KEY_INCLUDED == 0 {
        return Err(malformed);
    }
    // The authenticator's model, which nobody needs to know.
    let (_, rest) = rest.split_first_chunk::<16>().ok_or(malformed)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(malformed)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, key) = rest.split_at_checked(length).ok_or(malformed)?;
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(malformed);
    }
    let made = Made {
        id: id.to_vec(),
        key: PublicKey::from_cose(key)?,
        count,
    };
    Ok((made, challenge))
}

/// The part of an attestation object (§6.5) that says which key it is.
fn authenticator_data(attestation: &[u8]) -> Option<&[u8]> {
    if attestation.len() > AUTHENTICATOR_BYTES_MAX {
        return None;
    }
    let mut reader = Reader::new(attestation);
    let Item::Map(pairs) = reader.item()? else {
        return None;
    };
    let mut found = None;
    for _ in 0..pairs.min(8) {
        let Item::Text(name) = reader.item()? else {
            return None;
        };
        if name == "authData" {
            let Item::Bytes(data) = reader.item()? else {
                return None;
            };
            found = Some(data);
        } else {
            reader.skip()?;
        }
    }
    found
}

/// A passkey's answer at sign-in, as the browser brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) authenticator_data: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// Checks that the answer is by this key (§7.2); gives the challenge that it answers, and the counter from now on.
pub(super) fn answered(
    (key, count): (&PublicKey, u32),
    answer: &Answer,
    party: &Party,
) -> Result<(Vec<u8>, u32), PasskeyError> {
    let challenge = challenge_of("webauthn.get", &answer.client_data, party)?;
    let (_, counted, _) = authenticator(&answer.authenticator_data, party)?;
    let hash = digest(&SHA256, &answer.client_data);
    let signed = [&answer.authenticator_data[..], hash.as_ref()].concat();
    if answer.signature.len() > SIGNATURE_BYTES_MAX || !key.verifies(&signed, &answer.signature) {
        return Err(PasskeyError::BadSignature);
    }
    // Authenticators that keep no count say 0 (§6.1.1).
    if (count, counted) != (0, 0) && counted <= count {
        return Err(PasskeyError::Copied);
    }
    Ok((challenge, counted))
}

#[cfg(test)]
#[path = "passkey_tests.rs"]
pub(super) mod tests;
