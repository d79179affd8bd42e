//! What a backup says of itself.

use hearth_protocol::backup_plan::Target;
use hearth_protocol::manifest::snapshot_id;
use serde::{Deserialize, Serialize};

use super::fix::Fixed;
use super::guardians::Circle;
use super::placing::shard_bytes;
use super::round::lacks;
use super::{BackupError, Guardians, Inner, Packs};
use crate::store::backup::{PackRow, SnapshotRow};

/// What backing up gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The snapshot's id.
    pub(crate) snapshot: String,
    /// Bytes that no earlier snapshot holds.
    pub(crate) new_bytes: u64,
    /// Bytes that were brought out for it meanwhile.
    pub(crate) sent_bytes: u64,
    /// Packs that it consists of.
    pub(crate) packs: u64,
    /// Shards that give a pack,
    pub(crate) k: u16,
    /// of so many.
    pub(crate) n: u16,
    /// Whether all of it is where it should be.
    pub(crate) complete: bool,
}

/// A snapshot in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Its id.
    pub(crate) id: String,
    /// When it was fixed, ms since 1970.
    pub(crate) time_ms: u64,
}

/// A snapshot that can be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// Its id.
    pub(crate) id: String,
    /// The number of the newest root of it.
    pub(crate) number: u64,
    /// When it was fixed, ms since 1970.
    pub(crate) time_ms: u64,
    /// Files in the drive.
    pub(crate) files: u64,
    /// Bytes in them.
    pub(crate) bytes: u64,
    /// Packs that it consists of.
    pub(crate) packs: u64,
}

/// How safe everything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Health {
    /// In one sentence.
    pub(crate) sentence: String,
    /// The newest snapshot that guardians hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_snapshot: Option<Moment>,
    /// How many guardians may be lost, whichever they are.
    pub(crate) survives_losses: u64,
    /// Guardians; one node counts as one.
    pub(crate) guardians: u64,
    /// Packs of which a shard isn't where it should be.
    pub(crate) packs_below_target: u64,
    /// Such shards.
    pub(crate) missing_shards: u64,
    /// Bytes in files and logs.
    pub(crate) source_bytes: u64,
    /// Bytes of it that guardians hold, all copies and shards together.
    pub(crate) stored_bytes: u64,
    /// Shards that give a pack,
    pub(crate) k: u16,
    /// of so many.
    pub(crate) n: u16,
    /// Whether everything that there is lies where it should.
    pub(crate) is_complete: bool,
}

/// What is being done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Whether something is being brought to guardians.
    pub(crate) is_running: bool,
    /// Whether the last round left nothing to be done.
    pub(crate) is_complete: bool,
    /// Bytes that guardians took since the node started.
    pub(crate) sent_bytes: u64,
}

/// What is counted over all packs.
#[derive(Debug, Default)]
struct Count {
    below: u64,
    missing: u64,
    stored_bytes: u64,
    logs_bytes: u64,
    /// The fewest losses that a pack bears; `None` before any was seen.
    losses: Option<u64>,
}

impl Count {
    fn add(&mut self, pack: &PackRow, circle: &Circle, target: &Target) {
        let shard = shard_bytes(pack.coding.k.max(1), pack.bytes);
        let held = pack.coding.shards.iter();
        let held = held.filter(|placed| circle.members.contains_key(&placed.guardian));
        self.stored_bytes += shard * held.count() as u64;
        if pack.retired_ms.is_some() {
            return;
        }
        let live = circle.live(&pack.coding).len();
        self.missing += usize::from(target.n).saturating_sub(live) as u64;
        self.below += u64::from(lacks(pack, circle, target));
        if pack.is_logs {
            self.logs_bytes += u64::from(pack.payload_bytes);
        }
        let bears = match pack.coding.k {
            0 => 0,
            k => live.saturating_sub(k.into()) as u64,
        };
        self.losses = Some(self.losses.map_or(bears, |losses| losses.min(bears)));
    }
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    async fn count(&self, circle: &Circle, target: &Target) -> Result<Count, BackupError> {
        let (mut count, mut pages) = (Count::default(), self.pages());
        while let Some((_, packs)) = pages.next().await? {
            packs
                .iter()
                .for_each(|pack| count.add(pack, circle, target));
        }
        Ok(count)
    }

    pub(super) async fn health(&self) -> Result<Health, BackupError> {
        let circle = self.circle().await?;
        let target = self.target(&circle).await?;
        let count = self.count(&circle, &target).await?;
        let (snapshots, root, held, pages) = self
            .read(|logs, identity| {
                Ok((
                    logs.backup_snapshots(identity)?,
                    logs.backup_root(identity)?,
                    logs.backup_held(identity)?,
                    logs.backup_pages(identity)?,
                ))
            })
            .await?;
        let guardians = circle.domains() as u64;
        let newest = snapshots.last();
        let whole = circle.whole_with(&held, root.as_ref(), &pages);
        let is_newest = root
            .zip(newest)
            .is_some_and(|(root, newest)| root.time_ms == newest.time_ms && root.is_announced);
        let published = snapshots.iter().rfind(|row| row.root_number > 0);
        let losses = count.losses.unwrap_or(0);
        let survives_losses = losses.min(whole.saturating_sub(1));
        let is_complete = guardians > 0 && is_newest && count.below == 0 && whole == guardians;
        let source_bytes = newest.map_or(0, |newest| newest.bytes) + count.logs_bytes;
        let last_snapshot = published.map(|row| Moment {
            id: snapshot_id(&self.identity(), row.time_ms),
            time_ms: row.time_ms,
        });
        Ok(Health {
            sentence: sentence(
                guardians,
                survives_losses,
                last_snapshot.is_some(),
                is_complete,
            ),
            last_snapshot,
            survives_losses,
            guardians,
            packs_below_target: count.below,
            missing_shards: count.missing,
            source_bytes,
            stored_bytes: count.stored_bytes,
            k: target.k.into(),
            n: target.n,
            is_complete,
        })
    }

    pub(super) async fn outcome(
        &self,
        fixed: &Fixed,
        sent_bytes: u64,
    ) -> Result<Outcome, BackupError> {
        let health = self.health().await?;
        Ok(Outcome {
            snapshot: snapshot_id(&self.identity(), fixed.snapshot.time_ms),
            new_bytes: fixed.new_bytes,
            sent_bytes,
            packs: self.packs_in(&fixed.snapshot).await?,
            k: health.k,
            n: health.n,
            complete: health.is_complete,
        })
    }

    /// How many packs a snapshot consists of.
    async fn packs_in(&self, snapshot: &SnapshotRow) -> Result<u64, BackupError> {
        let (mut count, mut from) = (0, 0);
        while let Some((_, packs)) = self.packs_on_page(from).await? {
            from = packs.last().map_or(u64::MAX, |pack| pack.number + 1);
            let needed = packs.iter().filter(|pack| is_in(pack, snapshot.time_ms));
            count += needed.count() as u64;
        }
        Ok(count)
    }

    pub(super) async fn snapshots(&self) -> Result<Vec<Snapshot>, BackupError> {
        let rows = self
            .read(|logs, identity| logs.backup_snapshots(identity))
            .await?;
        let mut snapshots = Vec::new();
        for row in rows.iter().rev().filter(|row| row.root_number > 0) {
            snapshots.push(Snapshot {
                id: snapshot_id(&self.identity(), row.time_ms),
                number: row.root_number,
                time_ms: row.time_ms,
                files: row.files,
                bytes: row.bytes,
                packs: self.packs_in(row).await?,
            });
        }
        Ok(snapshots)
    }
}

/// Whether a snapshot needs a pack.
pub(super) fn is_in(pack: &PackRow, time_ms: u64) -> bool {
    pack.born_ms <= time_ms
        && pack
            .retired_ms
            .is_none_or(|retired_ms| time_ms < retired_ms)
}

fn friends(count: u64) -> String {
    match count {
        1 => "one friend".to_owned(),
        count => format!("{count} friends"),
    }
}

/// How safe everything is, in one sentence.
fn sentence(guardians: u64, survives: u64, has_snapshot: bool, is_complete: bool) -> String {
    match (guardians, has_snapshot, survives) {
        (0, ..) => {
            "Nobody keeps your backup yet: follow a friend, and ask them to run `hearth pledge` \
                    with your key; until then `hearth backup to DIR` writes it to a disk."
                .to_owned()
        }
        (_, false, _) => format!(
            "Nothing of yours is with friends yet, though {} would keep it: `hearth backup now` begins.",
            friends(guardians)
        ),
        (1, _, _) if is_complete => {
            "You survive losing this machine; your one friend must stay: ask another one too."
                .to_owned()
        }
        (count, _, 0) => format!(
            "Your backup is on its way to {}, and not safe yet.",
            friends(count)
        ),
        (count, _, losses) => format!("You survive losing any {losses} of {}.", friends(count)),
    }
}
