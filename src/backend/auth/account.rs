//! Signing up and signing in.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use super::form::{self, Field, Kind};
use super::session::{FORGOTTEN, REMEMBERED};
use super::shown::ShownUser;
use super::state::Auth;
use crate::backend::clock::{self, Timestamp};
use crate::backend::edge::{Fault, Peer};
use crate::backend::store::{NewUser, Session, User};

/// How long a password may be, in UTF-16 units, as JavaScript counts.
const SHORTEST: usize = 8;
const LONGEST: usize = 128;

/// How many characters of these are kept. The name is in every token, which is a header; the image is a URL.
const LONGEST_NAME: usize = 255;
const LONGEST_IMAGE: usize = 2_048;

/// The longest part of a client's name that is kept.
const LONGEST_AGENT: usize = 512;

const SIGN_UP: [Field; 6] = [
    Field { name: "name", kind: Kind::Kept(LONGEST_NAME), required: true },
    Field { name: "email", kind: Kind::Email, required: true },
    Field { name: "password", kind: Kind::Filled, required: true },
    Field { name: "image", kind: Kind::Kept(LONGEST_IMAGE), required: false },
    Field { name: "callbackURL", kind: Kind::Text, required: false },
    Field { name: "rememberMe", kind: Kind::Bool, required: false },
];

const SIGN_IN: [Field; 4] = [
    Field { name: "email", kind: Kind::Text, required: true },
    Field { name: "password", kind: Kind::Text, required: true },
    Field { name: "callbackURL", kind: Kind::Text, required: false },
    Field { name: "rememberMe", kind: Kind::Bool, required: false },
];

/// What both answer. `url` is where the client goes next, if it said.
#[derive(Serialize)]
struct SignedIn<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<bool>,
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    user: ShownUser<'a>,
}

/// `POST /sign-up/email`.
pub(super) async fn sign_up(
    State(auth): State<Arc<Auth>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let fields = read(&auth, &headers, body, &SIGN_UP, true).await?;
    let password = text(&fields, "password");
    let length = password.encode_utf16().count();
    if length < SHORTEST {
        return Err(Fault::coded(StatusCode::BAD_REQUEST, "PASSWORD_TOO_SHORT", "Password too short"));
    }
    check_length(length)?;
    let new = NewUser {
        email: text(&fields, "email").to_ascii_lowercase(),
        name: text(&fields, "name"),
        image: fields.get("image").and_then(Value::as_str).map(str::to_owned),
        password_hash: auth.passwords.hash(password).await?,
    };
    let Some(user) = auth.accounts.add_user(new).await? else {
        let message = "User already exists. Use another email.";
        let code = "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL";
        return Err(Fault::coded(StatusCode::UNPROCESSABLE_ENTITY, code, message));
    };
    let session = begin(&auth, &user, &fields, peer, &headers).await?;
    let answer = SignedIn { redirect: None, token: &session.token, url: None, user: (&user).into() };
    Ok(signed_in(&auth, &fields, &session, &answer))
}

/// `POST /sign-in/email`. An unknown address and a wrong password get the same answer after the same work.
pub(super) async fn sign_in(
    State(auth): State<Arc<Auth>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let fields = read(&auth, &headers, body, &SIGN_IN, false).await?;
    let email = text(&fields, "email").to_ascii_lowercase();
    if !form::is_email(&email) {
        return Err(Fault::coded(StatusCode::BAD_REQUEST, "INVALID_EMAIL", "Invalid email"));
    }
    let password = text(&fields, "password");
    check_length(password.encode_utf16().count())?;
    auth.attempts.admit(&email, clock::instant()).map_err(|wait| {
        let seconds = wait.as_secs().max(1).to_string();
        let message = "Too many requests. Please try again later.";
        Fault::new(StatusCode::TOO_MANY_REQUESTS, message)
            .with(HeaderName::from_static("x-retry-after"), seconds.clone())
            .with(header::RETRY_AFTER, seconds)
    })?;
    let (user, hash) = auth.accounts.user_by_email(&email).await?.unzip();
    let matches = auth.passwords.matches(password, hash).await?;
    let Some(user) = user.filter(|_| matches) else {
        let message = "Invalid email or password";
        return Err(Fault::coded(StatusCode::UNAUTHORIZED, "INVALID_EMAIL_OR_PASSWORD", message));
    };
    auth.attempts.succeeded(&email);
    let session = begin(&auth, &user, &fields, peer, &headers).await?;
    let url = fields.get("callbackURL").and_then(Value::as_str).filter(|url| !url.is_empty());
    let redirect = Some(url.is_some());
    let answer = SignedIn { redirect, token: &session.token, url, user: (&user).into() };
    let mut response = signed_in(&auth, &fields, &session, &answer);
    if let Some(url) = url.and_then(|url| HeaderValue::from_str(url).ok()) {
        response.headers_mut().insert(header::LOCATION, url);
    }
    Ok(response)
}

/// The fields of a request that a page of another site may not make.
async fn read(
    auth: &Auth,
    headers: &HeaderMap,
    body: Body,
    fields: &[Field],
    open: bool,
) -> Result<Map<String, Value>, Fault> {
    let body = form::read(headers, body, true).await?;
    auth.origins.check_cookies(headers)?;
    match body.as_ref().and_then(|body| body.get("callbackURL")) {
        Some(Value::String(url)) if !url.is_empty() => auth.origins.check_callback(url)?,
        Some(Value::Number(number)) if number.as_f64() != Some(0.0) => return Err(no_callback()),
        Some(Value::Array(_) | Value::Object(_) | Value::Bool(true)) => return Err(no_callback()),
        _ => {}
    }
    let fields = form::check(body.as_ref(), fields, open)?;
    auth.origins.check_sign_in(headers)?;
    Ok(fields)
}

fn no_callback() -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "Invalid callbackURL: expected a string")
}

fn check_length(length: usize) -> Result<(), Fault> {
    if length <= LONGEST {
        return Ok(());
    }
    Err(Fault::coded(StatusCode::BAD_REQUEST, "PASSWORD_TOO_LONG", "Password too long"))
}

async fn begin(
    auth: &Auth,
    user: &User,
    fields: &Map<String, Value>,
    peer: Option<Extension<Peer>>,
    headers: &HeaderMap,
) -> Result<Session, Fault> {
    let lasting = if is_remembered(fields) { REMEMBERED } else { FORGOTTEN };
    let address = peer.map(|Extension(Peer(address))| address.ip().to_string());
    let agent = headers.get(header::USER_AGENT).map(|agent| {
        String::from_utf8_lossy(agent.as_bytes()).chars().take(LONGEST_AGENT).collect::<String>()
    });
    let end = Timestamp::now().plus(lasting);
    Ok(auth.accounts.add_session(&user.id, end, address, agent).await?)
}

fn signed_in(auth: &Auth, fields: &Map<String, Value>, session: &Session, answer: &SignedIn<'_>) -> Response {
    let mut response = Json(answer).into_response();
    auth.seal.give(response.headers_mut(), &session.token, is_remembered(fields));
    response
}

fn is_remembered(fields: &Map<String, Value>) -> bool {
    fields.get("rememberMe").and_then(Value::as_bool).unwrap_or(true)
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
