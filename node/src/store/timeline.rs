//! Reading posts: timelines, threads, one by its id.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{Entry, EntryId, Place};

use super::db::DbError;
use super::logs::{Logs, StoreError};
use super::order::Item;
use super::rows::{Handle, KeptItem, number_of};
use super::views::{
    EDITS, EditRow, ID_PREFIX_BYTES, IDS, IDS_PER_ROW, REPLIES, ROW_BYTES_MAX, id_prefix, order,
    order_of_author, place_key, view_key,
};

/// How far up and how wide a thread is followed.
const THREAD_DEPTH_MAX: usize = 100;
const THREAD_POSTS_MAX: usize = 1000;
/// How far the order of all is read for a page. Whoever follows few of many, or people who wrote long ago, would wait for
/// all that others wrote: beyond, the orders of those authors are merged.
const SCANNED_ITEMS_MAX: usize = 1024;

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

/// A page of posts while it grows, and the rows that were read for it: neighbours in a row are often neighbours on the
/// page.
struct Gathered<'a> {
    posts: Vec<SeenPost>,
    limit: usize,
    shows: &'a dyn Fn(&SeenPost) -> bool,
    rows: BTreeMap<Handle, Vec<(Entry, KeptItem)>>,
}

impl<'a> Gathered<'a> {
    fn new(limit: usize, shows: &'a dyn Fn(&SeenPost) -> bool) -> Self {
        Self {
            posts: Vec::with_capacity(limit.min(64)),
            limit,
            shows,
            rows: BTreeMap::new(),
        }
    }

    /// Adds what an item stands for, if it can be seen; says whether the page is full.
    fn is_full_with(&mut self, logs: &Logs, item: &Item) -> Result<bool, StoreError> {
        if self.posts.len() < self.limit {
            let seen = self.seen(logs, item)?;
            self.posts.extend(seen.filter(|seen| (self.shows)(seen)));
        }
        Ok(self.posts.len() >= self.limit)
    }

    fn seen(&mut self, logs: &Logs, item: &Item) -> Result<Option<SeenPost>, StoreError> {
        if self.in_row(item).is_none() {
            let entries = logs.entries_up_to(item.log, item.seq)?;
            self.rows.insert(item.log, entries);
        }
        match self.in_row(item) {
            Some((entry, kept)) => logs.seen_as(entry, kept),
            None => Ok(None),
        }
    }

    fn in_row(&self, item: &Item) -> Option<&(Entry, KeptItem)> {
        let entries = self.rows.get(&item.log)?;
        let first = entries.first()?.0.place().seq;
        entries.get(usize::try_from(item.seq.checked_sub(first)?).ok()?)
    }
}

/// The items of all, the one with the highest rank first.
fn merged<R: Ord>(
    of_each: Vec<impl Iterator<Item = Result<Item, DbError>>>,
    rank: impl Fn(&Item) -> R,
) -> impl Iterator<Item = Result<Item, DbError>> {
    let mut sources = of_each;
    let mut heads: BinaryHeap<(R, usize, Item)> = BinaryHeap::new();
    let mut refill: Vec<usize> = (0..sources.len()).collect();
    std::iter::from_fn(move || {
        while let Some(number) = refill.pop() {
            match sources[number].next() {
                Some(Ok(item)) => heads.push((rank(&item), number, item)),
                Some(Err(error)) => return Some(Err(error)),
                None => {}
            }
        }
        let (_, number, item) = heads.pop()?;
        refill.push(number);
        Some(Ok(item))
    })
}

impl Logs {
    /// Posts of `authors` below `before` that `shows` lets through, newest first, `limit` at most.
    pub(crate) fn timeline(
        &self,
        authors: &BTreeSet<Identity>,
        before: Option<u64>,
        limit: usize,
        shows: &dyn Fn(&SeenPost) -> bool,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let mut page = Gathered::new(limit, shows);
        let mut last = before;
        for item in order().below(&self.db, before).take(SCANNED_ITEMS_MAX) {
            let item = item?;
            last = Some(item.local_id);
            if self.is_by(authors, &item) && page.is_full_with(self, &item)? {
                return Ok(page.posts);
            }
        }
        let below = |author| Ok(order_of_author(author).below(&self.db, last));
        let of_each = self.of_each(authors, below)?;
        self.gather(merged(of_each, |item| item.local_id), page)
    }

    /// Posts of `authors` above `after` that `shows` lets through, oldest first, `limit` at most.
    pub(crate) fn newer(
        &self,
        authors: &BTreeSet<Identity>,
        after: u64,
        limit: usize,
        shows: &dyn Fn(&SeenPost) -> bool,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let mut page = Gathered::new(limit, shows);
        let mut last = after;
        for item in order().above(&self.db, after)?.take(SCANNED_ITEMS_MAX) {
            let item = item?;
            last = item.local_id;
            if self.is_by(authors, &item) && page.is_full_with(self, &item)? {
                return Ok(page.posts);
            }
        }
        let above = |author| Ok(order_of_author(author).above(&self.db, last)?);
        let of_each = self.of_each(authors, above)?;
        self.gather(
            merged(of_each, |item| std::cmp::Reverse(item.local_id)),
            page,
        )
    }

    fn is_by(&self, authors: &BTreeSet<Identity>, item: &Item) -> bool {
        let log = self.by_handle.get(&item.log);
        log.is_some_and(|log| authors.contains(&log.identity))
    }

    /// The items of each author of whom something is held.
    fn of_each<I>(
        &self,
        authors: &BTreeSet<Identity>,
        items: impl Fn(Handle) -> Result<I, StoreError>,
    ) -> Result<Vec<I>, StoreError> {
        let handles = authors
            .iter()
            .filter_map(|author| self.identities.get(author));
        handles.map(|handle| items(*handle)).collect()
    }

    /// One author's posts below `before` that `shows` lets through, newest first.
    pub(crate) fn posts(
        &self,
        author: &Identity,
        before: Option<u64>,
        limit: usize,
        shows: &dyn Fn(&SeenPost) -> bool,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let Some(handle) = self.identities.get(author) else {
            return Ok(Vec::new());
        };
        let items = order_of_author(*handle).below(&self.db, before);
        self.gather(items, Gathered::new(limit, shows))
    }

    fn gather(
        &self,
        items: impl Iterator<Item = Result<Item, DbError>>,
        mut page: Gathered<'_>,
    ) -> Result<Vec<SeenPost>, StoreError> {
        for item in items {
            if page.is_full_with(self, &item?)? {
                break;
            }
        }
        Ok(page.posts)
    }

    pub(super) fn seen(&self, handle: Handle, seq: u64) -> Result<Option<SeenPost>, StoreError> {
        let Some(log) = self.by_handle.get(&handle) else {
            return Ok(None);
        };
        self.post_at(&Place { log: *log, seq })
    }

    /// The post that lies at a place.
    pub(crate) fn post_at(&self, place: &Place) -> Result<Option<SeenPost>, StoreError> {
        match self.entry(place)? {
            Some((entry, item)) => self.seen_as(&entry, &item),
            None => Ok(None),
        }
    }

    /// The post that an entry is, as it is kept.
    fn seen_as(&self, entry: &Entry, item: &KeptItem) -> Result<Option<SeenPost>, StoreError> {
        let place = &entry.place();
        let body = self.body_of(place, &item.body)?;
        let Some(Content::Post(mut post)) = body.and_then(|body| self.open_body(place, &body))
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
