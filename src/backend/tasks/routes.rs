//! The routes of the backend.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::state::Tasks;
use super::{item, listing};
use crate::backend::docs;
use crate::backend::monitoring::Monitoring;
use crate::backend::neighbours::Neighbour;
use crate::backend::settings::{Keeping, Settings};
use crate::backend::store::Database;
use crate::backend::token::{Keyring, Verifier};

/// The routes of the backend, called `name` in its stack.
pub(in crate::backend) fn routes(
    name: &str,
    settings: &Settings,
    keeping: &Keeping,
    database: Database,
    keyring: Keyring,
) -> Router {
    let monitoring = Arc::new(Monitoring::new(database.clone(), Arc::clone(&settings.neighbours)));
    let verifier = Verifier::new(&keeping.secret, Arc::clone(&settings.neighbours), keyring);
    let tasks = Tasks::new(database, verifier);
    let name: Arc<str> = name.into();
    let neighbours = Arc::clone(&settings.neighbours);
    // What examples/notes answers, so that a page for that backend works with this one.
    let config = move || {
        let url = |neighbour| neighbours.find(neighbour).map(|place| place.url);
        let config =
            json!({ "auth_service_url": url(Neighbour::Auth), "frontend_url": url(Neighbour::Frontend) });
        async move { Json(config) }
    };
    let report = move || {
        let (monitoring, name) = (Arc::clone(&monitoring), Arc::clone(&name));
        async move { Json(monitoring.report(&name).await) }
    };
    Router::new()
        .route("/api/tasks", get(listing::list).post(item::create))
        .route("/api/tasks/{id}", get(item::read).put(item::replace).patch(item::merge).delete(item::delete))
        .with_state(tasks)
        .route("/api/config", get(config))
        .route("/monitoring/health", get(report))
        .merge(docs::routes(docs::Documented::Backend))
}
