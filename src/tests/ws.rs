//! One generation over a WebSocket: the same events as its stream, and who may read them.

use crate::support::{
    TestApp,
    artist::Started,
    nobodys_id,
    socket::{Socket, upgrade},
    sse::{Event, shown},
};
use serde_json::{Value, json};

/// The next event; the close code and reason at the end.
async fn event(socket: &mut Socket) -> Result<Event, (u16, String)> {
    let frame: Value = serde_json::from_str(&socket.message().await?).unwrap();
    Ok(Event {
        name: frame["event"].as_str().unwrap().to_string(),
        id: frame["id"].as_i64(),
        data: frame["data"].clone(),
    })
}

async fn rest(socket: &mut Socket) -> (Vec<Event>, (u16, String)) {
    let mut events = Vec::new();
    loop {
        match event(socket).await {
            Ok(event) => events.push(event),
            Err(end) => return (events, end),
        }
    }
}

#[tokio::test]
async fn it_tells_what_the_stream_tells_and_closes_after_the_end() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "One "}, {"hold": "x"}, {"text": "two"}]))
        .await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    app.fake.reached("x").await;
    let path = format!("/ws/chat/{}", ids.generation);
    let mut early = Socket::open(&artist, &path).await;
    assert_eq!(event(&mut early).await.unwrap().name, "generation");
    assert_eq!(event(&mut early).await.unwrap().data, json!({"text": "One "}));
    let mut late = Socket::open(&artist, &format!("{path}?after=1")).await;
    app.fake.release("x").await;
    let stream = artist.follow(&ids.generation, 0).await.rest().await;
    let (text, _) = shown(String::new(), 0, &stream);
    assert_eq!(text, "One two");
    let normal = (1000, String::new());
    assert_eq!(rest(&mut early).await, (stream[2..].to_vec(), normal.clone()));
    let resumed = [&stream[..1], &stream[2..]].concat();
    assert_eq!(rest(&mut late).await, (resumed, normal.clone()));
    let mut replayed = Socket::open(&artist, &path).await;
    assert_eq!(rest(&mut replayed).await, (stream.clone(), normal.clone()));
    // at the end of a finished one there is nothing but the end
    let mut after_all = Socket::open(&artist, &format!("{path}?after={}", stream.len() - 1)).await;
    let (events, (code, _)) = rest(&mut after_all).await;
    assert!(events.len() <= 1 && code == 1000, "{events:?}");
}

#[tokio::test]
async fn a_client_may_cancel_and_ping_and_nothing_else() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"text": "Half"}, {"hold": "for ever"}])).await;
    let ids = artist.generate(json!({"message": "Salut"})).await;
    app.fake.reached("for ever").await;
    let path = format!("/ws/chat/{}", ids.generation);
    let mut socket = Socket::open(&artist, &path).await;
    event(&mut socket).await.unwrap();
    assert_eq!(event(&mut socket).await.unwrap().data["text"], "Half");
    socket.say_text(r#"{"type":"ping"}"#).await;
    assert_eq!(event(&mut socket).await.unwrap().name, "pong");
    for nonsense in ["hello", r#"{"type":"delete"}"#, "{}"] {
        let mut other = Socket::open(&artist, &format!("{path}?after=1")).await;
        other.say_text(nonsense).await;
        let (_, (code, reason)) = rest(&mut other).await;
        assert!(code == 1008 && reason.contains("cancel"), "{nonsense}: {code} {reason}");
    }
    socket.say_text(r#"{"type":"cancel"}"#).await;
    let (events, end) = rest(&mut socket).await;
    assert_eq!(
        (events.len(), events[0].name.as_str(), end.0),
        (1, "cancelled", 1000),
        "{events:?}"
    );
    assert_eq!(artist.status(&ids.generation).await["status"], "cancelled");
    assert_eq!(app.fake.ended(1).await["disconnected"], true);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_before_the_upgrade() {
    let app = TestApp::start().await;
    let owner = app.artist();
    let ids = owner.chat(json!({"message": "Mine"})).await;
    let path = format!("/ws/chat/{}", ids["generation_id"].as_str().unwrap());
    let other = app.artist();
    other.get("/api/conversations").await;
    for artist in [&other, &app.artist(), &app.program().await] {
        for path in [
            &path,
            &format!("/ws/chat/{}", nobodys_id()),
            &"/ws/chat/x".to_string(),
            &"/ws/x".to_string(),
        ] {
            artist.call(upgrade(artist, path)).await.problem(404, "not_found");
        }
    }
    let detail = owner
        .call(upgrade(&owner, &format!("{path}?after=x")))
        .await
        .problem(422, "invalid");
    assert!(detail.contains("after"), "{detail}");
    let elsewhere = upgrade(&owner, &path).header("origin", "http://evil.test");
    owner.call(elsewhere).await.problem(403, "forbidden");
    owner.get(&path).await.problem(400, "invalid");
    // a cookie from the own page, and a key from anywhere
    let own = upgrade(&owner, &path).header("origin", &app.url);
    Socket::with(&owner, own).await;
    let program = app.program().await;
    let theirs = program.chat(json!({"message": "Salut"})).await;
    let theirs = upgrade(
        &program,
        &format!("/ws/chat/{}", theirs["generation_id"].as_str().unwrap()),
    );
    let mut socket = Socket::with(&program, theirs.header("origin", "http://evil.test")).await;
    assert_eq!(rest(&mut socket).await.1.0, 1000);
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_sent_away_and_goes_on_where_it_was() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    // a log of more than all buffers on the way hold
    app.database
        .run(
            "delete from generation_chunks where kind = 'delta';
             update generation_chunks set seq = 1001;
             insert into generation_chunks (generation_id, seq, user_id, kind, text)
             select id, seq, user_id, 'delta', repeat('0123456789abcdef', 1600) from generations, generate_series(1, 1000) seq",
        )
        .await;
    let path = format!("/ws/chat/{}", ids.generation);
    let mut slow = Socket::open(&artist, &path).await;
    app.logged("a socket was too slow").await;
    let (mut events, (code, reason)) = rest(&mut slow).await;
    assert!(code == 1013 && reason.contains("after"), "{code} {reason}");
    let seen = events.last().unwrap().id.unwrap();
    let mut again = Socket::open(&artist, &format!("{path}?after={seen}")).await;
    let (more, end) = rest(&mut again).await;
    assert_eq!(end.0, 1000);
    events.extend_from_slice(&more[1..]);
    let (text, _) = shown(String::new(), 0, &events);
    assert!(
        text == "0123456789abcdef".repeat(1600 * 1000),
        "{} characters",
        text.len()
    );
}
