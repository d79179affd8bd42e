//! Shared spaces: founded, run by control entries, and given new epochs.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{Identity, SpaceKey};
use hearth_protocol::bounds::{ADDED_MAX, CONTROL_HEADS_MAX, MEMBERS_MAX, REMOVE_ENDS_MAX};
use hearth_protocol::content::{Content, Control, ControlOp, RecordedKeys, Reference};
use hearth_protocol::entry::EntryId;
use hearth_protocol::space::epoch::Commitment;
use hearth_protocol::space::{
    EpochControl, EpochId, EpochKeys, MembersDigest, Resolved, Role, Space,
};

use super::super::logs::{Account, Draft, Logs, StoreError, Written};
use super::epochs::unreached;
use super::{Inboxes, Outcome, Placed, Refusal};

/// Epochs that are begun one after the other before something is written, where there are too many heads for one.
const BEGUN_IN_A_ROW_MAX: usize = 8;

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
        if let Err(refusal) = role_of(&resolved, &me) {
            return Ok(Err(refusal));
        }
        if resolved.is_full {
            return Ok(Err(Refusal::AtItsEnd));
        }
        if let Some(keys) = self.usable(space, &resolved)?
            && !self.owes_the_past(&me, &resolved)?
        {
            return Ok(Ok(keys));
        }
        if !resolved.has_room(&me) {
            return Ok(Err(Refusal::AtItsEnd));
        }
        let mut keys = self.begin(account, space, now_ms, placed)?;
        // After more heads than an entry names, one isn't enough.
        for _ in 1..BEGUN_IN_A_ROW_MAX {
            let resolved = self.resolved(space)?;
            if self.usable(space, &resolved)?.is_some() {
                break;
            }
            keys = self.begin(account, space, now_ms, placed)?;
        }
        Ok(Ok(keys))
    }

    /// Whether somebody can be given the past now whom `me` added with it when they couldn't.
    pub(super) fn owes_the_past(
        &self,
        me: &Identity,
        resolved: &Resolved,
    ) -> Result<bool, StoreError> {
        let inboxes = self.inboxes_of(resolved.owed_the_past(me))?;
        Ok(inboxes.values().any(Option::is_some))
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
        let resolved = self.resolved(space)?;
        let known = self.inboxes_of(resolved.members.keys().copied())?;
        let inbox = |who: &Identity| known.get(who).copied().flatten();
        let controls = self.held_controls(space);
        let plan = resolved.plan_epoch(
            &account.identity,
            &|who| inbox(who).map(|inbox| inbox.0),
            &|id| controls.contains_key(id),
        );
        let mut rng = crate::rng::system();
        let keys = EpochKeys::generate(*space, plan.generation, account.identity, &mut rng);
        // Who is to be left out of what follows is granted nothing, though the entry may have to name them.
        let granted = plan.members.iter();
        let inboxes: Inboxes = granted
            .map(|(who, generation)| (*who, generation.and_then(|_| inbox(who))))
            .collect();
        self.keep_own(account, &keys, None, now_ms, placed)?;
        // Whom the writer added with the past gets it along, if no inbox key of theirs was known until now.
        let owed = resolved.owed_the_past(&account.identity);
        let (owed, others): (Inboxes, Inboxes) = inboxes
            .iter()
            .map(|(who, inbox)| (*who, *inbox))
            .partition(|(who, inbox)| inbox.is_some() && owed.contains(who));
        if !owed.is_empty() {
            self.hand_over(account, &keys, &owed, now_ms, placed)?;
        }
        self.grant(
            account,
            (&keys, newest(&resolved), &[]),
            &others,
            now_ms,
            placed,
        )?;
        let previous = plan.previous.iter().filter_map(|id| controls.get(id));
        let control = plan.control(&keys, previous.cloned().collect());
        self.write_control(account, control, &keys.control, now_ms, placed)?;
        let reached = |who: &Identity| inbox(who).is_some();
        let unreached = resolved.members.keys().filter(|who| !reached(who));
        placed.unreached.extend(unreached.copied());
        Ok(keys)
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

    /// The epoch under which the next step is written: one that all members can read, and from which the step descends.
    fn step_epoch(
        &mut self,
        account: &Account,
        space: &Space,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Outcome<EpochKeys> {
        let mut keys = match self.shared_epoch(account, space, now_ms, placed)? {
            Ok(keys) => keys,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for _ in 0..BEGUN_IN_A_ROW_MAX {
            // The step names all heads, so that it descends from every epoch that counts.
            if self.resolved(space)?.heads.len() <= CONTROL_HEADS_MAX {
                break;
            }
            keys = self.begin(account, space, now_ms, placed)?;
        }
        Ok(Ok(keys))
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
        let keys = match self.step_epoch(account, space, now_ms, &mut placed)? {
            Ok(keys) => keys,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !self.resolved(space)?.has_room(&account.identity) {
            return Ok(Err(Refusal::AtItsEnd));
        }
        let by = (&account.identity, &keys.id());
        let control = self.resolved(space)?.step(space, by, op);
        self.write_control(account, control, &keys.control, now_ms, &mut placed)?;
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

    /// Adds members, handing over the past to them if they are to read it, and begins a new epoch where they need one.
    fn add(
        &mut self,
        account: &Account,
        space: &Space,
        added: &Added,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Outcome<Placed> {
        let keys = match self.step_epoch(account, space, now_ms, placed)? {
            Ok(keys) => keys,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let members: Vec<Identity> = added.members.iter().copied().collect();
        for members in members.chunks(ADDED_MAX) {
            let members: BTreeSet<Identity> = members.iter().copied().collect();
            let inbox = |who: &Identity| added.inboxes.get(who).copied().flatten();
            let held: BTreeSet<EpochId> =
                self.held_epochs(space).iter().map(EpochKeys::id).collect();
            let plan = self.resolved(space)?.plan_add(
                (space, &account.identity, &keys.id()),
                &members,
                added.with_past,
                &|who| inbox(who).map(|inbox| inbox.0),
                &|id| held.contains(id),
            );
            let has_past = matches!(
                plan.control.op,
                ControlOp::Add {
                    with_past: true,
                    ..
                }
            );
            if added.with_past && !has_past {
                placed.without_past.extend(&members);
            }
            // First the keys, then the word that they were given.
            let past_for = plan.past_for.iter().map(|who| (*who, inbox(who)));
            let past_for: Inboxes = past_for.collect();
            if !past_for.is_empty() {
                self.hand_over(account, &keys, &past_for, now_ms, placed)?;
            }
            self.write_control(account, plan.control, &keys.control, now_ms, placed)?;
        }
        let epoch = self.shared_epoch(account, space, now_ms, placed)?;
        placed.unreached.extend(unreached(&added.inboxes));
        Ok(epoch.map(|_| std::mem::take(placed)))
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
        let resolved = self.resolved(&keys.space)?;
        let heads = newest(&resolved);
        let mut past = self.held_epochs(&keys.space);
        past.retain(|earlier| earlier.id() != keys.id());
        self.grant(account, (keys, heads, &past), inboxes, now_ms, placed)
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
        let control = Control {
            space: step.space,
            parents: step.parents.clone(),
            op,
        };
        let written = self.write_control(account, control, &step.key, step.now_ms, placed)?;
        step.parents = written.into_iter().collect();
        Ok(())
    }

    fn write_control(
        &mut self,
        account: &Account,
        control: Control,
        key: &SpaceKey,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Result<Option<Reference>, StoreError> {
        let draft = Draft::sealed(now_ms, Content::Control(control), key);
        let mut rng = crate::rng::system();
        let (written, stored) =
            self.append(&account.identity, true, vec![draft], now_ms, &mut rng)?;
        placed.stored.extend(stored);
        let reference = |written: &Written| Reference {
            place: written.place,
            id: written.id,
        };
        Ok(written.first().map(reference))
    }
}

/// People who are about to come in.
#[derive(Debug, Clone)]
pub(crate) struct Added {
    members: BTreeSet<Identity>,
    inboxes: Inboxes,
    with_past: bool,
}

/// Where the next entry of a space that is being founded goes.
#[derive(Debug)]
struct Step {
    space: Space,
    key: SpaceKey,
    parents: Vec<Reference>,
    now_ms: u64,
}

/// The newest control entries, as many as a grant names.
fn newest(resolved: &Resolved) -> &[(Identity, EntryId)] {
    &resolved.heads[..resolved.heads.len().min(CONTROL_HEADS_MAX)]
}

/// What somebody may write in a shared space, or why nothing.
fn role_of(resolved: &Resolved, me: &Identity) -> Result<Role, Refusal> {
    let role = resolved.members.get(me).copied();
    role.ok_or(match resolved.members.is_empty() {
        true => Refusal::NoKeys,
        false => Refusal::NotIn,
    })
}

fn may(resolved: &Resolved, me: &Identity, change: &Change) -> Result<(), Refusal> {
    let role = role_of(resolved, me)?;
    let is_heir = resolved.heir == Some(*me) && *change == Change::Promote(*me);
    if *change == Change::Leave || is_heir {
        return Ok(());
    }
    if *change == Change::Remove(*me) {
        return Err(Refusal::Oneself);
    }
    if role != Role::Admin {
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
        // Also who left: what they say from now on ends by it.
        Change::Remove(who) if !resolved.was_member(who) => Err(Refusal::NotMember),
        Change::Promote(who) if !resolved.members.contains_key(who) => Err(Refusal::NotMember),
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
        members: MembersDigest::of(inboxes.keys()),
        inboxes: inboxes.values().map(generation).collect(),
        previous,
    }
}
