//! Finds the root, and does what takes the phrase, so that the home goes on by itself from there.

use crate::said::{Said, said};
use std::time::Duration;

use hearth_keys::Root as Phrased;
use hearth_protocol::bounds::PAGE_PACKS_MAX;
use hearth_protocol::codec::Hex;
use hearth_protocol::manifest::{Root, RootId};
use hearth_protocol::root::{Claim, Statement, StatementSet};
use tokio::time::{Instant, sleep};

use super::super::begin::{self, BeginError, later_path, root_path};
use super::super::keys;
use super::super::roots::{self, Found, Search, Wanted};
use super::super::source::Source;
use super::super::{Request, Step};
use super::{LOOK_AGAIN, RestoreError, Work, name_of_node};
use crate::replication::unix_ms;

/// How long others may take to say that they have a newer root, once there is one.
const OTHERS_TIME_MAX: Duration = Duration::from_secs(5);
/// How long friends may take to pass on root statements, even where all have said which roots they keep.
const STATEMENTS_TIME_MAX: Duration = Duration::from_secs(1);

impl<S: Source> Work<S> {
    /// Finds the root, and newer ones that say where things lie by now; does everything that takes the phrase.
    pub(super) async fn begin(
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
        self.state.root = Hex(id.as_bytes()).to_string();
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

    fn why_no_root(&self, wanted: &Wanted, refused: usize, beyond: &[u64]) -> Said {
        if *wanted == Wanted::Newest && !beyond.is_empty() {
            let numbers: Vec<String> = beyond.iter().take(3).map(u64::to_string).collect();
            return said!(
                "restore-beyond",
                "all snapshots that were found are by a device that was cut off, and go on where it was: choose one that you \
                 trust with `--snapshot NUMBER` (there are {numbers}), or try another friend with `--via LINK`",
                numbers = numbers.join(", ")
            );
        }
        let (who, nodes) = match (self.source.may_come_back(), self.witnesses.len()) {
            (false, _) => ("the folder holds".to_owned(), 0),
            (true, 0) => {
                return said!(
                    "restore-nobody",
                    "no friend could be reached who keeps something for this phrase: give the link of one with \
                     `--via LINK` (`hearth link` shows it on their side), and run this again"
                );
            }
            (true, 1) => ("the one node that answered holds".to_owned(), 1),
            (true, count) => (format!("the {count} nodes that answered hold"), count),
        };
        let (what, snapshot) = match wanted {
            Wanted::Newest => ("no snapshot that this phrase opens".to_owned(), "newest"),
            Wanted::Named(name) => (format!("no snapshot {name}"), name.as_str()),
        };
        let unopened = match refused {
            0 => String::new(),
            count => format!(" ({count} that claimed to be one didn't open)"),
        };
        let english = format!(
            "{who} {what}{unopened}: try another friend with `--via LINK`, or is it another phrase?"
        );
        Said::new("restore-no-root", english)
            .with("nodes", nodes)
            .with("snapshot", snapshot)
            .with("refused", refused)
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
}
