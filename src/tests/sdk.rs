//! Programs of others that hold us to a standard: the official OpenAI clients, as their users have them, against `/v1`,
//! and a validator of OpenAPI documents. `scripts/setup.sh test` installs them.

use crate::support::{TestApp, patiently, postgres::folder};
use serde_json::json;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Runs a script with an address and a key; it ends well when everything was as it expects.
async fn run(app: &TestApp, program: &Path, script: &str) {
    assert!(
        program.exists(),
        "{} is missing: run scripts/setup.sh test",
        program.display()
    );
    let key = app.program().await.key().to_string();
    for answer in 0..2 {
        // both questions of the script, each the same answer
        let then = json!([{"text": "Bonjour"}, {"text": " à"}, {"text": " toi"}]);
        app.fake
            .script(json!({"match": format!("question {answer}"), "then": then}))
            .await;
    }
    app.fake
        .script(json!({"match": "failure", "times": 2, "then": [{"status": 400}]}))
        .await;
    // three times, because the squad asks again before it gives up
    let broken = json!([{"text": "Some words, "}, {"error_event": {"type": "api_error"}}]);
    app.fake
        .script(json!({"match": "broken", "times": 3, "then": broken}))
        .await;
    let mut command = Command::new(program);
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/sdk").join(script))
        .args([format!("{}/v1", app.url), key])
        .kill_on_drop(true);
    let output = patiently(script, command.output()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
    // it was asked as often as the script says: no client asked again on its own
    assert_eq!(app.fake.calls().await.len(), 4 + 3);
}

#[tokio::test]
async fn the_javascript_client_finds_what_it_knows() {
    let app = TestApp::start().await;
    let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/.bin/node");
    run(&app, &node, "client.mjs").await;
}

#[tokio::test]
async fn the_python_client_finds_what_it_knows() {
    let app = TestApp::start().await;
    run(&app, &python(), "client.py").await;
}

#[tokio::test]
async fn a_validator_finds_the_openapi_document_valid() {
    let file = folder("openapi").join("openapi.json");
    std::fs::write(&file, squad::server::openapi::document().to_json().unwrap()).unwrap();
    let mut command = Command::new(python());
    command
        .args(["-m", "openapi_spec_validator"])
        .arg(file)
        .kill_on_drop(true);
    let output = patiently("the validator", command.output()).await;
    let output = output.expect("run scripts/setup.sh test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Of the folder that `scripts/setup.sh test` makes.
fn python() -> PathBuf {
    let cache = std::env::var_os("SQUAD_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        std::env::var_os("XDG_CACHE_HOME")
            .map_or_else(|| home.join(".cache"), PathBuf::from)
            .join("marty-squad")
    });
    cache.join("python/bin/python")
}
