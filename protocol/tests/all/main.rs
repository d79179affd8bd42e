//! Everything that is tested across the crate: stories over a simulated network, properties.
#![allow(clippy::unwrap_used)]

mod backup_plans;
mod blocks;
mod drive;
mod epochs;
mod forks;
mod guardians;
mod hostile;
mod manifests;
mod objects;
mod packs;
mod placement;
mod properties;
mod reconnect;
mod shards;
mod sim;
mod spaces;
mod stories;
mod town;
mod worlds;
