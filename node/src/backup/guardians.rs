//! What a backup needs of guardians, and who they are at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hearth_keys::Identity;
use hearth_protocol::guardian::{KeptId, Outcome, Release, Ticket};

use crate::guardian::{Guard, GuardianState, PutError};
use crate::store::backup::{Coding, GuardianRow, PageRow, RootRow};

/// Somebody who pledged space, as far as this node knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pledger {
    /// Who.
    pub(crate) identity: Identity,
    /// Their node's transport id: what fails together.
    pub(crate) peer: Vec<u8>,
    /// Where that node was reached.
    pub(crate) addresses: Vec<String>,
    /// What they pledged, in bytes.
    pub(crate) pledged_bytes: u64,
    /// What of that is in use.
    pub(crate) used_bytes: u64,
    /// How much of the time their node was seen, out of a thousand.
    pub(crate) uptime: u16,
    /// Whether something can be sent now.
    pub(crate) is_reachable: bool,
}

/// What a guardian is asked for by an owner's backup.
pub(crate) trait Guardians: Clone + Send + Sync + 'static {
    /// Everybody who pledged space to `owner` and whom it follows.
    fn pledgers(&self, owner: Identity) -> impl Future<Output = Vec<Pledger>> + Send;

    /// Gives something to the guardian that the ticket names; `None` if they can't be reached.
    fn put(
        &self,
        ticket: Ticket,
        bytes: Arc<Vec<u8>>,
    ) -> impl Future<Output = Option<Outcome>> + Send;

    /// The names of all that a guardian keeps for this account; `None` if they can't be asked.
    fn kept(&self, guardian: Identity) -> impl Future<Output = Option<BTreeSet<KeptId>>> + Send;

    /// Tells the guardian that the release names what needn't be kept; `None` if they can't be reached.
    fn release(&self, release: Release) -> impl Future<Output = Option<Outcome>> + Send;
}

/// One who counts now.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// The number of their row.
    pub(super) number: u16,
    pub(super) identity: Identity,
    /// What fails together: one node, however many accounts it hosts.
    pub(super) domain: Vec<u8>,
    pub(super) free_bytes: u64,
    pub(super) uptime: u16,
    pub(super) is_reachable: bool,
}

/// The guardians at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Circle {
    pub(super) members: BTreeMap<u16, Member>,
}

impl Circle {
    /// How many can fail one by one.
    pub(super) fn domains(&self) -> usize {
        let domains: BTreeSet<&[u8]> = self.members.values().map(|m| &m.domain[..]).collect();
        domains.len()
    }

    /// The domains in which a code's shards lie with somebody who counts; one shard in each.
    pub(super) fn live<'a>(&'a self, coding: &Coding) -> BTreeMap<&'a [u8], u16> {
        let mut live = BTreeMap::new();
        let mut indices = BTreeSet::new();
        for placed in &coding.shards {
            let Some(member) = self.members.get(&placed.guardian) else {
                continue;
            };
            // The same shard twice helps no more than once, unless each is a whole copy.
            if coding.k > 1 && !indices.insert(placed.index) {
                continue;
            }
            live.entry(&member.domain[..]).or_insert(placed.index);
        }
        live
    }

    /// The domains of those among `holders` who count.
    pub(super) fn domains_of(&self, holders: impl IntoIterator<Item = u16>) -> BTreeSet<&[u8]> {
        holders
            .into_iter()
            .filter_map(|number| Some(&self.members.get(&number)?.domain[..]))
            .collect()
    }

    /// How many domains have what a restore begins with: the root and the pages, which lie whole with each who holds them.
    /// Of each the fewest count.
    pub(super) fn whole_with(
        &self,
        held: &BTreeSet<(u16, [u8; 32])>,
        root: Option<&RootRow>,
        pages: &BTreeMap<u64, PageRow>,
    ) -> u64 {
        let Some(root) = root else {
            return 0;
        };
        let root = *blake3::hash(&root.bytes).as_bytes();
        let ids = pages.values().map(|page| page.id).chain([root]);
        let domains = ids.map(|id| {
            let holders = held.iter().filter(|(_, held)| *held == id);
            self.domains_of(holders.map(|(guardian, _)| *guardian))
                .len()
        });
        domains.min().unwrap_or(0) as u64
    }
}

impl Pledger {
    pub(super) fn row(&self) -> GuardianRow {
        GuardianRow {
            identity: self.identity,
            peer: self.peer.clone(),
            addresses: self.addresses.clone(),
        }
    }

    pub(super) fn member(&self, number: u16) -> Member {
        Member {
            number,
            identity: self.identity,
            domain: self.peer.clone(),
            free_bytes: self.pledged_bytes.saturating_sub(self.used_bytes),
            uptime: self.uptime,
            is_reachable: self.is_reachable,
        }
    }
}

impl Guardians for Guard {
    async fn pledgers(&self, _owner: Identity) -> Vec<Pledger> {
        let states = self.guardians().await;
        let states = states.unwrap_or_else(|error| {
            tracing::warn!(%error, "it isn't known who keeps what");
            Vec::new()
        });
        states.into_iter().filter_map(pledger).collect()
    }

    async fn put(&self, ticket: Ticket, bytes: Arc<Vec<u8>>) -> Option<Outcome> {
        let guardian = ticket.terms().guardian;
        answered(Guard::put(self, &guardian, ticket, bytes).await)
    }

    async fn kept(&self, guardian: Identity) -> Option<BTreeSet<KeptId>> {
        let listed = self.list(&guardian).await;
        let listed = listed.inspect_err(|error| tracing::debug!(%error, "no list of what is kept"));
        Some(listed.ok()?.into_iter().map(|kept| kept.id).collect())
    }

    async fn release(&self, release: Release) -> Option<Outcome> {
        let guardian = release.guardian();
        answered(Guard::release(self, &guardian, release).await)
    }
}

fn answered(outcome: Result<(), PutError>) -> Option<Outcome> {
    match outcome {
        Ok(()) => Some(Outcome::Stored),
        Err(PutError::Refused(outcome)) => Some(outcome),
        Err(PutError::Ask(error)) => {
            tracing::debug!(%error, "a guardian wasn't reached");
            None
        }
    }
}

/// Who pledged something, on a node that is known.
fn pledger(state: GuardianState) -> Option<Pledger> {
    let peer = state.peer?.to_bytes();
    (state.pledged_to_me > 0).then_some(Pledger {
        identity: state.identity,
        peer,
        addresses: state.addresses,
        pledged_bytes: state.pledged_to_me,
        used_bytes: state.used_by_me,
        uptime: state.uptime_per_mille,
        is_reachable: state.connected,
    })
}
