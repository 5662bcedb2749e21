//! Creations that are asked for more than once, by key.

use serde_json::json;

use crate::support::{Ground, Visitor, on_both, path_of};

on_both!(
    a_creation_with_a_key_is_done_once_and_answered_alike,
    of_twenty_creations_at_once_with_one_key_one_makes_a_task,
    keys_of_two_users_do_not_meet,
    a_key_is_one_word_of_visible_ascii,
    a_refused_creation_uses_up_no_key,
    a_key_is_forgotten_after_a_day,
);

fn keyed(visitor: &Visitor, key: &str) -> Visitor {
    visitor.with("idempotency-key", key)
}

async fn a_creation_with_a_key_is_done_once_and_answered_alike(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let body = json!({ "title": "One", "description": "two", "completed": true });
    let first = keyed(&ada, "k-1").post("/api/tasks", body.clone()).await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    // The task may have changed since: the answer is the one that was given.
    ada.patch(&path_of(&first.json()), json!({ "title": "changed" })).await.expect(200);
    // Order, spacing and what is trimmed make no other body.
    let rewritten = "{ \"completed\":true,\n\"description\":\"two\", \"title\":\" One \" }";
    let rewritten = ("application/json", rewritten.as_bytes().to_vec());
    let again = [
        keyed(&ada, "k-1").post("/api/tasks", body.clone()).await,
        keyed(&ada, "k-1").send(reqwest::Method::POST, "/api/tasks", Some(rewritten)).await,
    ];
    for again in again {
        let again = again.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.body, first.body);
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.header(name), first.header(name));
        }
    }
    for other in
        [json!({ "title": "One" }), json!({ "title": "One", "description": "two" }), json!({ "title": "2" })]
    {
        let refused = keyed(&ada, "k-1").post("/api/tasks", other).await.expect(422);
        refused.assert_problem();
        assert!(refused.text().contains("Idempotency-Key"), "{refused:?}");
    }
    keyed(&ada, "K-1").post("/api/tasks", body.clone()).await.expect(201);
    ada.post("/api/tasks", body.clone()).await.expect(201);
    assert_eq!(ada.tasks("").await.len(), 3, "another key, and none, make others");
    // Also after a restart, and when the task is gone.
    ada.delete(&path_of(&first.json())).await.expect(204);
    drop(backend);
    let backend = ground.backend().start().await;
    let again = keyed(&backend.user("ada"), "k-1").post("/api/tasks", body).await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    assert_eq!(backend.user("ada").tasks("").await.len(), 2);
}

async fn of_twenty_creations_at_once_with_one_key_one_makes_a_task(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    for round in 0..5 {
        let one = keyed(&ada, &format!("round-{round}"));
        let creations = (0..20).map(|_| one.post("/api/tasks", json!({ "title": "One" })));
        let answers = futures_util::future::join_all(creations).await;
        let replayed =
            answers.iter().filter(|answer| answer.header("idempotency-replayed") == "true").count();
        assert_eq!(replayed, 19, "{answers:?}");
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
        }
    }
    assert_eq!(ada.tasks("").await.len(), 5);
    // Of different bodies one wins, and the others are told.
    let one = keyed(&ada, "different");
    let creations = (0..20).map(|n| one.post("/api/tasks", json!({ "title": format!("task {n}") })));
    let answers = futures_util::future::join_all(creations).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.status == 422).count();
    assert_eq!((made, refused), (1, 19), "{answers:?}");
    assert_eq!(ada.tasks("").await.len(), 6);
}

async fn keys_of_two_users_do_not_meet(ground: &Ground) {
    let backend = ground.backend().start().await;
    let (ada, bob) = (backend.user("ada"), backend.user("bob"));
    let body = json!({ "title": "One" });
    let of_ada = keyed(&ada, "k").post("/api/tasks", body.clone()).await.expect(201).json();
    let of_bob = keyed(&bob, "k").post("/api/tasks", body).await.expect(201);
    assert_eq!(of_bob.header("idempotency-replayed"), "");
    assert_ne!(of_bob.json()["id"], of_ada["id"]);
    keyed(&bob, "k2").post("/api/tasks", json!({ "title": "other" })).await.expect(201);
    assert_eq!((ada.tasks("").await.len(), bob.tasks("").await.len()), (1, 2));
}

async fn a_key_is_one_word_of_visible_ascii(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let body = json!({ "title": "One" });
    let longest = "k".repeat(255);
    for key in [
        "a",
        "!~",
        &longest,
        "8e03978e-40d5-43dd-bc93-6894a57f9324",
        "'; DROP TABLE portolan_tasks; --".trim_matches(' ').split(' ').next().unwrap(),
    ] {
        keyed(&ada, key).post("/api/tasks", body.clone()).await.expect(201);
    }
    for key in ["", "two words", &format!("{longest}k"), "a\tb"] {
        let refused = keyed(&ada, key).post("/api/tasks", body.clone()).await.expect(422);
        assert_eq!(refused.pointers(), ["Idempotency-Key"], "{key}");
    }
    let twice = keyed(&keyed(&ada, "one"), "two").post("/api/tasks", body).await.expect(422);
    assert_eq!(twice.pointers(), ["Idempotency-Key"]);
    assert_eq!(ada.tasks("").await.len(), 5);
}

async fn a_refused_creation_uses_up_no_key(ground: &Ground) {
    let backend = ground.backend().start().await;
    let one = keyed(&backend.user("ada"), "k");
    one.post("/api/tasks", json!({ "title": "" })).await.expect(422);
    one.send(reqwest::Method::POST, "/api/tasks", Some(("text/plain", b"x".to_vec()))).await.expect(415);
    let made = one.post("/api/tasks", json!({ "title": "One" })).await.expect(201);
    assert_eq!(made.header("idempotency-replayed"), "");
}

async fn a_key_is_forgotten_after_a_day(ground: &Ground) {
    let backend = ground.backend().start().await;
    let one = keyed(&backend.user("ada"), "k");
    let first = one.post("/api/tasks", json!({ "title": "One" })).await.expect(201).json();
    let mut beside = ground.beside("backend").await;
    let age = "UPDATE portolan_idempotency_keys SET created_at = created_at - ";
    beside.execute(&format!("{age}{}", 23 * 3_600_000)).await;
    let again = one.post("/api/tasks", json!({ "title": "One" })).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    beside.execute(&format!("{age}{}", 2 * 3_600_000)).await;
    let new = one.post("/api/tasks", json!({ "title": "Two" })).await.expect(201);
    assert_eq!(new.header("idempotency-replayed"), "");
    assert_ne!(new.json()["id"], first["id"]);
}
