//! Words of ending one's life: help first, whatever else happens.

use crate::support::{TestApp, artist::Started, sse::shown};
use serde_json::{Value, json};

#[tokio::test]
async fn help_is_the_first_delta_and_stays_when_the_provider_fails() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let conversation = artist.chat(json!({"message": "Bonjour", "coach": "luke"})).await["conversation_id"].clone();
    app.fake
        .script(json!({"times": 3, "then": [{"hold": "asked"}, {"status": 500, "headers": {"retry-after-ms": "1"}}]}))
        .await;
    let body = json!({"message": "j'ai envie de mourir", "conversation_id": conversation, "coach": "peter"});
    let mut live = artist.stream(body).await;
    let info = live.expect("generation").await;
    assert_eq!(
        (&info.data["coach"], &info.data["handoff"]),
        (&json!("clarice"), &Value::Null),
        "over any pick, no card"
    );
    let help = live.expect("delta").await;
    let text = help.data["text"].as_str().unwrap().to_string();
    assert!(text.contains("3114"), "{text}");
    let ids = Started::of(&info.data);
    app.fake.reached("asked").await;
    let stored = "select text from generation_chunks where seq = 1 and generation_id = ";
    assert_eq!(app.database.value(&format!("{stored}'{}'", ids.generation)).await, text);

    for _ in 0..3 {
        app.fake.release("asked").await;
    }
    let mut events = vec![info, help];
    events.extend(live.rest().await);
    let (shown, end) = shown(String::new(), 0, &events);
    assert_eq!(
        (&shown, end.name.as_str(), &end.data["code"]),
        (&text, "failed", &json!("provider_error"))
    );
    let messages = artist.messages(&ids.conversation).await;
    assert_eq!(
        (&messages[3]["content"], &messages[3]["status"]),
        (&json!(text), &json!("failed"))
    );
    assert_eq!(messages[3]["coach"], "clarice");
}

#[tokio::test]
async fn help_comes_in_the_artists_language_before_the_coach_speaks() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "I am with you."}])).await;
    let answer = artist.chat(json!({"message": "I want to kill myself"})).await;
    let content = answer["content"].as_str().unwrap();
    assert!(
        content.contains("988") && content.ends_with("\n\nI am with you."),
        "{content}"
    );
    assert_eq!(answer["coach"], "clarice");
    let id = answer["conversation_id"].as_str().unwrap();
    let conversation = artist.get(&format!("/api/conversations/{id}")).await.json();
    assert_eq!(conversation["title"], "Clarice", "not her words, for others to see");
}

#[tokio::test]
async fn help_stays_through_a_reset() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "Lost"}, {"cut": true}])).await;
    app.fake.then(json!([{"text": "I am here."}])).await;
    let events = artist
        .stream(json!({"message": "I want to kill myself"}))
        .await
        .rest()
        .await;
    let (text, _) = shown(String::new(), 0, &events);
    assert!(
        text.contains("988") && text.ends_with("\n\nI am here.") && !text.contains("Lost"),
        "{text}"
    );
    assert_eq!(
        text.matches("[988]").count(),
        text.lines().filter(|line| line.contains("988")).count()
    );
    let stored = artist
        .messages(events[0].data["conversation_id"].as_str().unwrap())
        .await;
    assert_eq!(stored[1]["content"], text);
}

#[tokio::test]
async fn a_queued_cry_for_help_is_answered_with_help_too() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "alpha", "then": [{"hold": "alpha"}, {"text": "A"}]}))
        .await;
    let first = artist.generate(json!({"message": "alpha", "coach": "luke"})).await;
    app.fake.reached("alpha").await;
    let cry = json!({"message": "je veux mourir", "conversation_id": first.conversation, "coach": "luke"});
    let mut events = artist.stream(cry).await;
    app.fake.release("alpha").await;
    assert_eq!(events.expect("generation").await.data["coach"], "clarice");
    assert!(
        events.expect("delta").await.data["text"]
            .as_str()
            .unwrap()
            .contains("3114")
    );
}
