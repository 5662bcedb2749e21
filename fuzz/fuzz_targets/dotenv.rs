//! Fuzzes the reader of environment files: `cargo +nightly fuzz run dotenv fuzz/corpus/dotenv tests/corpus/dotenv`.
#![no_main]

#[path = "../../tests/dotenv_support/invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| invariants::check(bytes));
