//! What is known of friends and guardians at one moment.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::guardian::Pledged;
use hearth_protocol::root::StatementSet;

use super::{Guard, GuardianState};
use crate::network::Peer;
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::guarded::{GUARDIANS_MAX, Guarded};
use crate::store::logs::Logs;

/// What is thought of somebody's uptime before anything was seen of it, and how many minutes of seeing that is worth.
const UPTIME_FIRST_PPM: u32 = 700_000;
const MINUTES_FIRST: u32 = 60;
/// The estimate forgets over a fortnight.
const MINUTES_MAX: u32 = 14 * 24 * 60;

/// What the store says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// The account's own.
    pub(super) statements: StatementSet,
    /// Who follows the account that follows them.
    pub(super) friends: BTreeSet<Identity>,
    /// Where peers were reached, by transport id.
    pub(super) addresses: BTreeMap<Vec<u8>, Vec<String>>,
}

impl Standing {
    pub(super) fn unknown(account: Identity) -> Self {
        Self {
            statements: StatementSet::new(account),
            friends: BTreeSet::new(),
            addresses: BTreeMap::new(),
        }
    }

    pub(super) fn read(logs: &Logs, account: &Identity) -> Result<Self, StoreError> {
        let peers = logs.known_peers()?.into_iter();
        Ok(Self {
            statements: logs.statements(account),
            friends: logs.friends(account)?.into_iter().collect(),
            addresses: peers.map(|known| (known.peer, known.addresses)).collect(),
        })
    }
}

impl Guarded {
    /// Somebody of whom nothing was seen yet.
    fn unseen() -> Self {
        Self {
            uptime_ppm: UPTIME_FIRST_PPM,
            minutes: MINUTES_FIRST,
            ..Self::default()
        }
    }

    /// Counts one more minute, during which they were there or not.
    pub(super) fn count_minute(&mut self, was_there: bool) {
        self.minutes = (self.minutes + 1).min(MINUTES_MAX);
        let seen = if was_there { 1_000_000 } else { 0 };
        let (before, minutes) = (i64::from(self.uptime_ppm), i64::from(self.minutes));
        let after = before + (seen - before) / minutes;
        self.uptime_ppm = u32::try_from(after.clamp(0, 1_000_000)).expect("it was clamped");
    }

    /// Takes what they said at a peer; whether that is any news.
    fn learn(&mut self, peer: Peer, pledged: &Pledged) -> bool {
        let before = (self.peer.clone(), self.pledged, self.used, self.ends_ms);
        self.peer = peer.to_bytes();
        self.pledged = pledged.bytes;
        self.used = pledged.used;
        self.ends_ms = pledged.ends_ms;
        before != (peer.to_bytes(), self.pledged, self.used, self.ends_ms)
    }
}

impl Guard {
    /// Everybody with a pledge in one of the two directions, or who keeps something of the other.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(crate) async fn guardians(&self) -> Result<Vec<GuardianState>, StoreError> {
        let account = self.identity();
        let read = self
            .0
            .store
            .read(move |logs| Ok((logs.pledges(&account)?, logs.friends(&account)?)));
        let (pledges, friends) = read.await?;
        let friends: BTreeSet<Identity> = friends.into_iter().collect();
        let guarded = self.guarded().clone();
        let usage = self.0.shards.usage();
        let used_on_me = |identity: &Identity| usage.get(identity).map_or(0, |usage| usage.bytes);
        let known = guarded.keys().chain(pledges.keys()).chain(usage.keys());
        let known: BTreeSet<Identity> = known.copied().collect();
        let state = |identity: Identity| {
            let row = guarded.get(&identity);
            // Who isn't a friend may say what they like: nothing new is given to them.
            let granting = row.filter(|_| friends.contains(&identity));
            let host = self.0.sessions.host_of(&identity);
            let peer = host.or_else(|| Peer::from_bytes(&row?.peer).ok());
            let seen_ms = row.map(|row| row.seen_ms).filter(|seen_ms| *seen_ms > 0);
            let uptime_ppm = row.map_or(UPTIME_FIRST_PPM, |row| row.uptime_ppm);
            GuardianState {
                identity,
                peer,
                connected: host.is_some(),
                pledged_to_me: granting.map_or(0, |row| row.pledged),
                used_by_me: row.map_or(0, |row| row.used),
                ends_ms: row.and_then(|row| row.ends_ms),
                pledged_by_me: pledges.get(&identity).copied().unwrap_or(0),
                used_on_me: used_on_me(&identity),
                last_seen_ms: host.map(|_| unix_ms()).or(seen_ms),
                uptime_per_mille: u16::try_from(uptime_ppm / 1000).unwrap_or(1000),
                addresses: row.map(|row| row.addresses.clone()).unwrap_or_default(),
            }
        };
        let is_something = |state: &GuardianState| {
            let GuardianState {
                pledged_to_me,
                used_by_me,
                pledged_by_me,
                used_on_me,
                ..
            } = state;
            pledged_to_me | used_by_me | pledged_by_me | used_on_me != 0
        };
        Ok(known.into_iter().map(state).filter(is_something).collect())
    }

    /// Remembers what guardians said who proved to live where they said it; whether that was any news. Only friends become
    /// guardians. Of who was one, it is still learnt what they keep, until that is nothing.
    pub(super) fn settle(&self, standing: &Standing) -> bool {
        let mut guarded = self.guarded();
        let sessions = self.0.sessions.lock();
        let mut is_news = false;
        for (peer, session) in sessions.iter() {
            let proved = session.pledged.iter();
            for (guardian, pledged) in proved.filter(|(id, _)| session.identities.contains(id)) {
                let is_elsewhere = guarded.get(guardian).is_some_and(|row| {
                    let other = Peer::from_bytes(&row.peer)
                        .ok()
                        .filter(|other| other != peer);
                    let other = other.and_then(|other| sessions.get(&other)?.pledged.get(guardian));
                    other.is_some_and(|other| other.bytes >= pledged.bytes)
                });
                let is_known = guarded.contains_key(guardian);
                let is_new = standing.friends.contains(guardian)
                    && (pledged.bytes > 0 || pledged.used > 0)
                    && guarded.len() < GUARDIANS_MAX;
                if is_elsewhere || !(is_known || is_new) {
                    continue;
                }
                let row = guarded.entry(*guardian).or_insert_with(Guarded::unseen);
                is_news |= row.learn(*peer, pledged);
                row.seen_ms = unix_ms();
                if let Some(addresses) = standing.addresses.get(&row.peer) {
                    is_news |= row.addresses != *addresses;
                    row.addresses.clone_from(addresses);
                }
            }
        }
        is_news
    }

    /// Forgets who isn't a friend and keeps nothing; whether there was anybody. Where room gets short, also who would only
    /// pledge something if they were a friend.
    pub(super) fn forget_strangers(&self, standing: &Standing) -> bool {
        let mut guarded = self.guarded();
        let before = guarded.len();
        let is_full = before >= GUARDIANS_MAX;
        guarded.retain(|guardian, row| {
            let would_pledge = row.pledged > 0 && !is_full;
            standing.friends.contains(guardian) || row.used > 0 || would_pledge
        });
        guarded.len() < before
    }

    /// Counts a minute for every guardian, if this node is connected with anybody at all.
    pub(super) fn count_minute(&self) {
        let mut guarded = self.guarded();
        let sessions = self.0.sessions.lock();
        if sessions.is_empty() {
            return;
        }
        for (guardian, row) in guarded.iter_mut() {
            let mut hosts = sessions.values();
            let is_there = hosts.any(|session| session.identities.contains(guardian));
            row.count_minute(is_there);
            if is_there {
                row.seen_ms = unix_ms();
            }
        }
    }

    /// Notes that whoever lives at a peer was there until now.
    pub(super) fn saw(&self, peer: Peer) {
        let peer = peer.to_bytes();
        for row in self.guarded().values_mut().filter(|row| row.peer == peer) {
            row.seen_ms = unix_ms();
        }
    }

    /// Writes down what is remembered of guardians.
    pub(super) async fn write_guarded(&self) {
        let guarded = self.guarded().clone();
        let written = self.0.store.write(move |logs| logs.keep_guarded(&guarded));
        if let Err(error) = written.await {
            tracing::warn!(%error, "guardians aren't remembered");
        }
    }
}
