//! Stop keeps exactly what was stored, and ends what costs money.

use crate::support::{TestApp, artist::Started, sse::shown};
use serde_json::json;

#[tokio::test]
async fn a_stopped_answer_keeps_what_was_stored_and_the_provider_call_ends() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "Kept words"}, {"hold": "here"}, {"text": " never seen"}]))
        .await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let info = live.expect("generation").await;
    let ids = Started::of(&info.data);
    let delta = live.expect("delta").await;
    let cancel = format!("/api/chat/cancel/{}", ids.generation);
    let stopped = artist.post(&cancel, json!({})).await.ok(200);
    assert_eq!(
        (&stopped["status"], &stopped["progress"]),
        (&json!("cancelled"), &json!(1.0))
    );

    let call = app.fake.ended(1).await;
    assert_eq!(
        (&call["disconnected"], &call["finished"]),
        (&json!(true), &json!(false)),
        "{call}"
    );
    let log = app.log();
    assert!(
        !log.contains("the provider failed"),
        "ended by the stop, not by silence: {log}"
    );
    app.fake.release("here").await;
    let mut events = vec![info, delta];
    events.extend(live.rest().await);
    let (text, end) = shown(String::new(), 0, &events);
    assert_eq!(
        (text.as_str(), end.name.as_str(), &end.data),
        ("Kept words", "cancelled", &json!({}))
    );

    let page = artist.messages(&ids.conversation).await;
    assert_eq!(
        (&page[1]["content"], &page[1]["status"]),
        (&json!("Kept words"), &json!("stopped"))
    );
    let row = "select content from messages where role = 'assistant'";
    assert_eq!(app.database.value(row).await, "Kept words");
    let log = "select string_agg(text, '' order by seq) from generation_chunks";
    assert_eq!(app.database.value(log).await, "Kept words");
    let known = &page[1]["usage"];
    assert_eq!(
        (&known["output_tokens"], &page[1]["cost_usd"]),
        (&json!(null), &json!(null)),
        "nobody told"
    );

    let again = artist.post(&cancel, json!({})).await.ok(200);
    assert_eq!(again, stopped, "stopping twice is stopping once");
    // the conversation goes on
    let next = artist
        .chat(json!({"message": "Encore", "conversation_id": ids.conversation}))
        .await;
    assert_eq!(next["stop_reason"], "end_turn");
    assert_eq!(
        artist.messages(&ids.conversation).await[1]["content"],
        "Kept words",
        "it does not grow back"
    );
}

#[tokio::test]
async fn stopping_a_finished_answer_changes_nothing() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    let before = artist.status(&ids.generation).await;
    let cancelled = artist
        .post(&format!("/api/chat/cancel/{}", ids.generation), json!({}))
        .await
        .ok(200);
    assert_eq!((&before, &before["status"]), (&cancelled, &json!("completed")));
}

#[tokio::test]
async fn a_queued_message_that_is_stopped_never_reaches_the_provider() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "alpha", "then": [{"hold": "alpha"}, {"text": "A"}]}))
        .await;
    let first = artist.generate(json!({"message": "alpha"})).await;
    app.fake.reached("alpha").await;
    let body = |text: &str| json!({"message": text, "conversation_id": first.conversation});
    let (second, third) = (
        artist.generate(body("beta")).await,
        artist.generate(body("gamma")).await,
    );
    artist
        .post(&format!("/api/chat/cancel/{}", second.generation), json!({}))
        .await
        .ok(200);
    app.fake.release("alpha").await;
    assert_eq!(artist.finished(&third.generation).await["status"], "completed");
    assert_eq!(artist.status(&second.generation).await["status"], "cancelled");
    let calls = app.fake.calls().await.len();
    assert_eq!(calls, 2, "alpha and gamma");
}

#[tokio::test]
async fn a_whole_answer_that_is_stopped_meanwhile_is_a_conflict_with_its_ids() {
    let app = TestApp::start().await;
    let artist = app.artist();
    artist.get("/api/conversations").await;
    app.fake.then(json!([{"text": "Half"}, {"hold": "half"}])).await;
    let waiting = artist.post("/api/chat", json!({"message": "Salut"}));
    let stop = async {
        app.fake.reached("half").await;
        let generation = app.database.value("select id from generations").await;
        artist
            .post(&format!("/api/chat/cancel/{generation}"), json!({}))
            .await
            .ok(200)
    };
    let (answer, stopped) = tokio::join!(waiting, stop);
    answer.problem(409, "conflict");
    assert_eq!(answer.json()["generation_id"], stopped["generation_id"]);
}

#[tokio::test]
async fn deleting_a_conversation_stops_its_answers() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "Half"}, {"hold": "half"}])).await;
    let first = artist.generate(json!({"message": "alpha"})).await;
    app.fake.reached("half").await;
    let second = artist
        .generate(json!({"message": "beta", "conversation_id": first.conversation}))
        .await;
    let place = format!("/api/conversations/{}", first.conversation);
    assert_eq!(artist.send("DELETE", &place, json!({})).await.status, 204);
    assert_eq!(app.fake.ended(1).await["disconnected"], true);
    for ids in [&first, &second] {
        artist
            .get(&format!("/api/chat/status/{}", ids.generation))
            .await
            .problem(404, "not_found");
    }
    artist.post(&format!("{place}/restore"), json!({})).await.ok(200);
    for ids in [&first, &second] {
        assert_eq!(artist.status(&ids.generation).await["status"], "cancelled");
    }
    assert_eq!(app.fake.calls().await.len(), 1);
}
