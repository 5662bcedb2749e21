//! DATABASE_URL as it is written for other programs, read as what it means.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use url::Url;

/// Which database to use.
#[derive(Clone)]
pub(in crate::backend) enum DatabaseAddress {
    /// A file in the service's own state folder. `asked` if DATABASE_URL names some other SQLite file, which is left
    /// alone.
    Own { asked: bool },
    /// A PostgreSQL server. Its password is in there: it is not for showing.
    Postgres(Box<PgConnectOptions>),
}

/// Options of libpq that mean nothing here: the channel binding of SCRAM is a check that the client may leave out.
const LEFT_OUT: [&str; 1] = ["channel_binding"];

impl DatabaseAddress {
    /// Reads DATABASE_URL. The error is in words and quotes nothing of it.
    pub(in crate::backend) fn read(text: Option<&str>) -> Result<Self, String> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self::Own { asked: false });
        };
        let wrong = || "DATABASE_URL must be a URL such as postgres://user:password@host/database".to_owned();
        let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
        // SQLAlchemy names a driver: postgresql+asyncpg, postgresql+psycopg.
        let (dialect, _driver) = scheme.split_once('+').unwrap_or((scheme, ""));
        match dialect.to_ascii_lowercase().as_str() {
            "sqlite" => Ok(Self::Own { asked: true }),
            // Without slashes it would be a URL that names no server, and a server of this machine be asked for it.
            "postgres" | "postgresql" if !rest.starts_with("//") => Err(wrong()),
            "postgres" | "postgresql" => {
                let url = Url::parse(&format!("postgres:{rest}")).map_err(|_| wrong())?;
                let options = PgConnectOptions::from_str(libpq(url).as_str()).map_err(|_| wrong())?;
                Ok(Self::Postgres(Box::new(options.application_name("portolan"))))
            }
            _ => {
                Err("DATABASE_URL must begin with postgres:// or postgresql://; leave it empty for SQLite"
                    .into())
            }
        }
    }
}

/// The same URL with the parameters of libpq alone: asyncpg's `ssl` is `sslmode` there.
fn libpq(mut url: Url) -> Url {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_ref()))
        .map(|(name, value)| match name.as_ref() {
            "ssl" => ("sslmode".to_owned(), ssl_mode(&value).to_owned()),
            _ => (name.into_owned(), value.into_owned()),
        })
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    url
}

fn ssl_mode(ssl: &str) -> &str {
    match ssl.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => "require",
        "false" | "0" | "off" | "no" => "disable",
        _ => ssl,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;

    use super::*;

    fn postgres(text: &str) -> PgConnectOptions {
        match DatabaseAddress::read(Some(text)) {
            Ok(DatabaseAddress::Postgres(options)) => *options,
            Ok(DatabaseAddress::Own { .. }) => panic!("{text} is PostgreSQL"),
            Err(problem) => panic!("{text}: {problem}"),
        }
    }

    #[test]
    fn urls_of_other_tools_mean_what_they_mean_there() {
        let neon = "postgresql://u:p%40ss@ep-x-pooler.eu.aws.neon.tech/neondb?sslmode=require&channel_binding=require";
        let options = postgres(neon);
        assert_eq!(options.get_host(), "ep-x-pooler.eu.aws.neon.tech");
        assert_eq!(options.get_database(), Some("neondb"));
        assert!(matches!(options.get_ssl_mode(), PgSslMode::Require));
        let asyncpg = postgres("postgresql+asyncpg://u:p@h:6543/d?ssl=require");
        assert_eq!((asyncpg.get_host(), asyncpg.get_port(), asyncpg.get_username()), ("h", 6543, "u"));
        assert!(matches!(asyncpg.get_ssl_mode(), PgSslMode::Require));
        for (text, wanted) in
            [("ssl=true", "Require"), ("ssl=disable", "Disable"), ("ssl=verify-full", "VerifyFull")]
        {
            let options = postgres(&format!("postgresql+psycopg://u@h/d?{text}"));
            assert_eq!(format!("{:?}", options.get_ssl_mode()), wanted, "{text}");
        }
    }

    #[test]
    fn no_url_and_a_sqlite_url_mean_the_own_file() {
        for text in [None, Some(""), Some("  ")] {
            assert!(matches!(DatabaseAddress::read(text), Ok(DatabaseAddress::Own { asked: false })));
        }
        let sqlalchemy = DatabaseAddress::read(Some("sqlite+aiosqlite:///./app.db"));
        assert!(matches!(sqlalchemy, Ok(DatabaseAddress::Own { asked: true })));
    }

    #[test]
    fn a_problem_quotes_nothing() {
        for text in [
            "mysql://u:hunter2@h/d",
            "hunter2",
            "postgres:hunter2",
            "postgres://u:hunter2@[::1/d",
            "postgres://h:99999/hunter2",
        ] {
            let problem = DatabaseAddress::read(Some(text)).err().unwrap();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
