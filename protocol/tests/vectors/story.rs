//! Stories of shared spaces: steps put together by hand, each with whatever parents, place and key it is to have.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::content::{Control, ControlOp, Reference};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::{Commitment, ControlEntry, EpochId, MembersDigest, Space, resolve};
use rand_chacha::rand_core::Rng;
use serde_json::{Value, json};

use crate::case::{hex, shorten};
use crate::describe;

/// A person; their identity is this byte, 32 times.
pub(crate) type Who = u8;
/// A step's index; its id is one more, as two bytes, 16 times.
pub(crate) type At = usize;

pub(crate) const ALICE: Who = 1;
pub(crate) const BOB: Who = 2;
pub(crate) const CAROL: Who = 3;
pub(crate) const DAVE: Who = 4;
pub(crate) const EVE: Who = 5;

pub(crate) fn identity(who: Who) -> Identity {
    Identity::from_bytes([who; 32])
}

/// The log of somebody's device; devices of all people have different keys.
pub(crate) fn log(who: Who, device: u8) -> LogKey {
    LogKey {
        identity: identity(who),
        device: DeviceId::from_bytes([who * 16 + device; 32]),
        log: LogNumber::SOCIAL,
    }
}

/// Steps, each with the positions that it descends from; and what the reader is told besides.
pub(crate) struct Story {
    pub(crate) steps: Vec<(ControlEntry, BTreeSet<At>)>,
    /// The device that each writes with, 0 unless told.
    pub(crate) devices: BTreeMap<Who, u8>,
    /// From there on a log is gone.
    pub(crate) gone: Vec<Place>,
    bodies: Vec<(Place, EpochId)>,
    absent: BTreeSet<At>,
}

impl Story {
    pub(crate) fn space() -> Space {
        Space::Shared {
            creator: identity(ALICE),
            nonce: [5; 16],
        }
    }

    pub(crate) fn new() -> Self {
        Self {
            steps: Vec::new(),
            devices: BTreeMap::new(),
            gone: Vec::new(),
            bodies: Vec::new(),
            absent: BTreeSet::new(),
        }
    }

    /// Alice's space with its first epoch, then these members, and an epoch of them all. Steps 0 to 3.
    pub(crate) fn club(members: &[Who]) -> (Self, At) {
        let mut story = Self::new();
        let tip = story.create(ALICE, "Club");
        let tip = story.epoch(ALICE, &[tip], 1);
        let tip = story.add(ALICE, &[tip], members);
        let tip = story.epoch(ALICE, &[tip], 1 + members.len());
        (story, tip)
    }

    /// The same, and these of them are made admins, one after another, by Alice.
    pub(crate) fn led(members: &[Who], admins: &[Who]) -> (Self, At) {
        let (mut story, mut tip) = Self::club(members);
        for &who in admins {
            tip = story.promote(ALICE, &[tip], who);
        }
        (story, tip)
    }

    /// Writes a step at the end of the author's log, under the newest epoch among its ancestors.
    pub(crate) fn step(&mut self, who: Who, parents: &[At], op: ControlOp) -> At {
        let mut ancestors: BTreeSet<At> = parents.iter().copied().collect();
        for &parent in parents {
            ancestors.extend(&self.steps[parent].1);
        }
        let log = log(who, self.devices.get(&who).copied().unwrap_or_default());
        let seq = self.end(&log);
        let newest = ancestors
            .iter()
            .filter_map(|&at| Some((self.generation(at)?, at)))
            .max();
        let under = newest.map_or(EpochId::from_bytes([0; 32]), |(_, at)| self.begins(at));
        let number = u16::try_from(self.steps.len() + 1).unwrap().to_be_bytes();
        let entry = ControlEntry {
            id: EntryId::from_bytes(std::array::from_fn(|at| number[at % 2])),
            place: Place { log, seq },
            under,
            control: Control {
                space: Self::space(),
                parents: Vec::new(),
                op,
            },
        };
        self.steps.push((entry, ancestors));
        let at = self.steps.len() - 1;
        let mut parents: Vec<_> = parents
            .iter()
            .map(|&parent| self.reference(parent))
            .collect();
        parents.sort();
        parents.dedup();
        self.steps[at].0.control.parents = parents;
        if self.generation(at).is_some() {
            self.steps[at].0.under = self.begins(at);
        }
        at
    }

    fn end(&self, log: &LogKey) -> u64 {
        let in_log = self.steps.iter().filter(|(step, _)| step.place.log == *log);
        in_log
            .map(|(step, _)| step.place.seq + 1)
            .max()
            .unwrap_or_default()
    }

    fn generation(&self, at: At) -> Option<u32> {
        match self.steps[at].0.control.op {
            ControlOp::Epoch { generation, .. } => Some(generation),
            _ => None,
        }
    }

    /// The epoch that a step begins.
    pub(crate) fn begins(&self, at: At) -> EpochId {
        let step = &self.steps[at].0;
        let ControlOp::Epoch {
            generation,
            body,
            control,
            ..
        } = &step.control.op
        else {
            panic!("step {at} begins no epoch");
        };
        let starter = step.place.log.identity;
        EpochId::named(&Self::space(), *generation, &starter, *body, *control)
    }

    pub(crate) fn reference(&self, at: At) -> Reference {
        let step = &self.steps[at].0;
        Reference {
            place: step.place,
            id: step.id,
        }
    }

    pub(crate) fn create(&mut self, who: Who, name: &str) -> At {
        let name = name.to_owned();
        self.step(who, &[], ControlOp::Create { name })
    }

    pub(crate) fn rename(&mut self, who: Who, parents: &[At], name: &str) -> At {
        let name = name.to_owned();
        self.step(who, parents, ControlOp::Rename { name })
    }

    pub(crate) fn add(&mut self, who: Who, parents: &[At], members: &[Who]) -> At {
        let op = ControlOp::Add {
            members: members.iter().copied().map(identity).collect(),
            inboxes: vec![Some(0); members.len()],
            with_past: false,
        };
        self.step(who, parents, op)
    }

    pub(crate) fn promote(&mut self, who: Who, parents: &[At], member: Who) -> At {
        let member = identity(member);
        self.step(who, parents, ControlOp::Promote { member })
    }

    pub(crate) fn leave(&mut self, who: Who, parents: &[At]) -> At {
        self.step(who, parents, ControlOp::Leave)
    }

    /// A step that nobody knows yet.
    pub(crate) fn news(&mut self, who: Who, parents: &[At]) -> At {
        let payload = b"news".to_vec();
        self.step(who, parents, ControlOp::Unknown { kind: 9, payload })
    }

    /// A removal; the steps of the removed that the remover had seen are within its ends.
    pub(crate) fn remove(&mut self, who: Who, parents: &[At], member: Who) -> At {
        let mut seen: BTreeSet<At> = parents.iter().copied().collect();
        for &parent in parents {
            seen.extend(&self.steps[parent].1);
        }
        let mut ends = BTreeMap::new();
        for at in seen {
            let Place { log, seq } = self.steps[at].0.place;
            if log.identity == identity(member) {
                let end = ends.entry((log.device, log.log)).or_insert(seq);
                *end = seq.max(*end);
            }
        }
        let ends = ends
            .into_iter()
            .map(|((device, log), seq)| (device, log, seq));
        self.remove_from(who, parents, member, ends.collect())
    }

    /// A removal with these ends.
    pub(crate) fn remove_from(
        &mut self,
        who: Who,
        parents: &[At],
        member: Who,
        ends: Vec<(DeviceId, LogNumber, u64)>,
    ) -> At {
        let member = identity(member);
        self.step(who, parents, ControlOp::Remove { member, ends })
    }

    /// An epoch for so many members, of the generation that is due.
    pub(crate) fn epoch(&mut self, who: Who, parents: &[At], members: usize) -> At {
        let ancestors = parents
            .iter()
            .chain(parents.iter().flat_map(|&at| &self.steps[at].1));
        let newest = ancestors.filter_map(|&at| self.generation(at)).max();
        let generation = newest.map_or(0, |newest| newest + 1);
        self.epoch_of(who, parents, members, generation)
    }

    /// An epoch of any generation.
    pub(crate) fn epoch_of(
        &mut self,
        who: Who,
        parents: &[At],
        members: usize,
        generation: u32,
    ) -> At {
        let byte = u8::try_from(self.steps.len() % 256).unwrap();
        let digest = self.digest_after(parents);
        let op = ControlOp::Epoch {
            generation,
            body: Commitment::from_bytes([byte; 32]),
            control: Commitment::from_bytes([!byte; 32]),
            members: digest,
            inboxes: (0..)
                .map(|at| (at != 1).then_some(at))
                .take(members)
                .collect(),
            previous: Vec::new(),
        };
        self.step(who, parents, op)
    }

    /// Who is in the space for somebody who has seen these steps.
    fn digest_after(&self, parents: &[At]) -> MembersDigest {
        let before = parents.iter().flat_map(|&at| &self.steps[at].1);
        let seen: BTreeSet<At> = parents.iter().chain(before).copied().collect();
        let seen: Vec<ControlEntry> = (seen.into_iter())
            .map(|at| self.steps[at].0.clone())
            .collect();
        let resolved = resolve(&Self::space(), &seen, &|_| false);
        MembersDigest::of(resolved.members.keys())
    }

    /// Asks whether what somebody says, at this position of their log, counts in the epoch that a step begins.
    pub(crate) fn body(&mut self, who: Who, seq: u64, begun_by: At) {
        let log = log(who, self.devices.get(&who).copied().unwrap_or_default());
        self.bodies
            .push((Place { log, seq }, self.begins(begun_by)));
    }

    /// The reader doesn't hold these.
    pub(crate) fn without(&mut self, steps: &[At]) {
        self.absent.extend(steps);
    }

    /// What somebody wrote from this step on is gone, and won't come.
    pub(crate) fn cut(&mut self, from: At) {
        let end = self.steps[from].0.place;
        let in_log = |step: &ControlEntry| step.place.log == end.log && step.place.seq >= end.seq;
        let lost = (0..self.steps.len()).filter(|&at| in_log(&self.steps[at].0));
        self.absent.extend(lost);
        self.gone.push(end);
    }

    /// What the reader knows, the steps in an order of no meaning.
    pub(crate) fn given(&self, rng: &mut impl Rng) -> Value {
        let held = self.steps.iter().enumerate();
        let mut held: Vec<_> = held
            .filter(|(at, _)| !self.absent.contains(at))
            .map(|(_, (step, _))| step)
            .collect();
        for at in (1..held.len()).rev() {
            let other = usize::try_from(rng.next_u32()).unwrap() % (at + 1);
            held.swap(at, other);
        }
        let places: BTreeMap<EntryId, Place> =
            held.iter().map(|step| (step.id, step.place)).collect();
        let bodies = self.bodies.iter().map(|(place, epoch)| {
            json!({ "place": describe::place(place), "epoch": hex(epoch.as_bytes()) })
        });
        shorten(&json!({
            "steps": held.iter().map(|step| given_step(step, &places)).collect::<Vec<_>>(),
            "gone": self.gone.iter().map(describe::place).collect::<Vec<_>>(),
            "bodies": bodies.collect::<Vec<_>>(),
        }))
    }
}

fn given_step(step: &ControlEntry, places: &BTreeMap<EntryId, Place>) -> Value {
    let parent = |parent: &Reference| match places.get(&parent.id) {
        Some(place) if *place == parent.place => hex(parent.id.as_bytes()),
        _ => describe::reference(parent),
    };
    json!({
        "id": hex(step.id.as_bytes()),
        "place": describe::place(&step.place),
        "under": hex(step.under.as_bytes()),
        "parents": step.control.parents.iter().map(parent).collect::<Vec<_>>(),
        "op": describe::control_op(&step.control.op, &step.control.space),
    })
}
