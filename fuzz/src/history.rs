//! Histories of a shared space, as nobody honest writes them: built from bytes, resolved in more than one order.

use std::collections::BTreeSet;

use hearth_keys::{DeviceId, Identity, SpaceKey};
use hearth_protocol::content::{Control, ControlOp, Reference};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::{
    Commitment, ControlEntry, EpochId, EpochKeys, MembersDigest, Resolved, Role, Space,
    resolve as resolve_entries,
};

const PEOPLE: u8 = 4;
/// Bytes that say one step.
const STEP_BYTES: usize = 6;
const STEPS_MAX: usize = 48;
/// How far back a step may name another.
const PARENTS_BACK: usize = 8;

fn person(number: u8) -> Identity {
    Identity::from_bytes([1 + number % PEOPLE; 32])
}

/// One of a person's two logs.
fn log(author: u8, other: bool) -> LogKey {
    LogKey {
        identity: person(author),
        device: DeviceId::from_bytes([10 + 2 * (author % PEOPLE) + u8::from(other); 32]),
        log: LogNumber::SOCIAL,
    }
}

/// A history on its way.
struct History {
    space: Space,
    entries: Vec<ControlEntry>,
    epochs: Vec<EpochKeys>,
}

impl History {
    /// The space as its founder begins it: whatever the bytes say comes after it.
    fn founded() -> Self {
        let space = Space::Shared {
            creator: person(0),
            nonce: [7; 16],
        };
        let mut history = Self {
            space,
            entries: Vec::new(),
            epochs: Vec::new(),
        };
        let keys = history.epoch(0, 0, 0);
        let name = "Shed".to_owned();
        history.push(
            (0, false),
            keys.id(),
            Vec::new(),
            ControlOp::Create { name },
            0,
        );
        let parents = history.references(1, 0);
        history.push((0, false), keys.id(), parents, begins(&keys, 1, None), 0);
        history.epochs.push(keys);
        history
    }

    fn epoch(&self, starter: u8, generation: u32, key: u8) -> EpochKeys {
        EpochKeys {
            space: self.space,
            generation,
            starter: person(starter),
            body: SpaceKey::from_bytes([key; 32]),
            control: SpaceKey::from_bytes([key ^ 0xff; 32]),
        }
    }

    /// The entries that a mask names, counted from the newest, and one that never comes.
    fn references(&self, mask: u8, absent: u8) -> Vec<Reference> {
        let newest = self.entries.iter().rev().take(PARENTS_BACK).enumerate();
        let named = newest.filter(|(back, _)| mask >> back & 1 == 1);
        let mut parents: Vec<Reference> = named
            .map(|(_, entry)| Reference {
                place: entry.place,
                id: entry.id,
            })
            .collect();
        if absent != 0 {
            parents.push(Reference {
                place: Place {
                    log: log(absent, false),
                    seq: 1_000,
                },
                id: EntryId::from_bytes([absent; 32]),
            });
        }
        parents.sort_unstable_by_key(|parent| (parent.place, parent.id));
        parents
    }

    fn push(
        &mut self,
        (author, other): (u8, bool),
        under: EpochId,
        parents: Vec<Reference>,
        op: ControlOp,
        dice: u8,
    ) {
        let log = log(author, other);
        let number = self.entries.len();
        let seq = self.entries.iter().filter(|entry| entry.place.log == log);
        let mut id = [dice; 32];
        id[31] = u8::try_from(number).unwrap_or(u8::MAX);
        self.entries.push(ControlEntry {
            id: EntryId::from_bytes(id),
            place: Place {
                log,
                seq: seq.count() as u64,
            },
            under,
            control: Control {
                space: self.space,
                parents,
                op,
            },
        });
    }

    /// One step: who and in which log, what, whom, after what, under which epoch, and chance.
    fn step(&mut self, [who, what, whom, after, under, dice]: [u8; STEP_BYTES]) {
        let author = (who % PEOPLE, who & 0x10 != 0);
        let absent = if who & 0x80 == 0 { 0 } else { 0xf0 | whom };
        let newest = self.epochs.len() - 1;
        let held = &self.epochs[newest - usize::from(under) % (newest + 1)];
        let mut epoch = held.id();
        let op = match what % 8 {
            0 | 1 => ControlOp::Add {
                members: (0..PEOPLE)
                    .filter(|who| whom >> who & 1 == 1)
                    .map(person)
                    .collect(),
                inboxes: vec![Some(u32::from(dice)); (whom & 0xf).count_ones() as usize],
                with_past: what & 0x80 != 0,
            },
            2 => ControlOp::Remove {
                member: person(whom),
                ends: [false, true]
                    .into_iter()
                    .filter(|other| whom >> (4 + u8::from(*other)) & 1 == 1)
                    .map(|other| (log(whom, other).device, LogNumber::SOCIAL, dice.into()))
                    .collect(),
            },
            3 => ControlOp::Promote {
                member: person(whom),
            },
            4 => ControlOp::Leave,
            5 => ControlOp::Rename {
                name: format!("Shed {dice}"),
            },
            6 => {
                let generation = match dice {
                    u8::MAX => u32::MAX,
                    dice => held.generation.saturating_add(u32::from(dice % 3)),
                };
                let keys = self.epoch(author.0, generation, dice);
                let previous = (what & 0x80 != 0).then_some(held);
                let op = begins(&keys, usize::from(whom % 5), previous);
                epoch = keys.id();
                self.epochs.push(keys);
                op
            }
            _ => ControlOp::Unknown {
                kind: 200,
                payload: vec![dice],
            },
        };
        if matches!(&op, ControlOp::Add { members, .. } if members.is_empty()) {
            return;
        }
        let parents = match self.references(after, absent) {
            none if none.is_empty() => self.references(1, 0),
            some => some,
        };
        self.push(author, epoch, parents, op, dice);
    }

    /// Whoever could have come in at all: by somebody who could, in turn.
    fn reachable(&self) -> BTreeSet<Identity> {
        let mut reachable = BTreeSet::from([person(0)]);
        for _ in 0..PEOPLE {
            for entry in &self.entries {
                if let ControlOp::Add { members, .. } = &entry.control.op
                    && reachable.contains(&entry.place.log.identity)
                {
                    reachable.extend(members);
                }
            }
        }
        reachable
    }
}

fn begins(keys: &EpochKeys, members: usize, previous: Option<&EpochKeys>) -> ControlOp {
    let mut people: Vec<Identity> = (0..4).map(person).take(members).collect();
    people.sort_unstable();
    ControlOp::Epoch {
        members: MembersDigest::of(&people),
        generation: keys.generation,
        body: Commitment::to(&keys.body),
        control: Commitment::to(&keys.control),
        inboxes: vec![Some(0); members],
        previous: previous.map(EpochKeys::control_part).into_iter().collect(),
    }
}

fn check_same(one: &Resolved, other: &Resolved) {
    assert_eq!(one.name, other.name, "the order doesn't matter");
    assert_eq!(one.members, other.members, "the order doesn't matter");
    assert_eq!(one.heads, other.heads, "the order doesn't matter");
    assert_eq!(one.missing, other.missing, "the order doesn't matter");
    assert_eq!(one.named, other.named, "the order doesn't matter");
    assert_eq!(one.epochs, other.epochs, "the order doesn't matter");
    assert_eq!(one.senior, other.senior, "the order doesn't matter");
    assert_eq!(one.heir, other.heir, "the order doesn't matter");
}

/// What anybody who is in it does next.
fn plan(history: &History, resolved: &Resolved) {
    let inbox = |_: &Identity| Some(0);
    let _writes = resolved.epoch_to_write(&inbox, &|_| true);
    for epoch in resolved.epochs.keys() {
        let _members = resolved.epoch_members(epoch);
        for entry in &history.entries {
            let _counts = resolved.counts(&entry.place, epoch);
        }
    }
    for who in resolved.members.keys() {
        let plan = resolved.plan_epoch(who, &inbox, &|_| true);
        let stays = |who: &Identity| resolved.named.contains(who);
        assert!(plan.members.keys().all(stays), "an epoch for strangers");
        let _leaving = resolved.plan_leave(who);
    }
}

/// Steps in running a space, by four people with two logs each, six bytes a step.
pub fn resolve(data: &[u8]) {
    let mut history = History::founded();
    let steps = data.as_chunks::<STEP_BYTES>().0.iter();
    steps.take(STEPS_MAX).for_each(|step| history.step(*step));
    let space = history.space;
    let never_comes = data.first().copied().unwrap_or_default();
    let gone = |parent: &Reference| parent.id.as_bytes()[0] & 1 == never_comes >> 6 & 1;
    let resolved = resolve_entries(&space, &history.entries, &gone);

    let mut entries = history.entries.clone();
    entries.reverse();
    check_same(&resolved, &resolve_entries(&space, &entries, &gone));
    let middle = usize::from(never_comes) % entries.len();
    entries.rotate_left(middle);
    entries.extend_from_within(..middle);
    check_same(&resolved, &resolve_entries(&space, &entries, &gone));

    let reachable = history.reachable();
    let is_reachable = |who: &Identity| reachable.contains(who);
    assert!(
        resolved.members.keys().all(is_reachable),
        "nobody added them"
    );
    assert!(resolved.named.iter().all(is_reachable), "nobody added them");
    let admins = resolved.members.iter();
    let admins: BTreeSet<&Identity> = admins
        .filter(|(_, role)| **role == Role::Admin)
        .map(|(who, _)| who)
        .collect();
    assert_eq!(admins, resolved.senior.iter().collect(), "each admin once");
    assert_eq!(admins.len(), resolved.senior.len(), "each admin once");
    assert!(admins.is_empty() || resolved.heir.is_none());
    plan(&history, &resolved);
}
