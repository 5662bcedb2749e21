//! The name of a request, by which an answer and a line in the log are brought together.

use axum::http::{HeaderMap, HeaderName};

/// The header that carries it, both ways.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of a client's that is taken over.
const LONGEST: usize = 64;

/// The client's own id if it is harmless in a log, else a random one.
pub(super) fn of(headers: &HeaderMap) -> String {
    let own = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let harmless = |id: &&str| {
        let tame = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        (1..=LONGEST).contains(&id.len()) && id.bytes().all(tame)
    };
    match own.filter(harmless) {
        Some(id) => id.to_owned(),
        // Without random numbers an id is no id, but the request can be answered all the same.
        None => format!("{:016x}", getrandom::u64().unwrap_or_default()),
    }
}
