//! Bodies that are too large, too slow, cut off or announced.

use reqwest::Method;
use serde_json::json;

use crate::support::{AUTH, Ground, Raw, Running, SECRET, SIGN_UP, Setup, Token, until};

/// The largest body, in bytes.
const MOST: usize = 64 << 10;

/// The head of a request to create a task, or to sign up, up to its last headers.
fn head(path: &str) -> String {
    let token = Token::of("ada").hs256(SECRET);
    format!(
        "POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    )
}

/// Both services that read bodies, each with the path at which it does.
async fn readers(ground: &Ground, set: impl Fn(Setup) -> Setup) -> [(Running, &'static str); 2] {
    let auth = set(ground.auth()).start().await;
    let backend = set(ground.backend().env("AUTH_SERVICE_URL", AUTH)).start().await;
    [(auth, SIGN_UP), (backend, "/api/tasks")]
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_the_client_hears_of_it() {
    let ground = Ground::sqlite();
    for (service, path) in readers(&ground, |setup| setup).await {
        let body = format!("{{\"title\":\"{}\"}}", "x".repeat(4 << 20));
        let announced = format!("{}Content-Length: {}\r\n\r\n{body}", head(path), body.len());
        let chunks: String = body
            .as_bytes()
            .chunks(10_000)
            .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), "x".repeat(chunk.len())))
            .collect();
        let chunked = format!("{}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n", head(path));
        for request in [announced, chunked] {
            let mut raw = Raw::to(service.port).await;
            let answer = raw.ask(&request).await.expect(413);
            assert_eq!(answer.header("connection"), "close", "{answer:?}");
            assert_ne!(answer.header("x-request-id"), "");
            assert!(raw.is_closed().await, "what is left is not taken for a request");
        }
        // It is refused at its announcement, before a byte of it was sent.
        let mut raw = Raw::to(service.port).await;
        raw.ask(&format!("{}Content-Length: 99999999999\r\n\r\n", head(path))).await.expect(413);
        let mut raw = Raw::to(service.port).await;
        let asking = format!("{}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", head(path), MOST + 1);
        raw.ask(&asking).await.expect(413);
        service.visitor().get("/health").await.expect(200);
    }
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_taken() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let padded = |length: usize| {
        let body = json!({ "title": "One" }).to_string();
        Some(("application/json", format!("{body}{}", " ".repeat(length - body.len())).into_bytes()))
    };
    ada.send(Method::POST, "/api/tasks", padded(MOST)).await.expect(201);
    ada.send(Method::POST, "/api/tasks", padded(MOST + 1)).await.expect(413).assert_problem();
    let task = ada.tasks("").await[0].clone();
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap());
    for method in [Method::PUT, Method::PATCH] {
        ada.send(method.clone(), &path, padded(MOST + 1)).await.expect(413).assert_problem();
        ada.send(method, &path, padded(MOST)).await.expect(200);
    }
    assert_eq!(ada.tasks("").await.len(), 1);
}

#[tokio::test]
async fn a_body_that_trickles_in_is_given_up_and_holds_up_nobody() {
    let ground = Ground::sqlite();
    for (service, path) in readers(&ground, |setup| setup.env("REQUEST_TIMEOUT", "1")).await {
        let mut silent = Raw::to(service.port).await;
        silent.write(format!("{}Content-Length: 100\r\n\r\n{{\"title\":", head(path))).await;
        let mut trickling = Raw::to(service.port).await;
        trickling.write(format!("{}Transfer-Encoding: chunked\r\n\r\n", head(path))).await;
        let drop_by_drop = async {
            // Until nobody takes it any more.
            while trickling.try_write("1\r\nx\r\n").await.is_ok() && !trickling.has_more().await {
                // On a connection of its own: one that is kept would be given up as well.
                Raw::to(service.port)
                    .await
                    .ask("GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
                    .await
                    .expect(200);
            }
            trickling.answer().await
        };
        let (silent_answer, trickling_answer) = tokio::join!(silent.answer(), drop_by_drop);
        for answer in [silent_answer, trickling_answer] {
            let answer = answer.expect(408);
            assert_eq!(answer.header("connection"), "close");
            assert_ne!(answer.header("x-request-id"), "");
        }
        assert!(silent.is_closed().await);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_does_nothing() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let body = "{\"title\":\"One\"}";
    for cut in [0, 5, body.len() - 1] {
        for framing in [
            format!("Content-Length: {}\r\n\r\n", body.len()),
            "Transfer-Encoding: chunked\r\n\r\nf\r\n".to_owned(),
        ] {
            let mut raw = Raw::to(backend.port).await;
            raw.write(format!("{}{framing}{}", head("/api/tasks"), &body[..cut])).await;
            raw.end_of_writing().await;
            if let Some(answer) = raw.try_answer().await {
                answer.expect(400);
            }
        }
    }
    // Nor does a client that goes away at once.
    for _ in 0..20 {
        let mut raw = Raw::to(backend.port).await;
        raw.write(format!("{}Content-Length: {}\r\n\r\n{{", head("/api/tasks"), body.len())).await;
    }
    let ada = backend.user("ada");
    assert!(ada.tasks("").await.is_empty());
    ada.add("One").await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on_or_why_not() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let body = "{\"title\":\"One\"}";
    let asking = format!("Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut raw = Raw::to(backend.port).await;
    raw.ask(&format!("{}{asking}", head("/api/tasks"))).await.expect(100);
    raw.ask(body).await.expect(201);
    let mut raw = Raw::to(backend.port).await;
    raw.ask(&format!("POST /api/tasks HTTP/1.1\r\nHost: here\r\n{asking}")).await.expect(401);
}

#[tokio::test]
async fn a_body_where_none_is_wanted_does_no_harm() {
    let ground = Ground::sqlite();
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let body = || Some(("application/json", b"{\"title\":\"x\"}".to_vec()));
    ada.send(Method::GET, "/api/tasks", body()).await.expect(200);
    ada.send(Method::DELETE, "/api/tasks/x", body()).await.expect(404);
    let large = vec![b'x'; 1 << 20];
    for path in ["/health", "/nowhere"] {
        let answer = ada.send(Method::POST, path, Some(("text/plain", large.clone()))).await;
        assert!(matches!(answer.status, 404 | 405), "{answer:?}");
    }
    until("it goes on", async || (ada.get("/api/tasks").await.status == 200).then_some(())).await;
}
