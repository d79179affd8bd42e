//! A round: everything that can be brought to guardians now is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use hearth_protocol::backup_plan::{self, Target};
use tokio::time::Instant;

use super::guardians::Circle;
use super::placing::aim;
use super::{BackupError, Guardians, Inner, Packs};
use crate::store::backup::{Coding, PackRow};

/// Packs that are in memory at once.
const PACKS_IN_FLIGHT: usize = 2;
/// How long shards may be brought out before the manifest tells of them.
const PUBLISH_EVERY: Duration = Duration::from_secs(120);

/// Whether something of a pack should be brought to somebody, or be coded anew. One that only older snapshots need stays
/// as it is: as their pages say.
pub(super) fn lacks(pack: &PackRow, circle: &Circle, target: &Target) -> bool {
    let lacks = pack.bytes == 0
        || pack.coding.k == 0
        || backup_plan::needs_recode(pack.coding.k, target)
        || circle.live(&pack.coding).len() < usize::from(target.n);
    lacks && pack.retired_ms.is_none()
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Who counts now.
    pub(super) async fn circle(&self) -> Result<Circle, BackupError> {
        let identity = self.identity();
        let mut pledgers = self.guardians.pledgers(identity).await;
        pledgers.retain(|pledger| pledger.pledged_bytes > 0);
        let rows = self
            .read(|logs, identity| logs.backup_guardians(identity))
            .await?;
        let known: BTreeMap<_, _> = rows
            .iter()
            .map(|(number, row)| (row.identity, (*number, row)))
            .collect();
        let known = pledgers.iter().map(|pledger| {
            let (number, row) = known.get(&pledger.identity)?;
            (**row == pledger.row()).then(|| (*number, pledger.member(*number)))
        });
        if let Some(members) = known.collect() {
            return Ok(Circle { members });
        }
        let numbered = self.store.write(move |logs| {
            let mut numbered = Vec::with_capacity(pledgers.len());
            for pledger in pledgers {
                if let Some(number) = logs.backup_guardian(&identity, &pledger.row())? {
                    numbered.push((number, pledger.member(number)));
                }
            }
            Ok(numbered)
        });
        let members = numbered.await?.into_iter().collect();
        Ok(Circle { members })
    }

    /// How packs should lie with these guardians.
    pub(super) async fn target(&self, circle: &Circle) -> Result<Target, BackupError> {
        let settings = self
            .read(|logs, identity| logs.backup_settings(identity))
            .await?;
        let mut pace = self.pace.lock().await;
        pace.set(settings.bytes_per_second, Instant::now());
        Ok(aim(circle.domains(), settings.survive))
    }

    /// Brings to guardians whatever they lack, until nobody takes anything more.
    pub(super) async fn round(&self) -> Result<(), BackupError> {
        self.check_free()?;
        self.check_current().await?;
        self.progress
            .send_modify(|progress| progress.is_running = true);
        let ended = self.round_through().await;
        let is_complete = matches!(ended, Ok(true));
        self.progress.send_modify(|progress| {
            progress.is_running = false;
            progress.is_complete = is_complete;
        });
        ended.map(|_| ())
    }

    async fn round_through(&self) -> Result<bool, BackupError> {
        let avoided = Mutex::new(BTreeSet::new());
        self.recount(&self.circle().await?).await?;
        loop {
            let circle = self.circle().await?;
            let target = self.target(&circle).await?;
            let placed = self.place_all(&circle, &avoided, &target).await?;
            let sent = self.publish(&circle).await?;
            if placed + sent == 0 {
                break;
            }
        }
        let mut is_complete = self.note_complete().await?;
        if is_complete && self.forget().await? {
            self.publish(&self.circle().await?).await?;
            is_complete = self.note_complete().await?;
        }
        self.let_go(&self.circle().await?).await?;
        Ok(is_complete)
    }

    /// Brings out the shards of all packs, those with logs first; how many were taken.
    async fn place_all(
        &self,
        circle: &Circle,
        avoided: &Mutex<BTreeSet<u16>>,
        target: &Target,
    ) -> Result<usize, BackupError> {
        let (mut placed, mut published_at) = (0, Instant::now());
        if !circle.members.values().any(|member| member.is_reachable) {
            return Ok(0);
        }
        for is_logs in [true, false] {
            let mut from = 0;
            // Packs that come while others are placed are placed, too.
            while let Some((_, packs)) = self.packs_on_page(from).await? {
                from = packs.last().map_or(u64::MAX, |pack| pack.number + 1);
                let lacking: Vec<(PackRow, Option<Coding>)> = self
                    .with_next(packs)
                    .await?
                    .into_iter()
                    .filter(|(pack, _)| pack.is_logs == is_logs && lacks(pack, circle, target))
                    .collect();
                let mut placing = stream::iter(lacking)
                    .map(|pack| async {
                        let number = pack.0.number;
                        let placed = self.place(pack, circle, avoided, target).await;
                        (number, placed)
                    })
                    .buffer_unordered(PACKS_IN_FLIGHT);
                while let Some((number, outcome)) = placing.next().await {
                    match outcome {
                        Ok(count) => placed += count,
                        // One pack that can't be read is no reason to leave the others unsafe.
                        Err(
                            error @ (BackupError::Damaged { .. }
                            | BackupError::Packs(_)
                            | BackupError::KeyMissing(_)),
                        ) => {
                            tracing::warn!(number, %error, "a pack stays where it is");
                        }
                        Err(error) => return Err(error),
                    }
                }
                drop(placing);
                self.check_free()?;
                if published_at.elapsed() >= PUBLISH_EVERY {
                    placed += self.publish(circle).await?;
                    published_at = Instant::now();
                }
            }
        }
        Ok(placed)
    }

    pub(super) async fn with_next(
        &self,
        packs: Vec<PackRow>,
    ) -> Result<Vec<(PackRow, Option<Coding>)>, BackupError> {
        self.read(move |logs, identity| {
            packs
                .into_iter()
                .map(|pack| {
                    let next = logs.next_coding(identity, pack.number)?;
                    Ok((pack, next))
                })
                .collect()
        })
        .await
    }

    /// Notes whether the newest snapshot is complete; says whether it is.
    async fn note_complete(&self) -> Result<bool, BackupError> {
        let health = self.health().await?;
        let newest = self.read(|logs, identity| Ok(logs.backup_snapshots(identity)?.pop()));
        let Some(mut newest) = newest.await? else {
            return Ok(true);
        };
        let is_complete = health.is_complete;
        // A newer one may have been fixed since.
        let is_of_newest = health
            .last_snapshot
            .is_some_and(|of| of.time_ms == newest.time_ms);
        if is_complete && is_of_newest && !newest.is_complete {
            newest.is_complete = true;
            let mut changes = self.changes();
            changes.snapshot(&newest);
            self.apply(changes).await?;
        }
        Ok(is_complete)
    }
}
