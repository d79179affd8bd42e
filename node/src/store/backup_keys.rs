//! The keys under which packs are sealed: random, by generation, granted in the own log to own devices and to the
//! recovery key.

use hearth_keys::Identity;
use hearth_protocol::content::{Content, KeyGrant, KeyPurpose};
use hearth_protocol::entry::{LogKey, Place};
use hearth_protocol::pack::BackupKey;
use hearth_protocol::root::StatementSet;
use zeroize::Zeroizing;

use super::backup::BackupChanges;
use super::logs::{Account, Draft, Logs, StoreError, Stored};

/// Generations from here on aren't counted when a fresh one begins: a thief may have granted the last one that there is.
const GENERATION_COUNTED_MAX: u32 = 1 << 20;

/// Names the devices that were revoked, of whatever kind the word was; `None` without any.
fn revoked_digest(statements: &StatementSet) -> Option<[u8; 32]> {
    let revoked = statements.revoked_devices();
    if revoked.is_empty() {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    revoked.iter().for_each(|device| {
        hasher.update(device.as_bytes());
    });
    Some(*hasher.finalize().as_bytes())
}

impl Logs {
    /// The backup keys that are known of an account, by ascending generation.
    pub(crate) fn backup_keys(&self, identity: &Identity) -> Vec<BackupKey> {
        let of_identity = self.backup.range((*identity, 0)..=(*identity, u32::MAX));
        of_identity.map(|(_, key)| key.clone()).collect()
    }

    /// The key that packs are sealed under now; `None` where a fresh one is due.
    ///
    /// It is the one that this device itself began while just those devices were revoked that are. The number of a
    /// generation says nothing: who stole a device may grant any. Nor do the times of grants, nor who granted: whoever
    /// restores grants again what the root gave him. Where no device was ever revoked, the newest will do.
    pub(crate) fn backup_sealing_key(
        &self,
        identity: &Identity,
    ) -> Result<Option<BackupKey>, StoreError> {
        let revoked = revoked_digest(&self.statements(identity));
        let begun = self.backup_sealing(identity)?;
        let key = match (begun, revoked) {
            (Some((generation, since)), revoked) if since.0 == revoked.unwrap_or_default() => {
                self.backup.get(&(*identity, generation)).cloned()
            }
            (None, None) => self.backup_keys(identity).pop(),
            _ => None,
        };
        Ok(key)
    }

    /// Grants a fresh backup key unless there is one that no revoked device can know. Returns what to pass on.
    pub(crate) fn ensure_backup_key(
        &mut self,
        identity: &Identity,
        now_ms: u64,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<Vec<Stored>, StoreError> {
        if self.backup_sealing_key(identity)?.is_some() {
            return Ok(Vec::new());
        }
        let revoked = revoked_digest(&self.statements(identity));
        let generation = self.next_backup_generation(identity);
        let key = BackupKey::generate(generation, &mut *rng);
        let stored = self.grant_backup_keys(identity, &[key], now_ms, rng)?;
        // Ended in between, another one is begun: better than one that is nobody's.
        let mut changes = BackupChanges::of(*identity);
        changes.sealing(generation, revoked.unwrap_or_default());
        self.change_backup(changes)?;
        Ok(stored)
    }

    /// Above all generations that were seen, but for those which are too high to be honest.
    fn next_backup_generation(&self, identity: &Identity) -> u32 {
        let of_identity = self.backup.range((*identity, 0)..=(*identity, u32::MAX));
        let seen = of_identity.map(|((_, generation), _)| *generation);
        let counted = seen
            .filter(|seen| *seen < GENERATION_COUNTED_MAX)
            .max()
            .map_or(0, |seen| seen + 1);
        (counted..)
            .find(|next| !self.backup.contains_key(&(*identity, *next)))
            .unwrap_or(counted)
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
        let key = (KeyPurpose::Backup, key.generation, &*key.secret);
        KeyGrant::seal(key, &devices, &account.recovery, &place, rng)
    }

    /// Takes a granted key that was opened. Of two of one generation the first stays: packs lie under it.
    pub(super) fn take_backup_key(&mut self, identity: Identity, generation: u32, key: [u8; 32]) {
        let secret = Zeroizing::new(key);
        self.backup
            .entry((identity, generation))
            .or_insert(BackupKey { generation, secret });
    }
}
