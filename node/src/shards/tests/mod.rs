//! What is kept for others.
#![allow(clippy::unwrap_used)]

mod compacting;
mod crash;
mod damage;
mod keeping;
mod power;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hearth_keys::{DeviceId, Identity};

use super::keeper::{Keeper, Limits};
use super::*;
use crate::store::tests::copy;
use crate::store::tests::power::Chance;

/// Small databases, so that there are several.
fn limits() -> Limits {
    Limits {
        database_bytes: 2 << 20,
        waste_bytes: 1 << 20,
        ..Limits::default()
    }
}

fn alice() -> Identity {
    Identity::from_bytes([1; 32])
}

fn bob() -> Identity {
    Identity::from_bytes([2; 32])
}

fn laptop() -> DeviceId {
    DeviceId::from_bytes([7; 32])
}

fn phone() -> DeviceId {
    DeviceId::from_bytes([8; 32])
}

/// The bytes of shard `number`, which no other has, and which it takes no book to know again.
fn shard(number: u64) -> Vec<u8> {
    let bytes = match number % 5 {
        0 => 64 << 10,
        1 => 4088,
        2 => 100_000,
        3 => 1,
        _ => 9_000,
    };
    sized(number, bytes)
}

fn sized(number: u64, bytes: usize) -> Vec<u8> {
    let mut shard = vec![0; bytes + 8];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_be_bytes());
    hasher.finalize_xof().fill(&mut shard);
    shard[..8].copy_from_slice(&number.to_be_bytes());
    shard
}

/// What it counts for in a quota.
fn charged(bytes: &[u8]) -> u64 {
    charged_bytes(u32::try_from(bytes.len()).unwrap())
}

fn id(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

fn row(owner: Identity, number: u64, bytes: &[u8]) -> ShardRow {
    ShardRow {
        owner,
        id: id(bytes),
        kind: 1,
        number,
        generation: 4,
        ticket: vec![9; 300],
        now_ms: 1_000,
    }
}

fn keeper(dir: &Path) -> Keeper {
    Keeper::open(dir, limits(), Arc::default()).unwrap()
}

fn put(keeper: &mut Keeper, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        let bytes = shard(number);
        assert!(keeper.put(&row(alice(), number, &bytes), &bytes).unwrap());
        keeper.commit().unwrap();
    }
}

/// The shard as it is kept.
fn held(keeper: &mut Keeper, number: u64) -> Option<Vec<u8>> {
    let id = id(&shard(number));
    keeper.get(&alice(), &id, 0, u32::MAX).unwrap()
}

fn drop_shards(keeper: &mut Keeper, numbers: impl IntoIterator<Item = u64>) {
    let ids: Vec<_> = numbers
        .into_iter()
        .map(|number| id(&shard(number)))
        .collect();
    keeper.release(&alice(), &ids, &laptop(), 5).unwrap();
    assert_eq!(keeper.sweep(10, 5).unwrap(), ids.len() as u64);
}

/// The folders of bytes.
fn databases(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.strip_prefix("gen-")
            .is_some_and(|number| number.parse::<u32>().is_ok())
    });
    paths.sort();
    paths
}
