//! The keys of a backup's generations, and the numbers that go up.

use std::collections::BTreeSet;

use hearth_protocol::bounds::{BACKUP_KEYS_MAX, BACKUP_NUMBER_MAX};
use hearth_protocol::manifest::PageEntry;
use hearth_protocol::pack::BackupKey;
use hearth_protocol::root::StatementSet;

use super::{BackupError, Guardians, Inner, Packs};
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::backup::{BackupChanges, PackRow};
use crate::store::logs::Logs;

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Runs a read of the store for this account.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Logs, &hearth_keys::Identity) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, BackupError> {
        let identity = self.identity();
        let read = self.store.read(move |logs| read(logs, &identity));
        Ok(read.await?)
    }

    pub(super) fn changes(&self) -> BackupChanges {
        BackupChanges::of(self.identity())
    }

    pub(super) async fn apply(&self, changes: BackupChanges) -> Result<(), BackupError> {
        let write = self.store.write(move |logs| logs.change_backup(changes));
        Ok(write.await?)
    }

    /// Applies changes together with that of one pack, as it is then; without it, if it was forgotten meanwhile.
    pub(super) async fn apply_with(
        &self,
        mut changes: BackupChanges,
        number: u64,
        edit: impl FnOnce(&mut PackRow) + Send + 'static,
    ) -> Result<(), BackupError> {
        let identity = self.identity();
        let write = self.store.write(move |logs| {
            if let Some(mut pack) = logs.backup_pack(&identity, number)? {
                edit(&mut pack);
                changes.pack(&pack);
            }
            logs.change_backup(changes)
        });
        Ok(write.await?)
    }

    pub(super) async fn statements(&self) -> Result<StatementSet, BackupError> {
        self.read(|logs, identity| Ok(logs.statements(identity)))
            .await
    }

    /// Whether this device still speaks for its owner: else it backs up nothing and releases nothing.
    pub(super) async fn check_current(&self) -> Result<(), BackupError> {
        let device = self.account.device.id();
        if self.statements().await?.is_current(&device) {
            Ok(())
        } else {
            Err(BackupError::NotCurrent)
        }
    }

    /// Sees to it that there is a key which no revoked device knows.
    pub(super) async fn ensure_key(&self) -> Result<(), BackupError> {
        let identity = self.identity();
        let stored = self.store.write(move |logs| {
            logs.ensure_backup_key(&identity, unix_ms(), &mut crate::rng::system())
        });
        let stored = stored.await?;
        if !stored.is_empty() {
            (self.pass_on)(stored).await;
        }
        Ok(())
    }

    /// The keys of all generations, ascending.
    pub(super) async fn keys(&self) -> Result<Vec<BackupKey>, BackupError> {
        self.read(|logs, identity| Ok(logs.backup_keys(identity)))
            .await
    }

    /// Those of all keys that fit a root: while there are too many, those that something lies under, the newest first.
    pub(super) async fn keys_for_root(
        &self,
        pages: &[PageEntry],
    ) -> Result<Vec<BackupKey>, BackupError> {
        let mut keys = self.keys().await?;
        if keys.len() <= BACKUP_KEYS_MAX {
            return Ok(keys);
        }
        let mut used: BTreeSet<u32> = pages.iter().map(|page| page.generation).collect();
        used.insert(self.newest_key().await?.generation);
        let mut all = self.pages();
        while let Some((_, packs)) = all.next().await? {
            let sealed = packs.iter().filter(|pack| pack.bytes > 0);
            used.extend(sealed.map(|pack| pack.generation));
        }
        keys.retain(|key| used.contains(&key.generation));
        let surplus = keys.len().saturating_sub(BACKUP_KEYS_MAX);
        Ok(keys.split_off(surplus))
    }

    /// The key that is sealed under now; a fresh one if a device was revoked since.
    pub(super) async fn newest_key(&self) -> Result<BackupKey, BackupError> {
        self.ensure_key().await?;
        let key = self
            .read(|logs, identity| logs.backup_sealing_key(identity))
            .await?;
        key.ok_or(BackupError::KeyMissing(0))
    }

    pub(super) async fn key(&self, generation: u32) -> Result<BackupKey, BackupError> {
        let keys = self.keys().await?;
        keys.into_iter()
            .find(|key| key.generation == generation)
            .ok_or(BackupError::KeyMissing(generation))
    }

    /// The number that the next root gets.
    pub(super) async fn next_root_number(&self) -> Result<u64, BackupError> {
        let highest = self
            .read(|logs, identity| logs.backup_highest_root(identity))
            .await?;
        // At the end of all numbers a root takes the place of the last: better than none.
        Ok((highest + 1).min(BACKUP_NUMBER_MAX))
    }
}
