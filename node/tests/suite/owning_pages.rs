//! What one chooses, takes along and brings in by the pages, without scripts.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use crate::browser::{Answer, Browser, csrf};
use crate::harness::{Home, until};

const BOUNDARY: &str = "----what-a-browser-makes-up";
const PHOTO: &[u8] = include_bytes!("../../src/media/tests/files/subsampled.jpg");

fn upload_body(token: &str, content: &str) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"old.jsonl\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n"
    )
}

/// Sends a file by the form on the page for imports.
fn upload(browser: &Browser, token: &str, content: &str) -> Answer {
    let (kind, body) = (upload_kind(), upload_body(token, content));
    browser.request("POST", "/import", &[("content-type", &kind)], &body)
}

fn upload_kind() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// Which file the page for imports shows: what its forms say of it.
fn turn(page: &str) -> String {
    let field = page.split("name=\"turn\" value=\"").nth(1);
    let turn = field.and_then(|rest| rest.split('"').next());
    turn.unwrap_or_else(|| panic!("no turn: {page}")).to_owned()
}

/// The page for imports once it says something.
#[track_caller]
fn says(browser: &Browser, words: &str) -> String {
    until(words, || {
        let page = browser.page("/import");
        page.contains(words).then_some(page)
    })
}

#[test]
fn what_is_chosen_on_the_page_is_what_commands_say() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let settings = || -> BTreeMap<String, String> {
        let list = home.ask(&["settings"]);
        let list = list.as_array().unwrap().iter();
        let text = |one: &serde_json::Value, field: &str| one[field].as_str().unwrap().to_owned();
        list.map(|one| (text(one, "name"), text(one, "value")))
            .collect()
    };
    let save = |fields: &[(&str, &str)]| browser.submit("/settings", "/settings", fields);
    let before = settings();
    // Each that isn't about the first steps is chosen there, and nowhere else.
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    let choices: [(&str, Pairs<'_>, Pairs<'_>); 6] = [
        (
            "posts",
            &[("audience", "private")],
            &[("post.audience", "private")],
        ),
        (
            "language",
            &[("language", "en")],
            &[("page.language", "en")],
        ),
        (
            "public",
            &[("indexed", "yes")],
            &[("public.page", "off"), ("public.index", "on")],
        ),
        ("access", &[("days", "0")], &[("access.days", "0")]),
        ("photos", &[("cache", "8GiB")], &[("cache.photos", "8GiB")]),
        ("backup", &[("survive", "auto"), ("rate", "256000")], &[]),
    ];
    let mut changed = 0;
    for (part, fields, expected) in choices {
        let fields: Vec<_> = [("part", part)].iter().chain(fields).copied().collect();
        let saved = save(&fields);
        let place = format!("/settings?done=saved&part={part}#{part}");
        assert_eq!(saved.leads_to(), place, "{part}");
        for (name, value) in expected {
            assert_ne!(before[*name], *value, "{name}");
            assert_eq!(settings()[*name], *value, "{name}");
            changed += 1;
        }
    }
    let others = before.keys().filter(|name| !name.starts_with("steps."));
    assert_eq!(others.count(), changed, "all there are: {before:?}");
    let backup = home.ask(&["backup", "settings"]);
    assert_eq!(backup["bytes_per_second"], 256_000);
    assert!(
        browser
            .page("/settings?done=saved&part=photos")
            .contains("Saved.")
    );

    // What isn't taken is said beside the field, and nothing changes.
    for (fields, word) in [
        (
            &[("part", "language"), ("language", "tlh")][..],
            "id=\"language-problem\"",
        ),
        (
            &[("part", "backup"), ("survive", "3"), ("rate", "none")],
            "id=\"backup-problem\"",
        ),
        (
            &[("part", "backup"), ("survive", "x"), ("rate", "none")],
            "id=\"backup-problem\"",
        ),
    ] {
        let refused = save(fields);
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains(word), "{}", refused.body);
    }
    assert_eq!(save(&[("part", "nothing")]).status, 404);
    let fields = [("part", "posts"), ("audience", "public")];
    assert_eq!(browser.send_form("/settings", &fields, &[]).status, 403);
    assert_eq!(settings()["post.audience"], "private");
}

#[test]
fn old_posts_come_in_for_whom_one_says_and_once() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let token = csrf(&browser.page("/import"));
    let send = |content: &str| upload(&browser, &token, content);
    let row = |year: u64, text: &str| {
        // In the middle of it.
        let time_ms = (year - 1970) * 31_556_952_000 + 15_778_476_000;
        format!("{{\"time_ms\":{time_ms},\"text\":\"{text}\"}}\n")
    };
    let old: String = [(2015, "first"), (2017, "second"), (2021, "third")]
        .map(|(year, text)| row(year, text))
        .concat();
    let folder = home.dir().join("import");
    let lies_there = |is_whole: bool| {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let found = entries.filter(|entry| {
            let is_named = entry.file_name().to_string_lossy().starts_with("posts-");
            is_named == is_whole && entry.metadata().is_ok_and(|about| about.len() > 0)
        });
        found.count()
    };

    // Neither another site's form nor a file that isn't one of posts.
    assert_eq!(upload(&browser, "00", &old).status, 403);
    assert_eq!(upload(&browser, "00", &"x".repeat(16 << 20)).status, 403);
    assert_eq!(send("{\"time_ms\":1}\n").leads_to(), "/import");
    let wrong = says(&browser, "line 1");
    assert!(
        wrong.contains("In old.jsonl, line 1: missing field"),
        "{wrong}"
    );
    assert_eq!(lies_there(true), 0);
    assert_eq!(send("\n").leads_to(), "/import");
    says(&browser, "no post in this file");

    // What is there is seen before anything is written; and it is still there after the power went.
    assert_eq!(send(&old).leads_to(), "/import");
    says(&browser, "3 posts from 2015–2021.");
    assert!(home.texts(&["timeline"]).is_empty() && lies_there(true) == 1);
    node.kill();
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let shown = turn(&says(&browser, "3 posts from 2015–2021."));
    // One that breaks off as the server ends takes nobody's place.
    let token = csrf(&browser.page("/import"));
    let other = upload_body(&token, &(row(2011, "other") + &row(2012, "lost")));
    let length = (other.len() + 1000).to_string();
    let headers = [
        ("content-type", upload_kind()),
        ("content-length", length),
        ("connection", "close".to_owned()),
    ];
    let sent = browser.send_part("/import", &headers, other.split_once("lost").unwrap().0);
    until("a part of it came", || {
        (lies_there(false) == 1).then_some(())
    });
    node.terminate();
    node.ended();
    drop(sent);
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    assert_eq!(turn(&says(&browser, "3 posts from 2015–2021.")), shown);
    assert_eq!((lies_there(true), lies_there(false)), (1, 0));
    // What a form says is said of the file that its page showed.
    let token = csrf(&browser.page("/import"));
    assert_eq!(upload(&browser, &token, &old).leads_to(), "/import");
    let now = turn(&says(&browser, "3 posts from 2015–2021."));
    assert_ne!(now, shown);
    for action in ["/import/begin", "/import/discard"] {
        let fields = [("audience", "public"), ("turn", &*shown)];
        let refused = browser.submit("/import", action, &fields);
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("Another file was chosen meanwhile"));
        assert!(refused.body.contains("3 posts from 2015–2021."));
    }
    assert!(home.texts(&["timeline"]).is_empty() && lies_there(true) == 1);
    let begin = |audience: &str| {
        let fields = [("audience", audience), ("turn", &*now)];
        browser.submit("/import", "/import/begin", &fields)
    };
    assert_eq!(begin("everybody").status, 404);
    assert_eq!(begin("private").leads_to(), "/import");
    says(&browser, "3 posts came in.");
    assert_eq!(lies_there(true), 0);
    assert_eq!(home.texts(&["timeline"]), ["third", "second", "first"]);
    let posts = home.ask(&["timeline"]);
    let posts = posts.as_array().unwrap();
    assert!(posts.iter().all(|post| post["audience"] == "private"));
    let visitor = Browser::of(&node);
    assert!(!visitor.page("/@alice").contains("second"));

    // Once more, with one more: that one comes in, for friends; what was changed since is known too.
    home.ask(&["edit", posts[0]["id"].as_str().unwrap(), "The third."]);
    let token = csrf(&browser.page("/import"));
    let more = old.clone() + &row(2019, "between");
    assert_eq!(upload(&browser, &token, &more).leads_to(), "/import");
    let now = turn(&says(&browser, "3 of them are already here."));
    let fields = [("audience", "friends"), ("turn", &*now)];
    browser.submit("/import", "/import/begin", &fields);
    let done = says(&browser, "One post came in.");
    assert!(done.contains("3 were here already."));
    let expected = ["The third.", "between", "second", "first"];
    assert_eq!(home.texts(&["timeline"]), expected);
    // Commands know them as well, whomever they are for.
    let file = home.file("more.jsonl");
    fs::write(&file, &more).unwrap();
    let again = home.ask(&["import", "posts", file.to_str().unwrap(), "--private"]);
    assert_eq!(
        (&again["imported"], &again["skipped"]),
        (&0.into(), &4.into())
    );
    // It is among what is done, and isn't reminded of any more.
    let front = browser.page("/");
    assert!(front.contains("href=\"/import\"") && !front.contains("value=\"import\""));
    let discarded = browser.submit("/import", "/import/discard", &[("turn", &*now)]);
    assert_eq!(discarded.leads_to(), "/import");
    says(&browser, "A file with posts");
    assert_eq!(upload(&browser, &token, &more).leads_to(), "/import");
    let again = turn(&says(&browser, "All of it is already here."));
    let discarded = browser.submit("/import", "/import/discard", &[("turn", &*again)]);
    assert_eq!(discarded.leads_to(), "/import?done=discarded");
    assert_eq!(lies_there(true), 0);
}

/// The files of an archive, by name.
fn files_in(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let text = |field: &[u8]| {
        let end = field.iter().position(|byte| *byte == 0);
        String::from_utf8(field[..end.unwrap_or(field.len())].to_vec()).unwrap()
    };
    let (mut files, mut at) = (BTreeMap::new(), 0);
    loop {
        let header = &archive[at..at + 512];
        if header.iter().all(|byte| *byte == 0) {
            return files;
        }
        let bytes = usize::from_str_radix(text(&header[124..136]).trim(), 8).unwrap();
        let content = archive[at + 512..at + 512 + bytes].to_vec();
        files.insert(text(&header[..100]), content);
        at += 512 + bytes.div_ceil(512) * 512;
    }
}

#[test]
fn everything_can_be_taken_away_and_read_without_hearth() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    home.post("for everybody");
    home.ask(&["post", "--private", "<b>for me</b>"]);
    let photo = home.file("stove.jpg");
    fs::write(&photo, PHOTO).unwrap();
    let with_photo = format!("{}:A stove", photo.to_str().unwrap());
    home.ask(&["post", "--private", "lit", "--photo", &with_photo]);
    let file = home.file("soup.txt");
    fs::write(&file, "leek").unwrap();
    home.ask(&["files", "put", file.to_str().unwrap(), "--to", "Recipes"]);

    let archive = home.file("mine.tar");
    let taken = home.ask(&["export", "--readable", archive.to_str().unwrap()]);
    let archive = fs::read(&archive).unwrap();
    assert_eq!(taken["bytes"], archive.len());
    let files = files_in(&archive);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    for name in ["README.txt", "index.html", "style.css", "people.json"] {
        assert!(
            names.contains(&format!("hearth/{name}").as_str()),
            "{names:?}"
        );
    }
    assert!(!names.contains(&"hearth/MISSING.txt"), "{names:?}");
    assert_eq!(files["hearth/files/Recipes/soup.txt"], b"leek");
    let page = String::from_utf8(files["hearth/posts/0001.html"].clone()).unwrap();
    assert!(page.contains("for everybody") && page.contains("&lt;b&gt;for me"));
    let picture = page.split("src=\"../").nth(1).unwrap();
    let picture = format!("hearth/{}", picture.split('"').next().unwrap());
    assert!(files[&picture].starts_with(&[0xff, 0xd8]), "{picture}");
    // What came out can go in.
    let lines = home.file("lines.jsonl");
    fs::write(&lines, &files["hearth/posts/0001.jsonl"]).unwrap();
    let again = home.ask(&["import", "posts", lines.to_str().unwrap(), "--private"]);
    assert_eq!(
        (&again["imported"], &again["skipped"]),
        (&0.into(), &3.into())
    );

    // By the page: the same, and the signed logs; for nobody else, and by no link.
    let token = csrf(&browser.page("/export"));
    let fetch = |browser: &Browser, kind: &str, token: &str| {
        let body = format!("csrf={token}&kind={kind}");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let mut answer = Vec::new();
        let mut stream = browser.send("POST", "/export", &form, &body);
        stream.read_to_end(&mut answer).unwrap();
        answer
    };
    let contains = |bytes: &[u8], part: &str| {
        let mut windows = bytes.windows(part.len());
        windows.any(|window| window == part.as_bytes())
    };
    let got = fetch(&browser, "readable", &token);
    for part in [
        "HTTP/1.1 200",
        "content-disposition: attachment; filename=\"hearth.tar\"",
        "content-type: application/x-tar",
        "hearth/files/Recipes/soup.txt",
    ] {
        assert!(contains(&got, part), "{part}");
    }
    let got = fetch(&browser, "signed", &token);
    assert!(contains(&got, "HTTP/1.1 200") && contains(&got, "filename=\"mine.hearth\""));
    assert!(contains(&got, "for everybody") && !contains(&got, "for me"));
    assert!(contains(&fetch(&browser, "readable", "00"), "HTTP/1.1 403"));
    let stranger = Browser::of(&node);
    assert!(contains(
        &fetch(&stranger, "readable", &token),
        "HTTP/1.1 401"
    ));
    assert!(!browser.page("/export?kind=readable").contains("soup.txt"));
}
