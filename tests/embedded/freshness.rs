//! Lists are never older than what was acknowledged before they were asked for.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::{Ground, Visitor, execute_elsewhere, on_both, path_of};

/// Users at work at the same time, and what each does.
const USERS: usize = 5;
const TURNS: usize = 100;

on_both!(
    a_list_shows_what_was_done_a_moment_before,
    a_list_shows_what_another_process_has_written,
    a_list_shows_what_another_service_on_the_same_data_has_done,
);

async fn a_list_shows_what_was_done_a_moment_before(ground: &Ground) {
    let backend = ground.backend().start().await;
    let over = AtomicBool::new(false);
    let users: Vec<_> = (0..USERS).map(|n| backend.user(&format!("user{n}"))).collect();
    // Readers of the same lists, so that there is always one being made while something is written.
    let readers = futures_util::future::join_all(users.iter().map(|user| async {
        while !over.load(Ordering::Relaxed) {
            user.tasks("").await;
            user.tasks("sort=-title").await;
        }
    }));
    let writers = async {
        futures_util::future::join_all(users.iter().map(turns)).await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(writers, readers);
}

/// Each change, and at once the list.
async fn turns(user: &Visitor) {
    let titles = async |query: &str| {
        let tasks = user.tasks(query).await;
        tasks.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let own = user.add("a lasting one").await;
    for turn in 0..TURNS {
        let (made, changed) = (format!("made {turn}"), format!("changed {turn}"));
        let path = path_of(&user.add(&made).await);
        assert_eq!(titles("").await, ["a lasting one", made.as_str()]);
        user.patch(&path, json!({ "title": changed })).await.expect(200);
        assert_eq!(titles("").await, ["a lasting one", changed.as_str()]);
        assert_eq!(titles("sort=-title").await, [changed.as_str(), "a lasting one"]);
        let removed = user.delete(&path).await.expect(204);
        let list = user.get("/api/tasks").await.expect(200);
        assert_eq!(list.json(), json!([own]), "turn {turn}, after {removed:?}");
        assert_eq!(list.header("x-total-count"), "1");
    }
}

async fn a_list_shows_what_another_process_has_written(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let task = ada.add("One").await;
    let id = task["id"].as_str().unwrap();
    let mut beside = ground.beside("backend").await;
    for turn in 0..100 {
        // So that it is kept.
        let before = ada.get("/api/tasks").await.expect(200);
        assert_eq!(ada.with("if-none-match", before.header("etag")).get("/api/tasks").await.status, 304);
        let change = format!(
            "UPDATE portolan_tasks SET title = 'turn {turn}', version = version + 1 WHERE id = '{id}'"
        );
        assert_eq!(beside.execute(&change).await, 1);
        let after = ada.with("if-none-match", before.header("etag")).get("/api/tasks").await.expect(200);
        assert_eq!(after.json()[0]["title"], format!("turn {turn}"));
        if turn % 10 == 9 {
            let copied = format!(
                "INSERT INTO portolan_tasks SELECT '{turn:032}', owner, title, description, completed, lower_title, lower_description, \
                 created_at, updated_at, version FROM portolan_tasks WHERE id = '{id}'"
            );
            beside.execute(&copied).await;
            assert_eq!(ada.tasks("").await.len(), 2);
            beside.execute(&format!("DELETE FROM portolan_tasks WHERE id = '{turn:032}'")).await;
            assert_eq!(ada.tasks("").await.len(), 1);
        }
    }
    // What was begun and not finished is not there, and what was rolled back never is.
    beside.execute("BEGIN").await;
    beside.execute("DELETE FROM portolan_tasks").await;
    assert_eq!(ada.tasks("").await.len(), 1);
    beside.execute("ROLLBACK").await;
    assert_eq!(ada.tasks("").await.len(), 1);
}

async fn a_list_shows_what_another_service_on_the_same_data_has_done(ground: &Ground) {
    let one = ground.backend().start().await;
    let other = ground.backend().start().await;
    let (here, there) = (one.user("ada"), other.user("ada"));
    for turn in 0..50 {
        let (writer, reader) = if turn % 2 == 0 { (&here, &there) } else { (&there, &here) };
        reader.tasks("").await;
        let task = writer.add(&format!("task {turn}")).await;
        assert_eq!(reader.tasks("").await, std::slice::from_ref(&task));
        writer.delete(&path_of(&task)).await.expect(204);
        assert!(reader.tasks("").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_and_the_service_do_not_lose_what_the_other_writes() {
    let ground = Ground::sqlite();
    let file = ground.file("backend");
    let mut backend = ground.backend().start().await;
    for round in 0..10 {
        let title = format!("of the service, {round}");
        let task = backend.user("ada").add(&title).await;
        assert_eq!(backend.user("ada").tasks("").await[0]["title"], title);
        let change = format!("UPDATE portolan_tasks SET title = 'of elsewhere, {round}'");
        execute_elsewhere(file.clone(), change).await;
        assert_eq!(backend.user("ada").tasks("").await[0]["title"], format!("of elsewhere, {round}"));
        backend.user("ada").delete(&path_of(&task)).await.expect(204);
        // The next one begins while this one is being ended.
        let next = ground.backend().start().await;
        backend.kill().await;
        backend = next;
    }
}
