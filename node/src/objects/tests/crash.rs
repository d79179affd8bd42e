//! Processes that are killed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::*;

const CHILD_DIR: &str = "HEARTH_PACKS_TEST_DIR";
const KILLS_DEFAULT: usize = 40;
/// Kills before a home is begun anew, so that checking it stays quick.
const KILLS_PER_HOME: usize = 10;

fn kills() -> usize {
    let asked = std::env::var("HEARTH_FAULT_ROUNDS");
    asked.map_or(KILLS_DEFAULT, |rounds| rounds.parse().unwrap())
}

/// The length of the object with this number.
fn length(number: u64) -> usize {
    usize::try_from(number * 7919 % 40_000 + number % 5 * 60_000).unwrap()
}

/// The child's work, see [`nothing_committed_is_lost_when_killed`]; does nothing in an ordinary test run.
#[tokio::test]
async fn child_that_stores_until_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let place = Place::open(Path::new(&dir)).await;
    let mut next = u64::try_from(place.objects.count()).unwrap();
    announce("began");
    loop {
        let numbers: Vec<u64> = (next..next + next % 7 + 1).collect();
        let batch = numbers
            .iter()
            .map(|number| content(*number, length(*number)));
        let puts = place.objects.put_all(batch.collect()).await.unwrap();
        next += u64::try_from(numbers.len()).unwrap();
        if next.is_multiple_of(3) {
            place.objects.commit().await.unwrap();
        }
        if next.is_multiple_of(11) {
            place.objects.close_packs().await.unwrap();
        }
        if next.is_multiple_of(13) {
            tidy(&place.objects).await;
        }
        place.objects.commit().await.unwrap();
        for (number, put) in numbers.iter().zip(puts) {
            announce(&format!("committed {number} {}", put.id));
        }
    }
}

/// Tells the parent, who reads what the test harness doesn't catch.
fn announce(words: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{words}").unwrap();
}

/// Merges the smallest packs, and drops what nothing is read from.
async fn tidy(objects: &Objects) {
    let mut closed: Vec<PackInfo> = objects.packs();
    closed.retain(|pack| pack.is_closed && pack.objects > 0);
    closed.sort_by_key(|pack| pack.bytes);
    let smallest: Vec<u64> = closed.iter().take(3).map(|pack| pack.number).collect();
    match objects.merge(&smallest).await {
        Ok(_) | Err(ObjectError::PackLength { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    for pack in objects.packs() {
        if pack.is_closed && pack.objects == 0 {
            objects.drop_pack(pack.number).await.unwrap();
        }
    }
}

/// When a child is killed.
#[derive(Debug, Clone, Copy)]
enum Life {
    /// So long after it was started: while it opens what is there, as it may be.
    SinceStart(Duration),
    /// So long after it began to store.
    SinceBeginning(Duration),
}

/// A child that works in `dir` until it is killed; what it said was committed.
fn killed(dir: &Path, life: Life) -> Vec<(u64, ObjectId)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "child_that_stores_until_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD_DIR, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (began, beginning) = mpsc::channel();
    let reader = std::thread::spawn(move || -> Vec<String> {
        let lines = lines.map_while(Result::ok);
        lines
            .inspect(|line| {
                if line == "began" {
                    let _ = began.send(());
                }
            })
            .collect()
    });
    match life {
        Life::SinceStart(life) => std::thread::sleep(life),
        Life::SinceBeginning(life) => {
            beginning.recv().unwrap();
            std::thread::sleep(life);
        }
    }
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let lines = reader.join().unwrap();
    assert!(ended.is_none(), "it ended by itself: {lines:?}");
    let committed = lines.iter().filter_map(|line| {
        let (number, id) = line.strip_prefix("committed ")?.split_once(' ')?;
        // The last line may have been cut off.
        Some((number.parse().ok()?, id.parse().ok()?))
    });
    committed.collect()
}

#[test]
fn nothing_committed_is_lost_when_killed() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut seed = u64::from(std::process::id());
    let mut most = 0;
    for first in (0..kills()).step_by(KILLS_PER_HOME) {
        let scratch = tempfile::tempdir().unwrap();
        let mut committed = Vec::new();
        for _ in first..kills().min(first + KILLS_PER_HOME) {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let time = Duration::from_micros((seed >> 33) % 200_000);
            let life = match seed >> 62 {
                0 => Life::SinceStart(time),
                _ => Life::SinceBeginning(time),
            };
            committed.extend(killed(scratch.path(), life));
            runtime.block_on(async {
                let place = Place::open(scratch.path()).await;
                for (number, id) in &committed {
                    let found = place.objects.get(id).await;
                    let found =
                        found.unwrap_or_else(|error| panic!("{number}, seed {seed}: {error}"));
                    assert!(
                        found == content(*number, length(*number)),
                        "{number}, seed {seed}"
                    );
                }
                // Whatever else is listed can be read, too.
                for pack in place.objects.packs() {
                    assert!(pack.is_here, "{pack:?}");
                    place.objects.read_pack(pack.number).await.unwrap();
                }
                place.close();
            });
        }
        most = most.max(committed.len());
    }
    assert!(most > 0);
}
