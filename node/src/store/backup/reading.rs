//! Backup rows as they are read.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::bounds::GUARDIANS_MAX;
use hearth_protocol::codec::{Blob, Bytes, decode_trusted};
use hearth_protocol::entry::EntryId;

use super::{
    BackupChanges, COVERED, Coding, DROPS, Drop, FOLDERS, FolderRow, GUARDIANS, GuardianRow, HEADS,
    HELD, HeadRow, LogOf, NEXT_CODINGS, PACKS, PAGES, PAGES_OF_SNAPSHOTS, PackRow, PackTuple,
    PageRow, ROOT, ROW_BYTES_MAX, RootRow, RootTuple, SEALING, SNAPSHOTS, STATE, SealingRow,
    ShardTuple, SnapshotRow, SnapshotTuple, StateRow, coding, head_key, key, log_of, tail,
};
use crate::store::logs::{Logs, StoreError, damaged};

/// By how much what another device says raises the number of the next root.
const HEAD_RAISES_MAX: u64 = 1 << 20;
/// Entries of each social log that are searched for what other devices say.
const HEADS_SEARCHED: u64 = 4096;

impl Logs {
    /// Applies changes of backup rows.
    pub(crate) fn change_backup(&mut self, changes: BackupChanges) -> Result<(), StoreError> {
        self.apply(changes.batch)
    }

    /// Up to `limit` packs from number `from` on, ascending.
    pub(crate) fn backup_packs(
        &self,
        identity: &Identity,
        from: u64,
        limit: usize,
    ) -> Result<Vec<PackRow>, StoreError> {
        let first = key(PACKS, identity, &[&from.to_be_bytes()]);
        let mut end = key(PACKS, identity, &[&u64::MAX.to_be_bytes()]);
        end.push(0);
        let rows = self.db.range(&first, &end).take(limit);
        rows.map(|row| {
            let (key, value) = row?;
            let number = u64::from_be_bytes(tail(&key));
            let (is_logs, generation, id, bytes, payload_bytes, born_ms, retired, k, shards): PackTuple =
                decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok(PackRow {
                number,
                is_logs,
                generation,
                id: id.0,
                bytes,
                payload_bytes,
                born_ms,
                retired_ms: (retired != 0).then_some(retired),
                coding: coding(k, shards),
            })
        })
        .collect()
    }

    /// A pack.
    pub(crate) fn backup_pack(
        &self,
        identity: &Identity,
        number: u64,
    ) -> Result<Option<PackRow>, StoreError> {
        let found = self.backup_packs(identity, number, 1)?.pop();
        Ok(found.filter(|pack| pack.number == number))
    }

    /// The code that shall take the place of a pack's present one.
    pub(crate) fn next_coding(
        &self,
        identity: &Identity,
        number: u64,
    ) -> Result<Option<Coding>, StoreError> {
        let row = self
            .db
            .value(&key(NEXT_CODINGS, identity, &[&number.to_be_bytes()]))?;
        let row = row.map(|row| {
            let (k, shards): (u8, Vec<ShardTuple>) = decode_trusted(&row, ROW_BYTES_MAX)?;
            Ok(coding(k, shards))
        });
        row.transpose()
    }

    /// What of each log lies in packs, ascending ranges, as they were written.
    pub(crate) fn backup_covered(
        &self,
        identity: &Identity,
    ) -> Result<BTreeMap<LogOf, Vec<(u64, u64)>>, StoreError> {
        let base = key(COVERED, identity, &[]);
        let mut covered: BTreeMap<LogOf, Vec<(u64, u64)>> = BTreeMap::new();
        for row in self.db.prefixed(&base) {
            let (key, value) = row?;
            let log = log_of(&key[base.len()..]).ok_or_else(|| damaged("a covered range"))?;
            let (hi,): (u64,) = decode_trusted(&value, ROW_BYTES_MAX)?;
            let lo = u64::from_be_bytes(tail(&key));
            covered.entry(log).or_default().push((lo, hi));
        }
        Ok(covered)
    }

    /// All snapshots, oldest first.
    pub(crate) fn backup_snapshots(
        &self,
        identity: &Identity,
    ) -> Result<Vec<SnapshotRow>, StoreError> {
        let rows = self.db.prefixed(&key(SNAPSHOTS, identity, &[]));
        rows.map(|row| {
            let (key, value) = row?;
            let (
                root_number,
                root_id,
                files,
                bytes,
                new_bytes,
                sent_bytes,
                statements,
                is_complete,
            ): SnapshotTuple = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok(SnapshotRow {
                time_ms: u64::from_be_bytes(tail(&key)),
                root_number,
                root_id: root_id.0,
                files,
                bytes,
                new_bytes,
                sent_bytes,
                statements: statements.0,
                is_complete,
            })
        })
        .collect()
    }

    /// The newest entries of the newest snapshot.
    pub(crate) fn backup_heads(
        &self,
        identity: &Identity,
    ) -> Result<Vec<(LogOf, u64, EntryId)>, StoreError> {
        let base = key(HEADS, identity, &[]);
        let rows = self.db.prefixed(&base);
        rows.map(|row| {
            let (key, value) = row?;
            let log = log_of(&key[base.len()..]).ok_or_else(|| damaged("a snapshot's head"))?;
            let (seq, id): (u64, Bytes<32>) = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok((log, seq, EntryId::from_bytes(id.0)))
        })
        .collect()
    }

    /// Who ever held anything.
    pub(crate) fn backup_guardians(
        &self,
        identity: &Identity,
    ) -> Result<BTreeMap<u16, GuardianRow>, StoreError> {
        let rows = self.db.prefixed(&key(GUARDIANS, identity, &[]));
        rows.map(|row| {
            let (key, value) = row?;
            let (who, peer, addresses): (Bytes<32>, Blob, Vec<String>) =
                decode_trusted(&value, ROW_BYTES_MAX)?;
            let row = GuardianRow {
                identity: Identity::from_bytes(who.0),
                peer: peer.0,
                addresses,
            };
            Ok((u16::from_be_bytes(tail(&key)), row))
        })
        .collect()
    }

    /// The number of a guardian's row, which is written or brought up to date; `None` once there are too many.
    pub(crate) fn backup_guardian(
        &mut self,
        identity: &Identity,
        guardian: &GuardianRow,
    ) -> Result<Option<u16>, StoreError> {
        let known = self.backup_guardians(identity)?;
        let found = known
            .iter()
            .find(|(_, row)| row.identity == guardian.identity);
        let number = match found {
            Some((number, row)) if row == guardian => return Ok(Some(*number)),
            Some((number, _)) => *number,
            None if known.len() >= GUARDIANS_MAX => return Ok(None),
            None => known.last_key_value().map_or(0, |(number, _)| number + 1),
        };
        let mut changes = BackupChanges::of(*identity);
        changes.guardian(number, guardian);
        self.change_backup(changes)?;
        Ok(Some(number))
    }

    /// The pages of the manifest as they went out last.
    pub(crate) fn backup_pages(
        &self,
        identity: &Identity,
    ) -> Result<BTreeMap<u64, PageRow>, StoreError> {
        let rows = self.db.prefixed(&key(PAGES, identity, &[]));
        rows.map(|row| {
            let (key, value) = row?;
            let (id, generation, bytes): (Bytes<32>, u32, u32) =
                decode_trusted(&value, ROW_BYTES_MAX)?;
            let page = PageRow {
                id: id.0,
                generation,
                bytes,
            };
            Ok((u64::from_be_bytes(tail(&key)), page))
        })
        .collect()
    }

    /// The pages and roots that guardians hold.
    pub(crate) fn backup_held(
        &self,
        identity: &Identity,
    ) -> Result<BTreeSet<(u16, [u8; 32])>, StoreError> {
        let base = key(HELD, identity, &[]);
        let rows = self.db.prefixed(&base);
        rows.map(|row| {
            let (key, _) = row?;
            let guardian = key[base.len()..].first_chunk().copied().unwrap_or_default();
            Ok((u16::from_be_bytes(guardian), tail(&key)))
        })
        .collect()
    }

    /// Up to `limit` things that guardians may let go once a root is with them.
    pub(crate) fn backup_drops(
        &self,
        identity: &Identity,
        limit: usize,
    ) -> Result<Vec<Drop>, StoreError> {
        let base = key(DROPS, identity, &[]);
        let rows = self.db.prefixed(&base).take(limit);
        rows.map(|row| {
            let (key, value) = row?;
            let guardian = key[base.len()..].first_chunk().copied().unwrap_or_default();
            let (since_root,): (u64,) = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok(Drop {
                guardian: u16::from_be_bytes(guardian),
                id: tail(&key),
                since_root,
            })
        })
        .collect()
    }

    /// The highest number of a pack.
    pub(crate) fn backup_highest_pack(
        &self,
        identity: &Identity,
    ) -> Result<Option<u64>, StoreError> {
        let first = key(PACKS, identity, &[]);
        let end = key(PACKS, identity, &[&[u8::MAX; 9]]);
        let last = self.db.last_below(&first, &end)?;
        Ok(last.map(|(key, _)| u64::from_be_bytes(tail(&key))))
    }

    /// Which packs there are.
    pub(crate) fn backup_pack_numbers(
        &self,
        identity: &Identity,
    ) -> Result<BTreeSet<u64>, StoreError> {
        let rows = self.db.prefixed(&key(PACKS, identity, &[]));
        rows.map(|row| Ok(u64::from_be_bytes(tail(&row?.0))))
            .collect()
    }

    /// The newest root, if there is one.
    pub(crate) fn backup_root(&self, identity: &Identity) -> Result<Option<RootRow>, StoreError> {
        let Some(head) = self
            .db
            .value(&key(ROOT, identity, &[&0u16.to_be_bytes()]))?
        else {
            return Ok(None);
        };
        let (number, time_ms, is_announced, digest, length): RootTuple =
            decode_trusted(&head, ROW_BYTES_MAX)?;
        let mut bytes = Vec::with_capacity(length as usize);
        for row in self.db.prefixed(&key(ROOT, identity, &[])).skip(1) {
            bytes.extend_from_slice(&row?.1);
        }
        // A longer root may have lain there before.
        bytes.truncate(length as usize);
        if bytes.len() < length as usize {
            return Err(damaged("a part of the backup's root"));
        }
        Ok(Some(RootRow {
            number,
            time_ms,
            is_announced,
            digest: digest.0,
            bytes,
        }))
    }

    /// The highest root number that was used, here or by another device whose social log says so. Whoever was cut off says
    /// nothing, and nobody raises it by more than [`HEAD_RAISES_MAX`]: numbers end, and a thief could use them up.
    pub(crate) fn backup_highest_root(&self, identity: &Identity) -> Result<u64, StoreError> {
        let row = self.db.value(&key(STATE, identity, &[]))?;
        let row: Option<StateRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        let used = row.map_or(0, |(_, root)| root);
        let named = match self.identities.get(identity) {
            Some(author) => self.db.value(&head_key(*author))?,
            None => None,
        };
        let named: Option<HeadRow> = named
            .map(|named| decode_trusted(&named, ROW_BYTES_MAX))
            .transpose()?;
        // Mostly the own last one. Only else is it worth looking for who said what.
        if named.is_none_or(|(number, _)| number <= used) {
            return Ok(used);
        }
        let statements = self.statements(identity);
        let certified = statements.devices();
        let told = self.told_heads(identity, HEADS_SEARCHED)?.into_iter();
        let counting = told.filter(|head| {
            let device = &head.place.log.device;
            certified.contains_key(device)
                && !statements.is_cut(device)
                && head.number <= used.saturating_add(HEAD_RAISES_MAX)
        });
        Ok(counting.map(|head| head.number).fold(used, u64::max))
    }

    /// Which generation packs are sealed under, and which devices were revoked when it began.
    pub(in crate::store) fn backup_sealing(
        &self,
        identity: &Identity,
    ) -> Result<Option<SealingRow>, StoreError> {
        let row = self.db.value(&key(SEALING, identity, &[]))?;
        let row = row.map(|row| Ok(decode_trusted(&row, ROW_BYTES_MAX)?));
        row.transpose()
    }

    /// The pages that the roots of snapshots name.
    pub(crate) fn backup_pages_of_snapshots(
        &self,
        identity: &Identity,
    ) -> Result<BTreeSet<(u64, [u8; 32])>, StoreError> {
        let base = key(PAGES_OF_SNAPSHOTS, identity, &[]);
        let rows = self.db.prefixed(&base);
        rows.map(|row| {
            let (key, _) = row?;
            let time_ms = key[base.len()..].first_chunk().copied().unwrap_or_default();
            Ok((u64::from_be_bytes(time_ms), tail(&key)))
        })
        .collect()
    }

    /// What a folder was given last: the root, and a digest of what the root names.
    pub(crate) fn backup_folder(
        &self,
        identity: &Identity,
        folder: &[u8; 16],
    ) -> Result<Option<FolderRow>, StoreError> {
        let row = self.db.value(&key(FOLDERS, identity, &[folder]))?;
        let row = row.map(|row| {
            let (root, digest): (Bytes<32>, Bytes<32>) = decode_trusted(&row, ROW_BYTES_MAX)?;
            Ok(FolderRow {
                root_id: root.0,
                digest: digest.0,
            })
        });
        row.transpose()
    }
}
