//! New epochs: keys made, kept for one's own devices, and granted to the members.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BoxPublic, Identity};
use hearth_protocol::bounds::{EPOCH_RECORDS_MAX, GRANT_PAST_MAX, RECORD_MEMBERS_MAX};
use hearth_protocol::codec::DecodeError;
use hearth_protocol::content::{Content, EpochRecord, RecordedKeys};
use hearth_protocol::entry::{EntryId, Place};
use hearth_protocol::space::{EpochGrant, EpochKeys, Space, grant};

use super::super::logs::{Account, Draft, Logs, StoreError};
use super::{Inboxes, Placed};

/// For whom an epoch was begun, as its record says.
type Begun = BTreeMap<Identity, Option<u32>>;

impl Logs {
    /// The epoch to write in of a space whose members the writer alone decides: its own newest one, if that was begun for
    /// exactly these members and their newest inboxes; else a new one.
    pub(super) fn closed_epoch(
        &mut self,
        account: &Account,
        space: &Space,
        members: &BTreeSet<Identity>,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Result<EpochKeys, StoreError> {
        let me = account.identity;
        let inboxes = self.inboxes_of(members.iter().copied().chain([me]))?;
        let wanted: Begun = inboxes
            .iter()
            .map(|(who, inbox)| (*who, inbox.map(|(generation, _)| generation)))
            .collect();
        placed.unreached = unreached(&inboxes);
        let own = self
            .epochs(space)
            .filter_map(|(id, epoch)| match &epoch.keys {
                RecordedKeys::Whole(keys) if keys.starter == me => Some((id, keys, &epoch.members)),
                _ => None,
            });
        let newest = own.max_by_key(|(id, keys, _)| (keys.generation, **id));
        // What others count is theirs: it must not bring one's own count to its end.
        let next = newest.map_or(0, |(_, keys, _)| keys.generation.saturating_add(1));
        if let Some((_, keys, members)) = newest
            && *members == wanted
        {
            return Ok(keys.clone());
        }
        let mut rng = crate::rng::system();
        let keys = EpochKeys::generate(*space, next, me, &mut rng);
        self.keep_own(account, &keys, Some(&wanted), now_ms, placed)?;
        self.grant(account, (&keys, &[], &[]), &inboxes, now_ms, placed)?;
        Ok(keys)
    }

    /// For whom the newest own epoch of a space was begun.
    pub(super) fn begun_for(&self, me: &Identity, space: &Space) -> Option<Begun> {
        let own = self.epochs(space).filter(
            |(_, epoch)| matches!(&epoch.keys, RecordedKeys::Whole(keys) if keys.starter == *me),
        );
        let generation = |keys: &RecordedKeys| match keys {
            RecordedKeys::Whole(keys) => keys.generation,
            RecordedKeys::Control { control, .. } => control.generation,
        };
        let newest = own.max_by_key(|(id, epoch)| (generation(&epoch.keys), **id));
        newest.map(|(_, epoch)| epoch.members.clone())
    }

    /// Tells one's own devices of an epoch that was begun here; at once it can be written in.
    pub(super) fn keep_own(
        &mut self,
        account: &Account,
        keys: &EpochKeys,
        members: Option<&Begun>,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Result<(), StoreError> {
        let record = |members| EpochRecord {
            keys: RecordedKeys::Whole(keys.clone()),
            granter: account.identity,
            members,
        };
        let records: Vec<EpochRecord> = match members {
            None => vec![record(None)],
            Some(members) => {
                let members: Vec<_> = members.iter().map(|(who, inbox)| (*who, *inbox)).collect();
                let parts = members.chunks(RECORD_MEMBERS_MAX);
                parts.map(|part| record(Some(part.to_vec()))).collect()
            }
        };
        for record in records {
            self.keep_records(account, vec![record], now_ms, placed)?;
        }
        Ok(())
    }

    /// Writes what is known of epochs into the own log.
    pub(crate) fn keep_records(
        &mut self,
        account: &Account,
        records: Vec<EpochRecord>,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Result<(), StoreError> {
        let mut rng = crate::rng::system();
        for part in records.chunks(EPOCH_RECORDS_MAX) {
            let content = Content::EpochRecords(part.to_vec());
            let draft = Draft::private(now_ms, content);
            let (_, stored) =
                self.append(&account.identity, false, vec![draft], now_ms, &mut rng)?;
            placed.stored.extend(stored);
        }
        Ok(())
    }

    /// Grants keys, and the past where there is some, to all whose inbox is known.
    pub(super) fn grant(
        &mut self,
        account: &Account,
        (keys, heads, past): (&EpochKeys, &[(Identity, EntryId)], &[EpochKeys]),
        inboxes: &Inboxes,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Result<(), StoreError> {
        let recipients: Vec<BoxPublic> = inboxes
            .values()
            .flatten()
            .map(|(_, public)| *public)
            .collect();
        let parts: Vec<&[EpochKeys]> = match past.is_empty() {
            true => vec![&[]],
            false => past.chunks(GRANT_PAST_MAX).collect(),
        };
        let mut rng = crate::rng::system();
        for past in parts {
            for recipients in grant::batches(&recipients, !past.is_empty()) {
                let log = self.writable_log(account, true, &mut rng)?;
                let seq = self.state(&log).top().map_or(0, |top| top.hi + 1);
                let place = Place { log, seq };
                let grant = EpochGrant::seal(keys, heads, past, recipients, &place, &mut rng)
                    .map_err(|_| DecodeError::Invalid("a grant doesn't fit an entry"))?;
                let drafts = [Draft::public(now_ms, Content::EpochGrant(grant))];
                let (_, stored) = self.append_to(account, log, &drafts, now_ms, &mut rng)?;
                placed.stored.extend(stored);
            }
        }
        Ok(())
    }
}

/// Who can't be given keys now.
pub(super) fn unreached(inboxes: &Inboxes) -> BTreeSet<Identity> {
    let without = inboxes.iter().filter(|(_, inbox)| inbox.is_none());
    without.map(|(who, _)| *who).collect()
}
