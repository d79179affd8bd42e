//! The order of a shared space's control entries: each after those that it descends from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hearth_keys::Identity;

use super::Space;
use super::history::History;
use super::resolve::ControlEntry;
use super::rows::Bits;
use crate::bounds::SPACE_MISSING_MAX;
use crate::content::Reference;
use crate::entry::{EntryId, Place};

/// Who is asked whether an entry that isn't among those at hand never comes: its log was cut before it, or goes on
/// otherwise there. Who holds the same entries and statements says the same.
pub type Gone<'a> = &'a dyn Fn(&Reference) -> bool;

/// The entries whose parents are all there or gone, and theirs in turn, by (depth, id).
pub(super) fn order<'a>(
    space: &Space,
    entries: &'a [ControlEntry],
    gone: Gone<'_>,
) -> Vec<&'a ControlEntry> {
    let held = held(space, entries);
    let mut waits_for: HashMap<EntryId, usize> = HashMap::with_capacity(held.len());
    let mut children: HashMap<EntryId, Vec<EntryId>> = HashMap::with_capacity(held.len());
    let mut ready = Vec::new();
    for (id, entry) in &held {
        let mut waits = 0;
        for parent in &entry.control.parents {
            match held.get(&parent.id) {
                Some(held) if held.place == parent.place => {
                    children.entry(parent.id).or_default().push(*id);
                    waits += 1;
                }
                None if gone(parent) => {}
                // It may come yet; under the name of another place it never does.
                _ => waits += 1,
            }
        }
        match waits {
            0 => ready.push(*id),
            _ => _ = waits_for.insert(*id, waits),
        }
    }
    // Level by level, each in the order of ids: what has become ready has all its parents in the levels before.
    let mut ordered = Vec::with_capacity(held.len());
    while !ready.is_empty() {
        ready.sort_unstable();
        let mut next = Vec::new();
        for id in ready {
            ordered.push(held[&id]);
            for child in children.remove(&id).unwrap_or_default() {
                let left = (waits_for.get_mut(&child)).expect("who has a parent waits for it");
                *left -= 1;
                if *left == 0 {
                    next.push(child);
                }
            }
        }
        ready = next;
    }
    ordered
}

/// What entries of members name as a parent of a member, and may come yet; not what somebody names beyond a removal. No
/// more than a few: who has these has the others too.
pub(super) fn missing(
    space: &Space,
    (history, counting): (&History, &Bits),
    entries: &[ControlEntry],
    gone: Gone<'_>,
) -> Vec<(Identity, EntryId)> {
    let held = held(space, entries);
    let was_added = |who: &Identity| {
        let person = history.person(who)?;
        (!history.adds[person].is_empty()).then_some(person)
    };
    let is_beyond = |author: usize, place: &Place| {
        let mut outs = history.outs[author].iter();
        outs.any(|&out| counting.has(out) && history.is_beyond(out, place))
    };
    let is_missing = |parent: &&Reference| {
        let author = &parent.place.log.identity;
        !held.contains_key(&parent.id) && was_added(author).is_some() && !gone(parent)
    };
    let mut missing = BTreeSet::new();
    for entry in held.values() {
        let author = was_added(&entry.place.log.identity);
        if author.is_some_and(|author| !is_beyond(author, &entry.place)) {
            let parents = entry.control.parents.iter().filter(is_missing);
            missing.extend(parents.map(|parent| (parent.place.log.identity, parent.id)));
        }
    }
    missing.into_iter().take(SPACE_MISSING_MAX).collect()
}

fn held<'a>(space: &Space, entries: &'a [ControlEntry]) -> BTreeMap<EntryId, &'a ControlEntry> {
    let of_space = entries.iter().filter(|entry| entry.control.space == *space);
    of_space.map(|entry| (entry.id, entry)).collect()
}
