//! Everything that is tested across the crate: stories over a simulated network, properties.
#![allow(clippy::unwrap_used)]

mod drive;
mod forks;
mod hostile;
mod objects;
mod properties;
mod reconnect;
mod sim;
mod stories;
mod town;
mod worlds;
