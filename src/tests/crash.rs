//! Programs that die in the middle of an answer. It goes on, once, to the same characters for everybody.

use crate::support::{
    Fake, TestApp,
    app::{SQUAD, environment},
    artist::{Artist, Started},
    postgres,
    process::Process,
    sse::{Event, shown},
};
use rustix::process::Signal;
use serde_json::json;

const LEASES_OUT: &str = "update generations set lease_until = now() - interval '1 second' where state = 'running'";

fn long() -> String {
    (0..40).map(|n| format!("word{n} ")).collect()
}

/// An answer whose first call shows `text` and then stands still; what its reader has seen.
async fn held_answer(fake: &Fake, artist: &Artist, text: &str) -> (Started, Vec<Event>) {
    fake.script(json!({"match": "Salut", "then": [{"text": text}, {"hold": "midway"}, {"text": "from the dead"}]}))
        .await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let mut seen = vec![live.expect("generation").await];
    while shown_so_far(&seen) != text {
        seen.push(live.expect("delta").await);
    }
    (Started::of(&seen[0].data), seen)
}

fn shown_so_far(events: &[Event]) -> String {
    events.iter().filter_map(|event| event.data["text"].as_str()).collect()
}

/// After a restart: everybody sees `expected`, with one question, one visible answer and no gap.
async fn went_on(artist: &Artist, ids: &Started, seen: &[Event], expected: &str) {
    let after = seen.last().unwrap().id.unwrap();
    let resumed = artist.follow(&ids.generation, after).await.rest().await;
    let (text, end) = shown(shown_so_far(seen), after, &resumed);
    assert_eq!((text.as_str(), end.name.as_str()), (expected, "done"));
    let whole = artist.follow(&ids.generation, 0).await.rest().await;
    assert_eq!(
        shown(String::new(), 0, &whole),
        (text, end.clone()),
        "a reader from the start sees the same"
    );
    let messages = artist.messages(&ids.conversation).await;
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert_eq!(
        (&messages[1]["content"], &messages[1]["resumed"]),
        (&json!(expected), &json!(true))
    );
    assert_eq!(messages[1]["siblings"].as_array().unwrap().len(), 1);
    let done = artist.request("GET", &format!("/api/chat/stream/{}", ids.generation));
    assert_eq!(
        artist.call(done.header("last-event-id", end.id.unwrap())).await.status,
        204
    );
}

#[tokio::test]
async fn an_answer_goes_on_after_kill_9_once_the_lease_has_run_out() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    let (ids, seen) = held_answer(&app.fake, &artist, &long()).await;
    app.kill().await;
    assert_eq!(app.fake.ended(1).await["disconnected"], true);
    app.fake.then(json!([{"text": "and its end."}])).await;
    app.start_again().await;
    // nothing helps it along here: the lease of the dead process runs out by itself
    went_on(&artist.moved_to(&app.url), &ids, &seen, &(long() + "and its end.")).await;
    assert_eq!(app.fake.calls().await.len(), 2);
}

#[tokio::test]
async fn an_answer_of_few_words_starts_again_after_kill_9() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    let (ids, seen) = held_answer(&app.fake, &artist, "Few words").await;
    app.kill().await;
    app.fake.then(json!([{"text": "All anew."}])).await;
    app.database.run(LEASES_OUT).await;
    app.start_again().await;
    let artist = artist.moved_to(&app.url);
    let after = seen.last().unwrap().id.unwrap();
    let resumed = artist.follow(&ids.generation, after).await.rest().await;
    assert_eq!(
        (resumed[1].name.as_str(), &resumed[1].data),
        ("reset", &json!({"attempt": 2}))
    );
    went_on(&artist, &ids, &seen, "All anew.").await;
}

#[tokio::test]
async fn what_was_queued_when_the_program_was_killed_is_answered_afterwards() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    let (ids, seen) = held_answer(&app.fake, &artist, &long()).await;
    let queued = artist
        .generate(json!({"message": "Encore", "conversation_id": ids.conversation}))
        .await;
    app.kill().await;
    app.fake
        .script(json!({"match": "Go on exactly", "then": [{"text": "the end."}]}))
        .await;
    app.fake
        .script(json!({"match": "Encore", "then": [{"text": "And more."}]}))
        .await;
    app.database.run(LEASES_OUT).await;
    app.start_again().await;
    let artist = artist.moved_to(&app.url);
    assert_eq!(artist.finished(&queued.generation).await["status"], "completed");
    let texts: Vec<_> = artist
        .messages(&ids.conversation)
        .await
        .iter()
        .map(|message| message["content"].clone())
        .collect();
    assert_eq!(
        json!(texts),
        json!(["Salut", long() + "the end.", "Encore", "And more."])
    );
    drop(seen);
}

#[tokio::test]
async fn an_answer_that_five_takeovers_did_not_move_is_interrupted() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    let (ids, _) = held_answer(&app.fake, &artist, &long()).await;
    app.kill().await;
    app.database.run("update generations set takeovers = 5").await;
    app.database.run(LEASES_OUT).await;
    app.start_again().await;
    let artist = artist.moved_to(&app.url);
    let status = artist.finished(&ids.generation).await;
    assert_eq!(
        (&status["status"], &status["error"]["code"]),
        (&json!("failed"), &json!("interrupted"))
    );
    assert_eq!(
        artist.messages(&ids.conversation).await[1]["content"],
        long(),
        "its text is kept"
    );
    assert_eq!(app.fake.calls().await.len(), 1, "no further call is paid for");
}

#[tokio::test]
async fn sigterm_gives_the_lease_back_and_the_next_program_goes_on_at_once() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    let (ids, seen) = held_answer(&app.fake, &artist, &long()).await;
    app.signal(Signal::TERM);
    assert!(app.ended().await.success(), "{}", app.log());
    let lease = "select lease_until < now() from generations";
    assert_eq!(app.database.value(lease).await, "true", "nobody holds it any more");
    app.fake.then(json!([{"text": "and its end."}])).await;
    app.start_again().await;
    went_on(&artist.moved_to(&app.url), &ids, &seen, &(long() + "and its end.")).await;
}

#[tokio::test]
async fn sigterm_lets_a_running_answer_end_first() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "Almost "}, {"hold": "end"}, {"text": "there"}]))
        .await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let mut events = vec![live.expect("generation").await, live.expect("delta").await];
    app.signal(Signal::TERM);
    app.fake.release("end").await;
    events.extend(live.rest().await);
    let (text, end) = shown(String::new(), 0, &events);
    assert_eq!((text.as_str(), end.name.as_str()), ("Almost there", "done"));
    assert!(app.ended().await.success());
}

#[tokio::test]
async fn a_second_program_takes_over_what_the_first_one_left() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    let (ids, seen) = held_answer(&app.fake, &artist, &long()).await;
    let other = environment(&app.database.url(), &app.fake.url, &[]);
    let mut other = Process::start(SQUAD, &[], &other);
    let url = other.ready().await;
    app.fake.then(json!([{"text": "and its end."}])).await;
    app.kill().await;
    app.database.run(LEASES_OUT).await;
    went_on(&artist.moved_to(&url), &ids, &seen, &(long() + "and its end.")).await;
}

#[tokio::test]
async fn a_program_stops_at_another_programs_word() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let (ids, _) = held_answer(&app.fake, &artist, "Held words").await;
    let other = environment(&app.database.url(), &app.fake.url, &[]);
    let mut other = Process::start(SQUAD, &[], &other);
    let elsewhere = artist.moved_to(&other.ready().await);
    let cancelled = elsewhere
        .post(&format!("/api/chat/cancel/{}", ids.generation), json!({}))
        .await
        .ok(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(
        app.fake.ended(1).await["disconnected"],
        true,
        "the provider call ends where it runs"
    );
    let log = app.log();
    assert!(
        !log.contains("the provider failed"),
        "ended by the stop, not by silence: {log}"
    );
    let whole = artist.follow(&ids.generation, 0).await.rest().await;
    assert_eq!(shown(String::new(), 0, &whole).0, "Held words");
}

#[tokio::test]
async fn kill_9_with_the_embedded_database_loses_nothing() {
    let fake = Fake::start().await;
    let folder = postgres::folder("data");
    let data = folder.to_str().unwrap();
    let environment = environment("", &fake.url, &[("SQUAD_DATA_DIR", data)]);
    let mut squad = Process::start(SQUAD, &[], &environment);
    let artist = Artist::at(&squad.ready().await);
    let (ids, seen) = held_answer(&fake, &artist, &long()).await;
    squad.kill().await;
    fake.then(json!([{"text": "and its end."}])).await;
    let mut squad = Process::start(SQUAD, &[], &environment);
    let artist = artist.moved_to(&squad.ready().await);
    went_on(&artist, &ids, &seen, &(long() + "and its end.")).await;

    let mut second = Process::start(SQUAD, &[], &environment);
    assert!(!second.ended().await.success(), "one program owns a data folder");
    let line = second.stderr();
    assert!(
        line.contains(data) && line.contains("in use") && line.contains("SQUAD_DATA_DIR"),
        "{line}"
    );
    squad.signal(Signal::TERM);
    assert!(squad.ended().await.success());
    let mut third = Process::start(SQUAD, &[], &environment);
    let artist = artist.moved_to(&third.ready().await);
    assert_eq!(artist.messages(&ids.conversation).await.len(), 2);
    third.signal(Signal::INT);
    assert!(third.ended().await.success(), "Ctrl-C ends it in order too");
}
