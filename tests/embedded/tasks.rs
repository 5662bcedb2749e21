//! One task: made, read, replaced, changed, removed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Ground, on_both, path_of};

on_both!(
    a_task_needs_only_a_title,
    a_task_is_made_read_replaced_changed_and_removed,
    a_change_merges_and_leaves_what_it_does_not_name,
    texts_come_back_as_they_were_sent,
    a_version_that_is_known_is_not_sent_again,
    a_change_meant_for_another_version_is_refused,
    of_two_writers_who_read_the_same_version_one_wins,
    fifty_changes_of_different_fields_at_once_lose_none,
);

async fn a_task_needs_only_a_title(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let made = ada.post("/api/tasks", json!({ "title": "  Chart the harbour \n" })).await.expect(201);
    let task = made.json();
    assert_eq!(made.header("location"), path_of(&task));
    assert_eq!(made.header("etag"), "\"1\"");
    let names: Vec<_> = task.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = ["id", "title", "description", "completed", "created_at", "updated_at", "version"];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!((&task["title"], &task["description"]), (&json!("Chart the harbour"), &json!("")));
    assert_eq!((&task["completed"], &task["version"]), (&json!(false), &json!(1)));
    assert_eq!(task["created_at"], task["updated_at"]);
    let moment = task["created_at"].as_str().unwrap();
    // RFC 3339 in UTC with milliseconds.
    assert!(moment.len() == 24 && moment.ends_with('Z') && moment.as_bytes()[19] == b'.', "{moment}");
    assert_eq!(ada.get(&path_of(&task)).await.expect(200).json(), task);
    assert_eq!(ada.tasks("").await, [task]);
}

async fn a_task_is_made_read_replaced_changed_and_removed(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let whole = json!({ "title": "One", "description": "two", "completed": true });
    let task = ada.post("/api/tasks", whole.clone()).await.expect(201).json();
    let path = path_of(&task);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(&task[name], value);
    }
    // What is left out of a replacement has its default again.
    let replaced = ada.put(&path, json!({ "title": "Three" })).await.expect(200);
    assert_eq!(replaced.header("etag"), "\"2\"");
    let replaced = replaced.json();
    assert_eq!((&replaced["title"], &replaced["version"]), (&json!("Three"), &json!(2)));
    assert_eq!((&replaced["description"], &replaced["completed"]), (&json!(""), &json!(false)));
    assert_eq!((&replaced["id"], &replaced["created_at"]), (&task["id"], &task["created_at"]));
    assert!(replaced["updated_at"].as_str() >= task["updated_at"].as_str());
    assert_eq!(ada.get(&path).await.expect(200).json(), replaced);

    let changed = ada.patch(&path, json!({ "completed": true })).await.expect(200).json();
    assert_eq!((&changed["title"], &changed["completed"]), (&json!("Three"), &json!(true)));
    assert_eq!(ada.get(&path).await.expect(200).json(), changed);
    assert_eq!(ada.tasks("").await, [changed]);

    let removed = ada.delete(&path).await.expect(204);
    assert!(removed.body.is_empty());
    for gone in [
        ada.get(&path).await,
        ada.put(&path, json!({ "title": "x" })).await,
        ada.patch(&path, json!({})).await,
        ada.delete(&path).await,
    ] {
        gone.expect(404).assert_problem();
    }
    assert_eq!(ada.tasks("").await, [Value::Null; 0]);
}

async fn a_change_merges_and_leaves_what_it_does_not_name(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let task =
        ada.post("/api/tasks", json!({ "title": "One", "description": "two" })).await.expect(201).json();
    let path = path_of(&task);
    let merge = async |kind: &str, body: Value| {
        ada.send(Method::PATCH, &path, Some((kind, body.to_string().into_bytes()))).await
    };
    for kind in ["application/json", "application/merge-patch+json", "Application/JSON; charset=utf-8"] {
        let changed = merge(kind, json!({ "title": kind })).await.expect(200).json();
        assert_eq!((&changed["title"], &changed["description"]), (&json!(kind), &json!("two")));
    }
    // RFC 7396: null removes. A description that is removed is empty; the others cannot be.
    let changed =
        merge("application/merge-patch+json", json!({ "description": null })).await.expect(200).json();
    assert_eq!(changed["description"], "");
    let before = ada.get(&path).await.expect(200).json();
    for (body, places) in [
        (json!({ "title": null }), vec!["/title"]),
        (json!({ "completed": null }), vec!["/completed"]),
        (json!({ "version": 7, "id": "x", "owner": "bob" }), vec!["/id", "/owner", "/version"]),
        (json!({ "title": "", "completed": 1 }), vec!["/title", "/completed"]),
        (json!([]), vec![""]),
        (json!(null), vec![""]),
    ] {
        let refused = merge("application/merge-patch+json", body).await.expect(422);
        refused.assert_problem();
        assert_eq!(refused.pointers(), places);
    }
    merge("application/json-patch+json", json!([])).await.expect(415);
    assert_eq!(ada.get(&path).await.expect(200).json(), before, "a refused change changes nothing");
    merge("application/json", json!({})).await.expect(200);
}

async fn texts_come_back_as_they_were_sent(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let family = "👩‍👩‍👧‍👦 flag 🇩🇪 e\u{301} é ﷽ ｆｕｌｌ \u{202e}rtl";
    let quotes = "\"quotes\" 'and' \\back\\ /slash/ <b>&amp;</b> ${x} {{y}} %s %00 $1";
    let title = "日".repeat(200);
    let lines = "one\r\ntwo\n\tthree\u{2028}four\u{feff}";
    let texts = [family, quotes, &title].into_iter().chain(crate::support::SQL);
    let mut made = Vec::new();
    for text in texts {
        let body = json!({ "title": text, "description": format!("{text}\n{lines}") });
        let task = ada.post("/api/tasks", body.clone()).await.expect(201).json();
        assert_eq!((&task["title"], &task["description"]), (&body["title"], &body["description"]));
        let path = path_of(&task);
        assert_eq!(ada.get(&path).await.expect(200).json(), task);
        let put = ada.put(&path, body.clone()).await.expect(200).json();
        let patched = ada.patch(&path, body).await.expect(200).json();
        assert_eq!((&put["title"], &patched["description"]), (&task["title"], &task["description"]));
        made.push(patched);
    }
    assert_eq!(ada.tasks("").await, made);
    let longest = json!({ "title": "x", "description": "ß".repeat(2_000) });
    ada.post("/api/tasks", longest).await.expect(201);
}

async fn a_version_that_is_known_is_not_sent_again(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let path = path_of(&ada.add("One").await);
    let with = |tag: &str| ada.with("if-none-match", tag);
    for tag in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
        let known = with(tag).get(&path).await.expect(304);
        assert_eq!(known.header("etag"), "\"1\"");
        assert!(known.body.is_empty());
    }
    for tag in ["\"2\"", "1", "\"\"", "W/\"2\""] {
        assert_eq!(with(tag).get(&path).await.expect(200).header("etag"), "\"1\"");
    }
    ada.patch(&path, json!({})).await.expect(200);
    assert_eq!(with("\"1\"").get(&path).await.expect(200).header("etag"), "\"2\"");

    let list = ada.get("/api/tasks").await.expect(200);
    let tag = list.header("etag");
    let known = with(tag).get("/api/tasks").await.expect(304);
    assert_eq!((known.header("etag"), known.header("x-total-count")), (tag, "1"));
    assert!(known.body.is_empty());
    with(tag).get("/api/tasks?completed=true").await.expect(200);
    ada.add("Two").await;
    assert_ne!(with(tag).get("/api/tasks").await.expect(200).header("etag"), tag);
}

async fn a_change_meant_for_another_version_is_refused(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let task = ada.add("One").await;
    let path = path_of(&task);
    for stale in ["\"2\"", "\"0\"", "W/\"1\"", "1", "\"x\"", "\"\"", "\"-1\"", "\"99999999999999999999\""] {
        let ada = ada.with("if-match", stale);
        for answer in [
            ada.put(&path, json!({ "title": "x" })).await,
            ada.patch(&path, json!({ "title": "x" })).await,
            ada.delete(&path).await,
        ] {
            answer.expect(412).assert_problem();
        }
    }
    assert_eq!(ada.get(&path).await.expect(200).json(), task);
    ada.with("if-match", "\"1\"").patch(&path, json!({})).await.expect(200);
    ada.with("if-match", "\"2\"").put(&path, json!({ "title": "x" })).await.expect(200);
    ada.with("if-match", "*").patch(&path, json!({})).await.expect(200);
    // One of several is enough (RFC 9110, 13.1.1), in one line or in many.
    ada.with("if-match", "\"1\", \"4\"").patch(&path, json!({})).await.expect(200);
    ada.with("if-match", "\"1\"")
        .with("if-match", "\"5\"")
        .put(&path, json!({ "title": "y" }))
        .await
        .expect(200);
    ada.with("if-match", "\"1\"").delete(&path).await.expect(412);
    ada.with("if-match", "\"7\", \"6\"").delete(&path).await.expect(204);
    // Of what is not there no version is the right one, but it is missing first of all.
    ada.with("if-match", "\"6\"").put(&path, json!({ "title": "x" })).await.expect(404);
}

async fn of_two_writers_who_read_the_same_version_one_wins(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let path = path_of(&ada.add("One").await);
    for round in 0..20 {
        let tag = ada.get(&path).await.expect(200).header("etag").to_owned();
        let writer = ada.with("if-match", &tag);
        let (a, b) = (json!({ "title": format!("a{round}") }), json!({ "title": format!("b{round}") }));
        let (first, second) = match round % 2 {
            0 => tokio::join!(writer.put(&path, a), writer.patch(&path, b)),
            _ => tokio::join!(writer.patch(&path, a), writer.put(&path, b)),
        };
        let (winner, loser) = if first.status == 200 { (first, second) } else { (second, first) };
        let (winner, loser) = (winner.expect(200), loser.expect(412));
        loser.assert_problem();
        assert_eq!(ada.get(&path).await.expect(200).json(), winner.json(), "the winner's is what is kept");
    }
}

async fn fifty_changes_of_different_fields_at_once_lose_none(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    // One field each: three writers of one task, seventeen tasks.
    let mut paths = Vec::new();
    for n in 0..17 {
        paths.push(path_of(&ada.add(&format!("task {n}")).await));
    }
    let fields =
        [json!({ "title": "changed" }), json!({ "description": "changed" }), json!({ "completed": true })];
    let changes = paths.iter().flat_map(|path| fields.iter().map(|field| ada.patch(path, field.clone())));
    for answer in futures_util::future::join_all(changes).await {
        answer.expect(200);
    }
    for task in ada.tasks("").await {
        assert_eq!((&task["title"], &task["description"]), (&json!("changed"), &json!("changed")), "{task}");
        assert_eq!((&task["completed"], &task["version"]), (&json!(true), &json!(4)), "{task}");
    }
    // And fifty of one task.
    let path = &paths[0];
    let changes = (0..50).map(|n| ada.patch(path, fields[n % 3].clone()));
    let versions = futures_util::future::join_all(changes).await;
    let mut versions: Vec<_> =
        versions.into_iter().map(|answer| answer.expect(200).json()["version"].as_u64().unwrap()).collect();
    versions.sort_unstable();
    assert_eq!(versions, (5..55).collect::<Vec<_>>(), "each has a version of its own");
}
