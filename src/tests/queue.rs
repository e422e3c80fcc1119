//! Messages sent while an answer runs wait their turn.

use crate::support::TestApp;
use serde_json::json;

#[tokio::test]
async fn queued_messages_are_answered_in_order_and_know_the_answers_before_them() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!([
            {"match": "alpha", "then": [{"text": "Answer of alpha"}, {"hold": "alpha"}]},
            {"match": "beta", "then": [{"text": "Answer of beta"}, {"hold": "beta"}]},
            {"match": "gamma", "then": [{"text": "Answer of gamma"}]},
        ]))
        .await;
    let first = artist.generate(json!({"message": "alpha", "coach": "luke"})).await;
    app.fake.reached("alpha").await;
    let body = |text: &str| json!({"message": text, "conversation_id": first.conversation});
    let second = artist.generate(body("beta")).await;
    let third = artist.generate(body("gamma")).await;
    for waiting in [&second, &third] {
        assert_eq!(artist.status(&waiting.generation).await["status"], "queued");
    }
    let shown = artist.messages(&first.conversation).await;
    let statuses: Vec<_> = shown
        .iter()
        .map(|message| message["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["complete", "streaming", "complete", "queued", "complete", "queued"]
    );
    assert_eq!(app.fake.calls().await.len(), 1);

    app.fake.release("alpha").await;
    app.fake.reached("beta").await;
    assert_eq!(artist.status(&third.generation).await["status"], "queued");
    assert_eq!(app.fake.calls().await.len(), 2);
    app.fake.release("beta").await;
    assert_eq!(artist.finished(&third.generation).await["status"], "completed");

    let (prompt_two, prompt_three) = (app.fake.prompt(2).await, app.fake.prompt(3).await);
    assert!(
        prompt_two.contains("Answer of alpha") && prompt_two.contains("beta"),
        "{prompt_two}"
    );
    assert!(
        !prompt_two.contains("gamma"),
        "a later question is not in an earlier prompt: {prompt_two}"
    );
    assert!(prompt_three.contains("Answer of beta"), "{prompt_three}");
    let texts: Vec<_> = artist
        .messages(&first.conversation)
        .await
        .iter()
        .map(|message| message["content"].clone())
        .collect();
    let expected = [
        "alpha",
        "Answer of alpha",
        "beta",
        "Answer of beta",
        "gamma",
        "Answer of gamma",
    ];
    assert_eq!(json!(texts), json!(expected));
}

#[tokio::test]
async fn an_answers_times_do_not_count_what_it_waited_for() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let long = json!({"match": "alpha", "then": [{"text": "Answer of alpha"}, {"hold": "alpha"}]});
    app.fake
        .script(json!([long, {"match": "beta", "then": [{"text": "Answer of beta"}]}]))
        .await;
    let first = artist.generate(json!({"message": "alpha", "coach": "luke"})).await;
    app.fake.reached("alpha").await;
    let behind = json!({"message": "beta", "conversation_id": first.conversation});
    let second = artist.generate(behind).await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    app.fake.release("alpha").await;
    let done = artist.finished(&second.generation).await;
    let moment = |name: &str| {
        let told = done[name].as_str().unwrap();
        time::OffsetDateTime::parse(told, &time::format_description::well_known::Rfc3339).unwrap()
    };
    let ran = (moment("finished_at") - moment("started_at")).whole_milliseconds();
    let answer = artist.messages(&first.conversation).await.pop().unwrap();
    for name in ["time_to_first_token_ms", "duration_ms"] {
        let told = i128::from(answer[name].as_i64().unwrap());
        assert!(told <= ran + 1, "{name}: {told} of {ran}");
    }
}

#[tokio::test]
async fn a_failed_answer_lets_the_next_one_go() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!([
            {"match": "alpha", "then": [{"hold": "alpha"}, {"status": 400}]},
            {"match": "beta", "then": [{"text": "Answer of beta"}]},
        ]))
        .await;
    let first = artist.generate(json!({"message": "alpha"})).await;
    app.fake.reached("alpha").await;
    let second = artist
        .generate(json!({"message": "beta", "conversation_id": first.conversation}))
        .await;
    app.fake.release("alpha").await;
    assert_eq!(artist.finished(&second.generation).await["status"], "completed");
    assert_eq!(artist.status(&first.generation).await["status"], "failed");
}

#[tokio::test]
async fn conversations_do_not_wait_for_each_other() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "alpha", "then": [{"hold": "never"}]}))
        .await;
    artist.generate(json!({"message": "alpha"})).await;
    app.fake.reached("never").await;
    assert_eq!(
        artist.chat(json!({"message": "other"})).await["stop_reason"],
        "end_turn"
    );
}
