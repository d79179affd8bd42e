//! Secrets as the bytes of a file.
//!
//! | part | bytes | |
//! | --- | --- | --- |
//! | magic | 8 | `HRTHKEY1`; the last digit is the version |
//! | kind | 1 | what is inside: [`KeyFileKind`] |
//! | protection | 1 | 0: plain; 1: passphrase |
//! | cost, salt, nonce | 12 + 16 + 24 | only with a passphrase; the cost is memory (KiB), passes and lanes of Argon2id, big-endian `u32` each |
//! | payload | any | plain, or sealed by XChaCha20-Poly1305 with all that stands before it as associated data |
//! | checksum | 16 | first half of the BLAKE3 hash of all that stands before it |
//!
//! The key of a protected file is Argon2id (RFC 9106, version 0x13) of the passphrase and the salt.
//! The checksum tells damage from a wrong passphrase, and tells it before any time is spent.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub(crate) mod cost;

use cost::{COST_BYTES, Cost};

const MAGIC: &[u8; 8] = b"HRTHKEY1";
const PLAIN: u8 = 0;
const PASSPHRASE: u8 = 1;
const PREFIX_BYTES: usize = MAGIC.len() + 2;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const PROTECTED_HEADER_BYTES: usize = PREFIX_BYTES + COST_BYTES + SALT_BYTES + NONCE_BYTES;
const AEAD_TAG_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 16;

/// What a key file holds, so that one can't be taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyFileKind(u8);

impl KeyFileKind {
    /// A device's own keys: [`DeviceKeys::to_bytes`](crate::DeviceKeys::to_bytes).
    pub const DEVICE_KEYS: KeyFileKind = KeyFileKind(1);
    /// The key by which the node is known on the network, unrelated to all others.
    pub const TRANSPORT_KEY: KeyFileKind = KeyFileKind(2);
    /// A collection of further secrets, in a form that their owner defines.
    pub const SECRETS: KeyFileKind = KeyFileKind(3);

    /// A kind of another crate.
    #[must_use]
    pub const fn new(kind: u8) -> KeyFileKind {
        KeyFileKind(kind)
    }

    /// The kind's number in the file.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// Why a key file can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// The bytes aren't a key file, or not as they were written.
    #[error("this key file is damaged, or not a key file at all: use a copy of it")]
    Damaged,
    /// A newer program wrote it.
    #[error("this key file was written by a newer Hearth: update this one")]
    NewerVersion,
    /// It holds something else than was asked for.
    #[error("this key file holds something else (kind {found}, not {expected})")]
    WrongKind {
        /// The kind that was asked for.
        expected: u8,
        /// The kind in the file.
        found: u8,
    },
    /// It is protected, and no passphrase was given.
    #[error("this key file needs its passphrase")]
    PassphraseNeeded,
    /// It is protected by another passphrase than was given.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Trying a passphrase would take more memory or time than any file that we write asks for.
    #[error("this key file asks for too much memory or time to be opened safely")]
    TooCostly,
}

/// Writes `payload` as a key file of `kind`, sealed with `passphrase` if there is one.
///
/// With a passphrase this takes about a fifth of a second and 64 MiB.
#[must_use]
pub fn encode(
    kind: KeyFileKind,
    payload: &[u8],
    passphrase: Option<&[u8]>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Zeroizing<Vec<u8>> {
    let capacity = PROTECTED_HEADER_BYTES + payload.len() + AEAD_TAG_BYTES + CHECKSUM_BYTES;
    // Never grows, so that no copy of a plain payload is left behind.
    let mut file = Zeroizing::new(Vec::with_capacity(capacity));
    file.extend_from_slice(MAGIC);
    file.push(kind.0);
    match passphrase {
        None => {
            file.push(PLAIN);
            file.extend_from_slice(payload);
        }
        Some(passphrase) => {
            file.push(PASSPHRASE);
            append_protected(&mut file, payload, passphrase, rng);
        }
    }
    let sum = checksum(&file);
    file.extend_from_slice(&sum);
    file
}

/// Reads a key file of the `expected` kind. A passphrase given for a plain file is ignored.
///
/// # Errors
/// [`KeyFileError`] says which of the things that can be wrong it is.
pub fn decode(
    bytes: &[u8],
    expected: KeyFileKind,
    passphrase: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let body = check_frame(bytes)?;
    let (kind, protection) = (body[MAGIC.len()], body[MAGIC.len() + 1]);
    if kind != expected.0 {
        return Err(KeyFileError::WrongKind {
            expected: expected.0,
            found: kind,
        });
    }
    match protection {
        PLAIN => Ok(Zeroizing::new(body[PREFIX_BYTES..].to_vec())),
        PASSPHRASE => {
            let passphrase = passphrase.ok_or(KeyFileError::PassphraseNeeded)?;
            open_protected(body, passphrase)
        }
        _ => Err(KeyFileError::NewerVersion),
    }
}

/// Checks magic, version and checksum; what comes back holds at least the prefix.
fn check_frame(bytes: &[u8]) -> Result<&[u8], KeyFileError> {
    let (magic, _) = bytes
        .split_first_chunk::<8>()
        .ok_or(KeyFileError::Damaged)?;
    if magic[..7] != MAGIC[..7] {
        return Err(KeyFileError::Damaged);
    }
    if magic != MAGIC {
        return Err(match magic[7] {
            b'2'..=b'9' => KeyFileError::NewerVersion,
            _ => KeyFileError::Damaged,
        });
    }
    let (body, sum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(KeyFileError::Damaged)?;
    if body.len() < PREFIX_BYTES || checksum(body) != *sum {
        return Err(KeyFileError::Damaged);
    }
    Ok(body)
}

fn append_protected(
    file: &mut Vec<u8>,
    payload: &[u8],
    passphrase: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) {
    let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    file.extend_from_slice(&Cost::WRITTEN.to_bytes());
    file.extend_from_slice(&salt);
    file.extend_from_slice(&nonce);
    let key = Cost::WRITTEN
        .stretch(passphrase, &salt)
        .expect("64 MiB can be had");
    let payload = Payload {
        msg: payload,
        aad: file,
    };
    let ciphertext = cipher(&key)
        .encrypt(&XNonce::from(nonce), payload)
        .expect("a key file is short of 256 GiB");
    file.extend_from_slice(&ciphertext);
}

fn open_protected(body: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let (header, ciphertext) = body
        .split_at_checked(PROTECTED_HEADER_BYTES)
        .ok_or(KeyFileError::Damaged)?;
    if ciphertext.len() < AEAD_TAG_BYTES {
        return Err(KeyFileError::Damaged);
    }
    let mut fields = &header[PREFIX_BYTES..];
    let cost = Cost::from_bytes(take(&mut fields)?)?;
    let salt: [u8; SALT_BYTES] = take(&mut fields)?;
    let nonce: [u8; NONCE_BYTES] = take(&mut fields)?;
    let key = cost.stretch(passphrase, &salt)?;
    let payload = Payload {
        msg: ciphertext,
        aad: header,
    };
    cipher(&key)
        .decrypt(&XNonce::from(nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| KeyFileError::WrongPassphrase)
}

fn take<const N: usize>(fields: &mut &[u8]) -> Result<[u8; N], KeyFileError> {
    let (field, rest) = fields
        .split_first_chunk::<N>()
        .ok_or(KeyFileError::Damaged)?;
    *fields = rest;
    Ok(*field)
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key).expect("a stretched key has 32 bytes")
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = blake3::hash(body);
    let (half, _) = hash
        .as_bytes()
        .split_first_chunk()
        .expect("a hash is longer than its half");
    *half
}
