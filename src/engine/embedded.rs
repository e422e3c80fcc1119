//! The engine on PostgreSQL: claims generations whose turn it is, runs them, keeps their leases, and takes over what
//! other processes left behind. Any number of processes may do so on one database.

use super::{
    hub::Hub,
    log::{LogWriter, RunKey},
    streams::StreamThreads,
    turn::{self, Abandoned},
};
use crate::{
    coaches::Squad,
    domain::{answers::Answers, models::Models, ports::Clock, routing::Router},
    store::{Store, generations::Claimed, turns::Background},
    telemetry::trace::run_span,
    types::ids::GenerationId,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// Generations claimed at once.
const BATCH: i64 = 64;
/// Without a wake-up the queue is looked at this often.
const POLL: Duration = Duration::from_millis(1000);
/// How often fences are looked at, for stops by another process.
const FENCE_CHECK: Duration = Duration::from_millis(500);
/// Every n-th fence check renews the leases: 5 s.
const RENEW_EVERY: u32 = 10;
/// Running answers get this long when the program ends.
const DRAIN: Duration = Duration::from_secs(10);
/// Chunks of finished answers are deleted after this many hours.
const KEEP_CHUNKS_HOURS: i32 = 6;
const CLEAN_EVERY: Duration = Duration::from_secs(600);
const ERASE_AT_ONCE: i64 = 200;

/// Everything a run needs.
pub struct Parts {
    pub store: Store,
    pub hub: Hub,
    pub log: LogWriter,
    pub squad: Arc<Squad>,
    pub router: Arc<Router>,
    pub models: Arc<Models>,
    pub clock: Arc<dyn Clock>,
    pub streams: Arc<StreamThreads>,
    /// `None`: every question is asked.
    pub answers: Option<Answers>,
    /// A small model may be asked who should answer.
    pub ask_model: bool,
}

struct Inner {
    parts: Arc<Parts>,
    wake: Notify,
    runs: Mutex<HashMap<GenerationId, Arc<RunKey>>>,
    tasks: TaskTracker,
    draining: CancellationToken,
}

/// A handle; cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

impl Engine {
    pub fn start(parts: Parts) -> Self {
        let engine = Self(Arc::new(Inner {
            parts: Arc::new(parts),
            wake: Notify::new(),
            runs: Mutex::default(),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
        }));
        tokio::spawn(engine.clone().claim_loop());
        tokio::spawn(engine.clone().lease_loop());
        tokio::spawn(engine.clone().clean_loop());
        engine
    }

    /// Something was queued.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Drops a run of this process, and with it the provider's connection. Its fence was raised before.
    pub fn drop_run(&self, generation: GenerationId) {
        if let Some(run) = self.runs().get(&generation) {
            run.stop.cancel();
        }
    }

    /// Takes no new turns, gives running ones 10 s, then gives their leases back.
    pub async fn shut_down(&self) {
        self.0.draining.cancel();
        self.0.tasks.close();
        if timeout(DRAIN, self.0.tasks.wait()).await.is_ok() {
            return;
        }
        let held: Vec<_> = self.runs().values().cloned().collect();
        let leases: Vec<_> = held.iter().map(|run| (run.generation, run.fence)).collect();
        let release = async {
            let mut system = self.0.parts.store.system("leases belong to the process").await?;
            system.release(&leases).await
        };
        if let Err(error) = release.await {
            tracing::warn!(%error, "leases could not be given back; they run out by themselves");
        }
        held.iter().for_each(|run| run.stop.cancel());
        self.0.tasks.wait().await;
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<GenerationId, Arc<RunKey>>> {
        self.0.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn claim_loop(self) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let expired = tokio::select! {
                () = self.0.draining.cancelled() => return,
                () = self.0.wake.notified() => false,
                _ = poll.tick() => true,
            };
            loop {
                let claimed = self.claim(expired).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "no generation could be claimed");
                    Vec::new()
                });
                let more = claimed.len() == BATCH as usize;
                claimed.into_iter().for_each(|claimed| self.run(claimed, None));
                if !more {
                    break;
                }
            }
        }
    }

    async fn claim(&self, expired: bool) -> sqlx::Result<Vec<Claimed>> {
        let mut system = self.0.parts.store.system("a runner serves every artist").await?;
        system.claim(BATCH, expired).await
    }

    /// Whether this process runs new turns itself, so that they may be claimed in the transaction that starts them.
    pub fn takes_turns(&self) -> bool {
        !self.0.draining.is_cancelled()
    }

    /// Runs what was claimed; it reads what it is not told.
    pub fn run(&self, claimed: Claimed, background: Option<Background>) {
        let key = Arc::new(RunKey {
            generation: claimed.id,
            fence: claimed.fence,
            next_seq: claimed.next_seq,
            stop: CancellationToken::new(),
        });
        if let Some(former) = self.runs().insert(claimed.id, Arc::clone(&key)) {
            former.stop.cancel();
        }
        let engine = self.clone();
        let span = run_span(claimed.id, claimed.attempt);
        let run = async move {
            let _end = EndOfRun {
                engine: engine.clone(),
                key: Arc::clone(&key),
            };
            let stop = key.stop.clone();
            match stop
                .run_until_cancelled(turn::run(&engine.0.parts, claimed, background, key))
                .await
            {
                None | Some(Ok(()) | Err(Abandoned::Fenced)) => {}
                Some(Err(error)) => tracing::warn!(%error, "a run was abandoned; its lease will run out"),
            }
        };
        self.0.tasks.spawn(run.instrument(span));
    }

    /// Looks at the fences of this process's runs twice a second, and renews their leases every five.
    async fn lease_loop(self) {
        let mut tick = interval(FENCE_CHECK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // a run that ends between its commit and its last word looks fenced for a moment: the second look decides
        let mut suspects = HashSet::new();
        for round in 1_u32.. {
            tick.tick().await;
            if self.0.draining.is_cancelled() && self.0.tasks.is_empty() {
                return;
            }
            let runs: Vec<_> = self.runs().values().map(|run| (run.generation, run.fence)).collect();
            if runs.is_empty() {
                continue;
            }
            match self.held(&runs, round.is_multiple_of(RENEW_EVERY)).await {
                Ok(held) => {
                    let held: HashSet<_> = held.into_iter().collect();
                    let lost: HashSet<_> = runs
                        .into_iter()
                        .filter(|(generation, _)| !held.contains(generation))
                        .collect();
                    for (generation, fence) in lost.intersection(&suspects) {
                        self.drop_fenced(*generation, *fence);
                    }
                    suspects = lost;
                }
                Err(error) => tracing::warn!(%error, "leases could not be looked at"),
            }
        }
    }

    async fn held(&self, runs: &[(GenerationId, i64)], renew: bool) -> sqlx::Result<Vec<GenerationId>> {
        let mut system = self.0.parts.store.system("leases belong to the process").await?;
        if renew {
            system.renew(runs).await
        } else {
            system.still_held(runs).await
        }
    }

    fn drop_fenced(&self, generation: GenerationId, fence: i64) {
        if let Some(run) = self.runs().get(&generation).filter(|run| run.fence == fence) {
            run.stop.cancel();
        }
    }

    async fn clean_loop(self) {
        let mut tick = interval(CLEAN_EVERY);
        loop {
            tokio::select! {
                () = self.0.draining.cancelled() => return,
                _ = tick.tick() => {}
            }
            let clean = async {
                let mut system = self.0.parts.store.system("what is old of all artists").await?;
                let deleted = system.delete_old_chunks(KEEP_CHUNKS_HOURS).await?;
                let erased = system.erase_deleted_conversations(ERASE_AT_ONCE).await?;
                Ok::<_, sqlx::Error>(deleted + erased)
            };
            match clean.await {
                Ok(0) => {}
                Ok(deleted) => tracing::info!(deleted, "chunks of finished answers and deleted conversations erased"),
                Err(error) => tracing::warn!(%error, "what is old could not be erased"),
            }
        }
    }
}

/// Leaves no trace of a run, however it ended, and lets the conversation's next one go.
struct EndOfRun {
    engine: Engine,
    key: Arc<RunKey>,
}

impl Drop for EndOfRun {
    fn drop(&mut self) {
        let mut runs = self.engine.runs();
        if runs
            .get(&self.key.generation)
            .is_some_and(|run| run.fence == self.key.fence)
        {
            runs.remove(&self.key.generation);
            self.engine.0.parts.log.close(self.key.generation);
        }
        drop(runs);
        self.engine.wake();
        if !self.engine.takes_turns() {
            self.engine.0.parts.hub.publish_work();
        }
    }
}
