//! The engine on a Temporal server: it decides which process runs a generation, and when it is tried again. The log, the
//! fence and the lease stay what they are, because an attempt that timed out runs on.
//!
//! A generation whose turn has come is handed over as the workflow `gen-<uuid>` ([`workflow`]). Nothing is written down
//! about that: to start one that runs is nothing, so whatever waits too long is handed over again. A server that was
//! away, one that has forgotten, and programs that change their engine need nothing more. Every process hands over, and
//! every process is a worker ([`worker`]).

mod worker;
pub mod workflow;

use super::runs::{Parts, Runs};
use crate::{
    config::settings::TemporalSettings,
    domain::ports::Engine,
    store::{generations::Claimed, turns::Background},
    types::ids::GenerationId,
};
use futures_util::future::{BoxFuture, join_all};
use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, NamespacedClient, Url, WorkflowCancelOptions,
    WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowStartOptions,
    errors::WorkflowStartError,
    tonic::{Code, IntoRequest},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest;
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use workflow::Generation;

/// Generations handed over at once.
const BATCH: i64 = 64;
/// Without a wake-up the queue is looked at this often.
const POLL: Duration = Duration::from_millis(1000);
/// What still waits this long after it was handed over is handed over again.
const AGAIN: Duration = Duration::from_secs(15);
/// The server has this long for an answer.
const PATIENCE: Duration = Duration::from_secs(3);
const PING: Duration = Duration::from_secs(2);
/// Between two tries to reach the server, at first and at last.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A step between two activities takes milliseconds; one whose worker died in it is given to another after this long.
const STEP: Duration = Duration::from_secs(5);
/// The worker reports what it ran, once the answers have ended.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// A server that is set up.
pub struct Temporal(TemporalSettings);

impl Temporal {
    pub fn new(settings: &TemporalSettings) -> Result<Self, Infallible> {
        Ok(Self(settings.clone()))
    }

    /// Starts whether the server answers or not.
    pub fn start(self, parts: Parts) -> Arc<dyn Engine> {
        let server = Arc::new(Server {
            runs: Runs::start(parts),
            settings: self.0,
            client: Mutex::default(),
            trouble: Mutex::new(Some("Temporal was not reached yet".into())),
        });
        tokio::spawn(Arc::clone(&server).hand_over_loop());
        let link = Mutex::new(Some(tokio::spawn(Arc::clone(&server).link())));
        Arc::new(OnTemporal { server, link })
    }
}

struct OnTemporal {
    server: Arc<Server>,
    link: Mutex<Option<JoinHandle<()>>>,
}

impl Engine for OnTemporal {
    fn takes_turns(&self) -> bool {
        false
    }

    fn run(&self, claimed: Claimed, background: Option<Background>) {
        drop(self.server.runs.run(claimed, background));
    }

    fn queued(&self) {
        self.server.runs.queued();
    }

    fn wake(&self) {
        self.server.runs.wake();
    }

    fn drop_run(&self, generation: GenerationId) {
        self.server.runs.drop_run(generation);
        if let Some(client) = self.server.client() {
            self.server.runs.runtime().spawn(async move {
                let workflow = client.get_workflow_handle::<Generation>(name(generation));
                // No workflow to cancel is fine; a missed one finds the row ended.
                if let Ok(Err(error)) = timeout(PATIENCE, workflow.cancel(WorkflowCancelOptions::default())).await {
                    tracing::debug!(%generation, %error, "a workflow was not cancelled");
                }
            });
        }
    }

    fn trouble(&self) -> Option<String> {
        lock(&self.server.trouble).clone()
    }

    fn shut_down(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.server.runs.drain().await;
            let link = lock(&self.link).take();
            if let Some(link) = link
                && timeout(LAST_WORDS, link).await.is_err()
            {
                tracing::warn!("Temporal was not told of the last steps; it finds out by itself");
            }
        })
    }
}

struct Server {
    runs: Runs,
    settings: TemporalSettings,
    /// While a worker of this process works.
    client: Mutex<Option<Client>>,
    trouble: Mutex<Option<String>>,
}

impl Server {
    fn client(&self) -> Option<Client> {
        lock(&self.client).clone()
    }

    /// Says it once: to the log now, to whoever asks for the health until it changes. What waited goes when it is well.
    fn say(&self, trouble: Option<String>) {
        let mut known = lock(&self.trouble);
        if *known == trouble {
            return;
        }
        match &trouble {
            Some(why) => tracing::warn!("{why}. Answers wait until it is well"),
            None => tracing::info!(
                "answers run as workflows of Temporal at {} (namespace {}, task queue {})",
                self.settings.address,
                self.settings.namespace,
                self.settings.task_queue
            ),
        }
        *known = trouble;
        drop(known);
        self.runs.wake();
    }

    /// Connects, works, and begins again, until the program ends.
    async fn link(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE;
        while !self.runs.draining().is_cancelled() {
            let since = Instant::now();
            let end = self.work().await;
            *lock(&self.client) = None;
            if let Err(why) = end {
                self.say(Some(why));
            }
            if since.elapsed() > LONGEST_PAUSE * 2 {
                pause = FIRST_PAUSE;
            }
            self.runs.draining().run_until_cancelled(sleep(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn work(&self) -> Result<(), String> {
        let client = self.connect().await?;
        self.check(&client).await?;
        let ended = worker::start(self.runs.clone(), client.clone(), self.settings.task_queue.clone());
        let mut ended = ended.map_err(|error| format!("no thread for Temporal's worker: {error}"))?;
        *lock(&self.client) = Some(client.clone());
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                end = &mut ended => {
                    let why = end.unwrap_or_else(|_| "its thread is gone".into());
                    return if self.runs.draining().is_cancelled() { Ok(()) } else { Err(format!("Temporal's worker has ended: {why}")) };
                }
                _ = ping.tick() => self.say(self.check(&client).await.err()),
            }
        }
    }

    async fn connect(&self) -> Result<Client, String> {
        let address = &self.settings.address;
        let url = format!("http://{address}").parse::<Url>();
        let url = url.map_err(|error| format!("TEMPORAL_ADDRESS={address} cannot be read: {error}"))?;
        let options = ConnectionOptions::new(url).connect_timeout(PATIENCE).build();
        let connection = self.patiently(Connection::connect(options)).await?;
        let options = ClientOptions::new(&self.settings.namespace).build();
        Client::new(connection, options).map_err(|error| format!("Temporal's client: {error}"))
    }

    /// Whether the server answers and knows the namespace.
    async fn check(&self, client: &Client) -> Result<(), String> {
        let request = DescribeNamespaceRequest {
            namespace: client.namespace(),
            ..Default::default()
        };
        let mut service = client.connection().workflow_service();
        let answer = self.patiently(async {
            match service.describe_namespace(request.into_request()).await {
                Err(status) if status.code() == Code::NotFound => Ok(false),
                answer => answer.map(|_| true),
            }
        });
        if answer.await? {
            return Ok(());
        }
        let TemporalSettings { address, namespace, .. } = &self.settings;
        Err(format!(
            "Temporal at {address} has no namespace {namespace:?}. Create it (temporal operator namespace create -n {namespace}), or correct TEMPORAL_NAMESPACE"
        ))
    }

    async fn patiently<T, E: std::fmt::Display>(&self, asked: impl Future<Output = Result<T, E>>) -> Result<T, String> {
        let address = &self.settings.address;
        match timeout(PATIENCE, asked).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::debug!(%error, "Temporal");
                Err(format!("Temporal does not answer at {address}"))
            }
            Err(_) => Err(format!("Temporal does not answer at {address}")),
        }
    }

    async fn hand_over_loop(self: Arc<Self>) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut given = HashMap::new();
        loop {
            tokio::select! {
                () = self.runs.draining().cancelled() => return,
                () = self.runs.woken() => {}
                _ = poll.tick() => {}
            }
            given.retain(|_, at: &mut Instant| at.elapsed() < AGAIN);
            let Some(client) = self.client().filter(|_| lock(&self.trouble).is_none()) else {
                continue;
            };
            if let Err(error) = self.hand_over(&client, &mut given).await {
                tracing::warn!(%error, "no generation could be handed over");
            }
        }
    }

    /// Starts the workflows of all whose turn it is.
    async fn hand_over(&self, client: &Client, given: &mut HashMap<GenerationId, Instant>) -> sqlx::Result<()> {
        loop {
            let without: Vec<_> = given.keys().copied().collect();
            let mut system = self.runs.parts().store.system("a runner serves every artist").await?;
            let waiting = system.waiting(BATCH, &without).await?;
            drop(system);
            let starts = waiting.iter().map(|id| self.start_workflow(client, *id));
            for (id, start) in waiting.iter().zip(join_all(starts).await) {
                if let Err(why) = start {
                    // the next ping says when it is well again
                    self.say(Some(why));
                    return Ok(());
                }
                given.insert(*id, Instant::now());
            }
            if waiting.len() < BATCH as usize {
                return Ok(());
            }
        }
    }

    async fn start_workflow(&self, client: &Client, id: GenerationId) -> Result<(), String> {
        let options = WorkflowStartOptions::new(&self.settings.task_queue, name(id))
            .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
            // a completed one is one whose row has ended
            .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicateFailedOnly)
            .task_timeout(STEP)
            .build();
        self.patiently(async {
            match client.start_workflow(Generation::run, id, options).await {
                Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        })
        .await
    }
}

/// The workflow of a generation.
fn name(id: GenerationId) -> String {
    format!("gen-{id}")
}

fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
