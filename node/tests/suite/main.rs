//! The built binary as its users meet it: real processes, real sockets, real files, loopback only.

#![allow(clippy::unwrap_used)]

mod access;
mod archive;
mod arrows;
mod audience;
mod backup;
mod browser;
mod cli;
mod devices;
mod drive_pages;
mod durability;
mod files;
mod finding;
mod fire;
mod first_run;
mod guardians;
mod harness;
mod homes;
mod hostile;
mod http;
mod impostors;
mod invites;
mod knocks;
mod logs;
mod mallory;
mod naughty;
mod owning_pages;
mod photos;
mod photos_pages;
mod public;
mod rebuild;
mod reconnect;
mod replication;
mod restore;
mod siege;
mod social;
mod spaces;
mod spaces_pages;
mod throttle;
mod village;
mod vitals;
