//! What every engine holds. Each test runs on the embedded one and on a real Temporal server.

use crate::support::{
    Artist, Fake,
    artist::Started,
    engine::{On, Squad, on_both_engines, runner, workflow},
    patiently,
    sse::{Event, shown},
    three_in_a_row,
};
use rustix::process::Signal;
use serde_json::json;
use std::time::{Duration, Instant};

on_both_engines! {
    an_answer_comes_whole,
    a_conversation_is_answered_in_order,
    a_stop_ends_the_provider_call_within_a_second,
    a_queued_message_that_is_stopped_never_reaches_the_provider,
    a_failed_answer_is_tried_again_by_hand,
    a_message_sent_five_times_at_two_programs_is_asked_once,
    a_cut_stream_is_recovered,
    whoever_is_killed_another_goes_on_and_asks_only_for_the_rest,
    who_is_told_to_end_hands_over,
}

fn long() -> String {
    (0..40).map(|n| format!("word{n} ")).collect()
}

/// An answer that stands still after a long text; what its reader has seen of it.
async fn held(fake: &Fake, artist: &Artist) -> (Started, Vec<Event>) {
    let script = json!([{"match": "Salut", "then": [{"text": long()}, {"hold": "midway"}, {"text": "from the dead"}]},
        {"match": "Go on exactly", "then": [{"text": "and its end."}]}]);
    fake.script(script).await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    let mut live = artist.follow(&ids.generation, 0).await;
    let mut seen = vec![live.expect("generation").await];
    while text(&seen) != long() {
        seen.push(live.expect("delta").await);
    }
    (ids, seen)
}

fn text(events: &[Event]) -> String {
    events.iter().filter_map(|event| event.data["text"].as_str()).collect()
}

/// The log has no gap and one end, and everybody reads the same.
async fn is_whole(squad: &Squad, artist: &Artist, ids: &Started, expected: &str) {
    let events = artist.follow(&ids.generation, 0).await.rest().await;
    let (whole, end) = shown(String::new(), 0, &events);
    assert_eq!((whole.as_str(), end.name.as_str()), (expected, "done"));
    let log = "select count(*) = max(seq) and count(*) filter (where kind in ('done', 'failed', 'cancelled')) = 1
      from generation_chunks";
    assert_eq!(squad.app.database.value(log).await, "true", "contiguous, with one end");
    let messages = artist.messages(&ids.conversation).await;
    assert_eq!((messages.len(), &messages[1]["content"]), (2, &json!(expected)));
    assert_eq!(messages[1]["siblings"].as_array().unwrap().len(), 1);
}

async fn an_answer_comes_whole(on: On) {
    let squad = Squad::start(on).await;
    let artist = squad.app.artist();
    squad.app.fake.then(json!([{"text": "Whole words"}])).await;
    let answer = artist.chat(json!({"message": "Salut"})).await;
    assert_eq!(
        (&answer["content"], &answer["stop_reason"]),
        (&json!("Whole words"), &json!("end_turn"))
    );
    let ids = Started::of(&answer);
    is_whole(&squad, &artist, &ids, "Whole words").await;
    let run = workflow(&artist, &ids.generation).await;
    assert_eq!(run["attempts"], json!({"count": 1, "recoveries": 0, "takeovers": 0}));
    assert_eq!(runner(&artist, &ids.generation).await, squad.app.pid());
}

async fn a_conversation_is_answered_in_order(on: On) {
    let squad = Squad::start(on).await;
    let artist = squad.app.artist();
    let fake = &squad.app.fake;
    let [first, _, third] = three_in_a_row(fake, &artist).await;
    assert_eq!(fake.calls().await.len(), 1);
    fake.release("alpha").await;
    fake.reached("beta").await;
    assert_eq!(artist.status(&third.generation).await["status"], "queued");
    fake.release("beta").await;
    assert_eq!(artist.finished(&third.generation).await["status"], "completed");
    let messages = artist.messages(&first.conversation).await;
    let texts: Vec<_> = messages.iter().map(|message| message["content"].clone()).collect();
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

async fn a_stop_ends_the_provider_call_within_a_second(on: On) {
    let squad = Squad::start(on).await;
    let artist = squad.app.artist();
    let (ids, _) = held(&squad.app.fake, &artist).await;
    let since = Instant::now();
    let path = format!("/api/chat/cancel/{}", ids.generation);
    assert_eq!(artist.post(&path, json!({})).await.ok(200)["status"], "cancelled");
    assert_eq!(squad.app.fake.ended(1).await["disconnected"], true);
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    squad.app.fake.release("midway").await;
    let messages = artist.messages(&ids.conversation).await;
    assert_eq!(
        (&messages[1]["content"], &messages[1]["status"]),
        (&json!(long()), &json!("stopped"))
    );
    let next = json!({"message": "Encore", "conversation_id": ids.conversation});
    assert_eq!(
        artist.chat(next).await["stop_reason"],
        "end_turn",
        "the conversation goes on"
    );
}

async fn a_queued_message_that_is_stopped_never_reaches_the_provider(on: On) {
    let squad = Squad::start(on).await;
    let artist = squad.app.artist();
    let (first, _) = held(&squad.app.fake, &artist).await;
    let body = |text: &str| json!({"message": text, "conversation_id": first.conversation});
    let (second, third) = (
        artist.generate(body("never")).await,
        artist.generate(body("after")).await,
    );
    let path = format!("/api/chat/cancel/{}", second.generation);
    artist.post(&path, json!({})).await.ok(200);
    squad.app.fake.release("midway").await;
    assert_eq!(artist.finished(&third.generation).await["status"], "completed");
    assert_eq!(artist.status(&second.generation).await["status"], "cancelled");
    assert_eq!(squad.app.fake.calls().await.len(), 2);
}

async fn a_failed_answer_is_tried_again_by_hand(on: On) {
    let squad = Squad::start(on).await;
    let artist = squad.app.artist();
    squad.app.fake.then(json!([{"status": 400}])).await;
    squad.app.fake.then(json!([{"text": "Better"}])).await;
    let failed = artist.generate(json!({"message": "Salut"})).await;
    assert_eq!(artist.finished(&failed.generation).await["status"], "failed");
    let path = format!("/api/chat/retry/{}", failed.generation);
    let again = Started::of(&artist.post(&path, json!({})).await.ok(202));
    assert_eq!(artist.finished(&again.generation).await["status"], "completed");
    assert_eq!(artist.messages(&failed.conversation).await[1]["content"], "Better");
    assert_eq!(
        squad.app.fake.calls().await.len(),
        2,
        "an engine tries nothing by itself"
    );
}

async fn a_message_sent_five_times_at_two_programs_is_asked_once(on: On) {
    let squad = Squad::start(on).await;
    let (_other, other) = squad.beside("serve").await;
    let artist = squad.app.artist();
    artist.get("/api/conversations").await;
    let elsewhere = artist.moved_to(&other);
    squad.app.fake.then(json!([{"text": "Once"}, {"hold": "once"}])).await;
    let body = json!({"message": "Salut", "client_message_id": uuid::Uuid::new_v4()});
    let send = async |to: &Artist| Started::of(&to.post("/api/chat/generate", body.clone()).await.ok(202));
    let (a, b, c, d, e) = tokio::join!(
        send(&artist),
        send(&elsewhere),
        send(&artist),
        send(&elsewhere),
        send(&artist)
    );
    for same in [b, c, d, e] {
        assert_eq!(a, same);
    }
    squad.app.fake.reached("once").await;
    squad.app.fake.release("once").await;
    is_whole(&squad, &artist, &a, "Once").await;
    assert_eq!(squad.app.fake.calls().await.len(), 1);
}

async fn a_cut_stream_is_recovered(on: On) {
    let squad = Squad::start(on).await;
    let artist = squad.app.artist();
    let script = json!([{"match": "Salut", "then": [{"text": long()}, {"cut": true}]},
        {"match": "Go on exactly", "then": [{"text": "and its end."}]}]);
    squad.app.fake.script(script).await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    is_whole(&squad, &artist, &ids, &(long() + "and its end.")).await;
    let run = workflow(&artist, &ids.generation).await;
    assert_eq!(run["attempts"], json!({"count": 2, "recoveries": 1, "takeovers": 0}));
}

async fn whoever_is_killed_another_goes_on_and_asks_only_for_the_rest(on: On) {
    let mut squad = Squad::start(on).await;
    let (mut other, url) = squad.beside("serve").await;
    let artist = squad.app.artist();
    let (ids, seen) = held(&squad.app.fake, &artist).await;
    // with Temporal either of them may have taken it
    let survivor = if runner(&artist, &ids.generation).await == squad.app.pid() {
        squad.app.kill().await;
        artist.moved_to(&url)
    } else {
        other.kill().await;
        artist
    };
    assert_eq!(squad.app.fake.ended(1).await["disconnected"], true);
    squad.lease_is_out().await;
    let after = seen.last().and_then(|event| event.id).unwrap();
    let rest = survivor.follow(&ids.generation, after).await.rest().await;
    let expected = long() + "and its end.";
    assert_eq!(shown(long(), after, &rest).0, expected);
    is_whole(&squad, &survivor, &ids, &expected).await;
    let calls = squad.app.fake.calls().await;
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(
        squad.app.fake.prompt(2).await.contains("word39"),
        "it knows what is there"
    );
    let run = workflow(&survivor, &ids.generation).await;
    // a takeover that made progress is none in a row
    assert_eq!(run["attempts"], json!({"count": 2, "recoveries": 0, "takeovers": 0}));
    assert_eq!(survivor.messages(&ids.conversation).await[1]["resumed"], true);
}

async fn who_is_told_to_end_hands_over(on: On) {
    let mut squad = Squad::start(on).await;
    let (mut other, url) = squad.beside("serve").await;
    let artist = squad.app.artist();
    let (ids, _) = held(&squad.app.fake, &artist).await;
    let first = runner(&artist, &ids.generation).await == squad.app.pid();
    let survivor = if first {
        squad.app.signal(Signal::TERM);
        artist.moved_to(&url)
    } else {
        other.signal(Signal::TERM);
        artist
    };
    let since = Instant::now();
    let events = survivor.follow(&ids.generation, 0).await.rest().await;
    let expected = long() + "and its end.";
    assert_eq!(shown(String::new(), 0, &events).0, expected);
    // ten seconds for the answer, then nobody waits for a lease or a heartbeat
    assert!(since.elapsed() < Duration::from_secs(14), "{:?}", since.elapsed());
    let status = if first {
        squad.app.ended().await
    } else {
        other.ended().await
    };
    assert!(status.success(), "{}", squad.app.log());
    is_whole(&squad, &survivor, &ids, &expected).await;
    assert_eq!(squad.app.fake.calls().await.len(), 2);
    patiently("the next answer", survivor.chat(json!({"message": "Encore"}))).await;
}
