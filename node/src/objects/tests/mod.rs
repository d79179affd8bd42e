//! Tests of pack files.
#![allow(clippy::unwrap_used)]
