//! Figures, log and health: right numbers, ids everywhere, and nobody's words.

use crate::support::TestApp;
use serde_json::{Value, json};

const TOKEN: &str = "the-token-of-the-owner-of-this-squad";
const ASKED: &str = "zebrawort";
const ANSWERED: &str = "quaggawort";

/// The value of a line that begins with `name` and holds all of `labels`.
#[track_caller]
fn figure(text: &str, name: &str, labels: &[&str]) -> f64 {
    let line = text.lines().find(|line| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' '])) && labels.iter().all(|label| line.contains(label))
    });
    let line = line.unwrap_or_else(|| panic!("{name} {labels:?} is not in\n{text}"));
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn figures_count_what_happened() {
    let app = TestApp::with(&[("SQUAD_ANSWER_CACHE", "1h")]).await;
    let artist = app.artist();
    app.fake
        .script(json!([
            {"match": ASKED, "then": [{"text": ANSWERED}]},
            {"match": "failing", "then": [{"status": 400}]},
            {"match": "waiting", "then": [{"text": "x"}, {"hold": "waiting"}]},
        ]))
        .await;
    artist.chat(json!({"message": ASKED})).await;
    app.artist().chat(json!({"message": ASKED})).await;
    artist.post("/api/chat", json!({"message": "failing"})).await;
    let live = artist.generate(json!({"message": "waiting"})).await;
    app.fake.reached("waiting").await;
    let queued = json!({"message": "behind it", "conversation_id": live.conversation});
    artist.generate(queued).await;
    let text = artist.get("/metrics").await.text;
    let generations = "squad_generations_total";
    let model = "model=\"claude-haiku-5-5\"";
    assert_eq!(
        figure(
            &text,
            generations,
            &["state=\"completed\"", "provider=\"anthropic\"", model]
        ),
        2.0
    );
    assert_eq!(figure(&text, generations, &["state=\"failed\""]), 1.0);
    assert_eq!(figure(&text, "squad_generations", &["state=\"running\""]), 1.0);
    assert_eq!(figure(&text, "squad_generations", &["state=\"queued\""]), 1.0);
    assert_eq!(
        figure(&text, "squad_queue_age_seconds", &[]),
        0.0,
        "it waits for its turn, not for a runner"
    );
    assert_eq!(figure(&text, "squad_cache_total", &["result=\"hit\""]), 1.0);
    assert_eq!(
        figure(
            &text,
            "squad_provider_errors_total",
            &["code=\"provider_invalid\"", "provider=\"anthropic\""]
        ),
        1.0
    );
    assert_eq!(figure(&text, "squad_generation_duration_seconds_count", &[]), 3.0);
    assert_eq!(figure(&text, "squad_time_to_first_token_seconds_count", &[]), 2.0);
    assert!(figure(&text, "squad_tokens_total", &["kind=\"output\""]) > 0.0);
    let told: f64 = app
        .database
        .value("select sum(cost) from messages")
        .await
        .parse()
        .unwrap();
    assert!((figure(&text, "squad_cost_usd_total", &[]) - told).abs() < 1e-9 && told > 0.0);
    assert!(figure(&text, "squad_log_commit_seconds_count", &[]) >= 3.0);
    assert!(figure(&text, "squad_log_lag_seconds", &[]) < 5.0);
    assert!(figure(&text, "squad_db_connections", &["pool=\"artists\"", "state=\"idle\""]) > 0.0);
    assert!(figure(&text, "process_resident_memory_bytes", &[]) > 1e6);
    assert!(figure(&text, "process_start_time_seconds", &[]) > 1.7e9);
    artist
        .post(&format!("/api/chat/cancel/{}", live.generation), json!({}))
        .await
        .ok(200);
    let text = artist.get("/metrics").await.text;
    assert_eq!(figure(&text, generations, &["state=\"cancelled\""]), 1.0);
    assert!(!text.contains(ASKED) && !text.contains(ANSWERED));
}

#[tokio::test]
async fn what_waits_is_as_old_as_the_oldest_whose_turn_it_is_whatever_the_clocks_say() {
    // nobody claims anything: the engine has no server
    let app = TestApp::with(&[("TEMPORAL_ADDRESS", "http://127.0.0.1:9")]).await;
    let artist = app.artist();
    let first = artist.generate(json!({"message": "first"})).await;
    let second = json!({"message": "second", "conversation_id": first.conversation});
    let second = artist.generate(second).await;
    let aged = async |generation: &str| {
        let back = "update generations set created_at = now()";
        app.database.run(back).await;
        let id = format!("{back} - interval '1 hour' where id = '{generation}'");
        app.database.run(&id).await;
        figure(&artist.get("/metrics").await.text, "squad_queue_age_seconds", &[])
    };
    assert!(aged(&first.generation).await >= 3600.0);
    assert!(aged(&second.generation).await < 60.0, "it waits for its turn");
    // as if the first one's process had a clock that is behind: its id is the smaller one, and it was stored later
    app.database.run("update generations set place = 3 - place").await;
    assert!(aged(&first.generation).await < 60.0);
    assert!(aged(&second.generation).await >= 3600.0);
}

#[tokio::test]
async fn figures_are_read_on_the_machine_itself_or_with_the_owners_token() {
    let app = TestApp::with(&[("SQUAD_OWNER_TOKEN", TOKEN)]).await;
    let artist = app.artist();
    artist.get("/metrics").await;
    assert_eq!(artist.cookie(), None);
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("via", "1.1 proxy"),
        ("host", "squad.example.org"),
        ("host", "127.0.0.1.example.org:80"),
    ] {
        let ask = || artist.request("GET", "/metrics").header(name, value);
        artist.call(ask()).await.problem(401, "unauthorized");
        artist
            .call(ask().bearer_auth("sqd_nothing"))
            .await
            .problem(401, "unauthorized");
        let owner = artist.call(ask().bearer_auth(TOKEN)).await;
        assert!(
            owner.status == 200 && owner.text.contains("squad_db_connections"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_log_names_request_and_answer_and_holds_no_words() {
    for format in ["text", "json"] {
        let app = TestApp::with(&[("SQUAD_LOG", "squad=trace"), ("SQUAD_LOG_FORMAT", format)]).await;
        let artist = app.artist();
        let quoted =
            json!({"type": "error", "error": {"type": "api_error", "message": format!("no answer to {ASKED} please")}});
        app.fake
            .script(json!([
                {"match": ASKED, "then": [{"status": 500, "headers": {"retry-after": "0"}, "body": quoted}]},
                {"match": ASKED, "then": [{"text": format!("{ANSWERED} at first")}, {"error_event": {"type": "api_error", "message": ASKED}}]},
                {"match": ASKED, "then": [{"text": format!("{ANSWERED} whole")}]},
            ]))
            .await;
        let request = artist.request("POST", "/api/chat").header("x-request-id", "mine-7");
        let answer = artist.call(request.json(&json!({"message": ASKED}))).await;
        assert_eq!(answer.header("x-request-id"), Some("mine-7"));
        let generation = answer.ok(200)["generation_id"].as_str().unwrap().to_string();
        let forged = artist
            .request("GET", "/api/conversations")
            .header("x-request-id", "a b");
        let made = artist.call(forged).await;
        assert_eq!(
            made.header("x-request-id").unwrap().len(),
            36,
            "one that could break a line is replaced"
        );
        app.logged("\"GET /api/conversations\"").await;
        let refused = artist.request("GET", "/api/nothing").header("x-request-id", "mine-8");
        assert_eq!(artist.call(refused).await.json()["request_id"], "mine-8");
        let log = app.log();
        assert!(log.contains("the provider failed") && log.contains("answered"), "{log}");
        assert!(!log.contains(ASKED) && !log.contains(ANSWERED), "{log}");
        let failed = log.lines().find(|line| line.contains("the provider failed")).unwrap();
        let told = log
            .lines()
            .find(|line| line.contains("answered") && line.contains("mine-7"))
            .unwrap();
        if format == "json" {
            let [failed, told] = [failed, told].map(|line| serde_json::from_str::<Value>(line).unwrap());
            let run = |span: &Value| span["name"] == "run" && span["generation"] == json!(generation);
            assert!(failed["spans"].as_array().unwrap().iter().any(run), "{failed}");
            assert_eq!(
                (&told["span"]["id"], &told["fields"]["status"]),
                (&json!("mine-7"), &json!(200))
            );
            assert_eq!(told["span"]["route"], "/api/chat");
        } else {
            assert!(failed.contains(&generation), "{failed}");
        }
    }
}

#[tokio::test]
async fn health_tells_a_provider_that_fails_until_it_answers() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "failing", "then": [{"status": 401}]}))
        .await;
    artist.post("/api/chat", json!({"message": "failing"})).await;
    let health = artist.get("/health").await.ok(200);
    assert_eq!(health["status"], "degraded");
    let told = health["parts"]["providers"].as_str().unwrap();
    assert!(told.starts_with("down: anthropic provider_auth at 20"), "{told}");
    artist.chat(json!({"message": "fine"})).await;
    let health = artist.get("/health").await.ok(200);
    assert_eq!(
        (&health["status"], &health["parts"]["providers"]),
        (&json!("ok"), &json!("ok"))
    );
}

#[tokio::test]
async fn an_answer_that_waits_for_the_one_before_it_is_no_alarm() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "held", "then": [{"text": "x"}, {"hold": "held"}]}))
        .await;
    let live = artist.generate(json!({"message": "held"})).await;
    app.fake.reached("held").await;
    let behind = json!({"message": "behind it", "conversation_id": live.conversation});
    let behind = artist.generate(behind).await;
    let age = |id: &str| format!("update generations set created_at = now() - interval '5 minutes' where id = '{id}'");
    app.database.run(&age(&behind.generation)).await;
    assert_eq!(
        artist.get("/health").await.ok(200)["parts"]["engine"],
        "ok",
        "it waits for the one before it"
    );
}
