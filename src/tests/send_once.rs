//! The same message sent again is the same turn.

use crate::support::{TestApp, artist::Started, nobodys_id};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::HashSet;

#[tokio::test]
async fn the_same_message_five_times_at_once_is_one_row_one_run_and_one_provider_call() {
    let app = TestApp::start().await;
    let artist = app.artist();
    artist.get("/api/conversations").await;
    app.fake.then(json!([{"hold": "all sent"}, {"text": "Once"}])).await;
    let body = json!({"message": "Only once", "client_message_id": nobodys_id()});
    let sends = join_all((0..5).map(|_| artist.post("/api/chat/generate", body.clone()))).await;
    let ids: Vec<_> = sends.iter().map(|answer| Started::of(&answer.ok(202))).collect();
    assert_eq!(
        ids.iter().map(|ids| &ids.generation).collect::<HashSet<_>>().len(),
        1,
        "{ids:?}"
    );
    app.fake.release("all sent").await;
    artist.finished(&ids[0].generation).await;

    let later = artist.post("/api/chat", body.clone()).await.ok(200);
    assert_eq!(
        (Started::of(&later), &later["content"]),
        (ids[0].clone(), &json!("Once"))
    );
    let streamed = artist.stream(body).await.rest().await;
    assert_eq!(streamed[0].data["generation_id"], json!(ids[0].generation));
    for (what, table) in [("2", "messages"), ("1", "generations"), ("1", "conversations")] {
        assert_eq!(
            app.database.value(&format!("select count(*) from {table}")).await,
            what,
            "{table}"
        );
    }
    assert_eq!(app.fake.calls().await.len(), 1);
}

#[tokio::test]
async fn a_repeated_message_counts_once_and_is_found_by_who_may_send_no_more() {
    let app = TestApp::with(&[("SQUAD_LIMITS", "5/hour")]).await;
    let artist = app.artist();
    let body = json!({"message": "Only once", "client_message_id": nobodys_id()});
    artist.get("/api/conversations").await;
    let sends = join_all((0..4).map(|_| artist.post("/api/chat/generate", body.clone()))).await;
    let ids: HashSet<_> = sends
        .iter()
        .map(|answer| Started::of(&answer.ok(202)).generation)
        .collect();
    assert_eq!(ids.len(), 1);
    for number in 2..=5 {
        artist.generate(json!({"message": format!("The {number}th")})).await;
    }
    let conversation = sends[0].ok(202)["conversation_id"].clone();
    for body in [
        json!({"message": "Too many", "client_message_id": nobodys_id()}),
        json!({"message": "Too many", "conversation_id": conversation}),
    ] {
        artist
            .post("/api/chat/generate", body)
            .await
            .problem(429, "rate_limited");
    }
    artist.post("/api/chat/generate", body).await.ok(202);
    for table in ["conversations", "generations"] {
        let count = format!("select count(*) from {table}");
        assert_eq!(
            app.database.value(&count).await,
            "5",
            "nothing refused is left in {table}"
        );
    }
}

#[tokio::test]
async fn the_same_id_with_another_text_or_conversation_is_a_conflict() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let other = artist.chat(json!({"message": "Elsewhere"})).await["conversation_id"].clone();
    let id = nobodys_id();
    let first = artist.chat(json!({"message": "Mine", "client_message_id": id})).await;
    for body in [
        json!({"message": "Mine, changed", "client_message_id": id}),
        json!({"message": "Mine", "client_message_id": id, "conversation_id": other}),
    ] {
        artist.post("/api/chat", body.clone()).await.problem(409, "conflict");
        artist.post("/api/chat/generate", body).await.problem(409, "conflict");
    }
    // the page learns the conversation from the first answer and may name it in a second try
    let again = json!({"message": "Mine", "client_message_id": id, "conversation_id": first["conversation_id"]});
    assert_eq!(artist.chat(again).await["generation_id"], first["generation_id"]);
    assert_eq!(app.fake.calls().await.len(), 2);
}

#[tokio::test]
async fn the_id_of_one_artists_message_means_nothing_to_another() {
    let app = TestApp::start().await;
    let body = json!({"message": "Mine", "client_message_id": nobodys_id()});
    let (one, two) = (app.artist().chat(body.clone()).await, app.artist().chat(body).await);
    assert_ne!(one["generation_id"], two["generation_id"]);
}
