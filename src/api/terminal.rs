//! The routes to a service's input and terminal. Bytes travel as they are, in bodies.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::handle::{LOST_HEADER, LocalHandle, OFFSET_HEADER, TerminalSize};
use crate::logs::TerminalChunk;

use super::router::{After, Failure, LONGEST_POLL, known};

/// `/v1/services/NAME/input` and `/v1/services/NAME/terminal`.
pub(super) fn routes() -> Router<LocalHandle> {
    Router::new()
        .route("/v1/services/{name}/input", post(input))
        .route("/v1/services/{name}/terminal", get(terminal))
        .route("/v1/services/{name}/terminal/size", post(resize))
}

async fn input(
    State(handle): State<LocalHandle>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode, Failure> {
    let service = known(&handle, &name)?;
    handle.input(service, bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn resize(
    State(handle): State<LocalHandle>,
    Path(name): Path<String>,
    Json(size): Json<TerminalSize>,
) -> Result<StatusCode, Failure> {
    let service = known(&handle, &name)?;
    handle.resize(service, size).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn terminal(
    State(handle): State<LocalHandle>,
    Path(name): Path<String>,
    Query(query): Query<After>,
) -> Result<Response, Failure> {
    let service = known(&handle, &name)?;
    let offset = query.after.unwrap_or(0);
    let more = tokio::time::timeout(LONGEST_POLL, handle.terminal_after(service, offset)).await;
    let chunk = match more {
        Ok(chunk) => chunk?,
        Err(_) => TerminalChunk { offset, ..TerminalChunk::default() },
    };
    let head = [
        (header::CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        (OFFSET_HEADER, chunk.offset.to_string()),
        (LOST_HEADER, chunk.lost.to_string()),
    ];
    Ok((head, chunk.bytes).into_response())
}
