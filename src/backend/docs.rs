//! What a service says of itself: its OpenAPI description, and Swagger UI to read and try it, from this process alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa_swagger_ui::Config;

use super::edge::Fault;

/// Which description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Documented {
    Auth,
    Backend,
}

impl Documented {
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Auth => include_str!("../../assets/openapi/auth.json"),
            Self::Backend => include_str!("../../assets/openapi/backend.json"),
        }
    }
}

/// `/openapi.json` and `/docs`.
pub(super) fn routes(documented: Documented) -> Router {
    // Without the badge that asks a server elsewhere whether the description is well formed.
    let config = Config::new(["/openapi.json"]).validator_url("none").try_it_out_enabled(true);
    let config = Arc::new(config);
    let description = documented.description();
    Router::new()
        .route(
            "/openapi.json",
            get(move || async move { typed("application/json", description.as_bytes().into()) }),
        )
        .route("/docs", get(|| async { Redirect::temporary("/docs/") }))
        .route(
            "/docs/",
            get({
                let config = Arc::clone(&config);
                move || async move { file("index.html", config) }
            }),
        )
        .route(
            "/docs/{*file}",
            get(move |name: Result<Path<String>, PathRejection>| async move {
                match name {
                    Ok(Path(name)) => file(&name, config),
                    // Bytes that are no text name no file.
                    Err(_) => Err(missing()),
                }
            }),
        )
}

fn file(name: &str, config: Arc<Config<'static>>) -> Result<Response, Fault> {
    let file =
        utoipa_swagger_ui::serve(name, config).map_err(|error| missing().because(error.to_string()))?;
    let file = file.ok_or_else(missing)?;
    Ok(typed(&file.content_type, file.bytes.into_owned()))
}

fn missing() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "Swagger UI has no such file")
}

fn typed(kind: &str, body: Vec<u8>) -> Response {
    let mut response = body.into_response();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}
