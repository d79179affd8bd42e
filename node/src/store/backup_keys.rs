//! The keys under which packs are sealed: random, by generation, granted in the own log to own devices and to the
//! recovery key.

use hearth_keys::{BoxPublic, Identity, seal};
use hearth_protocol::content::{Content, KeyGrant, KeyPurpose, grant_info};
use hearth_protocol::entry::{LogKey, Place};
use hearth_protocol::pack::BackupKey;
use hearth_protocol::root::Claim;
use zeroize::Zeroizing;

use super::logs::{Account, Draft, Logs, StoreError, Stored};

impl Logs {
    /// The backup keys that are known of an account, by ascending generation.
    pub(crate) fn backup_keys(&self, identity: &Identity) -> Vec<BackupKey> {
        let of_identity = self.backup.range((*identity, 0)..=(*identity, u32::MAX));
        of_identity.map(|(_, key)| key.clone()).collect()
    }

    /// Grants a fresh backup key unless there is one that is younger than every cut: who stole a device may know all
    /// that are older. Returns what to pass on.
    pub(crate) fn ensure_backup_key(
        &mut self,
        identity: &Identity,
        now_ms: u64,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<Vec<Stored>, StoreError> {
        let cuts = self.statements(identity);
        let cuts = cuts
            .iter()
            .filter(|statement| matches!(statement.claim(), Claim::Cut { .. }))
            .map(|statement| statement.device());
        let cuts: std::collections::BTreeSet<_> = cuts.collect();
        let generation_min = u32::try_from(cuts.len()).unwrap_or(u32::MAX);
        let newest = self.backup_keys(identity).pop();
        let newest = newest.map(|key| key.generation);
        if newest.is_some_and(|newest| newest >= generation_min) {
            return Ok(Vec::new());
        }
        let generation = newest.map_or(0, |newest| newest + 1).max(generation_min);
        let key = BackupKey::generate(generation, &mut *rng);
        self.grant_backup_keys(identity, &[key], now_ms, rng)
    }

    /// Writes keys into the own log, sealed to all devices that count and to the recovery key; those that are known
    /// already are left out. Returns what to pass on.
    pub(crate) fn grant_backup_keys(
        &mut self,
        identity: &Identity,
        keys: &[BackupKey],
        now_ms: u64,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<Vec<Stored>, StoreError> {
        let account = self.account(identity)?.clone();
        let mut stored = Vec::new();
        for key in keys {
            if self.backup.contains_key(&(*identity, key.generation)) {
                continue;
            }
            let log = self.writable_log(&account, false, rng)?;
            let grant = self.sealed_grant(&account, log, key, rng);
            let draft = Draft::public(now_ms, Content::KeyGrant(grant));
            stored.extend(self.append_to(&account, log, &[draft], now_ms, rng)?.1);
        }
        Ok(stored)
    }

    fn sealed_grant(
        &self,
        account: &Account,
        log: LogKey,
        key: &BackupKey,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> KeyGrant {
        let seq = self.state(&log).top().map_or(0, |top| top.hi + 1);
        let place = Place { log, seq };
        let devices = self.statements(&account.identity).current_devices();
        let recipients: Vec<BoxPublic> = devices.into_values().chain([account.recovery]).collect();
        let sealed = recipients.iter().map(|recipient| {
            let info = grant_info(KeyPurpose::Backup, key.generation, &place, recipient);
            seal(recipient, &info, &[], &key.secret[..], &mut *rng)
        });
        KeyGrant {
            purpose: KeyPurpose::Backup,
            generation: key.generation,
            sealed: sealed.collect(),
        }
    }

    /// Takes a granted key that was opened. Of two of one generation the first stays: packs lie under it.
    pub(super) fn take_backup_key(&mut self, identity: Identity, generation: u32, key: [u8; 32]) {
        let secret = Zeroizing::new(key);
        self.backup
            .entry((identity, generation))
            .or_insert(BackupKey { generation, secret });
    }
}
