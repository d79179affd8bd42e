//! Large things under a key: the same content always gives the same bytes.
//!
//! A sealed blob is nonce (24 bytes) ‖ XChaCha20-Poly1305 ciphertext (draft-irtf-cfrg-xchacha-03), of which the last 16
//! bytes authenticate. The nonce is the beginning of the BLAKE3 keyed hash of the plaintext, its key and the cipher's
//! both derived from the blob's key: a synthetic initialisation vector (Rogaway and Shrimpton, "A Provable-Security
//! Treatment of the Key-Wrap Problem", 2006; RFC 5297 is the same idea with other parts).
//!
//! Nothing random goes in, so identical content is recognised and stored once by whoever holds the key, and by nobody
//! else; and no nonce can come twice for two plaintexts, however a machine's state is rolled back. What is given away is
//! that two blobs under one key are equal, and their length: padding is the caller's. Opening hashes the plaintext
//! again, so a blob can't be made to read differently under two keys.

use std::fmt;

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::derive::{Label, derive};
use crate::sealed::OpenError;
use crate::{KEY_BYTES, random_secret};

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// How much longer a sealed blob is than its plaintext, in bytes.
pub const BLOB_OVERHEAD_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// A key for blobs, with the two that are derived from it.
#[derive(Clone)]
pub struct BlobKey {
    key: Zeroizing<[u8; KEY_BYTES]>,
    nonce: Zeroizing<[u8; KEY_BYTES]>,
    cipher: Zeroizing<[u8; KEY_BYTES]>,
}

impl BlobKey {
    /// The key for the purpose `label`, from a secret with at least 256 bits of entropy.
    #[must_use]
    pub fn derive(label: Label, secret: &[u8]) -> BlobKey {
        BlobKey::from_secret(derive(label, secret))
    }

    /// A fresh random key.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> BlobKey {
        BlobKey::from_secret(random_secret(rng))
    }

    /// The key that [`expose_bytes`](BlobKey::expose_bytes) gave out.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> BlobKey {
        BlobKey::from_secret(Zeroizing::new(bytes))
    }

    /// The secret itself, for handing it on.
    #[must_use]
    pub fn expose_bytes(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.key.clone()
    }

    /// Seals `plaintext`; the result is [`BLOB_OVERHEAD_BYTES`] longer, and always the same.
    #[must_use]
    pub fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(plaintext.len() + BLOB_OVERHEAD_BYTES);
        self.seal_onto(plaintext, &mut sealed);
        sealed
    }

    /// As [`seal`](BlobKey::seal), appended to `out`: for formats that put something before it.
    pub fn seal_onto(&self, plaintext: &[u8], out: &mut Vec<u8>) {
        let nonce = self.nonce_of(plaintext);
        out.reserve(plaintext.len() + BLOB_OVERHEAD_BYTES);
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let tag = self
            .cipher()
            .encrypt_inout_detached(&XNonce::from(nonce), b"", InOutBuf::from(&mut out[start..]))
            .expect("a blob is short of 256 GiB");
        out.extend_from_slice(&tag);
    }

    /// Opens what [`seal`](BlobKey::seal) made. The plaintext isn't wiped when dropped: wrap it where it is a secret.
    ///
    /// # Errors
    /// [`OpenError`] if it was sealed with another key, or changed.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(OpenError)?;
        let mut plaintext = ciphertext.to_vec();
        self.cipher()
            .decrypt_inout_detached(
                &XNonce::from(*nonce),
                b"",
                InOutBuf::from(&mut plaintext[..]),
                &Tag::from(*tag),
            )
            .map_err(|_| OpenError)?;
        if bool::from(self.nonce_of(&plaintext).ct_eq(nonce)) {
            Ok(plaintext)
        } else {
            plaintext.zeroize();
            Err(OpenError)
        }
    }

    fn from_secret(key: Zeroizing<[u8; KEY_BYTES]>) -> BlobKey {
        BlobKey {
            nonce: derive(Label::BLOB_NONCE, &key[..]),
            cipher: derive(Label::BLOB_ENCRYPTION, &key[..]),
            key,
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new_from_slice(&self.cipher[..]).expect("a derived key has 32 bytes")
    }

    fn nonce_of(&self, plaintext: &[u8]) -> [u8; NONCE_BYTES] {
        let mut hasher = blake3::Hasher::new_keyed(&self.nonce);
        hasher.update(plaintext);
        let hash = hasher.finalize();
        hasher.zeroize();
        *hash
            .as_bytes()
            .first_chunk()
            .expect("a hash is longer than a nonce")
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobKey(secret)")
    }
}
