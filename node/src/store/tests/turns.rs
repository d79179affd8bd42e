//! Whose turn it is on the store's thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::super::Store;

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
