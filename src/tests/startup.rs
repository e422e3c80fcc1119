//! A program that cannot start says why in one line, with the cure, and ends with an error.

use crate::support::{
    Fake, TestApp,
    app::{SQUAD, environment},
    nobodys_id,
    postgres::{Database, folder},
    process::Process,
};
use sqlx::Connection;
use std::path::Path;

/// The one line a program ends with that cannot start.
async fn refusal(variables: &[(String, String)]) -> String {
    let mut squad = Process::start(SQUAD, &[], variables);
    let status = squad.ended().await;
    let log = squad.stderr();
    assert_eq!(status.code(), Some(1), "{log}");
    let said: Vec<_> = log.lines().filter(|line| line.starts_with("squad: ")).collect();
    assert_eq!(said.len(), 1, "one line, and nothing after it: {log}");
    assert!(log.ends_with(&format!("{}\n", said[0])), "{log}");
    said[0].to_string()
}

fn with(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    environment("", "http://127.0.0.1:9", pairs)
}

#[tokio::test]
async fn a_setting_that_is_wrong_is_named_with_its_cure() {
    let data = folder("refused");
    let data = data.to_str().unwrap();
    for (name, value, cure) in [
        ("SQUAD_ADDR", "here", "127.0.0.1:3000"),
        ("SQUAD_LIMITS", "many", "50/hour"),
        ("SQUAD_ROUTER", "dice", "words"),
        ("TEMPORAL_ADDRESS", "here", "127.0.0.1:7233"),
        ("SQUAD_PROVIDER", "oracle", "anthropic"),
        ("SQUAD_PUBLIC_URL", "squad.test", "https://"),
        ("SQUAD_LOG", "squad=loud=1", "info"),
        ("SQUAD_LOG_FORMAT", "xml", "json"),
        ("SQUAD_OWNER_TOKEN", "too-short", "openssl rand"),
        ("ANTHROPIC_API_KEY", "two\nlines", "key"),
        ("ANTHROPIC_BASE_URL", "ftp://nowhere", "http"),
    ] {
        let line = refusal(&with(&[("SQUAD_DATA_DIR", data), (name, value)])).await;
        assert!(line.contains(name) && line.contains(cure), "{name}={value:?}: {line}");
    }
    assert_eq!(
        std::fs::read_dir(data).unwrap().count(),
        0,
        "nothing was made before the settings were read"
    );
}

#[cfg(not(feature = "temporal"))]
#[tokio::test]
async fn a_program_without_temporal_says_how_to_build_it_with() {
    let line = refusal(&with(&[("TEMPORAL_ADDRESS", "127.0.0.1:7233")])).await;
    assert!(line.contains("SQUAD_FEATURES=temporal make build"), "{line}");
}

#[tokio::test]
async fn a_key_the_provider_refuses_is_told_at_the_start() {
    let (fake, database) = tokio::join!(Fake::start(), Database::new());
    let line = refusal(&environment(
        &database.url(),
        &fake.url,
        &[("ANTHROPIC_API_KEY", "sk-wrong")],
    ))
    .await;
    assert!(
        line.contains("ANTHROPIC_API_KEY") && !line.contains("sk-wrong"),
        "{line}"
    );
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let app = TestApp::start().await;
    let taken = app.url.strip_prefix("http://").unwrap();
    let line = refusal(&with(&[("SQUAD_ADDR", taken)])).await;
    assert!(
        line.contains(taken) && line.contains("in use") && line.contains("SQUAD_ADDR"),
        "{line}"
    );
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written_is_told() {
    let file = folder("unwritable").join("a-file");
    std::fs::write(&file, "in the way").unwrap();
    let below = file.join("data");
    let line = refusal(&with(&[("SQUAD_DATA_DIR", below.to_str().unwrap())])).await;
    assert!(
        line.contains("a-file/data") && line.contains("SQUAD_DATA_DIR"),
        "{line}"
    );
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_told_without_its_password() {
    let database = Database::empty().await;
    let missing = database
        .url()
        .replacen(&database.value("select current_database()").await, "not_there", 1);
    for (url, what) in [
        ("postgres://me:secret@127.0.0.1:9/x".to_string(), "127.0.0.1:9"),
        (missing, "not_there"),
        ("mysql://me:secret@localhost/x".into(), "postgres://"),
        ("postgres:///x?host=/no/such/folder".into(), "/no/such/folder"),
    ] {
        let line = refusal(&with(&[("DATABASE_URL", &url)])).await;
        assert!(
            line.contains("DATABASE_URL") && line.contains(what) && !line.contains("secret"),
            "{url}: {line}"
        );
    }
}

#[tokio::test]
async fn a_newer_or_changed_schema_is_not_touched() {
    let (fake, database) = tokio::join!(Fake::start(), Database::new());
    let environment = environment(&database.url(), &fake.url, &[]);
    database
        .run(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
              values (9999, 'of tomorrow', true, '\\x00', 1)",
        )
        .await;
    let line = refusal(&environment).await;
    assert!(line.contains("newer schema") && line.contains("9999"), "{line}");
    database.run("delete from _sqlx_migrations where version = 9999").await;
    database
        .run("update _sqlx_migrations set checksum = '\\x00' where version = 3")
        .await;
    let line = refusal(&environment).await;
    assert!(line.contains("migration 3") && line.contains("differs"), "{line}");
}

#[tokio::test]
async fn three_programs_that_start_at_once_on_an_empty_database_migrate_it_once() {
    let (fake, database) = tokio::join!(Fake::start(), Database::empty());
    let environment = environment(&database.url(), &fake.url, &[]);
    let mut programs: Vec<_> = (0..3).map(|_| Process::start(SQUAD, &[], &environment)).collect();
    for program in &mut programs {
        program.ready().await;
    }
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).unwrap();
    let applied = database
        .value("select count(*) from _sqlx_migrations where success")
        .await;
    assert_eq!(applied, files.count().to_string());
}

#[tokio::test]
async fn a_database_user_without_rights_is_told_what_an_administrator_has_to_run() {
    let (fake, database) = tokio::join!(Fake::start(), Database::empty());
    let user = format!("plain_{}", &nobodys_id()[..8]);
    let name = database.value("select current_database()").await;
    let mut owner = database.connect().await;
    // the role belongs to the cluster and is there already; what is missing is the right to use it
    for line in [
        format!("create role {user} login"),
        format!("alter database {name} owner to {user}"),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(line))
            .execute(&mut owner)
            .await
            .unwrap();
    }
    owner.close().await.unwrap();
    let url = database.url().replace("user=squad", &format!("user={user}"));
    let line = refusal(&environment(&url, &fake.url, &[])).await;
    assert!(line.contains("GRANT squad_app TO") && line.contains(&user), "{line}");
}
