//! What a test of services stands on: a temporary folder, and a database of its own on either kind of server.

use std::io::Write;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use futures_util::FutureExt;
use portolan::backend::Service;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;
use url::Url;

use super::{AUTH, PATIENCE, SECRET, Setup};

/// The variable with the URL of a superuser of a PostgreSQL server for tests.
const SERVER: &str = "PORTOLAN_TEST_POSTGRES";

/// The ground of one test.
pub(crate) struct Ground {
    folder: TempDir,
    /// On the server, if this is about PostgreSQL.
    postgres: Option<Postgres>,
}

struct Postgres {
    server: Url,
    name: String,
}

/// A connection to the database of a test, beside those of the service.
pub(crate) enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Ground {
    /// A folder, in which services keep SQLite files.
    pub(crate) fn sqlite() -> Self {
        allow_files();
        let folder = tempfile::Builder::new().prefix("portolan-embedded-").tempdir().unwrap();
        Self { folder, postgres: None }
    }

    /// A folder, and an empty database on the server for tests; `None`, and said once, if there is no server.
    pub(crate) async fn postgres() -> Option<Self> {
        let Some(server) = server() else {
            static ONCE: Once = Once::new();
            ONCE.call_once(|| {
                let line = format!("SKIPPED PostgreSQL: {SERVER} does not name a server\n");
                // Past the test harness, which shows only what failed tests print.
                let _ = std::io::stderr().write_all(line.as_bytes());
            });
            return None;
        };
        let name = format!("portolan_test_{:016x}", getrandom::u64().unwrap());
        let postgres = Postgres { server, name };
        postgres.order("CREATE DATABASE").await;
        Some(Self { postgres: Some(postgres), ..Self::sqlite() })
    }

    /// Runs a test on this ground, which is gone afterwards, whatever became of the test.
    pub(crate) async fn hold(self, test: impl AsyncFnOnce(&Ground)) {
        let result = AssertUnwindSafe(test(&self)).catch_unwind().await;
        if let Some(postgres) = &self.postgres {
            postgres.order("DROP DATABASE").await;
        }
        if let Err(panic) = result {
            resume_unwind(panic);
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.postgres.is_some()
    }

    /// The URL of its database, if it has one.
    pub(crate) fn url(&self) -> Option<Url> {
        let Postgres { server, name } = self.postgres.as_ref()?;
        let mut url = server.clone();
        url.set_path(name);
        Some(url)
    }

    pub(crate) fn auth(&self) -> Setup {
        self.keeping(Service::Auth, "auth")
    }

    pub(crate) fn backend(&self) -> Setup {
        self.keeping(Service::Backend, "backend").env("AUTH_SERVICE_URL", AUTH)
    }

    pub(crate) fn frontend(&self) -> Setup {
        self.service(Service::Frontend, "frontend")
    }

    fn keeping(&self, service: Service, name: &str) -> Setup {
        let setup = self.service(service, name).env("BETTER_AUTH_SECRET", SECRET);
        match self.url() {
            Some(url) => setup.env("DATABASE_URL", url),
            None => setup,
        }
    }

    /// Without a limit of requests, since tests ask more than people do.
    fn service(&self, service: Service, name: &str) -> Setup {
        Setup::new(service, name, self.state(name)).env("RATE_LIMIT", "0")
    }

    fn state(&self, service: &str) -> PathBuf {
        self.folder().join("data").join(service)
    }

    /// Where a service keeps its SQLite file.
    pub(crate) fn file(&self, service: &str) -> PathBuf {
        self.state(service).join("data.sqlite3")
    }

    /// A connection to the database of that service, which has to have been started once.
    pub(crate) async fn beside(&self, service: &str) -> Beside {
        match self.url() {
            Some(url) => Beside::Postgres(PgConnection::connect(url.as_str()).await.unwrap()),
            None => {
                let options = SqliteConnectOptions::new().filename(self.file(service));
                let options = options.busy_timeout(PATIENCE).disable_statement_logging();
                Beside::Sqlite(options.connect().await.unwrap())
            }
        }
    }
}

impl Beside {
    /// Executes a statement; the number of rows that it met.
    pub(crate) async fn execute(&mut self, statement: &str) -> u64 {
        let query = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
        match self {
            Self::Sqlite(connection) => query.execute(connection).await.unwrap().rows_affected(),
            Self::Postgres(connection) => query.execute(connection).await.unwrap().rows_affected(),
        }
    }

    /// The one number that a query gives.
    pub(crate) async fn number(&mut self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(query).fetch_one(connection).await.unwrap(),
            Self::Postgres(connection) => sqlx::query_scalar(query).fetch_one(connection).await.unwrap(),
        }
    }
}

impl Postgres {
    async fn order(&self, order: &str) {
        // The services of a failed test may still be connected.
        let force = if order.starts_with("DROP") { " WITH (FORCE)" } else { "" };
        let mut connection = PgConnection::connect(self.server.as_str()).await.unwrap();
        let order = format!("{order} {}{force}", self.name);
        sqlx::raw_sql(AssertSqlSafe(order)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Tests of many connections run beside others, all in one process.
fn allow_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        // Where it is not allowed, what there is has to do.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

fn server() -> Option<Url> {
    let text = std::env::var(SERVER).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|error| panic!("{SERVER} is no URL: {error}")))
}

/// The password of the server for tests.
pub(super) fn postgres_password() -> Option<String> {
    server()?.password().map(str::to_owned)
}
