//! The routes about ports.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::handle::{EndHolder, LocalHandle, RememberPort};
use crate::stack::Port;

use super::router::{Failure, known};

/// `/v1/ports` and `/v1/services/NAME/port`.
pub(super) fn routes() -> Router<LocalHandle> {
    Router::new()
        .route("/v1/ports", get(report))
        .route("/v1/ports/{port}/end", post(end_holder))
        .route("/v1/services/{name}/port", get(options).post(remember))
        .route("/v1/services/{name}/port/{port}", get(check))
}

async fn report(State(handle): State<LocalHandle>) -> Result<Response, Failure> {
    Ok(Json(handle.ports().await?).into_response())
}

async fn options(State(handle): State<LocalHandle>, Path(name): Path<String>) -> Result<Response, Failure> {
    let service = known(&handle, &name)?;
    Ok(Json(handle.port_options(service).await?).into_response())
}

async fn check(
    State(handle): State<LocalHandle>,
    Path((name, port)): Path<(String, Port)>,
) -> Result<Response, Failure> {
    let service = known(&handle, &name)?;
    Ok(Json(handle.check_port(service, port).await?).into_response())
}

async fn remember(
    State(handle): State<LocalHandle>,
    Path(name): Path<String>,
    Json(request): Json<RememberPort>,
) -> Result<Response, Failure> {
    let service = known(&handle, &name)?;
    Ok(Json(handle.remember_port(service, request.port).await?).into_response())
}

async fn end_holder(
    State(handle): State<LocalHandle>,
    Path(port): Path<Port>,
    Json(request): Json<EndHolder>,
) -> Result<Response, Failure> {
    Ok(Json(handle.end_holder(port, request).await?).into_response())
}
