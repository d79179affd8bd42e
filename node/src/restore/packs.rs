//! Getting packs and pages: any `k` shards of a pack, each known by its hash, from whoever has them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hearth_protocol::erasure::ShardId;
use hearth_protocol::manifest::{
    GuardianEntry, PackEntry, Page, PageEntry, PageId, Root, ShardEntry,
};
use hearth_protocol::pack::{self, PackId};

use super::places::Places;
use super::source::{Keeper, NotGiven, Source};

/// Who was asked in vain, and who lied.
#[derive(Debug, Clone, Default)]
pub(super) struct Book(Arc<Mutex<BTreeMap<Keeper, Record>>>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    /// What they gave and wasn't what it should be.
    lies: u32,
    /// What they hadn't.
    failures: u32,
    /// What they gave.
    given: u32,
}

impl Book {
    fn records(&self) -> MutexGuard<'_, BTreeMap<Keeper, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, keeper: &Keeper, change: impl FnOnce(&mut Record)) {
        change(self.records().entry(keeper.clone()).or_default());
    }

    fn record(&self, keeper: &Keeper) -> Record {
        self.records().get(keeper).copied().unwrap_or_default()
    }

    /// Those who gave something that was right.
    pub(super) fn givers(&self) -> Vec<Keeper> {
        let records = self.records();
        let givers = records.iter().filter(|(_, record)| record.given > 0);
        givers.map(|(keeper, _)| keeper.clone()).collect()
    }
}

/// Gets things for one root.
#[derive(Debug, Clone)]
pub(super) struct Fetcher<S> {
    source: S,
    places: Places,
    book: Book,
}

/// Something that can't be had now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lacking {
    /// Who could have it.
    pub(super) keepers: Vec<Keeper>,
}

fn keeper_of(guardian: &GuardianEntry) -> Keeper {
    Keeper {
        identity: Some(guardian.identity),
        peer: guardian.peer.clone(),
    }
}

/// Those to whom a pack's shards were given, each once.
fn keepers_of(ways: &[(Arc<Root>, PackEntry)]) -> Vec<Keeper> {
    let guardians = ways.iter().flat_map(|(root, way)| {
        let shards = way.shards.iter();
        shards.filter_map(|shard| root.guardians.get(&shard.guardian))
    });
    let keepers: BTreeSet<Keeper> = guardians.map(keeper_of).collect();
    keepers.into_iter().collect()
}

impl<S: Source> Fetcher<S> {
    /// For the root of `places`, from `source`.
    pub(super) fn new(source: S, places: Places, book: Book) -> Self {
        Self {
            source,
            places,
            book,
        }
    }

    /// Reads in the pages of newer roots where these packs lie by now, as far as these pages can be had. What is known by
    /// then isn't asked for once more.
    pub(super) async fn locate(&self, wanted: &BTreeSet<PackId>) {
        for page in self.places.unread() {
            if !self.places.needs(&page, wanted) {
                continue;
            }
            if let Ok(says) = self.page_of(&page.root, &page.entry).await {
                self.places.note(&page, says, wanted);
            }
        }
    }

    /// Gets what is named `id` from one keeper, and makes sure that it is that.
    async fn get(&self, keeper: &Keeper, id: [u8; 32], bytes: u32) -> Option<Vec<u8>> {
        match self.source.fetch(keeper, id, bytes).await {
            Err(NotGiven::Absent) => {
                self.book.note(keeper, |record| record.failures += 1);
                return None;
            }
            Ok(given) if *blake3::hash(&given).as_bytes() == id => {
                self.book.note(keeper, |record| record.given += 1);
                return Some(given);
            }
            Ok(_) | Err(NotGiven::Wrong) => {}
        }
        tracing::warn!(?keeper, "what a guardian gave isn't what was asked for");
        self.book.note(keeper, |record| record.lies += 1);
        None
    }

    /// Those who can be asked now, whoever was right most often first; then the others.
    async fn sorted(&self, keepers: Vec<Keeper>) -> Vec<Keeper> {
        let mut known = Vec::with_capacity(keepers.len());
        for keeper in keepers {
            let is_away = !self.source.is_reachable(&keeper).await;
            let Record { lies, failures, .. } = self.book.record(&keeper);
            known.push(((is_away, lies, failures), keeper));
        }
        known.sort_by_key(|(order, _)| *order);
        known.into_iter().map(|(_, keeper)| keeper).collect()
    }

    /// A page of the root, from anybody.
    ///
    /// # Errors
    /// Nobody who can be asked now has it.
    pub(super) async fn page(&self, entry: &PageEntry) -> Result<Page, Lacking> {
        self.page_of(self.places.root(), entry).await
    }

    async fn page_of(&self, root: &Root, entry: &PageEntry) -> Result<Page, Lacking> {
        let guardians = self.places.guardians();
        let keepers: Vec<Keeper> = guardians.iter().map(keeper_of).collect();
        let lacking = || Lacking {
            keepers: keepers.clone(),
        };
        let key = root.key(entry.generation).ok_or_else(lacking)?;
        let folder = Keeper {
            identity: None,
            peer: Vec::new(),
        };
        let everybody = keepers.iter().cloned().chain([folder]).collect();
        for keeper in self.sorted(everybody).await {
            let id = *PageId::as_bytes(&entry.id);
            let Some(bytes) = self.get(&keeper, id, entry.bytes).await else {
                continue;
            };
            match Page::open(key, &bytes) {
                Ok(page) => return Ok(page),
                Err(error) => {
                    tracing::warn!(%error, page = entry.number, "a page doesn't open");
                    break;
                }
            }
        }
        Err(lacking())
    }

    /// A pack's payload, still padded, and how many bytes had to be fetched for it.
    ///
    /// # Errors
    /// Fewer shards than it takes can be had now.
    pub(super) async fn pack(&self, entry: &PackEntry) -> Result<Vec<u8>, Lacking> {
        let ways = self.places.of(entry);
        let mut sealed = self.whole(entry).await;
        for (root, way) in &ways {
            if sealed.is_none() {
                sealed = self.joined(root, way).await;
            }
        }
        let payload = sealed.and_then(|sealed| {
            let key = self.places.root().key(entry.generation)?;
            pack::open(&sealed, key)
                .inspect_err(
                    |error| tracing::warn!(%error, pack = entry.number, "a pack doesn't open"),
                )
                .ok()
        });
        payload.ok_or_else(|| Lacking {
            keepers: keepers_of(&ways),
        })
    }

    async fn whole(&self, entry: &PackEntry) -> Option<Vec<u8>> {
        let sealed = self.source.pack(entry.id, entry.bytes).await?;
        if PackId::of(&sealed) == entry.id {
            return Some(sealed);
        }
        tracing::warn!(
            pack = entry.number,
            "a pack in the folder isn't what it was"
        );
        None
    }

    async fn joined(&self, root: &Root, entry: &PackEntry) -> Option<Vec<u8>> {
        let k = usize::from(entry.code.k());
        let bytes = u32::try_from(entry.code.shard_bytes(entry.bytes as usize)).ok()?;
        let mut waiting = self.in_order(root, entry).await.into_iter();
        let ask = |(shard, keeper): (ShardEntry, Keeper)| async move {
            let got = self
                .get(&keeper, *ShardId::as_bytes(&shard.id), bytes)
                .await;
            got.map(|bytes| (shard.index, bytes))
        };
        let mut asked: FuturesUnordered<_> = waiting.by_ref().take(k).map(ask).collect();
        let mut shards: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
        while let Some(got) = asked.next().await {
            match got {
                Some((index, shard)) => {
                    shards.insert(index, shard);
                }
                // Somebody else then.
                None => asked.extend(waiting.next().map(ask)),
            }
            if shards.len() >= k {
                let shards: Vec<(u16, &[u8])> = shards
                    .iter()
                    .map(|(index, bytes)| (*index, &bytes[..]))
                    .collect();
                let decoded = entry.code.decode(&entry.id, entry.bytes as usize, &shards);
                return decoded
                    .inspect_err(
                        |error| tracing::warn!(%error, pack = entry.number, "shards give no pack"),
                    )
                    .ok();
            }
            if asked.is_empty() {
                asked.extend(waiting.next().map(ask));
            }
        }
        None
    }

    /// The pack's shards with who has them: those of whom something can be expected first, and of these the pieces of the
    /// pack itself, which need no decoding. Of copies each is as good.
    async fn in_order(&self, root: &Root, entry: &PackEntry) -> Vec<(ShardEntry, Keeper)> {
        let mut ordered = Vec::with_capacity(entry.shards.len());
        for shard in &entry.shards {
            let Some(guardian) = root.guardians.get(&shard.guardian) else {
                continue;
            };
            let keeper = keeper_of(guardian);
            let is_away = !self.source.is_reachable(&keeper).await;
            let Record { lies, failures, .. } = self.book.record(&keeper);
            let order = (is_away, lies, failures.min(3), shard.index);
            ordered.push((order, (*shard, keeper)));
        }
        ordered.sort_by_key(|(order, _)| *order);
        ordered.into_iter().map(|(_, shard)| shard).collect()
    }
}
