//! What an account is told of: answers, mentions, reactions, who follows and knocks, spaces it was let into.
//!
//! ```text
//! NOTIFIED     account ‖ when ‖ subject's hash → what it is about
//! NOTIFIED_AT  account ‖ subject's hash → when
//! NOTED        0 ‖ account ‖ subject's hash → when it came, if that was later than one read; 1 → since when that is noted
//! ```
//!
//! A row says where to look and nothing else: whether there is something to tell is found out each time it is read, so that
//! what was deleted, taken back, muted or blocked is gone at once. Reactions to one post with one emoji are one subject.
//!
//! Something that claims to be older than what was read already, and comes after that, counts as new when it comes; that is
//! in no log, so it is kept apart from the views.
//!
//! `subject` is what a row is about, `noting` writes rows as entries come, `telling` finds out what there is to tell.

mod noting;
mod subject;
mod telling;

use std::cell::RefCell;
use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::content::Post;
use hearth_protocol::content::social::register;

use super::db::end_of_prefix;
use super::logs::{Logs, StoreError};
use super::rows::{Handle, namespace};
use super::views::view_key;
use crate::mentions::mentioned;
use subject::Subject;
pub(crate) use telling::{Notification, Only, What};

const NOTIFIED: u8 = 56;
const NOTIFIED_AT: u8 = 57;
/// Kinds of rows in the namespace of what isn't in logs.
const CAME: u8 = 0;
const SINCE: u8 = 1;
/// The key of the register that says how far notifications were read.
pub(crate) const POSITION: &[u8] = b"notifications";
const HASH_BYTES: usize = 16;
const WHEN_BYTES: usize = 8;
/// Notifications that are kept of one account, the newest ones: of people who follow or knock, which anybody can do under any
/// number of keys, and of all else, which they can't push out.
pub(in crate::store) const PEOPLE_MAX: usize = 500;
pub(in crate::store) const OTHERS_MAX: usize = 2_000;
const KEPT_MAX: usize = PEOPLE_MAX + OTHERS_MAX;
/// How many more there may be before the oldest go.
const SLACK: usize = 200;

/// Where a notification stands among the others: when, and the subject's hash.
pub(crate) type Spot = (u64, [u8; HASH_BYTES]);

/// How many rows there are of each account, of people and of all else, where it was asked.
#[derive(Debug, Default)]
pub(in crate::store) struct NotifiedCounts(RefCell<BTreeMap<(Handle, bool), usize>>);

impl NotifiedCounts {
    /// Counts anew.
    pub(in crate::store) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

fn row_prefix(account: Handle) -> Vec<u8> {
    view_key(NOTIFIED, &account.to_be_bytes())
}

fn row_key(account: Handle, (when, hash): &Spot) -> Vec<u8> {
    let mut key = row_prefix(account);
    key.extend_from_slice(&when.to_be_bytes());
    key.extend_from_slice(hash);
    key
}

fn at_key(account: Handle, hash: &[u8]) -> Vec<u8> {
    view_key(NOTIFIED_AT, &[&account.to_be_bytes(), hash].concat())
}

fn spot_of(key: &[u8]) -> Option<Spot> {
    let (rest, hash) = key.split_last_chunk()?;
    Some((u64::from_be_bytes(*rest.last_chunk::<WHEN_BYTES>()?), *hash))
}

fn came_prefix(account: Handle) -> Vec<u8> {
    [&[namespace::NOTED, CAME][..], &account.to_be_bytes()].concat()
}

fn ms_of(row: Option<Vec<u8>>) -> Option<u64> {
    row?.try_into().ok().map(u64::from_be_bytes)
}

impl Logs {
    /// Up to when an account read what it was told, ms since 1970.
    pub(crate) fn notifications_read_ms(&self, account: &Identity) -> Result<u64, StoreError> {
        let value = self.register(account, register::READING_POSITION, POSITION)?;
        let position =
            value.and_then(|value| decode_trusted::<(u64, Bytes<32>)>(&value, value.len()).ok());
        Ok(position.map_or(0, |(read_ms, _)| read_ms))
    }

    /// Rows of an account below `before`, newest first, with what they are about.
    fn notified(
        &self,
        account: &Identity,
        before: Option<&Spot>,
    ) -> impl Iterator<Item = Result<(Spot, Subject), StoreError>> {
        let handle = self.identities.get(account).copied();
        let rows = handle.map(|handle| {
            let from = row_prefix(handle);
            let to = match before {
                Some(spot) => row_key(handle, spot),
                None => end_of_prefix(&from).unwrap_or_default(),
            };
            self.db.range(&from, &to).rev().take(KEPT_MAX + 2 * SLACK)
        });
        let account = *account;
        let (mut people, mut others) = (PEOPLE_MAX, OTHERS_MAX);
        rows.into_iter().flatten().filter_map(move |row| {
            let read = |(key, row): (Vec<u8>, Vec<u8>)| {
                let subject = Subject::from_row(&account, &row)?;
                let left = match &subject {
                    Some(Subject::Person(_)) => &mut people,
                    _ => &mut others,
                };
                let is_kept = *left > 0;
                *left = left.saturating_sub(1);
                Ok(spot_of(&key).zip(subject).filter(|_| is_kept))
            };
            row.map_err(StoreError::from).and_then(read).transpose()
        })
    }
}

/// Whether a post answers one of an account's posts, or mentions it.
fn concerns(account: &Identity, post: &Post) -> bool {
    answers(account, post) || mentioned(&post.text).any(|who| who == *account)
}

fn answers(account: &Identity, post: &Post) -> bool {
    post.reply_to
        .is_some_and(|parent| parent.place.log.identity == *account)
}
