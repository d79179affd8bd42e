//! A shared space's history: its control entries in an order that all agree on, and what follows from that order alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hearth_keys::Identity;

use super::resolve::ControlEntry;
use super::rows::{Bits, Rows};
use super::{EpochId, Space, SpaceKind};
use crate::bounds::SPACE_ENTRIES_MAX;
use crate::content::ControlOp;
use crate::entry::{EntryId, Place};

/// A number for each identity that matters, to look it up once.
pub(super) type Person = usize;

/// The entries whose ancestors are all there, each after those it descends from.
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
    /// Entries that nothing but a removal could make void: their authors were members, or admins, at some time before.
    pub(super) likely: Bits,
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
    /// What is named as a parent and isn't there.
    pub(super) missing: BTreeSet<(Identity, EntryId)>,
}

impl History {
    /// Puts entries in order: by depth, then by id.
    pub(super) fn of(space: &Space, entries: &[ControlEntry]) -> Self {
        let (ordered, parents, missing) = order(space, entries);
        let mut history = Self {
            likely: Bits::none(ordered.len()),
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
            missing,
        };
        for (entry, parents) in ordered.into_iter().zip(parents) {
            history.push(space, entry.clone(), &parents);
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

    fn push(&mut self, space: &Space, entry: ControlEntry, parents: &[usize]) {
        let index = self.entries.len();
        let author = self.number(entry.place.log.identity);
        self.rows.push(parents);
        let mut generation = parents.iter().filter_map(|&at| self.generations[at]).max();
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
                    && parents.is_empty()
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
            } => self.was_member(author, index) && *own == next_generation(generation),
        };
        if likely && self.is_sealed_rightly(space, index, &entry) {
            self.likely.insert(index);
            self.written[author].push(index);
            self.note(index, author, &entry.control.op, &named);
            if let ControlOp::Epoch {
                generation: own, ..
            } = entry.control.op
            {
                generation = Some(own);
                self.begun.entry(entry.under).or_default().push(index);
            }
        }
        self.generations.push(generation);
        self.ranks.push(rank.unwrap_or(usize::MAX));
        self.indices.insert(entry.id, index);
        self.entries.push(entry);
        self.authors.push(author);
        self.named.push(named);
    }

    /// Whether an entry is sealed so that all members can come to read it: under the epoch that it begins, or under one
    /// that an entry began from which it descends. The first of all is sealed as its author likes.
    fn is_sealed_rightly(&self, space: &Space, index: usize, entry: &ControlEntry) -> bool {
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
            _ => (self.begun.get(&entry.under)).is_some_and(|begun| self.any_before(begun, index)),
        }
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

    /// What a removal makes void, should it count itself: what the removed wrote beyond its ends, unless one of the two
    /// knew of the other, or it is a removal by somebody more senior.
    pub(super) fn strikes(&self, removal: usize) -> impl Iterator<Item = usize> {
        let target = self.target(removal);
        let rank = self.ranks[removal];
        self.written[target].iter().copied().filter(move |&entry| {
            let stands =
                self.ranks[entry] < rank && matches!(self.op(entry), ControlOp::Remove { .. });
            !stands
                && !self.rows.has(entry, removal)
                && !self.rows.has(removal, entry)
                && self.is_beyond(removal, &self.entries[entry].place)
        })
    }
}

const fn next_generation(highest: Option<u32>) -> u32 {
    match highest {
        Some(highest) => highest.saturating_add(1),
        None => 0,
    }
}

type Ordered<'a> = (
    Vec<&'a ControlEntry>,
    Vec<Vec<usize>>,
    BTreeSet<(Identity, EntryId)>,
);

/// The entries whose ancestors are all there by (depth, id), their parents by index, and the parents that are missing.
fn order<'a>(space: &Space, entries: &'a [ControlEntry]) -> Ordered<'a> {
    let held: BTreeMap<EntryId, &ControlEntry> = entries
        .iter()
        .filter(|entry| entry.control.space == *space)
        .map(|entry| (entry.id, entry))
        .collect();
    let mut missing = BTreeSet::new();
    let mut waits_for: HashMap<EntryId, usize> = HashMap::with_capacity(held.len());
    let mut children: HashMap<EntryId, Vec<EntryId>> = HashMap::with_capacity(held.len());
    let mut ready = Vec::new();
    for entry in held.values() {
        let parents = &entry.control.parents;
        for (author, id) in parents {
            match held.get(id) {
                None => _ = missing.insert((*author, *id)),
                // Under another name it never comes.
                Some(parent) if parent.place.log.identity != *author => {}
                Some(_) => children.entry(*id).or_default().push(entry.id),
            }
        }
        waits_for.insert(entry.id, parents.len());
        if parents.is_empty() {
            ready.push(entry.id);
        }
    }
    // Level by level, each in the order of ids: what has become ready has all its parents in the levels before.
    let mut index_of: HashMap<EntryId, usize> = HashMap::with_capacity(held.len());
    let (mut ordered, mut parents) = (Vec::new(), Vec::new());
    while !ready.is_empty() && ordered.len() < SPACE_ENTRIES_MAX {
        ready.sort_unstable();
        let mut next = Vec::new();
        for id in ready {
            if ordered.len() == SPACE_ENTRIES_MAX {
                break;
            }
            let entry = held[&id];
            index_of.insert(id, ordered.len());
            ordered.push(entry);
            parents.push(
                entry
                    .control
                    .parents
                    .iter()
                    .map(|(_, id)| index_of[id])
                    .collect(),
            );
            for child in children.remove(&id).unwrap_or_default() {
                let left = waits_for
                    .get_mut(&child)
                    .expect("every entry held is counted");
                *left -= 1;
                if *left == 0 {
                    next.push(child);
                }
            }
        }
        ready = next;
    }
    (ordered, parents, missing)
}
