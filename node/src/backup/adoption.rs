//! Taking over the backup of a device that is gone.

use std::collections::BTreeMap;

use hearth_protocol::manifest::{PackEntry, PackKind, Page, Root, RootId};
use hearth_protocol::pack::PACK_OVERHEAD_BYTES;

use super::{BackupError, Guardians, Inner, Packs};
use crate::store::StoreError;
use crate::store::backup::{
    BackupChanges, Coding, GuardianRow, PackRow, Placed, SHARDS_MAX, SnapshotRow,
};
use crate::store::logs::Logs;

/// Packs whose rows are written at once.
const PACKS_AT_ONCE: usize = 512;

impl<G: Guardians, P: Packs> Inner<G, P> {
    pub(super) async fn adopt(
        &self,
        (root, id): (&Root, RootId),
        pages: &[Page],
        highest: u64,
    ) -> Result<(), BackupError> {
        let identity = self.identity();
        let guardians: Vec<(u16, GuardianRow)> = root
            .guardians
            .iter()
            .map(|(slot, entry)| {
                let row = GuardianRow {
                    identity: entry.identity,
                    peer: entry.peer.clone(),
                    addresses: entry.addresses.clone(),
                };
                (*slot, row)
            })
            .collect();
        let numbered = self.store.write(move |logs| {
            let mut numbers = BTreeMap::new();
            for (slot, row) in &guardians {
                if let Some(number) = known_or_new(logs, &identity, row)? {
                    numbers.insert(*slot, number);
                }
            }
            Ok(numbers)
        });
        let numbers = numbered.await?;
        let packs: Vec<&PackEntry> = pages.iter().flat_map(|page| &page.packs).collect();
        for packs in packs.chunks(PACKS_AT_ONCE) {
            let mut changes = self.changes();
            for pack in packs {
                changes.pack(&row(pack, born_ms(root), &numbers));
            }
            self.apply(changes).await?;
        }
        // Last, so that what was cut short is done again.
        let mut changes = moment(self.changes(), root, id);
        changes.highest_root(highest.max(root.number));
        self.apply(changes).await
    }
}

/// The number of a guardian's row. What is known of them by now is newer than what a root says.
fn known_or_new(
    logs: &mut Logs,
    identity: &hearth_keys::Identity,
    row: &GuardianRow,
) -> Result<Option<u16>, StoreError> {
    let known = logs.backup_guardians(identity)?;
    let found = known.iter().find(|(_, held)| held.identity == row.identity);
    match found {
        Some((number, _)) => Ok(Some(*number)),
        None => logs.backup_guardian(identity, row),
    }
}

/// When the root's packs may have been needed first. Which of the earlier snapshots need them only their own pages say, and
/// these aren't read: each may need all, so that none loses any while it is kept.
fn born_ms(root: &Root) -> u64 {
    let earlier = root.snapshots.iter().map(|snapshot| snapshot.time_ms);
    earlier.chain([root.time_ms]).min().unwrap_or(0)
}

fn row(pack: &PackEntry, born_ms: u64, numbers: &BTreeMap<u16, u16>) -> PackRow {
    let shards = pack.shards.iter().filter_map(|shard| {
        Some(Placed {
            index: shard.index,
            guardian: *numbers.get(&shard.guardian)?,
            id: *shard.id.as_bytes(),
        })
    });
    let overhead = u32::try_from(PACK_OVERHEAD_BYTES).unwrap_or(0);
    PackRow {
        number: pack.number,
        is_logs: pack.kind == PackKind::Logs,
        generation: pack.generation,
        id: *pack.id.as_bytes(),
        bytes: pack.bytes,
        // How much of it is padding only the pack itself tells.
        payload_bytes: pack.bytes.saturating_sub(overhead),
        born_ms,
        retired_ms: None,
        coding: Coding {
            k: pack.code.k(),
            shards: shards.take(SHARDS_MAX).collect(),
        },
    }
}

/// The snapshots, how far they go, and the numbers that are taken.
fn moment(mut changes: BackupChanges, root: &Root, id: RootId) -> BackupChanges {
    for earlier in &root.snapshots {
        changes.snapshot(&SnapshotRow {
            time_ms: earlier.time_ms,
            root_number: earlier.number,
            root_id: *earlier.id.as_bytes(),
            files: 0,
            bytes: 0,
            new_bytes: 0,
            sent_bytes: 0,
            statements: [0; 32],
            is_complete: true,
        });
    }
    changes.snapshot(&SnapshotRow {
        time_ms: root.time_ms,
        root_number: root.number,
        root_id: *id.as_bytes(),
        files: root.files,
        bytes: root.bytes,
        new_bytes: 0,
        sent_bytes: 0,
        // Another device speaks now: the next snapshot says so.
        statements: [0; 32],
        is_complete: true,
    });
    for head in &root.heads {
        let log = (head.device, head.log);
        changes.covered(&log, (0, head.seq));
        changes.head(&log, head.seq, &head.id);
    }
    changes
}
