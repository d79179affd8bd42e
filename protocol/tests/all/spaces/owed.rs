//! Who is added with the past before an inbox key of theirs is known gets it later, from who added them.

use std::collections::BTreeSet;

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::content::{Control, ControlOp, Reference};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::{
    Commitment, ControlEntry, EpochId, EpochKeys, MembersDigest, Resolved, Space, resolve,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

const ALICE: Identity = Identity::from_bytes([1; 32]);
const BOB: Identity = Identity::from_bytes([2; 32]);
const CAROL: Identity = Identity::from_bytes([3; 32]);
const SPACE: Space = Space::Shared {
    creator: ALICE,
    nonce: [7; 16],
};

/// Entries one after the other, whoever writes them.
struct Line {
    entries: Vec<ControlEntry>,
    under: EpochId,
    generation: u32,
    rng: ChaCha20Rng,
}

impl Line {
    /// Alice's space, with an epoch that she began for herself.
    fn new() -> Self {
        let mut line = Self {
            entries: Vec::new(),
            under: EpochId::from_bytes([0; 32]),
            generation: 0,
            rng: ChaCha20Rng::seed_from_u64(7),
        };
        let name = "Book club".to_owned();
        line.say(ALICE, ControlOp::Create { name });
        line.begin(ALICE, &[Some(0)]);
        line
    }

    fn say(&mut self, author: Identity, op: ControlOp) {
        let number = u8::try_from(self.entries.len()).unwrap();
        let last = self.entries.last();
        let parents = last.map(|last| Reference {
            place: last.place,
            id: last.id,
        });
        let log = LogKey {
            identity: author,
            device: DeviceId::from_bytes(*author.as_bytes()),
            log: LogNumber::SOCIAL,
        };
        self.entries.push(ControlEntry {
            id: EntryId::from_bytes([100 + number; 32]),
            place: Place {
                log,
                seq: number.into(),
            },
            under: self.under,
            control: Control {
                space: SPACE,
                parents: parents.into_iter().collect(),
                op,
            },
        });
    }

    fn add(&mut self, who: Identity, inbox: Option<u32>, with_past: bool) {
        let op = ControlOp::Add {
            members: vec![who],
            inboxes: vec![inbox],
            with_past,
        };
        self.say(ALICE, op);
    }

    fn begin(&mut self, starter: Identity, inboxes: &[Option<u32>]) {
        let keys = EpochKeys::generate(SPACE, self.generation, starter, &mut self.rng);
        self.generation += 1;
        self.under = keys.id();
        let op = ControlOp::Epoch {
            generation: keys.generation,
            body: Commitment::to(&keys.body),
            control: Commitment::to(&keys.control),
            members: MembersDigest::of(self.resolved().members.keys()),
            inboxes: inboxes.to_vec(),
            previous: Vec::new(),
        };
        self.say(starter, op);
    }

    fn resolved(&self) -> Resolved {
        resolve(&SPACE, &self.entries, &|_| false)
    }

    fn owed_by(&self, adder: Identity) -> BTreeSet<Identity> {
        self.resolved().owed_the_past(&adder)
    }
}

#[test]
fn the_past_is_owed_until_its_giver_begins_an_epoch() {
    let mut line = Line::new();
    line.add(BOB, Some(0), true);
    line.add(CAROL, None, true);
    assert_eq!(line.resolved().members.len(), 3);
    assert_eq!(line.owed_by(ALICE), [CAROL].into());
    assert_eq!(line.owed_by(BOB), [].into());
    // Bob can't have been asked to; nor is it done while there still is no key to seal to.
    line.begin(BOB, &[Some(0), Some(0), Some(0)]);
    line.begin(ALICE, &[Some(0), Some(0), None]);
    assert_eq!(line.owed_by(ALICE), [CAROL].into());
    line.begin(ALICE, &[Some(0), Some(0), Some(0)]);
    assert_eq!(line.resolved().epochs.len(), 4);
    assert_eq!(line.owed_by(ALICE), [].into());
}

#[test]
fn nothing_is_owed_to_who_went_or_came_without_the_past() {
    let mut line = Line::new();
    line.add(BOB, None, false);
    assert_eq!(line.owed_by(ALICE), [].into());
    line.add(CAROL, None, true);
    assert_eq!(line.owed_by(ALICE), [CAROL].into());
    let gone = ControlOp::Remove {
        member: CAROL,
        ends: Vec::new(),
    };
    line.say(ALICE, gone);
    assert_eq!(line.owed_by(ALICE), [].into());
    line.add(CAROL, None, false);
    assert!(line.resolved().members.contains_key(&CAROL));
    assert_eq!(line.owed_by(ALICE), [].into());
}
