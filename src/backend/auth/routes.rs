//! The routes of auth.

use std::net::TcpListener;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::state::Auth;
use super::{account, session};
use crate::backend::docs;
use crate::backend::settings::{Keeping, Settings};
use crate::backend::store::Database;

/// The routes of auth, served on `listener`. The error is why it cannot start.
pub(in crate::backend) async fn routes(
    settings: &Settings,
    keeping: &Keeping,
    database: Database,
    listener: &TcpListener,
) -> Result<Router, String> {
    let auth = Auth::open(settings, keeping, database, listener).await?;
    let own = Router::new()
        .route("/sign-up/email", post(account::sign_up))
        .route("/sign-in/email", post(account::sign_in))
        .route("/sign-out", post(session::sign_out))
        .route("/get-session", get(session::get_session))
        .route("/token", get(session::token))
        .route("/hs256-token", get(session::hs256_token))
        .route("/jwks", get(jwks))
        .route("/ok", get(|| async { Json(json!({ "ok": true })) }))
        .with_state(Arc::new(auth));
    Ok(Router::new().nest("/api/auth", own).merge(docs::routes(docs::Documented::Auth)))
}

async fn jwks(State(auth): State<Arc<Auth>>) -> Json<Value> {
    Json(auth.signer.jwks())
}
