//! PostgreSQL away, out of room, out of connections. What was shown stays, and everything goes on when it is back.

use super::{
    crowd::{Crowd, Habits},
    place::Place,
    postgres::Server,
    verdict::{Expected, Row, judge},
};
use crate::support::{app::SQUAD, patiently, process::Process};
use rustix::process::Signal;
use sqlx::PgConnection;
use std::time::Duration;

const TALK: Habits = Habits::new(6, 3, 60);

pub async fn restarted() -> Vec<Row> {
    vec![stopped_by("PostgreSQL restarted (fast)", Signal::INT, 1).await]
}

pub async fn killed() -> Vec<Row> {
    vec![stopped_by("PostgreSQL killed with -9, three times", Signal::KILL, 3).await]
}

async fn stopped_by(scenario: &str, signal: Signal, times: usize) -> Row {
    let mut place = Place::with(2).await;
    let mut crowd = Crowd::gather(&place, "d", TALK).await;
    for _ in 0..times {
        crowd.saw(60).await;
        place.server.stop(signal).await;
        place.server.start_again().await;
    }
    let row = judge(&place, scenario, &crowd.end().await, Expected::Whole).await;
    row.within(Duration::from_secs(25))
}

/// Its disk is full while answers run and questions come.
pub async fn disk_full() -> Vec<Row> {
    const SCENARIO: &str = "PostgreSQL's disk full";
    let Some(server) = Server::start_on_small_disk(256).await else {
        return vec![Row::skipped(SCENARIO, "needs root, for a small disk of its own")];
    };
    let place = Place::on(server, 2, &[]).await;
    let mut crowd = Crowd::gather(&place, "e", TALK).await;
    crowd.saw(60).await;
    let ballast = place.server.fill_disk();
    // questions that fill what room is left in its tables, until one is refused
    let more = Crowd::of(&place, "g", Habits::new(6, 3, 60), crowd.talks());
    patiently("a full disk", place.server.process().logged("No space left on device")).await;
    for program in &place.programs {
        patiently(
            "an answer that cannot be stored",
            program.process.logged("trying again"),
        )
        .await;
    }
    patiently("a refusal", more.refusal()).await;
    drop(ballast);
    let mut turns = crowd.end().await;
    turns.extend(more.end().await);
    vec![judge(&place, SCENARIO, &turns, Expected::Whole).await]
}

/// Somebody else takes every connection: those that are free, and then the programs' own.
pub async fn no_connections() -> Vec<Row> {
    let server = Server::start(&["max_connections=45"]).await;
    let place = Place::on(server, 2, &[]).await;
    let mut crowd = Crowd::gather(&place, "c", TALK).await;
    crowd.saw(60).await;
    let mut taken = take_all(&place.server).await;
    let mut third = Process::start(SQUAD, &[], &place.environment(&[]));
    let refused = !third.ended().await.success() && third.stderr().contains("max_connections");
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'squad %'";
    sqlx::query(end).execute(&mut taken[0]).await.unwrap();
    taken.extend(take_all(&place.server).await);
    let program = &place.programs[0].process;
    // the log's own connection is told, and whoever wants one of the pool waits in vain
    let noticed = async {
        tokio::select! {
            () = program.logged("too many clients") => {}
            () = program.logged("pool timed out") => {}
        }
    };
    patiently("a program that notices", noticed).await;
    drop(taken);
    let row = judge(
        &place,
        "no connection left, at the start and in between",
        &crowd.end().await,
        Expected::Whole,
    )
    .await;
    vec![row.and(&format!("a start says why: {}", third.stderr()), refused)]
}

async fn take_all(server: &Server) -> Vec<PgConnection> {
    let mut taken = Vec::new();
    while let Ok(connection) = server.connect_to("squad").await {
        taken.push(connection);
    }
    taken
}
