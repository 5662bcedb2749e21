//! `portolan check` through the real binary: each row of its table going red for its own reason and green without, its
//! forms, its ends, and examples/notes with one fault at a time.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

#[path = "../notes_example/mod.rs"]
mod notes_example;
#[path = "../stack_support/mod.rs"]
mod stack_support;

mod ends;
mod forms;
mod notes;
mod rows;
mod running;
mod support;
mod xml;
