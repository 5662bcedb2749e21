//! People with accounts: signing up and in, and what they hold afterwards.

use serde_json::{Value, json};

use super::{Answer, Running, Visitor};

pub(crate) const SIGN_UP: &str = "/api/auth/sign-up/email";
pub(crate) const SIGN_IN: &str = "/api/auth/sign-in/email";
pub(crate) const SIGN_OUT: &str = "/api/auth/sign-out";
pub(crate) const SESSION: &str = "/api/auth/get-session";

/// A password that no answer and no line of a log may hold.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Somebody who is signed in.
pub(crate) struct Person {
    pub(crate) user: Value,
    /// The session's token as a body tells it.
    pub(crate) bare: String,
    /// The same with its signature, as `set-auth-token` tells it.
    pub(crate) signed: String,
    /// The cookie, `name=value`.
    pub(crate) cookie: String,
}

impl Person {
    /// What a successful sign-up or sign-in gave.
    pub(crate) fn of(answer: &Answer) -> Self {
        let body = answer.json();
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("better-auth.session_token="), "{answer:?}");
        Self {
            user: body["user"].clone(),
            bare: body["token"].as_str().unwrap().to_owned(),
            signed: answer.header("set-auth-token").to_owned(),
            cookie,
        }
    }

    /// At that service, by the signed token.
    pub(crate) fn at(&self, auth: &Running) -> Visitor {
        auth.visitor().bearer(&self.signed)
    }

    /// Their token for the backend, of either kind: `token` or `hs256-token`.
    pub(crate) async fn token(&self, auth: &Running, kind: &str) -> String {
        let answer = self.at(auth).get(&format!("/api/auth/{kind}")).await.expect(200);
        answer.json()["token"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn sign_up(auth: &Running, email: &str) -> Person {
    Person::of(&try_sign_up(auth, email).await.expect(200))
}

pub(crate) async fn try_sign_up(auth: &Running, email: &str) -> Answer {
    let body = json!({ "name": "Somebody", "email": email, "password": PASSWORD });
    auth.visitor().post(SIGN_UP, body).await
}

pub(crate) async fn sign_in(auth: &Running, email: &str) -> Person {
    Person::of(&try_sign_in(auth, email, PASSWORD).await.expect(200))
}

pub(crate) async fn try_sign_in(auth: &Running, email: &str, password: &str) -> Answer {
    auth.visitor().post(SIGN_IN, json!({ "email": email, "password": password })).await
}

/// Whether that visitor has a session.
pub(crate) async fn is_signed_in(visitor: &Visitor) -> bool {
    !visitor.get(SESSION).await.expect(200).json().is_null()
}
