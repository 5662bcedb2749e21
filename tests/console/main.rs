//! The console as a person meets it: the real binary in a real pseudo-terminal, with real services. One file a topic;
//! one test program. What another process sees of a stack is `tests/e2e`'s business.
#![cfg_attr(target_os = "linux", expect(clippy::unwrap_used, reason = "test code, its helpers included"))]

#[cfg(target_os = "linux")]
#[expect(dead_code, unused_imports, reason = "shared with tests/e2e, which uses all of it")]
#[path = "../e2e/support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
#[path = "../notes_example/mod.rs"]
mod notes_example;

#[cfg(target_os = "linux")]
mod desk;

#[cfg(target_os = "linux")]
mod aside;
#[cfg(target_os = "linux")]
mod attaching;
#[cfg(target_os = "linux")]
mod demo;
#[cfg(target_os = "linux")]
mod drafting;
#[cfg(target_os = "linux")]
mod endings;
#[cfg(target_os = "linux")]
mod findings;
#[cfg(target_os = "linux")]
mod guests;
#[cfg(target_os = "linux")]
mod journeys;
#[cfg(target_os = "linux")]
mod keys;
#[cfg(target_os = "linux")]
mod logs;
#[cfg(target_os = "linux")]
mod notes;
#[cfg(target_os = "linux")]
mod tables;

#[cfg(not(target_os = "linux"))]
#[test]
fn the_console_is_driven_on_linux_only() {
    eprintln!("SKIPPED: the journeys through the console need /proc and setsid, which this system lacks");
}
