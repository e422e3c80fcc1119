//! Generations as durable runs.

use crate::support::{TestApp, artist::Started};
use serde_json::{Value, json};

fn step<'a>(workflow: &'a Value, name: &str) -> &'a Value {
    let steps = workflow["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap()
}

#[tokio::test]
async fn a_run_tells_its_steps_its_attempts_and_its_process() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!([
            {"then": [{"text": "Half"}, {"hold": "x"}, {"cut": true}]}, {"then": [{"text": "Whole"}]}
        ]))
        .await;
    let started = artist
        .post("/api/workflows/start", json!({"message": "Salut"}))
        .await
        .ok(202);
    assert_eq!(started["status"], "queued");
    let ids = Started::of(&started);
    let place = |what: &str| format!("/api/workflows/{}/{what}", ids.generation);
    app.fake.reached("x").await;
    let mut events = artist.follow(&ids.generation, 0).await;
    events.expect("generation").await;
    events.expect("delta").await;
    let running = artist.get(&place("status")).await.ok(200);
    assert_eq!(step(&running, "validated")["status"], "done");
    assert_eq!(step(&running, "generating")["status"], "running");
    assert_eq!(
        (
            &step(&running, "checkpointed")["count"],
            &step(&running, "saved")["status"]
        ),
        (&json!(1), &json!("waiting"))
    );
    artist.get(&place("result")).await.problem(409, "conflict");
    let process = running["process"].as_str().unwrap();
    assert!(process.ends_with(&format!(":{}", app.pid())), "{process}");
    app.fake.release("x").await;
    events.rest().await;

    let done = artist.get(&place("status")).await.ok(200);
    assert_eq!(done["attempts"], json!({"count": 2, "recoveries": 1, "takeovers": 0}));
    let state = artist.status(&ids.generation).await;
    for (field, value) in state.as_object().unwrap() {
        assert_eq!(&done[field], value, "{field}");
    }
    for (name, at) in [
        ("validated", "created_at"),
        ("generating", "started_at"),
        ("saved", "finished_at"),
    ] {
        let step = step(&done, name);
        assert_eq!((&step["status"], &step["at"]), (&json!("done"), &state[at]), "{name}");
    }
    let chunks = artist.get(&place("chunks")).await.ok(200);
    assert_eq!(
        chunks,
        artist
            .get(&format!("/api/chat/chunks/{}", ids.generation))
            .await
            .ok(200)
    );
    assert_eq!(step(&done, "checkpointed")["count"], chunks["next"]);
    let result = artist.get(&place("result")).await.ok(200);
    assert_eq!(
        (&result["content"], &result["generation_id"], &result["stop_reason"]),
        (&json!("Whole"), &json!(ids.generation), &json!("end_turn"))
    );
}

#[tokio::test]
async fn the_result_of_a_run_that_failed_or_was_cancelled_says_so() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"status": 400}])).await;
    let failed = Started::of(
        &artist
            .post("/api/workflows/start", json!({"message": "x"}))
            .await
            .ok(202),
    );
    artist.finished(&failed.generation).await;
    let result = artist
        .get(&format!("/api/workflows/{}/result", failed.generation))
        .await;
    result.problem(502, "provider_invalid");
    assert_eq!(Started::of(&result.json()), failed);
    app.fake.then(json!([{"hold": "for ever"}])).await;
    let stopped = Started::of(
        &artist
            .post("/api/workflows/start", json!({"message": "y"}))
            .await
            .ok(202),
    );
    app.fake.reached("for ever").await;
    let cancel = artist
        .post(&format!("/api/workflows/{}/cancel", stopped.generation), json!({}))
        .await;
    assert_eq!(cancel.ok(200)["status"], "cancelled");
    let result = artist
        .get(&format!("/api/workflows/{}/result", stopped.generation))
        .await;
    result.problem(409, "conflict");
}

#[tokio::test]
async fn the_list_is_walked_page_by_page_in_one_state_or_in_all() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let mut all = Vec::new();
    for number in 0..5 {
        if number % 2 == 1 {
            app.fake.then(json!([{"status": 400}])).await;
        }
        let answer = artist
            .post("/api/chat", json!({"message": format!("no. {number}")}))
            .await;
        all.push((
            Started::of(&answer.json()),
            if number % 2 == 1 { "failed" } else { "completed" },
        ));
    }
    all.reverse();
    app.artist().chat(json!({"message": "of somebody else"})).await;
    for status in ["", "failed", "completed", "running"] {
        let (mut cursor, mut walked) = (Value::Null, Vec::new());
        loop {
            let after = cursor.as_str().unwrap_or_default();
            let path = format!("/api/workflows/list?status={status}&limit=2&cursor={after}");
            let page = artist.get(&path).await.ok(200);
            let rows = page["workflows"].as_array().unwrap();
            assert!(rows.len() <= 2);
            walked.extend(rows.iter().map(|row| (Started::of(row), row["status"].clone())));
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        let expected: Vec<_> = all
            .iter()
            .filter(|(_, state)| status.is_empty() || *state == status)
            .map(|(ids, state)| (ids.clone(), json!(state)))
            .collect();
        assert_eq!(walked, expected, "{status}");
    }
    let deleted = format!("/api/conversations/{}", all[0].0.conversation);
    artist.send("DELETE", &deleted, json!({})).await;
    let left = artist.get("/api/workflows/list?limit=1000").await.ok(200);
    assert_eq!(left["workflows"].as_array().unwrap().len(), 4);
    for (query, field) in [("status=done", "status"), ("cursor=x", "cursor"), ("limit=x", "limit")] {
        let detail = artist
            .get(&format!("/api/workflows/list?{query}"))
            .await
            .problem(422, "invalid");
        assert!(detail.contains(field), "{query}: {detail}");
    }
}
