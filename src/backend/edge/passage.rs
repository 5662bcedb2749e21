//! The way of one request through a service, from its id to its line in the log.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::fault::{Dialect, Fault};
use super::rate::RateLimit;
use super::request_id::{self, REQUEST_ID};
use super::serve::Peer;
use crate::backend::clock;
use crate::backend::log::{Field, Log};

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
    let path: String = request.uri().path().chars().take(LONGEST_PATH).collect();
    let mut response = match passage.admit(&request, &path, begun) {
        Ok(()) => passage.handle(request, next).await,
        Err(fault) => fault.into_response(),
    };
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        if let Some(cause) = fault.cause() {
            passage.log.error("a request failed", &[("request", &id), ("cause", &cause)]);
        }
        // What the router added stays.
        let allow = response.headers_mut().remove(header::ALLOW);
        response = fault.into_words(passage.dialect, &id);
        response.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.extend(HeaderValue::from_str(&id).ok().map(|id| (REQUEST_ID, id)));
    let status = response.status();
    if path != PROBED || !status.is_success() {
        let ms = format!("{:.1}", begun.elapsed().as_secs_f64() * 1000.0);
        let code = status.as_u16();
        let fields: [Field<'_>; 5] =
            [("method", &method), ("path", &path), ("status", &code), ("ms", &ms), ("request", &id)];
        match code {
            500.. => passage.log.error("request", &fields),
            400.. => passage.log.warn("request", &fields),
            _ => passage.log.info("request", &fields),
        }
    }
    response
}

impl Passage {
    /// The probe is always let in: whoever else is too busy does not make the service unhealthy.
    fn admit(&self, request: &Request, path: &str, now: Instant) -> Result<(), Fault> {
        let Some(Peer(address)) = request.extensions().get().filter(|_| path != PROBED) else {
            return Ok(());
        };
        self.rate.admit(address.ip(), now).map_err(|wait| {
            let seconds = wait.as_secs_f64().ceil().max(1.0);
            let many = Fault::new(StatusCode::TOO_MANY_REQUESTS, "too many requests; wait a moment");
            many.with(header::RETRY_AFTER, format!("{seconds:.0}"))
        })
    }

    async fn handle(&self, request: Request, next: Next) -> Response {
        let has_body = !request.body().is_end_stream();
        let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
        match tokio::time::timeout(self.time, handled).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => {
                Fault::internal(format!("a handler panicked: {}", words(&*panic))).into_response()
            }
            Err(_) => {
                let detail = format!("the request took longer than {} seconds", self.time.as_secs());
                // Without a body to wait for it was the service that was slow.
                let fault = match has_body {
                    true => Fault::new(StatusCode::REQUEST_TIMEOUT, detail),
                    false => {
                        Fault::new(StatusCode::SERVICE_UNAVAILABLE, detail).with(header::RETRY_AFTER, "1")
                    }
                };
                fault.with(header::CONNECTION, "close").into_response()
            }
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}
