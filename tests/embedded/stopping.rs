//! How a service ends: what is being answered is finished, what is acknowledged is kept, and the port is free.

use std::net::{Ipv4Addr, TcpListener};

use crate::support::{Ground, Raw, Running, SECRET, Token, on_both, until};

on_both!(
    a_request_that_is_being_sent_when_the_service_stops_is_answered_and_new_ones_are_refused,
    an_end_at_once_frees_the_port_and_keeps_what_was_acknowledged,
);

const BODY: &str = "{\"title\":\"One\"}";

/// A creation of which half the body was sent and read.
async fn half_sent(backend: &Running) -> Raw {
    let token = Token::of("ada").hs256(SECRET);
    let mut raw = Raw::to(backend.port).await;
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        BODY.len()
    );
    // Only whoever reads the body says so.
    raw.ask(&head).await.expect(100);
    raw.write(&BODY[..7]).await;
    raw
}

async fn a_request_that_is_being_sent_when_the_service_stops_is_answered_and_new_ones_are_refused(
    ground: &Ground,
) {
    let mut backend = ground.backend().start().await;
    let mut idle = Raw::to(backend.port).await;
    idle.ask("GET /health HTTP/1.1\r\nHost: here\r\n\r\n").await.expect(200);
    let mut silent = Raw::to(backend.port).await;
    let mut raw = half_sent(&backend).await;
    backend.tell_to_stop();
    until("new connections are refused", async || {
        let refused = Raw::try_to(backend.port).await.err()?.kind() == std::io::ErrorKind::ConnectionRefused;
        refused.then_some(())
    })
    .await;
    assert!(!backend.is_over(), "it waits for the request");
    assert!(idle.is_closed().await && silent.is_closed().await, "but for nobody who asks nothing");
    raw.write(&BODY[7..]).await;
    let task = raw.answer().await.expect(201).json();
    backend.ended().await.unwrap();
    assert!(!backend.said().contains("cut off"), "{}", backend.said());
    assert_eq!(ground.backend().start().await.user("ada").tasks("").await, [task]);
}

async fn an_end_at_once_frees_the_port_and_keeps_what_was_acknowledged(ground: &Ground) {
    for round in 0..3 {
        let backend = ground.backend().start().await;
        let port = backend.port;
        let ada = backend.user("ada");
        ada.add(&format!("round {round}")).await;
        let mut raw = half_sent(&backend).await;
        backend.kill().await;
        until("the port is free", async || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()).await;
        assert!(raw.try_answer().await.is_none(), "its connections are closed");
        assert_eq!(ground.backend().start().await.user("ada").tasks("").await.len(), round + 1);
    }
}

#[tokio::test]
async fn all_three_stop_when_told_and_say_so_last() {
    let ground = Ground::sqlite();
    for setup in [ground.auth(), ground.backend(), ground.frontend()] {
        let mut service = setup.start().await;
        service.visitor().get("/health").await.expect(200);
        service.tell_to_stop();
        service.ended().await.unwrap();
        assert!(service.said().ends_with("INFO stopped\n"), "{}", service.said());
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, service.port)).is_ok());
    }
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_and_told_of() {
    let ground = Ground::sqlite();
    let mut backend = ground.backend().start().await;
    let mut raw = half_sent(&backend).await;
    backend.tell_to_stop();
    backend.ended().await.unwrap();
    assert!(backend.said().contains("WARN requests were cut off at the end"), "{}", backend.said());
    assert!(raw.try_answer().await.is_none());
}

#[tokio::test]
async fn a_service_is_not_held_up_by_an_output_that_nobody_reads() {
    let ground = Ground::sqlite();
    let (reader, writer) = std::io::pipe().unwrap();
    let backend = ground.backend().begin_with(Box::new(writer));
    drop(reader);
    let ada = backend.user("ada");
    for _ in 0..200 {
        ada.with("x-request-id", &"x".repeat(64)).get("/nowhere").await.expect(404);
    }
    backend.stop().await;
}
