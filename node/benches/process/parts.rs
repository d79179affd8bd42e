//! What is measured, part by part.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::join_all;
use hearth_node::measure::{Author, Kept, Node, Readable, Signed, verify_each};
use serde_json::json;

use crate::daemon::{Client, Daemon};
use crate::texts::{text, text_of};
use crate::{Scale, row};

/// Entries in one run, and runs made durable together.
const RUN: usize = 250;
const GROUP: usize = 16;

/// The value below which this part of all lies.
fn quantile(times: &mut [Duration], part: f64) -> f64 {
    times.sort();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    let at = (times.len() as f64 * part) as usize;
    times[at.min(times.len() - 1)].as_secs_f64() * 1e3
}

fn p50_p99(mut times: Vec<Duration>) -> String {
    let (p50, p99) = (quantile(&mut times, 0.5), quantile(&mut times, 0.99));
    format!("{p50:.2} / {p99:.2} ms")
}

#[allow(clippy::cast_precision_loss)]
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// How long this disk takes to make 4 KiB durable, in a file whose length doesn't change.
fn syncs(dir: &Path) -> Vec<Duration> {
    let file = File::create(dir.join("sync")).unwrap();
    file.write_all_at(&vec![0; 4 << 20], 0).unwrap();
    file.sync_all().unwrap();
    let sync = |number: u64| {
        let begun = Instant::now();
        file.write_all_at(&[1; 4096], number * 4096).unwrap();
        file.sync_data().unwrap();
        begun.elapsed()
    };
    (0..500).map(sync).collect()
}

/// Posts at the API, one at a time and many at once.
pub(crate) async fn posts(scale: &Scale) {
    let dir = tempfile::tempdir().unwrap();
    let node = Daemon::start(dir.path());
    let mut client = node.client().await;
    let mut raw = syncs(dir.path());
    let begun = Instant::now();
    let mut times = Vec::new();
    for number in 0..scale.posts {
        let at = Instant::now();
        client.post(&text(number)).await;
        times.push(at.elapsed());
    }
    let one = rate(scale.posts, begun.elapsed());
    raw.extend(syncs(dir.path()));
    let ratio = quantile(&mut times, 0.5) / quantile(&mut raw, 0.5);
    row(
        "raw fdatasync of 4 KiB, same disk, same run: p50 / p99",
        &p50_p99(raw),
        "",
    );
    row(
        "posts one at a time, durable",
        &format!("{one:.0} /s"),
        "1500 /s",
    );
    row("… p50 / p99", &p50_p99(times), "");
    row("… in raw fdatasyncs, by p50", &format!("{ratio:.1}"), "");
    let clients = join_all((0..64).map(|_| node.client())).await;
    let each = scale.posts.div_ceil(16);
    let begun = Instant::now();
    let work = clients
        .into_iter()
        .enumerate()
        .map(|(who, mut client)| async move {
            for number in 0..each {
                client.post(&text(who * each + number)).await;
            }
        });
    join_all(work).await;
    let many = rate(each * 64, begun.elapsed());
    row(
        "posts with 64 in flight, durable",
        &format!("{many:.0} /s"),
        "10000 /s",
    );
}

async fn befriend(alice: &Daemon, bob: &mut Client) {
    bob.ask(
        "follow",
        json!({ "key": alice.identity, "via": alice.addresses }),
    )
    .await;
}

/// The number of posts on the newest page, and the newest text.
async fn newest(client: &mut Client, limit: usize) -> (usize, String) {
    let page = client.ask("timeline", json!({ "limit": limit })).await;
    let posts = page
        .as_array()
        .or_else(|| page["posts"].as_array())
        .expect("a page");
    let newest = posts.first().and_then(|post| post["text"].as_str());
    (posts.len(), newest.unwrap_or_default().to_owned())
}

/// From publishing to a connected friend's timeline, where it is durable too.
pub(crate) async fn seen(scale: &Scale) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (alice, bob) = (Daemon::start(here.path()), Daemon::start(there.path()));
    let (mut at_alice, mut at_bob) = (alice.client().await, bob.client().await);
    befriend(&alice, &mut at_bob).await;
    let mut times = Vec::new();
    for number in 0..scale.posts / 5 {
        let text = text(number);
        let begun = Instant::now();
        at_alice.post(&text).await;
        while newest(&mut at_bob, 1).await.1 != text {
            assert!(begun.elapsed() < Duration::from_secs(30), "it never came");
        }
        // The first ones wait for the two to meet.
        if number >= 10 {
            times.push(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    row(
        "published → seen at a friend, durable on both, p50 / p99",
        &p50_p99(times),
        "3 / 15 ms",
    );
}

/// A log that was never seen before: its newest posts, all of it, and what it leaves behind.
pub(crate) async fn follow(scale: &Scale) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(here.path(), scale.log, text);
    let (alice, bob) = (Daemon::start(here.path()), Daemon::start(there.path()));
    let mut at_bob = bob.client().await;
    let begun = Instant::now();
    befriend(&alice, &mut at_bob).await;
    while newest(&mut at_bob, 50).await.0 < 50 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let log = scale.log;
    row(
        &format!("followed {log} posts: newest 50 seen"),
        &format!("{:.2} s", begun.elapsed().as_secs_f64()),
        "1 s",
    );
    while held(&mut at_bob, &alice.identity).await < log {
        assert!(begun.elapsed() < Duration::from_secs(300), "it never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    row(
        "… all held",
        &format!("{:.2} s", begun.elapsed().as_secs_f64()),
        "5 s",
    );
    row(
        "resident right after",
        &format!("{:.1} MB", bob.resident_mb()),
        "80 MB",
    );
    tokio::time::sleep(scale.rest).await;
    row(
        "… a minute later",
        &format!("{:.1} MB", bob.resident_mb()),
        "60 MB",
    );
    bob.stop();
    let bob = Daemon::start(there.path());
    row(
        &format!("started and serving with {log} entries"),
        &format!("{:.0} ms", bob.started_in.as_secs_f64() * 1e3),
        "300 ms",
    );
    tokio::time::sleep(scale.rest / 6).await;
    let (ticks, begun) = (bob.ticks(), Instant::now());
    tokio::time::sleep(scale.rest / 2).await;
    #[allow(clippy::cast_precision_loss)]
    let busy = (bob.ticks() - ticks) as f64 / begun.elapsed().as_secs_f64();
    row(
        "idle and connected: resident",
        &format!("{:.1} MB", bob.resident_mb()),
        "40 MB",
    );
    row("… of a core", &format!("{busy:.2} %"), "1 %");
    let mut at_bob = bob.client().await;
    let status = at_bob.ask("status", json!({})).await;
    let bytes = status["counters"].as_object().into_iter().flatten();
    for (name, count) in bytes.filter(|(name, _)| name.contains("bytes")) {
        row(
            &format!("reconnected with nothing new: {name}"),
            &count.to_string(),
            "",
        );
    }
}

async fn held(client: &mut Client, identity: &str) -> usize {
    let status = client.ask("status", json!({})).await;
    let logs = status["logs"].as_array().expect("logs");
    let ranges = logs
        .iter()
        .filter(|log| log["identity"] == identity)
        .flat_map(|log| log["have"].as_array().expect("ranges"));
    let counts = ranges.map(|range| {
        let end = |at: usize| range[at].as_u64().expect("a sequence");
        usize::try_from(end(1) - end(0) + 1).unwrap()
    });
    counts.sum()
}

/// A home whose owner wrote so many posts.
fn written(dir: &Path, posts: usize, text: impl Fn(usize) -> String) {
    let mut kept = Kept::open(dir);
    for first in (0..posts).step_by(RUN) {
        let texts: Vec<String> = (first..posts.min(first + RUN)).map(&text).collect();
        kept.append(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        kept.commit();
    }
}

/// A followed log at the store, on one thread, beside the verification of each signature alone.
pub(crate) fn ingest(scale: &Scale) {
    let mut author = Author::new();
    let alone = author.write(
        (0..1000).map(|at| (at, "verified")),
        Readable::Posts,
        Signed::All,
    );
    let best = (0..5).map(|_| {
        let begun = Instant::now();
        assert_eq!(black_box(verify_each(black_box(&alone))), 1000);
        begun.elapsed()
    });
    let alone = rate(1000, best.min().expect("five runs"));
    row(
        "one signature after the other, one core",
        &format!("{alone:.0} /s"),
        "",
    );
    let texts: Vec<String> = (0..scale.log).map(text).collect();
    for (what, readable) in [
        ("with views", Readable::Posts),
        ("log only", Readable::Sealed),
    ] {
        let best = (0..3).map(|_| ingest_once(&texts, readable)).min();
        let rate = rate(texts.len(), best.expect("three runs"));
        let ratio = rate / alone;
        let bar = if readable == Readable::Posts {
            "5 ×"
        } else {
            ""
        };
        row(
            &format!("followed log, newest first, durable, {what}"),
            &format!("{rate:.0} /s"),
            "",
        );
        row("… of verifying each alone", &format!("{ratio:.1} ×"), bar);
    }
}

fn ingest_once(texts: &[String], readable: Readable) -> Duration {
    let dir = tempfile::tempdir().unwrap();
    let (mut kept, mut author) = (Kept::open(dir.path()), Author::new());
    kept.meet(&author);
    let runs = texts.chunks(RUN).enumerate().map(|(number, texts)| {
        let times = (number * RUN..).map(|at| 1_600_000_000_000 + at as u64 * 60_000);
        author.write(
            times.zip(texts.iter().map(String::as_str)),
            readable,
            Signed::All,
        )
    });
    let mut runs: Vec<_> = runs.collect();
    runs.reverse();
    let begun = Instant::now();
    for (number, run) in runs.into_iter().enumerate() {
        kept.ingest(run);
        if number % GROUP == GROUP - 1 {
            kept.commit();
        }
    }
    kept.commit();
    begun.elapsed()
}

/// The home timeline of a node that holds very many posts.
pub(crate) fn timeline(scale: &Scale) {
    let posts = scale.timeline;
    for (authors, followed) in [(1000, true), (10, true), (10, false)] {
        let dir = tempfile::tempdir().unwrap();
        let node = Node::start(dir.path());
        let each = posts / authors;
        let mut old = Author::new();
        node.meet(&old);
        let few = (0..60).map(|at| (1_500_000_000_000 + at, "long ago"));
        node.ingest(vec![old.write(few, Readable::Posts, Signed::Last)]);
        if !followed {
            node.follow(&old);
        }
        for number in 0..authors {
            let mut author = Author::new();
            node.meet(&author);
            if followed {
                node.follow(&author);
            }
            fill(&node, &mut author, (number, authors), each);
        }
        let what = if followed {
            format!("{authors} followed × {each} posts")
        } else {
            format!("60 old posts among {authors} unfollowed × {each}")
        };
        pages(&node, &what, followed);
    }
}

fn fill(node: &Node, author: &mut Author, (number, authors): (usize, usize), each: usize) {
    for first in (0..each).step_by(RUN * GROUP) {
        let mut runs = Vec::new();
        for first in (first..each.min(first + RUN * GROUP)).step_by(RUN) {
            let seqs = first..each.min(first + RUN);
            let texts: Vec<String> = seqs.clone().map(|seq| text(seq * 7 + number)).collect();
            let times =
                seqs.map(|seq| 1_600_000_000_000 + (seq * authors + number) as u64 * 10_000);
            let posts = times.zip(texts.iter().map(String::as_str));
            runs.push(author.write(posts, Readable::Posts, Signed::Last));
        }
        node.ingest(runs);
    }
}

fn pages(node: &Node, what: &str, is_deep: bool) {
    let timed = |before: Option<&str>| {
        let begun = Instant::now();
        let page = node.timeline(40, before);
        (begun.elapsed(), page)
    };
    let first = (0..500).map(|_| timed(None).0).collect();
    row(
        &format!("home timeline, {what}: first page"),
        &p50_p99(first),
        "1 / 5 ms",
    );
    if !is_deep {
        return;
    }
    let (mut times, mut cursor, mut last) = (Vec::new(), None::<String>, Vec::new());
    for _ in 0..500 {
        let (time, page) = timed(cursor.as_deref());
        let Some((_, oldest)) = page.last() else {
            break;
        };
        cursor = Some(oldest.clone());
        times.push(time);
        last = page;
    }
    row(
        "… each page down to 20,000 posts",
        &p50_p99(times),
        "1 / 5 ms",
    );
    let deepest = (0..100).map(|_| timed(cursor.as_deref()).0).collect();
    row("… the page there, again", &p50_p99(deepest), "1 / 5 ms");
    let found = last.iter().map(|(id, _)| {
        let begun = Instant::now();
        black_box(node.post(id));
        begun.elapsed()
    });
    row("… one post by its id", &p50_p99(found.collect()), "");
}

/// What posts take on disk, everything in the home included.
pub(crate) fn disk(scale: &Scale) {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), scale.log, |number| text_of(number, 140));
    let bytes = bytes_in(dir.path());
    row(
        &format!("{} posts of 140 characters on disk, a post", scale.log),
        &format!("{} bytes", bytes / scale.log as u64),
        "450 bytes",
    );
}

fn bytes_in(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let bytes = entries.map(|entry| {
        let found = entry.metadata().unwrap();
        if found.is_dir() {
            bytes_in(&entry.path())
        } else {
            found.len()
        }
    });
    bytes.sum()
}
