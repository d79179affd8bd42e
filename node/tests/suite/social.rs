//! Following openly and in private, mutes, blocks, bookmarks, lists, reactions, reading positions, settings.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Home, TCP, until};
use crate::restore::{done, initialised, path, restore, up};

/// Time for what must not come.
const NEVER: Duration = Duration::from_secs(3);

fn public(home: &Home, text: &str) -> String {
    home.ask_text(&["post", "--public", "--", text], "id")
}

fn reply(home: &Home, to: &str, text: &str) -> String {
    home.ask_text(&["post", "--public", "--reply-to", to, "--", text], "id")
}

fn list(answer: &Value, field: &str) -> Vec<String> {
    let items = answer.as_array().unwrap().iter();
    items
        .map(|item| item[field].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn texts(home: &Home, verb: &[&str]) -> Vec<String> {
    home.texts(verb)
}

fn list_of(lines: &Value) -> Vec<String> {
    let lines = lines.as_array().unwrap().iter();
    lines
        .map(|line| line.as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn until_shown(home: &Home, verb: &[&str], text: &str) {
    until(&format!("{text:?} is shown"), || {
        texts(home, verb).iter().any(|it| it == text).then_some(())
    });
}

/// All that an account noted, without what it knows of others' names.
fn noted(home: &Home) -> Value {
    let mut noted = json!({});
    for verb in ["mute", "block", "lists", "read", "settings", "following"] {
        noted[verb] = home.ask(&[verb]);
    }
    noted["bookmarks"] = json!(list(&home.ask(&["bookmark"]), "text"));
    noted["reactions"] = home.ask(&["timeline"])[0]["reactions"].clone();
    noted
}

#[test]
fn what_one_notes_is_kept_over_restarts_reindexing_and_a_restore() {
    let (alice, phrase) = initialised("Alice");
    let [bob, carol, dave] = ["Bob", "Carol", "Dave"].map(|name| initialised(name).0.identity());
    let me = alice.identity();
    let node = up(&alice);
    let posts = ["one", "two", "three"].map(|text| public(&alice, text));

    alice.ask(&["mute", &bob]);
    alice.ask(&["mute", &carol]);
    alice.ask(&["mute", &carol, "--undo"]);
    assert_eq!(list(&alice.ask(&["mute"]), "identity"), [&*bob]);
    let blocked = alice.ask(&["block", &dave]);
    assert_eq!(
        (&blocked["state"], &blocked["blocked"]),
        (&json!("none"), &json!(true))
    );
    assert_eq!(list(&alice.ask(&["block"]), "identity"), [&*dave]);
    alice.ask(&["bookmark", &posts[0]]);
    alice.ask(&["bookmark", &posts[2]]);
    alice.ask(&["bookmark", &posts[1]]);
    alice.ask(&["bookmark", &posts[2], "--undo"]);
    let bookmarks = alice.ask(&["bookmark"]);
    assert_eq!(list(&bookmarks, "text"), ["two", "one"]);
    assert_eq!(bookmarks[0]["bookmarked"], true);
    alice.ask(&[
        "list",
        "Neighbours",
        "--add",
        &bob,
        "--add",
        &me,
        "--add",
        &carol,
    ]);
    let neighbours = alice.ask(&["list", "Neighbours", "--remove", &carol]);
    assert_eq!(neighbours["members"].as_array().unwrap().len(), 2);
    assert_eq!(list(&alice.ask(&["lists"]), "name"), ["Neighbours"]);
    let listed = texts(&alice, &["timeline", "--list", "Neighbours"]);
    assert_eq!(listed, ["three", "two", "one"]);
    let read = alice.ask(&["read", &posts[1]]);
    assert_eq!(
        (&read[0]["id"], &read[0]["unread"]),
        (&json!(posts[1]), &json!(0))
    );
    alice.ask(&["settings", "post.audience", "private"]);
    let setting = alice.ask(&["settings", "post.audience"]);
    assert_eq!(
        (&setting["value"], &setting["default"]),
        (&json!("private"), &json!("friends"))
    );
    alice.ask(&["follow", &carol, "--private"]);
    let reacted = alice.ask(&["react", &posts[2], "❤"]);
    let heart = json!([{ "emoji": "❤", "count": 1, "mine": true }]);
    assert_eq!(reacted["reactions"], heart);
    // What is said twice is one.
    assert_eq!(alice.ask(&["react", &posts[2], "❤"])["reactions"], heart);
    assert_eq!(
        alice.ask(&["react", &posts[2], "❤", "--undo"])["reactions"],
        Value::Null
    );
    alice.ask(&["react", &posts[2], "👍"]);
    let before = noted(&alice);
    assert_eq!(before["following"][0]["private"], true);
    assert_eq!(before["reactions"][0]["emoji"], "👍");

    alice.ask(&["reindex"]);
    assert_eq!(noted(&alice), before);
    node.stop();
    let node = up(&alice);
    assert_eq!(noted(&alice), before);

    let folder = alice.file("disk");
    fs::create_dir(&folder).unwrap();
    alice.ask(&["backup", "to", path(&folder)]);
    node.stop();
    let again = Home::new("Alice");
    let copy = again.file("phrase.txt");
    fs::copy(&phrase, &copy).unwrap();
    done(&restore(
        &again,
        &copy,
        &["--from", path(&folder), "--wait"],
    ));
    let _node = up(&again);
    assert_eq!(noted(&again), before);
    // The new device goes on where the old one stopped.
    again.ask(&["mute", &bob, "--undo"]);
    again.ask(&["settings", "post.audience", "--unset"]);
    again.ask(&["block", &dave, "--undo"]);
    again.ask(&["list", "Neighbours", "--remove", &me, "--remove", &bob]);
    assert_eq!(again.ask(&["settings"])[0]["value"], "friends");
    for verb in ["mute", "block", "lists"] {
        assert_eq!(again.ask(&[verb]), json!([]), "{verb}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let (alice, _) = initialised("Alice");
    let bob = initialised("Bob").0.identity();
    let me = alice.identity();
    let _node = up(&alice);
    let post = public(&alice, "hello");
    let nowhere = "ab".repeat(32);
    for (line, code, word) in [
        (&["mute", &me][..], 2, "your own key"),
        (&["block", &me], 2, "your own key"),
        (&["block", "bob"], 2, "hearth id"),
        (&["mute", "--undo"], 2, "KEY"),
        (&["mute", "No such club"], 1, "No such club"),
        (&["bookmark", &nowhere], 1, "no post"),
        (&["react", &post, "hello"], 2, "emoji"),
        (&["react", &nowhere, "❤"], 1, "no post"),
        (&["list", "", "--add", &bob], 2, "at least one character"),
        (
            &["list", "X", "--add", &bob, "--remove", &bob],
            2,
            "at once",
        ),
        (&["timeline", "--list", "Nobody"], 1, "hearth lists"),
        (&["read", &nowhere], 1, "no post"),
        (&["settings", "colour"], 1, "post.audience"),
        (
            &["settings", "post.audience", "nobody"],
            2,
            "friends, public, private",
        ),
        (&["follow", &bob, "--open", "--private"], 2, "--private"),
    ] {
        alice.run(line).refused(code, word);
    }
    alice.ask(&["block", &bob]);
    alice.run(&["follow", &bob]).refused(2, "--undo");
    alice
        .run(&["post", "hi", "--to", &bob])
        .refused(2, "--undo");
}

#[test]
fn who_is_followed_in_private_is_not_told_and_an_open_follow_is_read_by_all() {
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(Home::new);
    let _nodes = [&alice, &bob, &carol].map(|home| home.up_on(&[TCP]));
    let (a, b) = (alice.identity(), bob.identity());
    public(&bob, "from Bob");
    let followed = alice.ask(&["follow", &bob.link(), "--private"]);
    assert_eq!(
        (&followed["state"], &followed["private"]),
        (&json!("following"), &json!(true))
    );
    until_shown(&alice, &["timeline"], "from Bob");
    bob.ask(&["follow", &alice.link()]);
    until("Alice hears of it", || {
        (list(&alice.ask(&["followers"]), "identity") == [&*b]).then_some(())
    });
    thread::sleep(NEVER);
    assert_eq!(bob.ask(&["followers"]), json!([]));
    // Friendship takes that both are told.
    assert_eq!(alice.ask(&["following"])[0]["state"], "following");

    carol.ask(&["follow", &alice.link()]);
    let open = alice.ask(&["follow", &b, "--open"]);
    assert_eq!(
        (&open["state"], &open["open"]),
        (&json!("friends"), &json!(true))
    );
    until("everybody may read it", || {
        (list(&carol.ask(&["following", &a]), "identity") == [&*b]).then_some(())
    });
    until("Bob is told", || {
        (list(&bob.ask(&["followers"]), "identity") == [&*a]).then_some(())
    });
    alice.ask(&["follow", &b, "--private"]);
    until("nobody reads it any longer", || {
        (carol.ask(&["following", &a]) == json!([])).then_some(())
    });
    until("Bob is told that it ended", || {
        (bob.ask(&["followers"]) == json!([])).then_some(())
    });
    public(&bob, "still read");
    until_shown(&alice, &["timeline"], "still read");
}

#[test]
fn a_mute_hides_from_the_timeline_and_a_block_from_everywhere() {
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(Home::new);
    let _nodes = [&alice, &bob, &carol].map(|home| home.up_on(&[TCP]));
    let (a, b, c) = (alice.identity(), bob.identity(), carol.identity());
    for friend in [&bob, &carol] {
        alice.ask(&["follow", &friend.link()]);
        friend.ask(&["follow", &alice.link()]);
    }
    let hello = public(&alice, "hello");
    for friend in [&bob, &carol] {
        until_shown(friend, &["timeline"], "hello");
    }
    let answer = reply(&bob, &hello, "from Bob");
    public(&carol, &format!("have you met @{b}?"));
    public(&carol, "from Carol");
    for (home, emoji) in [(&bob, "❤"), (&carol, "❤"), (&carol, "👍")] {
        home.ask(&["react", &hello, emoji]);
    }
    let reactions = |home: &Home| home.ask(&["thread", &hello])[0].clone();
    until("all of it is there", || {
        let thread = alice.ask(&["thread", &hello]);
        let root = thread.as_array().unwrap().last()?.clone();
        let all = json!([
            { "emoji": "❤", "count": 2, "mine": false },
            { "emoji": "👍", "count": 1, "mine": false },
        ]);
        (texts(&alice, &["timeline"]).len() == 4 && root["reactions"] == all).then_some(())
    });
    alice.ask(&["react", &answer, "👍"]);
    until("Bob sees what Alice thinks of it", || {
        let thread = reactions(&bob);
        (thread["text"] == "from Bob" && thread["reactions"][0]["count"] == 1).then_some(())
    });

    alice.ask(&["mute", &b]);
    assert_eq!(
        texts(&alice, &["timeline"]),
        ["from Carol", &format!("have you met @{b}?"), "hello"]
    );
    assert_eq!(texts(&alice, &["posts", &b]), ["from Bob"]);
    assert_eq!(texts(&alice, &["thread", &hello]), ["from Bob", "hello"]);
    alice.ask(&["mute", &b, "--undo"]);
    assert_eq!(texts(&alice, &["timeline"]).len(), 4);

    alice.ask(&["block", &b]);
    assert_eq!(texts(&alice, &["timeline"]), ["from Carol", "hello"]);
    assert_eq!(texts(&alice, &["posts", &c]), ["from Carol"]);
    assert_eq!(texts(&alice, &["posts", &b]), Vec::<String>::new());
    let thread = alice.ask(&["thread", &hello]);
    assert_eq!(list(&thread, "text"), ["hello"]);
    assert_eq!(thread[0]["reactions"].as_array().unwrap().len(), 2);
    assert_eq!(thread[0]["reactions"][0]["count"], 1);
    alice.run(&["thread", &answer]).refused(1, "no post");
    assert_eq!(list(&alice.ask(&["following"]), "identity"), [&*c]);
    assert_eq!(list(&alice.ask(&["followers"]), "identity"), [&*c]);
    until("Bob is told that the friendship ended", || {
        (bob.ask(&["following"])[0]["state"] == "following").then_some(())
    });
    public(&alice, "not for Bob");
    until_shown(&carol, &["timeline"], "not for Bob");
    thread::sleep(NEVER);
    assert_eq!(texts(&bob, &["posts", &a]), ["hello"]);

    // What was blocked while both were connected stays blocked over a restart; unblocked, all of it comes.
    drop(_nodes);
    let _nodes = [&alice, &bob].map(|home| home.up_on(&[TCP]));
    until("they meet again", || {
        alice.is_connected_with(&b).then_some(())
    });
    thread::sleep(NEVER);
    assert_eq!(texts(&bob, &["posts", &a]), ["hello"]);
    alice.ask(&["block", &b, "--undo"]);
    until_shown(&bob, &["posts", &a], "not for Bob");
    assert_eq!(texts(&alice, &["thread", &hello]), ["from Bob", "hello"]);
}

#[test]
fn a_muted_space_stays_out_of_the_timeline() {
    let [alice, bob] = ["Alice", "Bob"].map(Home::new);
    let _nodes = [&alice, &bob].map(|home| home.up_on(&[TCP]));
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        one.ask(&["follow", &other.link()]);
    }
    // Whom Bob follows shows anyway; what Carol says shows by the space alone.
    let carol = Home::new("Carol");
    let _at_carol = carol.up_on(&[TCP]);
    carol.ask(&["follow", &bob.link()]);
    bob.ask(&["follow", &carol.link()]);
    let members = [alice.identity(), carol.identity()];
    let line = [
        "space",
        "create",
        "Club",
        "--member",
        &members[0],
        "--member",
        &members[1],
    ];
    let club = bob.ask_text(&line, "id");
    let text = "from somebody else";
    until("Carol is in", || {
        let posted = carol.run(&["post", text, "--space", &club]);
        (posted.code == 0).then_some(())
    });
    alice.ask(&["follow", &carol.link()]);
    alice.ask(&["unfollow", &carol.identity()]);
    until_shown(&alice, &["timeline"], text);
    let shows = |line: &[&str]| texts(&alice, line).iter().any(|it| it == text);
    let muted = alice.ask(&["mute", "Club"]);
    assert_eq!(
        (&muted["space"], &muted["name"]),
        (&json!(club), &json!("Club"))
    );
    assert!(!shows(&["timeline"]));
    assert!(shows(&["timeline", "--space", "Club"]));
    alice.ask(&["mute", &club, "--undo"]);
    assert!(shows(&["timeline"]));
}

#[test]
fn who_is_blocked_gets_nothing_even_of_what_they_have_the_keys_of() {
    let [alice, bob] = ["Alice", "Bob"].map(Home::new);
    let _nodes = [&alice, &bob].map(|home| home.up_on(&[TCP]));
    let (a, b) = (alice.identity(), bob.identity());
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        one.ask(&["follow", &other.link()]);
    }
    let club = alice.ask_text(&["space", "create", "Club", "--member", &b], "id");
    let say = |text: &str| alice.ask(&["post", text, "--space", &club]);
    say("before");
    until_shown(&bob, &["timeline"], "before");
    let blocked = alice.ask(&["block", &b]);
    let warnings = list_of(&blocked["warnings"]);
    assert!(
        matches!(&warnings[..], [one] if one.contains("Bob goes on reading") && one.contains("Club")),
        "{blocked}"
    );
    let ended = alice.run(&["block", &b]);
    assert!(
        ended.code == 0 && ended.stderr.contains("space leave"),
        "{ended:?}"
    );
    say("after");
    thread::sleep(NEVER);
    let club = ["timeline", "--space", &club];
    assert_eq!(texts(&bob, &club), ["before"]);
    assert!(
        bob.have(&a) != alice.have(&a),
        "there is something that isn't given"
    );
    let undone = alice.ask(&["block", &b, "--undo"]);
    assert_eq!(undone["warnings"], Value::Null);
    until_shown(&bob, &club, "after");
}

#[test]
fn another_device_knows_it_too_and_acts_upon_it() {
    let (alice, phrase) = initialised("Alice");
    let bob = Home::new("Bob");
    let _first = (up(&alice), up(&bob));
    let (a, b) = (alice.identity(), bob.identity());
    alice.ask(&["follow", &bob.link()]);
    bob.ask(&["follow", &alice.link()]);
    public(&bob, "from Bob");
    until_shown(&alice, &["timeline"], "from Bob");
    alice.ask(&["settings", "post.audience", "public"]);
    let link = alice.ask_text(&["device", "add", "--phrase-file", path(&phrase)], "link");
    let laptop = Home::new("Laptop");
    laptop.ask_with(&["device", "join", "--link-file", "-"], link.as_bytes());
    let _laptop = up(&laptop);
    until("settings and follows are there", || {
        let setting = laptop.ask(&["settings", "post.audience"]);
        let following = list(&laptop.ask(&["following"]), "identity");
        (setting["value"] == "public" && following == [&*b]).then_some(())
    });
    // What nothing was said of goes where the setting says.
    until("the laptop writes", || {
        let posted = laptop.run(&["--json", "post", "for all"]);
        (posted.code == 0 && posted.json()["audience"] == "public").then_some(())
    });
    laptop.ask(&["block", &b]);
    until("the other device follows him no longer", || {
        let blocked = list(&alice.ask(&["block"]), "identity") == [&*b];
        (blocked && alice.ask(&["following"]) == json!([])).then_some(())
    });
    assert_eq!(texts(&alice, &["posts", &b]), Vec::<String>::new());
    let before = texts(&bob, &["posts", &a]);
    thread::sleep(NEVER);
    public(&alice, "not for Bob");
    until_shown(&laptop, &["timeline"], "not for Bob");
    thread::sleep(NEVER);
    assert_eq!(texts(&bob, &["posts", &a]), before);
}

#[test]
fn reactions_stay_with_those_who_may_read_the_post() {
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(Home::new);
    let _nodes = [&alice, &bob, &carol].map(|home| home.up_on(&[TCP]));
    bob.ask(&["follow", &alice.link()]);
    alice.ask(&["follow", &bob.link()]);
    // Carol reads Alice and Bob, and is nobody's friend.
    carol.ask(&["follow", &alice.link()]);
    carol.ask(&["follow", &bob.link()]);
    until("the two are friends", || {
        (alice.ask(&["following"])[0]["state"] == "friends").then_some(())
    });
    let post = alice.ask_text(&["post", "--friends", "among friends"], "id");
    until_shown(&bob, &["timeline"], "among friends");
    let heart = json!([{ "emoji": "❤", "count": 1, "mine": true }]);
    assert_eq!(bob.ask(&["react", &post, "❤"])["reactions"], heart);
    until("Alice sees it", || {
        (alice.ask(&["thread", &post])[0]["reactions"][0]["count"] == 1).then_some(())
    });
    // Of her own she keeps what nobody else sees.
    let own = alice.ask_text(&["post", "--private", "note to myself"], "id");
    assert_eq!(
        alice.ask(&["react", &own, "✔️"])["reactions"][0]["mine"],
        true
    );
    let open = public(&bob, "for all");
    until_shown(&carol, &["timeline"], "for all");
    carol.run(&["react", &post, "❤"]).refused(1, "no post");
    carol.ask(&["react", &open, "👍"]);
    alice.ask(&["block", &bob.identity()]);
    assert_eq!(alice.ask(&["thread", &post])[0]["reactions"], Value::Null);
}

#[test]
fn a_friends_reaction_is_served_on_to_those_who_do_not_know_each_other() {
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(Home::new);
    let _nodes = [&alice, &bob, &carol].map(|home| home.up_on(&[TCP]));
    for friend in [&bob, &carol] {
        alice.ask(&["follow", &friend.link()]);
        friend.ask(&["follow", &alice.link()]);
    }
    until("they are friends", || {
        let following = alice.ask(&["following"]);
        (list(&following, "state") == ["friends", "friends"]).then_some(())
    });
    let asked = alice.ask_text(&["post", "--friends", "who comes?"], "id");
    for friend in [&bob, &carol] {
        until_shown(friend, &["timeline"], "who comes?");
    }
    let seen = |home: &Home, id: &str| {
        let thread = home.ask(&["thread", &asked]);
        let mut posts = thread.as_array().unwrap().iter();
        let post = posts.find(|post| post["id"] == *id)?;
        Some(post["reactions"].clone())
    };
    let until_reacted = |home: &Home, id: &str, reactions: Value| {
        until(&format!("{reactions} is there"), || {
            (seen(home, id)? == reactions).then_some(())
        });
    };
    let of = |emoji: &str, count: u64| json!([{ "emoji": emoji, "count": count, "mine": false }]);
    bob.ask(&["react", &asked, "❤"]);
    until_reacted(&carol, &asked, of("❤", 1));
    // And to what only Alice told her of.
    let answer = bob.ask_text(&["post", "me!", "--reply-to", &asked], "id");
    until_shown(&carol, &["thread", &asked], "me!");
    carol.ask(&["react", &answer, "👍"]);
    until_reacted(&bob, &answer, of("👍", 1));
    carol.ask(&["react", &asked, "❤"]);
    until_reacted(&alice, &asked, of("❤", 2));
    carol.ask(&["react", &asked, "❤", "--undo"]);
    // Both copies go, that of Bob's heart stays until he takes it back.
    until_reacted(
        &bob,
        &asked,
        json!([{ "emoji": "❤", "count": 1, "mine": true }]),
    );
    until_reacted(&carol, &asked, of("❤", 1));
    bob.ask(&["react", &asked, "❤", "--undo"]);
    until_reacted(&carol, &asked, Value::Null);
    until_reacted(&alice, &asked, Value::Null);
    // Nothing comes back when the views are built anew.
    carol.ask(&["reindex"]);
    assert_eq!(seen(&carol, &asked), Some(Value::Null));
    assert_eq!(
        seen(&carol, &answer),
        Some(json!([{ "emoji": "👍", "count": 1, "mine": true }]))
    );
}
