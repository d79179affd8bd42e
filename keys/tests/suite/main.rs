//! Tests of the `hearth-keys` crate from outside: published vectors, our own vectors, and what
//! hostile or mistyped input meets.
#![allow(clippy::unwrap_used)]

mod blob;
mod keyfile;
mod own_vectors;
mod phrase;
mod published;
mod sealing;
mod secrecy;
mod signature;
mod support;
mod text;
