//! End to end: the real binary with real processes, as a user meets it. One file a topic; one test program, so that it
//! is linked once. Every test has a folder and a state of its own and leaves no process behind.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod support;

mod api;
mod bad_input;
mod choosing_ports;
mod cli;
mod conflicts;
mod demo;
mod embedded;
mod environment;
mod findings;
mod handle;
mod lifecycle;
mod logs;
mod ordering;
mod ports;
mod probes;
mod records;
mod reload;
mod remote;
mod stopping;
mod terminals;
mod up;
mod why;
