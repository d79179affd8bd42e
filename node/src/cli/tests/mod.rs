//! Whole command lines against a node that gives prepared answers.

#![allow(clippy::unwrap_used)]

mod lines;

use hearth_protocol::archive;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use super::values::tests::a_key;
use super::*;

fn an_id() -> String {
    "ab".repeat(32)
}

/// What a command line did.
struct Ran {
    code: u8,
    out: String,
    errors: String,
}

impl Ran {
    fn at(home: &Path, words: &[&str], mut input: &[u8]) -> Self {
        let line = ["hearth", "--home", home.to_str().unwrap()];
        let line = line.iter().chain(words).map(OsString::from);
        let (mut bytes, mut errors) = (Vec::new(), Vec::new());
        let out = Output::to(Box::new(&mut bytes), false);
        let code = run(line, &mut input, out, &mut errors, false);
        Self {
            code,
            out: String::from_utf8(bytes).unwrap(),
            errors: String::from_utf8(errors).unwrap(),
        }
    }

    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.errors);
        assert_eq!(self.out.matches('\n').count(), 1, "{}", self.out);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// A request as the node saw it.
#[derive(Debug)]
struct Seen {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Seen {
    fn body(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A home whose node gives the prepared answers, one connection each.
struct FakeNode {
    home: tempfile::TempDir,
    address: String,
    thread: JoinHandle<Vec<Seen>>,
}

impl FakeNode {
    fn answering(answers: Vec<(u16, Vec<u8>)>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        Home::at(home.path())
            .publish_api(address, "the-token")
            .unwrap();
        let thread = thread::spawn(move || {
            let each = answers.into_iter();
            each.map(|answer| serve(listener.accept().unwrap().0, &answer))
                .collect()
        });
        let address = address.to_string();
        Self {
            home,
            address,
            thread,
        }
    }

    fn saying(status: u16, answer: &Value) -> Self {
        Self::answering(vec![(status, answer.to_string().into_bytes())])
    }

    fn run(&self, words: &[&str], input: &[u8]) -> Ran {
        Ran::at(self.home.path(), words, input)
    }

    fn seen(self) -> Vec<Seen> {
        self.thread.join().unwrap()
    }
}

fn serve(stream: TcpStream, (status, answer): &(u16, Vec<u8>)) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = |header: &String| {
        header
            .to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    };
    let mut body = vec![0; head.iter().find_map(length).unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n",
        answer.len()
    )
    .unwrap();
    stream.write_all(answer).unwrap();
    let line = head.remove(0);
    let headers = head;
    Seen {
        line,
        headers,
        body,
    }
}

#[test]
fn a_question_goes_to_the_node_with_the_token() {
    let posted = json!({"id": an_id(), "seq": 7, "space": an_id(), "audience": "public"});
    let node = FakeNode::saying(200, &posted);
    let text = "two lines\nand an end \n";
    let ran = node.run(
        &["post", "-", "--public", "--json", "--reply-to", &an_id()],
        text.as_bytes(),
    );
    assert_eq!(ran.json(), posted);
    let host = format!("host: {}", node.address);
    let seen = node.seen().remove(0);
    assert_eq!(seen.line, "POST /api/v1/post HTTP/1.1");
    assert!(seen.headers.contains(&host), "{seen:?}");
    assert!(
        seen.headers
            .contains(&"authorization: Bearer the-token".to_owned()),
        "{seen:?}"
    );
    assert_eq!(
        seen.body(),
        json!({"text": text, "audience": "public", "reply_to": an_id()})
    );
}

#[test]
fn questions_have_the_shape_that_the_node_expects() {
    let (key, id) = (a_key(), an_id());
    let link = format!("hearth:{key}?via=/ip4/192.0.2.7/tcp/1");
    let me = json!({"identity": key, "state": "following", "name": ""});
    let place = "00103422000000000000";
    let cases: &[(&[&str], &str, Value, Value)] = &[
        (
            &["follow", &key],
            "follow",
            json!({"key": key, "via": [], "how": "told"}),
            me.clone(),
        ),
        (
            &["follow", &link],
            "follow",
            json!({"key": key, "via": ["/ip4/192.0.2.7/tcp/1"], "how": "told"}),
            me.clone(),
        ),
        (
            &["unfollow", &key],
            "unfollow",
            json!({"key": key}),
            me.clone(),
        ),
        (&["following"], "following", json!({}), json!([me])),
        (&["timeline"], "timeline", json!({}), json!([])),
        (
            &["timeline", "--limit", "3"],
            "timeline",
            json!({"limit": 3}),
            json!([]),
        ),
        (
            &["posts", &key, "--before", place],
            "posts",
            json!({"key": key, "before": place}),
            json!([]),
        ),
        (&["thread", &id], "thread", json!({"id": id}), json!([])),
        (
            &["edit", &id, "x"],
            "edit",
            json!({"id": id, "text": "x"}),
            json!({"id": id}),
        ),
        (
            &["delete", &id],
            "delete",
            json!({"id": id}),
            json!({"id": id}),
        ),
        (
            &["profile", "--bio", ""],
            "profile",
            json!({"bio": ""}),
            json!({"identity": key, "name": "", "bio": ""}),
        ),
        (
            &["id"],
            "id",
            json!({}),
            json!({"identity": key, "device": id, "name": "A"}),
        ),
        (
            &["open"],
            "open",
            json!({}),
            json!({"web": "http://127.0.0.1:4748/in/x"}),
        ),
        (&["link"], "link", json!({}), json!({"link": link})),
        (
            &["verify"],
            "verify",
            json!({}),
            json!({"entries": 0, "ok": 0, "vouched": 0, "bad": []}),
        ),
        (&["reindex"], "reindex", json!({}), json!({"entries": 3})),
        (
            &["compact"],
            "compact",
            json!({}),
            json!({"bytes_before": 2, "bytes_after": 1}),
        ),
        (&["stop"], "stop", json!({}), json!({"stopped": true})),
    ];
    for (words, verb, question, answer) in cases {
        let node = FakeNode::saying(200, answer);
        let ran = node.run(&[*words, &["--json"]].concat(), b"");
        assert_eq!(ran.json(), *answer, "{words:?}");
        let seen = node.seen().remove(0);
        assert_eq!(seen.line, format!("POST /api/v1/{verb} HTTP/1.1"));
        assert_eq!(seen.body(), *question, "{words:?}");

        let ran = FakeNode::saying(200, answer).run(words, b"");
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""), "{words:?}");
        assert!(ran.out.ends_with('\n'), "{words:?}");
    }
}

#[test]
fn refusals_tell_why_and_whose_fault_it_is() {
    for (status, kind, code) in [
        (400, "bad_request", 2),
        (404, "not_found", 1),
        (500, "failed", 1),
    ] {
        let node = FakeNode::saying(status, &json!({"kind": kind, "message": "because \u{1b}"}));
        let ran = node.run(&["delete", &an_id(), "--json"], b"");
        assert_eq!((ran.code, ran.out.as_str()), (code, ""));
        assert_eq!(ran.errors, "hearth: because \\u{1b}\n");
    }
}

#[test]
fn strangers_and_nonsense_are_failures() {
    for (status, answer) in [(401, "<html>"), (200, "{"), (200, "[]"), (302, "")] {
        let ran = FakeNode::answering(vec![(status, answer.into())]).run(&["status"], b"");
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.errors.contains("tart the node"), "{}", ran.errors);
    }
}

#[test]
fn without_a_node_it_says_how_to_start_one() {
    let scratch = tempfile::tempdir().unwrap();
    let ran = Ran::at(scratch.path(), &["timeline", "--json"], b"");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.errors.contains("hearth up"), "{}", ran.errors);

    // A node that was killed leaves its address behind.
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    Home::at(scratch.path()).publish_api(unused, "old").unwrap();
    let ran = Ran::at(scratch.path(), &["timeline"], b"");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.errors.contains("no node is running"), "{}", ran.errors);
}

#[test]
fn bad_entries_are_an_answer_and_a_failure() {
    let bad =
        json!({"identity": "hearth1x", "device": "ab", "log": 0, "seq": 3, "reason": "signature"});
    let report = json!({"entries": 2, "ok": 1, "vouched": 0, "bad": [bad]});
    let ran = FakeNode::saying(200, &report).run(&["verify", "--json"], b"");
    assert_eq!(ran.code, 1);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap(), report);
}

#[test]
fn an_export_arrives_whole_or_not_at_all() {
    let empty = [
        archive::MAGIC.to_vec(),
        archive::statements_item(&[]),
        archive::end_item(archive::Counts::default()),
    ];
    let bytes = empty.concat();
    let node = FakeNode::answering(vec![(200, bytes.clone())]);
    let file = node.home.path().join("own.hearth");
    let ran = node.run(&["export", file.to_str().unwrap(), "--json"], b"");
    let answer =
        json!({"file": file, "bytes": bytes.len(), "entries": 0, "ok": 0, "vouched": 0, "bad": []});
    assert_eq!(ran.json(), answer);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);

    // What comes is read again: a node that sends something else isn't believed.
    let node = FakeNode::answering(vec![(200, vec![7; 300_000])]);
    let file = node.home.path().join("own.hearth");
    assert_eq!(node.run(&["export", file.to_str().unwrap()], b"").code, 1);

    let node = FakeNode::saying(500, &json!({"kind": "failed", "message": "stopping"}));
    let file = node.home.path().join("own.hearth");
    assert_eq!(node.run(&["export", file.to_str().unwrap()], b"").code, 1);
    assert!(!file.exists());
    assert_eq!(
        std::fs::read_dir(node.home.path()).unwrap().count(),
        2,
        "only the API's files"
    );
}

#[test]
fn an_import_sends_batches_and_sums_up() {
    let part = |imported, skipped| {
        (
            200,
            json!({"imported": imported, "skipped": skipped})
                .to_string()
                .into_bytes(),
        )
    };
    let node = FakeNode::answering(vec![part(500, 0), part(90, 110)]);
    let file = node.home.path().join("posts.jsonl");
    let rows: Vec<_> = (0..700)
        .map(|at| json!({"time_ms": at, "text": format!("post {at}")}))
        .collect();
    let lines: Vec<_> = rows.iter().map(Value::to_string).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let ran = node.run(&["import", "posts", file.to_str().unwrap(), "--json"], b"");
    assert_eq!(ran.json(), json!({"imported": 590, "skipped": 110}));
    let seen = node.seen();
    let bodies = [(&rows[..500], false), (&rows[500..], true)];
    for (seen, (rows, last)) in seen.iter().zip(bodies) {
        assert_eq!(
            seen.body(),
            json!({"rows": rows, "audience": "public", "last": last})
        );
    }
}

#[test]
fn a_bad_line_keeps_an_import_from_beginning() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("posts.jsonl");
    std::fs::write(&file, "{\"time_ms\":1,\"text\":\"a\"}\n{\"time_ms\":2}\n").unwrap();
    // There is no node here: had it been asked, the code were 1.
    let ran = Ran::at(
        scratch.path(),
        &["import", "posts", file.to_str().unwrap()],
        b"",
    );
    assert_eq!(ran.code, 2);
    assert!(ran.errors.contains("line 2"), "{}", ran.errors);
}

#[test]
fn completions_are_a_script() {
    let ran = Ran::at(Path::new("/nowhere"), &["completions", "bash"], b"");
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("_hearth()"), "{}", ran.out);
    let ran = Ran::at(
        Path::new("/nowhere"),
        &["completions", "zsh", "--json"],
        b"",
    );
    assert!(
        ran.json()["script"]
            .as_str()
            .unwrap()
            .starts_with("#compdef hearth")
    );
}

#[test]
fn an_export_that_breaks_off_leaves_no_file() {
    let scratch = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    Home::at(scratch.path())
        .publish_api(address, "token")
        .unwrap();
    let node = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.read_exact(&mut [0; 20]).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")
            .unwrap();
        // All is read, so that closing can't overtake what was written.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    });
    let file = scratch.path().join("own.hearth");
    let ran = Ran::at(scratch.path(), &["export", file.to_str().unwrap()], b"");
    node.join().unwrap();
    assert_eq!(ran.code, 1);
    assert!(ran.errors.contains("broke"), "{}", ran.errors);
    assert_eq!(
        std::fs::read_dir(scratch.path()).unwrap().count(),
        2,
        "only the API's files"
    );
}
