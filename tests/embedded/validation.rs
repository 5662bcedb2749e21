//! What is refused of a task, and how that is told.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ground, on_both, path_of};

on_both!(
    every_problem_of_a_task_is_told_at_once,
    titles_and_descriptions_have_their_bounds,
    a_body_that_is_no_json_is_refused_as_such,
    an_id_is_one_of_ours_or_nobodys,
);

async fn every_problem_of_a_task_is_told_at_once(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let task = ada.add("One").await;
    let path = path_of(&task);
    let cases = [
        (json!({}), vec!["/title"]),
        (json!({ "description": 7, "completed": "yes" }), vec!["/title", "/description", "/completed"]),
        (
            json!({ "title": 1, "description": null, "completed": 0, "owner": "bob", "a/b~c": 1 }),
            vec!["/title", "/description", "/completed", "/a~1b~0c", "/owner"],
        ),
        (json!({ "title": "x", "id": "0", "version": 3 }), vec!["/id", "/version"]),
        (json!({ "Title": "x" }), vec!["/title", "/Title"]),
        (json!(null), vec![""]),
        (json!(["title"]), vec![""]),
        (json!("title"), vec![""]),
        (json!(7), vec![""]),
    ];
    for (body, places) in cases {
        for answer in [ada.post("/api/tasks", body.clone()).await, ada.put(&path, body.clone()).await] {
            let refused = answer.expect(422);
            refused.assert_problem();
            assert_eq!(refused.pointers(), places, "{body}");
        }
    }
    // A bad key is one problem among the others.
    let refused =
        ada.with("idempotency-key", "two words").post("/api/tasks", json!({ "completed": 1 })).await;
    let refused = refused.expect(422);
    assert_eq!(refused.pointers(), ["Idempotency-Key", "/title", "/completed"]);
    // So are those of a query.
    let refused =
        ada.get("/api/tasks?page=0&per_page=101&completed=1&sort=id&q=%00&page=2").await.expect(422);
    refused.assert_problem();
    assert_eq!(refused.pointers(), ["page", "page", "per_page", "completed", "q", "sort"]);
    assert_eq!(ada.tasks("").await, [task], "nothing of it was done");
}

async fn titles_and_descriptions_have_their_bounds(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let long = |count| "ä".repeat(count);
    let controls: Vec<String> =
        (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32).map(|c| format!("a{c}b")).collect();
    let mut cases: Vec<(Value, Option<&str>)> = vec![
        (json!({ "title": long(200) }), None),
        (json!({ "title": long(201) }), Some("/title")),
        (json!({ "title": "" }), Some("/title")),
        (json!({ "title": " \t\r\n\u{a0}\u{3000} " }), Some("/title")),
        (json!({ "title": "x", "description": long(2_000) }), None),
        (json!({ "title": "x", "description": long(2_001) }), Some("/description")),
    ];
    for text in &controls {
        cases.push((json!({ "title": text }), Some("/title")));
        let is_space = matches!(text.as_bytes()[1], b'\n' | b'\r' | b'\t');
        cases.push((json!({ "title": "x", "description": text }), (!is_space).then_some("/description")));
    }
    let mut kept = 0;
    for (body, place) in cases {
        let answer = ada.post("/api/tasks", body.clone()).await;
        match place {
            None => kept += usize::from(answer.expect(201).json()["title"].is_string()),
            Some(place) => assert_eq!(answer.expect(422).pointers(), [place], "{body}"),
        }
    }
    assert_eq!(ada.tasks("per_page=100").await.len(), kept);
}

async fn a_body_that_is_no_json_is_refused_as_such(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let task = ada.add("One").await;
    let path = path_of(&task);
    let secret = "a text that is not quoted";
    let broken: [&[u8]; 10] = [
        b"",
        b"{",
        b"{\"title\":\"x\"",
        b"{\"title\":\"x\"} {}",
        b"{'title':'x'}",
        b"{\"title\":\"\\ud800\"}",
        b"{\"title\":\"\xff\"}",
        b"{\"title\":\"a\x00b\"}",
        b"{\"title\":\"a text that is not quoted\",}",
        b"title=x",
    ];
    let deep = format!("{{\"title\":{}", "[".repeat(10_000));
    for body in broken.into_iter().chain([deep.as_bytes()]) {
        for (method, path) in [(Method::POST, "/api/tasks"), (Method::PUT, &path), (Method::PATCH, &path)] {
            let refused = ada.send(method, path, Some(("application/json", body.to_vec()))).await.expect(400);
            refused.assert_problem();
            assert!(!refused.text().contains(secret), "{refused:?}");
        }
    }
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data", "x"]
    {
        for (method, path) in [(Method::POST, "/api/tasks"), (Method::PUT, &path), (Method::PATCH, &path)] {
            let refused = ada.send(method, path, Some((kind, b"{\"title\":\"x\"}".to_vec()))).await;
            refused.expect(415).assert_problem();
        }
    }
    // No kind at all is none of ours either.
    ada.send(Method::POST, "/api/tasks", None).await.expect(415);
    // The last of two fields of one name counts, as everywhere.
    let twice = b"{\"title\":\"a\",\"title\":\"b\"}".to_vec();
    let made = ada.send(Method::POST, "/api/tasks", Some(("application/json", twice))).await.expect(201);
    assert_eq!(made.json()["title"], "b");
    assert_eq!(ada.get(&path).await.expect(200).json(), task, "nothing of it was done");
}

async fn an_id_is_one_of_ours_or_nobodys(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let task = ada.add("One").await;
    let id = task["id"].as_str().unwrap();
    let long = "a".repeat(5_000);
    let made_up = [
        "0".repeat(32),
        id.to_uppercase().replace(char::is_numeric, "A"),
        format!("{id}0"),
        id[1..].to_owned(),
        "%00".into(),
        format!("{id}%00"),
        format!("{id}%20"),
        "%27%3B%20DROP%20TABLE%20portolan_tasks%3B%20--".into(),
        "'%20OR%20'1'='1".into(),
        "%FF%FE".into(),
        "..%2F..%2Fetc%2Fpasswd".into(),
        "*".into(),
        "%25".into(),
        "_".repeat(32),
        "null".into(),
        long,
    ];
    for id in made_up {
        let path = format!("/api/tasks/{id}");
        for answer in [
            ada.get(&path).await,
            ada.put(&path, json!({ "title": "x" })).await,
            ada.patch(&path, json!({ "title": "x" })).await,
            ada.delete(&path).await,
        ] {
            answer.expect(404).assert_problem();
        }
    }
    assert_eq!(ada.tasks("").await, [task]);
}
