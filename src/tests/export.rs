//! Data to take away.

use crate::support::{TestApp, artist::Started};
use serde_json::{Value, json};
use squad::api;

async fn branched(app: &TestApp) -> (crate::support::Artist, Started) {
    let artist = app.artist();
    let first = json!({"message": "Mon été <b>\"à\"</b>", "coach": "luke"});
    let first = Started::of(&artist.chat(first).await);
    let path = format!("/api/messages/{}/regenerate", first.message);
    app.fake.then(json!([{"text": "Une autre réponse"}])).await;
    let again = Started::of(&artist.post(&path, json!({})).await.ok(202));
    artist.finished(&again.generation).await;
    (artist, again)
}

#[tokio::test]
async fn a_conversation_is_taken_away_as_it_is_read_and_as_it_is() {
    let app = TestApp::start().await;
    let (artist, ids) = branched(&app).await;
    let place = format!("/api/conversations/{}/export", ids.conversation);
    let read = artist
        .call(
            artist
                .request("GET", &format!("{place}?format=markdown"))
                .header("accept-language", "fr"),
        )
        .await;
    assert_eq!(
        (read.status, read.header("content-type")),
        (200, Some("text/markdown; charset=utf-8"))
    );
    assert_eq!(
        read.header("content-disposition"),
        Some("attachment; filename=\"Mon-t-b-b.md\"; filename*=UTF-8''Mon-%C3%A9t%C3%A9-b-%C3%A0-b.md")
    );
    let lines: Vec<_> = read.text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], "# Mon été <b>\"à\"</b>");
    assert!(
        lines[1].starts_with("**Moi** · 20") && lines[1].ends_with(" UTC"),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("**Luke 🎨** · 20"), "{lines:?}");
    assert_eq!(
        lines[4..],
        [
            "Une autre réponse",
            "---",
            "1 autre version d’un message se trouve dans l’export JSON."
        ],
        "the shown branch, and that there is more"
    );

    let whole = artist.get(&format!("{place}?format=json")).await;
    assert!(whole.header("content-disposition").unwrap().contains(".json\""));
    let whole = whole.ok(200);
    assert_eq!(whole["conversation"]["id"], json!(ids.conversation));
    let shown = artist.messages(&ids.conversation).await;
    let messages = whole["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3, "every branch");
    for message in &shown {
        assert!(
            messages.contains(message),
            "as the list of messages has it: {message}\n{messages:?}"
        );
    }
    assert_eq!(
        artist.get(&place).await.text,
        artist.get(&format!("{place}?format=markdown")).await.text
    );
    let detail = artist.get(&format!("{place}?format=pdf")).await.problem(422, "invalid");
    assert!(detail.starts_with("format: "), "{detail}");
}

#[tokio::test]
async fn everything_is_taken_away_in_one_file() {
    let app = TestApp::start().await;
    app.artist().chat(json!({"message": "Not hers"})).await;
    let (artist, ids) = branched(&app).await;
    let all = |file: Value| file["conversations"].as_array().unwrap().len();
    let deleted = Started::of(&artist.chat(json!({"message": "deleted"})).await);
    let archived = Started::of(&artist.chat(json!({"message": "archived"})).await);
    artist
        .send(
            "DELETE",
            &format!("/api/conversations/{}", deleted.conversation),
            json!({}),
        )
        .await;
    artist
        .send(
            "PATCH",
            &format!("/api/conversations/{}", archived.conversation),
            json!({"archived": true}),
        )
        .await;
    artist
        .on_page::<api::SaveProfile>(json!({"profile": {"artist_name": "Nina"}}))
        .await
        .unwrap();
    let file = artist.get("/api/export").await;
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; "));
    let file = file.ok(200);
    assert_eq!(file["profile"]["artist_name"], "Nina");
    assert_eq!(all(file.clone()), 2, "archived ones too, deleted ones not");
    assert_eq!(file["conversations"][0]["conversation"]["id"], json!(ids.conversation));
    assert_eq!(file["conversations"][0]["messages"].as_array().unwrap().len(), 3);
    let nothing = app.artist().get("/api/export").await.ok(200);
    assert_eq!(all(nothing), 0);
}
