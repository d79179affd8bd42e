//! What Alice's node doesn't let others decide, and what it says when it can't keep a promise.

use hearth_protocol::space::Granted;

use super::super::super::writing::{Change, Verdict};
use super::*;

#[test]
fn how_far_another_counts_changes_nothing_about_ones_own_epochs() {
    let (mut alice, bob) = (Alice::new(), Author::new());
    let me = alice.account.identity;
    let pair = Space::direct(me, bob.identity());
    alice.learn(&epoch(pair, 3, &bob));
    let verdict = |alice: &Alice, generation: u32| {
        let granted = Granted {
            keys: epoch(pair, generation, &bob),
            heads: Vec::new(),
            past: Vec::new(),
        };
        let judged = alice.logs.judge(&me, &granted, &bob.identity(), false);
        judged.unwrap()
    };
    assert!(matches!(verdict(&alice, 3 + 4_096), Verdict::Take));
    assert!(matches!(verdict(&alice, 3 + 4_097), Verdict::Never));
    assert!(matches!(verdict(&alice, u32::MAX), Verdict::Never));
    // Be it that one came all the same, before any other.
    alice.learn(&epoch(pair, u32::MAX, &bob));
    for _ in 0..2 {
        let contents = vec![(NOW_MS, post("x", None))];
        let placed = alice.logs.write_in(&me, &pair, contents, NOW_MS);
        placed.unwrap().unwrap();
    }
    let held = alice.logs.held_epochs(&pair).into_iter();
    let own = held.filter(|keys| keys.starter == me);
    let own: Vec<u32> = own.map(|keys| keys.generation).collect();
    assert_eq!(own, [0]);
}

#[test]
fn who_is_added_without_the_past_for_want_of_keys_is_told_of() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    let [carol, dave] = [Author::new(), Author::new()].map(|author| author.identity());
    alice.meet(&bob);
    let me = alice.account.identity;
    let members = BTreeSet::from([bob.identity()]);
    let founded = alice.logs.found_space(&me, "Shed", &members, NOW_MS);
    let (space, _) = founded.unwrap().unwrap();
    let add = |alice: &mut Alice, who: Identity, with_past: bool| {
        let change = Change::Add {
            members: BTreeSet::from([who]),
            with_past,
        };
        let placed = alice.logs.change_space(&me, &space, change, NOW_MS);
        placed.unwrap().unwrap().without_past
    };
    assert_eq!(add(&mut alice, dave, true), BTreeSet::new());
    // Bob begins an epoch for all, says that he granted it to Alice, and didn't.
    let held = alice.logs.held_epochs(&space).into_iter();
    let under = held.max_by_key(|keys| keys.generation).unwrap();
    let resolved = alice.logs.resolved(&space).unwrap();
    let plan = resolved.plan_epoch(&bob.identity(), &|_| Some(0), &|id| *id == under.id());
    let keys = epoch(space, plan.generation, &bob);
    let control = plan.control(&keys, vec![under.control_part()]);
    let said = bob.say(&Content::Control(control), Some(&under.control));
    alice.hear(&said);
    assert_eq!(add(&mut alice, carol, true), BTreeSet::from([carol]));
    let resolved = alice.logs.resolved(&space).unwrap();
    assert!(resolved.members.contains_key(&carol));
    // Who was to get none isn't told of.
    let eve = Author::new().identity();
    assert_eq!(add(&mut alice, eve, false), BTreeSet::new());
}
