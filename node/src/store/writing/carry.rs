//! Serving on what friends say in the owner's space: they may not know each other, and carry each other's logs only then.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::bounds::{CARRIED_STATEMENTS_MAX, DELETE_TARGETS_MAX};
use hearth_protocol::content::{Carried, Content, Delete, Target};
use hearth_protocol::entry::{LoneEntry, Place};
use hearth_protocol::space::Space;

use super::super::logs::{Draft, Logs, StoreError, Stored};

/// The newest posts of the space that are looked at, page by page as long as there is something to do.
const PAGE_POSTS: usize = 100;
/// Entries that are carried in one job.
const CARRIED_AT_ONCE_MAX: usize = 64;

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
        let mut contents = Vec::new();
        for place in wanted {
            contents.extend(self.carried_of(&place)?.map(|carried| (now_ms, carried)));
        }
        if contents.is_empty() {
            return Ok(Vec::new());
        }
        let outcome = self.write_in(me, &space, contents, now_ms)?;
        Ok(outcome.map_or_else(|_| Vec::new(), |placed| placed.stored))
    }

    /// Deletes the copies of what its author let go. `known` is what is carried, from one time to the next.
    pub(crate) fn drop_carried(
        &mut self,
        me: &Identity,
        known: &mut BTreeMap<Place, Place>,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut targets: Vec<Target> = Vec::new();
        let mut gone = Vec::new();
        for (place, carrier) in &*known {
            if self.is_let_go(place)? {
                gone.push(*place);
                targets.push(Target::from(*carrier));
            }
        }
        known.retain(|place, _| !gone.contains(place));
        targets.sort();
        let deletes = targets.chunks(DELETE_TARGETS_MAX).map(|targets| Delete {
            targets: targets.to_vec(),
        });
        let drafts: Vec<Draft> = deletes
            .map(|delete| Draft::public(now_ms, Content::Delete(delete)))
            .collect();
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let mut rng = crate::rng::system();
        let (_, stored) = self.append(me, true, drafts, now_ms, &mut rng)?;
        Ok(stored)
    }

    /// Where posts and edits of friends lie that aren't carried yet, the newest first.
    fn uncarried(&self, me: &Identity, friends: &[Identity]) -> Result<Vec<Place>, StoreError> {
        let space = Space::Friends(*me);
        let mut wanted = Vec::new();
        let mut before = None;
        loop {
            let page = self.space_timeline(&space, before, PAGE_POSTS, &|_| true)?;
            let had = wanted.len();
            for post in &page {
                let author = post.place.log.identity;
                if author == *me || !friends.contains(&author) {
                    continue;
                }
                if self.carriers_of(&post.id)?.is_empty() {
                    wanted.push(post.place);
                }
                if post.edited {
                    wanted.extend(self.uncarried_edits(&post.place)?);
                }
            }
            before = page.last().map(|post| post.local_id);
            if wanted.len() == had || wanted.len() >= CARRIED_AT_ONCE_MAX || before.is_none() {
                wanted.truncate(CARRIED_AT_ONCE_MAX);
                return Ok(wanted);
            }
        }
    }

    /// Of a post's edits the newest, if it isn't carried.
    fn uncarried_edits(&self, post: &Place) -> Result<Option<Place>, StoreError> {
        let Some((age, newest)) = self.edits(post)?.pop_last() else {
            return Ok(None);
        };
        let carried = self.carried_edits_of(post)?;
        let is_carried = carried.iter().any(|id| *id.as_bytes() == age.1.0);
        Ok(Some(newest).filter(|_| !is_carried))
    }

    fn carried_of(&self, place: &Place) -> Result<Option<Content>, StoreError> {
        let Some(link) = self.link(place)? else {
            return Ok(None);
        };
        let Some(body) = link.body else {
            return Ok(None);
        };
        // What only a successor vouches for can't be sent alone.
        if link.entry.verify().is_err() {
            return Ok(None);
        }
        let mut statements = self.statements(&place.log.identity).to_blobs();
        statements.truncate(CARRIED_STATEMENTS_MAX);
        let entry = LoneEntry {
            entry: link.entry,
            body,
        };
        Ok(Some(Content::Carried(Carried {
            statements,
            entry: Box::new(entry),
        })))
    }
}
