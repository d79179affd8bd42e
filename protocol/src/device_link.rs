//! `hearth-device:` links: all that a new machine needs to be a device of somebody, in one line that is shown once.
//!
//! It holds the new device's secret keys: whoever reads it is that device.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hearth_keys::{BoxPublic, DeviceKeys, Identity, Locator};
use zeroize::Zeroizing;

use crate::bounds::{ADDRESS_BYTES_MAX, ADDRESSES_MAX};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::root::{Claim, Statement};

/// What a device link begins with.
pub const DEVICE_SCHEME: &str = "hearth-device:";
/// Root statements that one carries: the new device's certificate, and those of devices that it can meet.
pub const LINK_STATEMENTS_MAX: usize = 4;

const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 4;
/// What a link's text may be long; what is allowed in it is shorter.
const TEXT_BYTES_MAX: usize = 16 * 1024;

/// What the device that somebody has gives to the one that they add.
#[derive(Debug)]
pub struct DeviceLink {
    /// The new device's keys.
    pub device: DeviceKeys,
    /// The person's recovery key.
    pub recovery: BoxPublic,
    /// By which guardians are found.
    pub locator: Locator,
    /// The new device's certificate, and those of other devices; all of one person.
    pub statements: Vec<Statement>,
    /// Multiaddrs at which a device is that has everything else.
    pub via: Vec<String>,
}

/// Why a text is no device link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceLinkError {
    /// It begins with something else.
    #[error(
        "a device link begins with hearth-device: and is shown by `hearth device add` on a device that you have"
    )]
    Scheme,
    /// Characters are missing, or others than were written.
    #[error("the device link isn't whole: copy all of it again")]
    Damaged,
    /// Of a version that this program doesn't know.
    #[error(
        "the device link was made by a newer version of this program (format {0}): update this one"
    )]
    Version(u8),
    /// What is in it contradicts itself, or is out of bounds.
    #[error("the device link makes no sense ({0}): make another one")]
    Content(&'static str),
}

/// (device keys, recovery public key, locator, statements, addresses)
type LinkTuple = (Bytes<64>, Bytes<32>, Bytes<32>, Vec<Blob>, Vec<String>);

impl DeviceLink {
    /// Whose device it makes.
    pub fn identity(&self) -> Identity {
        self.certificate().identity()
    }

    /// The root's word for the new device.
    pub fn certificate(&self) -> &Statement {
        let own = self
            .statements
            .iter()
            .find(|said| is_certificate(said, &self.device));
        own.expect("a link without it isn't read")
    }

    /// The link's text.
    pub fn to_text(&self) -> Zeroizing<String> {
        let statements = self.statements.iter().map(|said| Blob(said.to_bytes()));
        let tuple: LinkTuple = (
            Bytes(*self.device.to_bytes()),
            Bytes(*self.recovery.as_bytes()),
            Bytes(*self.locator.expose_bytes()),
            statements.collect(),
            self.via.clone(),
        );
        let content = Zeroizing::new(encode(&tuple));
        let length = 1 + content.len() + CHECKSUM_BYTES;
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.push(VERSION);
        bytes.extend_from_slice(&content);
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        let mut text = Zeroizing::new(String::with_capacity(DEVICE_SCHEME.len() + length * 2));
        text.push_str(DEVICE_SCHEME);
        URL_SAFE_NO_PAD.encode_string(&*bytes, &mut text);
        text
    }

    /// Reads a link.
    ///
    /// # Errors
    /// [`DeviceLinkError`]
    pub fn from_text(text: &str) -> Result<Self, DeviceLinkError> {
        let coded = text
            .trim()
            .strip_prefix(DEVICE_SCHEME)
            .ok_or(DeviceLinkError::Scheme)?;
        if coded.len() > TEXT_BYTES_MAX {
            return Err(DeviceLinkError::Damaged);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(coded)
            .map(Zeroizing::new)
            .map_err(|_| DeviceLinkError::Damaged)?;
        let (said, summed) = bytes
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(DeviceLinkError::Damaged)?;
        if checksum(said) != *summed {
            return Err(DeviceLinkError::Damaged);
        }
        match said.split_first() {
            Some((&VERSION, content)) => Self::read(content),
            Some((&newer, _)) => Err(DeviceLinkError::Version(newer)),
            None => Err(DeviceLinkError::Damaged),
        }
    }

    fn read(content: &[u8]) -> Result<Self, DeviceLinkError> {
        let wrong = |_: DecodeError| DeviceLinkError::Content("it doesn't decode");
        let (device, recovery, locator, statements, via): LinkTuple =
            decode(content, TEXT_BYTES_MAX).map_err(wrong)?;
        let device = Zeroizing::new(device.0);
        if statements.len() > LINK_STATEMENTS_MAX || via.len() > ADDRESSES_MAX {
            return Err(DeviceLinkError::Content("it carries too much"));
        }
        if !via.iter().all(|address| is_plausible(address)) {
            return Err(DeviceLinkError::Content("an address in it is none"));
        }
        let statements = statements.iter().map(|said| Statement::from_bytes(&said.0));
        let statements: Vec<Statement> = statements
            .collect::<Result<_, _>>()
            .map_err(|_| DeviceLinkError::Content("a root statement in it doesn't hold"))?;
        let device = DeviceKeys::from_bytes(&device);
        let identities: BTreeSet<Identity> = statements.iter().map(Statement::identity).collect();
        let is_certified = statements.iter().any(|said| is_certificate(said, &device));
        if !is_certified || identities.len() != 1 {
            return Err(DeviceLinkError::Content(
                "the device in it has no certificate",
            ));
        }
        Ok(Self {
            device,
            recovery: BoxPublic::from_bytes(recovery.0),
            locator: Locator::from_bytes(locator.0),
            statements,
            via,
        })
    }
}

fn is_certificate(said: &Statement, device: &DeviceKeys) -> bool {
    let box_public = device.box_public();
    said.device() == device.id() && *said.claim() == Claim::Certify { box_public }
}

fn is_plausible(address: &str) -> bool {
    address.starts_with('/')
        && address.len() <= ADDRESS_BYTES_MAX
        && !address.contains(char::is_control)
}

/// So that a slip in copying is told from a wrong link; it protects against nobody.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    *blake3::hash(bytes)
        .as_bytes()
        .first_chunk()
        .expect("a hash is longer")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hearth_keys::Phrase;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn link(certified: bool) -> DeviceLink {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let root = Phrase::generate(&mut rng).root();
        let certify = |device: &DeviceKeys| {
            let box_public = device.box_public();
            Statement::sign(&root, device.id(), 7, Claim::Certify { box_public })
        };
        let device = DeviceKeys::generate(&mut rng);
        let other = DeviceKeys::generate(&mut rng);
        let mut statements = vec![certify(&other)];
        if certified {
            statements.push(certify(&device));
        }
        DeviceLink {
            device,
            recovery: root.recovery_public(),
            locator: root.locator().clone(),
            statements,
            via: vec!["/ip4/192.0.2.7/tcp/4747".into()],
        }
    }

    #[test]
    fn a_link_says_all_that_a_device_needs() {
        let link = link(true);
        let text = link.to_text();
        let read = DeviceLink::from_text(&format!(" {}\n", *text)).unwrap();
        assert_eq!(read.to_text(), text);
        assert_eq!(read.identity(), link.identity());
        assert_eq!(read.certificate().device(), link.device.id());
        assert_eq!(read.via, link.via);
    }

    #[test]
    fn a_wrong_link_says_why() {
        let text = link(true).to_text();
        let refused = |text: &str| DeviceLink::from_text(text).unwrap_err();
        assert_eq!(refused("hearth:hearth1qq"), DeviceLinkError::Scheme);
        assert_eq!(refused(&text[..text.len() - 1]), DeviceLinkError::Damaged);
        assert_eq!(refused(DEVICE_SCHEME), DeviceLinkError::Damaged);
        let mut other = text.as_bytes().to_vec();
        other[60] = if other[60] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            refused(std::str::from_utf8(&other).unwrap()),
            DeviceLinkError::Damaged
        );
        let uncertified = link(false).to_text();
        assert!(matches!(refused(&uncertified), DeviceLinkError::Content(_)));
        let mut newer = vec![2];
        newer.extend(checksum(&[2]));
        let newer = format!("{DEVICE_SCHEME}{}", URL_SAFE_NO_PAD.encode(newer));
        assert_eq!(refused(&newer), DeviceLinkError::Version(2));
    }
}
