//! The task that brings everything back: it finds the root (`finding`), fetches what that names (`fetching`), and ends the logs
//! of a device that was stolen (`cutting`).

mod cutting;
mod fetching;
mod finding;

use crate::said::{Said, said};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::codec::{Hex, from_hex};
use hearth_protocol::manifest::{Page, Root, RootId};
use hearth_protocol::root::StatementSet;
use tokio::time::Instant;

use super::begin::{BeginError, later_path, root_path};
use super::keys;
use super::packs::{Book, Fetcher};
use super::places::Places;
use super::source::{Keeper, Source, Witness};
use super::status::{Done, Missing, Stage};
use super::{Request, Restoring, State, Step};
use crate::app::App;
use crate::backup::{Backup, BackupError};
use crate::guardian::Guard;
use crate::home::{Home, HomeError};
use crate::objects::{ObjectError, Objects};
use crate::replication::{Replication, unix_ms};
use crate::store::logs::Logs;
use crate::store::{Account, Store, StoreError};
use cutting::cut_due;

/// How often it is looked for who is there.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long nothing may come before whoever waits is told.
const PATIENCE: Duration = Duration::from_secs(60);
/// Overrides [`PATIENCE`], in milliseconds.
const PATIENCE_VARIABLE: &str = "HEARTH_RESTORE_PATIENCE_MS";
/// Entries of a social log that are searched for backup heads.
const HEADS_SEARCHED: u64 = 4096;

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
    NoRoot(Said),
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
    Incomplete(Said),
    /// The backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The app.
    #[error("{0}")]
    App(#[from] crate::app::model::AppError),
}

impl From<&RestoreError> for Said {
    fn from(error: &RestoreError) -> Self {
        match error {
            RestoreError::NoRoot(said) | RestoreError::Incomplete(said) => said.clone(),
            RestoreError::Begin(begin) => begin.into(),
            RestoreError::Home(home) => home.into(),
            RestoreError::Store(store) => store.into(),
            RestoreError::Objects(objects) => objects.into(),
            RestoreError::Root(what) => Self::of("restore-root", error).with("what", what),
            RestoreError::Backup(backup) => backup.into(),
            RestoreError::App(app) => app.message.clone(),
        }
    }
}

/// One restore, with where it comes from.
pub(in crate::restore) struct Work<S> {
    pub(in crate::restore) house: House,
    pub(in crate::restore) source: S,
    pub(in crate::restore) state: State,
    pub(in crate::restore) patience: Duration,
    pub(in crate::restore) begun: Instant,
    pub(in crate::restore) witnesses: Vec<Witness>,
    pub(in crate::restore) book: Book,
}

/// How long nothing may come before whoever waits is told.
pub(in crate::restore) fn patience() -> Duration {
    let configured = std::env::var(PATIENCE_VARIABLE).ok();
    let configured = configured.and_then(|millis| millis.parse().ok());
    configured.map_or(PATIENCE, Duration::from_millis)
}

impl<S: Source> Work<S> {
    fn identity(&self) -> Identity {
        self.house.account.identity
    }

    /// Brings everything back; ends once all of it is here. `request` is there while the phrase is.
    pub(in crate::restore) async fn run(
        mut self,
        request: Option<Request>,
    ) -> Result<State, RestoreError> {
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
            (status.files_total, status.problem) = (root.files, Said::default());
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
            .find(|head| Hex(&head.root).to_string() == self.state.root);
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

    /// Everything is here.
    async fn finish(&mut self, places: &Places, pages: &[Page]) -> Result<(), RestoreError> {
        self.witnesses = self.source.witnesses().await;
        if let Some(id) = from_hex(&self.state.root) {
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
        let problem = match self.state.is_cut_due {
            true => cut_due(),
            false => Said::default(),
        };
        // The owner's home may have ended before all of the snapshot was with somebody.
        let mut lacking = self.files().await?;
        lacking.retain(|id| !self.house.objects.has(id));
        let lacking = lacking.len() as u64;
        let missing = (lacking > 0).then(|| Missing {
            what: said!(
                "part-files",
                "{count} files that hadn't reached anybody when the old home ended",
                count = lacking
            ),
            keepers: Vec::new(),
        });
        self.say(|status| {
            status.stage = Stage::Done;
            status.files = status.files_total.saturating_sub(lacking);
            status.set_missing(missing.into_iter().collect());
            status.problem = problem;
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
    let name = Hex(&keeper.peer).to_string();
    Some(name).filter(|name| !name.is_empty())
}
