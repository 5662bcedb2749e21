//! Somebody who speaks HTTP through a client library, on a connection that is kept.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;

use super::{Answer, PATIENCE, assert_keeps_secrets};

/// A client of one service, with the headers that it always sends. Clones share connections.
#[derive(Clone)]
pub(crate) struct Visitor {
    client: Client,
    base: String,
    headers: HeaderMap,
}

impl Visitor {
    pub(crate) fn of(port: u16) -> Self {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self { client, base: format!("http://127.0.0.1:{port}"), headers: HeaderMap::new() }
    }

    /// The same with one more header.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        more.headers.append(name, HeaderValue::from_str(value).unwrap());
        more
    }

    /// The same with a bearer token, in the place of any other.
    pub(crate) fn bearer(&self, token: &str) -> Self {
        let mut more = self.clone();
        more.headers.remove("authorization");
        more.with("authorization", &format!("Bearer {token}"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, &body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, &body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, &body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(method, path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    /// Sends a body of that kind, or none.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Answer {
        self.try_send(method, path, body).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    /// The same where nobody may be there.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> reqwest::Result<Answer> {
        let mut request =
            self.client.request(method, format!("{}{path}", self.base)).headers(self.headers.clone());
        if let Some((kind, body)) = body {
            request = request.header("content-type", kind).body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, body: response.bytes().await?.to_vec() };
        assert_keeps_secrets("an answer", &answer.told());
        Ok(answer)
    }

    /// `GET /api/tasks` with this query: the tasks.
    pub(crate) async fn tasks(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/api/tasks?{query}")).await.expect(200);
        answer.json().as_array().unwrap().clone()
    }

    /// Adds a task; the task as it was made.
    pub(crate) async fn add(&self, title: &str) -> Value {
        self.post("/api/tasks", serde_json::json!({ "title": title })).await.expect(201).json()
    }
}

/// The path of a task.
pub(crate) fn path_of(task: &Value) -> String {
    format!("/api/tasks/{}", task["id"].as_str().unwrap())
}
