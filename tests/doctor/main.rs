//! `portolan doctor` through the real binary, on small projects in folders of their own: what it finds, what it leaves
//! alone, and what `--fix` makes of it. Starts no service.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod project;

mod addresses;
mod documents;
mod environment;
mod fixing;
mod git;
mod healthy;
mod modules;
mod output;
mod serving;
mod toolchain;
