//! A provider that none of us wrote (`@copilotkit/aimock`), so that the program and our own fake do not share a mistake.

use crate::support::{
    Artist, Fake,
    app::{SQUAD, environment},
    postgres::{Database, folder},
    process::Process,
    sse::{names, shown},
};
use serde_json::{Value, json};

const NODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/.bin/node");
const AIMOCK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/node_modules/@copilotkit/aimock/dist/cli.js"
);

/// The mock with these fixtures, and a program that asks it.
async fn started(fixtures: Value) -> (Process, Process, Artist) {
    assert!(std::path::Path::new(AIMOCK).exists(), "{AIMOCK} is missing: run npm ci");
    let file = folder("aimock").join("fixtures.json");
    std::fs::write(&file, json!({ "fixtures": fixtures }).to_string()).unwrap();
    let mut mock = Process::start(NODE, &[AIMOCK, "-p", "0", "-f", file.to_str().unwrap()], &[]);
    let url = mock.line_after("listening on ").await;
    let database = Database::new().await;
    let mut squad = Process::start(SQUAD, &[], &environment(&database.url(), &url, &[]));
    let artist = Artist::at(&squad.ready().await);
    (mock, squad, artist)
}

#[tokio::test]
async fn an_answer_of_another_provider_is_streamed_and_counted() {
    let text = "Bonjour ! C'est une réponse 🎙 en plusieurs morceaux.";
    let fixture = json!({"match": {"userMessage": "Salut"}, "chunkSize": 5,
        "response": {"content": text, "usage": {"input_tokens": 100, "output_tokens": 20}}});
    let (_mock, _squad, artist) = started(json!([fixture])).await;
    let events = artist.stream(json!({"message": "Salut"})).await.rest().await;
    let (seen, end) = shown(String::new(), 0, &events);
    assert_eq!((seen.as_str(), end.name.as_str()), (text, "done"));
    assert_eq!(
        (&end.data["stop_reason"], &end.data["usage"]["output_tokens"]),
        (&json!("end_turn"), &json!(20))
    );
}

#[tokio::test]
async fn a_stream_another_provider_truncates_is_recovered_without_a_trace_of_it() {
    let lost = json!({"match": {"userMessage": "Salut", "sequenceIndex": 0}, "chunkSize": 5, "latency": 20, "truncateAfterChunks": 3,
        "response": {"content": "This beginning is lost because the stream ends here."}});
    let whole =
        json!({"match": {"userMessage": "Salut", "sequenceIndex": 1}, "response": {"content": "The whole answer."}});
    let (_mock, _squad, artist) = started(json!([lost, whole])).await;
    let events = artist.stream(json!({"message": "Salut"})).await.rest().await;
    let (seen, end) = shown(String::new(), 0, &events);
    assert_eq!(
        (seen.as_str(), end.name.as_str()),
        ("The whole answer.", "done"),
        "{:?}",
        names(&events)
    );
    let stored = artist
        .messages(events[0].data["conversation_id"].as_str().unwrap())
        .await;
    assert_eq!((stored.len(), &stored[1]["content"]), (2, &json!("The whole answer.")));
}

#[tokio::test]
async fn an_overloaded_other_provider_is_a_failed_answer_that_can_be_tried_again() {
    let busy = json!({"match": {"userMessage": "Salut"}, "response": {"status": 529,
        "error": {"type": "overloaded_error", "message": "Overloaded"}}});
    let (_mock, _squad, artist) = started(json!([busy])).await;
    let answer = artist.post("/api/chat", json!({"message": "Salut"})).await;
    answer.problem(503, "provider_overloaded");
    let generation = answer.json()["generation_id"].as_str().unwrap().to_string();
    artist
        .post(&format!("/api/chat/retry/{generation}"), json!({}))
        .await
        .ok(202);
}

#[tokio::test]
async fn a_local_server_without_a_key_is_asked_with_the_first_model_it_has() {
    let fake = Fake::with(&["--open"]).await;
    let database = Database::new().await;
    let base = format!("{}/v1", fake.url);
    let variables = environment(
        &database.url(),
        &fake.url,
        &[("ANTHROPIC_API_KEY", ""), ("OPENAI_BASE_URL", &base)],
    );
    let mut squad = Process::start(SQUAD, &[], &variables);
    let artist = Artist::at(&squad.ready().await);
    let events = artist.stream(json!({"message": "Salut"})).await.rest().await;
    let (_, end) = shown(String::new(), 0, &events);
    assert_eq!(end.name, "done", "{events:?}");
    let calls = fake.calls().await;
    assert_eq!(
        (calls.len(), &calls[0]["path"], &calls[0]["body"]["model"]),
        (1, &json!("/v1/chat/completions"), &json!("fake-small"))
    );
    assert_eq!(events[0].data["model"], "fake-small");
}
