//! A provider that does not answer: what the reader sees, what is stored, and how often it was asked.

use crate::support::{
    TestApp,
    artist::Started,
    sse::{Event, names, shown},
};
use serde_json::{Value, json};

/// One answer to the end: its events, its message as stored, and the provider calls it took.
pub async fn answer(app: &TestApp, script: Value) -> (Vec<Event>, Value, usize) {
    app.fake.script(script).await;
    let artist = app.artist();
    let events = artist
        .stream(json!({"message": "Salut", "coach": "luke"}))
        .await
        .rest()
        .await;
    let ids = Started::of(&events[0].data);
    let messages = artist.messages(&ids.conversation).await;
    assert_eq!(messages.len(), 2, "one question, one answer");
    let (text, end) = shown(String::new(), 0, &events);
    assert_eq!(messages[1]["content"], text, "what was shown is what is stored");
    let log = format!(
        "select count(*) from generation_chunks where generation_id = '{}'",
        ids.generation
    );
    assert_eq!(app.database.value(&log).await, end.id.unwrap().to_string());
    let status = artist.status(&ids.generation).await;
    let state = if end.name == "done" {
        "completed"
    } else {
        end.name.as_str()
    };
    assert_eq!(status["status"], state);
    if end.name == "failed" {
        assert_eq!((&status["error"], &messages[1]["error"]), (&end.data, &end.data));
    }
    (events, messages[1].clone(), app.fake.calls().await.len())
}

const SOON: &str = "1";

#[tokio::test]
async fn a_refusal_that_will_not_change_is_told_at_once() {
    let spend = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "spend", "details": {"error_code": "spend_limit"}}});
    for (refusal, code, status) in [
        (json!({"status": 401}), "provider_auth", 502),
        (json!({"status": 400}), "provider_invalid", 502),
        (json!({"status": 404}), "provider_invalid", 502),
        (
            json!({"status": 429, "headers": {"retry-after": "1"}, "body": spend}),
            "provider_rate_limited",
            503,
        ),
        (
            json!({"status": 529, "headers": {"x-should-retry": "false"}}),
            "provider_overloaded",
            503,
        ),
        (
            json!({"status": 429, "headers": {"retry-after": "3600"}}),
            "provider_rate_limited",
            503,
        ),
    ] {
        let app = TestApp::start().await;
        let (events, stored, calls) = answer(&app, json!({"then": [refusal]})).await;
        assert_eq!((names(&events), calls), (vec!["generation", "failed"], 1), "{refusal}");
        let problem = &events[1].data;
        assert_eq!(
            (&problem["code"], &problem["status"]),
            (&json!(code), &json!(status)),
            "{refusal}"
        );
        for id in [
            "generation_id",
            "conversation_id",
            "message_id",
            "detail",
            "title",
            "type",
            "request_id",
        ] {
            assert!(
                problem[id].as_str().is_some_and(|text| !text.is_empty()),
                "{id}: {problem}"
            );
        }
        assert_eq!(
            (&stored["status"], &stored["content"], &stored["cost_usd"]),
            (&json!("failed"), &json!(""), &Value::Null)
        );
        assert!(
            !problem.to_string().contains("by the script"),
            "a provider's own words are for the log: {problem}"
        );

        app.fake.script(json!({"then": [refusal]})).await;
        let whole = app.artist().post("/api/chat", json!({"message": "Salut"})).await;
        whole.problem(status, code);
        assert!(whole.json()["generation_id"].is_string());
    }
}

#[tokio::test]
async fn a_refusal_that_passes_is_waited_out_and_nothing_is_doubled() {
    for (refusal, times) in [
        (json!({"status": 429, "headers": {"retry-after-ms": SOON}}), 1),
        (json!({"status": 529, "headers": {"retry-after-ms": SOON}}), 2),
        (json!({"error_event": {"type": "overloaded_error"}}), 2),
        (json!({"cut": true}), 1),
        (
            json!({"garbage": "{\"type\": \"content_block_delta\", \"delta\": 7"}),
            1,
        ),
    ] {
        let app = TestApp::start().await;
        let again = json!([{"times": times, "then": [refusal]}, {"then": [{"text": "At last"}]}]);
        let (events, stored, calls) = answer(&app, again).await;
        assert_eq!(names(&events), ["generation", "delta", "done"], "{refusal}");
        assert_eq!((&stored["content"], calls), (&json!("At last"), times + 1), "{refusal}");
        assert_eq!(stored["resumed"], false, "nothing had been shown: {refusal}");
    }
}

#[tokio::test]
async fn a_provider_that_never_recovers_is_asked_three_times() {
    for (refusal, code) in [
        (
            json!({"status": 500, "headers": {"retry-after-ms": SOON}}),
            "provider_error",
        ),
        (
            json!({"status": 529, "headers": {"retry-after-ms": SOON}}),
            "provider_overloaded",
        ),
        (
            json!({"status": 504, "headers": {"retry-after-ms": SOON}}),
            "provider_timeout",
        ),
    ] {
        let app = TestApp::start().await;
        let (events, stored, calls) = answer(&app, json!({"times": 9, "then": [refusal]})).await;
        assert_eq!((names(&events), calls), (vec!["generation", "failed"], 3), "{refusal}");
        assert_eq!(
            (&events[1].data["code"], &stored["content"]),
            (&json!(code), &json!(""))
        );
        assert_eq!(stored["usage"]["output_tokens"], Value::Null);
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_at_all_is_a_failed_answer() {
    let app = TestApp::with(&[("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")]).await;
    let artist = app.artist();
    let events = artist.stream(json!({"message": "Salut"})).await.rest().await;
    assert_eq!(
        (names(&events), &events[1].data["code"]),
        (vec!["generation", "failed"], &json!("provider_error"))
    );
    let detail = events[1].data["detail"].as_str().unwrap();
    assert!(!detail.contains("127.0.0.1"), "no internals: {detail}");
}

#[tokio::test]
async fn a_refusal_of_the_model_is_a_failure_only_when_it_said_nothing() {
    let app = TestApp::start().await;
    let (events, _, calls) = answer(&app, json!({"then": [{"stop": "refusal"}]})).await;
    assert_eq!((names(&events), calls), (vec!["generation", "failed"], 1));
    assert_eq!(events[1].data["code"], "provider_refused");

    let (events, stored, _) = answer(
        &app,
        json!({"then": [{"text": "I would rather not."}, {"stop": "refusal"}]}),
    )
    .await;
    assert_eq!(names(&events), ["generation", "delta", "done"]);
    assert_eq!(
        (&stored["stop_reason"], &stored["status"]),
        (&json!("refusal"), &json!("complete"))
    );

    let (events, _, _) = answer(&app, json!({"then": [{"stop": "end_turn"}]})).await;
    assert_eq!(
        (names(&events), &events[1].data["code"]),
        (vec!["generation", "failed"], &json!("provider_error"))
    );
}

#[tokio::test]
async fn an_answer_at_the_models_limit_is_complete_and_says_so() {
    let app = TestApp::start().await;
    let (events, stored, calls) = answer(&app, json!({"then": [{"text": "So far"}, {"stop": "max_tokens"}]})).await;
    assert_eq!(
        (events.last().unwrap().data["stop_reason"].as_str(), calls),
        (Some("max_tokens"), 1)
    );
    assert_eq!(
        (&stored["stop_reason"], &stored["status"]),
        (&json!("max_tokens"), &json!("complete"))
    );
}

#[tokio::test]
async fn thinking_pings_and_split_bytes_do_not_show() {
    let app = TestApp::start().await;
    let steps = json!([{"chop": 1}, {"thinking": "secret thoughts"}, {"ping": true}, {"text": "é🎙 "}, {"ping": true},
                       {"thinking": "more of them"}, {"text": "fin"}]);
    let (events, stored, _) = answer(&app, json!({"then": steps})).await;
    assert_eq!(names(&events), ["generation", "delta", "done"]);
    assert_eq!(stored["content"], "é🎙 fin");
}

#[tokio::test]
async fn a_nul_in_the_answer_is_dropped_and_the_rest_is_kept() {
    let app = TestApp::start().await;
    let (_, stored, calls) = answer(
        &app,
        json!({"then": [{"text": "a\u{0}b"}, {"text": "\u{0}"}, {"text": "c"}]}),
    )
    .await;
    assert_eq!((&stored["content"], calls), (&json!("abc"), 1));
}

#[tokio::test]
async fn what_a_provider_does_not_tell_is_null_and_so_is_the_cost() {
    let app = TestApp::start().await;
    let (events, stored, _) = answer(&app, json!({"then": [{"text": "Done"}, {"usage": null}]})).await;
    let done = &events.last().unwrap().data;
    assert_eq!(
        (&done["usage"]["output_tokens"], &done["cost_usd"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!((&stored["usage"], &stored["cost_usd"]), (&done["usage"], &Value::Null));
    let (events, _, _) = answer(&app, json!({"then": [{"text": "Done"}]})).await;
    assert!(
        events.last().unwrap().data["cost_usd"].is_f64(),
        "known when everything was told"
    );
}

#[tokio::test]
async fn a_model_without_a_price_costs_null_and_never_zero() {
    let app = TestApp::with(&[("SQUAD_MODEL", "claude-fable-9")]).await;
    let (events, stored, _) = answer(&app, json!({"then": [{"text": "Done"}]})).await;
    assert_eq!(
        (&events.last().unwrap().data["cost_usd"], &stored["cost_usd"]),
        (&Value::Null, &Value::Null)
    );
    assert!(
        stored["usage"]["output_tokens"].is_i64() && stored["model"] == "claude-fable-9",
        "{stored}"
    );
}
