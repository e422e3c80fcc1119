//! Programs call with a key: how one is made, what it opens, and when it opens nothing any more.

use crate::support::{
    Fake, TestApp,
    app::{SQUAD, environment, squad},
    nobodys_id,
    postgres::folder,
    process::Process,
    socket::upgrade,
};
use serde_json::json;

#[tokio::test]
async fn a_key_is_an_artist_of_its_own_and_its_conversations_are_of_the_api() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let key = program.key();
    assert!(key.starts_with("sqd_") && key.len() == 4 + 64, "{key}");
    let answer = program.chat(json!({"message": "Salut"})).await;
    let list = program.get("/api/conversations").await;
    assert!(list.header("set-cookie").is_none(), "{list:?}");
    let list = list.ok(200);
    assert_eq!(list["conversations"][0]["id"], answer["conversation_id"]);
    assert_eq!(list["conversations"][0]["platform"], "api");
    let made = program.post("/api/conversations", json!({})).await.ok(201);
    assert_eq!(made["platform"], "api");
    let artist = app.artist();
    let mine = artist.chat(json!({"message": "Salut"})).await;
    let place = format!("/api/conversations/{}", mine["conversation_id"].as_str().unwrap());
    assert_eq!(artist.get(&place).await.ok(200)["platform"], "web");
    program.get(&place).await.problem(404, "not_found");
    let kept = "select string_agg(k::text, '') from auth.api_keys k";
    assert!(
        !app.database.value(kept).await.contains(&key[12..]),
        "only a hash is kept"
    );
}

#[tokio::test]
async fn a_key_of_an_artist_sees_what_her_browser_sees() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let mine = artist.chat(json!({"message": "Salut"})).await;
    let id = app.database.value("select user_id from conversations").await;
    let made = app
        .squad(&["api-key", "create", "--name", "Hers", "--artist", &id])
        .await;
    let program = app.artist().with_key(made.ok().trim());
    let list = program.get("/api/conversations").await.ok(200);
    assert_eq!(list["conversations"][0]["id"], mine["conversation_id"]);
    // the key says who calls, whatever cookie comes along
    let stranger = app.artist();
    stranger.get("/api/conversations").await;
    let both = stranger.with_key(program.key()).get("/api/conversations").await;
    assert_eq!(both.ok(200), list);
    let nobody = app
        .squad(&["api-key", "create", "--name", "x", "--artist", &nobodys_id()])
        .await;
    assert!(
        !nobody.success && nobody.out.is_empty() && nobody.err.contains("--artist"),
        "{nobody:?}"
    );
    let unnamed = app.squad(&["api-key", "create", "--name", " "]).await;
    assert!(!unnamed.success && unnamed.err.contains("--name"), "{unnamed:?}");
}

#[tokio::test]
async fn a_wrong_or_revoked_key_opens_no_door() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let ids = program.chat(json!({"message": "Mine"})).await;
    let socket = format!("/ws/chat/{}", ids["generation_id"].as_str().unwrap());
    let list = app.squad(&["api-key", "list"]).await;
    let row: Vec<_> = list.ok().trim().split('\t').collect();
    assert_eq!((row.len(), row[4], row[5]), (6, "active", "A program"), "{row:?}");
    let (hint, key) = (row[1].trim_end_matches('…'), program.key());
    assert!(key.starts_with(hint) && hint.len() < 16, "{hint}");

    app.squad(&["api-key", "revoke", row[0]]).await.ok();
    app.squad(&["api-key", "revoke", row[0]]).await.ok();
    assert!(app.squad(&["api-key", "list"]).await.ok().contains("\trevoked\t"));
    let unknown = app.squad(&["api-key", "revoke", &nobodys_id()]).await;
    assert!(!unknown.success && unknown.err.contains("api-key list"), "{unknown:?}");

    let owner = app.artist();
    owner.chat(json!({"message": "I have a cookie"})).await;
    let almost = format!("{}0", &key[..key.len() - 1]);
    for authorization in [
        format!("Bearer {key}"),
        format!("bearer {almost}"),
        "Bearer ".into(),
        "Bearer".into(),
        "Basic eDp5".into(),
    ] {
        let with = |request: reqwest::RequestBuilder| request.header("authorization", authorization.as_str());
        for artist in [&app.artist(), &owner] {
            if artist.cookie().is_some() && authorization.starts_with("Basic") {
                // for a proxy in front, and the cookie says who calls
                let list = artist.call(with(artist.request("GET", "/api/conversations"))).await;
                assert_eq!(list.ok(200)["conversations"][0]["title"], "I have a cookie");
                continue;
            }
            for (method, path) in [
                ("GET", "/api/conversations"),
                ("POST", "/api/chat"),
                ("GET", "/api/nothing"),
            ] {
                let refused = artist
                    .call(with(artist.request(method, path)).json(&json!({"message": "x"})))
                    .await;
                refused.problem(401, "unauthorized");
                assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{path}");
                assert!(refused.header("set-cookie").is_none());
            }
            artist
                .call(with(upgrade(artist, &socket)))
                .await
                .problem(401, "unauthorized");
            let refused = artist.call(with(artist.request("GET", "/v1/models"))).await;
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
            assert_eq!(refused.ok(401)["error"]["code"], "invalid_api_key");
        }
    }
    assert_eq!(app.database.value("select count(*) from conversations").await, "2");
}

#[tokio::test]
async fn a_key_needs_no_origin_and_a_cookie_does_on_every_door() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let artist = app.artist();
    artist.get("/api/conversations").await;
    let completion = json!({"model": "squad/auto", "messages": [{"role": "user", "content": "x"}]});
    for (path, body) in [
        ("/api/chat", json!({"message": "x"})),
        ("/v1/chat/completions", completion),
    ] {
        let from = |request: reqwest::RequestBuilder| request.header("origin", "http://elsewhere.test").json(&body);
        let called = program.call(from(program.request("POST", path))).await;
        assert_eq!(called.status, 200, "{called:?}");
        let refused = artist.call(from(artist.request("POST", path))).await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
}

#[tokio::test]
async fn with_the_embedded_database_a_key_is_made_beside_the_program_and_without_it() {
    let (fake, data) = (Fake::start().await, folder("keys"));
    let environment = environment("", &fake.url, &[("SQUAD_DATA_DIR", data.to_str().unwrap())]);
    let make = ["api-key", "create", "--name", "A program"];
    // the first of all programs on this folder
    let first = squad(&make, &environment).await;
    let mut program = Process::start(SQUAD, &[], &environment);
    let url = program.ready().await;
    let second = squad(&make, &environment).await;
    for key in [&first, &second] {
        let artist = crate::support::Artist::at(&url).with_key(key.ok().trim());
        artist.get("/api/conversations").await.ok(200);
    }
    program.signal(rustix::process::Signal::TERM);
    assert!(
        program.ended().await.success(),
        "the command left the program's server alone: {}",
        program.stderr()
    );
    let list = squad(&["api-key", "list"], &environment).await;
    assert_eq!(list.ok().lines().count(), 2);
}
