//! libFuzzer's way into [`hearth_fuzz::resolve`].
#![cfg_attr(feature = "libfuzzer", no_main)]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hearth_fuzz::resolve(data));
