//! The workings made visible: what happened to a run, to its artist and to the owner, and no word of anybody.

use crate::support::{
    Answer, Artist, TestApp,
    artist::Started,
    nobodys_id,
    socket::{Socket, upgrade},
};
use serde_json::{Value, json};

const TOKEN: &str = "the-token-of-the-owner-of-this-squad";
/// In what artists ask and squads answer, to be found nowhere else.
const ASKED: &str = "zebrawort";
const ANSWERED: &str = "quaggawort";

fn status_of(run: &str) -> String {
    format!("/api/workflows/{run}/status")
}

fn kinds(story: &Value) -> Vec<&str> {
    let steps = story["story"].as_array().unwrap();
    steps.iter().map(|step| step["kind"].as_str().unwrap()).collect()
}

/// The kinds of the lines of a run's page, in their order.
fn lines(page: &str) -> Vec<&str> {
    let lines = page.split("data-kind=\"").skip(1);
    lines.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn a_run_tells_its_retry_and_its_cut_with_their_reasons() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!([
            {"then": [{"status": 529, "headers": {"retry-after": "0"}}]},
            {"then": [{"text": format!("{ANSWERED} half")}, {"cut": true}]},
            {"then": [{"text": format!("{ANSWERED} ").repeat(30)}, {"cut": true}]},
            {"then": [{"text": "the end of it"}]},
        ]))
        .await;
    let done = Started::of(&artist.chat(json!({"message": ASKED})).await);
    let story = artist.get(&status_of(&done.generation)).await.ok(200);
    assert_eq!(kinds(&story), ["retried", "reset", "seam"], "{story}");
    let of = |index: usize, field: &str| story["story"][index][field].clone();
    assert_eq!(
        (of(0, "code"), of(0, "attempt")),
        (json!("provider_overloaded"), json!(1))
    );
    assert_eq!((of(1, "code"), of(1, "attempt")), (json!("provider_error"), json!(2)));
    assert_eq!(of(2, "attempt"), json!(3));

    let page = artist.get(&format!("/runs/{}", done.generation)).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        lines(&page.text),
        [
            "queued",
            "claimed",
            "retried",
            "first_token",
            "reset",
            "seam",
            "checkpoint",
            "completed"
        ]
    );
    assert!(!page.text.contains(ANSWERED) && !page.text.contains(ASKED));
    let length = artist.messages(&done.conversation).await[1]["content"]
        .as_str()
        .unwrap()
        .chars()
        .count();
    assert!(
        page.text.contains(&format!("{length} characters")) || length > 999,
        "{length}"
    );
    assert_eq!(story["characters"], json!(length));
}

#[tokio::test]
async fn a_run_tells_who_took_it_over_from_whom() {
    let mut app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!([{"then": [{"text": "Half"}, {"hold": "midway"}]}, {"then": [{"text": "Whole"}]}]))
        .await;
    let run = artist.generate(json!({"message": "Salut"})).await;
    app.fake.reached("midway").await;
    begun(&artist, &run.generation).await;
    let former = app.pid();
    app.kill().await;
    app.database
        .run("update generations set lease_until = now() - interval '1 second' where state = 'running'")
        .await;
    app.start_again().await;
    let artist = artist.moved_to(&app.url);
    artist.finished(&run.generation).await;
    let story = artist.get(&status_of(&run.generation)).await.ok(200);
    assert_eq!(kinds(&story), ["taken_over", "reset"], "{story}");
    let from = story["story"][0]["process"].as_str().unwrap();
    assert!(from.ends_with(&format!(":{former}")), "{from}");
    let page = artist.get(&format!("/runs/{}", run.generation)).await.text;
    let (claimed, taken) = (
        page.find("data-kind=\"claimed\"").unwrap(),
        page.find("data-kind=\"taken_over\"").unwrap(),
    );
    assert!(page[claimed..taken].contains(&format!(":{former}")), "{page}");
    assert!(page[taken..].contains(&format!(":{}", app.pid())), "{page}");
}

/// Waits until the first words of an answer are stored.
async fn begun(artist: &Artist, run: &str) {
    let mut events = artist.follow(run, 0).await;
    events.expect("generation").await;
    events.expect("delta").await;
}

/// Sends the form with this token.
async fn enter(browser: &Artist, token: &str) -> Answer {
    let form = browser.request("POST", "/owner").body(format!("token={token}"));
    browser
        .call(form.header("content-type", "application/x-www-form-urlencoded"))
        .await
}

/// Two artists with an answer each, one of which still runs.
async fn two_artists(app: &TestApp) -> (Artist, Started, Artist, Started) {
    let (one, other) = (app.artist(), app.artist());
    app.fake
        .script(json!([
            {"match": "first", "then": [{"text": format!("{ANSWERED} done")}]},
            {"match": "second", "then": [{"text": format!("{ANSWERED} so far")}, {"hold": "second"}]},
        ]))
        .await;
    let done = Started::of(&one.chat(json!({"message": format!("{ASKED} first")})).await);
    let running = other.generate(json!({"message": format!("{ASKED} second")})).await;
    app.fake.reached("second").await;
    begun(&other, &running.generation).await;
    (one, done, other, running)
}

#[tokio::test]
async fn an_artist_sees_her_runs_and_a_foreign_one_is_a_missing_one() {
    let app = TestApp::with(&[("SQUAD_OWNER_TOKEN", TOKEN)]).await;
    let (one, done, other, running) = two_artists(&app).await;
    let list = one.get("/runs").await;
    assert!(list.text.contains(&done.generation) && !list.text.contains(&running.generation));
    let missing = other.get(&format!("/runs/{}", nobodys_id())).await;
    assert_eq!(missing.status, 404);
    let plain = |page: &str| {
        // what differs from page to page by itself
        let cut = page
            .split("nonce=")
            .map(|part| part.split_once(['>', ' ']).map_or(part, |(_, rest)| rest));
        cut.collect::<String>()
    };
    for id in [&done.generation, &done.conversation, &done.message, &"what".to_string()] {
        let foreign = other.get(&format!("/runs/{id}")).await;
        assert_eq!(
            (foreign.status, plain(&foreign.text)),
            (404, plain(&missing.text)),
            "{id}"
        );
        let stop = format!("/runs/{id}/cancel");
        other.call(other.request("POST", &stop)).await.problem(404, "not_found");
        let feed = other.call(upgrade(&other, &format!("/runs/feed?run={id}"))).await;
        assert!(feed.status == 404 || feed.status == 422, "{feed:?}");
    }
    let nobody = app.artist();
    assert_eq!(nobody.get(&format!("/runs/{}", done.generation)).await.status, 404);
    let empty = nobody.get("/runs").await;
    assert!(empty.status == 200 && !empty.text.contains("data-testid=\"run\""));
    assert_eq!(nobody.cookie(), None, "looking makes nobody");
}

#[tokio::test]
async fn the_owner_sees_all_runs_and_figures_and_no_words() {
    let app = TestApp::with(&[("SQUAD_OWNER_TOKEN", TOKEN)]).await;
    let (one, done, other, running) = two_artists(&app).await;
    let owner = app.artist().with_key(TOKEN);
    let list = owner.get("/api/workflows/list").await;
    let ids: Vec<_> = list.ok(200)["workflows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["generation_id"].clone())
        .collect();
    assert_eq!(ids, [json!(running.generation), json!(done.generation)]);
    let one_run = owner.get(&status_of(&running.generation)).await;
    assert_eq!(
        one_run.ok(200)["characters"],
        json!(format!("{ANSWERED} so far").chars().count())
    );
    let all = owner.get("/api/stats").await.ok(200);
    assert_eq!(
        (&all["generations"]["completed"], &all["generations"]["running"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(one.get("/api/stats").await.ok(200)["generations"]["running"], json!(0));

    let browser = app.artist();
    let entered = enter(&browser, TOKEN).await;
    assert_eq!((entered.status, entered.header("location")), (303, Some("/runs")));
    let page = browser.get("/runs").await.text;
    assert!(page.contains(&done.generation) && page.contains(&running.generation));
    let failed = browser.get("/runs?status=failed").await.text;
    assert!(!failed.contains(&done.generation));
    let story = browser.get(&format!("/runs/{}", running.generation)).await.text;
    for text in [&page, &story, &list.text, &one_run.text] {
        assert!(!text.contains(ASKED) && !text.contains(ANSWERED), "{text}");
    }

    // and stops what goes wrong, and nothing else
    let stopped = browser
        .call(browser.request("POST", &format!("/runs/{}/cancel", running.generation)))
        .await;
    assert_eq!(stopped.status, 303);
    assert_eq!(other.status(&running.generation).await["status"], "cancelled");
    for (method, path) in [
        ("GET", "/api/conversations".to_string()),
        ("GET", format!("/api/conversations/{}/messages", done.conversation)),
        ("GET", format!("/api/workflows/{}/result", done.generation)),
        ("GET", format!("/api/workflows/{}/chunks", done.generation)),
        ("POST", "/api/chat".into()),
    ] {
        owner
            .send(method, &path, json!({"message": "x"}))
            .await
            .problem(403, "forbidden");
    }
    let artists = app.database.value("select count(*) from auth.users").await;
    assert_eq!(artists, "2", "the owner is no artist");
}

#[tokio::test]
async fn only_the_token_makes_an_owner_and_ten_wrong_ones_make_wait() {
    let app = TestApp::with(&[("SQUAD_OWNER_TOKEN", TOKEN)]).await;
    let browser = app.artist();
    let enter = |token: &'static str| enter(&browser, token);
    let entered = enter(TOKEN).await;
    let cookie = entered.header("set-cookie").unwrap().to_string();
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN));
    let right = browser.cookie().unwrap();
    let (until, proof) = right.split_once('.').unwrap();
    let later = until.replacen('=', "=9", 1);
    for forged in [
        "squad_owner=".to_string(),
        format!("{later}.{proof}"),
        format!("{right}0"),
        "squad_owner=1.2".into(),
    ] {
        browser.forge_cookie(&forged);
        assert!(!browser.get("/runs").await.text.contains("owner-leave"), "{forged}");
    }
    browser.forge_cookie(&right);
    assert!(browser.get("/runs").await.text.contains("owner-leave"));
    let left = browser.call(browser.request("POST", "/owner/leave")).await;
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
    for _ in 0..10 {
        assert_eq!(enter("a-token-of-somebody-else-entirely").await.status, 403);
    }
    let waits = enter(TOKEN).await;
    assert!(waits.status == 429 && waits.header("set-cookie").is_none());
    app.artist()
        .with_key(TOKEN)
        .get("/api/stats")
        .await
        .problem(401, "unauthorized");

    // without the variable nobody is the owner
    let open = TestApp::start().await;
    let browser = open.artist();
    assert!(!browser.get("/runs").await.text.contains("owner-token"));
    assert_eq!(self::enter(&browser, "").await.status, 403);
    browser
        .with_key("")
        .get("/api/stats")
        .await
        .problem(401, "unauthorized");
}

#[tokio::test]
async fn the_page_hears_of_every_change_of_what_it_shows() {
    let app = TestApp::with(&[("SQUAD_OWNER_TOKEN", TOKEN)]).await;
    let (artist, owner) = (app.artist(), app.artist());
    enter(&owner, TOKEN).await;
    artist.get("/api/conversations").await;
    app.fake
        .script(json!({"match": "live", "then": [{"text": "One"}, {"hold": "live"}, {"text": " two"}]}))
        .await;
    let (mut list, mut all) = (
        Socket::open(&artist, "/runs/feed").await,
        Socket::open(&owner, "/runs/feed").await,
    );
    for socket in [&mut list, &mut all] {
        assert_eq!(
            socket.text().await.as_deref(),
            Some(""),
            "what happened before the socket was there"
        );
    }
    let run = artist.generate(json!({"message": "live"})).await;
    assert_eq!(list.text().await.as_deref(), Some(""));
    assert_eq!(all.text().await.as_deref(), Some(""));
    app.fake.reached("live").await;
    begun(&artist, &run.generation).await;
    let path = format!("/runs/feed?run={}", run.generation);
    let (mut mine, mut theirs) = (Socket::open(&artist, &path).await, Socket::open(&owner, &path).await);
    for socket in [&mut mine, &mut theirs] {
        socket.text().await.unwrap();
    }
    app.fake.release("live").await;
    for socket in [&mut mine, &mut theirs] {
        assert_eq!(socket.text().await.as_deref(), Some(""));
    }
}

#[tokio::test]
async fn filters_and_pages_show_what_they_say() {
    let app = TestApp::start().await;
    let artist = app.artist();
    app.fake
        .script(json!({"match": "failing", "then": [{"status": 400}]}))
        .await;
    artist
        .post("/api/chat", json!({"message": "failing", "coach": "luke"}))
        .await;
    for _ in 0..31 {
        artist.chat(json!({"message": "fine", "coach": "april"})).await;
    }
    let shown = |page: &str| page.matches("data-testid=\"run\"").count();
    let first = artist.get("/runs").await.text;
    assert_eq!(shown(&first), 30);
    let next = first.split("before=").nth(1).unwrap().split('"').next().unwrap();
    let second = artist.get(&format!("/runs?before={next}")).await.text;
    assert_eq!(shown(&second), 2);
    for (query, count) in [
        ("status=failed", 1),
        ("coach=luke", 1),
        ("coach=luke&status=completed", 0),
        ("hours=1&status=failed", 1),
        ("model=no-such-model", 0),
        ("status=strange&hours=x&before=y", 30),
        ("model=%00", 30),
    ] {
        let page = artist.get(&format!("/runs?{query}")).await;
        assert_eq!((page.status, shown(&page.text)), (200, count), "{query}");
    }
    app.database.run("update generations set id = (lpad(to_hex((extract(epoch from now() - interval '2 hours') * 1000)::bigint), 12, '0')
        || substr(replace(id::text, '-', ''), 13))::uuid where state = 'failed'").await;
    assert_eq!(shown(&artist.get("/runs?hours=1&status=failed").await.text), 0);
    assert_eq!(shown(&artist.get("/runs?hours=24&status=failed").await.text), 1);
    let french = artist.request("GET", "/runs").header("accept-language", "fr");
    assert!(artist.call(french).await.text.contains("Exécutions"));
}
