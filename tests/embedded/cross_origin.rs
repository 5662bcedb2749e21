//! Which pages of other origins may use the services, and what they may read.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Ground, Running, SIGN_IN, Visitor, until, write_record};

/// What a browser asks before a page sends more than a form could.
async fn preflight(visitor: &Visitor, origin: &str, path: &str) -> Answer {
    let asking = visitor
        .with("origin", origin)
        .with("access-control-request-method", "PATCH")
        .with("access-control-request-headers", "authorization,content-type,if-match,idempotency-key");
    asking.send(Method::OPTIONS, path, None).await
}

/// The origin that an answer gives permission to.
fn permitted(answer: &Answer) -> &str {
    let vary = answer.all("vary").join(",").to_lowercase();
    assert!(vary.contains("origin"), "a cache must not give it to others: {answer:?}");
    let origin = answer.header("access-control-allow-origin");
    assert_ne!(origin, "*");
    let mut said = answer.headers.keys().filter(|name| name.as_str().starts_with("access-control"));
    assert!(!origin.is_empty() || said.next().is_none(), "to others nothing is said: {answer:?}");
    origin
}

async fn services(ground: &Ground, name: &str, value: &str) -> [Running; 2] {
    let auth = ground.auth().env(name, value).start().await;
    let backend = ground.backend().env(name, value).start().await;
    [auth, backend]
}

#[tokio::test]
async fn the_page_gets_permission_under_every_name_of_loopback_and_nobody_else() {
    let ground = Ground::sqlite();
    for service in services(&ground, "FRONTEND_URL", "http://127.0.0.1:3456").await {
        let visitor = service.visitor();
        for path in ["/api/tasks", SIGN_IN, "/health", "/nowhere"] {
            for origin in ["http://127.0.0.1:3456", "http://localhost:3456", "http://[::1]:3456"] {
                let answer = preflight(&visitor, origin, path).await.expect(200);
                assert_eq!(permitted(&answer), origin);
                assert_eq!(answer.header("access-control-allow-credentials"), "true");
                let methods = answer.header("access-control-allow-methods");
                for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                    assert!(methods.split(',').any(|known| known == method), "{methods}");
                }
                let headers = answer.header("access-control-allow-headers").to_lowercase();
                for header in
                    ["authorization", "content-type", "if-match", "if-none-match", "idempotency-key"]
                {
                    assert!(headers.split(',').any(|known| known == header), "{headers}");
                }
                let request = visitor.with("origin", origin).get(path).await;
                assert_eq!(permitted(&request), origin, "whatever is answered: {}", request.status);
                assert_eq!(request.header("access-control-allow-credentials"), "true");
            }
            for origin in [
                "http://127.0.0.1:3457",
                "https://127.0.0.1:3456",
                "http://127.0.0.1",
                "http://localhost:34560",
                "http://localhost:3456.evil.example",
                "http://evil.example",
                "http://localhost:3000",
                "null",
                "*",
                "",
            ] {
                let answer = preflight(&visitor, origin, path).await;
                assert_eq!(permitted(&answer), "", "{origin}");
                assert_eq!(permitted(&visitor.with("origin", origin).get(path).await), "", "{origin}");
            }
            assert_eq!(permitted(&visitor.get(path).await), "");
        }
    }
}

#[tokio::test]
async fn a_page_may_read_the_headers_that_it_needs_of_good_answers_and_bad_ones() {
    let ground = Ground::sqlite();
    let backend = ground.backend().env("FRONTEND_URL", "http://localhost:3456").start().await;
    let page = backend.user("ada").with("origin", "http://localhost:3456");
    let stranger = backend.visitor().with("origin", "http://localhost:3456");
    let large = vec![b'x'; 70 << 10];
    for (status, answer) in [
        (200, page.get("/api/tasks").await),
        (201, page.post("/api/tasks", json!({ "title": "One" })).await),
        (401, stranger.get("/api/tasks").await),
        (404, page.get("/api/tasks/x").await),
        (405, page.delete("/health").await),
        (413, page.send(Method::POST, "/api/tasks", Some(("application/json", large))).await),
        (415, page.send(Method::POST, "/api/tasks", Some(("text/plain", b"x".to_vec()))).await),
        (422, page.post("/api/tasks", json!({})).await),
    ] {
        let answer = answer.expect(status);
        assert_eq!(permitted(&answer), "http://localhost:3456");
        let exposed = answer.header("access-control-expose-headers").to_lowercase();
        for name in [
            "set-auth-token",
            "set-auth-jwt",
            "etag",
            "link",
            "x-total-count",
            "x-request-id",
            "retry-after",
            "location",
            "idempotency-replayed",
        ] {
            assert!(exposed.split(',').any(|known| known == name), "{name}: {exposed}");
        }
    }
}

#[tokio::test]
async fn without_a_word_of_the_page_it_is_where_the_documents_have_it() {
    let ground = Ground::sqlite();
    for service in services(&ground, "SERVICE_DISCOVERY_PATH", "/nowhere").await {
        let visitor = service.visitor();
        assert_eq!(
            permitted(&preflight(&visitor, "http://localhost:3000", "/health").await),
            "http://localhost:3000"
        );
        assert_eq!(permitted(&preflight(&visitor, "http://localhost:3001", "/health").await), "");
    }
}

#[tokio::test]
async fn a_page_that_moves_takes_its_permission_along() {
    let ground = Ground::sqlite();
    let records = ground.folder().join("records");
    std::fs::create_dir(&records).unwrap();
    let services = services(&ground, "SERVICE_DISCOVERY_PATH", records.to_str().unwrap()).await;
    let mut before = "http://localhost:3000".to_owned();
    for port in [3456, 3457, 3458] {
        let url = format!("http://127.0.0.1:{port}");
        write_record(&records, "frontend", &json!({ "url": url, "state": "healthy" }).to_string());
        for service in &services {
            let visitor = service.visitor();
            until("the page gets permission", async || {
                (permitted(&preflight(&visitor, &url, "/health").await) == url).then_some(())
            })
            .await;
            assert_eq!(permitted(&visitor.with("origin", &url).get("/health").await), url);
            assert_eq!(
                permitted(&preflight(&visitor, &before, "/health").await),
                "",
                "where it was is nobody"
            );
        }
        before = url;
    }
    // While it is down nobody else takes its place.
    std::fs::remove_file(records.join("frontend.json")).unwrap();
    for service in &services {
        let visitor = service.visitor();
        assert_eq!(permitted(&preflight(&visitor, &before, "/health").await), before);
        assert_eq!(permitted(&preflight(&visitor, "http://localhost:3000", "/health").await), "");
    }
}
