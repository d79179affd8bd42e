//! How people name snapshots.

use hearth_keys::Identity;

use crate::codec::Hex;

/// Before what is hashed to an id.
const ID_CONTEXT: &str = "hearth 2026-11 snapshot id v1";
/// Bytes of the hash that an id shows.
const ID_BYTES: usize = 8;

/// Names a snapshot: 16 hexadecimal digits that follow from whose it is and when it was fixed (ms since 1970), and that stay
/// the same however often its root is written anew.
pub fn snapshot_id(identity: &Identity, time_ms: u64) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(ID_CONTEXT);
    hasher.update(identity.as_bytes());
    hasher.update(&time_ms.to_be_bytes());
    Hex(&hasher.finalize().as_bytes()[..ID_BYTES]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_it_always_was() {
        let identity = Identity::from_bytes([7; 32]);
        assert_eq!(
            snapshot_id(&identity, 1_790_000_000_000),
            "6d84f92451a7faeb"
        );
        assert_ne!(
            snapshot_id(&identity, 1_790_000_000_000),
            snapshot_id(&identity, 1_790_000_000_001)
        );
    }
}
