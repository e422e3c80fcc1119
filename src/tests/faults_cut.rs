//! A stream that dies after its first token: little is started again, much is kept and gone on with.

use crate::{
    faults::answer,
    support::{TestApp, sse::names},
};
use serde_json::{Value, json};

fn long() -> String {
    (0..40).map(|n| format!("word{n} ")).collect()
}

#[tokio::test]
async fn little_text_is_thrown_away_and_started_again() {
    for dies in [
        json!({"cut": true}),
        json!({"end": true}),
        json!({"garbage": "}{"}),
        json!({"error_event": {"type": "api_error"}}),
    ] {
        let app = TestApp::start().await;
        let script =
            json!([{"then": [{"text": "Wrong start"}, {"hold": "shown"}, dies]}, {"then": [{"text": "Right"}]}]);
        app.fake.release("shown").await;
        let (events, stored, calls) = answer(&app, script).await;
        assert_eq!(
            names(&events),
            ["generation", "delta", "reset", "delta", "done"],
            "{dies}"
        );
        assert_eq!(
            events.iter().find(|event| event.name == "reset").unwrap().data,
            json!({"attempt": 2})
        );
        assert_eq!(
            (&stored["content"], &stored["resumed"], calls),
            (&json!("Right"), &json!(true), 2),
            "{dies}"
        );
        assert_eq!(
            (&stored["usage"]["output_tokens"], &stored["cost_usd"]),
            (&Value::Null, &Value::Null),
            "the first call never told"
        );
        assert!(
            stored["usage"]["input_tokens"].is_i64(),
            "both calls told this: {}",
            stored["usage"]
        );
    }
}

#[tokio::test]
async fn much_text_is_kept_and_what_the_next_call_repeats_is_trimmed() {
    let app = TestApp::start().await;
    let start = long();
    let again = "word37 word38 word39 and then the end of it, which is new and long enough to be told from what was there before, \
                 and longer than any window in which a repetition is looked for.";
    let script = json!([{"then": [{"text": start}, {"hold": "shown"}, {"cut": true}]}, {"then": [{"text": again}]}]);
    app.fake.release("shown").await;
    let (events, stored, calls) = answer(&app, script).await;
    assert_eq!(names(&events), ["generation", "delta", "seam", "delta", "done"]);
    let expected = start.clone() + again.strip_prefix("word37 word38 word39 ").unwrap();
    assert_eq!(
        (&stored["content"], &stored["resumed"], calls),
        (&json!(expected), &json!(true), 2)
    );
    let prompt = app.fake.prompt(2).await;
    assert!(
        prompt.contains("word39") && prompt.contains("Go on exactly where it stops"),
        "{prompt}"
    );
    assert_eq!(stored["cost_usd"], Value::Null);
}

#[tokio::test]
async fn a_short_rest_after_a_seam_is_trimmed_too() {
    let app = TestApp::start().await;
    let start = long();
    let script = json!([{"then": [{"text": start}, {"hold": "shown"}, {"cut": true}]},
                        {"then": [{"text": "word38 "}, {"text": "word39 fin."}]}]);
    app.fake.release("shown").await;
    let (_, stored, _) = answer(&app, script).await;
    assert_eq!(stored["content"], start + "fin.");
}

#[tokio::test]
async fn a_stream_that_is_cut_three_times_fails_with_its_text_kept() {
    let app = TestApp::start().await;
    let (start, hold, cut) = (long(), json!({"hold": "shown"}), json!({"cut": true}));
    let more = |text: &str| format!("{text} {}", "x".repeat(200));
    let script = json!([
        {"then": [{"text": start}, hold, cut]},
        {"then": [{"text": more("second")}, hold, cut]},
        {"then": [{"text": more("third")}, hold, cut]},
        {"then": [{"text": "never asked"}]},
    ]);
    for _ in 0..3 {
        app.fake.release("shown").await;
    }
    let (events, stored, calls) = answer(&app, script).await;
    assert_eq!(
        names(&events),
        ["generation", "delta", "seam", "delta", "seam", "delta", "failed"]
    );
    assert_eq!(
        (events.last().unwrap().data["code"].as_str(), calls),
        (Some("provider_error"), 3)
    );
    assert_eq!(stored["content"], start + &more("second") + &more("third"));
    assert_eq!(
        (&stored["status"], &stored["cost_usd"]),
        (&json!("failed"), &Value::Null)
    );
}

#[tokio::test]
async fn a_provider_that_says_no_after_a_cut_leaves_the_text_there_is() {
    let app = TestApp::start().await;
    let start = long();
    let script = json!([{"then": [{"text": start}, {"hold": "shown"}, {"cut": true}]}, {"then": [{"status": 400}]}]);
    app.fake.release("shown").await;
    let (events, stored, calls) = answer(&app, script).await;
    assert_eq!(
        (names(&events), calls),
        (vec!["generation", "delta", "seam", "failed"], 2)
    );
    assert_eq!(
        (&stored["content"], &stored["status"]),
        (&json!(start), &json!("failed"))
    );
}
