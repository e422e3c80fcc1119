//! Every refusal is a complete problem document with the contract's status and code.

use crate::support::{TestApp, nobodys_id, routes_with_id};
use serde_json::{Value, json};

#[tokio::test]
async fn a_body_that_cannot_be_taken_is_refused_with_its_own_status() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for path in ["/api/chat", "/api/chat/generate", "/api/conversations"] {
        let raw = |kind: &'static str, body: String| {
            artist.call(artist.request("POST", path).header("content-type", kind).body(body))
        };
        for not_json in ["", "{", "nothing", "{\"message\":}", "\u{1}"] {
            raw("application/json", not_json.into()).await.problem(400, "invalid");
        }
        raw("text/plain", "{}".into())
            .await
            .problem(415, "unsupported_media_type");
        let huge = format!("{{\"message\":\"{}\"}}", "x".repeat(1024 * 1024));
        raw("application/json", huge).await.problem(413, "too_large");
    }
    let no_type = artist.request("POST", "/api/chat").body("{}");
    artist.call(no_type).await.problem(415, "unsupported_media_type");
    for (method, path, allowed) in [
        ("DELETE", "/api/chat".to_string(), "POST"),
        ("PUT", "/api/conversations".into(), "GET,HEAD,POST"),
        ("POST", format!("/api/chat/status/{}", nobodys_id()), "GET,HEAD"),
    ] {
        let refused = artist.send(method, &path, json!({})).await;
        refused.problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some(allowed), "{path}");
    }
    for path in ["/api/nothing/here", "/api", "/api/", "/ws/", "/api/conversations/"] {
        artist.get(path).await.problem(404, "not_found");
    }
    assert!(artist.get("/v1").await.ok(404)["error"].is_object());
    assert!(app.fake.calls().await.is_empty());
}

#[tokio::test]
async fn where_every_field_may_be_missing_the_body_may_be_too() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let made = artist.call(artist.request("POST", "/api/conversations")).await.ok(201);
    assert_eq!(made["title"], "");
    let answer = artist.chat(json!({"message": "Salut"})).await;
    let path = format!("/api/messages/{}/regenerate", answer["message_id"].as_str().unwrap());
    artist.call(artist.request("POST", &path)).await.ok(202);
    let nothing = artist.request("POST", "/api/chat");
    artist.call(nothing).await.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_wrong_value_is_422_and_names_its_field() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let mine = artist.chat(json!({"message": "Salut"})).await;
    let conversation = mine["conversation_id"].clone();
    let with = |field: &str, value: Value| {
        let mut body = json!({"message": "Salut", "conversation_id": conversation});
        body[field] = value;
        body
    };
    for (field, value) in [
        ("message", json!(7)),
        ("message", json!(null)),
        ("message", json!("")),
        ("message", json!(" \n\t ")),
        ("message", json!("a\u{0}b")),
        ("message", json!("é".repeat(10_001))),
        ("conversation_id", json!("not-an-id")),
        ("conversation_id", json!(3)),
        ("coach", json!("bob")),
        ("coach", json!(["luke"])),
        ("provider", json!("oracle")),
        ("provider", json!("openai")),
        ("model", json!(1)),
        ("temperature", json!("hot")),
        ("temperature", json!(2.5)),
        ("client_message_id", json!("once")),
        ("edits", json!("that one")),
        ("edits", json!(nobodys_id())),
        ("edits", mine["message_id"].clone()),
    ] {
        for path in ["/api/chat", "/api/chat/generate"] {
            let detail = artist
                .post(path, with(field, value.clone()))
                .await
                .problem(422, "invalid");
            assert!(detail.contains(field), "{path} {field}={value}: {detail}");
        }
    }
    let missing = artist.post("/api/chat", json!({"text": "Salut"})).await;
    assert!(missing.problem(422, "invalid").contains("message"));
    let place = format!("/api/conversations/{}", conversation.as_str().unwrap());
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("t".repeat(201))),
        ("title", json!("a\u{0}")),
        ("title", json!(1)),
        ("pinned", json!("yes")),
        ("archived", json!(1)),
        ("current_coach", json!("bob")),
        ("active_leaf_id", json!("leaf")),
        ("active_leaf_id", json!(nobodys_id())),
    ] {
        let detail = artist
            .send("PATCH", &place, json!({field: value}))
            .await
            .problem(422, "invalid");
        let name = if field == "current_coach" { "coach" } else { field };
        assert!(detail.contains(name), "{field}={value}: {detail}");
    }
    assert_eq!(
        app.database.value("select count(*) from messages").await,
        "2",
        "nothing was stored"
    );
}

#[tokio::test]
async fn numbers_and_cursors_in_the_query_are_clamped_or_refused() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let mine = artist.chat(json!({"message": "Salut"})).await;
    let messages = format!(
        "/api/conversations/{}/messages",
        mine["conversation_id"].as_str().unwrap()
    );
    for limit in ["-5", "0", "1", "100", "100000"] {
        let list = artist.get(&format!("/api/conversations?limit={limit}")).await.ok(200);
        assert_eq!(list["conversations"].as_array().unwrap().len(), 1);
        let page = artist.get(&format!("{messages}?limit={limit}")).await.ok(200);
        let expected = if limit.len() > 2 { 2 } else { 1 };
        assert_eq!(page["messages"].as_array().unwrap().len(), expected, "limit={limit}");
    }
    for (path, field) in [
        ("/api/conversations?limit=many".to_string(), "limit"),
        ("/api/conversations?cursor=zzz".into(), "cursor"),
        ("/api/conversations?cursor=1.2".into(), "cursor"),
        ("/api/conversations?archived=maybe".into(), "archived"),
        (format!("{messages}?limit=1.5"), "limit"),
        (format!("{messages}?before=zzz"), "before"),
        (format!("{messages}?before={}", nobodys_id()), "before"),
        (
            format!("/api/chat/chunks/{}?after=x", mine["generation_id"].as_str().unwrap()),
            "after",
        ),
        (
            format!("/api/chat/stream/{}?after=x", mine["generation_id"].as_str().unwrap()),
            "after",
        ),
    ] {
        let detail = artist.get(&path).await.problem(422, "invalid");
        assert!(detail.contains(field), "{path}: {detail}");
    }
}

#[tokio::test]
async fn a_malformed_id_is_as_little_there_as_a_missing_one() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for (method, path) in routes_with_id() {
        let mut bodies = Vec::new();
        for id in [nobodys_id().as_str(), "42", "not-an-id", "%00", "%ff", "..%2f..", "é"] {
            let answer = artist.send(&method, &path.replace("{id}", id), json!({})).await;
            answer.problem(404, "not_found");
            let mut body = answer.json();
            body["request_id"] = json!("");
            bodies.push(body);
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{method} {path}: {bodies:?}");
    }
}

#[tokio::test]
async fn any_text_of_up_to_ten_thousand_characters_comes_back_as_it_was_sent() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let long = "🎙".repeat(10_000);
    for text in [
        long.as_str(),
        "e\u{301}cole 👩‍🎤 «\u{a0}ça va\u{a0}?» \u{202e}abc\u{202c} \u{10ffff} \u{7f}\u{1}",
        "one\r\ntwo\rthree\n\n  four\ttabs",
        "\"quotes\" \\ and '; drop table messages; --",
    ] {
        app.fake.then(json!([{"text": "\"\\\r\n\u{1} é👩‍🎤"}])).await;
        let answer = artist.chat(json!({"message": format!("  {text}\n")})).await;
        assert_eq!(answer["content"], "\"\\\r\n\u{1} é👩‍🎤");
        let stored = artist.messages(answer["conversation_id"].as_str().unwrap()).await;
        assert_eq!(stored[0]["content"], text);
        let title = artist.get("/api/conversations?limit=1").await.ok(200)["conversations"][0]["title"].clone();
        assert!(title.as_str().unwrap().chars().count() <= 61, "{title}");
    }
}
