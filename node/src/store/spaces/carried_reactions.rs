//! Reactions that an owner serves on, and those of which it is to be looked whether they are served on.
//!
//! ```text
//! CARRIED_REACTIONS target's id ‖ author ‖ emoji ‖ log and sequence of what carries it → time, id, on, the reaction's place
//! REACTED           log and sequence of a reaction by another in the space of an account's friends
//! ```
//!
//! Its signature is checked when a reaction is taken in. Each time it is read it is looked whether its author let it go, and
//! where their device was cut off, it is checked again.

use hearth_keys::Identity;
use hearth_protocol::codec::{Blob, Bytes, decode_trusted, encode};
use hearth_protocol::content::{Content, Reaction};
use hearth_protocol::entry::{Entry, EntryId, Place};
use hearth_protocol::space::Space;

use super::carried::place_from;
use super::opening::place_of;
use super::{Audience, Opened};
use crate::store::db::Batch;
use crate::store::logs::{Logs, StoreError};
use crate::store::rows::Handle;
use crate::store::views::{ROW_BYTES_MAX, place_key, view_key};

const CARRIED_REACTIONS: u8 = 49;
const REACTED: u8 = 50;
/// Rows of one post that are read: whoever owns a space can carry any number.
const READ_MAX: usize = 10_000;
const IDENTITY_BYTES: usize = 32;
/// The log and the sequence at the end of a row's key.
const PLACE_BYTES: usize = 12;

/// (time, id, on, where it lies)
type CarriedReactionRow = (u64, Bytes<32>, bool, Blob);

/// A reaction that somebody carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct CarriedReaction {
    pub(in crate::store) author: Identity,
    pub(in crate::store) emoji: String,
    /// When it claims to be from, and its id: the highest counts.
    pub(in crate::store) age: (u64, Bytes<32>),
    pub(in crate::store) on: bool,
    /// Where it lies.
    pub(in crate::store) place: Place,
    /// Where the entry lies that carries it.
    pub(in crate::store) carrier: Place,
}

fn key_of(target: &EntryId, author: &Identity, emoji: &str) -> Vec<u8> {
    let mut rest = [&target.as_bytes()[..], author.as_bytes()].concat();
    rest.push(u8::try_from(emoji.len()).unwrap_or(u8::MAX));
    rest.extend_from_slice(emoji.as_bytes());
    view_key(CARRIED_REACTIONS, &rest)
}

/// The row of a reaction that is carried, without what carries it.
pub(super) fn row_of(reaction: &Reaction, entry: &Entry) -> (Vec<u8>, Vec<u8>) {
    let place = entry.place();
    let key = key_of(&reaction.target.id, &place.log.identity, &reaction.emoji);
    let id = Bytes(*entry.id().as_bytes());
    let place = Blob(place.to_bytes());
    let row: CarriedReactionRow = (entry.header().time_ms, id, reaction.on, place);
    (key, encode(&row))
}

/// Where it is noted of a reaction that it is to be looked at.
fn reacted_key(handle: Handle, seq: u64) -> Vec<u8> {
    place_key(REACTED, handle, seq)
}

impl Logs {
    fn read_carried(&self, key: &[u8], row: &[u8]) -> Option<CarriedReaction> {
        let rest = key.get(2 + IDENTITY_BYTES..)?;
        let (author, rest) = rest.split_first_chunk::<IDENTITY_BYTES>()?;
        let emoji = rest.get(1..rest.len().checked_sub(PLACE_BYTES)?)?;
        let (time_ms, id, on, place): CarriedReactionRow =
            decode_trusted(row, ROW_BYTES_MAX).ok()?;
        Some(CarriedReaction {
            author: Identity::from_bytes(*author),
            emoji: str::from_utf8(emoji).ok()?.to_owned(),
            age: (time_ms, id),
            on,
            place: place_from(&place.0)?,
            carrier: place_of(self, key)?,
        })
    }

    fn carried_below(
        &self,
        prefix: &[u8],
        owner: &Identity,
    ) -> Result<Vec<CarriedReaction>, StoreError> {
        let mut carried = Vec::new();
        for row in self.db.prefixed(prefix).take(READ_MAX) {
            let (key, row) = row?;
            let reaction = self.read_carried(&key, &row);
            carried.extend(reaction.filter(|it| it.carrier.log.identity == *owner));
        }
        Ok(carried)
    }

    /// The reactions to a post that the owner of its space carries and that hold, by author and emoji.
    pub(in crate::store) fn carried_reactions(
        &self,
        owner: &Identity,
        target: &EntryId,
    ) -> Result<Vec<CarriedReaction>, StoreError> {
        let prefix = view_key(CARRIED_REACTIONS, target.as_bytes());
        let mut carried = Vec::new();
        for reaction in self.carried_below(&prefix, owner)? {
            if self.still_holds(&reaction)? {
                carried.push(reaction);
            }
        }
        Ok(carried)
    }

    /// What was found out when it came may have changed: its author may have deleted it, or their device was cut off.
    fn still_holds(&self, reaction: &CarriedReaction) -> Result<bool, StoreError> {
        let log = &reaction.place.log;
        let known = self.statements.get(&log.identity);
        if known.is_some_and(|known| known.is_cut(&log.device))
            && self.inner_at(&reaction.carrier)?.is_none()
        {
            return Ok(false);
        }
        Ok(!self.is_deleted(&reaction.place)?)
    }

    /// All copies of what `owner` carries of one author's reactions to a post, whether they hold or not.
    pub(in crate::store) fn reactions_carried_of(
        &self,
        owner: &Identity,
        target: &EntryId,
        author: &Identity,
    ) -> Result<Vec<CarriedReaction>, StoreError> {
        let prefix = [&target.as_bytes()[..], author.as_bytes()].concat();
        self.carried_below(&view_key(CARRIED_REACTIONS, &prefix), owner)
    }

    /// Notes that it is to be looked whether a reaction is to be carried, if it is by another in the space of an account's
    /// friends.
    pub(in crate::store) fn note_reaction(
        &self,
        batch: &mut Batch,
        (place, handle): (&Place, Handle),
        audience: &Audience,
    ) {
        if let Space::Friends(owner) = audience.space
            && owner != place.log.identity
            && self.account(&owner).is_ok()
        {
            batch.insert(reacted_key(handle, place.seq), []);
        }
    }

    /// A reaction isn't there any longer.
    pub(in crate::store) fn forget_reaction(&self, batch: &mut Batch, handle: Handle, seq: u64) {
        batch.remove(reacted_key(handle, seq));
    }

    /// A post goes: what is carried of reactions to it is looked at once more.
    pub(in crate::store) fn review_reactions(
        &self,
        batch: &mut Batch,
        target: &EntryId,
        audience: &Audience,
    ) -> Result<(), StoreError> {
        let Space::Friends(owner) = audience.space else {
            return Ok(());
        };
        if self.account(&owner).is_err() {
            return Ok(());
        }
        let prefix = view_key(CARRIED_REACTIONS, target.as_bytes());
        for reaction in self.carried_below(&prefix, &owner)? {
            if let Some(meta) = self.logs.get(&reaction.place.log) {
                batch.insert(reacted_key(meta.handle, reaction.place.seq), []);
            }
        }
        Ok(())
    }

    /// The rows of reactions that are to be looked at, so many of those behind the one at `after`.
    pub(in crate::store) fn reacted(
        &self,
        after: Option<&[u8]>,
        most: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let first = view_key(REACTED, &[]);
        let from = after.map_or(first, |after| [after, &[0]].concat());
        let rows = self.db.range(&from, &view_key(REACTED + 1, &[]));
        rows.take(most).map(|row| Ok(row?.0)).collect()
    }

    /// The reaction that such a row is of, if it was sealed for that space, and whose it is.
    pub(in crate::store) fn reaction_of(
        &self,
        row: &[u8],
        space: &Space,
    ) -> Result<Option<(Identity, Reaction)>, StoreError> {
        let Some(place) = place_of(self, row) else {
            return Ok(None);
        };
        Ok(match self.opened(&place)? {
            Some(Opened {
                content: Content::Reaction(reaction),
                audience,
            }) if audience.space == *space => Some((place.log.identity, reaction)),
            _ => None,
        })
    }
}
