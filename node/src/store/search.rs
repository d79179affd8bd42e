//! Looking for posts: the newest first, a little at a time.
//!
//! There is no index on the disk: of what is sealed nothing may lie there in the clear. Posts are read as they are for a
//! timeline. What was read once leaves a *signature* in memory: 512 bits, of which each run of three letters sets one. A
//! post whose signature lacks a bit of what is looked for isn't read again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::iter::Peekable;
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::codec::decode_trusted;
use hearth_protocol::content::Post;
use hearth_protocol::entry::Place;
use hearth_protocol::space::Space;

use super::db::DbError;
use super::logs::{Logs, StoreError};
use super::order::{Below, Item};
use super::rows::Handle;
use super::timeline::{Gathered, SeenPost};
use super::views::{
    PROFILES, ProfileRow, ROW_BYTES_MAX, order, order_of_author, order_of_carried, order_of_space,
    view_key,
};
use crate::folding::{Term, fold, is_unspaced};

const SIGNATURE_WORDS: usize = 8;
const SIGNATURE_BITS: u64 = 64 * SIGNATURE_WORDS as u64;
/// Signatures that are kept, those of the newest posts: as many as a table of 12 MB has room for.
const SIGNATURES_MAX: usize = 114_000;
/// Of so many the oldest go at once when there are too many.
const FORGOTTEN_AT_ONCE: usize = SIGNATURES_MAX / 8;
/// Posts between two looks at the clock.
const LOOK_AT_CLOCK: u32 = 32;
/// People whose names are looked at.
const PEOPLE_MAX: usize = 20_000;

type Signature = [u64; SIGNATURE_WORDS];

/// The bits of each three letters in a row, and of scripts without spaces of each letter and each two. What is part of a
/// text has no bit that the text lacks.
fn signature(folded: &str) -> Signature {
    let mut bits = [0; SIGNATURE_WORDS];
    let mut set = |run: &[char]| {
        let hash = run.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, c| {
            (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0000_0100_0000_01b3)
        });
        // The high bits are mixed best.
        let bit = (hash ^ (hash >> 32)) % SIGNATURE_BITS;
        bits[usize::try_from(bit / 64).unwrap_or(0)] |= 1 << (bit % 64);
    };
    let mut run = ['\0'; 3];
    for (c, number) in folded.chars().zip(1_usize..) {
        run = [run[1], run[2], c];
        if number >= run.len() {
            set(&run);
        }
        if is_unspaced(c) {
            set(&run[2..]);
            if is_unspaced(run[1]) {
                set(&run[1..]);
            }
        }
    }
    bits
}

/// What is known of a post without reading it.
#[derive(Debug, Clone, Copy)]
struct Known {
    signature: Signature,
    local_id: u64,
}

/// Signatures of posts that were read, the newest ones.
#[derive(Debug, Default)]
pub(super) struct Signatures(RefCell<Kept>);

#[derive(Debug, Default)]
struct Kept {
    known: HashMap<(Handle, u64), Known>,
    /// Once there were too many: none is kept of what is older.
    floor: u64,
}

impl Signatures {
    pub(super) fn clear(&self) {
        self.0.replace(Kept::default());
    }

    /// A post's text may be another from now on.
    pub(super) fn forget(&self, log: Handle, seq: u64) {
        self.0.borrow_mut().known.remove(&(log, seq));
    }

    fn lacks(&self, item: &Item, needed: &Signature) -> bool {
        let kept = self.0.borrow();
        let known = kept.known.get(&(item.log, item.seq));
        known.is_some_and(|known| {
            let mut pairs = known.signature.iter().zip(needed);
            pairs.any(|(has, needs)| has & needs != *needs)
        })
    }

    fn keep(&self, item: &Item, signature: Signature) {
        let mut kept = self.0.borrow_mut();
        if item.local_id < kept.floor {
            return;
        }
        let local_id = item.local_id;
        let known = Known {
            signature,
            local_id,
        };
        kept.known.insert((item.log, item.seq), known);
        if kept.known.len() > SIGNATURES_MAX {
            let mut ids: Vec<u64> = kept.known.values().map(|known| known.local_id).collect();
            let (_, floor, _) = ids.select_nth_unstable(FORGOTTEN_AT_ONCE);
            let floor = *floor;
            kept.floor = floor;
            kept.known.retain(|_, known| known.local_id >= floor);
        }
    }
}

/// Which posts are looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// All of these are in the text,
    pub(crate) terms: Vec<Term>,
    /// none of these is,
    pub(crate) without: Vec<Term>,
    /// one of these wrote it, if any is named,
    pub(crate) authors: Option<BTreeSet<Identity>>,
    /// it is in this space, if one is named,
    pub(crate) space: Option<Space>,
    /// there is a link in it, if that is asked for,
    pub(crate) has_link: bool,
    /// there is a photo in it, likewise,
    pub(crate) has_photo: bool,
    /// from this time on, ms since 1970,
    pub(crate) from_ms: Option<u64>,
    /// and before this one.
    pub(crate) until_ms: Option<u64>,
}

impl Query {
    /// All of a post that is looked through: its text, its warning, and what its photos are said to show.
    fn text_of(post: &Post) -> String {
        let alts = post.photos.iter().filter_map(|photo| photo.alt.as_deref());
        let parts = [post.text.as_str()].into_iter();
        let parts = parts.chain(post.warning.as_deref()).chain(alts);
        parts.collect::<Vec<_>>().join("\n")
    }

    fn matches(&self, seen: &SeenPost, folded: &str) -> bool {
        let has = |term: &Term| term.is_in(folded);
        let text = &seen.post.text;
        self.terms.iter().all(has)
            && !self.without.iter().any(has)
            && (!self.has_photo || !seen.post.photos.is_empty())
            && (!self.has_link || text.contains("https://") || text.contains("http://"))
    }

    fn needed(&self) -> Signature {
        let mut needed = [0; SIGNATURE_WORDS];
        for term in &self.terms {
            let more = signature(term.folded());
            needed
                .iter_mut()
                .zip(more)
                .for_each(|(bits, more)| *bits |= more);
        }
        needed
    }
}

/// What a look found.
#[derive(Debug)]
pub(crate) struct Looked {
    /// Posts, newest first.
    pub(crate) posts: Vec<SeenPost>,
    /// Where to go on; `None` when everything was looked at.
    pub(crate) reached: Option<u64>,
}

/// What may be found, newest first: posts that are held, and those that are carried.
struct Sources {
    held: Peekable<Source>,
    carried: Peekable<Source>,
}

type Source = std::iter::Flatten<std::option::IntoIter<Below>>;

/// Where a post may be.
#[derive(Clone, Copy)]
enum Spot {
    /// In this entry.
    Held(Item),
    /// In what this entry carries.
    Carried(Item),
}

impl Spot {
    const fn item(&self) -> &Item {
        match self {
            Self::Held(item) | Self::Carried(item) => item,
        }
    }
}

impl Sources {
    fn new(held: Option<Below>, carried: Option<Below>) -> Self {
        Self {
            held: held.into_iter().flatten().peekable(),
            carried: carried.into_iter().flatten().peekable(),
        }
    }

    /// Where the next one sorts, if it can be read.
    fn next_id(&mut self) -> Option<u64> {
        let id = |item: &Result<Item, DbError>| item.as_ref().ok().map(|item| item.local_id);
        let (held, carried) = (self.held.peek(), self.carried.peek());
        held.and_then(id).max(carried.and_then(id))
    }
}

impl Iterator for Sources {
    type Item = Result<Spot, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        // What can't be read comes first, and ends it.
        let rank = |item: &Result<Item, DbError>| match item {
            Ok(item) => item.local_id,
            Err(_) => u64::MAX,
        };
        let (held, carried) = (self.held.peek(), self.carried.peek());
        if held.map(rank) >= carried.map(rank) {
            Some(self.held.next()?.map(Spot::Held))
        } else {
            Some(self.carried.next()?.map(Spot::Carried))
        }
    }
}

impl Logs {
    /// The orders that have all that is looked for and the least else.
    fn sources(&self, query: &Query, before: Option<u64>) -> Sources {
        let author = query.authors.as_ref().and_then(|authors| {
            let only = authors.first().filter(|_| authors.len() == 1)?;
            Some(self.identities.get(only).copied())
        });
        let held = match (query.space, author) {
            (Some(space), _) if space != Space::Public => {
                self.spaces.handle(&space).map(order_of_space)
            }
            (_, Some(author)) => author.map(order_of_author),
            _ => Some(order()),
        };
        // Only what is for somebody's friends is carried.
        let may_be_carried = matches!(query.space, None | Some(Space::Friends(_)));
        let carried = may_be_carried.then(order_of_carried);
        let below = |order: super::order::Order| order.below(&self.db, before);
        Sources::new(held.map(below), carried.map(below))
    }

    /// Whether something may be looked for, by what can be told without reading it.
    fn may_match(&self, query: &Query, spot: &Spot) -> bool {
        let item = spot.item();
        let is_in_space = match &query.space {
            Some(space) => self.spaces.handle(space) == Some(item.space),
            None => true,
        };
        let is_by = |authors: &BTreeSet<Identity>| match spot {
            Spot::Held(item) => {
                let log = self.by_handle.get(&item.log);
                log.is_some_and(|log| authors.contains(&log.identity))
            }
            // Whose it is stands in what is carried.
            Spot::Carried(_) => !authors.is_empty(),
        };
        is_in_space && query.authors.as_ref().is_none_or(is_by)
    }

    /// Looks below `before` for posts that `shows` lets through, `limit` at most, for about so long.
    pub(crate) fn look_for(
        &self,
        query: &Query,
        (before, limit): (Option<u64>, usize),
        time: Duration,
        shows: &dyn Fn(&SeenPost) -> bool,
    ) -> Result<Looked, StoreError> {
        let (begin, needed) = (Instant::now(), query.needed());
        let until = query.until_ms.map(|ms| ms.saturating_mul(1 << 16));
        let before = match (before, until) {
            (Some(before), Some(until)) => Some(before.min(until)),
            (before, until) => before.or(until),
        };
        let mut looked = Looked {
            posts: Vec::new(),
            reached: None,
        };
        let mut rows = Gathered::new(0, shows, None);
        let mut sources = self.sources(query, before);
        let mut number = 0_u32;
        while let Some(spot) = sources.next().transpose()? {
            let item = *spot.item();
            number = number.wrapping_add(1);
            if query
                .from_ms
                .is_some_and(|from_ms| item.local_id >> 16 < from_ms)
            {
                break;
            }
            if self.may_match(query, &spot) && !self.signatures.lacks(&item, &needed) {
                looked.posts.extend(self.look_at(query, &spot, &mut rows)?);
            }
            let looks_at_clock =
                matches!(spot, Spot::Carried(_)) || number.is_multiple_of(LOOK_AT_CLOCK);
            let is_late = looks_at_clock && begin.elapsed() >= time;
            // A post that is held and one that is carried may sort at one place: one goes on below both.
            let is_between = sources.next_id() == Some(item.local_id);
            if (looked.posts.len() >= limit || is_late) && !is_between {
                looked.reached = Some(item.local_id);
                break;
            }
        }
        Ok(looked)
    }

    fn look_at(
        &self,
        query: &Query,
        spot: &Spot,
        rows: &mut Gathered<'_>,
    ) -> Result<Option<SeenPost>, StoreError> {
        let seen = match spot {
            Spot::Held(item) => rows.seen(self, item)?,
            Spot::Carried(item) => {
                let by = |post: &SeenPost| match &query.authors {
                    Some(authors) => authors.contains(&post.place.log.identity),
                    None => true,
                };
                self.carried_in(item)?.filter(by)
            }
        };
        let Some(seen) = seen else {
            return Ok(None);
        };
        let folded = fold(&Query::text_of(&seen.post));
        // In a shared space an edit can come to count, or no longer, without being touched; so can one that is carried.
        let may_change = match (spot, &seen.space) {
            (Spot::Carried(_), _) => self.has_carried_edits(&seen.place)?,
            (_, Space::Shared { .. }) => !self.edits(&seen.place)?.is_empty(),
            _ => false,
        };
        if !may_change {
            self.signatures.keep(spot.item(), signature(&folded));
        }
        let is_found = query.matches(&seen, &folded) && rows.shows(&seen);
        Ok(Some(seen).filter(|_| is_found))
    }

    /// The post that the entry at an item carries, unless it shows elsewhere.
    fn carried_in(&self, item: &Item) -> Result<Option<SeenPost>, StoreError> {
        let log = self.by_handle.get(&item.log);
        let carrier = log.map(|log| Place {
            log: *log,
            seq: item.seq,
        });
        let post = carrier.map(|carrier| self.carried_once(&carrier));
        Ok(post.transpose()?.flatten())
    }

    /// People who are known here and whose name `is_meant` takes, be it their own or the one that the account gave them; with
    /// the name that they show by. In no order.
    pub(crate) fn people_named(
        &self,
        account: &Identity,
        is_meant: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<(Identity, String)>, StoreError> {
        let petnames = self.petnames(account)?;
        let by_handle = self.identities.iter();
        let by_handle: HashMap<Handle, Identity> = by_handle
            .map(|(identity, handle)| (*handle, *identity))
            .collect();
        let given = petnames.iter().filter(|(_, name)| is_meant(name));
        let mut people: BTreeMap<Identity, String> =
            given.map(|(who, name)| (*who, name.clone())).collect();
        for row in self.db.prefixed(&view_key(PROFILES, &[])).take(PEOPLE_MAX) {
            let (key, row) = row?;
            let (_, _, name, ..): ProfileRow = decode_trusted(&row, ROW_BYTES_MAX * 2)?;
            let handle = key.last_chunk().map(|bytes| Handle::from_be_bytes(*bytes));
            let identity = handle.and_then(|handle| by_handle.get(&handle));
            if let Some(identity) = identity.filter(|_| is_meant(&name)) {
                let shown = petnames.get(identity).cloned();
                people.insert(*identity, shown.unwrap_or(name));
            }
        }
        Ok(people.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Signature, signature};
    use crate::folding::fold;

    fn covers(text: &Signature, part: &Signature) -> bool {
        text.iter()
            .zip(part)
            .all(|(has, needs)| has & needs == *needs)
    }

    #[test]
    fn no_part_of_a_text_has_a_bit_that_the_text_lacks() {
        let text = fold("私は東京に住む and Straße 한국 #tags, ไทย too");
        let whole = signature(&text);
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for from in &starts {
            for to in starts.iter().filter(|to| *to > from) {
                assert!(covers(&whole, &signature(&text[*from..*to])));
            }
        }
        assert!(!covers(&whole, &signature("quite something else")));
    }
}
