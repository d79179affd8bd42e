//! The public identity of a person: what others follow.

use std::fmt;
use std::str::FromStr;

use crate::KEY_BYTES;
use crate::signature::{self, BadSignature, Context, Signature};
use crate::text::{self, TextError};

/// A person's Ed25519 root public key. As text it is `hearth1…` (see [`text`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity([u8; KEY_BYTES]);

impl Identity {
    /// Takes 32 bytes as an identity without looking at them, which is cheap. If they are no point
    /// of the curve, every [`verify`](Identity::verify) fails; [`is_valid`](Identity::is_valid)
    /// tells beforehand.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Identity {
        Identity(bytes)
    }

    /// The public key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Whether somebody can hold the secret of this key: a canonically written point of the curve
    /// that isn't of small order.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&self.0) else {
            return false;
        };
        !key.is_weak() && key.to_edwards().compress().as_bytes() == &self.0
    }

    /// Checks that the holder of this identity's root key signed `message` in `context`.
    ///
    /// # Errors
    /// [`BadSignature`], also when this identity isn't a valid key.
    pub fn verify(
        &self,
        context: Context,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        signature::verify(&self.0, context, message, signature)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_identity(&self.0, f)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        write!(f, "Identity({}…)", &text[..text::SHORT_CHARS])
    }
}

impl FromStr for Identity {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Identity, TextError> {
        let identity = Identity(text::read_identity(text)?);
        if identity.is_valid() {
            Ok(identity)
        } else {
            Err(TextError::NotAKey)
        }
    }
}
