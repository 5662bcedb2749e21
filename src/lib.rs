//! Portolan starts a whole local stack in the right order, on ports that are really free, and tells every
//! service where the others are.
//!
//! The rooms and who may import whom are described in ARCHITECTURE.md; `tests/architecture.rs` enforces it.

pub mod api;
pub mod app;
pub mod backend;
pub mod cli;
pub mod config;
pub mod discovery;
pub mod doctor;
pub mod draft;
pub mod env;
pub mod findings;
pub mod handle;
pub mod logs;
pub mod ports;
pub mod services;
pub mod stack;
pub mod survey;
pub mod ui;
