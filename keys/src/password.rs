//! Passwords as they are kept: by what they stretch to, never as they are.
//!
//! [`PasswordHash`] has 60 bytes: the cost (memory in KiB, passes and lanes of Argon2id, big-endian `u32` each), a salt of 16
//! and the 32 bytes that Argon2id (RFC 9106, version 0x13) makes of password and salt.

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::KEY_BYTES;
use crate::keyfile::cost::{COST_BYTES, Cost};

const SALT_BYTES: usize = 16;

/// Length of a [`PasswordHash`] as bytes.
pub const PASSWORD_HASH_BYTES: usize = COST_BYTES + SALT_BYTES + KEY_BYTES;

/// What a password is known by.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    cost: Cost,
    salt: [u8; SALT_BYTES],
    stretched: Zeroizing<[u8; KEY_BYTES]>,
}

impl PasswordHash {
    /// Stretches a new password. It takes about a fifth of a second and 64 MiB.
    #[must_use]
    pub fn of(password: &[u8], rng: &mut (impl CryptoRng + ?Sized)) -> PasswordHash {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        let cost = Cost::WRITTEN;
        let stretched = cost
            .stretch(password, &salt)
            .expect("the cost that we write can be paid");
        PasswordHash {
            cost,
            salt,
            stretched,
        }
    }

    /// A hash that no password has: comparing with it costs what comparing with any other does.
    #[must_use]
    pub fn of_none(rng: &mut (impl CryptoRng + ?Sized)) -> PasswordHash {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        PasswordHash {
            cost: Cost::WRITTEN,
            salt,
            stretched: crate::random_secret(rng),
        }
    }

    /// Whether this is the password. It takes as long whether it is or not.
    #[must_use]
    pub fn is(&self, password: &[u8]) -> bool {
        let given = self.cost.stretch(password, &self.salt);
        given.is_ok_and(|given| given[..].ct_eq(&self.stretched[..]).into())
    }

    /// The hash as bytes, for a file that only its owner reads.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PASSWORD_HASH_BYTES] {
        let mut bytes = [0; PASSWORD_HASH_BYTES];
        bytes[..COST_BYTES].copy_from_slice(&self.cost.to_bytes());
        bytes[COST_BYTES..COST_BYTES + SALT_BYTES].copy_from_slice(&self.salt);
        bytes[COST_BYTES + SALT_BYTES..].copy_from_slice(&self.stretched[..]);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` for what asks for more memory or time than anything that we write.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; PASSWORD_HASH_BYTES]) -> Option<PasswordHash> {
        let (cost, rest) = bytes.split_first_chunk::<COST_BYTES>()?;
        let (salt, rest) = rest.split_first_chunk::<SALT_BYTES>()?;
        let (stretched, _) = rest.split_first_chunk::<KEY_BYTES>()?;
        Some(PasswordHash {
            cost: Cost::from_bytes(*cost).ok()?,
            salt: *salt,
            stretched: Zeroizing::new(*stretched),
        })
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([7; 32]);
        let hash = PasswordHash::of(b"correct horse", &mut rng);
        let read = PasswordHash::from_bytes(&hash.to_bytes());
        assert_eq!(read.as_ref(), Some(&hash));
        assert!(hash.is(b"correct horse"));
        for wrong in [&b"correct hors"[..], b"Correct horse", b""] {
            assert!(!hash.is(wrong));
        }
        let again = PasswordHash::of(b"correct horse", &mut rng);
        assert_ne!(hash, again, "salted");
        assert!(!PasswordHash::of_none(&mut rng).is(b""));
    }

    #[test]
    fn what_would_exhaust_the_machine_is_refused() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([7; 32]);
        let mut bytes = PasswordHash::of_none(&mut rng).to_bytes();
        bytes[0] = 0x7f;
        assert_eq!(PasswordHash::from_bytes(&bytes), None);
    }
}
