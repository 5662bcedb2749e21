//! What a service needs to start, what it waits for, and how it says that it cannot.

use std::fs;

use crate::support::{Ground, Proxy, Reserved, SECRET, Setup, in_time, on_both, sign_in, sign_up, until};

on_both!(services_on_one_database_start_at_the_same_moment, a_start_can_be_given_up,);

async fn services_on_one_database_start_at_the_same_moment(ground: &Ground) {
    // In SQLite each has a file of its own; on a server all make the same tables.
    let setups = [ground.auth(), ground.backend()];
    let times = if ground.is_postgres() { 3 } else { 1 };
    let starts = setups.iter().flat_map(|setup| (0..times).map(|_| setup.start()));
    let running = futures_util::future::join_all(starts).await;
    sign_up(&running[0], "ada@example.com").await;
    for service in &running {
        service.visitor().get("/health").await.expect(200);
    }
    sign_in(&running[times - 1], "ada@example.com").await;
    running[times].user("ada").add("One").await;
    assert_eq!(running.last().unwrap().user("ada").tasks("").await.len(), 1);
}

async fn a_start_can_be_given_up(ground: &Ground) {
    let place = Reserved::new();
    let mut setup = ground.backend();
    // Either way the database cannot be had.
    let mut lock = None;
    if ground.is_postgres() {
        setup = setup.env("DATABASE_URL", format!("postgres://u:p@127.0.0.1:{}/d", place.port));
    } else {
        setup.start().await.stop().await;
        let mut beside = ground.beside("backend").await;
        beside.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").await;
        lock = Some(beside);
    }
    let mut backend = setup.begin();
    backend.tell_to_stop();
    backend.ended().await.unwrap();
    assert!(!backend.said().contains("listening"), "{}", backend.said());
    drop(lock);
}

#[tokio::test]
async fn a_secret_that_is_missing_or_short_is_refused_without_its_text() {
    let ground = Ground::sqlite();
    for setup in [ground.auth(), ground.backend()] {
        let missing = setup.clone().without("BETTER_AUTH_SECRET").refusal().await;
        assert_eq!(missing, "refused to start: BETTER_AUTH_SECRET is not set");
        assert_eq!(setup.clone().env("BETTER_AUTH_SECRET", "").refusal().await, missing);
        let short = &SECRET[..31];
        let refused = setup.clone().env("BETTER_AUTH_SECRET", short).refusal().await;
        assert_eq!(refused, "refused to start: BETTER_AUTH_SECRET has 31 characters, needs 32");
        assert!(!setup.state().exists(), "nothing was made");
        setup.env("BETTER_AUTH_SECRET", &SECRET[..32]).start().await;
    }
    // The page knows no secret.
    ground.frontend().without("BETTER_AUTH_SECRET").start().await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_and_quotes_nothing() {
    let ground = Ground::sqlite();
    let short = "hunter2-short";
    for setup in [ground.auth(), ground.backend()] {
        let refused = setup
            .env("BETTER_AUTH_SECRET", short)
            .env("DATABASE_URL", "mysql://root:hunter2@db.example/app")
            .env("AUTH_SERVICE_URL", "hunter2")
            .env("BACKEND_URL", "ftp://hunter2@example")
            .env("FRONTEND_URL", "localhost:3000")
            .env("RATE_LIMIT", "hunter2")
            .env("REQUEST_TIMEOUT", "hunter2")
            .refusal()
            .await;
        let names = [
            "BETTER_AUTH_SECRET",
            "DATABASE_URL",
            "AUTH_SERVICE_URL",
            "BACKEND_URL",
            "FRONTEND_URL",
            "RATE_LIMIT",
            "REQUEST_TIMEOUT",
        ];
        for name in names {
            assert!(refused.contains(name), "{name}: {refused}");
        }
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    let refused = ground.frontend().env("AUTH_URL", "x").env("RATE_LIMIT", "-1").refusal().await;
    assert!(refused.contains("AUTH_URL") && refused.contains("RATE_LIMIT"), "{refused}");
}

#[tokio::test]
async fn a_database_url_that_is_none_is_refused() {
    let ground = Ground::sqlite();
    for url in [
        "mysql://u:hunter2@h/d",
        "hunter2",
        "postgres",
        "http://hunter2.example/",
        "postgres://u:hunter2@h:99999/d",
        "postgres://u:hunter2@[::1/d",
        "postgresql+asyncpg:hunter2",
    ] {
        let refused = ground.backend().env("DATABASE_URL", url).refusal().await;
        assert!(refused.contains("DATABASE_URL") && !refused.contains("hunter2"), "{refused}");
    }
}

#[tokio::test]
async fn a_file_of_somebody_elses_is_left_alone() {
    let ground = Ground::sqlite();
    let theirs = ground.folder().join("app.db");
    fs::write(&theirs, "not ours").unwrap();
    let url = format!("sqlite+aiosqlite:///{}", theirs.display());
    let backend = ground.backend().env("DATABASE_URL", url).start().await;
    backend.until_said("WARN DATABASE_URL names an SQLite file, which is left alone").await;
    backend.user("ada").add("One").await;
    backend.stop().await;
    assert_eq!(fs::read(&theirs).unwrap(), b"not ours");
    assert!(ground.file("backend").exists());
}

#[tokio::test]
async fn a_folder_or_a_file_that_cannot_be_used_is_told_of_and_not_changed() {
    let ground = Ground::sqlite();
    let setup = ground.backend();
    fs::create_dir_all(setup.state().parent().unwrap()).unwrap();
    fs::write(setup.state(), "in the way").unwrap();
    let refused = setup.failure().await;
    assert!(refused.contains("cannot be made"), "{refused}");
    assert_eq!(fs::read(setup.state()).unwrap(), b"in the way");

    let setup = ground.auth();
    fs::create_dir_all(setup.state()).unwrap();
    let no_database = "this is no database at all, ".repeat(1_000);
    fs::write(ground.file("auth"), &no_database).unwrap();
    let refused = setup.failure().await;
    assert!(refused.contains("the database cannot be used"), "{refused}");
    assert_eq!(fs::read_to_string(ground.file("auth")).unwrap(), no_database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_holds_is_waited_for() {
    let ground = Ground::sqlite();
    ground.backend().start().await.stop().await;
    let mut beside = ground.beside("backend").await;
    beside.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").await;
    let backend = ground.backend().begin();
    backend.until_said("WARN the database cannot be reached").await;
    drop(beside);
    backend.until_said("INFO listening").await;
    backend.user("ada").add("One").await;
}

/// A backend whose way to the server leads through `port`.
fn through(ground: &Ground, port: u16) -> Setup {
    let mut url = ground.url().unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(port)).unwrap();
    ground.backend().env("DATABASE_URL", url)
}

fn server_of(ground: &Ground) -> String {
    let url = ground.url().unwrap();
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_at_which_nobody_listens_yet_is_waited_for() {
    let Some(ground) = Ground::postgres().await else { return };
    ground
        .hold(async |ground| {
            let place = Reserved::new();
            let backend = through(ground, place.port).begin();
            let line = backend.until_said("WARN the database cannot be reached").await;
            assert!(line.contains("again_in_ms="), "{line}");
            let proxy = Proxy::between(place.listen(), server_of(ground), true);
            backend.until_said("INFO database ready kind=postgresql").await;
            backend.user("ada").add("One").await;
            drop(proxy);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_up_at_first_is_asked_again() {
    let Some(ground) = Ground::postgres().await else { return };
    ground
        .hold(async |ground| {
            let place = Reserved::new();
            let setup = through(ground, place.port);
            let proxy = Proxy::between(place.listen(), server_of(ground), false);
            let backend = setup.begin();
            until("it was hung up on", async || (proxy.refused() > 1).then_some(())).await;
            proxy.open().await;
            backend.until_said("INFO listening").await;
            backend.user("ada").add("One").await;
        })
        .await;
}

#[tokio::test]
async fn a_server_that_refuses_the_password_or_has_no_such_database_is_not_asked_again() {
    let Some(ground) = Ground::postgres().await else { return };
    ground
        .hold(async |ground| {
            let mut wrong = ground.url().unwrap();
            wrong.set_password(Some("hunter2")).unwrap();
            let mut missing = ground.url().unwrap();
            missing.set_path("there_is_no_such_database");
            for url in [wrong, missing] {
                let refused =
                    in_time("it refuses", ground.backend().env("DATABASE_URL", url).failure()).await;
                assert!(refused.contains("the database cannot be used"), "{refused}");
                assert!(!refused.contains("hunter2"), "{refused}");
            }
        })
        .await;
}

#[tokio::test]
async fn urls_as_other_programs_write_them_lead_to_the_same_database() {
    let Some(ground) = Ground::postgres().await else { return };
    ground
        .hold(async |ground| {
            let url = ground.url().unwrap().to_string();
            let rest = url.split_once("://").unwrap().1;
            let forms = [
                format!("postgres://{rest}"),
                format!("postgresql://{rest}?sslmode=prefer&channel_binding=prefer"),
                format!("postgresql+asyncpg://{rest}?ssl=disable"),
                format!("postgresql+psycopg://{rest}?sslmode=disable"),
                format!("  postgresql://{rest}\n"),
            ];
            for (count, form) in forms.into_iter().enumerate() {
                let backend = ground.backend().env("DATABASE_URL", form).start().await;
                backend.user("ada").add("One").await;
                assert_eq!(backend.user("ada").tasks("").await.len(), count + 1);
                assert!(!ground.file("backend").exists(), "no file beside it");
            }
        })
        .await;
}
