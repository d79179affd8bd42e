//! What entries say about backups: who keeps how much for whom, which backup is the newest, and what the owner wants.

use hearth_keys::Identity;

use crate::bounds::{BODY_BYTES_MAX, PLEDGE_BYTES_MAX, SEQUENCE_MAX};
use crate::codec::{Bytes, DecodeError, decode, encode};

/// Space that is promised to somebody, from the own log. The newest by (time, id) counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pledge {
    /// To whom.
    pub to: Identity,
    /// How much from now on; 0 ends it.
    pub bytes: u64,
}

/// The newest backup that was placed, from the social log, sealed: followers witness that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupHead {
    /// Counts up with each backup of this device.
    pub number: u64,
    /// The BLAKE3 of its sealed root.
    pub root: [u8; 32],
}

/// What the owner wants of backups, from the own log. The newest by (time, id) counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackupSettings {
    /// How many guardians may be lost at once; None where the program chooses.
    pub survive: Option<u16>,
    /// How fast to send; None without a limit.
    pub bytes_per_second: Option<u64>,
}

impl Pledge {
    pub(super) fn payload(&self) -> Vec<u8> {
        encode(&(Bytes(*self.to.as_bytes()), self.bytes))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (to, bytes): (Bytes<32>, u64) = decode(payload, BODY_BYTES_MAX)?;
        if bytes > PLEDGE_BYTES_MAX {
            return Err(DecodeError::Invalid("nobody has so much space to pledge"));
        }
        Ok(Self {
            to: Identity::from_bytes(to.0),
            bytes,
        })
    }
}

impl BackupHead {
    pub(super) fn payload(&self) -> Vec<u8> {
        encode(&(self.number, Bytes(self.root)))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (number, root): (u64, Bytes<32>) = decode(payload, BODY_BYTES_MAX)?;
        if number > SEQUENCE_MAX {
            return Err(DecodeError::Invalid("the number is out of bounds"));
        }
        Ok(Self {
            number,
            root: root.0,
        })
    }
}

impl BackupSettings {
    pub(super) fn payload(&self) -> Vec<u8> {
        encode(&(self.survive, self.bytes_per_second))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (survive, bytes_per_second) = decode(payload, BODY_BYTES_MAX)?;
        if bytes_per_second == Some(0) {
            return Err(DecodeError::Invalid("a backup sends something"));
        }
        Ok(Self {
            survive,
            bytes_per_second,
        })
    }
}
