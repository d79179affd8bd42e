//! libFuzzer's way into [`hearth_fuzz::device_link`].
#![cfg_attr(feature = "libfuzzer", no_main)]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hearth_fuzz::device_link(data));
