//! What an owner serves on of what friends said in their space.
//!
//! ```text
//! CARRIED       id of what is carried ‖ log and sequence of what carries it
//! CARRIED_AT    BLAKE3 of the place of what is carried ‖ likewise → that place
//! CARRIED_EDITS BLAKE3 of the place of the post ‖ log and sequence of what carries the edit
//! ```
//!
//! Edits and reactions have no row in CARRIED. What carries a post stands in an order of its own too, in which it is
//! looked for. Of reactions more in `carried_reactions`. Each time it is read it is checked again: what is known of the author's devices may have changed.

use std::collections::BTreeSet;

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::bounds::TIME_MS_MAX;
use hearth_protocol::codec::{Bytes, decode_trusted, encode};
use hearth_protocol::content::{Carried, Content, Edit};
use hearth_protocol::entry::{Entry, EntryId, LogKey, LogNumber, Place};
use hearth_protocol::root::Bound;
use hearth_protocol::space::Space;

use super::opening::place_of;
use super::{Audience, Opened, carried_reactions};
use crate::store::db::Batch;
use crate::store::logs::{Logs, StoreError};
use crate::store::photos::picture_keys;
use crate::store::rows::{Handle, key};
use crate::store::timeline::SeenPost;
use crate::store::views::{REPLIES, view_key};

const CARRIED: u8 = 44;
const CARRIED_AT: u8 = 45;
const CARRIED_EDITS: u8 = 46;
/// Copies of one thing that are looked at: its owner needs one.
const COPIES_MAX: usize = 16;
/// Edits of one post that are looked at, those that were carried last: whoever edits more often and has only older ones carried
/// after these is shown as they were then.
const EDITS_MAX: usize = 64;

/// A place in a row is shorter.
const PLACE_BYTES_MAX: usize = 128;

/// What an account carries that its author let go.
#[derive(Debug, Default)]
pub(crate) struct LetGo {
    /// What carries it.
    pub(crate) carriers: BTreeSet<Place>,
    /// Their rows.
    pub(in crate::store) rows: Vec<Vec<u8>>,
    /// The last row that was looked at, if there may be more.
    pub(crate) last: Option<Vec<u8>>,
}

/// What is carried.
pub(super) struct Inner {
    entry: Entry,
    content: Content,
    audience: Audience,
}

impl Inner {
    fn is_post(&self) -> bool {
        matches!(self.content, Content::Post(_))
    }
}

/// Keys and values.
fn rows_of(inner: &Inner, handle: Handle, seq: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let at = &key(0, handle, seq)[1..];
    let here = encode(&(handle, seq));
    let row = |view: u8, rest: &[u8]| (view_key(view, &[rest, at].concat()), here.clone());
    let place = inner.entry.place();
    let at_place = (row(CARRIED_AT, &hash_of(&place)).0, place.to_bytes());
    match &inner.content {
        Content::Post(post) => {
            let mut rows = vec![at_place, row(CARRIED, inner.entry.id().as_bytes())];
            let pictures = picture_keys(&post.photos, handle, seq).into_iter();
            rows.extend(pictures.map(|key| (key, Vec::new())));
            rows.extend(
                post.reply_to
                    .map(|parent| row(REPLIES, parent.id.as_bytes())),
            );
            rows
        }
        Content::Edit(edit) => {
            let target = edit.target.place(place.log.identity);
            vec![at_place, row(CARRIED_EDITS, &hash_of(&target))]
        }
        Content::Reaction(reaction) => {
            let (key, value) = carried_reactions::row_of(reaction, &inner.entry);
            vec![at_place, ([&key[..], at].concat(), value)]
        }
        _ => Vec::new(),
    }
}

pub(super) fn place_from(bytes: &[u8]) -> Option<Place> {
    let (identity, device, log, seq): (Bytes<32>, Bytes<32>, LogNumber, u64) =
        decode_trusted(bytes, PLACE_BYTES_MAX).ok()?;
    Some(Place {
        log: LogKey {
            identity: Identity::from_bytes(identity.0),
            device: DeviceId::from_bytes(device.0),
            log,
        },
        seq,
    })
}

fn hash_of(place: &Place) -> [u8; 32] {
    *blake3::hash(&place.to_bytes()).as_bytes()
}

impl Logs {
    /// What an entry carries, if its author is the owner of the space that it is for, it is another's, and a key of that
    /// space opens it in its own place. Whether that other signed it isn't looked at.
    fn unsigned_inner(
        &self,
        place: &Place,
        audience: &Audience,
        carried: &Carried,
    ) -> Option<Inner> {
        let owner = place.log.identity;
        let entry = &carried.entry.entry;
        let at = entry.place();
        let is_anothers = at.log.identity != owner && at.log.log.is_social();
        if audience.space != Space::Friends(owner) || !is_anothers || !carried.entry.body_matches()
        {
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

    /// What an entry carries, if it holds and a device of its author signed it.
    fn inner(&self, place: &Place, audience: &Audience, carried: &Carried) -> Option<Inner> {
        let inner = self.unsigned_inner(place, audience, carried)?;
        let entry = &inner.entry;
        let at = entry.place();
        let mut statements = self.statements(&at.log.identity);
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
        let holds = is_bound && is_certified && entry.verify().is_ok();
        holds.then_some(inner)
    }

    /// Takes what is carried into the views; says whether it is a post.
    pub(in crate::store) fn show_carried(
        &self,
        batch: &mut Batch,
        (place, handle): (&Place, Handle),
        audience: &Audience,
        carried: &Carried,
    ) -> Result<bool, StoreError> {
        let Some(inner) = self.inner(place, audience, carried) else {
            return Ok(false);
        };
        self.forget_edited(&inner)?;
        for (key, value) in rows_of(&inner, handle, place.seq) {
            batch.insert(key, value);
        }
        let (header, id) = (inner.entry.header(), inner.entry.id());
        self.notify_of(
            batch,
            (header.place.log.identity, id, (handle, place.seq)),
            (&inner.content, &inner.audience.space),
            header.time_ms,
        )?;
        Ok(inner.is_post())
    }

    /// What an edit that is carried changes has another text from now on.
    fn forget_edited(&self, inner: &Inner) -> Result<(), StoreError> {
        let Content::Edit(edit) = &inner.content else {
            return Ok(());
        };
        let target = edit.target.place(inner.entry.place().log.identity);
        for carrier in self.carriers(&view_key(CARRIED_AT, &hash_of(&target)), usize::MAX)? {
            if let Some(meta) = self.logs.get(&carrier.log) {
                self.signatures.forget(meta.handle, carrier.seq);
            }
        }
        Ok(())
    }

    /// Takes it out again, also where it holds no longer: its author's device was cut off meanwhile, say.
    pub(in crate::store) fn hide_carried(
        &self,
        batch: &mut Batch,
        (place, handle): (&Place, Handle),
        audience: &Audience,
        carried: &Carried,
    ) {
        if let Some(inner) = self.unsigned_inner(place, audience, carried) {
            for (key, _) in rows_of(&inner, handle, place.seq) {
                batch.remove(key);
            }
        }
    }

    /// What the entry at a place carries.
    pub(super) fn inner_at(&self, place: &Place) -> Result<Option<Inner>, StoreError> {
        let opened = self.opened(place)?;
        Ok(opened.and_then(|opened| match &opened.content {
            Content::Carried(carried) => self.inner(place, &opened.audience, carried),
            _ => None,
        }))
    }

    /// Whether the author themselves let a place's body go, so far as is known here.
    pub(in crate::store) fn is_deleted(&self, place: &Place) -> Result<bool, StoreError> {
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
        match self.inner_at(place)? {
            Some(inner) => self.post_of(place, inner),
            None => Ok(None),
        }
    }

    /// The post that this is, which the entry at a place carries.
    fn post_of(&self, place: &Place, inner: Inner) -> Result<Option<SeenPost>, StoreError> {
        let Content::Post(mut post) = inner.content else {
            return Ok(None);
        };
        let at = inner.entry.place();
        if self.is_deleted(&at)? {
            return Ok(None);
        }
        let edit = self.carried_edit(&at, &inner.audience)?;
        let edited = edit.is_some();
        if let Some(edit) = edit {
            edit.apply(&mut post);
        }
        let time_ms = inner.entry.header().time_ms;
        let carrier = self.entry(place)?;
        let (carried_ms, kept) = carrier.map_or((TIME_MS_MAX, None), |(entry, item)| {
            (entry.header().time_ms, item.local_id)
        });
        Ok(Some(SeenPost {
            local_id: kept.unwrap_or(carried_ms << 16),
            id: inner.entry.id(),
            place: at,
            time_ms,
            edited,
            post,
            space: inner.audience.space,
            boosted_by: None,
        }))
    }

    /// The newest edit of a carried post that is carried, too: of those that were carried last, as each is opened and checked
    /// whenever the post is read.
    fn carried_edit(&self, post: &Place, audience: &Audience) -> Result<Option<Edit>, StoreError> {
        let mut newest: Option<(u64, EntryId, Edit)> = None;
        let edits = self.db.prefixed(&view_key(CARRIED_EDITS, &hash_of(post)));
        for row in edits.rev().take(EDITS_MAX) {
            let carrier = place_of(self, &row?.0);
            let inner = carrier.map(|carrier| self.inner_at(&carrier)).transpose()?;
            let Some(inner) = inner.flatten() else {
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
                newest = Some((age.0, age.1, edit.clone()));
            }
        }
        Ok(newest.map(|(_, _, edit)| edit))
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

    /// The post that the entry at a place carries, if what is shown of the post is this: neither is the post held and
    /// read, nor does an earlier row carry it.
    pub(in crate::store) fn carried_once(
        &self,
        carrier: &Place,
    ) -> Result<Option<SeenPost>, StoreError> {
        // Its edits only once it is sure that it shows.
        let Some(inner) = self.inner_at(carrier)? else {
            return Ok(None);
        };
        let at = inner.entry.place();
        if !inner.is_post() || self.held_post(&at)?.is_some() {
            return Ok(None);
        }
        for other in self.carriers(&view_key(CARRIED_AT, &hash_of(&at)), COPIES_MAX)? {
            if other == *carrier {
                return self.post_of(carrier, inner);
            }
            let earlier = self.inner_at(&other)?;
            if earlier.is_some_and(|earlier| earlier.is_post() && earlier.entry.place() == at) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Whether an edit of a post is carried.
    pub(in crate::store) fn has_carried_edits(&self, post: &Place) -> Result<bool, StoreError> {
        let edits = view_key(CARRIED_EDITS, &hash_of(post));
        Ok(self.db.prefixed(&edits).next().transpose()?.is_some())
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

    /// Where entries of `owner` lie that carry the entry with this id.
    pub(crate) fn carriers_of(
        &self,
        owner: &Identity,
        id: &EntryId,
    ) -> Result<Vec<Place>, StoreError> {
        let mut carriers = self.carriers(&view_key(CARRIED, id.as_bytes()), usize::MAX)?;
        carriers.retain(|carrier| carrier.log.identity == *owner);
        Ok(carriers)
    }

    /// Which edits of a post `owner` carries.
    pub(crate) fn carried_edits_of(
        &self,
        owner: &Identity,
        post: &Place,
    ) -> Result<BTreeSet<EntryId>, StoreError> {
        let mut edits = BTreeSet::new();
        for carrier in self.carriers(&view_key(CARRIED_EDITS, &hash_of(post)), usize::MAX)? {
            if carrier.log.identity == *owner {
                edits.extend(self.inner_at(&carrier)?.map(|inner| inner.entry.id()));
            }
        }
        Ok(edits)
    }

    /// What `owner` carries though its author let it go, in all copies: looks at so many rows after the one at `after`.
    pub(crate) fn let_go(
        &self,
        owner: &Identity,
        after: Option<&[u8]>,
        rows: usize,
    ) -> Result<LetGo, StoreError> {
        let first = view_key(CARRIED_AT, &[]);
        let from = after.map_or(first, |after| [after, &[0]].concat());
        let mut let_go = LetGo::default();
        let mut seen = 0;
        for row in self.db.range(&from, &view_key(CARRIED_AT + 1, &[])) {
            let (key, value) = row?;
            seen += 1;
            if let (Some(carrier), Some(place)) = (place_of(self, &key), place_from(&value))
                && carrier.log.identity == *owner
                && self.is_deleted(&place)?
            {
                let_go.carriers.insert(carrier);
                let_go.rows.push(key.clone());
            }
            if seen == rows {
                let_go.last = Some(key);
                break;
            }
        }
        Ok(let_go)
    }
}
