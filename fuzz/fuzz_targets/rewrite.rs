#![no_main]

#[path = "../../src-tauri/crates/diff/tests/hostile/mod.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|input: &[u8]| hostile::rewrite(input));
