//! The routes of `/v1` and what each answers.
//!
//! | | |
//! |---|---|
//! | `GET /v1/snapshot[?after=V]` | the stack; with `after`, the first newer one, or the same after half a minute |
//! | `GET /v1/events[?after=SEQ]` | events as NDJSON, without end |
//! | `GET /v1/vitals[?after=V]` | what its processes use: the first measurement newer than V; 204 after half a minute |
//! | `GET /v1/description` | what the specification says of each service |
//! | `POST /v1/commands` | an order; answers once it was taken on |
//! | `POST /v1/reload` | reads the configuration again |
//! | `GET /v1/services/NAME/env[?reveal=true]` | its environment |
//! | `GET /v1/services/NAME/why` | why it is not up |
//! | `GET /v1/ports` | every leased port of this user and who listens |
//! | `POST /v1/ports/PORT/end` | ends the holder `{"pid", "force"}`; answers when the port is free |
//! | `GET /v1/services/NAME/port` | what it could have instead of its port |
//! | `GET /v1/services/NAME/port/PORT` | whether it could have this one |
//! | `POST /v1/services/NAME/port` | prefers `{"port"}` from the next start or reload on |
//! | `POST /v1/services/NAME/input` | types the body |
//! | `GET /v1/services/NAME/terminal[?after=OFFSET]` | what its terminal was sent since, at most half a minute later |
//! | `POST /v1/services/NAME/terminal/size` | tells its terminal `{"columns", "rows"}` |
//!
//! A refusal is 409 with the refusal as JSON.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use crate::handle::{CommandRequest, HandleError, LocalHandle};
use crate::stack::{Command, Refusal, ServiceName};

use super::{ports, terminal};

/// Longer than this no request for a newer snapshot is kept open, so that dead readers do not pile up.
pub(super) const LONGEST_POLL: Duration = Duration::from_secs(30);

/// The control API of the stack behind `handle`.
pub fn router(handle: LocalHandle) -> Router {
    Router::new()
        .route("/v1/snapshot", get(snapshot))
        .route("/v1/events", get(events))
        .route("/v1/vitals", get(vitals))
        .route("/v1/description", get(description))
        .route("/v1/commands", post(command))
        .route("/v1/reload", post(reload))
        .route("/v1/services/{name}/env", get(environment))
        .route("/v1/services/{name}/why", get(why))
        .merge(ports::routes())
        .merge(terminal::routes())
        .with_state(handle)
}

#[derive(Deserialize)]
pub(super) struct After {
    pub(super) after: Option<u64>,
}

#[derive(Deserialize)]
struct Reveal {
    #[serde(default)]
    reveal: bool,
}

async fn snapshot(
    State(handle): State<LocalHandle>,
    Query(query): Query<After>,
) -> Result<Response, Failure> {
    let Some(after) = query.after else { return Ok(Json(&*handle.snapshot()).into_response()) };
    match tokio::time::timeout(LONGEST_POLL, handle.snapshot_after(after)).await {
        Ok(newer) => Ok(Json(&*newer?).into_response()),
        Err(_) => Ok(Json(&*handle.snapshot()).into_response()),
    }
}

async fn events(State(handle): State<LocalHandle>, Query(query): Query<After>) -> Response {
    let reader = handle.journal().read_after(query.after.unwrap_or(0));
    let lines = futures_util::stream::unfold(reader, |mut reader| async {
        let entry = reader.next().await?;
        let mut line = serde_json::to_vec(&*entry).ok()?;
        line.push(b'\n');
        Some((Ok::<_, Infallible>(Bytes::from(line)), reader))
    });
    let body = Body::from_stream(lines);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

async fn vitals(State(handle): State<LocalHandle>, Query(query): Query<After>) -> Result<Response, Failure> {
    let newer = handle.vitals_after(query.after.unwrap_or(0));
    match tokio::time::timeout(LONGEST_POLL, newer).await {
        Ok(newer) => Ok(Json(&*newer?).into_response()),
        Err(_) => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn description(State(handle): State<LocalHandle>) -> Result<Response, Failure> {
    Ok(Json(handle.describe().await?).into_response())
}

async fn command(
    State(handle): State<LocalHandle>,
    Json(request): Json<CommandRequest>,
) -> Result<Response, Failure> {
    Ok(Json(handle.command(Command::from(request)).await?).into_response())
}

async fn reload(State(handle): State<LocalHandle>) -> Result<Response, Failure> {
    Ok(Json(handle.reload().await?).into_response())
}

async fn environment(
    State(handle): State<LocalHandle>,
    Path(name): Path<String>,
    Query(query): Query<Reveal>,
) -> Result<Response, Failure> {
    let service = known(&handle, &name)?;
    Ok(Json(handle.environment(service, query.reveal).await?).into_response())
}

async fn why(State(handle): State<LocalHandle>, Path(name): Path<String>) -> Result<Response, Failure> {
    let service = known(&handle, &name)?;
    let explanation = handle.snapshot().explain(&service);
    Ok(Json(explanation.ok_or(HandleError::Refused(Refusal::UnknownService { name }))?).into_response())
}

pub(super) fn known(handle: &LocalHandle, name: &str) -> Result<ServiceName, Failure> {
    let parsed = ServiceName::new(name).ok();
    let known = parsed.filter(|parsed| handle.snapshot().service(parsed).is_some());
    known.ok_or_else(|| Failure(HandleError::Refused(Refusal::UnknownService { name: name.to_owned() })))
}

/// A stack's answer that is not a success.
pub(super) struct Failure(HandleError);

impl From<HandleError> for Failure {
    fn from(error: HandleError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self.0 {
            HandleError::Refused(refusal) => (StatusCode::CONFLICT, Json(refusal)).into_response(),
            error @ HandleError::Gone => (StatusCode::GONE, error.to_string()).into_response(),
            error @ (HandleError::Unexpected { .. } | HandleError::Broken(_)) => {
                (StatusCode::BAD_GATEWAY, error.to_string()).into_response()
            }
        }
    }
}
