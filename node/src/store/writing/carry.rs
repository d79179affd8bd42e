//! Serving on what friends say in the owner's space: they may not know each other, and carry each other's logs only then.

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::body;
use hearth_protocol::bounds::{CARRIED_STATEMENTS_MAX, DELETE_TARGETS_MAX};
use hearth_protocol::content::{Carried, Content, Delete, Target};
use hearth_protocol::entry::{LoneEntry, Place};
use hearth_protocol::root::{Claim, Statement, StatementSet};
use hearth_protocol::space::Space;

use super::super::db::Batch;
use super::super::logs::{Draft, Logs, StoreError, Stored};

/// The newest posts of the space that are looked at, page by page as long as there is something to do.
const PAGE_POSTS: usize = 100;
/// Pages that are looked at in one job.
const PAGES_MAX: usize = 8;
/// Entries that are carried in one job.
const CARRIED_AT_ONCE_MAX: usize = 64;
/// Rows of what is carried that are looked at in one job.
const LET_GO_ROWS_AT_ONCE: usize = 2_000;
/// What a list of statements takes beside them: its own head, and that of each.
const LIST_HEAD_BYTES: usize = 2;
const STATEMENT_HEAD_BYTES: usize = 3;

impl Logs {
    /// Carries what friends answered in the account's space, and what they changed of it.
    pub(crate) fn carry_replies(
        &mut self,
        me: &Identity,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let space = Space::Friends(*me);
        let friends = self.friends(me)?;
        let wanted = self.uncarried(me, &friends)?;
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let contents = wanted.into_iter().map(|carried| (now_ms, carried));
        let outcome = self.write_in(me, &space, contents.collect(), now_ms)?;
        Ok(outcome.map_or_else(|_| Vec::new(), |placed| placed.stored))
    }

    /// Deletes all copies of what its author let go, of those that lie behind the row at `after`, a few at a time: `after` is
    /// where to go on next time.
    pub(crate) fn drop_carried(
        &mut self,
        me: &Identity,
        after: &mut Option<Vec<u8>>,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let let_go = self.let_go(me, after.as_deref(), LET_GO_ROWS_AT_ONCE)?;
        let mut stored = Vec::new();
        if !let_go.carriers.is_empty() {
            let mut targets: Vec<Target> = let_go.carriers.into_iter().map(Target::from).collect();
            targets.sort();
            let deletes = targets.chunks(DELETE_TARGETS_MAX).map(|targets| Delete {
                targets: targets.to_vec(),
            });
            let drafts = deletes.map(|delete| Draft::public(now_ms, Content::Delete(delete)));
            let mut rng = crate::rng::system();
            (_, stored) = self.append(me, true, drafts.collect(), now_ms, &mut rng)?;
            // They went with the bodies. Should one be left, it isn't deleted again and again.
            let mut batch = Batch::default();
            let_go.rows.into_iter().for_each(|row| batch.remove(row));
            self.apply(batch)?;
        }
        *after = let_go.last;
        Ok(stored)
    }

    /// What carries the posts and edits of friends that aren't carried yet, the newest first. What doesn't fit an entry isn't
    /// among it.
    fn uncarried(&self, me: &Identity, friends: &[Identity]) -> Result<Vec<Content>, StoreError> {
        let space = Space::Friends(*me);
        let mut wanted = Vec::new();
        let mut before = None;
        for _ in 0..PAGES_MAX {
            let page = self.space_timeline(&space, before, PAGE_POSTS, &|_| true)?;
            let mut is_all = true;
            for post in &page {
                let author = post.place.log.identity;
                if author == *me || !friends.contains(&author) {
                    continue;
                }
                let mut places = Vec::new();
                if self.carriers_of(me, &post.id)?.is_empty() {
                    places.push(post.place);
                }
                if post.edited {
                    places.extend(self.uncarried_edit(me, &post.place)?);
                }
                is_all &= places.is_empty();
                for place in places {
                    wanted.extend(self.carried_of(&place)?);
                }
            }
            before = page.last().map(|post| post.local_id);
            if is_all || wanted.len() >= CARRIED_AT_ONCE_MAX || before.is_none() {
                break;
            }
        }
        wanted.truncate(CARRIED_AT_ONCE_MAX);
        Ok(wanted)
    }

    /// Of a post's edits the newest, if it isn't carried.
    fn uncarried_edit(&self, me: &Identity, post: &Place) -> Result<Option<Place>, StoreError> {
        let Some((age, newest)) = self.edits(post)?.pop_last() else {
            return Ok(None);
        };
        let carried = self.carried_edits_of(me, post)?;
        let is_carried = carried.iter().any(|id| *id.as_bytes() == age.1.0);
        Ok(Some(newest).filter(|_| !is_carried))
    }

    /// What carries the entry at a place; None for what can't be carried, as its author padded it beyond what they had to
    /// say.
    pub(super) fn carried_of(&self, place: &Place) -> Result<Option<Content>, StoreError> {
        let Some(link) = self.link(place)? else {
            return Ok(None);
        };
        let Some(body) = link.body else {
            return Ok(None);
        };
        let entry = LoneEntry {
            entry: link.entry,
            body,
        };
        let Some(statements) = fitting(&self.statements(&place.log.identity), &entry) else {
            return Ok(None);
        };
        // What only a successor vouches for can't be sent alone.
        if entry.entry.verify().is_err() {
            return Ok(None);
        }
        Ok(Some(Content::Carried(Carried {
            statements,
            entry: Box::new(entry),
        })))
    }
}

/// Of what is known of an author's devices as much as fits beside an entry: what certifies the device that signed it comes
/// first, what else is said of that one next. None if that certificate doesn't fit.
fn fitting(known: &StatementSet, entry: &LoneEntry) -> Option<Vec<Vec<u8>>> {
    let device = entry.entry.place().log.device;
    let alone = Content::Carried(Carried {
        statements: Vec::new(),
        entry: Box::new(entry.clone()),
    });
    let used = alone.to_bytes().len() + LIST_HEAD_BYTES;
    let mut room = body::SEALED_CONTENT_BYTES_MAX.checked_sub(used)?;
    let mut statements: Vec<&Statement> = known.iter().collect();
    statements.sort_by_key(|statement| weight(statement, &device));
    let mut fitting = Vec::new();
    for statement in statements {
        let bytes = statement.to_bytes();
        match room.checked_sub(bytes.len() + STATEMENT_HEAD_BYTES) {
            Some(left) => {
                room = left;
                fitting.push(bytes);
            }
            None if fitting.is_empty() => return None,
            None => {}
        }
        if fitting.len() == CARRIED_STATEMENTS_MAX {
            break;
        }
    }
    Some(fitting)
}

/// The lower, the more it is needed to believe a device.
fn weight(statement: &Statement, device: &DeviceId) -> u8 {
    match statement.claim() {
        _ if statement.device() != *device => 2,
        Claim::Certify { .. } => 0,
        _ => 1,
    }
}
