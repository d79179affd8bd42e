//! What a backup should look like: decisions without IO, so that each can be tried at every value.
//!
//! How packs are coded for so many guardians, when it pays to code them anew, how many guardians may be lost, which
//! snapshots stay, which small packs become one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::bounds::{CODE_K_MAX, PACK_PAYLOAD_BYTES_MAX, SHARDS_PER_PACK_MAX};
use crate::manifest::{PackEntry, PackKind, Snapshot};
use crate::pack::{PACK_SIZES, padded_bytes};

/// From so many guardians on packs are coded; fewer get copies.
pub const CODED_FROM_GUARDIANS: usize = 5;

/// Unless the owner asks for more, a pack has no more shards: `k` = 16 is two fifths of it.
pub const GUARDIANS_OF_A_PACK_MAX: usize = 40;

/// How packs should be coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// So many shards give a pack.
    pub k: u8,
    /// So many shards it has, each with another guardian.
    pub n: u16,
    /// A pack that bears fewer losses than this is coded anew.
    pub losses_min: u16,
}

impl Target {
    /// How many guardians may be lost once every pack is as it should be; 0 also without any.
    pub fn losses(&self) -> u16 {
        self.n.saturating_sub(self.k.into())
    }
}

/// The guardians are too few for what the owner asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("surviving the loss of any {survive} guardians takes at least {}, and there are {guardians}; \
         ask more friends for space, or for fewer losses", survive + 1)]
pub struct TooFewGuardians {
    /// How many there are.
    pub guardians: usize,
    /// How many may be lost.
    pub survive: u16,
}

/// How packs should be coded for so many guardians (failure domains): copies under five; then `k` ≈ 0.4 n; or as the
/// owner asked, so that any `survive` of them may be lost.
pub fn target(guardians: usize, survive: Option<u16>) -> Result<Target, TooFewGuardians> {
    match survive {
        Some(survive) => target_asked(guardians, survive),
        None => Ok(target_of_course(guardians)),
    }
}

fn target_asked(guardians: usize, survive: u16) -> Result<Target, TooFewGuardians> {
    let usable = guardians.min(SHARDS_PER_PACK_MAX);
    let k = usable
        .checked_sub(survive.into())
        .filter(|&k| k > 0)
        .ok_or(TooFewGuardians { guardians, survive })?
        .min(CODE_K_MAX.into());
    Ok(Target {
        k: small(k),
        n: u16::from(small(k)) + survive,
        losses_min: survive,
    })
}

fn target_of_course(guardians: usize) -> Target {
    let n = guardians.min(GUARDIANS_OF_A_PACK_MAX);
    let k = if n < CODED_FROM_GUARDIANS {
        1
    } else {
        // 0.4 n, rounded.
        ((4 * n + 5) / 10).max(2)
    };
    Target {
        k: small(k),
        n: small(n).into(),
        losses_min: small(n.saturating_sub(k).div_ceil(2)).into(),
    }
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("guardians of one pack are bounded")
}

/// Whether a pack of which `k` shards are needed should be coded anew: to a `k` that is at least twice as large, which
/// spares space (copies thus go as soon as five guardians are there), or because it bears too few losses now. Nothing
/// between, so that a guardian who comes and goes costs nothing.
pub fn needs_recode(k: u8, target: &Target) -> bool {
    let losses = target.n.saturating_sub(k.into());
    target.n > 0 && (target.k / 2 >= k || (k > target.k && losses < target.losses_min))
}

/// How many guardians may be lost, whichever they are, with every pack and the root still there; `None` if something is
/// lost already.
///
/// `domains` says for the slots of guardians that have what they should in which failure domain each is; shards with
/// others don't count. `root_domains` is how many of these domains hold the newest root and its pages.
pub fn survives<'a, D: Ord>(
    packs: impl IntoIterator<Item = &'a PackEntry>,
    domains: &BTreeMap<u16, D>,
    root_domains: usize,
) -> Option<usize> {
    let root = root_domains.checked_sub(1)?;
    packs.into_iter().try_fold(root, |losses, pack| {
        Some(losses.min(pack_survives(pack, domains)?))
    })
}

fn pack_survives<D: Ord>(pack: &PackEntry, domains: &BTreeMap<u16, D>) -> Option<usize> {
    let mut shards: BTreeMap<&D, usize> = BTreeMap::new();
    for shard in &pack.shards {
        if let Some(domain) = domains.get(&shard.guardian) {
            *shards.entry(domain).or_default() += 1;
        }
    }
    // The worst that can happen: whoever holds most is lost first.
    let mut held: Vec<usize> = shards.into_values().collect();
    held.sort_unstable();
    let mut left: usize = held.iter().sum();
    let mut losses: usize = 0;
    while left >= usize::from(pack.code.k()) {
        let Some(most) = held.pop() else { break };
        left -= most;
        losses += 1;
    }
    // The last loss counted was one too many.
    losses.checked_sub(1)
}

const NEWEST_KEPT: usize = 8;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const WEEK_MS: u64 = 7 * DAY_MS;
const DAYS_KEPT: u64 = 14;
const WEEKS_KEPT: u64 = 8;

/// Which snapshots stay: the newest eight, the newest of each of the last 14 days, and of each of the last 8 weeks. Days
/// and weeks are those of UTC, a week beginning on Thursday as 1970 did, so that what stays today stays tomorrow unless
/// it is too old. Gives them by ascending number.
pub fn snapshots_kept(snapshots: &[Snapshot], now_ms: u64) -> Vec<Snapshot> {
    let mut newest_first = snapshots.to_vec();
    newest_first.sort_unstable_by_key(|snapshot| Reverse(snapshot.number));
    newest_first.dedup_by_key(|snapshot| snapshot.number);
    let mut kept: BTreeSet<Snapshot> = newest_first.iter().take(NEWEST_KEPT).copied().collect();
    kept.extend(newest_of_each(&newest_first, now_ms, DAY_MS, DAYS_KEPT));
    kept.extend(newest_of_each(&newest_first, now_ms, WEEK_MS, WEEKS_KEPT));
    kept.into_iter().collect()
}

fn newest_of_each(
    newest_first: &[Snapshot],
    now_ms: u64,
    span_ms: u64,
    spans: u64,
) -> Vec<Snapshot> {
    let now = now_ms / span_ms;
    let mut seen = BTreeSet::new();
    let of_span = newest_first.iter().filter(|snapshot| {
        // A clock that was ahead: its snapshots count as made now.
        let span = (snapshot.time_ms / span_ms).min(now);
        span + spans > now && seen.insert(span)
    });
    of_span.copied().collect()
}

/// So many small packs of one size are worth being made one.
pub const MERGED_FROM: usize = 8;

/// A pack that could be merged with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LivePack {
    /// Its number.
    pub number: u64,
    /// What it holds: only alike packs are merged.
    pub kind: PackKind,
    /// Its payload's length without padding.
    pub payload_bytes: u32,
}

/// Which packs should be made one, each group by ascending number: eight or more of one kind and of one size below the
/// largest, as many together as fit into one.
pub fn merges(packs: &[LivePack]) -> Vec<Vec<u64>> {
    let mut alike: BTreeMap<(usize, PackKind), Vec<LivePack>> = BTreeMap::new();
    for &pack in packs {
        let size = padded_bytes(pack.payload_bytes as usize);
        if let Some(size) = size.filter(|size| PACK_SIZES[..3].contains(size)) {
            alike.entry((size, pack.kind)).or_default().push(pack);
        }
    }
    alike
        .into_values()
        .flat_map(groups)
        .filter(|group| group.len() >= MERGED_FROM)
        .collect()
}

/// Cuts alike packs, oldest first, where the next one wouldn't fit any more.
fn groups(mut packs: Vec<LivePack>) -> Vec<Vec<u64>> {
    packs.sort_unstable_by_key(|pack| pack.number);
    let (mut groups, mut bytes) = (vec![Vec::new()], 0);
    for pack in packs {
        bytes += pack.payload_bytes as usize;
        if bytes > PACK_PAYLOAD_BYTES_MAX {
            groups.push(Vec::new());
            bytes = pack.payload_bytes as usize;
        }
        groups
            .last_mut()
            .expect("there is one from the start")
            .push(pack.number);
    }
    groups
}
