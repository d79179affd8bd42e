//! What guardians say that they keep, held against what was noted.
//!
//! A guardian whose disk broke says so by a list that lacks what they once confirmed; what it lacks is brought to them, or
//! to others, again. Who lies in such a list is for audits to find out.

use std::collections::BTreeSet;
use std::time::Duration;

use hearth_protocol::guardian::KeptId;
use tokio::time::Instant;

use super::guardians::{Circle, Member};
use super::{BackupError, Guardians, Inner, Packs};
use crate::store::backup::Placed;

/// How long a list is believed of who stays connected.
const BELIEVED: Duration = Duration::from_secs(24 * 60 * 60);

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Asks everybody who came, or wasn't asked for a day, what they keep, and forgets what they don't.
    pub(super) async fn recount(&self, circle: &Circle) -> Result<(), BackupError> {
        for member in self.uncounted(circle).await {
            let Some(kept) = self.guardians.kept(member.identity).await else {
                continue;
            };
            let lost = self.forget_lost(member.number, &kept).await?;
            if lost > 0 {
                tracing::warn!(guardian = %member.identity, lost, "a guardian lost what they kept: it is brought out again");
            }
            let mut counted = self.counted.lock().await;
            counted.insert(member.number, Instant::now());
        }
        Ok(())
    }

    /// Who is to be asked. Who goes away is asked again when they come back.
    async fn uncounted(&self, circle: &Circle) -> Vec<Member> {
        let mut counted = self.counted.lock().await;
        let is_here = |number: &u16| circle.members.get(number).is_some_and(|m| m.is_reachable);
        counted.retain(|number, at| is_here(number) && at.elapsed() < BELIEVED);
        let members = circle.members.values().filter(|member| member.is_reachable);
        let members = members.filter(|member| !counted.contains_key(&member.number));
        members.cloned().collect()
    }

    /// Forgets that a guardian holds what isn't in their list; how much that is.
    async fn forget_lost(
        &self,
        guardian: u16,
        kept: &BTreeSet<KeptId>,
    ) -> Result<usize, BackupError> {
        let held = self
            .read(|logs, identity| logs.backup_held(identity))
            .await?;
        let held = held.into_iter().filter(|(holder, _)| *holder == guardian);
        let lost: Vec<KeptId> = held
            .map(|(_, id)| id)
            .filter(|id| !kept.contains(id))
            .collect();
        let mut count = lost.len();
        let mut changes = self.changes();
        lost.iter().for_each(|id| changes.not_held(guardian, id));
        self.apply(changes).await?;
        let mut pages = self.pages();
        while let Some((_, packs)) = pages.next().await? {
            for (pack, next) in self.with_next(packs).await? {
                let is_lost =
                    |shard: &Placed| shard.guardian == guardian && !kept.contains(&shard.id);
                let (mut coding, mut changes) = (pack.coding, self.changes());
                let before = coding.shards.len();
                coding.shards.retain(|shard| !is_lost(shard));
                let mut lost = before - coding.shards.len();
                if let Some(mut next) = next {
                    let before = next.shards.len();
                    next.shards.retain(|shard| !is_lost(shard));
                    lost += before - next.shards.len();
                    changes.next_coding(pack.number, &next);
                }
                if lost > 0 {
                    self.apply_with(changes, pack.number, |row| row.coding = coding)
                        .await?;
                    count += lost;
                }
            }
        }
        Ok(count)
    }
}
