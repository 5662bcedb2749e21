//! What the others hold of a running stack: commands in, snapshots and events out.
//!
//! Two forms with the same methods, and [`Handle`] for either: [`LocalHandle`] in the launcher's own process,
//! [`RemoteHandle`] over the control socket. Neither decides anything; both outlive the stack and then answer [`HandleError::Gone`].

mod either;
mod events;
mod journal;
mod local;
mod order;
mod ports;
mod remote;
mod socket;
mod terminal;
mod vitals;

pub use either::Handle;
pub use events::Events;
pub use journal::{Entry, Journal, JournalReader};
pub use local::{LocalHandle, OrderInbox};
pub use order::{CommandRequest, Order, ReloadChange, ReloadReport};
pub use ports::{EndHolder, PortOrder, PortRemembered, RememberPort, Reply};
pub use remote::RemoteHandle;
pub use socket::{ControlSocket, connect};
pub use terminal::{LOST_HEADER, OFFSET_HEADER, TerminalOrder, TerminalSize};
pub use vitals::VitalsBoard;

/// Why a running stack could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// No launcher answers: the stack is down, or went down meanwhile.
    #[error("the stack is not running")]
    Gone,
    /// The stack does not do it.
    #[error(transparent)]
    Refused(#[from] crate::stack::Refusal),
    /// The launcher answered something that this version does not understand.
    #[error("the launcher answered {status}: {detail}")]
    Unexpected {
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// The control socket failed in the middle of an answer.
    #[error("the control socket failed: {0}")]
    Broken(String),
}
