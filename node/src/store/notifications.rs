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

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::codec::{Blob, Bytes, decode_trusted, encode};
use hearth_protocol::content::social::register;
use hearth_protocol::content::{Boost, Content, Control, ControlOp, FollowState, Post, Reaction};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::Space;

use super::db::{Batch, end_of_prefix};
use super::letters::KnockRow;
use super::logs::{Logs, StoreError};
use super::reactions::is_emoji;
use super::registers::Hidden;
use super::rows::{Handle, namespace};
use super::timeline::SeenPost;
use super::views::{REINDEXING, ROW_BYTES_MAX, view_key};
use crate::mentions::mentioned;
use crate::replication::unix_ms;

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
pub(super) const PEOPLE_MAX: usize = 500;
pub(super) const OTHERS_MAX: usize = 2_000;
const KEPT_MAX: usize = PEOPLE_MAX + OTHERS_MAX;
/// How many more there may be before the oldest go.
const SLACK: usize = 200;
/// Notes of when something came late, of one account.
const CAME_MAX: usize = 512;
/// Rows that are looked at for a count: of many, most may be by people who are muted.
const COUNTED_ROWS_MAX: usize = 400;

const POST: u8 = 1;
const REACTION: u8 = 2;
const PERSON: u8 = 3;
const ADDED: u8 = 4;
const BOOST: u8 = 5;
const EDITED: u8 = 6;

/// What a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// The post that an entry is or carries, with its id.
    Post(EntryId, (Handle, u64)),
    /// Reactions with an emoji to the account's own post.
    Reaction(Place, EntryId, String),
    /// Boosts of the account's own post.
    Boost(Place, EntryId),
    /// The post at a place, which an edit made mention the account. Either of the two may come first.
    Edited(Place),
    /// Somebody who follows, knocks, or became a friend.
    Person(Identity),
    /// A space, and who let the account into it.
    Added(Space, Identity),
}

/// Of an own post: (device, log, sequence, id, emoji)
type OwnRow = (Bytes<32>, LogNumber, u64, Bytes<32>, String);

/// (identity, device, log, sequence)
type PlaceRow = (Bytes<32>, Bytes<32>, LogNumber, u64);

fn own_row(place: &Place, id: &EntryId, emoji: &str) -> Vec<u8> {
    let device = Bytes(*place.log.device.as_bytes());
    let id = Bytes(*id.as_bytes());
    let row: OwnRow = (device, place.log.log, place.seq, id, emoji.to_owned());
    encode(&row)
}

impl Subject {
    fn hash(&self) -> [u8; HASH_BYTES] {
        let mut hasher = blake3::Hasher::new();
        match self {
            Self::Post(id, _) => hasher.update(&[POST]).update(id.as_bytes()),
            Self::Reaction(_, id, emoji) => hasher
                .update(&[REACTION])
                .update(id.as_bytes())
                .update(emoji.as_bytes()),
            Self::Boost(_, id) => hasher.update(&[BOOST]).update(id.as_bytes()),
            Self::Edited(place) => hasher.update(&[EDITED]).update(&place.to_bytes()),
            Self::Person(who) => hasher.update(&[PERSON]).update(who.as_bytes()),
            Self::Added(space, by) => hasher
                .update(&[ADDED])
                .update(by.as_bytes())
                .update(&space.to_bytes()),
        };
        let hash = hasher.finalize();
        *hash.as_bytes().first_chunk().expect("a hash is longer")
    }

    fn is_person(&self) -> bool {
        matches!(self, Self::Person(_))
    }

    fn to_row(&self) -> Vec<u8> {
        let (kind, rest) = match self {
            Self::Post(id, at) => (POST, encode(&(Bytes(*id.as_bytes()), *at))),
            Self::Reaction(place, id, emoji) => (REACTION, own_row(place, id, emoji)),
            Self::Boost(place, id) => (BOOST, own_row(place, id, "")),
            Self::Edited(Place { log, seq }) => {
                let (identity, device) = (log.identity.as_bytes(), log.device.as_bytes());
                let row: PlaceRow = (Bytes(*identity), Bytes(*device), log.log, *seq);
                (EDITED, encode(&row))
            }
            Self::Person(who) => (PERSON, who.as_bytes().to_vec()),
            Self::Added(space, by) => {
                let by = Bytes(*by.as_bytes());
                (ADDED, encode(&(by, Blob(space.to_bytes()))))
            }
        };
        [&[kind], &rest[..]].concat()
    }

    fn from_row(account: &Identity, row: &[u8]) -> Result<Option<Self>, StoreError> {
        let Some((kind, rest)) = row.split_first() else {
            return Ok(None);
        };
        Ok(match *kind {
            POST => {
                let (id, at): (Bytes<32>, (Handle, u64)) = decode_trusted(rest, ROW_BYTES_MAX)?;
                Some(Self::Post(EntryId::from_bytes(id.0), at))
            }
            REACTION | BOOST => {
                let (device, log, seq, id, emoji): OwnRow = decode_trusted(rest, ROW_BYTES_MAX)?;
                let log = LogKey {
                    identity: *account,
                    device: DeviceId::from_bytes(device.0),
                    log,
                };
                let (place, id) = (Place { log, seq }, EntryId::from_bytes(id.0));
                Some(match *kind {
                    BOOST => Self::Boost(place, id),
                    _ => Self::Reaction(place, id, emoji),
                })
            }
            EDITED => {
                let (identity, device, log, seq): PlaceRow = decode_trusted(rest, ROW_BYTES_MAX)?;
                let log = LogKey {
                    identity: Identity::from_bytes(identity.0),
                    device: DeviceId::from_bytes(device.0),
                    log,
                };
                Some(Self::Edited(Place { log, seq }))
            }
            PERSON => rest
                .try_into()
                .ok()
                .map(|bytes| Self::Person(Identity::from_bytes(bytes))),
            ADDED => {
                let (by, space): (Bytes<32>, Blob) = decode_trusted(rest, ROW_BYTES_MAX)?;
                let space = Space::from_bytes(&space.0)?;
                Some(Self::Added(space, Identity::from_bytes(by.0)))
            }
            // A newer program's.
            _ => None,
        })
    }
}

/// What there is to tell.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// Somebody answered a post of the account.
    Reply(SeenPost),
    /// Somebody mentions the account.
    Mention(SeenPost),
    /// People reacted with an emoji to a post of the account, the newest one first.
    Reaction(SeenPost, String, Vec<Identity>),
    /// People boosted a post of the account.
    Boost(SeenPost, Vec<Identity>),
    /// Somebody follows the account.
    Follower(Identity),
    /// Both follow each other.
    Friend(Identity),
    /// Somebody asks to be friends, with these words.
    Knock(Identity, KnockRow),
    /// Somebody let the account into a space.
    Added(Space, Identity),
}

/// Which of them are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Only {
    /// Every kind.
    #[default]
    All,
    /// Who mentions the account.
    Mentions,
    /// Answers to its posts.
    Replies,
    /// Reactions to them, and boosts.
    Reactions,
    /// Followers, friends, knocks, spaces.
    People,
}

impl Only {
    fn has(self, what: &What) -> bool {
        match self {
            Self::All => true,
            Self::Mentions => matches!(what, What::Mention(_)),
            Self::Replies => matches!(what, What::Reply(_)),
            Self::Reactions => matches!(what, What::Reaction(..) | What::Boost(..)),
            Self::People => matches!(
                what,
                What::Follower(_) | What::Friend(_) | What::Knock(..) | What::Added(..)
            ),
        }
    }
}

/// Where a notification stands among the others: when, and the subject's hash.
pub(crate) type Spot = (u64, [u8; HASH_BYTES]);

/// Something to tell.
#[derive(Debug, Clone)]
pub(crate) struct Notification {
    /// Where it stands, ms since 1970 first.
    pub(crate) spot: Spot,
    /// What.
    pub(crate) what: What,
}

/// How many rows there are of each account, of people and of all else, where it was asked.
#[derive(Debug, Default)]
pub(super) struct NotifiedCounts(RefCell<BTreeMap<(Handle, bool), usize>>);

impl NotifiedCounts {
    /// Counts anew.
    pub(super) fn clear(&self) {
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
    /// From now on it is told apart what comes late and what a new device is only catching up with.
    pub(super) fn begin_notifying(&mut self) -> Result<(), StoreError> {
        let key = [namespace::NOTED, SINCE];
        if self.db.value(&key)?.is_none() {
            let mut batch = Batch::default();
            batch.insert(key, unix_ms().to_be_bytes());
            self.apply(batch)?;
        }
        Ok(())
    }

    /// Up to when an account read what it was told, ms since 1970.
    pub(crate) fn notifications_read_ms(&self, account: &Identity) -> Result<u64, StoreError> {
        let value = self.register(account, register::READING_POSITION, POSITION)?;
        let position =
            value.and_then(|value| decode_trusted::<(u64, Bytes<32>)>(&value, value.len()).ok());
        Ok(position.map_or(0, |(read_ms, _)| read_ms))
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
    pub(super) fn notify_of_space(
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
    pub(super) fn notify_of_person(
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
    pub(super) fn notify_of_people(&mut self) -> Result<(), StoreError> {
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

    /// What an account is told, newest first: below `before`, and only what came after `after_ms`.
    pub(crate) fn notifications(
        &self,
        account: &Identity,
        only: Only,
        (before, after_ms): (Option<Spot>, u64),
        limit: usize,
    ) -> Result<Vec<Notification>, StoreError> {
        let teller = Teller::of(self, account)?;
        let mut told = Vec::new();
        for row in self.notified(account, before.as_ref()) {
            let (spot, subject) = row?;
            if spot.0 <= after_ms || told.len() >= limit {
                break;
            }
            let what = teller.what(&subject)?.filter(|what| only.has(what));
            told.extend(what.map(|what| Notification { spot, what }));
        }
        Ok(told)
    }

    /// How many rows there are, whether they are told or not.
    #[cfg(test)]
    pub(super) fn notified_rows(&self, account: &Identity) -> usize {
        self.notified(account, None).count()
    }

    /// The newest there is, whether it is told or not.
    pub(crate) fn newest_notified(&self, account: &Identity) -> Result<Option<Spot>, StoreError> {
        let newest = self.notified(account, None).next().transpose()?;
        Ok(newest.map(|(spot, _)| spot))
    }

    /// How much of it an account hasn't read, up to `max`.
    pub(crate) fn unread_notifications(
        &self,
        account: &Identity,
        max: u64,
    ) -> Result<u64, StoreError> {
        let read_ms = self.notifications_read_ms(account)?;
        let teller = Teller::of(self, account)?;
        let mut count = 0;
        for row in self.notified(account, None).take(COUNTED_ROWS_MAX) {
            let (spot, subject) = row?;
            if spot.0 <= read_ms || count >= max {
                break;
            }
            count += u64::from(teller.what(&subject)?.is_some());
        }
        Ok(count)
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

/// Finds out what there is to tell an account now.
struct Teller<'a> {
    logs: &'a Logs,
    account: &'a Identity,
    hidden: std::sync::Arc<Hidden>,
    knocks: BTreeMap<Identity, KnockRow>,
}

impl<'a> Teller<'a> {
    fn of(logs: &'a Logs, account: &'a Identity) -> Result<Self, StoreError> {
        Ok(Self {
            logs,
            account,
            hidden: logs.hidden(account)?,
            knocks: logs.knock_rows(account)?.into_iter().collect(),
        })
    }

    fn what(&self, subject: &Subject) -> Result<Option<What>, StoreError> {
        match subject {
            Subject::Post(id, (log, seq)) => {
                let post = self.logs.seen(*log, *seq)?;
                Ok(post
                    .filter(|post| post.id == *id)
                    .and_then(|post| self.post(post)))
            }
            Subject::Reaction(place, id, emoji) => {
                let post = self.logs.post_at(place)?.filter(|post| post.id == *id);
                match post.filter(|post| !self.hidden.mutes_space(&post.space)) {
                    Some(post) => self.reaction(post, emoji),
                    None => Ok(None),
                }
            }
            Subject::Boost(place, id) => {
                let post = self.logs.post_at(place)?.filter(|post| post.id == *id);
                match post.filter(|post| !self.hidden.mutes_space(&post.space)) {
                    Some(post) => self.boost(post),
                    None => Ok(None),
                }
            }
            Subject::Edited(place) => match self.logs.post_at(place)? {
                Some(post) if !self.is_told(&post)? => Ok(self.post(post)),
                _ => Ok(None),
            },
            Subject::Person(who) => self.person(who),
            Subject::Added(space, by) => {
                let members = &self.logs.resolved(space)?.members;
                let is_told = members.contains_key(self.account)
                    && !self.hidden.is_out_of_timelines(by)
                    && !self.hidden.mutes_space(space);
                Ok(is_told.then_some(What::Added(*space, *by)))
            }
        }
    }

    /// Whether a post is told of anyway, as it was before any edit.
    fn is_told(&self, post: &SeenPost) -> Result<bool, StoreError> {
        let Some(account) = self.logs.identities.get(self.account) else {
            return Ok(false);
        };
        // Where it lies doesn't count.
        let hash = Subject::Post(post.id, (0, 0)).hash();
        Ok(self.logs.db.value(&at_key(*account, &hash))?.is_some())
    }

    fn post(&self, post: SeenPost) -> Option<What> {
        let is_hidden = self.hidden.hides(self.account, &post)
            || self.hidden.is_out_of_timelines(&post.place.log.identity)
            || self.hidden.mutes_space(&post.space);
        // An edit may have taken the mention away.
        if is_hidden || !concerns(self.account, &post.post) {
            None
        } else if answers(self.account, &post.post) {
            Some(What::Reply(post))
        } else {
            Some(What::Mention(post))
        }
    }

    fn reaction(&self, post: SeenPost, emoji: &str) -> Result<Option<What>, StoreError> {
        let people = self
            .logs
            .who_reacted(self.account, &post, emoji, &self.hidden)?;
        let mut people: Vec<_> = people
            .into_iter()
            .filter(|(_, who)| who != self.account && !self.hidden.is_out_of_timelines(who))
            .collect();
        people.sort_by_key(|(time_ms, who)| std::cmp::Reverse((*time_ms, *who)));
        let people: Vec<Identity> = people.into_iter().map(|(_, who)| who).collect();
        let is_any = !people.is_empty();
        Ok(is_any.then(|| What::Reaction(post, emoji.to_owned(), people)))
    }

    fn boost(&self, post: SeenPost) -> Result<Option<What>, StoreError> {
        let people = self
            .logs
            .boosters(self.account, &post, &self.hidden)?
            .into_iter();
        let people = people
            .filter(|who| who != self.account && !self.hidden.is_out_of_timelines(who))
            .collect::<Vec<_>>();
        let is_any = !people.is_empty();
        Ok(is_any.then_some(What::Boost(post, people)))
    }

    fn person(&self, who: &Identity) -> Result<Option<What>, StoreError> {
        let (logs, account) = (self.logs, self.account);
        let declined = || logs.register(account, register::KNOCK_DECLINED, who.as_bytes());
        if self.hidden.is_out_of_timelines(who) || declined()?.is_some() {
            return Ok(None);
        }
        let how = logs.follow_state(account, who)?;
        if let (false, Some(knock)) = (how.follows(), self.knocks.get(who)) {
            return Ok(Some(What::Knock(*who, knock.clone())));
        }
        if !logs.is_follower(account, who)? {
            return Ok(None);
        }
        Ok(Some(match how {
            FollowState::Following => What::Friend(*who),
            _ => What::Follower(*who),
        }))
    }
}

/// Of what an entry says, what may be told of it.
impl Logs {
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
}
