//! Thumbs.

use crate::support::{TestApp, artist::Started};
use serde_json::{Value, json};
use squad::api;

#[tokio::test]
async fn a_thumb_is_kept_changed_and_taken_back() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    let path = format!("/api/messages/{}/feedback", ids.message);
    let stored = async || {
        app.database
            .value("select string_agg(value || coalesce(comment, '-'), ',') from feedback")
            .await
    };
    for (body, shown, kept) in [
        (
            json!({"value": "down", "comment": " trop long "}),
            json!("down"),
            "downtrop long",
        ),
        (json!({"value": "up"}), json!("up"), "up-"),
        (json!({"value": null}), Value::Null, "null"),
        (json!({"value": null}), Value::Null, "null"),
    ] {
        assert_eq!(artist.send("PUT", &path, body).await.ok(200)["feedback"], shown);
        assert_eq!(artist.messages(&ids.conversation).await[1]["feedback"], shown);
        assert_eq!(stored().await, kept);
    }
    let body = json!({"message": ids.message, "value": "up", "comment": "merci"});
    artist.on_page::<api::GiveFeedback>(body).await.unwrap();
    assert_eq!(stored().await, "upmerci");
}

#[tokio::test]
async fn feedback_is_of_an_answer_and_refused_by_name() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    let question = artist.messages(&ids.conversation).await[0]["id"].clone();
    let question = format!("/api/messages/{}/feedback", question.as_str().unwrap());
    artist
        .send("PUT", &question, json!({"value": "up"}))
        .await
        .problem(422, "invalid");
    let path = format!("/api/messages/{}/feedback", ids.message);
    for (body, field) in [
        (json!({}), "value"),
        (json!({"value": "sideways"}), "value"),
        (json!({"value": 1}), "value"),
        (json!({"value": "up", "comment": "é".repeat(2001)}), "comment"),
        (json!({"value": "up", "comment": "a\u{0}b"}), "comment"),
        (json!({"value": "up", "comment": 1}), "comment"),
    ] {
        let detail = artist.send("PUT", &path, body.clone()).await.problem(422, "invalid");
        assert!(detail.starts_with(&format!("{field}: ")), "{body}: {detail}");
    }
    let longest = json!({"value": "up", "comment": "é".repeat(2000)});
    artist.send("PUT", &path, longest).await.ok(200);
}
