//! What was acknowledged is there after any end, and a log never forks.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Chance, Home, QUIC, TCP, number_of, run, until};

/// How often the power ends; `HEARTH_FAULT_ROUNDS` says otherwise, `HEARTH_FAULT_SEED` repeats the moments.
const ROUNDS_DEFAULT: u64 = 30;
/// Posts that are being written at once when the power ends.
const WRITERS: usize = 2;

#[track_caller]
fn assert_sound(home: &Home, acknowledged: &BTreeSet<String>) {
    let all = home.all(&["timeline"]);
    let there: BTreeSet<String> = all
        .iter()
        .map(|post| post["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(there.len(), all.len(), "nothing is there twice");
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(
        lost.is_empty(),
        "{} of {} are lost: {lost:?}",
        lost.len(),
        acknowledged.len()
    );
    let report = home.ask(&["verify"]);
    assert_eq!(report["bad"], json!([]), "{report}");
    let status = home.ask(&["status"]);
    for log in status["logs"].as_array().unwrap() {
        assert_eq!(log.get("forked"), None, "{status}");
        let have: Vec<(u64, u64)> = serde_json::from_value(log["have"].clone()).unwrap();
        assert!(matches!(have[..], [(0, _)]), "{status}");
    }
}

/// The power ends at random moments while posts are written, sometimes while the node starts and sometimes at the follower
/// who takes them in, and who would see a fork.
#[test]
fn acknowledged_posts_survive_kills() {
    let rounds = number_of("HEARTH_FAULT_ROUNDS").unwrap_or(ROUNDS_DEFAULT);
    let mut chance = Chance::new();
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let mut at_bob = Some(bob.up_on(&[TCP]));
    let acknowledged = Mutex::new(BTreeSet::new());
    for round in 0..rounds {
        if round > 0 {
            alice.up_and_kill(Duration::from_millis(chance.below(120)));
        }
        let node = alice.up_on(&[TCP]);
        if round == 0 {
            bob.ask(&["follow", &alice.link()]);
        }
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (alice, over, acknowledged) = (&alice, &over, &acknowledged);
                scope.spawn(move || {
                    write_until(alice, &format!("{round}-{writer}"), over, acknowledged)
                });
            }
            // At least one is acknowledged; the rest is wherever this moment finds it.
            let before = acknowledged.lock().unwrap().len();
            until("a post is written", || {
                (acknowledged.lock().unwrap().len() > before).then_some(())
            });
            thread::sleep(Duration::from_millis(chance.below(150)));
            if chance.below(3) == 0 {
                at_bob.take().unwrap().kill();
                at_bob = Some(bob.up_on(&[TCP]));
            }
            node.kill();
            over.store(true, Ordering::SeqCst);
        });
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() as u64 >= rounds);
    let _node = alice.up_on(&[TCP]);
    assert_sound(&alice, &acknowledged);
    let identity = alice.identity();
    until("Bob has it all", || {
        (bob.have(&identity) == alice.have(&identity)).then_some(())
    });
    assert_sound(&bob, &acknowledged);
    assert_eq!(
        bob.all(&["posts", &identity]).len(),
        alice.all(&["timeline"]).len()
    );
}

fn write_until(
    home: &Home,
    prefix: &str,
    over: &AtomicBool,
    acknowledged: &Mutex<BTreeSet<String>>,
) {
    let mut number = 0;
    while !over.load(Ordering::SeqCst) {
        let ended = home.run(&["post", "--public", "--json", &format!("{prefix}-{number}")]);
        number += 1;
        if ended.code == 0 {
            let id = ended.json()["id"].as_str().unwrap().to_owned();
            acknowledged.lock().unwrap().insert(id);
        }
    }
}

/// An import that is cut off goes on where it was, and nothing is there twice.
#[test]
fn an_import_that_was_cut_off_goes_on() {
    const ROWS: usize = 6_000;
    let home = Home::new("Alice");
    let file = home.file("rows.jsonl");
    let rows: String = (0..ROWS)
        .map(|row| {
            format!(
                "{{\"time_ms\":{},\"text\":\"row {row}\"}}\n",
                1_000 + row / 3
            )
        })
        .collect();
    fs::write(&file, rows).unwrap();
    let import = ["import", "posts", file.to_str().unwrap()];
    let node = home.up();
    let mut command = home.command(&import);
    let mut running = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("some rows are in", || {
        (!home.texts(&["timeline", "--limit", "1"]).is_empty()).then_some(())
    });
    node.kill();
    let ended = running.wait().unwrap();
    let _node = home.up();
    let there = home.all(&["timeline"]).len();
    assert!(there < ROWS || ended.success(), "{there} {ended:?}");
    let answer = home.ask(&import);
    assert_eq!(
        answer,
        json!({ "imported": ROWS - there, "skipped": there })
    );
    let all = home.all(&["timeline"]);
    let texts: Vec<&str> = all
        .iter()
        .map(|post| post["text"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = (0..ROWS).map(|row| format!("row {row}")).collect();
    assert_eq!(texts, expected);
    assert_sound(&home, &BTreeSet::new());
}

/// A limit on the size of files stands for a full disk: writes fail, and the process lives.
#[test]
fn a_full_disk_loses_nothing() {
    let home = Home::new("Alice");
    let node = home.up();
    let mut acknowledged = BTreeSet::from([home.post("before")]);
    node.stop();

    let program = env!("CARGO_BIN_EXE_hearth");
    let script = "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\"";
    let mut command = home.command_of("/bin/sh".as_ref(), &["-c", script, program]);
    command.args([
        "up",
        "--json",
        "--no-mdns",
        "--http",
        "127.0.0.1:0",
        "--listen",
        QUIC,
    ]);
    let node = home.start(command).unwrap();
    let refusal = (0..2_000).find_map(|number| {
        let text = format!("{number} {}", "full ".repeat(3_000));
        let ended = home.run_with(&["post", "--public", "-", "--json"], text.as_bytes());
        if ended.code == 0 {
            let id = ended.json()["id"].as_str().unwrap().to_owned();
            acknowledged.insert(id);
        }
        (ended.code != 0).then_some(ended)
    });
    let refusal = refusal.expect("a limit was set");
    refusal.refused(1, "disk");
    assert!(!home.logged().contains("panicked"), "{}", home.logged());
    node.terminate();
    node.ended();

    let _node = home.up();
    assert_sound(&home, &acknowledged);
    acknowledged.insert(home.post("after"));
    assert_sound(&home, &acknowledged);
}

/// Commands that ask at the same time all get through, in a row without gaps.
#[test]
fn writers_at_once_share_one_log() {
    let home = Home::new("Alice");
    let _node = home.up();
    let mut seqs: Vec<u64> = thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let home = &home;
                scope.spawn(move || -> Vec<u64> {
                    let post = |number| {
                        run(
                            home.command(&[
                                "post",
                                "--public",
                                "--json",
                                &format!("{writer} {number}"),
                            ]),
                            b"",
                        )
                        .json()
                    };
                    (0..10)
                        .map(|number| -> Value { post(number) })
                        .map(|posted| posted["seq"].as_u64().unwrap())
                        .collect()
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });
    seqs.sort_unstable();
    let first = seqs[0];
    assert_eq!(seqs, (first..first + 80).collect::<Vec<_>>());
    assert_sound(&home, &BTreeSet::new());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Alice's disk goes back to an older state, while her friend holds what she wrote since.
fn rolled_back(alice: &Home, bob: &Home) {
    let node = alice.up_on(&[TCP]);
    bob.ask(&["follow", &alice.link()]);
    let identity = alice.identity();
    alice.post("before");
    node.stop();
    let kept = alice.file("kept");
    copy(&alice.dir(), &kept);
    let node = alice.up_on(&[TCP]);
    alice.post("since");
    until("Bob has it", || {
        let texts = bob.texts(&["posts", &identity]);
        (texts == ["since", "before"]).then_some(())
    });
    node.kill();
    fs::remove_dir_all(alice.dir()).unwrap();
    fs::rename(&kept, alice.dir()).unwrap();
}

#[test]
fn a_rolled_back_disk_is_filled_up_by_friends() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let _at_bob = bob.up_on(&[TCP]);
    rolled_back(&alice, &bob);
    let _at_alice = alice.up_on(&[TCP]);
    let identity = alice.identity();
    until("Alice has her own post again", || {
        let texts = alice.texts(&["timeline"]);
        (texts == ["since", "before"]).then_some(())
    });
    alice.post("after");
    for home in [&alice, &bob] {
        until("all three are there", || {
            let texts = home.texts(&["posts", &identity]);
            (texts == ["after", "since", "before"]).then_some(())
        });
        assert_sound(home, &BTreeSet::new());
    }
}

/// She writes before anybody can tell her: the log forks, nothing that was held is lost, and she goes on in another.
/// The store is gone, the keys are there: what friends hold comes back, and nothing forks.
#[test]
fn a_lost_store_is_filled_up_by_friends() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let node = alice.up_on(&[TCP]);
    let _at_bob = bob.up_on(&[TCP]);
    bob.ask(&["follow", &alice.link()]);
    let identity = alice.identity();
    alice.post("before");
    until("Bob has it", || {
        (bob.texts(&["posts", &identity]) == ["before"]).then_some(())
    });
    node.kill();
    fs::remove_dir_all(alice.dir().join("store")).unwrap();
    let _node = alice.up_on(&[TCP]);
    alice.post("after");
    for home in [&alice, &bob] {
        until("both are there", || {
            (home.texts(&["posts", &identity]) == ["after", "before"]).then_some(())
        });
        let status = home.ask(&["status"]);
        let logs = status["logs"].as_array().unwrap();
        assert!(
            logs.iter().all(|log| log.get("forked").is_none()),
            "{status}"
        );
    }
    assert_eq!(alice.ask(&["id"])["name"], "Alice");
}

#[test]
fn a_fork_hides_nothing_and_ends_nothing() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let at_bob = bob.up_on(&[TCP]);
    rolled_back(&alice, &bob);
    at_bob.stop();
    let _at_alice = alice.up_on(&[TCP]);
    let identity = alice.identity();
    alice.post("alone");
    let _at_bob = bob.up_on(&[TCP]);
    until("Bob is back", || {
        bob.is_connected_with(&identity).then_some(())
    });
    until("a post after the fork reaches Bob", || {
        alice.post("after");
        let texts = bob.texts(&["posts", &identity]);
        texts.contains(&"after".to_owned()).then_some(())
    });
    let texts = bob.texts(&["posts", &identity]);
    assert!(
        ["since", "before"]
            .iter()
            .all(|text| texts.iter().any(|there| there == text)),
        "{texts:?}"
    );
    let own = alice.texts(&["timeline"]);
    assert!(
        ["alone", "before"]
            .iter()
            .all(|text| own.iter().any(|there| there == text)),
        "{own:?}"
    );
    for home in [&alice, &bob] {
        let status = home.ask(&["status"]);
        let logs = status["logs"].as_array().unwrap();
        assert!(
            logs.iter().any(|log| log.get("forked").is_some()),
            "both know of the fork: {status}"
        );
        assert_eq!(home.ask(&["verify"])["bad"], json!([]));
    }
}
