//! Photos that are as they should be, and files that aren't.

#![allow(clippy::unwrap_used)]
