//! Rows of which the newest word counts: profiles, follows, registers, reactions, boosts, pledges, settings, and where a backup is.
//!
//! ```text
//! its own view   what counts now
//! EARLIER        that row's key ‖ time ‖ entry id → every other word on it
//! ```
//!
//! Earlier words are kept so that they count again once a cut or a delete takes the newest away.

use hearth_protocol::codec::{Bytes, decode_trusted, encode};
use hearth_protocol::content::Content;
use hearth_protocol::entry::Entry;

use super::backup::{HeadRow, SettingsRow, head_key, settings_key};
use super::boosts::{BoostRow, boost_key};
use super::db::Batch;
use super::inboxes::{InboxRow, inbox_key};
use super::logs::{Logs, StoreError};
use super::open_follows::{OpenFollowRow, open_follow_key};
use super::pledges::{PledgeRow, pledge_key};
use super::reactions::{ReactionRow, reaction_key};
use super::registers::{RegisterRow, register_key, register_row};
use super::rows::Handle;
use super::spaces::{Audience, Opened, SpaceHandle};
use super::views::{
    EARLIER, FollowRow, PROFILES, ProfileRow, REGISTERS, ROW_BYTES_MAX, follow_key, view_key,
};

/// A biography up to this length lies in the profile's row, beside the name.
const INLINE_BIO_BYTES_MAX: usize = 2048;

/// Which of several words counts: the highest. A claimed time, a root's number, or a key's generation; and the entry's id.
type Age = (u64, Bytes<32>);

/// What an entry says about something of which one word counts.
pub(super) struct Word {
    key: Vec<u8>,
    age: Age,
    row: Vec<u8>,
    age_of: fn(&[u8]) -> Result<Age, StoreError>,
}

impl Word {
    /// What an entry says, if it is of this kind and in a log where that counts.
    pub(super) fn of(
        (author, log): (Handle, Handle),
        entry: &Entry,
        (opened, space, local_id): (&Opened, Option<SpaceHandle>, Option<u64>),
    ) -> Option<Self> {
        let is_social = entry.place().log.log.is_social();
        let (time_ms, id) = (entry.header().time_ms, Bytes(*entry.id().as_bytes()));
        let mut age = (time_ms, id);
        let (key, row, age_of): (_, _, fn(&[u8]) -> _) = match &opened.content {
            Content::Profile(profile) => {
                // A long biography is read from its entry: a row has no room for it.
                let bio = Some(&profile.bio).filter(|bio| bio.len() <= INLINE_BIO_BYTES_MAX);
                let place = (log, entry.place().seq);
                let (name, bio) = (profile.name.clone(), bio.cloned());
                let pictured = profile.picture.is_some();
                let row: ProfileRow = (time_ms, id, name, bio, profile.gossip, place, pictured);
                let key = view_key(PROFILES, &author.to_be_bytes());
                (key, encode(&row), |row| {
                    let (time_ms, id, ..): ProfileRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            Content::Follow(follow) if !is_social => {
                let row: FollowRow = (time_ms, id, follow.state.code());
                let key = follow_key(author, &follow.identity);
                (key, encode(&row), |row| {
                    let (time_ms, id, _): FollowRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            Content::Follow(follow) if opened.audience == Audience::PUBLIC => {
                let place = (log, entry.place().seq);
                let row: OpenFollowRow = (time_ms, id, follow.state.code(), place);
                let key = open_follow_key(author, &follow.identity);
                (key, encode(&row), |row| {
                    let (time_ms, id, ..): OpenFollowRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            Content::Register(said) if !is_social => {
                let key = register_key(author, said.register, &said.key);
                (key, register_row(time_ms, id, said), |row| {
                    let (time_ms, id, _): RegisterRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            Content::Reaction(reaction) => {
                let place = (log, entry.place().seq);
                let row: ReactionRow = (time_ms, id, reaction.on, place, space?);
                let key = reaction_key(&reaction.target.id, author, &reaction.emoji);
                (key, encode(&row), |row| {
                    let (time_ms, id, ..): ReactionRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            Content::Boost(boost) if is_social => {
                let place = (log, entry.place().seq);
                let local_id = local_id.unwrap_or(time_ms << 16);
                let row: BoostRow = (time_ms, id, boost.on, place, space?, local_id);
                let key = boost_key(&boost.target.id, author);
                (key, encode(&row), |row| {
                    let (time_ms, id, ..): BoostRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            Content::Pledge(pledge) if !is_social => {
                let row: PledgeRow = (time_ms, id, pledge.bytes);
                (pledge_key(author, &pledge.to), encode(&row), |row| {
                    let (time_ms, id, _): PledgeRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            Content::BackupSettings(settings) if !is_social => {
                let row: SettingsRow = (time_ms, id, settings.survive, settings.bytes_per_second);
                (settings_key(author), encode(&row), |row| {
                    let (time_ms, id, ..): SettingsRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((time_ms, id))
                })
            }
            // A key that nobody can have the other half of is none.
            Content::Inbox(inbox) if is_social && inbox.public.is_usable() => {
                age = (inbox.generation.into(), id);
                let row: InboxRow = (age.0, id, Bytes(*inbox.public.as_bytes()));
                (inbox_key(author, log), encode(&row), |row| {
                    let (generation, id, _): InboxRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok((generation, id))
                })
            }
            Content::BackupHead(head) if is_social => {
                // The highest number counts, whenever it was said.
                age = (head.number, id);
                let row: HeadRow = age;
                (head_key(author), encode(&row), |row| {
                    let row: HeadRow = decode_trusted(row, ROW_BYTES_MAX)?;
                    Ok(row)
                })
            }
            _ => return None,
        };
        Some(Self {
            key,
            age,
            row,
            age_of,
        })
    }

    /// The row of what counts.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Before the earlier words on the same.
    fn earlier_prefix(&self) -> Vec<u8> {
        view_key(EARLIER, &self.key[1..])
    }

    /// Where a word on the same lies that doesn't count now.
    fn earlier_key(&self, age: &Age) -> Vec<u8> {
        let mut key = self.earlier_prefix();
        key.extend_from_slice(&age.0.to_be_bytes());
        key.extend_from_slice(&age.1.0);
        key
    }
}

impl Logs {
    /// What was read of registers is read again where a word may change it.
    fn changes_hidden(&self, word: &Word) {
        if word.key.starts_with(&view_key(REGISTERS, &[])) {
            self.hidden.clear();
            self.petnames.clear();
        }
    }

    /// Takes a word in: it counts unless a newer one is there.
    pub(super) fn show_word(&self, batch: &mut Batch, word: Word) -> Result<(), StoreError> {
        self.changes_hidden(&word);
        let Some(held) = self.pending(batch, &word.key)? else {
            batch.insert(word.key, word.row);
            return Ok(());
        };
        let held_age = (word.age_of)(&held)?;
        if held_age < word.age {
            batch.insert(word.earlier_key(&held_age), held);
            batch.insert(word.key, word.row);
        } else if held_age > word.age {
            batch.insert(word.earlier_key(&word.age), word.row);
        }
        Ok(())
    }

    /// Takes a word back: if it counted, the one before it does again.
    pub(super) fn hide_word(&self, batch: &mut Batch, word: Word) -> Result<(), StoreError> {
        self.changes_hidden(&word);
        let held = self.pending(batch, &word.key)?;
        let own = word.earlier_key(&word.age);
        if held.map(|held| (word.age_of)(&held)).transpose()? != Some(word.age) {
            batch.remove(own);
            return Ok(());
        }
        match self.pending_last(batch, &word.earlier_prefix(), &own)? {
            None => batch.remove(word.key),
            Some((earlier, row)) => {
                batch.remove(earlier);
                batch.insert(word.key, row);
            }
        }
        Ok(())
    }
}
