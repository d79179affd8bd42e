//! Serving on what friends react in the owner's space: of each author, post and emoji the newest word while it stands.
//!
//! What others write decides how much is written here, and by how much a log grows for ever. So of one author at most eight
//! emoji to a post are carried, to posts that are here, and no more in a while than anybody reacts who means it: of what is
//! said and taken back in between nothing is carried.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::bounds::DELETE_TARGETS_MAX;
use hearth_protocol::content::{Content, Delete, Reaction, Target};
use hearth_protocol::entry::{EntryId, Place};
use hearth_protocol::space::Space;

use super::super::db::Batch;
use super::super::logs::{Draft, Logs, StoreError, Stored};
use super::super::reactions::{EMOJI_PER_AUTHOR_MAX, is_emoji};
use crate::pace::Pace;

/// Reactions that are looked at in one job.
const ROWS_AT_ONCE: usize = 256;
/// Reactions that are carried in one job.
const CARRIED_AT_ONCE_MAX: usize = 64;
/// Reactions of one friend that are carried at once, and after how long it is one more.
const BURST: u32 = 64;
const EVERY: Duration = Duration::from_secs(60);

/// What is remembered from one job to the next.
#[derive(Debug, Default)]
pub(crate) struct Reacting {
    /// How far it was looked.
    after: Option<Vec<u8>>,
    /// How much more is carried of whom; nobody who used up nothing.
    paces: BTreeMap<Identity, Pace>,
}

impl Reacting {
    /// Whether one more of theirs may be carried now; then it is counted.
    fn admits(&mut self, author: Identity, now: Instant) -> bool {
        let pace = self.paces.entry(author);
        pace.or_insert_with(|| Pace::new(BURST, EVERY, now))
            .admits(now)
    }
}

/// What is to be done.
#[derive(Debug, Default)]
struct Plan {
    carry: Vec<(Vec<u8>, Content)>,
    drop: BTreeSet<Place>,
    /// Rows that needn't be looked at again.
    settled: Vec<Vec<u8>>,
    /// What was decided on, by target, author and emoji.
    decided: BTreeSet<(EntryId, Identity, String)>,
    /// How many of an author's reactions to a post are about to be carried.
    carried: BTreeMap<(EntryId, Identity), usize>,
}

impl Logs {
    /// Carries what friends reacted, and deletes what is carried of what they took back, a few at a time.
    pub(crate) fn carry_reactions(
        &mut self,
        me: &Identity,
        reacting: &mut Reacting,
        now: Instant,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        reacting.paces.retain(|_, pace| !pace.is_full(now));
        let rows = self.reacted(reacting.after.as_deref(), ROWS_AT_ONCE)?;
        let friends: BTreeSet<Identity> = match rows.is_empty() {
            true => BTreeSet::new(),
            false => self.friends(me)?.into_iter().collect(),
        };
        let is_last = rows.len() < ROWS_AT_ONCE;
        let (mut plan, mut last, mut is_full) = (Plan::default(), None, false);
        for row in rows {
            is_full = plan.carry.len() == CARRIED_AT_ONCE_MAX;
            if is_full {
                break;
            }
            last = Some(row.clone());
            self.plan_reaction(me, &friends, row, (reacting, now), &mut plan)?;
        }
        reacting.after = last.filter(|_| is_full || !is_last);
        self.carry_out(me, plan, now_ms)
    }

    /// Looks what is to be done about a reaction: what counts is its author's newest word on the same.
    fn plan_reaction(
        &self,
        me: &Identity,
        friends: &BTreeSet<Identity>,
        row: Vec<u8>,
        (reacting, now): (&mut Reacting, Instant),
        plan: &mut Plan,
    ) -> Result<(), StoreError> {
        let space = Space::Friends(*me);
        let Some((author, reaction)) = self.reaction_of(&row, &space)? else {
            plan.settled.push(row);
            return Ok(());
        };
        let target = reaction.target.id;
        let named = (target, author, reaction.emoji.clone());
        if plan.decided.contains(&named) {
            plan.settled.push(row);
            return Ok(());
        }
        plan.decided.insert(named);
        let newest = self.newest_reaction(&author, &reaction, &space)?;
        let carried = self.reactions_carried_of(me, &target, &author)?;
        let of_this = carried.iter().filter(|it| it.emoji == reaction.emoji);
        // Another own device may know of later words, of more friends, and of posts that aren't here yet: what it carries
        // stays unless this one knows better.
        let is_gone = self.is_deleted(&reaction.target.place)?;
        let (gone, here): (Vec<_>, Vec<_>) =
            of_this.partition(|it| is_gone || newest.is_some_and(|newest| it.age < newest.age));
        plan.drop.extend(gone.iter().map(|it| it.carrier));
        let is_wanted = friends.contains(&author)
            && is_emoji(&reaction.emoji)
            && self.is_in(&reaction, &space)?;
        let wanted = newest.filter(|newest| is_wanted && newest.stands);
        let others = carried.iter().map(|it| it.emoji.as_str());
        let others: BTreeSet<&str> = others.filter(|it| *it != reaction.emoji).collect();
        let planned = plan.carried.entry((target, author)).or_default();
        let has_room = others.len() + *planned < EMOJI_PER_AUTHOR_MAX;
        let Some(wanted) = wanted.filter(|_| here.is_empty() && has_room) else {
            plan.settled.push(row);
            return Ok(());
        };
        if !reacting.admits(author, now) {
            // Later.
            return Ok(());
        }
        match self.carried_of(&wanted.place)? {
            None => plan.settled.push(row),
            Some(content) => {
                *planned += 1;
                plan.carry.push((row, content));
            }
        }
        Ok(())
    }

    /// Whether a reaction is to something that is here, in that space.
    fn is_in(&self, reaction: &Reaction, space: &Space) -> Result<bool, StoreError> {
        let post = self.post_at(&reaction.target.place)?;
        Ok(post.is_some_and(|post| post.id == reaction.target.id && post.space == *space))
    }

    /// Carries and deletes.
    fn carry_out(
        &mut self,
        me: &Identity,
        plan: Plan,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let (mut stored, mut settled) = (Vec::new(), plan.settled);
        if !plan.drop.is_empty() {
            let mut targets: Vec<Target> = plan.drop.into_iter().map(Target::from).collect();
            targets.sort();
            let deletes = targets.chunks(DELETE_TARGETS_MAX).map(|targets| Delete {
                targets: targets.to_vec(),
            });
            let drafts = deletes.map(|delete| Draft::public(now_ms, Content::Delete(delete)));
            let mut rng = crate::rng::system();
            stored = self.append(me, true, drafts.collect(), now_ms, &mut rng)?.1;
        }
        if !plan.carry.is_empty() {
            let (rows, contents): (Vec<_>, Vec<_>) = plan.carry.into_iter().unzip();
            let contents = contents.into_iter().map(|content| (now_ms, content));
            let space = Space::Friends(*me);
            if let Ok(placed) = self.write_in(me, &space, contents.collect(), now_ms)? {
                stored.extend(placed.stored);
                settled.extend(rows);
            }
        }
        if !settled.is_empty() {
            let mut batch = Batch::default();
            settled.into_iter().for_each(|row| batch.remove(row));
            self.apply(batch)?;
        }
        Ok(stored)
    }
}
