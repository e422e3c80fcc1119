//! A reader that was interrupted anywhere ends with the same characters as one that saw everything.

use crate::support::{
    Artist, TestApp,
    artist::Started,
    sse::{Event, Events, shown},
};
use serde_json::json;

const PIECES: usize = 8;

/// An answer with a reset in it whose every piece waits for a release, so that each is an event of its own.
async fn answer_in_pieces(app: &TestApp, artist: &Artist) -> (Started, Vec<Event>, Events) {
    app.fake
        .then(json!([{"text": "Wrong "}, {"hold": "p"}, {"cut": true}]))
        .await;
    let steps: Vec<_> = (0..PIECES)
        .flat_map(|n| [json!({"text": format!("é{n}🎙 ")}), json!({"hold": "p"})])
        .collect();
    app.fake.then(json!(steps)).await;
    let mut live = artist.stream(json!({"message": "Salut"})).await;
    let info = live.expect("generation").await;
    (Started::of(&info.data), vec![info], live)
}

#[tokio::test]
async fn resuming_a_finished_answer_at_any_event_gives_the_same_text() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let (ids, mut seen, mut live) = answer_in_pieces(&app, &artist).await;
    for _ in 0..=PIECES {
        app.fake.release("p").await;
    }
    while let Some(event) = live.next().await {
        seen.push(event);
    }
    let (whole, end) = shown(String::new(), 0, &seen);
    assert_eq!(whole, (0..PIECES).map(|n| format!("é{n}🎙 ")).collect::<String>());
    let last = end.id.unwrap();
    assert_eq!(artist.messages(&ids.conversation).await[1]["content"], whole);

    let path = format!("/api/chat/stream/{}", ids.generation);
    for cut in 0..last {
        let (before, _) = seen.split_at(usize::try_from(cut).unwrap() + 1);
        let so_far = text_of(before);
        let by_header = artist.follow(&ids.generation, cut).await.rest().await;
        let by_query = artist.request("GET", &format!("{path}?after={cut}"));
        let by_query = Events::new(artist.open(by_query).await).rest().await;
        let both = artist
            .request("GET", &format!("{path}?after={last}"))
            .header("last-event-id", cut);
        let both = Events::new(artist.open(both).await).rest().await;
        for events in [&by_header, &by_query, &both] {
            assert_eq!(
                shown(so_far.clone(), cut, events),
                (whole.clone(), end.clone()),
                "cut at {cut}"
            );
        }
    }
    for after in [last, last + 7] {
        let left = artist.request("GET", &path).header("last-event-id", after);
        assert_eq!(artist.call(left).await.status, 204, "nothing is left after {after}");
    }
    let not_a_number = artist.request("GET", &path).header("last-event-id", "last");
    let detail = artist.call(not_a_number).await.problem(422, "invalid");
    assert!(detail.contains("Last-Event-ID"), "{detail}");
}

#[tokio::test]
async fn readers_that_join_a_running_answer_at_any_event_see_the_same_text() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let (ids, mut seen, mut live) = answer_in_pieces(&app, &artist).await;
    let mut joined = Vec::new();
    for _ in 0..=PIECES {
        // one event more, then everybody who was interrupted somewhere before comes back
        let mut event = live.next().await.unwrap();
        if event.name == "reset" {
            seen.push(event);
            event = live.next().await.unwrap();
        }
        seen.push(event);
        let known = seen.last().unwrap().id.unwrap();
        for cut in [0, known / 2, known] {
            let before = &seen[..=usize::try_from(cut).unwrap()];
            joined.push((cut, text_of(before), artist.follow(&ids.generation, cut).await));
        }
        app.fake.release("p").await;
    }
    while let Some(event) = live.next().await {
        seen.push(event);
    }
    let (whole, end) = shown(String::new(), 0, &seen);
    for (cut, before, events) in joined {
        assert_eq!(
            shown(before, cut, &events.rest().await),
            (whole.clone(), end.clone()),
            "joined after {cut}"
        );
    }
}

#[tokio::test]
async fn once_its_events_are_gone_an_answer_is_still_read_from_the_start() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .then(json!([{"text": "Kept "}, {"hold": "x"}, {"text": "words"}]))
        .await;
    app.fake.release("x").await;
    let answer = artist.chat(json!({"message": "Salut"})).await;
    let ids = Started::of(&answer);
    let last = artist.status(&ids.generation).await["chunks"].as_i64().unwrap();
    app.database.run("delete from generation_chunks").await;
    let events = artist.follow(&ids.generation, 0).await.rest().await;
    let names: Vec<_> = events.iter().map(|event| (event.name.as_str(), event.id)).collect();
    assert_eq!(
        names,
        [("generation", None), ("delta", Some(last - 1)), ("done", Some(last))]
    );
    assert_eq!(events[1].data["text"], "Kept words");
    let later = artist.request("GET", &format!("/api/chat/stream/{}?after=1", ids.generation));
    assert_eq!(artist.call(later).await.status, 204);
}

/// What these events from the first on show.
fn text_of(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        match event.name.as_str() {
            "delta" => text.push_str(event.data["text"].as_str().unwrap()),
            "reset" => text.clear(),
            _ => {}
        }
    }
    text
}
