//! Hearth: a personal server that is you on a free network.
//!
//! The program is [`main`]; nothing else is meant for other programs. [`measure`] is what the benchmarks see of the
//! inside.

use std::process::ExitCode;

mod access;
mod app;
mod backup;
mod beginning;
#[cfg(test)]
mod bent;
mod cli;
mod device_statements;
mod devices;
mod disk;
mod drive;
mod first_run;
mod folder_lock;
mod folding;
mod genesis;
mod guardian;
mod home;
mod http;
mod keyring;
mod letters;
pub mod measure;
mod media;
mod memo;
mod mentions;
mod network;
mod node;
mod objects;
mod open_files;
mod pace;
mod photos;
mod plain_name;
mod rebuild;
mod replication;
mod restore;
mod rng;
mod said;
mod service;
mod shards;
mod store;
mod tarball;

/// Does what the command line asks.
pub fn main() -> ExitCode {
    cli::main()
}
