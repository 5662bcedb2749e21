//! `portolan import` and `portolan init` on files and folders as people have them: what is written loads, says why, and
//! really starts. The samples stand in `tests/drafts/`, programs of several of them in `tests/drafts/programs/`, the texts
//! that came of them in `tests/drafts/snapshots/`.
#![cfg_attr(target_os = "linux", expect(clippy::unwrap_used, reason = "test code, its helpers included"))]

#[cfg(target_os = "linux")]
#[expect(dead_code, unused_imports, reason = "shared with tests/e2e, which uses all of it")]
#[path = "e2e/support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
#[path = "drafts/cases/mod.rs"]
mod cases;

#[cfg(not(target_os = "linux"))]
#[test]
fn drafts_are_started_on_linux_only() {
    eprintln!("SKIPPED: the samples are started with the support of tests/e2e, which needs /proc");
}
