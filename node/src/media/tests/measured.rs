//! What large photos cost: `cargo test -p hearth --lib media::tests::measured -- --ignored --nocapture --test-threads=1`.

#![allow(clippy::print_stdout, reason = "its purpose")]

use super::*;
use std::fs;
use std::time::Duration;

/// The most memory that this process ever had, in MiB (Linux).
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        >> 10
}

/// How long this thread had a processor to itself, whatever else the machine does.
fn worked() -> Duration {
    let schedule = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(schedule.split(' ').next().unwrap().parse().unwrap())
}

/// Of a photo: its file comes from a folder, so that making it counts for nothing.
fn measured(path: &str) {
    let bytes = fs::read(path).unwrap();
    // What was needed so far is forgotten.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak_mib();
    let begun = worked();
    let made = photo(&bytes).unwrap();
    println!(
        "{path}: {} ms, {} MiB at most ({before} before), {} kB → {} kB + {} kB",
        (worked() - begun).as_millis(),
        peak_mib(),
        bytes.len() / 1000,
        made.full.bytes.len() / 1000,
        made.small.bytes.len() / 1000,
    );
}

#[test]
#[ignore = "measures"]
fn twelve_and_forty_eight_million_pixels() {
    let folder = tempfile::tempdir().unwrap();
    for (name, width, height) in [("12", 4000, 3000), ("48", 8000, 6000)] {
        let path = folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(&path, jpeg(&natural(width, height))).unwrap();
        measured(&path);
        if name == "12" {
            fs::write(&path, png(&natural(width, height).into())).unwrap();
            measured(&path);
        }
    }
}
