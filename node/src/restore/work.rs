//! The task that brings everything back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hearth_keys::{Identity, Root as Phrased};
use hearth_protocol::bounds::{CUT_ENDS_MAX, PAGE_PACKS_MAX};
use hearth_protocol::manifest::{PackEntry, PackKind, Page, Root, RootId};
use hearth_protocol::pack::PackId;
use hearth_protocol::root::{Claim, LogEnd, Statement, StatementSet};
use tokio::time::{Instant, sleep, timeout};

use super::begin::{self, BeginError, later_path, root_path};
use super::intake;
use super::keys;
use super::packs::{Book, Fetcher, Lacking};
use super::places::Places;
use super::queue::Queue;
use super::roots::{self, Found, Search, Wanted};
use super::source::{Keeper, Source, Witness};
use super::status::{Done, Missing, Stage};
use super::{Request, Restoring, State, Step};
use crate::app::App;
use crate::backup::{Backup, BackupError};
use crate::guardian::Guard;
use crate::home::{Home, HomeError};
use crate::objects::{Announced, ObjectError, Objects};
use crate::replication::{Replication, unix_ms};
use crate::store::logs::{Logs, Stored};
use crate::store::{Account, Store, StoreError};

/// Packs that are being fetched at once: with their shards they take 25 MiB each at most.
const PACKS_AT_ONCE: usize = 3;
/// How often it is looked for who is there.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long others may take to say that they have a newer root, once there is one.
const OTHERS_TIME_MAX: Duration = Duration::from_secs(5);
/// How long friends may take to pass on root statements, even where all have said which roots they keep.
const STATEMENTS_TIME_MAX: Duration = Duration::from_secs(1);
/// How long it is waited before what couldn't be had is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How long nothing may come before whoever waits is told.
const PATIENCE: Duration = Duration::from_secs(60);
/// Overrides [`PATIENCE`], in milliseconds.
const PATIENCE_VARIABLE: &str = "HEARTH_RESTORE_PATIENCE_MS";
/// How long the entries that friends attest may take to come, before the old device's logs are cut.
const ATTESTED_TIME_MAX: Duration = Duration::from_secs(20);
/// Entries of a social log that are searched for backup heads.
const HEADS_SEARCHED: u64 = 4096;
/// Files whose content is watched for one by one.
const FILES_WATCHED_MAX: usize = 100_000;

/// What a restore works with.
#[derive(Debug, Clone)]
pub(crate) struct House {
    /// Where the home is.
    pub(crate) home: Home,
    /// The account as this device has it.
    pub(crate) account: Account,
    /// What tells pages and peers.
    pub(crate) app: App,
    /// The logs.
    pub(crate) store: Store,
    /// What passes statements on.
    pub(crate) replication: Replication,
    /// The pack files.
    pub(crate) objects: Objects,
    /// What goes on from here once everything is here.
    pub(crate) backup: Backup<Guard, Objects>,
    /// Where it is said how far this is.
    pub(crate) restoring: Restoring,
}

/// Why a restore doesn't go on by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    /// Nobody has a root that opens.
    #[error("{0}")]
    NoRoot(String),
    /// The phrase is gone, and was needed.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// The home.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pack files.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// The root says what makes no sense.
    #[error("the snapshot's root makes no sense ({0}): choose an older one with `--snapshot`")]
    Root(String),
    /// The folder lacks something.
    #[error("{0}")]
    Incomplete(String),
    /// The backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The app.
    #[error("{0}")]
    App(#[from] crate::app::model::AppError),
}

/// Said while a stolen device isn't cut off.
const CUT_DUE: &str = "the old device isn't cut off yet, which takes the phrase: stop the node and run \
     `hearth restore --phrase-file FILE --stolen`";

/// One restore, with where it comes from.
pub(super) struct Work<S> {
    pub(super) house: House,
    pub(super) source: S,
    pub(super) state: State,
    pub(super) patience: Duration,
    pub(super) begun: Instant,
    pub(super) witnesses: Vec<Witness>,
    pub(super) book: Book,
}

/// How long nothing may come before whoever waits is told.
pub(super) fn patience() -> Duration {
    let configured = std::env::var(PATIENCE_VARIABLE).ok();
    let configured = configured.and_then(|millis| millis.parse().ok());
    configured.map_or(PATIENCE, Duration::from_millis)
}

impl<S: Source> Work<S> {
    fn identity(&self) -> Identity {
        self.house.account.identity
    }

    /// Brings everything back; ends once all of it is here. `request` is there while the phrase is.
    pub(super) async fn run(mut self, request: Option<Request>) -> Result<State, RestoreError> {
        let phrased = request.as_ref().map(|request| request.phrase.root());
        if let (Step::Done, Some(phrased)) = (self.state.step, &phrased) {
            self.cut_late(phrased).await?;
            return Ok(self.state);
        }
        let (root, later) = match self.state.step {
            Step::Phrase => self.begin(request.as_ref(), phrased.as_ref()).await?,
            Step::Packs | Step::Done => {
                // That it was stolen may have turned out since.
                self.state.is_cut_due |= request.as_ref().is_some_and(|asked| asked.is_stolen);
                let (home, device) = (&self.house.home, &self.house.account.device);
                let later = keys::kept_later(&later_path(home), &self.identity(), device);
                let root = keys::kept(&root_path(home), &self.identity(), device)?;
                (root, later)
            }
        };
        drop(request);
        let places = Places::new(root, later);
        let root = Arc::clone(places.root());
        let guardians = (0..).zip(places.guardians()).collect();
        self.source.seek(&guardians).await;
        self.say(|status| {
            status.stage = Stage::Reading;
            (status.snapshot, status.snapshot_ms) = (root.number, root.time_ms);
            (status.files_total, status.problem) = (root.files, String::new());
            status.is_stopped = false;
        });
        // Should the last process have ended in between.
        self.grant(&root).await?;
        let fetcher = Fetcher::new(self.source.clone(), places.clone(), self.book.clone());
        let pages = self.pages(&fetcher, &root).await?;
        let packs = pages.iter().flat_map(|page| page.packs.iter().cloned());
        self.packs(&fetcher, &root, packs.collect(), phrased)
            .await?;
        self.finish(&places, &pages).await?;
        Ok(self.state)
    }

    fn say(&self, change: impl FnOnce(&mut super::Status)) {
        self.house.restoring.say(change);
    }

    /// Finds the root, and newer ones that say where things lie by now; does everything that takes the phrase.
    async fn begin(
        &mut self,
        request: Option<&Request>,
        phrased: Option<&Phrased>,
    ) -> Result<(Root, Vec<Root>), RestoreError> {
        let (Some(request), Some(phrased)) = (request, phrased) else {
            let dir = self.house.home.dir().to_owned();
            return Err(BeginError::NeedsPhrase { dir }.into());
        };
        let wanted = match &request.snapshot {
            Some(name) => Wanted::Named(name.clone()),
            None => Wanted::Newest,
        };
        let (Found { root, id }, statements) = self.look(&wanted, phrased).await?;
        let later = match wanted {
            Wanted::Newest => Vec::new(),
            Wanted::Named(_) => self.later(&root, &statements, phrased).await,
        };
        let holders = roots::holders(&self.witnesses, &id);
        self.state.witnesses = holders.into_iter().filter_map(name_of_node).collect();
        self.state.snapshot = root.number;
        self.state.root = hearth_protocol::codec::Hex(id.as_bytes()).to_string();
        self.state.is_chosen = wanted != Wanted::Newest;
        self.state.is_cut_due = request.is_stolen;
        tracing::info!(number = root.number, %id, "snapshot found");
        self.know_statements(&root, &statements, phrased, request.is_stolen)
            .await?;
        // Packs that come keep their numbers: what is put meanwhile gets later ones.
        let last_page = root.pages.iter().map(|page| page.number).max();
        let next = (last_page.unwrap_or(0) + 1) * PAGE_PACKS_MAX as u64;
        self.house.objects.skip_numbers_to(next.max(1)).await?;
        self.grant(&root).await?;
        let (home, device) = (&self.house.home, &self.house.account.device);
        keys::keep_later(&later_path(home), &root.identity, &later, device)?;
        keys::keep(&root_path(home), &root, device)?;
        self.state.step = Step::Packs;
        self.state.write(&self.house.home)?;
        begin::forget_aside(&self.house.home)?;
        Ok((root, later))
    }

    /// What is newer than a root that was named.
    async fn later(&self, root: &Root, statements: &StatementSet, phrased: &Phrased) -> Vec<Root> {
        let mut search = Search::new(
            self.source.clone(),
            phrased.recovery(),
            Wanted::Newest,
            statements.clone(),
        );
        search.later(&self.witnesses, root.number).await
    }

    /// Looks for the root, until there is one and whoever is there had the time to name a newer one, or to tell that its
    /// device was cut off. With it all statements that were seen.
    async fn look(
        &mut self,
        wanted: &Wanted,
        phrased: &Phrased,
    ) -> Result<(Found, StatementSet), RestoreError> {
        let identity = self.identity();
        let mut search = Search::new(
            self.source.clone(),
            phrased.recovery(),
            wanted.clone(),
            StatementSet::new(identity),
        );
        let mut last: Option<(RootId, Instant)> = None;
        loop {
            self.witnesses = self.source.witnesses().await;
            let friends = self.names(self.witnesses.iter().map(|w| &w.keeper)).await;
            self.say(|status| status.friends = friends);
            let told = self
                .house
                .store
                .read(move |logs| Ok(logs.statements(&identity)));
            search.know(&told.await?);
            let is_over = match search.find(&self.witnesses).await {
                Some(found) => {
                    let found_at = match last {
                        Some((id, at)) if id == found.id => at,
                        _ => {
                            self.source.seek(&found.root.guardians).await;
                            Instant::now()
                        }
                    };
                    last = Some((found.id, found_at));
                    let least = match self.have_all_answered(&found.root) {
                        true => STATEMENTS_TIME_MAX,
                        false => OTHERS_TIME_MAX,
                    };
                    found_at.elapsed() >= least.min(self.patience)
                }
                None => {
                    last = None;
                    self.begun.elapsed() >= self.patience
                }
            };
            if is_over || !self.source.may_come_back() {
                let statements = search.statements().clone();
                let why = self.why_no_root(wanted, search.refused(), &search.beyond());
                let found = search.into_found().ok_or(RestoreError::NoRoot(why))?;
                return Ok((found, statements));
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    fn have_all_answered(&self, root: &Root) -> bool {
        root.guardians.values().all(|guardian| {
            let mut witnesses = self.witnesses.iter();
            witnesses.any(|witness| witness.keeper.peer == guardian.peer)
        })
    }

    fn why_no_root(&self, wanted: &Wanted, refused: usize, beyond: &[u64]) -> String {
        if *wanted == Wanted::Newest && !beyond.is_empty() {
            let numbers: Vec<String> = beyond.iter().take(3).map(u64::to_string).collect();
            return format!(
                "all snapshots that were found are by a device that was cut off, and go on where it was: choose one that you \
                 trust with `--snapshot NUMBER` (there are {}), or try another friend with `--via LINK`",
                numbers.join(", ")
            );
        }
        let who = match (self.source.may_come_back(), self.witnesses.len()) {
            (false, _) => "the folder holds".to_owned(),
            (true, 0) => {
                return "no friend could be reached who keeps something for this phrase: give the link of one with \
                        `--via LINK` (`hearth link` shows it on their side), and run this again"
                    .to_owned();
            }
            (true, 1) => "the one node that answered holds".to_owned(),
            (true, count) => format!("the {count} nodes that answered hold"),
        };
        let what = match wanted {
            Wanted::Newest => "no snapshot that this phrase opens".to_owned(),
            Wanted::Named(name) => format!("no snapshot {name}"),
        };
        let refused = match refused {
            0 => String::new(),
            count => format!(" ({count} that claimed to be one didn't open)"),
        };
        format!(
            "{who} {what}{refused}: try another friend with `--via LINK`, or is it another phrase?"
        )
    }

    /// Takes the statements that were seen, retires the device that made the snapshot unless it is to be cut, and tells peers.
    async fn know_statements(
        &self,
        root: &Root,
        statements: &StatementSet,
        phrased: &Phrased,
        is_stolen: bool,
    ) -> Result<(), RestoreError> {
        let mut statements = statements.to_blobs();
        let is_another = root.device != self.house.account.device.id();
        if !is_stolen && is_another {
            let retire = Statement::sign(phrased, root.device, unix_ms(), Claim::Retire);
            statements.push(retire.to_bytes());
        }
        self.tell_statements(&statements).await
    }

    async fn tell_statements(&self, statements: &[Vec<u8>]) -> Result<(), RestoreError> {
        let (identity, statements) = (self.identity(), statements.to_vec());
        let take = move |logs: &mut Logs| logs.take_statements(identity, &statements);
        if let Some(known) = self.house.store.write(take).await? {
            self.pass_on(known).await?;
        }
        Ok(())
    }

    async fn pass_on(&self, statements: StatementSet) -> Result<(), RestoreError> {
        let identity = self.identity();
        let read = self.house.store.read(move |logs| {
            let of_me = logs.logs().filter(|(log, _)| log.identity == identity);
            Ok(of_me.map(|(log, state)| (*log, state.clone())).collect())
        });
        let states = read.await?;
        self.house.replication.statements(statements, states).await;
        Ok(())
    }

    /// Grants the root's keys to this device; what it was granted already isn't granted twice.
    async fn grant(&self, root: &Root) -> Result<(), RestoreError> {
        let keys = keys::of(root).map_err(|error| RestoreError::Root(error.to_string()))?;
        let account = self.house.account.clone();
        let grant = move |logs: &mut Logs| logs.grant_again(&account, &keys, unix_ms());
        let stored = self.house.store.write(grant).await?;
        if !stored.is_empty() {
            self.house.replication.committed(stored).await;
        }
        Ok(())
    }

    /// The list of packs, from all pages.
    async fn pages(&self, fetcher: &Fetcher<S>, root: &Root) -> Result<Vec<Page>, RestoreError> {
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
                        format!("page {} of the list of packs", entry.number),
                        lack.clone(),
                    )
                });
                self.stop_at(missing.collect()).await?;
            }
            waiting = lacking.into_iter().map(|(entry, _)| entry).collect();
            sleep(RETRY.min(self.patience)).await;
        }
        self.say(|status| (status.problem, status.is_stopped) = (String::new(), false));
        Ok(pages)
    }

    /// Says what can't be had, and by whom it could. From a folder nothing more will come.
    async fn stop_at(&self, missing: Vec<(String, Lacking)>) -> Result<(), RestoreError> {
        let mut named = Vec::with_capacity(missing.len());
        for (what, lacking) in missing {
            let keepers = self.names(lacking.keepers.iter()).await;
            named.push(Missing { what, keepers });
        }
        let problem = match (named.len(), self.source.may_come_back()) {
            (1, true) => {
                "one part can't be had now: `hearth up` gets it once one of these is reachable"
                    .to_owned()
            }
            (count, true) => {
                format!(
                    "{count} parts can't be had now: `hearth up` gets them once enough of these are reachable"
                )
            }
            (count, false) => format!(
                "the folder lacks {count} parts, or they are damaged: restore from friends instead, with `--via LINK`"
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
    async fn packs(
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
                        (format!("pack {}", entry.number), lacking.clone())
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
                        status.problem.clear();
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
        contents: BTreeMap<u64, Vec<hearth_protocol::object::ObjectId>>,
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
                tracing::warn!("{CUT_DUE}");
                self.say(|status| CUT_DUE.clone_into(&mut status.problem));
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

    /// Ends the logs of the device that made the snapshot: social logs where friends say that they end, own logs where the
    /// snapshot does.
    async fn cut(&mut self, root: &Root, phrased: &Phrased) -> Result<(), RestoreError> {
        self.wait_for_attested(root).await?;
        let (identity, device) = (self.identity(), root.device);
        let heads = root.heads.clone();
        let read = self.house.store.read(move |logs| {
            let mut ends = BTreeMap::new();
            for (log, top) in logs.tops(&identity, &device) {
                let told = heads
                    .iter()
                    .find(|head| (head.device, head.log) == (device, log.log));
                // Own logs: nobody but guardians holds them, and what came later is the thief's.
                let seq = match told {
                    Some(told) if !log.log.is_social() => told.seq.min(top.seq),
                    _ => top.seq,
                };
                let place = hearth_protocol::entry::Place { log, seq };
                if let Some((entry, _)) = logs.entry(&place)? {
                    let id = entry.id();
                    ends.insert(log.log, LogEnd { seq, id });
                }
            }
            Ok(ends)
        });
        let mut ends = read.await?;
        while ends.len() > CUT_ENDS_MAX {
            // A log that a cut doesn't name is void: the shortest are lost.
            let shortest = ends.iter().min_by_key(|(_, end)| end.seq);
            let shortest = shortest.map(|(log, _)| *log);
            tracing::error!(log = ?shortest, "a cut names at most 16 logs: this one is lost");
            shortest.map(|log| ends.remove(&log));
        }
        let cut = Statement::sign(phrased, device, unix_ms(), Claim::Cut { ends });
        self.tell_statements(&[cut.to_bytes()]).await?;
        self.state.is_cut_due = false;
        Ok(self.state.write(&self.house.home)?)
    }

    /// Everything came back without the phrase, which cutting off the old device takes: does that.
    async fn cut_late(&mut self, phrased: &Phrased) -> Result<(), RestoreError> {
        let (home, device) = (&self.house.home, &self.house.account.device);
        let root = keys::kept(&root_path(home), &self.identity(), device)?;
        self.source.seek(&root.guardians).await;
        self.cut(&root, phrased).await?;
        self.forget_roots();
        let done = self.state.done.clone();
        self.say(|status| {
            status.stage = Stage::Done;
            (status.files, status.files_total) = (root.files, root.files);
            status.done = done;
        });
        Ok(())
    }

    fn forget_roots(&self) {
        let home = &self.house.home;
        for path in [root_path(home), later_path(home)] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "a root that was kept isn't removed");
                }
                _ => {}
            }
        }
    }

    /// Waits until the newest entries that friends attest are here, or it takes too long: somebody may have lied.
    async fn wait_for_attested(&self, root: &Root) -> Result<(), RestoreError> {
        let begun = Instant::now();
        let mut witnesses = self.witnesses.clone();
        while begun.elapsed() < ATTESTED_TIME_MAX.min(self.patience) {
            // A process that goes on where another ended has asked nobody yet.
            if witnesses.is_empty() {
                witnesses = self.source.witnesses().await;
            }
            if witnesses.is_empty() {
                sleep(LOOK_AGAIN).await;
                continue;
            }
            let attested = witnesses.iter().flat_map(|w| &w.attested.logs);
            let attested: Vec<_> = attested
                .filter(|log| log.device == root.device && log.log.is_social())
                .copied()
                .collect();
            let (identity, device) = (self.identity(), root.device);
            let read = self.house.store.read(move |logs| {
                let tops = logs.tops(&identity, &device);
                Ok(attested.iter().all(|attested| {
                    let mut tops = tops.values();
                    tops.any(|top| top.log.log == attested.log && top.seq >= attested.seq)
                }))
            });
            if read.await? {
                return Ok(());
            }
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// What has come so far.
    async fn done(&mut self, root: &Root) -> Result<Done, RestoreError> {
        let identity = self.identity();
        let read = self.house.store.read(move |logs| {
            Ok((
                logs.count_posts(&identity)?,
                logs.told_heads(&identity, HEADS_SEARCHED)?,
            ))
        });
        let (posts, heads) = read.await?;
        let told = heads
            .iter()
            .find(|head| hearth_protocol::codec::Hex(&head.root).to_string() == self.state.root);
        let mut witnesses: BTreeSet<String> = self.state.witnesses.drain(..).collect();
        if let Some(told) = told {
            let reaches = |witness: &&Witness| {
                witness.attested.logs.iter().any(|log| {
                    (log.device, log.log) == (told.place.log.device, told.place.log.log)
                        && log.seq >= told.place.seq
                })
            };
            let reaching = self.witnesses.iter().filter(reaches);
            witnesses.extend(reaching.filter_map(|witness| name_of_node(&witness.keeper)));
        }
        self.state.witnesses = witnesses.into_iter().collect();
        let newer = heads
            .iter()
            .filter(|head| head.place.log.device == root.device);
        let newer = newer.map(|head| head.number).max();
        let newer = newer.filter(|newer| *newer > root.number && !self.state.is_chosen);
        let done = Done {
            identity: identity.to_string(),
            device: self.house.account.device.id().to_string(),
            posts,
            files: root.files,
            bytes: root.bytes,
            seconds: unix_ms().saturating_sub(self.state.begun_ms) / 1000,
            attested_by: self.state.witnesses.len() as u64,
            newer_head_seen: newer,
        };
        self.state.done = Some(done.clone());
        self.state.write(&self.house.home)?;
        Ok(done)
    }

    /// The files whose content isn't here yet, the first many.
    async fn files(&self) -> Result<Vec<hearth_protocol::object::ObjectId>, RestoreError> {
        let identity = self.identity();
        let read = self
            .house
            .store
            .read(move |logs| logs.drive_contents(&identity, FILES_WATCHED_MAX));
        Ok(read.await?)
    }

    fn count_files(&self, watched: &mut Vec<hearth_protocol::object::ObjectId>, root: &Root) {
        watched.retain(|id| !self.house.objects.has(id));
        let missing = watched.len() as u64;
        self.say(|status| status.files = root.files.saturating_sub(missing));
    }

    /// Everything is here.
    async fn finish(&mut self, places: &Places, pages: &[Page]) -> Result<(), RestoreError> {
        self.witnesses = self.source.witnesses().await;
        if let Some(id) = hearth_protocol::codec::from_hex(&self.state.root) {
            let id = RootId::from_bytes(id);
            let (root, pages) = places.settled(pages);
            let highest = places.highest_number();
            self.house.backup.adopt(&root, id, &pages, highest).await?;
        }
        let done = self.done(places.root()).await?;
        self.state.step = Step::Done;
        self.state.write(&self.house.home)?;
        if !self.state.is_cut_due {
            self.forget_roots();
        }
        let problem = if self.state.is_cut_due { CUT_DUE } else { "" };
        // The owner's home may have ended before all of the snapshot was with somebody.
        let mut lacking = self.files().await?;
        lacking.retain(|id| !self.house.objects.has(id));
        let lacking = lacking.len() as u64;
        let missing = (lacking > 0).then(|| Missing {
            what: format!("{lacking} files that hadn't reached anybody when the old home ended"),
            keepers: Vec::new(),
        });
        self.say(|status| {
            status.stage = Stage::Done;
            status.files = status.files_total.saturating_sub(lacking);
            status.set_missing(missing.into_iter().collect());
            problem.clone_into(&mut status.problem);
            status.done = Some(done);
        });
        tracing::info!("everything is here");
        Ok(())
    }

    /// How those who keep something are called.
    async fn names(&self, keepers: impl Iterator<Item = &Keeper>) -> Vec<String> {
        let identities: BTreeSet<Identity> = keepers.filter_map(|keeper| keeper.identity).collect();
        let mut names = Vec::new();
        for identity in identities {
            names.push(self.house.app.called(identity).await);
        }
        names
    }
}

/// What tells one node from another in the count of witnesses; a folder is none.
fn name_of_node(keeper: &Keeper) -> Option<String> {
    let name = hearth_protocol::codec::Hex(&keeper.peer).to_string();
    Some(name).filter(|name| !name.is_empty())
}
