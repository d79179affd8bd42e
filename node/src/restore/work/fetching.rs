//! Fetches what the root names: pages, then packs, logs first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hearth_keys::Root as Phrased;
use hearth_protocol::manifest::{PackEntry, PackKind, Page, Root};
use hearth_protocol::object::ObjectId;
use hearth_protocol::pack::PackId;
use tokio::time::{Instant, sleep, timeout};

use super::super::intake;
use super::super::packs::{Fetcher, Lacking};
use super::super::queue::Queue;
use super::super::source::Source;
use super::super::status::{Missing, Stage};
use super::cutting::cut_due;
use super::{RestoreError, Work};
use crate::objects::{Announced, ObjectError};
use crate::said::{Said, said};
use crate::store::logs::Stored;

/// Packs that are being fetched at once: with their shards they take 25 MiB each at most.
const PACKS_AT_ONCE: usize = 3;
/// How long it is waited before what couldn't be had is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// Files whose content is watched for one by one.
const FILES_WATCHED_MAX: usize = 100_000;

impl<S: Source> Work<S> {
    /// The list of packs, from all pages.
    pub(super) async fn pages(
        &self,
        fetcher: &Fetcher<S>,
        root: &Root,
    ) -> Result<Vec<Page>, RestoreError> {
        let mut pages = Vec::new();
        let mut waiting = root.pages.clone();
        let mut moved_at = Instant::now();
        while !waiting.is_empty() {
            let mut lacking = Vec::new();
            for entry in waiting.drain(..) {
                match fetcher.page(&entry).await {
                    Ok(page) => {
                        pages.push(page);
                        moved_at = Instant::now();
                    }
                    Err(lack) => lacking.push((entry, lack)),
                }
            }
            if lacking.is_empty() {
                break;
            }
            if !self.source.may_come_back() || moved_at.elapsed() >= self.patience {
                let missing = lacking.iter().map(|(entry, lack)| {
                    (
                        said!(
                            "part-page",
                            "page {number} of the list of packs",
                            number = entry.number
                        ),
                        lack.clone(),
                    )
                });
                self.stop_at(missing.collect()).await?;
            }
            waiting = lacking.into_iter().map(|(entry, _)| entry).collect();
            sleep(RETRY.min(self.patience)).await;
        }
        self.say(|status| (status.problem, status.is_stopped) = (Said::default(), false));
        Ok(pages)
    }

    /// Says what can't be had, and by whom it could. From a folder nothing more will come.
    async fn stop_at(&self, missing: Vec<(Said, Lacking)>) -> Result<(), RestoreError> {
        let mut named = Vec::with_capacity(missing.len());
        for (what, lacking) in missing {
            let keepers = self.names(lacking.keepers.iter()).await;
            named.push(Missing { what, keepers });
        }
        let problem = match (named.len(), self.source.may_come_back()) {
            (1, true) => {
                said!(
                    "restore-one-away",
                    "one part can't be had now: `hearth up` gets it once one of these is reachable"
                )
            }
            (count, true) => {
                said!(
                    "restore-some-away",
                    "{count} parts can't be had now: `hearth up` gets them once enough of these are reachable",
                    count = count
                )
            }
            (count, false) => said!(
                "restore-folder-lacks",
                "the folder lacks {count} parts, or they are damaged: restore from friends instead, with `--via LINK`",
                count = count
            ),
        };
        tracing::warn!(parts = named.len(), "not everything can be had now");
        self.say(|status| {
            status.set_missing(named);
            status.problem.clone_from(&problem);
            status.is_stopped = true;
        });
        match self.source.may_come_back() {
            true => Ok(()),
            false => Err(RestoreError::Incomplete(problem)),
        }
    }

    /// Brings the packs, logs first.
    pub(super) async fn packs(
        &mut self,
        fetcher: &Fetcher<S>,
        root: &Root,
        packs: Vec<PackEntry>,
        phrased: Option<Phrased>,
    ) -> Result<(), RestoreError> {
        let here: BTreeSet<u64> = {
            let here = self.house.objects.packs().into_iter();
            here.filter(|pack| pack.is_here)
                .map(|pack| pack.number)
                .collect()
        };
        let kinds: BTreeMap<u64, PackKind> = packs
            .iter()
            .map(|entry| (entry.number, entry.kind))
            .collect();
        let bytes = |packs: &mut dyn Iterator<Item = &PackEntry>| -> u64 {
            packs.map(|entry| u64::from(entry.bytes)).sum()
        };
        self.say(|status| {
            status.stage = Stage::Posts;
            (status.packs_total, status.bytes_total) =
                (packs.len() as u64, bytes(&mut packs.iter()));
            status.bytes = bytes(&mut packs.iter().filter(|entry| here.contains(&entry.number)));
            status.packs = packs
                .iter()
                .filter(|entry| here.contains(&entry.number))
                .count() as u64;
        });
        let ids: BTreeSet<PackId> = packs.iter().map(|entry| entry.id).collect();
        fetcher.locate(&ids).await;
        let waiting = packs.into_iter();
        let mut queue = Queue::new(waiting.filter(|entry| !here.contains(&entry.number)));
        let mut wanted = self.house.objects.wanted();
        let mut phrased = phrased;
        let mut watched: Option<Vec<_>> = None;
        let mut under_way = FuturesUnordered::new();
        loop {
            if watched.is_none() && queue.has_all_logs() {
                self.logs_are_here(root, phrased.take()).await?;
                watched = Some(self.files().await?);
            }
            if let Some(watched) = &mut watched {
                self.count_files(watched, root);
            }
            if queue.is_empty() {
                return Ok(());
            }
            while under_way.len() < PACKS_AT_ONCE {
                let asked_for = wanted.borrow_and_update().clone();
                let Some(entry) = queue.next(&asked_for) else {
                    break;
                };
                under_way.push(async move {
                    let got = fetcher.pack(&entry).await;
                    (entry, got)
                });
            }
            let Some((entry, got)) = under_way.next().await else {
                if queue.is_stuck(self.patience) || !self.source.may_come_back() {
                    let missing = queue.lacking();
                    let missing = missing.map(|(entry, lacking)| {
                        (
                            said!("part-pack", "pack {number}", number = entry.number),
                            lacking.clone(),
                        )
                    });
                    self.stop_at(missing.collect()).await?;
                }
                let _ = timeout(RETRY.min(self.patience), wanted.changed()).await;
                fetcher.locate(&ids).await;
                queue.retry();
                continue;
            };
            let taken = match got {
                Ok(payload) => self.take(&entry, payload, &kinds).await?,
                Err(lacking) => Err(lacking),
            };
            match taken {
                Ok(()) => {
                    queue.came(entry.number);
                    let friends = self.names(self.book.givers().iter()).await;
                    self.say(|status| {
                        status.packs += 1;
                        status.bytes += u64::from(entry.bytes);
                        status.friends = friends;
                        status.problem = Said::default();
                        status.set_missing(Vec::new());
                        status.is_stopped = false;
                    });
                }
                Err(lacking) => queue.failed(entry.number, lacking),
            }
        }
    }

    /// Takes a pack in: its logs into the store, and the pack itself to the others.
    async fn take(
        &self,
        entry: &PackEntry,
        payload: Vec<u8>,
        kinds: &BTreeMap<u64, PackKind>,
    ) -> Result<Result<(), Lacking>, RestoreError> {
        let kind = match entry.kind {
            PackKind::Logs => PackKind::Logs,
            PackKind::Data => PackKind::Data,
            // Of a newer program: there is nothing here that could use it.
            PackKind::Newer(_) => return Ok(Ok(())),
        };
        if entry.kind == PackKind::Logs {
            let brought = intake::take(&self.house.store, self.identity(), &payload).await?;
            self.announce(brought.contents, kinds).await?;
            if let Some(statements) = brought.statements {
                self.pass_on(statements).await?;
            }
            self.came_back(brought.stored).await?;
        }
        let adopted = self.house.objects.adopt_pack(entry.number, kind, payload);
        match adopted.await {
            Ok(()) => Ok(Ok(())),
            // Whoever sealed it sealed something broken: no shard gives anything better.
            Err(error @ (ObjectError::PackDamaged { .. } | ObjectError::PackLength { .. })) => {
                tracing::error!(%error, pack = entry.number, "a pack is whole and what lies in it isn't");
                Ok(Err(Lacking {
                    keepers: Vec::new(),
                }))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn came_back(&self, stored: Vec<Stored>) -> Result<(), RestoreError> {
        if !stored.is_empty() {
            self.house.app.came_back(stored).await;
            self.house.app.review_follows().await?;
        }
        Ok(())
    }

    async fn announce(
        &self,
        contents: BTreeMap<u64, Vec<ObjectId>>,
        kinds: &BTreeMap<u64, PackKind>,
    ) -> Result<(), RestoreError> {
        let of_this_snapshot = contents
            .into_iter()
            .filter(|(pack, _)| kinds.get(pack) == Some(&PackKind::Data));
        let announced = of_this_snapshot.map(|(number, objects)| Announced {
            number,
            kind: PackKind::Data,
            objects,
        });
        let announced: Vec<Announced> = announced.collect();
        if !announced.is_empty() {
            self.house.objects.announce_packs(announced).await?;
        }
        Ok(())
    }

    /// All logs are here: cuts the old device off if it was stolen, and says what has come.
    async fn logs_are_here(
        &mut self,
        root: &Root,
        phrased: Option<Phrased>,
    ) -> Result<(), RestoreError> {
        match (self.state.is_cut_due, phrased) {
            (true, Some(phrased)) => self.cut(root, &phrased).await?,
            (true, None) => {
                tracing::warn!("{}", cut_due());
                self.say(|status| status.problem = cut_due());
            }
            (false, _) => {}
        }
        self.house.app.review_follows().await?;
        let done = self.done(root).await?;
        self.say(|status| {
            status.stage = Stage::Files;
            status.done = Some(done);
        });
        Ok(())
    }

    /// The files whose content isn't here yet, the first many.
    pub(super) async fn files(&self) -> Result<Vec<ObjectId>, RestoreError> {
        let identity = self.identity();
        let read = self
            .house
            .store
            .read(move |logs| logs.drive_contents(&identity, FILES_WATCHED_MAX));
        Ok(read.await?)
    }

    fn count_files(&self, watched: &mut Vec<ObjectId>, root: &Root) {
        watched.retain(|id| !self.house.objects.has(id));
        let missing = watched.len() as u64;
        self.say(|status| status.files = root.files.saturating_sub(missing));
    }
}
