//! Bodies: read whole within their limit, and as JSON where JSON is wanted.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;

use super::fault::Fault;

/// The largest body, in bytes: ten times what the longest task takes.
const BODY_LIMIT: usize = 64 << 10;

/// Reads a body as JSON: 413 if it is too large, 415 if it says to be something else, 400 if it is no JSON.
pub(in crate::backend) async fn read_json(
    headers: &HeaderMap,
    body: Body,
    kinds: &[&str],
) -> Result<Value, Fault> {
    if !is_json(headers, kinds) {
        let detail = format!("the body has to be {}", kinds.join(" or "));
        return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let bytes = read_body(headers, body).await?;
    serde_json::from_slice(&bytes)
        // The error names a line and a column, and nothing of the text.
        .map_err(|error| Fault::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")))
}

/// Reads a whole body: 413 if it is too large, 400 if it breaks off.
pub(in crate::backend) async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Fault> {
    let too_large = || {
        Fault::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a body may have {BODY_LIMIT} bytes at most"))
            // What is still on its way would be taken for the next request.
            .with(header::CONNECTION, "close")
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > BODY_LIMIT as u64) {
        return Err(too_large());
    }
    to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        let cause = std::error::Error::source(&error);
        if cause.is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>()) {
            too_large()
        } else {
            Fault::new(StatusCode::BAD_REQUEST, "the body breaks off")
        }
    })
}

/// Whether the body says to be of one of `kinds`, whatever its parameters.
fn is_json(headers: &HeaderMap, kinds: &[&str]) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    kinds.iter().any(|known| essence.eq_ignore_ascii_case(known))
}
