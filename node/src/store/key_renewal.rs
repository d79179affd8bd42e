//! Which keys are written under, when fresh ones are due, and who is granted what again.
//!
//! Each revocation of a device begins an era. A key counts for writing only if its generation lies in the present era and a
//! device that speaks for the identity granted it: so whoever holds a revoked device has no key that anything new lies
//! under, whatever was granted or announced with it. All keys, of every era, go on opening what lies under them, and devices
//! that were added are granted all of them.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BoxPublic, DeviceId, Identity, InboxKey, SpaceKey};
use hearth_protocol::content::{Content, InboxAnnouncement, KeyGrant, KeyPurpose};
use hearth_protocol::entry::Place;
use hearth_protocol::root::{StatementSet, generations_begin, generations_end};
use zeroize::Zeroizing;

use super::held_keys::HeldKey;
use super::logs::{Account, Draft, Logs, StoreError, Stored};

/// Keys that are granted again in one job of the store's thread: each takes a tenth of a millisecond a device.
const AGAIN_PER_JOB_MAX: usize = 64;
/// Purposes whose keys are renewed here. Those of backups are begun when something is backed up.
const RENEWED: [KeyPurpose; 2] = [KeyPurpose::PrivateSpace, KeyPurpose::Inbox];
const ALL: [KeyPurpose; 3] = [
    KeyPurpose::PrivateSpace,
    KeyPurpose::Inbox,
    KeyPurpose::Backup,
];

/// A key on its way into a grant.
struct Granting {
    purpose: KeyPurpose,
    generation: u32,
    key: Zeroizing<[u8; 32]>,
    devices: BTreeMap<DeviceId, BoxPublic>,
}

impl Logs {
    /// The key for a purpose that is written under now; `None` while none is known that only present devices were granted.
    pub(super) fn present_key(&self, identity: &Identity, purpose: KeyPurpose) -> Option<&HeldKey> {
        let statements = self.statements.get(identity)?;
        let era = generations_begin(statements)..generations_end(statements);
        self.held_keys(identity, purpose)
            .rev()
            .find(|key| era.contains(&key.generation) && key.is_granted_by_current(statements))
    }

    /// Whether this device is to grant keys: fresh ones, or those that it has to others of its person.
    pub(crate) fn are_keys_due(&self, identity: &Identity) -> Result<bool, StoreError> {
        let account = self.account(identity)?;
        let statements = self.statements(identity);
        if !statements.is_current(&account.device.id()) || !self.may_begin(account) {
            return Ok(false);
        }
        let lacks = RENEWED
            .iter()
            .any(|purpose| self.is_renewal_due(account, &statements, *purpose));
        Ok(lacks
            || !self.again(account, &statements).is_empty()
            || self.unannounced(identity)?.is_some())
    }

    /// Grants fresh keys where a revocation made those that there are worthless for writing, grants all keys to devices
    /// that lack them, and announces the inbox key. Returns what to pass on; to be asked again until it is nothing.
    pub(crate) fn renew_keys(
        &mut self,
        identity: &Identity,
        now_ms: u64,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<Vec<Stored>, StoreError> {
        let account = self.account(identity)?.clone();
        let statements = self.statements(identity);
        let has_keys = self.first_private_key(identity).is_ok();
        if !statements.is_current(&account.device.id()) || !self.may_begin(&account) {
            return Ok(Vec::new());
        }
        if has_keys {
            self.begin_joined(&account)?;
        }
        let mut granting = Vec::new();
        for purpose in RENEWED {
            if self.is_renewal_due(&account, &statements, purpose) {
                granting.push(Granting {
                    purpose,
                    generation: self.next_generation(identity, &statements, purpose)?,
                    key: fresh_key(purpose, rng),
                    devices: statements.current_devices(),
                });
            }
        }
        granting.extend(self.again(&account, &statements));
        let mut stored = self.grant_all(&account, &granting, now_ms, rng)?;
        if let Some(announcement) = self.unannounced(identity)? {
            let log = self.writable_log(&account, true, rng)?;
            let draft = Draft::public(now_ms, Content::Inbox(announcement));
            stored.extend(self.append_to(&account, log, &[draft], now_ms, rng)?.1);
        }
        Ok(stored)
    }

    /// A device that was never granted anything waits for the others; one that has no others begins.
    fn is_renewal_due(
        &self,
        account: &Account,
        statements: &StatementSet,
        purpose: KeyPurpose,
    ) -> bool {
        let identity = &account.identity;
        let has_any = self.held_keys(identity, purpose).next().is_some();
        let is_alone = || statements.current_devices().len() == 1 && statements.era() > 0;
        self.present_key(identity, purpose).is_none() && (has_any || is_alone())
    }

    /// Above all that present devices granted or announced in this era.
    fn next_generation(
        &self,
        identity: &Identity,
        statements: &StatementSet,
        purpose: KeyPurpose,
    ) -> Result<u32, StoreError> {
        let (begin, end) = (generations_begin(statements), generations_end(statements));
        let held = self.held_keys(identity, purpose);
        let granted = held
            .filter(|key| key.is_granted_by_current(statements))
            .map(|key| key.generation);
        let mut seen: BTreeSet<u32> = granted.collect();
        if purpose == KeyPurpose::Inbox {
            seen.extend(
                self.present_inbox(identity)?
                    .map(|(generation, _)| generation),
            );
        }
        let highest = seen.range(begin..end).next_back();
        Ok(highest.map_or(begin, |seen| (seen + 1).min(end - 1)))
    }

    /// Keys that present devices lack, with those that do. What a revoked device granted in this era isn't handed on: it
    /// would then be granted by one that counts.
    fn again(&self, account: &Account, statements: &StatementSet) -> Vec<Granting> {
        let current = statements.current_devices();
        let begin = generations_begin(statements);
        let mut again = Vec::new();
        for purpose in ALL {
            for key in self.held_keys(&account.identity, purpose) {
                if key.generation >= begin && !key.is_granted_by_current(statements) {
                    continue;
                }
                let grants = key.grants.iter();
                let granted: BTreeSet<&DeviceId> = grants
                    .filter(|grant| !statements.is_cut(&grant.granter))
                    .flat_map(|grant| &grant.devices)
                    .collect();
                let me = account.device.id();
                let is_lacking = |device: &&DeviceId| !granted.contains(device) && **device != me;
                // To all, so that all can tell who has it by now, and nobody grants it once more.
                if current.keys().any(|device| is_lacking(&device)) {
                    again.push(Granting {
                        purpose,
                        generation: key.generation,
                        key: key.expose(),
                        devices: current.clone(),
                    });
                }
                if again.len() == AGAIN_PER_JOB_MAX {
                    return again;
                }
            }
        }
        again
    }

    fn grant_all(
        &mut self,
        account: &Account,
        granting: &[Granting],
        now_ms: u64,
        rng: &mut dyn hearth_keys::CryptoRng,
    ) -> Result<Vec<Stored>, StoreError> {
        if granting.is_empty() {
            return Ok(Vec::new());
        }
        let log = self.writable_log(account, false, rng)?;
        let first = self.state(&log).top().map_or(0, |top| top.hi + 1);
        let places = (first..).map(|seq| Place { log, seq });
        let grants = granting.iter().zip(places).map(|(granting, place)| {
            let key = (granting.purpose, granting.generation, &*granting.key);
            KeyGrant::seal(key, &granting.devices, &account.recovery, &place, &mut *rng)
        });
        let drafts: Vec<Draft> = grants
            .map(|grant| Draft::public(now_ms, Content::KeyGrant(grant)))
            .collect();
        Ok(self.append_to(account, log, &drafts, now_ms, rng)?.1)
    }

    /// What is to be announced: the inbox key that counts, unless others can seal to one as new already.
    fn unannounced(&self, identity: &Identity) -> Result<Option<InboxAnnouncement>, StoreError> {
        let Some(key) = self.present_key(identity, KeyPurpose::Inbox) else {
            return Ok(None);
        };
        let announced = self.present_inbox(identity)?;
        let is_told = announced.is_some_and(|(generation, public)| {
            // A newer one of another device, whose grant is on its way; or one that opens here.
            let mut secrets = self.inbox_secrets(identity).into_iter();
            generation > key.generation
                || generation == key.generation
                    && secrets.any(|(held, secret)| held == generation && secret.public() == public)
        });
        let secret = InboxKey {
            generation: key.generation,
            secret: hearth_keys::BoxSecret::from_bytes(*key.expose()),
        };
        Ok((!is_told).then(|| InboxAnnouncement {
            generation: secret.generation,
            public: secret.public(),
        }))
    }
}

fn fresh_key(purpose: KeyPurpose, rng: &mut dyn hearth_keys::CryptoRng) -> Zeroizing<[u8; 32]> {
    match purpose {
        KeyPurpose::Inbox => InboxKey::generate(0, rng).secret.expose_bytes(),
        _ => SpaceKey::generate(rng).expose_bytes(),
    }
}
