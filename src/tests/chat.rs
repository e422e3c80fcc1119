//! One message and its answer: whole, as a stream, and looked at while it runs.

use crate::support::{
    TestApp,
    artist::Started,
    sse::{names, shown},
};
use serde_json::{Value, json};

/// What the model was told in call number `number` (from 0), message by message.
async fn talk(app: &TestApp, number: usize) -> Vec<String> {
    let messages = app.fake.calls().await[number]["body"]["messages"].clone();
    messages.as_array().unwrap().iter().map(Value::to_string).collect()
}

#[tokio::test]
async fn a_prompt_has_the_talk_from_its_start_to_the_question_and_what_is_known_of_the_artist() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for number in ["one", "two", "three", "four"] {
        app.fake.then(json!([{"text": format!("answer {number}")}])).await;
    }
    let first = Started::of(&artist.chat(json!({"message": "question one"})).await);
    let go_on = |text: &str| json!({"message": text, "conversation_id": first.conversation});
    app.database
        .run("insert into profiles (user_id, artist_name) select user_id, 'Nina' from conversations")
        .await;
    artist.chat(go_on("question two")).await;
    artist.chat(go_on("question three")).await;
    app.database
        .run("update conversations set context_start_id = (select id from messages where content = 'question two')")
        .await;
    artist.chat(go_on("question four")).await;
    let all = [
        "question one",
        "answer one",
        "question two",
        "answer two",
        "question three",
        "answer three",
        "question four",
    ];
    for (call, expected) in [(0, &all[..1]), (1, &all[..3]), (2, &all[..5]), (3, &all[2..])] {
        let told = talk(&app, call).await;
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.contains(expected), "{told} is not {expected}");
        }
        let known = told.last().unwrap().contains("name: Nina");
        assert_eq!(known, call > 0, "{told:?}");
    }
}

#[tokio::test]
async fn a_whole_answer_has_every_field_of_the_contract() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(
            json!([{"text": "Bonjour "}, {"text": "à toi"}, {"usage": {"input_tokens": 1000, "output_tokens": 2000,
                      "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}}]),
        )
        .await;
    let answer = artist
        .chat(json!({"message": "Salut", "coach": "luke", "unknown": {"field": [1]}}))
        .await;
    for (field, value) in [
        ("coach", json!("luke")),
        ("content", json!("Bonjour à toi")),
        ("provider", json!("anthropic")),
        ("model", json!("claude-haiku-5-5")),
        ("stop_reason", json!("end_turn")),
        ("cached", json!(false)),
        (
            "usage",
            json!({"input_tokens": 1000, "output_tokens": 2000, "cache_read_tokens": 0, "cache_write_tokens": 0}),
        ),
        // 0.10 and 0.50 dollars a million
        ("cost_usd", json!(0.0011)),
    ] {
        assert_eq!(answer[field], value, "{field}");
    }
    let first = answer["time_to_first_token_ms"].as_i64().unwrap();
    assert!(
        first >= 0 && answer["duration_ms"].as_i64().unwrap() >= first,
        "{answer}"
    );

    let ids = Started::of(&answer);
    let stored = artist.messages(&ids.conversation).await;
    assert_eq!(
        (&stored[0]["role"], &stored[0]["content"]),
        (&json!("user"), &json!("Salut"))
    );
    assert_eq!(
        (&stored[1]["id"], &stored[1]["parent_id"]),
        (&answer["message_id"], &stored[0]["id"])
    );
    for field in [
        "content",
        "coach",
        "usage",
        "cost_usd",
        "time_to_first_token_ms",
        "duration_ms",
        "stop_reason",
    ] {
        assert_eq!(stored[1][field], answer[field], "{field}");
    }
    assert_eq!(stored[1]["routing"]["by"], "artist");
    assert_eq!(stored[1]["siblings"], json!([answer["message_id"]]));
    let times = stored.iter().map(|message| message["created_at"].as_str().unwrap());
    assert!(
        times.clone().all(|time| time.ends_with('Z')),
        "UTC: {:?}",
        times.collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_stream_begins_with_its_generation_and_counts_its_events_from_one() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "One "}, {"hold": "a"}, {"text": "two "}, {"hold": "b"}, {"chop": 3}, {"text": "trois é🎙"}]))
        .await;
    let mut live = artist.stream(json!({"message": "Salut", "coach": "peter"})).await;
    let info = live.expect("generation").await;
    assert_eq!(
        (info.id, &info.data["coach"], &info.data["handoff"]),
        (None, &json!("peter"), &Value::Null)
    );
    assert_eq!(info.data["provider"], "anthropic");
    let ids = Started::of(&info.data);
    let one = live.expect("delta").await;
    assert_eq!(
        (one.id, &one.data),
        (Some(1), &json!({"text": "One "})),
        "shown before the next word is there"
    );

    let status = artist.status(&ids.generation).await;
    assert_eq!(
        (&status["status"], &status["chunks"], &status["attempt"]),
        (&json!("running"), &json!(1), &json!(1))
    );
    let progress = status["progress"].as_f64().unwrap();
    assert!((0.0..1.0).contains(&progress) && status["finished_at"].is_null() && status.get("error").is_none());
    let so_far = artist.messages(&ids.conversation).await;
    assert_eq!(
        (&so_far[1]["content"], &so_far[1]["status"]),
        (&json!("One "), &json!("streaming"))
    );
    let chunks = artist
        .get(&format!("/api/chat/chunks/{}?after=0", ids.generation))
        .await
        .ok(200);
    let expected = json!({"chunks": [{"seq": 1, "kind": "delta", "text": "One "}], "next": 1, "status": "running"});
    assert_eq!(chunks, expected);

    app.fake.release("a").await;
    app.fake.release("b").await;
    let mut events = vec![info, one];
    events.extend(live.rest().await);
    let (text, end) = shown(String::new(), 0, &events);
    assert_eq!(
        (text.as_str(), names(&events)),
        ("One two trois é🎙", vec!["generation", "delta", "done"])
    );
    for field in [
        "stop_reason",
        "cached",
        "usage",
        "cost_usd",
        "time_to_first_token_ms",
        "duration_ms",
    ] {
        assert!(end.data.get(field).is_some(), "{field}: {}", end.data);
    }

    let status = artist.status(&ids.generation).await;
    assert_eq!(
        (&status["status"], &status["progress"]),
        (&json!("completed"), &json!(1.0))
    );
    assert_eq!(status["chunks"].as_i64(), end.id);
    for time in ["created_at", "started_at", "first_token_at", "finished_at"] {
        assert!(status[time].is_string(), "{time}: {status}");
    }
    let all = artist
        .get(&format!("/api/chat/chunks/{}", ids.generation))
        .await
        .ok(200);
    assert_eq!((all["next"].as_i64(), &all["status"]), (end.id, &json!("completed")));
    let nothing = artist
        .get(&format!(
            "/api/chat/chunks/{}?after={}",
            ids.generation,
            end.id.unwrap()
        ))
        .await
        .ok(200);
    assert_eq!((&nothing["chunks"], nothing["next"].as_i64()), (&json!([]), end.id));
}

#[tokio::test]
async fn generate_answers_at_once_and_the_answer_comes_without_a_reader() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"hold": "start"}, {"text": "Without anybody"}]))
        .await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    app.fake.reached("start").await;
    app.fake.release("start").await;
    assert_eq!(artist.finished(&ids.generation).await["status"], "completed");
    assert_eq!(
        artist.messages(&ids.conversation).await[1]["content"],
        "Without anybody"
    );
}

#[tokio::test]
async fn a_reader_who_leaves_stops_nothing() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "Before "}, {"hold": "gone"}, {"text": "after"}]))
        .await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let ids = Started::of(&live.expect("generation").await.data);
    live.expect("delta").await;
    drop(live);
    app.fake.release("gone").await;
    assert_eq!(artist.finished(&ids.generation).await["status"], "completed");
    assert_eq!(artist.messages(&ids.conversation).await[1]["content"], "Before after");
    assert_eq!(app.fake.ended(1).await["disconnected"], false);
}

#[tokio::test]
async fn the_question_is_stored_before_the_provider_is_asked() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"hold": "asked"}])).await;
    artist.generate(json!({"message": "Kept"})).await;
    app.fake.reached("asked").await;
    assert_eq!(
        app.database
            .value("select content from messages where role = 'user'")
            .await,
        "Kept"
    );
}

#[tokio::test]
async fn a_temperature_the_model_refuses_never_reaches_it() {
    let app = TestApp::start().await;
    let artist = app.artist();
    artist
        .chat(json!({"message": "Salut", "temperature": 0.7, "model": "claude-haiku-5-5"}))
        .await;
    let calls = app.fake.calls().await;
    assert!(calls[0]["body"].get("temperature").is_none(), "{}", calls[0]["body"]);
}

#[tokio::test]
async fn an_edited_question_becomes_a_branch_beside_the_former_one() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = artist.chat(json!({"message": "First words"})).await;
    let conversation = first["conversation_id"].as_str().unwrap();
    let before = artist.messages(conversation).await;
    let second = json!({"message": "Second words", "conversation_id": conversation, "edits": before[0]["id"]});
    let second = artist.chat(second).await;
    let shown = artist.messages(conversation).await;
    assert_eq!(shown.len(), 2);
    assert_eq!(
        (&shown[0]["content"], &shown[1]["id"]),
        (&json!("Second words"), &second["message_id"])
    );
    assert_eq!(shown[0]["siblings"], json!([before[0]["id"], shown[0]["id"]]));
    assert!(
        !app.fake.prompt(2).await.contains("First words"),
        "the former branch is not in the prompt"
    );

    let back = json!({"active_leaf_id": first["message_id"]});
    artist
        .send("PATCH", &format!("/api/conversations/{conversation}"), back)
        .await
        .ok(200);
    assert_eq!(artist.messages(conversation).await[1]["id"], first["message_id"]);
}

#[tokio::test]
async fn the_squad_is_listed_in_the_callers_language() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ask = |language: &'static str| {
        artist.call(
            artist
                .request("GET", "/api/coaches")
                .header("accept-language", language),
        )
    };
    let (french, english) = (ask("fr").await.ok(200), ask("en").await.ok(200));
    let ids: Vec<_> = french["coaches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|coach| coach["id"].clone())
        .collect();
    assert_eq!(
        json!(ids),
        json!(["marty", "luke", "peter", "riplay", "april", "clarice"])
    );
    for field in [
        "id",
        "name",
        "emoji",
        "role",
        "colour",
        "field",
        "prerequisites",
        "starters",
    ] {
        assert!(!french["coaches"][4][field].is_null(), "{field}");
    }
    assert_ne!(french["coaches"][1]["starters"], english["coaches"][1]["starters"]);
}
