//! What isn't needed any more: first by us, thirty days later by guardians.

use std::collections::{BTreeMap, BTreeSet};

use hearth_protocol::backup_plan;
use hearth_protocol::bounds::RELEASE_IDS_MAX;
use hearth_protocol::guardian::{Outcome as Answer, Release};
use hearth_protocol::manifest::{RootId, Snapshot};

use super::guardians::Circle;
use super::{BackupError, Guardians, Inner, Packs};
use crate::replication::unix_ms;
use crate::store::backup::{Drop as Dropped, PackRow, SnapshotRow};

/// Packs that are looked at at once.
const PACKS_AT_ONCE: usize = 256;
/// Drops that are looked at at once.
const DROPS_AT_ONCE: usize = 8 * RELEASE_IDS_MAX;

/// Which snapshots stay, and which needn't.
pub(super) fn kept(snapshots: &[SnapshotRow], now_ms: u64) -> (Vec<SnapshotRow>, Vec<SnapshotRow>) {
    let newest = snapshots.last().map(|row| row.time_ms);
    let highest = snapshots.iter().map(|row| row.root_number).max();
    let after = highest.unwrap_or(0) + 1;
    // The newest counts as what it is about to be, so that the others don't change once it is.
    let numbered = |row: &SnapshotRow| Snapshot {
        number: if Some(row.time_ms) == newest {
            after
        } else {
            row.root_number
        },
        time_ms: row.time_ms,
        id: RootId::from_bytes(row.root_id),
    };
    let published: Vec<Snapshot> = snapshots
        .iter()
        .map(numbered)
        .filter(|snapshot| snapshot.number > 0)
        .collect();
    let stay: BTreeSet<u64> = backup_plan::snapshots_kept(&published, now_ms)
        .iter()
        .map(|snapshot| snapshot.time_ms)
        .collect();
    // The newest stays whatever became of it; older ones that no root ever named can't be restored.
    let stays = |row: &SnapshotRow| stay.contains(&row.time_ms) || Some(row.time_ms) == newest;
    snapshots.iter().cloned().partition(stays)
}

/// Whether a snapshot among `kept` needs a pack.
pub(super) fn is_needed(pack: &PackRow, kept: &[SnapshotRow]) -> bool {
    let Some(retired_ms) = pack.retired_ms else {
        return true;
    };
    kept.iter()
        .any(|row| pack.born_ms <= row.time_ms && row.time_ms < retired_ms)
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Forgets snapshots that are too old, and packs that none of the others needs. What guardians hold of them may go
    /// once they have a root that names it no more. Says whether there was any.
    pub(super) async fn forget(&self) -> Result<bool, BackupError> {
        let snapshots = self
            .read(|logs, identity| logs.backup_snapshots(identity))
            .await?;
        // Nothing goes before what is newest was complete: until then an older one may be all that there is.
        if !snapshots.last().is_some_and(|newest| newest.is_complete) {
            return Ok(false);
        }
        let (kept, forgotten) = kept(&snapshots, unix_ms());
        if !forgotten.is_empty() {
            let mut changes = self.changes();
            forgotten
                .iter()
                .for_each(|row| changes.no_snapshot(row.time_ms));
            self.apply(changes).await?;
        }
        let (mut from, mut is_any) = (0, !forgotten.is_empty());
        loop {
            let packs = self
                .read(move |logs, identity| logs.backup_packs(identity, from, PACKS_AT_ONCE))
                .await?;
            let Some(last) = packs.last() else {
                return Ok(is_any);
            };
            from = last.number + 1;
            for pack in packs.iter().filter(|pack| !is_needed(pack, &kept)) {
                // The file goes first: a row that is left without one is found here again.
                match self.packs.remove(pack.number).await {
                    Ok(()) => {
                        self.forget_pack(pack).await?;
                        is_any = true;
                    }
                    Err(error) => tracing::warn!(number = pack.number, %error, "a pack stays"),
                }
            }
        }
    }

    async fn forget_pack(&self, pack: &PackRow) -> Result<(), BackupError> {
        let number = pack.number;
        let next = self
            .read(move |logs, identity| logs.next_coding(identity, number))
            .await?;
        let since_root = self.next_root_number().await?;
        let mut changes = self.changes();
        let shards = pack.coding.shards.iter();
        for placed in shards.chain(next.iter().flat_map(|next| &next.shards)) {
            changes.drop_later(&Dropped {
                guardian: placed.guardian,
                id: placed.id,
                since_root,
            });
        }
        changes.no_pack(number);
        self.apply(changes).await
    }

    /// Tells guardians what needn't be kept any longer: only once everybody who can be reached has a root that says the
    /// same.
    pub(super) async fn let_go(&self, circle: &Circle) -> Result<(), BackupError> {
        self.check_free()?;
        let Some(root) = self
            .read(|logs, identity| logs.backup_root(identity))
            .await?
        else {
            return Ok(());
        };
        let held = self
            .read(|logs, identity| logs.backup_held(identity))
            .await?;
        let id = *blake3::hash(&root.bytes).as_bytes();
        let holders = held.iter().filter(|(_, held)| *held == id);
        let holders = circle.domains_of(holders.map(|(guardian, _)| *guardian));
        let reachable = circle.members.values().filter(|member| member.is_reachable);
        let is_everywhere = reachable
            .clone()
            .all(|member| holders.contains(&member.domain[..]));
        if !root.is_announced || !is_everywhere || holders.is_empty() {
            return Ok(());
        }
        let drops = self
            .read(|logs, identity| logs.backup_drops(identity, DROPS_AT_ONCE))
            .await?;
        let due = drops.iter().filter(|drop| drop.since_root <= root.number);
        let mut by_guardian: BTreeMap<u16, Vec<[u8; 32]>> = BTreeMap::new();
        for drop in due {
            by_guardian.entry(drop.guardian).or_default().push(drop.id);
        }
        for (guardian, ids) in by_guardian {
            self.release(circle, guardian, &ids).await?;
        }
        Ok(())
    }

    async fn release(
        &self,
        circle: &Circle,
        guardian: u16,
        ids: &[[u8; 32]],
    ) -> Result<(), BackupError> {
        let Some(member) = circle.members.get(&guardian) else {
            // Who pledges nothing any more drops everything anyway.
            return self.forget_drops(guardian, ids).await;
        };
        for ids in ids.chunks(RELEASE_IDS_MAX).filter(|_| member.is_reachable) {
            let device = &self.account.device;
            let release = Release::sign(device, self.identity(), member.identity, unix_ms(), ids);
            let Some(release) = release else { continue };
            match self.guardians.release(release).await {
                Some(Answer::Stored) => self.forget_drops(guardian, ids).await?,
                _ => break,
            }
        }
        Ok(())
    }

    async fn forget_drops(&self, guardian: u16, ids: &[[u8; 32]]) -> Result<(), BackupError> {
        let mut changes = self.changes();
        ids.iter().for_each(|id| changes.no_drop(guardian, id));
        self.apply(changes).await
    }
}
