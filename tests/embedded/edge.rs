//! What every request meets: a name, a line in the log, a limit, and an answer in the form that clients know.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::json;

use crate::support::{Ground, Raw, Running, until};

async fn all_three(ground: &Ground) -> [(&'static str, Running); 3] {
    [
        ("auth", ground.auth().start().await),
        ("backend", ground.backend().start().await),
        ("frontend", ground.frontend().start().await),
    ]
}

#[tokio::test]
async fn a_tame_request_id_is_taken_over_and_any_other_replaced() {
    let ground = Ground::sqlite();
    let longest = "a".repeat(64);
    for (name, service) in all_three(&ground).await {
        let visitor = service.visitor();
        for id in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "A_b.c:d-1", &longest] {
            let answer = visitor.with("x-request-id", id).get("/nowhere").await.expect(404);
            assert_eq!(answer.header("x-request-id"), id);
            service.line_of(id).await;
        }
        let too_long = format!("{longest}a");
        for id in ["", "two words", "a\"b", "a=b", "{}", "<b>", "a,b", "a/b", "a\tb", &too_long] {
            let answer = visitor.with("x-request-id", id).get("/nowhere").await.expect(404);
            let given = answer.header("x-request-id");
            assert_ne!(given, id);
            assert!(
                given.len() == 16 && given.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{name}: {given}"
            );
        }
        let mut all = HashSet::new();
        for _ in 0..100 {
            all.insert(visitor.get("/health").await.expect(200).header("x-request-id").to_owned());
        }
        assert_eq!(all.len(), 100);
    }
}

#[tokio::test]
async fn each_request_has_one_line_in_the_log_and_a_good_probe_none() {
    let ground = Ground::sqlite();
    let mut backend = ground.backend().start().await;
    let ada = backend.user("ada");
    for (n, (level, status, method, path)) in [
        ("INFO", 200, Method::GET, "/api/tasks"),
        ("INFO", 200, Method::GET, "/api/tasks?q=what+somebody+looks+for"),
        ("WARN", 404, Method::GET, "/api/tasks/unknown"),
        ("WARN", 404, Method::POST, "/a%0Ab%1b%22c"),
        ("WARN", 405, Method::DELETE, "/health"),
        ("INFO", 200, Method::HEAD, "/openapi.json"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("line-{n}");
        ada.with("x-request-id", &id).send(method.clone(), path, None).await.expect(status);
        let line = backend.line_of(&id).await;
        let path = path.split('?').next().unwrap();
        let begin = format!("{level} request method={method} path={path} status={status} ms=");
        assert!(line.starts_with(&begin) && line.ends_with(&format!(" request={id}")), "{line}");
    }
    for _ in 0..10 {
        ada.with("x-request-id", "a-probe").get("/health").await.expect(200);
    }
    let long = "x".repeat(5_000);
    ada.with("x-request-id", "long").get(&format!("/{long}")).await.expect(404);
    assert!(backend.line_of("long").await.len() < 400);
    // Bytes beyond ASCII, which no client library sends.
    let mut raw = Raw::to(backend.port).await;
    let mut request = b"GET /\xc3\xa4\xff\x80 HTTP/1.1\r\nHost: here\r\nX-Request-Id: raw\r\n\r\n".to_vec();
    raw.write(&request).await;
    assert!(matches!(raw.answer().await.status, 400 | 404));
    request.clear();
    backend.tell_to_stop();
    backend.ended().await.unwrap();
    let said = backend.said();
    assert!(!said.contains("a-probe") && !said.contains("looks"), "{said}");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    assert!(said.trim_end().ends_with("INFO stopped"), "{said}");
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(" request method=")).collect();
    let ids: HashSet<_> = lines.iter().map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(lines.len(), ids.len(), "one line each: {said}");
}

#[tokio::test]
async fn a_service_that_is_alive_says_so() {
    let ground = Ground::sqlite();
    for (name, service) in all_three(&ground).await {
        let answer = service.visitor().get("/health").await.expect(200);
        assert_eq!(answer.json(), json!({ "status": "ok", "service": name }));
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let head = service.visitor().send(Method::HEAD, "/health", None).await.expect(200);
        assert!(head.body.is_empty());
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_done_is_told_in_the_form_that_clients_know() {
    let ground = Ground::sqlite();
    for (name, service) in all_three(&ground).await {
        let visitor = service.visitor();
        let missing = [
            "/nowhere",
            "/",
            "/api",
            "/api/",
            "/api/tasks/",
            "/api/tasks/a/b",
            "/api/auth",
            "/api/auth/nowhere",
            "/health/",
            "/HEALTH",
            "//health",
            "/docs/nowhere.js",
            "/docs/%FF",
            "/assets/..%2f..%2fCargo.toml",
            "/.git/config",
            "/%00",
            "/%FF",
        ];
        for path in missing {
            if (name, path) == ("frontend", "/") {
                continue;
            }
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let answer = visitor.send(method.clone(), path, None).await;
                // Swagger UI's files are read and nothing else, whatever they are called.
                if path.starts_with("/docs/") && name != "frontend" && method != Method::GET {
                    assert_eq!(answer.status, 405);
                    continue;
                }
                let answer = answer.expect(404);
                match name {
                    "auth" => {
                        assert_eq!(
                            answer.json().as_object().unwrap().keys().collect::<Vec<_>>(),
                            ["message"]
                        );
                    }
                    _ => answer.assert_problem(),
                }
                assert_eq!(answer.header("cache-control"), "no-store");
            }
        }
        let not_done = match name {
            "auth" => vec![
                (Method::GET, "/api/auth/sign-in/email", "POST"),
                (Method::POST, "/api/auth/jwks", "GET,HEAD"),
            ],
            "backend" => vec![
                (Method::DELETE, "/api/tasks", "GET,HEAD,POST"),
                (Method::POST, "/api/tasks/x", "GET,HEAD,PUT,PATCH,DELETE"),
                (Method::TRACE, "/api/tasks", "GET,HEAD,POST"),
                (Method::POST, "/openapi.json", "GET,HEAD"),
            ],
            _ => vec![(Method::POST, "/", "GET,HEAD"), (Method::DELETE, "/config.json", "GET,HEAD")],
        };
        for (method, path, allowed) in not_done.into_iter().chain([(Method::PUT, "/health", "GET,HEAD")]) {
            let answer = visitor.send(method, path, None).await.expect(405);
            let mut allow: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
            allow.sort_unstable();
            let mut expected: Vec<&str> = allowed.split(',').collect();
            expected.sort_unstable();
            assert_eq!(allow, expected, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn who_asks_too_much_is_told_when_to_come_back() {
    let ground = Ground::sqlite();
    for service in [ground.auth(), ground.backend(), ground.frontend()] {
        let service = service.env("RATE_LIMIT", "5").start().await;
        let visitor = service.visitor();
        // Two seconds' worth may come at once.
        let asked = (0..60).map(|_| visitor.get("/nowhere"));
        let answers = futures_util::future::join_all(asked).await;
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert!(answers.iter().filter(|answer| answer.status == 404).count() >= 10, "{answers:?}");
        assert!(!refused.is_empty());
        for answer in refused {
            assert_eq!(answer.header("retry-after"), "1", "{answer:?}");
            assert!(answer.header("x-request-id").len() == 16, "{answer:?}");
        }
        // Whoever else is too busy does not make the service unhealthy.
        for _ in 0..20 {
            visitor.get("/health").await.expect(200);
        }
        until("it is let in again", async || (visitor.get("/nowhere").await.status == 404).then_some(()))
            .await;
    }
}

#[tokio::test]
async fn what_is_no_http_ends_its_own_connection_and_nothing_else() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let garbage: [&[u8]; 9] = [
        b"\r\n\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: a\r\nBroken\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n",
        b"POST /api/tasks HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /api/tasks HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ];
    for bytes in garbage {
        let mut raw = Raw::to(backend.port).await;
        let _ = raw.try_write(bytes).await;
        raw.end_of_writing().await;
        // It says what it thinks of that, or nothing, and is gone.
        while let Some(answer) = raw.try_answer().await {
            assert_eq!(answer.status, 400, "{:?}: {answer:?}", String::from_utf8_lossy(bytes));
        }
    }
    backend.visitor().get("/health").await.expect(200);
}

#[tokio::test]
async fn requests_may_follow_one_another_on_a_connection_without_waiting() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let mut raw = Raw::to(backend.port).await;
    let request = |n: usize| format!("GET /health HTTP/1.1\r\nHost: here\r\nX-Request-Id: n{n}\r\n\r\n");
    raw.write((0..50).map(request).collect::<String>()).await;
    for n in 0..50 {
        assert_eq!(raw.answer().await.expect(200).header("x-request-id"), format!("n{n}"));
    }
}

#[tokio::test]
async fn slow_headers_hold_up_nobody_else() {
    let ground = Ground::sqlite();
    let backend = ground.backend().env("REQUEST_TIMEOUT", "600").start().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut raw = Raw::to(backend.port).await;
        raw.write("GET /health HTTP/1.1\r\nHost: he").await;
        slow.push(raw);
    }
    for _ in 0..20 {
        backend.user("ada").get("/api/tasks").await.expect(200);
    }
    // And each is answered when it has finished at last.
    for raw in &mut slow {
        raw.write("re\r\n\r\n").await;
    }
    for mut raw in slow {
        raw.answer().await.expect(200);
    }
}

#[tokio::test]
async fn headers_that_do_not_end_and_connections_that_nobody_uses_are_given_up() {
    let ground = Ground::sqlite();
    for setup in [ground.auth(), ground.backend(), ground.frontend()] {
        let service = setup.env("REQUEST_TIMEOUT", "1").start().await;
        let mut silent = Raw::to(service.port).await;
        let mut half = Raw::to(service.port).await;
        half.write("GET /health HTTP/1.1\r\nHost: he").await;
        let mut kept = Raw::to(service.port).await;
        kept.ask("GET /health HTTP/1.1\r\nHost: here\r\n\r\n").await.expect(200);
        let mut trickling = Raw::to(service.port).await;
        let drop_by_drop = async {
            trickling.write("GET /health HTTP/1.1\r\nX: ").await;
            while trickling.try_write("x").await.is_ok() && !trickling.has_more().await {}
            trickling.try_answer().await
        };
        let answers = tokio::join!(silent.try_answer(), half.try_answer(), kept.try_answer(), drop_by_drop);
        for answer in [answers.0, answers.1, answers.2, answers.3].into_iter().flatten() {
            assert_eq!(answer.status, 408, "{answer:?}");
        }
    }
}
