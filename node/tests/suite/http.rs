//! The page and the API as their users see them, and as others do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::browser::{Browser, csrf, path};
use crate::harness::{Home, until};

#[test]
fn a_sign_in_link_works_once() {
    let home = Home::new("Alice");
    let node = home.up();
    let stranger = Browser::of(&node);
    let shut = stranger.get("/");
    assert_eq!(shut.status, 401);
    assert!(!shut.body.contains("Alice") && shut.body.contains("hearth open"));

    let link = node.ready["web"].as_str().unwrap();
    assert_ne!(
        stranger.request("HEAD", &path(link), &[], "").status,
        303,
        "looking at a link doesn't use it up"
    );
    let first = stranger.get(&path(link));
    assert_eq!(first.leads_to(), "/");
    let cookie = first.header("set-cookie").to_owned();
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let again = stranger.get(&path(link));
    assert_eq!((again.status, again.headers.get("set-cookie")), (403, None));
    assert_eq!(stranger.get("/sign-in?token=00").status, 403);

    let browser = Browser {
        web: node.web(),
        cookie: cookie.split(';').next().map(str::to_owned),
    };
    assert!(browser.page("/").contains("Alice"));
    let forged = Browser {
        web: node.web(),
        cookie: Some(format!(
            "{}={}",
            cookie.split('=').next().unwrap(),
            "0".repeat(64)
        )),
    };
    assert_eq!(forged.get("/").status, 401);

    // The session lasts over a restart; the link doesn't.
    let unused = home.ask_text(&["open"], "web");
    node.stop();
    let node = home.up();
    let browser = Browser {
        web: node.web(),
        ..browser
    };
    assert!(browser.page("/").contains("Alice"));
    assert_eq!(Browser::of(&node).get(&path(&unused)).status, 403);
    let other = Browser::signed_in(&node, &home.ask_text(&["open"], "web"));
    assert_eq!(
        other.submit("/profile", "/sign-out", &[]).leads_to(),
        "/sign-in"
    );
    assert_eq!(other.get("/").status, 401);
    assert_eq!(
        browser.get("/").status,
        200,
        "one browser's sign-out isn't another's"
    );
}

#[test]
fn other_sites_get_nothing() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let port = node.web().rsplit(':').next().unwrap().to_owned();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        String::new(),
    ] {
        for path in ["/", "/static/app.js", "/api/v1/id"] {
            let answer = browser.request("GET", path, &[("host", &host)], "");
            assert!(
                answer.status == 421 || answer.status == 400,
                "{host} {path}: {answer:?}"
            );
            assert!(!answer.body.contains("Alice"));
        }
    }
    assert_eq!(
        browser
            .request("GET", "/", &[("host", &format!("localhost:{port}"))], "")
            .status,
        200
    );

    let token = csrf(&browser.page("/"));
    let text = ("text", "not mine");
    for fields in [
        &[text][..],
        &[text, ("csrf", "")],
        &[text, ("csrf", &"0".repeat(64))],
    ] {
        assert_eq!(browser.send_form("/post", fields, &[]).status, 403);
    }
    for headers in [
        [("origin", "http://evil.example")],
        [("origin", "null")],
        [("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(
            browser
                .send_form("/post", &[text, ("csrf", &token)], &headers)
                .status,
            403,
            "{headers:?}"
        );
    }
    let unsigned = Browser::of(&node);
    assert_eq!(
        unsigned
            .send_form("/post", &[text, ("csrf", &token)], &[])
            .status,
        401
    );
    for path in ["/follow", "/unfollow", "/profile", "/sign-out"] {
        assert_eq!(browser.send_form(path, &[text], &[]).status, 403, "{path}");
        assert_eq!(
            browser.get(path).status,
            if path == "/profile" { 200 } else { 405 },
            "{path}"
        );
    }
    assert_eq!(home.ask(&["timeline"]), serde_json::json!([]));
}

#[test]
fn every_answer_is_hardened() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    for path in [
        "/",
        "/people",
        "/profile",
        "/nowhere",
        "/thread/ab",
        "/static/app.js",
        "/api/v1/id",
        "/sign-in",
    ] {
        let answer = browser.get(path);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            !answer.body.contains(" style=") && !answer.body.contains("<script>"),
            "{path}: {}",
            answer.body
        );
    }
}

#[test]
fn markup_in_a_post_is_text() {
    let home = Home::new("<b>Mallory</b>");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let text = "<script>alert(1)</script> \"><img src=x onerror=alert(2)> javascript:alert(3) https://e.example/\"onclick=\"x";
    let id = home.post(text);
    home.ask(&["profile", "--bio", "</textarea><script>alert(4)</script>"]);
    let pages = [
        "/".to_owned(),
        format!("/person/{}", home.identity()),
        format!("/thread/{id}"),
        format!("/edit/{id}"),
    ];
    for path in pages
        .iter()
        .map(String::as_str)
        .chain(["/profile", "/people", "/fragment/home"])
    {
        let page = browser.page(path);
        for danger in [
            "<script>",
            "<img src=x",
            "<b>Mallory",
            "e.example/\"onclick",
            "href=\"javascript:",
        ] {
            assert!(!page.contains(danger), "{danger} in {path}: {page}");
        }
    }
    assert!(
        browser
            .page("/")
            .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
    );
}

#[test]
fn everything_works_by_plain_forms() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    let browser = Browser::signed_in(&at_alice, at_alice.ready["web"].as_str().unwrap());

    let posted = browser.submit("/", "/post", &[("text", "Tea & cake?\nAt five.")]);
    assert!(posted.leads_to().starts_with("/"));
    let timeline = alice.ask(&["timeline"]);
    assert_eq!(timeline[0]["text"], "Tea & cake?\nAt five.");
    let id = timeline[0]["id"].as_str().unwrap().to_owned();
    let thread = format!("/thread/{id}");
    assert!(browser.page("/").contains(&thread) && browser.page("/").contains("Tea &amp; cake?"));

    let replied = browser.submit(
        &thread,
        "/post",
        &[("text", "Or coffee."), ("reply_to", &id)],
    );
    assert!(replied.leads_to().starts_with("/thread/"));
    let replies = alice.ask(&["thread", &id]);
    assert_eq!(
        (&replies[0]["text"], &replies[0]["reply_to"]),
        (&"Or coffee.".into(), &id.clone().into())
    );

    let edit = format!("/edit/{id}");
    assert!(
        browser
            .submit(&edit, &edit, &[("text", "Tea only.")])
            .leads_to()
            .starts_with(&thread)
    );
    assert!(
        browser.page(&thread).contains("Tea only.") && browser.page(&thread).contains("edited")
    );
    let reply = replies[0]["id"].as_str().unwrap();
    let delete = format!("/delete/{reply}");
    browser.submit(&delete, &delete, &[]).leads_to();
    assert_eq!(alice.texts(&["timeline"]), ["Tea only."]);
    assert_eq!(browser.get(&delete).status, 404);

    let bobs = bob.identity();
    let followed = browser.submit(
        "/people",
        "/follow",
        &[("key", &format!(" {}\n", bob.link()))],
    );
    let person = followed.leads_to().split('?').next().unwrap().to_owned();
    assert_eq!(person, format!("/person/{bobs}"));
    bob.post("Hello from Bob");
    until("Bob's post is on the page", || {
        browser.page("/").contains("Hello from Bob").then_some(())
    });
    assert!(browser.page(&person).contains("Hello from Bob"));
    browser
        .submit(&person, "/unfollow", &[("key", &bobs)])
        .leads_to();
    assert!(!browser.page("/").contains("Hello from Bob"));

    browser
        .submit(
            "/profile",
            "/profile",
            &[("name", "Alicia"), ("bio", "Tea")],
        )
        .leads_to();
    assert_eq!(alice.ask(&["profile"])["name"], "Alicia");

    // What isn't taken comes back with what was written.
    let long = "too long ".repeat(2_000);
    let refused = browser.submit("/", "/post", &[("text", &long)]);
    assert!(
        refused.status == 400 && refused.body.contains(long.trim_end()),
        "{}",
        refused.status
    );
    let refused = browser.submit("/people", "/follow", &[("key", "hearth1nobody")]);
    assert!(refused.status == 400 && refused.body.contains("hearth1nobody"));
    let refused = browser.submit(
        "/",
        &format!("/edit/{}", "0".repeat(64)),
        &[("text", "kept words")],
    );
    assert!(
        refused.status >= 400 && refused.body.contains("kept words"),
        "{refused:?}"
    );
    assert_eq!(browser.get("/thread/ab").status, 400);
    assert_eq!(
        browser.get(&format!("/thread/{}", "0".repeat(64))).status,
        404
    );
}

#[test]
fn pages_speak_as_the_browser_or_the_owner_says() {
    let alice = Home::new("Alice");
    let at_alice = alice.up();
    let browser = Browser::signed_in(&at_alice, at_alice.ready["web"].as_str().unwrap());
    let page_in = |language, path| {
        let asked = [("accept-language", language)];
        browser.request("GET", path, &asked, "").body
    };
    assert!(page_in("en-GB", "/people").contains("<html lang=\"en\">"));
    let german = page_in("de-AT, en;q=0.5", "/people");
    assert!(german.contains("<html lang=\"de\">") && german.contains("<h1>Leute</h1>"));
    assert!(page_in("de", "/nowhere").contains("Unter dieser Adresse gibt es nichts."));

    let saved = |part| format!("/settings?done=saved&part={part}#{part}");
    let choose = |language| {
        let fields = [("part", "language"), ("language", language)];
        browser.submit("/settings", "/settings", &fields)
    };
    assert_eq!(choose("de").leads_to(), saved("language"));
    assert_eq!(alice.ask(&["settings", "page.language"])["value"], "de");
    let chosen = page_in("en", "/settings?done=saved&part=language");
    assert!(chosen.contains("<html lang=\"de\">") && chosen.contains("Gespeichert."));
    assert!(chosen.contains("<option value=\"de\" lang=\"de\" selected>"));
    assert!(page_in("en", "/nowhere").contains("Unter dieser Adresse gibt es nichts."));
    assert_eq!(choose("tlh").status, 400);
    what_is_not_done_is_said_in_german(&browser);
    choose("automatic").leads_to();
    assert!(page_in("en", "/").contains("<html lang=\"en\">"));
    // Another form on that page says something else.
    let fields = [("part", "posts"), ("audience", "private")];
    let audience = browser.submit("/settings", "/settings", &fields);
    assert_eq!(audience.leads_to(), saved("posts"));
    assert_eq!(
        alice.ask(&["settings", "post.audience"])["value"],
        "private"
    );
}

/// A form's page, where it is sent, what is in it, and what is said then.
type Refused<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

/// What an owner can meet, from each part of the program that says why not.
fn what_is_not_done_is_said_in_german(browser: &Browser) {
    let long = "x".repeat(40_000);
    let cases: [Refused<'_>; 9] = [
        (
            "/",
            "/post",
            &[("text", "")],
            "Ein Beitrag braucht wenigstens ein Zeichen",
        ),
        ("/", "/post", &[("text", &long)], "Der Text hat 40000 Byte"),
        (
            "/people",
            "/follow",
            &[("key", "bob")],
            "Das ist keine Hearth-Adresse",
        ),
        (
            "/people",
            "/knock",
            &[("key", "hearth:x?a=b")],
            "Das ist keine Hearth-Adresse",
        ),
        (
            "/spaces",
            "/spaces/create",
            &[("name", "")],
            "Der Name eines Raums hat 1 bis",
        ),
        (
            "/spaces",
            "/spaces/join",
            &[("link", "bob")],
            "Dieser Link lädt in keinen Raum ein",
        ),
        (
            "/devices/add",
            "/devices/add",
            &[("name", "Phone"), ("phrase", "one two")],
            "Es sind 24 Wörter; hier stehen 2.",
        ),
        (
            "/files/",
            "/files/",
            &[("do", "folder"), ("name", "a/b")],
            "So kann eine Datei nicht heißen",
        ),
        (
            "/settings/sign-in",
            "/settings/sign-in/password",
            &[("new", "short"), ("again", "short")],
            "Ein Passwort hat mindestens 10 Zeichen",
        ),
    ];
    for (page, action, fields, words) in cases {
        let refused = browser.submit(page, action, fields);
        assert!(refused.status >= 400, "{action}: {}", refused.status);
        assert!(refused.body.contains(words), "{action}: {}", refused.body);
        assert!(
            !refused.body.contains("lang=\"en\">"),
            "{action}: {}",
            refused.body
        );
    }
    for (path, words) in [
        ("/thread/ab", "Das ist nicht die Kennung eines Beitrags."),
        ("/files/away", "„away“ ist nicht in deiner Ablage."),
        ("/search?q=before:soon", "„soon“ ist kein Datum"),
        (
            "/bookmarks?before=x",
            "Diese Stelle gibt es in den Lesezeichen nicht",
        ),
    ] {
        let refused = browser.get(path).body;
        assert!(refused.contains(words), "{path}: {refused}");
        assert!(!refused.contains("lang=\"en\">"), "{path}: {refused}");
    }
}

#[test]
fn an_open_page_hears_of_news() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    let browser = Browser::signed_in(&at_alice, at_alice.ready["web"].as_str().unwrap());
    assert_eq!(Browser::of(&at_alice).get("/events").status, 401);
    alice.ask(&["follow", &bob.link()]);
    bob.post("before");
    until("they have met", || {
        (alice.texts(&["timeline"]) == ["before"]).then_some(())
    });

    let stream = browser.send("GET", "/events", &[("accept", "text/event-stream")], "");
    let mut events = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        assert_ne!(events.read_line(&mut line).unwrap(), 0);
    }
    // What changed between making the page and listening isn't missed.
    let unread = format!("{{\"unread\":{}}}", alice.ask(&["notifications"])["unread"]);
    assert_eq!(data_of(&mut events, "event:unread"), unread);
    bob.post("while it is open");
    // What came before may be told late.
    let timeline = loop {
        let newest = data_of(&mut events, "event:post");
        let timeline = alice.ask(&["timeline"]);
        let told = format!("{{\"newest\":{}}}", timeline[0]["local_id"]);
        if timeline[0]["text"] == "while it is open" && newest == told {
            break timeline;
        }
    };
    let after = timeline[1]["local_id"].as_str().unwrap();
    let fragment = browser.page(&format!("/fragment/home?after={after}"));
    assert!(
        fragment.contains("while it is open") && !fragment.contains(">before<"),
        "{fragment}"
    );
    // Of what is open already nothing is sent once more, until something is said of it.
    let id = timeline[0]["id"].as_str().unwrap();
    let thread = browser.get(&format!("/thread/{id}"));
    let shown = format!("/thread/{id}?shown={}", thread.header("hearth-shown"));
    let again = browser.get(&shown);
    assert_eq!((again.status, again.body.as_str()), (204, ""));
    alice.ask(&["react", id, "❤"]);
    let again = browser.get(&shown);
    assert_eq!(again.status, 200);
    assert!(
        again.body.contains('❤') && again.header("hearth-shown") != thread.header("hearth-shown")
    );
    at_alice.terminate();
    assert_eq!(
        at_alice.ended().0,
        Some(0),
        "an open stream doesn't hold up the end"
    );
    data_of(&mut events, "event:bye");
}

/// The data of the next event of this kind.
#[track_caller]
fn data_of(events: &mut impl BufRead, kind: &str) -> String {
    let mut is_next = false;
    loop {
        let mut line = String::new();
        assert_ne!(
            events.read_line(&mut line).unwrap(),
            0,
            "the stream ended without {kind}"
        );
        match line.trim_end().strip_prefix("data:") {
            Some(data) if is_next => return data.to_owned(),
            _ => is_next |= line.trim_end() == kind,
        }
    }
}

#[test]
fn the_api_asks_for_its_token() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let token = std::fs::read_to_string(home.dir().join("api.token")).unwrap();
    let post = |headers: &[(&str, &str)], body: &str| {
        browser.request("POST", "/api/v1/post", headers, body)
    };
    let right = format!("Bearer {token}");
    let body = r#"{"text":"by the API"}"#;
    for authorization in [
        "",
        "Bearer",
        "Bearer 00",
        &format!("Basic {token}"),
        &format!("{right}0"),
    ] {
        assert_eq!(
            post(&[("authorization", authorization)], body).status,
            401,
            "{authorization}"
        );
    }
    assert_eq!(
        post(&[], body).status,
        401,
        "a browser's session isn't enough"
    );
    let evil = post(&[("authorization", &right), ("host", "evil.example")], body);
    assert_eq!(evil.status, 421);
    assert_eq!(home.ask(&["timeline"]), serde_json::json!([]));
    for wrong in ["", "{", "[]", "{\"text\":1}", "{\"text\":\"\"}"] {
        let answer = post(&[("authorization", &right)], wrong);
        assert!(
            answer.status == 400 && answer.body.contains("\"message\""),
            "{wrong}: {answer:?}"
        );
    }
    assert_eq!(
        browser
            .request("GET", "/api/v1/id", &[("authorization", &right)], "")
            .status,
        405
    );
    assert_eq!(
        browser
            .request("POST", "/api/v1/dance", &[("authorization", &right)], "{}")
            .status,
        404
    );
    let answer = post(&[("authorization", &right)], body);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    assert_eq!(home.texts(&["timeline"]), ["by the API"]);
    assert!(!home.logged().contains(&token), "secrets aren't logged");
    // Each start has a token of its own.
    node.stop();
    let node = home.up();
    let browser = Browser::of(&node);
    assert_eq!(
        browser
            .request("POST", "/api/v1/id", &[("authorization", &right)], "{}")
            .status,
        401
    );
}

#[test]
fn a_field_that_a_verb_does_not_know_is_refused_by_name() {
    let home = Home::new("Alice");
    let node = home.up();
    let (browser, id) = (Browser::of(&node), "ab".repeat(32));
    let token = std::fs::read_to_string(home.dir().join("api.token")).unwrap();
    let right = format!("Bearer {token}");
    let ask = |verb: &str, body: &str| {
        let path = format!("/api/v1/{verb}");
        browser.request("POST", &path, &[("authorization", &right)], body)
    };
    for (verb, body, wrong, known) in [
        (
            "post",
            r#"{"text":"x","audiance":"private"}"#,
            "audiance",
            "audience",
        ),
        (
            "post",
            r#"{"text":"x","replyTo":"ID"}"#,
            "replyTo",
            "reply_to",
        ),
        (
            "edit",
            r#"{"id":"ID","text":"x","audience":"private"}"#,
            "audience",
            "text",
        ),
        ("delete", r#"{"id":"ID","really":true}"#, "really", "id"),
        (
            "space-create",
            r#"{"name":"x","member":["y"]}"#,
            "member",
            "members",
        ),
        (
            "space-add",
            r#"{"space":"x","key":"y","with-past":true}"#,
            "with-past",
            "with_past",
        ),
        (
            "space-remove",
            r#"{"space":"x","key":"y","with_past":true}"#,
            "with_past",
            "key",
        ),
        (
            "space-invite",
            r#"{"space":"x","expires":7}"#,
            "expires",
            "expires_s",
        ),
        ("block", r#"{"key":"x","undo":true}"#, "undo", "on"),
        ("timeline", r#"{"spaces":"private"}"#, "spaces", "space"),
    ] {
        let answer = ask(verb, &body.replace("ID", &id));
        let says = |word: &str| answer.body.contains(&format!("`{word}`"));
        assert!(
            answer.status == 400 && says(wrong) && says(known),
            "{verb}: {answer:?}"
        );
    }
    assert_eq!(home.ask(&["timeline"]), serde_json::json!([]));
    let answer = ask(
        "post",
        r#"{"text":"x","audience":"private","reply_to":null}"#,
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(home.ask(&["timeline"])[0]["audience"], "private");
}

#[test]
fn slow_and_broken_requests_cost_nobody_else_theirs() {
    let home = Home::new("Alice");
    let node = home.up();
    let web = node.web();
    let slow: Vec<TcpStream> = (0..60)
        .map(|_| {
            let mut stream = TcpStream::connect(&web).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
            stream
        })
        .collect();
    for garbage in [
        &b"\0\0\0\0"[..],
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0",
        &[b'A'; 100_000],
    ] {
        let mut stream = TcpStream::connect(&web).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        // The server may have closed before all of it is out.
        let _ = stream.write_all(garbage);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    home.post("still serving");
    drop(slow);
}
