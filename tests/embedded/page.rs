//! The page: its files, what browsers are told of them, and where it is told the services are.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Ground, Running, until, write_record};

#[tokio::test]
async fn the_page_and_all_that_it_names_are_there_and_may_be_kept() {
    let ground = Ground::sqlite();
    let frontend = ground.frontend().start().await;
    let visitor = frontend.visitor();
    let kinds = [
        ("css", "text/css; charset=utf-8"),
        ("js", "text/javascript; charset=utf-8"),
        ("svg", "image/svg+xml"),
    ];
    let mut known = BTreeSet::new();
    let mut coming = vec!["/".to_owned()];
    while let Some(path) = coming.pop() {
        if !known.insert(path.clone()) {
            continue;
        }
        let file = visitor.get(&path).await.expect(200);
        let kind = kinds.iter().find(|(ending, _)| path.ends_with(&format!(".{ending}")));
        assert_eq!(
            file.header("content-type"),
            kind.map_or("text/html; charset=utf-8", |(_, kind)| kind),
            "{path}"
        );
        assert_eq!(file.header("cache-control"), "no-cache", "{path}");
        assert_eq!(file.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(file.header("referrer-policy"), "no-referrer", "{path}");
        let tag = file.header("etag");
        let kept = visitor.with("if-none-match", tag).get(&path).await.expect(304);
        assert_eq!((kept.header("etag"), kept.body.len()), (tag, 0));
        visitor.with("if-none-match", "\"another\"").get(&path).await.expect(200);
        coming.extend(named(&file.text(), &path));
    }
    for file in ["/assets/page.css", "/assets/page.js", "/assets/icon.svg"] {
        assert!(known.contains(file), "{file}: {known:?}");
    }
}

/// A file in a page, a module or a style sheet.
const NAMES: &str = r##"(?:src|href)="([^"#]+)"|(?:from|import)\s+"([^"]+)"|url\("?([^")]+)"?\)"##;

/// The files that a file names: what it links to, and the modules that it imports.
fn named(text: &str, path: &str) -> Vec<String> {
    let pattern = regex::Regex::new(NAMES).unwrap();
    let named = pattern.captures_iter(text).filter_map(|found| {
        let name = found.iter().skip(1).flatten().next()?.as_str();
        let base = url::Url::parse("http://here").unwrap().join(path).unwrap();
        let url = base.join(name).unwrap();
        assert_eq!(url.host_str(), Some("here"), "{path} asks nobody elsewhere: {name}");
        Some(url.path().to_owned())
    });
    named.collect()
}

#[tokio::test]
async fn a_browser_is_told_what_the_page_may_do() {
    let ground = Ground::sqlite();
    let frontend = ground.frontend().start().await;
    let page = frontend.visitor().get("/").await.expect(200);
    let policy = page.header("content-security-policy");
    let rules: Vec<&str> = policy.split(';').map(str::trim).collect();
    for rule in ["default-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'"] {
        assert!(rules.contains(&rule), "{rule}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains(" *"), "{policy}");
    let connect = rules.iter().find(|rule| rule.starts_with("connect-src ")).unwrap();
    for source in ["'self'", "http://127.0.0.1:*", "http://localhost:*"] {
        assert!(connect.split(' ').any(|known| known == source), "{source}: {connect}");
    }
    // The policy would stop what is inline.
    let html = page.text();
    let script = regex::Regex::new(r"(?is)<script\b[^>]*>(.*?)</script>").unwrap();
    for found in script.captures_iter(&html) {
        assert!(found[1].trim().is_empty() && found[0].contains("src="), "{}", &found[0]);
    }
    for inline in [r"(?i)<style\b", r#"(?i)\sstyle\s*="#, r#"(?i)\son[a-z]+\s*="#, r#"(?i)["']javascript:"#] {
        assert!(!regex::Regex::new(inline).unwrap().is_match(&html), "{inline}");
    }
}

async fn places(frontend: &Running) -> Vec<(Value, Value, Value)> {
    let config = frontend.visitor().get("/config.json").await.expect(200);
    assert_eq!(config.header("cache-control"), "no-store");
    let services = config.json()["services"].as_array().unwrap().clone();
    services.iter().map(|s| (s["name"].clone(), s["url"].clone(), s["source"].clone())).collect()
}

#[tokio::test]
async fn the_page_is_told_where_the_services_are() {
    let ground = Ground::sqlite();
    let unknown = ground.frontend().start().await;
    let nothing = (json!(null), json!(null));
    let nobody = vec![
        (json!("auth"), nothing.0.clone(), nothing.1.clone()),
        (json!("backend"), nothing.0.clone(), nothing.1.clone()),
    ];
    assert_eq!(places(&unknown).await, nobody);
    assert_eq!(unknown.visitor().get("/config.json").await.json()["stack"], Value::Null);

    let told = ground
        .frontend()
        .env("AUTH_SERVICE_URL", "http://127.0.0.1:8081/")
        .env("BACKEND_URL", "https://api.example");
    let told = told.env("AUTH_URL", "http://127.0.0.1:1").start().await;
    let expected = vec![
        (json!("auth"), json!("http://127.0.0.1:8081"), json!("AUTH_SERVICE_URL")),
        (json!("backend"), json!("https://api.example"), json!("BACKEND_URL")),
    ];
    assert_eq!(places(&told).await, expected);
}

#[tokio::test]
async fn the_page_follows_a_service_that_moves() {
    let ground = Ground::sqlite();
    let records = ground.folder().join("records");
    std::fs::create_dir(&records).unwrap();
    let frontend = ground.frontend().env("SERVICE_DISCOVERY_PATH", records.to_str().unwrap()).start().await;
    for port in 9_001..9_011 {
        let url = format!("http://127.0.0.1:{port}");
        let record = json!({ "url": url, "state": "healthy", "stack": "demo" }).to_string();
        write_record(&records, "backend", &record);
        let backend = (json!("backend"), json!(url), json!(".service_discovery/backend.json"));
        until("it is told", async || (places(&frontend).await[1] == backend).then_some(())).await;
        let config = frontend.visitor().get("/config.json").await.json();
        assert_eq!((&config["stack"], &config["services"][1]["state"]), (&json!("demo"), &json!("healthy")));
    }
    // What is half, or names no page of the web, is no place.
    for record in ["{", "", "[]", "{\"url\":7}", "{\"url\":\"javascript:alert(1)\"}"] {
        write_record(&records, "backend", record);
        until("it is told", async || places(&frontend).await[1].1.is_null().then_some(())).await;
    }
    std::fs::remove_file(records.join("backend.json")).unwrap();
    assert_eq!(places(&frontend).await[1].1, Value::Null);
}
