//! Users and sessions in the words that Better Auth has for them.

use serde::Serialize;

use crate::backend::clock::Timestamp;
use crate::backend::store::{Session, User};

/// A user, as clients see one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownUser<'a> {
    name: &'a str,
    email: &'a str,
    /// Nothing here sends mail, so nobody ever proved an address.
    email_verified: bool,
    image: Option<&'a str>,
    created_at: String,
    updated_at: String,
    id: &'a str,
}

/// A session, as its user sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownSession<'a> {
    expires_at: String,
    token: &'a str,
    created_at: String,
    updated_at: String,
    ip_address: &'a str,
    user_agent: &'a str,
    user_id: &'a str,
    id: &'a str,
}

impl<'a> From<&'a User> for ShownUser<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            name: &user.name,
            email: &user.email,
            email_verified: false,
            image: user.image.as_deref(),
            created_at: shown(user.created_at),
            updated_at: shown(user.updated_at),
            id: &user.id,
        }
    }
}

impl<'a> From<&'a Session> for ShownSession<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            expires_at: shown(session.expires_at),
            token: &session.token,
            created_at: shown(session.created_at),
            updated_at: shown(session.updated_at),
            ip_address: session.ip_address.as_deref().unwrap_or_default(),
            user_agent: session.user_agent.as_deref().unwrap_or_default(),
            user_id: &session.user_id,
            id: &session.id,
        }
    }
}

fn shown(moment: Timestamp) -> String {
    moment.to_string()
}
