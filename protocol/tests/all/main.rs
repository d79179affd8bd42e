//! Everything that is tested across the crate: stories over a simulated network, properties.
#![allow(clippy::unwrap_used)]

mod drive;
mod forks;
mod hostile;
mod objects;
mod backup_plans;
mod forks;
mod hostile;
mod manifests;
mod packs;
mod placement;
mod properties;
mod reconnect;
mod shards;
mod sim;
mod stories;
mod town;
mod worlds;
