//! The keys that an account's device here was granted, in memory: all of them, as what is held may lie under any.

use hearth_keys::{BoxSecret, DeviceId, Identity, SpaceKey};
use hearth_protocol::content::{KeyGrant, KeyPurpose};
use hearth_protocol::entry::Place;
use hearth_protocol::root::StatementSet;
use zeroize::Zeroizing;

use super::grants::GrantedKey;
use super::logs::Logs;

/// Keys of one purpose that are kept. Honest devices never come near: whoever stole one shall not fill the memory.
const KEYS_MAX: usize = 1024;
/// Grants of one key that are remembered.
const GRANTS_PER_KEY_MAX: usize = 128;

/// What a key opens, ready to be used.
#[derive(Clone, Debug)]
enum Secret {
    Space(SpaceKey),
    Inbox(BoxSecret),
    Backup(Zeroizing<[u8; 32]>),
}

impl Secret {
    fn of(purpose: KeyPurpose, key: &[u8; 32]) -> Self {
        match purpose {
            KeyPurpose::PrivateSpace => Self::Space(SpaceKey::from_bytes(*key)),
            KeyPurpose::Inbox => Self::Inbox(BoxSecret::from_bytes(*key)),
            KeyPurpose::Backup => Self::Backup(Zeroizing::new(*key)),
        }
    }

    fn expose(&self) -> Zeroizing<[u8; 32]> {
        match self {
            Self::Space(key) => key.expose_bytes(),
            Self::Inbox(key) => key.expose_bytes(),
            Self::Backup(key) => key.clone(),
        }
    }
}

/// Who was granted a key, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeldGrant {
    /// By which device.
    pub(super) granter: DeviceId,
    /// To which devices, ascending.
    pub(super) devices: Vec<DeviceId>,
}

/// One key.
#[derive(Clone, Debug)]
pub(super) struct HeldKey {
    pub(super) generation: u32,
    /// Orders keys of one generation alike on all devices.
    pub(super) rank: [u8; 32],
    pub(super) grants: Vec<HeldGrant>,
    secret: Secret,
}

impl HeldKey {
    fn place(&self) -> (u32, [u8; 32]) {
        (self.generation, self.rank)
    }

    /// The key itself.
    pub(super) fn expose(&self) -> Zeroizing<[u8; 32]> {
        self.secret.expose()
    }

    /// The key of a private space; `None` for another purpose.
    pub(super) fn space(&self) -> Option<&SpaceKey> {
        match &self.secret {
            Secret::Space(key) => Some(key),
            _ => None,
        }
    }

    /// Whether a device that counts granted it.
    pub(super) fn is_granted_by_current(&self, statements: &StatementSet) -> bool {
        let mut grants = self.grants.iter();
        grants.any(|grant| statements.is_current(&grant.granter))
    }
}

/// All keys of one account for one purpose, ascending by generation.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldKeys(Vec<HeldKey>);

impl HeldKeys {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &HeldKey> {
        self.0.iter()
    }

    /// Says whether the key wasn't known.
    fn take(
        &mut self,
        purpose: KeyPurpose,
        generation: u32,
        key: &[u8; 32],
        grant: HeldGrant,
    ) -> bool {
        let rank = *blake3::hash(key).as_bytes();
        match self
            .0
            .binary_search_by_key(&(generation, rank), HeldKey::place)
        {
            Ok(at) => {
                let grants = &mut self.0[at].grants;
                if !grants.contains(&grant) && grants.len() < GRANTS_PER_KEY_MAX {
                    grants.push(grant);
                }
                false
            }
            Err(at) if self.0.len() < KEYS_MAX => {
                self.0.insert(
                    at,
                    HeldKey {
                        generation,
                        rank,
                        grants: vec![grant],
                        secret: Secret::of(purpose, key),
                    },
                );
                true
            }
            Err(_) => {
                tracing::warn!("a granted key isn't kept: there are too many");
                false
            }
        }
    }
}

impl Logs {
    /// Takes a granted key that was opened; says whether it is new.
    pub(super) fn hold_key(&mut self, place: &Place, grant: &KeyGrant, key: &[u8; 32]) -> bool {
        let (identity, purpose) = (place.log.identity, grant.purpose);
        let held = HeldGrant {
            granter: place.log.device,
            devices: grant.devices.clone(),
        };
        let keys = self.keys.entry((identity, purpose)).or_default();
        keys.take(purpose, grant.generation, key, held)
    }

    /// The keys of an account for a purpose, ascending by generation.
    pub(super) fn held_keys(
        &self,
        identity: &Identity,
        purpose: KeyPurpose,
    ) -> impl DoubleEndedIterator<Item = &HeldKey> {
        let keys = self.keys.get(&(*identity, purpose));
        keys.into_iter().flat_map(HeldKeys::iter)
    }

    /// The keys of an account's private space, ascending by generation.
    pub(super) fn space_keys(
        &self,
        identity: &Identity,
    ) -> impl DoubleEndedIterator<Item = &SpaceKey> {
        let keys = self.held_keys(identity, KeyPurpose::PrivateSpace);
        keys.filter_map(HeldKey::space)
    }

    /// All secrets of an account's inbox, each with its generation, ascending: what others sealed to any of these opens
    /// here. Of one generation there may be several.
    pub(crate) fn inbox_secrets(&self, identity: &Identity) -> Vec<(u32, BoxSecret)> {
        let keys = self.held_keys(identity, KeyPurpose::Inbox);
        keys.filter_map(|key| match &key.secret {
            Secret::Inbox(secret) => Some((key.generation, secret.clone())),
            _ => None,
        })
        .collect()
    }

    /// All keys of an account that its device here could open, by purpose and generation.
    pub(crate) fn granted_keys(&self, identity: &Identity) -> Vec<GrantedKey> {
        let of_identity = self
            .keys
            .range((*identity, KeyPurpose::PrivateSpace)..=(*identity, KeyPurpose::Backup));
        of_identity
            .flat_map(|((_, purpose), keys)| {
                keys.iter().map(|key| GrantedKey {
                    purpose: *purpose,
                    generation: key.generation,
                    secret: key.secret.expose(),
                })
            })
            .collect()
    }
}
