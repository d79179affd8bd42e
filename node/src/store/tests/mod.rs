//! Tests of the database and what is built on it.
#![allow(clippy::unwrap_used)]

mod ahead;
mod crash;
mod cuts;
mod damage;
mod drive;
mod failing;
mod keys;
mod order;
pub(crate) mod power;
mod rows;
mod salvage;
mod spaces;
mod turns;

use std::fs;
use std::path::{Path, PathBuf};

use super::batch::{Batch, VALUE_BYTES_MAX};
use super::db::Db;

const VERSION: u32 = 3;

fn open(dir: &Path) -> Db {
    Db::open(dir, VERSION).unwrap()
}

fn key(number: u64) -> Vec<u8> {
    [&[1], number.to_be_bytes().as_slice()].concat()
}

/// Bytes that no two numbers share.
fn value(number: u64, bytes: usize) -> Vec<u8> {
    let mut value = vec![0; bytes];
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&number.to_be_bytes())
        .finalize_xof()
        .fill(&mut value);
    value
}

fn put(db: &Db, numbers: impl IntoIterator<Item = u64>, bytes: usize) {
    let mut batch = Batch::default();
    numbers
        .into_iter()
        .for_each(|number| batch.insert(key(number), value(number, bytes)));
    db.apply(batch).unwrap();
    db.commit().unwrap();
}

fn all(db: &Db) -> Vec<(Vec<u8>, Vec<u8>)> {
    db.range(&[], &[u8::MAX; 9]).map(Result::unwrap).collect()
}

/// The database directory that counts.
fn database(dir: &Path) -> PathBuf {
    dir.join(fs::read_to_string(dir.join("CURRENT")).unwrap().trim())
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn full_value(number: u64) -> Vec<u8> {
    value(number, VALUE_BYTES_MAX)
}
