//! Where the packs of an older snapshot lie by now.
//!
//! The pages of its own root say which packs belong to it, and where these lay *then*. Since then friends may have come and
//! gone: a pack was coded anew, and a month later its old shards went. Where it lies *now* is in the pages of newer roots,
//! under the same id. What only older snapshots need isn't in the newest root's pages any more; the newest of those that
//! have it tells then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_keys::Identity;
use hearth_protocol::manifest::{
    GuardianEntry, PackEntry, Page, PageEntry, PageId, Root, ShardEntry,
};
use hearth_protocol::pack::PackId;

/// Ways in which one pack may lie that are kept besides that of its own root: the newest.
const WAYS_MAX: usize = 3;

/// What newer roots say of the packs of one root.
#[derive(Debug, Clone)]
pub(super) struct Places {
    root: Arc<Root>,
    /// Newest first.
    later: Vec<Arc<Root>>,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    read: BTreeSet<PageId>,
    /// How packs lie, and by which of the newer roots.
    packs: BTreeMap<PackId, BTreeMap<usize, PackEntry>>,
}

/// A page of a newer root that wasn't read yet.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    /// Which of the newer roots names it: 0 is the newest.
    pub(super) at: usize,
    /// That root.
    pub(super) root: Arc<Root>,
    /// The page.
    pub(super) entry: PageEntry,
}

impl Places {
    /// For `root`, by itself and by what is in `later`, newest first. Where a guardian is, the newest that names them says.
    pub(super) fn new(root: Root, later: Vec<Root>) -> Self {
        let mut newest: BTreeMap<Identity, GuardianEntry> = BTreeMap::new();
        let mut renewed = |mut root: Root| {
            for guardian in root.guardians.values_mut() {
                let known = newest
                    .entry(guardian.identity)
                    .or_insert_with(|| guardian.clone());
                guardian.clone_from(known);
            }
            Arc::new(root)
        };
        let later = later.into_iter().map(&mut renewed).collect();
        Self {
            root: renewed(root),
            later,
            known: Arc::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The root that is restored.
    pub(super) fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// Everybody whom any of the roots names, each once.
    pub(super) fn guardians(&self) -> Vec<GuardianEntry> {
        let roots = self.later.iter().chain([&self.root]);
        let guardians = roots.flat_map(|root| root.guardians.values());
        let by_identity: BTreeMap<Identity, &GuardianEntry> = guardians
            .map(|guardian| (guardian.identity, guardian))
            .collect();
        by_identity.into_values().cloned().collect()
    }

    /// The highest number of a root that is known.
    pub(super) fn highest_number(&self) -> u64 {
        let later = self.later.iter().map(|root| root.number);
        later.max().unwrap_or(0).max(self.root.number)
    }

    /// The pages of newer roots that weren't read, of the newest first.
    pub(super) fn unread(&self) -> Vec<Unread> {
        let known = self.known();
        let mut unread = Vec::new();
        for (at, root) in self.later.iter().enumerate() {
            let pages = root.pages.iter();
            let pages = pages.filter(|page| !known.read.contains(&page.id));
            unread.extend(pages.map(|entry| Unread {
                at,
                root: Arc::clone(root),
                entry: *entry,
            }));
        }
        unread
    }

    /// Whether nothing is left that this page could tell: the newest root is always asked, older ones only of what no
    /// newer one knows.
    pub(super) fn needs(&self, page: &Unread, wanted: &BTreeSet<PackId>) -> bool {
        let known = self.known();
        let is_known = |id: &PackId| {
            let ways = known.packs.get(id);
            ways.is_some_and(|ways| ways.keys().any(|at| *at < page.at))
        };
        !known.read.contains(&page.entry.id) && (page.at == 0 || !wanted.iter().all(is_known))
    }

    /// Notes what a page says of the packs that are wanted.
    pub(super) fn note(&self, page: &Unread, says: Page, wanted: &BTreeSet<PackId>) {
        let mut known = self.known();
        known.read.insert(page.entry.id);
        for entry in says.packs {
            if !wanted.contains(&entry.id) || entry.shards.is_empty() {
                continue;
            }
            let ways = known.packs.entry(entry.id).or_default();
            ways.insert(page.at, entry);
            if ways.len() > WAYS_MAX {
                ways.pop_last();
            }
        }
    }

    /// How a pack may lie, with the root whose guardians that means: the newest word on it first, that of its own root last.
    pub(super) fn of(&self, entry: &PackEntry) -> Vec<(Arc<Root>, PackEntry)> {
        let known = self.known();
        let mut ways: Vec<(Arc<Root>, PackEntry)> = Vec::new();
        for (at, later) in known.packs.get(&entry.id).into_iter().flatten() {
            // It is the same sealed pack: only where it lies is news.
            let way = PackEntry {
                code: later.code,
                shards: later.shards.clone(),
                ..entry.clone()
            };
            ways.push((Arc::clone(&self.later[*at]), way));
        }
        ways.push((Arc::clone(&self.root), entry.clone()));
        ways
    }

    /// The root and its pages as whoever goes on from here should know them: packs as they lie now, with guardians' slots
    /// that mean the same for all of them.
    pub(super) fn settled(&self, pages: &[Page]) -> (Root, Vec<Page>) {
        let newest = self.later.first().unwrap_or(&self.root);
        let mut guardians = newest.guardians.clone();
        let mut settle = |pack: &PackEntry| {
            let (root, way) = self.of(pack).swap_remove(0);
            let shards = way.shards.iter().filter_map(|shard| {
                let guardian = slot(&mut guardians, root.guardians.get(&shard.guardian)?)?;
                Some(ShardEntry { guardian, ..*shard })
            });
            PackEntry {
                shards: shards.collect(),
                ..way
            }
        };
        let settled = pages.iter().map(|page| Page {
            packs: page.packs.iter().map(&mut settle).collect(),
        });
        let settled = settled.collect();
        let root = Root {
            guardians,
            ..Root::clone(&self.root)
        };
        (root, settled)
    }
}

/// The slot of a guardian; a free one for who hasn't any.
fn slot(guardians: &mut BTreeMap<u16, GuardianEntry>, of: &GuardianEntry) -> Option<u16> {
    let mut held = guardians.iter();
    if let Some((slot, _)) = held.find(|(_, guardian)| guardian.identity == of.identity) {
        return Some(*slot);
    }
    let free = (0..=u16::MAX).find(|slot| !guardians.contains_key(slot))?;
    guardians.insert(free, of.clone());
    Some(free)
}
