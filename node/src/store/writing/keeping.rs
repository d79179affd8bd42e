//! What is done in spaces without being asked: keys that were granted are kept, stale epochs renewed.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::content::social::register;
use hearth_protocol::content::{EpochRecord, RecordedKeys};
use hearth_protocol::space::{EpochKeys, Granted, Resolved, Space};

use super::super::logs::{Logs, StoreError, Stored};
use super::rests::{Rests, Turn, cause_of};
use super::{Change, Placed};

/// Epochs of a shared space that are kept from one granter though no entry names them: the entries come later, with what
/// was said before somebody joined, or never.
const UNNAMED_PER_GRANTER_MAX: usize = 1024;
/// How far ahead of the newest epoch of theirs that is held somebody's next one for two may be: they begin one at a time,
/// and each comes here.
const GENERATIONS_AHEAD_MAX: u32 = 4_096;

/// What becomes of keys that somebody granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They are kept.
    Take,
    /// Not from them, as things are.
    Wait,
    /// They aren't theirs to grant.
    Never,
}

impl Logs {
    /// Whether to take keys that `granter` granted. `is_asked`: whether joining that space was asked for.
    pub(crate) fn judge(
        &self,
        me: &Identity,
        granted: &Granted,
        granter: &Identity,
        is_asked: bool,
    ) -> Result<Verdict, StoreError> {
        let keys = &granted.keys;
        let is_known = self.known_spaces().any(|space| *space == keys.space);
        // Into a space that both are in, somebody who is blocked may still bring new keys: it isn't theirs alone.
        if !is_known && granter != me && self.is_blocked(me, granter)? {
            return Ok(Verdict::Wait);
        }
        Ok(match &keys.space {
            Space::Public | Space::Private(_) => Verdict::Never,
            Space::Friends(owner) if owner != granter || keys.starter != *owner => Verdict::Never,
            Space::Friends(owner) => match owner == me || self.is_following(me, owner)? {
                true => Verdict::Take,
                false => Verdict::Wait,
            },
            space @ Space::Direct(..) => {
                let is_theirs = *space == Space::direct(*me, *granter) && keys.starter == *granter;
                let held = self.held_epochs(space).into_iter();
                let newest = held.filter(|held| held.starter == keys.starter);
                let newest = newest.map(|held| held.generation).max();
                let is_near = newest.is_none_or(|newest| {
                    keys.generation <= newest.saturating_add(GENERATIONS_AHEAD_MAX)
                });
                match (is_theirs && is_near) || granter == me {
                    true => Verdict::Take,
                    false => Verdict::Never,
                }
            }
            Space::Shared { .. } if granter == me => Verdict::Take,
            space @ Space::Shared { .. } => {
                let may_bring = match is_known {
                    true => self.may_renew(space, granter)?,
                    false => is_asked,
                };
                match may_bring || self.is_trusted(me, granter)? {
                    true => Verdict::Take,
                    false => Verdict::Wait,
                }
            }
        })
    }

    /// Whether somebody may bring keys into a shared space of which there are some: who is or was a member, and anybody as
    /// long as nothing is known of who is.
    pub(crate) fn may_renew(&self, space: &Space, granter: &Identity) -> Result<bool, StoreError> {
        let resolved = self.resolved(space)?;
        Ok(resolved.members.is_empty() || resolved.was_member(granter))
    }

    /// Whether the account asked to be let into a space.
    pub(crate) fn is_join_asked(&self, me: &Identity, space: &Space) -> Result<bool, StoreError> {
        let asked = self.register(me, register::JOIN_ASKED, space.id().as_bytes())?;
        Ok(asked.is_some())
    }

    /// Whether somebody may bring the account into a space without being asked: a friend.
    fn is_trusted(&self, me: &Identity, granter: &Identity) -> Result<bool, StoreError> {
        self.is_following(me, granter)
    }

    /// Keeps granted keys in the own log, so that all own devices have them, now and after a restore.
    pub(crate) fn keep_granted(
        &mut self,
        me: &Identity,
        granted: &[(Granted, Identity)],
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let account = self.account(me)?.clone();
        let mut records: Vec<EpochRecord> = Vec::new();
        let mut known = BTreeSet::new();
        for (granted, granter) in granted {
            let mut left = self.unnamed_left(me, &granted.keys.space, granter)?;
            for keys in [&granted.keys].into_iter().chain(&granted.past) {
                if self.is_recorded(keys) || known.contains(&keys.id()) {
                    continue;
                }
                // What no entry names yet may be made up.
                let is_named = self.is_named(keys)?;
                if is_named || left > 0 {
                    left -= usize::from(!is_named);
                    known.insert(keys.id());
                    records.push(EpochRecord {
                        keys: RecordedKeys::Whole(keys.clone()),
                        granter: *granter,
                        members: None,
                    });
                }
            }
        }
        let mut placed = Placed::default();
        self.keep_records(&account, records, now_ms, &mut placed)?;
        Ok(placed.stored)
    }

    /// How many epochs more somebody may bring into a space that no entry names.
    fn unnamed_left(
        &self,
        me: &Identity,
        space: &Space,
        granter: &Identity,
    ) -> Result<usize, StoreError> {
        if granter == me || !matches!(space, Space::Shared { .. }) {
            return Ok(usize::MAX);
        }
        let resolved = self.resolved(space)?;
        let unnamed = self.epochs(space).filter(|(id, epoch)| {
            let is_theirs = epoch.granter.as_ref() == Some(granter);
            is_theirs && epoch.is_recorded && !resolved.epochs.contains_key(id)
        });
        Ok(UNNAMED_PER_GRANTER_MAX.saturating_sub(unnamed.count()))
    }

    /// Whether an entry says that an epoch was begun.
    fn is_named(&self, keys: &EpochKeys) -> Result<bool, StoreError> {
        Ok(match &keys.space {
            space @ Space::Shared { .. } => self.resolved(space)?.epochs.contains_key(&keys.id()),
            _ => false,
        })
    }

    /// Whether an own log has both keys of an epoch.
    fn is_recorded(&self, keys: &EpochKeys) -> bool {
        let held = self.epoch(&keys.space, &keys.id());
        held.is_some_and(|held| held.is_recorded && held.keys.body().is_some())
    }

    /// Looks after the spaces that an account is in: an admin on whom it falls begins a new epoch where the newest
    /// doesn't fit any more, and who owes somebody the past gives it with one; the heir of a space without admins takes it
    /// over; and one's friends get a new epoch when somebody isn't one any longer. Gives whose logs these spaces need.
    pub(crate) fn keep_spaces(
        &mut self,
        me: &Identity,
        rests: &mut Rests,
        now_ms: u64,
    ) -> Result<(BTreeSet<Identity>, Vec<Stored>), StoreError> {
        let shared = self
            .known_spaces()
            .filter(|space| matches!(space, Space::Shared { .. }));
        let shared: Vec<Space> = shared.copied().collect();
        // Who is written to alone gets keys once an inbox of theirs is here.
        let pairs = self
            .known_spaces()
            .filter(|space| matches!(space, Space::Direct(..)));
        let mut needed: BTreeSet<Identity> = pairs.flat_map(Space::identities).collect();
        let mut stored = self.keep_friends(me, rests, now_ms)?;
        for space in shared {
            self.learn_passed_over(&space)?;
            let resolved = self.resolved(&space)?;
            let whose = self.needed_for(me, &space, &resolved);
            self.hear_members(&space, &whose);
            needed.extend(whose);
            if resolved.members.contains_key(me) && !resolved.is_full {
                stored.extend(self.note_gone(me, &space, &resolved, now_ms)?);
                stored.extend(self.keep_space(me, &space, &resolved, rests, now_ms)?);
            }
        }
        needed.remove(me);
        Ok((needed, stored))
    }

    /// Does what falls on an account in a shared space.
    fn keep_space(
        &mut self,
        me: &Identity,
        space: &Space,
        resolved: &Resolved,
        rests: &mut Rests,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let inboxes = self.inboxes_of(resolved.members.keys().copied())?;
        let newest = |who: &Identity| inboxes.get(who).copied().flatten().map(|inbox| inbox.0);
        let mut owed = resolved.owed_the_past(me);
        owed.retain(|who| newest(who).is_some());
        let is_heir = resolved.heir == Some(*me);
        let falls_on_me = resolved.renewer() == Some(*me) && !is_heir;
        let back = resolved.back.first().filter(|_| falls_on_me);
        let is_stale = falls_on_me && {
            let held = self.held_epochs(space);
            resolved.needs_epoch(&newest, &|id| held.iter().any(|keys| keys.id() == *id))
        };
        // A promotion that doesn't count leaves the heads as they were: it isn't tried again.
        let cause = if is_heir {
            cause_of(&resolved.heads)
        } else if let Some(back) = back {
            cause_of(back)
        } else if !owed.is_empty() {
            cause_of(&owed)
        } else if is_stale {
            let members = resolved.members.keys();
            let members: Vec<_> = members.map(|who| (*who, newest(who))).collect();
            cause_of(&members)
        } else {
            rests.settle(space);
            return Ok(Vec::new());
        };
        let turn = Turn {
            is_first: self.is_first_device(me)?,
            is_lacking: !resolved.missing.is_empty(),
            is_once: is_heir,
        };
        if !rests.is_due(space, cause, turn, now_ms) {
            return Ok(Vec::new());
        }
        let outcome = match (is_heir, back) {
            (true, _) => self.change_space(me, space, Change::Promote(*me), now_ms)?,
            (false, Some(back)) => self.change_space(me, space, Change::Remove(*back), now_ms)?,
            (false, None) => self.renew_space(me, space, now_ms)?,
        };
        Ok(outcome.map_or_else(|_| Vec::new(), |placed| placed.stored))
    }

    /// Begins a new epoch for an account's friends if the newest is one's who isn't a friend any more, or was granted to an
    /// inbox key that a newer one took the place of: others answer under it, whether the account says anything or not.
    fn keep_friends(
        &mut self,
        me: &Identity,
        rests: &mut Rests,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let space = Space::Friends(*me);
        let Some(begun) = self.begun_for(me, &space) else {
            return Ok(Vec::new());
        };
        let mut wanted: BTreeSet<Identity> = self.friends(me)?.into_iter().collect();
        let inboxes = self.inboxes_of(wanted.iter().copied().chain([*me]))?;
        let is_wrong = |(who, granted): (&Identity, &Option<u32>)| {
            let newest = inboxes.get(who).copied();
            newest.is_none_or(|newest| granted.is_some() && newest.map(|inbox| inbox.0) > *granted)
        };
        if !begun.iter().any(is_wrong) {
            rests.settle(&space);
            return Ok(Vec::new());
        }
        let generations: Vec<_> = inboxes
            .iter()
            .map(|(who, inbox)| (*who, inbox.map(|inbox| inbox.0)))
            .collect();
        let turn = Turn {
            is_first: self.is_first_device(me)?,
            is_lacking: false,
            is_once: false,
        };
        if !rests.is_due(&space, cause_of(&generations), turn, now_ms) {
            return Ok(Vec::new());
        }
        let account = self.account(me)?.clone();
        let mut placed = Placed::default();
        wanted.remove(me);
        self.closed_epoch(&account, &space, &wanted, now_ms, &mut placed)?;
        Ok(placed.stored)
    }

    /// Whether this device does first what falls on all of the account's: the one with the lowest name that speaks for it.
    fn is_first_device(&self, me: &Identity) -> Result<bool, StoreError> {
        let own = self.account(me)?.device.id();
        let current = self.statements(me).current_devices();
        let first = current.keys().next();
        Ok(first.is_none_or(|first| *first == own))
    }
}
