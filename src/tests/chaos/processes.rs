//! Programs and Redis that are killed while answers run.

use super::{
    crowd::{Crowd, Habits},
    place::Place,
    postgres::Server,
    verdict::{Expected, Row, judge},
};
use crate::support::redis::Redis;
use std::time::Duration;

/// Three programs; again and again the one that runs the most answers is killed, and a new one takes its place.
pub async fn killed(times: usize) -> Vec<Row> {
    let mut place = Place::with(3).await;
    let artists = 30;
    let mut crowd = Crowd::gather(&place, "k", Habits::new(artists, usize::MAX, 60)).await;
    for _ in 0..times {
        // about two words an answer, all on one program or not: an answer that five programs in a row died with before
        // a word is given up, so killing faster than they speak would only test that
        crowd.saw(2 * artists).await;
        let victim = loop {
            match place.busiest().await {
                Some(victim) => break victim,
                None => crowd.saw(1).await,
            }
        };
        place.kill(victim).await;
        place.add(&[]).await;
    }
    let scenario = format!("the busiest of three programs killed with -9, {times} times");
    let row = judge(&place, &scenario, &crowd.end().await, Expected::Whole).await;
    // two leases: who is taken over may be killed again before the first word
    vec![row.within(Duration::from_secs(40))]
}

pub async fn redis_killed() -> Vec<Row> {
    let mut redis = Redis::start().await;
    let url = redis.url();
    let place = Place::on(Server::start(&[]).await, 2, &[("REDIS_URL", &url)]).await;
    let habits = Habits {
        leaves_after: Some(30),
        ..Habits::new(6, 2, 60)
    };
    let mut crowd = Crowd::gather(&place, "q", habits).await;
    crowd.saw(60).await;
    redis.kill().await;
    crowd.saw(120).await;
    redis.start_again().await;
    let row = judge(&place, "Redis killed and back", &crowd.end().await, Expected::Whole).await;
    // hints go by NOTIFY then, or a reader looks by herself after a second and a half
    vec![row.within(Duration::from_secs(10))]
}
