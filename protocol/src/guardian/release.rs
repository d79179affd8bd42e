//! An owner's word for what a guardian needn't keep any longer.

use hearth_keys::{BadSignature, Context, DeviceId, DeviceKeys, Identity, Signature};

use super::KeptId;
use crate::bounds::{GUARD_FRAME_BYTES_MAX, RELEASE_IDS_MAX, TIME_MS_MAX};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};

const VERSION: u8 = 1;

/// Names what may go at one guardian, 30 days after it is received; void if the device is cut off by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    owner: Identity,
    guardian: Identity,
    device: DeviceId,
    time_ms: u64,
    ids: Vec<KeptId>,
    signature: Signature,
}

/// (version, owner, guardian, device, time, ids)
type Signed = (u8, Bytes<32>, Bytes<32>, Bytes<32>, u64, Vec<Bytes<32>>);

impl Release {
    /// Signs a release of the first 512 of `ids`, sorted and each once; `None` if there are none.
    pub fn sign(
        device: &DeviceKeys,
        owner: Identity,
        guardian: Identity,
        time_ms: u64,
        ids: &[KeptId],
    ) -> Option<Self> {
        let mut ids: Vec<KeptId> = ids.iter().take(RELEASE_IDS_MAX).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return None;
        }
        let mut release = Self {
            owner,
            guardian,
            device: device.id(),
            time_ms,
            ids,
            signature: Signature::from_bytes([0; 64]),
        };
        release.signature = device.sign(Context::RELEASE, &release.signed_bytes());
        Some(release)
    }

    /// Whose they are.
    pub const fn owner(&self) -> Identity {
        self.owner
    }

    /// Who keeps them.
    pub const fn guardian(&self) -> Identity {
        self.guardian
    }

    /// Which device signed it. Whether that one speaks for the owner, the owner's statements tell.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// When it was said, ms since 1970, by the owner's clock.
    pub const fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// What may go: 1 to 512 ids, ascending, each once.
    pub fn ids(&self) -> &[KeptId] {
        &self.ids
    }

    /// Checks that the device signed it.
    pub fn verify(&self) -> Result<(), BadSignature> {
        self.device
            .verify(Context::RELEASE, &self.signed_bytes(), &self.signature)
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let signed: Signed = (
            VERSION,
            Bytes(*self.owner.as_bytes()),
            Bytes(*self.guardian.as_bytes()),
            Bytes(*self.device.as_bytes()),
            self.time_ms,
            self.ids.iter().copied().map(Bytes).collect(),
        );
        encode(&signed)
    }

    /// The canonical bytes: (what is signed, signature).
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&(Blob(self.signed_bytes()), Bytes(*self.signature.as_bytes())))
    }

    /// Reads a release; its signature is for [`Release::verify`] to check.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (signed, signature): (Blob, Bytes<64>) = decode(bytes, GUARD_FRAME_BYTES_MAX)?;
        let (version, owner, guardian, device, time_ms, ids): Signed =
            decode(&signed.0, GUARD_FRAME_BYTES_MAX)?;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()));
        }
        if !(1..=RELEASE_IDS_MAX).contains(&ids.len()) || time_ms > TIME_MS_MAX {
            return Err(DecodeError::Invalid("a release names 1 to 512 things"));
        }
        if !ids.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid(
                "a release names its ids in ascending order, each once",
            ));
        }
        Ok(Self {
            owner: Identity::from_bytes(owner.0),
            guardian: Identity::from_bytes(guardian.0),
            device: DeviceId::from_bytes(device.0),
            time_ms,
            ids: ids.into_iter().map(|id| id.0).collect(),
            signature: Signature::from_bytes(signature.0),
        })
    }
}
