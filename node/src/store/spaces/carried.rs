//! What an owner serves on of what friends said in their space.
//!
//! ```text
//! CARRIED       id of what is carried ‖ log and sequence of what carries it
//! CARRIED_AT    BLAKE3 of the place of what is carried ‖ likewise
//! CARRIED_EDITS BLAKE3 of the place of the post ‖ log and sequence of what carries the edit
//! ```
//!
//! Each time it is read it is checked again: what is known of the author's devices may have changed.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::bounds::TIME_MS_MAX;
use hearth_protocol::content::{Carried, Content, Post};
use hearth_protocol::entry::{Entry, EntryId, Place};
use hearth_protocol::root::Bound;
use hearth_protocol::space::Space;

use super::opening::place_of;
use super::{Audience, Opened};
use crate::store::db::Batch;
use crate::store::logs::{Logs, StoreError};
use crate::store::rows::{Handle, key};
use crate::store::timeline::SeenPost;
use crate::store::views::{REPLIES, view_key};

const CARRIED: u8 = 44;
const CARRIED_AT: u8 = 45;
const CARRIED_EDITS: u8 = 46;
/// Copies of one thing that are looked at: its owner needs one.
const COPIES_MAX: usize = 16;

/// What is carried, once it holds.
struct Inner {
    entry: Entry,
    content: Content,
    audience: Audience,
}

fn rows_of(inner: &Inner, handle: Handle, seq: u64) -> Vec<Vec<u8>> {
    let at = &key(0, handle, seq)[1..];
    let row = |view: u8, rest: &[u8]| view_key(view, &[rest, at].concat());
    match &inner.content {
        Content::Post(post) => {
            let mut rows = vec![
                row(CARRIED, inner.entry.id().as_bytes()),
                row(CARRIED_AT, &hash_of(&inner.entry.place())),
            ];
            rows.extend(
                post.reply_to
                    .map(|parent| row(REPLIES, parent.id.as_bytes())),
            );
            rows
        }
        Content::Edit(edit) => {
            let target = edit.target.place(inner.entry.place().log.identity);
            vec![row(CARRIED_EDITS, &hash_of(&target))]
        }
        _ => Vec::new(),
    }
}

fn hash_of(place: &Place) -> [u8; 32] {
    *blake3::hash(&place.to_bytes()).as_bytes()
}

impl Logs {
    /// What an entry carries, if its author is the owner of the space that it is for, what is carried is signed by a device
    /// of another, and a key of that space opens it in its own place.
    fn inner(&self, place: &Place, audience: &Audience, carried: &Carried) -> Option<Inner> {
        let owner = place.log.identity;
        let entry = &carried.entry.entry;
        let at = entry.place();
        let author = at.log.identity;
        if audience.space != Space::Friends(owner) || author == owner || !at.log.log.is_social() {
            return None;
        }
        let mut statements = self.statements(&author);
        statements
            .merge(carried.statements.iter().map(Vec::as_slice))
            .ok()?;
        let is_bound = match statements.bound(&at.log.device, at.log.log) {
            Bound::Open => true,
            Bound::EndsAt(end) if at.seq == end.seq => entry.id() == end.id,
            Bound::EndsAt(end) => at.seq < end.seq,
            Bound::Void => false,
        };
        let is_certified = statements.devices().contains_key(&at.log.device);
        if !is_bound || !is_certified || !carried.entry.body_matches() || entry.verify().is_err() {
            return None;
        }
        let Opened { content, audience } =
            self.spaces
                .keyring
                .open_in(&audience.space, &at, &carried.entry.body)?;
        Some(Inner {
            entry: entry.clone(),
            content,
            audience,
        })
    }

    /// Takes what is carried into the views.
    pub(in crate::store) fn show_carried(
        &self,
        batch: &mut Batch,
        (place, handle): (&Place, Handle),
        audience: &Audience,
        carried: &Carried,
    ) {
        if let Some(inner) = self.inner(place, audience, carried) {
            for row in rows_of(&inner, handle, place.seq) {
                batch.insert(row, hearth_protocol::codec::encode(&(handle, place.seq)));
            }
        }
    }

    /// Takes it out again.
    pub(in crate::store) fn hide_carried(
        &self,
        batch: &mut Batch,
        (place, handle): (&Place, Handle),
        audience: &Audience,
        carried: &Carried,
    ) {
        if let Some(inner) = self.inner(place, audience, carried) {
            for row in rows_of(&inner, handle, place.seq) {
                batch.remove(row);
            }
        }
    }

    /// What the entry at a place carries.
    fn inner_at(&self, place: &Place) -> Result<Option<Inner>, StoreError> {
        let opened = self.opened(place)?;
        Ok(opened.and_then(|opened| match &opened.content {
            Content::Carried(carried) => self.inner(place, &opened.audience, carried),
            _ => None,
        }))
    }

    /// Whether the author themselves let a place's body go, so far as is known here.
    fn is_deleted(&self, place: &Place) -> Result<bool, StoreError> {
        match self.logs.get(&place.log) {
            Some(meta) => Ok(self.tombstone(meta.handle, place.seq)?.is_some()),
            None => Ok(false),
        }
    }

    /// The post that the entry at a place carries.
    pub(in crate::store) fn carried_by(
        &self,
        place: &Place,
    ) -> Result<Option<SeenPost>, StoreError> {
        let Some(inner) = self.inner_at(place)? else {
            return Ok(None);
        };
        let Content::Post(post) = inner.content else {
            return Ok(None);
        };
        let at = inner.entry.place();
        if self.is_deleted(&at)? {
            return Ok(None);
        }
        let edit = self.carried_edit(&at, &inner.audience)?;
        let time_ms = inner.entry.header().time_ms;
        let carried_ms = self
            .entry(place)?
            .map_or(TIME_MS_MAX, |(entry, _)| entry.header().time_ms);
        Ok(Some(SeenPost {
            local_id: time_ms.min(carried_ms) << 16,
            id: inner.entry.id(),
            place: at,
            time_ms,
            edited: edit.is_some(),
            post: Post {
                text: edit.unwrap_or(post.text),
                ..post
            },
            space: inner.audience.space,
            epoch: inner.audience.epoch,
        }))
    }

    /// The text of the newest edit of a carried post that is carried, too.
    fn carried_edit(
        &self,
        post: &Place,
        audience: &Audience,
    ) -> Result<Option<String>, StoreError> {
        let mut newest: Option<(u64, EntryId, String)> = None;
        for carrier in self.carriers(&view_key(CARRIED_EDITS, &hash_of(post)), usize::MAX)? {
            let Some(inner) = self.inner_at(&carrier)? else {
                continue;
            };
            let header = inner.entry.header();
            let Content::Edit(edit) = &inner.content else {
                continue;
            };
            let is_of_it = edit.target.place(header.place.log.identity) == *post
                && inner.audience.space == audience.space
                && !self.is_deleted(&header.place)?;
            let age = (header.time_ms, inner.entry.id());
            if is_of_it && newest.as_ref().is_none_or(|(ms, id, _)| (*ms, *id) < age) {
                newest = Some((age.0, age.1, edit.text.clone()));
            }
        }
        Ok(newest.map(|(_, _, text)| text))
    }

    /// Where entries lie that carry something.
    fn carriers(&self, prefix: &[u8], most: usize) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::new();
        for row in self.db.prefixed(prefix).take(most.min(4096)) {
            places.extend(place_of(self, &row?.0));
        }
        Ok(places)
    }

    /// The post that lies at a place, as somebody carries it.
    pub(in crate::store) fn carried_at(
        &self,
        place: &Place,
    ) -> Result<Option<SeenPost>, StoreError> {
        self.first_carried(&view_key(CARRIED_AT, &hash_of(place)), |post| {
            post.place == *place
        })
    }

    /// The post with an id, as somebody carries it.
    pub(in crate::store) fn carried_as(
        &self,
        id: &EntryId,
    ) -> Result<Option<SeenPost>, StoreError> {
        self.first_carried(&view_key(CARRIED, id.as_bytes()), |post| post.id == *id)
    }

    fn first_carried(
        &self,
        prefix: &[u8],
        is_it: impl Fn(&SeenPost) -> bool,
    ) -> Result<Option<SeenPost>, StoreError> {
        for carrier in self.carriers(prefix, COPIES_MAX)? {
            let post = self.carried_by(&carrier)?;
            if let Some(post) = post.filter(&is_it) {
                return Ok(Some(post));
            }
        }
        Ok(None)
    }

    /// Where an own entry lies that carries the entry with this id: what the owner deletes when it goes.
    pub(crate) fn carriers_of(&self, id: &EntryId) -> Result<Vec<Place>, StoreError> {
        self.carriers(&view_key(CARRIED, id.as_bytes()), usize::MAX)
    }

    /// Which edits of a post are carried.
    pub(crate) fn carried_edits_of(&self, post: &Place) -> Result<BTreeSet<EntryId>, StoreError> {
        let mut edits = BTreeSet::new();
        for carrier in self.carriers(&view_key(CARRIED_EDITS, &hash_of(post)), usize::MAX)? {
            edits.extend(self.inner_at(&carrier)?.map(|inner| inner.entry.id()));
        }
        Ok(edits)
    }

    /// All that an owner carries: where it lies, and where what carries it does.
    pub(crate) fn all_carried_by(
        &self,
        owner: &Identity,
    ) -> Result<BTreeMap<Place, Place>, StoreError> {
        let mut carried = BTreeMap::new();
        for view in [CARRIED, CARRIED_EDITS] {
            for row in self.db.prefixed(&view_key(view, &[])) {
                let Some(carrier) = place_of(self, &row?.0) else {
                    continue;
                };
                if carrier.log.identity == *owner
                    && let Some(inner) = self.inner_at(&carrier)?
                {
                    carried.insert(inner.entry.place(), carrier);
                }
            }
        }
        Ok(carried)
    }

    /// Whether the author let what lies at a place go.
    pub(crate) fn is_let_go(&self, place: &Place) -> Result<bool, StoreError> {
        self.is_deleted(place)
    }
}
