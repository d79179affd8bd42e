//! What Alice's node does in a shared space when others did what she didn't know of, or what they mustn't.

use std::sync::Arc;

use hearth_protocol::space::{EpochControl, Resolved, Step};

use super::super::super::writing::Change;
use super::*;

impl Alice {
    fn founds(&mut self, members: &[&Author]) -> Space {
        let members = members.iter().map(|author| author.identity()).collect();
        let me = self.account.identity;
        let founded = self.logs.found_space(&me, "Shed", &members, NOW_MS);
        founded.unwrap().unwrap().0
    }

    fn changes(&mut self, space: &Space, change: Change) {
        let me = self.account.identity;
        let changed = self.logs.change_space(&me, space, change, NOW_MS);
        changed.unwrap().unwrap();
    }

    fn says(&mut self, space: &Space, text: &str) {
        let contents = vec![(NOW_MS, post(text, None))];
        let me = self.account.identity;
        let placed = self.logs.write_in(&me, space, contents, NOW_MS);
        placed.unwrap().unwrap();
    }

    fn sees(&self, space: &Space) -> Arc<Resolved> {
        self.logs.resolved(space).unwrap()
    }

    fn controls(&self, space: &Space) -> usize {
        self.logs.control_entries(space).unwrap().len()
    }

    fn newest(&self, space: &Space) -> EpochKeys {
        let held = self.logs.held_epochs(space).into_iter();
        held.max_by_key(|keys| keys.generation).unwrap()
    }
}

impl Author {
    fn begins(
        &mut self,
        (space, generation, members): (Space, u32, usize),
        parents: Vec<Reference>,
        previous: Vec<EpochControl>,
    ) -> (EpochKeys, LoneEntry) {
        let keys = epoch(space, generation, self);
        let op = ControlOp::Epoch {
            generation,
            body: Commitment::to(&keys.body),
            control: Commitment::to(&keys.control),
            inboxes: vec![None; members],
            previous,
        };
        let control = Control { space, parents, op };
        let said = self.say(&Content::Control(control), Some(&keys.control));
        (keys, said)
    }
}

#[test]
fn an_epoch_that_only_a_void_one_hands_on_is_handed_on_and_no_step_lies_under_a_void_one() {
    let (mut alice, mut bob, mut mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let space = alice.founds(&[&bob, &mallory]);
    let last = alice.newest(&space);
    let by = Step {
        author: &bob.identity(),
        runs: None,
    };
    let heads = alice.sees(&space).parents(by);
    // Bob begins an epoch, on which Mallory builds higher and higher; Alice hears of it when she has removed Mallory.
    let next = last.generation + 1;
    let previous = vec![last.control_part()];
    let (apart, said) = bob.begins((space, next, 3), heads, previous);
    let mut heard = vec![(apart.clone(), named(&said), said)];
    for generation in next + 1..next + 4 {
        let (before, parent, _) = heard.last().unwrap();
        let (previous, parents) = (vec![before.control_part()], vec![*parent]);
        let (keys, said) = mallory.begins((space, generation, 3), parents, previous);
        heard.push((keys, named(&said), said));
    }
    alice.changes(&space, Change::Remove(mallory.identity()));
    for (keys, _, said) in &heard {
        alice.learn(keys);
        alice.hear(said);
    }
    let resolved = alice.sees(&space);
    assert!(resolved.epochs[&apart.id()].counts);
    assert!(!resolved.epochs[&heard[3].0.id()].counts);
    // No epoch fits now: a step all the same has to lie where others take it.
    alice.changes(&space, Change::Rename("Barn".to_owned()));
    assert_eq!(alice.sees(&space).name, "Barn");
    let readable = |keys: &EpochKeys| {
        let renamed = alice.logs.control_entries(&space).unwrap();
        let mut renamed = renamed.into_iter();
        let found = renamed.find(|entry| matches!(entry.control.op, ControlOp::Rename { .. }));
        found.unwrap().under == keys.id()
    };
    assert!(!heard.iter().any(|(keys, _, _)| readable(keys)));
    alice.says(&space, "one");
    let steps = alice.controls(&space);
    alice.says(&space, "two");
    assert_eq!(alice.controls(&space), steps, "epochs without end");
    assert!(
        alice
            .logs
            .usable(&space, &alice.sees(&space))
            .unwrap()
            .is_some()
    );
}

fn is_out_of(alice: &Alice, space: &Space, who: &Author) -> bool {
    let resolved = alice.sees(space);
    !resolved.members.contains_key(&who.identity())
        && resolved.members.len() == 1
        && resolved.missing.is_empty()
}

#[test]
fn who_was_removed_takes_no_step_away_that_others_built_on() {
    let (mut alice, mut mallory) = (Alice::new(), Author::new());
    alice.meet(&mallory);
    let space = alice.founds(&[&mallory]);
    let last = alice.newest(&space);
    let by = Step {
        author: &mallory.identity(),
        runs: None,
    };
    let heads = alice.sees(&space).parents(by);
    let next = last.generation + 1;
    let (keys, said) = mallory.begins((space, next, 2), heads, vec![last.control_part()]);
    alice.learn(&keys);
    alice.hear(&said);
    assert!(alice.sees(&space).epochs[&keys.id()].counts);
    alice.changes(&space, Change::Remove(mallory.identity()));
    assert!(is_out_of(&alice, &space, &mallory));

    let steps = alice.controls(&space);
    let target = Target {
        device: mallory.device.id(),
        log: LogNumber::SOCIAL,
        seq: said.entry.place().seq,
    };
    let targets = vec![target];
    let deletes = mallory.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&deletes);
    assert_eq!(alice.controls(&space), steps);
    assert!(is_out_of(&alice, &space, &mallory));

    let mut known = alice.logs.statements(&mallory.identity());
    let ends = BTreeMap::new();
    let cut = Statement::sign(&mallory.root, mallory.device.id(), 2, Claim::Cut { ends });
    known.insert(cut).unwrap();
    alice.logs.keep_statements(&known).unwrap();
    assert_eq!(alice.controls(&space), steps - 1);
    assert!(is_out_of(&alice, &space, &mallory));
    alice.says(&space, "among ourselves");
    let newest = alice.newest(&space);
    assert!(newest.generation > next && newest.id() != keys.id());
    let usable = alice.logs.usable(&space, &alice.sees(&space)).unwrap();
    assert_eq!(usable, Some(newest));
}
