//! A damaged store: the node sets it aside by itself, and what friends hold comes back.
//!
//! `HEARTH_FAULT_SEED` repeats a run, `HEARTH_FAULT_ROUNDS` tries that many damages instead of three.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Chance, Home, TCP, number_of, until};

const ROUNDS_DEFAULT: u64 = 3;
const POSTS: u64 = 25;

fn database(home: &Home) -> PathBuf {
    let store = home.dir().join("store");
    store.join(fs::read_to_string(store.join("CURRENT")).unwrap().trim())
}

/// Flips bytes of the database's log, more the later the round: from a scratch to a wreck.
fn damage(home: &Home, round: u64, chance: &mut Chance) {
    let log = File::options()
        .read(true)
        .write(true)
        .open(database(home).join("db"))
        .unwrap();
    // What was written, not what the file has room for.
    let length = fs::read(database(home).join("db"))
        .unwrap()
        .iter()
        .rposition(|byte| *byte != 0)
        .unwrap() as u64;
    for _ in 0..1 + round * 40 {
        let at = chance.below(length);
        let mut byte = [0];
        log.read_exact_at(&mut byte, at).unwrap();
        log.write_all_at(&[!byte[0]], at).unwrap();
    }
}

fn posts(home: &Home) -> BTreeSet<String> {
    let identity = home.identity();
    let all = home.all(&["posts", &identity]);
    all.iter()
        .map(|post| post["id"].as_str().unwrap().to_owned())
        .collect()
}

fn follows(home: &Home, identity: &str) -> bool {
    let following = home.ask(&["following"]);
    following
        .as_array()
        .unwrap()
        .iter()
        .any(|person| person["identity"] == identity)
}

#[track_caller]
fn assert_no_fork(home: &Home) {
    let status = home.ask(&["status"]);
    let logs = status["logs"].as_array().unwrap();
    assert!(
        logs.iter().all(|log| log.get("forked").is_none()),
        "{status}"
    );
    assert_eq!(home.ask(&["verify"])["bad"], serde_json::json!([]));
}

fn asides(home: &Home) -> usize {
    let entries = fs::read_dir(home.dir()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("store-damaged-"))
        .count()
}

/// Alice and Bob follow each other, and he holds all that she wrote.
fn friends(alice: &Home, bob: &Home) -> BTreeSet<String> {
    alice.ask(&["follow", &bob.link()]);
    bob.ask(&["follow", &alice.link()]);
    let acknowledged: BTreeSet<String> = (0..POSTS)
        .map(|number| {
            alice.post(&format!(
                "{number} {}",
                "z".repeat((number * 113 % 2000) as usize)
            ))
        })
        .collect();
    let identity = alice.identity();
    until("Bob has it", || {
        (bob.all(&["posts", &identity]).len() as u64 == POSTS).then_some(())
    });
    until("the memo is there", || {
        alice.dir().join("memo").exists().then_some(())
    });
    acknowledged
}

#[test]
fn what_friends_hold_comes_back_after_random_damage() {
    let mut chance = Chance::new();
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let _at_bob = bob.up_on(&[TCP]);
    let mut node = alice.up_on(&[TCP]);
    let mut acknowledged = friends(&alice, &bob);
    let (me, him) = (alice.identity(), bob.identity());
    let mut rebuilt = 0;
    for round in 0..number_of("HEARTH_FAULT_ROUNDS").unwrap_or(ROUNDS_DEFAULT) {
        node.kill();
        let before = asides(&alice);
        damage(&alice, round, &mut chance);
        // The power may end while it is being rebuilt, too.
        for _ in 0..chance.below(3) {
            alice.up_and_kill(Duration::from_millis(chance.below(250)));
        }
        node = alice.up_on(&[TCP]);
        assert!(!alice.logged().contains("panicked"), "{}", alice.logged());
        let status = alice.ask(&["status"]);
        if status["rebuilt"] != Value::Null && asides(&alice) != before {
            rebuilt += 1;
            let aside = status["rebuilt"]["aside"].as_str().unwrap();
            assert!(alice.dir().join(aside).join("CURRENT").exists());
        }
        // Without waiting for what comes back.
        acknowledged.insert(alice.post(&format!("after {round}")));
        until("all is back", || {
            acknowledged.is_subset(&posts(&alice)).then_some(())
        });
        until("whom she follows is known", || {
            follows(&alice, &him).then_some(())
        });
        let last = alice.texts(&["posts", &me])[0].clone();
        until("Bob has the newest", || {
            bob.texts(&["posts", &me]).contains(&last).then_some(())
        });
        until("Bob has all", || {
            (bob.all(&["posts", &me]).len() == acknowledged.len()).then_some(())
        });
        assert_eq!(posts(&alice), acknowledged, "nothing is there twice");
        [&alice, &bob].into_iter().for_each(assert_no_fork);
    }
    assert!(rebuilt > 0, "{}", alice.logged());
    assert!(asides(&alice) <= 2);
}

fn wreck(dir: &Path) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            wreck(&path);
        } else {
            fs::write(path, [0xa5; 5_000]).unwrap();
        }
    }
}

/// Nothing can be read: keys and memo are all there is.
#[test]
fn a_wreck_is_rebuilt_from_memo_and_friends() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let _at_bob = bob.up_on(&[TCP]);
    let node = alice.up_on(&[TCP]);
    let mut acknowledged = friends(&alice, &bob);
    let him = bob.identity();
    until("the memo knows Bob", || {
        let memo = fs::read(alice.dir().join("memo")).unwrap();
        String::from_utf8_lossy(&memo)
            .contains("/ip4/127.0.0.1/tcp/")
            .then_some(())
    });
    let his = bob.post("from Bob");
    node.kill();
    wreck(&database(&alice));
    let _node = alice.up_on(&[TCP]);
    assert!(!alice.logged().contains("panicked"), "{}", alice.logged());
    assert_eq!(alice.ask(&["status"])["rebuilt"]["entries"], 0);
    acknowledged.insert(alice.post("after"));
    until("all is back", || {
        acknowledged.is_subset(&posts(&alice)).then_some(())
    });
    until("whom she follows is known, and what they wrote", || {
        let timeline = alice.ask(&["timeline"]);
        let has_his = timeline
            .as_array()
            .unwrap()
            .iter()
            .any(|post| post["id"] == his.as_str());
        (follows(&alice, &him) && has_his).then_some(())
    });
    let me = alice.identity();
    until("Bob has the newest", || {
        bob.texts(&["posts", &me])
            .contains(&"after".to_owned())
            .then_some(())
    });
    [&alice, &bob].into_iter().for_each(assert_no_fork);
}

/// Damage that was noticed while the node ran is looked into at the next start.
#[test]
fn a_marked_store_is_looked_into() {
    let alice = Home::new("Alice");
    let node = alice.up_on(&[TCP]);
    alice.post("one");
    node.stop();
    let marker = alice.dir().join("store/DAMAGED");
    fs::write(&marker, "something").unwrap();
    let node = alice.up_on(&[TCP]);
    assert!(!marker.exists());
    assert_eq!(alice.texts(&["timeline"]), ["one"]);
    assert_eq!(asides(&alice), 0, "a false alarm");
    node.stop();
}
