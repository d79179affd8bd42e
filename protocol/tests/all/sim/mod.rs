//! Many nodes in one thread: the real machines and stores over a seeded network, under a virtual clock.
//!
//! A [`World`] is nodes, wires between them, and a heap of what happens when. Everything that happens follows from its
//! seed: the same seed gives the same trace, byte for byte. Two ways to use it: *stories* tell each step with few named
//! people over calm lines; a [`Town`](town::Town) lives for a day, with a friend graph like that of homes.
//!
//! **Machine.** Each node is a real `Sync` and a real `MemoryLogs`; every frame is encoded, decoded and verified, every
//! run goes through `ingest`. Nothing is bypassed.
//!
//! **Transport** ([`wire`]). Reliable ordered streams, as the protocol assumes. A lost packet is therefore a delay for
//! it and all behind it (retransmission, doubling), or the end of the connection with what was under way. A node's
//! frames share its line upwards. A crash or a partition isn't noticed at once: each side believes in the connection
//! for 5–30 s more, and what it sends is lost.
//!
//! **Dialling.** Nodes connect to friends only, along edges that can be dialled at all; a lost connection is dialled
//! again after 1–5 s, a partner who comes back at once, after a partition within five minutes, a partner who was dropped
//! for a breach when the penalty is over (a minute, doubling up to an hour): what `node/src/network` does, without
//! the attempts that fail.
//!
//! **Disk.** A store takes jobs in order, and each takes [`World::disk_ms`]; it is checked, applied and acknowledged in
//! the moment in which it becomes durable. What a crash finds in the queue is lost and was never acknowledged, nor seen
//! by anybody. So an own entry never leaves before it is durable; that rule of the node's store is assumed here and
//! tested there. A rolled-back disk is an earlier copy of the store, machine memory included.
//!
//! **Own logs after a rollback.** As in `node/src/store/append.rs`: a device writes its newest log, or a fresh one (16
//! random bits further) once that is known to have forked. It doesn't wait for friends; whoever writes before they told
//! forks the log, and goes on in another.
//!
//! **Copied home.** Two nodes with the same device key *and* the same transport key, as a copied disk has: they can't
//! connect to each other, and a friend is connected to one of the two at a time.
//!
//! **Clocks** ([`clock`]). The machine gets a steady clock with drift that jumps ahead when a laptop slept; entries
//! claim the time of a clock on the wall that may be wrong by years.
//!
//! **Adversaries** ([`adversary`]). They hold the true data, as friends do, and change, withhold or make up frames.
//!
//! **What is asserted.** Continuously, at each store: every entry is one that its author signed, its body the one that
//! the header names; nothing that is held ever vanishes. At the end, when all are back ([`verdict`]): everybody holds
//! everything that they care for and could have reached, what was deleted is gone, forks are proven everywhere, and no
//! honest node dropped another for a lie.
//!
//! A town that fails prints its seed: `HEARTH_SIM_SEED=<seed> cargo test -p hearth-protocol --test all town::` tells it
//! again. Small worlds are drawn by proptest (`HEARTH_SIM_CASES` of them), which keeps what fails in
//! `proptest-regressions/`. `cargo bench -p hearth-protocol --bench simulation` prints the figures of a large town.
//!
//! **Figures** ([`tally`]). A *copy* is an entry that came for the store of an honest node, a *delivery* one that was new
//! there. *Reach* counts those who cared and could be reached over open connections when it was written, and stayed on;
//! so what a partition or a lid holds up isn't in it. Bytes are those of frames, without what the transport adds.

pub(crate) mod adversary;
pub(crate) mod clock;
mod dice;
pub(crate) mod fate;
pub(crate) mod graph;
mod lines;
mod node;
mod people;
pub(crate) mod tally;
pub(crate) mod town;
mod truth;
pub(crate) mod verdict;
pub(crate) mod wire;
mod world;

pub(crate) use adversary::Meddle;
pub(crate) use dice::Dice;
pub(crate) use people::{Person, certify, post, target};
pub(crate) use world::World;

/// Tells a story with many seeds; the one that it fails with is printed.
pub(crate) fn each_seed(count: u64, story: impl Fn(&mut World)) {
    for seed in 0..count {
        let telling = std::panic::AssertUnwindSafe(|| story(&mut World::new(seed)));
        if let Err(panic) = std::panic::catch_unwind(telling) {
            eprintln!("the story fails with seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
