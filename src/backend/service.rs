//! An embedded service from its first setting to its last request.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::get;
use serde_json::json;
use tokio::sync::watch;

use super::edge::{Dialect, Fault, Passage, cors, pass, serve, without_permission_say_nothing};
use super::log::Log;
use super::settings::Settings;
use super::store::{Database, TaskStore};
use super::token::Keyring;
use super::{auth, page, tasks};

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Accounts, sessions and tokens, as Better Auth speaks them.
    Auth,
    /// Tasks of a signed-in user.
    Backend,
    /// A page that uses the two.
    Frontend,
}

/// What a service is given, as a process is given its environment and descriptors.
pub struct Parts {
    /// What it is called in its stack.
    pub name: String,
    /// Where it serves.
    pub listener: TcpListener,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Where it may keep data. Made if it is not there.
    pub state: PathBuf,
    /// Turns true when it has to end.
    pub stop: watch::Receiver<bool>,
    /// What it says goes there. Writing may block; it is done on a thread of its own.
    pub output: Box<dyn Write + Send>,
}

/// Why a service did not serve, in words and without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// Its environment cannot be served with: every problem at once.
    #[error("{0}")]
    Refused(String),
    /// Something that it needs is not to be had, now at least.
    #[error("{0}")]
    Failed(String),
}

impl Service {
    /// Serves until `parts.stop` turns true and requests have ended, five seconds at most.
    ///
    /// Needs a tokio runtime with IO and time. Dropping the future ends the service at once; what was acknowledged is
    /// kept.
    pub async fn serve(self, parts: Parts) -> Result<(), ServiceError> {
        let Parts { name, listener, env, state, mut stop, output } = parts;
        let log = Log::new(output)
            .map_err(|error| ServiceError::Failed(format!("its log cannot be started: {error}")))?;
        let (routes, settings, database) = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            prepared = self.prepare(&name, &env, &state, &listener, &log) => prepared?,
        };
        let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
        log.info("listening", &[("service", &name), ("address", &address)]);
        let dialect = self.dialect();
        let passage =
            Arc::new(Passage { log: log.clone(), rate: settings.rate, time: settings.time, dialect });
        let app = routes
            .route(
                "/health",
                get(move || async move { axum::Json(json!({ "status": "ok", "service": name })) }),
            )
            .fallback(|| async { Fault::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
            .method_not_allowed_fallback(|| async {
                Fault::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take that method")
            })
            .layer(from_fn_with_state(passage, pass))
            .layer(cors(settings.neighbours))
            .layer(map_response(|response| async { without_permission_say_nothing(response) }));
        let served = serve(listener, app, stop, settings.time, &log).await;
        if let Some(database) = database {
            database.close().await;
        }
        log.info("stopped", &[]);
        served.map_err(ServiceError::Failed)
    }

    /// Its routes, made of what it is told, and the database behind them.
    async fn prepare(
        self,
        name: &str,
        env: &BTreeMap<String, String>,
        state: &Path,
        listener: &TcpListener,
        log: &Log,
    ) -> Result<(Router, Settings, Option<Database>), ServiceError> {
        if self == Self::Frontend {
            let settings = Settings::read(env).map_err(ServiceError::Refused)?;
            return Ok((page::routes(Arc::clone(&settings.neighbours)), settings, None));
        }
        let (settings, keeping) = Settings::read_keeping(env).map_err(ServiceError::Refused)?;
        let database = Database::open(&keeping.database, state, log).await.map_err(ServiceError::Failed)?;
        let routes = match self {
            Self::Auth => auth::routes(&settings, &keeping, database.clone(), listener)
                .await
                .map_err(ServiceError::Failed)?,
            Self::Backend | Self::Frontend => {
                let swept = TaskStore::of(database.clone()).sweep_keys().await;
                swept.map_err(|error| ServiceError::Failed(format!("failed to {error}")))?;
                let keyring = Keyring::new(log.clone());
                tasks::routes(name, &settings, &keeping, database.clone(), keyring)
            }
        };
        Ok((routes, settings, Some(database)))
    }

    fn dialect(self) -> Dialect {
        match self {
            Self::Auth => Dialect::BetterAuth,
            Self::Backend | Self::Frontend => Dialect::Problem,
        }
    }
}
