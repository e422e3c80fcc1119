//! Several programs on one database: whoever dies, every answer comes, once, to readers of any of them.

use crate::support::{
    Artist, Fake, TestApp,
    app::{SQUAD, environment},
    artist::Started,
    patiently,
    postgres::{self, Database},
    process::Process,
    redis::Redis,
    socket::Socket,
    sse::{Event, shown},
};
use rustix::process::Signal;
use serde_json::json;
use sqlx::{Connection, postgres::PgListener};
use squad::{
    engine::{
        hints::Exchange,
        hub::{Hub, Signal as HubSignal},
    },
    store::{embedded::join::join, turns::new_generation_id},
    types::event::Event as LogEvent,
};
use std::sync::Arc;

const LEASES_OUT: &str = "update generations set lease_until = now() - interval '1 second' where state = 'running'";

fn long() -> String {
    (0..40).map(|n| format!("word{n} ")).collect()
}

/// A program beside this one, on its database.
async fn beside(app: &TestApp, role: &str, further: &[(&str, &str)]) -> (Process, String) {
    let mut process = Process::start(
        SQUAD,
        &[role],
        &environment(&app.database.url(), &app.fake.url, further),
    );
    let ready = process.ready().await;
    (process, ready)
}

fn text(events: &[Event]) -> String {
    events.iter().filter_map(|event| event.data["text"].as_str()).collect()
}

async fn answered(app: &TestApp, count: usize) {
    let coming = async {
        while app
            .database
            .value("select count(*) from generations where state = 'completed'")
            .await
            != count.to_string()
        {}
    };
    patiently("completed answers", coming).await;
}

#[tokio::test]
async fn a_reader_of_another_program_sees_the_whole_text_once_when_its_runner_is_killed() {
    let mut app = TestApp::start().await;
    let (_other, other) = beside(&app, "serve", &[]).await;
    let (_worker, ready) = beside(&app, "worker", &[]).await;
    assert_eq!(ready, "worker");
    let artist = app.artist();
    let script = json!([{"match": "Salut", "then": [{"text": long()}, {"hold": "midway"}, {"text": "from the dead"}]},
        {"match": "Go on exactly", "then": [{"text": "and its end."}]}]);
    app.fake.script(script).await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    let elsewhere = artist.moved_to(&other);
    let mut live = elsewhere.follow(&ids.generation, 0).await;
    let mut seen = vec![live.expect("generation").await];
    while text(&seen) != long() {
        seen.push(live.expect("delta").await);
    }
    app.kill().await;
    app.database.run(LEASES_OUT).await;
    seen.extend(live.rest().await);
    let expected = long() + "and its end.";
    let (whole, end) = shown(String::new(), 0, &seen);
    assert_eq!((whole.as_str(), end.name.as_str()), (expected.as_str(), "done"));
    let messages = elsewhere.messages(&ids.conversation).await;
    assert_eq!((messages.len(), &messages[1]["content"]), (2, &json!(expected)));
    assert_eq!(messages[1]["siblings"].as_array().unwrap().len(), 1);
    assert_eq!(app.fake.calls().await.len(), 2);
}

#[tokio::test]
async fn a_worker_answers_what_a_killed_program_left_running_and_waiting() {
    let mut app = TestApp::start().await;
    let (mut worker, _) = beside(&app, "worker", &[]).await;
    let artist = app.artist();
    let script = json!([{"match": "Salut", "then": [{"text": long()}, {"hold": "midway"}]},
        {"match": "Go on exactly", "then": [{"text": "the end."}]}, {"match": "Encore", "then": [{"text": "And more."}]}]);
    app.fake.script(script).await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let mut seen = vec![live.expect("generation").await];
    while text(&seen) != long() {
        seen.push(live.expect("delta").await);
    }
    let conversation = Started::of(&seen[0].data).conversation;
    artist
        .generate(json!({"message": "Encore", "conversation_id": conversation}))
        .await;
    app.kill().await;
    app.database.run(LEASES_OUT).await;
    answered(&app, 2).await;
    worker.kill().await;
    app.start_again().await;
    let texts: Vec<_> = artist
        .moved_to(&app.url)
        .messages(&conversation)
        .await
        .iter()
        .map(|message| message["content"].clone())
        .collect();
    assert_eq!(
        json!(texts),
        json!(["Salut", long() + "the end.", "Encore", "And more."])
    );
}

#[tokio::test]
async fn programs_that_are_replaced_one_after_the_other_drop_nothing() {
    let mut app = TestApp::start().await;
    let (_other, other) = beside(&app, "serve", &[]).await;
    let (mut worker, _) = beside(&app, "worker", &[]).await;
    let artist = app.artist();
    let script = json!([{"match": "Salut", "then": [{"text": long()}, {"hold": "for ever"}]},
        {"match": "Go on exactly", "then": [{"text": "and its end."}]}]);
    app.fake.script(script).await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let mut seen = vec![live.expect("generation").await];
    while text(&seen) != long() {
        seen.push(live.expect("delta").await);
    }
    app.signal(Signal::TERM);
    worker.signal(Signal::TERM);
    assert!(worker.ended().await.success());
    let (_new, _) = beside(&app, "worker", &[]).await;
    // what still comes to the one that ends is answered by the others
    app.fake
        .script(json!({"match": "Meanwhile", "then": [{"text": "Here"}]}))
        .await;
    let meanwhile = artist.generate(json!({"message": "Meanwhile"})).await;
    let elsewhere = artist.moved_to(&other);
    assert_eq!(elsewhere.finished(&meanwhile.generation).await["status"], "completed");
    // its own answer stands still, so its stream ends when the program does, and goes on elsewhere
    seen.extend(live.rest().await);
    assert!(app.ended().await.success(), "{}", app.log());
    let ids = Started::of(&seen[0].data);
    let after = seen.last().and_then(|event| event.id).unwrap();
    let rest = elsewhere.follow(&ids.generation, after).await.rest().await;
    let (whole, end) = shown(text(&seen), after, &rest);
    assert_eq!((whole, end.name.as_str()), (long() + "and its end.", "done"));
    assert_eq!(app.fake.calls().await.len(), 3);
}

/// Sends at one program until the artist's page at the other hears of the list: nothing but a hint can tell it.
async fn list_is_heard(sender: &Artist, page: &mut Socket) {
    let sent = sender.generate(json!({"message": "Salut"})).await;
    loop {
        if page.expect("list").await["conversation"]["id"] == json!(sent.conversation) {
            return;
        }
    }
}

async fn listener(app: &TestApp) -> PgListener {
    let pool = sqlx::PgPool::connect_with(app.database.options()).await.unwrap();
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen("squad_hints").await.unwrap();
    listener
}

/// What was said by NOTIFY since the last time.
async fn said(app: &TestApp, listener: &mut PgListener) -> Vec<String> {
    app.database.run("select pg_notify('squad_hints', 'end')").await;
    let mut said = Vec::new();
    loop {
        let word = patiently("a NOTIFY", listener.recv())
            .await
            .unwrap()
            .payload()
            .to_string();
        if word == "end" {
            return said;
        }
        said.push(word);
    }
}

#[tokio::test]
async fn pages_of_another_program_hear_of_the_list_and_one_program_alone_says_nothing() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let mut listener = listener(&app).await;
    artist.chat(json!({"message": "Alone"})).await;
    assert_eq!(said(&app, &mut listener).await, Vec::<String>::new());

    let (mut other, url) = beside(&app, "serve", &[]).await;
    let mut page = Socket::open(&artist.moved_to(&url), "/feed").await;
    list_is_heard(&artist, &mut page).await;
    let words = said(&app, &mut listener).await;
    assert!(words.len() > 1, "{words:?}");
    let plain = |c: char| c.is_ascii_hexdigit() || "-. helowrk".contains(c);
    assert!(
        words.iter().all(|word| word.chars().all(plain)),
        "ids and numbers: {words:?}"
    );

    // who was deaf for a moment lets its pages come back and read for themselves
    let deaf = "select pg_terminate_backend(pid) from pg_locks join pg_stat_activity a using (pid)
      where locktype = 'advisory' and mode = 'ShareLock' and a.datname = current_database()
      order by backend_start desc limit 1";
    app.database.run(deaf).await;
    while page.hear().await.is_some() {}
    let mut page = Socket::open(&artist.moved_to(&url), "/feed").await;
    list_is_heard(&artist, &mut page).await;
    drop(page);

    other.kill().await;
    let alone = "select count(*) = 1 from pg_locks where locktype = 'advisory' and mode = 'ShareLock'
      and database = (select oid from pg_database where datname = current_database())";
    let coming = async { while app.database.value(alone).await != "true" {} };
    patiently("that who was killed is not counted", coming).await;
}

#[tokio::test]
async fn hints_go_through_redis_and_by_notify_while_it_is_away() {
    let mut redis = Redis::start().await;
    let url = redis.url();
    let further = [("REDIS_URL", url.as_str())];
    let app = TestApp::with(&further).await;
    let (_other, other) = beside(&app, "serve", &further).await;
    let artist = app.artist();
    artist.get("/api/conversations").await;
    let mut page = Socket::open(&artist.moved_to(&other), "/feed").await;
    let mut listener = listener(&app).await;
    list_is_heard(&artist, &mut page).await;
    assert_eq!(
        said(&app, &mut listener).await,
        Vec::<String>::new(),
        "Redis has carried it"
    );
    redis.kill().await;
    list_is_heard(&artist, &mut page).await;
    assert_ne!(said(&app, &mut listener).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_one_hub_publishes_is_heard_at_the_hub_of_another_process() {
    let database = Database::new().await;
    let (one, two) = (Hub::default(), Hub::default());
    for hub in [&one, &two] {
        let exchange = Exchange {
            store: database.store().await,
            hub: hub.clone(),
            fanout: None,
            wake: Box::new(|| {}),
        };
        exchange.start().await;
    }
    let generation = new_generation_id();
    let mut heard = two.follow(generation);
    let done = LogEvent::Cancelled {};
    let signal = HubSignal::Committed {
        seq: 7,
        event: Arc::new(done),
    };
    let coming = async {
        // the first one hears that the second one is there a moment after that
        loop {
            one.publish(generation, signal.clone());
            database.value("1").await;
            match heard.try_next() {
                Some(signal) => return signal,
                None => tokio::task::yield_now().await,
            }
        }
    };
    let signal = patiently("a hint", coming).await;
    assert!(matches!(signal, HubSignal::Elsewhere { seq: 7 }), "{signal:?}");
}

#[tokio::test]
async fn a_worker_joins_the_embedded_database_of_a_program_that_serves() {
    let fake = Fake::start().await;
    let folder = postgres::folder("joined");
    let environment = environment("", &fake.url, &[("SQUAD_DATA_DIR", folder.to_str().unwrap())]);
    let mut squad = Process::start(SQUAD, &[], &environment);
    let mut worker = Process::start(SQUAD, &["worker"], &environment);
    assert_eq!(worker.ready().await, "worker");
    let artist = Artist::at(&squad.ready().await);
    fake.script(
        json!([{"match": "Salut", "then": [{"text": "Held "}, {"hold": "held"}, {"text": "here"}]},
        {"match": "Encore", "then": [{"text": "By the worker"}]}]),
    )
    .await;
    let held = artist.generate(json!({"message": "Salut"})).await;
    fake.reached("held").await;
    let live = artist.follow(&held.generation, 0).await;
    squad.signal(Signal::TERM);
    let coming = async {
        // until the signal has arrived, the program answers itself
        while !squad.stderr().contains("ending") {
            artist.get("/health").await;
        }
    };
    patiently("the signal", coming).await;
    let queued = artist.generate(json!({"message": "Encore"})).await;
    let done = artist.finished(&queued.generation).await;
    assert_eq!(done["status"], "completed");
    fake.release("held").await;
    assert_eq!(shown(String::new(), 0, &live.rest().await).0, "Held here");
    assert!(squad.ended().await.success());

    // the worker outlives it, and finds the next one's database
    let mut squad = Process::start(SQUAD, &[], &environment);
    squad.ready().await;
    let options = join(&folder).await.unwrap();
    let both = "select count(*) = 2 from pg_locks where locktype = 'advisory' and mode = 'ShareLock'";
    let coming = async {
        let mut connection = sqlx::PgConnection::connect_with(&options).await.unwrap();
        while !sqlx::query_scalar::<_, bool>(both)
            .fetch_one(&mut connection)
            .await
            .unwrap()
        {}
    };
    patiently("the worker", coming).await;
    worker.signal(Signal::TERM);
    assert!(worker.ended().await.success(), "{}", worker.stderr());
}
