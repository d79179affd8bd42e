//! Who reads what: friends, closed circles, two people. Real nodes over loopback.

use serde_json::{Value, json};

use crate::harness::{Home, Node, TCP, until};

/// Both follow each other, and know it.
#[track_caller]
fn befriend(one: &Home, other: &Home) {
    one.ask(&["follow", &other.link()]);
    other.ask(&["follow", &one.link()]);
    until_friends(one, other);
    until_friends(other, one);
}

#[track_caller]
fn until_friends(one: &Home, other: &Home) {
    let identity = other.identity();
    until("they are friends", || {
        let all = one.ask(&["following"]);
        let relation = all.as_array().unwrap().iter();
        let mut found = relation.filter(|relation| relation["identity"] == identity);
        found.any(|one| one["state"] == "friends").then_some(())
    });
    // To seal something to them, an inbox of theirs must be here.
    until("their log is here", || {
        (!one.have(&identity).is_empty()).then_some(())
    });
}

#[track_caller]
fn until_reads(home: &Home, text: &str) -> Value {
    until(&format!("{text:?} is on the timeline"), || {
        let posts = home.ask(&["timeline"]);
        let mut posts = posts.as_array().unwrap().iter();
        posts.find(|post| post["text"] == text).cloned()
    })
}

#[track_caller]
fn reads(home: &Home, text: &str) -> bool {
    home.texts(&["timeline"]).iter().any(|there| there == text)
}

/// All that `source` wrote in its social log is held by `home`.
#[track_caller]
fn until_carried(home: &Home, source: &Home) {
    let identity = source.identity();
    until("all of it was carried over", || {
        (home.have(&identity) == source.have(&identity)).then_some(())
    });
}

#[track_caller]
fn until_in(home: &Home, space: &str) -> Value {
    until("they are in the space", || {
        let spaces = home.ask(&["space", "list"]);
        let mut spaces = spaces.as_array().unwrap().iter();
        let found = spaces.find(|info| info["id"] == space || info["name"] == space)?;
        (["admin", "member"].contains(&found["role"].as_str()?)).then(|| found.clone())
    })
}

fn role_of(info: &Value, who: &Home) -> Option<String> {
    let identity = who.identity();
    let mut members = info["members"].as_array().unwrap().iter();
    let member = members.find(|member| member["identity"] == identity)?;
    Some(member["role"].as_str().unwrap().to_owned())
}

fn up(home: &Home) -> Node<'_> {
    home.up_on(&[TCP])
}

#[test]
fn a_post_goes_to_friends_and_not_to_mere_followers() {
    let (alice, bob, eve) = (Home::new("Alice"), Home::new("Bob"), Home::new("Eve"));
    let (at_alice, _at_bob, _at_eve) = (up(&alice), up(&bob), up(&eve));
    befriend(&alice, &bob);
    eve.ask(&["follow", &alice.link()]);
    let posted = alice.ask(&["post", "for friends"]);
    assert_eq!(posted["audience"], "friends");
    assert_eq!(posted.get("warnings"), None, "{posted}");
    let seen = until_reads(&bob, "for friends");
    assert_eq!(
        (&seen["audience"], &seen["space"]),
        (&"friends".into(), &posted["space"])
    );
    alice.ask(&["post", "for all", "--public"]);
    assert_eq!(until_reads(&eve, "for all")["audience"], "public");
    until_carried(&eve, &alice);
    assert!(!reads(&eve, "for friends"));
    // Nor what isn't for anybody.
    let private = alice.ask(&["post", "for me", "--private"]);
    assert_eq!(private["audience"], "private");
    assert!(reads(&alice, "for me"));
    // An edit goes where the post is, and all of it is there after a restart.
    alice.ask(&["edit", posted["id"].as_str().unwrap(), "for my friends"]);
    until_reads(&bob, "for my friends");
    at_alice.stop();
    let _at_alice = up(&alice);
    assert!(reads(&alice, "for my friends") && reads(&alice, "for me"));
    let only = |space: &str| alice.texts(&["timeline", "--space", space]);
    assert_eq!(only("friends"), ["for my friends"]);
    assert_eq!(only("public"), ["for all"]);
    assert_eq!(only("private"), ["for me"]);
    // Who comes to be a friend reads what follows, and not what was before.
    eve.ask(&["post", "x"]);
    alice.ask(&["follow", &eve.link()]);
    until_friends(&alice, &eve);
    until_friends(&eve, &alice);
    alice.ask(&["post", "welcome"]);
    until_reads(&eve, "welcome");
    until_reads(&bob, "welcome");
    assert!(!reads(&eve, "for my friends"));
    // Who isn't one any longer doesn't.
    alice.ask(&["unfollow", &eve.identity()]);
    alice.ask(&["post", "among us"]);
    until_reads(&bob, "among us");
    until_carried(&eve, &alice);
    assert!(!reads(&eve, "among us"));
}

#[test]
fn a_circle_is_founded_grows_and_shrinks() {
    let homes = ["Alice", "Bob", "Carol"].map(Home::new);
    let [alice, bob, carol] = &homes;
    let (_at_alice, _at_bob, at_carol) = (up(alice), up(bob), up(carol));
    befriend(alice, bob);
    befriend(alice, carol);
    let made = alice.ask(&["space", "create", "Book club", "--member", &bob.identity()]);
    assert_eq!(
        (&made["name"], &made["kind"], &made["role"]),
        (&"Book club".into(), &"shared".into(), &"admin".into())
    );
    let id = made["id"].as_str().unwrap();
    let info = until_in(bob, id);
    assert_eq!(role_of(&info, bob).as_deref(), Some("member"));
    alice.ask(&["post", "first", "--space", "Book club"]);
    let seen = until_reads(bob, "first");
    assert_eq!(
        (&seen["audience"], &seen["space"]),
        (&"shared".into(), &made["id"])
    );
    let answer = bob.ask(&["post", "mine", "--reply-to", seen["id"].as_str().unwrap()]);
    assert_eq!(answer["space"], made["id"]);
    until_reads(alice, "mine");
    // Bob isn't an admin.
    bob.run(&["space", "add", id, &carol.identity()])
        .refused(2, "admin");
    // Carol comes without the past, Bob goes.
    alice.ask(&["space", "add", id, &carol.identity()]);
    until_in(carol, id);
    bob.ask(&["post", "for all three", "--space", id]);
    until_reads(alice, "for all three");
    until_reads(carol, "for all three");
    assert!(!reads(carol, "first") && !reads(carol, "mine"));
    let renamed = alice.ask(&["space", "rename", id, "Book worms"]);
    assert_eq!(renamed["name"], "Book worms");
    let promoted = alice.ask(&["space", "promote", id, &carol.identity()]);
    assert_eq!(role_of(&promoted, carol).as_deref(), Some("admin"));
    until("Carol knows", || {
        let info = until_in(carol, id);
        (info["role"] == "admin" && info["name"] == "Book worms").then_some(())
    });
    let before = alice.ask(&["space", "show", id])["epoch"].as_u64();
    let removed = carol.ask(&["space", "remove", id, &bob.identity()]);
    assert_eq!(role_of(&removed, bob), None);
    assert!(removed["epoch"].as_u64() > before);
    until("Alice knows", || {
        role_of(&alice.ask(&["space", "show", id]), bob)
            .is_none()
            .then_some(())
    });
    alice.ask(&["post", "without Bob", "--space", id]);
    until_reads(carol, "without Bob");
    until_carried(bob, alice);
    assert!(!reads(bob, "without Bob"));
    until("Bob knows", || {
        (bob.ask(&["space", "show", id])["role"] == "left").then_some(())
    });
    bob.run(&["post", "still here?", "--space", id])
        .refused(2, "any more");
    // All of it is there after a restart; and who leaves is out.
    at_carol.stop();
    let _at_carol = up(carol);
    assert!(reads(carol, "without Bob"));
    assert_eq!(until_in(carol, id)["role"], "admin");
    assert_eq!(alice.ask(&["space", "leave", id])["role"], "left");
    until("Carol is alone", || {
        let info = carol.ask(&["space", "show", id]);
        (info["members"].as_array().unwrap().len() == 1).then_some(())
    });
    carol.ask(&["post", "alone", "--space", id]);
    until_carried(alice, carol);
    assert!(!reads(alice, "alone"));
}

#[test]
fn with_the_past_one_reads_all_of_it_and_who_was_away_misses_nothing() {
    let homes = ["Alice", "Bob", "Carol"].map(Home::new);
    let [alice, bob, carol] = &homes;
    let (_at_alice, at_bob, _at_carol) = (up(alice), up(bob), up(carol));
    befriend(alice, bob);
    befriend(alice, carol);
    let made = alice.ask(&["space", "create", "Family", "--member", &bob.identity()]);
    let id = made["id"].as_str().unwrap();
    until_in(bob, id);
    alice.ask(&["post", "long ago", "--space", id]);
    until_reads(bob, "long ago");
    at_bob.stop();
    alice.ask(&["space", "add", id, &carol.identity(), "--with-past"]);
    until_in(carol, id);
    until_reads(carol, "long ago");
    alice.ask(&["space", "remove", id, &carol.identity()]);
    alice.ask(&["post", "while Bob slept", "--space", id]);
    until_carried(carol, alice);
    assert!(!reads(carol, "while Bob slept"));
    let _at_bob = up(bob);
    until_reads(bob, "while Bob slept");
    bob.ask(&["post", "awake", "--space", id]);
    until_reads(alice, "awake");
}

#[test]
fn a_friends_answer_is_served_on_to_those_who_do_not_know_each_other() {
    let homes = ["Alice", "Bob", "Carol"].map(Home::new);
    let [alice, bob, carol] = &homes;
    let (_at_alice, at_bob, _at_carol) = (up(alice), up(bob), up(carol));
    befriend(alice, bob);
    befriend(alice, carol);
    let posted = alice.ask_text(&["post", "who comes?"], "id");
    let seen = until_reads(bob, "who comes?");
    until_reads(carol, "who comes?");
    let answer = bob.ask(&["post", "me!", "--reply-to", &posted]);
    assert_eq!(answer["space"], seen["space"]);
    assert!(reads(bob, "me!"));
    let in_thread = |home: &Home, text: &str| {
        let posts = home.texts(&["thread", &posted]);
        posts.iter().any(|there| there == text)
    };
    until("Alice reads it", || in_thread(alice, "me!").then_some(()));
    until("Carol reads it", || in_thread(carol, "me!").then_some(()));
    let found = |words: &str| carol.ask(&["search", words])["posts"].clone();
    let by_bob = format!("me from:{}", bob.identity());
    for words in ["me", by_bob.as_str()] {
        // A search that took long gives what it has so far.
        let seen = until(words, || {
            let posts = found(words);
            posts.get(0).cloned()
        });
        assert_eq!(seen["text"], "me!", "{words}");
        assert_eq!(seen["author"], bob.identity().as_str());
        assert_eq!(seen["audience"], "friends");
    }
    let id = answer["id"].as_str().unwrap();
    bob.ask(&["edit", id, "me and a friend!"]);
    until("Carol reads the edit", || {
        in_thread(carol, "me and a friend!").then_some(())
    });
    until("the edit is found", || {
        (found("friend")[0]["id"] == id).then_some(())
    });
    carol.ask(&["block", &bob.identity()]);
    assert_eq!(found("friend"), serde_json::json!([]));
    carol.ask(&["block", &bob.identity(), "--undo"]);
    bob.ask(&["delete", id]);
    until("it is gone everywhere", || {
        let there = in_thread(carol, "me and a friend!") || in_thread(carol, "me!");
        (!there).then_some(())
    });
    assert_eq!(found("friend"), serde_json::json!([]));
    drop(at_bob);
}

#[test]
fn what_is_for_one_person_is_read_by_two() {
    let homes = ["Alice", "Bob", "Eve"].map(Home::new);
    let [alice, bob, eve] = &homes;
    let (_at_alice, at_bob, _at_eve) = (up(alice), up(bob), up(eve));
    befriend(alice, bob);
    befriend(alice, eve);
    let posted = alice.ask(&["post", "psst", "--to", &bob.identity()]);
    assert_eq!(posted["audience"], "direct");
    let seen = until_reads(bob, "psst");
    assert_eq!(
        (&seen["audience"], &seen["space"]),
        (&"direct".into(), &posted["space"])
    );
    bob.ask(&["post", "yes?", "--reply-to", seen["id"].as_str().unwrap()]);
    until_reads(alice, "yes?");
    until_carried(eve, alice);
    assert!(!reads(eve, "psst"));
    at_bob.stop();
    let _at_bob = up(bob);
    let talk = |home: &Home, other: &Home| home.texts(&["timeline", "--space", &other.identity()]);
    assert_eq!(talk(bob, alice), ["yes?", "psst"]);
    assert_eq!(talk(alice, bob), ["yes?", "psst"]);
    // Who isn't in it and is mentioned can't read it.
    let text = format!("ask @{}", eve.identity());
    let ended = alice.run(&["post", &text, "--to", &bob.identity()]);
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains("Eve can't read it"), "{ended:?}");
}

#[test]
fn admins_who_did_not_hear_of_each_other_agree_afterwards() {
    let homes = ["Alice", "Bob", "Carol", "Dave"].map(Home::new);
    let [alice, bob, carol, dave] = &homes;
    let (at_alice, at_bob, _at_carol, _at_dave) = (up(alice), up(bob), up(carol), up(dave));
    befriend(alice, bob);
    befriend(alice, carol);
    befriend(bob, dave);
    let made = alice.ask(&["space", "create", "Choir", "--member", &bob.identity()]);
    let id = made["id"].as_str().unwrap();
    until_in(bob, id);
    alice.ask(&["space", "promote", id, &bob.identity()]);
    until("Bob is an admin", || {
        (until_in(bob, id)["role"] == "admin").then_some(())
    });
    // Each alone with whom they add.
    at_bob.stop();
    alice.ask(&["space", "add", id, &carol.identity()]);
    until_in(carol, id);
    at_alice.stop();
    let _at_bob = up(bob);
    bob.ask(&["space", "add", id, &dave.identity()]);
    until_in(dave, id);
    let _at_alice = up(alice);
    for home in &homes {
        until("all four are in it", || {
            let info = home.ask(&["space", "show", id]);
            (info["members"].as_array().unwrap().len() == 4).then_some(())
        });
    }
    let members = |home: &Home| home.ask(&["space", "show", id])["members"].clone();
    let ids = |home: &Home| {
        let members = members(home);
        let ids = members.as_array().unwrap().iter();
        let ids = ids.map(|member| (member["identity"].clone(), member["role"].clone()));
        ids.map(|pair| json!(pair)).collect::<Vec<_>>()
    };
    let expected = ids(alice);
    homes
        .iter()
        .for_each(|home| assert_eq!(ids(home), expected));
    alice.ask(&["post", "all together", "--space", id]);
    for home in &homes[1..] {
        until_reads(home, "all together");
    }
}

#[test]
fn who_is_mentioned_and_is_not_in_the_space_is_told_of() {
    let homes = ["Alice", "Bob", "Eve"].map(Home::new);
    let [alice, bob, eve] = &homes;
    let (_at_alice, _at_bob, _at_eve) = (up(alice), up(bob), up(eve));
    befriend(alice, bob);
    befriend(alice, eve);
    let made = alice.ask(&["space", "create", "Club", "--member", &bob.identity()]);
    let id = made["id"].as_str().unwrap();
    let (within, without) = (
        format!("ask @{}", bob.identity()),
        format!("ask @{} and @{}", bob.identity(), eve.identity()),
    );
    let warned = |line: &[&str], is_warned: bool| {
        let ended = alice.run(line);
        assert_eq!(ended.code, 0, "{ended:?}");
        let told = ended
            .stderr
            .contains("Eve can't read it: not in this space");
        assert_eq!(told, is_warned, "{line:?}: {ended:?}");
        assert!(!ended.stderr.contains("Bob can't"), "{ended:?}");
    };
    warned(&["post", &without, "--space", id], true);
    let posted = alice.ask_text(&["post", &within, "--space", id], "id");
    warned(&["edit", &posted, &without], true);
    warned(&["edit", &posted, &within], false);
    warned(&["post", &within, "--space", id], false);
    let edited = alice.ask(&["edit", &posted, &without]);
    assert_eq!(edited["id"], posted);
    assert_eq!(edited["warnings"].as_array().unwrap().len(), 1, "{edited}");
    // Everybody reads what is public.
    let public = alice.ask_text(&["post", "hello", "--public"], "id");
    warned(&["edit", &public, &without], false);
}

#[test]
fn what_makes_no_sense_is_refused_with_advice() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let _at_alice = up(&alice);
    let _at_bob = up(&bob);
    let (me, stranger) = (alice.identity(), bob.identity());
    let made = alice.ask(&["space", "create", "Shed"]);
    let id = made["id"].as_str().unwrap();
    alice
        .run(&["post", "x", "--space", "Barn"])
        .refused(1, "space list");
    alice
        .run(&["space", "remove", "Shed", &me])
        .refused(2, "space leave");
    alice
        .run(&["space", "remove", "Shed", &stranger])
        .refused(2, "aren't in the space");
    alice
        .run(&["space", "add", "friends", &stranger])
        .refused(2, "shared");
    alice.ask(&["space", "create", "Shed"]);
    alice
        .run(&["post", "x", "--space", "Shed"])
        .refused(2, "by its id");
    // Somebody of whom nothing is known is added all the same, and told of.
    let ended = alice.run(&["space", "add", id, &stranger]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stderr.contains("no key"), "{ended:?}");
    // A reply that more people can read is told of.
    let secret = alice.ask_text(&["post", "hush", "--private"], "id");
    let answer = alice.ask(&["post", "loud", "--reply-to", &secret]);
    assert_eq!(answer["audience"], "private");
    let ended = alice.run(&["post", "loud", "--reply-to", &secret, "--public"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains("written for others"), "{ended:?}");
}
