//! The embedded services: auth, backend and frontend, served inside Portolan's own process over HTTP.
//!
//! The room knows nothing of the others: it is given a socket, an environment, a folder and an output, as a process
//! would be, and finds its neighbours as any service does. `app` puts it behind the seam of `services`.

mod auth;
mod clock;
mod digest;
mod docs;
mod edge;
mod log;
mod monitoring;
mod neighbours;
mod outgoing;
mod page;
mod secret;
mod service;
mod settings;
mod store;
mod tasks;
mod token;

pub use service::{Parts, Service, ServiceError};
