//! libFuzzer's way into [`hearth_fuzz::fork_proof`].
#![cfg_attr(feature = "libfuzzer", no_main)]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hearth_fuzz::fork_proof(data));
