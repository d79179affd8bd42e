//! Which entries of a history count: who might do what they did, and whom a removal cuts off.
//!
//! Rights follow from what an entry's author had seen; removals reach sideways, to what was written apart from them.
//! The two depend on each other, so that removals are settled one by one, the most senior author's first.

use std::collections::BTreeSet;

use super::history::{History, Person};
use super::rows::Bits;
use crate::bounds::MEMBERS_MAX;
use crate::content::ControlOp;

/// Removals that are settled with all their consequences, before the rest is settled at once.
const SETTLED_ONE_BY_ONE_MAX: usize = 256;
/// How often it is tried to take back what removals struck that turned out not to count.
const RECONSIDERED_MAX: usize = 8;

/// What counts of a history, or of a part of it.
#[derive(Debug, Clone)]
pub(super) struct Judgement<'h> {
    history: &'h History,
    /// The entries that count.
    pub(super) counting: Bits,
}

/// Up to where one looks.
#[derive(Debug, Clone, Copy)]
pub(super) enum View {
    /// What an entry descends from.
    Before(usize),
    /// Everything.
    All,
}

/// A judgement in the making.
struct Judge<'h> {
    history: &'h History,
    /// What is looked at: with each entry all that it descends from.
    within: &'h Bits,
    /// Struck by a removal.
    void: Bits,
    counting: Bits,
    /// Whoever was added by what counts so far.
    people: BTreeSet<Person>,
}

impl<'h> Judgement<'h> {
    /// Judges the entries `within`, which has with each entry all that it descends from.
    pub(super) fn of(history: &'h History, within: &'h Bits) -> Self {
        let mut judge = Judge {
            history,
            within,
            void: Bits::none(history.len()),
            counting: Bits::none(history.len()),
            people: BTreeSet::new(),
        };
        judge.judge();
        Self {
            history,
            counting: judge.counting,
        }
    }

    pub(super) fn is_member(&self, who: Person, view: View) -> bool {
        is_member(self.history, &self.counting, who, view)
    }

    pub(super) fn is_admin(&self, who: Person, view: View) -> bool {
        is_admin(self.history, &self.counting, who, view)
    }

    /// The most senior member, if there are members but no admin: who was added first, by entry and then by identity.
    pub(super) fn heir(&self) -> Option<Person> {
        heir(self.history, &self.counting, View::All)
    }
}

impl View {
    fn has(self, history: &History, entry: usize) -> bool {
        match self {
            Self::All => true,
            Self::Before(at) => history.rows.has(at, entry),
        }
    }
}

/// Whether some of `entries` count in a view, and each of `outs` that does was followed by one of them that knew of it.
fn outlasts(
    history: &History,
    counting: &Bits,
    entries: &[usize],
    outs: &[usize],
    view: View,
) -> bool {
    let seen = |&entry: &usize| counting.has(entry) && view.has(history, entry);
    let mut open: Vec<usize> = outs.iter().copied().filter(seen).collect();
    let mut answers = entries.iter().rev().copied().filter(seen);
    let Some(newest) = answers.next() else {
        return false;
    };
    open.retain(|&out| !history.rows.has(newest, out));
    if open.is_empty() {
        return true;
    }
    // Whoever went and came very often: all that is known to some answer, in one go.
    let mut answered = Bits::none(history.len());
    answers.for_each(|answer| history.rows.join(answer, &mut answered));
    open.iter().all(|&out| answered.has(out))
}

/// Whether somebody was added, and added again after each removal and leaving.
pub(super) fn is_member(history: &History, counting: &Bits, who: Person, view: View) -> bool {
    outlasts(
        history,
        counting,
        &history.adds[who],
        &history.outs[who],
        view,
    )
}

/// Whether a member was made an admin, and made one again after each removal and leaving.
fn is_admin(history: &History, counting: &Bits, who: Person, view: View) -> bool {
    outlasts(
        history,
        counting,
        &history.rises[who],
        &history.outs[who],
        view,
    ) && is_member(history, counting, who, view)
}

fn heir(history: &History, counting: &Bits, view: View) -> Option<Person> {
    let everybody = 0..history.people.len();
    if everybody
        .clone()
        .any(|who| is_admin(history, counting, who, view))
    {
        return None;
    }
    let added = |who: Person| {
        let mut adds = history.adds[who].iter().copied();
        adds.find(|&entry| counting.has(entry) && view.has(history, entry))
    };
    everybody
        .filter(|&who| is_member(history, counting, who, view))
        .min_by_key(|&who| (added(who), history.people[who]))
}

impl Judge<'_> {
    fn judge(&mut self) {
        let removals = self.removals_by_seniority();
        self.count_from(0);
        if removals.is_empty() {
            return;
        }
        let settled = self.settle(&removals);
        let (void, counting) = (self.void.clone(), self.counting.clone());
        if !self.reconsider(&removals) {
            (self.void, self.counting) = (void, counting);
            self.count_settled(&removals, &settled);
        }
    }

    /// The removals that might count and strike something, most senior authors first.
    fn removals_by_seniority(&self) -> Vec<usize> {
        let outs = self.history.outs.iter().flatten().copied();
        let mut removals: Vec<usize> = outs
            .filter(|&out| self.within.has(out))
            .filter(|&out| matches!(self.history.op(out), ControlOp::Remove { .. }))
            .filter(|&out| self.strikes(out).next().is_some())
            .collect();
        removals.sort_unstable_by_key(|&removal| (self.history.ranks[removal], removal));
        removals
    }

    fn strikes(&self, removal: usize) -> impl Iterator<Item = usize> {
        let struck = self.history.strikes(removal);
        struck.filter(|&entry| self.within.has(entry))
    }

    /// Lets removals take effect, each time the most senior author's that counts, until all that count have. Returns
    /// which did.
    fn settle(&mut self, removals: &[usize]) -> Bits {
        let mut settled = Bits::none(self.history.len());
        for _ in 0..SETTLED_ONE_BY_ONE_MAX {
            let changed = removals.iter().find_map(|&removal| {
                let due = self.counting.has(removal) && settled.insert(removal);
                due.then(|| self.strike(removal)).flatten()
            });
            match changed {
                Some(first) => self.count_from(first),
                None => return settled,
            }
        }
        for &removal in removals {
            if self.counting.has(removal) && settled.insert(removal) {
                self.strike(removal);
            }
        }
        self.count_from(0);
        settled
    }

    /// Makes void what a removal strikes. Returns the first entry among it on which others' rights may depend.
    fn strike(&mut self, removal: usize) -> Option<usize> {
        let mut first = None;
        for entry in self.strikes(removal).collect::<Vec<_>>() {
            self.void.insert(entry);
            if self.counting.has(entry) {
                self.counting.remove(entry);
                if self.history.gives_rights(entry) {
                    first = Some(first.map_or(entry, |before: usize| before.min(entry)));
                }
            }
        }
        first
    }

    /// Takes back what was struck by removals that don't count in the end, if that leads to a judgement in which exactly
    /// those removals strike that count.
    fn reconsider(&mut self, removals: &[usize]) -> bool {
        for _ in 0..RECONSIDERED_MAX {
            let mut void = Bits::none(self.history.len());
            for &removal in removals.iter().filter(|&&at| self.counting.has(at)) {
                self.strikes(removal).for_each(|entry| {
                    void.insert(entry);
                });
            }
            if void == self.void {
                return true;
            }
            self.void = void;
            self.count_from(0);
        }
        false
    }

    /// Counts once more, with removals that weren't settled as void.
    fn count_settled(&mut self, removals: &[usize], settled: &Bits) {
        for &removal in removals.iter().filter(|&&at| !settled.has(at)) {
            self.void.insert(removal);
        }
        self.count_from(0);
    }

    /// Decides anew of each entry, beginning with one, whether it counts.
    fn count_from(&mut self, first: usize) {
        self.people.clear();
        for entry in 0..first {
            if self.counting.has(entry) {
                self.people.extend(self.history.added(entry));
            }
        }
        for entry in first..self.history.len() {
            self.counting.remove(entry);
            let open =
                self.within.has(entry) && self.history.likely[entry] && !self.void.has(entry);
            if open && self.is_allowed(entry) {
                self.counting.insert(entry);
                self.people.extend(self.history.added(entry));
            }
        }
    }

    /// Whether a space has room for those whom an entry adds, with all that came before it in the order.
    fn has_room_for(&self, entry: usize) -> bool {
        let added = self.history.added(entry);
        let new = added.filter(|who| !self.people.contains(who)).count();
        self.people.len() + new <= MEMBERS_MAX
    }

    /// Whether an entry's author had the right to it after all that the entry descends from.
    fn is_allowed(&self, entry: usize) -> bool {
        let (history, view) = (self.history, View::Before(entry));
        let author = history.authors[entry];
        let admin = || is_admin(history, &self.counting, author, view);
        let member = |who| is_member(history, &self.counting, who, view);
        match history.op(entry) {
            ControlOp::Create { .. } => true,
            ControlOp::Add { .. } => admin() && self.has_room_for(entry),
            ControlOp::Rename { .. } => admin(),
            // Also who left: so it is said where what they say ends.
            ControlOp::Remove { .. } => {
                let mut adds = history.adds[history.target(entry)].iter();
                admin() && adds.any(|&add| self.counting.has(add) && view.has(history, add))
            }
            ControlOp::Promote { .. } if history.target(entry) == author => {
                admin() || heir(history, &self.counting, view) == Some(author)
            }
            ControlOp::Promote { .. } => admin() && member(history.target(entry)),
            ControlOp::Leave | ControlOp::Epoch { .. } | ControlOp::Unknown { .. } => {
                member(author)
            }
        }
    }
}
