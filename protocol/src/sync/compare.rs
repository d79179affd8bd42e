//! Comparing by digests what two nodes hold of all that both care for: what is the same isn't told.
//!
//! Identities are sorted by a key that the two share, and divided into sixteen parts by its first four bits, each of
//! these by the next, and so on. Both sides send the digests of a part's parts; where they differ, either goes on
//! within that part, or tells what it holds when that is little.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;

use super::peer::PeerState;
use super::tell::visible_logs;
use super::{Holding, PeerKey, Sync};
use crate::codec::{Bytes, encode};
use crate::entry::LogKey;
use crate::message::{
    BUCKET_BYTES, BUCKETS, COMPARE_DEPTH_MAX, Compare, Have, Message, have_tuple, pair_key,
};
use crate::root::Bound;

/// Identities of which is told at once what is held, rather than comparing further.
const FEW: usize = 4;

/// An identity that both care for, and by what the two sort it.
type Common = (u128, Identity);

/// How far two nodes came in comparing.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Sorted by key; as it was when the two got to know each other.
    common: Vec<Common>,
    /// Prefixes of which digests were sent.
    sent: BTreeSet<Vec<u8>>,
    /// Prefixes of which digests came.
    received: BTreeSet<Vec<u8>>,
    /// Prefixes of which everything was told.
    told: BTreeSet<Vec<u8>>,
}

impl Comparison {
    /// The identities whose keys begin like this.
    fn part(&self, prefix: &[u8]) -> &[Common] {
        let begins = prefix
            .iter()
            .fold(0, |begins, &part| begins << 4 | u128::from(part));
        let shift = u128::BITS - 4 * u32::try_from(prefix.len()).expect("prefixes are short");
        let first = |key: u128| key.checked_shr(shift).unwrap_or(0);
        let from = self.common.partition_point(|(key, _)| first(*key) < begins);
        let to = self
            .common
            .partition_point(|(key, _)| first(*key) <= begins);
        &self.common[from..to]
    }

    /// Whether all of a part was told.
    fn is_told(&self, prefix: &[u8]) -> bool {
        (0..=prefix.len()).any(|length| self.told.contains(&prefix[..length]))
    }
}

impl Sync {
    /// Begins to compare with a peer that is known now; returns what both care for.
    pub(super) fn begin_comparing(&mut self, peer: &PeerKey) -> BTreeSet<Identity> {
        let Some(state) = self.peers.get_mut(peer) else {
            return BTreeSet::new();
        };
        let both = state.matched.intersection(&self.cares).copied();
        let both: BTreeSet<Identity> = both.collect();
        let key = |identity: &Identity| {
            let key = pair_key(&self.me.0, &peer.0, identity);
            (u128::from_be_bytes(key), *identity)
        };
        let mut common: Vec<Common> = both.iter().map(key).collect();
        common.sort_unstable();
        state.comparison = Some(Comparison {
            common,
            ..Comparison::default()
        });
        self.send_digests(peer, Vec::new());
        both
    }

    /// Takes a peer's digests of a part.
    pub(super) fn compare(&mut self, peer: &PeerKey, theirs: Compare) {
        let Compare { prefix, digests } = theirs;
        let Some(comparison) = self.comparison(peer) else {
            return;
        };
        if !comparison.received.insert(prefix.clone()) {
            return;
        }
        // The other side may have gone further here than this one, and waits for digests.
        self.send_digests(peer, prefix.clone());
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        let Some(mut comparison) = state.comparison.take_if(|it| !it.is_told(&prefix)) else {
            return;
        };
        let (mut few, mut many) = (BTreeSet::new(), Vec::new());
        for (part, digest) in (0u8..).zip(digests) {
            let deeper = [&prefix[..], &[part]].concat();
            let common = comparison.part(&deeper);
            if part_digest(&self.holdings, state, common) == digest {
                for (_, identity) in common {
                    if let Some(holding) = self.holdings.get(identity) {
                        let statements = holding.statements.digest();
                        state.told.insert(*identity, statements);
                    }
                }
            } else if common.len() <= FEW || deeper.len() == COMPARE_DEPTH_MAX {
                few.extend(common.iter().map(|(_, identity)| *identity));
                comparison.told.insert(deeper);
            } else {
                many.push(deeper);
            }
        }
        state.comparison = Some(comparison);
        self.tell_peer(peer, &few);
        for part in many {
            self.send_digests(peer, part);
        }
    }

    fn comparison(&mut self, peer: &PeerKey) -> Option<&mut Comparison> {
        self.peers.get_mut(peer)?.comparison.as_mut()
    }

    /// Sends the digests of a part, once.
    fn send_digests(&mut self, peer: &PeerKey, prefix: Vec<u8>) {
        let is_new = self
            .comparison(peer)
            .is_some_and(|comparison| comparison.sent.insert(prefix.clone()));
        let Some(state) = self.peers.get(peer).filter(|_| is_new) else {
            return;
        };
        let comparison = state.comparison.as_ref();
        let digest = |part: usize| {
            let part = u8::try_from(part).expect("there are sixteen");
            let prefix = [&prefix[..], &[part]].concat();
            let common = comparison.map_or(&[][..], |comparison| comparison.part(&prefix));
            part_digest(&self.holdings, state, common)
        };
        let digests: [_; BUCKETS] = std::array::from_fn(digest);
        self.send(peer, &Message::Compare(Compare { prefix, digests }));
    }
}

/// The digest of what is held of these that the peer may see.
fn part_digest(
    holdings: &BTreeMap<Identity, Holding>,
    state: &PeerState,
    common: &[Common],
) -> [u8; BUCKET_BYTES] {
    let mut hasher = blake3::Hasher::new_derive_key("hearth 2026-11 comparison v1");
    for (key, identity) in common {
        let Some(holding) = holdings.get(identity) else {
            continue;
        };
        let have = Have {
            identity: *identity,
            statements: Vec::new(),
            logs: visible_logs(state, *identity, holding),
        };
        let (_, _, logs) = have_tuple(&have);
        let seen =
            |log: &&LogKey| state.may_get(identity, log.log) && holding.bound(log) != Bound::Void;
        let forks: BTreeSet<_> = holding
            .forks
            .iter()
            .map(|proof| proof.place().log)
            .collect();
        let forks = forks.iter().filter(seen);
        let forks: Vec<_> = forks
            .map(|log| (Bytes(*log.device.as_bytes()), log.log))
            .collect();
        let statements = Bytes(holding.statements.digest());
        let key = Bytes(key.to_be_bytes());
        hasher.update(&encode(&(key, statements, logs, forks)));
    }
    let hash = *hasher.finalize().as_bytes();
    let (digest, _) = hash.split_first_chunk().expect("32 is more than 8");
    *digest
}
