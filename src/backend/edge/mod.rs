//! What every request to an embedded service passes: connections and their limits, a request id, limits of time and
//! rate, cross-origin permission, faults in words, and a line in the log.

mod bearer;
mod cors;
mod fault;
mod json;
mod lingering;
mod passage;
mod rate;
mod request_id;
mod serve;

pub(super) use bearer::bearer;
pub(super) use cors::{cors, without_permission_say_nothing};
pub(super) use fault::{Dialect, Fault, Wrong};
pub(super) use json::{read_body, read_json};
pub(super) use passage::{Passage, pass};
pub(super) use rate::RateLimit;
pub(super) use serve::{Peer, serve};
