//! Many writers at once: what was acknowledged is kept, all of it and nothing else.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::{Ground, Raw, Running, SECRET, Token, on_both, until};

/// Writers, each on a connection of its own.
const WRITERS: usize = 200;

/// How often all of them write at once.
const ROUNDS: usize = 5;

on_both!(
    two_hundred_writers_at_once_lose_nothing,
    what_was_acknowledged_before_a_sudden_end_is_there_afterwards,
);

async fn two_hundred_writers_at_once_lose_nothing(ground: &Ground) {
    let backend = ground.backend().start().await;
    let mut connections = Vec::new();
    for _ in 0..WRITERS {
        connections.push(Raw::to(backend.port).await);
    }
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        let writers = connections.iter_mut().enumerate().map(|(n, connection)| async move {
            let answer = connection.ask(&creation("ada", &format!("{round}/{n}"))).await.expect(201);
            answer.json()["id"].as_str().unwrap().to_owned()
        });
        // Somebody reads meanwhile.
        let (ids, _) = tokio::join!(futures_util::future::join_all(writers), all_ids(&backend, "ada"));
        acknowledged.extend(ids);
        assert_eq!(all_ids(&backend, "ada").await, acknowledged, "after round {round}");
    }
    assert_eq!(acknowledged.len(), WRITERS * ROUNDS);
    let rows = ground.beside("backend").await.number("SELECT count(*) FROM portolan_tasks").await;
    assert_eq!(rows, i64::try_from(WRITERS * ROUNDS).unwrap());
}

async fn what_was_acknowledged_before_a_sudden_end_is_there_afterwards(ground: &Ground) {
    let (acknowledge, mut news) = tokio::sync::mpsc::unbounded_channel::<String>();
    let mut acknowledged = HashSet::new();
    for round in 1..=3 {
        let backend = ground.backend().start().await;
        let port = backend.port;
        let writers: Vec<_> = (0..20)
            .map(|_| {
                let acknowledge = acknowledge.clone();
                tokio::spawn(async move {
                    let Ok(mut connection) = Raw::try_to(port).await else { return };
                    // Until it is gone.
                    while let Some(answer) = connection.try_ask(&creation("ada", "one of many")).await {
                        let task: Value = answer.expect(201).json();
                        let _ = acknowledge.send(task["id"].as_str().unwrap().to_owned());
                    }
                })
            })
            .collect();
        // In the midst of it.
        until("a hundred are acknowledged", async || {
            while let Ok(id) = news.try_recv() {
                acknowledged.insert(id);
            }
            (acknowledged.len() >= 100 * round).then_some(())
        })
        .await;
        backend.kill().await;
        for writer in writers {
            writer.await.unwrap();
        }
        while let Ok(id) = news.try_recv() {
            acknowledged.insert(id);
        }
        let backend = ground.backend().start().await;
        let kept = all_ids(&backend, "ada").await;
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "round {round}: lost {lost:?}");
        // What was committed and not acknowledged any more may be there: at most one for each writer.
        assert!(kept.len() <= acknowledged.len() + 20, "round {round}");
        acknowledged = kept;
    }
}

fn creation(subject: &str, title: &str) -> String {
    let body = format!("{{\"title\":\"{title}\"}}");
    let token = Token::of(subject).hs256(SECRET);
    format!(
        "POST /api/tasks HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The ids of all tasks of a user, page by page.
async fn all_ids(backend: &Running, subject: &str) -> HashSet<String> {
    let user = backend.user(subject);
    let mut ids = HashSet::new();
    for page in 1.. {
        let tasks = user.tasks(&format!("per_page=100&page={page}")).await;
        if tasks.is_empty() {
            break;
        }
        ids.extend(tasks.iter().map(|task| task["id"].as_str().unwrap().to_owned()));
    }
    ids
}
