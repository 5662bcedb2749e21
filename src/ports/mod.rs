//! Who holds which port: leases across the user's stacks, the reservation of a leased port, and who listens on it.
//!
//! Nothing here decides what to do about a taken port, ends a process or keeps a stack's state: it answers with facts.
//!
//! Everything blocks, though briefly. Debug build, two cores, Linux 6.18, 93 processes (`cargo bench --bench ports`
//! prints the figures anew): lease, reserve and give back 75 µs; list a lease 35 µs; who listens on a port 35 µs, and whether it
//! is one of ours 75 µs together. Naming a stranger reads all of /proc, 2 ms and more: on conflict only.

mod allocate;
mod holder;
mod lease;
#[cfg(target_os = "linux")]
mod linux;
mod listener;
mod obstacle;
#[cfg(not(target_os = "linux"))]
mod other;
mod redact;
mod report;
mod request;
mod reservation;
mod runtime_dir;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

pub use crate::stack::{Holder, LeaseRecord, PortsReport, PortsRow, ProcessFacts};
pub use allocate::{AllocateError, Allocated, PortAllocator, WhyMoved};
pub use holder::{descends_from, facts_of, holder_of, is_held_by};
pub use lease::{Lease, LeaseError, LeaseOwner};
pub use listener::{Listener, Ownership, listeners_of, listeners_on, owned_by, owner_of};
pub use report::{ReportError, machine_report};
pub use request::{Request, WhenExhausted};
pub use reservation::Reservation;
pub use runtime_dir::{RuntimeDirError, runtime_dir};
pub use system::process_start_time;
