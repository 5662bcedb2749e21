//! The gallery: every folder of `examples/broken` is a small program with one fault, of which `portolan` has to say the
//! right thing first, in time and with its place, and nothing wrong beside it; every folder of `examples/healthy` is a
//! stack of which it has to say nothing.
//!
//! `PORTOLAN_GALLERY=part-of-a-name` runs some of them.
#![cfg_attr(target_os = "linux", expect(clippy::unwrap_used, reason = "test code, its helpers included"))]

#[cfg(target_os = "linux")]
mod broken;
#[cfg(target_os = "linux")]
mod exhibit;
#[cfg(target_os = "linux")]
mod healthy;
#[cfg(target_os = "linux")]
mod said;
#[cfg(target_os = "linux")]
mod show;
#[cfg(target_os = "linux")]
#[expect(dead_code, unused_imports, reason = "shared with tests/e2e, which uses all of it")]
#[path = "../e2e/support/mod.rs"]
mod support;

#[cfg(not(target_os = "linux"))]
#[test]
fn the_gallery_is_shown_on_linux_only() {
    eprintln!("SKIPPED: the gallery needs /proc to prove that nothing is left");
}
