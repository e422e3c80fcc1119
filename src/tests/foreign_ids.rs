//! Another artist's id answers exactly as one that nothing has: on every route and every server function.

use crate::support::{Answer, Artist, TestApp, artist::Started, nobodys_id, routes_with_id};
use serde_json::{Value, json};
use squad::{api, types::error::Problem, wire};

/// Everything of one artist that has an id, of every kind and state.
struct Owned {
    artist: Artist,
    ids: Vec<String>,
    /// A conversation with messages, one of its questions, and one of its answers.
    conversation: String,
    question: String,
    answer: String,
}

async fn owner(app: &TestApp) -> Owned {
    let artist = app.artist();
    let done = Started::of(&artist.chat(json!({"message": "Bonjour !"})).await);
    let card = json!({"message": "Comment gagner des abonnés sur Instagram ?", "conversation_id": done.conversation});
    let card = Started::of(&artist.chat(card).await);
    app.fake
        .script(json!({"match": "failing", "then": [{"status": 400}]}))
        .await;
    let failed = Started::of(&artist.post("/api/chat", json!({"message": "failing"})).await.json());
    app.fake
        .script(json!({"match": "running", "then": [{"text": "Half"}, {"hold": "for ever"}]}))
        .await;
    let running = artist.generate(json!({"message": "running"})).await;
    app.fake.reached("for ever").await;
    let deleted = Started::of(&artist.chat(json!({"message": "deleted"})).await);
    artist
        .send(
            "DELETE",
            &format!("/api/conversations/{}", deleted.conversation),
            json!({}),
        )
        .await;
    let question = artist.messages(&done.conversation).await[0]["id"]
        .as_str()
        .unwrap()
        .to_string();
    let turns = [&done, &card, &failed, &running, &deleted];
    let mut ids: Vec<_> = turns
        .into_iter()
        .flat_map(|turn| [&turn.generation, &turn.conversation, &turn.message])
        .cloned()
        .collect();
    ids.push(question.clone());
    Owned {
        artist,
        ids,
        conversation: done.conversation,
        question,
        answer: card.message,
    }
}

/// What can be told apart of an answer.
fn told(answer: &Answer) -> (u16, Value, Vec<String>) {
    let body = serde_json::from_str(&answer.text).ok().filter(Value::is_object);
    let mut body = body.unwrap_or_else(|| json!(answer.text));
    if body.get("request_id").is_some() {
        body["request_id"] = json!("");
    }
    let names = answer.headers.keys().map(ToString::to_string);
    (answer.status, body, names.filter(|name| name != "date").collect())
}

/// A body that would change something on every route that takes one.
fn taken() -> Value {
    json!({"title": "Taken", "pinned": true, "value": "down", "comment": "Taken", "coach": "luke"})
}

const EVERYTHING: &str = "select md5(string_agg(t::text, '' order by t::text)) from (
   select m::text as t from messages m union all select c::text from conversations c union all
   select g.id::text || g.state from generations g union all select f::text from feedback f) t";

#[tokio::test]
async fn on_every_route_with_an_id_a_foreign_one_is_a_missing_one() {
    let app = TestApp::start().await;
    let owned = owner(&app).await;
    let before = app.database.value(EVERYTHING).await;
    let (other, nobody) = (app.artist(), app.artist());
    other.chat(json!({"message": "I am somebody else"})).await;
    let mut tried = 0;
    for (method, path) in routes_with_id() {
        let missing = told(&other.send(&method, &path.replace("{id}", &nobodys_id()), taken()).await);
        assert_eq!(missing.0, 404, "{method} {path}");
        for id in &owned.ids {
            let path = path.replace("{id}", id);
            let foreign = other.send(&method, &path, taken()).await;
            assert_eq!(told(&foreign), missing, "{method} {path}");
            let unknown = nobody.send(&method, &path, taken()).await;
            assert_eq!(unknown.status, 404, "{method} {path} without a session");
            tried += 1;
        }
    }
    assert!(tried >= 18 * owned.ids.len(), "{tried}");
    let mine = "select count(*) from conversations where user_id = (select user_id from conversations where title = 'I am somebody else')";
    assert_eq!(app.database.value(mine).await, "1");
    app.database
        .run("delete from conversations where title = 'I am somebody else'")
        .await;
    assert_eq!(
        app.database.value(EVERYTHING).await,
        before,
        "nothing of the owner changed"
    );

    // the same requests by the owner find something, so that the above proves something
    for (method, path) in routes_with_id() {
        let mut found = false;
        for id in &owned.ids {
            let request = owned
                .artist
                .request(&method, &path.replace("{id}", id))
                .json(&json!({}));
            found |= owned.artist.open(request).await.status() != 404;
        }
        assert!(found, "{method} {path} finds nothing even for its owner");
    }
}

#[tokio::test]
async fn a_foreign_id_in_a_body_or_a_query_is_a_missing_one() {
    let app = TestApp::start().await;
    let owned = owner(&app).await;
    let other = app.artist();
    let mine = other.chat(json!({"message": "Mine"})).await["conversation_id"].clone();
    let place = format!("/api/conversations/{}", mine.as_str().unwrap());
    for foreign in [&owned.conversation, &owned.question, &owned.answer] {
        let tries = |id: &str| {
            [
                (
                    "POST",
                    "/api/chat".into(),
                    json!({"message": "x", "conversation_id": id}),
                ),
                (
                    "POST",
                    "/api/chat/generate".into(),
                    json!({"message": "x", "conversation_id": id}),
                ),
                (
                    "POST",
                    "/api/chat".into(),
                    json!({"message": "x", "conversation_id": mine, "edits": id}),
                ),
                (
                    "POST",
                    "/api/chat/generate".into(),
                    json!({"message": "x", "conversation_id": id, "edits": id}),
                ),
                ("PATCH", place.clone(), json!({"active_leaf_id": id})),
                ("GET", format!("{place}/messages?before={id}"), json!({})),
            ]
        };
        for (theirs, missing) in tries(foreign).into_iter().zip(tries(&nobodys_id())) {
            let one = other.send(theirs.0, &theirs.1, theirs.2.clone()).await;
            let two = other.send(missing.0, &missing.1, missing.2).await;
            assert!(one.status == 404 || one.status == 422, "{one:?}");
            assert_eq!(told(&one), told(&two), "{theirs:?}");
        }
    }
    // a child of the owner's own, but of another conversation
    let elsewhere = json!({"active_leaf_id": owned.answer});
    let other_place = owned.artist.post("/api/conversations", json!({})).await.ok(201);
    let other_place = format!("/api/conversations/{}", other_place["id"].as_str().unwrap());
    owned
        .artist
        .send("PATCH", &other_place, elsewhere)
        .await
        .problem(422, "invalid");
    let before = format!("{other_place}/messages?before={}", owned.answer);
    owned.artist.get(&before).await.problem(422, "invalid");
}

/// What a server function is called with: `id` stands in every place of one, `own` is a conversation of the caller.
/// `None`: it takes no id. A function without a line here fails the test.
fn arguments(path: &str, id: &str, own: &Value) -> Option<Vec<Value>> {
    Some(match path {
        "/fn/shell" | "/fn/conversations" | "/fn/search" | "/fn/models" | "/fn/profile" | "/fn/save-profile"
        | "/fn/erase" => return None,
        "/fn/thread" | "/fn/delete" | "/fn/restore" | "/fn/read" => vec![json!({"conversation": id})],
        "/fn/messages" => vec![
            json!({"conversation": id, "before": id}),
            json!({"conversation": own, "before": id}),
        ],
        "/fn/message" | "/fn/undo-handoff" => vec![json!({"message": id})],
        "/fn/regenerate" => vec![json!({"message": id, "wish": {}})],
        "/fn/feedback" => vec![json!({"message": id, "value": "up"})],
        "/fn/branch" => vec![
            json!({"conversation": id, "message": id}),
            json!({"conversation": own, "message": id}),
        ],
        "/fn/change" => vec![
            json!({"conversation": id, "patch": {"title": "Taken", "pinned": true, "archived": true, "settings": {}}}),
            json!({"conversation": own, "patch": {"active_leaf_id": id}}),
        ],
        "/fn/stop" | "/fn/take-back" => vec![json!({"generation": id})],
        "/fn/retry" => vec![json!({"generation": id, "id": id})],
        "/fn/coach" => vec![json!({"conversation": id, "coach": "luke"})],
        "/fn/send" => vec![
            json!({"request": {"message": "x", "conversation_id": id}}),
            json!({"request": {"message": "x", "conversation_id": own, "edits": id}}),
        ],
        other => panic!("{other} is new: say here what it is called with"),
    })
}

/// Calls a server function as the page does.
async fn call(artist: &Artist, path: &str, arguments: Value) -> Answer {
    fn encoded<T: serde::Serialize + serde::de::DeserializeOwned>(arguments: Value) -> String {
        wire::encode(&serde_json::from_value::<T>(arguments).unwrap()).unwrap()
    }
    let body = match path {
        "/fn/thread" => encoded::<api::LoadThread>(arguments),
        "/fn/messages" => encoded::<api::OlderMessages>(arguments),
        "/fn/message" => encoded::<api::LoadMessage>(arguments),
        "/fn/send" => encoded::<api::SendMessage>(arguments),
        "/fn/stop" => encoded::<api::StopAnswer>(arguments),
        "/fn/take-back" => encoded::<api::TakeBack>(arguments),
        "/fn/retry" => encoded::<api::RetryAnswer>(arguments),
        "/fn/undo-handoff" => encoded::<api::UndoHandoff>(arguments),
        "/fn/coach" => encoded::<api::PickCoach>(arguments),
        "/fn/delete" => encoded::<api::DeleteConversation>(arguments),
        "/fn/restore" => encoded::<api::RestoreConversation>(arguments),
        "/fn/change" => encoded::<api::ChangeConversation>(arguments),
        "/fn/read" => encoded::<api::MarkRead>(arguments),
        "/fn/regenerate" => encoded::<api::RegenerateAnswer>(arguments),
        "/fn/branch" => encoded::<api::ShowBranch>(arguments),
        "/fn/feedback" => encoded::<api::GiveFeedback>(arguments),
        other => panic!("{other} is new: say here what it takes"),
    };
    let mut answer = artist.function(path, body).await;
    if let Ok(problem) = wire::decode::<Problem>(&answer.text) {
        answer.text = serde_json::to_string(&problem).unwrap();
    }
    answer
}

/// An optional value that is not there.
const NOTHING: &str = "0";

#[tokio::test]
async fn in_every_server_function_a_foreign_id_is_a_missing_one() {
    let app = TestApp::start().await;
    let owned = owner(&app).await;
    let before = app.database.value(EVERYTHING).await;
    let (other, nobody) = (app.artist(), app.artist());
    let mine = other.chat(json!({"message": "Mine"})).await["conversation_id"].clone();
    let paths: Vec<_> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    assert!(
        paths.len() >= 13 && paths.iter().all(|path| path.starts_with("/fn/")),
        "{paths:?}"
    );
    for path in paths {
        let Some(missing) = arguments(path, &nobodys_id(), &mine) else {
            continue;
        };
        for id in &owned.ids {
            let foreign = arguments(path, id, &mine).unwrap();
            for (foreign, missing) in foreign.into_iter().zip(&missing) {
                let one = told(&call(&other, path, foreign.clone()).await);
                let two = told(&call(&other, path, missing.clone()).await);
                assert!(one.0 >= 400 || one.1 == NOTHING, "{path} {foreign}: {one:?}");
                assert_eq!(one, two, "{path} {foreign}");
                if path != "/fn/send" {
                    let unknown = call(&nobody, path, foreign.clone()).await;
                    assert!(
                        unknown.status >= 400 || unknown.text == NOTHING,
                        "{path} without a session: {unknown:?}"
                    );
                }
            }
        }
    }
    app.database.run("delete from conversations where title = 'Mine'").await;
    assert_eq!(
        app.database.value(EVERYTHING).await,
        before,
        "nothing of the owner changed"
    );

    // the owner finds something, so that the above proves something
    for (path, id) in [
        ("/fn/thread", &owned.conversation),
        ("/fn/message", &owned.answer),
        ("/fn/messages", &owned.conversation),
    ] {
        let mut body = arguments(path, id, &json!(owned.conversation)).unwrap().remove(0);
        if path == "/fn/messages" {
            body["before"] = json!(owned.answer);
        }
        let answer = call(&owned.artist, path, body).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_ne!(answer.text, NOTHING, "{path}");
    }
}

#[tokio::test]
async fn a_page_of_another_artist_is_the_page_of_nothing() {
    let app = TestApp::start().await;
    let owned = owner(&app).await;
    let other = app.artist();
    other.get("/api/conversations").await;
    let page = |id: String| {
        let other = &other;
        async move {
            let answer = other.get(&format!("/chat/{id}")).await;
            assert!(!answer.text.contains("Bonjour !"), "no word of the owner");
            (answer.status, answer.text.replace(&id, "ID").len())
        }
    };
    let (foreign, missing) = (page(owned.conversation.clone()).await, page(nobodys_id()).await);
    assert_eq!(foreign.0, missing.0);
    // the page tells the time, whose fraction of a second has more digits or fewer
    assert!(foreign.1.abs_diff(missing.1) < 6, "{foreign:?} {missing:?}");
}
