//! Keys that come from elsewhere than from logs: those in a root, granted anew.

use std::collections::BTreeMap;

use hearth_protocol::content::{Content, KeyGrant, KeyPurpose};
use hearth_protocol::entry::Place;
use zeroize::Zeroizing;

use super::logs::{Account, Draft, Logs, StoreError, Stored};

/// A key that this device could open.
#[derive(Clone)]
pub(crate) struct GrantedKey {
    /// What it opens.
    pub(crate) purpose: KeyPurpose,
    /// Which one of these.
    pub(crate) generation: u32,
    /// The key.
    pub(crate) secret: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for GrantedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "GrantedKey({:?} {}, secret)",
            self.purpose, self.generation
        )
    }
}

impl Logs {
    /// Grants keys anew, each at its generation, sealed to the account's device here and to the recovery key. What this
    /// device can open already isn't granted twice.
    pub(crate) fn grant_again(
        &mut self,
        account: &Account,
        keys: &[GrantedKey],
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut rng = crate::rng::system();
        let known = self.granted_keys(&account.identity);
        let is_new = |key: &&GrantedKey| {
            !known.iter().any(|known| {
                (known.purpose, known.generation, &known.secret)
                    == (key.purpose, key.generation, &key.secret)
            })
        };
        let log = self.writable_log(account, false, &mut rng)?;
        let device = BTreeMap::from([(account.device.id(), account.device.box_public())]);
        let first = self.state(&log).top().map_or(0, |top| top.hi + 1);
        let places = (first..).map(|seq| Place { log, seq });
        let grants = keys.iter().filter(is_new).zip(places);
        let drafts: Vec<Draft> = grants
            .map(|(key, place)| {
                let key = (key.purpose, key.generation, &*key.secret);
                KeyGrant::seal(key, &device, &account.recovery, &place, &mut rng)
            })
            .map(|grant| Draft::public(now_ms, Content::KeyGrant(grant)))
            .collect();
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let (_, stored) = self.append_to(account, log, &drafts, now_ms, &mut rng)?;
        Ok(stored)
    }
}
