//! Another process at an SQLite file: this test program once more, running the one test below.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::PATIENCE;

/// What the other process is told.
const FILE: &str = "PORTOLAN_TEST_ELSEWHERE_FILE";
const STATEMENT: &str = "PORTOLAN_TEST_ELSEWHERE_STATEMENT";

/// Executes a statement on that file in another process, and waits until it is done.
#[expect(clippy::disallowed_methods, reason = "this program once more")]
pub(crate) async fn execute_elsewhere(file: PathBuf, statement: String) {
    let run = move || {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let test = format!(
            "{}::a_statement_is_executed_for_another_test",
            module_path!().split_once("::").unwrap().1
        );
        command.args(["--exact", &test, "--nocapture"]).env(FILE, file).env(STATEMENT, statement);
        command.output().unwrap()
    };
    let done = tokio::task::spawn_blocking(run).await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{done:?}");
}

#[tokio::test]
async fn a_statement_is_executed_for_another_test() {
    let (Ok(file), Ok(statement)) = (std::env::var(FILE), std::env::var(STATEMENT)) else { return };
    let options = SqliteConnectOptions::new().filename(Path::new(&file)).busy_timeout(PATIENCE);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
