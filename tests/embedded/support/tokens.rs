//! Tokens made by hand, right and wrong ones.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use super::{AUTH, Key};

/// A token before it is signed.
#[derive(Clone)]
pub(crate) struct Token {
    header: Value,
    claims: Value,
}

impl Token {
    /// A good one about `subject`, from and for [`AUTH`].
    pub(crate) fn of(subject: &str) -> Self {
        let now = now();
        Self {
            header: json!({ "typ": "JWT" }),
            claims: json!({
                "sub": subject,
                "email": format!("{subject}@example.com"),
                "name": subject,
                "iat": now,
                "exp": now + 900,
                "iss": AUTH,
                "aud": AUTH,
            }),
        }
    }

    /// From and for the auth service at `base`.
    pub(crate) fn from(self, base: &str) -> Self {
        self.claim("iss", json!(base)).claim("aud", json!(base))
    }

    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    /// Signed with a shared secret.
    pub(crate) fn hs256(&self, secret: impl AsRef<[u8]>) -> String {
        self.hmac(hmac::HMAC_SHA256, "HS256", secret)
    }

    /// Signed with a shared secret by another digest.
    pub(crate) fn hmac(&self, algorithm: hmac::Algorithm, name: &str, secret: impl AsRef<[u8]>) -> String {
        let key = hmac::Key::new(algorithm, secret.as_ref());
        self.clone().header("alg", json!(name)).signed(|text| hmac::sign(&key, text).as_ref().to_vec())
    }

    /// Signed with a key pair, which its header names.
    pub(crate) fn by(&self, key: &dyn Key) -> String {
        let named = self.clone().header("alg", json!(key.algorithm())).header("kid", json!(key.kid()));
        named.signed(|text| key.sign(text))
    }

    /// Signed by whatever means, with the header as it is.
    pub(crate) fn signed(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = sign(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The header and the claims of a token, unchecked.
pub(crate) fn opened(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut part = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (part(), part())
}
