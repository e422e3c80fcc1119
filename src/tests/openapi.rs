//! What programs can read about the API is what it does.

use crate::support::{TestApp, nobodys_id, routes};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_the_same_from_the_server_and_the_command_and_holds_together() {
    let app = TestApp::start().await;
    let document = app.artist().get("/api/openapi.json").await;
    assert!(document.header("set-cookie").is_none(), "to read it makes nobody");
    let document = document.ok(200);
    let printed: Value = serde_json::from_str(app.squad(&["openapi"]).await.ok()).unwrap();
    assert_eq!(document, printed);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(
                operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
                "{method} {path}"
            );
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_string()), "{name} is the name of two operations");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_path = parameters.iter().filter(|one| one["in"] == "path").count();
            assert_eq!(in_path, path.matches('{').count(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_documented_route_is_there_with_its_methods_and_no_other() {
    let app = TestApp::start().await;
    let artist = app.artist();
    artist.get("/api/conversations").await;
    let routes: BTreeSet<_> = routes().into_iter().collect();
    let paths: BTreeSet<_> = routes.iter().map(|(_, path)| path.clone()).collect();
    for path in &paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = artist
                .send(method, &path.replace("{id}", &nobodys_id()), json!(""))
                .await;
            let there = routes.contains(&(method.to_string(), path.clone()));
            assert_eq!(answer.status != 405, there, "{method} {path}: {answer:?}");
        }
    }
    // the contract's routes, so that none is lost
    for path in [
        "/api/chat",
        "/api/chat/stream/{id}",
        "/api/conversations/{id}/export",
        "/api/coaches",
        "/api/workflows/list",
        "/ws/chat/{id}",
        "/v1/models",
        "/v1/models/{model}",
        "/v1/chat/completions",
        "/health",
    ] {
        assert!(paths.contains(path), "{path}");
    }
}

#[tokio::test]
async fn the_page_to_try_it_asks_nobody_else() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let moved = artist.get("/docs").await;
    assert_eq!((moved.status, moved.header("location")), (303, Some("/docs/")));
    let page = artist.get("/docs/").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    let named: Vec<_> = page
        .text
        .split(['"', '\''])
        .filter(|text| text.starts_with("./"))
        .collect();
    assert!(named.len() >= 4, "{}", page.text);
    assert!(
        !page.text.contains("://") && !page.text.contains("<script>"),
        "{}",
        page.text
    );
    for file in named {
        let answer = artist.get(&format!("/docs/{}", &file[2..])).await;
        assert_eq!(answer.status, 200, "{file}");
    }
    let start = artist.get("/docs/swagger-initializer.js").await.text;
    assert!(start.contains("/api/openapi.json"), "{start}");
}
