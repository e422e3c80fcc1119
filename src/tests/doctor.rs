//! `squad doctor` says what is wrong, with the cure, and changes nothing.

use crate::support::{
    Fake, TestApp,
    app::{SQUAD, Said, environment, squad},
    postgres::{Database, folder},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The findings about a part.
fn about<'a>(report: &'a Value, part: &str) -> Vec<&'a Value> {
    let checks = report["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["part"] == part).collect()
}

fn report(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"))
}

/// The program as `make build` leaves it: with the page's files beside it.
fn installed() -> PathBuf {
    let place = folder("installed");
    let program = place.join("squad");
    fs::hard_link(SQUAD, &program)
        .or_else(|_| fs::copy(SQUAD, &program).map(drop))
        .unwrap();
    fs::create_dir_all(place.join("site/pkg")).unwrap();
    for kind in ["js", "wasm", "css"] {
        fs::write(place.join(format!("site/pkg/squad.{kind}hash.{kind}")), "x").unwrap();
    }
    fs::write(place.join("hash.txt"), "js: jshash\nwasm: wasmhash\ncss: csshash\n").unwrap();
    program
}

async fn doctor(program: &Path, environment: &[(String, String)], further: &[&str]) -> Said {
    let mut command = tokio::process::Command::new(program);
    command
        .arg("doctor")
        .args(further)
        .env_clear()
        .envs(environment.iter().cloned());
    command.current_dir(program.parent().unwrap());
    for name in ["PATH", "HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let output = crate::support::patiently("the doctor", command.output()).await.unwrap();
    Said {
        success: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn a_squad_that_is_well_has_only_ticks() {
    let app = TestApp::start().await;
    let address = app.url.strip_prefix("http://").unwrap();
    let variables = environment(&app.database.url(), &app.fake.url, &[("SQUAD_ADDR", address)]);
    let program = installed();
    let said = doctor(&program, &variables, &[]).await;
    assert!(said.success, "{said:?}");
    for (part, says) in [
        ("settings", "read"),
        ("postgres", "DATABASE_URL: version "),
        ("schema", "all migrations"),
        ("role", "squad_app"),
        ("clock", "off this machine's"),
        ("redis", "absent"),
        ("provider", "anthropic answers"),
        ("port", "a squad"),
        ("page", "its files"),
    ] {
        let line = said.out.lines().find(|line| line[3..].trim_start().starts_with(part));
        let line = line.unwrap_or_else(|| panic!("{part}: {said:?}"));
        assert!(line.starts_with('✓') && line.contains(says), "{line}");
    }
    let parsed = report(&doctor(&program, &variables, &["--json"]).await);
    assert_eq!(parsed["ok"], json!(true));
    fs::write(
        program.with_file_name("hash.txt"),
        "js: jshash\nwasm: other\ncss: csshash\n",
    )
    .unwrap();
    let said = doctor(&program, &variables, &["--json"]).await;
    let parsed = report(&said);
    assert!(
        !said.success
            && about(&parsed, "page")[0]["says"]
                .as_str()
                .unwrap()
                .contains("squad.other.wasm")
    );
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_with_its_cure_and_nothing_is_changed() {
    let (fake, database) = tokio::join!(Fake::start(), Database::empty());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let variables = environment(
        &database.url(),
        &fake.url,
        &[
            ("ANTHROPIC_API_KEY", "sk-wrong"),
            ("REDIS_URL", "redis://:hidden@127.0.0.1:9"),
            ("TEMPORAL_ADDRESS", "http://127.0.0.1:9"),
            ("SQUAD_ADDR", &taken),
        ],
    );
    let said = squad(&["doctor", "--json"], &variables).await;
    assert!(!said.success && said.err.contains("checks failed"), "{said:?}");
    assert!(
        !said.out.contains("sk-wrong") && !said.out.contains("hidden"),
        "{said:?}"
    );
    let found = report(&said);
    assert_eq!(found["ok"], json!(false));
    for (part, cure) in [
        ("redis", "REDIS_URL"),
        ("temporal", "TEMPORAL_ADDRESS"),
        ("provider", "ANTHROPIC_API_KEY"),
        ("page", "make build"),
    ] {
        let finding = about(&found, part)[0];
        let told = finding["cure"].as_str().unwrap_or_default();
        assert!(
            finding["state"] == "bad" && (told.contains(cure) || part == "page"),
            "{finding}"
        );
    }
    assert!(
        about(&found, "schema")[0]["says"]
            .as_str()
            .unwrap()
            .contains("migrations run at the next start")
    );
    let tables = "select count(*) from pg_tables where schemaname = 'public'";
    assert_eq!(database.value(tables).await, "0", "nothing was made");

    let data = folder("doctor");
    let data = data.join("not-there/yet");
    let own = |pairs: &[(&str, &str)]| environment("", &fake.url, pairs);
    let said = squad(
        &["doctor", "--json"],
        &own(&[("SQUAD_DATA_DIR", data.to_str().unwrap())]),
    )
    .await;
    let found = report(&said);
    assert_eq!(about(&found, "data")[0]["state"], "good", "{found}");
    assert!(
        about(&found, "postgres")[0]["says"]
            .as_str()
            .unwrap()
            .contains("no data yet"),
        "{found}"
    );
    assert!(!data.parent().unwrap().exists(), "nothing was made");
    let file = folder("doctor-file").join("a-file");
    fs::write(&file, "in the way").unwrap();
    let below = file.join("data");
    let said = squad(
        &["doctor", "--json"],
        &own(&[("SQUAD_DATA_DIR", below.to_str().unwrap())]),
    )
    .await;
    assert_eq!(about(&report(&said), "data")[0]["state"], "bad");
    let wrong = squad(&["doctor"], &own(&[("SQUAD_LIMITS", "many")])).await;
    assert!(
        !wrong.success && wrong.out.contains("✗ settings") && wrong.out.contains("50/hour"),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn a_newer_schema_and_a_role_that_may_not_be_used_are_told() {
    let (fake, database) = tokio::join!(Fake::start(), Database::new());
    let variables = environment(&database.url(), &fake.url, &[]);
    database
        .run("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'of tomorrow', true, '\\x00', 1)")
        .await;
    let found = report(&squad(&["doctor", "--json"], &variables).await);
    assert!(
        about(&found, "schema")[0]["says"]
            .as_str()
            .unwrap()
            .contains("9999 is newer"),
        "{found}"
    );
    let user = format!("plain_{}", &crate::support::nobodys_id()[..8]);
    database.run(&format!("create role {user} login")).await;
    let url = database.url().replace("user=squad", &format!("user={user}"));
    let found = report(&squad(&["doctor", "--json"], &environment(&url, &fake.url, &[])).await);
    assert!(
        about(&found, "schema")[0]["says"]
            .as_str()
            .unwrap()
            .contains("another database user")
    );
    let told = about(&found, "role")[0]["cure"].as_str().unwrap();
    assert!(told.contains("GRANT squad_app TO") && told.contains(&user), "{found}");
    let away = squad(
        &["doctor", "--json"],
        &environment("postgres://me:secret@127.0.0.1:9/x", &fake.url, &[]),
    )
    .await;
    let told = about(&report(&away), "postgres")[0]["says"]
        .as_str()
        .unwrap()
        .to_string();
    assert!(told.contains("127.0.0.1:9") && !away.out.contains("secret"), "{told}");
}
