//! The first entries of a device: what its logs begin with.
//!
//! Own log: the private space's key and the inbox key, both random, sealed to the device and to the recovery key, so
//! that the phrase opens them after a fire. Social log: the profile, and the inbox key that others seal to.

use std::collections::BTreeMap;

use hearth_keys::{InboxKey, SpaceKey};
use hearth_protocol::content::{Content, InboxAnnouncement, KeyGrant, KeyPurpose, Profile};
use hearth_protocol::entry::Place;
use hearth_protocol::root::{StatementSet, generations_begin};

use crate::home::Home;
use crate::keyring::KeptAccount;
use crate::restore::{self, Step};
use crate::rng;
use crate::store::StoreError;
use crate::store::logs::{Draft, Logs};

/// Keeps the root's word for the account's device.
pub(crate) fn certify(logs: &mut Logs, kept: &KeptAccount) -> Result<(), StoreError> {
    let account = &kept.account;
    let mut statements = logs.statements(&account.identity);
    let mut own = StatementSet::new(account.identity);
    let mut is_new = false;
    for said in kept.others.statements.iter().chain([&account.certificate]) {
        let merged = own
            .insert(said.clone())
            .and_then(|_| statements.insert(said.clone()));
        is_new |= merged.map_err(|_| StoreError::NoAccount)?;
    }
    if is_new {
        logs.keep_statements(&statements)?;
    }
    Ok(())
}

/// As [`ensure`], unless a restore of this home is under way: then the keys that all else is sealed with come back, and
/// others must not take their place.
pub(crate) fn ensure_for(
    home: &Home,
    logs: &mut Logs,
    kept: &KeptAccount,
    now_ms: u64,
) -> Result<(), StoreError> {
    let restoring = restore::State::read(home).map_err(|_| StoreError::NoAccount)?;
    match restoring.is_some_and(|state| state.step != Step::Done) {
        true => certify(logs, kept),
        false => ensure(logs, kept, now_ms),
    }
}

/// Writes what is missing of an account's first entries. Does nothing once they are there.
pub(crate) fn ensure(logs: &mut Logs, kept: &KeptAccount, now_ms: u64) -> Result<(), StoreError> {
    certify(logs, kept)?;
    let account = &kept.account;
    let mut rng = rng::system();
    let own = logs.writable_log(account, false, &mut rng)?;
    let social = logs.writable_log(account, true, &mut rng)?;
    let has_own = logs.state(&own).top().is_some();
    let statements = logs.statements(&account.identity);
    let generation = generations_begin(&statements);
    let inbox = InboxKey::generate(generation, &mut rng);
    let mut announced = None;
    // A device that isn't the only one is granted the keys by another.
    let is_alone = statements
        .current_devices()
        .keys()
        .eq([&account.device.id()]);
    let has_keys = logs.first_private_key(&account.identity).is_ok();
    // Until it has met another device, and after: they may have moved.
    if !kept.others.statements.is_empty() {
        logs.set_joined(account.identity);
    }
    if !has_keys {
        for address in &kept.others.via {
            logs.remember_route(address, now_ms)?;
        }
    }
    if !has_own && !account.is_new && kept.others.via.is_empty() {
        tracing::warn!(
            "the store is new, the device isn't: what friends hold of it comes back from them"
        );
    }
    if !has_own && !has_keys && is_alone {
        let space = SpaceKey::generate(&mut rng);
        let devices = BTreeMap::from([(account.device.id(), account.device.box_public())]);
        let keys = [
            (KeyPurpose::PrivateSpace, space.expose_bytes()),
            (KeyPurpose::Inbox, inbox.secret.expose_bytes()),
        ];
        let grants = (0..).zip(keys).map(|(seq, (purpose, key))| {
            let place = Place { log: own, seq };
            let key = (purpose, generation, &*key);
            KeyGrant::seal(key, &devices, &account.recovery, &place, &mut rng)
        });
        let drafts: Vec<_> = grants
            .map(|grant| Draft::public(now_ms, Content::KeyGrant(grant)))
            .collect();
        logs.append_to(account, own, &drafts, now_ms, &mut rng)?;
        announced = Some(Content::Inbox(InboxAnnouncement {
            generation,
            public: inbox.public(),
        }));
    }
    if logs.state(&social).top().is_none() {
        // Without a name nothing is said: another device of this person may have said it.
        let name = Some(kept.first_name.clone()).filter(|name| !name.is_empty());
        let profile = name.map(|name| {
            Content::Profile(Profile {
                name,
                ..Profile::default()
            })
        });
        // Said as of the device's first day, so that a name chosen since, which friends may hold, goes on counting.
        let profile = profile.map(|profile| Draft::public(account.certificate.time_ms(), profile));
        let announced = announced.map(|announced| Draft::public(now_ms, announced));
        let drafts: Vec<_> = profile.into_iter().chain(announced).collect();
        if !drafts.is_empty() {
            logs.append_to(account, social, &drafts, now_ms, &mut rng)?;
        }
    }
    Ok(())
}
