//! How a run ends: complete, failed or interrupted; stored first, told after the commit.

use super::{Abandoned, Run};
use crate::{
    domain::{answers::Kept, ports::ProviderError, pricing::cost},
    engine::{
        hub::{ListChange, Signal},
        runs::Parts,
    },
    store::generations::{CacheUse, Claimed, Finished},
    telemetry::{self, Ended},
    types::{
        chat::{GenerationStatus, MessageStatus, Usage},
        error::{ErrorCode, Problem},
        event::{Done, Event},
    },
};
use rust_decimal::Decimal;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use tracing::{Instrument, info_span};

impl Run {
    pub(super) async fn complete(&mut self, stop_reason: String, cost_usd: Option<f64>) -> Result<(), Abandoned> {
        if self.shown.len() == self.fixed {
            let code = if stop_reason == "refusal" {
                ErrorCode::ProviderRefused
            } else {
                ErrorCode::ProviderError
            };
            let detail = format!("the model ended with {stop_reason} and no text");
            return self
                .failed(&ProviderError {
                    code,
                    detail,
                    retry: None,
                })
                .await;
        }
        telemetry::provider_answered(&self.claimed.provider);
        let told_alone = cost_usd
            .filter(|_| self.spent.is_none())
            .and_then(Decimal::from_f64_retain);
        let usage = self.total().unwrap_or_default();
        let cost = told_alone
            .map(|cost| cost.round_dp(6))
            .or_else(|| cost(&usage, &self.facts));
        let flight = self.flight.take();
        let kept = Kept {
            text: self.shown.clone(),
            stop_reason,
            usage,
            cost,
        };
        let cache = if flight.is_some() {
            CacheUse::Missed
        } else {
            CacheUse::NotAsked
        };
        self.end_well(&kept, usage, cost, cache).await?;
        self.keep(flight, &kept).await;
        Ok(())
    }

    pub(super) async fn end_well(
        &self,
        answer: &Kept,
        usage: Usage,
        cost: Option<Decimal>,
        cache: CacheUse,
    ) -> Result<(), Abandoned> {
        let done = Done {
            stop_reason: answer.stop_reason.clone(),
            cached: matches!(cache, CacheUse::Hit { .. }),
            usage,
            cost_usd: cost.and_then(|cost| cost.try_into().ok()),
            time_to_first_token_ms: self.first_token_ms,
            duration_ms: Some(self.since_started()),
        };
        let end = Finished {
            text: answer.text.clone(),
            status: MessageStatus::Complete,
            state: GenerationStatus::Completed,
            stop_reason: Some(answer.stop_reason.clone()),
            usage,
            cost,
            time_to_first_token_ms: done.time_to_first_token_ms,
            duration_ms: done.duration_ms,
            resumed: self.resumed,
            cache,
            error: None,
            event: Event::Done(done),
        };
        finish(&self.parts, &self.claimed, end).await
    }

    pub(super) async fn failed(&mut self, error: &ProviderError) -> Result<(), Abandoned> {
        let usage = self.total().unwrap_or_default();
        let problem = problem(&self.claimed, error.code, cause(error.code));
        let end = Finished {
            event: Event::Failed(Box::new(problem.clone())),
            text: self.shown.clone(),
            status: MessageStatus::Failed,
            state: GenerationStatus::Failed,
            stop_reason: None,
            usage,
            cost: cost(&usage, &self.facts),
            time_to_first_token_ms: self.first_token_ms,
            duration_ms: Some(self.since_started()),
            resumed: self.resumed,
            cache: if self.flight.is_some() {
                CacheUse::Missed
            } else {
                CacheUse::NotAsked
            },
            error: Some(problem),
        };
        finish(&self.parts, &self.claimed, end).await
    }
}

/// What a program reads of a failure; the page has its own words.
const fn cause(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ProviderAuth => "The provider does not accept the key of this squad.",
        ErrorCode::ProviderRateLimited => "The provider allows no more requests at this moment.",
        ErrorCode::ProviderOverloaded => "The provider is overloaded at this moment.",
        ErrorCode::ProviderRefused => "The model declined to answer this message.",
        ErrorCode::ProviderInvalid => "The provider did not take the request as it was.",
        ErrorCode::ProviderTimeout => "The provider did not answer in time.",
        ErrorCode::Interrupted => "The answer was interrupted too often.",
        _ => "The provider failed.",
    }
}

fn problem(claimed: &Claimed, code: ErrorCode, detail: &str) -> Problem {
    Problem {
        request_id: claimed.id.to_string(),
        conversation_id: Some(claimed.conversation),
        message_id: Some(claimed.message),
        generation_id: Some(claimed.id),
        ..Problem::new(code, detail)
    }
}

pub(super) async fn interrupted(parts: &Parts, claimed: &Claimed) -> Result<(), Abandoned> {
    fail(parts, claimed, ErrorCode::Interrupted, cause(ErrorCode::Interrupted)).await
}

/// Ends a run that cannot go on, keeping what the log has.
pub(super) async fn fail(parts: &Parts, claimed: &Claimed, code: ErrorCode, detail: &str) -> Result<(), Abandoned> {
    let mut tx = parts.store.as_user(claimed.user).await?;
    let transcript = tx.transcript(claimed.id).await?;
    drop(tx);
    let problem = problem(claimed, code, detail);
    let end = Finished {
        event: Event::Failed(Box::new(problem.clone())),
        text: transcript.text,
        status: MessageStatus::Failed,
        state: GenerationStatus::Failed,
        stop_reason: None,
        usage: claimed.usage.unwrap_or_default(),
        cost: None,
        time_to_first_token_ms: None,
        duration_ms: None,
        resumed: transcript.resumed,
        cache: CacheUse::NotAsked,
        error: Some(problem),
    };
    finish(parts, claimed, end).await
}

/// Stores the end and tells readers after its commit. PostgreSQL away: again and again, until it is back or the claim
/// is somebody else's.
async fn finish(parts: &Parts, claimed: &Claimed, end: Finished) -> Result<(), Abandoned> {
    let span = info_span!("finish", state = end.state.as_str());
    store_and_tell(parts, claimed, end).instrument(span).await
}

async fn store_and_tell(parts: &Parts, claimed: &Claimed, end: Finished) -> Result<(), Abandoned> {
    let since = Instant::now();
    let seq = loop {
        match store_end(parts, claimed, &end).await {
            Ok(seq) => break seq,
            Err(error) if since.elapsed() > Duration::from_secs(120) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(generation = %claimed.id, %error, "the end of an answer waits for PostgreSQL");
                sleep(Duration::from_millis(500)).await;
            }
        }
    };
    let seq = seq.ok_or(Abandoned::LeftToNextClaim)?;
    telemetry::answer_ended(Ended {
        state: end.state,
        provider: &claimed.provider,
        model: &claimed.model,
        first_token_ms: end.time_to_first_token_ms,
        duration_ms: end.duration_ms,
        usage: end.usage,
        cost_usd: end.cost.and_then(|cost| cost.try_into().ok()),
        cached: match end.cache {
            CacheUse::NotAsked => None,
            CacheUse::Missed => Some(false),
            CacheUse::Hit { .. } => Some(true),
        },
    });
    parts.hub.publish(
        claimed.id,
        Signal::Committed {
            seq,
            event: Arc::new(end.event),
        },
    );
    parts.hub.publish_list(
        claimed.user,
        ListChange {
            conversation: claimed.conversation,
            generation: None,
            deleted: false,
        },
    );
    Ok(())
}

/// The number of the last event. A commit whose answer was lost is found in the log.
async fn store_end(parts: &Parts, claimed: &Claimed, end: &Finished) -> sqlx::Result<Option<i64>> {
    let mut system = parts.store.system("the end of a run is the program's own").await?;
    let seq = system.finish(claimed, end).await?;
    if seq.is_some() {
        return Ok(seq);
    }
    let mut tx = parts.store.as_user(claimed.user).await?;
    let log = tx.chunks(claimed.id, 0, i64::MAX).await?;
    Ok(log.last().filter(|(_, event)| *event == end.event).map(|(seq, _)| *seq))
}
