//! The store: writing, taking in, opening, reading. `cargo bench -p hearth --bench store`
//!
//! `HEARTH_BENCH_POSTS` says how many posts the timeline is read from (1,000,000 unless told otherwise).

use std::cell::RefCell;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hearth_node::measure::{Author, Kept, Node, Readable, Signed, verify_each};
use tempfile::TempDir;

#[allow(dead_code)]
mod texts;

use texts::text;

const RUN: usize = 250;
const GROUP: usize = 16;
const LOG: usize = 100_000;

fn main() {
    divan::main();
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a folder for the benchmark")
}

/// Own posts, each durable before the next: what the disk takes is part of it.
#[divan::bench(args = [1, 64], sample_count = 200)]
fn append_and_commit(bencher: Bencher<'_, '_>, together: usize) {
    let dir = scratch();
    let kept = RefCell::new(Kept::open(dir.path()));
    let texts: Vec<String> = (0..together).map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    bencher.counter(ItemsCount::new(together)).bench_local(|| {
        let mut kept = kept.borrow_mut();
        kept.append(&texts);
        kept.commit();
    });
}

/// What ingest is measured against.
#[divan::bench(sample_count = 10)]
fn verify_each_alone(bencher: Bencher<'_, '_>) {
    let run = Author::new().write(
        (0..1000).map(|at| (at, "verified")),
        Readable::Posts,
        Signed::All,
    );
    bencher
        .counter(ItemsCount::new(1000_usize))
        .bench(|| verify_each(black_box(&run)));
}

/// A followed log of 100,000 posts, newest first, verified and durable.
#[divan::bench(args = [Readable::Posts, Readable::Sealed], sample_count = 3, sample_size = 1)]
fn ingest_a_log(bencher: Bencher<'_, '_>, readable: Readable) {
    let texts: Vec<String> = (0..LOG).map(text).collect();
    bencher
        .counter(ItemsCount::new(LOG))
        .with_inputs(|| {
            let dir = scratch();
            let (mut kept, mut author) = (Kept::open(dir.path()), Author::new());
            kept.meet(&author);
            let runs = texts.chunks(RUN).enumerate().map(|(number, texts)| {
                let times = (number * RUN..).map(|at| 1_600_000_000_000 + at as u64 * 60_000);
                let posts = times.zip(texts.iter().map(String::as_str));
                author.write(posts, readable, Signed::Last)
            });
            let mut runs: Vec<_> = runs.collect();
            runs.reverse();
            (dir, kept, runs)
        })
        .bench_local_values(|(dir, mut kept, runs)| {
            for (number, run) in runs.into_iter().enumerate() {
                kept.ingest(run);
                if number % GROUP == GROUP - 1 {
                    kept.commit();
                }
            }
            kept.commit();
            (dir, kept)
        });
}

/// Bodies of 10,000 posts that are sealed for twenty spaces in turn, so that no key is the one used last.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn open_bodies_of_twenty_spaces(bencher: Bencher<'_, '_>) {
    const POSTS: usize = 10_000;
    let dir = scratch();
    let (mut kept, mut author) = (Kept::open(dir.path()), Author::new());
    let (epochs, _) = author.found(20);
    kept.learn(&epochs);
    let texts: Vec<String> = (0..POSTS).map(text).collect();
    let posts = (0..).zip(texts.iter().map(String::as_str));
    let run = author.write_in(&epochs, posts, Signed::Last);
    assert_eq!(kept.open_each(&run), POSTS);
    bencher
        .counter(ItemsCount::new(POSTS))
        .bench_local(|| kept.open_each(black_box(&run)));
}

/// A page of 40 of the home timeline out of 20,000 posts by twenty authors, all public or each in one of the author's shared
/// spaces: what spaces cost is the ratio of the two.
#[divan::bench(args = [0, 1], sample_count = 200)]
fn timeline_page_of_spaces(bencher: Bencher<'_, '_>, spaces_each: usize) {
    const EACH: usize = 1_000;
    let dir = scratch();
    let node = Node::start(dir.path());
    for number in 0..20 {
        let mut author = Author::new();
        node.meet(&author);
        node.follow(&author);
        let texts: Vec<String> = (0..EACH).map(text).collect();
        let times = (0..).map(|seq| 1_600_000_000_000 + (seq * 20 + number) * 10_000);
        let posts: Vec<(u64, &str)> = times.zip(texts.iter().map(String::as_str)).collect();
        let epochs = (spaces_each > 0).then(|| author.found(spaces_each));
        if let Some((epochs, founded)) = &epochs {
            node.learn(epochs);
            node.ingest(vec![founded.clone()]);
        }
        let runs = posts.chunks(RUN).map(|posts| match &epochs {
            Some((epochs, _)) => author.write_in(epochs, posts.iter().copied(), Signed::Last),
            None => author.write(posts.iter().copied(), Readable::Posts, Signed::Last),
        });
        let runs = runs.collect();
        node.ingest(runs);
    }
    assert_eq!(node.timeline(40, None).len(), 40);
    bencher.bench_local(|| node.timeline(40, black_box(None)));
}

/// Opening a store that holds 100,000 own posts.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn open(bencher: Bencher<'_, '_>) {
    let dir = scratch();
    let mut kept = Kept::open(dir.path());
    for first in (0..LOG).step_by(RUN) {
        let texts: Vec<String> = (first..first + RUN).map(text).collect();
        kept.append(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        kept.commit();
    }
    drop(kept);
    bencher.bench_local(|| Kept::open(dir.path()));
}

/// A page of 40 of the home timeline, at the app: the first, and that below 20,000 posts.
#[divan::bench(args = [0, 500], sample_count = 200)]
fn timeline_page(bencher: Bencher<'_, '_>, pages_before: usize) {
    let posts = std::env::var("HEARTH_BENCH_POSTS").ok();
    let posts = posts.map_or(1_000_000, |posts| posts.parse().expect("a number"));
    let dir = scratch();
    let node = Node::start(dir.path());
    let mut authors: Vec<Author> = (0..100).map(|_| Author::new()).collect();
    for author in &authors {
        node.meet(author);
        node.follow(author);
    }
    let each = posts / authors.len();
    for first in (0..each).step_by(RUN) {
        let runs = authors.iter_mut().enumerate().map(|(number, author)| {
            let texts: Vec<String> = (first..each.min(first + RUN)).map(text).collect();
            let times =
                (first..).map(|seq| 1_600_000_000_000 + (seq * 100 + number) as u64 * 10_000);
            let posts = times.zip(texts.iter().map(String::as_str));
            author.write(posts, Readable::Posts, Signed::Last)
        });
        node.ingest(runs.collect());
    }
    let mut cursor: Option<String> = None;
    for _ in 0..pages_before {
        let page = node.timeline(40, cursor.as_deref());
        cursor = page.last().map(|(_, cursor)| cursor.clone()).or(cursor);
    }
    bencher.bench_local(|| node.timeline(40, black_box(cursor.as_deref())));
}
