//! The routes of auth, and what all of their handlers share.

use std::net::TcpListener;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::attempts::Attempts;
use super::cookies::TokenSeal;
use super::origin::Origins;
use super::password::Passwords;
use super::{account, session};
use crate::backend::clock::Timestamp;
use crate::backend::docs;
use crate::backend::settings::{Keeping, Settings};
use crate::backend::store::{Accounts, Database, SigningKeys};
use crate::backend::token::Signer;

/// What handlers of auth share.
pub(super) struct Auth {
    pub(super) accounts: Accounts,
    pub(super) passwords: Passwords,
    pub(super) attempts: Attempts,
    pub(super) seal: TokenSeal,
    pub(super) signer: Signer,
    pub(super) origins: Origins,
    /// Its own address: who issues tokens, and for whom they are.
    pub(super) base: String,
}

/// The routes of auth, served on `listener`. The error is why it cannot start.
pub(in crate::backend) async fn routes(
    settings: &Settings,
    keeping: &Keeping,
    database: Database,
    listener: &TcpListener,
) -> Result<Router, String> {
    let address = listener.local_addr().map_err(|error| format!("the socket has no address: {error}"))?;
    let base = format!("http://{address}");
    let accounts = Accounts::of(database.clone());
    accounts.sweep_sessions(Timestamp::now()).await.map_err(|error| format!("failed to {error}"))?;
    let signer = Signer::open(&keeping.secret, &SigningKeys::of(database)).await;
    let auth = Auth {
        accounts,
        passwords: Passwords::new()?,
        attempts: Attempts::default(),
        seal: TokenSeal::new(&keeping.secret),
        signer: signer.map_err(|error| format!("failed to {error}"))?,
        origins: Origins::new(&base, Arc::clone(&settings.neighbours)),
        base,
    };
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
