//! Who calls: cookies, origins, limits.

use crate::support::TestApp;
use serde_json::json;

#[tokio::test]
async fn the_first_call_makes_an_artist_and_a_page_view_does_not() {
    let app = TestApp::start().await;
    let artist = app.artist();
    for page in ["/", "/chat", "/health", "/favicon.ico"] {
        let answer = artist.get(page).await;
        assert!(answer.header("set-cookie").is_none(), "{page}");
    }
    assert_eq!(app.database.value("select count(*) from auth.users").await, "0");
    let first = artist.get("/api/conversations").await;
    let cookie = first.header("set-cookie").unwrap();
    assert!(
        cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && cookie.contains("; Path=/"),
        "{cookie}"
    );
    assert!(
        !cookie.contains("Secure"),
        "a phone on the LAN speaks plain http: {cookie}"
    );
    assert!(artist.get("/api/conversations").await.header("set-cookie").is_none());
    assert_eq!(app.database.value("select count(*) from auth.users").await, "1");
    let token = artist.cookie().unwrap();
    let stored = app
        .database
        .value("select string_agg(encode(token_hash, 'hex'), '') from auth.sessions")
        .await;
    assert!(!token.contains(&stored), "only a hash is kept");
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure_and_the_origin_is_the_public_one() {
    let app = TestApp::with(&[("SQUAD_PUBLIC_URL", "https://squad.test")]).await;
    let artist = app.artist();
    let from = |origin: &'static str| {
        let request = artist.request("POST", "/api/conversations").header("origin", origin);
        artist.call(request.json(&json!({})))
    };
    let made = from("https://squad.test").await;
    assert_eq!(made.status, 201);
    assert!(made.header("set-cookie").unwrap().contains("; Secure"));
    from("https://evil.test").await.problem(403, "forbidden");
}

#[tokio::test]
async fn an_unknown_or_forged_cookie_counts_as_none() {
    let app = TestApp::start().await;
    let owner = app.artist();
    owner.chat(json!({"message": "Mine"})).await;
    let token = owner.cookie().unwrap();
    let last = if token.ends_with('0') { "1" } else { "0" };
    let nearly = format!("{}{last}", &token[..token.len() - 1]);
    for forged in [
        "squad_session=",
        "squad_session=x",
        "squad_session='; select 1",
        nearly.as_str(),
    ] {
        let artist = app.artist();
        artist.forge_cookie(forged);
        let list = artist.get("/api/conversations").await;
        assert_eq!(list.ok(200)["conversations"], json!([]), "{forged}");
        assert_ne!(artist.cookie().as_deref(), Some(forged), "a new artist, a new cookie");
    }
    assert_eq!(
        owner.get("/api/conversations").await.ok(200)["conversations"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn what_a_browser_sends_from_another_site_is_refused_and_a_program_passes() {
    let app = TestApp::start().await;
    let artist = app.artist();
    let host = app.url.strip_prefix("http://").unwrap();
    let own = format!("http://{host}");
    let body = json!({"message": "Salut"});
    for path in ["/api/chat", "/api/chat/generate", "/api/conversations"] {
        for (name, value) in [
            ("origin", "http://evil.test"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let request = artist.request("POST", path).header(name, value).json(&body);
            artist.call(request).await.problem(403, "forbidden");
        }
        for (name, value) in [
            ("origin", own.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("x-none", "x"),
        ] {
            let request = artist.request("POST", path).header(name, value).json(&body);
            assert!(artist.call(request).await.status < 300, "{path} {name}");
        }
    }
    for path in ["/fn/send", "/chat"] {
        let request = artist
            .request("POST", path)
            .header("origin", "http://evil.test")
            .json(&json!({"request": body}));
        assert_eq!(artist.call(request).await.status, 403, "{path}");
    }
    let socket = artist.request("GET", "/feed").header("origin", "http://evil.test");
    let socket = socket.header("upgrade", "websocket").header("connection", "upgrade");
    assert_eq!(artist.call(socket).await.status, 403);
}

#[tokio::test]
async fn too_many_messages_are_refused_with_the_time_to_wait() {
    let app = TestApp::with(&[("SQUAD_LIMITS", "2/hour")]).await;
    let artist = app.artist();
    artist.chat(json!({"message": "one"})).await;
    artist.chat(json!({"message": "two"})).await;
    for path in ["/api/chat", "/api/chat/generate"] {
        let refused = artist.post(path, json!({"message": "three"})).await;
        refused.problem(429, "rate_limited");
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=1800).contains(&wait), "{wait}");
        assert_eq!(refused.json()["retry_after"], json!(wait));
    }
    app.artist().chat(json!({"message": "somebody else"})).await;
    assert_eq!(
        app.database
            .value("select count(*) from messages where role = 'user'")
            .await,
        "3"
    );
}

#[tokio::test]
async fn one_address_makes_twenty_artists_an_hour_at_most() {
    let app = TestApp::with(&[("SQUAD_LIMITS", "50/hour")]).await;
    for _ in 0..20 {
        app.artist().get("/api/conversations").await.ok(200);
    }
    let refused = app.artist().get("/api/conversations").await;
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some() && refused.header("set-cookie").is_none());
}

#[tokio::test]
async fn health_names_its_parts_and_is_503_only_without_the_database() {
    let app = TestApp::start().await;
    let (artist, known, program) = (app.artist(), app.artist(), app.program().await);
    known.get("/api/conversations").await.ok(200);
    let health = artist.get("/health").await.ok(200);
    assert_eq!(health["status"], "ok");
    let parts = json!({"postgres": "ok", "redis": "absent", "engine": "ok", "providers": "ok", "disk": "absent"});
    assert_eq!((&health["parts"], health["version"].is_string()), (&parts, true));
    let name = app.database.value("select current_database()").await;
    let away = format!(
        "alter database {name} allow_connections false; select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
    );
    crate::support::postgres::Database::empty().await.run(&away).await;
    let health = artist.get("/health").await.ok(503);
    assert_eq!(health["status"], "down");
    assert!(
        health["parts"]["postgres"].as_str().unwrap().starts_with("down: "),
        "{health}"
    );
    for caller in [&artist, &known, &program] {
        caller.get("/api/conversations").await.problem(503, "unavailable");
    }
    let refused = program.get("/v1/models").await.ok(503);
    assert_eq!(refused["error"]["code"], "unavailable");
}
