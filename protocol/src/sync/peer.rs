//! What is known of one connected peer.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{DeviceId, Identity};

use super::acquaintance::Acquaintance;
use super::compare::Comparison;
use crate::bounds::{INTERESTS_PER_PEER_MAX, LOGS_PER_IDENTITY_MAX, RANGES_MAX};
use crate::entry::{LogKey, LogNumber};
use crate::message::{Digest, Token};

/// Stalls in a row after which a peer is dropped.
const STALLS_MAX: u32 = 3;
/// Wrong answers after which a peer is dropped.
const LIES_MAX: u32 = 3;

/// Ranges that are remembered of what one peer says that it holds: eight for each identity that it may care for.
const RANGES_CLAIMED_MAX: usize = 8 * INTERESTS_PER_PEER_MAX;

/// Inclusive ranges of sequences, ascending, apart.
type Ranges = Vec<(u64, u64)>;
/// What a peer says that it holds of an identity; no log without a range.
type Claims = BTreeMap<(DeviceId, LogNumber), Ranges>;

/// A breach of the rules.
#[derive(Debug, Clone, Copy)]
pub(super) enum Strike {
    /// No answer in time.
    Stalled,
    /// A wrong one.
    Lied,
    /// One that no honest mistake makes.
    Forged,
}

/// What is known of one connected peer.
#[derive(Debug, Default)]
pub(super) struct PeerState {
    /// What it said of itself on this stream, or is known to say still.
    pub(super) said: Acquaintance,
    /// What it said when it was last here, until its hello tells whether that still holds.
    pub(super) remembered: Option<Acquaintance>,
    /// The digest of the notices that it remembers, until it is known which ones are meant for it.
    pub(super) notices_remembered: Option<Digest>,
    /// Whether something that it said isn't remembered yet.
    pub(super) is_news: bool,
    /// Whether it knows who lives here, and what this side cares for.
    pub(super) heard_presences: bool,
    pub(super) heard_interests: bool,
    /// Whether it is known who lives there, and what it cares for.
    pub(super) has_presences: bool,
    pub(super) has_interests: bool,
    /// What was found out by digests; none before it is known what it cares for.
    pub(super) comparison: Option<Comparison>,
    /// The identities that it proved to host, each with the device that says so.
    pub(super) identities: BTreeMap<Identity, DeviceId>,
    /// The identities of accounts here of whose logs it gets nothing: it hosts somebody with whom they want to have
    /// nothing to do.
    barred: BTreeSet<Identity>,
    /// What it would call the identities that are held here.
    names: BTreeMap<Token, Identity>,
    /// What it cares for of what is held here.
    pub(super) matched: BTreeSet<Identity>,
    /// The root statements that it was told, by identity and digest.
    pub(super) told: BTreeMap<Identity, [u8; 32]>,
    /// What it says that it holds.
    have: BTreeMap<Identity, Claims>,
    /// How many ranges that are.
    claimed: usize,
    /// Its pushes that the store isn't done with.
    pub(super) pushes: usize,
    stalls: u32,
    lies: u32,
}

impl PeerState {
    /// A peer that came back, of which this was remembered.
    pub(super) fn new(remembered: Acquaintance) -> Self {
        Self {
            remembered: Some(remembered),
            ..Self::default()
        }
    }

    /// Learns what the peer would call an identity that is held here; says whether it cares for it.
    pub(super) fn name(&mut self, token: Token, identity: Identity) -> bool {
        self.names.insert(token, identity);
        self.said.interests.contains(&token) && self.matched.insert(identity)
    }

    /// Registers interest; returns what it newly matches, or `None` when it would be too much.
    pub(super) fn add_interest(&mut self, add: Vec<Token>) -> Option<BTreeSet<Identity>> {
        if self.said.interests.len() + add.len() > 2 * INTERESTS_PER_PEER_MAX {
            return None;
        }
        let named = add.iter().filter_map(|token| self.names.get(token));
        let named: BTreeSet<Identity> = named.copied().collect();
        let new = named.difference(&self.matched).copied().collect();
        self.matched.extend(named);
        self.said.interests.extend(add);
        (self.said.interests.len() <= INTERESTS_PER_PEER_MAX).then_some(new)
    }

    /// Unregisters interest.
    pub(super) fn remove_interest(&mut self, remove: &[Token]) {
        for token in remove {
            self.said.interests.remove(token);
            if let Some(identity) = self.names.get(token) {
                self.matched.remove(identity);
            }
        }
    }

    /// Social logs are for whoever names their key; own logs for devices of the same identity alone.
    pub(super) fn may_see(&self, identity: &Identity, log: LogNumber) -> bool {
        log.is_social() || self.identities.contains_key(identity)
    }

    /// Whether what is held of a log may go to the peer.
    pub(super) fn may_get(&self, identity: &Identity, log: LogNumber) -> bool {
        self.may_see(identity, log) && !self.is_barred(identity)
    }

    /// Whether nothing of an identity's logs may go to the peer.
    pub(super) fn is_barred(&self, identity: &Identity) -> bool {
        self.barred.contains(identity)
    }

    /// Keeps the peer from the accounts' logs if somebody lives there whom they block; returns what it was kept from until
    /// now. Another device of an account isn't kept from that account, whoever else lives there.
    pub(super) fn bar(
        &mut self,
        blocked: &BTreeSet<Identity>,
        accounts: &BTreeSet<Identity>,
    ) -> BTreeSet<Identity> {
        let is_barred = self.identities.keys().any(|host| blocked.contains(host));
        let others = accounts
            .iter()
            .filter(|account| is_barred && !self.identities.contains_key(account));
        let barred = others.copied().collect();
        let before = std::mem::replace(&mut self.barred, barred);
        before.difference(&self.barred).copied().collect()
    }

    /// What the peer says that it holds of a log: ascending ranges, apart.
    pub(super) fn ranges(&self, log: &LogKey) -> &[(u64, u64)] {
        self.have
            .get(&log.identity)
            .and_then(|logs| logs.get(&(log.device, log.log)))
            .map_or(&[], Vec::as_slice)
    }

    /// The logs of an identity of which the peer says that it holds something.
    pub(super) fn logs(&self, identity: Identity) -> impl Iterator<Item = LogKey> {
        let logs = self.have.get(&identity).into_iter().flatten();
        logs.map(move |(&(device, log), _)| LogKey {
            identity,
            device,
            log,
        })
    }

    /// Replaces what the peer holds of an identity. Who claims too much is remembered by its newest ranges alone, and
    /// then not at all.
    pub(super) fn holds(&mut self, identity: Identity, mut claims: Claims) {
        self.forget_identity(&identity);
        claims.retain(|_, ranges| !ranges.is_empty());
        if self.claimed + count(&claims) > RANGES_CLAIMED_MAX {
            for ranges in claims.values_mut() {
                ranges.drain(..ranges.len() - 1);
            }
        }
        if self.claimed + count(&claims) <= RANGES_CLAIMED_MAX {
            self.claimed += count(&claims);
            self.have.insert(identity, claims);
        }
    }

    /// Forgets what the peer said of a log.
    pub(super) fn forget(&mut self, log: &LogKey) {
        let logs = self.have.get_mut(&log.identity);
        let ranges = logs.and_then(|logs| logs.remove(&(log.device, log.log)));
        self.claimed -= ranges.map_or(0, |ranges| ranges.len());
    }

    /// Forgets what the peer said of an identity.
    pub(super) fn forget_identity(&mut self, identity: &Identity) {
        let claims = self.have.remove(identity);
        self.claimed -= claims.map_or(0, |claims| count(&claims));
    }

    pub(super) fn has(&self, log: &LogKey, lo: u64, hi: u64) -> bool {
        let mut ranges = self.ranges(log).iter();
        ranges.any(|range| range.0 <= lo && hi <= range.1)
    }

    /// Remembers that the peer has `lo..=hi`.
    pub(super) fn knows(&mut self, log: LogKey, lo: u64, hi: u64) {
        let logs = self.have.entry(log.identity).or_default();
        let key = (log.device, log.log);
        let is_full = logs.len() >= LOGS_PER_IDENTITY_MAX && !logs.contains_key(&key);
        if is_full || self.claimed >= RANGES_CLAIMED_MAX {
            return;
        }
        let ranges = logs.entry(key).or_default();
        self.claimed -= ranges.len();
        merge(ranges, lo, hi);
        self.claimed += ranges.len();
    }

    pub(super) const fn stalls(&self) -> u32 {
        self.stalls
    }

    /// It answered: whatever made it stall is over.
    pub(super) const fn answered(&mut self) {
        self.stalls = 0;
    }

    /// Counts a breach; says why to drop the peer when it was one too many.
    pub(super) fn strike(&mut self, strike: Strike) -> Option<&'static str> {
        match strike {
            Strike::Stalled => self.stalls += 1,
            Strike::Lied => self.lies += 1,
            Strike::Forged => self.lies += LIES_MAX,
        }
        match (self.stalls >= STALLS_MAX, self.lies >= LIES_MAX) {
            (_, true) => Some("it sent what isn't true"),
            (true, _) => Some("it doesn't answer"),
            _ => None,
        }
    }
}

fn count(claims: &Claims) -> usize {
    claims.values().map(Vec::len).sum()
}

fn merge(ranges: &mut Ranges, lo: u64, hi: u64) {
    let (mut merged, mut apart) = ((lo, hi), Vec::with_capacity(ranges.len() + 1));
    for range in ranges.drain(..) {
        if range.1.saturating_add(1) < merged.0 || range.0 > merged.1.saturating_add(1) {
            apart.push(range);
        } else {
            merged = (merged.0.min(range.0), merged.1.max(range.1));
        }
    }
    let at = apart.partition_point(|range| range.0 < merged.0);
    apart.insert(at, merged);
    // The newest matter most.
    let excess = apart.len().saturating_sub(RANGES_MAX);
    apart.drain(..excess);
    *ranges = apart;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use hearth_keys::{DeviceId, Identity};

    use super::{Claims, PeerState, RANGES_CLAIMED_MAX, count, merge};
    use crate::bounds::{LOGS_PER_IDENTITY_MAX, RANGES_MAX};
    use crate::entry::{LogKey, LogNumber};

    /// As many logs and ranges as fit a message.
    fn boast() -> Claims {
        let ranges: Vec<_> = (0..RANGES_MAX as u64).map(|n| (2 * n, 2 * n)).collect();
        let log = |n: usize| LogNumber::new(2 * n as u64).expect("within bounds");
        let logs = (0..LOGS_PER_IDENTITY_MAX).map(log);
        logs.map(|log| ((DeviceId::from_bytes([1; 32]), log), ranges.clone()))
            .collect()
    }

    #[test]
    fn who_claims_to_hold_everything_is_remembered_in_part() {
        let mut peer = PeerState::default();
        let identity = |n: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            Identity::from_bytes(bytes)
        };
        for n in 0..2_000 {
            peer.holds(identity(n), boast());
            let claimed: usize = peer.have.values().map(count).sum();
            assert_eq!(claimed, peer.claimed);
            assert!(claimed <= RANGES_CLAIMED_MAX);
        }
        let log = |n| LogKey {
            identity: identity(n),
            device: DeviceId::from_bytes([1; 32]),
            log: LogNumber::SOCIAL,
        };
        assert_eq!(peer.ranges(&log(0)).len(), RANGES_MAX);
        peer.knows(log(1), 1, 1);
        assert!(peer.logs(identity(1_999)).next().is_none());
        // What is said anew takes the place of what was said.
        (0..2_000).for_each(|n| peer.holds(identity(n), Claims::new()));
        assert_eq!(peer.claimed, 0);
        peer.knows(log(7), 3, 5);
        peer.knows(log(7), 4, 9);
        assert_eq!((peer.claimed, peer.ranges(&log(7))), (1, &[(3, 9)][..]));
        peer.forget(&log(7));
        peer.forget_identity(&identity(7));
        assert_eq!(peer.claimed, 0);
    }

    proptest! {
        #[test]
        fn what_a_peer_has_is_a_set(parts in prop::collection::vec((0u64..200, 0u64..20), 0..40)) {
            let (mut ranges, mut model) = (Vec::new(), BTreeSet::new());
            for (lo, more) in parts {
                merge(&mut ranges, lo, lo + more);
                model.extend(lo..=lo + more);
            }
            let held: BTreeSet<u64> = ranges.iter().flat_map(|&(lo, hi)| lo..=hi).collect();
            prop_assert_eq!(held, model);
            prop_assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }

    #[test]
    fn of_too_many_gaps_the_newest_stay() {
        let mut ranges = Vec::new();
        (0..300).for_each(|n| merge(&mut ranges, 2 * n, 2 * n));
        assert_eq!((ranges.len(), ranges.last()), (256, Some(&(598, 598))));
        merge(&mut ranges, u64::MAX, u64::MAX);
        assert_eq!(ranges.last(), Some(&(u64::MAX, u64::MAX)));
    }
}
