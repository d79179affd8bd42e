//! What a root carries besides the backup's own keys: those of the private space and of the inbox, so that what comes back
//! can be read at once. And the root as a home keeps it while it is being restored.

use std::collections::BTreeMap;
use std::path::Path;

use hearth_keys::{DeviceKeys, Identity, seal};
use hearth_protocol::bounds::ROOT_BYTES_MAX;
use hearth_protocol::codec::{Bytes, DecodeError, decode, encode};
use hearth_protocol::content::KeyPurpose;
use hearth_protocol::manifest::Root;
use zeroize::Zeroizing;

use crate::home::{HomeError, write_private};
use crate::store::grants::GrantedKey;

/// The root's extension with keys: `[(purpose, generation, key)…]`.
pub(crate) const KEYS_EXTENSION: u16 = 1;
const PRIVATE_SPACE: u8 = 1;
const INBOX: u8 = 2;
/// What a kept root is sealed for (HPKE's `info`).
const KEPT_INFO: &[u8] = b"hearth/restore-kept-root/1";
/// What kept newer roots are sealed for.
const LATER_INFO: &[u8] = b"hearth/restore-later-roots/1";

type KeyTuple = (u8, u32, Bytes<32>);

/// What a root's extension says of the keys that a device was granted.
pub(crate) fn extension(keys: &[GrantedKey]) -> Vec<u8> {
    let tuple = |key: &GrantedKey| -> Option<KeyTuple> {
        let purpose = match key.purpose {
            KeyPurpose::PrivateSpace => PRIVATE_SPACE,
            KeyPurpose::Inbox => INBOX,
            // The root has these anyhow.
            KeyPurpose::Backup => return None,
        };
        Some((purpose, key.generation, Bytes(*key.secret)))
    };
    encode(&keys.iter().filter_map(tuple).collect::<Vec<_>>())
}

/// All keys in a root.
///
/// # Errors
/// The extension makes no sense.
pub(crate) fn of(root: &Root) -> Result<Vec<GrantedKey>, DecodeError> {
    let backup = root.keys.iter().map(|key| GrantedKey {
        purpose: KeyPurpose::Backup,
        generation: key.generation,
        secret: key.secret.clone(),
    });
    let mut keys: Vec<GrantedKey> = backup.collect();
    let Some(bytes) = root.extensions.get(&KEYS_EXTENSION) else {
        return Ok(keys);
    };
    let tuples: Vec<KeyTuple> = decode(bytes, ROOT_BYTES_MAX)?;
    for (purpose, generation, secret) in tuples {
        let purpose = match purpose {
            PRIVATE_SPACE => KeyPurpose::PrivateSpace,
            INBOX => KeyPurpose::Inbox,
            _ => continue,
        };
        keys.push(GrantedKey {
            purpose,
            generation,
            secret: Zeroizing::new(secret.0),
        });
    }
    Ok(keys)
}

/// Keeps a root in a file that only this device opens.
///
/// # Errors
/// [`HomeError`]
pub(super) fn keep(path: &Path, root: &Root, device: &DeviceKeys) -> Result<(), HomeError> {
    keep_bytes(path, (&root.identity, KEPT_INFO), &root.to_plain(), device)
}

fn keep_bytes(
    path: &Path,
    (identity, info): (&Identity, &[u8]),
    plain: &[u8],
    device: &DeviceKeys,
) -> Result<(), HomeError> {
    let (public, mut rng) = (device.box_public(), crate::rng::system());
    let sealed = seal(&public, info, identity.as_bytes(), plain, &mut rng);
    write_private(path, &sealed)
}

/// Keeps of newer roots what tells where packs lie, in a file that only this device opens.
///
/// # Errors
/// [`HomeError`]
pub(super) fn keep_later(
    path: &Path,
    identity: &Identity,
    later: &[Root],
    device: &DeviceKeys,
) -> Result<(), HomeError> {
    let mut plain = Zeroizing::new(Vec::new());
    for root in later {
        let places = Root {
            snapshots: Vec::new(),
            statements: Vec::new(),
            heads: Vec::new(),
            extensions: BTreeMap::new(),
            ..root.clone()
        };
        let bytes = places.to_plain();
        let length = u32::try_from(bytes.len()).expect("a root has few MiB");
        // A buffer of its own each time: one that grows would leave pieces of keys behind in memory.
        let mut longer = Zeroizing::new(Vec::with_capacity(plain.len() + 4 + bytes.len()));
        longer.extend_from_slice(&plain);
        longer.extend_from_slice(&length.to_be_bytes());
        longer.extend_from_slice(&bytes);
        plain = longer;
    }
    keep_bytes(path, (identity, LATER_INFO), &plain, device)
}

/// The roots that [`keep_later`] kept; none where the file is gone or makes no sense, as what is restored can often be had
/// without.
pub(super) fn kept_later(path: &Path, identity: &Identity, device: &DeviceKeys) -> Vec<Root> {
    let Ok(sealed) = std::fs::read(path) else {
        return Vec::new();
    };
    let secret = device.box_secret();
    let plain = secret.open(LATER_INFO, identity.as_bytes(), &sealed);
    let roots = plain.ok().and_then(|plain| later_of(&plain));
    let mut roots = roots.unwrap_or_default();
    roots.retain(|root| root.identity == *identity);
    roots
}

fn later_of(mut plain: &[u8]) -> Option<Vec<Root>> {
    let mut roots = Vec::new();
    while let Some((length, rest)) = plain.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (root, rest) = rest.split_at_checked(length)?;
        roots.push(Root::from_plain(root).ok()?);
        plain = rest;
    }
    plain.is_empty().then_some(roots)
}

/// The root that [`keep`] kept.
///
/// # Errors
/// There is none, or it isn't one.
pub(super) fn kept(
    path: &Path,
    identity: &Identity,
    device: &DeviceKeys,
) -> Result<Root, HomeError> {
    let sealed = std::fs::read(path).map_err(|source| HomeError::Io {
        what: "read",
        path: path.to_owned(),
        source,
    })?;
    let plain = device
        .box_secret()
        .open(KEPT_INFO, identity.as_bytes(), &sealed);
    let root = plain.ok().and_then(|plain| Root::from_plain(&plain).ok());
    root.filter(|root| root.identity == *identity)
        .ok_or_else(|| HomeError::Damaged {
            path: path.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{a_root, person};
    use super::*;

    fn key(purpose: KeyPurpose, generation: u32) -> GrantedKey {
        let secret = Zeroizing::new([u8::try_from(generation).unwrap(); 32]);
        GrantedKey {
            purpose,
            generation,
            secret,
        }
    }

    #[test]
    fn a_root_carries_every_key() {
        let (_, device) = person();
        let mut root = a_root(&device);
        let granted = [
            key(KeyPurpose::PrivateSpace, 0),
            key(KeyPurpose::PrivateSpace, 3),
            key(KeyPurpose::Inbox, 1),
            key(KeyPurpose::Backup, 9),
        ];
        root.extensions.insert(KEYS_EXTENSION, extension(&granted));
        let read: Vec<_> = of(&root)
            .unwrap()
            .into_iter()
            .map(|key| (key.purpose, key.generation, key.secret[0]))
            .collect();
        assert_eq!(
            read[1..],
            [
                (KeyPurpose::PrivateSpace, 0, 0),
                (KeyPurpose::PrivateSpace, 3, 3),
                (KeyPurpose::Inbox, 1, 1)
            ]
        );
        assert_eq!(read[0].0, KeyPurpose::Backup);
        root.extensions.insert(KEYS_EXTENSION, vec![0xff]);
        assert!(of(&root).is_err());
    }

    #[test]
    fn a_kept_root_is_read_by_its_device_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("root");
        let (_, device) = person();
        let root = a_root(&device);
        keep(&path, &root, &device).unwrap();
        assert_eq!(kept(&path, &root.identity, &device).unwrap(), root);
        let other = DeviceKeys::generate(&mut crate::rng::system());
        assert!(kept(&path, &root.identity, &other).is_err());
        let bytes = std::fs::read(&path).unwrap();
        let secret = &root.keys[0].secret[..];
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }

    #[test]
    fn of_newer_roots_what_tells_places_is_kept() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("later");
        let (_, device) = person();
        let root = a_root(&device);
        let newer = Root {
            number: 9,
            ..root.clone()
        };
        assert_eq!(kept_later(&path, &root.identity, &device), []);
        let roots = [newer, root.clone()];
        keep_later(&path, &root.identity, &roots, &device).unwrap();
        let kept = kept_later(&path, &root.identity, &device);
        let told = |root: &Root| (root.number, root.keys.clone(), root.guardians.clone());
        assert_eq!(
            kept.iter().map(told).collect::<Vec<_>>(),
            roots.iter().map(told).collect::<Vec<_>>()
        );
        let other = DeviceKeys::generate(&mut crate::rng::system());
        assert_eq!(kept_later(&path, &root.identity, &other), []);
        let (other, _) = person();
        assert_eq!(kept_later(&path, &other.root().identity(), &device), []);
    }
}
