//! The door for programs that speak OpenAI's API, byte by byte; `sdk` holds the official clients against it.

use crate::support::{Answer, Artist, Fake, TestApp};
use serde_json::{Value, json};

const PATH: &str = "/v1/chat/completions";

fn ask(text: &str) -> Value {
    json!({"model": "squad/auto", "messages": [{"role": "user", "content": text}]})
}

fn streamed(mut body: Value) -> Value {
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    body
}

#[track_caller]
fn refused(answer: &Answer, status: u16, kind: &str, code: &str) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    let error = answer.ok(status)["error"].clone();
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!(kind), &json!(code)),
        "{error}"
    );
    assert!(
        error["message"].as_str().is_some_and(|text| !text.is_empty()),
        "{error}"
    );
    error
}

/// The data of all events, and the text of their chunks.
fn heard(answer: &Answer) -> (Vec<String>, String) {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/event-stream")),
        "{answer:?}"
    );
    let data = answer.text.lines().filter_map(|line| line.strip_prefix("data: "));
    let data: Vec<_> = data.map(str::to_string).collect();
    let text = data.iter().filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let text = text.filter_map(|chunk| Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_string()));
    let text = text.collect();
    (data, text)
}

/// What the model was told in call `number`, its own prompt left out.
async fn turns(fake: &Fake, number: usize) -> Vec<(String, String)> {
    let calls = fake.calls().await;
    let turns = calls[number - 1]["body"]["messages"].as_array().unwrap().clone();
    let text = |content: &Value| match content.as_array() {
        Some(blocks) => blocks.iter().map(|block| block["text"].as_str().unwrap()).collect(),
        None => content.as_str().unwrap().to_string(),
    };
    let turns = turns
        .iter()
        .map(|turn| (turn["role"].as_str().unwrap().to_string(), text(&turn["content"])));
    turns.collect()
}

#[tokio::test]
async fn whole_and_streamed_the_answer_is_the_same_and_has_its_usage() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let script = json!([{"text": "Bon"}, {"text": "jour « toi »"}, {"stop": "max_tokens"}]);
    app.fake.then(script.clone()).await;
    let whole = program
        .post(PATH, ask("Comment gagner des abonnés sur Instagram ?"))
        .await
        .ok(200);
    assert_eq!(whole["object"], "chat.completion");
    assert_eq!(whole["model"], "squad/peter", "squad/auto routes");
    let choice = &whole["choices"][0];
    assert_eq!(
        (
            &choice["message"]["role"],
            &choice["message"]["content"],
            &choice["finish_reason"]
        ),
        (&json!("assistant"), &json!("Bonjour « toi »"), &json!("length"))
    );
    let usage = &whole["usage"];
    let count = |name: &str| usage[name].as_i64().unwrap();
    assert!(count("prompt_tokens") > 0 && count("completion_tokens") > 0);
    assert_eq!(
        count("total_tokens"),
        count("prompt_tokens") + count("completion_tokens")
    );

    app.fake.then(script.clone()).await;
    let body = streamed(ask("Comment gagner des abonnés sur Instagram ?"));
    let (data, text) = heard(&program.post(PATH, body.clone()).await);
    assert_eq!(text, "Bonjour « toi »");
    assert_eq!(data.last().unwrap(), "[DONE]");
    let chunks: Vec<Value> = data[..data.len() - 1]
        .iter()
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    for chunk in &chunks {
        assert_eq!(
            (&chunk["object"], &chunk["model"], &chunk["id"]),
            (&json!("chat.completion.chunk"), &json!("squad/peter"), &chunks[0]["id"])
        );
        assert!(chunk["created"].as_i64().unwrap() > 1_700_000_000);
    }
    let [.., end, last] = &chunks[..] else {
        panic!("{chunks:?}")
    };
    assert_eq!(
        (&end["choices"][0]["finish_reason"], &end["usage"]),
        (&json!("length"), &Value::Null)
    );
    assert_eq!(last["choices"], json!([]));
    assert_eq!(last["usage"]["total_tokens"], usage["total_tokens"]);

    // without the wish there is no word of usage
    app.fake.then(script).await;
    let mut plain = body;
    plain.as_object_mut().unwrap().remove("stream_options");
    let (data, _) = heard(&program.post(PATH, plain).await);
    assert!(data.iter().all(|data| !data.contains("usage")), "{data:?}");
}

#[tokio::test]
async fn the_callers_talk_is_the_prompt_and_a_conversation_of_its_own() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let body = json!({"model": "squad/luke", "temperature": 0.3, "max_tokens": 7, "n": 1, "tools": [], "user": "x", "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "My name "}, {"type": "text", "text": "is Ana."}]},
        {"role": "assistant", "content": "Hello Ana."},
        {"role": "assistant", "content": null, "tool_calls": []},
        {"role": "user", "content": "What is my name?"},
        {"role": "developer", "content": "In English."},
    ]});
    app.fake.then(json!([{"text": "Ana."}])).await;
    assert_eq!(program.post(PATH, body).await.ok(200)["model"], "squad/luke");
    assert_eq!(app.fake.calls().await[0]["body"]["max_tokens"], 7);
    let told = turns(&app.fake, 1).await;
    let roles: Vec<_> = told.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    assert_eq!(
        (told[0].1.as_str(), told[1].1.as_str()),
        ("My name is Ana.", "Hello Ana.")
    );
    // right before the question, wherever the caller put them
    let asked = "<instructions>\nBe brief.\n\nIn English.\n</instructions>\n\nWhat is my name?";
    assert!(told[2].1.starts_with(asked), "{told:?}");

    let list = program.get("/api/conversations").await.ok(200)["conversations"].clone();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(
        (&list[0]["platform"], &list[0]["title"], &list[0]["current_coach"]),
        (&json!("api"), &json!("What is my name?"), &json!("luke"))
    );
    let stored = program.messages(list[0]["id"].as_str().unwrap()).await;
    let stored: Vec<_> = stored
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect();
    assert_eq!(stored.len(), 5, "{stored:?}");
    assert_eq!(
        (stored[1], stored[3], stored[4]),
        ("Hello Ana.", "What is my name?", "Ana.")
    );

    // the next call knows only what it brings
    app.fake.then(json!([{"text": "I do not know."}])).await;
    program.post(PATH, ask("And now?")).await.ok(200);
    assert_ne!(app.fake.calls().await[1]["body"]["max_tokens"], 7);
    assert_eq!(turns(&app.fake, 2).await.len(), 1);
}

#[tokio::test]
async fn of_a_very_long_talk_as_much_is_kept_as_a_prompt_can_have() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let mut messages = vec![json!({"role": "system", "content": "Be brief."})];
    messages.extend((0..9_999).map(|number| {
        let role = if number % 2 == 0 { "user" } else { "assistant" };
        json!({"role": role, "content": format!("no. {number}")})
    }));
    let body = json!({"model": "squad/luke", "messages": messages});
    program.post(PATH, body).await.ok(200);
    assert_eq!(app.database.value("select count(*) from messages").await, "403");
    let told = turns(&app.fake, 1).await;
    let last = &told.last().unwrap().1;
    assert!(last.contains("Be brief.") && last.contains("no. 9998"), "{last}");
}

#[tokio::test]
async fn a_talk_stays_with_the_coach_its_earlier_questions_came_to() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let body = json!({"model": "squad/auto", "messages": [
        {"role": "user", "content": "Comment gagner des abonnés sur Instagram ?"},
        {"role": "assistant", "content": "Postez chaque jour."},
        {"role": "user", "content": "Oui, merci"},
    ]});
    assert_eq!(program.post(PATH, body).await.ok(200)["model"], "squad/peter");
}

#[tokio::test]
async fn a_talk_that_a_crash_interrupts_goes_on_with_all_of_it() {
    let mut app = TestApp::start().await;
    let program = app.program().await;
    app.fake.then(json!([{"text": "I "}, {"hold": "for ever"}])).await;
    let body = json!({"model": "squad/luke", "messages": [
        {"role": "user", "content": "My name is Ana."}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "And?"},
    ]});
    let request = program.request("POST", PATH).json(&body);
    // the caller goes before the program does; neither stops the answer
    let asking = tokio::spawn(request.send());
    app.fake.reached("for ever").await;
    asking.abort();
    app.kill().await;
    app.fake.then(json!([{"text": "Ana."}])).await;
    app.database
        .run("update generations set lease_until = now() - interval '1 second'")
        .await;
    app.start_again().await;
    let program = Artist::at(&app.url).with_key(program.key());
    let id = app.database.value("select id from generations").await;
    assert_eq!(program.finished(&id).await["status"], "completed");
    let told = turns(&app.fake, 2).await;
    assert!(told[0].1.contains("My name is Ana."), "{told:?}");
    let place = program.get("/api/conversations").await.ok(200)["conversations"][0]["id"].clone();
    assert_eq!(program.messages(place.as_str().unwrap()).await[3]["content"], "Ana.");
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_in_openais_envelope() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let invalid = "invalid_request_error";
    let mut other = ask("x");
    for model in ["gpt-4o", "squad/nobody", "luke", ""] {
        other["model"] = json!(model);
        let error = refused(
            &program.post(PATH, other.clone()).await,
            404,
            invalid,
            "model_not_found",
        );
        assert_eq!(error["param"], "model");
    }
    let with = |messages: Value| json!({"model": "squad/auto", "messages": messages});
    for (body, param) in [
        (with(json!([])), "messages"),
        (with(json!([{"role": "system", "content": "x"}])), "messages"),
        (
            with(json!([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}])),
            "messages",
        ),
        (with(json!([{"role": "tool", "content": "x"}])), "messages[0].role"),
        (
            with(json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])),
            "messages[0].content",
        ),
        (
            with(json!([{"role": "user", "content": "a\u{0}b"}])),
            "messages[0].content",
        ),
        (
            with(json!([{"role": "user", "content": "é".repeat(10_001)}])),
            "message",
        ),
        (with(json!([{"role": "user", "content": " "}])), "message"),
        (with(json!("x")), "messages"),
        (json!({"messages": []}), ""),
        (
            {
                let mut body = ask("x");
                body["temperature"] = json!(3);
                body
            },
            "temperature",
        ),
        (
            {
                let mut body = ask("x");
                body["max_completion_tokens"] = json!(0);
                body
            },
            "max_",
        ),
    ] {
        let error = refused(&program.post(PATH, body.clone()).await, 400, invalid, "invalid_value");
        assert!(
            error["param"].as_str().unwrap_or_default().starts_with(param),
            "{body}: {error}"
        );
    }
    let raw = |kind: &'static str, body: String| {
        program.call(program.request("POST", PATH).header("content-type", kind).body(body))
    };
    refused(
        &raw("application/json", "{".into()).await,
        400,
        invalid,
        "invalid_value",
    );
    refused(
        &raw("text/plain", "{}".into()).await,
        415,
        invalid,
        "unsupported_media_type",
    );
    refused(
        &raw("application/json", " ".repeat(1024 * 1024 + 1)).await,
        413,
        invalid,
        "too_large",
    );
    refused(&program.get(PATH).await, 405, invalid, "method_not_allowed");
    refused(&program.get("/v1/engines").await, 404, invalid, "not_found");
    let nobody = app.artist();
    refused(&nobody.get("/v1/models").await, 401, invalid, "invalid_api_key");
    assert_eq!(nobody.cookie(), None, "nobody is made here");
    assert_eq!(app.database.value("select count(*) from conversations").await, "0");
    assert!(app.fake.calls().await.is_empty());
}

#[tokio::test]
async fn every_failure_of_the_provider_has_its_status_whole_and_streamed() {
    let app = TestApp::start().await;
    let program = app.program().await;
    for (answer, status, kind, code) in [
        (json!({"status": 401}), 502, "server_error", "provider_auth"),
        (json!({"status": 400}), 502, "server_error", "provider_invalid"),
        (
            json!({"status": 429, "headers": {"retry-after": "60"}}),
            429,
            "requests",
            "provider_rate_limited",
        ),
        (
            json!({"status": 529, "headers": {"retry-after": "60"}}),
            503,
            "server_error",
            "provider_overloaded",
        ),
    ] {
        for body in [ask("x"), streamed(ask("x"))] {
            app.fake.then(json!([answer])).await;
            let failed = program.post(PATH, body).await;
            refused(&failed, status, kind, code);
            assert_eq!(failed.header("x-should-retry"), Some("false"));
        }
    }
    // what was said stays, and the failure is the last word
    let cut = json!([{"text": "Some words, "}, {"error_event": {"type": "invalid_request_error"}}]);
    let fail = json!([{"error_event": {"type": "invalid_request_error"}}]);
    app.fake
        .script(json!([{"then": cut}, {"then": fail}, {"then": fail}, {"then": fail}]))
        .await;
    let (data, text) = heard(&program.post(PATH, streamed(ask("x"))).await);
    assert_eq!(text, "Some words, ");
    let last: Value = serde_json::from_str(data.last().unwrap()).unwrap();
    assert!(
        last["error"]["code"].is_string() && last.get("choices").is_none(),
        "{data:?}"
    );
}

#[tokio::test]
async fn too_many_messages_are_429_with_the_time_to_wait_and_leave_nothing() {
    let app = TestApp::with(&[("SQUAD_LIMITS", "1/hour")]).await;
    let program = app.program().await;
    program.post(PATH, ask("one")).await.ok(200);
    let talk = json!({"model": "squad/auto", "messages": [
        {"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}, {"role": "user", "content": "z"},
    ]});
    for body in [ask("two"), talk, streamed(ask("three"))] {
        let answer = program.post(PATH, body).await;
        refused(&answer, 429, "requests", "rate_limit_exceeded");
        assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
        assert_eq!(answer.header("x-should-retry"), None);
    }
    assert_eq!(app.database.value("select count(*) from conversations").await, "1");
    assert_eq!(app.database.value("select count(*) from messages").await, "2");
}

#[tokio::test]
async fn a_caller_who_leaves_stops_nothing_and_words_come_one_by_one() {
    let app = TestApp::start().await;
    let program = app.program().await;
    app.fake
        .then(json!([{"text": "One "}, {"hold": "x"}, {"text": "two"}]))
        .await;
    let request = program.request("POST", PATH).json(&streamed(ask("x")));
    let mut response = program.open(request).await;
    let mut seen = String::new();
    while !seen.contains("One ") {
        let chunk = crate::support::patiently("the first word", response.chunk())
            .await
            .unwrap()
            .unwrap();
        seen.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    drop(response);
    app.fake.release("x").await;
    let id = app.database.value("select id from generations").await;
    assert_eq!(program.finished(&id).await["status"], "completed");
    assert_eq!(app.fake.ended(1).await["disconnected"], false);
    let place = program.get("/api/conversations").await.ok(200)["conversations"][0]["id"].clone();
    assert_eq!(program.messages(place.as_str().unwrap()).await[1]["content"], "One two");
}

#[tokio::test]
async fn while_the_model_is_silent_the_stream_opens_and_then_goes_on() {
    let app = TestApp::start().await;
    let program = app.program().await;
    app.fake.then(json!([{"hold": "x"}, {"text": "At last."}])).await;
    let request = program.request("POST", PATH).json(&streamed(ask("x")));
    let response = program.open(request).await;
    assert_eq!(response.status(), 200, "it is open although nothing was said yet");
    app.fake.release("x").await;
    let text = crate::support::patiently("the rest", response.text()).await.unwrap();
    assert!(
        text.contains("At last.") && text.trim_end().ends_with("data: [DONE]"),
        "{text}"
    );
}
