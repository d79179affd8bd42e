//! A shared space's history: its control entries in an order that all agree on, and what follows from that order alone.

use std::collections::HashMap;

use hearth_keys::Identity;

use super::order::{Gone, order};
use super::resolve::ControlEntry;
use super::rows::Rows;
use super::{EpochId, Space, SpaceKind};
use crate::bounds::{
    GENERATION_GAP_MAX, SPACE_ENTRIES_MAX, SPACE_ENTRIES_OF_OTHERS_MAX,
    SPACE_ENTRIES_PER_IDENTITY_MAX, SPACE_ENTRIES_PER_OTHER_MAX,
};
use crate::content::{ControlOp, Reference};
use crate::entry::{EntryId, Place};

/// An entry that adds people takes the room of one more for each so many.
const NAMED_AS_ONE: usize = 16;

/// A number for each identity that matters, to look it up once.
pub(super) type Person = usize;

/// The entries that say something, each after those it descends from.
///
/// A parent that isn't among them is a gap: it is gone, or says nothing, and nothing waits for it.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) entries: Vec<ControlEntry>,
    pub(super) authors: Vec<Person>,
    /// Whom an entry adds, removes or promotes.
    named: Vec<Vec<Person>>,
    pub(super) people: Vec<Identity>,
    numbers: HashMap<Identity, Person>,
    indices: HashMap<EntryId, usize>,
    /// The likely entries that begin an epoch.
    begun: HashMap<EpochId, Vec<usize>>,
    pub(super) rows: Rows,
    /// Whether something is gone that an entry descends from.
    gaps: Vec<bool>,
    /// Whether nothing but a removal could make an entry void. The others, of which something is gone that they were built
    /// on, say nothing, and hold together what descends from them.
    pub(super) likely: Vec<bool>,
    /// By person: how many entries they have here.
    counts: HashMap<Person, usize>,
    /// How many entries are by people who weren't admins.
    of_others: usize,
    /// Whether something had to be left out for want of room that isn't its author's own.
    pub(super) is_full: bool,
    /// By person: the likely entries that add them.
    pub(super) adds: Vec<Vec<usize>>,
    /// By person: the likely entries that make them an admin.
    pub(super) rises: Vec<Vec<usize>>,
    /// By person: the likely entries by which they are removed or leave.
    pub(super) outs: Vec<Vec<usize>>,
    /// By person: the likely entries that they wrote.
    pub(super) written: Vec<Vec<usize>>,
    /// By entry: the highest generation among the likely epochs that it descends from or begins.
    generations: Vec<Option<u32>>,
    /// By entry: the first likely entry before it that made its author an admin; lower is more senior. What follows from
    /// an entry's own ancestors is known to all who know the entry.
    pub(super) ranks: Vec<usize>,
}

impl History {
    /// Puts entries in order: by depth, then by id.
    pub(super) fn of(space: &Space, entries: &[ControlEntry], gone: Gone<'_>) -> Self {
        let ordered = order(space, entries, gone);
        let mut history = Self {
            gaps: Vec::new(),
            likely: Vec::new(),
            counts: HashMap::new(),
            of_others: 0,
            is_full: false,
            entries: Vec::with_capacity(ordered.len()),
            authors: Vec::with_capacity(ordered.len()),
            named: Vec::with_capacity(ordered.len()),
            people: Vec::new(),
            numbers: HashMap::new(),
            begun: HashMap::new(),
            indices: HashMap::with_capacity(ordered.len()),
            rows: Rows::default(),
            adds: Vec::new(),
            rises: Vec::new(),
            outs: Vec::new(),
            written: Vec::new(),
            generations: Vec::with_capacity(entries.len()),
            ranks: Vec::with_capacity(entries.len()),
        };
        for entry in ordered {
            if history.len() == SPACE_ENTRIES_MAX {
                history.is_full = true;
                break;
            }
            history.push(space, entry);
        }
        history
    }

    fn number(&mut self, who: Identity) -> Person {
        *self.numbers.entry(who).or_insert_with(|| {
            self.people.push(who);
            for lists in [
                &mut self.adds,
                &mut self.rises,
                &mut self.outs,
                &mut self.written,
            ] {
                lists.push(Vec::new());
            }
            self.people.len() - 1
        })
    }

    /// Adds an entry if it is likely: nothing but a removal could make it void, for its author was a member, or an admin, at
    /// some time before.
    fn push(&mut self, space: &Space, entry: &ControlEntry) {
        let index = self.entries.len();
        let author = self.number(entry.place.log.identity);
        let parents: Vec<usize> = (entry.control.parents.iter())
            .filter_map(|parent| self.index(&parent.id))
            .collect();
        let lacks_parent = parents.len() < entry.control.parents.len();
        let gap = lacks_parent || parents.iter().any(|&at| self.gaps[at]);
        self.rows.push(&parents);
        let generation = parents.iter().filter_map(|&at| self.generations[at]).max();
        // Whoever never was an admin may name whom they like: none of them is looked at.
        let mut rises = self.rises[author].iter().copied();
        let rank = rises.find(|&rise| self.rows.has(index, rise));
        let admin = rank.is_some();
        let names: &[Identity] = match &entry.control.op {
            ControlOp::Add { members, .. } if admin => members,
            ControlOp::Remove { member, .. } if admin => std::slice::from_ref(member),
            ControlOp::Promote { member } => std::slice::from_ref(member),
            _ => &[],
        };
        let named: Vec<Person> = names.iter().map(|&who| self.number(who)).collect();
        let likely = match &entry.control.op {
            ControlOp::Create { .. } => {
                space.kind() == SpaceKind::Shared
                    && space.identities().eq([entry.place.log.identity])
            }
            ControlOp::Add { .. } | ControlOp::Rename { .. } => admin,
            ControlOp::Remove { .. } => {
                admin && named[0] != author && self.was_member(named[0], index)
            }
            ControlOp::Promote { .. } if named[0] == author => {
                self.was_member(author, index) && (admin || self.all_admins_gone(index))
            }
            ControlOp::Promote { .. } => admin && self.was_member(named[0], index),
            ControlOp::Leave | ControlOp::Unknown { .. } => self.was_member(author, index),
            ControlOp::Epoch {
                generation: own, ..
            } => self.was_member(author, index) && follows(generation, *own, gap),
        };
        let is_likely = likely && self.is_sealed_rightly(space, index, entry, lacks_parent);
        let is_kept = is_likely || gap && self.was_member(author, index);
        if !is_kept || !self.take_room(author, admin, &entry.control.op) {
            self.rows.pop();
            return;
        }
        let mut begun = generation;
        if is_likely {
            self.written[author].push(index);
            self.note(index, author, &entry.control.op, &named);
            if let ControlOp::Epoch { generation, .. } = entry.control.op {
                self.begun.entry(entry.under).or_default().push(index);
                begun = Some(generation);
            }
        }
        self.likely.push(is_likely);
        self.generations.push(begun);
        self.gaps.push(gap);
        self.ranks.push(rank.unwrap_or(usize::MAX));
        self.indices.insert(entry.id, index);
        self.entries.push(entry.clone());
        self.authors.push(author);
        self.named.push(named);
    }

    /// Whoever writes without end crowds out only themselves; and people who run nothing don't crowd out who does.
    fn take_room(&mut self, author: Person, admin: bool, op: &ControlOp) -> bool {
        let runs = admin || matches!(op, ControlOp::Create { .. });
        let of_others = self.of_others;
        if !runs && of_others >= SPACE_ENTRIES_OF_OTHERS_MAX {
            self.is_full = true;
            return false;
        }
        if !self.has_room(author, runs) {
            return false;
        }
        let named = match op {
            ControlOp::Add { members, .. } => members.len(),
            _ => 0,
        };
        *self.counts.entry(author).or_default() += 1 + named / NAMED_AS_ONE;
        self.of_others += usize::from(!runs);
        true
    }

    /// Whether somebody may have one more entry here, as an admin or not.
    pub(super) fn has_room(&self, author: Person, runs: bool) -> bool {
        let count = self.counts.get(&author).copied().unwrap_or_default();
        match runs {
            true => count < SPACE_ENTRIES_PER_IDENTITY_MAX,
            false => count < SPACE_ENTRIES_PER_OTHER_MAX,
        }
    }

    /// Whether an entry is sealed so that all members can come to read it: under the epoch that it begins, or under one
    /// that an entry began from which it descends. The first of all is sealed as its author likes. Each names the one that
    /// began its epoch among its parents: where one of these is gone it may have been that, and the entry holds, or who
    /// began an epoch could take back what others did in it.
    fn is_sealed_rightly(
        &self,
        space: &Space,
        index: usize,
        entry: &ControlEntry,
        lacks_parent: bool,
    ) -> bool {
        match &entry.control.op {
            ControlOp::Create { .. } => true,
            ControlOp::Epoch {
                generation,
                body,
                control,
                ..
            } => {
                let starter = &entry.place.log.identity;
                EpochId::named(space, *generation, starter, *body, *control) == entry.under
            }
            _ => lacks_parent || self.descends_from_epoch(index, &entry.under),
        }
    }

    fn descends_from_epoch(&self, index: usize, epoch: &EpochId) -> bool {
        let begun = self.begun.get(epoch);
        begun.is_some_and(|begun| self.any_before(begun, index))
    }

    /// The first likely entry that began an epoch.
    pub(super) fn beginning(&self, epoch: &EpochId) -> Option<usize> {
        self.begun.get(epoch)?.first().copied()
    }

    fn note(&mut self, index: usize, author: Person, op: &ControlOp, named: &[Person]) {
        match op {
            ControlOp::Create { .. } => {
                self.adds[author].push(index);
                self.rises[author].push(index);
            }
            ControlOp::Add { .. } => named.iter().for_each(|&who| self.adds[who].push(index)),
            ControlOp::Promote { .. } => self.rises[named[0]].push(index),
            ControlOp::Remove { .. } => self.outs[named[0]].push(index),
            ControlOp::Leave => self.outs[author].push(index),
            _ => {}
        }
    }

    fn was_member(&self, who: Person, at: usize) -> bool {
        self.any_before(&self.adds[who], at)
    }

    fn was_admin(&self, who: Person, at: usize) -> bool {
        self.any_before(&self.rises[who], at)
    }

    /// Whether everybody who was an admin before the entry left or was removed before it.
    fn all_admins_gone(&self, at: usize) -> bool {
        (0..self.people.len())
            .all(|who| !self.was_admin(who, at) || self.any_before(&self.outs[who], at))
    }

    fn any_before(&self, entries: &[usize], at: usize) -> bool {
        entries.iter().any(|&entry| self.rows.has(at, entry))
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn person(&self, who: &Identity) -> Option<Person> {
        self.numbers.get(who).copied()
    }

    pub(super) fn index(&self, id: &EntryId) -> Option<usize> {
        self.indices.get(id).copied()
    }

    pub(super) fn op(&self, entry: usize) -> &ControlOp {
        &self.entries[entry].control.op
    }

    /// The identity that an entry adds first, removes or promotes.
    pub(super) fn target(&self, entry: usize) -> Person {
        self.named[entry][0]
    }

    /// Those whom an entry brings into the space.
    pub(super) fn added(&self, entry: usize) -> impl Iterator<Item = Person> {
        let named: &[Person] = match self.op(entry) {
            ControlOp::Add { .. } => &self.named[entry],
            ControlOp::Create { .. } => &self.authors[entry..=entry],
            _ => &[],
        };
        named.iter().copied()
    }

    /// Whether others' rights may depend on an entry.
    pub(super) fn gives_rights(&self, entry: usize) -> bool {
        !matches!(
            self.op(entry),
            ControlOp::Rename { .. } | ControlOp::Epoch { .. } | ControlOp::Unknown { .. }
        )
    }

    /// The entry as others name it.
    pub(super) fn name(&self, entry: usize) -> (Identity, EntryId) {
        let entry = &self.entries[entry];
        (entry.place.log.identity, entry.id)
    }

    /// The entry as a parent of another.
    pub(super) fn parent(&self, entry: usize) -> Reference {
        let ControlEntry { place, id, .. } = self.entries[entry];
        Reference { place, id }
    }

    /// What the next epoch counts that descends from all of these.
    pub(super) fn generation_after(&self, entries: &[usize]) -> u32 {
        next_generation(entries.iter().filter_map(|&at| self.generations[at]).max())
    }

    /// Whether a place lies beyond what a removal lets count of its target's logs.
    pub(super) fn is_beyond(&self, removal: usize, place: &Place) -> bool {
        let ControlOp::Remove { ends, .. } = self.op(removal) else {
            return false;
        };
        let key = (place.log.device, place.log.log);
        ends.binary_search_by_key(&key, |&(device, log, _)| (device, log))
            .map_or(true, |at| place.seq > ends[at].2)
    }

    /// What a removal makes void, should it count itself: what the removed wrote apart from it, unless it is a removal by
    /// somebody more senior, or that they left. Its ends are for what was said: a step that the remover didn't know of may lie
    /// before them.
    pub(super) fn strikes(&self, removal: usize) -> impl Iterator<Item = usize> {
        let target = self.target(removal);
        let rank = self.ranks[removal];
        self.written[target].iter().copied().filter(move |&entry| {
            let stands = match self.op(entry) {
                ControlOp::Remove { .. } => self.ranks[entry] < rank,
                ControlOp::Leave => true,
                _ => false,
            };
            !stands && !self.rows.has(entry, removal) && !self.rows.has(removal, entry)
        })
    }
}

const fn next_generation(highest: Option<u32>) -> u32 {
    match highest {
        Some(highest) => highest.saturating_add(1),
        None => 0,
    }
}

/// Whether an epoch's generation is the next one; where something is gone that it descends from, perhaps a later one.
const fn follows(highest: Option<u32>, own: u32, gap: bool) -> bool {
    let next = next_generation(highest);
    own == next || gap && own > next && own - next <= GENERATION_GAP_MAX
}
