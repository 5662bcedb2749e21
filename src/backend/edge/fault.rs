//! Why a request got no answer, in the form that its service's clients know: problem details (RFC 9457), or the errors
//! of Better Auth.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// In which form a service tells of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend) enum Dialect {
    /// `application/problem+json`.
    Problem,
    /// `{code, message}`.
    BetterAuth,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend) struct Wrong {
    /// A JSON pointer into the body, or the name of a query parameter or header.
    pub(in crate::backend) place: String,
    /// What is wrong, as a sentence without its subject.
    pub(in crate::backend) detail: String,
}

/// Why a request got no answer. It becomes a response that [`pass`](super::pass) puts into words, so that handlers need
/// not know the request's id.
#[derive(Clone, Debug)]
pub(in crate::backend) struct Fault {
    pub(in crate::backend) status: StatusCode,
    code: Option<&'static str>,
    detail: String,
    wrongs: Vec<Wrong>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log alone.
    cause: Option<String>,
}

impl Fault {
    /// A fault of this status, with a sentence for people.
    pub(in crate::backend) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            detail: detail.into(),
            wrongs: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }
    }

    /// A fault of the service itself: 500, of which the client learns no more. `cause` is for the log.
    pub(in crate::backend) fn internal(cause: impl Into<String>) -> Self {
        let detail = "this is a fault of the service, and its log has more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail).because(cause)
    }

    /// With the code by which Better Auth's clients know it; the detail is then its message.
    pub(in crate::backend) fn coded(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { code: Some(code), ..Self::new(status, message) }
    }

    /// Everything that is wrong with the values of a request: 422.
    pub(in crate::backend) fn invalid(wrongs: Vec<Wrong>) -> Self {
        let detail = match wrongs.as_slice() {
            [one] => format!("{} {}", one.place, one.detail).trim_start().to_owned(),
            several => format!("{} things are wrong with this request", several.len()),
        };
        Self { wrongs, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }

    /// With one more header.
    pub(in crate::backend) fn with(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.headers.push((name, value));
        }
        self
    }

    /// With what the log is to say of it, and the client is not.
    pub(in crate::backend) fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What the log is to say of it.
    pub(super) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The response in `dialect` to the request of this id.
    pub(super) fn into_words(self, dialect: Dialect, request_id: &str) -> Response {
        let (kind, body) = match dialect {
            Dialect::Problem => ("application/problem+json", self.problem(request_id)),
            Dialect::BetterAuth => ("application/json", self.better_auth()),
        };
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        // A fault is about this moment: nobody may keep it.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }

    fn problem(&self, request_id: &str) -> Value {
        let mut problem = Map::new();
        problem.insert("type".into(), json!("about:blank"));
        problem.insert("title".into(), json!(title(self.status)));
        problem.insert("status".into(), json!(self.status.as_u16()));
        problem.insert("detail".into(), json!(self.detail));
        if !self.wrongs.is_empty() {
            let wrong = |wrong: &Wrong| json!({ "pointer": wrong.place, "detail": wrong.detail });
            problem.insert("errors".into(), self.wrongs.iter().map(wrong).collect());
        }
        problem.insert("request_id".into(), json!(request_id));
        Value::Object(problem)
    }

    fn better_auth(&self) -> Value {
        // What Better Auth answers before any of its routes has no code either.
        match self.code {
            Some(code) => json!({ "code": code, "message": self.detail }),
            None => json!({ "message": self.detail }),
        }
    }
}

fn title(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
