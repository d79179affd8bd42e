//! A town of homes for a day, at the size that is asked for: what a delivery costs, and how long it takes.
//!
//! `cargo bench -p hearth-protocol --bench simulation -- --nodes 10000 --seed 1 --hours 24`
#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code, unused_imports)]

#[path = "../tests/all/sim/mod.rs"]
mod sim;

use std::time::Instant;

use sim::town::{Plan, Town};

const USAGE: &str = "--nodes N --seed S --hours H (10000, 1, 24)";

fn main() {
    let plan = plan(std::env::args().skip(1)).unwrap_or_else(|wrong| {
        println!("{wrong}: {USAGE}");
        std::process::exit(2);
    });
    let began = Instant::now();
    let mut town = Town::new(plan);
    println!("seed                         {:>12}", plan.seed);
    println!("hours                        {:>12}", plan.hours);
    let (figures, verdict) = town.live();
    println!("{figures}");
    println!("holdings compared            {:>12}", verdict.holdings);
    let took = began.elapsed().as_secs_f64();
    println!("took, seconds                {took:>12.1}");
    if let Some(kib) = peak_kib() {
        println!("peak resident, MiB           {:>12}", kib / 1_024);
    }
}

fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Plan, String> {
    let mut plan = Plan::day(10_000, 1);
    while let Some(name) = arguments.next() {
        // What cargo says to every benchmark.
        if name == "--bench" {
            continue;
        }
        let value = arguments.next().and_then(|value| value.parse::<u32>().ok());
        match (name.as_str(), value) {
            ("--nodes", Some(nodes @ 20..)) => plan.nodes = nodes as usize,
            ("--seed", Some(seed)) => plan.seed = seed.into(),
            ("--hours", Some(hours @ 1..)) => plan.hours = hours.into(),
            _ => return Err(format!("{name} isn't understood")),
        }
    }
    Ok(plan)
}

/// The most memory that this process ever had, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
