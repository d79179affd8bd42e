//! What the parser makes of command lines.

use std::ffi::OsString;
use std::path::Path;

use super::super::args::{Cli, Verb};
use super::super::parse;
use super::super::values::tests::a_key;
use super::{Ran, an_id};

fn parsed(words: &[&str]) -> Result<Cli, clap::Error> {
    parse(
        std::iter::once("hearth")
            .chain(words.iter().copied())
            .map(OsString::from),
    )
}

#[test]
fn every_form_of_the_contract_is_understood() {
    let (key, id) = (a_key(), an_id());
    let link =
        format!("hearth:{key}?via=/ip4/127.0.0.1/tcp/4749&via=/ip4/127.0.0.1/udp/4749/quic-v1");
    let forms: &[&[&str]] = &[
        &["up"],
        &[
            "up",
            "--http",
            "127.0.0.1:0",
            "--listen",
            "/ip4/0.0.0.0/tcp/0",
            "--listen",
            "/ip4/0.0.0.0/udp/0/quic-v1",
            "--name",
            "Alice",
            "--no-mdns",
        ],
        &["init"],
        &["init", "--name", "Alice", "--phrase-file", "phrase.txt"],
        &["restore", "--phrase-file", "phrase.txt", "--via", &link],
        &[
            "restore",
            "--phrase-file",
            "phrase.txt",
            "--from",
            "/media/usb",
            "--snapshot",
            "f29e37384aaccb64",
            "--stolen",
            "--wait",
        ],
        &["phrase", "check"],
        &["phrase", "check", "--phrase-file", "phrase.txt"],
        &["id"],
        &["open"],
        &["sessions", "list"],
        &["sessions", "revoke", "3fa9c0d1e2b3a495"],
        &["sessions", "revoke", "--all"],
        &["link"],
        &["profile"],
        &["profile", "--name", "Alice", "--bio", "- gardens -"],
        &["follow", &key],
        &["follow", &link],
        &["follow", &key, "--open"],
        &["follow", &link, "--private"],
        &["unfollow", &key],
        &["following"],
        &["following", &key],
        &["followers"],
        &["mute"],
        &["mute", &key],
        &["mute", "Book club", "--undo"],
        &["block"],
        &["block", &key, "--undo"],
        &["list", "Neighbours"],
        &["list", "Neighbours", "--add", &key, "--remove", &key],
        &["lists"],
        &["react", &id, "❤"],
        &["react", &id, "❤", "--undo"],
        &["boost", &id],
        &["boost", &id, "--undo"],
        &["photo", &id, "--output", "f.jpg"],
        &[
            "photo", "--number", "8", "--small", "--output", "f.jpg", &id,
        ],
        &["post", "--photo", "a.jpg:words", "--photo", "b.jpg"],
        &["post", "text", "--warning", "Spiders"],
        &["bookmark"],
        &["bookmark", &id, "--undo"],
        &["read"],
        &["read", &id, "--space", "Book club"],
        &["settings"],
        &["settings", "post.audience"],
        &["settings", "post.audience", "public"],
        &["settings", "post.audience", "--unset"],
        &["timeline", "--list", "Neighbours"],
        &["pledge", &key, "20GB"],
        &["pledge", &key, "0"],
        &["guardians"],
        &["post", "hi"],
        &["post", "hi", "--public", "--reply-to", &id],
        &["post", "hi", "--friends"],
        &["post", "hi", "--private"],
        &["post", "hi", "--space", "Book club"],
        &["post", "hi", "--to", &key],
        &["space", "create", "Book club"],
        &[
            "space",
            "create",
            "Book club",
            "--member",
            &key,
            "--member",
            &key,
        ],
        &["space", "list"],
        &["space", "show", "Book club"],
        &["space", "add", "Book club", &key],
        &["space", "add", "Book club", &key, "--with-past"],
        &["space", "remove", "Book club", &key],
        &["space", "promote", "Book club", &key],
        &["space", "rename", "Book club", "Book worms"],
        &["space", "leave", "Book club"],
        &["timeline", "--space", "Book club"],
        &["post", "-"],
        &["timeline"],
        &[
            "timeline",
            "--limit",
            "1000",
            "--before",
            "00103422000000000000",
        ],
        &[
            "posts",
            &key,
            "--limit",
            "1",
            "--before",
            "00103422000000000000",
        ],
        &["thread", &id],
        &["edit", &id, "new"],
        &["delete", &id],
        &["import", "posts", "posts.jsonl", "--public"],
        &["status"],
        &["verify"],
        &["verify", "--file", "own.hearth"],
        &["export", "own.hearth"],
        &["reindex"],
        &["compact"],
        &["stop"],
        &["service", "install"],
        &["service", "install", "--system"],
        &["service", "uninstall"],
        &["completions", "bash"],
    ];
    for form in forms {
        for at in 0..=form.len() {
            // Between a flag and its value there is no room.
            if at > 0
                && form[at - 1].starts_with("--")
                && ![
                    "--public",
                    "--friends",
                    "--private",
                    "--with-past",
                    "--no-mdns",
                    "--system",
                    "--stolen",
                    "--wait",
                ]
                .contains(&form[at - 1])
            {
                continue;
            }
            let mut words = form.to_vec();
            words.splice(at..at, ["--json", "--home", "/somewhere"]);
            let cli = parsed(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
            assert!(cli.common.json, "{words:?}");
            assert_eq!(
                cli.common.home.as_deref(),
                Some(Path::new("/somewhere")),
                "{words:?}"
            );
        }
    }
}

#[test]
fn wrong_use_is_refused_before_a_node_is_asked() {
    let (key, id, long) = (a_key(), an_id(), "x".repeat(16_385));
    let wrong: &[&[&str]] = &[
        &[],
        &["dance"],
        &["id", "--loud"],
        &["post"],
        &["post", ""],
        &["post", &long],
        &["post", "a", "b"],
        &["post", "hi", "--pubic"],
        &["post", "hi", "--public", "--friends"],
        &["post", "hi", "--space", "Book club", "--to", &key],
        &["space", "create", " "],
        &["space", "add", "Book club", "Bob"],
        &["post", "hi", "--reply-to", "12"],
        &["follow", "npub1xyz"],
        &["follow", "hearth:hearth1qq?via=x"],
        &["unfollow", &format!("hearth:{key}")],
        &["timeline", "--limit", "0"],
        &["timeline", "--limit", "1001"],
        &["timeline", "--limit", "-1"],
        &["timeline", "--before", "12"],
        &["posts", "hearth1"],
        &["thread", &id[1..]],
        &["edit", &id, ""],
        &["edit", &id],
        &["import", "photos", "x"],
        &["up", "--http", "localhost"],
        &["up", "--listen", "4749"],
        &["completions", "dos"],
    ];
    for words in wrong {
        let ran = Ran::at(Path::new("/nowhere"), words, b"");
        assert_eq!(ran.code, 2, "{words:?} {}", ran.errors);
        assert_eq!(ran.out, "", "{words:?}");
        assert!(!ran.errors.is_empty(), "{words:?}");
    }
}

/// What became of the text of `post`, and of the flags around it.
fn post_line(words: &[&str]) -> (String, bool, bool) {
    let cli =
        parsed(&[&["post"], words].concat()).unwrap_or_else(|error| panic!("{words:?}: {error}"));
    let Verb::Post(args) = cli.verb else {
        panic!("{words:?} is no post")
    };
    let (text, is_public) = args.into_parts();
    let text = text.read(&mut &b"from stdin\n"[..]).unwrap();
    let text = serde_json::to_value(text).unwrap();
    (
        text.as_str().unwrap().to_owned(),
        is_public,
        cli.common.json,
    )
}

#[test]
fn texts_may_begin_with_a_hyphen_and_flags_stay_flags() {
    let plain = |text: &str| (text.to_owned(), false, false);
    assert_eq!(post_line(&["--", "-x"]), plain("-x"));
    assert_eq!(post_line(&["--", "--json"]), plain("--json"));
    assert_eq!(post_line(&["-5 degrees today"]), plain("-5 degrees today"));
    assert_eq!(post_line(&["--- cut here ---"]), plain("--- cut here ---"));
    assert_eq!(post_line(&["-:)"]), plain("-:)"));
    assert_eq!(post_line(&["-"]), plain("from stdin\n"));
    assert_eq!(
        post_line(&["--public", "hi"]),
        ("hi".to_owned(), true, false)
    );
    assert_eq!(post_line(&["hi", "--json"]), ("hi".to_owned(), false, true));
    assert_eq!(
        post_line(&["--json", "-5", "--public"]),
        ("-5".to_owned(), true, true)
    );
}

#[cfg(unix)]
#[test]
fn texts_that_are_not_utf8_are_refused() {
    use std::os::unix::ffi::OsStringExt;
    let text = OsString::from_vec(vec![b'a', 0xff]);
    let refusal = parse(["hearth".into(), "post".into(), text]).unwrap_err();
    assert_eq!(refusal.exit_code(), 2);
    assert!(refusal.to_string().contains("UTF-8"), "{refusal}");
}
