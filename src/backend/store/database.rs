//! The connection to whichever database it is, and all that differs between the two.

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::StoreError;
use super::address::DatabaseAddress;
use super::error::is_passing;
use super::migrations::migrator;
use super::stamp::{Stamp, Watch};
use crate::backend::clock;
use crate::backend::log::Log;

/// The file in the service's state folder.
const FILE: &str = "data.sqlite3";

/// Readers of SQLite, beside the one writer. Each is a thread and half a megabyte of pages at most.
const READERS: u32 = 2;

/// Connections to PostgreSQL. Its own limit is 100 for everybody, Neon's smallest computer allows about as many.
const CONNECTIONS: u32 = 10;

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a start goes on trying to reach a database, and its pauses.
const START: Duration = Duration::from_secs(30);
const ATTEMPT: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The number of the lock under which tables are brought up to date: "portolan" in ASCII.
const MIGRATION_LOCK: i64 = 0x706f_7274_6f6c_616e;

/// An open database; clones share it.
#[derive(Clone)]
pub(in crate::backend) struct Database {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// One connection writes, so that writers queue here and not in SQLite's lock, where some would starve.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        watch: Option<Watch>,
    },
    Postgres(PgPool),
}

/// The pool of either. Used through [`on_pool`], since each has its own types and both the same statements.
pub(super) enum Pool<'a> {
    Sqlite(&'a SqlitePool),
    Postgres(&'a PgPool),
}

/// Evaluates `$body` with `$pool` being the pool of whichever database it is.
macro_rules! on_pool {
    ($either:expr, $pool:ident => $body:expr) => {
        match $either {
            $crate::backend::store::database::Pool::Sqlite($pool) => $body,
            $crate::backend::store::database::Pool::Postgres($pool) => $body,
        }
    };
}
pub(super) use on_pool;

impl Database {
    /// Opens the database, trying for 30 s to reach it, and brings its tables up to date. The error is in words,
    /// without the address.
    pub(in crate::backend) async fn open(
        address: &DatabaseAddress,
        state: &Path,
        log: &Log,
    ) -> Result<Self, String> {
        let database = match address {
            DatabaseAddress::Own { asked } => {
                if *asked {
                    log.warn("DATABASE_URL names an SQLite file, which is left alone: data is kept in the stack's state", &[]);
                }
                make_private(state)
                    .map_err(|error| format!("{} cannot be made: {error}", state.display()))?;
                let file = state.join(FILE);
                patiently(log, || sqlite(&file)).await?
            }
            DatabaseAddress::Postgres(options) => patiently(log, || postgres(options)).await?,
        };
        log.info("database ready", &[("kind", &database.word())]);
        Ok(database)
    }

    /// What it is called.
    pub(in crate::backend) fn word(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite { .. } => "sqlite",
            Kind::Postgres(_) => "postgresql",
        }
    }

    /// Asks it for its version, which also shows that it is there.
    pub(in crate::backend) async fn version(&self) -> Result<String, StoreError> {
        let (version,): (String,) = match &self.kind {
            Kind::Sqlite { readers, .. } => {
                sqlx::query_as("SELECT sqlite_version()").fetch_one(readers).await?
            }
            Kind::Postgres(pool) => sqlx::query_as("SHOW server_version").fetch_one(pool).await?,
        };
        Ok(version)
    }

    /// What changes with every commit; `None` where that is not known without asking the database.
    pub(in crate::backend) fn stamp(&self) -> Option<Stamp> {
        match &self.kind {
            Kind::Sqlite { watch, .. } => watch.as_ref()?.look(),
            Kind::Postgres(_) => None,
        }
    }

    /// Finishes what is being written and closes every connection.
    pub(in crate::backend) async fn close(&self) {
        match &self.kind {
            Kind::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Kind::Postgres(pool) => pool.close().await,
        }
    }

    /// For statements that only read.
    pub(super) fn reader(&self) -> Pool<'_> {
        match &self.kind {
            Kind::Sqlite { readers, .. } => Pool::Sqlite(readers),
            Kind::Postgres(pool) => Pool::Postgres(pool),
        }
    }

    /// For statements that write.
    pub(super) fn writer(&self) -> Pool<'_> {
        match &self.kind {
            Kind::Sqlite { writer, .. } => Pool::Sqlite(writer),
            Kind::Postgres(pool) => Pool::Postgres(pool),
        }
    }

    /// How a transaction begins that will write. SQLite's plain BEGIN would take the lock only with the first write, and
    /// fail there if somebody else has written since.
    pub(super) fn begin(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite { .. } => "BEGIN IMMEDIATE",
            Kind::Postgres(_) => "BEGIN",
        }
    }
}

async fn sqlite(file: &Path) -> Result<Database, MigrateError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode a commit survives the process in any case; only a power cut may take the last ones.
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // By code point, under the name that PostgreSQL has for it.
        .collation("C", |a, b| a.cmp(b))
        // Kibibytes, as a negative number.
        .pragma("cache_size", "-512")
        .disable_statement_logging();
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let writer = pool(1).connect_with(options.clone()).await?;
    migrator().run(&writer).await?;
    let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await?;
    // The index is there from the first read in WAL mode on.
    sqlx::query("SELECT count(*) FROM portolan_tasks").execute(&readers).await?;
    Ok(Database { kind: Kind::Sqlite { writer, readers, watch: Watch::of(file) } })
}

async fn postgres(options: &PgConnectOptions) -> Result<Database, MigrateError> {
    // By itself first: a pool tells only that it waited in vain.
    let mut connection = options.clone().disable_statement_logging().connect().await?;
    let mut work = connection.begin().await?;
    // Auth and backend may begin at once. The lock goes with the transaction, whatever becomes of the connection.
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *work).await?;
    // What `run` does with a connection; it takes none whose lifetime the compiler has to see through.
    migrator().run_direct(None, &mut *work, false).await?;
    work.commit().await?;
    connection.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_with(options.clone().disable_statement_logging())
        .await?;
    Ok(Database { kind: Kind::Postgres(pool) })
}

/// Tries until it works, time is over, or trying again would not help.
async fn patiently<T, F>(log: &Log, attempt: impl Fn() -> F) -> Result<T, String>
where
    F: Future<Output = Result<T, MigrateError>> + Send,
{
    let begun = clock::instant();
    let mut pause = FIRST_PAUSE;
    loop {
        let attempt = tokio::time::timeout(ATTEMPT, attempt()).await;
        let error = match attempt.unwrap_or(Err(MigrateError::Execute(sqlx::Error::PoolTimedOut))) {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let passing = match &error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => is_passing(error),
            _ => false,
        };
        // Most often it comes from connecting, before any migration; its own words would tell of those.
        let reason: &dyn Display = match &error {
            MigrateError::Execute(sqlx::Error::PoolTimedOut) => &"no answer in time",
            MigrateError::Execute(error) => error,
            other => other,
        };
        if !passing || begun.elapsed() > START {
            return Err(format!("the database cannot be used: {reason}"));
        }
        log.warn("the database cannot be reached", &[("error", reason), ("again_in_ms", &pause.as_millis())]);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Makes a folder that only its user can look into: accounts are kept there.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}
