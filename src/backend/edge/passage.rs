//! The way of one request through a service, from its id to its line in the log.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;

use super::fault::{Dialect, Fault};
use super::rate::RateLimit;
use super::request_id::{self, REQUEST_ID};
use super::serve::Peer;
use crate::backend::clock;
use crate::backend::log::Log;

/// The path of the probe that asks every few seconds; it is told of only when it fails.
const PROBED: &str = "/health";

/// The longest part of a path that is put into the log.
const LONGEST_PATH: usize = 200;

/// What requests of one service pass through.
pub(in crate::backend) struct Passage {
    pub(in crate::backend) log: Log,
    pub(in crate::backend) rate: RateLimit,
    /// How long one request may take, its body included: a body that trickles in is no body.
    pub(in crate::backend) time: Duration,
    pub(in crate::backend) dialect: Dialect,
}

/// Takes one request through: admits it, bounds its time, survives its handler's panic, puts a fault into words, names
/// it and tells of it. The query is not told: it may hold what people look for.
pub(in crate::backend) async fn pass(
    State(passage): State<Arc<Passage>>,
    request: Request,
    next: Next,
) -> Response {
    let begun = clock::instant();
    let id = request_id::of(request.headers());
    let method = request.method().clone();
    let path = request.uri().path();
    let path = path.get(..LONGEST_PATH).unwrap_or(path).to_owned();
    let peer = request.extensions().get::<Peer>().copied();

    let admitted = peer.map_or(Ok(()), |Peer(address)| passage.rate.admit(address.ip(), begun));
    let mut response = match admitted {
        Ok(()) => {
            let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
            match tokio::time::timeout(passage.time, handled).await {
                Ok(Ok(response)) => response,
                Ok(Err(panic)) => {
                    passage.log.error("a handler panicked", &[("request", &id), ("what", &words(&*panic))]);
                    let detail = "this is a fault of the service, and its log has more";
                    fault(Fault::new(StatusCode::INTERNAL_SERVER_ERROR, detail))
                }
                Err(_) => {
                    let detail = format!("the request took longer than {} seconds", passage.time.as_secs());
                    let slow = Fault::new(StatusCode::REQUEST_TIMEOUT, detail);
                    fault(slow.with(header::CONNECTION, "close"))
                }
            }
        }
        Err(wait) => {
            let seconds = wait.as_secs_f64().ceil().max(1.0);
            let many = Fault::new(StatusCode::TOO_MANY_REQUESTS, "too many requests; wait a moment");
            fault(many.with(header::RETRY_AFTER, format!("{seconds:.0}")))
        }
    };
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        if let Some(cause) = fault.cause() {
            passage.log.error("a request failed", &[("request", &id), ("cause", &cause)]);
        }
        // What the router added (`Allow`) stays.
        let kept = std::mem::take(response.headers_mut());
        response = fault.into_words(passage.dialect, &id);
        for (name, value) in kept.iter().filter(|(name, _)| **name == header::ALLOW) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    let status = response.status();
    if path != PROBED || !status.is_success() {
        let ms = format!("{:.1}", begun.elapsed().as_secs_f64() * 1000.0);
        let fields: [super::super::log::Field<'_>; 5] = [
            ("method", &method),
            ("path", &path),
            ("status", &status.as_u16()),
            ("ms", &ms),
            ("request", &id),
        ];
        match status.as_u16() {
            500.. => passage.log.error("request", &fields),
            400.. => passage.log.warn("request", &fields),
            _ => passage.log.info("request", &fields),
        }
    }
    response
}

fn fault(fault: Fault) -> Response {
    axum::response::IntoResponse::into_response(fault)
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}
