//! Each attack by itself, and what becomes of a space whose admins go.

use hearth_protocol::body;
use hearth_protocol::content::ControlOp;
use hearth_protocol::space::Role;

use super::world::World;

/// The founder, an admin and a member; all have seen everything.
fn three() -> World {
    let mut world = World::new(7);
    assert!(world.add(0, 1, false) && world.add(0, 2, true) && world.promote(0, 1));
    world.gather();
    world
}

fn roles(world: &World, at: usize) -> Vec<(usize, Role)> {
    let resolved = world.resolved(at);
    let mut roles: Vec<_> = (resolved.members.iter())
        .map(|(who, role)| (world.person(who), *role))
        .collect();
    roles.sort_unstable();
    roles
}

#[test]
fn a_removed_admin_adds_nobody_however_it_is_dated() {
    let mut world = three();
    assert!(world.remove(0, 1));
    world.gather();
    let member = world.people[3];
    for dice in 0..40 {
        let op = ControlOp::Add {
            members: vec![member],
            inboxes: vec![Some(0)],
            with_past: true,
        };
        assert!(world.backdate(1, op, dice));
        assert!(world.backdate(1, ControlOp::Promote { member }, dice));
    }
    world.gather();
    assert_eq!(roles(&world, 0), [(0, Role::Admin), (2, Role::Member)]);
    assert_eq!(roles(&world, 2), roles(&world, 0));
}

#[test]
fn what_a_removed_admin_did_before_holds() {
    let mut world = three();
    assert!(world.add(1, 3, true));
    world.hand(1, 0, |_| false);
    assert!(world.remove(0, 1));
    world.gather();
    let expected = [(0, Role::Admin), (2, Role::Member), (3, Role::Member)];
    assert_eq!(roles(&world, 2), expected);
}

#[test]
fn of_two_who_remove_each_other_the_senior_stays() {
    let mut world = three();
    assert!(world.remove(1, 0) && world.remove(0, 1));
    world.gather();
    for at in [0, 2] {
        assert_eq!(roles(&world, at), [(0, Role::Admin), (2, Role::Member)]);
    }
}

#[test]
fn a_member_who_is_no_admin_changes_nothing() {
    let mut world = three();
    let (two, three) = (world.people[2], world.people[3]);
    for dice in 0..40 {
        let add = ControlOp::Add {
            members: vec![three],
            inboxes: vec![Some(0)],
            with_past: false,
        };
        let remove = ControlOp::Remove {
            member: world.people[1],
            ends: Vec::new(),
        };
        let name = "mine".into();
        let promote = ControlOp::Promote { member: two };
        for op in [add, remove, promote, ControlOp::Rename { name }] {
            world.backdate(2, op, dice);
        }
    }
    world.gather();
    let expected = [(0, Role::Admin), (1, Role::Admin), (2, Role::Member)];
    assert_eq!(roles(&world, 0), expected);
    assert_eq!(world.resolved(0).name, "Hearth");
}

#[test]
fn keys_that_belong_to_no_epoch_run_nothing() {
    let mut world = three();
    world.stray(1, 0);
    world.gather();
    assert_eq!(world.resolved(0).name, "Hearth");
    assert_eq!(
        world.resolved(0).epochs.len(),
        world.resolved(2).epochs.len()
    );
}

#[test]
fn who_was_passed_over_is_told_by_the_next_epoch() {
    let mut world = three();
    assert!(world.pass_over(1, 0));
    world.gather();
    assert!(world.rename(0));
    world.gather();
    world.renew(0);
    assert!(world.post(0));
    world.gather();
    let (mine, other) = (world.resolved(0), world.resolved(2));
    assert_eq!((&mine.name, &mine.heads), (&other.name, &other.heads));
    let last = world.said.last().unwrap().item;
    assert!(world.homes[2].opened.contains_key(&last));
}

#[test]
fn who_was_handed_an_epoch_and_left_reads_no_more_of_it() {
    let mut world = three();
    assert!(world.leave(2));
    world.gather();
    assert!(world.post(0));
    world.gather();
    let last = world.said.last().unwrap().item;
    assert!(world.homes[1].opened.contains_key(&last));
    assert!(!world.homes[2].opened.contains_key(&last));
}

#[test]
fn what_a_removed_member_says_afterwards_doesnt_count() {
    let mut world = three();
    assert!(world.post(2));
    world.gather();
    assert!(world.remove(0, 2));
    // Not knowing of it.
    assert!(world.post(2));
    world.gather();
    let resolved = world.resolved(0);
    let counts =
        |said: &super::world::Said| resolved.counts(&world.items[said.item].place, &said.epoch);
    let said: Vec<bool> = world.said.iter().map(counts).collect();
    assert_eq!(said, [true, false]);
}

#[test]
fn the_last_admin_leaves_an_admin_behind() {
    let mut world = World::new(7);
    assert!(world.add(0, 1, false) && world.add(0, 2, false));
    assert!(world.leave(0));
    world.gather();
    assert_eq!(roles(&world, 2), [(1, Role::Admin), (2, Role::Member)]);
}

#[test]
fn where_all_admins_went_apart_the_member_longest_there_may_step_up() {
    let mut world = three();
    assert!(world.leave(0) && world.leave(1));
    world.gather();
    assert_eq!(roles(&world, 2), [(2, Role::Member)]);
    assert_eq!(world.resolved(2).heir, Some(world.people[2]));
    assert!(world.promote(2, 2));
    world.gather();
    assert_eq!(roles(&world, 2), [(2, Role::Admin)]);
}

#[test]
fn a_revoked_device_gets_none_of_what_follows() {
    let mut world = three();
    world.new_device(2);
    let second = world.homes.len() - 1;
    assert!(world.post(0));
    world.gather();
    assert!(world.homes[second].opened.contains_key(&world.said[0].item));
    assert!(world.revoke(second));
    world.gather();
    assert!(world.post(0));
    world.gather();
    let last = world.said.last().unwrap().item;
    assert!(world.homes[second].opened.contains_key(&last));
    assert!(!world.homes[2].opened.contains_key(&last));
}

#[test]
fn a_removal_outlasts_what_it_was_built_on() {
    let mut world = three();
    // The next steps lie under an epoch of the one who is removed, and descend from nothing newer.
    world.renew(2);
    world.gather();
    assert!(world.remove(0, 2));
    world.gather();
    world.cut(2, u64::MAX);
    world.gather();
    let expected = [(0, Role::Admin), (1, Role::Admin)];
    for at in [0, 1] {
        assert_eq!(roles(&world, at), expected);
        assert_eq!(world.resolved(at).missing, []);
    }
    assert!(world.post(0));
    world.gather();
    let last = world.said.last().unwrap().item;
    assert!(world.homes[1].opened.contains_key(&last));
    assert!(!world.homes[2].opened.contains_key(&last));
}

#[test]
fn an_admins_lost_entries_take_no_removal_along() {
    let mut world = three();
    for _ in 0..3 {
        assert!(world.rename(1) && world.post(2) && world.rename(0));
        world.renew(1);
        world.gather();
    }
    assert!(world.remove(0, 1));
    world.gather();
    world.cut(1, u64::MAX);
    world.gather();
    let expected = [(0, Role::Admin), (2, Role::Member)];
    for at in [0, 2] {
        assert_eq!(roles(&world, at), expected);
    }
}

#[test]
fn a_delete_takes_no_step_away_and_every_post() {
    let mut world = three();
    assert!(world.rename(1) && world.post(1));
    let post = world.said.last().unwrap().item;
    assert!(!body::is_lasting(&world.items[post].body));
    for home in &world.homes {
        for item in home.held.iter().map(|&item| &world.items[item]) {
            let is_step = home.controls.contains_key(&item.id);
            assert!(!is_step || body::is_lasting(&item.body));
        }
    }
}

#[test]
fn what_lay_unseen_within_the_ends_of_a_removal_comes_to_nothing() {
    let mut world = three();
    // A step that waits for another, which its author keeps back until they were removed.
    assert!(world.rename(1));
    let kept_back = world.items.len() - 1;
    let added = world.people[3];
    let op = ControlOp::Add {
        members: vec![added],
        inboxes: vec![Some(0)],
        with_past: false,
    };
    assert!(world.step(1, op));
    for to in [0, 2] {
        world.hand(1, to, |item| item == kept_back);
    }
    assert!(!world.resolved(0).missing.is_empty());
    assert!(world.remove(0, 1));
    world.gather();
    let expected = [(0, Role::Admin), (2, Role::Member)];
    assert_eq!(roles(&world, 0), expected);
    assert_eq!(roles(&world, 2), expected);
}

#[test]
fn who_left_may_be_removed_too_and_comes_back_when_added() {
    let mut world = three();
    assert!(world.leave(2));
    world.gather();
    let ends = world.ends(0, 2);
    let member = world.people[2];
    let keys = world.epoch(0);
    let by = (&world.people[0], &keys.id());
    let op = ControlOp::Remove { member, ends };
    let control = world.resolved(0).step(&world.space, by, op);
    world.write_control(0, &control, &keys);
    world.gather();
    let expected = [(0, Role::Admin), (1, Role::Admin)];
    assert_eq!(roles(&world, 1), expected);
    assert!(world.add(1, 2, false));
    world.gather();
    assert_eq!(roles(&world, 0).len(), 3);
}
