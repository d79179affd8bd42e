//! The system's generator of random numbers.

use hearth_keys::CryptoRng;

/// A source for keys, nonces and salts. Without the system's generator nothing safe can be done, so its failure ends
/// the process.
pub(crate) fn system() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
