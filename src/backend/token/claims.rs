//! What a token of the embedded auth service says.

use serde::Serialize;

use crate::backend::clock::Timestamp;
use crate::backend::store::User;

/// How long a token is good for: what Better Auth's jwt plugin gives by default.
const LIFETIME_SECONDS: i64 = 15 * 60;

/// The claims of a token. Borrowed, since they are written and forgotten.
#[derive(Debug, Serialize)]
pub(in crate::backend) struct Claims<'a> {
    sub: &'a str,
    email: &'a str,
    name: &'a str,
    iat: i64,
    exp: i64,
    iss: &'a str,
    aud: &'a str,
}

impl<'a> Claims<'a> {
    /// Claims about `user` from the auth service at `base`, for whoever believes that service.
    pub(in crate::backend) fn of(user: &'a User, base: &'a str, now: Timestamp) -> Self {
        let iat = now.seconds();
        Self {
            sub: &user.id,
            email: &user.email,
            name: &user.name,
            iat,
            exp: iat + LIFETIME_SECONDS,
            iss: base,
            aud: base,
        }
    }
}
