//! Whose turn it is on the store's thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::bounds::TEXT_BYTES_MAX;
use hearth_protocol::content::{Content, Post};
use hearth_protocol::space::Space;
use tokio::task::JoinHandle;

use super::super::Store;
use super::super::writing::{Outcome, Placed};
use crate::home::Home;
use crate::replication::unix_ms;
use crate::{genesis, node};

/// More than are made durable together.
const WRITES: usize = 700;

#[tokio::test]
async fn who_reads_waits_for_a_few_writes_and_not_for_all() {
    let dir = tempfile::tempdir().unwrap();
    let (store, thread) = Store::open(&dir.path().join("store"), Vec::new()).unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    // The first one waits until all the others, and somebody who reads, are queued.
    let (open, gate) = mpsc::channel::<()>();
    let first = store.begin_write(move |_| {
        let _ = gate.recv();
        Ok(())
    });
    let mut writes = vec![first.await.unwrap()];
    for _ in 0..WRITES {
        let done = Arc::clone(&done);
        let write = store.begin_write(move |_| {
            std::thread::sleep(Duration::from_millis(1));
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        writes.push(write.await.unwrap());
    }
    let (seen, reader) = (Arc::clone(&done), store.clone());
    let reading = tokio::spawn(async move {
        let read = reader.read(move |_| Ok(seen.load(Ordering::SeqCst)));
        read.await
    });
    // It runs until it waits for the answer.
    tokio::task::yield_now().await;
    drop(open);
    let before = reading.await.unwrap().unwrap();
    assert!(before < WRITES / 5, "{before} writes came first");
    for write in writes {
        write.done().await.unwrap();
    }
    assert_eq!(done.load(Ordering::SeqCst), WRITES);
    drop(store);
    thread.join();
}

#[tokio::test]
async fn who_reads_on_is_waited_for_amid_long_writes() {
    const READS: usize = 20;
    let dir = tempfile::tempdir().unwrap();
    let (store, thread) = Store::open(&dir.path().join("store"), Vec::new()).unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..5 * READS {
        let done = Arc::clone(&done);
        let write = store.begin_write(move |_| {
            std::thread::sleep(Duration::from_millis(10));
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        drop(write.await.unwrap());
    }
    let mut seen = Vec::new();
    for _ in 0..=READS {
        let done = Arc::clone(&done);
        let read = store.read(move |_| Ok(done.load(Ordering::SeqCst)));
        seen.push(read.await.unwrap());
    }
    // Each question would wait for a write of its own; so do only those that the machine kept from asking in time.
    let between = seen[READS] - seen[1];
    assert!(between < READS * 3 / 4, "{between} writes came in between");
    drop(store);
    thread.join();
}

fn post(text: &str) -> Vec<(u64, Content)> {
    let post = Post {
        text: text.to_owned(),
        ..Post::default()
    };
    vec![(unix_ms(), Content::Post(post))]
}

/// Asks for one after the other, without waiting for any.
async fn ask(
    store: &Store,
    me: Identity,
    asked: &[(Space, &str)],
) -> Vec<JoinHandle<Outcome<Placed>>> {
    let mut waiting = Vec::new();
    for (space, text) in asked {
        let (store, space, contents) = (store.clone(), *space, post(text));
        let write = async move { store.write_in(me, space, contents, unix_ms()).await };
        waiting.push(tokio::spawn(write));
        // It runs until it waits for the answer.
        tokio::task::yield_now().await;
    }
    waiting
}

#[tokio::test]
async fn what_several_write_into_one_space_is_one_run_and_each_has_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::open(dir.path()).unwrap();
    let kept = node::account(&home, Some("Alice"), None).unwrap().0;
    let (me, account) = (kept.account.identity, kept.account.clone());
    let (store, thread) = Store::open(&home.store_dir(), vec![account]).unwrap();
    let begun = store.write(move |logs| {
        genesis::ensure(logs, &kept, unix_ms()).map_err(|error| panic!("{error}"))
    });
    begun.await.unwrap();
    let long = "x".repeat(TEXT_BYTES_MAX);
    let (friends, private) = (Space::Friends(me), Space::Private(me));
    // Nobody to whom keys could be sealed.
    let stranger = Identity::from_bytes([7; 32]);
    let direct = Space::direct(me, stranger);
    for (asked, runs) in [
        (
            [(Space::Public, "one"), (Space::Public, "two")].as_slice(),
            [Some(2), None].as_slice(),
        ),
        // The keys of the first epoch come first, for the own devices and the space.
        (
            &[(friends, "three"), (friends, "four"), (private, "five")],
            &[Some(2), None, Some(1)],
        ),
        (&[(direct, "psst"), (direct, "hear")], &[Some(2), None]),
        // Together they are too long to be pushed as one.
        (
            &[
                (Space::Public, "six"),
                (Space::Public, &long),
                (Space::Public, &long),
            ],
            &[Some(2), None, Some(1)],
        ),
    ] {
        // The store does something else until all of them are queued.
        let (open, gate) = mpsc::channel::<()>();
        let first = store.begin_write(move |_| {
            let _ = gate.recv();
            Ok(())
        });
        let first = first.await.unwrap();
        let waiting = ask(&store, me, asked).await;
        drop(open);
        first.done().await.unwrap();
        for ((space, text), (answer, run)) in asked.iter().zip(waiting.into_iter().zip(runs)) {
            let placed = answer.await.unwrap().unwrap().unwrap();
            let unreached = (*space == direct).then_some(stranger);
            assert!(placed.unreached.iter().eq(&unreached), "{text}");
            let [written] = placed.written[..] else {
                panic!("{} for one", placed.written.len());
            };
            let last = placed.stored.last();
            let pushed = last.map(|last| last.push.as_ref().unwrap().0.items.len());
            assert_eq!(pushed, *run, "{text}");
            let place = written.place;
            let seen = store.read(move |logs| logs.post_at(&place)).await.unwrap();
            let seen = seen.unwrap();
            assert_eq!((&seen.space, seen.post.text.as_str()), (space, *text));
        }
    }
    drop(store);
    thread.join();
}
