//! libFuzzer's way into [`hearth_fuzz::sealed`].
#![cfg_attr(feature = "libfuzzer", no_main)]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hearth_fuzz::sealed(data));
