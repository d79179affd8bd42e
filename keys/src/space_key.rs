//! Bodies for everybody who holds an epoch's key.
//!
//! A sealed body is nonce (24 bytes, random) ‖ tag (32) ‖ XChaCha20-Poly1305 ciphertext
//! (draft-irtf-cfrg-xchacha-03), of which the last 16 bytes authenticate.
//!
//! The tag is the BLAKE3 keyed hash of nonce ‖ place, its key derived from the space key. By it a
//! reader with many keys finds the right one without trial decryption, and since it can't be made
//! to fit two keys, nobody can build a body that reads differently to different members:
//! XChaCha20-Poly1305 alone doesn't promise that (Albertini et al., "How to Abuse and Fix
//! Authenticated Encryption Without Key Commitment", 2022). To everybody else it looks random.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::derive::{Label, derive};
use crate::sealed::OpenError;
use crate::{KEY_BYTES, random_secret};

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 32;

/// How much longer a sealed body is than its padded plaintext, in bytes.
pub const SEALED_BODY_OVERHEAD_BYTES: usize = NONCE_BYTES + TAG_BYTES + 16;

/// How many bytes at the beginning of a sealed body tell whether a key has made it: its nonce and its tag.
pub const BODY_MARK_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// The key of one epoch of a space: 32 random bytes, shared by its members. With it the two that are derived from it,
/// as a reader asks each of its keys about each body.
#[derive(Clone)]
pub struct SpaceKey {
    key: Zeroizing<[u8; KEY_BYTES]>,
    tag: Zeroizing<[u8; KEY_BYTES]>,
    cipher: Zeroizing<[u8; KEY_BYTES]>,
}

impl SpaceKey {
    /// A fresh random key.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> SpaceKey {
        SpaceKey::from_secret(random_secret(rng))
    }

    /// The key that [`expose_bytes`](SpaceKey::expose_bytes) gave out.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> SpaceKey {
        SpaceKey::from_secret(Zeroizing::new(bytes))
    }

    fn from_secret(key: Zeroizing<[u8; KEY_BYTES]>) -> SpaceKey {
        let tag = derive(Label::BODY_TAG, &key[..]);
        let cipher = derive(Label::BODY_ENCRYPTION, &key[..]);
        SpaceKey { key, tag, cipher }
    }

    /// The secret itself, for handing it to members.
    #[must_use]
    pub fn expose_bytes(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.key.clone()
    }

    /// A key for another purpose; `label` is a [`Label`] or the text of one.
    #[must_use]
    pub fn derive(&self, label: impl Into<Label>) -> Zeroizing<[u8; KEY_BYTES]> {
        derive(label.into(), &self.key[..])
    }

    /// Seals a body that lies at `place`, opaque bytes which reader and writer form alike. The
    /// result is [`SEALED_BODY_OVERHEAD_BYTES`] longer; padding is the caller's.
    #[must_use]
    pub fn seal_body(
        &self,
        place: &[u8],
        padded_plaintext: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let tag = self.tag(&nonce, place);
        let payload = Payload {
            msg: padded_plaintext,
            aad: &aad(&tag, place),
        };
        let ciphertext = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a body is short of 256 GiB");
        [&nonce[..], &tag[..], &ciphertext].concat()
    }

    /// Whether `sealed` was made with this key for `place`: compares the tag, in constant time.
    #[must_use]
    pub fn matches(&self, place: &[u8], sealed: &[u8]) -> bool {
        Parts::of(sealed).is_some_and(|parts| self.tag_fits(&parts, place))
    }

    /// As [`matches`](SpaceKey::matches), of the beginning of a sealed body alone: who waits for a key needn't keep the
    /// rest at hand.
    #[must_use]
    pub fn made(&self, place: &[u8], mark: &[u8; BODY_MARK_BYTES]) -> bool {
        let (nonce, tag) = mark
            .split_first_chunk::<NONCE_BYTES>()
            .expect("a mark is longer than its nonce");
        self.tag(nonce, place).ct_eq(tag).into()
    }

    /// Opens what [`seal_body`](SpaceKey::seal_body) made for `place`.
    ///
    /// # Errors
    /// [`OpenError`] if it was sealed with another key, for another place, or changed.
    pub fn open_body(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let parts = Parts::of(sealed).ok_or(OpenError)?;
        if !self.tag_fits(&parts, place) {
            return Err(OpenError);
        }
        let payload = Payload {
            msg: parts.ciphertext,
            aad: &aad(parts.tag, place),
        };
        self.cipher()
            .decrypt(&XNonce::from(*parts.nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| OpenError)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new_from_slice(&self.cipher[..]).expect("a derived key has 32 bytes")
    }

    /// Readers ask this of each key about each body. What it leaves behind on the stack tells whose bodies are whose and
    /// opens none, so that it isn't wiped: wiping a hasher costs more than the hash.
    fn tag(&self, nonce: &[u8; NONCE_BYTES], place: &[u8]) -> [u8; TAG_BYTES] {
        let marked = [&nonce[..], place].concat();
        *blake3::keyed_hash(&self.tag, &marked).as_bytes()
    }

    fn tag_fits(&self, parts: &Parts<'_>, place: &[u8]) -> bool {
        self.tag(parts.nonce, place).ct_eq(parts.tag).into()
    }
}

impl PartialEq for SpaceKey {
    fn eq(&self, other: &SpaceKey) -> bool {
        self.key.ct_eq(&other.key[..]).into()
    }
}

impl Eq for SpaceKey {}

impl fmt::Debug for SpaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpaceKey(secret)")
    }
}

struct Parts<'a> {
    nonce: &'a [u8; NONCE_BYTES],
    tag: &'a [u8; TAG_BYTES],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Option<Parts<'a>> {
        if sealed.len() < SEALED_BODY_OVERHEAD_BYTES {
            return None;
        }
        let (nonce, rest) = sealed.split_first_chunk()?;
        let (tag, ciphertext) = rest.split_first_chunk()?;
        Some(Parts {
            nonce,
            tag,
            ciphertext,
        })
    }
}

fn aad(tag: &[u8; TAG_BYTES], place: &[u8]) -> Vec<u8> {
    [&tag[..], place].concat()
}
