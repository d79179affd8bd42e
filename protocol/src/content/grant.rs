//! Random keys, granted to own devices.

use std::collections::BTreeMap;

use hearth_keys::{BoxPublic, BoxSecret, CryptoRng, DeviceId, seal};
use zeroize::Zeroizing;

use crate::bounds::BODY_BYTES_MAX;
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::entry::Place;

/// Devices that one grant may name.
pub const GRANT_DEVICES_MAX: usize = 63;
/// One sealed key's length at most.
const SEALED_BYTES_MAX: usize = 128;

/// What a granted key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPurpose {
    /// The private space (own devices only).
    PrivateSpace,
    /// The inbox.
    Inbox,
    /// Backups: packs and manifests of one generation.
    Backup,
}

impl KeyPurpose {
    const fn code(self) -> u8 {
        match self {
            Self::PrivateSpace => 1,
            Self::Inbox => 2,
            Self::Backup => 3,
        }
    }

    fn from_code(code: u8) -> Result<Self, DecodeError> {
        match code {
            1 => Ok(Self::PrivateSpace),
            2 => Ok(Self::Inbox),
            3 => Ok(Self::Backup),
            newer => Err(DecodeError::Version(newer.into())),
        }
    }
}

/// A random 32-byte key, sealed (HPKE) to the box keys of some devices and to the recovery key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGrant {
    /// What it opens.
    pub purpose: KeyPurpose,
    /// Counts up with each new key, and begins anew above all before it when a device is revoked.
    pub generation: u32,
    /// The devices that it is sealed to, ascending; at most 63.
    pub devices: Vec<DeviceId>,
    /// The same key, once for each of these, in their order; and then once for the recovery key.
    pub sealed: Vec<Vec<u8>>,
}

type GrantTuple = (u8, u32, Vec<Bytes<32>>, Vec<Blob>);

impl KeyGrant {
    /// Seals a key for the entry at `place`: to devices by their box keys, of which the lowest 63 are taken, and to the
    /// recovery key.
    pub fn seal<R: CryptoRng + ?Sized>(
        (purpose, generation, key): (KeyPurpose, u32, &[u8; 32]),
        devices: &BTreeMap<DeviceId, BoxPublic>,
        recovery: &BoxPublic,
        place: &Place,
        rng: &mut R,
    ) -> Self {
        let granted = devices.iter().take(GRANT_DEVICES_MAX);
        let recipients = granted.clone().map(|(_, public)| public).chain([recovery]);
        let sealed = recipients.map(|recipient| {
            let info = grant_info(purpose, generation, place, recipient);
            seal(recipient, &info, &[], key, &mut *rng)
        });
        let sealed = sealed.collect();
        let devices = granted.map(|(device, _)| *device).collect();
        Self {
            purpose,
            generation,
            devices,
            sealed,
        }
    }

    /// The key, if it was sealed to this device and lies where it was made for.
    pub fn open(
        &self,
        device: &DeviceId,
        secret: &BoxSecret,
        place: &Place,
    ) -> Option<Zeroizing<[u8; 32]>> {
        let at = self.devices.binary_search(device).ok()?;
        let info = grant_info(self.purpose, self.generation, place, &secret.public());
        let opened = secret.open(&info, &[], self.sealed.get(at)?).ok()?;
        let key: &[u8; 32] = opened.as_slice().try_into().ok()?;
        Some(Zeroizing::new(*key))
    }

    pub(super) fn payload(&self) -> Vec<u8> {
        let devices = self.devices.iter().map(|device| Bytes(*device.as_bytes()));
        let tuple: GrantTuple = (
            self.purpose.code(),
            self.generation,
            devices.collect(),
            self.sealed.iter().cloned().map(Blob).collect(),
        );
        encode(&tuple)
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (purpose, generation, devices, sealed): GrantTuple = decode(payload, BODY_BYTES_MAX)?;
        let purpose = KeyPurpose::from_code(purpose)?;
        let devices: Vec<DeviceId> = devices
            .into_iter()
            .map(|device| DeviceId::from_bytes(device.0))
            .collect();
        if devices.len() > GRANT_DEVICES_MAX || !devices.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid(
                "a grant names at most 63 devices in ascending order, each once",
            ));
        }
        if sealed.len() != devices.len() + 1 || sealed.iter().any(|s| s.0.len() > SEALED_BYTES_MAX)
        {
            return Err(DecodeError::Invalid(
                "a grant has one short sealed key for each device and one for the recovery key",
            ));
        }
        Ok(Self {
            purpose,
            generation,
            devices,
            sealed: sealed.into_iter().map(|blob| blob.0).collect(),
        })
    }
}

/// The HPKE info of one sealed key: binds what the key is for, where the grant lies, and who opens it.
pub fn grant_info(
    purpose: KeyPurpose,
    generation: u32,
    place: &Place,
    recipient: &BoxPublic,
) -> Vec<u8> {
    let purpose = match purpose {
        KeyPurpose::PrivateSpace => "private space",
        KeyPurpose::Inbox => "inbox",
        KeyPurpose::Backup => "backup",
    };
    let place = Blob(place.to_bytes());
    encode(&(
        "hearth/key-grant/1",
        purpose,
        generation,
        place,
        Bytes(*recipient.as_bytes()),
    ))
}
