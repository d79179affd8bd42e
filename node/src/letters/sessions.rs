//! Who is connected, who lives there, and how many letters each may still send.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hearth_keys::Identity;

use crate::network::Peer;
use crate::pace::Pace;

/// Letters that a stranger may send: so many at once, and one more in so long.
const STRANGER: (u32, Duration) = (8, Duration::from_secs(60));
/// Letters that all strangers together may send: new peers cost nothing.
const STRANGERS: (u32, Duration) = (64, Duration::from_secs(2));
/// Letters that a friend's node may send, which hands over those of others.
const FRIEND: (u32, Duration) = (64, Duration::from_secs(5));
/// Peers whose pace is remembered after they went.
const PACES_MAX: usize = 1024;

/// A session with a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    /// Counts up with each session of any peer.
    pub(super) number: u64,
    /// Who lives there, as they proved.
    pub(super) identities: BTreeSet<Identity>,
}

/// All that are open.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: BTreeMap<Peer, Session>,
    last: u64,
    paces: BTreeMap<Peer, Pace>,
    strangers: Option<Pace>,
    /// Whose nodes may send more.
    pub(super) friends: BTreeSet<Identity>,
}

impl Sessions {
    pub(super) fn connected(&mut self, peer: Peer) {
        self.last += 1;
        let session = Session {
            number: self.last,
            identities: BTreeSet::new(),
        };
        self.open.insert(peer, session);
    }

    pub(super) fn disconnected(&mut self, peer: Peer) {
        self.open.remove(&peer);
    }

    pub(super) fn hosts(&mut self, peer: Peer, identity: Identity) {
        if let Some(session) = self.open.get_mut(&peer) {
            session.identities.insert(identity);
        }
    }

    /// Who lives at a peer.
    pub(super) fn at(&self, peer: Peer) -> BTreeSet<Identity> {
        let session = self.open.get(&peer);
        session.map_or_else(BTreeSet::new, |session| session.identities.clone())
    }

    /// The peers where somebody lives, with the numbers of their sessions.
    pub(super) fn hosts_of(&self, identity: &Identity) -> Vec<(Peer, u64)> {
        let hosts = self.open.iter();
        hosts
            .filter(|(_, session)| session.identities.contains(identity))
            .map(|(peer, session)| (*peer, session.number))
            .collect()
    }

    /// The number of a peer's session, if somebody of a kind lives there.
    pub(super) fn of_anybody(
        &self,
        peer: Peer,
        is_meant: impl Fn(&Identity) -> bool,
    ) -> Option<u64> {
        let session = self.open.get(&peer)?;
        let is_there = session.identities.iter().any(is_meant);
        is_there.then_some(session.number)
    }

    /// Whether a session is still open.
    pub(super) fn is_open(&self, peer: Peer, number: u64) -> bool {
        let session = self.open.get(&peer);
        session.is_some_and(|session| session.number == number)
    }

    /// Whether a peer may send one more letter now; then it is counted.
    pub(super) fn admits(&mut self, peer: Peer) -> bool {
        let now = Instant::now();
        let is_friend = |who: &Identity| self.friends.contains(who);
        let is_friend = self.of_anybody(peer, is_friend).is_some();
        if self.paces.len() >= PACES_MAX && !self.paces.contains_key(&peer) {
            self.paces.retain(|_, pace| !pace.is_full(now));
            if self.paces.len() >= PACES_MAX && !is_friend {
                return false;
            }
        }
        let (burst, every) = if is_friend { FRIEND } else { STRANGER };
        let pace = self.paces.entry(peer);
        let pace = pace.or_insert_with(|| Pace::new(burst, every, now));
        if !pace.admits(now) {
            return false;
        }
        let (burst, every) = STRANGERS;
        let strangers = self
            .strangers
            .get_or_insert_with(|| Pace::new(burst, every, now));
        is_friend || strangers.admits(now)
    }
}
