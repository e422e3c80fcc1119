//! Messages sent while an answer runs wait their turn.

use crate::support::{TestApp, patiently, socket::Socket, three_in_a_row};
use serde_json::json;
use squad::{api::TakeBack, types::error::ErrorCode};

#[tokio::test]
async fn queued_messages_are_answered_in_order_and_know_the_answers_before_them() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let [first, _, third] = three_in_a_row(&app.fake, &artist).await;
    let shown = artist.messages(&first.conversation).await;
    let statuses: Vec<_> = shown
        .iter()
        .map(|message| message["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["complete", "streaming", "complete", "queued", "complete", "queued"]
    );
    assert_eq!(app.fake.calls().await.len(), 1);

    app.fake.release("alpha").await;
    app.fake.reached("beta").await;
    assert_eq!(artist.status(&third.generation).await["status"], "queued");
    assert_eq!(app.fake.calls().await.len(), 2);
    app.fake.release("beta").await;
    assert_eq!(artist.finished(&third.generation).await["status"], "completed");

    let (prompt_two, prompt_three) = (app.fake.prompt(2).await, app.fake.prompt(3).await);
    assert!(
        prompt_two.contains("Answer of alpha") && prompt_two.contains("beta"),
        "{prompt_two}"
    );
    assert!(
        !prompt_two.contains("gamma"),
        "a later question is not in an earlier prompt: {prompt_two}"
    );
    assert!(prompt_three.contains("Answer of beta"), "{prompt_three}");
    let texts: Vec<_> = artist
        .messages(&first.conversation)
        .await
        .iter()
        .map(|message| message["content"].clone())
        .collect();
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

#[tokio::test]
async fn an_answers_times_do_not_count_what_it_waited_for() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let long = json!({"match": "alpha", "then": [{"text": "Answer of alpha"}, {"hold": "alpha"}]});
    app.fake
        .script(json!([long, {"match": "beta", "then": [{"text": "Answer of beta"}]}]))
        .await;
    let first = artist.generate(json!({"message": "alpha", "coach": "luke"})).await;
    app.fake.reached("alpha").await;
    let behind = json!({"message": "beta", "conversation_id": first.conversation});
    let second = artist.generate(behind).await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    app.fake.release("alpha").await;
    let done = artist.finished(&second.generation).await;
    let moment = |name: &str| {
        let told = done[name].as_str().unwrap();
        time::OffsetDateTime::parse(told, &time::format_description::well_known::Rfc3339).unwrap()
    };
    let ran = (moment("finished_at") - moment("started_at")).whole_milliseconds();
    let answer = artist.messages(&first.conversation).await.pop().unwrap();
    for name in ["time_to_first_token_ms", "duration_ms"] {
        let told = i128::from(answer[name].as_i64().unwrap());
        assert!(told <= ran + 1, "{name}: {told} of {ran}");
    }
}

#[tokio::test]
async fn a_failed_answer_lets_the_next_one_go() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!([
            {"match": "alpha", "then": [{"hold": "alpha"}, {"status": 400}]},
            {"match": "beta", "then": [{"text": "Answer of beta"}]},
        ]))
        .await;
    let first = artist.generate(json!({"message": "alpha"})).await;
    app.fake.reached("alpha").await;
    let second = artist
        .generate(json!({"message": "beta", "conversation_id": first.conversation}))
        .await;
    app.fake.release("alpha").await;
    assert_eq!(artist.finished(&second.generation).await["status"], "completed");
    assert_eq!(artist.status(&first.generation).await["status"], "failed");
}

#[tokio::test]
async fn conversations_do_not_wait_for_each_other() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "alpha", "then": [{"hold": "never"}]}))
        .await;
    artist.generate(json!({"message": "alpha"})).await;
    app.fake.reached("never").await;
    assert_eq!(
        artist.chat(json!({"message": "other"})).await["stop_reason"],
        "end_turn"
    );
}

#[tokio::test]
async fn a_message_taken_back_before_its_turn_leaves_no_trace() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let [first, second, third] = three_in_a_row(&app.fake, &artist).await;
    let mut tab = Socket::open(&artist, "/feed").await;
    tab.say(json!({"type": "watch", "generation_id": second.generation}))
        .await;
    let mut stream = artist.follow(&second.generation, 0).await;
    let take_back = async |generation: &str| artist.on_page::<TakeBack>(json!({"generation": generation})).await;
    let stranger = app.artist();
    stranger.get("/api/conversations").await;
    let body_of_second = json!({"generation": second.generation});
    let refused = stranger.on_page::<TakeBack>(body_of_second).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);

    assert_eq!(take_back(&second.generation).await.unwrap(), json!(null));
    let gone = tab.expect("nothing").await;
    assert_eq!(gone["generation_id"], json!(second.generation));
    stream.expect("cancelled").await;
    let again = take_back(&second.generation).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NotFound);
    let status = artist.get(&format!("/api/chat/status/{}", second.generation)).await;
    status.problem(404, "not_found");
    let words = async || -> Vec<String> {
        let shown = artist.messages(&first.conversation).await;
        let texts = shown
            .iter()
            .map(|message| message["content"].as_str().unwrap().to_owned());
        texts.filter(|text| !text.is_empty()).collect()
    };
    let rest: Vec<_> = words()
        .await
        .into_iter()
        .filter(|text| !text.starts_with("Answer"))
        .collect();
    assert_eq!(rest, ["alpha", "gamma"]);

    app.fake.release("alpha").await;
    assert_eq!(artist.finished(&third.generation).await["status"], "completed");
    assert_eq!(words().await, ["alpha", "Answer of alpha", "gamma", "Answer of gamma"]);
    let prompt = app.fake.prompt(2).await;
    assert!(
        prompt.contains("Answer of alpha") && !prompt.contains("beta"),
        "{prompt}"
    );

    // the last one of a branch, too: the next message hangs below the one before
    app.fake
        .script(json!([{"match": "delta", "then": [{"hold": "delta"}]}]))
        .await;
    let body = |text: &str| json!({"message": text, "conversation_id": first.conversation});
    let fourth = artist.generate(body("delta")).await;
    app.fake.reached("delta").await;
    let whole = artist.post("/api/chat", body("epsilon"));
    let cancel = async {
        let waits = async || artist.messages(&first.conversation).await.pop().unwrap();
        let waiting = patiently("epsilon waits", async {
            loop {
                let last = waits().await;
                if last["status"] == "queued" {
                    return last["generation_id"].as_str().unwrap().to_owned();
                }
            }
        });
        take_back(&waiting.await).await
    };
    let (answer, cancelled) = tokio::join!(whole, cancel);
    assert_eq!(cancelled.unwrap(), json!(null));
    answer.problem(409, "conflict");
    let stopped = take_back(&fourth.generation).await.unwrap();
    assert_eq!(stopped["status"], json!("stopped"), "its turn had come");
    artist.chat(body("zeta")).await;
    let shown = words().await;
    assert_eq!(shown[4..6], ["delta", "zeta"]);
}
