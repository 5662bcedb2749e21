//! Probes: is it the service that listens there, and is it well?
//!
//! A prober belongs to one run and reports to the heart, which decides what the answers mean. It asks fast while the
//! service starts and calmly when it is healthy, and it never takes the answer of a process that is not ours.

mod exec;
mod health;
mod http;
mod listener;
mod prober;

pub use health::ask_health;
pub(super) use http::HttpProbe;
pub(super) use prober::{Check, Prober};
