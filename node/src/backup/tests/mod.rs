//! Backups of people whose friends live in memory: they refuse, run out of room, go and come.
#![allow(clippy::unwrap_used)]

mod adopted;
mod covered;
mod friends;
mod killed;
mod person;
mod privacy;
mod stories;
mod thieves;
mod to_folder;

pub(super) use friends::Friends;
pub(super) use person::Person;
