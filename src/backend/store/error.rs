//! Why the database did not do what it was asked.

use axum::http::{StatusCode, header};

use crate::backend::edge::Fault;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(in crate::backend) enum StoreError {
    /// It cannot be reached at the moment.
    #[error("reach the database: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// It refused, which is a fault of ours.
    #[error("use the database: {0}")]
    Refused(#[source] sqlx::Error),
    /// The system gives no random numbers for a new row's name.
    #[error("make an id: {0}")]
    NoRandom(getrandom::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) { Self::Unreachable(error) } else { Self::Refused(error) }
    }
}

impl From<getrandom::Error> for StoreError {
    fn from(error: getrandom::Error) -> Self {
        Self::NoRandom(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let cause = format!("failed to {error}");
        match error {
            StoreError::Unreachable(_) => {
                let fault =
                    Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached; try again");
                fault.with(header::RETRY_AFTER, "1").because(cause)
            }
            StoreError::Refused(_) | StoreError::NoRandom(_) => Self::internal(cause),
        }
    }
}

/// Whether trying again may help: the server is away, starting, going down, or has too many clients.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        // Class 08 is about connections, 57P about shutdown and start-up, 53 about what the server lacks; 5 and 6 are
        // SQLite's busy and locked.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            ["08", "57P", "53"].iter().any(|class| code.starts_with(class)) || matches!(&*code, "5" | "6")
        }),
        _ => false,
    }
}
