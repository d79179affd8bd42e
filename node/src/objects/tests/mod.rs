//! Tests of pack files.
#![allow(clippy::unwrap_used)]

mod crash;
mod full;
mod held;
mod opening;
mod storing;
mod upkeep;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::*;
use crate::home::Home;
use crate::keyring;
use crate::store::StoreThread;

const MIB: usize = 1 << 20;

/// Alice's objects, in a home that can be opened again.
struct Place {
    home: Home,
    store: Store,
    thread: StoreThread,
    objects: Objects,
}

impl Place {
    async fn open(dir: &Path) -> Self {
        let home = Home::open(dir).unwrap();
        keyring::told(&home).unwrap();
        let (kept, _) = crate::node::account(&home, Some("Alice"), None).unwrap();
        let (store, thread) = crate::node::open_store(&home, &kept).await.unwrap();
        let objects = Objects::open(&home, store.clone(), kept.account.identity)
            .await
            .unwrap();
        Self {
            home,
            store,
            thread,
            objects,
        }
    }

    /// Ends as a process does, without a last word.
    fn close(self) {
        drop((self.objects, self.store));
        self.thread.join();
    }

    fn file(&self, number: u64) -> PathBuf {
        file(self.home.dir(), number)
    }
}

fn file(home: &Path, number: u64) -> PathBuf {
    home.join("objects").join(format!("pack-{number:08}"))
}

/// Content that doesn't compress, and that no two numbers share.
fn content(number: u64, bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&number.to_be_bytes())
        .finalize_xof()
        .fill(&mut content);
    content
}

fn contents(numbers: impl IntoIterator<Item = u64>, bytes: usize) -> Vec<Vec<u8>> {
    let contents = numbers.into_iter().map(|number| content(number, bytes));
    contents.collect()
}

fn ids(puts: &[Put]) -> Vec<ObjectId> {
    puts.iter().map(|put| put.id).collect()
}

async fn put(objects: &Objects, contents: Vec<Vec<u8>>) -> Vec<ObjectId> {
    let puts = objects.put_all(contents).await.unwrap();
    objects.commit().await.unwrap();
    ids(&puts)
}

async fn check_all(objects: &Objects, ids: &[ObjectId], contents: &[Vec<u8>]) {
    assert_eq!(ids.len(), contents.len());
    for (id, content) in ids.iter().zip(contents) {
        assert!(objects.has(id));
        assert!(objects.get(id).await.unwrap() == *content, "{id}");
    }
}

/// Changes a byte of a file.
fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}
