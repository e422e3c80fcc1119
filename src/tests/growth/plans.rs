//! The plans of what the program really ran, from the log of PostgreSQL (auto_explain): its role, its claims, its settings.

use crate::calls::Calls;
use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{collections::BTreeSet, fs, path::Path, time::Duration};

/// More rows than this, read one after the other or sorted, are more than a page needs.
const MANY: f64 = 1_000.0;
const MARK: &str = "growth mark: ";

/// Runs each call once with every statement explained, writes the plans to `out`, and prints what stands out.
pub async fn explain(database: &str, log: &Path, out: &Path, calls: &Calls) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(database).await?;
    let from = fs::metadata(log)?.len();
    set(&mut connection, 0).await?;
    let marker = tokio::sync::Mutex::new(&mut connection);
    calls
        .once(async |name| {
            let mark = AssertSqlSafe(format!("select '{MARK}{name}'"));
            sqlx::query(mark).execute(&mut **marker.lock().await).await?;
            Ok(())
        })
        .await?;
    set(&mut connection, -1).await?;
    let bytes = fs::read(log)?;
    let text = String::from_utf8_lossy(bytes.get(usize::try_from(from)?..).unwrap_or_default()).into_owned();
    fs::write(out, &text).with_context(|| out.display().to_string())?;
    println!("{:<28}{:>11}{:>12}   stands out", "plans", "statements", "slowest ms");
    // a mark is the query text of an entry
    for part in text.split(&format!("Query Text: select '{MARK}")).skip(1) {
        let (name, rest) = part.split_once('\'').unwrap_or((part, ""));
        if name != "end" {
            summary(name, rest);
        }
    }
    println!("all of them: {}", out.display());
    Ok(())
}

async fn set(connection: &mut PgConnection, duration: i32) -> anyhow::Result<()> {
    let set = AssertSqlSafe(format!("alter system set auto_explain.log_min_duration = {duration}"));
    sqlx::raw_sql(set).execute(&mut *connection).await?;
    sqlx::raw_sql("select pg_reload_conf()")
        .execute(&mut *connection)
        .await?;
    // every process of the server reads it before its next statement
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok(())
}

fn summary(name: &str, text: &str) {
    let durations = text
        .split("duration: ")
        .skip(1)
        .filter_map(|rest| rest.split(' ').next()?.parse::<f64>().ok());
    let durations: Vec<_> = durations.collect();
    let slowest = durations.iter().copied().fold(0.0, f64::max);
    let lines: Vec<_> = text.lines().collect();
    let mut out = BTreeSet::new();
    for (number, line) in lines.iter().enumerate() {
        let node = line.trim().trim_start_matches("-> ").trim();
        let Some(read) = rows(node) else { continue };
        let below = lines[number + 1..].iter().take_while(|line| rows(line).is_none());
        let removed: f64 = below
            .filter_map(|line| line.split_once("Removed by Filter: ")?.1.trim().parse::<f64>().ok())
            .sum();
        let scan = node.starts_with("Seq Scan") || node.starts_with("Parallel Seq Scan");
        if (scan && read + removed > MANY) || (node.starts_with("Sort") && read > MANY) {
            let what = node.split("  (").next().unwrap_or(node);
            out.insert(format!("{what}: {:.0} rows", read + removed));
        }
    }
    let out: Vec<_> = out.into_iter().collect();
    let out = if out.is_empty() {
        "–".to_owned()
    } else {
        out.join(", ")
    };
    println!("{name:<28}{:>11}{slowest:>12.2}   {out}", durations.len());
}

/// How many rows a node of a plan really gave.
fn rows(line: &str) -> Option<f64> {
    let (_, actual) = line.split_once("(actual ")?;
    let number = |name: &str| {
        let (_, rest) = actual.split_once(name)?;
        let end = rest
            .find(|sign: char| !sign.is_ascii_digit() && sign != '.')
            .unwrap_or(rest.len());
        rest[..end].parse::<f64>().ok()
    };
    Some(number("rows=")? * number("loops=")?)
}
