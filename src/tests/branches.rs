//! Branches: edited questions and other answers stand beside the former ones, and nothing goes.

use crate::support::{Artist, TestApp, artist::Started, nobodys_id, socket::Socket};
use serde_json::{Value, json};
use squad::api;

fn texts(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect()
}

async fn show(artist: &Artist, conversation: &str, message: &Value) -> Vec<Value> {
    let place = format!("/api/conversations/{conversation}");
    let shown = artist
        .send("PATCH", &place, json!({"active_leaf_id": message}))
        .await
        .ok(200);
    assert_eq!(
        artist.get(&place).await.ok(200)["active_leaf_id"],
        shown["active_leaf_id"]
    );
    artist.messages(conversation).await
}

#[tokio::test]
async fn an_edited_question_stands_beside_the_former_one_and_both_branches_can_be_shown() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = Started::of(&artist.chat(json!({"message": "one"})).await);
    let conversation = first.conversation.clone();
    let say = |text: &str| artist.chat(json!({"message": text, "conversation_id": conversation}));
    say("two").await;
    say("three").await;
    let long = artist.messages(&conversation).await;
    let edit = json!({"message": "two, better", "conversation_id": conversation, "edits": long[2]["id"]});
    artist.chat(edit).await;

    let short = artist.messages(&conversation).await;
    assert_eq!(short.len(), 4);
    assert_eq!(texts(&short)[2], "two, better");
    assert_eq!(short[2]["parent_id"], long[1]["id"]);
    assert_eq!(short[2]["siblings"], json!([long[2]["id"], short[2]["id"]]));
    assert_eq!(
        short[0]["siblings"],
        json!([long[0]["id"]]),
        "the first question was not edited"
    );

    // a message in the middle goes down to the newest end below it
    assert_eq!(
        show(&artist, &conversation, &long[2]["id"]).await,
        relabelled(&long, &short)
    );
    assert_eq!(show(&artist, &conversation, &short[2]["id"]).await, short);
    // above the fork: the newest end of all
    assert_eq!(show(&artist, &conversation, &long[1]["id"]).await, short);
    assert_eq!(show(&artist, &conversation, &long[5]["id"]).await.len(), 6);

    // the next message hangs below what is shown, and the model is told that branch only
    say("four").await;
    assert_eq!(artist.messages(&conversation).await.len(), 8);
    let told = app.fake.prompt(5).await;
    assert!(told.contains("three") && !told.contains("two, better"), "{told}");

    // the first question has no parent, and its versions are siblings all the same
    let edit = json!({"message": "zero", "conversation_id": conversation, "edits": long[0]["id"]});
    artist.chat(edit).await;
    let zero = artist.messages(&conversation).await;
    assert_eq!(
        (zero.len(), &zero[0]["siblings"]),
        (2, &json!([long[0]["id"], zero[0]["id"]]))
    );
}

/// The former branch as it is shown now: its fork has a sibling more.
fn relabelled(long: &[Value], short: &[Value]) -> Vec<Value> {
    let mut long = long.to_vec();
    long[2]["siblings"] = short[2]["siblings"].clone();
    long
}

#[tokio::test]
async fn editing_stops_the_running_answer_and_its_readers_hear_of_it() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "Half"}, {"hold": "x"}])).await;
    let first = artist.generate(json!({"message": "one"})).await;
    app.fake.reached("x").await;
    let mut reader = artist.follow(&first.generation, 0).await;
    reader.expect("generation").await;
    reader.expect("delta").await;
    let question = artist.messages(&first.conversation).await[0]["id"].clone();
    let edit = json!({"message": "other", "conversation_id": first.conversation, "edits": question});
    artist.chat(edit).await;
    reader.expect("cancelled").await;
    assert_eq!(app.fake.ended(1).await["disconnected"], true);
    assert_eq!(artist.status(&first.generation).await["status"], "cancelled");
}

#[tokio::test]
async fn only_an_own_question_of_this_conversation_can_be_edited() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let one = Started::of(&artist.chat(json!({"message": "one"})).await);
    let two = Started::of(&artist.chat(json!({"message": "two"})).await);
    let elsewhere = artist.messages(&two.conversation).await[0]["id"].clone();
    for edits in [json!(one.message), elsewhere, json!(nobodys_id())] {
        let body = json!({"message": "x", "conversation_id": one.conversation, "edits": edits});
        let detail = artist.post("/api/chat", body).await.problem(422, "invalid");
        assert!(detail.starts_with("edits: "), "{detail}");
    }
    let detail = artist
        .post("/api/chat", json!({"message": "x", "edits": one.message}))
        .await;
    assert!(detail.problem(422, "invalid").starts_with("edits: "));
}

#[tokio::test]
async fn another_answer_stands_beside_the_former_one() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = Started::of(&artist.chat(json!({"message": "Salut", "coach": "luke"})).await);
    let mut tab = Socket::open(&artist, "/feed").await;
    let path = format!("/api/messages/{}/regenerate", first.message);
    let again = artist.post(&path, json!({})).await.ok(202);
    assert_eq!(again["status"], "queued");
    let again = Started::of(&again);
    assert_eq!(tab.expect("list").await["generation_id"], json!(again.generation));
    assert_eq!(
        artist.finished(&again.generation).await["coach"],
        "luke",
        "who answers stays"
    );
    let other = json!({"coach": "april", "model": "claude-haiku-4-5", "temperature": 0.3});
    let third = Started::of(&artist.post(&path, other).await.ok(202));
    let status = artist.finished(&third.generation).await;
    assert_eq!(
        (&status["coach"], &status["model"]),
        (&json!("april"), &json!("claude-haiku-4-5"))
    );
    let call = &app.fake.calls().await[2]["body"];
    assert_eq!(
        (&call["model"], &call["temperature"]),
        (&json!("claude-haiku-4-5"), &json!(0.3))
    );

    let shown = artist.messages(&first.conversation).await;
    assert_eq!((shown.len(), &shown[1]["id"]), (2, &json!(third.message)));
    assert_eq!(
        shown[1]["siblings"],
        json!([first.message, again.message, third.message])
    );
    let back = show(&artist, &first.conversation, &json!(first.message)).await;
    assert_eq!(
        (&back[1]["id"], &back[1]["coach"]),
        (&json!(first.message), &json!("luke"))
    );
    // a reload of the page shows the same
    let thread = artist
        .on_page::<api::LoadThread>(json!({"conversation": first.conversation}))
        .await
        .unwrap();
    assert_eq!(thread["page"]["messages"][1]["id"], json!(first.message));
    // the page's own way
    let branch = json!({"conversation": first.conversation, "message": again.message});
    let thread = artist.on_page::<api::ShowBranch>(branch).await.unwrap();
    assert_eq!(thread["page"]["messages"][1]["id"], json!(again.message));
    assert_eq!(thread["conversation"]["active_leaf_id"], json!(again.message));
}

#[tokio::test]
async fn regenerating_stops_a_running_answer_and_keeps_it() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "Half"}, {"hold": "x"}])).await;
    let first = artist.generate(json!({"message": "Salut"})).await;
    app.fake.reached("x").await;
    let mut reader = artist.follow(&first.generation, 0).await;
    reader.expect("generation").await;
    reader.expect("delta").await;
    let path = format!("/api/messages/{}/regenerate", first.message);
    let again = Started::of(&artist.post(&path, json!({})).await.ok(202));
    reader.expect("cancelled").await;
    assert_eq!(artist.finished(&again.generation).await["status"], "completed");
    let kept = show(&artist, &first.conversation, &json!(first.message)).await;
    assert_eq!(
        (&kept[1]["status"], &kept[1]["content"]),
        (&json!("stopped"), &json!("Half"))
    );
    assert_eq!(kept[1]["siblings"], json!([first.message, again.message]));
}

#[tokio::test]
async fn words_of_ending_ones_life_are_over_any_pick_of_another_answer() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = Started::of(&artist.chat(json!({"message": "Je veux mourir"})).await);
    let path = format!("/api/messages/{}/regenerate", first.message);
    for wish in [json!({"coach": "luke"}), json!({})] {
        let again = Started::of(&artist.post(&path, wish).await.ok(202));
        assert_eq!(artist.finished(&again.generation).await["coach"], "clarice");
        let shown = artist.messages(&first.conversation).await;
        assert!(shown[1]["content"].as_str().unwrap().contains("3114"), "{shown:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_given_again_is_refused_by_name() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    let question = artist.messages(&first.conversation).await[0]["id"].clone();
    let question = format!("/api/messages/{}/regenerate", question.as_str().unwrap());
    artist.post(&question, json!({})).await.problem(422, "invalid");
    let path = format!("/api/messages/{}/regenerate", first.message);
    for (wish, field) in [
        (json!({"coach": "nobody"}), "coach"),
        (json!({"temperature": 3}), "temperature"),
        (json!({"temperature": "hot"}), "temperature"),
        (json!({"model": ""}), "model"),
        (json!({"provider": "openai"}), "provider"),
    ] {
        let detail = artist.post(&path, wish.clone()).await.problem(422, "invalid");
        assert!(detail.starts_with(&format!("{field}: ")), "{wish}: {detail}");
    }
    assert_eq!(app.fake.calls().await.len(), 1);
}

#[tokio::test]
async fn a_failed_answer_without_text_is_no_sibling() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    app.fake.then(json!([{"status": 400}])).await;
    let path = format!("/api/messages/{}/regenerate", first.message);
    let failed = Started::of(&artist.post(&path, json!({})).await.ok(202));
    assert_eq!(artist.finished(&failed.generation).await["status"], "failed");
    let shown = artist.messages(&first.conversation).await;
    assert_eq!(shown[1]["id"], json!(failed.message), "its card is shown");
    let again = Started::of(&artist.post(&path, json!({})).await.ok(202));
    artist.finished(&again.generation).await;
    let shown = artist.messages(&first.conversation).await;
    assert_eq!(shown[1]["siblings"], json!([first.message, again.message]));
}

#[tokio::test]
async fn each_branch_has_the_coach_who_spoke_last_in_it() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = artist
        .chat(json!({"message": "When should my next song come out?", "coach": "april"}))
        .await;
    let id = first["conversation_id"].as_str().unwrap();
    let second = artist
        .chat(json!({"message": "I am so nervous before going on stage", "conversation_id": id, "coach": "clarice"}))
        .await;
    let shown = artist.messages(id).await;
    let question = shown[2]["id"].as_str().unwrap();
    // before the edited question only April has spoken
    let edited = artist
        .chat(json!({"message": "And then?", "conversation_id": id, "edits": question}))
        .await;
    assert_eq!(edited["coach"], "april");
    let branch = artist.messages(id).await;
    assert_eq!(branch[3]["routing"]["by"], "thread", "{}", branch[3]);
    let coach = async || artist.get(&format!("/api/conversations/{id}")).await.json()["current_coach"].clone();
    assert_eq!(coach().await, "april");
    let back = json!({"active_leaf_id": second["message_id"]});
    artist.send("PATCH", &format!("/api/conversations/{id}"), back).await;
    assert_eq!(coach().await, "clarice");
}
