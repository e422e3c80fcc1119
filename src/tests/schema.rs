//! The last line of defence: what PostgreSQL itself refuses, whatever a query forgot.

use crate::support::{TestApp, nobodys_id, postgres::Database};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection, Row};

async fn tables(connection: &mut PgConnection) -> Vec<String> {
    let rows = sqlx::raw_sql(
        "select relname::text from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
         and relname <> '_sqlx_migrations' order by 1",
    );
    let rows = rows.fetch_all(connection).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(names.len() >= 6, "{names:?}");
    names
}

/// A database with at least one row of an artist in every table.
async fn filled() -> TestApp {
    let app = TestApp::start().await;
    app.artist().chat(json!({"message": "Mine alone"})).await;
    app.database
        .run(
            "insert into profiles (user_id, artist_name) select user_id, 'Me' from conversations;
             insert into feedback (message_id, user_id, value) select id, user_id, 'up' from messages where role = 'assistant';
             insert into generation_steps (generation_id, user_id, kind, attempt) select id, user_id, 'seam', 2 from generations",
        )
        .await;
    app
}

/// A connection as every request has one, for an artist who owns nothing.
async fn somebody_else(database: &Database) -> PgConnection {
    let mut connection = database.connect().await;
    let scope = format!("set role squad_app; set app.user_id = '{}'", nobodys_id());
    sqlx::raw_sql(AssertSqlSafe(scope))
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

async fn code(connection: &mut PgConnection, statement: String) -> String {
    match sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(connection)
        .await
    {
        Ok(done) => panic!("{} rows: {statement}", done.rows_affected()),
        Err(error) => error
            .as_database_error()
            .and_then(|error| error.code())
            .unwrap()
            .into_owned(),
    }
}

#[tokio::test]
async fn every_table_has_an_owner_row_level_security_and_a_policy() {
    let database = Database::new().await;
    let mut connection = database.connect().await;
    for table in tables(&mut connection).await {
        let query = format!(
            "select c.relrowsecurity, exists (select from pg_policy p where p.polrelid = c.oid),
               (select attnotnull from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id'),
               c.relowner = 'squad_app'::regrole
             from pg_class c where c.oid = 'public.{table}'::regclass"
        );
        let row = sqlx::raw_sql(AssertSqlSafe(query))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(row.get::<bool, _>(0), "{table}: row level security is off");
        assert!(row.get::<bool, _>(1), "{table}: no policy");
        assert_eq!(row.get::<Option<bool>, _>(2), Some(true), "{table}: user_id, not null");
        assert!(
            !row.get::<bool, _>(3),
            "{table}: the role of requests owns it, so no policy binds it"
        );
    }
    let bypass = "select rolsuper or rolbypassrls or rolcanlogin from pg_roles where rolname = 'squad_app'";
    assert_eq!(database.value(bypass).await, "false");
}

#[tokio::test]
async fn no_query_of_another_artist_sees_or_changes_a_row_even_without_an_owner_filter() {
    let app = filled().await;
    let mut owner = app.database.connect().await;
    let mut other = somebody_else(&app.database).await;
    for table in tables(&mut owner).await {
        let rows = format!("select count(*), (select row_to_json(t)::text from {table} t limit 1) from {table}");
        let row = sqlx::raw_sql(AssertSqlSafe(rows)).fetch_one(&mut owner).await.unwrap();
        assert!(
            row.get::<i64, _>(0) > 0,
            "{table} has no row: fill it above, or this test proves nothing"
        );
        let seen = format!("select count(*) from {table}");
        let seen = sqlx::raw_sql(AssertSqlSafe(seen)).fetch_one(&mut other).await.unwrap();
        assert_eq!(seen.get::<i64, _>(0), 0, "{table}");
        for change in [
            format!("update {table} set user_id = user_id"),
            format!("delete from {table}"),
        ] {
            let done = sqlx::raw_sql(AssertSqlSafe(change.clone()))
                .execute(&mut other)
                .await
                .unwrap();
            assert_eq!(done.rows_affected(), 0, "{change}");
        }
        let theirs = row.get::<String, _>(1).replace('\'', "''");
        let insert = format!("insert into {table} select * from json_populate_record(null::{table}, '{theirs}')");
        assert_eq!(
            code(&mut other, insert).await,
            "42501",
            "{table}: a row for another artist"
        );
    }
    sqlx::raw_sql("reset app.user_id").execute(&mut other).await.unwrap();
    let nobody = sqlx::raw_sql("select count(*) from messages")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(nobody.get::<i64, _>(0), 0, "an empty claim is nobody, and no error");
}

#[tokio::test]
async fn a_row_cannot_hang_below_another_artists_row() {
    let app = filled().await;
    let mut other = somebody_else(&app.database).await;
    let me = nobodys_id();
    let claim = format!("set app.user_id = '{me}'");
    sqlx::raw_sql(AssertSqlSafe(claim)).execute(&mut other).await.unwrap();
    let conversation = app.database.value("select id from conversations").await;
    let message = app
        .database
        .value("select id from messages where role = 'assistant'")
        .await;
    let generation = app.database.value("select id from generations").await;
    let id = nobodys_id();
    for statement in [
        format!(
            "insert into messages (id, user_id, conversation_id, role, status) values ('{id}', '{me}', '{conversation}', 'user', 'complete')"
        ),
        format!("insert into feedback (message_id, user_id, value) values ('{message}', '{me}', 'up')"),
        format!(
            "insert into generation_chunks (generation_id, seq, user_id, kind) values ('{generation}', 1000, '{me}', 'delta')"
        ),
        format!(
            "insert into generation_steps (generation_id, user_id, kind, attempt) values ('{generation}', '{me}', 'seam', 2)"
        ),
    ] {
        let code = code(&mut other, statement.clone()).await;
        assert!(
            ["23503", "23505", "42501"].contains(&code.as_str()),
            "{code}: {statement}"
        );
    }
}

#[tokio::test]
async fn requests_cannot_read_who_is_who() {
    let app = filled().await;
    let mut other = somebody_else(&app.database).await;
    let rows =
        sqlx::raw_sql("select relname::text from pg_class where relkind = 'r' and relnamespace = 'auth'::regnamespace");
    let rows = rows.fetch_all(&mut app.database.connect().await).await.unwrap();
    assert!(rows.len() >= 2);
    for row in rows {
        let table: String = row.get(0);
        for statement in [
            "select from auth.{}",
            "delete from auth.{}",
            "insert into auth.{} default values",
        ] {
            assert_eq!(
                code(&mut other, statement.replace("{}", &table)).await,
                "42501",
                "{statement} {table}"
            );
        }
    }
    for statement in [
        "delete from _sqlx_migrations",
        "create table public.mine (id int)",
        "drop table messages",
    ] {
        assert_eq!(code(&mut other, statement.into()).await, "42501", "{statement}");
    }
}
