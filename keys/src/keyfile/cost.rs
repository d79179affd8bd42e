//! What trying a passphrase costs, and the most that we are willing to pay.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::KeyFileError;
use crate::KEY_BYTES;

/// Length of the cost in the file.
pub(crate) const COST_BYTES: usize = 12;

/// A file that asks for more memory than this, in KiB, isn't opened.
const MEMORY_KIB_MAX: u32 = 256 * 1024;

/// A file that asks for more passes than this isn't opened.
const PASSES_MAX: u32 = 10;

/// A file that asks for more lanes than this isn't opened.
const LANES_MAX: u32 = 4;

/// Argon2id's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// What new files ask for: RFC 9106's second recommendation (64 MiB, 3 passes) with one lane,
    /// since we compute lanes one after another.
    pub(crate) const WRITTEN: Cost = Cost {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    pub(crate) fn to_bytes(self) -> [u8; COST_BYTES] {
        let mut bytes = [0; COST_BYTES];
        bytes[..4].copy_from_slice(&self.memory_kib.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.passes.to_be_bytes());
        bytes[8..].copy_from_slice(&self.lanes.to_be_bytes());
        bytes
    }

    /// Reads a cost and refuses what would exhaust the machine.
    pub(crate) fn from_bytes(bytes: [u8; COST_BYTES]) -> Result<Cost, KeyFileError> {
        let [m0, m1, m2, m3, t0, t1, t2, t3, p0, p1, p2, p3] = bytes;
        let cost = Cost {
            memory_kib: u32::from_be_bytes([m0, m1, m2, m3]),
            passes: u32::from_be_bytes([t0, t1, t2, t3]),
            lanes: u32::from_be_bytes([p0, p1, p2, p3]),
        };
        let bearable = cost.memory_kib <= MEMORY_KIB_MAX
            && cost.passes <= PASSES_MAX
            && cost.lanes <= LANES_MAX;
        if bearable {
            Ok(cost)
        } else {
            Err(KeyFileError::TooCostly)
        }
    }

    /// Argon2id of the passphrase.
    pub(crate) fn stretch(
        self,
        passphrase: &[u8],
        salt: &[u8],
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyFileError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES))
            .map_err(|_| KeyFileError::Damaged)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        argon2
            .hash_password_into(passphrase, salt, &mut key[..])
            .map_err(stretch_error)?;
        Ok(key)
    }
}

fn stretch_error(error: argon2::Error) -> KeyFileError {
    match error {
        argon2::Error::OutOfMemory => KeyFileError::TooCostly,
        _ => KeyFileError::Damaged,
    }
}
