//! Each user's tasks are their own.

use reqwest::Method;
use serde_json::json;

use crate::support::{Ground, on_both, path_of};

on_both!(a_task_of_somebody_else_is_as_missing_as_one_that_never_was, a_list_holds_ones_own_tasks_alone,);

async fn a_task_of_somebody_else_is_as_missing_as_one_that_never_was(ground: &Ground) {
    let backend = ground.backend().start().await;
    let (ada, bob) = (backend.user("ada"), backend.user("bob"));
    let task = ada.add("One").await;
    let theirs = path_of(&task);
    let made_up = format!("/api/tasks/{}", "0123456789abcdef".repeat(2));
    // With one id, so that the answers can be the same to the last byte.
    let bob = bob.with("x-request-id", "the-same");
    let whole = Some(("application/json", json!({ "title": "x" }).to_string().into_bytes()));
    let empty = Some(("application/json", b"{}".to_vec()));
    let wrong = Some(("application/json", json!({ "title": "" }).to_string().into_bytes()));
    let no_json = Some(("text/plain", b"x".to_vec()));
    let bodies = [None, whole, empty, wrong, no_json];
    let headers = [
        ("x-none", ""),
        ("if-match", "\"1\""),
        ("if-match", "\"7\""),
        ("if-match", "*"),
        ("if-match", "x"),
        ("if-match", "\"1\", \"2\""),
        ("if-none-match", "\"1\""),
        ("if-none-match", "*"),
    ];
    let mut missing = 0;
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE] {
        for (name, value) in headers {
            for body in &bodies {
                let bob = bob.with(name, value);
                let one = bob.send(method.clone(), &theirs, body.clone()).await;
                let other = bob.send(method.clone(), &made_up, body.clone()).await;
                assert_eq!(one.told(), other.told(), "{method} {name} {value}");
                assert!(one.status >= 400, "{method} {name} {value}: {one:?}");
                missing += usize::from(one.status == 404);
            }
        }
    }
    // A body that is refused is refused whosever task it is; everything else is not found.
    assert_eq!(missing, 8 * (3 * 5 + 1 + 2));
    assert_eq!(ada.get(&theirs).await.expect(200).json(), task, "nothing was done to it");
    let version = ground.beside("backend").await.number("SELECT max(version) FROM portolan_tasks").await;
    assert_eq!(version, 1);
}

async fn a_list_holds_ones_own_tasks_alone(ground: &Ground) {
    let backend = ground.backend().start().await;
    // Names that somebody might take for one another.
    let names = ["ada", "Ada", "ada ", " ada", "ada\u{301}", "adà", "a%", "a_a", "%", "null", "0"];
    for name in names {
        backend.user(name).add(&format!("of {name:?}")).await;
    }
    for name in names {
        let user = backend.user(name);
        for query in ["", "q=of", "sort=-title", "completed=false", "q=%25", "owner=ada", "user=ada"] {
            let tasks = user.tasks(query).await;
            let others = tasks.iter().filter(|task| task["title"] != format!("of {name:?}")).count();
            assert_eq!(others, 0, "{name:?} {query}");
            assert_eq!(tasks.len(), usize::from(query != "q=%25" || name.contains('%')), "{name:?} {query}");
        }
        assert_eq!(user.get("/api/tasks").await.expect(200).header("x-total-count"), "1");
    }
}
