//! The impure shell around the heart: one loop that turns reports and orders into events, one interpreter that
//! performs effects, and what these need: processes, probes, ports, environments.
//!
//! Decisions are the heart's. Here is only how, never whether.

mod case_facts;
mod clock;
mod diagnosis;
mod effects;
mod embedded;
mod environment;
mod harbour;
mod keyboard;
mod port_desk;
mod probe;
pub mod process;
mod reload;
mod report;
mod runner;
mod start_times;
mod supervisor;
mod told;
mod vitals;

pub use clock::now;
pub use embedded::{EmbeddedContext, EmbeddedError, EmbeddedService, EmbeddedServices, EmbeddedSocket};
pub use environment::Environments;
pub use harbour::Harbour;
pub use port_desk::PortMemory;
pub use probe::ask_health;
pub use reload::{Reloaded, Reloader};
pub use supervisor::{Ending, Parts, StartError, Supervisor};
