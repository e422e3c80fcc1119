//! The settings of a chat: who is asked when a message names nothing.

use crate::support::{TestApp, artist::Started};
use serde_json::{Value, json};
use squad::api;

#[tokio::test]
async fn what_a_chat_keeps_is_used_by_messages_that_name_nothing() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "one"})).await);
    let place = format!("/api/conversations/{}", ids.conversation);
    assert_eq!(
        artist.get(&place).await.ok(200)["settings"],
        json!({"provider": null, "model": null, "temperature": null}),
        "automatic"
    );
    let settings = json!({"provider": "anthropic", "model": "claude-haiku-4-5", "temperature": 0.25});
    let changed = artist
        .send("PATCH", &place, json!({"settings": settings}))
        .await
        .ok(200);
    assert_eq!(changed["settings"], settings);
    let renamed = artist.send("PATCH", &place, json!({"title": "x"})).await.ok(200);
    assert_eq!(renamed["settings"], settings, "another change leaves them");
    let say = |more: Value| {
        let mut body = json!({"message": "next", "conversation_id": ids.conversation});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        artist.chat(body)
    };
    say(json!({})).await;
    say(json!({"temperature": 1.0})).await;
    say(json!({"model": "claude-sonnet-5-5"})).await;
    artist.send("PATCH", &place, json!({"settings": {}})).await.ok(200);
    say(json!({})).await;
    let asked: Vec<_> = app.fake.calls().await[1..]
        .iter()
        .map(|call| json!([call["body"]["model"], call["body"]["temperature"]]))
        .collect();
    assert_eq!(
        json!(asked),
        json!([
            ["claude-haiku-4-5", 0.25],
            ["claude-haiku-4-5", 1.0],
            ["claude-sonnet-5-5", null],
            ["claude-haiku-5-5", null]
        ])
    );
}

#[tokio::test]
async fn what_the_first_message_names_is_kept() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(
        &artist
            .chat(json!({"message": "one", "model": "claude-haiku-4-5"}))
            .await,
    );
    artist
        .chat(json!({"message": "two", "conversation_id": ids.conversation}))
        .await;
    assert_eq!(app.fake.calls().await[1]["body"]["model"], "claude-haiku-4-5");
    let path = format!("/api/messages/{}/regenerate", ids.message);
    let again = Started::of(&artist.post(&path, json!({})).await.ok(202));
    assert_eq!(artist.finished(&again.generation).await["model"], "claude-haiku-4-5");
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_by_name_and_a_provider_that_is_gone_is_none() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "one"})).await);
    let place = format!("/api/conversations/{}", ids.conversation);
    for (settings, field) in [
        (json!({"provider": "openai"}), "provider"),
        (json!({"model": "x".repeat(201)}), "model"),
        (json!({"temperature": 2.1}), "temperature"),
        (json!({"temperature": "hot"}), "settings.temperature"),
    ] {
        let detail = artist.send("PATCH", &place, json!({"settings": settings})).await;
        let detail = detail.problem(422, "invalid");
        assert!(detail.starts_with(&format!("{field}: ")), "{settings}: {detail}");
    }
    app.database
        .run("update conversations set provider = 'openrouter', model = 'some/model'")
        .await;
    let body = json!({"message": "two", "conversation_id": ids.conversation});
    assert_eq!(artist.chat(body).await["model"], "claude-haiku-5-5");
}

#[tokio::test]
async fn the_models_to_choose_from_are_those_of_the_providers_that_are_set_up() {
    let app = TestApp::start().await;
    let cards = app.artist().on_page::<api::ListModels>(json!({})).await.unwrap();
    assert_eq!(cards.as_array().unwrap().len(), 1);
    let card = &cards[0];
    assert_eq!(
        (&card["provider"], &card["default"], &card["default_model"]),
        (&json!("anthropic"), &json!(true), &json!("claude-haiku-5-5"))
    );
    let ids: Vec<_> = card["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| &model["id"])
        .collect();
    assert_eq!(
        json!(ids),
        json!(["claude-haiku-5-5", "fake-small", "fake-large"]),
        "as the provider lists them"
    );
    let haiku = &card["models"][0];
    assert_eq!(
        (
            &haiku["input_price"],
            &haiku["output_price"],
            &haiku["context_window"],
            &haiku["temperature"]
        ),
        (&json!(0.1), &json!(0.5), &json!(1_000_000), &json!(false))
    );
    assert_eq!(
        card["models"][1]["input_price"],
        Value::Null,
        "not known is not nothing"
    );
}
