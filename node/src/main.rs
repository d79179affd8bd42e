//! Hearth: a personal server that is you on a free network.

use std::process::ExitCode;

mod app;
mod beginning;
#[cfg(test)]
mod bent;
mod cli;
mod genesis;
mod home;
mod http;
mod keyring;
mod memo;
mod network;
mod node;
mod rebuild;
mod replication;
mod rng;
mod service;
mod store;

fn main() -> ExitCode {
    cli::main()
}
