//! The worker of this process: a thread of its own, because the SDK's future may not leave its thread. The answers
//! themselves run where all others do ([`Runs`]).

use super::workflow::{Generation, Steps};
use crate::engine::runs::Runs;
use std::time::Duration;
use temporalio_client::Client;
use temporalio_common::worker::WorkerDeploymentOptions;
use temporalio_sdk::{
    Runtime, Worker, WorkerOptions,
    runtime::{
        RuntimeOptions,
        worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
    },
};
use tokio::sync::oneshot;

/// Answers at once. They wait for their providers and cost little.
const ANSWERS: usize = 2_000;
const SHORT_STEPS: usize = 100;
/// A workflow whose worker died is taken by another one after this long.
const STICKY: Duration = Duration::from_secs(5);

/// Works until the program ends; says why it ended.
pub fn start(runs: Runs, client: Client, task_queue: String) -> std::io::Result<oneshot::Receiver<String>> {
    let (tell, ended) = oneshot::channel();
    std::thread::Builder::new().name("temporal".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let end = match runtime {
            Ok(runtime) => runtime.block_on(work(runs, client, task_queue)),
            Err(error) => Err(error.into()),
        };
        // nobody listens any more when the program is past its patience
        let _ = tell.send(end.map_or_else(|error| format!("{error:#}"), |()| "it was told to end".into()));
    })?;
    Ok(ended)
}

async fn work(runs: Runs, client: Client, task_queue: String) -> anyhow::Result<()> {
    let options = RuntimeOptions::builder().heartbeat_interval(None).build();
    let runtime = Runtime::from_current_tokio(options.map_err(anyhow::Error::msg)?)?;
    let slots = TunerHolder::builder()
        .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(SHORT_STEPS))
        .activity_task_slot_supplier(FixedSizeSlotSupplier::new(ANSWERS))
        .local_activity_task_slot_supplier(FixedSizeSlotSupplier::new(SHORT_STEPS))
        .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .build();
    let draining = runs.draining().clone();
    let options = WorkerOptions::new(task_queue)
        .deployment_options(WorkerDeploymentOptions::from_build_id(env!("CARGO_PKG_VERSION").into()))
        .tuner(slots)
        .sticky_queue_schedule_to_start_timeout(STICKY)
        .register_workflow::<Generation>()?
        .register_activities(Steps { runs })
        .build();
    let mut worker = Worker::new(&runtime, client, options)?;
    let stop = worker.shutdown_handle();
    let stopping = async {
        draining.cancelled().await;
        stop();
        std::future::pending().await
    };
    tokio::select! {
        ended = worker.run() => Ok(ended?),
        never = stopping => never,
    }
}
