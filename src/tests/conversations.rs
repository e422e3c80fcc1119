//! The list, one conversation, and its pages.

use crate::support::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_conversation_is_made_changed_archived_deleted_and_taken_back() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let made = artist
        .post(
            "/api/conversations",
            json!({"title": " Mon album ", "current_coach": "april"}),
        )
        .await
        .ok(201);
    for (field, value) in [
        ("title", json!("Mon album")),
        ("current_coach", json!("april")),
        ("platform", json!("web")),
        ("status", json!("active")),
        ("pinned", json!(false)),
        ("running", json!(false)),
        ("unread", json!(false)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let place = format!("/api/conversations/{}", made["id"].as_str().unwrap());
    assert_eq!(artist.get(&place).await.ok(200), made);
    let change = json!({"title": "Mon EP", "pinned": true, "current_coach": "luke"});
    let changed = artist.send("PATCH", &place, change).await.ok(200);
    assert_eq!(
        (&changed["title"], &changed["pinned"], &changed["current_coach"]),
        (&json!("Mon EP"), &json!(true), &json!("luke"))
    );
    assert_eq!(
        artist.send("PATCH", &place, json!({})).await.ok(200),
        changed,
        "an empty change changes nothing"
    );

    let ids = |list: Value| {
        list["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].clone())
            .collect::<Vec<_>>()
    };
    artist.send("PATCH", &place, json!({"archived": true})).await.ok(200);
    assert!(ids(artist.get("/api/conversations").await.ok(200)).is_empty());
    assert_eq!(
        ids(artist.get("/api/conversations?archived=true").await.ok(200)),
        [made["id"].clone()]
    );

    assert_eq!(artist.send("DELETE", &place, json!({})).await.status, 204);
    for (method, path) in [
        ("GET", place.clone()),
        ("DELETE", place.clone()),
        ("GET", format!("{place}/messages")),
    ] {
        artist.send(method, &path, json!({})).await.problem(404, "not_found");
    }
    let message = json!({"message": "Salut", "conversation_id": made["id"]});
    artist.post("/api/chat", message).await.problem(404, "not_found");
    let back = artist.post(&format!("{place}/restore"), json!({})).await.ok(200);
    assert_eq!(back["status"], "archived", "it comes back where it was");
    artist
        .post(&format!("{place}/restore"), json!({}))
        .await
        .problem(404, "not_found");

    artist.send("DELETE", &place, json!({})).await;
    app.database
        .run("update conversations set deleted_at = now() - interval '11 minutes'")
        .await;
    artist
        .post(&format!("{place}/restore"), json!({}))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn what_was_deleted_is_really_gone_after_ten_minutes_and_not_before() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let mut places = Vec::new();
    for text in ["long ago", "just now", "kept"] {
        let ids = artist.chat(json!({"message": text})).await;
        artist
            .send(
                "PUT",
                &format!("/api/messages/{}/feedback", ids["message_id"].as_str().unwrap()),
                json!({"value": "up"}),
            )
            .await
            .ok(200);
        places.push(format!(
            "/api/conversations/{}",
            ids["conversation_id"].as_str().unwrap()
        ));
    }
    for place in &places[..2] {
        assert_eq!(artist.send("DELETE", place, json!({})).await.status, 204);
    }
    app.database
        .run(
            "update conversations set deleted_at = now() - interval '9 minutes' where title = 'just now';
             update conversations set deleted_at = now() - interval '11 minutes' where title = 'long ago'",
        )
        .await;
    let erase = async || {
        let store = app.database.store().await;
        let mut system = store.system("the clean-up").await.unwrap();
        system.erase_deleted_conversations(10).await.unwrap()
    };
    assert_eq!((erase().await, erase().await), (1, 0));
    for (table, left) in [
        ("conversations", "2"),
        ("messages", "4"),
        ("generations", "2"),
        ("feedback", "2"),
    ] {
        let count = format!("select count(*) from {table}");
        assert_eq!(app.database.value(&count).await, left, "{table}");
    }
    let logs = "select (count(distinct generation_id), count(*) filter (where not exists
                  (select from generations g where g.id = generation_id))) from generation_chunks";
    assert_eq!(app.database.value(logs).await, "(2,0)", "the answer's log goes with it");
    artist.post(&format!("{}/restore", places[1]), json!({})).await.ok(200);
    assert_eq!(artist.messages(places[1].rsplit('/').next().unwrap()).await.len(), 2);
}

#[tokio::test]
async fn the_list_comes_in_pages_newest_first_without_a_gap_or_a_repetition() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for number in 0..7 {
        artist
            .post("/api/conversations", json!({"title": format!("n{number}")}))
            .await
            .ok(201);
    }
    // the same moment for some: the id decides then
    app.database
        .run("update conversations set last_message_at = '2026-01-01' where title in ('n1', 'n2', 'n3', 'n4')")
        .await;
    let expected = ["n6", "n5", "n0", "n4", "n3", "n2", "n1"];
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = artist
            .get(&format!("/api/conversations?limit=2&cursor={cursor}"))
            .await
            .ok(200);
        let conversations = page["conversations"].as_array().unwrap();
        assert!(conversations.len() <= 2 && !conversations.is_empty());
        seen.extend(
            conversations
                .iter()
                .map(|one| one["title"].as_str().unwrap().to_string()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_string(),
            None => break,
        }
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_list_shows_what_runs_and_what_was_not_read() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake.then(json!([{"hold": "busy"}, {"text": "There"}])).await;
    let ids = artist.generate(json!({"message": "First line\nsecond line"})).await;
    app.fake.reached("busy").await;
    let one = || async { artist.get("/api/conversations").await.ok(200)["conversations"][0].clone() };
    assert_eq!(
        (&one().await["running"], &one().await["title"]),
        (&json!(true), &json!("First line"))
    );
    app.fake.release("busy").await;
    artist.finished(&ids.generation).await;
    assert_eq!(
        (&one().await["running"], &one().await["unread"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn seventy_five_messages_are_read_upwards_page_by_page() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let made = artist
        .post("/api/conversations", json!({"title": "Long"}))
        .await
        .ok(201);
    let conversation = made["id"].as_str().unwrap();
    app.database
        .run(&format!(
            "do $$ declare parent uuid; this uuid; begin
               for n in 1..75 loop
                 this := gen_random_uuid();
                 insert into messages (id, user_id, conversation_id, parent_id, role, content, status)
                 select this, user_id, id, parent, case n % 2 when 1 then 'user' else 'assistant' end, 'm' || n, 'complete'
                 from conversations where id = '{conversation}';
                 parent := this;
               end loop;
               update conversations set active_leaf_id = parent where id = '{conversation}';
             end $$"
        ))
        .await;
    for (limit, pages) in [(None, 3), (Some(10), 8), (Some(75), 1), (Some(74), 2), (Some(1000), 1)] {
        let query = limit.map(|limit| format!("&limit={limit}")).unwrap_or_default();
        let (mut all, mut before, mut count) = (Vec::new(), String::new(), 0);
        loop {
            let page = artist
                .get(&format!(
                    "/api/conversations/{conversation}/messages?before={before}{query}"
                ))
                .await
                .ok(200);
            let texts = page["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|message| message["content"].clone());
            all.splice(0..0, texts);
            count += 1;
            match page["next_before"].as_str() {
                Some(next) => before = next.to_string(),
                None => break,
            }
        }
        let expected: Vec<_> = (1..=75).map(|n| format!("m{n}")).collect();
        assert_eq!((json!(all), count), (json!(expected), pages), "limit {limit:?}");
    }
    let last = artist
        .get(&format!("/api/conversations/{conversation}/messages"))
        .await
        .ok(200);
    assert_eq!(last["messages"].as_array().unwrap().len(), 30);
}
