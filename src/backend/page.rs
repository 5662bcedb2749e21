//! The frontend: one page with its parts, and what it has to know of the others, always as it is now.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::digest::digest;
use super::neighbours::{Neighbour, Neighbours, Place};

/// What the page may load and ask: itself, and services wherever they are. No script or style but its own files. A
/// policy cannot name `[::1]`.
const POLICY: &str = "default-src 'self'; connect-src 'self' http://127.0.0.1:* http://localhost:* https:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/// A file of the page.
struct Asset {
    path: &'static str,
    kind: &'static str,
    body: &'static str,
    /// Names what it holds: changes with it.
    tag: String,
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        (concat!("/assets/", $name), $kind, include_str!(concat!("../../assets/page/", $name)))
    };
}

const FILES: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("../../assets/page/index.html")),
    asset!("page.css", "text/css; charset=utf-8"),
    asset!("page.js", "text/javascript; charset=utf-8"),
    asset!("api.js", "text/javascript; charset=utf-8"),
    asset!("dom.js", "text/javascript; charset=utf-8"),
    asset!("places.js", "text/javascript; charset=utf-8"),
    asset!("session.js", "text/javascript; charset=utf-8"),
    asset!("stack.js", "text/javascript; charset=utf-8"),
    asset!("tasks.js", "text/javascript; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
    asset!("chart.svg", "image/svg+xml"),
];

/// The routes of the frontend.
pub(super) fn routes(neighbours: Arc<Neighbours>) -> Router {
    let config = Router::new().route("/config.json", get(config)).with_state(neighbours);
    FILES.iter().fold(config, |routes, (path, kind, body)| {
        let tag = format!("\"{}\"", digest([body.as_bytes()], 8));
        let asset = Arc::new(Asset { path, kind, body, tag });
        routes.route(asset.path, get(serve).with_state(asset))
    })
}

async fn serve(State(asset): State<Arc<Asset>>, request: HeaderMap) -> Response {
    let known = request.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == asset.tag.as_bytes());
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { asset.body.into_response() };
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, asset.kind);
    put(header::ETAG, &asset.tag);
    put(header::CACHE_CONTROL, "no-cache");
    put(header::CONTENT_SECURITY_POLICY, POLICY);
    put(header::REFERRER_POLICY, "no-referrer");
    response
}

async fn config(State(neighbours): State<Arc<Neighbours>>) -> Response {
    let places =
        [Neighbour::Auth, Neighbour::Backend].map(|neighbour| (neighbour, neighbours.find(neighbour)));
    let stack = places.iter().find_map(|(_, place)| place.as_ref()?.stack.clone());
    let service = |(neighbour, place): (Neighbour, Option<Place>)| {
        json!({
            "name": neighbour.name(),
            "url": place.as_ref().map(|place| &place.url),
            "state": place.as_ref().and_then(|place| place.state.as_ref()),
            "source": place.as_ref().map(|place| &place.source),
        })
    };
    let services: Vec<Value> = places.map(service).into();
    let mut response = Json(json!({ "stack": stack, "services": services })).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
