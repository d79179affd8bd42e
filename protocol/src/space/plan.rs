//! What whoever writes in a shared space does next, so that all can read it who should and nobody else: pure functions
//! of what is [`Resolved`], for the node and for tests alike.
//!
//! After each step of a change (an addition, a removal) the space is resolved anew with the entry just written, and the
//! next step is planned on that.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;

use super::parents::Step;
use super::resolve::EpochState;
use super::rows::Bits;
use super::{Commitment, EpochControl, EpochId, EpochKeys, MembersDigest, Resolved, Space};
use crate::bounds::PREVIOUS_EPOCHS_MAX;
use crate::content::{Control, ControlOp, Reference};

/// Who is asked for the generation of somebody's newest inbox key.
pub type NewestInbox<'a> = &'a dyn Fn(&Identity) -> Option<u32>;
/// Who is asked whether an epoch's keys are held.
pub type Holds<'a> = &'a dyn Fn(&EpochId) -> bool;

/// An epoch to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochPlan {
    /// What its entry descends from.
    pub parents: Vec<Reference>,
    /// What it counts.
    pub generation: u32,
    /// Its members, each with the generation of the inbox key to grant it to; None: nothing is granted to them now.
    pub members: BTreeMap<Identity, Option<u32>>,
    /// The epochs whose control keys its entry hands on.
    pub previous: Vec<EpochId>,
}

impl EpochPlan {
    /// What its entry says, sealed under the control key of `keys`; `previous` are the control keys of the epochs that
    /// the plan names, in any order.
    pub fn control(&self, keys: &EpochKeys, mut previous: Vec<EpochControl>) -> Control {
        let order = |epoch: &EpochControl| {
            let control = epoch.control.expose_bytes();
            (epoch.generation, epoch.starter, epoch.body, *control)
        };
        previous.sort_unstable_by_key(order);
        previous.dedup();
        Control {
            space: keys.space,
            parents: self.parents.clone(),
            op: ControlOp::Epoch {
                generation: self.generation,
                body: Commitment::to(&keys.body),
                control: Commitment::to(&keys.control),
                members: MembersDigest::of(self.members.keys()),
                inboxes: self.members.values().copied().collect(),
                previous,
            },
        }
    }
}

/// Members to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddPlan {
    /// What the entry says.
    pub control: Control,
    /// Whom to grant the past to, once the entry is written: all the keys that are held. Empty without the past. Where
    /// there is no epoch to write in after the entry, a new one is to begin, in any case.
    pub past_for: Vec<Identity>,
}

impl Resolved {
    /// The epoch to write in. None if there is none: a new one is to begin.
    ///
    /// It is held, and counts; whoever it was begun for, or was handed it when added later with the past, is a member and
    /// was one ever since; so is nobody else a member; no member's inbox key is newer than the one that it was granted to; and it hands on
    /// what control keys the writer holds, so that who was passed over by one epoch's starter learns of it by the next.
    pub fn epoch_to_write(
        &self,
        newest_inbox: NewestInbox<'_>,
        holds: Holds<'_>,
    ) -> Option<EpochId> {
        let mut loose = self.loose_epochs(holds).into_iter();
        let (_, epoch) = loose.next().filter(|_| loose.next().is_none())?;
        let counts = self.epochs.get(&epoch).is_some_and(|epoch| epoch.counts);
        (counts && self.is_open_to_all(&epoch, newest_inbox)).then_some(epoch)
    }

    /// Whether a new epoch is to begin though nobody has something to say: not even one of those that are held can all
    /// members read, and nobody else. Where several can be, whoever writes next merges them.
    pub fn needs_epoch(&self, newest_inbox: NewestInbox<'_>, holds: Holds<'_>) -> bool {
        let loose = self.loose_epochs(holds);
        !loose
            .iter()
            .filter(|(_, epoch)| self.epochs.get(epoch).is_some_and(|epoch| epoch.counts))
            .any(|(_, epoch)| self.is_open_to_all(epoch, newest_inbox))
    }

    /// Whether somebody is a member, or was one.
    pub fn was_member(&self, who: &Identity) -> bool {
        let person = self.history.person(who);
        let mut adds = person.into_iter().flat_map(|who| &self.history.adds[who]);
        adds.any(|&entry| self.counting.has(entry))
    }

    /// The epoch for `me` to begin after the [`heads`](Self::heads). `holds` tells of control keys. If there are more
    /// heads than an entry names, another epoch may be to begin after it.
    pub fn plan_epoch(
        &self,
        me: &Identity,
        newest_inbox: NewestInbox<'_>,
        holds: Holds<'_>,
    ) -> EpochPlan {
        let inbox = |who: &Identity| {
            let stays = self.members.contains_key(who) && !self.back.contains(who);
            stays.then(|| newest_inbox(who)).flatten()
        };
        let step = Step {
            author: me,
            runs: None,
        };
        let parents = self.parents_of(step);
        let members = self.members_after(&parents).into_iter();
        let previous = self.loose_epochs(holds).into_iter();
        EpochPlan {
            parents: self.parents(step),
            generation: self.history.generation_after(&parents),
            members: members.map(|who| (who, inbox(&who))).collect(),
            previous: previous
                .map(|(_, id)| id)
                .take(PREVIOUS_EPOCHS_MAX)
                .collect(),
        }
    }

    /// Adding `members`, under an epoch. With the past only if the writer `holds` all that others might go on writing in.
    pub fn plan_add(
        &self,
        (space, me, under): (&Space, &Identity, &EpochId),
        members: &BTreeSet<Identity>,
        with_past: bool,
        newest_inbox: NewestInbox<'_>,
        holds: Holds<'_>,
    ) -> AddPlan {
        let with_past = with_past
            && (self.loose_epochs(&|_| true).iter())
                .all(|(_, id)| holds(id) || !self.is_open_to_all(id, &|_| None));
        let op = ControlOp::Add {
            members: members.iter().copied().collect(),
            inboxes: members.iter().map(newest_inbox).collect(),
            with_past,
        };
        let knows = |who: &&Identity| with_past && newest_inbox(who).is_some();
        AddPlan {
            control: self.step(space, (me, under), op),
            past_for: members.iter().filter(knows).copied().collect(),
        }
    }

    /// What `me` does to leave, one step after the other: who is the only admin makes the member who was added first
    /// one.
    pub fn plan_leave(&self, me: &Identity) -> Vec<ControlOp> {
        let promotion = self
            .successor(me)
            .map(|member| ControlOp::Promote { member });
        promotion.into_iter().chain([ControlOp::Leave]).collect()
    }

    /// A step after all that is known, by `me`, sealed under an epoch.
    pub fn step(
        &self,
        space: &Space,
        (me, under): (&Identity, &EpochId),
        op: ControlOp,
    ) -> Control {
        let step = Step {
            author: me,
            runs: Some((under, &op)),
        };
        Control {
            space: *space,
            parents: self.parents(step),
            op,
        }
    }

    /// Who begins a new epoch without having something to say, when the last one no longer fits: the most senior admin.
    pub fn renewer(&self) -> Option<Identity> {
        let mut senior = self.senior.iter().filter(|who| !self.back.contains(who));
        senior.next().copied().or(self.heir)
    }

    /// Who is to be an admin when `me`, the only one, leaves.
    fn successor(&self, me: &Identity) -> Option<Identity> {
        if self.senior != [*me] {
            return None;
        }
        let history = &self.history;
        let others = self.members.keys().filter(|who| *who != me);
        others.copied().min_by_key(|who| {
            let person = history.person(who).expect("a member is known");
            let mut adds = history.adds[person].iter();
            (adds.find(|&&entry| self.counting.has(entry)).copied(), *who)
        })
    }

    /// The epochs of which keys are held and that no later one hands on, by whether they count, then the newest first.
    /// Of those that don't count only such as something that counts descends from. Before them those whose beginning is
    /// gone, though something that counts is sealed under them.
    fn loose_epochs(&self, holds: Holds<'_>) -> Vec<(u32, EpochId)> {
        let history = &self.history;
        let mut used = self.counting.clone();
        (0..history.len())
            .filter(|&at| self.counting.has(at))
            .for_each(|at| history.rows.join(at, &mut used));
        let mut handed_on = BTreeSet::new();
        for later in self.epochs.values().filter(|epoch| epoch.counts) {
            let known = |id: &&EpochId| {
                let earlier = self.epochs.get(id);
                earlier.is_some_and(|earlier| history.rows.has(later.at, earlier.at))
            };
            handed_on.extend(later.previous.iter().filter(known).copied());
        }
        let is_loose = |(id, epoch): &(&EpochId, &EpochState)| {
            used.has(epoch.at) && !handed_on.contains(id) && holds(id)
        };
        let mut loose: Vec<_> = self.epochs.iter().filter(is_loose).collect();
        loose.sort_by_key(|(id, epoch)| std::cmp::Reverse((epoch.counts, epoch.generation, **id)));
        let named = |(id, epoch): (&EpochId, &EpochState)| (epoch.generation, *id);
        let orphans = self.orphans().into_iter().filter(|id| holds(id));
        let orphans = orphans.map(|id| (0, id));
        orphans.chain(loose.into_iter().map(named)).collect()
    }

    /// Epochs whose beginning is gone, under which something lies that counts and that no later one which knows it hands on.
    fn orphans(&self) -> BTreeSet<EpochId> {
        let history = &self.history;
        let is_handed_on = |id: &EpochId, at: usize| {
            let mut later = self.epochs.values().filter(|epoch| epoch.counts);
            later.any(|epoch| epoch.previous.contains(id) && history.rows.has(epoch.at, at))
        };
        let counting = (0..history.len()).filter(|&at| self.counting.has(at));
        let steps = counting.filter(|&at| !matches!(history.op(at), ControlOp::Create { .. }));
        let under = steps.map(|at| (history.entries[at].under, at));
        let gone = under.filter(|(id, _)| !self.epochs.contains_key(id));
        let left = gone.filter(|(id, at)| !is_handed_on(id, *at));
        left.map(|(id, _)| id).collect()
    }

    /// Whether all members can read what is said in an epoch, and nobody else.
    fn is_open_to_all(&self, epoch: &EpochId, newest_inbox: NewestInbox<'_>) -> bool {
        let (Some(state), Some(begun_for)) = (self.epochs.get(epoch), self.epoch_members(epoch))
        else {
            return false;
        };
        let history = &self.history;
        let goes_on = |who: &Identity| self.members.contains_key(who) && !self.back.contains(who);
        // Who is only back because what took them out is gone may be named, if nothing was granted to them.
        let is_named_only =
            |who: &Identity, inbox: &Option<u32>| inbox.is_none() && self.back.contains(who);
        begun_for
            .iter()
            .all(|(who, inbox)| goes_on(who) || is_named_only(who, inbox))
            && self.handed_to(state.at, &goes_on).all(goes_on)
            && self.members.keys().filter(|who| goes_on(who)).all(|who| {
                let person = history.person(who).expect("a member is known");
                let newest = newest_inbox(who);
                let stayed = history.outs[person]
                    .iter()
                    .all(|&out| !self.counting.has(out) || history.rows.has(state.at, out));
                let granted = begun_for.get(who).copied();
                let handed = self.handed_over(person, state.at);
                stayed
                    && granted
                        .into_iter()
                        .chain(handed)
                        .any(|inbox| newest <= inbox)
            })
    }

    /// Who was handed an epoch by being added with the past. Also where that doesn't count, as what it rested on is gone, if
    /// it was done by one of those who `go on`: they had the epoch's keys to give.
    fn handed_to<'a>(
        &'a self,
        epoch: usize,
        goes_on: &'a impl Fn(&Identity) -> bool,
    ) -> impl Iterator<Item = &'a Identity> {
        let history = &self.history;
        let later = (0..history.len()).filter(move |&at| history.rows.has(at, epoch));
        let given = later.filter(|&at| self.counting.has(at) || goes_on(&history.name(at).0));
        given.flat_map(|at| match history.op(at) {
            ControlOp::Add {
                members,
                with_past: true,
                ..
            } => members.as_slice(),
            _ => &[],
        })
    }

    /// The inbox generations to which an epoch was handed over to somebody who was added with the past.
    fn handed_over(&self, who: usize, epoch: usize) -> impl Iterator<Item = Option<u32>> {
        let history = &self.history;
        let later = history.adds[who]
            .iter()
            .filter(move |&&entry| self.counting.has(entry) && history.rows.has(entry, epoch));
        later.filter_map(move |&entry| match history.op(entry) {
            ControlOp::Add {
                members,
                inboxes,
                with_past: true,
            } => {
                let at = members.binary_search(&history.people[who]).ok()?;
                inboxes.get(at).copied()
            }
            _ => None,
        })
    }

    /// Whom `adder` added with the past before an inbox key of theirs was known, and began no epoch since whose keys were
    /// sealed to them: `adder` owes them the past, with the next epoch.
    pub fn owed_the_past(&self, adder: &Identity) -> BTreeSet<Identity> {
        let history = &self.history;
        let is_owed = |who: &Identity| {
            let person = history.person(who).expect("a member is known");
            let adds = &history.adds[person];
            adds.iter()
                .any(|&add| self.is_owed_since(who, person, add, adder))
        };
        self.members.keys().copied().filter(is_owed).collect()
    }

    fn is_owed_since(&self, who: &Identity, person: usize, add: usize, adder: &Identity) -> bool {
        let history = &self.history;
        let ControlOp::Add {
            members,
            inboxes,
            with_past: true,
        } = history.op(add)
        else {
            return false;
        };
        let sealed_to = |at: usize| inboxes.get(at).copied().flatten();
        let is_without = members
            .binary_search(who)
            .is_ok_and(|at| sealed_to(at).is_none());
        // Who went in between comes back as they are added then.
        let mut outs = history.outs[person].iter();
        let stayed = outs.all(|&out| !self.counting.has(out) || history.rows.has(add, out));
        let mut begun = self.epochs.iter().filter(|(_, epoch)| {
            epoch.counts && epoch.starter == *adder && history.rows.has(epoch.at, add)
        });
        let is_granted = begun.any(|(id, _)| {
            let granted = self.epoch_members(id);
            granted.is_some_and(|to| to.get(who).copied().flatten().is_some())
        });
        self.counting.has(add)
            && history.name(add).0 == *adder
            && is_without
            && stayed
            && !is_granted
    }

    fn members_after(&self, parents: &[usize]) -> Vec<Identity> {
        let mut within = Bits::none(self.history.len());
        for &at in parents {
            within.insert(at);
            self.history.rows.join(at, &mut within);
        }
        self.members_within(&within)
    }
}
