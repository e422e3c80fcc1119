//! Asking again after a failure.

use crate::support::{
    TestApp,
    artist::{Artist, Started},
};
use serde_json::json;
use squad::api;
use uuid::Uuid;

/// The same question once more.
async fn again(artist: &Artist, former: &Started) -> Started {
    let path = format!("/api/chat/retry/{}", former.generation);
    Started::of(&artist.post(&path, json!({})).await.ok(202))
}

#[tokio::test]
async fn a_new_try_takes_the_place_of_a_failed_answer_without_text() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"status": 400}])).await;
    let failed = artist
        .post("/api/chat", json!({"message": "Salut", "coach": "luke"}))
        .await;
    failed.problem(502, "provider_invalid");
    let failed = Started::of(&failed.json());
    let retry = again(&artist, &failed).await;
    assert_ne!(retry.generation, failed.generation);
    assert_eq!(artist.finished(&retry.generation).await["coach"], "luke");
    let shown = artist.messages(&failed.conversation).await;
    assert_eq!(shown.len(), 2, "the question is there once: {shown:?}");
    assert_eq!(shown[1]["id"], json!(retry.message));
    assert_eq!(
        shown[1]["siblings"],
        json!([retry.message]),
        "a failed try without text is not counted"
    );
}

#[tokio::test]
async fn a_new_try_asks_the_model_that_was_chosen_after_the_failure() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"status": 400}])).await;
    let failed = artist.post("/api/chat", json!({"message": "Salut"})).await;
    let failed = Started::of(&failed.json());
    let settings = json!({"settings": {"model": "claude-sonnet-5-5"}});
    artist
        .send(
            "PATCH",
            &format!("/api/conversations/{}", failed.conversation),
            settings,
        )
        .await
        .ok(200);
    let retry = again(&artist, &failed).await;
    artist.finished(&retry.generation).await;
    let calls = app.fake.calls().await;
    assert_eq!(calls[1]["body"]["model"], "claude-sonnet-5-5");
}

#[tokio::test]
async fn a_new_try_stands_beside_a_stopped_answer_with_text() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "Half"}, {"hold": "half"}])).await;
    let first = artist.generate(json!({"message": "Salut"})).await;
    app.fake.reached("half").await;
    let mut events = artist.follow(&first.generation, 0).await;
    events.expect("generation").await;
    events.expect("delta").await;
    artist
        .post(&format!("/api/chat/cancel/{}", first.generation), json!({}))
        .await
        .ok(200);
    let retry = again(&artist, &first).await;
    artist.finished(&retry.generation).await;
    let shown = artist.messages(&first.conversation).await;
    assert_eq!(
        (shown.len(), &shown[1]["siblings"]),
        (2, &json!([first.message, retry.message]))
    );
    assert_eq!(shown[1]["id"], json!(retry.message));
}

#[tokio::test]
async fn only_what_failed_or_was_stopped_can_be_tried_again() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let done = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    let retry = artist
        .post(&format!("/api/chat/retry/{}", done.generation), json!({}))
        .await;
    retry.problem(409, "conflict");
}

#[tokio::test]
async fn what_was_asked_after_a_failed_answer_stays_in_the_thread_when_that_is_tried_again() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "alpha", "then": [{"status": 400}]}))
        .await;
    let failed = artist.post("/api/chat", json!({"message": "alpha"})).await.json();
    let failed = Started::of(&failed);
    artist
        .chat(json!({"message": "beta", "conversation_id": failed.conversation}))
        .await;
    let retry = again(&artist, &failed).await;
    artist.finished(&retry.generation).await;
    let shown = artist.messages(&failed.conversation).await;
    let questions: Vec<_> = shown
        .iter()
        .filter(|message| message["role"] == "user")
        .map(|message| &message["content"])
        .collect();
    assert_eq!(json!(questions), json!(["alpha", "beta"]));
    assert_eq!(shown[1]["id"], json!(retry.message));
}

#[tokio::test]
async fn the_same_press_starts_one_new_try_however_often_it_comes() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"status": 400}])).await;
    let failed = artist.post("/api/chat", json!({"message": "Salut"})).await;
    let failed = Started::of(&failed.json());
    let press = json!({"generation": failed.generation, "id": Uuid::new_v4()});
    let tries = (0..3).map(|_| artist.on_page::<api::RetryAnswer>(press.clone()));
    let mut started: Vec<_> = futures_util::future::join_all(tries)
        .await
        .into_iter()
        .map(|started| started.unwrap()["generation_id"].clone())
        .collect();
    started.dedup();
    assert_eq!(started.len(), 1, "{started:?}");
    artist.finished(started[0].as_str().unwrap()).await;
    assert_eq!(app.fake.calls().await.len(), 2);

    // a plain form has no id of its own
    app.fake.then(json!([{"status": 400}])).await;
    let failed = artist.post("/api/chat", json!({"message": "Encore"})).await;
    let failed = Started::of(&failed.json());
    for _ in 0..2 {
        let path = format!("/chat/{}", failed.conversation);
        let pressed = artist.press(&path, "retry", &failed.generation).await;
        assert_eq!(pressed.status, 303);
    }
    assert_eq!(app.fake.calls().await.len(), 4);
}
