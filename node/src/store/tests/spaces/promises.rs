//! What Alice's node doesn't let others decide.

use hearth_protocol::space::Granted;

use super::super::super::writing::Verdict;
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
