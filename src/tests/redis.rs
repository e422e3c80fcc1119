//! Several programs share what they keep through a real Redis, and do without it when it is away.

use crate::support::{
    Artist, TestApp,
    app::{SQUAD, environment},
    artist::Started,
    nobodys_id,
    process::Process,
    redis::Redis,
};
use rustix::process::Signal;
use serde_json::{Value, json};

/// Asks until the part is said to be like this.
async fn until_redis_is(artist: &Artist, start: &str) -> Value {
    let coming = async {
        loop {
            let health = artist.get("/health").await.ok(200);
            if health["parts"]["redis"].as_str().unwrap().starts_with(start) {
                return health;
            }
        }
    };
    crate::support::patiently(start, coming).await
}

/// A second program beside this one.
async fn beside(app: &TestApp, further: &[(&str, &str)]) -> (Process, String) {
    let mut process = Process::start(SQUAD, &[], &environment(&app.database.url(), &app.fake.url, further));
    let url = process.ready().await;
    (process, url)
}

#[tokio::test]
async fn two_programs_share_kept_answers_and_limits() {
    let redis = Redis::start().await;
    let url = redis.url();
    let further = [
        ("REDIS_URL", url.as_str()),
        ("SQUAD_ANSWER_CACHE", "10m"),
        ("SQUAD_LIMITS", "4/hour"),
    ];
    let app = TestApp::with(&further).await;
    let (_other, other) = beside(&app, &further).await;
    let here = app.artist();
    assert_eq!(here.get("/health").await.ok(200)["parts"]["redis"], "ok");
    let body = json!({"message": "Shared?", "coach": "luke"});
    let first = here.chat(body.clone()).await;
    let there = Artist::at(&other);
    let second = there.chat(body).await;
    assert_eq!(
        (&second["cached"], &second["content"]),
        (&json!(true), &first["content"])
    );
    assert_eq!(app.fake.calls().await.len(), 1);
    let keys = redis.say("KEYS squad:answer:*").await;
    let key = keys.lines().find(|line| line.starts_with("squad:answer:")).unwrap();
    let left: String = redis.say(&format!("TTL {key}")).await;
    let left: u64 = left.lines().next().unwrap()[1..].parse().unwrap();
    assert!((1..=600).contains(&left), "{left}");

    // the same artist at both programs has one allowance
    let moved = here.moved_to(&other);
    for (artist, left) in [(&moved, "2"), (&here, "1"), (&moved, "0")] {
        let answer = artist.post("/api/chat/generate", json!({"message": "One more"})).await;
        answer.ok(202);
        assert_eq!(
            (answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")),
            (Some("4"), Some(left))
        );
        let full: u64 = answer.header("ratelimit-reset").unwrap().parse().unwrap();
        assert!((1..=3600).contains(&full), "{full}");
    }
    for artist in [&here, &moved] {
        let refused = artist.post("/api/chat/generate", json!({"message": "Too many"})).await;
        refused.problem(429, "rate_limited");
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        assert_eq!(
            (refused.header("ratelimit-limit"), refused.header("ratelimit-remaining")),
            (Some("4"), Some("0"))
        );
        assert_eq!(refused.header("ratelimit-reset"), refused.header("retry-after"));
    }
    there.generate(json!({"message": "Somebody else"})).await;
}

#[tokio::test]
async fn the_same_question_at_once_at_two_programs_is_asked_once() {
    let redis = Redis::start().await;
    let url = redis.url();
    let further = [("REDIS_URL", url.as_str()), ("SQUAD_ANSWER_CACHE", "1h")];
    let app = TestApp::with(&further).await;
    let (_other, other) = beside(&app, &further).await;
    let (here, there) = (app.artist(), Artist::at(&other));
    let body = json!({"message": "At once?", "coach": "luke"});
    app.fake.then(json!([{"hold": "asked"}, {"text": "Once"}])).await;
    let first = here.generate(body.clone()).await;
    app.fake.reached("asked").await;
    let second = there.generate(body).await;
    app.fake.release("asked").await;
    here.finished(&first.generation).await;
    assert_eq!(there.finished(&second.generation).await["cached"], true);
    assert_eq!(app.fake.calls().await.len(), 1);

    let body = json!({"message": "Stopped there?", "coach": "luke"});
    app.fake.then(json!([{"text": "Half"}, {"hold": "again"}])).await;
    let first = here.generate(body.clone()).await;
    app.fake.reached("again").await;
    let second = there.generate(body).await;
    here.post(&format!("/api/chat/cancel/{}", first.generation), json!({}))
        .await
        .ok(200);
    let second = there.finished(&second.generation).await;
    assert_eq!(
        (&second["status"], &second["cached"]),
        (&json!("completed"), &json!(false))
    );
    assert_eq!(app.fake.calls().await.len(), 3);
}

#[tokio::test]
async fn a_repeated_message_is_found_at_another_program_by_who_may_send_no_more() {
    let redis = Redis::start().await;
    let url = redis.url();
    let further = [("REDIS_URL", url.as_str()), ("SQUAD_LIMITS", "2/hour")];
    let app = TestApp::with(&further).await;
    let (_other, other) = beside(&app, &further).await;
    let artist = app.artist();
    let body = json!({"message": "Only once", "client_message_id": nobodys_id()});
    let first = artist.generate(body.clone()).await;
    let moved = artist.moved_to(&other);
    // counted, found to be known, and given back: one is left
    let again = async |artist: &Artist| Started::of(&artist.post("/api/chat/generate", body.clone()).await.ok(202));
    assert_eq!(again(&moved).await, first);
    moved.generate(json!({"message": "The second"})).await;
    let refused = artist.post("/api/chat/generate", json!({"message": "Too many"})).await;
    refused.problem(429, "rate_limited");
    for artist in [&artist, &moved] {
        assert_eq!(again(artist).await, first);
    }
}

#[tokio::test]
async fn nobody_but_the_owner_notices_that_redis_is_away() {
    let mut redis = Redis::start().await;
    let url = redis.url();
    redis.kill().await;
    let further = [
        ("REDIS_URL", url.as_str()),
        ("SQUAD_ANSWER_CACHE", "1h"),
        ("SQUAD_LIMITS", "4/hour"),
    ];
    let app = TestApp::with(&further).await;
    let artist = app.artist();
    let health = until_redis_is(&artist, "down: ").await;
    assert_eq!(
        (&health["status"], &health["parts"]["postgres"]),
        (&json!("degraded"), &json!("ok"))
    );
    // without it: the stand-ins
    let body = json!({"message": "Kept here", "coach": "luke"});
    assert_eq!(artist.chat(body.clone()).await["cached"], false);
    assert_eq!(app.artist().chat(body).await["cached"], true);

    // it comes back by itself
    redis.start_again().await;
    assert_eq!(until_redis_is(&artist, "ok").await["status"], "ok");
    let body = json!({"message": "Kept there", "coach": "luke"});
    app.fake
        .then(json!([{"text": "Half "}, {"hold": "half"}, {"text": "whole"}]))
        .await;
    let held = artist.generate(body.clone()).await;
    app.fake.reached("half").await;
    // and stands still in the middle of an answer, with its connections open
    redis.signal(Signal::STOP);
    app.fake.release("half").await;
    let done = artist.finished(&held.generation).await;
    assert_eq!(done["status"], "completed");
    assert_eq!(artist.messages(&held.conversation).await[1]["content"], "Half whole");
    until_redis_is(&artist, "down: does not answer").await;
    assert_eq!(
        app.artist().chat(body.clone()).await["cached"],
        true,
        "kept where it could be"
    );
    redis.signal(Signal::CONT);
    until_redis_is(&artist, "ok").await;
    redis.kill().await;
    until_redis_is(&artist, "down: ").await;
    artist.generate(json!({"message": "Still here"})).await;
    let log = app.log();
    assert!(!log.contains("ERROR"), "{log}");
}

#[tokio::test]
async fn an_address_that_is_none_ends_the_start_with_its_name() {
    let app = TestApp::start().await;
    let environment = environment(&app.database.url(), &app.fake.url, &[("REDIS_URL", "http://here")]);
    let mut squad = Process::start(SQUAD, &[], &environment);
    assert!(!squad.ended().await.success());
    assert!(squad.stderr().contains("REDIS_URL"), "{}", squad.stderr());
}
