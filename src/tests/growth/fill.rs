//! A database as it is after years: real schema, varied text in two languages.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::collections::BTreeSet;

/// What the coaches say is French and English of the field.
const SOURCES: [&str; 6] = [
    include_str!("../../coaches/april.toml"),
    include_str!("../../coaches/clarice.toml"),
    include_str!("../../coaches/luke.toml"),
    include_str!("../../coaches/marty.toml"),
    include_str!("../../coaches/peter.toml"),
    include_str!("../../coaches/riplay.toml"),
];
/// Texts that messages are put together from, and words of each.
const PIECES: i64 = 50_000;
const WORDS: usize = 13;
/// Conversations of one statement.
const BATCH: u64 = 2_500;
/// Her conversation that has 10,000 messages from this size on.
const LONG: u64 = 5;
const LONG_MESSAGES: u32 = 10_000;
const LONG_FROM: u64 = 100_000;

const KEY: &str = "sqd_0000000000000000000000000000000000000000000000000000000000000001";

/// Everybody's functions and texts, and the key of the artist who is looked at; nothing where they are there already.
pub async fn prepare(database: &str) -> anyhow::Result<&'static str> {
    let mut connection = PgConnection::connect(database).await?;
    let there: bool = sqlx::query_scalar("select to_regclass('growth.sizes') is not null")
        .fetch_one(&mut connection)
        .await?;
    if there {
        return Ok(KEY);
    }
    sqlx::raw_sql(include_str!("fill.sql")).execute(&mut connection).await?;
    let words: BTreeSet<String> = SOURCES.iter().flat_map(|text| words(text)).collect();
    let words: Vec<_> = words.into_iter().collect();
    let texts: Vec<String> = (0..PIECES).map(|_| piece(&words)).collect();
    sqlx::raw_sql("create table growth.pieces (number bigint primary key, text text not null)")
        .execute(&mut connection)
        .await?;
    sqlx::query(
        "insert into growth.pieces select place - 1, text from unnest($1::text[]) with ordinality as t (text, place)",
    )
    .bind(&texts)
    .execute(&mut connection)
    .await?;
    sqlx::raw_sql("analyze growth.pieces; insert into auth.users (id) values (growth.artist(5))")
        .execute(&mut connection)
        .await?;
    sqlx::query("insert into auth.api_keys (id, user_id, name, key_hash, hint) select gen_random_uuid(), growth.artist(5), 'growth', sha256($1::bytea), 'sqd_0'")
        .bind(KEY.as_bytes())
        .execute(&mut connection)
        .await?;
    Ok(KEY)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|sign: char| !sign.is_alphabetic());
    words.filter(|word| word.chars().count() > 2).map(str::to_lowercase)
}

/// A few words are everywhere, and most are rare, as in any language.
fn piece(words: &[String]) -> String {
    let word = || {
        let place = rand::random::<f64>().powi(3) * words.len() as f64;
        words[place as usize].as_str()
    };
    (0..WORDS).map(|_| word()).collect::<Vec<_>>().join(" ")
}

/// As many conversations as `to`, by two connections at once.
pub async fn fill(database: &str, to: u64) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(database).await?;
    let there: i64 = sqlx::query_scalar("select coalesce(max(conversations), 0) from growth.sizes")
        .fetch_one(&mut connection)
        .await?;
    let from = there.unsigned_abs();
    let batches: Vec<_> = (from..to)
        .step_by(BATCH as usize)
        .map(|first| (first + 1, (first + BATCH).min(to)))
        .collect();
    let half = |part: usize| {
        let mine: Vec<_> = batches.iter().copied().skip(part).step_by(2).collect();
        async move {
            let mut connection = PgConnection::connect(database).await?;
            for (first, last) in mine {
                batch(&mut connection, (first, last), (1, 10)).await?;
            }
            anyhow::Ok(())
        }
    };
    tokio::try_join!(half(0), half(1))?;
    if to >= LONG_FROM && from < LONG_FROM {
        batch(&mut connection, (LONG, LONG), (11, LONG_MESSAGES)).await?;
    }
    let settle = "vacuum analyze auth.users, profiles, conversations, messages, generations";
    for statement in [settle, "checkpoint"] {
        sqlx::raw_sql(statement).execute(&mut connection).await?;
    }
    sqlx::query("insert into growth.sizes values ($1) on conflict do nothing")
        .bind(i64::try_from(to)?)
        .execute(&mut connection)
        .await?;
    Ok(())
}

async fn batch(connection: &mut PgConnection, (from, to): (u64, u64), (first, last): (u32, u32)) -> anyhow::Result<()> {
    let pairs = [
        ("$FROM", from),
        ("$TO", to),
        ("$FIRST", first.into()),
        ("$LAST", last.into()),
    ];
    let sql = pairs
        .iter()
        .fold(include_str!("batch.sql").to_owned(), |sql, (name, value)| {
            sql.replace(name, &value.to_string())
        });
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    done.with_context(|| format!("conversations {from} to {to}")).map(drop)
}
