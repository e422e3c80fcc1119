//! What the squad knows of an artist, and how it forgets her.

use crate::support::{TestApp, artist::Started, socket::Socket};
use serde_json::json;
use squad::{api, types::error::ErrorCode};

#[tokio::test]
async fn the_sheet_is_what_prompts_say_of_the_artist() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let empty = artist.on_page::<api::LoadProfile>(json!({})).await.unwrap();
    assert_eq!(
        (&empty["artist_name"], &empty["identity_defined"]),
        (&json!(""), &json!(false))
    );
    assert_eq!(artist.cookie(), None, "looking makes no artist");
    let sheet = json!({
        "artist_name": " Nina ", "music_style": "dream pop", "spotify_url": "open.spotify.com/artist/4x?si=y",
        "release_date": "2027-03-05", "identity_defined": true, "fan_base_started": false,
    });
    let mut kept = sheet.clone();
    kept["artist_name"] = json!("Nina");
    kept["spotify_url"] = json!("https://open.spotify.com/artist/4x");
    assert_eq!(
        artist
            .on_page::<api::SaveProfile>(json!({"profile": sheet}))
            .await
            .unwrap(),
        kept
    );
    assert_eq!(artist.on_page::<api::LoadProfile>(json!({})).await.unwrap(), kept);
    artist.chat(json!({"message": "Salut"})).await;
    let told = app.fake.prompt(1).await;
    for fact in [
        "name: Nina",
        "style: dream pop",
        "https://open.spotify.com/artist/4x",
        "2027-03-05",
        "identity: defined",
    ] {
        assert!(told.contains(fact), "{fact}: {told}");
    }
    assert!(!told.contains("fan base"), "{told}");
    let other = app.artist();
    other.chat(json!({"message": "Salut"})).await;
    assert!(!app.fake.prompt(2).await.contains("Nina"), "nobody else is told");
    for (field, value) in [
        ("artist_name", json!("x".repeat(121))),
        ("music_style", json!("a\u{0}b")),
        ("spotify_url", json!("https://example.com/x")),
        ("release_date", json!("2027-02-30")),
    ] {
        let mut wrong = kept.clone();
        wrong[field] = value;
        let sheet = json!({"profile": wrong});
        let problem = artist.on_page::<api::SaveProfile>(sheet).await.unwrap_err();
        assert!(
            problem.code == ErrorCode::Invalid && problem.detail.starts_with(&format!("{field}: ")),
            "{problem:?}"
        );
    }
    assert_eq!(
        artist.on_page::<api::LoadProfile>(json!({})).await.unwrap(),
        kept,
        "nothing of a refused sheet is kept"
    );
}

#[tokio::test]
async fn an_artist_who_wants_to_be_forgotten_is() {
    let app = TestApp::start().await;
    let (artist, other) = (app.artist(), app.artist());
    other.chat(json!({"message": "Je reste"})).await;
    let ids = Started::of(&artist.chat(json!({"message": "Oublie-moi"})).await);
    artist
        .on_page::<api::SaveProfile>(json!({"profile": {"artist_name": "Nina"}}))
        .await
        .unwrap();
    artist
        .send(
            "PUT",
            &format!("/api/messages/{}/feedback", ids.message),
            json!({"value": "up"}),
        )
        .await
        .ok(200);
    app.fake.then(json!([{"text": "Half"}, {"hold": "x"}])).await;
    artist.generate(json!({"message": "Encore"})).await;
    app.fake.reached("x").await;
    let former = artist.cookie().unwrap();
    artist.on_page::<api::EraseEverything>(json!({})).await.unwrap();
    assert_eq!(
        artist.cookie().as_deref(),
        Some("squad_session="),
        "the cookie is taken back"
    );
    assert_eq!(
        app.fake.ended(3).await["disconnected"],
        true,
        "the running answer is dropped"
    );
    for (table, left) in [
        ("conversations", "1"),
        ("messages", "2"),
        ("generations", "1"),
        ("feedback", "0"),
        ("profiles", "0"),
        ("auth.users", "1"),
        ("auth.sessions", "1"),
    ] {
        assert_eq!(
            app.database.value(&format!("select count(*) from {table}")).await,
            left,
            "{table}"
        );
    }
    let logs = "select count(distinct generation_id) from generation_chunks";
    assert_eq!(
        app.database.value(logs).await,
        "1",
        "only the other artist's log is left"
    );
    artist.forge_cookie(&former);
    let list = artist.get("/api/conversations").await.ok(200);
    assert_eq!(list["conversations"], json!([]), "the former session is nobody's");
}

#[tokio::test]
async fn a_conversation_read_in_one_tab_is_read_in_the_others() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let ids = Started::of(&artist.chat(json!({"message": "Salut"})).await);
    let place = format!("/api/conversations/{}", ids.conversation);
    assert_eq!(artist.get(&place).await.ok(200)["unread"], true);
    let mut tab = Socket::open(&artist, "/feed").await;
    artist
        .on_page::<api::MarkRead>(json!({"conversation": ids.conversation}))
        .await
        .unwrap();
    let heard = tab.expect("list").await;
    assert_eq!(
        (&heard["conversation"]["id"], &heard["conversation"]["unread"]),
        (&json!(ids.conversation), &json!(false))
    );
    for (change, field) in [
        (json!({"pinned": true}), "pinned"),
        (json!({"archived": true}), "status"),
    ] {
        let changed = artist.send("PATCH", &place, change).await.ok(200);
        assert_eq!(tab.expect("list").await["conversation"][field], changed[field]);
    }
}
