//! A process that is killed while it puts, drops, and copies.
//!
//! `HEARTH_FAULT_ROUNDS` is how often it is, `HEARTH_FAULT_SEED` repeats the moments.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::*;
use crate::store::tests::power::{rounds, seed};

const KILLS_DEFAULT: usize = 60;
const CHILD_DIR: &str = "HEARTH_SHARDS_CRASH_DIR";

/// The child's work; does nothing in an ordinary test run.
#[test]
fn child_that_keeps_until_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let (shards, _thread) = Shards::open_within(Path::new(&dir), limits()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let first: u64 = std::env::var("HEARTH_SHARDS_FIRST")
        .unwrap()
        .parse()
        .unwrap();
    runtime.block_on(async {
        for group in 0.. {
            let first = first + group * 8;
            let puts = (first..first + 8).map(|number| {
                let (shards, bytes) = (shards.clone(), shard(number));
                async move {
                    shards
                        .put(row(alice(), number, &bytes), bytes)
                        .await
                        .unwrap();
                    say("put", number);
                }
            });
            futures::future::join_all(puts).await;
            // The first half of each group goes again.
            let dropped = first..first + 4;
            dropped.clone().for_each(|number| say("drop", number));
            let ids = dropped.map(|number| id(&shard(number))).collect();
            shards.release(alice(), ids, laptop(), 0).await.unwrap();
            if group % 3 == 0 {
                shards.sweep(1, 1).await.unwrap();
            }
            if group % 9 == 0 {
                shards.compact().await.unwrap();
            }
        }
    });
}

/// Tells the parent, who reads what the test harness doesn't catch.
fn say(what: &str, number: u64) {
    writeln!(std::io::stderr(), "said {what} {number}").unwrap();
}

/// A child that works in `dir` until it is killed; what it said.
fn killed(dir: &Path, first: u64, life: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "child_that_keeps_until_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD_DIR, dir)
        .env("HEARTH_SHARDS_FIRST", first.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let reader = std::thread::spawn(move || -> Vec<String> {
        let lines = lines.map_while(Result::ok);
        lines
            .filter_map(|line| Some(line.strip_prefix("said ")?.to_owned()))
            .collect()
    });
    std::thread::sleep(life);
    let ended = child.try_wait().unwrap();
    assert!(ended.is_none(), "it ended by itself: {ended:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn nothing_that_was_confirmed_is_lost_when_killed() {
    let (mut chance, mut most) = (Chance(seed()), 0);
    let scratch = tempfile::tempdir().unwrap();
    let (mut put, mut dropped) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..rounds(KILLS_DEFAULT) {
        let dir = scratch.path().join((round / 12).to_string());
        if round % 12 == 0 {
            put.clear();
            dropped.clear();
        }
        let life = Duration::from_micros(30_000 + chance.next() % 400_000);
        let first = 1_000 * round as u64;
        for said in killed(&dir, first, life) {
            let Some((what, number)) = said.split_once(' ') else {
                continue;
            };
            // The last line may have been cut off.
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            if what == "put" {
                put.insert(number);
            } else {
                dropped.insert(number);
            }
        }
        let mut keeper = keeper(&dir);
        for number in &put {
            match held(&mut keeper, *number) {
                Some(bytes) => assert!(bytes == shard(*number), "{number} is another"),
                None => assert!(dropped.contains(number), "{number} is lost"),
            }
        }
        assert_eq!(lock(keeper.index.counts()).lost, Lost::default());
        most = most.max(put.len());
    }
    assert!(most > 0);
}
