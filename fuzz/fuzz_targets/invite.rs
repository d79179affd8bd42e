//! libFuzzer's way into [`hearth_fuzz::invite`].
#![cfg_attr(feature = "libfuzzer", no_main)]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hearth_fuzz::invite(data));
