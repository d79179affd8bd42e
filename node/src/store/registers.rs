//! What an account notes for itself, under a number and a key: whom it mutes and blocks, bookmarks, lists, how far it read,
//! settings, invites. All of it is entries of its own log, so that other devices and a restore have it too.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hearth_keys::Identity;
use hearth_protocol::codec::{Blob, Bytes, decode_trusted, encode};
use hearth_protocol::content::Register;
use hearth_protocol::content::social::register;
use hearth_protocol::space::Space;

use crate::mentions::mentioned;

use super::logs::{Logs, StoreError};
use super::rows::Handle;
use super::timeline::SeenPost;
use super::views::{REGISTERS, ROW_BYTES_MAX, view_key};

/// (time, id, value)
pub(super) type RegisterRow = (u64, Bytes<32>, Option<Blob>);

/// A key, and the value that holds.
pub(crate) type KeyValue = (Vec<u8>, Vec<u8>);
/// The time in ms since 1970, key, value.
pub(crate) type TimedKeyValue = (u64, Vec<u8>, Vec<u8>);

/// Before all rows of a register.
fn register_prefix(account: Handle, register: u8) -> Vec<u8> {
    let mut rest = account.to_be_bytes().to_vec();
    rest.push(register);
    view_key(REGISTERS, &rest)
}

/// The key's length stands before it, so that no row's key is the beginning of another's.
pub(super) fn register_key(account: Handle, register: u8, key: &[u8]) -> Vec<u8> {
    let mut row_key = register_prefix(account, register);
    row_key.push(u8::try_from(key.len()).unwrap_or(u8::MAX));
    row_key.extend_from_slice(key);
    row_key
}

/// The row of a word on a register.
pub(super) fn register_row(time_ms: u64, id: Bytes<32>, said: &Register) -> Vec<u8> {
    let row: RegisterRow = (time_ms, id, said.value.clone().map(Blob));
    encode(&row)
}

/// Whom an account doesn't want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// Identities and ids of spaces that don't show in timelines.
    pub(crate) muted: BTreeSet<[u8; 32]>,
    /// Identities that show nowhere.
    pub(crate) blocked: BTreeSet<Identity>,
}

impl Hidden {
    /// Whether there is nobody and nothing that isn't to be seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.muted.is_empty() && self.blocked.is_empty()
    }

    /// Whether a post shows nowhere: it is by somebody who is blocked, or by somebody else than `me` and mentions them.
    pub(crate) fn hides(&self, me: &Identity, post: &SeenPost) -> bool {
        let author = post.place.log.identity;
        !self.blocked.is_empty()
            && author != *me
            && (self.blocked.contains(&author)
                || mentioned(&post.post.text).any(|identity| self.blocked.contains(&identity)))
    }

    /// Whether a space's posts are kept out of the timeline of all.
    pub(crate) fn mutes_space(&self, space: &Space) -> bool {
        !self.muted.is_empty() && self.muted.contains(space.id().as_bytes())
    }

    /// Whether somebody's posts are kept out of timelines.
    pub(crate) fn is_out_of_timelines(&self, author: &Identity) -> bool {
        self.muted.contains(author.as_bytes()) || self.blocked.contains(author)
    }
}

/// What was read of registers that are asked for again and again.
#[derive(Debug, Default)]
pub(super) struct HiddenCache(RefCell<BTreeMap<Identity, Arc<Hidden>>>);

impl HiddenCache {
    /// Forgets what was read, because it changes.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Logs {
    fn register_at(
        &self,
        account: &Identity,
        register: u8,
        key: &[u8],
    ) -> Result<Option<RegisterRow>, StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok(None);
        };
        let row = self.db.value(&register_key(*handle, register, key))?;
        Ok(row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?)
    }

    /// The newest value of a register of an account under a key, if it has one.
    pub(crate) fn register(
        &self,
        account: &Identity,
        register: u8,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.register_at(account, register, key)?;
        Ok(row.and_then(|row| row.2).map(|value| value.0))
    }

    /// When an account's last word on a register under a key claims to be from, ms since 1970; 0 when there is none.
    pub(crate) fn register_time_ms(
        &self,
        account: &Identity,
        register: u8,
        key: &[u8],
    ) -> Result<u64, StoreError> {
        let row = self.register_at(account, register, key)?;
        Ok(row.map_or(0, |row| row.0))
    }

    /// All keys of a register of an account that have a value, shorter keys first, then ascending.
    pub(crate) fn registers(
        &self,
        account: &Identity,
        register: u8,
    ) -> Result<Vec<KeyValue>, StoreError> {
        let rows = self.register_rows(account, register)?.into_iter();
        Ok(rows.map(|(_, key, value)| (key, value)).collect())
    }

    /// As [`Self::registers`], each with the time that it claims to be from, ms since 1970.
    pub(crate) fn register_rows(
        &self,
        account: &Identity,
        register: u8,
    ) -> Result<Vec<TimedKeyValue>, StoreError> {
        let mut pairs = Vec::new();
        let Some(handle) = self.identities.get(account) else {
            return Ok(pairs);
        };
        let prefix = register_prefix(*handle, register);
        for row in self.db.prefixed(&prefix) {
            let (key, row) = row?;
            let (time_ms, _, value): RegisterRow = decode_trusted(&row, ROW_BYTES_MAX)?;
            // After the prefix stands the key's length.
            if let (Some(key), Some(value)) = (key.get(prefix.len() + 1..), value) {
                pairs.push((time_ms, key.to_vec(), value.0));
            }
        }
        Ok(pairs)
    }

    /// Keys of a register that are 32 bytes, such as identities.
    fn register_ids(
        &self,
        account: &Identity,
        number: u8,
    ) -> Result<BTreeSet<[u8; 32]>, StoreError> {
        let pairs = self.registers(account, number)?.into_iter();
        Ok(pairs.filter_map(|(key, _)| key.try_into().ok()).collect())
    }

    /// Whom an account doesn't want to see. Read once, and again when that changes.
    pub(crate) fn hidden(&self, account: &Identity) -> Result<Arc<Hidden>, StoreError> {
        if let Some(hidden) = self.hidden.0.borrow().get(account) {
            return Ok(hidden.clone());
        }
        let blocked = self.register_ids(account, register::BLOCK)?.into_iter();
        let hidden = Arc::new(Hidden {
            muted: self.register_ids(account, register::MUTE)?,
            blocked: blocked.map(Identity::from_bytes).collect(),
        });
        let mut cache = self.hidden.0.borrow_mut();
        cache.insert(*account, hidden.clone());
        Ok(hidden)
    }

    /// Whether a post may be shown to an account.
    pub(crate) fn unless_hidden(
        &self,
        account: &Identity,
    ) -> Result<impl Fn(&SeenPost) -> bool + use<>, StoreError> {
        let (account, hidden) = (*account, self.hidden(account)?);
        Ok(move |post: &SeenPost| !hidden.hides(&account, post))
    }

    /// Whether a post may be shown in an account's timeline of all.
    pub(crate) fn unless_muted(
        &self,
        account: &Identity,
    ) -> Result<impl Fn(&SeenPost) -> bool + use<>, StoreError> {
        let (account, hidden) = (*account, self.hidden(account)?);
        Ok(
            move |post: &SeenPost| {
                !hidden.hides(&account, post) && !hidden.mutes_space(&post.space)
            },
        )
    }

    /// Whether an account wants to have nothing to do with somebody.
    pub(crate) fn is_blocked(
        &self,
        account: &Identity,
        other: &Identity,
    ) -> Result<bool, StoreError> {
        Ok(self.hidden(account)?.blocked.contains(other))
    }

    /// Whether an account wants somebody's posts, or those of a space, out of its timelines.
    pub(crate) fn is_muted(&self, account: &Identity, id: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.hidden(account)?.muted.contains(id))
    }
}
