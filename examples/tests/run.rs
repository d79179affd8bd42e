//! Each example runs to its end: its assertions hold, and it says something.
#![allow(clippy::unwrap_used)]

use std::process::Command;

fn runs(program: &str) {
    let output = Command::new(program).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}");
    assert!(!output.stdout.is_empty(), "{program} shows what it does");
}

#[test]
fn phrase_and_devices() {
    runs(env!("CARGO_BIN_EXE_phrase_and_devices"));
}

#[test]
fn signed_log() {
    runs(env!("CARGO_BIN_EXE_signed_log"));
}

#[test]
fn two_nodes() {
    runs(env!("CARGO_BIN_EXE_two_nodes"));
}

#[test]
fn seal_for_friends() {
    runs(env!("CARGO_BIN_EXE_seal_for_friends"));
}
