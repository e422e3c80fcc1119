//! A provider that goes silent. The program waits 30 s for a byte; here the engine runs in this process with less.

use crate::support::{Fake, artist::http, patiently, postgres::Database, run};
use serde_json::json;
use squad::{
    coaches::Squad,
    config::models::Catalogue,
    domain::{
        models::Models,
        ports::{Engine, LlmProvider},
        routing::Router,
    },
    engine::{
        embedded::Embedded,
        hub::Hub,
        log::LogWriter,
        reader::{Item, Reader},
        runs::Parts,
    },
    providers::llm::{ApiKey, anthropic::AnthropicProvider},
    types::{
        error::ErrorCode,
        event::{Ending, Transcript},
    },
};
use std::{sync::Arc, time::Duration};

/// Runs one answer against this provider; what a reader has at its end.
async fn answer(database: &Database, fake: &Fake) -> Transcript {
    let store = database.store().await;
    let catalogue = Arc::new(Catalogue::bundled().unwrap());
    let squad = Arc::new(Squad::load().unwrap());
    let provider = AnthropicProvider::new(http(), &fake.url, &ApiKey::new("test-key"), Arc::clone(&catalogue)).unwrap();
    let provider: Arc<dyn LlmProvider> = Arc::new(provider.with_idle(Duration::from_millis(300)));
    let hub = Hub::default();
    let engine = Embedded::start(Parts {
        streams: std::sync::Arc::new(squad::engine::streams::StreamThread::start().unwrap()),
        store: store.clone(),
        hub: hub.clone(),
        log: LogWriter::start(store.clone(), hub.clone()),
        router: Arc::new(Router::new(&squad)),
        squad,
        models: Arc::new(Models::new(vec![provider], catalogue, "anthropic", None)),
        answers: None,
        ask_model: false,
    });
    let (user, answer) = run::queued(&store).await;
    engine.wake();
    let mut reader = Reader::new(store.clone(), &hub, user, answer.generation, 0);
    let mut transcript = Transcript::default();
    while let Some(item) = patiently("an event", reader.next()).await.unwrap() {
        if let Item::Event { seq, event } = item {
            transcript.apply(seq, &event);
        }
    }
    engine.shut_down().await;
    transcript
}

#[tokio::test]
async fn silence_before_the_first_token_is_asked_again_and_then_a_timeout() {
    let (database, fake) = tokio::join!(Database::new(), Fake::start());
    fake.script(json!({"times": 3, "then": [{"silence": true}]})).await;
    let transcript = answer(&database, &fake).await;
    let Ending::Failed(problem) = transcript.ending else {
        panic!("{transcript:?}")
    };
    assert_eq!((problem.code, problem.status), (ErrorCode::ProviderTimeout, 504));
    assert_eq!((transcript.text.as_str(), fake.calls().await.len()), ("", 3));
}

#[tokio::test]
async fn silence_in_the_middle_is_recovered_from() {
    let (database, fake) = tokio::join!(Database::new(), Fake::start());
    fake.then(json!([{"text": "Silent after this"}, {"silence": true}]))
        .await;
    fake.then(json!([{"text": "Whole"}])).await;
    let transcript = answer(&database, &fake).await;
    assert!(
        matches!(transcript.ending, Ending::Done(_)) && transcript.resumed,
        "{transcript:?}"
    );
    assert_eq!(transcript.text, "Whole");
    assert_eq!(
        fake.ended(1).await["disconnected"],
        true,
        "the silent connection is closed"
    );
}
