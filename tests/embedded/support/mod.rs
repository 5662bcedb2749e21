//! What the tests of the embedded services share: ground to stand on (folders and databases), running services, visitors
//! who speak HTTP politely or not, tokens, and waiting. Knows no topic.

mod answer;
mod elsewhere;
mod fake_auth;
mod ground;
mod keys;
mod people;
mod proxy;
mod raw;
mod running;
mod said;
mod tokens;
mod visitor;

use std::path::Path;
use std::time::Duration;

pub(crate) use answer::Answer;
pub(crate) use elsewhere::execute_elsewhere;
pub(crate) use fake_auth::FakeAuth;
pub(crate) use ground::{Beside, Ground};
pub(crate) use keys::{EdKey, Key, P256Key, RsaKey};
pub(crate) use people::{
    PASSWORD, Person, SESSION, SIGN_IN, SIGN_OUT, SIGN_UP, is_signed_in, sign_in, sign_up, try_sign_in,
    try_sign_up,
};
pub(crate) use proxy::{Proxy, Reserved};
pub(crate) use raw::Raw;
pub(crate) use running::{Running, Setup};
pub(crate) use said::Said;
pub(crate) use tokens::{Token, now, opened};
pub(crate) use visitor::{Visitor, path_of};

/// How long anything may take that only has to happen at last; generous, for a machine that has other work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The secret that auth and backend share in these tests. No answer and no line of a log may ever hold it, which
/// `Visitor`, `Raw` and `Running` look after.
pub(crate) const SECRET: &str = "harbour-lights-never-shown-0123456789abcdef";

/// Where the backend is told that auth is, when no auth is needed: nobody listens on port 9.
pub(crate) const AUTH: &str = "http://127.0.0.1:9";

/// Runs each test on SQLite and, if PORTOLAN_TEST_POSTGRES names a server, on PostgreSQL, under the same name.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    $crate::support::Ground::sqlite().hold(super::$test).await;
                }
            )*
        }
        mod on_postgresql {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    if let Some(ground) = $crate::support::Ground::postgres().await {
                        ground.hold(super::$test).await;
                    }
                }
            )*
        }
    };
}
pub(crate) use on_both;

/// Looks every few milliseconds until `found` has something.
pub(crate) async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            match found().await {
                Some(found) => return found,
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// The end of something that has to end.
pub(crate) async fn in_time<T>(what: &str, ending: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, ending).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// Writes a discovery record as Portolan does: whole, in the place of the one that was there.
pub(crate) fn write_record(records: &Path, service: &str, record: &str) {
    let new = records.join("new");
    std::fs::write(&new, record).unwrap();
    std::fs::rename(new, records.join(format!("{service}.json"))).unwrap();
}

/// Fails if a text that goes out holds what must stay in. Where it was found is said, and not what.
#[track_caller]
pub(crate) fn assert_keeps_secrets(place: &str, text: &str) {
    assert!(!text.contains(SECRET), "{place} holds the secret");
    if let Some(password) = ground::postgres_password() {
        assert!(!text.contains(&password), "{place} holds the database's password");
    }
}

/// Texts that would do harm if they ever became a part of a statement.
pub(crate) const SQL: [&str; 8] = [
    "'; DROP TABLE portolan_tasks; --",
    "\"; DROP TABLE portolan_users; --",
    "' OR '1'='1",
    "1; UPDATE portolan_tasks SET owner = 'mallory'",
    "x' UNION SELECT id, password_hash FROM portolan_users --",
    "$1 ? :name @p ?1 ''",
    "\\'; SELECT pg_sleep(60); --",
    "%' ESCAPE '!' --",
];
