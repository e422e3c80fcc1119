//! What only the engine on Temporal has: a server that goes away, programs that change their engine, workflows that can
//! be replayed. The steps run here without any server too.

use crate::support::{
    Fake, TestApp,
    artist::http,
    engine::{On, Squad, pairs},
    patiently,
    postgres::Database,
    run,
    temporal::{self, Temporal},
};
use rustix::process::Signal;
use serde_json::{Value, json};
use squad::{
    coaches::Squad as Coaches,
    config::models::Catalogue,
    domain::{models::Models, routing::Router},
    engine::{
        hub::Hub,
        log::LogWriter,
        runs::{Parts, Runs},
        streams::StreamThread,
        temporal::workflow::{Generation, Steps},
    },
    providers::llm::{ApiKey, anthropic::AnthropicProvider},
    types::chat::GenerationStatus,
};
use std::sync::{Arc, Mutex};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, WorkflowFetchHistoryOptions, WorkflowHistory,
};
use temporalio_sdk::{
    testing::ActivityEnvironment,
    workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions},
};

/// Waits until the program says this of its engine.
async fn engine_is(app: &TestApp, status: &str, part: &str) {
    let coming = async {
        loop {
            let health = app.artist().get("/health").await.ok(200);
            let engine = health["parts"]["engine"].as_str().unwrap();
            if health["status"] == status && engine.starts_with(part) {
                return;
            }
        }
    };
    patiently(&format!("an engine that is {part}"), coming).await;
}

#[tokio::test]
async fn a_server_that_is_away_loses_nothing() {
    let mut server = Temporal::start().await;
    let variables = temporal::variables(&server.address());
    let app = TestApp::with(&pairs(&variables)).await;
    let artist = app.artist();
    app.fake
        .script(json!([
            {"match": "before", "then": [{"text": "Begun "}, {"hold": "before"}, {"text": "and done"}]},
            {"match": "meanwhile", "then": [{"text": "Waited"}]},
            {"match": "frozen", "then": [{"text": "Thawed"}]},
        ]))
        .await;
    let running = artist.generate(json!({"message": "before"})).await;
    app.fake.reached("before").await;
    server.kill().await;
    let waiting = artist.generate(json!({"message": "meanwhile"})).await;
    engine_is(&app, "degraded", "down: Temporal does not answer at").await;
    // its lease lives on for longer than the server's own patience: heartbeats that nobody hears stop nothing
    let renewed = "select lease_until > now() + interval '11 seconds' and now() > started_at + interval '20 seconds'
      from generations where state = 'running'";
    let coming = async { while app.database.value(renewed).await != "true" {} };
    patiently("twenty seconds without a server", coming).await;
    app.fake.release("before").await;
    assert_eq!(artist.finished(&running.generation).await["status"], "completed");
    assert_eq!(artist.status(&waiting.generation).await["status"], "queued");

    server.start_again().await;
    assert_eq!(artist.finished(&waiting.generation).await["status"], "completed");
    assert_eq!(
        temporal::closed(&server.address(), &running.generation).await,
        "COMPLETED"
    );
    engine_is(&app, "ok", "ok").await;

    server.signal(Signal::STOP);
    let frozen = artist.generate(json!({"message": "frozen"})).await;
    engine_is(&app, "degraded", "down: ").await;
    server.signal(Signal::CONT);
    assert_eq!(artist.finished(&frozen.generation).await["status"], "completed");
    assert_eq!(app.fake.calls().await.len(), 3, "each was asked once");
    assert_eq!(
        app.database
            .value("select max(attempt + takeovers) from generations")
            .await,
        "1"
    );
}

#[tokio::test]
async fn a_program_starts_without_its_server_says_so_and_recovers() {
    let mut server = Temporal::not_yet();
    let variables = temporal::variables(&server.address());
    let app = TestApp::with(&pairs(&variables)).await;
    app.logged(&format!("Temporal does not answer at {}", server.address()))
        .await;
    engine_is(&app, "degraded", "down: Temporal").await;
    let artist = app.artist();
    let waiting = artist.generate(json!({"message": "Salut"})).await;
    server.start_again().await;
    assert_eq!(artist.finished(&waiting.generation).await["status"], "completed");
    engine_is(&app, "ok", "ok").await;
}

#[tokio::test]
async fn a_namespace_that_is_missing_is_named_with_its_cure() {
    let mut variables = temporal::variables(&temporal::shared().await);
    variables.push(("TEMPORAL_NAMESPACE", "nowhere".into()));
    let app = TestApp::with(&pairs(&variables)).await;
    app.logged("has no namespace \"nowhere\". Create it").await;
    engine_is(&app, "degraded", "down: Temporal").await;
}

#[tokio::test]
async fn an_answer_survives_a_change_of_engine_there_and_back() {
    let server = Temporal::start().await;
    let variables = temporal::variables(&server.address());
    let mut app = TestApp::with(&pairs(&variables)).await;
    let artist = app.artist();
    let [long, more] = ["word", "more"].map(|word| (0..40).map(|n| format!("{word}{n} ")).collect::<String>());
    app.fake
        .script(json!([
            {"match": "Salut", "then": [{"text": long}, {"hold": "one"}]},
            {"match": "Go on exactly", "then": [{"text": more}, {"hold": "two"}]},
            {"match": "Go on exactly", "then": [{"text": "and to its end."}]},
            {"match": "Encore", "then": [{"text": "More"}]},
        ]))
        .await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    artist.answered_so_far(&ids.conversation, &long).await;
    let queued = artist
        .generate(json!({"message": "Encore", "conversation_id": ids.conversation}))
        .await;
    let out = "update generations set lease_until = now() - interval '1 second' where state = 'running'";
    app.kill().await;
    app.database.run(out).await;
    app.start_again_with(&[]).await;
    let artist = artist.moved_to(&app.url);
    artist.answered_so_far(&ids.conversation, &(long.clone() + &more)).await;
    app.kill().await;
    app.database.run(out).await;
    app.start_again_with(&pairs(&variables)).await;
    let artist = artist.moved_to(&app.url);
    assert_eq!(artist.finished(&ids.generation).await["status"], "completed");
    assert_eq!(artist.finished(&queued.generation).await["status"], "completed");
    let messages = artist.messages(&ids.conversation).await;
    assert_eq!(messages[1]["content"], long + &more + "and to its end.");
    assert_eq!(app.fake.calls().await.len(), 4);
    for generation in [&ids.generation, &queued.generation] {
        assert_eq!(temporal::closed(&server.address(), generation).await, "COMPLETED");
    }
}

#[tokio::test]
async fn who_cancels_the_workflow_stops_the_answer_and_the_other_way_round() {
    let squad = Squad::start(On::Temporal).await;
    let address = temporal::shared().await;
    let artist = squad.app.artist();
    squad.app.fake.then(json!([{"text": "Half"}, {"hold": "there"}])).await;
    let there = artist.generate(json!({"message": "Salut"})).await;
    squad.app.fake.reached("there").await;
    temporal::cancel(&address, &there.generation).await;
    assert_eq!(artist.finished(&there.generation).await["status"], "cancelled");
    assert_eq!(squad.app.fake.ended(1).await["disconnected"], true);

    squad.app.fake.then(json!([{"text": "Half"}, {"hold": "here"}])).await;
    let here = artist.generate(json!({"message": "Salut"})).await;
    squad.app.fake.reached("here").await;
    let path = format!("/api/chat/cancel/{}", here.generation);
    artist.post(&path, json!({})).await.ok(200);
    for generation in [&there.generation, &here.generation] {
        assert_eq!(temporal::closed(&address, generation).await, "CANCELED");
    }
}

/// The list with what differs from run to run taken out.
fn plain(list: &Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    let own = name.ends_with("_id")
                        || name.ends_with("_at")
                        || ["at", "process", "request_id"].contains(&name.as_str());
                    match own && !member.is_null() {
                        true => *member = json!("some"),
                        false => walk(member),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    let mut list = list.clone();
    walk(&mut list);
    list
}

#[tokio::test]
async fn runs_read_the_same_with_both_engines() {
    let mut lists = Vec::new();
    for on in [On::Embedded, On::Temporal] {
        let squad = Squad::start(on).await;
        let artist = squad.app.artist();
        let script = json!([
            {"then": [{"text": "Well"}]}, {"then": [{"status": 400}]},
            {"then": [{"text": "Cut"}, {"cut": true}]}, {"then": [{"text": "In one piece"}]},
        ]);
        squad.app.fake.script(script).await;
        for _ in 0..3 {
            let ids = artist.generate(json!({"message": "Salut", "coach": "luke"})).await;
            artist.finished(&ids.generation).await;
        }
        squad.app.fake.then(json!([{"text": "Half"}, {"hold": "half"}])).await;
        let stopped = artist.generate(json!({"message": "Salut", "coach": "luke"})).await;
        let mut live = artist.follow(&stopped.generation, 0).await;
        live.expect("generation").await;
        live.expect("delta").await;
        let running = artist.get("/api/workflows/list?status=running").await.ok(200);
        artist
            .post(&format!("/api/workflows/{}/cancel", stopped.generation), json!({}))
            .await
            .ok(200);
        let all = artist.get("/api/workflows/list").await.ok(200);
        assert_eq!(all["workflows"].as_array().unwrap().len(), 4);
        let one = artist
            .get(&format!("/api/workflows/{}/status", stopped.generation))
            .await
            .ok(200);
        lists.push(json!([plain(&running), plain(&all), plain(&one)]));
    }
    assert_eq!(lists[0], lists[1]);
}

async fn client(address: &str) -> Client {
    let options =
        ConnectionOptions::new(format!("http://{address}").parse::<temporalio_client::Url>().unwrap()).build();
    let connection = patiently("Temporal", Connection::connect(options)).await.unwrap();
    Client::new(connection, ClientOptions::new("default").build()).unwrap()
}

fn replayer() -> WorkflowReplayer {
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<Generation>()
        .unwrap();
    WorkflowReplayer::new(options.build()).unwrap()
}

#[tokio::test]
async fn a_history_has_no_text_and_replays() {
    let squad = Squad::start(On::Temporal).await;
    let address = temporal::shared().await;
    let artist = squad.app.artist();
    squad.app.fake.then(json!([{"text": "Nobody else's business"}])).await;
    let ids = artist.generate(json!({"message": "A private question"})).await;
    artist.finished(&ids.generation).await;
    assert_eq!(temporal::closed(&address, &ids.generation).await, "COMPLETED");
    let workflow = client(&address)
        .await
        .get_workflow_handle::<Generation>(format!("gen-{}", ids.generation));
    let history = workflow
        .fetch_history(WorkflowFetchHistoryOptions::default())
        .to_json()
        .await
        .unwrap();
    if let Some(file) = std::env::var_os("SQUAD_KEEP_HISTORY") {
        std::fs::write(file, &history).unwrap();
    }
    let text = String::from_utf8(history.clone()).unwrap();
    assert!(text.contains(&ids.generation));
    // payloads are base64 there
    let decoded = decoded(&serde_json::from_slice(&history).unwrap());
    assert!(decoded.contains("completed"), "{decoded}");
    for private in ["business", "question"] {
        assert!(
            !text.contains(private) && !decoded.contains(private),
            "{private}: {decoded}"
        );
    }
    replayer()
        .replay_workflow(WorkflowHistory::from_json(&history).unwrap())
        .await
        .unwrap();
}

/// Every payload of a history as text.
fn decoded(value: &Value) -> String {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| match member {
                Value::String(text) if name == "data" => base64(text) + "\n",
                member => decoded(member),
            })
            .collect(),
        Value::Array(items) => items.iter().map(decoded).collect(),
        _ => String::new(),
    }
}

fn base64(text: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = text
        .chars()
        .filter_map(|letter| LETTERS.find(letter))
        .flat_map(|value| (0..6).rev().map(move |bit| u8::from(value >> bit & 1 == 1)))
        .collect();
    let bytes = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit));
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

#[tokio::test]
async fn the_workflow_still_replays_a_history_that_was_kept() {
    let history = WorkflowHistory::from_json(include_bytes!("temporal/history.json")).unwrap();
    replayer().replay_workflow(history).await.unwrap();
}

/// The steps over a database and a provider, without a server.
async fn steps() -> (Database, Fake, squad::store::Store, Runs) {
    let (database, fake) = tokio::join!(Database::new(), Fake::start());
    let store = database.store().await;
    let catalogue = Arc::new(Catalogue::bundled().unwrap());
    let coaches = Arc::new(Coaches::load().unwrap());
    let provider = AnthropicProvider::new(http(), &fake.url, &ApiKey::new("test-key"), Arc::clone(&catalogue)).unwrap();
    let hub = Hub::default();
    let runs = Runs::start(Parts {
        streams: Arc::new(StreamThread::start().unwrap()),
        store: store.clone(),
        hub: hub.clone(),
        log: LogWriter::start(store.clone(), hub),
        router: Arc::new(Router::new(&coaches)),
        squad: coaches,
        models: Arc::new(Models::new(vec![Arc::new(provider)], catalogue, "anthropic", None)),
        answers: None,
        ask_model: false,
    });
    (database, fake, store, runs)
}

#[tokio::test]
async fn the_steps_run_a_generation_once_and_tell_their_fence() {
    let (database, fake, store, runs) = steps().await;
    let (_, answer) = run::queued(&store).await;
    let id = answer.generation;
    let beats: Arc<Mutex<Vec<i64>>> = Arc::default();
    let heard = Arc::clone(&beats);
    let environment = ActivityEnvironment::builder_with_default()
        .register_activities(Steps { runs })
        .on_heartbeat(move |fence| heard.lock().unwrap().push(*fence.downcast::<i64>().unwrap()))
        .build();
    assert_eq!(
        environment.run(Steps::validate, id).await.unwrap(),
        GenerationStatus::Queued
    );
    let early = environment.run(Steps::finalise, id).await.unwrap_err().to_string();
    assert!(early.contains("it has not ended"), "{early}");
    assert_eq!(
        environment.run(Steps::generate, id).await.unwrap(),
        GenerationStatus::Completed
    );
    assert_eq!(beats.lock().unwrap()[0], 1);
    // what comes twice finds that it is done
    for _ in 0..2 {
        assert_eq!(
            environment.run(Steps::generate, id).await.unwrap(),
            GenerationStatus::Completed
        );
        assert_eq!(
            environment.run(Steps::finalise, id).await.unwrap(),
            GenerationStatus::Completed
        );
    }
    assert_eq!(fake.calls().await.len(), 1);
    database.run("delete from conversations").await;
    assert_eq!(
        environment.run(Steps::validate, id).await.unwrap(),
        GenerationStatus::Cancelled
    );
}

#[tokio::test]
async fn an_attempt_takes_over_from_the_one_that_died_and_from_nobody_else() {
    let (_database, fake, store, runs) = steps().await;
    // held by somebody, with a lease that lives
    let (claimed, _) = run::running(&store).await;
    let attempt = |died: i64| {
        ActivityEnvironment::builder_with_default()
            .register_activities(Steps { runs: runs.clone() })
            .heartbeat_details(died)
            .unwrap()
            .build()
    };
    let refused = attempt(claimed.fence - 1).run(Steps::generate, claimed.id).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("another process holds it"), "{refused}");
    assert_eq!(fake.calls().await.len(), 0);
    let taken = attempt(claimed.fence).run(Steps::generate, claimed.id).await;
    assert_eq!(taken.unwrap(), GenerationStatus::Completed);
}

#[tokio::test]
async fn a_worker_beside_takes_its_part_and_leaves_in_order() {
    let squad = Squad::start(On::Temporal).await;
    let (mut worker, ready) = squad.beside("worker").await;
    assert_eq!(ready, "worker");
    let artist = squad.app.artist();
    assert_eq!(
        artist.chat(json!({"message": "Salut"})).await["stop_reason"],
        "end_turn"
    );
    worker.signal(Signal::TERM);
    assert!(worker.ended().await.success(), "{}", worker.stderr());
    assert_eq!(
        artist.chat(json!({"message": "Encore"})).await["stop_reason"],
        "end_turn"
    );
}
