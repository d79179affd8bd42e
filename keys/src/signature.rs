//! What is signed, and how a signature is checked.
//!
//! Signed is `label ‖ 0x00 ‖ message`, where the label names the [`Context`]. No label contains a
//! zero byte, so a signature made for one purpose can't be shown for another. The scheme is
//! Ed25519 (RFC 8032), verified strictly: weak keys and weak nonces are refused, so that all nodes
//! agree about every signature.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use crate::KEY_BYTES;
use crate::text::Hex;

/// Length of a signature in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// The purpose of a signature. Only the contexts listed here exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context(&'static str);

impl Context {
    /// An entry's header, signed by the device that wrote it.
    pub const ENTRY: Context = Context("hearth/entry/1");
    /// Certify, cut, retire or rotate, signed by the root key.
    pub const ROOT_STATEMENT: Context = Context("hearth/root-statement/1");
    /// Where an identity can be reached now, signed by a certified device.
    pub const PRESENCE: Context = Context("hearth/presence/1");
    /// That somebody follows somebody, told by the follower's device.
    pub const FOLLOW_NOTICE: Context = Context("hearth/follow-notice/1");
    /// That the owner of a backup stands at this session's other end, told by one of their devices.
    pub const GUARDIAN_CLAIM: Context = Context("hearth/guardian-claim/1");
    /// That a guardian shall keep something for its owner, told by one of the owner's devices.
    pub const TICKET: Context = Context("hearth/ticket/1");
    /// That a guardian need no longer keep something, told by one of the owner's devices.
    pub const RELEASE: Context = Context("hearth/release/1");
    /// What a backup's root says, signed by the device that made the backup.
    pub const BACKUP_ROOT: Context = Context("hearth/backup-root-content/1");
    /// What is asked of somebody in a sealed letter, signed by a current device of who asks.
    pub const LETTER: Context = Context("hearth/letter/1");
    /// All contexts, in the order above.
    pub const ALL: [Context; 9] = [
        Context::ENTRY,
        Context::ROOT_STATEMENT,
        Context::PRESENCE,
        Context::FOLLOW_NOTICE,
        Context::GUARDIAN_CLAIM,
        Context::TICKET,
        Context::RELEASE,
        Context::BACKUP_ROOT,
        Context::LETTER,
    ];

    /// The bytes that are signed before the message, as text.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.0
    }

    fn frame(self, message: &[u8]) -> Vec<u8> {
        let mut framed = Vec::with_capacity(self.0.len() + 1 + message.len());
        framed.extend_from_slice(self.0.as_bytes());
        framed.push(0);
        framed.extend_from_slice(message);
        framed
    }
}

/// An Ed25519 signature: 64 bytes, not yet known to be valid for anything.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; SIGNATURE_BYTES]);

impl Signature {
    /// Takes 64 bytes as a signature; whether it is one shows when it is verified.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SIGNATURE_BYTES]) -> Signature {
        Signature(bytes)
    }

    /// The signature's bytes: R (32) ‖ S (32).
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}…)", Hex(&self.0[..4]))
    }
}

/// The signature isn't this key's signature of this message in this context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not valid")]
pub struct BadSignature;

pub(crate) fn sign(key: &SigningKey, context: Context, message: &[u8]) -> Signature {
    Signature(key.sign(&context.frame(message)).to_bytes())
}

pub(crate) fn verify(
    public: &[u8; KEY_BYTES],
    context: Context,
    message: &[u8],
    signature: &Signature,
) -> Result<(), BadSignature> {
    let key = VerifyingKey::from_bytes(public).map_err(|_| BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(&context.frame(message), &signature)
        .map_err(|_| BadSignature)
}
