//! Which pages of other origins may use a service: those of the frontend, wherever it really is.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use axum::response::Response;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::backend::neighbours::Neighbours;

/// How long a browser may remember a permission. Short: the frontend may move to another port.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Headers of answers that a page may read.
const EXPOSED: [&str; 10] = [
    "set-auth-token",
    "set-auth-jwt",
    "etag",
    "link",
    "location",
    "x-total-count",
    "x-request-id",
    "x-retry-after",
    "retry-after",
    "idempotency-replayed",
];

/// What the layer says of permissions, given or not.
const SAID: [HeaderName; 5] = [
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

/// Headers that a page may send.
const SENT: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("x-request-id"),
];

/// Takes away what the layer says to everybody, where it did not give permission: nobody else is to be told anything.
pub(in crate::backend) fn without_permission_say_nothing(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        for name in SAID {
            headers.remove(name);
        }
    }
    response
}

/// Answers preflights, and marks what a trusted page may read. Others get no mark, which is how a browser refuses.
pub(in crate::backend) fn cors(neighbours: Arc<Neighbours>) -> CorsLayer {
    let trusted = AllowOrigin::predicate(move |origin, _| {
        origin.to_str().is_ok_and(|origin| neighbours.trusts(origin))
    });
    CorsLayer::new()
        .allow_origin(trusted)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(SENT)
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(REMEMBERED)
}
