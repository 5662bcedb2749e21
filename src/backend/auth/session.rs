//! The session that a request brings: who it is, tokens for it, and its end.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::cookies::take;
use super::form::{self, Field, Kind};
use super::shown::{ShownSession, ShownUser};
use super::state::Auth;
use crate::backend::clock::Timestamp;
use crate::backend::edge::Fault;
use crate::backend::store::{Session, User};
use crate::backend::token::{Claims, TokenError};

/// How long sessions last, in milliseconds: one that is remembered and one that is not, as with Better Auth.
pub(super) const REMEMBERED: i64 = 7 * DAY;
pub(super) const FORGOTTEN: i64 = DAY;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What may stand in the body of a sign-out.
const SIGN_OUT: [Field; 3] = [
    Field { name: "callbackURL", kind: Kind::Text, required: false },
    Field { name: "disableRedirect", kind: Kind::Bool, required: false },
    Field { name: "state", kind: Kind::Text, required: false },
];

/// What a request brings.
enum Found {
    /// Nothing that could be a session.
    Nothing,
    /// A token of a session that has ended.
    Ended,
    /// A session.
    Session(Box<(Session, User)>),
}

#[derive(Serialize)]
struct Shown<'a> {
    session: ShownSession<'a>,
    user: ShownUser<'a>,
}

/// `GET /get-session`: the session and its user, or `null`.
pub(super) async fn get_session(
    State(auth): State<Arc<Auth>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let mut given = HeaderMap::new();
    let found = find(&auth, &headers, query.as_deref(), &mut given).await?;
    let mut response = match &found {
        Found::Nothing => Json(json!(null)).into_response(),
        Found::Ended => {
            take(&mut given);
            Json(json!(null)).into_response()
        }
        Found::Session(found) => {
            let (session, user) = &**found;
            let token =
                auth.signer.eddsa(&Claims::of(user, &auth.base, Timestamp::now())).map_err(unsigned)?;
            if let Ok(token) = HeaderValue::from_str(&token) {
                given.insert(HeaderName::from_static("set-auth-jwt"), token);
            }
            Json(Shown { session: session.into(), user: user.into() }).into_response()
        }
    };
    given.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    given.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().extend(given);
    Ok(response)
}

/// `GET /token`: a token that is verified with the public key.
pub(super) async fn token(State(auth): State<Arc<Auth>>, headers: HeaderMap) -> Result<Response, Fault> {
    give_token(&auth, &headers, |claims| auth.signer.eddsa(claims)).await
}

/// `GET /hs256-token`: a token that is verified with the shared secret.
pub(super) async fn hs256_token(
    State(auth): State<Arc<Auth>>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    give_token(&auth, &headers, |claims| auth.signer.hs256(claims)).await
}

async fn give_token(
    auth: &Auth,
    headers: &HeaderMap,
    sign: impl FnOnce(&Claims<'_>) -> Result<String, TokenError>,
) -> Result<Response, Fault> {
    let mut given = HeaderMap::new();
    let found = find(auth, headers, None, &mut given).await?;
    let unauthorized = || Fault::coded(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized");
    match found {
        Found::Nothing => Err(unauthorized()),
        Found::Ended => {
            let mut taken = HeaderMap::new();
            take(&mut taken);
            let cookies = taken.get_all(header::SET_COOKIE).iter().cloned();
            Err(cookies.fold(unauthorized(), |fault, cookie| fault.with(header::SET_COOKIE, cookie)))
        }
        Found::Session(found) => {
            let token = sign(&Claims::of(&found.1, &auth.base, Timestamp::now())).map_err(unsigned)?;
            let mut response = Json(json!({ "token": token })).into_response();
            given.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.headers_mut().extend(given);
            Ok(response)
        }
    }
}

/// `POST /sign-out`: ends the session, if there is one.
pub(super) async fn sign_out(
    State(auth): State<Arc<Auth>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let body = form::read(&headers, body, false).await?;
    auth.origins.check_cookies(&headers)?;
    if body.is_some() {
        form::check(body.as_ref(), &SIGN_OUT, false)?;
    }
    if let Some(token) = auth.seal.brought(&headers).token {
        auth.accounts.end_session(&token).await?;
    }
    let mut response = Json(json!({ "success": true })).into_response();
    take(response.headers_mut());
    Ok(response)
}

/// Finds the session that a request brings, and moves its end once a day; `given` then gets its cookie anew.
async fn find(
    auth: &Auth,
    headers: &HeaderMap,
    query: Option<&str>,
    given: &mut HeaderMap,
) -> Result<Found, Fault> {
    let brought = auth.seal.brought(headers);
    let Some(token) = brought.token else { return Ok(Found::Nothing) };
    let now = Timestamp::now();
    let Some((mut session, user)) = auth.accounts.session(&token, now).await? else {
        return Ok(Found::Ended);
    };
    let due = session.expires_at.plus(DAY - REMEMBERED) <= now;
    let parameters = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut refused = parameters.filter(|(name, value)| name == "disableRefresh" && !value.is_empty());
    if due && !brought.forgetful && refused.next().is_none() {
        auth.accounts.extend_session(&mut session, now.plus(REMEMBERED), now).await?;
        auth.seal.give(given, &session.token, true);
    }
    Ok(Found::Session(Box::new((session, user))))
}

fn unsigned(error: TokenError) -> Fault {
    Fault::internal(format!("failed to {error}"))
}
