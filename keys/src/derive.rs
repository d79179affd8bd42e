//! Every derivation of one key from another, by label.
//!
//! Keys are derived by BLAKE3's `derive_key` mode (BLAKE3 specification, section 2.3, and its
//! recommendations on context strings in section 6.2): one label serves one purpose, so that what
//! is learned of one derived key says nothing about its siblings or its parent.
//!
//! | label | from | gives |
//! | --- | --- | --- |
//! | [`Label::ROOT_SIGNING`] | BIP39 seed (64 bytes) | Ed25519 seed of the root key |
//! | [`Label::RECOVERY_BOX`] | BIP39 seed | X25519 secret of the recovery key |
//! | [`Label::LOCATOR`] | BIP39 seed | the locator secret |
//! | [`Label::BODY_TAG`] | space key (32 bytes) | key of the tag before a sealed body |
//! | [`Label::BODY_ENCRYPTION`] | space key | XChaCha20-Poly1305 key of sealed bodies |
//! | [`Label::IMPORT_SALT`] | space key | salt under which imported posts are recognised |
//! | [`Label::OBJECT`] | private space's key | [`BlobKey`](crate::BlobKey) of objects |
//! | [`Label::PACK`] | a generation's backup key (32 bytes) | blob key of packs |
//! | [`Label::MANIFEST`] | backup key | blob key of manifest pages |
//! | [`Label::ROOT`] | a backup root's own key (32 bytes) | blob key of that root |
//! | [`Label::BLOB_NONCE`] | blob key (32 bytes) | key of the hash that gives a blob's nonce |
//! | [`Label::BLOB_ENCRYPTION`] | blob key | XChaCha20-Poly1305 key of sealed blobs |
//!
//! Crates that depend on this one add labels of their own by [`Label::new`].

use zeroize::{Zeroize, Zeroizing};

use crate::KEY_BYTES;

/// The purpose of a derived key: a string that is globally unique and written out in the source.
///
/// The form is `hearth <year>-<month> <purpose> v<version>`. A label is never reused for another
/// purpose and never changed: a new derivation gets a new label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(&'static str);

impl Label {
    /// The Ed25519 seed of the root signing key, from the BIP39 seed.
    pub const ROOT_SIGNING: Label = Label("hearth 2026-11 root signing key v1");
    /// The X25519 secret of the recovery key, from the BIP39 seed.
    pub const RECOVERY_BOX: Label = Label("hearth 2026-11 recovery box key v1");
    /// The locator secret, from the BIP39 seed.
    pub const LOCATOR: Label = Label("hearth 2026-11 locator secret v1");
    /// The key of the tag that stands before a sealed body, from a space key.
    pub const BODY_TAG: Label = Label("hearth 2026-11 body tag key v1");
    /// The encryption key of sealed bodies, from a space key.
    pub const BODY_ENCRYPTION: Label = Label("hearth 2026-11 body encryption key v1");
    /// The salt under which imported posts are recognised again, from a space key.
    pub const IMPORT_SALT: Label = Label("hearth 2026-11 import salt v1");
    /// The blob key of objects, from the private space's key.
    pub const OBJECT: Label = Label("hearth 2026-11 object key v1");
    /// The blob key of packs, from a generation's backup key.
    pub const PACK: Label = Label("hearth 2026-11 pack key v1");
    /// The blob key of manifest pages, from a generation's backup key.
    pub const MANIFEST: Label = Label("hearth 2026-11 manifest key v1");
    /// The blob key of one backup root, from the fresh key that is sealed to its recipients.
    pub const ROOT: Label = Label("hearth 2026-11 backup root key v1");
    /// The key of the hash that gives a blob's nonce, from a blob key.
    pub const BLOB_NONCE: Label = Label("hearth 2026-11 blob nonce key v1");
    /// The encryption key of sealed blobs, from a blob key.
    pub const BLOB_ENCRYPTION: Label = Label("hearth 2026-11 blob encryption key v1");

    /// A label of another crate. It must be a constant of the source, in the form told above.
    #[must_use]
    pub const fn new(label: &'static str) -> Label {
        Label(label)
    }

    /// The label's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl From<&'static str> for Label {
    fn from(label: &'static str) -> Label {
        Label(label)
    }
}

/// Derives 32 bytes for the purpose `label` from `secret`, which must have at least 256 bits of
/// entropy: this is no password hash.
#[must_use]
pub fn derive(label: Label, secret: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut hasher = blake3::Hasher::new_derive_key(label.0);
    hasher.update(secret);
    let derived = finish(&mut hasher);
    hasher.zeroize();
    derived
}

fn finish(hasher: &mut blake3::Hasher) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut hash = hasher.finalize();
    let derived = Zeroizing::new(*hash.as_bytes());
    hash.zeroize();
    derived
}
