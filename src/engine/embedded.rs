//! The engine on PostgreSQL: claims generations whose turn it is, and takes over what other processes left behind. Any
//! number of processes may do so on one database.

use super::runs::{Parts, Runs};
use crate::{
    domain::ports::Engine,
    store::{generations::Claimed, turns::Background},
    types::ids::GenerationId,
};
use futures_util::future::BoxFuture;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Generations claimed at once.
const BATCH: i64 = 64;
/// Taken over at once, or as many as run here already: what a process left behind spreads over those that are left, and a
/// fault that follows it does not take all of it along again.
const TAKEOVERS: i64 = 8;
/// Without a wake-up the queue is looked at this often.
const POLL: Duration = Duration::from_millis(1000);

pub struct Embedded {
    runs: Runs,
}

impl Embedded {
    pub fn start(parts: Parts) -> Self {
        let runs = Runs::start(parts);
        tokio::spawn(claim_loop(runs.clone()));
        Self { runs }
    }
}

impl Engine for Embedded {
    fn takes_turns(&self) -> bool {
        !self.runs.draining().is_cancelled()
    }

    fn run(&self, claimed: Claimed, background: Option<Background>) {
        drop(self.runs.run(claimed, background));
    }

    fn queued(&self) {
        self.runs.queued();
    }

    fn wake(&self) {
        self.runs.wake();
    }

    fn drop_run(&self, generation: GenerationId) {
        self.runs.drop_run(generation);
    }

    fn trouble(&self) -> Option<String> {
        None
    }

    fn shut_down(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.runs.drain())
    }
}

async fn claim_loop(runs: Runs) {
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (mut most, mut expired) = tokio::select! {
            () = runs.draining().cancelled() => return,
            () = runs.woken() => (BATCH, false),
            _ = poll.tick() => (TAKEOVERS.max(runs.count()), true),
        };
        loop {
            let claimed = claim(&runs, most, expired).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "no generation could be claimed");
                Vec::new()
            });
            let more = claimed.len() == most as usize;
            claimed.into_iter().for_each(|claimed| drop(runs.run(claimed, None)));
            if !more {
                break;
            }
            // more may be taken over the next time
            (most, expired) = (BATCH, false);
        }
    }
}

async fn claim(runs: &Runs, most: i64, expired: bool) -> sqlx::Result<Vec<Claimed>> {
    let mut system = runs.parts().store.system("a runner serves every artist").await?;
    system.claim(most, expired).await
}
