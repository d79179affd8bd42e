//! What people are called: by the names that an account gave them, else by their own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use hearth_keys::Identity;
use hearth_protocol::content::social::register;

use super::logs::{Logs, StoreError};

/// The names that an account gave to others.
pub(crate) type Petnames = BTreeMap<Identity, String>;

/// What was read of them: they are asked for with each name that is shown.
#[derive(Debug, Default)]
pub(super) struct PetnameCache(RefCell<BTreeMap<Identity, Arc<Petnames>>>);

impl PetnameCache {
    /// Forgets what was read, because it changes.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Logs {
    /// The names that an account gave to others. Read once, and again when they change.
    pub(crate) fn petnames(&self, account: &Identity) -> Result<Arc<Petnames>, StoreError> {
        if let Some(petnames) = self.petnames.0.borrow().get(account) {
            return Ok(petnames.clone());
        }
        let pairs = self.registers(account, register::PETNAME)?.into_iter();
        let petnames = pairs.filter_map(|(key, name)| {
            let identity = Identity::from_bytes(key.try_into().ok()?);
            let name = String::from_utf8(name).ok()?;
            Some((identity, name)).filter(|(who, name)| who != account && !name.is_empty())
        });
        let petnames: Arc<Petnames> = Arc::new(petnames.collect());
        let mut cache = self.petnames.0.borrow_mut();
        cache.insert(*account, petnames.clone());
        Ok(petnames)
    }

    /// What somebody is called on an account's pages: by the name that it gave them, else by [`Self::own_name_of`]. Never for
    /// others' eyes.
    pub(crate) fn name_of(
        &self,
        account: &Identity,
        identity: &Identity,
    ) -> Result<String, StoreError> {
        match self.petnames(account)?.get(identity) {
            Some(name) => Ok(name.clone()),
            None => self.own_name_of(account, identity),
        }
    }

    /// What somebody calls themselves: by their profile, or by what they said when they followed an account here.
    pub(crate) fn own_name_of(
        &self,
        account: &Identity,
        identity: &Identity,
    ) -> Result<String, StoreError> {
        let name = self.profile(identity)?.name;
        match name.is_empty() {
            true => self.told_name_of(account, identity),
            false => Ok(name),
        }
    }
}
