//! Why a text is no query, and where. Does not decide what is shown around it.

/// What is wrong with the text of a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryFault {
    /// Where, as an offset in bytes: at a character of the text, or at its end.
    pub at: usize,
    /// What is wrong and what to write instead, in one line.
    pub message: String,
}

impl QueryFault {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}
