//! Who pledged how much space to whom, and who is whose friend.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};

use super::logs::{Logs, StoreError};
use super::rows::Handle;
use super::views::{ROW_BYTES_MAX, view_key};

/// The view's number.
const PLEDGES: u8 = 16;

/// (time, id, bytes)
pub(super) type PledgeRow = (u64, Bytes<32>, u64);

pub(super) fn pledge_key(account: Handle, to: &Identity) -> Vec<u8> {
    let mut rest = account.to_be_bytes().to_vec();
    rest.extend_from_slice(to.as_bytes());
    view_key(PLEDGES, &rest)
}

impl Logs {
    fn pledge_row(
        &self,
        account: &Identity,
        to: &Identity,
    ) -> Result<Option<PledgeRow>, StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok(None);
        };
        let row = self.db.value(&pledge_key(*handle, to))?;
        Ok(row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?)
    }

    /// How much space an account pledged to somebody, in bytes; 0 when it didn't.
    pub(crate) fn pledge(&self, account: &Identity, to: &Identity) -> Result<u64, StoreError> {
        Ok(self.pledge_row(account, to)?.map_or(0, |row| row.2))
    }

    /// When an account's last pledge to somebody claims to be from, ms since 1970; 0 when there is none.
    pub(crate) fn pledge_time_ms(
        &self,
        account: &Identity,
        to: &Identity,
    ) -> Result<u64, StoreError> {
        Ok(self.pledge_row(account, to)?.map_or(0, |row| row.0))
    }

    /// To whom an account pledged how many bytes, pledges that ended left out.
    pub(crate) fn pledges(
        &self,
        account: &Identity,
    ) -> Result<BTreeMap<Identity, u64>, StoreError> {
        let mut pledges = BTreeMap::new();
        let Some(handle) = self.identities.get(account) else {
            return Ok(pledges);
        };
        for row in self.db.prefixed(&view_key(PLEDGES, &handle.to_be_bytes())) {
            let (key, value) = row?;
            let (_, _, bytes): PledgeRow = decode_trusted(&value, ROW_BYTES_MAX)?;
            if let Some(to) = key.last_chunk().filter(|_| bytes > 0) {
                pledges.insert(Identity::from_bytes(*to), bytes);
            }
        }
        Ok(pledges)
    }

    /// Whether an account and somebody else follow each other, and each told the other. With somebody whom the account
    /// blocks it has no friendship.
    pub(crate) fn are_friends(
        &self,
        account: &Identity,
        other: &Identity,
    ) -> Result<bool, StoreError> {
        Ok(self.follow_state(account, other)?.is_told()
            && self.is_follower(account, other)?
            && !self.is_blocked(account, other)?)
    }

    /// An account's friends, as [`Self::are_friends`] says.
    pub(crate) fn friends(&self, account: &Identity) -> Result<Vec<Identity>, StoreError> {
        let mut friends = Vec::new();
        for (identity, state) in self.follows(account)? {
            if state.is_told()
                && self.is_follower(account, &identity)?
                && !self.is_blocked(account, &identity)?
            {
                friends.push(identity);
            }
        }
        Ok(friends)
    }

    /// What an account lets somebody keep here, in bytes: what it pledged, while the two are friends.
    pub(crate) fn allowance(&self, account: &Identity, to: &Identity) -> Result<u64, StoreError> {
        if account != to && self.are_friends(account, to)? {
            self.pledge(account, to)
        } else {
            Ok(0)
        }
    }
}
