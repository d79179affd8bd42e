//! What a guardian keeps: writing, reading, opening, giving space back. `cargo bench -p hearth --bench shards`
//!
//! `HEARTH_BENCH_MIB` says how much is kept (512 unless told otherwise). Memory is that of the whole process.
#![allow(clippy::print_stdout)]

use std::fs;
use std::path::Path;
use std::time::Instant;

use hearth_node::measure::Guarded;

/// Shards that are put at the same time.
const TOGETHER: usize = 4;
/// What a shard is sent by.
const PART_BYTES: u32 = 64 << 10;

fn main() {
    let mib = std::env::var("HEARTH_BENCH_MIB").ok();
    let mib: usize = mib.map_or(512, |mib| mib.parse().expect("a number"));
    for shard_kib in [64, 256, 2048] {
        measure(mib << 20, shard_kib << 10);
    }
}

fn measure(total: usize, shard_bytes: usize) {
    let scratch = tempfile::tempdir().expect("a folder for the benchmark");
    let dir = scratch.path();
    let count = total / shard_bytes;
    println!("{count} shards of {} KiB", shard_bytes >> 10);
    let mut ids = Vec::with_capacity(count);
    let mut guarded = Guarded::open(dir);
    rate("put, durable", total, || {
        for first in (0..count).step_by(TOGETHER) {
            let numbers = first..count.min(first + TOGETHER);
            let shards: Vec<_> = numbers.map(|number| shard(number, shard_bytes)).collect();
            ids.extend(shards.iter().map(|bytes| *blake3::hash(bytes).as_bytes()));
            guarded.put(shards);
        }
    });
    taken(dir, &guarded);
    guarded.close();
    let begin = Instant::now();
    guarded = Guarded::open(dir);
    guarded.read(ids[0], 1);
    println!("  opened in {:.0} ms", begin.elapsed().as_secs_f64() * 1e3);
    rate("read in order", total, || {
        ids.iter()
            .for_each(|id| assert_eq!(guarded.read(*id, PART_BYTES), shard_bytes));
    });
    ids.sort_unstable();
    rate("read in no order", total, || {
        ids.iter()
            .for_each(|id| assert_eq!(guarded.read(*id, PART_BYTES), shard_bytes));
    });
    taken(dir, &guarded);
    let (dropped, kept) = ids.split_at(count / 2);
    guarded.give_up(dropped.to_vec());
    rate("half given up and space given back", total / 2, || {
        guarded.compact();
    });
    assert!(
        kept.iter()
            .all(|id| guarded.read(*id, PART_BYTES) == shard_bytes)
    );
    taken(dir, &guarded);
    guarded.close();
}

/// Bytes that no two shards share, and no compression makes shorter.
fn shard(number: usize, bytes: usize) -> Vec<u8> {
    let mut shard = vec![0; bytes];
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&number.to_be_bytes())
        .finalize_xof()
        .fill(&mut shard);
    shard
}

fn rate(what: &str, bytes: usize, work: impl FnOnce()) {
    let begin = Instant::now();
    work();
    let rate = bytes as f64 / 1e6 / begin.elapsed().as_secs_f64();
    println!("  {what}: {rate:.0} MB/s");
}

/// Disk and memory.
fn taken(dir: &Path, guarded: &Guarded) {
    let disk = bytes_in(dir) as f64 / guarded.live_bytes() as f64;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = |name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or("?").trim().to_owned()
    };
    let (now, most) = (memory("VmRSS:"), memory("VmHWM:"));
    println!("  disk {disk:.2} times what is kept, memory {now}, at most {most}");
}

fn bytes_in(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).expect("a folder");
    let sizes = entries.map(|entry| {
        let entry = entry.expect("a name");
        // What sled removes in the background may be gone.
        match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_in(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        }
    });
    sizes.sum()
}
