//! What a new step names as its parents.
//!
//! The heads say what its author had seen. But somebody whose entries are among these, or are what others descend from,
//! can have them cut away with a device of theirs. So a step also names the entries on which its author's right to it
//! rests, and its effect (as the authorization events of Matrix do), and the newest ones that don't descend from a head's
//! author: whoever's are gone, the rest holds together.

use std::collections::BTreeSet;

use hearth_keys::Identity;

use super::history::{History, Person};
use super::rows::Bits;
use super::{EpochId, Resolved};
use crate::bounds::{CONTROL_HEADS_MAX, CONTROL_PARENTS_MAX};
use crate::content::{ControlOp, Reference};

/// Of the heads that there are without somebody's entries so many are named.
const WITHOUT_ONE_MAX: usize = 4;
/// Of what doesn't count and yet decides so much is named.
const UNDECIDED_MAX: usize = 5;
/// Of those added so many have the entry named by which they went.
const BACK_MAX: usize = 4;

/// What a new step will be.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Who takes it.
    pub author: &'a Identity,
    /// The epoch that it is sealed under, and what it does; None for one that begins an epoch.
    pub runs: Option<(&'a EpochId, &'a ControlOp)>,
}

impl Resolved {
    /// What a new step names as its parents, ascending.
    pub fn parents(&self, step: Step<'_>) -> Vec<Reference> {
        let parents = self.parents_of(step).into_iter();
        let mut parents: Vec<_> = parents.map(|at| self.history.parent(at)).collect();
        parents.sort_unstable();
        parents
    }

    pub(super) fn parents_of(&self, step: Step<'_>) -> Vec<usize> {
        let history = &self.history;
        let mut parents: Vec<usize> = (self.heads.iter())
            .filter_map(|(_, id)| history.index(id))
            .collect();
        // Of too many those on which rights depend come before others, the latest first.
        parents.sort_unstable_by_key(|&at| (!history.gives_rights(at), std::cmp::Reverse(at)));
        parents.truncate(CONTROL_HEADS_MAX);
        let authors: BTreeSet<Person> = parents.iter().map(|&at| history.authors[at]).collect();
        let without = authors.iter().flat_map(|&who| self.heads_without(who));
        let mut named: BTreeSet<usize> = parents.iter().copied().collect();
        let undecided = match step.runs {
            Some(_) => Vec::new(),
            None => self.undecided(&parents),
        };
        let others = undecided.into_iter().chain(self.grounds(step));
        for at in others.chain(without) {
            if parents.len() == CONTROL_PARENTS_MAX {
                break;
            }
            if named.insert(at) {
                parents.push(at);
            }
        }
        parents
    }

    /// Entries that don't count but must be known for all to see the same members, the latest first: whoever judged by
    /// `parents` and what they descend from alone would come to others. So an epoch isn't begun for these.
    fn undecided(&self, parents: &[usize]) -> Vec<usize> {
        let history = &self.history;
        let mut seen = Bits::none(history.len());
        for &at in parents {
            seen.insert(at);
            history.rows.join(at, &mut seen);
        }
        if self.members_within(&seen).iter().eq(self.members.keys()) {
            return Vec::new();
        }
        let mut undecided = Vec::new();
        let mut void = (0..history.len())
            .rev()
            .filter(|&at| history.likely[at] && !self.counting.has(at));
        while undecided.len() < UNDECIDED_MAX
            && let Some(at) = void.next()
        {
            if !seen.has(at) {
                undecided.push(at);
                history.rows.join(at, &mut seen);
            }
        }
        undecided
    }

    /// The entries on which a step's author's right to it rests, and its effect.
    fn grounds(&self, Step { author, runs }: Step<'_>) -> Vec<usize> {
        let history = &self.history;
        let mut grounds = Vec::new();
        let last = |list: &[usize]| {
            list.iter()
                .rev()
                .find(|&&at| self.counting.has(at))
                .copied()
        };
        let last_of = |lists: &[Vec<usize>], who: &Identity| last(&lists[history.person(who)?]);
        if let Some((epoch, _)) = runs {
            grounds.extend(history.beginning(epoch));
        }
        grounds.extend(last_of(&history.adds, author));
        grounds.extend(last_of(&history.rises, author));
        match runs {
            Some((_, ControlOp::Remove { member, .. })) => {
                grounds.extend(last_of(&history.adds, member));
            }
            Some((_, ControlOp::Promote { member })) => {
                grounds.extend(last_of(&history.adds, member));
                grounds.extend(last_of(&history.outs, member));
            }
            Some((_, ControlOp::Add { members, .. })) => {
                let outs = members.iter().filter_map(|who| last_of(&history.outs, who));
                grounds.extend(outs.take(BACK_MAX));
            }
            _ => {}
        }
        grounds.extend(last_of(&history.written, author));
        grounds
    }

    /// The newest entries that count if somebody's aren't looked at, the latest first.
    fn heads_without(&self, who: Person) -> Vec<usize> {
        let history: &History = &self.history;
        let mut seen = Bits::none(history.len());
        let mut heads = Vec::new();
        let mut others = (0..history.len())
            .rev()
            .filter(|&at| self.counting.has(at) && history.authors[at] != who);
        while heads.len() < WITHOUT_ONE_MAX
            && let Some(at) = others.next()
        {
            if !seen.has(at) {
                heads.push(at);
                history.rows.join(at, &mut seen);
            }
        }
        heads
    }
}
