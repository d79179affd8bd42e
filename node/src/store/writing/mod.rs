//! Writing into spaces: which key seals what, and beginning a new epoch where none fits.
//!
//! One job on the store's thread writes all that belongs together, in this order: the keys for one's own other devices
//! (own log), the grants for the members (social log, clear), then what is sealed under the new keys. Whoever sees the
//! latter thus finds the former, wherever a copy ends.

mod carry;
mod carry_reactions;
mod epochs;
mod keeping;
mod needed;
mod rests;
mod shared;
mod went;

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BoxPublic, Identity, SpaceKey};
use hearth_protocol::content::{Content, RecordedKeys};
use hearth_protocol::space::{EpochKeys, Space};

pub(crate) use carry_reactions::Reacting;
pub(crate) use keeping::Verdict;
pub(crate) use rests::Rests;
pub(crate) use shared::Change;

use super::logs::{Account, Draft, DraftAudience, Logs, StoreError, Stored, Written};

/// Why nothing was written: nothing is wrong with the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Not in the space.
    #[error("you aren't in this space any more: ask one of its admins to add you")]
    NotIn,
    /// In it, but without a key yet.
    #[error(
        "the keys of this space aren't here yet: they come as soon as the node of whoever added you, or of another member, was reached"
    )]
    NoKeys,
    /// Only admins may.
    #[error("only an admin of the space can do that: `hearth space show` lists them")]
    NotAdmin,
    /// They are in it.
    #[error("they are in the space already")]
    IsMember,
    /// They aren't in it.
    #[error("they aren't in the space: `hearth space show` lists who is")]
    NotMember,
    /// They are an admin.
    #[error("they are an admin already")]
    IsAdmin,
    /// Removing oneself.
    #[error("to go out of a space yourself, use `hearth space leave`")]
    Oneself,
    /// More steps than are looked at.
    #[error(
        "this space is at its end: more was changed in it than it has room for. Found a new one with `hearth space create`"
    )]
    AtItsEnd,
    /// More than fit in.
    #[error("a space has at most {0} members")]
    Full(usize),
    /// The other of a space of two is blocked.
    #[error("you block them: end that first, with `hearth block KEY --undo`")]
    Blocked,
    /// Shared spaces have these, others don't.
    #[error(
        "only shared spaces have members that can be changed; friends are those whom you follow and who follow you"
    )]
    NotShared,
}

/// What a job of the store makes of a request.
pub(crate) type Outcome<T> = Result<Result<T, Refusal>, StoreError>;

/// What was written into a space.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    /// What was asked for, in order.
    pub(crate) written: Vec<Written>,
    /// All that there is to pass on: new keys, too.
    pub(crate) stored: Vec<Stored>,
    /// Members to whom no keys could be given, as no key of theirs to seal them to is known.
    pub(crate) unreached: BTreeSet<Identity>,
    /// Who was added without the past, though they should have had it: keys that others may still write under aren't
    /// here.
    pub(crate) without_past: BTreeSet<Identity>,
}

/// Members, each with the inbox key to seal to, if one is known.
pub(super) type Inboxes = BTreeMap<Identity, Option<(u32, BoxPublic)>>;

impl Logs {
    /// Writes into a space, under its newest fitting epoch; begins one if there is none. Contents come with the times that
    /// they claim.
    pub(crate) fn write_in(
        &mut self,
        me: &Identity,
        space: &Space,
        contents: Vec<(u64, Content)>,
        now_ms: u64,
    ) -> Outcome<Placed> {
        let account = self.account(me)?.clone();
        let mut placed = Placed::default();
        let (social, drafts) = match space {
            Space::Public => {
                let draft = |(time_ms, content)| Draft::public(time_ms, content);
                (true, contents.into_iter().map(draft).collect::<Vec<_>>())
            }
            Space::Private(_) => {
                let draft = |(time_ms, content)| Draft::private(time_ms, content);
                (false, contents.into_iter().map(draft).collect())
            }
            space => {
                let keys = match self.epoch_for(&account, space, now_ms, &mut placed)? {
                    Ok(keys) => keys,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let draft = |(time_ms, content)| Draft::sealed(time_ms, content, &keys.body);
                (true, contents.into_iter().map(draft).collect())
            }
        };
        let mut rng = crate::rng::system();
        let (written, stored) = self.append(me, social, drafts, now_ms, &mut rng)?;
        placed.written = written;
        placed.stored.extend(stored);
        Ok(Ok(placed))
    }

    /// The epoch to write in; a new one where none fits.
    fn epoch_for(
        &mut self,
        account: &Account,
        space: &Space,
        now_ms: u64,
        placed: &mut Placed,
    ) -> Outcome<EpochKeys> {
        let me = account.identity;
        match space {
            Space::Friends(owner) if *owner == me => {
                let members = self.friends(&me)?.into_iter().collect();
                Ok(Ok(
                    self.closed_epoch(account, space, &members, now_ms, placed)?
                ))
            }
            Space::Direct(one, other) if [one, other].contains(&&me) => {
                let whom = if *one == me { other } else { one };
                if self.is_blocked(&me, whom)? {
                    return Ok(Err(Refusal::Blocked));
                }
                let members = BTreeSet::from([*one, *other]);
                Ok(Ok(
                    self.closed_epoch(account, space, &members, now_ms, placed)?
                ))
            }
            Space::Friends(owner) => {
                let held = self.held_epochs(space).into_iter();
                let newest = held
                    .filter(|keys| keys.starter == *owner)
                    .max_by_key(|keys| (keys.generation, keys.id()));
                Ok(newest.ok_or(Refusal::NoKeys))
            }
            Space::Shared { .. } => self.shared_epoch(account, space, now_ms, placed),
            Space::Public | Space::Private(_) | Space::Direct(..) => Ok(Err(Refusal::NotIn)),
        }
    }

    /// The epochs of a space of which both keys are at hand.
    pub(crate) fn held_epochs(&self, space: &Space) -> Vec<EpochKeys> {
        let held = self
            .epochs(space)
            .filter_map(|(_, epoch)| match &epoch.keys {
                RecordedKeys::Whole(keys) => Some(keys.clone()),
                RecordedKeys::Control { .. } => None,
            });
        held.collect()
    }

    /// The keys to seal to.
    pub(super) fn inboxes_of(
        &self,
        members: impl IntoIterator<Item = Identity>,
    ) -> Result<Inboxes, StoreError> {
        let inbox = |who: Identity| Ok((who, self.newest_inbox(&who)?));
        members.into_iter().map(inbox).collect()
    }
}

impl Draft {
    /// For all who hold a key.
    pub(crate) fn sealed(time_ms: u64, content: Content, key: &SpaceKey) -> Self {
        let audience = DraftAudience::Sealed(key.clone());
        Self {
            time_ms,
            content,
            audience,
        }
    }
}
