//! What friends really hold, and what would come back without some of them: read from where each shard lies, not from a rule.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use serde::{Deserialize, Serialize};

use super::guardians::Circle;
use super::placing::shard_bytes;
use super::status::is_in;
use super::{BackupError, Guardians, Inner, PackFile, Packs};
use crate::store::backup::PackRow;

/// What one friend holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// `hearth1…`
    pub(crate) identity: String,
    /// Their machine's number: who shares one is lost together.
    pub(crate) machine: u64,
    /// Whether it is asked what there is without them.
    pub(crate) is_gone: bool,
    /// Shards of packs.
    pub(crate) shards: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
}

/// What would come back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Coverage {
    /// Who holds something, or would.
    pub(crate) holders: Vec<Holder>,
    /// Whether anybody who stays holds the root and all of the manifest: without it nothing is found.
    pub(crate) is_found: bool,
    /// Bytes of log segments that are backed up,
    pub(crate) logs_bytes: u64,
    /// and that would come back.
    pub(crate) logs_back_bytes: u64,
    /// Bytes of files and photos that are backed up,
    pub(crate) files_bytes: u64,
    /// and that would come back.
    pub(crate) files_back_bytes: u64,
    /// How many of those who stay may be lost, whichever they are, with everything still coming back.
    pub(crate) survives_losses: u64,
    /// Shards that lie where they should,
    pub(crate) placed_shards: u64,
    /// of so many.
    pub(crate) wanted_shards: u64,
    /// When the newest snapshot that friends hold was fixed, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) snapshot_ms: Option<u64>,
    /// Entries that no snapshot of friends holds yet,
    pub(crate) waiting_entries: u64,
    /// and bytes.
    pub(crate) waiting_bytes: u64,
}

impl Coverage {
    /// Whether all that is backed up would come back.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_found
            && self.logs_back_bytes == self.logs_bytes
            && self.files_back_bytes == self.files_bytes
    }

    fn hold(&mut self, pack: &PackRow, everybody: &Circle, numbers: &[u16]) {
        let bytes = shard_bytes(pack.coding.k.max(1), pack.bytes);
        for placed in &pack.coding.shards {
            let at = numbers.iter().position(|number| *number == placed.guardian);
            if let Some(at) = at.filter(|_| everybody.members.contains_key(&placed.guardian)) {
                self.holders[at].shards += 1;
                self.holders[at].bytes += bytes;
            }
        }
    }

    /// Counts a pack of the newest snapshot; gives how many losses it bears, if it comes back at all.
    fn count(&mut self, pack: &PackRow, staying: &Circle) -> Option<u64> {
        let live = staying.live(&pack.coding).len();
        let needed = usize::from(pack.coding.k);
        let bears = live.checked_sub(needed).filter(|_| needed > 0);
        let bytes = u64::from(pack.payload_bytes);
        let (all, back) = match pack.is_logs {
            true => (&mut self.logs_bytes, &mut self.logs_back_bytes),
            false => (&mut self.files_bytes, &mut self.files_back_bytes),
        };
        *all += bytes;
        if bears.is_some() {
            *back += bytes;
        }
        bears.map(|losses| losses as u64)
    }
}

impl Circle {
    /// Without these, and whoever's data lies on the same machines.
    fn without(&self, gone: &BTreeSet<Identity>) -> Self {
        let lost = self.members.values();
        let lost = lost.filter(|member| gone.contains(&member.identity));
        let domains: BTreeSet<&[u8]> = lost.map(|member| &member.domain[..]).collect();
        let stay = self.members.iter();
        let stay = stay.filter(|(_, member)| !domains.contains(&member.domain[..]));
        Self {
            members: stay
                .map(|(number, member)| (*number, member.clone()))
                .collect(),
        }
    }
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    pub(super) async fn coverage(
        &self,
        gone: &BTreeSet<Identity>,
    ) -> Result<Coverage, BackupError> {
        let circle = self.circle().await?;
        let target = self.target(&circle).await?;
        let staying = circle.without(gone);
        let numbers: Vec<u16> = circle.members.keys().copied().collect();
        let mut coverage = Coverage {
            holders: holders(&circle, &staying),
            ..Coverage::default()
        };
        let (snapshots, root, held, listed, news, highest) = self
            .read(|logs, identity| {
                Ok((
                    logs.backup_snapshots(identity)?,
                    logs.backup_root(identity)?,
                    logs.backup_held(identity)?,
                    logs.backup_pages(identity)?,
                    logs.backup_news(identity)?,
                    logs.backup_highest_pack(identity)?,
                ))
            })
            .await?;
        let published = snapshots.iter().rfind(|row| row.root_number > 0);
        coverage.snapshot_ms = published.map(|row| row.time_ms);
        let snapshot_ms = coverage.snapshot_ms.unwrap_or_default();
        let mut losses = None;
        let mut pages = self.pages();
        while let Some((_, packs)) = pages.next().await? {
            for pack in &packs {
                coverage.hold(pack, &circle, &numbers);
                if pack.retired_ms.is_none() {
                    let live = circle.live(&pack.coding).len() as u64;
                    coverage.wanted_shards += u64::from(target.n);
                    coverage.placed_shards += live.min(target.n.into());
                }
                if published.is_some() && is_in(pack, snapshot_ms) {
                    let bears = coverage.count(pack, &staying).unwrap_or_default();
                    losses = Some(losses.map_or(bears, |fewest: u64| fewest.min(bears)));
                } else if pack.retired_ms.is_none() {
                    coverage.waiting_bytes += u64::from(pack.payload_bytes);
                }
            }
        }
        let whole = staying.whole_with(&held, root.as_ref(), &listed);
        coverage.is_found = published.is_some() && whole > 0;
        if coverage.is_whole() {
            let losses = losses.unwrap_or_default();
            coverage.survives_losses = losses.min(whole.saturating_sub(1));
        }
        if news.is_worth_it {
            let counts = news.ranges.iter().map(|(_, lo, hi)| hi - lo + 1);
            coverage.waiting_entries = counts.sum();
        }
        let is_new =
            |file: &&PackFile| file.bytes > 0 && (!file.is_closed || Some(file.number) > highest);
        let files = self.packs.list().await?;
        let new = files.iter().filter(is_new);
        coverage.waiting_bytes += new.map(|file| u64::from(file.bytes)).sum::<u64>();
        Ok(coverage)
    }
}

/// Everybody, by the number of their row.
fn holders(circle: &Circle, staying: &Circle) -> Vec<Holder> {
    let machines: BTreeSet<&[u8]> = circle.members.values().map(|one| &one.domain[..]).collect();
    let machines: Vec<&[u8]> = machines.into_iter().collect();
    let members = circle.members.iter();
    members
        .map(|(number, member)| Holder {
            identity: member.identity.to_string(),
            machine: machines
                .iter()
                .position(|machine| *machine == &member.domain[..])
                .unwrap_or_default() as u64,
            is_gone: !staying.members.contains_key(number),
            shards: 0,
            bytes: 0,
        })
        .collect()
}
