//! The keys of one machine, and the inbox key that an identity's machines share.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::SigningKey;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::sealed::{BoxPublic, BoxSecret};
use crate::signature::{self, BadSignature, Context, Signature};
use crate::text::{self, Hex, HexError};
use crate::{KEY_BYTES, random_secret};

/// Length of [`DeviceKeys::to_bytes`]: signing seed ‖ box secret.
pub const DEVICE_KEYS_BYTES: usize = 2 * KEY_BYTES;

/// A device's Ed25519 public key. As text it is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId([u8; KEY_BYTES]);

impl DeviceId {
    /// Takes 32 bytes as a device's key without looking at them; if they are no point of the
    /// curve, every [`verify`](DeviceId::verify) fails.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> DeviceId {
        DeviceId(bytes)
    }

    /// The public key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Checks that this device signed `message` in `context`.
    ///
    /// # Errors
    /// [`BadSignature`], also when these bytes aren't a valid key.
    pub fn verify(
        &self,
        context: Context,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        signature::verify(&self.0, context, message, signature)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({}…)", Hex(&self.0[..4]))
    }
}

impl FromStr for DeviceId {
    type Err = HexError;

    fn from_str(text: &str) -> Result<DeviceId, HexError> {
        text::read_hex(text).map(DeviceId)
    }
}

/// What a machine keeps of its own: an Ed25519 signing key and an X25519 box key, both random.
pub struct DeviceKeys {
    signing: SigningKey,
    boxed: BoxSecret,
}

impl DeviceKeys {
    /// Fresh random keys.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> DeviceKeys {
        DeviceKeys::from_bytes(&random_secret(rng))
    }

    /// The keys that [`to_bytes`](DeviceKeys::to_bytes) gave out.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; DEVICE_KEYS_BYTES]) -> DeviceKeys {
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        let mut boxed = Zeroizing::new([0; KEY_BYTES]);
        seed.copy_from_slice(&bytes[..KEY_BYTES]);
        boxed.copy_from_slice(&bytes[KEY_BYTES..]);
        DeviceKeys {
            signing: SigningKey::from_bytes(&seed),
            boxed: BoxSecret::from_secret(boxed),
        }
    }

    /// Both secrets, for a [key file](crate::keyfile): signing seed (32 bytes) ‖ box secret (32).
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; DEVICE_KEYS_BYTES]> {
        let mut bytes = Zeroizing::new([0; DEVICE_KEYS_BYTES]);
        bytes[..KEY_BYTES].copy_from_slice(self.signing.as_bytes());
        bytes[KEY_BYTES..].copy_from_slice(&self.boxed.expose_bytes()[..]);
        bytes
    }

    /// The device's public signing key, by which it is known.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        DeviceId(self.signing.verifying_key().to_bytes())
    }

    /// The public half of the box key.
    #[must_use]
    pub fn box_public(&self) -> BoxPublic {
        self.boxed.public()
    }

    /// The secret half of the box key.
    #[must_use]
    pub fn box_secret(&self) -> &BoxSecret {
        &self.boxed
    }

    /// Signs `message` in `context`.
    #[must_use]
    pub fn sign(&self, context: Context, message: &[u8]) -> Signature {
        signature::sign(&self.signing, context, message)
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKeys(secret)")
    }
}

/// One generation of an identity's inbox key: others seal to it, all own devices can open it.
#[derive(Clone)]
pub struct InboxKey {
    /// Counts up by one at every rotation.
    pub generation: u32,
    /// The key itself.
    pub secret: BoxSecret,
}

impl InboxKey {
    /// A fresh random key of the given generation.
    #[must_use]
    pub fn generate(generation: u32, rng: &mut (impl CryptoRng + ?Sized)) -> InboxKey {
        InboxKey {
            generation,
            secret: BoxSecret::generate(rng),
        }
    }

    /// What is announced to others.
    #[must_use]
    pub fn public(&self) -> BoxPublic {
        self.secret.public()
    }
}

impl fmt::Debug for InboxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboxKey({}, secret)", self.generation)
    }
}
