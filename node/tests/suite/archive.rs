//! What goes in and out by files, and views built anew.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::cli::{FOREIGN_KEY, TEXT_BYTES_MAX, assert_keys, now_ms, place};
use crate::harness::Home;

fn rows(home: &Home, name: &str, rows: &[(u64, &str)]) -> String {
    let lines: String = rows
        .iter()
        .map(|(time_ms, text)| format!("{}\n", json!({ "time_ms": time_ms, "text": text })))
        .collect();
    fs::write(home.file(name), lines).unwrap();
    home.file(name).to_str().unwrap().to_owned()
}

#[test]
fn an_import_keeps_times_and_does_nothing_twice() {
    let home = Home::new("Alice");
    let _node = home.up();
    let future_ms = 4_102_444_800_000;
    let given = [
        (1_000, "b"),
        (1_000, "a"),
        (1_000, "a\n"),
        (1_001, "a"),
        (0, "first"),
        (future_ms, "not yet"),
    ];
    let file = rows(&home, "posts.jsonl", &given);
    let import = ["import", "posts", &file, "--public"];
    assert_eq!(home.ask(&import), json!({ "imported": 6, "skipped": 0 }));
    assert_eq!(home.ask(&import), json!({ "imported": 0, "skipped": 6 }));
    let all = home.all(&["timeline"]);
    let seen: Vec<_> = all
        .iter()
        .map(|post| {
            (
                post["time_ms"].as_u64().unwrap(),
                post["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (0, "first"),
            (1_000, "b"),
            (1_000, "a"),
            (1_000, "a\n"),
            (1_001, "a"),
            (future_ms, "not yet")
        ]
    );
    let places: Vec<_> = all.iter().map(place).collect();
    assert_eq!(
        places[..5],
        [(0, 0), (1_000, 0), (1_000, 1), (1_000, 2), (1_001, 0)]
    );
    assert!(
        places[5].0 <= now_ms(),
        "what claims to be of the future sorts by when it came"
    );

    // Pages join without gap or overlap, also between posts of one millisecond.
    for limit in ["1", "2", "5"] {
        let (mut read, mut before) = (Vec::new(), None::<String>);
        loop {
            let mut args = vec!["timeline", "--limit", limit];
            args.extend(
                before
                    .iter()
                    .flat_map(|before| ["--before", before.as_str()]),
            );
            let page = home.ask(&args);
            let page = page.as_array().unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last["local_id"].as_str().unwrap().to_owned());
            read.extend(page.iter().cloned());
        }
        read.reverse();
        assert_eq!(read, all, "by {limit}");
    }

    let deleted = all[1]["id"].as_str().unwrap();
    home.ask(&["delete", deleted]);
    let more = rows(
        &home,
        "more.jsonl",
        &[(1_000, "b"), (1_002, "new"), (1_002, "new")],
    );
    assert_eq!(
        home.ask(&["import", "posts", &more]),
        json!({ "imported": 1, "skipped": 2 })
    );
    assert_eq!(
        home.all(&["timeline"]).len(),
        6,
        "what was deleted stays so"
    );
}

#[test]
fn an_import_with_a_bad_line_imports_nothing_and_names_it() {
    let home = Home::new("Alice");
    let _node = home.up();
    let good = "{\"time_ms\":1,\"text\":\"a\"}\n";
    let long = format!(
        "{{\"time_ms\":1,\"text\":\"{}\"}}\n",
        "x".repeat(TEXT_BYTES_MAX + 1)
    );
    for bad in [
        "{\n",
        "{\"time_ms\":1}\n",
        "{\"time_ms\":1,\"text\":\"\"}\n",
        "{\"time_ms\":-1,\"text\":\"a\"}\n",
        &long,
    ] {
        let file = home.file("bad.jsonl");
        fs::write(&file, format!("{good}{good}{bad}{good}")).unwrap();
        home.run(&["import", "posts", file.to_str().unwrap()])
            .refused(2, "line 3");
    }
    fs::write(
        home.file("bytes.jsonl"),
        b"{\"time_ms\":1,\"text\":\"\xff\"}\n",
    )
    .unwrap();
    home.run(&[
        "import",
        "posts",
        home.file("bytes.jsonl").to_str().unwrap(),
    ])
    .refused(2, "line 1");
    home.run(&["import", "posts", "nowhere.jsonl"])
        .refused(1, "nowhere.jsonl");
    fs::write(home.file("empty.jsonl"), b"").unwrap();
    let empty = home.ask(&[
        "import",
        "posts",
        home.file("empty.jsonl").to_str().unwrap(),
    ]);
    assert_eq!(empty, json!({ "imported": 0, "skipped": 0 }));
    assert_eq!(home.ask(&["timeline"]), json!([]));
}

/// A node with something of everything in its log.
fn busy(home: &Home) {
    let first = home.post("first");
    home.ask(&["post", "answer", "--reply-to", &first]);
    home.ask(&["edit", &first, "first, changed"]);
    let gone = home.post("to go");
    home.ask(&["delete", &gone]);
    let file = rows(
        home,
        "busy.jsonl",
        &[(7, "old"), (7, "old too"), (9, "older")],
    );
    home.ask(&["import", "posts", &file]);
    home.ask(&["profile", "--bio", "busy"]);
    home.ask(&["follow", FOREIGN_KEY]);
}

#[test]
fn an_export_is_checked_anywhere_and_every_byte_of_it_counts() {
    let home = Home::new("Alice");
    let node = home.up();
    busy(&home);
    let file = home.file("log.hearth");
    let name = file.to_str().unwrap();
    let exported = home.ask(&["export", name]);
    assert_eq!(exported["bytes"], fs::metadata(&file).unwrap().len());
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let here = home.ask(&["verify"]);
    assert_eq!(here["bad"], json!([]));
    node.stop();
    let report = home.ask(&["verify", "--file", name]);
    assert_eq!(
        (&report["entries"], &report["bad"]),
        (&here["entries"], &json!([]))
    );
    let sum = report["ok"].as_u64().unwrap() + report["vouched"].as_u64().unwrap();
    assert_eq!(report["entries"].as_u64(), Some(sum));

    let whole = fs::read(&file).unwrap();
    let wrong = home.file("wrong.hearth");
    for at in (0..whole.len()).step_by(whole.len().div_ceil(80)) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&wrong, bytes).unwrap();
        let ended = home.run(&["verify", "--json", "--file", wrong.to_str().unwrap()]);
        assert_eq!(ended.code, 1, "byte {at}: {ended:?}");
        assert!(!ended.stderr.contains("panicked"), "byte {at}: {ended:?}");
        let told = !ended.stderr.is_empty()
            || ended.json()["bad"]
                .as_array()
                .is_some_and(|bad| !bad.is_empty());
        assert!(told, "byte {at}: {ended:?}");
    }
    for bytes in [
        &whole[..whole.len() - 1],
        &whole[..3],
        b"",
        b"{\"not\":\"an export\"}",
    ] {
        fs::write(&wrong, bytes).unwrap();
        home.run(&["verify", "--file", wrong.to_str().unwrap()])
            .refused(1, "export");
    }
    home.run(&["verify", "--file", "nowhere.hearth"])
        .refused(1, "nowhere.hearth");
}

/// Where an export file's items begin, and its end.
fn boundaries(file: &[u8]) -> Vec<usize> {
    let mut found = vec![b"HEARTHLOG".len() + 1];
    while let Some((length, _)) = file[found[found.len() - 1]..].split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        found.push(found[found.len() - 1] + 4 + length);
    }
    assert_eq!(found.last(), Some(&file.len()));
    found
}

#[test]
fn an_export_that_lacks_whole_items_is_no_export() {
    let home = Home::new("Alice");
    let node = home.up();
    // More entries than are exported in one run.
    let texts: Vec<_> = (0..200).map(|n| (n, format!("old {n}"))).collect();
    let given: Vec<_> = texts.iter().map(|(n, text)| (*n, text.as_str())).collect();
    let posts = rows(&home, "posts.jsonl", &given);
    home.ask(&["import", "posts", &posts, "--public"]);
    let file = home.file("log.hearth");
    home.ask(&["export", file.to_str().unwrap()]);
    node.stop();
    let whole = fs::read(&file).unwrap();
    let wrong = home.file("wrong.hearth");
    let name = wrong.to_str().unwrap();
    let verify = |bytes: &[u8]| {
        fs::write(&wrong, bytes).unwrap();
        home.run(&["verify", "--file", name])
    };
    assert_eq!(verify(&whole).code, 0);

    let at = boundaries(&whole);
    assert!(at.len() >= 5, "statements, two runs, the end: {at:?}");
    for end in &at[..at.len() - 1] {
        verify(&whole[..*end]).refused(1, "the export is cut off: export it again");
    }
    for run in at[1..at.len() - 1].windows(2) {
        verify(&[&whole[..run[0]], &whole[run[1]..]].concat())
            .refused(1, "the export is cut off: export it again");
    }
    for more in [&whole[at[1]..at[2]], &whole[at[at.len() - 2]..], &[0]] {
        verify(&[&whole, more].concat()).refused(1, "something follows the end");
    }
    verify(&[&whole[..at[0]], &whole[at[1]..]].concat())
        .refused(1, "the statements must come first");
    let mut newer = whole.clone();
    let kind = at[1] + 4 + 1;
    assert_eq!(newer[kind], 2, "a run");
    newer[kind] = 4;
    verify(&newer).refused(1, "newer version");
}

#[test]
fn reindexing_and_compacting_change_nothing_that_is_seen() {
    let home = Home::new("Alice");
    let node = home.up();
    busy(&home);
    let seen = || {
        (
            home.ask(&["timeline"]),
            home.ask(&["profile"]),
            home.ask(&["following"]),
            home.ask(&["verify"]),
        )
    };
    let before = seen();
    let done = home.ask(&["reindex"]);
    assert_eq!(done["entries"], before.3["entries"]);
    assert_eq!(seen(), before);
    assert_keys(&home.ask(&["compact"]), ["bytes_before", "bytes_after"]);
    assert_eq!(seen(), before);
    node.stop();
    assert_eq!(home.ask(&["reindex"]), done, "also without a node");
    let _node = home.up();
    assert_eq!(seen(), before);
}
