#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(dauys::fuzz::rtcp(bytes)));
