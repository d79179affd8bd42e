//! The figures that people feel, of real nodes over loopback, each beside the bar that it should reach.
//!
//! ```text
//! cargo bench -p hearth --bench process                   everything: some minutes
//! cargo bench -p hearth --bench process -- --quick        a smoke test: small numbers, no figure counts
//! cargo bench -p hearth --bench process -- --only posts   one part: posts, seen, follow, ingest, timeline, disk
//! ```
//!
//! Absolute figures depend on the machine and on what else it does; where a ratio says more, both sides are measured in
//! the same run.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod daemon;
mod parts;
#[path = "../texts.rs"]
mod texts;

use std::time::Duration;

/// How much of everything.
pub(crate) struct Scale {
    posts: usize,
    log: usize,
    timeline: usize,
    rest: Duration,
}

const WHOLE: Scale = Scale {
    posts: 3000,
    log: 100_000,
    timeline: 1_000_000,
    rest: Duration::from_secs(60),
};
const QUICK: Scale = Scale {
    posts: 200,
    log: 2000,
    timeline: 20_000,
    rest: Duration::from_secs(2),
};

/// Prints a row of the table.
pub(crate) fn row(what: &str, figure: &str, bar: &str) {
    println!("| {what:<58} | {figure:>24} | {bar:>16} |");
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let scale = if args.iter().any(|arg| arg == "--quick") {
        QUICK
    } else {
        WHOLE
    };
    let only = args
        .iter()
        .position(|arg| arg == "--only")
        .and_then(|at| args.get(at + 1));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    row("what", "measured", "bar");
    println!("|{:-<60}|{:->25}:|{:->17}:|", "", "", "");
    let is_wanted = |part: &str| only.is_none_or(|only| only == part);
    if is_wanted("posts") {
        runtime.block_on(parts::posts(&scale));
    }
    if is_wanted("seen") {
        runtime.block_on(parts::seen(&scale));
    }
    if is_wanted("follow") {
        runtime.block_on(parts::follow(&scale));
    }
    if is_wanted("ingest") {
        parts::ingest(&scale);
    }
    if is_wanted("timeline") {
        parts::timeline(&scale);
    }
    if is_wanted("disk") {
        parts::disk(&scale);
    }
}
