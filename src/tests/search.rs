//! Search in titles and messages.

use crate::support::{Artist, TestApp, artist::Started, postgres::Database};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use squad::api;

async fn found(artist: &Artist, words: &str) -> Vec<String> {
    let words: String = words.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let page = artist.get(&format!("/api/conversations?q={words}")).await.ok(200);
    let conversations = page["conversations"].as_array().unwrap();
    let titles: Vec<_> = conversations
        .iter()
        .map(|one| one["title"].as_str().unwrap().to_string())
        .collect();
    let hits = page["hits"].as_array().map_or(0, Vec::len);
    assert_eq!(hits, titles.len(), "a hit for each");
    titles
}

fn marked(parts: &Value) -> String {
    let part = |part: &Value| {
        let text = part["text"].as_str().unwrap();
        if part["hit"] == true {
            format!("[{text}]")
        } else {
            text.to_string()
        }
    };
    parts.as_array().unwrap().iter().map(part).collect()
}

#[tokio::test]
async fn words_are_found_by_their_stems_whatever_their_accents_and_language() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for (question, answer) in [
        ("Les répétitions du Cœur", "On prépare un concert à l'été"),
        ("Growing my audience", "Happiness is posting daily on instagram.com"),
        ("Rien de tout cela", "vraiment"),
    ] {
        app.fake.then(json!([{"text": answer}])).await;
        artist.chat(json!({"message": question})).await;
    }
    for (words, title) in [
        ("repetition", "Les répétitions du Cœur"),
        ("RÉPÉTITIONS", "Les répétitions du Cœur"),
        ("re\u{301}pe\u{301}tition", "Les répétitions du Cœur"),
        ("coeur", "Les répétitions du Cœur"),
        ("cœur", "Les répétitions du Cœur"),
        ("préparer concerts", "Les répétitions du Cœur"),
        ("ete", "Les répétitions du Cœur"),
        ("conc", "Les répétitions du Cœur"),
        ("audiences", "Growing my audience"),
        ("grow", "Growing my audience"),
        ("posted", "Growing my audience"),
        ("insta", "Growing my audience"),
        ("rien", "Rien de tout cela"),
    ] {
        assert_eq!(found(&artist, words).await, [title], "{words}");
    }
    for words in ["concert audience", "zzz", "conc rien", "'", "& | ! ( :*", "<->", "\\"] {
        assert!(found(&artist, words).await.is_empty(), "{words}");
    }
    assert_eq!(
        artist.get("/api/conversations?q=%20").await.ok(200)["conversations"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    for words in ["x".repeat(201), "a%00b".to_string()] {
        let detail = artist
            .get(&format!("/api/conversations?q={words}"))
            .await
            .problem(422, "invalid");
        assert!(detail.starts_with("q: "), "{detail}");
    }
}

#[tokio::test]
async fn what_stands_between_signs_is_found_and_marked_as_it_was_written() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let answer = "Like AC/DC or \"Rock/Pop\", 24/7. Write to joe@band.com, see https://www.band.fr/music?p=1 <b>tag";
    app.fake.then(json!([{"text": answer}])).await;
    artist.chat(json!({"message": "Who do I sound like?"})).await;
    for (words, shown) in [
        ("AC/DC", "[AC]/[DC]"),
        ("ac", "[AC]/DC"),
        ("Rock/Pop", "[Rock]/[Pop]"),
        ("pop", "[Pop]"),
        ("24/7", "[24]/[7]"),
        ("joe@band.com", "[joe]@[band].[com]"),
        ("band.fr", "www.[band].[fr]"),
        ("<b>tag", "<[b]>[tag]"),
    ] {
        let path = format!(
            "/api/conversations?q={}",
            words.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>()
        );
        let hits = artist.get(&path).await.ok(200)["hits"].clone();
        let snippet = marked(&hits[0]["snippet"]);
        assert!(snippet.contains(shown), "{words}: {snippet}");
    }
}

#[tokio::test]
async fn a_hit_shows_its_place_with_the_words_as_they_were_written() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let long = format!(
        "{}Je PRÉPARE <script>alert(1)</script> mon Œuvre & l'été. {}Et un zigzag",
        "Avant tout, du calme. ".repeat(30),
        "Fin de la phrase. ".repeat(30)
    );
    app.fake.then(json!([{"text": long}])).await;
    let ids = Started::of(&artist.chat(json!({"message": "Préparer un EP"})).await);
    let page = artist
        .on_page::<api::FindConversations>(json!({"words": "prepare", "archived": false}))
        .await
        .unwrap();
    let hit = &page["hits"][0];
    assert_eq!(
        (&hit["conversation_id"], &hit["message_id"]),
        (&json!(ids.conversation), &json!(ids.message))
    );
    assert_eq!(marked(&hit["title"]), "[Préparer] un EP");
    let snippet = marked(&hit["snippet"]);
    assert!(
        snippet.contains("[PRÉPARE] <script>alert(1)</script> mon OEuvre & l'été"),
        "{snippet}"
    );
    assert!(snippet.chars().count() < 260, "a part of it: {snippet}");
    // the last words of a text: what a row cuts off is what stands after them
    let page = artist
        .on_page::<api::FindConversations>(json!({"words": "zigzag", "archived": false}))
        .await
        .unwrap();
    let snippet = marked(&page["hits"][0]["snippet"]);
    assert_eq!(snippet, "…Fin de la phrase. Et un [zigzag]");
    // only in the title: no message to show
    artist
        .send(
            "PATCH",
            &format!("/api/conversations/{}", ids.conversation),
            json!({"title": "Zanzibar"}),
        )
        .await;
    let page = artist
        .on_page::<api::FindConversations>(json!({"words": "zanz", "archived": false}))
        .await
        .unwrap();
    let hit = &page["hits"][0];
    assert_eq!(
        (marked(&hit["title"]), &hit["message_id"], &hit["snippet"]),
        ("[Zanzibar]".into(), &Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn a_beginning_is_of_the_word_as_typed_and_never_of_its_stem() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for (question, answer) in [
        ("Tell them", "They see themselves as not important, and our others"),
        ("Le thème du clip", "De beaux THÈMES, et themselves"),
        ("Notes", "Musicians are dancing; une préparation"),
    ] {
        app.fake.then(json!([{"text": answer}])).await;
        artist.chat(json!({"message": question})).await;
    }
    let (them, theme, notes) = ("Tell them", "Le thème du clip", "Notes");
    for (words, titles) in [
        // its French stem is "them"
        ("theme", vec![theme]),
        ("Thèmes", vec![theme]),
        ("thème clip", vec![theme]),
        ("clip thèm", vec![theme]),
        ("them", vec![theme, them]),
        ("themsel", vec![theme, them]),
        // its French stem is "not"
        ("note", vec![notes]),
        ("musicia", vec![notes]),
        ("danc", vec![notes]),
        ("danci", vec![notes]),
        ("dances", vec![notes]),
        ("prépara", vec![notes]),
        ("prepares", vec![notes]),
        ("musician danc", vec![notes]),
        ("theme danc", vec![]),
    ] {
        assert_eq!(found(&artist, words).await, titles, "{words}");
    }
    // each word is marked in its language, and nothing that is not found
    for (words, title, snippet) in [
        ("theme", "Le [thème] du clip", "De beaux [THÈMES], et themselves"),
        (
            "beaux theme",
            "Le [thème] du clip",
            "De [beaux] [THÈMES], et themselves",
        ),
        ("dance prepares", "Notes", "Musicians are [dancing]; une [préparation]"),
    ] {
        let page = artist
            .on_page::<api::FindConversations>(json!({"words": words, "archived": false}))
            .await
            .unwrap();
        let hit = &page["hits"][0];
        assert_eq!(
            (marked(&hit["title"]).as_str(), marked(&hit["snippet"]).as_str()),
            (title, snippet),
            "{words}"
        );
    }
}

#[tokio::test]
async fn found_conversations_come_in_pages_without_deleted_or_archived_ones() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let mut ids = Vec::new();
    for number in 0..7 {
        let made = artist
            .post("/api/conversations", json!({"title": format!("Tournée {number}")}))
            .await
            .ok(201);
        ids.push(made["id"].as_str().unwrap().to_string());
    }
    artist
        .send("DELETE", &format!("/api/conversations/{}", ids[1]), json!({}))
        .await;
    artist
        .send(
            "PATCH",
            &format!("/api/conversations/{}", ids[2]),
            json!({"archived": true}),
        )
        .await;
    artist
        .send(
            "PATCH",
            &format!("/api/conversations/{}", ids[0]),
            json!({"pinned": true}),
        )
        .await;
    app.database
        .run("update conversations set last_message_at = '2026-01-01' where title in ('Tournée 3', 'Tournée 4')")
        .await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/conversations?q=tournee&limit=2&cursor={cursor}");
        let page = artist.get(&path).await.ok(200);
        let titles = page["conversations"].as_array().unwrap().iter();
        seen.extend(titles.map(|one| one["title"].as_str().unwrap().to_string()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_string(),
            None => break,
        }
    }
    assert_eq!(seen, ["Tournée 6", "Tournée 5", "Tournée 0", "Tournée 4", "Tournée 3"]);
    let archived = artist.get("/api/conversations?q=tournee&archived=true").await.ok(200);
    assert_eq!(archived["conversations"][0]["title"], "Tournée 2");
    artist
        .get("/api/conversations?q=tournee&cursor=x")
        .await
        .problem(422, "invalid");
}

#[tokio::test]
async fn pinned_conversations_stand_first_on_every_page_of_the_list() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for number in 0..5 {
        let made = artist
            .post("/api/conversations", json!({"title": format!("n{number}")}))
            .await
            .ok(201);
        if number < 3 {
            let place = format!("/api/conversations/{}", made["id"].as_str().unwrap());
            artist.send("PATCH", &place, json!({"pinned": true})).await.ok(200);
        }
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = artist
            .get(&format!("/api/conversations?limit=2&cursor={cursor}"))
            .await
            .ok(200);
        let titles = page["conversations"].as_array().unwrap().iter();
        seen.extend(titles.map(|one| one["title"].as_str().unwrap().to_string()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_string(),
            None => break,
        }
    }
    assert_eq!(seen, ["n2", "n1", "n0", "n4", "n3"]);
}

/// A connection as requests have one, for this artist.
async fn scoped(database: &Database, artist: &str) -> PgConnection {
    let mut connection = database.connect().await;
    let scope = format!("set role squad_app; set app.user_id = '{artist}'");
    sqlx::raw_sql(AssertSqlSafe(scope))
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

async fn search_as(connection: &mut PgConnection, words: &str) -> Vec<(String, Option<String>)> {
    let statement = format!("select title, snippet from search_conversations('{words}', 'active', null, null, 100)");
    let rows = sqlx::raw_sql(AssertSqlSafe(statement))
        .fetch_all(connection)
        .await
        .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn the_function_that_sees_past_the_policies_gives_each_artist_her_own_rows() {
    let app = TestApp::start().await;
    let (one, two) = (app.artist(), app.artist());
    app.fake.then(json!([{"text": "secret de une"}])).await;
    one.chat(json!({"message": "Mon secret un"})).await;
    app.fake.then(json!([{"text": "secret de deux"}])).await;
    two.chat(json!({"message": "Mon secret deux"})).await;
    assert_eq!(found(&one, "secret").await, ["Mon secret un"]);
    assert_eq!(found(&two, "secret").await, ["Mon secret deux"]);
    assert!(found(&one, "deux").await.is_empty() && found(&app.artist(), "secret").await.is_empty());

    let owner = |title: &str| format!("select user_id from conversations where title = '{title}'");
    let first = app.database.value(&owner("Mon secret un")).await;
    let second = app.database.value(&owner("Mon secret deux")).await;
    let mut connection = scoped(&app.database, &first).await;
    assert_eq!(search_as(&mut connection, "secret").await.len(), 1);
    // an artist is one of the indexed words, and still no word to search by
    for words in [second.clone(), format!("secret {second}"), second.replace('-', " ")] {
        assert!(search_as(&mut connection, &words).await.is_empty(), "{words}");
    }
    sqlx::raw_sql("set app.user_id = ''")
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(
        search_as(&mut connection, "secret").await.is_empty(),
        "an empty claim is nobody"
    );
    let mut nobody = app.database.connect().await;
    sqlx::raw_sql("set role squad_app").execute(&mut nobody).await.unwrap();
    assert!(search_as(&mut nobody, "secret").await.is_empty(), "no claim is nobody");
    // nobody but the role of requests may call it
    let public = "select has_function_privilege('public', 'search_conversations(text, text, timestamptz, uuid, int)', 'execute')";
    assert_eq!(app.database.value(public).await, "false");
}

#[tokio::test]
async fn the_index_alone_finds_an_artists_rows_among_many_others() {
    let database = Database::new().await;
    database
        .run(
            "insert into conversations (id, user_id, title, current_coach, platform)
               select gen_random_uuid(), md5('artist' || n)::uuid, 'Tournée', 'luke', 'web' from generate_series(1, 200) n;
             insert into messages (id, user_id, conversation_id, role, content, status)
               select gen_random_uuid(), c.user_id, c.id, 'user', 'une tournée de concerts numero' || k, 'complete'
               from conversations c, generate_series(1, 10) k;
             analyze",
        )
        .await;
    let plan = sqlx::raw_sql(
        "explain (analyze, costs off, timing off, summary off) select id from messages
           where search_words(user_id, content) @@ search_own(md5('artist7')::uuid, search_query('tournée concer'))
             and user_id = md5('artist7')::uuid",
    );
    let rows = plan.fetch_all(&mut database.connect().await).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    assert!(
        plan.contains("Bitmap Index Scan on messages_search (actual rows=10"),
        "{plan}"
    );
    assert!(!plan.contains("Seq Scan"), "{plan}");
    // a beginning of a word is looked up word by word: none of another artist may be among them
    let foreign = "select count(*) from messages m, unnest(search_words(m.user_id, m.content)) word
      where word.lexeme not like search_mark(m.user_id) || '%' or search_mark(m.user_id) <> right(m.user_id::text, 8)";
    assert_eq!(database.value(foreign).await, "0");
}
