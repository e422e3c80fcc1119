//! The page's one socket: the events of what it watches, and what changed in the list.

use crate::support::{TestApp, artist::Started, nobodys_id, socket::Socket};
use serde_json::{Value, json};
use squad::wire;

#[tokio::test]
async fn a_watch_replays_and_follows_to_the_same_text() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "One "}, {"hold": "x"}, {"text": "two"}]))
        .await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    app.fake.reached("x").await;
    let mut reader = artist.follow(&ids.generation, 0).await;
    reader.expect("generation").await;
    reader.expect("delta").await;
    let mut socket = Socket::open(&artist, "/feed").await;
    socket
        .say(json!({"type": "watch", "generation_id": ids.generation}))
        .await;
    assert_eq!(
        socket.expect("generation").await["info"]["message_id"],
        json!(ids.message)
    );
    let first = socket.expect("event").await;
    assert_eq!(
        (&first["seq"], &first["event"]),
        (&json!(1), &json!({"kind": "delta", "data": {"text": "One "}}))
    );
    let mut second = Socket::open(&artist, "/feed").await;
    second
        .say(json!({"type": "watch", "generation_id": ids.generation, "after": 1}))
        .await;
    second.expect("generation").await;
    app.fake.release("x").await;
    for socket in [&mut socket, &mut second] {
        let next = socket.expect("event").await;
        assert_eq!(
            (&next["seq"], &next["event"]["data"]["text"]),
            (&json!(2), &json!("two"))
        );
        let done = socket.expect("event").await;
        assert_eq!((&done["seq"], &done["event"]["kind"]), (&json!(3), &json!("done")));
    }
}

#[tokio::test]
async fn another_tab_hears_of_what_changes_in_the_list() {
    let app = TestApp::start().await;
    let artist = app.artist();
    artist.get("/api/conversations").await;
    let mut tab = Socket::open(&artist, "/feed").await;
    let mut stranger = Socket::open(&app.artist(), "/feed").await;
    tab.say(json!({"type": "unwatch", "generation_id": nobodys_id()})).await;
    app.fake.then(json!([{"hold": "x"}])).await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    let frame = tab.expect("list").await;
    assert_eq!(
        (&frame["conversation"]["id"], &frame["generation_id"]),
        (&json!(ids.conversation), &json!(ids.generation))
    );
    let place = format!("/api/conversations/{}", ids.conversation);
    artist.send("DELETE", &place, json!({})).await;
    assert_eq!(
        tab.expect("list_gone").await["conversation_id"],
        json!(ids.conversation)
    );
    // a browser that is nobody yet hears nothing, and is sent away when it asks for something
    stranger
        .say(json!({"type": "watch", "generation_id": ids.generation}))
        .await;
    assert_eq!(stranger.hear().await, None);
}

#[tokio::test]
async fn watching_another_artists_answer_is_watching_nothing() {
    let app = TestApp::start().await;
    let owner = app.artist();
    let ids = owner.chat(json!({"message": "Mine"})).await;
    let other = app.artist();
    other.get("/api/conversations").await;
    let mut socket = Socket::open(&other, "/feed").await;
    for id in [ids["generation_id"].as_str().unwrap(), &nobodys_id()] {
        socket.say(json!({"type": "watch", "generation_id": id})).await;
        let frame: Value = socket.hear().await.unwrap();
        assert_eq!(frame, json!({"type": "nothing", "generation_id": id}));
    }
}

#[tokio::test]
async fn a_page_of_another_build_is_told_so_and_not_misread() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    let mut old = Socket::open(&artist, "/feed?mark=0123456789abcdef").await;
    assert_eq!(old.text().await.as_deref(), Some(wire::OUTDATED));
    assert_eq!(old.text().await, None, "closed");
    let mut own = Socket::open(&artist, &format!("/feed?mark={}", wire::MARK)).await;
    own.say(json!({"type": "watch", "generation_id": ids.generation})).await;
    own.expect("generation").await;
    let body = wire::encode(&ids.conversation).unwrap();
    for kind in ["application/x-squad-0123456789abcdef", "application/json"] {
        let request = artist.request("POST", "/fn/delete").header("content-type", kind);
        assert_eq!(artist.call(request.body(body.clone())).await.status, 409, "{kind}");
    }
    assert_eq!(artist.messages(&ids.conversation).await.len(), 2, "nothing was deleted");
}
