//! What this node remembers of its guardians, and how long it still bears with what is beyond a pledge. Not in any log.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::codec::{Blob, decode_trusted, encode};

use super::db::Batch;
use super::logs::{Logs, StoreError};
use super::rows::namespace;

const GUARDIANS: u8 = 0;
const NOTICES: u8 = 1;
const ROW_BYTES_MAX: usize = 3072;
/// Guardians that are remembered; more aren't asked for anything.
pub(crate) const GUARDIANS_MAX: usize = 1024;

/// What is remembered of somebody who pledged space to the account here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Guarded {
    /// The transport id of their node.
    pub(crate) peer: Vec<u8>,
    /// Where that was reached.
    pub(crate) addresses: Vec<String>,
    /// What they pledge, in bytes, as they said last.
    pub(crate) pledged: u64,
    /// What they keep, in bytes.
    pub(crate) used: u64,
    /// When they drop what is beyond the pledge, ms since 1970.
    pub(crate) ends_ms: Option<u64>,
    /// When their node was connected last, ms since 1970.
    pub(crate) seen_ms: u64,
    /// How much of the time it is there, in millionths.
    pub(crate) uptime_ppm: u32,
    /// How many minutes that estimate comes from, at most a fortnight's.
    pub(crate) minutes: u32,
}

/// (peer, addresses, pledged, used, when that ends, seen, uptime, minutes)
type GuardedRow = (Blob, Vec<String>, u64, u64, Option<u64>, u64, u32, u32);

fn key(kind: u8, identity: &Identity) -> Vec<u8> {
    [&[namespace::GUARDED, kind], &identity.as_bytes()[..]].concat()
}

fn identity_of(key: &[u8]) -> Identity {
    Identity::from_bytes(key.last_chunk().copied().unwrap_or_default())
}

impl Logs {
    /// What is remembered of guardians.
    pub(crate) fn guarded(&self) -> Result<BTreeMap<Identity, Guarded>, StoreError> {
        let rows = self.db.prefixed(&[namespace::GUARDED, GUARDIANS]);
        rows.map(|row| {
            let (key, value) = row?;
            let (peer, addresses, pledged, used, ends_ms, seen_ms, uptime_ppm, minutes): GuardedRow =
                decode_trusted(&value, ROW_BYTES_MAX)?;
            let guarded = Guarded {
                peer: peer.0,
                addresses,
                pledged,
                used,
                ends_ms,
                seen_ms,
                uptime_ppm,
                minutes,
            };
            Ok((identity_of(&key), guarded))
        })
        .collect()
    }

    /// Remembers these guardians, of new ones only as many as there is room for, and no others.
    pub(crate) fn keep_guarded(
        &mut self,
        guarded: &BTreeMap<Identity, Guarded>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let mut held = 0;
        for row in self.db.prefixed(&[namespace::GUARDED, GUARDIANS]) {
            let (held_key, _) = row?;
            if guarded.contains_key(&identity_of(&held_key)) {
                held += 1;
            } else {
                batch.remove(held_key);
            }
        }
        for (identity, one) in guarded {
            let key = key(GUARDIANS, identity);
            if self.db.value(&key)?.is_none() {
                if held >= GUARDIANS_MAX {
                    continue;
                }
                held += 1;
            }
            let row: GuardedRow = (
                Blob(one.peer.clone()),
                one.addresses.clone(),
                one.pledged,
                one.used,
                one.ends_ms,
                one.seen_ms,
                one.uptime_ppm,
                one.minutes,
            );
            let row = encode(&row);
            if row.len() <= ROW_BYTES_MAX {
                batch.insert(key, row);
            }
        }
        self.apply(batch)
    }

    /// Owners for whom more is kept here than is pledged to them, and until when, ms since 1970.
    pub(crate) fn notices(&self) -> Result<BTreeMap<Identity, u64>, StoreError> {
        let rows = self.db.prefixed(&[namespace::GUARDED, NOTICES]);
        rows.map(|row| {
            let (key, value) = row?;
            let (ends_ms,): (u64,) = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok((identity_of(&key), ends_ms))
        })
        .collect()
    }

    /// Begins the time of notice for an owner, or ends it.
    pub(crate) fn keep_notice(
        &mut self,
        owner: &Identity,
        ends_ms: Option<u64>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        match ends_ms {
            Some(ends_ms) => batch.insert(key(NOTICES, owner), encode(&(ends_ms,))),
            None => batch.remove(key(NOTICES, owner)),
        }
        self.apply(batch)
    }
}
