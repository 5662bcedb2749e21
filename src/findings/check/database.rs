//! Databases behind a server or without their tables: which variable leads there, and how its tables are made.

use super::super::case::Case;
use super::Draft;
use super::address::addresses;
use crate::stack::FailReason;

/// What brings a database up to date, by the file that shows that it is used here.
const MIGRATIONS: [(&str, &str); 7] = [
    ("alembic.ini", "alembic upgrade head"),
    ("manage.py", "python manage.py migrate"),
    ("prisma/schema.prisma", "npx prisma migrate deploy"),
    ("drizzle.config.ts", "npx drizzle-kit migrate"),
    ("knexfile.js", "npx knex migrate:latest"),
    ("migrate.py", "python3 migrate.py"),
    ("migrate.sh", "sh migrate.sh"),
];

/// Which schemes are databases'.
const SCHEMES: [&str; 4] = ["postgres", "postgresql", "mysql", "mariadb"];

/// A database refused the service: tells which variable leads there.
pub(super) fn variable(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let own = addresses(case, &case.spec.name);
    let found = own.iter().find(|address| {
        let scheme = address.scheme.as_deref().and_then(|scheme| scheme.split('+').next());
        scheme.is_some_and(|scheme| SCHEMES.contains(&scheme))
    });
    if let Some(address) = found {
        address.tell(case, draft);
    }
    Some(())
}

/// A table is missing: tells how this project makes its tables.
pub(super) fn migrations(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    if matches!(case.service.failure, Some(FailReason::PrepareFailed { .. })) {
        // The migrations themselves may be what fails; its own error tells more.
        return None;
    }
    let found = MIGRATIONS.iter().find(|(file, _)| case.spec.directory.join(file).is_file());
    if let Some((file, command)) = found {
        let own = &case.spec.name;
        draft.evidence.push(format!("{} exists", case.shown(&case.spec.directory.join(file))));
        draft.remedy =
            Some(format!("run the migrations: {command}; as `prepare` of {own} they run at each start"));
        draft.action = Some(format!("portolan run --there {own} -- {command}"));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;

    #[test]
    fn the_variable_that_leads_to_the_database_is_told() {
        let scene = Scene::printing(&["refused"])
            .giving("api", "AUTH_URL", "http://127.0.0.1:8081", 1)
            .giving("api", "DATABASE_URL", "postgresql+asyncpg://127.0.0.1:5433", 2);
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        variable(&case, &mut draft).unwrap();
        assert_eq!(draft.evidence, ["DATABASE_URL leads to 127.0.0.1:5433, from .env:2"]);
        assert_eq!(draft.place.as_deref(), Some(".env:2"));
    }

    #[test]
    fn the_projects_own_way_of_migrating_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::printing(&["no such table: notes"]).in_folder(folder.path());
        let look = |scene: &Scene| {
            let case = scene.case();
            let mut draft = Draft::new(&case, Vec::new());
            migrations(&case, &mut draft).unwrap();
            draft.action
        };
        assert_eq!(look(&scene), None);
        std::fs::write(folder.path().join("alembic.ini"), "").unwrap();
        assert_eq!(look(&scene).as_deref(), Some("portolan run --there api -- alembic upgrade head"));
    }
}
