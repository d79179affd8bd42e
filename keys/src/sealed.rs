//! Bytes that only one recipient can open.
//!
//! HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
//! ChaCha20-Poly1305, one message a context. A sealed message is the encapsulated key (32 bytes) ‖
//! ciphertext (as long as the plaintext) ‖ authentication tag (16 bytes). Base mode says nothing
//! about the sender: who needs to know signs what is inside.

use std::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::text::Hex;
use crate::{KEY_BYTES, random_secret};

/// Length of the encapsulated key before the ciphertext.
const ENCAPSULATED_BYTES: usize = 32;

/// How much longer a sealed message is than its plaintext, in bytes.
pub const SEALED_OVERHEAD_BYTES: usize = ENCAPSULATED_BYTES + 16;

type HpkePublic = <X25519HkdfSha256 as Kem>::PublicKey;
type HpkeSecret = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The public half of an X25519 box key: to it things are sealed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoxPublic([u8; KEY_BYTES]);

impl BoxPublic {
    /// Takes 32 bytes as a public key. Any bytes are one (RFC 7748, section 5), a few of them
    /// useless: see [`is_usable`](BoxPublic::is_usable).
    #[must_use]
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> BoxPublic {
        BoxPublic(bytes)
    }

    /// The public key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Whether a secret can be agreed with this key. The few points of small order have no holder
    /// and give the same agreement to everybody (RFC 7748, section 6.1).
    #[must_use]
    pub fn is_usable(&self) -> bool {
        // Clamped scalars are multiples of the cofactor, so any one of them tells.
        let probe = StaticSecret::from([1; KEY_BYTES]);
        let public = x25519_dalek::PublicKey::from(self.0);
        probe.diffie_hellman(&public).was_contributory()
    }

    fn to_hpke(self) -> HpkePublic {
        HpkePublic::from_bytes(&self.0).expect("32 bytes are an X25519 public key")
    }
}

impl fmt::Debug for BoxPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoxPublic({}…)", Hex(&self.0[..4]))
    }
}

/// The secret half of an X25519 box key: it opens what was sealed to its public half.
#[derive(Clone)]
pub struct BoxSecret(Zeroizing<[u8; KEY_BYTES]>);

impl BoxSecret {
    /// A fresh random key.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> BoxSecret {
        BoxSecret(random_secret(rng))
    }

    /// The key that [`expose_bytes`](BoxSecret::expose_bytes) gave out.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> BoxSecret {
        BoxSecret(Zeroizing::new(bytes))
    }

    pub(crate) const fn from_secret(secret: Zeroizing<[u8; KEY_BYTES]>) -> BoxSecret {
        BoxSecret(secret)
    }

    /// The secret itself, for keeping it.
    #[must_use]
    pub fn expose_bytes(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.0.clone()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> BoxPublic {
        let secret = StaticSecret::from(*self.0);
        BoxPublic(x25519_dalek::PublicKey::from(&secret).to_bytes())
    }

    /// Opens what [`seal`] made for the public half, with the same `info` and `aad`.
    ///
    /// # Errors
    /// [`OpenError`] if it was sealed to another key, under another `info` or `aad`, or changed.
    pub fn open(
        &self,
        info: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (encapsulated, ciphertext) = sealed
            .split_at_checked(ENCAPSULATED_BYTES)
            .ok_or(OpenError)?;
        let encapsulated = Encapsulated::from_bytes(encapsulated).map_err(|_| OpenError)?;
        let secret = HpkeSecret::from_bytes(&self.0[..]).map_err(|_| OpenError)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &encapsulated,
            info,
            ciphertext,
            aad,
        )
        .map(Zeroizing::new)
        .map_err(|_| OpenError)
    }
}

impl fmt::Debug for BoxSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxSecret(secret)")
    }
}

/// What was sealed doesn't open with this key in this place.
///
/// It deliberately doesn't say why: whoever made it up should learn nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this can't be opened with this key")]
pub struct OpenError;

/// Seals `plaintext` to the holder of `to`. The result is [`SEALED_OVERHEAD_BYTES`] longer.
///
/// `info` says what is sealed and where it belongs, `aad` whatever else must match; both are bound
/// and neither is in the result.
///
/// A key that isn't [usable](BoxPublic::is_usable) has no holder, and what is sealed to it opens
/// for nobody: it is sealed to a key that is forgotten at once.
#[must_use]
pub fn seal(
    to: &BoxPublic,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<u8> {
    let to = if to.is_usable() {
        *to
    } else {
        BoxSecret::generate(rng).public()
    };
    let (encapsulated, ciphertext) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &to.to_hpke(),
            info,
            plaintext,
            aad,
            &mut &mut *rng,
        )
        .expect("the recipient's key is usable and the message short of 256 GiB");
    let mut sealed = encapsulated.to_bytes().to_vec();
    sealed.extend_from_slice(&ciphertext);
    sealed
}
