//! Boosts: of each author and post the newest word counts.
//!
//! A boost that stands is in the orders of posts at its own place; who boosts a post once more moves it. Whoever reads a timeline meets a post at several places then,
//! and sees it at the highest.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::content::{Content, Reference};
use hearth_protocol::entry::{Entry, EntryId, Place};
use hearth_protocol::space::Space;

use super::logs::{Logs, StoreError};
use super::order::Item;
use super::registers::Hidden;
use super::rows::{Handle, KeptItem};
use super::spaces::{Opened, SpaceHandle};
use super::timeline::{SeenPost, Wanted};
use super::views::{ROW_BYTES_MAX, view_key};

const BOOSTS: u8 = 52;
/// Boosts of one post that are read.
const READ_MAX: usize = 10_000;
/// Of these so many for each place in a timeline.
const READ_IN_TIMELINE_MAX: usize = 256;

/// (time, id, on, where it stands, the space that it is in, where it sorts)
pub(super) type BoostRow = (u64, Bytes<32>, bool, (Handle, u64), SpaceHandle, u64);

/// target ‖ author
pub(super) fn boost_key(target: &EntryId, author: Handle) -> Vec<u8> {
    let mut rest = target.as_bytes().to_vec();
    rest.extend_from_slice(&author.to_be_bytes());
    view_key(BOOSTS, &rest)
}

/// Somebody's boost that stands.
#[derive(Debug, Clone, Copy)]
struct Boosted {
    place: Place,
    local_id: u64,
}

impl Logs {
    /// Who boosts a post and may, in the post's space; without people whom the account blocks.
    pub(crate) fn boosters(
        &self,
        account: &Identity,
        post: &SeenPost,
        hidden: &Hidden,
    ) -> Result<BTreeSet<Identity>, StoreError> {
        let mut boosters = BTreeSet::new();
        for boost in self.boosts_of(&post.id, &post.space, READ_MAX)? {
            let author = boost.place.log.identity;
            if !hidden.blocked.contains(&author)
                && self.may_react(account, &post.space, &boost.place)?
            {
                boosters.insert(author);
            }
        }
        Ok(boosters)
    }

    /// Everybody's newest word on boosting a post: when they claim to have said it, who, and whether they do.
    pub(super) fn boost_times(
        &self,
        target: &EntryId,
    ) -> Result<Vec<(u64, Identity, bool)>, StoreError> {
        let mut words = Vec::new();
        let prefix = view_key(BOOSTS, target.as_bytes());
        for row in self.db.prefixed(&prefix).take(READ_MAX) {
            let (time_ms, _, on, (log, _), ..): BoostRow = decode_trusted(&row?.1, ROW_BYTES_MAX)?;
            let log = self.by_handle.get(&log);
            words.extend(log.map(|log| (time_ms, log.identity, on)));
        }
        Ok(words)
    }

    fn boosts_of(
        &self,
        target: &EntryId,
        space: &Space,
        most: usize,
    ) -> Result<Vec<Boosted>, StoreError> {
        let mut boosts = Vec::new();
        let Some(space) = self.spaces.handle(space) else {
            return Ok(boosts);
        };
        let prefix = view_key(BOOSTS, target.as_bytes());
        for row in self.db.prefixed(&prefix).take(most) {
            let (_, _, on, (log, seq), within, local_id): BoostRow =
                decode_trusted(&row?.1, ROW_BYTES_MAX)?;
            if let Some(log) = self.by_handle.get(&log)
                && on
                && within == space
            {
                let place = Place { log: *log, seq };
                boosts.push(Boosted { place, local_id });
            }
        }
        Ok(boosts)
    }

    /// When an account's last word on boosting a post claims to be from, and whether it stands.
    pub(crate) fn boost(
        &self,
        account: &Identity,
        target: &EntryId,
    ) -> Result<(u64, bool), StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok((0, false));
        };
        let row = self.db.value(&boost_key(target, *handle))?;
        let row: Option<BoostRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(row.map_or((0, false), |(time_ms, _, on, ..)| (time_ms, on)))
    }

    /// The post that an entry boosts, if it does, in the post's space.
    pub(super) fn boosted_by_entry(
        &self,
        entry: &Entry,
        item: &KeptItem,
    ) -> Result<Option<SeenPost>, StoreError> {
        let place = &entry.place();
        let body = self.body_of(place, &item.body)?;
        let opened = body.and_then(|body| self.open_body(place, &body));
        let Some(Opened {
            content: Content::Boost(boost),
            audience,
        }) = opened
        else {
            return Ok(None);
        };
        let Reference { place: at, id } = boost.target;
        if !boost.on || !self.counts(place, &audience)? {
            return Ok(None);
        }
        let post = self.post_at(&at)?;
        Ok(post.filter(|post| post.id == id && post.space == audience.space))
    }

    /// A post as it stands at one place of a timeline: at the highest of its own, if that is wanted, and of the boosts by
    /// people whose boosts are; nowhere else.
    pub(super) fn stands_at(
        &self,
        mut post: SeenPost,
        item: &Item,
        wanted: &Wanted<'_>,
    ) -> Result<Option<SeenPost>, StoreError> {
        let Some(reader) = wanted.boosts_for() else {
            return Ok((post.local_id == item.local_id).then_some(post));
        };
        // Whoever isn't to be seen isn't shown by others either.
        let hidden = self.hidden(&reader)?;
        if hidden.is_out_of_timelines(&post.place.log.identity) {
            return Ok(None);
        }
        let mut highest: Option<(u64, Option<Identity>)> = None;
        if wanted.has_post(&post) {
            highest = Some((post.local_id, None));
        }
        for boost in self.boosts_of(&post.id, &post.space, READ_IN_TIMELINE_MAX)? {
            let author = boost.place.log.identity;
            if wanted.wants_boosts_of(&author)
                && highest.is_none_or(|(local_id, _)| local_id < boost.local_id)
                && self.may_react(&reader, &post.space, &boost.place)?
            {
                highest = Some((boost.local_id, Some(author)));
            }
        }
        let Some((local_id, boosted_by)) = highest.filter(|(at, _)| *at == item.local_id) else {
            return Ok(None);
        };
        post.local_id = local_id;
        post.boosted_by = boosted_by;
        Ok(Some(post))
    }
}
