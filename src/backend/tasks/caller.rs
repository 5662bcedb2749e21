//! The user on whose behalf a request is made.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use crate::backend::edge::{Fault, bearer};
use crate::backend::token::{PAUSE, Refusal, Verifier, Who};

/// Whoever a bearer token proves; without one there is no answer but 401.
pub(super) struct Caller(pub(super) Who);

impl<S> FromRequestParts<S> for Caller
where
    Arc<Verifier>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let token = bearer(&parts.headers).ok_or_else(|| {
            Fault::new(StatusCode::UNAUTHORIZED, "a bearer token is needed")
                .with(header::WWW_AUTHENTICATE, "Bearer realm=\"portolan\"")
        })?;
        Arc::<Verifier>::from_ref(state).verify(token).await.map(Self).map_err(|refusal| refused(&refusal))
    }
}

fn refused(refusal: &Refusal) -> Fault {
    let detail = format!("the token is refused: {refusal}");
    match refusal {
        // Nothing is wrong with the token as far as anybody knows.
        Refusal::NoKeys => Fault::new(StatusCode::SERVICE_UNAVAILABLE, detail)
            .with(header::RETRY_AFTER, PAUSE.as_secs().to_string()),
        _ => {
            let challenge = format!(
                "Bearer realm=\"portolan\", error=\"invalid_token\", error_description=\"{refusal}\""
            );
            Fault::new(StatusCode::UNAUTHORIZED, detail).with(header::WWW_AUTHENTICATE, challenge)
        }
    }
}
