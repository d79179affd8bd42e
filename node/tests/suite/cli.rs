//! The contract of the verbs: shapes, exit codes, and what they refuse.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::harness::{Home, run};

pub(crate) const TEXT_BYTES_MAX: usize = 16_384;
/// A key that holds and that nobody here has: the public key of RFC 8032's first test vector.
pub(crate) const FOREIGN_KEY: &str =
    "hearth1q8t44xqps2cs4d74f0ld8jtyquaqactj70d2vge94upp568hqag35lrw43k";

pub(crate) fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"))
        .keys()
        .map(String::as_str)
        .collect()
}

#[track_caller]
pub(crate) fn assert_keys<const N: usize>(value: &Value, expected: [&str; N]) {
    assert_eq!(keys(value), BTreeSet::from(expected), "{value}");
}

fn is_hex(value: &Value, digits: usize) -> bool {
    let text = value.as_str().unwrap();
    text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

pub(crate) fn now_ms() -> u64 {
    u64::try_from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis(),
    )
    .unwrap()
}

/// (ms, n) of a `local_id`.
pub(crate) fn place(post: &Value) -> (u64, u64) {
    let digits = post["local_id"].as_str().unwrap();
    assert_eq!(digits.len(), 20);
    let number: u64 = digits.parse().unwrap();
    (number >> 16, number & 0xffff)
}

#[test]
fn who_one_is() {
    let home = Home::new("Alice");
    let node = home.up();
    assert_keys(
        &node.ready,
        ["event", "identity", "web", "addresses", "phrase"],
    );
    assert_eq!(
        node.ready["phrase"].as_str().unwrap().split(' ').count(),
        24
    );
    let identity = node.ready["identity"].as_str().unwrap();
    assert!(identity.starts_with("hearth1"));
    assert!(
        node.addresses()
            .iter()
            .all(|address| address.starts_with("/ip4/127.0.0.1/") && address.contains("/p2p/"))
    );

    let id = home.ask(&["id"]);
    assert_keys(&id, ["identity", "device", "name"]);
    assert_eq!(
        (&id["identity"], &id["name"]),
        (&identity.into(), &"Alice".into())
    );
    assert!(is_hex(&id["device"], 64));
    let open = home.ask(&["open"]);
    assert_keys(&open, ["web"]);
    assert!(
        open["web"]
            .as_str()
            .unwrap()
            .starts_with(&format!("http://{}/", node.web()))
    );
    assert_ne!(open["web"], node.ready["web"]);
    let link = home.ask(&["link"]);
    assert_keys(&link, ["link"]);
    let via: String = node
        .addresses()
        .iter()
        .map(|address| format!("&via={address}"))
        .collect();
    assert_eq!(link["link"], format!("hearth:{identity}?{}", &via[1..]));

    assert_eq!(
        home.ask(&["profile"]),
        json!({ "identity": identity, "name": "Alice", "bio": "" })
    );
    let odd = " É\u{301}\u{202e}<b>\"";
    let changed = json!({ "identity": identity, "name": "Alice", "bio": odd });
    assert_eq!(home.ask(&["profile", "--bio", odd]), changed);
    let renamed = json!({ "identity": identity, "name": "", "bio": odd });
    assert_eq!(home.ask(&["profile", "--name", ""]), renamed);
    assert_eq!(home.ask(&["profile"]), renamed);
    home.run(&["profile", "--name", &"x".repeat(10_000)])
        .refused(2, "shorten");
}

#[test]
fn posts_and_lists_have_the_shapes_of_the_contract() {
    let home = Home::new("Alice");
    let _node = home.up();
    assert_eq!(home.ask(&["timeline"]), json!([]));
    let before_ms = now_ms();
    let posted = home.ask(&["post", "one", "--public"]);
    assert_keys(&posted, ["id", "seq", "space", "audience"]);
    assert!(is_hex(&posted["id"], 64));
    let id = posted["id"].as_str().unwrap();
    let answer = home.ask(&["post", "two", "--reply-to", id]);
    assert_eq!(
        answer["seq"].as_u64(),
        posted["seq"].as_u64().map(|seq| seq + 1)
    );

    let timeline = home.ask(&["timeline"]);
    let plain = [
        "id",
        "local_id",
        "author",
        "author_name",
        "text",
        "time_ms",
        "space",
        "audience",
    ];
    assert_keys(&timeline[1], plain);
    assert_eq!(
        keys(&timeline[0]),
        plain.into_iter().chain(["reply_to"]).collect()
    );
    assert_eq!(
        (&timeline[0]["text"], &timeline[1]["text"]),
        (&"two".into(), &"one".into())
    );
    assert_eq!(
        (&timeline[0]["author"], &timeline[0]["author_name"]),
        (&home.identity().into(), &"Alice".into())
    );
    assert_eq!(home.ask(&["posts", &home.identity()]), timeline);
    assert_eq!(home.ask(&["thread", &id.to_uppercase()]), timeline);
    assert_eq!(home.ask(&["posts", FOREIGN_KEY]), json!([]));
    assert!((before_ms..=now_ms()).contains(&place(&timeline[0]).0));
    assert_eq!(
        place(&timeline[1]).0,
        timeline[1]["time_ms"].as_u64().unwrap()
    );

    assert_eq!(home.ask(&["edit", id, "one, changed"]), json!({ "id": id }));
    assert_eq!(
        home.ask_with(&["edit", id, "-"], b"one, again\n"),
        json!({ "id": id })
    );
    let edited = home.ask(&["timeline"]);
    let mut expected = timeline[1].clone();
    expected["text"] = "one, again\n".into();
    expected["edited"] = true.into();
    assert_eq!(edited[1], expected);
    assert_eq!(home.ask(&["delete", id]), json!({ "id": id }));
    assert_eq!(home.ask(&["timeline"]), json!([timeline[0]]));
    for args in [
        &["edit", id, "x"][..],
        &["delete", id],
        &["post", "x", "--reply-to", &"0".repeat(64)],
    ] {
        home.run(args).refused(1, "id");
    }

    let status = home.ask(&["status"]);
    let expected = [
        "identity",
        "addresses",
        "peers",
        "logs",
        "store_bytes",
        "version",
    ];
    assert!(
        BTreeSet::from(expected).is_subset(&keys(&status)),
        "{status}"
    );
    let logs = status["logs"].as_array().unwrap();
    assert_keys(&logs[0], ["identity", "device", "log", "have"]);
    assert_eq!(logs[0]["device"], home.ask(&["id"])["device"]);
    let last = answer["seq"].as_u64().unwrap() + 3;
    assert_eq!(home.have(&home.identity()), [(0, last)]);
    assert!(status["store_bytes"].as_u64().unwrap() > 0);
    let report = home.ask(&["verify"]);
    assert_keys(&report, ["entries", "ok", "vouched", "bad"]);
}

#[test]
fn people_are_followed_by_key_or_link() {
    let home = Home::new("Alice");
    let _node = home.up();
    assert_eq!(home.ask(&["following"]), json!([]));
    assert_eq!(home.ask(&["followers"]), json!([]));
    let followed = home.ask(&["follow", FOREIGN_KEY]);
    assert_eq!(
        (&followed["identity"], &followed["state"]),
        (&FOREIGN_KEY.into(), &"following".into())
    );
    assert_eq!(
        home.ask(&["following"]),
        json!([{ "identity": FOREIGN_KEY, "state": "following", "name": "" }])
    );
    let nowhere = format!("hearth:{FOREIGN_KEY}?via=/ip4/127.0.0.1/tcp/1");
    assert_eq!(home.ask(&["follow", &nowhere])["state"], "following");
    assert_eq!(home.ask(&["following"]).as_array().unwrap().len(), 1);
    assert_eq!(home.ask(&["unfollow", FOREIGN_KEY])["state"], "none");
    assert_eq!(home.ask(&["unfollow", FOREIGN_KEY])["state"], "none");
    assert_eq!(home.ask(&["following"]), json!([]));
    home.run(&["follow", &home.identity()])
        .refused(2, "your own key");
}

#[test]
fn wrong_use_is_refused_with_two() {
    let home = Home::new("Alice");
    let _node = home.up();
    home.post("there");
    let (id, key) = ("ab".repeat(32), home.identity());
    let typo = if key.ends_with('q') {
        format!("{}p", &key[..key.len() - 1])
    } else {
        format!("{}q", &key[..key.len() - 1])
    };
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    let cases: &[&[&str]] = &[
        &[],
        &["wave"],
        &["--wave", "id"],
        &["id", "id"],
        &["post"],
        &["post", ""],
        &["post", &long],
        &["post", "x", "--reply-to", "ab"],
        &["edit", &id],
        &["edit", "ab", "x"],
        &["edit", &id, ""],
        &["edit", &id, &long],
        &["delete", "ab"],
        &["delete", &"x".repeat(64)],
        &["thread", "ab"],
        &["timeline", "--limit", "0"],
        &["timeline", "--limit", "1001"],
        &["timeline", "--limit", "-1"],
        &["timeline", "--limit", "many"],
        &["timeline", "--before", "1"],
        &["posts", &key, "--limit", "1001"],
        &["posts", &typo],
        &["posts", "hearth1"],
        &["follow", "alice"],
        &["follow", &typo],
        &["follow", "hearth:"],
        &["follow", &format!("hearth:{key}?via=nowhere")],
        &["follow", &format!("hearth:{key}?via=/ip4/300.0.0.1/tcp/1")],
        &["unfollow", &typo],
        &["unfollow", &home.link()],
        &["import", "pictures", "x"],
        &["completions", "cmd"],
        &["up", "--http", "here"],
        &["up", "--listen", "here"],
    ];
    for args in cases {
        let ended = home.run(args);
        assert_eq!(ended.code, 2, "{args:?}: {ended:?}");
        assert!(
            ended.stdout.is_empty() && !ended.stderr.is_empty(),
            "{args:?}: {ended:?}"
        );
        let json = home.run(&[args, &["--json"][..]].concat());
        assert_eq!((json.code, json.stdout.len()), (2, 0), "{args:?}: {json:?}");
    }
    for (input, word) in [
        (&b""[..], "empty"),
        (long.as_bytes(), "16384"),
        (b"ab\xff", "byte 2"),
        (b"\xed\xa0\x80", "UTF-8"),
    ] {
        home.run_with(&["post", "-"], input).refused(2, word);
        home.run_with(&["edit", &id, "-"], input).refused(2, word);
    }
    for (verb, wrong) in [
        ("post", &b"ab\xff"[..]),
        ("posts", b"hearth1\xff"),
        ("follow", b"\xff"),
        ("delete", b"\xff"),
    ] {
        let mut command = home.command(&[verb]);
        command.arg(OsStr::from_bytes(wrong));
        run(command, b"").refused(2, "UTF-8");
    }
    assert_eq!(
        home.texts(&["timeline"]),
        ["there"],
        "nothing that was refused left a trace"
    );
}

#[test]
fn without_a_node_the_verbs_say_so() {
    let home = Home::new("Alice");
    let key = FOREIGN_KEY;
    let id = "ab".repeat(32);
    let file = home.file("posts.jsonl");
    fs::write(&file, "{\"time_ms\":1,\"text\":\"a\"}\n").unwrap();
    let (file, export) = (file.to_str().unwrap(), home.file("export"));
    let verbs: &[&[&str]] = &[
        &["open"],
        &["link"],
        &["profile"],
        &["follow", key],
        &["unfollow", key],
        &["following"],
        &["followers"],
        &["post", "x"],
        &["timeline"],
        &["posts", key],
        &["thread", &id],
        &["edit", &id, "x"],
        &["delete", &id],
        &["import", "posts", file],
        &["status"],
        &["verify"],
        &["export", export.to_str().unwrap()],
        &["compact"],
        &["stop"],
    ];
    let none_runs = || {
        for args in verbs {
            home.run(args).refused(1, "no node is running");
            home.run(&[args, &["--json"][..]].concat())
                .refused(1, "hearth up");
        }
    };
    none_runs();
    assert!(!home.dir().exists(), "asking makes no home");
    home.run(&["id"]).refused(1, "hearth up");
    // One that was killed has left its address behind; whoever is there now isn't asked twice.
    home.up().kill();
    assert!(home.dir().join("api.json").exists());
    none_runs();
    assert_eq!(home.ask(&["id"])["name"], "Alice");
    assert!(!export.exists());
}

#[test]
fn a_stranger_on_the_nodes_port_is_recognised() {
    let home = Home::new("Alice");
    home.up().kill();
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = stranger.local_addr().unwrap();
    fs::write(
        home.dir().join("api.json"),
        format!("{{\"address\":\"{address}\"}}"),
    )
    .unwrap();
    std::thread::spawn(move || {
        for mut stream in stranger.incoming().flatten() {
            use std::io::{Read, Write};
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno");
        }
    });
    home.run(&["timeline"]).refused(1, "hearth up");
}

#[test]
fn flags_stand_anywhere_and_json_is_one_value() {
    let home = Home::new("Alice");
    let _node = home.up();
    let dir = home.dir();
    let dir = dir.to_str().unwrap();
    let id = home.ask(&["id"]);
    for args in [
        &["--json", "--home", dir, "id"][..],
        &["id", "--home", dir, "--json"],
        &["--home", dir, "id", "--json"],
        &["--json", "id", "--home", dir],
    ] {
        let mut command = home.command(args);
        command.env("HEARTH_HOME", home.file("elsewhere"));
        let ended = run(command, b"");
        assert_eq!((ended.code, ended.json()), (0, id.clone()), "{args:?}");
    }
    assert_keys(
        &home.run(&["post", "--json", "--public", "text"]).json(),
        ["id", "seq", "space", "audience"],
    );
    assert_keys(
        &home.run(&["--json", "post", "text", "--public"]).json(),
        ["id", "seq", "space", "audience"],
    );
    home.ask(&["post", "--", "--json"]);
    home.ask(&["post", "-x"]);
    assert_eq!(home.texts(&["timeline"])[..2], ["-x", "--json"]);
    let words = home.run(&["timeline"]);
    assert!(words.code == 0 && serde_json::from_slice::<Value>(&words.stdout).is_err());
    let mut homeless = home.command(&["id"]);
    homeless.env_remove("HEARTH_HOME").env_remove("HOME");
    run(homeless, b"").refused(2, "--home");
}

#[test]
fn help_and_completions_are_there() {
    let home = Home::new("Alice");
    for args in [
        &["--help"][..],
        &["help"],
        &["help", "post"],
        &["import", "posts", "--help"],
        &["--version"],
    ] {
        let ended = home.run(args);
        assert!(
            ended.code == 0 && !ended.stdout.is_empty(),
            "{args:?}: {ended:?}"
        );
    }
    let script = home.run(&["completions", "bash"]);
    assert_eq!(script.code, 0);
    let text = String::from_utf8(script.stdout).unwrap();
    assert!(
        text.contains("complete -F _hearth") && text.contains("timeline"),
        "{text}"
    );
    // By its standard input: the script is longer than an argument may be.
    let mut bash = std::process::Command::new("/bin/bash");
    bash.arg("-n");
    let checked = run(bash, text.as_bytes());
    assert!(
        checked.code == 0 && checked.stderr.is_empty(),
        "bash reads it"
    );
}

#[test]
fn texts_are_kept_byte_for_byte() {
    let home = Home::new("Alice");
    let node = home.up();
    let longest = "é".repeat(TEXT_BYTES_MAX / 2);
    let texts = [
        "x",
        " ",
        "\n",
        "trailing newline\n",
        "  spaces \t\r\n\r\n",
        "\0",
        "a\0b\u{1}\u{7f}\u{1b}[31m",
        "\u{feff}byte order mark",
        "e\u{301} and é are two things",
        "שלום \u{202e}left\u{202c} مرحبا",
        "👩‍👩‍👧‍👦🏳️‍🌈\u{fe0f}\u{200d}",
        "<script>alert(1)</script>&amp;\"'",
        "\u{fffd}\u{ffff}\u{10ffff}",
        "{\"json\":\"\\u0000\"}\\",
        "-",
        &longest,
    ];
    let ids: Vec<String> = texts.iter().map(|text| home.post(text)).collect();
    let check = |home: &Home| {
        let all = home.all(&["timeline"]);
        assert_eq!(all.len(), texts.len());
        for ((post, text), id) in all.iter().zip(texts).zip(&ids) {
            assert_eq!(
                (post["text"].as_str().unwrap(), post["id"].as_str().unwrap()),
                (text, id.as_str())
            );
        }
    };
    check(&home);
    for text in texts
        .iter()
        .filter(|text| !text.contains('\0') && **text != "-")
    {
        let id = home.ask_text(&["post", "--", text], "id");
        assert_eq!(home.texts(&["timeline", "--limit", "1"]), [*text]);
        home.ask(&["delete", &id]);
    }
    node.kill();
    let _node = home.up();
    check(&home);
}
