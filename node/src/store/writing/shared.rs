//! Shared spaces: founded, run by control entries, and given new epochs.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{Identity, SpaceKey};
use hearth_protocol::bounds::{ADDED_MAX, MEMBERS_MAX, PREVIOUS_EPOCHS_MAX, REMOVE_ENDS_MAX};
use hearth_protocol::content::{Content, Control, ControlOp, RecordedKeys};
use hearth_protocol::entry::EntryId;
use hearth_protocol::space::epoch::Commitment;
use hearth_protocol::space::{EpochControl, EpochId, EpochKeys, Resolved, Role, Space};

use super::super::logs::{Account, Draft, Logs, StoreError};
use super::epochs::unreached;
use super::{Inboxes, Outcome, Placed, Refusal};

/// What shall change in a shared space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// People come in.
    Add {
        /// Who.
        members: BTreeSet<Identity>,
        /// Whether they may read what was written before.
        with_past: bool,
    },
    /// Somebody is taken out.
    Remove(Identity),
    /// A member becomes an admin.
    Promote(Identity),
    /// It is called something else.
    Rename(String),
    /// The writer goes.
    Leave,
}

/// Control entries that a new one descends from.
type Parents = Vec<(Identity, EntryId)>;

impl Logs {
    /// Founds a shared space.
    pub(crate) fn found_space(
        &mut self,
        me: &Identity,
        name: &str,
        members: &BTreeSet<Identity>,
        now_ms: u64,
    ) -> Outcome<(Space, Placed)> {
        if members.len() >= MEMBERS_MAX {
            return Ok(Err(Refusal::Full(MEMBERS_MAX)));
        }
        let account = self.account(me)?.clone();
        let mut rng = crate::rng::system();
        let mut placed = Placed::default();
        let space = Space::found(*me, &mut rng);
        let keys = EpochKeys::generate(space, 0, *me, &mut rng);
        // The first epoch is the founder's alone: whom they add is added under it, so that all steps lie under an epoch.
        self.keep_own(&account, &keys, None, now_ms, &mut placed)?;
        let mut step = Step {
            space,
            key: keys.control.clone(),
            parents: Vec::new(),
            now_ms,
        };
        let name = name.to_owned();
        self.control(&account, &mut step, ControlOp::Create { name }, &mut placed)?;
        let alone = self.inboxes_of([*me])?;
        let op = epoch_op(&keys, &alone, Vec::new());
        self.control(&account, &mut step, op, &mut placed)?;
        let others: BTreeSet<Identity> = members.iter().copied().filter(|who| who != me).collect();
        if !others.is_empty() {
            let inboxes = self.inboxes_of(others.iter().copied())?;
            for op in additions(&others, &inboxes, false) {
                self.control(&account, &mut step, op, &mut placed)?;
            }
            self.begin(&account, &space, now_ms, &mut placed)?;
        }
        Ok(Ok((space, placed)))
    }

    /// Changes a shared space, and begins a new epoch where that asks for one.
    pub(crate) fn change_space(
        &mut self,
        me: &Identity,
        space: &Space,
        change: Change,
        now_ms: u64,
    ) -> Outcome<Placed> {
        let resolved = self.resolved(space)?;
        if let Err(refusal) = may(&resolved, me, &change) {
            return Ok(Err(refusal));
        }
        let account = self.account(me)?.clone();
        let mut placed = Placed::default();
        match change {
            Change::Add { members, with_past } => {
                let added = Added {
                    inboxes: self.inboxes_of(members.iter().copied())?,
                    members,
                    with_past,
                };
                self.add(&account, space, &added, now_ms, &mut placed)
            }
            Change::Remove(member) => {
                let ends = self.ends_of(&member);
                let op = ControlOp::Remove { member, ends };
                self.run_and_renew(&account, space, op, now_ms, placed)
            }
            Change::Promote(member) => {
                let op = ControlOp::Promote { member };
                self.run(&account, space, op, now_ms, placed)
            }
            Change::Rename(name) => {
                self.run(&account, space, ControlOp::Rename { name }, now_ms, placed)
            }
            Change::Leave => {
                // Who is the only admin sees to it that there is another.
                let mut placed = placed;
                for op in resolved.plan_leave(me) {
                    placed = match self.run(&account, space, op, now_ms, placed)? {
                        Ok(placed) => placed,
                        Err(refusal) => return Ok(Err(refusal)),
                    };
                }
                Ok(Ok(placed))
            }
        }
    }

    /// Begins a new epoch of a shared space, if none of those that are there can be written in by all who are in it now.
    pub(crate) fn renew_space(
        &mut self,
        me: &Identity,
        space: &Space,
        now_ms: u64,
    ) -> Outcome<Placed> {
        let account = self.account(me)?.clone();
        let mut placed = Placed::default();
        let epoch = self.shared_epoch(&account, space, now_ms, &mut placed)?;
        Ok(epoch.map(|_| placed))
    }

    /// The epoch of a shared space to write in; a new one where none fits.
    pub(super) fn shared_epoch(
        &mut self,
        account: &Account,
        space: &Space,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Outcome<EpochKeys> {
        let me = account.identity;
        let resolved = self.resolved(space)?;
        if !resolved.members.contains_key(&me) {
            return Ok(Err(match resolved.members.is_empty() {
                true => Refusal::NoKeys,
                false => Refusal::NotIn,
            }));
        }
        match self.usable(space, &resolved)? {
            Some(keys) if !self.owes_the_past(&me, &resolved)? => Ok(Ok(keys)),
            _ => Ok(Ok(self.begin(account, space, now_ms, placed)?)),
        }
    }

    /// Whether somebody can be given the past now whom `me` added with it when they couldn't.
    pub(super) fn owes_the_past(
        &self,
        me: &Identity,
        resolved: &Resolved,
    ) -> Result<bool, StoreError> {
        let inboxes = self.inboxes_of(resolved.owed_the_past(me))?;
        Ok(resolved.missing.is_empty() && inboxes.values().any(Option::is_some))
    }

    /// The epoch that all members as they are now can read, and nobody else.
    pub(crate) fn usable(
        &self,
        space: &Space,
        resolved: &Resolved,
    ) -> Result<Option<EpochKeys>, StoreError> {
        let inboxes = self.inboxes_of(resolved.members.keys().copied())?;
        let newest = |who: &Identity| inboxes.get(who).copied().flatten().map(|inbox| inbox.0);
        let held = self.held_epochs(space);
        let holds = |id: &EpochId| held.iter().any(|keys| keys.id() == *id);
        let usable = resolved.epoch_to_write(&newest, &holds);
        Ok(usable.and_then(|id| held.iter().find(|keys| keys.id() == id).cloned()))
    }

    /// Begins an epoch for all who are members now.
    fn begin(
        &mut self,
        account: &Account,
        space: &Space,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Result<EpochKeys, StoreError> {
        let me = account.identity;
        let resolved = self.resolved(space)?;
        let inboxes = self.inboxes_of(resolved.members.keys().copied())?;
        let previous = self.tips(space, &resolved);
        let mut rng = crate::rng::system();
        let generation = resolved.next_generation();
        let keys = EpochKeys::generate(*space, generation, me, &mut rng);
        let parents = resolved.parents();
        self.keep_own(account, &keys, None, now_ms, placed)?;
        // Whom the writer added with the past gets it along, if no inbox key of theirs was known until now.
        let owed = resolved.owed_the_past(&me);
        let (owed, others): (Inboxes, Inboxes) = inboxes
            .iter()
            .map(|(who, inbox)| (*who, *inbox))
            .partition(|(who, inbox)| inbox.is_some() && owed.contains(who));
        if !owed.is_empty() {
            self.hand_over(account, &keys, &owed, now_ms, placed)?;
        }
        self.grant(account, (&keys, &parents, &[]), &others, now_ms, placed)?;
        let mut step = Step {
            space: *space,
            key: keys.control.clone(),
            parents,
            now_ms,
        };
        let op = epoch_op(&keys, &inboxes, previous);
        self.control(account, &mut step, op, placed)?;
        placed.unreached.extend(unreached(&inboxes));
        Ok(keys)
    }

    /// The control keys that the next epoch hands on: those that no other does.
    fn tips(&self, space: &Space, resolved: &Resolved) -> Vec<EpochControl> {
        let handed_on: BTreeSet<&EpochId> = resolved
            .epochs
            .values()
            .flat_map(|epoch| &epoch.previous)
            .collect();
        let controls = self.held_controls(space);
        let tips = controls
            .into_iter()
            .filter(|(id, _)| resolved.epochs.contains_key(id) && !handed_on.contains(id));
        let mut tips: Vec<EpochControl> = tips.map(|(_, control)| control).collect();
        // As their order on the wire is: the newest stay if there are too many.
        tips.sort_unstable_by_key(|tip| {
            let control = *Commitment::to(&tip.control).as_bytes();
            let body = *tip.body.as_bytes();
            (tip.generation, *tip.starter.as_bytes(), body, control)
        });
        tips.split_off(tips.len().saturating_sub(PREVIOUS_EPOCHS_MAX))
    }

    /// The control keys that are at hand, of epochs that one was in and of earlier ones.
    fn held_controls(&self, space: &Space) -> BTreeMap<EpochId, EpochControl> {
        let control = |keys: &RecordedKeys| match keys {
            RecordedKeys::Whole(keys) => keys.control_part(),
            RecordedKeys::Control { control, .. } => control.clone(),
        };
        let held = self.epochs(space);
        held.map(|(id, epoch)| (*id, control(&epoch.keys)))
            .collect()
    }

    /// The next step in a space as it is now, sealed so that its members can read it.
    fn step(
        &self,
        space: &Space,
        resolved: &Resolved,
        now_ms: u64,
    ) -> Result<Option<Step>, StoreError> {
        let key = match self.usable(space, resolved)? {
            Some(keys) => Some(keys.control),
            None => {
                let held = self.held_controls(space).into_iter();
                let known = held.filter(|(id, _)| resolved.epochs.contains_key(id));
                let newest = known.max_by_key(|(id, control)| (control.generation, *id));
                newest.map(|(_, control)| control.control)
            }
        };
        Ok(key.map(|key| Step {
            space: *space,
            key,
            parents: resolved.parents(),
            now_ms,
        }))
    }

    /// Writes one control entry.
    fn run(
        &mut self,
        account: &Account,
        space: &Space,
        op: ControlOp,
        now_ms: u64,
        mut placed: Placed,
    ) -> Outcome<Placed> {
        let resolved = self.resolved(space)?;
        let Some(mut step) = self.step(space, &resolved, now_ms)? else {
            return Ok(Err(Refusal::NoKeys));
        };
        self.control(account, &mut step, op, &mut placed)?;
        Ok(Ok(placed))
    }

    /// Writes one control entry, then begins a new epoch if that asks for one.
    fn run_and_renew(
        &mut self,
        account: &Account,
        space: &Space,
        op: ControlOp,
        now_ms: u64,
        placed: Placed,
    ) -> Outcome<Placed> {
        let mut placed = match self.run(account, space, op, now_ms, placed)? {
            Ok(placed) => placed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let epoch = self.shared_epoch(account, space, now_ms, &mut placed)?;
        Ok(epoch.map(|_| placed))
    }

    fn add(
        &mut self,
        account: &Account,
        space: &Space,
        added: &Added,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Outcome<Placed> {
        if added.with_past {
            // First the keys, then the word that they were given.
            let keys = match self.shared_epoch(account, space, now_ms, placed)? {
                Ok(keys) => keys,
                Err(refusal) => return Ok(Err(refusal)),
            };
            self.hand_over(account, &keys, &added.inboxes, now_ms, placed)?;
        }
        let mut done = std::mem::take(placed);
        for op in additions(&added.members, &added.inboxes, added.with_past) {
            done = match self.run(account, space, op, now_ms, done)? {
                Ok(placed) => placed,
                Err(refusal) => return Ok(Err(refusal)),
            };
        }
        let resolved = self.resolved(space)?;
        if self.usable(space, &resolved)?.is_none() {
            self.begin(account, space, now_ms, &mut done)?;
        }
        done.unreached.extend(unreached(&added.inboxes));
        Ok(Ok(done))
    }

    /// Gives all keys of a space that are at hand to people who come in with the past.
    pub(super) fn hand_over(
        &mut self,
        account: &Account,
        keys: &EpochKeys,
        inboxes: &Inboxes,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Result<(), StoreError> {
        let heads = self.resolved(&keys.space)?.parents();
        let mut past = self.held_epochs(&keys.space);
        past.retain(|earlier| earlier.id() != keys.id());
        self.grant(account, (keys, &heads, &past), inboxes, now_ms, placed)
    }

    /// Where each of somebody's social logs ends now.
    fn ends_of(
        &self,
        who: &Identity,
    ) -> Vec<(
        hearth_keys::DeviceId,
        hearth_protocol::entry::LogNumber,
        u64,
    )> {
        let logs = self
            .logs()
            .filter(|(log, _)| log.identity == *who && log.log.is_social());
        let ends = logs.filter_map(|(log, state)| Some((log.device, log.log, state.top()?.hi)));
        let mut ends: Vec<_> = ends.collect();
        ends.sort_unstable();
        ends.truncate(REMOVE_ENDS_MAX);
        ends
    }

    fn control(
        &mut self,
        account: &Account,
        step: &mut Step,
        op: ControlOp,
        placed: &mut Placed,
    ) -> Result<(), StoreError> {
        let content = Content::Control(Control {
            space: step.space,
            parents: step.parents.clone(),
            op,
        });
        let draft = Draft::sealed(step.now_ms, content, &step.key);
        let mut rng = crate::rng::system();
        let (written, stored) =
            self.append(&account.identity, true, vec![draft], step.now_ms, &mut rng)?;
        placed.stored.extend(stored);
        let ids = written.iter().map(|written| (account.identity, written.id));
        step.parents = ids.collect();
        Ok(())
    }
}

/// People who are about to come in.
#[derive(Debug, Clone)]
pub(crate) struct Added {
    members: BTreeSet<Identity>,
    inboxes: Inboxes,
    with_past: bool,
}

/// Where the next control entry goes.
#[derive(Debug)]
struct Step {
    space: Space,
    key: SpaceKey,
    parents: Parents,
    now_ms: u64,
}

fn may(resolved: &Resolved, me: &Identity, change: &Change) -> Result<(), Refusal> {
    let Some(role) = resolved.members.get(me) else {
        return Err(match resolved.members.is_empty() {
            true => Refusal::NoKeys,
            false => Refusal::NotIn,
        });
    };
    let is_heir = resolved.heir == Some(*me) && *change == Change::Promote(*me);
    if *change == Change::Leave || is_heir {
        return Ok(());
    }
    if *change == Change::Remove(*me) {
        return Err(Refusal::Oneself);
    }
    if *role != Role::Admin {
        return Err(Refusal::NotAdmin);
    }
    match change {
        Change::Add { members, .. } => {
            if members.iter().any(|who| resolved.members.contains_key(who)) {
                return Err(Refusal::IsMember);
            }
            match resolved.members.len() + members.len() > MEMBERS_MAX {
                true => Err(Refusal::Full(MEMBERS_MAX)),
                false => Ok(()),
            }
        }
        Change::Remove(who) | Change::Promote(who) if !resolved.members.contains_key(who) => {
            Err(Refusal::NotMember)
        }
        Change::Promote(who) if resolved.members.get(who) == Some(&Role::Admin) => {
            Err(Refusal::IsAdmin)
        }
        _ => Ok(()),
    }
}

/// Entries that add all of `members`.
fn additions(members: &BTreeSet<Identity>, inboxes: &Inboxes, with_past: bool) -> Vec<ControlOp> {
    let members: Vec<Identity> = members.iter().copied().collect();
    let generation = |who: &Identity| {
        let inbox = inboxes.get(who).copied().flatten();
        inbox.map(|(generation, _)| generation)
    };
    let parts = members.chunks(ADDED_MAX);
    parts
        .map(|part| ControlOp::Add {
            members: part.to_vec(),
            inboxes: part.iter().map(generation).collect(),
            with_past,
        })
        .collect()
}

fn epoch_op(keys: &EpochKeys, inboxes: &Inboxes, previous: Vec<EpochControl>) -> ControlOp {
    let generation = |inbox: &Option<(u32, _)>| inbox.as_ref().map(|inbox| inbox.0);
    ControlOp::Epoch {
        generation: keys.generation,
        body: Commitment::to(&keys.body),
        control: Commitment::to(&keys.control),
        inboxes: inboxes.values().map(generation).collect(),
        previous,
    }
}
