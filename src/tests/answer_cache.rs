//! The answer cache: the same question is asked once, and nothing else is ever taken for the same.

use crate::support::{Artist, TestApp, artist::Started, sse::names};
use futures_util::future::join_all;
use serde_json::{Value, json};
use squad::api;

async fn app() -> TestApp {
    TestApp::with(&[("SQUAD_ANSWER_CACHE", "1h")]).await
}

async fn calls(app: &TestApp) -> usize {
    app.fake.calls().await.len()
}

#[tokio::test]
async fn the_same_first_question_is_answered_at_once_and_for_nothing() {
    let app = app().await;
    app.fake.then(json!([{"text": "Post "}, {"text": "less."}])).await;
    let body = json!({"message": "How often do I post?", "coach": "peter"});
    let first = app.artist().chat(body.clone()).await;
    assert_eq!((&first["cached"], calls(&app).await), (&json!(false), 1));

    let other = app.artist();
    let events = other.stream(body.clone()).await.rest().await;
    assert_eq!(names(&events), ["generation", "delta", "done"]);
    assert_eq!(events[1].data["text"], "Post less.");
    let done = &events.last().unwrap().data;
    let nothing = json!({"input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0});
    assert_eq!(
        (&done["cached"], &done["cost_usd"], &done["usage"]),
        (&json!(true), &json!(0.0), &nothing)
    );
    let ids = Started::of(&events[0].data);
    assert_eq!(other.status(&ids.generation).await["cached"], true);
    let stored = &other.messages(&ids.conversation).await[1];
    assert_eq!(
        (&stored["cached"], &stored["content"], &stored["stop_reason"]),
        (&json!(true), &json!("Post less."), &first["stop_reason"])
    );
    let saved = "select saved = (select cost from messages where not cached and cost > 0) from messages where cached";
    assert_eq!(app.database.value(saved).await, "true", "it knows what it saved");
    assert_eq!(calls(&app).await, 1);

    let again = format!("/api/messages/{}/regenerate", ids.message);
    let again = Started::of(&other.post(&again, json!({})).await.ok(202));
    assert_eq!(other.finished(&again.generation).await["cached"], false);
    assert_eq!(calls(&app).await, 2, "who asks again wants another answer");
}

#[tokio::test]
async fn whatever_shapes_an_answer_makes_it_another_question() {
    let app = app().await;
    let (artist, other) = (app.artist(), app.artist());
    let body = json!({"message": "What now?", "coach": "luke"});
    let first = artist.chat(body.clone()).await;
    let mut asked = calls(&app).await;
    for (name, value) in [
        ("message", json!("What now")),
        ("coach", json!("april")),
        ("model", json!("claude-sonnet-5-5")),
    ] {
        let mut changed = body.clone();
        changed[name] = value;
        assert_eq!(artist.chat(changed).await["cached"], false, "{name}");
        asked += 1;
        assert_eq!(calls(&app).await, asked, "{name}");
    }
    // after a talk, a question is the artist's own, even when another's talk is the same to the letter
    let talk =
        |first: &Value| json!({"message": "And then?", "coach": "luke", "conversation_id": first["conversation_id"]});
    assert_eq!(artist.chat(talk(&first)).await["cached"], false);
    let same = other.chat(body.clone()).await;
    assert_eq!((&same["cached"], &same["content"]), (&json!(true), &first["content"]));
    assert_eq!(other.chat(talk(&same)).await["cached"], false);
    // and so is one that says who she is
    let sheet = json!({"artist_name": "Nina", "music_style": "", "spotify_url": "", "release_date": "",
        "identity_defined": false, "fan_base_started": false});
    for artist in [&artist, &other] {
        artist
            .on_page::<api::SaveProfile>(json!({"profile": sheet}))
            .await
            .unwrap();
        assert_eq!(artist.chat(body.clone()).await["cached"], false);
    }
    assert_eq!(artist.chat(body).await["cached"], true, "her own she gets again");
}

async fn both(artists: &[Artist], body: &Value) -> Vec<Started> {
    join_all(artists.iter().map(|artist| artist.generate(body.clone()))).await
}

#[tokio::test]
async fn the_same_question_at_once_is_asked_once() {
    let app = app().await;
    let artists = [app.artist(), app.artist(), app.artist()];
    app.fake.then(json!([{"hold": "asked"}, {"text": "Once"}])).await;
    let body = json!({"message": "All at once", "coach": "luke"});
    let turns = both(&artists, &body).await;
    app.fake.reached("asked").await;
    app.fake.release("asked").await;
    let mut cached = Vec::new();
    for (artist, ids) in artists.iter().zip(&turns) {
        cached.push(artist.finished(&ids.generation).await["cached"].clone());
        assert_eq!(artist.messages(&ids.conversation).await[1]["content"], "Once");
    }
    assert_eq!(calls(&app).await, 1);
    assert_eq!(cached.iter().filter(|cached| **cached == json!(true)).count(), 2);
}

#[tokio::test]
async fn who_asked_first_and_is_stopped_or_fails_lets_the_next_one_ask() {
    let app = app().await;
    let stopped = app.artist();
    app.fake.then(json!([{"text": "Half"}, {"hold": "asked"}])).await;
    let body = json!({"message": "All at once", "coach": "luke"});
    let first = stopped.generate(body.clone()).await;
    app.fake.reached("asked").await;
    let others = [app.artist(), app.artist()];
    let turns = both(&others, &body).await;
    app.fake.then(json!([{"status": 400}])).await;
    app.fake.then(json!([{"text": "Whole"}])).await;
    stopped
        .post(&format!("/api/chat/cancel/{}", first.generation), json!({}))
        .await
        .ok(200);
    let mut ends = Vec::new();
    for (artist, ids) in others.iter().zip(&turns) {
        ends.push(artist.finished(&ids.generation).await["status"].clone());
    }
    ends.sort_by_key(ToString::to_string);
    assert_eq!(json!(ends), json!(["completed", "failed"]));
    assert_eq!(calls(&app).await, 3);
}

#[tokio::test]
async fn what_is_no_whole_answer_is_not_kept() {
    let app = app().await;
    let artist = app.artist();
    let long: String = (0..60).map(|n| format!("word{n} ")).collect();
    for (message, scripts, asked) in [
        ("failed", json!([{"then": [{"status": 400}]}]), 1),
        ("refused", json!([{"then": [{"stop": "refusal"}]}]), 1),
        (
            "refused late",
            json!([{"then": [{"text": "I"}, {"stop": "refusal"}]}]),
            1,
        ),
        (
            "too long",
            json!([{"then": [{"text": "So"}, {"stop": "max_tokens"}]}]),
            1,
        ),
        (
            "resumed",
            json!([{"then": [{"text": long}, {"cut": true}]}, {"match": "Go on exactly", "then": [{"text": "the end."}]}]),
            2,
        ),
    ] {
        let before = calls(&app).await;
        app.fake.script(scripts).await;
        let body = json!({"message": message, "coach": "luke"});
        let ids = artist.generate(body.clone()).await;
        artist.finished(&ids.generation).await;
        assert_eq!(calls(&app).await, before + asked, "{message}");
        assert_eq!(artist.chat(body).await["cached"], false, "{message}");
        assert_eq!(calls(&app).await, before + asked + 1, "{message}");
    }
}

#[tokio::test]
async fn figures_are_counted_for_each_artist_alone() {
    let app = app().await;
    let (artist, other) = (app.artist(), app.artist());
    let nothing = json!({
        "generations": {"queued": 0, "running": 0, "completed": 0, "failed": 0, "cancelled": 0},
        "cache": {"hits": 0, "misses": 0, "hit_rate": 0.0},
        "tokens": {"input": 0, "output": 0, "cache_read": 0, "cache_write": 0},
        "cost_usd": 0.0,
    });
    assert_eq!(artist.get("/api/stats").await.ok(200), nothing);

    let body = json!({"message": "What now?", "coach": "luke"});
    let first = artist.chat(body.clone()).await;
    artist.chat(body.clone()).await;
    app.fake.then(json!([{"status": 400}])).await;
    artist
        .post("/api/chat", json!({"message": "fails"}))
        .await
        .problem(502, "provider_invalid");
    app.fake.then(json!([{"text": "Half"}, {"hold": "held"}])).await;
    let held = artist.generate(json!({"message": "held"})).await;
    app.fake.reached("held").await;
    let behind = json!({"message": "waits", "conversation_id": held.conversation});
    let behind = artist.generate(behind).await;
    let stats = artist.get("/api/stats").await.ok(200);
    assert_eq!(
        stats["generations"],
        json!({"queued": 1, "running": 1, "completed": 2, "failed": 1, "cancelled": 0})
    );
    assert_eq!(stats["cache"], json!({"hits": 1, "misses": 2, "hit_rate": 1.0 / 3.0}));
    let usage = &first["usage"];
    assert_eq!(
        stats["tokens"],
        json!({"input": usage["input_tokens"], "output": usage["output_tokens"],
            "cache_read": usage["cache_read_tokens"], "cache_write": usage["cache_write_tokens"]})
    );
    assert_eq!(stats["cost_usd"], first["cost_usd"]);

    for ids in [&behind, &held] {
        artist
            .post(&format!("/api/chat/cancel/{}", ids.generation), json!({}))
            .await
            .ok(200);
    }
    assert_eq!(artist.get("/api/stats").await.ok(200)["generations"]["cancelled"], 2);

    other.chat(body).await;
    let stats = other.get("/api/stats").await.ok(200);
    assert_eq!(
        (
            &stats["generations"]["completed"],
            &stats["cache"]["hits"],
            &stats["cost_usd"]
        ),
        (&json!(1), &json!(1), &json!(0.0)),
        "another artist's answers are not hers"
    );
}
