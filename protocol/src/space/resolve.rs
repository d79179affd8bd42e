//! What a shared space's control entries amount to: its name, members, admins and epochs, alike for everybody who holds
//! the same entries, in whatever order these came.
//!
//! ```
//! # use hearth_keys::{DeviceId, Identity};
//! # use hearth_protocol::content::{Control, ControlOp};
//! # use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
//! use hearth_protocol::space::{ControlEntry, EpochId, Role, Space, resolve};
//!
//! # let alice = Identity::from_bytes([1; 32]);
//! # let place = |seq| {
//! #     let log = LogKey { identity: alice, device: DeviceId::from_bytes([1; 32]), log: LogNumber::SOCIAL };
//! #     Place { log, seq }
//! # };
//! let space = Space::Shared { creator: alice, nonce: [7; 16] };
//! let founded = ControlEntry {
//!     id: EntryId::from_bytes([1; 32]),
//!     place: place(0),
//!     under: EpochId::from_bytes([2; 32]),
//!     control: Control { space, parents: vec![], op: ControlOp::Create { name: "Book club".into() } },
//! };
//! let resolved = resolve(&space, &[founded], &|_| false);
//! assert_eq!(resolved.name, "Book club");
//! assert_eq!(resolved.members[&alice], Role::Admin);
//! ```

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;

use super::history::{History, Person};
use super::judge::{Judgement, View};
use super::order::{Gone, missing};
use super::rows::Bits;
use super::{EpochControl, EpochId, MembersDigest, Space};
use crate::content::{Control, ControlOp};
use crate::entry::{EntryId, Place};

/// A control entry that was opened: who wrote it, where it lies, what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlEntry {
    /// Its id.
    pub id: EntryId,
    /// Where it lies.
    pub place: Place,
    /// The epoch whose control key opened it.
    pub under: EpochId,
    /// What it says.
    pub control: Control,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Add, remove, promote, rename; and what members may.
    Admin,
    /// Speak, begin epochs, leave.
    Member,
}

/// What is known of an epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochState {
    /// The entry that began it.
    pub entry: EntryId,
    /// Counts up from 0.
    pub generation: u32,
    /// Who began it.
    pub starter: Identity,
    /// Whether its beginning counts. What others said in it before they knew better is theirs all the same.
    pub counts: bool,
    /// The epochs whose control keys it hands on.
    pub previous: Vec<EpochId>,
    /// Its entry's index.
    pub(super) at: usize,
}

/// A shared space, as a set of control entries has it.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// What it is called.
    pub name: String,
    /// Who is in it.
    pub members: BTreeMap<Identity, Role>,
    /// The newest entries that count, ascending: none that counts descends from them.
    pub heads: Vec<(Identity, EntryId)>,
    /// Entries that members' entries descend from, and that may come yet; these others wait. Not all, if they are many.
    pub missing: Vec<(Identity, EntryId)>,
    /// Whoever is or was a member: their logs are needed to know all of the space.
    pub named: BTreeSet<Identity>,
    /// All epochs that members, or former ones, began.
    pub epochs: BTreeMap<EpochId, EpochState>,
    /// The admins, the most senior first.
    pub senior: Vec<Identity>,
    /// The most senior member, where there is no admin: they may promote themselves.
    pub heir: Option<Identity>,
    /// Members, for all that is there, whom who asks for it saw gone, and who weren't added since: the step that took them
    /// out went with a log. They are granted nothing. Empty unless the caller fills it.
    pub back: BTreeSet<Identity>,
    /// Whether there were more entries than are looked at: nothing may be written any more.
    pub is_full: bool,
    pub(super) history: History,
    pub(super) counting: Bits,
}

/// Works out what control entries amount to. Entries of other spaces are left out; the order doesn't matter, nor does
/// it that an entry comes twice. `gone` is asked about places where none of `entries` lies.
pub fn resolve(space: &Space, entries: &[ControlEntry], gone: Gone<'_>) -> Resolved {
    let history = History::of(space, entries, gone);
    let all = Bits::all(history.len());
    let judgement = Judgement::of(&history, &all);
    let (members, senior) = members(&history, &judgement);
    let named = (0..history.people.len())
        .filter(|&who| !history.adds[who].is_empty())
        .map(|who| history.people[who]);
    let mut resolved = Resolved {
        name: name(&history, &judgement.counting),
        members,
        heads: heads(&history, &judgement.counting),
        missing: missing(space, (&history, &judgement.counting), entries, gone),
        named: named.collect(),
        epochs: epochs(space, &history, &judgement.counting),
        senior,
        heir: judgement.heir().map(|who| history.people[who]),
        back: BTreeSet::new(),
        is_full: history.is_full,
        counting: judgement.counting,
        history,
    };
    resolved.heads.sort_unstable();
    resolved
}

fn members(
    history: &History,
    judgement: &Judgement<'_>,
) -> (BTreeMap<Identity, Role>, Vec<Identity>) {
    let mut members = BTreeMap::new();
    let mut admins = Vec::new();
    for (who, identity) in history.people.iter().enumerate() {
        if judgement.is_admin(who, View::All) {
            members.insert(*identity, Role::Admin);
            admins.push(who);
        } else if judgement.is_member(who, View::All) {
            members.insert(*identity, Role::Member);
        }
    }
    let rose = |who: usize| (history.rises[who].iter()).find(|&&at| judgement.counting.has(at));
    admins.sort_unstable_by_key(|&who| rose(who));
    let senior = admins.into_iter().map(|who| history.people[who]);
    (members, senior.collect())
}

/// The last name in order that the space was given.
fn name(history: &History, counting: &Bits) -> String {
    let named = (0..history.len()).rev().filter(|&at| counting.has(at));
    let mut names = named.filter_map(|at| match history.op(at) {
        ControlOp::Create { name } | ControlOp::Rename { name } => Some(name.clone()),
        _ => None,
    });
    names.next().unwrap_or_default()
}

fn heads(history: &History, counting: &Bits) -> Vec<(Identity, EntryId)> {
    let mut seen = Bits::none(history.len());
    let mut heads = Vec::new();
    // From the newest on: what none of those met so far descends from is a head.
    for entry in (0..history.len()).rev().filter(|&at| counting.has(at)) {
        if !seen.has(entry) {
            heads.push(history.name(entry));
            history.rows.join(entry, &mut seen);
        }
    }
    heads
}

fn epochs(space: &Space, history: &History, counting: &Bits) -> BTreeMap<EpochId, EpochState> {
    let mut epochs: BTreeMap<EpochId, EpochState> = BTreeMap::new();
    let place = |at: usize| history.entries[at].place;
    for at in (0..history.len()).filter(|&at| history.likely[at]) {
        let ControlOp::Epoch {
            generation,
            previous,
            ..
        } = history.op(at)
        else {
            continue;
        };
        let (starter, entry) = history.name(at);
        let id = history.entries[at].under;
        // Begun twice by the same: the place that was taken first can't be taken again.
        if epochs
            .get(&id)
            .is_some_and(|known| place(known.at) <= place(at))
        {
            continue;
        }
        let previous = previous.iter().map(|epoch: &EpochControl| epoch.id(space));
        let state = EpochState {
            entry,
            generation: *generation,
            starter,
            counts: counting.has(at),
            previous: previous.collect(),
            at,
        };
        epochs.insert(id, state);
    }
    epochs
}

impl Resolved {
    /// Whether what somebody said at a place in an epoch counts: its author was a member then, or came to be one; and no
    /// removal or leaving that the epoch's starter didn't know of ended that before.
    ///
    /// Of an epoch whose beginning isn't there yet nothing is known to have been known.
    pub fn counts(&self, place: &Place, epoch: &EpochId) -> bool {
        let history = &self.history;
        let Some(author) = history.person(&place.log.identity) else {
            return false;
        };
        let at = self.epochs.get(epoch).map(|epoch| epoch.at);
        let later = |&&entry: &&usize| {
            self.counting.has(entry) && at.is_none_or(|at| !history.rows.has(at, entry))
        };
        let was_member = at.is_some_and(|at| self.is_member(author, View::Before(at)));
        let ended = |&entry: &usize| {
            let left = history.entries[entry].place;
            match history.op(entry) {
                ControlOp::Leave => place.log == left.log && place.seq > left.seq,
                _ => history.is_beyond(entry, place),
            }
        };
        (was_member || history.adds[author].iter().any(|entry| later(&entry)))
            && !history.outs[author].iter().filter(later).any(ended)
    }

    /// Whether a step by somebody would be looked at.
    pub fn has_room(&self, author: &Identity) -> bool {
        let person = self.history.person(author);
        let runs = self.senior.contains(author);
        !self.is_full && person.is_none_or(|person| self.history.has_room(person, runs))
    }

    /// Whether somebody was an admin at some time.
    pub fn was_admin(&self, who: &Identity) -> bool {
        let person = self.history.person(who);
        person.is_some_and(|person| !self.history.rises[person].is_empty())
    }

    /// The entries that bring somebody in and count.
    pub fn adds(&self, who: &Identity) -> BTreeSet<EntryId> {
        let adds = self.history.person(who).map(|at| &self.history.adds[at]);
        let counting = adds
            .into_iter()
            .flatten()
            .filter(|&&at| self.counting.has(at));
        counting.map(|&at| self.history.entries[at].id).collect()
    }

    /// For whom an epoch was begun, as its starter saw it, each with the generation of the inbox key that the epoch's
    /// keys were sealed to. None of an epoch that isn't known, or that was begun for others than its entry comes to here:
    /// something that its starter had seen is gone, or they lied.
    pub fn epoch_members(&self, epoch: &EpochId) -> Option<BTreeMap<Identity, Option<u32>>> {
        let at = self.epochs.get(epoch)?.at;
        let ControlOp::Epoch {
            inboxes,
            members: digest,
            ..
        } = self.history.op(at)
        else {
            return None;
        };
        let mut within = Bits::none(self.history.len());
        self.history.rows.join(at, &mut within);
        let members = self.members_within(&within);
        (members.len() == inboxes.len() && MembersDigest::of(&members) == *digest)
            .then(|| members.into_iter().zip(inboxes.iter().copied()).collect())
    }

    pub(super) fn members_within(&self, within: &Bits) -> Vec<Identity> {
        let judgement = Judgement::of(&self.history, within);
        let mut members: Vec<Identity> = (0..self.history.people.len())
            .filter(|&who| judgement.is_member(who, View::All))
            .map(|who| self.history.people[who])
            .collect();
        members.sort_unstable();
        members
    }

    fn is_member(&self, who: Person, view: View) -> bool {
        super::judge::is_member(&self.history, &self.counting, who, view)
    }
}
