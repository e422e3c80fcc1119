//! What Temporal runs: the workflow of one generation, and its steps. Its history holds ids and states, no text.
//!
//! The row of the generation decides everything: a step that comes twice, too late or for a row that is gone finds out
//! there. A workflow that is completed is one whose row has ended.

use crate::{
    engine::{
        hub::{ListChange, Signal},
        runs::Runs,
    },
    telemetry::{self, Ended},
    types::{chat::GenerationStatus, event::Event, ids::GenerationId},
};
use std::{future::Future, sync::Arc, time::Duration};
use temporalio_client::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityExecutionError, ActivityOptions, ApplicationFailure, LocalActivityOptions, WorkflowCancellationToken,
    WorkflowContext, WorkflowResult, WorkflowTermination,
    activities::{ActivityContext, ActivityError},
};
use tokio::time::{MissedTickBehavior, interval};

/// A worker that says nothing for so long has lost its generation.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(5);
const BEAT: Duration = Duration::from_secs(1);
/// Longer than any answer; only the heartbeat tells who is gone.
const LONGEST: Duration = Duration::from_secs(3600);
/// For one look at the row.
const LOOK: Duration = Duration::from_secs(30);
/// Between two tries, at first and at last.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A generation that was given back goes on at once.
const AT_ONCE: Duration = Duration::from_millis(1);

/// A generation from the moment its turn has come to its end.
#[workflow]
#[derive(Default)]
pub struct Generation;

#[workflow_methods]
impl Generation {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, id: GenerationId) -> WorkflowResult<GenerationStatus> {
        let look = || {
            LocalActivityOptions::builder()
                .start_to_close_timeout(LOOK)
                .retry_policy(retries())
        };
        let status = ctx.execute_local_activity(Steps::validate, id, look().build()).await?;
        if status.is_final() {
            return end(status);
        }
        let generate = ActivityOptions::with_start_to_close_timeout(LONGEST)
            .heartbeat_timeout(HEARTBEAT_TIMEOUT)
            .retry_policy(retries());
        match ctx.execute_activity(Steps::generate, id, generate.build()).await {
            Ok(_) => {}
            Err(ActivityExecutionError::Cancelled(_)) => {
                let apart = look().cancellation_token(WorkflowCancellationToken::new());
                ctx.execute_local_activity(Steps::stop, id, apart.build()).await?;
                return Err(WorkflowTermination::cancelled());
            }
            Err(error) => return Err(error.into()),
        }
        end(ctx.execute_local_activity(Steps::finalise, id, look().build()).await?)
    }
}

fn end(status: GenerationStatus) -> WorkflowResult<GenerationStatus> {
    match status {
        GenerationStatus::Cancelled => Err(WorkflowTermination::cancelled()),
        status => Ok(status),
    }
}

fn retries() -> RetryPolicy {
    RetryPolicy::builder()
        .initial_interval(FIRST_PAUSE)
        .maximum_interval(LONGEST_PAUSE)
        .build()
}

/// The steps, in the process that runs them.
pub struct Steps {
    pub runs: Runs,
}

#[activities]
impl Steps {
    /// How the row stands.
    #[activity]
    pub async fn validate(
        self: Arc<Self>,
        _ctx: ActivityContext,
        id: GenerationId,
    ) -> Result<GenerationStatus, ActivityError> {
        self.status(id).await
    }

    /// Claims the generation and runs it to its end; what a former attempt has written is gone on from. The heartbeat
    /// carries the fence, so that the next attempt knows whose claim has died.
    #[activity]
    pub async fn generate(
        self: Arc<Self>,
        ctx: ActivityContext,
        id: GenerationId,
    ) -> Result<GenerationStatus, ActivityError> {
        let died = ctx.heartbeat_details().deserialize::<i64>()?;
        if self.runs.draining().is_cancelled() {
            return Err(later("this process ends", Some(AT_ONCE)));
        }
        let runs = self.runs.clone();
        let claimed = self
            .at_home(async move {
                runs.parts()
                    .store
                    .system("a runner serves every artist")
                    .await?
                    .claim_one(id, died)
                    .await
            })
            .await?;
        let Some(claimed) = claimed else {
            let status = self.status(id).await?;
            return if status.is_final() {
                Ok(status)
            } else {
                Err(later("another process holds it", None))
            };
        };
        let fence = claimed.fence;
        ctx.record_heartbeat(fence).await?;
        let mut run = self.runs.run(claimed, None);
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = &mut run => break,
                _ = beat.tick() => ctx.record_heartbeat(fence).await?,
            }
        }
        let status = self.status(id).await?;
        if status.is_final() {
            return Ok(status);
        }
        let given_back = self.runs.draining().is_cancelled().then_some(AT_ONCE);
        Err(later("it has not ended", given_back))
    }

    /// The row has ended: the conversation's next one may go.
    #[activity]
    pub async fn finalise(
        self: Arc<Self>,
        _ctx: ActivityContext,
        id: GenerationId,
    ) -> Result<GenerationStatus, ActivityError> {
        let status = self.status(id).await?;
        if !status.is_final() {
            return Err(later("it has not ended", None));
        }
        self.runs.queued();
        Ok(status)
    }

    /// Who cancels the workflow stops the answer; most often the answer was stopped first.
    #[activity]
    pub async fn stop(self: Arc<Self>, _ctx: ActivityContext, id: GenerationId) -> Result<(), ActivityError> {
        let runs = self.runs.clone();
        self.at_home(async move {
            let parts = runs.parts();
            let known = parts
                .store
                .system("a workflow serves every artist")
                .await?
                .owner_of(id)
                .await?;
            let Some((user, conversation)) = known else {
                return Ok(());
            };
            let mut tx = parts.store.as_user(user).await?;
            let Some(stopped) = tx.cancel_generation(id).await? else {
                return Ok(());
            };
            tx.commit().await?;
            telemetry::answer_ended(Ended::stopped(&stopped.provider, &stopped.model));
            parts.hub.publish(
                id,
                Signal::Committed {
                    seq: stopped.seq,
                    event: Arc::new(Event::Cancelled {}),
                },
            );
            parts.hub.publish_list(
                user,
                ListChange {
                    conversation,
                    generation: None,
                    deleted: false,
                },
            );
            runs.drop_run(id);
            runs.queued();
            Ok(())
        })
        .await
    }
}

impl Steps {
    /// One that is gone counts as cancelled.
    async fn status(&self, id: GenerationId) -> Result<GenerationStatus, ActivityError> {
        let runs = self.runs.clone();
        let look = async move {
            runs.parts()
                .store
                .system("a workflow serves every artist")
                .await?
                .state_of(id)
                .await
        };
        Ok(self.at_home(look).await?.unwrap_or(GenerationStatus::Cancelled))
    }

    /// On the program's own runtime, where its connections belong.
    async fn at_home<T: Send + 'static>(
        &self,
        work: impl Future<Output = sqlx::Result<T>> + Send + 'static,
    ) -> Result<T, ActivityError> {
        match self.runs.runtime().spawn(work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a step of a workflow waits for PostgreSQL");
                Err(later("PostgreSQL does not answer", None))
            }
            Err(_) => Err(later("the process ends", Some(AT_ONCE))),
        }
    }
}

/// Temporal tries again: after this pause, or one that grows.
fn later(why: &'static str, pause: Option<Duration>) -> ActivityError {
    ActivityError::application(ApplicationFailure::builder(why).maybe_next_retry_delay(pause).build())
}
