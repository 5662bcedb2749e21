//! Why a file of another tool cannot be read.

/// Why a file cannot be imported; completes "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is not what its format says.
    #[error("read line {line}: {what}")]
    Malformed {
        /// Counted from 1.
        line: u32,
        /// What is wrong there.
        what: String,
    },
    /// It may be valid, but nothing in it can be started.
    #[error("find a service in it: {0}")]
    Nothing(String),
    /// Neither its name nor its contents tell what it is.
    #[error("tell what it is: {0}")]
    UnknownFormat(String),
}

impl ImportError {
    /// The line that is at fault.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Malformed { line, .. } => Some(*line),
            Self::Nothing(_) | Self::UnknownFormat(_) => None,
        }
    }

    pub(super) fn at(line: u32, what: impl Into<String>) -> Self {
        Self::Malformed { line, what: what.into() }
    }
}
