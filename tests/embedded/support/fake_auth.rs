//! Something in the place of the auth service that publishes what keys one likes, counts who asks for them, and can be
//! unwell.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Reserved;

/// The running fake.
pub(crate) struct FakeAuth {
    pub(crate) url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    keys: Mutex<Vec<Value>>,
    fetches: AtomicUsize,
    status: AtomicU16,
}

impl FakeAuth {
    pub(crate) fn publishing(keys: Vec<Value>) -> Self {
        let place = Reserved::new();
        let url = place.url();
        Self::at(url, place.listen(), keys)
    }

    /// At a place of the test's choice.
    pub(crate) fn at(url: String, listener: TcpListener, keys: Vec<Value>) -> Self {
        let shared = Arc::new(Shared { status: AtomicU16::new(200), ..Shared::default() });
        let routes = Router::new().route("/api/auth/jwks", get(jwks)).route("/health", get(health));
        let routes = routes.with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let fake = Self { url, shared, task };
        fake.publish(keys);
        fake
    }

    /// Publishes these keys, and no others any more.
    pub(crate) fn publish(&self, keys: Vec<Value>) {
        *self.shared.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Answers everything with this status; 200 is well.
    pub(crate) fn answer_with(&self, status: u16) {
        self.shared.status.store(status, Ordering::Relaxed);
    }

    /// How often the keys were asked for.
    pub(crate) fn fetches(&self) -> usize {
        self.shared.fetches.load(Ordering::Relaxed)
    }
}

impl Drop for FakeAuth {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn jwks(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    shared.fetches.fetch_add(1, Ordering::Relaxed);
    let keys = json!({ "keys": *shared.keys.lock().unwrap_or_else(PoisonError::into_inner) });
    (shared.status(), keys.to_string())
}

async fn health(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.status()
}

impl Shared {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status.load(Ordering::Relaxed)).unwrap()
    }
}
