//! Who somebody is on Hearth, and everything that must stay secret about it.
//!
//! A person is an Ed25519 public key, the [`Identity`], written `hearth1…`. Its secret comes from
//! 24 words on paper, the [`Phrase`]; the machine at home doesn't keep it. What the machine keeps
//! are [`DeviceKeys`] of its own, which the root key certifies once, so that a stolen machine can
//! be cut off and a burnt one replaced while the person stays the same.
//!
//! ```
//! use hearth_keys::{Context, DeviceKeys, Phrase, seal};
//! # use rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::from_seed([7; 32]);
//!
//! // Once in a lifetime: the paper, and from it the identity.
//! let phrase = Phrase::generate(&mut rng);
//! let root = phrase.root();
//! let address = root.identity().to_string();
//! assert!(address.starts_with("hearth1"));
//!
//! // Once a machine: its own keys, vouched for by the root.
//! let device = DeviceKeys::generate(&mut rng);
//! let vouch = root.sign(Context::ROOT_STATEMENT, device.id().as_bytes());
//! let alice: hearth_keys::Identity = address.parse()?;
//! alice.verify(Context::ROOT_STATEMENT, device.id().as_bytes(), &vouch)?;
//!
//! // After a fire: what was sealed to the recovery key opens with the paper alone.
//! let sealed = seal(&root.recovery_public(), b"backup key", b"", b"secret", &mut rng);
//! drop(root);
//! let paper = Phrase::parse(&phrase.expose())?;
//! assert_eq!(*paper.root().recovery().open(b"backup key", b"", &sealed)?, b"secret");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`phrase`] | 24 words and the [`Root`] that they derive |
//! | [`identity`], [`text`] | the public identity and how it is written down |
//! | [`device`] | a machine's keys and an identity's rotating inbox key |
//! | [`signature`] | what is signed: a labelled context before every message |
//! | [`sealed`] | bytes for one recipient (HPKE, RFC 9180) |
//! | [`space_key`] | bodies for everybody who holds an epoch's key |
//! | [`blob_key`] | large things, alike whenever they are sealed again |
//! | [`mod@derive`] | every label under which a key is derived from another |
//! | [`keyfile`] | secrets as the bytes of a file, with or without a passphrase |
//! | [`password`] | passwords as they are kept |
//!
//! The crate does no IO and reads no clock; randomness is an argument. Secrets are wiped when
//! dropped, have no `Display`, and their `Debug` names only their type.

pub mod blob_key;
pub mod derive;
pub mod device;
pub mod identity;
pub mod keyfile;
pub mod password;
pub mod phrase;
pub mod sealed;
pub mod signature;
pub mod space_key;
pub mod text;

pub use blob_key::{BLOB_OVERHEAD_BYTES, BlobKey};
pub use derive::Label;
pub use device::{DeviceId, DeviceKeys, InboxKey};
pub use identity::Identity;
pub use keyfile::{KeyFileError, KeyFileKind};
pub use password::{PASSWORD_HASH_BYTES, PasswordHash};
pub use phrase::{Locator, Phrase, PhraseError, Root};
pub use sealed::{BoxPublic, BoxSecret, OpenError, SEALED_OVERHEAD_BYTES, seal};
pub use signature::{BadSignature, Context, Signature};
pub use space_key::{BODY_MARK_BYTES, SEALED_BODY_OVERHEAD_BYTES, SpaceKey};
pub use text::{HexError, TextError};

/// The source of randomness that functions of this crate ask for.
pub use rand_core::CryptoRng;

/// Length of every key of this crate, public or secret, in bytes.
pub const KEY_BYTES: usize = 32;

use zeroize::Zeroizing;

/// Draws a fresh secret of `N` bytes into memory that is wiped afterwards.
fn random_secret<const N: usize>(rng: &mut (impl CryptoRng + ?Sized)) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    rng.fill_bytes(&mut bytes[..]);
    bytes
}
