//! What one writes, the others get: at once, later, or from a third.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::harness::{Home, QUIC, TCP, until, until_within};
use crate::throttle::Door;

/// "Within seconds", on a machine that has other things to do.
const SECONDS: Duration = Duration::from_secs(20);
/// The longest a redial backs off in the first minute, and room to connect.
const REDIAL: Duration = Duration::from_secs(10);
const REAL_POSTS: usize = 2_100;

#[derive(Deserialize)]
struct Row {
    time_ms: u64,
    text: String,
}

pub(crate) fn real_posts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/posts.jsonl")
}

fn import_real_posts(home: &Home) {
    let answer = home.ask(&["import", "posts", real_posts().to_str().unwrap()]);
    assert_eq!(
        answer,
        serde_json::json!({ "imported": REAL_POSTS, "skipped": 0 })
    );
}

/// All that `source` holds of its own log, whole, is on `home` as well.
#[track_caller]
fn until_whole(home: &Home, source: &Home) {
    let identity = source.identity();
    let whole = source.have(&identity);
    assert!(matches!(whole[..], [(0, _)]), "{whole:?}");
    until("the whole log is there", || {
        (home.have(&identity) == whole).then_some(())
    });
}

/// The 2,100 posts in the file's order, byte for byte, by time and text; then the ids are the source's own.
#[track_caller]
fn assert_real_posts(home: &Home, source: &Home) {
    let identity = source.identity();
    let file = std::fs::read_to_string(real_posts()).unwrap();
    let rows: Vec<Row> = file
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let posts = home.all(&["posts", &identity]);
    assert_eq!((posts.len(), rows.len()), (REAL_POSTS, REAL_POSTS));
    for (post, row) in posts.iter().zip(&rows) {
        assert_eq!(
            (&post["time_ms"], &post["text"]),
            (&row.time_ms.into(), &row.text.clone().into())
        );
        assert_eq!(post["author"], identity);
    }
    let ids = |posts: &[Value]| {
        posts
            .iter()
            .map(|post| post["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&posts), ids(&source.all(&["posts", &identity])));
}

#[track_caller]
fn until_text(home: &Home, identity: &str, text: &str) {
    until_within(SECONDS, &format!("{text:?} arrives"), || {
        home.texts(&["posts", identity])
            .iter()
            .any(|there| there == text)
            .then_some(())
    });
}

fn real_posts_arrive_over(listen: &str, protocol: &str) {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let at_alice = alice.up_on(&[listen]);
    assert!(
        at_alice
            .addresses()
            .iter()
            .all(|address| address.contains(protocol)),
        "{}",
        at_alice.ready
    );
    import_real_posts(&alice);
    let _at_bob = bob.up_on(&[TCP, QUIC]);
    bob.ask(&["follow", &alice.link()]);
    until_whole(&bob, &alice);
    assert_real_posts(&bob, &alice);
    let status = bob.ask(&["status"]);
    assert!(
        status["peers"][0]["address"]
            .as_str()
            .unwrap()
            .contains(protocol),
        "{status}"
    );
}

#[test]
fn real_posts_arrive_in_order_and_unchanged_over_quic() {
    real_posts_arrive_over(QUIC, "/quic-v1");
}

#[test]
fn real_posts_arrive_in_order_and_unchanged_over_tcp() {
    real_posts_arrive_over(TCP, "/tcp/");
}

/// Real posts: half of them come through before the follower is killed; the rest afterwards; and all of them go on to
/// a third who never met the first. Then what changes reaches everybody, away or not.
#[test]
fn a_killed_follower_finishes_and_passes_everything_on() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let at_alice = alice.up_on(&[TCP]);
    import_real_posts(&alice);
    let identity = alice.identity();

    let address = at_alice.address("/tcp/");
    let port = address.split('/').nth(4).unwrap();
    let door = Door::to(port.parse().unwrap(), 150_000);
    let through = address.replace(port, &door.port().to_string());
    let at_bob = bob.up();
    bob.ask(&["follow", &format!("hearth:{identity}?via={through}")]);
    let last = alice.have(&identity)[0].1;
    let held = until("half of it is there", || {
        let have = bob.have(&identity);
        (door.is_shut() && !have.is_empty()).then_some(have)
    });
    assert!(
        held.last().unwrap().1 == last && held[0].0 > 0,
        "the newest came first, the past is missing: {held:?}"
    );
    at_bob.kill();
    door.open();
    let at_bob = bob.up();
    until_whole(&bob, &alice);
    assert_real_posts(&bob, &alice);
    assert_eq!(bob.ask(&["verify"])["bad"], serde_json::json!([]));

    at_alice.stop();
    let at_carol = carol.up();
    carol.ask(&[
        "follow",
        &format!("hearth:{identity}?via={}", at_bob.address("/quic-v1")),
    ]);
    until("Carol has all", || {
        (carol.have(&identity) == bob.have(&identity)).then_some(())
    });
    let at_alice = alice.up_on(&[TCP]);
    assert_real_posts(&carol, &alice);

    changes_reach_everybody(&alice, &bob, &carol, &identity);
    changes_reach_who_was_away(&alice, &bob, &carol, at_carol, &identity);
    drop(at_alice);
}

fn changes_reach_everybody(alice: &Home, bob: &Home, carol: &Home, identity: &str) {
    let (kept, gone) = (alice.post("to be changed"), alice.post("to be deleted"));
    for follower in [bob, carol] {
        until_text(follower, identity, "to be changed");
        until_text(follower, identity, "to be deleted");
    }
    assert_eq!(alice.ask(&["edit", &kept, "changed"])["id"], kept);
    assert_eq!(alice.ask(&["delete", &gone])["id"], gone);
    for follower in [alice, bob, carol] {
        until_text(follower, identity, "changed");
        until_within(SECONDS, "the post is deleted", || {
            let texts = follower.texts(&["timeline"]);
            (!texts.iter().any(|text| text == "to be deleted")).then_some(())
        });
        let timeline = follower.ask(&["timeline", "--limit", "1"]);
        let post = &timeline[0];
        assert_eq!(
            (&post["id"], &post["text"], &post["edited"]),
            (&kept.clone().into(), &"changed".into(), &true.into())
        );
    }
}

fn changes_reach_who_was_away(
    alice: &Home,
    bob: &Home,
    carol: &Home,
    at_carol: crate::harness::Node<'_>,
    identity: &str,
) {
    let seen = alice.post("seen before");
    until_text(carol, identity, "seen before");
    at_carol.stop();
    let missed = alice.post("missed");
    alice.ask(&["edit", &seen, "changed while away"]);
    let gone = alice.post("never seen");
    alice.ask(&["delete", &gone]);
    until_text(bob, identity, "changed while away");
    let _at_carol = carol.up();
    until_text(carol, identity, "changed while away");
    until_text(carol, identity, "missed");
    until_whole(carol, alice);
    let posts = carol.ask(&["posts", identity, "--limit", "2"]);
    assert_eq!(
        (&posts[0]["id"], &posts[1]["id"]),
        (&missed.into(), &seen.into())
    );
    assert_eq!(carol.all(&["posts", identity]).len(), REAL_POSTS + 3);
}

#[test]
fn friends_see_each_other_and_their_conversation() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (_at_alice, _at_bob) = (alice.up(), bob.up());
    let (a, b) = (alice.identity(), bob.identity());
    let answer = bob.ask(&["follow", &alice.link()]);
    assert_eq!(
        (&answer["identity"], &answer["state"]),
        (&a.clone().into(), &"following".into())
    );
    let followers = until("Alice hears of her follower", || {
        let followers = alice.ask(&["followers"]);
        (!followers.as_array().unwrap().is_empty()).then_some(followers)
    });
    assert_eq!(
        followers,
        serde_json::json!([{ "identity": b, "state": "none", "name": "Bob" }])
    );
    // The way back is known by now: the bare key is enough.
    assert_eq!(alice.ask(&["follow", &b])["state"], "friends");
    for (home, other, name) in [(&alice, &b, "Bob"), (&bob, &a, "Alice")] {
        let both = serde_json::json!([{ "identity": other, "state": "friends", "name": name }]);
        until("both are friends", || {
            (home.ask(&["following"]) == both).then_some(())
        });
        until("both are friends", || {
            (home.ask(&["followers"]) == both).then_some(())
        });
    }

    let question = alice.post("Tea?");
    until_text(&bob, &a, "Tea?");
    let answer = bob.ask(&["post", "Yes!", "--reply-to", &question])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    until_text(&alice, &b, "Yes!");
    for home in [&alice, &bob] {
        let whole = until(
            "both have names, which may come after the newest posts",
            || {
                let whole = home.ask(&["thread", &question]);
                let is_named = |post: &Value| post["author_name"] != "";
                whole
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(is_named)
                    .then_some(whole)
            },
        );
        assert_eq!(whole, home.ask(&["thread", &answer]));
        let seen: Vec<_> = whole
            .as_array()
            .unwrap()
            .iter()
            .map(|post| (&post["id"], &post["text"]))
            .collect();
        assert_eq!(
            seen,
            [
                (&answer.clone().into(), &"Yes!".into()),
                (&question.clone().into(), &"Tea?".into())
            ]
        );
        assert_eq!(
            (&whole[0]["reply_to"], &whole[0]["author_name"]),
            (&question.clone().into(), &"Bob".into())
        );
        assert_eq!(
            (whole[1].get("reply_to"), &whole[1]["author_name"]),
            (None, &"Alice".into())
        );
    }

    assert_eq!(bob.ask(&["unfollow", &a])["state"], "none");
    assert_eq!(bob.ask(&["following"]), serde_json::json!([]));
    assert_eq!(bob.texts(&["timeline"]), ["Yes!"]);
    until("Alice hears of it", || {
        (alice.ask(&["followers"]) == serde_json::json!([])).then_some(())
    });
    assert_eq!(alice.ask(&["following"])[0]["state"], "following");

    // Who comes back gets what was missed, and an answer outlives what it answered.
    alice.post("meanwhile");
    alice.ask(&["delete", &question]);
    assert_eq!(bob.ask(&["follow", &a])["state"], "friends");
    until_text(&bob, &a, "meanwhile");
    for home in [&alice, &bob] {
        let rest = until("the question is gone", || {
            let rest = home.ask(&["thread", &answer]);
            (rest.as_array().unwrap().len() == 1).then_some(rest)
        });
        assert_eq!(
            (&rest[0]["id"], &rest[0]["reply_to"]),
            (&answer.clone().into(), &question.clone().into())
        );
        home.run(&["thread", &question]).refused(1, "deleted");
    }
}

#[test]
fn a_bare_key_is_kept_until_there_is_a_way() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let (_at_alice, _at_bob, _at_carol) = (alice.up(), bob.up(), carol.up());
    let (a, c) = (alice.identity(), carol.identity());
    alice.post("from Alice");
    carol.post("from Carol");
    for key in [&a, &c] {
        assert_eq!(bob.ask(&["follow", key])["state"], "following");
        assert_eq!(bob.ask(&["posts", key]), serde_json::json!([]));
    }
    assert_eq!(bob.ask(&["following"]).as_array().unwrap().len(), 2);
    // A link of the same identity is a way to it.
    assert_eq!(bob.ask(&["follow", &alice.link()])["state"], "following");
    until_text(&bob, &a, "from Alice");
    // A friend who holds it, and comes by, is another.
    alice.ask(&["follow", &carol.link()]);
    until_text(&alice, &c, "from Carol");
    until_text(&bob, &c, "from Carol");
}

#[test]
fn ports_stay_and_followers_come_back_by_themselves() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let at_alice = alice.up();
    let before = at_alice.addresses();
    let a = alice.identity();
    let at_bob = bob.up();
    bob.ask(&["follow", &alice.link()]);
    until("they meet", || bob.is_connected_with(&a).then_some(()));
    at_alice.kill();
    until("Bob notices", || (!bob.is_connected_with(&a)).then_some(()));
    let at_alice = alice.up();
    assert_eq!(at_alice.addresses(), before);
    until_within(REDIAL, "Bob comes back", || {
        bob.is_connected_with(&a).then_some(())
    });
    // Who restarts comes back as well: without a link, out of memory.
    at_bob.kill();
    let _at_bob = bob.up();
    until_within(REDIAL, "Bob remembers", || {
        bob.is_connected_with(&a).then_some(())
    });
    // And those who are followed remember their followers.
    at_alice.kill();
    let _at_alice = alice.up();
    until_within(REDIAL, "Alice is back", || {
        alice.is_connected_with(&bob.identity()).then_some(())
    });
    alice.post("still here");
    until_text(&bob, &a, "still here");
}

/// The longest texts that there may be, of the bytes that JSON writes longest, in the largest page.
#[test]
fn the_longest_posts_arrive() {
    const ROWS: u64 = 1_000;
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (_at_alice, _at_bob) = (alice.up(), bob.up());
    let file = alice.file("rows.jsonl");
    let text = |row: u64| format!("{row:04}{}", "\u{1}".repeat(16_380));
    let row = |row: u64| serde_json::json!({ "time_ms": 1_000 + row, "text": text(row) });
    let lines: String = (0..ROWS)
        .map(|number| format!("{}\n", row(number)))
        .collect();
    std::fs::write(&file, lines).unwrap();
    alice.ask(&["import", "posts", file.to_str().unwrap()]);
    bob.ask(&["follow", &alice.link()]);
    until_whole(&bob, &alice);
    let page = bob.texts(&["timeline", "--limit", "1000"]);
    assert_eq!(page.len(), 1_000);
    assert!(
        page.iter()
            .rev()
            .zip(0..)
            .all(|(there, row)| *there == text(row))
    );
}

/// A follower that is killed again and again while much is coming ends with all of it.
#[test]
fn a_follower_that_is_killed_often_gets_there() {
    const ROWS: u64 = 8_000;
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let _at_alice = alice.up();
    let file = alice.file("rows.jsonl");
    let row =
        |row: u64| serde_json::json!({ "time_ms": 1_000 + row, "text": format!("row {row}") });
    let lines: String = (0..ROWS)
        .map(|number| format!("{}\n", row(number)))
        .collect();
    std::fs::write(&file, lines).unwrap();
    alice.ask(&["import", "posts", file.to_str().unwrap()]);
    let identity = alice.identity();
    let mut at_bob = bob.up();
    bob.ask(&["follow", &alice.link()]);
    let held = |have: &[(u64, u64)]| have.iter().map(|(lo, hi)| hi - lo + 1).sum::<u64>();
    let mut before = 0;
    for _ in 0..4 {
        let now = until("more of it is there", || {
            let now = held(&bob.have(&identity));
            (now > before || now >= ROWS).then_some(now)
        });
        at_bob.kill();
        at_bob = bob.up();
        before = held(&bob.have(&identity));
        assert!(
            before >= now,
            "{before} of {now} that were said to be durable are there"
        );
    }
    until_whole(&bob, &alice);
    let posts = bob.all(&["posts", &identity]);
    let texts: Vec<_> = posts
        .iter()
        .map(|post| post["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        texts,
        (0..ROWS)
            .map(|row| format!("row {row}"))
            .collect::<Vec<_>>()
    );
    assert_eq!(bob.ask(&["verify"])["bad"], serde_json::json!([]));
}

#[test]
fn an_author_whom_many_follow_is_gossiped() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let up = [
        "up",
        "--json",
        "--no-mdns",
        "--http",
        "127.0.0.1:0",
        "--listen",
        TCP,
    ];
    let mut command = alice.command(&up);
    // "Many" is one here.
    command.env("HEARTH_GOSSIP_FOLLOWERS", "1");
    let _at_alice = alice.start(command).unwrap();
    let _at_bob = bob.up_on(&[TCP]);
    bob.ask(&["follow", &alice.link()]);
    until("Bob takes part in Alice's topic", || {
        alice.post("Is anybody there?");
        let status = bob.ask(&["status"]);
        (status["counters"]["gossip_received"].as_u64() > Some(0)).then_some(())
    });
    let sent = alice.post("By gossip and by push, and yet once");
    until("it arrives", || {
        let timeline = bob.ask(&["timeline"]);
        let ids = timeline
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["id"].clone());
        (ids.filter(|id| *id == *sent).count() == 1).then_some(())
    });
    assert_eq!(bob.ask(&["verify"])["bad"], serde_json::json!([]));
}
