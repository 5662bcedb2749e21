//! The bearer token of a request (RFC 6750).

use axum::http::{HeaderMap, header};

/// The token that a request brings, if it brings one and no more: of two one would not know which is meant.
pub(in crate::backend) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = all.next()?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && all.next().is_none()).then_some(token)
}
