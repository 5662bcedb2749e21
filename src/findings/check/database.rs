//! Databases behind a server or without their tables: which variable leads there, and how its tables are made.

use super::super::case::Case;
use super::Draft;
use super::address::addresses;

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
        let source = &address.fact.source;
        let from = case.origin_of(source);
        draft.evidence.push(format!("{} leads to {}, from {from}", address.name, address.shown()));
        draft.place = case.place_of(source).or_else(|| draft.place.clone());
    }
    Some(())
}

/// A table is missing: tells how this project makes its tables.
pub(super) fn migrations(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let found = MIGRATIONS.iter().find(|(file, _)| case.spec.directory.join(file).is_file());
    if let Some((file, command)) = found {
        let own = &case.spec.name;
        draft.evidence.push(format!("{} exists", case.shown(&case.spec.directory.join(file))));
        draft.remedy =
            Some(format!("run the migrations: {command}; as `prepare` of {own} they run at each start"));
        draft.action = Some(format!("portolan run {own} -- {command}"));
    }
    Some(())
}
