//! A change of coach is shown, and can be taken back.

use crate::support::{TestApp, artist::Started};
use serde_json::{Value, json};
use squad::api;

const HELLO: &str = "Bonjour !";
const FOR_PETER: &str = "Comment gagner des abonnés sur Instagram ?";

#[tokio::test]
async fn a_hand_over_is_shown_from_the_second_message_on() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = artist.stream(json!({"message": HELLO})).await.rest().await;
    assert_eq!(
        (&first[0].data["coach"], &first[0].data["handoff"]),
        (&json!("marty"), &Value::Null)
    );
    let conversation = first[0].data["conversation_id"].clone();
    let second = artist
        .stream(json!({"message": FOR_PETER, "conversation_id": conversation}))
        .await
        .rest()
        .await;
    let card = &second[0].data["handoff"];
    assert_eq!(
        (&card["from"], &card["to"], &second[0].data["coach"]),
        (&json!("marty"), &json!("peter"), &json!("peter"))
    );
    assert!(
        card["why"]
            .as_str()
            .is_some_and(|why| FOR_PETER.contains(why) && !why.is_empty()),
        "{card}"
    );
    assert!((0.0..=1.0).contains(&card["confidence"].as_f64().unwrap()), "{card}");
    let messages = artist.messages(conversation.as_str().unwrap()).await;
    assert_eq!(
        (&messages[3]["handoff"], &messages[3]["routing"]["by"]),
        (card, &json!("words"))
    );
    let kept = artist
        .chat(json!({"message": "Oui, merci", "conversation_id": conversation}))
        .await;
    assert_eq!(kept["coach"], "peter", "the thread is his now");
}

#[tokio::test]
async fn no_card_on_a_first_message_nor_when_the_coach_was_named_or_picked() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let first = artist.stream(json!({"message": FOR_PETER})).await.rest().await;
    assert_eq!(
        (&first[0].data["coach"], &first[0].data["handoff"]),
        (&json!("peter"), &Value::Null)
    );
    let conversation = &first[0].data["conversation_id"];
    for (body, coach) in [
        (
            json!({"message": "passe-moi Luke", "conversation_id": conversation}),
            "luke",
        ),
        (
            json!({"message": "Salut", "conversation_id": conversation, "coach": "april"}),
            "april",
        ),
    ] {
        let events = artist.stream(body).await.rest().await;
        assert_eq!(
            (&events[0].data["coach"], &events[0].data["handoff"]),
            (&json!(coach), &Value::Null)
        );
    }
}

#[tokio::test]
async fn who_was_picked_in_the_page_answers_the_next_message_whatever_it_speaks_of() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let conversation = artist.chat(json!({"message": HELLO})).await["conversation_id"].clone();
    let path = format!("/chat/{}", conversation.as_str().unwrap());
    let answer = async |text: &str| {
        let body = json!({"message": text, "conversation_id": conversation});
        let events = artist.stream(body).await.rest().await;
        (events[0].data["coach"].clone(), events[0].data["handoff"].clone())
    };
    for by_form in [false, true] {
        if by_form {
            assert_eq!(artist.press(&path, "pick", "luke").await.status, 303);
        } else {
            let pick = json!({"conversation": conversation, "coach": "luke"});
            artist.on_page::<api::PickCoach>(pick).await.unwrap();
        }
        assert_eq!(
            answer(FOR_PETER).await,
            (json!("luke"), Value::Null),
            "by form: {by_form}"
        );
        // a pick is for one message; after it the thread is his, as any coach's
        let (coach, card) = answer(FOR_PETER).await;
        assert_eq!((&coach, &card["from"]), (&json!("peter"), &json!("luke")));
    }
}

#[tokio::test]
async fn a_hand_over_taken_back_gives_the_question_to_the_former_coach() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let conversation = artist.chat(json!({"message": HELLO})).await["conversation_id"].clone();
    let given = artist
        .chat(json!({"message": FOR_PETER, "conversation_id": conversation}))
        .await;
    assert_eq!(given["coach"], "peter");
    let undo = format!("/api/messages/{}/undo-handoff", given["message_id"].as_str().unwrap());
    let back = Started::of(&artist.post(&undo, json!({})).await.ok(202));
    assert_eq!(artist.finished(&back.generation).await["coach"], "marty");
    let messages = artist.messages(&back.conversation).await;
    assert_eq!((messages.len(), &messages[3]["id"]), (4, &json!(back.message)));
    assert_eq!(
        messages[3]["siblings"],
        json!([given["message_id"], back.message]),
        "both stay"
    );
    assert_eq!(messages[3]["handoff"], Value::Null);
    let next = artist
        .chat(json!({"message": "D'accord", "conversation_id": conversation}))
        .await;
    assert_eq!(next["coach"], "marty", "he keeps the thread");
    artist
        .post(&format!("/api/messages/{}/undo-handoff", back.message), json!({}))
        .await
        .problem(409, "conflict");
}

#[tokio::test]
async fn words_do_not_give_a_thread_again_to_a_coach_it_was_taken_back_from() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let conversation = artist.chat(json!({"message": HELLO})).await["conversation_id"].clone();
    let say = async |message: &str| {
        artist
            .chat(json!({"message": message, "conversation_id": conversation}))
            .await
    };
    let given = say(FOR_PETER).await;
    let undo = format!("/api/messages/{}/undo-handoff", given["message_id"].as_str().unwrap());
    let back = Started::of(&artist.post(&undo, json!({})).await.ok(202));
    artist.finished(&back.generation).await;
    for again in [FOR_PETER, "D'accord", "et mes reels sur TikTok ?"] {
        let answer = say(again).await;
        let messages = artist.messages(&back.conversation).await;
        let last = messages.last().unwrap();
        assert_eq!(
            (&answer["coach"], &last["handoff"]),
            (&json!("marty"), &Value::Null),
            "{again}"
        );
    }
    // a turn that waits decides by the same rule
    app.fake
        .script(json!({"match": "alpha", "then": [{"hold": "alpha"}, {"text": "A"}]}))
        .await;
    let held = artist
        .generate(json!({"message": "alpha", "conversation_id": conversation}))
        .await;
    app.fake.reached("alpha").await;
    let waiting = artist
        .generate(json!({"message": FOR_PETER, "conversation_id": conversation}))
        .await;
    app.fake.release("alpha").await;
    artist.finished(&held.generation).await;
    assert_eq!(artist.finished(&waiting.generation).await["coach"], "marty");

    assert_eq!(
        say("Comment avoir plus de streams sur Spotify ?").await["coach"],
        "riplay",
        "others may"
    );
    assert_eq!(
        say("passe-moi Peter").await["coach"],
        "peter",
        "and he may when asked for"
    );
    say("passe-moi Marty").await;
    assert_eq!(
        say(FOR_PETER).await["coach"],
        "peter",
        "who was asked for is welcome again"
    );
}

#[tokio::test]
async fn taking_back_a_running_hand_over_stops_its_answer() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let conversation = artist.chat(json!({"message": HELLO})).await["conversation_id"].clone();
    app.fake
        .then(json!([{"text": "Peter speaks"}, {"hold": "peter"}]))
        .await;
    let given = artist
        .generate(json!({"message": FOR_PETER, "conversation_id": conversation}))
        .await;
    app.fake.reached("peter").await;
    let mut reader = artist.follow(&given.generation, 0).await;
    reader.expect("generation").await;
    reader.expect("delta").await;
    let undo = format!("/api/messages/{}/undo-handoff", given.message);
    let back = Started::of(&artist.post(&undo, json!({})).await.ok(202));
    reader.expect("cancelled").await;
    assert_eq!(app.fake.ended(2).await["disconnected"], true);
    assert_eq!(artist.finished(&back.generation).await["coach"], "marty");
    assert_eq!(artist.status(&given.generation).await["status"], "cancelled");
}
