//! What all engines share: the runs of this process, their fences and leases, their end, and what is cleaned up.

use super::{
    hub::Hub,
    log::{LogWriter, RunKey},
    streams::StreamThread,
    turn::{self, Abandoned},
};
use crate::{
    coaches::Squad,
    domain::{answers::Answers, models::Models, routing::Router},
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
    runtime::Handle,
    sync::Notify,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

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
    pub streams: Arc<StreamThread>,
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
    runtime: Handle,
}

/// A handle; cheap to clone.
#[derive(Clone)]
pub struct Runs(Arc<Inner>);

impl Runs {
    /// The runs belong to the runtime this is called in.
    pub fn start(parts: Parts) -> Self {
        let runs = Self(Arc::new(Inner {
            parts: Arc::new(parts),
            wake: Notify::new(),
            runs: Mutex::default(),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            runtime: Handle::current(),
        }));
        tokio::spawn(runs.clone().lease_loop());
        tokio::spawn(runs.clone().clean_loop());
        runs
    }

    pub fn parts(&self) -> &Parts {
        &self.0.parts
    }

    pub fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Cancelled when the program begins to end.
    pub fn draining(&self) -> &CancellationToken {
        &self.0.draining
    }

    /// Something waits for a runner.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// The same, told to others where this process takes nothing any more.
    pub fn queued(&self) {
        self.wake();
        if self.draining().is_cancelled() {
            self.0.parts.hub.publish_work();
        }
    }

    /// Waits until something may wait for a runner.
    pub async fn woken(&self) {
        self.0.wake.notified().await;
    }

    /// Drops a run of this process, and with it the provider's connection. Its fence was raised before.
    pub fn drop_run(&self, generation: GenerationId) {
        if let Some(run) = self.held().get(&generation) {
            run.stop.cancel();
        }
    }

    /// Takes no new turns, gives running ones 10 s, then gives their leases back.
    pub async fn drain(&self) {
        self.0.draining.cancel();
        self.0.tasks.close();
        if timeout(DRAIN, self.0.tasks.wait()).await.is_ok() {
            return;
        }
        let held: Vec<_> = self.held().values().cloned().collect();
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

    /// How many this process runs.
    pub fn count(&self) -> i64 {
        i64::try_from(self.held().len()).unwrap_or(i64::MAX)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<GenerationId, Arc<RunKey>>> {
        self.0.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what was claimed; it reads what it is not told.
    pub fn run(&self, claimed: Claimed, background: Option<Background>) -> JoinHandle<()> {
        let key = Arc::new(RunKey {
            generation: claimed.id,
            fence: claimed.fence,
            next_seq: claimed.next_seq,
            stop: CancellationToken::new(),
        });
        if let Some(former) = self.held().insert(claimed.id, Arc::clone(&key)) {
            former.stop.cancel();
        }
        let runs = self.clone();
        let span = run_span(claimed.id, claimed.attempt);
        let run = async move {
            let _end = EndOfRun {
                runs: runs.clone(),
                key: Arc::clone(&key),
            };
            let stop = key.stop.clone();
            match stop
                .run_until_cancelled(turn::run(&runs.0.parts, claimed, background, key))
                .await
            {
                None | Some(Ok(()) | Err(Abandoned::LeftToNextClaim)) => {}
                Some(Err(error)) => tracing::warn!(%error, "a run was abandoned; its lease will run out"),
            }
        };
        self.0.tasks.spawn_on(run.instrument(span), &self.0.runtime)
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
            let runs: Vec<_> = self.held().values().map(|run| (run.generation, run.fence)).collect();
            if runs.is_empty() {
                continue;
            }
            match self.look(&runs, round.is_multiple_of(RENEW_EVERY)).await {
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

    async fn look(&self, runs: &[(GenerationId, i64)], renew: bool) -> sqlx::Result<Vec<GenerationId>> {
        let mut system = self.0.parts.store.system("leases belong to the process").await?;
        if renew {
            system.renew(runs).await
        } else {
            system.still_held(runs).await
        }
    }

    fn drop_fenced(&self, generation: GenerationId, fence: i64) {
        if let Some(run) = self.held().get(&generation).filter(|run| run.fence == fence) {
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
    runs: Runs,
    key: Arc<RunKey>,
}

impl Drop for EndOfRun {
    fn drop(&mut self) {
        let mut runs = self.runs.held();
        if runs
            .get(&self.key.generation)
            .is_some_and(|run| run.fence == self.key.fence)
        {
            runs.remove(&self.key.generation);
            self.runs.0.parts.log.close(self.key.generation);
        }
        drop(runs);
        self.runs.queued();
    }
}
