//! Faults against the whole program while several artists are being answered: what they saw, what is stored, and that
//! nothing is lost or doubled.
//!
//! Each scenario runs real processes on a PostgreSQL of its own, injects its fault, waits for calm and lets
//! [`verdict`] read the database, the streams and the API. The provider tells stories whose words are numbered, so a
//! hole or a repetition shows in the text. `make test` runs the quick ones, `make chaos` all of them with their table.
//! To add one: a function that gives a [`Row`], and a line in [`SCENARIOS`].

mod clock;
mod crowd;
mod database;
mod place;
mod postgres;
mod processes;
mod provider;
mod readers;
mod verdict;

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use std::time::Instant;
use verdict::Row;

struct Scenario {
    name: &'static str,
    /// Part of `make test`.
    quick: bool,
    run: fn() -> BoxFuture<'static, Vec<Row>>,
}

/// The longest first: several run at a time.
const SCENARIOS: &[Scenario] = &[
    scenario("kill -9", true, || processes::killed(5).boxed()),
    scenario("kill -9, 50 times", false, || processes::killed(50).boxed()),
    scenario("provider", true, || provider::quick().boxed()),
    scenario("provider, slow", false, || provider::slow().boxed()),
    scenario("readers", true, || readers::restless().boxed()),
    scenario("sent at once", true, || readers::five_times().boxed()),
    scenario("PostgreSQL fast", true, || database::restarted().boxed()),
    scenario("PostgreSQL killed", false, || database::killed().boxed()),
    scenario("PostgreSQL full", false, || database::disk_full().boxed()),
    scenario("connections", false, || database::no_connections().boxed()),
    scenario("Redis", true, || processes::redis_killed().boxed()),
    scenario("clock", false, || clock::jumps().boxed()),
    scenario("clock behind", true, || clock::behind().boxed()),
];

const fn scenario(name: &'static str, quick: bool, run: fn() -> BoxFuture<'static, Vec<Row>>) -> Scenario {
    Scenario { name, quick, run }
}

/// Runs those that `wanted` takes, `at_once` of them at a time; their rows in order.
async fn run(wanted: impl Fn(&Scenario) -> bool, at_once: usize) -> Vec<Row> {
    let wanted: Vec<_> = SCENARIOS.iter().filter(|scenario| wanted(scenario)).collect();
    let runs = futures_util::stream::iter(wanted.into_iter().enumerate()).map(|(place, scenario)| async move {
        let since = Instant::now();
        let rows = tokio::spawn((scenario.run)()).await;
        eprintln!("· {}: {:.0} s", scenario.name, since.elapsed().as_secs_f64());
        let rows = rows.unwrap_or_else(|error| vec![Row::broken(scenario.name, &error.to_string())]);
        (place, rows)
    });
    let mut rows: Vec<_> = runs.buffer_unordered(at_once).collect().await;
    rows.sort_by_key(|(place, _)| *place);
    rows.into_iter().flat_map(|(_, rows)| rows).collect()
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_whatever_dies() {
    let rows = run(|scenario| scenario.quick, 4).await;
    assert!(rows.iter().all(Row::is_ok), "\n{}", verdict::table(&rows));
}

/// `CHAOS` names the scenarios that are wanted, by a part of the name.
#[tokio::test]
#[ignore = "minutes; make chaos"]
async fn all() {
    let since = Instant::now();
    let part = std::env::var("CHAOS").unwrap_or_default();
    // fifty kills of answers are five as well
    let rows = run(
        |scenario| scenario.name.contains(&part) && scenario.name != "kill -9",
        3,
    )
    .await;
    println!("\n{}\n{:.0} s", verdict::table(&rows), since.elapsed().as_secs_f64());
    assert!(rows.iter().all(Row::is_ok), "see the table");
}
