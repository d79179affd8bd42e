//! Shared spaces: a few people with real keys, real grants and sealed bodies, and no network but who shows whom what.

mod attacks;
mod histories;
mod home;
mod large;
mod owed;
mod villain;
mod world;
