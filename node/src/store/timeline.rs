//! Reading posts: timelines, threads, one by its id.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::content::{Content, Edit, Post};
use hearth_protocol::entry::{Entry, EntryId, Place};
use hearth_protocol::space::Space;

use super::db::DbError;
use super::logs::{Logs, StoreError};
use super::order::{Item, Order};
use super::rows::{Handle, KeptItem, number_of};
use super::spaces::{Audience, Opened, SpaceHandle};
use super::views::{
    BOOSTED, EDITS, EditRow, ID_PREFIX_BYTES, IDS, IDS_PER_ROW, REPLIES, ROW_BYTES_MAX, id_prefix,
    order, order_of_author, order_of_space, place_key, view_key,
};

/// How far up and how wide a thread is followed.
const THREAD_DEPTH_MAX: usize = 100;
const THREAD_POSTS_MAX: usize = 1000;
/// Rows that are looked at for a page that everybody may ask for.
const PUBLIC_ROWS_MAX: usize = 20_000;
/// Boosts that are looked at for a page. Somebody can boost without end what nobody holds, and looking for it costs; beyond,
/// posts stand at their own places.
const BOOSTS_LOOKED_AT_MAX: usize = 2048;
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
    /// What it says, the newest edit's words in place of its own.
    pub(crate) post: Post,
    /// Whether there was an edit.
    pub(crate) edited: bool,
    /// Who can read it.
    pub(crate) space: Space,
    /// Whose boost it stands at, in a timeline.
    pub(crate) boosted_by: Option<Identity>,
}

/// Which posts a timeline is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// What these wrote, wherever it can be read,
    pub(crate) authors: BTreeSet<Identity>,
    /// what anybody wrote in these,
    pub(crate) spaces: BTreeSet<Space>,
    /// and nothing by these.
    pub(crate) hidden: BTreeSet<Identity>,
    /// Whose timeline it is, if posts also stand where others of the authors boosted them.
    pub(crate) boosts_for: Option<Identity>,
}

impl Filter {
    /// What these wrote.
    pub(crate) fn of_authors(authors: BTreeSet<Identity>) -> Self {
        Self {
            authors,
            ..Self::default()
        }
    }
}

/// A filter, with the handles of its spaces.
pub(super) struct Wanted<'a> {
    logs: &'a Logs,
    filter: &'a Filter,
    spaces: BTreeSet<SpaceHandle>,
}

impl<'a> Wanted<'a> {
    pub(super) fn of(logs: &'a Logs, filter: &'a Filter) -> Self {
        let spaces = filter.spaces.iter();
        let handles = spaces.filter(|space| **space != Space::Public);
        Self {
            logs,
            filter,
            spaces: handles
                .filter_map(|space| logs.spaces.handle(space))
                .collect(),
        }
    }

    pub(super) fn has(&self, item: &Item) -> bool {
        let Some(log) = self.logs.by_handle.get(&item.log) else {
            return false;
        };
        (self.spaces.contains(&item.space) || self.filter.authors.contains(&log.identity))
            && !self.filter.hidden.contains(&log.identity)
    }

    /// Whose timeline it is, if boosts count in it.
    pub(super) fn boosts_for(&self) -> Option<Identity> {
        self.filter.boosts_for
    }

    /// Whether a post is wanted by itself.
    pub(super) fn has_post(&self, post: &SeenPost) -> bool {
        let Filter {
            authors, hidden, ..
        } = self.filter;
        let author = &post.place.log.identity;
        let space = self.logs.spaces.handle(&post.space);
        let is_in = space.is_some_and(|space| self.spaces.contains(&space));
        (is_in || authors.contains(author)) && !hidden.contains(author)
    }

    /// Whether somebody's boosts count.
    pub(super) fn wants_boosts_of(&self, author: &Identity) -> bool {
        let Filter {
            authors,
            hidden,
            boosts_for,
            ..
        } = self.filter;
        authors.contains(author) && !hidden.contains(author) && *boosts_for != Some(*author)
    }

    /// The orders that what is wanted is in: of each author of whom something is held, and of each space.
    fn orders(&self) -> Vec<Order> {
        let authors = self.filter.authors.iter();
        let authors = authors.filter_map(|author| self.logs.identities.get(author));
        let authors = authors.map(|author| order_of_author(*author));
        let spaces = self.spaces.iter().map(|space| order_of_space(*space));
        authors.chain(spaces).collect()
    }
}

/// A page of posts while it grows, and the rows that were read for it: neighbours in a row are often neighbours on the
/// page.
pub(super) struct Gathered<'a> {
    posts: Vec<SeenPost>,
    limit: usize,
    shows: &'a dyn Fn(&SeenPost) -> bool,
    /// What the timeline is of; None where posts stand at their own places alone.
    wanted: Option<&'a Wanted<'a>>,
    /// How many more boosts are looked at.
    boosts_left: usize,
    rows: BTreeMap<Handle, Vec<(Entry, KeptItem)>>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(
        limit: usize,
        shows: &'a dyn Fn(&SeenPost) -> bool,
        wanted: Option<&'a Wanted<'a>>,
    ) -> Self {
        Self {
            posts: Vec::with_capacity(limit.min(64)),
            limit,
            shows,
            wanted,
            boosts_left: BOOSTS_LOOKED_AT_MAX,
            rows: BTreeMap::new(),
        }
    }

    /// Whether an item's entry is worth reading: a boost only where boosts count, and while not too many were looked at.
    fn reads(&mut self, item: &Item) -> bool {
        if item.space != BOOSTED {
            return true;
        }
        let counts = self
            .wanted
            .is_some_and(|wanted| wanted.boosts_for().is_some());
        let reads = counts && self.boosts_left > 0;
        self.boosts_left -= usize::from(reads);
        reads
    }

    /// Adds what an item stands for, if it can be seen; says whether the page is full.
    fn is_full_with(&mut self, logs: &Logs, item: &Item) -> Result<bool, StoreError> {
        if self.posts.len() < self.limit {
            let seen = self.seen(logs, item)?;
            self.posts.extend(seen.filter(|seen| (self.shows)(seen)));
        }
        Ok(self.posts.len() >= self.limit)
    }

    /// Whether a post may be shown.
    pub(super) fn shows(&self, seen: &SeenPost) -> bool {
        (self.shows)(seen)
    }

    /// What an item stands for, if it can be seen.
    pub(super) fn seen(
        &mut self,
        logs: &Logs,
        item: &Item,
    ) -> Result<Option<SeenPost>, StoreError> {
        if !self.reads(item) {
            return Ok(None);
        }
        if self.in_row(item).is_none() {
            let entries = logs.entries_up_to(item.log, item.seq)?;
            self.rows.insert(item.log, entries);
        }
        let Some((entry, kept)) = self.in_row(item) else {
            return Ok(None);
        };
        let seen = match item.space {
            BOOSTED => logs.boosted_by_entry(entry, kept)?,
            _ => logs.seen_as(entry, kept)?,
        };
        match (seen, self.wanted) {
            (Some(seen), Some(wanted)) if item.space == BOOSTED || self.boosts_left > 0 => {
                logs.stands_at(seen, item, wanted)
            }
            (seen, _) => Ok(seen),
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
    /// Posts below `before` that `shows` lets through, newest first, `limit` at most.
    pub(crate) fn timeline(
        &self,
        filter: &Filter,
        before: Option<u64>,
        limit: usize,
        shows: &dyn Fn(&SeenPost) -> bool,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let wanted = Wanted::of(self, filter);
        let mut page = Gathered::new(limit, shows, Some(&wanted));
        let mut last = before;
        for item in order().below(&self.db, before).take(SCANNED_ITEMS_MAX) {
            let item = item?;
            last = Some(item.local_id);
            if wanted.has(&item) && page.is_full_with(self, &item)? {
                return Ok(page.posts);
            }
        }
        let orders = wanted.orders().into_iter();
        let of_each = orders.map(|order| order.below(&self.db, last));
        let items = merged(of_each.collect(), |item| item.local_id);
        self.gather_wanted(items, page, &wanted)
    }

    /// Posts above `after` that `shows` lets through, oldest first, `limit` at most.
    pub(crate) fn newer(
        &self,
        filter: &Filter,
        after: u64,
        limit: usize,
        shows: &dyn Fn(&SeenPost) -> bool,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let wanted = Wanted::of(self, filter);
        let mut page = Gathered::new(limit, shows, Some(&wanted));
        let mut last = after;
        for item in order().above(&self.db, after)?.take(SCANNED_ITEMS_MAX) {
            let item = item?;
            last = item.local_id;
            if wanted.has(&item) && page.is_full_with(self, &item)? {
                return Ok(page.posts);
            }
        }
        let orders = wanted.orders().into_iter();
        let of_each = orders.map(|order| order.above(&self.db, last));
        let of_each: Vec<_> = of_each.collect::<Result<_, _>>()?;
        let items = merged(of_each, |item| std::cmp::Reverse(item.local_id));
        self.gather_wanted(items, page, &wanted)
    }

    /// What was said in a space that isn't public and that `shows` lets through, newest first.
    pub(crate) fn space_timeline(
        &self,
        space: &Space,
        before: Option<u64>,
        limit: usize,
        shows: &dyn Fn(&SeenPost) -> bool,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let filter = Filter {
            spaces: BTreeSet::from([*space]),
            ..Filter::default()
        };
        let wanted = Wanted::of(self, &filter);
        let orders = wanted.orders().into_iter();
        let of_each = orders.map(|order| order.below(&self.db, before));
        let items = merged(of_each.collect(), |item| item.local_id);
        self.gather_wanted(items, Gathered::new(limit, shows, Some(&wanted)), &wanted)
    }

    /// Gathers what is wanted. What comes out of two orders comes twice, one behind the other.
    fn gather_wanted(
        &self,
        items: impl Iterator<Item = Result<Item, DbError>>,
        page: Gathered<'_>,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let mut last = None;
        let items = items.filter(|item| {
            let Ok(item) = item else {
                return true;
            };
            last.replace(item.local_id) != Some(item.local_id) && wanted.has(item)
        });
        self.gather(items, page)
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
        self.gather(items, Gathered::new(limit, shows, None))
    }

    /// One author's posts for everybody below `before`, newest first, among so many of theirs as may be looked at for a
    /// visitor. What others may read isn't even opened.
    pub(crate) fn public_posts(
        &self,
        author: &Identity,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<SeenPost>, StoreError> {
        let Some(handle) = self.identities.get(author) else {
            return Ok(Vec::new());
        };
        let items = order_of_author(*handle).below(&self.db, before);
        // Anybody may ask, as often as they like.
        let items = items.take(PUBLIC_ROWS_MAX);
        let items = items.filter(|item| !matches!(item, Ok(item) if item.space != 0));
        // A row can be wrong about it; what opened the body isn't.
        let is_public = |post: &SeenPost| post.space == Space::Public;
        self.gather(items, Gathered::new(limit, &is_public, None))
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

    /// The post that the entry at a place is, or carries.
    pub(super) fn seen(&self, handle: Handle, seq: u64) -> Result<Option<SeenPost>, StoreError> {
        let Some(log) = self.by_handle.get(&handle) else {
            return Ok(None);
        };
        let place = Place { log: *log, seq };
        match self.held_post(&place)? {
            Some(post) => Ok(Some(post)),
            None => self.carried_by(&place),
        }
    }

    /// The post that lies at a place, or lies there in a log that isn't held or can't be read and is carried by somebody.
    pub(crate) fn post_at(&self, place: &Place) -> Result<Option<SeenPost>, StoreError> {
        match self.held_post(place)? {
            Some(post) => Ok(Some(post)),
            None => self.carried_at(place),
        }
    }

    pub(super) fn held_post(&self, place: &Place) -> Result<Option<SeenPost>, StoreError> {
        match self.entry(place)? {
            Some((entry, item)) => self.seen_as(&entry, &item),
            None => Ok(None),
        }
    }

    /// The post that an entry is, as it is kept.
    fn seen_as(&self, entry: &Entry, item: &KeptItem) -> Result<Option<SeenPost>, StoreError> {
        let place = &entry.place();
        let body = self.body_of(place, &item.body)?;
        let opened = body.and_then(|body| self.open_body(place, &body));
        let Some(Opened {
            content: Content::Post(mut post),
            audience,
        }) = opened
        else {
            return Ok(None);
        };
        if !self.counts(place, &audience)? {
            return Ok(None);
        }
        let edit = self.newest_edit(place, &audience)?;
        let edited = edit.is_some();
        if let Some(edit) = edit {
            edit.apply(&mut post);
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
            space: audience.space,
            boosted_by: None,
        }))
    }

    /// The newest edit of a post, of those for the same space: one for another would tell who can't read the
    /// post, or hide it from who can.
    pub(super) fn newest_edit(
        &self,
        place: &Place,
        audience: &Audience,
    ) -> Result<Option<Edit>, StoreError> {
        for at in self.edits(place)?.into_values().rev() {
            let Some(opened) = self.opened(&at)? else {
                continue;
            };
            if opened.audience.space == audience.space
                && self.counts(&at, &opened.audience)?
                && let Content::Edit(edit) = opened.content
            {
                return Ok(Some(edit));
            }
        }
        Ok(None)
    }

    /// What the post at a place says and said before, with the times that are claimed for it, the newest first.
    pub(crate) fn history(&self, place: &Place) -> Result<Vec<(u64, String)>, StoreError> {
        let mut texts = Vec::new();
        let (Some((entry, _)), Some(opened)) = (self.entry(place)?, self.opened(place)?) else {
            return Ok(texts);
        };
        let Content::Post(post) = opened.content else {
            return Ok(texts);
        };
        texts.push((entry.header().time_ms, post.text));
        for ((time_ms, _), at) in self.edits(place)? {
            if let Some(edit) = self.opened(&at)?
                && edit.audience.space == opened.audience.space
                && self.counts(&at, &edit.audience)?
                && let Content::Edit(edit) = edit.content
            {
                texts.push((time_ms, edit.text));
            }
        }
        texts.reverse();
        Ok(texts)
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
        Ok(self.carried_as(id)?.map(|post| post.place))
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
        // What is held and carried as well shows once.
        let mut ids = BTreeSet::from([root.id]);
        let (mut posts, mut next) = (vec![root], 0);
        while next < posts.len() && posts.len() < THREAD_POSTS_MAX {
            for row in self
                .db
                .prefixed(&view_key(REPLIES, posts[next].id.as_bytes()))
            {
                let (handle, seq): (Handle, u64) = decode_trusted(&row?.1, ROW_BYTES_MAX)?;
                let post = self.seen(handle, seq)?;
                posts.extend(post.filter(|post| ids.insert(post.id)));
            }
            next += 1;
        }
        posts.truncate(THREAD_POSTS_MAX);
        posts.sort_by_key(|post| std::cmp::Reverse(post.local_id));
        Ok(posts)
    }
}
