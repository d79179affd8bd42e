//! Reading posts: timelines, threads, one by its id.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{EntryId, Place};

use super::logs::{Logs, StoreError};
use super::order::Item;
use super::rows::{Handle, number_of};
use super::views::{
    EDITS, EditRow, ID_PREFIX_BYTES, IDS, IDS_PER_ROW, REPLIES, ROW_BYTES_MAX, id_prefix, order,
    order_of_author, place_key, view_key,
};

/// How far up and how wide a thread is followed.
const THREAD_DEPTH_MAX: usize = 100;
const THREAD_POSTS_MAX: usize = 1000;

/// A post as it is read.
#[derive(Debug, Clone)]
pub(crate) struct SeenPost {
    /// Where it sorts.
    pub(crate) local_id: u64,
    /// Its id.
    pub(crate) id: EntryId,
    /// Where it lies.
    pub(crate) place: Place,
    /// The claimed time.
    pub(crate) time_ms: u64,
    /// What it says, the newest edit's text in place of its own.
    pub(crate) post: Post,
    /// Whether there was an edit.
    pub(crate) edited: bool,
}

impl Logs {
    /// Posts of `authors` below `before`, newest first, `limit` at most.
    pub(crate) fn timeline(
        &self,
        authors: &BTreeSet<Identity>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let logs = self.handles_of(authors);
        self.collect(
            order().below(&self.db, before),
            |item| logs.contains(&item.log),
            limit,
        )
    }

    pub(super) fn handles_of(&self, authors: &BTreeSet<Identity>) -> BTreeSet<Handle> {
        self.logs
            .iter()
            .filter(|(log, _)| authors.contains(&log.identity))
            .map(|(_, meta)| meta.handle)
            .collect()
    }

    /// Posts of `authors` above `after`, oldest first, `limit` at most.
    pub(crate) fn newer(
        &self,
        authors: &BTreeSet<Identity>,
        after: u64,
        limit: usize,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let logs = self.handles_of(authors);
        self.collect(
            order().above(&self.db, after)?,
            |item| logs.contains(&item.log),
            limit,
        )
    }

    /// One author's posts below `before`, newest first.
    pub(crate) fn posts(
        &self,
        author: &Identity,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let Some(handle) = self.identities.get(author) else {
            return Ok(Vec::new());
        };
        self.collect(
            order_of_author(*handle).below(&self.db, before),
            |_| true,
            limit,
        )
    }

    pub(super) fn collect(
        &self,
        items: impl Iterator<Item = Result<Item, super::db::DbError>>,
        wanted: impl Fn(&Item) -> bool,
        limit: usize,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let mut posts = Vec::with_capacity(limit.min(64));
        for item in items {
            let item = item?;
            if posts.len() == limit {
                break;
            }
            if wanted(&item) {
                posts.extend(self.seen(item.log, item.seq)?);
            }
        }
        Ok(posts)
    }

    pub(super) fn seen(&self, handle: Handle, seq: u64) -> Result<Option<SeenPost>, StoreError> {
        let Some(log) = self.by_handle.get(&handle) else {
            return Ok(None);
        };
        self.post_at(&Place { log: *log, seq })
    }

    /// The post that lies at a place.
    pub(crate) fn post_at(&self, place: &Place) -> Result<Option<SeenPost>, StoreError> {
        let Some((entry, item)) = self.entry(place)? else {
            return Ok(None);
        };
        let Some(link) = self.link(place)? else {
            return Ok(None);
        };
        let Some(Content::Post(mut post)) = link.body.and_then(|body| self.open_body(place, &body))
        else {
            return Ok(None);
        };
        let edit = self.newest_edit(place)?;
        let edited = edit.is_some();
        if let Some(text) = edit {
            post.text = text;
        }
        let time_ms = entry.header().time_ms;
        let local_id = item.local_id.unwrap_or(time_ms << 16);
        Ok(Some(SeenPost {
            local_id,
            id: entry.id(),
            place: *place,
            time_ms,
            post,
            edited,
        }))
    }

    pub(super) fn newest_edit(&self, place: &Place) -> Result<Option<String>, StoreError> {
        let Some((_, at)) = self.edits(place)?.pop_last() else {
            return Ok(None);
        };
        let body = self.link(&at)?.and_then(|link| link.body);
        match body.and_then(|body| self.open_body(&at, &body)) {
            Some(Content::Edit(edit)) => Ok(Some(edit.text)),
            _ => Ok(None),
        }
    }

    /// The edits of a post that are held, by age: what a delete of the post names as well.
    pub(crate) fn edits(
        &self,
        place: &Place,
    ) -> Result<BTreeMap<(u64, Bytes<32>), Place>, StoreError> {
        let mut edits = BTreeMap::new();
        let Some(meta) = self.logs.get(&place.log) else {
            return Ok(edits);
        };
        for row in self.db.prefixed(&place_key(EDITS, meta.handle, place.seq)) {
            let (key, value) = row?;
            let age: EditRow = decode_trusted(&value, ROW_BYTES_MAX)?;
            let handle = key
                .get(14..18)
                .and_then(|bytes| bytes.try_into().ok())
                .map(Handle::from_be_bytes);
            if let Some(log) = handle.and_then(|handle| self.by_handle.get(&handle)) {
                edits.insert(
                    age,
                    Place {
                        log: *log,
                        seq: number_of(&key),
                    },
                );
            }
        }
        Ok(edits)
    }

    /// Where the entry with this id lies.
    pub(crate) fn find(&self, id: &EntryId) -> Result<Option<Place>, StoreError> {
        let prefix = id_prefix(id);
        for row in self.db.prefixed(&view_key(IDS, &[])) {
            let (key, value) = row?;
            let candidates = (0u64..)
                .zip(value.chunks_exact(ID_PREFIX_BYTES))
                .filter(|(_, at)| *at == prefix);
            for (at, _) in candidates {
                let handle = key
                    .get(2..6)
                    .and_then(|bytes| bytes.try_into().ok())
                    .map(Handle::from_be_bytes);
                let Some(log) = handle.and_then(|handle| self.by_handle.get(&handle)) else {
                    continue;
                };
                let place = Place {
                    log: *log,
                    seq: number_of(&key) * IDS_PER_ROW + at,
                };
                if self
                    .entry(&place)?
                    .is_some_and(|(entry, _)| entry.id() == *id)
                {
                    return Ok(Some(place));
                }
            }
        }
        Ok(None)
    }

    /// The thread that a post is in: from its root, every answer that is held, newest first.
    pub(crate) fn thread(&self, id: &EntryId) -> Result<Vec<SeenPost>, StoreError> {
        let Some(place) = self.find(id)? else {
            return Ok(Vec::new());
        };
        let Some(mut root) = self.post_at(&place)? else {
            return Ok(Vec::new());
        };
        for _ in 0..THREAD_DEPTH_MAX {
            let parent = root
                .post
                .reply_to
                .map(|parent| self.post_at(&parent.place))
                .transpose()?
                .flatten();
            match parent {
                Some(parent)
                    if root
                        .post
                        .reply_to
                        .is_some_and(|named| named.id == parent.id) =>
                {
                    root = parent
                }
                _ => break,
            }
        }
        let (mut posts, mut next) = (vec![root], 0);
        while next < posts.len() && posts.len() < THREAD_POSTS_MAX {
            for row in self
                .db
                .prefixed(&view_key(REPLIES, posts[next].id.as_bytes()))
            {
                let (handle, seq): (Handle, u64) = decode_trusted(&row?.1, ROW_BYTES_MAX)?;
                posts.extend(self.seen(handle, seq)?);
            }
            next += 1;
        }
        posts.truncate(THREAD_POSTS_MAX);
        posts.sort_by_key(|post| std::cmp::Reverse(post.local_id));
        posts.dedup_by_key(|post| post.id);
        Ok(posts)
    }
}
