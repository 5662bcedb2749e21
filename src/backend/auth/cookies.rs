//! The cookies of a session, and the signature that a session's token carries in them and as a bearer.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use ring::hmac;

use crate::backend::edge::bearer;
use crate::backend::secret::Secret;

/// The names by which Better Auth's clients know them.
const SESSION: &str = "better-auth.session_token";
const DATA: &str = "better-auth.session_data";
const FORGETFUL: &str = "better-auth.dont_remember";

/// The value of the cookie that says that the others are to be forgotten with the browser.
const TRUE: &str = "true";

/// The header that gives the signed token to clients without cookies.
const SET_AUTH_TOKEN: &str = "set-auth-token";

/// How long a remembered cookie lives, in seconds: as long as its session.
const MAX_AGE: i64 = 7 * 24 * 60 * 60;

/// Signs and checks tokens: `TOKEN.SIGNATURE`, the signature being HMAC-SHA256 with the shared secret, in base64.
pub(super) struct TokenSeal {
    key: hmac::Key,
}

/// What a request brings of a session.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Brought {
    /// The token, its signature checked.
    pub(super) token: Option<String>,
    /// Whether the session was not to be remembered.
    pub(super) forgetful: bool,
}

impl TokenSeal {
    pub(super) fn new(secret: &Secret) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes()) }
    }

    /// The signed form of a token.
    fn sign(&self, token: &str) -> String {
        format!("{token}.{}", STANDARD.encode(hmac::sign(&self.key, token.as_bytes())))
    }

    /// The token of a signed form, if the signature is right; compared in constant time.
    fn open(&self, signed: &str) -> Option<String> {
        let (token, signature) = signed.rsplit_once('.')?;
        let signature = STANDARD.decode(signature).ok()?;
        hmac::verify(&self.key, token.as_bytes(), &signature).ok()?;
        Some(token.to_owned())
    }

    /// What a request brings. A bearer that can be believed counts before any cookie; a bare token, as the body of a
    /// sign-in has it, is believed to be what it says: whoever has it can do nothing that its owner cannot.
    pub(super) fn brought(&self, headers: &HeaderMap) -> Brought {
        let forgetful =
            cookie(headers, FORGETFUL).and_then(|value| self.open(&value)).as_deref() == Some(TRUE);
        let token = bearer(headers).and_then(|bearer| match bearer.contains('.') {
            true => self.open(&decoded(bearer)),
            false => Some(bearer.to_owned()),
        });
        let token = token.or_else(|| cookie(headers, SESSION).and_then(|value| self.open(&value)));
        Brought { token, forgetful }
    }

    /// Gives a client its session: as a cookie, which it remembers or not, and as a header.
    pub(super) fn give(&self, headers: &mut HeaderMap, token: &str, remembered: bool) {
        let signed = self.sign(token);
        let age = if remembered { format!("Max-Age={MAX_AGE}; ") } else { String::new() };
        let mut set = |name: &str, value: &str| {
            let cookie = format!("{name}={}; {age}Path=/; HttpOnly; SameSite=Lax", encoded(value));
            put(headers, header::SET_COOKIE.as_str(), &cookie);
        };
        set(SESSION, &signed);
        if !remembered {
            set(FORGETFUL, &self.sign(TRUE));
        }
        put(headers, SET_AUTH_TOKEN, &signed);
    }
}

/// Takes a session away from a client.
pub(super) fn take(headers: &mut HeaderMap) {
    for name in [SESSION, DATA, FORGETFUL] {
        put(
            headers,
            header::SET_COOKIE.as_str(),
            &format!("{name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"),
        );
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // Names and values here are of signs that headers may hold.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}

/// As encodeURIComponent writes what a signed token holds.
fn encoded(value: &str) -> String {
    value.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn decoded(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

/// The first cookie of that name, percent-decoded.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)?;
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    Some(decoded(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> TokenSeal {
        TokenSeal::new(&Secret::new("0123456789abcdef0123456789abcdef".into()))
    }

    fn brought(name: &'static str, value: &str) -> Brought {
        seal().brought(&HeaderMap::from_iter([(
            header::HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )]))
    }

    #[test]
    fn a_session_comes_as_a_signed_cookie_or_a_bearer() {
        let signed = seal().sign("token");
        for value in [
            format!("{SESSION}={}", encoded(&signed)),
            format!("a=1; {SESSION}={signed}; b=2"),
            format!("{SESSION}=\"{signed}\""),
        ] {
            assert_eq!(brought("cookie", &value).token.as_deref(), Some("token"), "{value}");
        }
        for value in
            [format!("Bearer {signed}"), format!("bearer  {}", encoded(&signed)), "Bearer token".into()]
        {
            assert_eq!(brought("authorization", &value).token.as_deref(), Some("token"), "{value}");
        }
    }

    #[test]
    fn a_signature_that_is_not_right_brings_nothing() {
        let other = TokenSeal::new(&Secret::new("fedcba9876543210fedcba9876543210".into())).sign("token");
        let signed = seal().sign("token");
        let changed = signed.replacen('t', "T", 1);
        for value in [&other, &changed, "token", "token.", ".", "", &signed[..signed.len() - 1]] {
            let cookie = format!("{SESSION}={}", encoded(value));
            assert_eq!(brought("cookie", &cookie), Brought::default(), "{value}");
        }
        for value in ["Basic token", "Bearer", "Bearer ", &format!("Bearer {other}")] {
            assert_eq!(brought("authorization", value), Brought::default(), "{value}");
        }
    }

    #[test]
    fn a_forgetful_cookie_has_no_age() {
        let mut headers = HeaderMap::new();
        seal().give(&mut headers, "token", false);
        let cookies: Vec<_> =
            headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(cookies.iter().all(|cookie| !cookie.contains("Max-Age")), "{cookies:?}");
        assert_eq!(cookies.len(), 2);
        assert!(headers["set-auth-token"].to_str().unwrap().starts_with("token."));
    }
}
