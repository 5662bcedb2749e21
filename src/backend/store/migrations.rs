//! The steps that lead to today's tables, the same for both databases. A step that was ever released never changes.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

const STEPS: [(i64, &str, &str); 2] = [
    (1, "accounts", include_str!("../../../assets/migrations/0001_accounts.sql")),
    (2, "tasks", include_str!("../../../assets/migrations/0002_tasks.sql")),
];

/// Where it is kept which steps were taken; a name of our own, since DATABASE_URL may name somebody's own database.
const TABLE: &str = "portolan_migrations";

/// The migrator of all steps.
pub(super) fn migrator() -> Migrator {
    let step = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(STEPS.map(step).to_vec());
    migrator.dangerous_set_table_name(TABLE);
    // It would lock for the session, which a pooler between us and PostgreSQL gives to somebody else afterwards.
    migrator.set_locking(false);
    migrator
}
