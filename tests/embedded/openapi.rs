//! What the services say of themselves is what they do: every operation of their descriptions is there, and every route
//! is described.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;

use crate::support::{Ground, Raw, Running};

/// What is in a description beside methods.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Routes that describe, and are not described themselves.
const DESCRIBING: [&str; 4] = ["/openapi.json", "/docs", "/docs/", "/docs/{*file}"];

async fn described(ground: &Ground) -> [(&'static str, Running, Value); 2] {
    let read = async |name: &'static str, service: Running| {
        let description = service.visitor().get("/openapi.json").await.expect(200);
        assert_eq!(description.header("content-type"), "application/json");
        (name, service, description.json())
    };
    [read("auth", ground.auth().start().await).await, read("backend", ground.backend().start().await).await]
}

/// Paths and their methods, as a description has them.
fn operations(description: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let paths = description["paths"].as_object().unwrap().iter();
    let methods = |item: &Value| {
        let names = item.as_object().unwrap().keys().filter(|name| METHODS.contains(&name.as_str()));
        names.map(|name| name.to_uppercase()).collect()
    };
    paths.map(|(path, item)| (path.clone(), methods(item))).collect()
}

#[tokio::test]
async fn every_operation_that_is_described_is_there() {
    let ground = Ground::sqlite();
    for (name, service, description) in described(&ground).await {
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1."), "{name}");
        let operations = operations(&description);
        assert!(operations.len() >= 4, "{operations:?}");
        for (path, methods) in operations {
            let real = path.replace("{id}", &"0".repeat(32));
            for method in &methods {
                let answer = service.visitor().send(method.parse().unwrap(), &real, None).await;
                assert!(!matches!(answer.status, 404 | 405 | 500..), "{name} {method} {path}: {answer:?}");
                let responses = &description["paths"][&path][method.to_lowercase()]["responses"];
                assert!(
                    responses[answer.status.to_string()].is_object(),
                    "{name} {method} {path}: {} is not described",
                    answer.status
                );
            }
            // And no others are.
            let answer = service.visitor().send(Method::TRACE, &real, None).await.expect(405);
            let allowed = answer.header("allow").split(',').map(|method| method.trim().to_owned());
            let allowed: BTreeSet<String> = allowed.filter(|method| method != "HEAD").collect();
            assert_eq!(allowed, methods, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn every_route_is_described() {
    let ground = Ground::sqlite();
    let sources = |files: &[&str]| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend");
        files.iter().map(|file| std::fs::read_to_string(root.join(file)).unwrap()).collect::<String>()
    };
    let route = regex::Regex::new(r#"\.route\(\s*"([^"]+)""#).unwrap();
    for (name, _service, description) in described(&ground).await {
        let (files, nested) = match name {
            "auth" => (["auth/routes.rs", "service.rs", "docs.rs"], "/api/auth"),
            _ => (["tasks/routes.rs", "service.rs", "docs.rs"], ""),
        };
        let own = sources(&files[..1]);
        let shared = sources(&files[1..]);
        let routed = |text: &str, nested: &str| -> Vec<String> {
            route.captures_iter(text).map(|found| format!("{nested}{}", &found[1])).collect()
        };
        let own = routed(&own, nested);
        assert!(own.len() >= 3, "{own:?}");
        let all: BTreeSet<String> = own.into_iter().chain(routed(&shared, "")).collect();
        let all: BTreeSet<String> =
            all.into_iter().filter(|path| !DESCRIBING.contains(&path.as_str())).collect();
        assert_eq!(all, operations(&description).into_keys().collect(), "{name}");
    }
}

#[tokio::test]
async fn a_description_refers_to_nothing_that_is_not_in_it_and_names_each_operation_once() {
    let ground = Ground::sqlite();
    for (name, _service, description) in described(&ground).await {
        let (mut references, mut ids) = (Vec::new(), Vec::new());
        collect(&description, &mut references, &mut ids);
        for reference in references {
            let pointer =
                reference.strip_prefix('#').unwrap_or_else(|| panic!("{name} asks elsewhere: {reference}"));
            assert!(description.pointer(pointer).is_some(), "{name}: {reference}");
        }
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len(), "{name}: {ids:?}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>, ids: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("$ref", Value::String(reference)) => references.push(reference.clone()),
                    // Links name operations, too; those of paths stand beside responses.
                    ("operationId", Value::String(id)) if fields.contains_key("responses") => {
                        ids.push(id.clone());
                    }
                    _ => collect(value, references, ids),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references, ids)),
        _ => {}
    }
}

#[tokio::test]
async fn swagger_ui_comes_from_here_alone() {
    let ground = Ground::sqlite();
    let files = regex::Regex::new(r#"(?:src|href)="\./?([^"]+)"|href="([a-z.]+)""#).unwrap();
    for (name, service, _) in described(&ground).await {
        let visitor = service.visitor();
        let moved = visitor.get("/docs").await;
        // Not for good: the port may be somebody else's tomorrow, and a browser would still remember.
        assert_eq!(moved.status, 307, "{moved:?}");
        assert_eq!(moved.header("location"), "/docs/");
        let page = visitor.get("/docs/").await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
        let html = page.text();
        assert!(!html.contains("http://") && !html.contains("https://"), "{name}: {html}");
        let mut count = 0;
        for found in files.captures_iter(&html) {
            let file = found.iter().skip(1).flatten().next().unwrap().as_str().trim_start_matches('/');
            visitor.get(&format!("/docs/{file}")).await.expect(200);
            count += 1;
        }
        assert!(count >= 4, "{html}");
        let script = visitor.get("/docs/swagger-initializer.js").await.expect(200).text();
        assert!(script.contains("/openapi.json") && script.contains("\"none\""), "{script}");
        // Dots lead nowhere.
        for path in ["/docs/../../Cargo.toml", "/docs/..%2f..%2fCargo.toml", "/docs//etc/passwd"] {
            let mut raw = Raw::to(service.port).await;
            raw.ask(&format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n")).await.expect(404);
        }
    }
}
