//! Steps that lie apart from their run, because they are long: as they were after a reopening, whatever names them.

use hearth_protocol::run::{Run, RunBody};

use super::super::super::rows::lies_apart;
use super::*;

/// The beginning of an epoch with so many inboxes that its body lies apart.
fn long_step(bob: &mut Author, keys: &EpochKeys) -> LoneEntry {
    let control = Control {
        space: keys.space,
        parents: Vec::new(),
        op: begin(keys, (1_500, MembersDigest::from_bytes([0; 32])), &[]),
    };
    let said = bob.say(&Content::Control(control), Some(&keys.control));
    assert!(lies_apart(&said.body) && body::is_lasting(&said.body));
    said
}

fn delete_of(places: &[Place]) -> Content {
    Content::Delete(Delete {
        targets: places.iter().copied().map(Target::from).collect(),
    })
}

/// What is served of Bob's log, checked as whoever gets it does.
fn served(alice: &Alice, bob: &Author) -> (Run, Vec<LoneEntry>) {
    let top = bob.next.0 - 1;
    let (run, deletes) = alice.logs.serve(&bob.log, 0, top).unwrap().unwrap();
    let mut other = Alice::new();
    other.meet(bob);
    other.logs.ingest(run.clone(), &deletes, NOW_MS).unwrap();
    (run, deletes)
}

#[test]
fn a_long_step_is_the_same_entry_after_a_reopening_whatever_deletes_name_it() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let space = Space::Shared {
        creator: bob.identity(),
        nonce: [2; 16],
    };
    let keys = epoch(space, 0, &bob);
    let step = long_step(&mut bob, &keys);
    let long = bob.post(&"long ".repeat(300), Some(&keys.body));
    let last = bob.post("and a short one", None);
    let places = [step.entry.place(), long.entry.place()];
    let delete = bob.say(&delete_of(&places), None);
    for said in [&step, &long, &last] {
        alice.hear(said);
    }
    let bodies = |alice: &Alice| {
        [&step, &long, &last].map(|said| {
            let link = alice.logs.link(&said.entry.place()).unwrap().unwrap();
            assert_eq!(link.entry, said.entry);
            link.body
        })
    };
    let whole = [&step, &long, &last].map(|said| Some(said.body.clone()));
    assert_eq!(bodies(&alice), whole);
    let mut alice = alice.reopened();
    assert_eq!(bodies(&alice), whole);
    alice.hear(&delete);
    let [kept, gone, _] = bodies(&alice);
    assert!(kept == whole[0] && gone.is_none());
    let alice = alice.reopened();
    assert_eq!(bodies(&alice)[0], whole[0]);
    let (run, deletes) = served(&alice, &bob);
    assert_eq!(run.items[0].body, RunBody::Present(step.body.clone()));
    assert!(matches!(run.items[1].body, RunBody::Gone { .. }) && deletes.len() == 1);
    assert_eq!(
        run.chain().unwrap().at(0).unwrap().entry.id(),
        step.entry.id()
    );
    alice.logs.check_entries().unwrap();
}

#[test]
fn a_step_said_to_be_gone_is_refused_and_comes_later_as_it_is() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let space = Space::Shared {
        creator: bob.identity(),
        nonce: [2; 16],
    };
    let keys = epoch(space, 0, &bob);
    let step = long_step(&mut bob, &keys);
    let delete = bob.say(&delete_of(&[step.entry.place()]), None);
    let mut claimed = one_entry_run(&step.entry, step.body.clone());
    claimed.items[0].body = RunBody::Gone {
        hash: *blake3::hash(&step.body).as_bytes(),
        bytes: u32::try_from(step.body.len()).unwrap(),
    };
    let along = [delete.clone()];
    assert!(alice.logs.ingest(claimed.clone(), &along, NOW_MS).is_err());
    // Nor is it let in beneath the delete that is held.
    alice.hear(&delete);
    assert!(alice.logs.ingest(claimed, &along, NOW_MS).is_err());
    alice.hear(&step);
    let link = alice.reopened().logs.link(&step.entry.place());
    assert_eq!(link.unwrap().unwrap().body, Some(step.body));
}
