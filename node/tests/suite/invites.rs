//! Links that let others into a space: one use or many, for a time, taken back; and who can't use them.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Home, until};

/// Nothing comes in so long a time.
const SILENCE: Duration = Duration::from_millis(2_000);

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

/// A space that a home founds, by id.
fn found(home: &Home, name: &str) -> String {
    text(&home.ask(&["space", "create", name]), "id")
}

/// The keys of who is in a space, as a home sees it.
fn members(home: &Home, space: &str) -> Vec<String> {
    let space = home.ask(&["space", "show", space]);
    let members = space["members"].as_array().unwrap();
    members.iter().map(|it| text(it, "identity")).collect()
}

fn invite(home: &Home, space: &str, more: &[&str]) -> Value {
    home.ask(&[&["space", "invite", space], more].concat())
}

#[track_caller]
fn join(home: &Home, link: &str) -> Value {
    home.ask(&["space", "join", link, "--wait", "60"])
}

#[track_caller]
fn until_out(home: &Home, space: &str) {
    until("who was removed knows it", || {
        // Who was in for a moment may not even know the space yet.
        let shown = home.run(&["--json", "space", "show", space]);
        (shown.code == 0 && shown.json()["role"] == "left").then_some(())
    });
}

/// The invitation as a space lists it.
fn listed(home: &Home, space: &str, id: &str) -> Option<Value> {
    let invites = home.ask(&["space", "invites", space]);
    let invites = invites.as_array().unwrap();
    invites.iter().find(|it| it["id"] == id).cloned()
}

#[test]
fn strangers_join_by_a_link_as_often_as_it_says() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let (_at_alice, at_bob, _at_carol) = (alice.up(), bob.up(), carol.up());
    let (bobs, carols) = (bob.identity(), carol.identity());
    let club = found(&alice, "Book club");
    alice.ask(&["post", "--space", &club, "before"]);
    let once = invite(&alice, &club, &["--uses", "1", "--expires", "7d"]);
    assert_eq!((&once["uses"], &once["used"]), (&1.into(), &0.into()));
    assert_eq!(once["space"], club);
    assert!(once["expires_ms"].as_u64().is_some());
    let link = text(&once, "link");
    assert!(link.starts_with("hearth:hearth1") && link.contains(&format!("&space={club}&invite=")));
    // It is no link to follow somebody by, and its own maker has no use for it.
    bob.run(&["follow", &link]).refused(2, "hearth space join");
    bob.run(&["space", "join", &alice.link()])
        .refused(2, "doesn't invite");
    alice.run(&["space", "join", &link]).refused(2, "your own");

    let joined = join(&bob, &link);
    assert_eq!(
        (text(&joined, "id"), text(&joined, "role")),
        (club.clone(), "member".into())
    );
    assert!(members(&alice, &club).contains(&bobs));
    let used = until("the use is counted", || {
        listed(&alice, &club, once["id"].as_str().unwrap()).filter(|it| it["used"] == 1)
    });
    assert_eq!(used["link"], link);
    // Joining twice is no second use, and nobody else gets in.
    assert_eq!(text(&join(&bob, &link), "role"), "member");
    let refusal = carol.run(&["space", "join", &link, "--wait", "60"]);
    refusal.refused(1, "as many have joined");
    assert!(!refusal.stderr.contains("invite="), "a link is a secret");
    assert!(!members(&alice, &club).contains(&carols));

    // One for any number, with the past; what is written is read by all.
    let many = text(&invite(&alice, &club, &["--with-past"]), "link");
    assert_eq!(text(&join(&carol, &many), "role"), "member");
    bob.ask(&["post", "--space", &club, "from Bob"]);
    until("Carol reads Bob's words, and what was before", || {
        let texts = carol.texts(&["timeline", "--space", &club]);
        let has = |text: &str| texts.contains(&text.to_owned());
        (has("from Bob") && has("before")).then_some(())
    });
    assert!(
        !bob.texts(&["timeline", "--space", &club])
            .contains(&"before".to_owned())
    );

    // Only admins invite; who was removed doesn't come back by the same link.
    bob.run(&["space", "invite", &club])
        .refused(2, "only admins");
    alice.ask(&["space", "remove", &club, &carols]);
    until_out(&carol, &club);
    carol
        .run(&["space", "join", &many, "--wait", "60"])
        .refused(1, "you joined by this link before");

    drop(at_bob);
    let _at_bob = bob.up();
    assert_eq!(bob.ask(&["space", "show", &club])["role"], "member");
}

#[test]
fn who_can_not_join_is_told_why() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (alice.identity(), bob.identity());
    let club = found(&alice, "Book club");
    let refused = |link: &str, why: &str| {
        let refusal = bob.run(&["space", "join", link, "--wait", "60"]);
        refusal.refused(1, why);
    };
    let first = invite(&alice, &club, &[]);
    let (id, link) = (text(&first, "id"), text(&first, "link"));

    // Half of the secret is another one.
    let (end, other) = (
        link.len() - 4,
        if link.ends_with("AAAA") {
            "BBBA"
        } else {
            "AAAA"
        },
    );
    refused(
        &format!("{}{other}", &link[..end]),
        "doesn't know this link",
    );

    alice.ask(&["space", "uninvite", &id]);
    assert_eq!(listed(&alice, &club, &id), None);
    refused(&link, "taken back");
    alice
        .run(&["space", "uninvite", "00"])
        .refused(1, "no such link");

    // Alice is away; Bob's wish waits for her.
    let second = text(&invite(&alice, &club, &[]), "link");
    drop(at_alice);
    let space = bob.ask(&["space", "join", &second]);
    assert_eq!(
        (text(&space, "role"), text(&space, "id")),
        ("invited".into(), club.clone())
    );
    let _at_alice = alice.up();
    until("he is in", || {
        members(&alice, &club).contains(&bobs).then_some(())
    });
    alice.ask(&["space", "remove", &club, &bobs]);
    until_out(&bob, &club);
    let third = text(&invite(&alice, &club, &[]), "link");
    // Who makes a link and is no admin any longer lets nobody in.
    let direct = found(&alice, "Another");
    let fourth = text(&invite(&alice, &direct, &[]), "link");
    alice.ask(&["space", "leave", &direct]);
    refused(&fourth, "no admin");
    assert_eq!(text(&join(&bob, &third), "role"), "member");
    std::thread::sleep(SILENCE);
    assert!(bob.is_connected_with(&alices));
}

#[test]
fn who_was_removed_comes_back_by_another_link_whatever_happened_meanwhile() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let (_at_alice, at_bob, _at_carol) = (alice.up(), bob.up(), carol.up());
    let (bobs, carols) = (bob.identity(), carol.identity());
    let club = found(&alice, "Book club");
    let first = text(&invite(&alice, &club, &[]), "link");
    for who in [&bob, &carol] {
        assert_eq!(text(&join(who, &first), "role"), "member");
    }
    alice.ask(&["space", "promote", &club, &carols]);
    alice.ask(&["space", "remove", &club, &bobs]);
    until_out(&bob, &club);
    until("Carol knows that he is out", || {
        (!members(&carol, &club).contains(&bobs)).then_some(())
    });
    drop(at_bob);
    // Bob carries Carol's log no longer; what Alice says next follows what Carol said.
    until("Carol is an admin", || {
        let renamed = carol.run(&["space", "rename", &club, "Film club"]);
        (renamed.code == 0).then_some(())
    });
    until("Alice hears of it", || {
        (alice.ask(&["space", "show", &club])["name"] == "Film club").then_some(())
    });
    let second = text(&invite(&alice, &club, &[]), "link");
    let at_bob = bob.up();
    assert_eq!(bob.ask(&["space", "show", &club])["role"], "left");
    let space = join(&bob, &second);
    assert_eq!(
        (text(&space, "role"), text(&space, "name")),
        ("member".into(), "Film club".into())
    );
    carol.ask(&["post", "--space", &club, "welcome back"]);
    until("Bob reads Carol", || {
        let texts = bob.texts(&["timeline", "--space", &club]);
        texts.contains(&"welcome back".to_owned()).then_some(())
    });

    // And once more, while everybody is there.
    alice.ask(&["space", "remove", &club, &bobs]);
    until_out(&bob, &club);
    let third = text(&invite(&alice, &club, &[]), "link");
    assert_eq!(text(&join(&bob, &third), "role"), "member");
    drop(at_bob);
}
