//! What the backend says of how it is, and how it gets on when its database is away for a while.

use serde_json::{Value, json};

use crate::support::{FakeAuth, Ground, Proxy, Reserved, Running, on_both, until};

on_both!(
    a_backend_that_reaches_everything_is_ok,
    an_auth_service_out_of_reach_degrades_the_backend_and_no_more,
);

async fn report(backend: &Running) -> Value {
    let answer = backend.visitor().get("/monitoring/health").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

async fn a_backend_that_reaches_everything_is_ok(ground: &Ground) {
    let auth = ground.auth().start().await;
    let backend = ground.backend().env("AUTH_SERVICE_URL", auth.url()).start().await;
    let report = report(&backend).await;
    assert_eq!((&report["status"], &report["service"]), (&json!("ok"), &json!("backend")));
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert!(report["uptime_seconds"].is_u64());
    let database = &report["database"];
    let kind = if ground.is_postgres() { "postgresql" } else { "sqlite" };
    assert_eq!((&database["kind"], &database["reachable"]), (&json!(kind), &json!(true)));
    assert!(database["version"].as_str().unwrap().starts_with(|c: char| c.is_ascii_digit()), "{database}");
    assert!(database["latency_ms"].is_number() && database["error"].is_null(), "{database}");
    let reached = &report["auth"];
    assert_eq!((&reached["url"], &reached["reachable"]), (&json!(auth.url()), &json!(true)));
    assert!(reached["latency_ms"].is_number() && reached["error"].is_null(), "{reached}");
}

async fn an_auth_service_out_of_reach_degrades_the_backend_and_no_more(ground: &Ground) {
    let place = Reserved::new();
    let url = place.url();
    let backend = ground.backend().env("AUTH_SERVICE_URL", &url).start().await;
    let degraded = async |reason: &str| {
        let report = report(&backend).await;
        assert_eq!((&report["status"], &report["database"]["reachable"]), (&json!("degraded"), &json!(true)));
        let auth = &report["auth"];
        assert_eq!(
            (&auth["url"], &auth["reachable"], &auth["attempts"]),
            (&json!(url), &json!(false), &json!(3))
        );
        assert!(auth["error"].as_str().unwrap().contains(reason), "{auth}");
        backend.visitor().get("/health").await.expect(200);
    };
    degraded("nobody listens there").await;
    let auth = FakeAuth::at(url.clone(), place.listen(), Vec::new());
    until("it is well again", async || (report(&backend).await["status"] == "ok").then_some(())).await;
    auth.answer_with(503);
    degraded("503").await;
    auth.answer_with(200);
    assert_eq!(report(&backend).await["status"], "ok");
    let token = crate::support::Token::of("ada").from(&url).hs256(crate::support::SECRET);
    backend.visitor().bearer(&token).add("One").await;
}

#[tokio::test]
async fn nobody_who_says_where_auth_is_degrades_the_backend_as_well() {
    let ground = Ground::sqlite();
    let backend = ground.backend().without("AUTH_SERVICE_URL").start().await;
    let report = report(&backend).await;
    assert_eq!((&report["status"], &report["auth"]["url"]), (&json!("degraded"), &Value::Null));
    assert!(report["auth"]["error"].as_str().unwrap().contains("AUTH_SERVICE_URL"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_is_told_of_and_reached_again_when_it_is_back() {
    let Some(ground) = Ground::postgres().await else { return };
    ground
        .hold(async |ground| {
            let (place, auth) = (Reserved::new(), FakeAuth::publishing(Vec::new()));
            let mut url = ground.url().unwrap();
            let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
            url.set_host(Some("127.0.0.1")).unwrap();
            url.set_port(Some(place.port)).unwrap();
            let proxy = Proxy::between(place.listen(), server, true);
            let setup = ground.backend().env("AUTH_SERVICE_URL", &*auth.url).env("DATABASE_URL", url);
            let backend = setup.start().await;
            let token = crate::support::Token::of("ada").from(&auth.url).hs256(crate::support::SECRET);
            let ada = backend.visitor().bearer(&token);
            let task = ada.add("One").await;
            assert_eq!(report(&backend).await["status"], "ok");
            for _ in 0..2 {
                proxy.cut().await;
                let away = ada.get("/api/tasks").await.expect(503);
                away.assert_problem();
                assert_ne!(away.header("retry-after"), "");
                assert!(!away.text().contains("127.0.0.1"), "where it is is nobody's business: {away:?}");
                ada.post("/api/tasks", json!({ "title": "Two" })).await.expect(503);
                let report_away = report(&backend).await;
                assert_eq!(report_away["status"], "degraded");
                assert_eq!(report_away["database"]["reachable"], false);
                assert!(report_away["database"]["error"].is_string(), "{report_away}");
                assert_eq!(report_away["auth"]["reachable"], true);
                backend.visitor().get("/health").await.expect(200);
                proxy.open().await;
                until("the tasks are there again", async || {
                    (ada.get("/api/tasks").await.status == 200).then_some(())
                })
                .await;
                assert_eq!(ada.tasks("").await, std::slice::from_ref(&task));
                assert_eq!(report(&backend).await["status"], "ok");
            }
        })
        .await;
}
