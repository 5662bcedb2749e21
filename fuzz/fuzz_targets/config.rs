//! Fuzzes the reader of portolan.toml: `cargo +nightly fuzz run config fuzz/corpus/config tests/corpus/config`.
//! Whatever stands in the file, it is read or refused with problems that can be shown, and nothing panics.
#![no_main]

use portolan::config::{LoadRequest, load};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("portolan.toml");
    std::fs::write(&file, bytes).expect("a file in it");
    match load(&LoadRequest { file, ..LoadRequest::default() }) {
        Ok(loaded) => assert!(loaded.spec.services.len() < bytes.len()),
        Err(problems) => assert!(!problems.render(false).is_empty()),
    }
});
