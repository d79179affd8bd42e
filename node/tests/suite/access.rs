//! The access log: who asked for what, by the web and from other nodes; what isn't in it; what a killed process keeps of it.

use std::fs;

use serde_json::Value;

use crate::browser::Browser;
use crate::harness::{Home, Node, TCP, until};

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";

fn rows(home: &Home, who: &str) -> Vec<Value> {
    let log = home.ask(&["access", "--who", who, "-n", "1000"]);
    log["rows"].as_array().unwrap().clone()
}

fn has(rows: &[Value], what: &str) -> bool {
    rows.iter().any(|row| row["what"] == what)
}

/// All bytes of the log's files.
fn written(home: &Home) -> Vec<u8> {
    let files = fs::read_dir(home.dir().join("access"))
        .into_iter()
        .flatten();
    let read = |file: fs::DirEntry| fs::read(file.path()).unwrap_or_default();
    files.flatten().flat_map(read).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

fn visit(node: &Node<'_>, path: &str) -> u16 {
    let headers = [("host", "alice.example"), ("user-agent", AGENT)];
    Browser::of(node).request("GET", path, &headers, "").status
}

fn up(home: &Home) -> Node<'_> {
    let web = [
        "--http",
        "127.0.0.1:0",
        "--public-url",
        "https://alice.example",
    ];
    let args = [&web[..], &["--listen", TCP]].concat();
    home.up_with(&args)
}

#[test]
fn who_asks_for_what_is_noted_and_no_secret_is() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let node = up(&alice);
    let bobs = bob.up();
    alice.ask(&["profile", "--name", "Alice"]);
    alice.ask(&["post", "--public", "Hello, world"]);

    // A visitor, somebody who tries things out, and the owner.
    assert_eq!(visit(&node, "/@alice?pass=HUNTER2"), 200);
    assert_eq!(visit(&node, "/@alice/feed.atom"), 200);
    assert_eq!(visit(&node, "/SECRETPATH.php?x=HUNTER2"), 401);
    let token = "5ec2e70f00d5ec2e70f00d5ec2e70f00d5ec2e70f00d5ec2e70f00d5ec2e70f0";
    assert_eq!(visit(&node, &format!("/sign-in?token={token}")), 403);
    let link = alice.ask_text(&["open"], "web");
    let owner = Browser::signed_in(&node, &link);
    for page in [
        "/data",
        "/storage",
        "/reach",
        "/access",
        "/access?span=month&who=visitors",
    ] {
        assert!(owner.page(page).contains("aria-current=\"page\""), "{page}");
    }
    assert_eq!(Browser::of(&node).get("/access").status, 401);

    // A friend who fetches what was written.
    bob.ask(&["follow", &alice.link()]);
    let (key, bobs_key) = (alice.identity(), bob.identity());
    until("Bob has the post", || {
        (!bob.texts(&["posts", &key]).is_empty()).then_some(())
    });
    let theirs = until("that Bob's node fetched is noted", || {
        Some(rows(&alice, &bobs_key)).filter(|rows| has(rows, "entries-given"))
    });
    assert!(has(&theirs, "connected") && theirs.iter().all(|row| row["class"] == "strangers"));
    // Whom one follows is no stranger.
    alice.ask(&["follow", &bobs_key]);
    bob.ask(&["post", "--public", "Hello, Alice"]);
    until("Bob's node brings something as a friend's", || {
        let rows = rows(&alice, "friends");
        (has(&rows, "entries-taken") && rows[0]["name"] == "Bob").then_some(())
    });
    let entries: u64 = rows(&alice, &bobs_key)
        .iter()
        .filter(|row| row["what"] == "entries-given")
        .map(|row| row["items"].as_u64().unwrap())
        .sum();
    assert!(entries > 0);
    // So is what goes to friends unasked, with whose it is.
    let given = || -> u64 {
        let rows = rows(&alice, &bobs_key).into_iter();
        let given = rows.filter(|row| row["what"] == "entries-given" && row["about"] == key);
        given.map(|row| row["items"].as_u64().unwrap()).sum()
    };
    let before = given();
    alice.ask(&["post", "--public", "Hello, Bob"]);
    until("what was pushed is noted", || {
        (given() > before).then_some(())
    });

    let visitors = rows(&alice, "visitors");
    let page = visitors.iter().find(|row| row["what"] == "public-page");
    let page = page.unwrap();
    assert_eq!(
        (&page["about"], &page["agent"], &page["by_name"]),
        (&"/@alice".into(), &"Firefox on Linux".into(), &true.into())
    );
    assert!(page["bytes"].as_u64().unwrap() > 100 && page["network"].is_null());
    assert!(has(&visitors, "feed") && has(&visitors, "nothing"));
    let refused = visitors.iter().filter(|row| row["outcome"] == "refused");
    let refused: Vec<_> = refused.map(|row| row["what"].as_str().unwrap()).collect();
    assert!(
        refused.contains(&"sign-in") && refused.contains(&"nothing"),
        "{refused:?}"
    );
    let mine = rows(&alice, "me");
    assert!(has(&mine, "verb") && has(&mine, "page"));
    assert!(owner.page("/access").contains("/person/"), "Bob is named");

    // How the node is reached, and what room it takes.
    let reach = alice.ask(&["reach"]);
    assert_eq!(reach["from_near"]["name"], "Bob", "{reach}");
    assert!(reach["from_afar"].is_null() && reach["by_name"]["time_ms"].is_u64());
    assert_eq!(reach["public_url"], "https://alice.example");
    assert_eq!(reach["friends"][0]["connected"], true);
    let storage = alice.ask(&["storage"]);
    let parts = storage["parts"].as_array().unwrap();
    let sum: u64 = parts
        .iter()
        .map(|part| part["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(storage["bytes"], sum);
    for kind in ["index", "own-logs", "shards", "rest"] {
        assert!(
            parts.iter().any(|part| part["kind"] == kind),
            "{kind} in {storage}"
        );
    }
    assert!(storage["free_bytes"].as_u64().unwrap() > 0);

    // A killed node keeps what a few seconds were enough to write.
    // What is noted last is written last.
    assert!(visit(&node, "/%40alice") < 400);
    until("it is written", || {
        contains(&written(&alice), "/%40alice").then_some(())
    });
    let count = |rows: Vec<Value>| {
        rows.iter()
            .filter_map(|row| row["count"].as_u64())
            .sum::<u64>()
    };
    let before = count(visitors);
    node.kill();
    let node = up(&alice);
    let after = count(rows(&alice, "visitors"));
    assert!(after >= before, "{after} of {before}");
    let bytes = written(&alice);
    let api = fs::read_to_string(alice.dir().join("api.token")).unwrap();
    for secret in [
        "HUNTER2",
        "SECRETPATH",
        token,
        "Firefox/142",
        api.trim(),
        "127.0.0",
    ] {
        assert!(!contains(&bytes, secret), "{secret}");
    }
    let (_, ticket) = link.split_once("token=").unwrap();
    assert!(!contains(&bytes, ticket));

    // Off is off, and nothing stays.
    let owner = Browser::signed_in(&node, &alice.ask_text(&["open"], "web"));
    let kept = owner.submit("/access", "/access/keep", &[("days", "0")]);
    assert_eq!(kept.leads_to(), "/access?done=saved");
    assert!(written(&alice).is_empty());
    visit(&node, "/@alice");
    let log = alice.ask(&["access"]);
    assert_eq!(
        (&log["days"], log["rows"].as_array().unwrap().len()),
        (&0.into(), 0)
    );
    node.stop();
    assert!(written(&alice).is_empty());
    drop(bobs);
}
