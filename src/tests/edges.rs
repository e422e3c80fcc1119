//! Values at the edge of what a type, a clock or a database can hold are answered, never a fault of the program.

use crate::support::{TestApp, artist::Started, nobodys_id};
use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_model_name_that_cannot_be_stored_is_refused() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for model in ["a\u{0}b", &"m".repeat(300_000)] {
        let detail = artist
            .post("/api/chat", json!({"message": "Salut", "model": model}))
            .await
            .problem(422, "invalid");
        assert!(detail.contains("model"), "{detail}");
    }
}

#[tokio::test]
async fn a_cursor_from_before_all_calendars_is_malformed() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for (nanos, status) in [
        // the first day of the year -9999, the last second of 9999, no moment at all, no number
        ("-377705116800000000000", 422),
        ("253402300799000000000", 200),
        ("-170141183460469231731687303715884105728", 422),
        ("9e9", 422),
    ] {
        let cursor = format!("0.{nanos}.{}", nobodys_id());
        let list = artist.get(&format!("/api/conversations?cursor={cursor}")).await;
        assert_eq!(list.status, status, "{nanos}: {list:?}");
        if status == 422 {
            assert!(list.problem(422, "invalid").contains("cursor"), "{nanos}");
        }
    }
}

#[tokio::test]
async fn a_reader_that_claims_to_be_far_ahead_hears_nothing_and_is_let_go_at_the_end() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "One "}, {"hold": "x"}, {"text": "two"}]))
        .await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let ids = Started::of(&live.expect("generation").await.data);
    live.expect("delta").await;
    let mut ahead = artist.follow(&ids.generation, i64::MAX).await;
    ahead.expect("generation").await;
    let before_all = artist.follow(&ids.generation, i64::MIN).await;
    app.fake.release("x").await;
    assert!(ahead.rest().await.is_empty());
    assert_eq!(before_all.rest().await.len(), 1 + live.rest().await.len() + 1);
    let chunks = artist
        .get(&format!("/api/chat/chunks/{}?after={}", ids.generation, i64::MAX))
        .await
        .ok(200);
    assert_eq!(chunks["chunks"], json!([]));
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

#[tokio::test]
async fn a_message_sent_five_times_at_once_counts_once_against_the_limit() {
    let app = TestApp::with(&[("SQUAD_LIMITS", "1/hour")]).await;
    let artist = app.artist();
    artist.get("/api/conversations").await;
    let body = json!({"message": "Only once", "client_message_id": nobodys_id()});
    let sends = join_all((0..5).map(|_| artist.post("/api/chat/generate", body.clone()))).await;
    let ids: Vec<_> = sends.iter().map(|answer| Started::of(&answer.ok(202))).collect();
    assert!(ids.iter().all(|other| *other == ids[0]), "{ids:?}");
}

/// Several rounds: a repetition that arrives while the first one's answer ends once locked both.
#[tokio::test]
async fn the_same_message_at_once_in_one_conversation_is_one_turn() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for round in 1..=12 {
        let conversation = artist.chat(json!({"message": "Bonjour"})).await["conversation_id"].clone();
        let body = json!({"message": "Only once", "client_message_id": nobodys_id(), "conversation_id": conversation});
        let sends = join_all((0..5).map(|_| artist.post("/api/chat", body.clone()))).await;
        let ids: Vec<_> = sends.iter().map(|answer| Started::of(&answer.ok(200))).collect();
        assert!(ids.iter().all(|other| *other == ids[0]), "{ids:?}");
        assert_eq!(
            (
                artist.messages(&ids[0].conversation).await.len(),
                app.fake.calls().await.len()
            ),
            (4, 2 * round)
        );
    }
}

#[tokio::test]
async fn several_messages_at_once_in_one_conversation_wait_for_each_other() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let conversation = artist.chat(json!({"message": "Bonjour"})).await["conversation_id"].clone();
    let body = |number: usize| json!({"message": format!("Number {number}"), "conversation_id": conversation});
    let sends = join_all((0..5).map(|number| artist.post("/api/chat", body(number)))).await;
    for answer in &sends {
        answer.ok(200);
    }
    assert_eq!(artist.messages(conversation.as_str().unwrap()).await.len(), 12);
}

#[tokio::test]
async fn editing_a_question_stops_its_running_answer_for_every_reader() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "Half"}, {"hold": "half"}])).await;
    let mut live = artist.stream(json!({"message": "First words"})).await;
    let info = live.expect("generation").await.data;
    live.expect("delta").await;
    let edit = json!({"message": "Second words", "conversation_id": info["conversation_id"], "edits": info["user_message_id"]});
    let edited = artist.chat(edit).await;
    live.expect("cancelled").await;
    assert_eq!(app.fake.ended(1).await["disconnected"], true);
    let shown = artist.messages(info["conversation_id"].as_str().unwrap()).await;
    assert_eq!((shown.len(), &shown[1]["id"]), (2, &edited["message_id"]));
}

/// Whatever was stored when the sender left is answered at once, not when a lease has run out.
#[tokio::test]
async fn a_sender_who_leaves_in_the_middle_of_the_start_leaves_no_turn_without_a_run() {
    let app = TestApp::start().await;
    let artist = app.artist();
    artist.chat(json!({"message": "Bonjour"})).await;
    for wait in 0..60 {
        let send = artist.post("/api/chat", json!({"message": format!("Number {wait}")}));
        let _ = tokio::time::timeout(Duration::from_micros(500 + 150 * wait), send).await;
    }
    let start = Instant::now();
    let list = artist.get("/api/conversations?limit=100").await.ok(200);
    let stored = list["conversations"].as_array().unwrap().len();
    assert!(stored > 1, "no send came as far as its turn");
    let running = |list: &serde_json::Value| {
        let all = list["conversations"].as_array().unwrap();
        all.iter().filter(|one| one["running"] == true).count()
    };
    let mut left = running(&list);
    while left > 0 && start.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(200)).await;
        left = running(&artist.get("/api/conversations?limit=100").await.ok(200));
    }
    assert_eq!(left, 0);
}
