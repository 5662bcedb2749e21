//! Which pages may do something in somebody's name: Better Auth's rules against cross-site requests.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use url::Url;

use crate::backend::edge::Fault;
use crate::backend::neighbours::{Neighbours, aliases};

/// Who is trusted.
pub(super) struct Origins {
    own: Vec<String>,
    neighbours: Arc<Neighbours>,
}

impl Origins {
    /// Its own pages, and those of the frontend.
    pub(super) fn new(base: &str, neighbours: Arc<Neighbours>) -> Self {
        Self { own: aliases(base), neighbours }
    }

    fn trusts(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        let origin = url.origin().ascii_serialization();
        self.own.contains(&origin) || self.neighbours.trusts(&origin)
    }

    /// For whatever changes something: a browser that brings cookies has to say for whom.
    pub(super) fn check_cookies(&self, headers: &HeaderMap) -> Result<(), Fault> {
        if headers.contains_key(header::COOKIE) { self.check(headers) } else { Ok(()) }
    }

    /// For a sign-in, which needs no cookies to do harm: it would sign a visitor in as somebody else.
    pub(super) fn check_sign_in(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let fetch = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
        if headers.contains_key(header::COOKIE) {
            // Checked already.
            return Ok(());
        }
        if fetch.iter().any(|name| headers.contains_key(*name)) {
            if text("sec-fetch-site") == Some("cross-site") && text("sec-fetch-mode") == Some("navigate") {
                let message =
                    "Cross-site navigation login blocked. This request appears to be a CSRF attack.";
                return Err(forbidden("CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", message));
            }
            // A browser says both; what says only this is a program, and no program can be tricked by a page.
            if text("sec-fetch-site").is_none() && source(headers).is_none() {
                return Ok(());
            }
            return self.check(headers);
        }
        if source(headers).is_some() { self.check(headers) } else { Ok(()) }
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let same_origin = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
        match source(headers) {
            Some("null") if same_origin => Ok(()),
            None | Some("null") => Err(forbidden("MISSING_OR_NULL_ORIGIN", "Missing or null Origin")),
            Some(origin) if self.trusts(origin) => Ok(()),
            Some(_) => Err(forbidden("INVALID_ORIGIN", "Invalid origin")),
        }
    }

    /// Where a client may be sent afterwards: a path, or a page of somebody trusted.
    pub(super) fn check_callback(&self, url: &str) -> Result<(), Fault> {
        let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let relative = url.starts_with('/')
            && !url.starts_with("//")
            && !url.contains(|c: char| c == '\\' || c.is_control())
            && !["%2f", "%5c"].iter().any(|hidden| path.contains(hidden));
        if relative || self.trusts(url) {
            return Ok(());
        }
        Err(forbidden("INVALID_CALLBACK_URL", "Invalid callbackURL"))
    }
}

fn source(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    text(header::ORIGIN).or_else(|| text(header::REFERER))
}

fn forbidden(code: &'static str, message: &str) -> Fault {
    Fault::coded(StatusCode::FORBIDDEN, code, message)
}
