//! Backing up to friends and to a folder, with real nodes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::browser::Browser;
use crate::harness::{Home, Node, TCP, until, until_within};

/// "Within a minute", on a machine that has other things to do.
const MINUTE: Duration = Duration::from_secs(120);

/// Bytes that no two numbers share.
fn noise(number: u64, bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_be_bytes());
    hasher.finalize_xof().fill(&mut noise);
    noise
}

/// A node whose backup waits a moment only after a change; with no delay given, for ever.
#[track_caller]
fn up<'a>(home: &'a Home, name: &str, delay_ms: Option<u64>) -> Node<'a> {
    let args = ["up", "--json", "--no-mdns", "--http", "127.0.0.1:0"];
    let mut command = home.command(&args);
    command.args(["--name", name, "--listen", TCP]);
    let delay_ms = delay_ms.unwrap_or(24 * 60 * 60 * 1000);
    command.env("HEARTH_BACKUP_DELAY_MS", delay_ms.to_string());
    home.start(command)
        .unwrap_or_else(|ended| panic!("{name} didn't start: {ended:?}\n{}", home.logged()))
}

/// Makes friends of two, of whom the second pledges to the first.
#[track_caller]
fn befriend(owner: &Home, friend: &Home, size: &str) {
    let (mine, theirs) = (owner.identity(), friend.identity());
    owner.ask(&["follow", &friend.link()]);
    friend.ask(&["follow", &owner.link()]);
    friend.ask(&["pledge", &mine, size]);
    until_within(MINUTE, "the pledge counts", || {
        let guardians = owner.ask(&["guardians"]);
        let mut guardians = guardians.as_array().unwrap().iter();
        guardians
            .any(|guardian| guardian["identity"] == theirs && guardian["pledged_to_me"] != 0)
            .then_some(())
    });
}

fn put(home: &Home, name: &str, number: u64, bytes: usize) -> PathBuf {
    let path = home.file(name);
    fs::write(&path, noise(number, bytes)).unwrap();
    home.ask(&["files", "put", path.to_str().unwrap()]);
    path
}

fn number(answer: &Value, field: &str) -> u64 {
    answer[field]
        .as_u64()
        .unwrap_or_else(|| panic!("no {field} in {answer}"))
}

fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path);
        }
    }
    found
}

#[test]
fn a_friend_keeps_what_changes_and_says_so() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, at_bob) = (up(&alice, "Alice", Some(300)), up(&bob, "Bob", None));
    let alone = alice.ask(&["backup", "now", "--wait"]);
    assert_eq!(alone["complete"], false, "{alone}");
    let health = alice.ask(&["backup", "status"]);
    assert_eq!(number(&health, "guardians"), 0);
    assert!(health.get("last_snapshot").is_none(), "{health}");
    befriend(&alice, &bob, "100MB");

    put(&alice, "one.bin", 1, 300_000);
    // That Bob follows is noted for other devices as soon as he says so.
    let first = until("nothing changes any more", || {
        let now = || alice.ask(&["backup", "now", "--wait"]);
        let first = now();
        std::thread::sleep(Duration::from_millis(500));
        let again = now();
        (first["snapshot"] == again["snapshot"]).then_some(first)
    });
    assert_eq!(first["complete"], true, "{first}");
    assert_eq!((number(&first, "k"), number(&first, "n")), (1, 1));
    let health = alice.ask(&["backup", "status"]);
    assert_eq!(number(&health, "packs_below_target"), 0, "{health}");
    assert_eq!(health["last_snapshot"]["id"], first["snapshot"]);
    assert!(number(&health, "source_bytes") >= 300_000);
    assert!(number(&health, "stored_bytes") >= 300_000);
    until("Bob says how much he keeps", || {
        let guardians = alice.ask(&["guardians"]);
        (number(&guardians[0], "used_by_me") >= 300_000).then_some(())
    });

    // The page says the same, and what there would be without him.
    let browser = Browser::signed_in(&at_alice, at_alice.ready["web"].as_str().unwrap());
    let key = bob.identity();
    let page = browser.page("/backup");
    assert!(
        page.contains(&format!("/backup?without={key}#circle")),
        "{page}"
    );
    assert!(page.contains("your one friend must stay"));
    let without = browser.page(&format!("/backup?without={key}"));
    assert!(
        without.contains("Without Bob, nothing comes back"),
        "{without}"
    );
    assert_eq!(browser.get("/backup?without=nobody").status, 400);
    let everybody = alice.ask(&["backup", "what-if"]);
    assert_eq!(everybody["files_back_bytes"], everybody["files_bytes"]);
    assert!(number(&everybody, "files_bytes") >= 300_000);
    assert_eq!(everybody["is_found"], true);
    let nobody = alice.ask(&["backup", "what-if", &key]);
    assert_eq!(
        (&nobody["is_found"], &nobody["files_back_bytes"]),
        (&false.into(), &0.into())
    );
    alice.run(&["backup", "what-if", "nobody"]).refused(2, "");

    // Nothing changed, so that nothing is sent.
    let again = alice.ask(&["backup", "now", "--wait"]);
    assert_eq!(again["snapshot"], first["snapshot"]);
    assert_eq!(number(&again, "sent_bytes"), 0, "{again}");

    // What changes is kept without being told.
    alice.post("something new");
    until_within(MINUTE, "another snapshot by itself", || {
        let snapshots = alice.ask(&["backup", "snapshots"]);
        let snapshots = snapshots.as_array().unwrap();
        (snapshots.len() > 1 && snapshots[0]["id"] != first["snapshot"]).then_some(())
    });

    // While the friend is away it is told that it isn't complete; later it is.
    drop(at_bob);
    put(&alice, "two.bin", 2, 50_000);
    let away = alice.ask(&["backup", "now", "--wait"]);
    assert_eq!(away["complete"], false, "{away}");
    let _at_bob = up(&bob, "Bob", None);
    until_within(MINUTE, "all of it is with Bob", || {
        let health = alice.ask(&["backup", "status"]);
        (health["last_snapshot"]["id"] == away["snapshot"]
            && number(&health, "packs_below_target") == 0)
            .then_some(())
    });
}

#[test]
fn six_friends_get_shards_and_kills_lose_nothing() {
    let owner = Home::new("Alice");
    let names = ["Bob", "Carol", "Dave", "Erin", "Frank", "Grace"];
    let friends: Vec<Home> = names.iter().map(|name| Home::new(name)).collect();
    let mut at_owner = up(&owner, "Alice", None);
    let nodes: Vec<Node<'_>> = friends
        .iter()
        .zip(names)
        .map(|(home, name)| up(home, name, None))
        .collect();
    for friend in &friends {
        befriend(&owner, friend, "200MB");
    }
    for number in 0..6 {
        put(&owner, &format!("{number}.bin"), number, 2_000_000);
    }
    // Killed while it sends, again and again; each life goes on where the last one was.
    for life_ms in [300, 700, 1_200] {
        owner.ask(&["backup", "now"]);
        std::thread::sleep(Duration::from_millis(life_ms));
        at_owner.kill();
        at_owner = up(&owner, "Alice", None);
    }
    let outcome = until_within(MINUTE, "all of it is with friends", || {
        let outcome = owner.ask(&["backup", "now", "--wait"]);
        (outcome["complete"] == true).then_some(outcome)
    });
    assert_eq!((number(&outcome, "k"), number(&outcome, "n")), (2, 6));
    let health = owner.ask(&["backup", "status"]);
    assert_eq!(number(&health, "survives_losses"), 4, "{health}");
    assert_eq!(number(&health, "missing_shards"), 0);
    let (source, stored) = (
        number(&health, "source_bytes"),
        number(&health, "stored_bytes"),
    );
    assert!(stored >= 3 * source && stored < 5 * source, "{health}");
    let guardians = owner.ask(&["guardians"]);
    let used = guardians.as_array().unwrap().iter();
    let used: Vec<u64> = used
        .map(|guardian| number(guardian, "used_by_me"))
        .collect();
    assert_eq!(used.len(), 6);
    let most = used.iter().max().unwrap();
    assert!(used.iter().all(|used| 2 * used > *most), "{used:?}");

    owner
        .run(&["backup", "settings", "--survive", "6"])
        .refused(2, "ask more friends");
    let settings = owner.ask(&["backup", "settings", "--survive", "5", "--rate", "50MB"]);
    assert_eq!(number(&settings, "survive"), 5);
    assert_eq!(number(&settings, "bytes_per_second"), 50_000_000);
    let outcome = until_within(MINUTE, "copies lie with all six", || {
        let outcome = owner.ask(&["backup", "now", "--wait"]);
        (outcome["complete"] == true).then_some(outcome)
    });
    assert_eq!((number(&outcome, "k"), number(&outcome, "n")), (1, 6));
    assert_eq!(
        number(&owner.ask(&["backup", "status"]), "survives_losses"),
        5
    );
    drop(nodes);
    drop(at_owner);
}

#[test]
fn a_guardian_who_is_killed_or_full_is_no_end() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (_at_alice, at_bob) = (up(&alice, "Alice", None), up(&bob, "Bob", None));
    befriend(&alice, &bob, "1MB");
    put(&alice, "large.bin", 1, 3_000_000);
    let full = alice.ask(&["backup", "now", "--wait"]);
    assert_eq!(full["complete"], false, "{full}");
    bob.ask(&["pledge", &alice.identity(), "100MB"]);
    alice.ask(&["backup", "now"]);
    std::thread::sleep(Duration::from_millis(400));
    at_bob.kill();
    let _at_bob = up(&bob, "Bob", None);
    until_within(MINUTE, "all of it is with Bob", || {
        let outcome = alice.ask(&["backup", "now", "--wait"]);
        (outcome["complete"] == true).then_some(())
    });
}

#[test]
fn a_folder_takes_a_backup_and_only_what_is_new() {
    let alice = Home::new("Alice");
    let at_alice = up(&alice, "Alice", None);
    put(&alice, "a.bin", 1, 500_000);
    let disk = alice.file("disk");
    fs::create_dir(&disk).unwrap();
    // As a person names it: from where they are.
    let first = alice.ask(&["backup", "to", "disk"]);
    assert_eq!(first["complete"], true, "{first}");
    assert!(number(&first, "sent_bytes") > 500_000);
    let shelf = disk.join("hearth-backup").join(alice.identity());
    for part in ["packs", "pages", "roots"] {
        assert!(!files(&shelf.join(part)).is_empty(), "{part}");
    }
    let before = files(&disk);
    let again = alice.ask(&["backup", "to", "disk"]);
    assert_eq!(number(&again, "sent_bytes"), 0, "{again}");
    assert_eq!(files(&disk), before);
    put(&alice, "b.bin", 2, 10_000);
    let second = alice.ask(&["backup", "to", "disk"]);
    assert!(number(&second, "sent_bytes") < 400_000, "{second}");
    assert!(files(&disk).is_superset(&before));
    // Nobody reads in it what is in the files.
    let known = noise(1, 64);
    for path in files(&disk) {
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(64).any(|window| window == known), "{path:?}");
    }
    alice
        .run(&["backup", "to", "/proc/nothing"])
        .refused(1, "can't write");
    at_alice.stop();
}

#[test]
fn what_a_guardian_stores_tells_nothing() {
    const TEXT: &[u8] = b"The same known file at two people, named rather-telling-name.txt. ";
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let nodes = [
        up(&alice, "Alice", None),
        up(&bob, "Bob", None),
        up(&carol, "Carol", None),
    ];
    befriend(&alice, &carol, "50MB");
    befriend(&bob, &carol, "50MB");
    for home in [&alice, &bob] {
        let path = home.file("rather-telling-name.txt");
        fs::write(&path, TEXT.repeat(400)).unwrap();
        home.ask(&["files", "put", path.to_str().unwrap()]);
        let outcome = home.ask(&["backup", "now", "--wait"]);
        assert_eq!(outcome["complete"], true, "{outcome}");
    }
    until("it is all written", || {
        let guardians = carol.ask(&["guardians"]);
        let guardians = guardians.as_array().unwrap();
        let kept = guardians
            .iter()
            .filter(|guardian| number(guardian, "used_on_me") > 0);
        (kept.count() == 2).then_some(())
    });
    drop(nodes);
    for path in files(&carol.dir().join("shards")) {
        let bytes = fs::read(&path).unwrap();
        for known in [&TEXT[..40], b"rather-telling-name"] {
            let found = bytes.windows(known.len()).any(|window| window == known);
            assert!(!found, "{path:?}");
        }
    }
}
