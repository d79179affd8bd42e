//! Notes, as entries are shown, what accounts may want to be told.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::content::{Boost, Content, Control, ControlOp, Post, Reaction};
use hearth_protocol::entry::EntryId;
use hearth_protocol::space::Space;

use super::super::db::Batch;
use super::super::logs::{Logs, StoreError};
use super::super::reactions::is_emoji;
use super::super::rows::{Handle, namespace};
use super::super::views::REINDEXING;
use super::subject::{PERSON, Subject};
use super::{
    HASH_BYTES, OTHERS_MAX, PEOPLE_MAX, SINCE, SLACK, at_key, came_prefix, concerns, ms_of,
    row_key, row_prefix,
};
use crate::mentions::mentioned;
use crate::replication::unix_ms;

/// Notes of when something came late, of one account.
const CAME_MAX: usize = 512;

impl Logs {
    /// From now on it is told apart what comes late and what a new device is only catching up with.
    pub(in crate::store) fn begin_notifying(&mut self) -> Result<(), StoreError> {
        let key = [namespace::NOTED, SINCE];
        if self.db.value(&key)?.is_none() {
            let mut batch = Batch::default();
            batch.insert(key, unix_ms().to_be_bytes());
            self.apply(batch)?;
        }
        Ok(())
    }

    /// When something counts as having happened: when it claims, unless that is ahead of the clock, or it comes after later
    /// things were read.
    fn when(
        &self,
        batch: &mut Batch,
        (account, handle): (&Identity, Handle),
        hash: &[u8],
        (time_ms, is_known): (u64, bool),
    ) -> Result<u64, StoreError> {
        let now_ms = unix_ms();
        let key = [&came_prefix(handle)[..], hash].concat();
        let came = ms_of(self.pending(batch, &key)?);
        if let Some(came) = came {
            return Ok(if time_ms > now_ms {
                came
            } else {
                came.max(time_ms)
            });
        }
        let since = ms_of(self.db.value(&[namespace::NOTED, SINCE])?).unwrap_or(u64::MAX);
        let is_late =
            !is_known && time_ms >= since && time_ms <= self.notifications_read_ms(account)?;
        let is_new = (is_late || time_ms > now_ms) && self.db.value(&REINDEXING)?.is_none();
        if is_new {
            self.thin_notes(batch, handle)?;
            batch.insert(key, now_ms.to_be_bytes());
            return Ok(now_ms);
        }
        Ok(time_ms.min(now_ms))
    }

    /// Forgets the older half of what came late, once there is much of it.
    fn thin_notes(&self, batch: &mut Batch, account: Handle) -> Result<(), StoreError> {
        let rows = self.db.prefixed(&came_prefix(account)).take(CAME_MAX);
        let mut notes = rows
            .map(|row| row.map(|(key, value)| (ms_of(Some(value)), key)))
            .collect::<Result<Vec<_>, _>>()?;
        if notes.len() >= CAME_MAX {
            notes.sort();
            for (_, key) in notes.drain(..CAME_MAX / 2) {
                batch.remove(key);
            }
        }
        Ok(())
    }

    /// Notes something to be told to an account, or that it is newer than was noted.
    fn notify(
        &self,
        batch: &mut Batch,
        account: &Identity,
        subject: &Subject,
        time_ms: u64,
    ) -> Result<(), StoreError> {
        let Some(handle) = self.identities.get(account).copied() else {
            return Ok(());
        };
        let hash = subject.hash();
        let at = at_key(handle, &hash);
        let held = ms_of(self.pending(batch, &at)?);
        let when = self.when(batch, (account, handle), &hash, (time_ms, held.is_some()))?;
        match held {
            Some(held) if held >= when => return Ok(()),
            Some(held) => batch.remove(row_key(handle, &(held, hash))),
            None => self.make_room(batch, handle, subject.is_person())?,
        }
        batch.insert(at, when.to_be_bytes());
        batch.insert(row_key(handle, &(when, hash)), subject.to_row());
        Ok(())
    }

    /// Counts one more of people or of all else, and lets the oldest of these go if there are too many.
    fn make_room(
        &self,
        batch: &mut Batch,
        account: Handle,
        of_people: bool,
    ) -> Result<(), StoreError> {
        let kept_max = if of_people { PEOPLE_MAX } else { OTHERS_MAX };
        let mut counts = self.notified.0.borrow_mut();
        if let Some(count) = counts.get_mut(&(account, of_people)) {
            *count += 1;
            if *count <= kept_max + SLACK {
                return Ok(());
            }
        }
        let mut stored = Vec::new();
        for row in self.db.prefixed(&row_prefix(account)) {
            let (key, row) = row?;
            if (row.first() == Some(&PERSON)) == of_people {
                stored.push(key);
            }
        }
        let count = stored.len().min(kept_max);
        for key in &stored[..stored.len() - count] {
            batch.remove(at_key(account, &key[key.len() - HASH_BYTES..]));
            batch.remove(key.clone());
        }
        counts.insert((account, of_people), count + 1);
        Ok(())
    }

    /// The accounts here but for `author`.
    fn others_here(&self, author: Identity) -> impl Iterator<Item = Identity> + '_ {
        let accounts = self.accounts.iter().map(|account| account.identity);
        accounts.filter(move |account| *account != author)
    }

    /// Notes what an entry brings that an account may want to be told.
    pub(in crate::store) fn notify_of(
        &self,
        batch: &mut Batch,
        (author, id, at): (Identity, EntryId, (Handle, u64)),
        (content, space): (&Content, &Space),
        time_ms: u64,
    ) -> Result<(), StoreError> {
        match content {
            Content::Post(post) => self.notify_of_post(batch, (author, id, at), post, time_ms),
            Content::Edit(edit) => {
                let subject = Subject::Edited(edit.target.place(author));
                let mentioned: BTreeSet<Identity> = mentioned(&edit.text).collect();
                let accounts = self.others_here(author);
                accounts
                    .filter(|account| mentioned.contains(account))
                    .try_for_each(|account| self.notify(batch, &account, &subject, time_ms))
            }
            Content::Reaction(Reaction { target, emoji, on }) if *on && is_emoji(emoji) => {
                let subject = Subject::Reaction(target.place, target.id, emoji.clone());
                let people = (author, target.place.log.identity);
                self.notify_of_echo(batch, people, &subject, time_ms)
            }
            Content::Boost(Boost { target, on }) if *on => {
                let subject = Subject::Boost(target.place, target.id);
                let people = (author, target.place.log.identity);
                self.notify_of_echo(batch, people, &subject, time_ms)
            }
            Content::Control(control) if control.space == *space => {
                self.notify_of_space(batch, author, control, time_ms)
            }
            _ => Ok(()),
        }
    }

    /// Notes a post that answers an account's or mentions it. `at` is the entry that is it or carries it.
    pub(in crate::store) fn notify_of_post(
        &self,
        batch: &mut Batch,
        (author, id, at): (Identity, EntryId, (Handle, u64)),
        post: &Post,
        time_ms: u64,
    ) -> Result<(), StoreError> {
        for account in self.others_here(author) {
            if concerns(&account, post) {
                self.notify(batch, &account, &Subject::Post(id, at), time_ms)?;
            }
        }
        Ok(())
    }

    /// Notes a reaction to a post of an account, or a boost of it.
    fn notify_of_echo(
        &self,
        batch: &mut Batch,
        (author, owner): (Identity, Identity),
        subject: &Subject,
        time_ms: u64,
    ) -> Result<(), StoreError> {
        if self.others_here(author).any(|account| account == owner) {
            self.notify(batch, &owner, subject, time_ms)?;
        }
        Ok(())
    }

    /// Notes that somebody lets an account into a space.
    pub(in crate::store) fn notify_of_space(
        &self,
        batch: &mut Batch,
        author: Identity,
        control: &Control,
        time_ms: u64,
    ) -> Result<(), StoreError> {
        let ControlOp::Add { members, .. } = &control.op else {
            return Ok(());
        };
        for account in self.others_here(author) {
            if members.contains(&account) {
                let subject = Subject::Added(control.space, author);
                self.notify(batch, &account, &subject, time_ms)?;
            }
        }
        Ok(())
    }

    /// Notes that somebody follows an account, or knocks at it.
    pub(in crate::store) fn notify_of_person(
        &self,
        batch: &mut Batch,
        account: &Identity,
        who: &Identity,
        time_ms: u64,
    ) -> Result<(), StoreError> {
        if account == who {
            return Ok(());
        }
        self.notify(batch, account, &Subject::Person(*who), time_ms)
    }

    /// Notes all who follow and knock, once the views are built anew: they stand in no log.
    pub(in crate::store) fn notify_of_people(&mut self) -> Result<(), StoreError> {
        for account in self.account_identities() {
            let followers = self.follower_times(&account)?.into_iter();
            let knocks = self.knock_rows(&account)?.into_iter();
            let knocks = knocks.map(|(who, row)| (who, row.received_ms));
            let mut newest: Vec<(u64, Identity)> =
                followers.chain(knocks).map(|(who, ms)| (ms, who)).collect();
            newest.sort();
            let skipped = newest.len().saturating_sub(PEOPLE_MAX);
            let mut batch = Batch::default();
            for (time_ms, who) in newest.into_iter().skip(skipped) {
                self.notify_of_person(&mut batch, &account, &who, time_ms)?;
            }
            self.apply(batch)?;
        }
        Ok(())
    }
}
