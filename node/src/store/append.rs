//! What is written here: drafts become signed entries.

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::body;
use hearth_protocol::bounds::{self, RUN_ENTRIES_MAX};
use hearth_protocol::codec::DecodeError;
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::log::LogState;
use hearth_protocol::memory::next_header;
use hearth_protocol::run::{Run, RunBody, RunItem};

use super::logs::{Account, Draft, DraftAudience, Logs, StoreError, Stored, Written};

impl Logs {
    /// Signs and appends drafts to an account's social or own log; returns them with what to pass on.
    pub(crate) fn append(
        &mut self,
        identity: &Identity,
        social: bool,
        drafts: Vec<Draft>,
        now_ms: u64,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<(Vec<Written>, Vec<Stored>), StoreError> {
        let account = self.account(identity)?.clone();
        self.begin_joined(&account)?;
        let is_private = |draft: &Draft| matches!(draft.audience, DraftAudience::Private);
        let mut renewed = Vec::new();
        if drafts.iter().any(is_private) && self.private_key(identity).is_err() {
            // Somebody was revoked just now.
            renewed = self.renew_keys(identity, now_ms, rng)?;
        }
        let log = self.writable_log(&account, social, rng)?;
        let (written, stored) = self.append_to(&account, log, &drafts, now_ms, rng)?;
        renewed.extend(stored);
        Ok((written, renewed))
    }

    /// Signs and appends drafts to a log of the account's device.
    pub(crate) fn append_to(
        &mut self,
        account: &Account,
        log: LogKey,
        drafts: &[Draft],
        now_ms: u64,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<(Vec<Written>, Vec<Stored>), StoreError> {
        let device = account.device.id();
        if !drafts.is_empty() && self.is_revoked(&account.identity, &device) {
            return Err(StoreError::Revoked);
        }
        if !drafts.is_empty() && !self.may_begin(account) {
            return Err(StoreError::LinkUsed);
        }
        let mut written = Vec::with_capacity(drafts.len());
        let mut stored = Vec::new();
        for chunk in drafts.chunks(RUN_ENTRIES_MAX.min(256)) {
            let run = self.sign(account, log, chunk, &mut written, rng)?;
            stored.push(self.ingest(run, &[], now_ms)?);
        }
        Ok((written, stored))
    }

    pub(super) fn sign(
        &self,
        account: &Account,
        log: LogKey,
        drafts: &[Draft],
        written: &mut Vec<Written>,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<Run, StoreError> {
        let state = self.state(&log);
        let mut at = state
            .top()
            .map_or((0, EntryId::NONE), |top| (top.hi + 1, top.head));
        let (first_seq, previous) = at;
        let mut items = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let place = Place { log, seq: at.0 };
            let body = match &draft.audience {
                DraftAudience::Clear(salt) => body::clear(&draft.content, *salt)?,
                DraftAudience::Sealed(key) => body::seal(&draft.content, key, &place, rng)?,
                DraftAudience::Private => body::seal(
                    &draft.content,
                    self.private_key(&account.identity)?,
                    &place,
                    rng,
                )?,
            };
            let time_ms = draft.time_ms.min(bounds::TIME_MS_MAX);
            let mut header = next_header(log, &LogState::default(), time_ms, &body);
            (header.place, header.previous) = (place, at.1);
            let entry = header.sign(&account.device);
            at = (place.seq + 1, entry.id());
            written.push(Written {
                id: entry.id(),
                place,
            });
            items.push(RunItem {
                time_ms,
                signature: *entry.signature(),
                body: RunBody::Present(body),
            });
        }
        Ok(Run {
            log,
            first_seq,
            previous,
            items,
        })
    }

    /// Notes that an account's device here was made by a link.
    pub(crate) fn set_joined(&mut self, identity: Identity) {
        self.joined.insert(identity);
    }

    /// A device that a link made writes logs that nobody has begun, from when it has keys on: should another machine have the
    /// same link, nothing forks, and the one that comes second notices.
    pub(super) fn begin_joined(&mut self, account: &Account) -> Result<(), StoreError> {
        let identity = &account.identity;
        if !self.joined.contains(identity) || self.beginnings.contains_key(identity) {
            return Ok(());
        }
        if self.is_revoked(identity, &account.device.id()) {
            return Err(StoreError::Revoked);
        }
        self.first_private_key(identity)?;
        match self.may_begin(account) {
            true => self.begin_anew(account),
            false => Err(StoreError::LinkUsed),
        }
    }

    /// Whether nobody else has written as an account's device which a link made and which hasn't written yet.
    pub(crate) fn may_begin(&self, account: &Account) -> bool {
        let is_waiting = self.joined.contains(&account.identity)
            && !self.beginnings.contains_key(&account.identity);
        let (identity, device) = (account.identity, account.device.id());
        !is_waiting || self.tops(&identity, &device).is_empty()
    }

    /// Whether a device was retired or cut off, as far as is known.
    pub(crate) fn is_revoked(&self, identity: &Identity, device: &DeviceId) -> bool {
        let statements = self.statements.get(identity);
        statements.is_some_and(|known| known.is_revoked(device))
    }

    /// The log that the device writes now: its newest, or a fresh one when that forked.
    pub(crate) fn writable_log(
        &self,
        account: &Account,
        social: bool,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<LogKey, StoreError> {
        let (identity, device) = (account.identity, account.device.id());
        let log_of = |log| LogKey {
            identity,
            device,
            log,
        };
        let beginning = self.beginnings.get(&identity);
        let beginning = beginning.map(|beginning| beginning.of(social));
        let first = if social {
            LogNumber::SOCIAL
        } else {
            LogNumber::OWN
        };
        let newest = self
            .logs
            .iter()
            .filter(|(log, _)| {
                log.identity == identity && log.device == device && log.log.is_social() == social
            })
            .filter(|(log, _)| beginning.is_none_or(|beginning| log.log >= beginning))
            .max_by_key(|(log, _)| log.log);
        let log = match (newest, beginning) {
            (None, Some(beginning)) => return Ok(log_of(beginning)),
            (newest, _) => newest,
        };
        let log = match log {
            None if account.is_new => first,
            None => fresh_log(first, rng)?,
            Some((log, meta)) if !meta.state.is_forked() => log.log,
            Some((log, _)) => fresh_log(log.log, rng)?,
        };
        Ok(log_of(log))
    }
}

/// A log that nobody has begun, as far as one can know.
pub(super) fn fresh_log(
    after: LogNumber,
    rng: &mut dyn hearth_keys::CryptoRng,
) -> Result<LogNumber, StoreError> {
    let mut skip = [0; 2];
    rng.fill_bytes(&mut skip);
    let fresh = after.fresh(u16::from_le_bytes(skip));
    Ok(fresh.ok_or(DecodeError::Invalid("the device has no log number left"))?)
}
