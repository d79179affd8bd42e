//! What is done in spaces without being asked: keys that were granted are kept, stale epochs renewed.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::content::social::register;
use hearth_protocol::content::{EpochRecord, RecordedKeys};
use hearth_protocol::space::{EpochKeys, Granted, Resolved, Space};

use super::super::logs::{Logs, StoreError, Stored};
use super::{Change, Placed};

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
                match is_theirs || granter == me {
                    true => Verdict::Take,
                    false => Verdict::Never,
                }
            }
            Space::Shared { .. } if is_known || is_asked || granter == me => Verdict::Take,
            Space::Shared { .. } => match self.is_trusted(me, granter)? {
                true => Verdict::Take,
                false => Verdict::Wait,
            },
        })
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
            for keys in [&granted.keys].into_iter().chain(&granted.past) {
                if !self.is_recorded(keys) && known.insert(keys.id()) {
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

    /// Whether an own log has both keys of an epoch.
    fn is_recorded(&self, keys: &EpochKeys) -> bool {
        let held = self.epoch(&keys.space, &keys.id());
        held.is_some_and(|held| held.is_recorded && held.keys.body().is_some())
    }

    /// Looks after the shared spaces that an account is in: an admin on whom it falls begins a new epoch where the newest
    /// doesn't fit any more, and the heir of a space without admins takes it over. Gives whose logs these spaces need.
    pub(crate) fn keep_spaces(
        &mut self,
        me: &Identity,
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
        let mut stored = Vec::new();
        for space in shared {
            let resolved = self.resolved(&space)?;
            let is_in = resolved.members.contains_key(me);
            // Until its beginning is here nobody is in it: then those are needed who have it.
            if is_in || resolved.members.is_empty() {
                needed.extend(resolved.named.iter().copied());
                needed.extend(resolved.members.keys().copied());
                needed.extend(space.identities());
            }
            // Also of who was removed: as they are added again, what happened in between is missing.
            needed.extend(resolved.missing.iter().map(|(who, _)| *who));
            if !is_in {
                continue;
            }
            if resolved.heir == Some(*me) {
                let change = Change::Promote(*me);
                if let Ok(placed) = self.change_space(me, &space, change, now_ms)? {
                    stored.extend(placed.stored);
                }
            } else if self.falls_on(me, &space, &resolved)?
                && let Ok(placed) = self.renew_space(me, &space, now_ms)?
            {
                stored.extend(placed.stored);
            }
        }
        needed.remove(me);
        Ok((needed, stored))
    }

    /// Whether it is for `me` to begin a new epoch of a space.
    fn falls_on(
        &self,
        me: &Identity,
        space: &Space,
        resolved: &Resolved,
    ) -> Result<bool, StoreError> {
        Ok(match resolved.senior.first() == Some(me) {
            true => self.is_stale(space, resolved)? || self.owes_the_past(me, resolved)?,
            false => self.owes_the_past(me, resolved)?,
        })
    }

    fn is_stale(&self, space: &Space, resolved: &Resolved) -> Result<bool, StoreError> {
        Ok(resolved.missing.is_empty() && self.usable(space, resolved)?.is_none())
    }
}
