//! Pages of tasks: paging, order, filter and search.

use serde_json::{Value, json};

use crate::support::{Ground, SQL, Visitor, on_both, path_of};

on_both!(
    pages_hold_everything_once_and_links_lead_through_them,
    tasks_are_listed_in_the_order_that_was_asked_for,
    a_filter_and_a_search_narrow_what_is_listed_and_counted,
    a_search_finds_text_in_any_case_and_takes_no_sign_for_a_pattern,
    sql_in_a_query_is_text_or_refused,
    a_query_has_its_bounds,
);

async fn pages_hold_everything_once_and_links_lead_through_them(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let empty = ada.get("/api/tasks").await.expect(200);
    assert_eq!((empty.text(), empty.header("x-total-count")), ("[]".to_owned(), "0"));
    assert_eq!(empty.header("cache-control"), "no-cache, private");
    let mut made = Vec::new();
    for n in 0..57 {
        made.push(ada.add(&format!("task {n}")).await);
    }
    assert_eq!(ada.tasks("").await, made[..50], "50 on a page, oldest first");
    assert_eq!(ada.tasks("page=2").await, made[50..]);
    for per_page in [1, 7, 56, 57, 58, 100] {
        let mut path = Some(format!("/api/tasks?per_page={per_page}"));
        let (mut seen, mut pages) = (Vec::new(), 0);
        while let Some(this) = path {
            let page = ada.get(&this).await.expect(200);
            assert_eq!(page.header("x-total-count"), "57");
            seen.extend(page.json().as_array().unwrap().clone());
            pages += 1;
            let links = page.header("link");
            for (relation, number) in [("first", 1), ("last", 57_usize.div_ceil(per_page))] {
                let link = format!("</api/tasks?page={number}&per_page={per_page}>; rel=\"{relation}\"");
                assert!(links.contains(&link), "{links}");
            }
            assert_eq!(links.contains("rel=\"prev\""), pages > 1, "{links}");
            path = link(links, "next");
        }
        assert_eq!(pages, 57_usize.div_ceil(per_page));
        assert_eq!(seen, made);
    }
    // Beyond the last page there is nothing, and the way back.
    let beyond = ada.get("/api/tasks?page=1000000&per_page=100").await.expect(200);
    assert_eq!((beyond.text(), beyond.header("x-total-count")), ("[]".to_owned(), "57"));
    assert_eq!(link(beyond.header("link"), "prev").unwrap(), "/api/tasks?page=1&per_page=100");
}

async fn tasks_are_listed_in_the_order_that_was_asked_for(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let titles = ["pear", "Apple", "10", "äpfel", "apple pie", "9", "Zebra", "apple", "日本", "_under"];
    let mut made = Vec::new();
    for title in titles {
        made.push(ada.add(title).await);
    }
    // By code point of the lower case, the same on every machine and database; of equal ones the older first.
    let by_title = ["10", "9", "_under", "Apple", "apple", "apple pie", "pear", "Zebra", "äpfel", "日本"]
        .map(String::from);
    assert_eq!(titles_of(&ada, "sort=title").await, by_title);
    let reversed: Vec<_> = by_title.iter().rev().cloned().collect();
    assert_eq!(titles_of(&ada, "sort=-title").await, reversed);
    let by_age = titles.map(String::from);
    let youngest_first: Vec<_> = by_age.iter().rev().cloned().collect();
    for (sort, expected) in
        [("", &by_age[..]), ("sort=created_at", &by_age), ("sort=-created_at", &youngest_first)]
    {
        assert_eq!(titles_of(&ada, sort).await, expected, "{sort}");
    }
    // A change moves a task to the end by updated_at, and nowhere by created_at.
    let first = &made[0];
    crate::support::until("a moment has passed", async || {
        let changed = ada.patch(&path_of(first), json!({})).await.expect(200).json();
        (changed["updated_at"].as_str() > made[9]["updated_at"].as_str()).then_some(())
    })
    .await;
    assert_eq!(titles_of(&ada, "sort=updated_at").await.last().unwrap(), "pear");
    assert_eq!(titles_of(&ada, "sort=-updated_at").await[0], "pear");
    assert_eq!(titles_of(&ada, "sort=created_at").await, by_age);
    // Pages of an order fit together.
    let mut paged = Vec::new();
    for page in 1..=4 {
        paged.extend(titles_of(&ada, &format!("sort=-title&per_page=3&page={page}")).await);
    }
    assert_eq!(paged, reversed);
}

async fn a_filter_and_a_search_narrow_what_is_listed_and_counted(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    for n in 0..20 {
        let body =
            json!({ "title": format!("task {n}"), "description": "of the harbour", "completed": n % 4 == 0 });
        ada.post("/api/tasks", body).await.expect(201);
    }
    for (query, count) in [
        ("completed=true", 5),
        ("completed=false", 15),
        ("q=harbour", 20),
        ("q=task+1", 11),
        ("q=task%201&completed=true", 2),
        ("q=lighthouse", 0),
        ("q=", 20),
        ("colour=blue", 20),
    ] {
        let answer = ada.get(&format!("/api/tasks?{query}&per_page=2&sort=-created_at")).await.expect(200);
        assert_eq!(answer.header("x-total-count"), count.to_string(), "{query}");
        assert_eq!(answer.json().as_array().unwrap().len(), count.min(2), "{query}");
        if let Some(next) = link(answer.header("link"), "next") {
            let next = ada.get(&next).await.expect(200);
            assert_eq!(next.header("x-total-count"), count.to_string(), "a link keeps the query: {query}");
        }
    }
}

async fn a_search_finds_text_in_any_case_and_takes_no_sign_for_a_pattern(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    let titles = [
        "100% sure",
        "100 per cent",
        "snake_case",
        "snakeXcase",
        "back\\slash",
        "backslash",
        "ÄRGER im Büro",
        "Straße",
        "ΟΔΟΣ ΑΘΗΝΩΝ",
        "οδοστρωτήρας",
        "Привет, МИР",
        "İstanbul",
        "日本語",
        "[abc]",
        "a*b?c",
        "it's \"quoted\"",
    ];
    for title in titles {
        ada.add(title).await;
    }
    ada.post("/api/tasks", json!({ "title": "other", "description": "Tief im BÜRO\nversteckt" }))
        .await
        .expect(201);
    let cases: [(&str, &[&str]); 21] = [
        ("%", &["100% sure"]),
        ("0%", &["100% sure"]),
        ("_", &["snake_case"]),
        ("e_c", &["snake_case"]),
        ("\\", &["back\\slash"]),
        ("k\\s", &["back\\slash"]),
        ("\\%", &[]),
        ("SNAKE", &["snake_case", "snakeXcase"]),
        ("ärger", &["ÄRGER im Büro"]),
        ("büro", &["ÄRGER im Büro", "other"]),
        ("BÜRO", &["ÄRGER im Büro", "other"]),
        ("straße", &["Straße"]),
        ("привет, мир", &["Привет, МИР"]),
        ("ПРИВЕТ", &["Привет, МИР"]),
        ("本", &["日本語"]),
        ("[abc]", &["[abc]"]),
        ("*", &["a*b?c"]),
        ("?", &["a*b?c"]),
        ("it's \"", &["it's \"quoted\""]),
        ("istanbul", &[]),
        ("İSTANBUL", &["İstanbul"]),
    ];
    for (text, expected) in cases {
        assert_eq!(titles_of(&ada, &query("q", text)).await, expected, "{text}");
    }
    // A capital sigma has two small letters, and which one stands in a word depends on where.
    for text in ["οδος", "ΟΔΟΣ", "οδοσ"] {
        assert_eq!(titles_of(&ada, &query("q", text)).await, ["ΟΔΟΣ ΑΘΗΝΩΝ", "οδοστρωτήρας"], "{text}");
    }
}

async fn sql_in_a_query_is_text_or_refused(ground: &Ground) {
    let backend = ground.backend().start().await;
    let (ada, bob) = (backend.user("ada"), backend.user("bob"));
    bob.add("of somebody else").await;
    for text in SQL {
        ada.add(text).await;
        assert_eq!(titles_of(&ada, &query("q", text)).await, [text]);
        assert_eq!(titles_of(&ada, &query("other", text)).await.last().unwrap(), text);
        for name in ["sort", "completed", "page", "per_page"] {
            let refused = ada.get(&format!("/api/tasks?{}", query(name, text))).await.expect(422);
            assert_eq!(refused.pointers(), [name]);
        }
    }
    // As the name of a user, it is one with no tasks.
    for subject in SQL {
        assert_eq!(backend.user(subject).tasks("").await.len(), 0);
    }
    assert_eq!(ada.tasks("").await.len(), SQL.len());
    assert_eq!(bob.tasks("").await.len(), 1, "the table is still there, and so is its owner");
}

async fn a_query_has_its_bounds(ground: &Ground) {
    let backend = ground.backend().start().await;
    let ada = backend.user("ada");
    ada.add("One").await;
    let fits = query("q", &"ö".repeat(200));
    ada.get(&format!("/api/tasks?{fits}")).await.expect(200);
    for (query, place) in [
        (query("q", &"ö".repeat(201)), "q"),
        (query("q", "a\u{0}b"), "q"),
        (query("q", "a\nb"), "q"),
        ("per_page=0".into(), "per_page"),
        ("per_page=101".into(), "per_page"),
        ("per_page=-1".into(), "per_page"),
        ("per_page=1e2".into(), "per_page"),
        ("page=".into(), "page"),
        ("page=1000001".into(), "page"),
        ("page=9223372036854775808".into(), "page"),
        ("completed=True".into(), "completed"),
        ("sort=".into(), "sort"),
        ("sort=created_at,title".into(), "sort"),
        ("sort=owner".into(), "sort"),
        ("q=a&q=b".into(), "q"),
    ] {
        let refused = ada.get(&format!("/api/tasks?{query}")).await.expect(422);
        assert_eq!(refused.pointers(), [place], "{query}");
    }
    // What cannot be text is replaced, and so found nowhere.
    assert_eq!(ada.tasks("q=%ff%fe").await.len(), 0);
    assert_eq!(ada.tasks("&&=&q=ONE&").await.len(), 1);
}

async fn titles_of(visitor: &Visitor, query: &str) -> Vec<String> {
    let tasks = visitor.tasks(query).await;
    let title = |task: &Value| task["title"].as_str().unwrap().to_owned();
    tasks.iter().map(title).collect()
}

fn query(name: &str, value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// Where a relation of a Link header leads.
fn link(links: &str, relation: &str) -> Option<String> {
    let relation = format!("; rel=\"{relation}\"");
    let link = links.split(", ").find_map(|link| link.strip_suffix(relation.as_str()))?;
    Some(link.trim_matches(['<', '>']).to_owned())
}
