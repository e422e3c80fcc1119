//! Generations: claim, look, finish, cancel. The fence of a claim guards every write of a run: a runner that lost its
//! lease is told so and stops.

mod look;
mod queue;

pub use look::{GenerationRow, progress};
pub use queue::Live;

use super::{Result, System, Tx, log::chunk_event};
use crate::types::{
    chat::*,
    coach::CoachId,
    error::{ErrorCode, Problem},
    event::{Event, GenerationInfo, Transcript},
    ids::*,
    run::StepKind,
};
use rust_decimal::Decimal;
use sqlx::{PgConnection, types::Json};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long a claim holds without a sign of life. Appends and a 5 s ticker renew it.
pub const LEASE_SECONDS: i32 = 15;

/// A generation this process may run, until its lease ends or its fence is raised.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: GenerationId,
    pub user: UserId,
    pub conversation: ConversationId,
    pub user_message: MessageId,
    pub message: MessageId,
    pub fence: i64,
    pub coach: CoachId,
    pub provider: String,
    pub model: String,
    pub temperature: Option<f64>,
    pub max_tokens: i32,
    pub picked_coach: Option<CoachId>,
    pub routed: bool,
    /// Another answer to a question that has one already.
    pub again: bool,
    /// Words of ending one's life, where the routing is known already.
    pub crisis: bool,
    pub handoff: Option<Handoff>,
    pub next_seq: i64,
    pub attempt: i32,
    pub recoveries: i32,
    pub takeovers: i32,
    pub usage: Option<Usage>,
    /// The first claim: what waited before it was no work on this answer.
    pub started_at: OffsetDateTime,
    /// Since then, at the claim. By PostgreSQL's clock, like every moment here: a process may have another time.
    pub age: Duration,
    pub first_token_at: Option<OffsetDateTime>,
}

/// Facts of a finished run.
#[derive(Clone, Debug)]
pub struct Finished {
    pub event: Event,
    pub text: String,
    pub status: MessageStatus,
    pub state: GenerationStatus,
    pub stop_reason: Option<String>,
    pub usage: Usage,
    pub cost: Option<Decimal>,
    pub time_to_first_token_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub resumed: bool,
    pub cache: CacheUse,
    pub error: Option<Problem>,
}

/// An answer that was stopped.
#[derive(Clone, Debug)]
pub struct Stopped {
    pub generation: GenerationId,
    /// Number of its last event.
    pub seq: i64,
    pub provider: String,
    pub model: String,
}

/// What the answer cache did for an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheUse {
    #[default]
    NotAsked,
    Missed,
    /// With what the provider took for it the first time, in US dollars.
    Hit {
        saved: Option<Decimal>,
    },
}

impl Claimed {
    pub fn info(&self) -> GenerationInfo {
        GenerationInfo {
            generation_id: self.id,
            conversation_id: self.conversation,
            user_message_id: self.user_message,
            message_id: self.message,
            coach: self.coach.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            temperature: self.temperature,
            handoff: self.handoff.clone(),
        }
    }
}

impl Tx {
    /// Stops a generation in one step: `cancelled` at the next number, the message with what is stored, the fence raised.
    /// `None`: it was not live (any more).
    pub async fn cancel_generation(&mut self, id: GenerationId) -> Result<Option<Stopped>> {
        let user = self.user().0;
        let row = sqlx::query!(
            "select message_id, next_seq, provider, model from generations
             where id = $1 and user_id = $2 and state in ('queued', 'running') for no key update",
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let transcript = transcript(self.connection(), id, user).await?;
        sqlx::query!(
            "with last as (
               insert into generation_chunks (generation_id, seq, user_id, kind, data) values ($1, $2, $3, 'cancelled', '{}')
             ), answer as (
               update messages m set status = 'stopped', content = $4, resumed = $5, stop_reason = 'cancelled',
                 tokens_input = (g.usage->>'input_tokens')::bigint,
                 cache_read_tokens = (g.usage->>'cache_read_tokens')::bigint,
                 cache_write_tokens = (g.usage->>'cache_write_tokens')::bigint,
                 time_to_first_token_ms = (extract(epoch from g.first_token_at - g.started_at) * 1000)::bigint,
                 duration_ms = (extract(epoch from now() - coalesce(g.started_at, now())) * 1000)::bigint
               from generations g where m.id = $6 and m.user_id = $3 and g.id = $1
             )
             update generations set state = 'cancelled', fence = fence + 1, next_seq = $2 + 1, finished_at = now(), lease_until = null
             where id = $1 and user_id = $3",
            id.0,
            row.next_seq,
            user,
            transcript.text,
            transcript.resumed,
            row.message_id
        )
        .execute(self.connection())
        .await?;
        Ok(Some(Stopped {
            generation: id,
            seq: row.next_seq,
            provider: row.provider,
            model: row.model,
        }))
    }

    /// The first step of a run that was not routed when it started: who answers, for good. False: the fence was raised.
    pub async fn decide_coach(
        &mut self,
        claimed: &Claimed,
        routing: &Routing,
        handoff: Option<&Handoff>,
    ) -> Result<bool> {
        let user = self.user().0;
        let done = sqlx::query!(
            "with run as (
               update generations set coach = $3, routed = true where id = $1 and fence = $2 and state = 'running' and user_id = $4
               returning message_id, conversation_id
             ), answer as (
               update messages m set coach = $3, routing = $5, handoff = $6 from run where m.id = run.message_id and m.user_id = $4
             )
             update conversations c set current_coach = $3 from run where c.id = run.conversation_id and c.user_id = $4",
            claimed.id.0,
            claimed.fence,
            routing.coach.as_str(),
            user,
            Json(routing) as _,
            handoff.map(Json) as _
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The answer as the log has it now.
    pub async fn transcript(&mut self, id: GenerationId) -> Result<Transcript> {
        let user = self.user().0;
        transcript(self.connection(), id, user).await
    }
}

async fn transcript(connection: &mut PgConnection, id: GenerationId, user: Uuid) -> Result<Transcript> {
    let rows = sqlx::query!(
        "select seq, kind, text, data from generation_chunks where generation_id = $1 and user_id = $2 order by seq",
        id.0,
        user
    )
    .fetch_all(connection)
    .await?;
    let mut transcript = Transcript::default();
    for row in rows {
        if let Some(event) = chunk_event(&row.kind, row.text, row.data) {
            transcript.apply(row.seq, &event);
        }
    }
    Ok(transcript)
}

impl System {
    /// Which of these runs are still this process's own.
    pub async fn still_held(&mut self, runs: &[(GenerationId, i64)]) -> Result<Vec<GenerationId>> {
        let ids: Vec<_> = runs.iter().map(|run| run.0.0).collect();
        let fences: Vec<_> = runs.iter().map(|run| run.1).collect();
        let rows = sqlx::query_scalar!(
            "select g.id from generations g join unnest($1::uuid[], $2::bigint[]) as mine (id, fence)
               on g.id = mine.id and g.fence = mine.fence where g.state = 'running'",
            &ids,
            &fences
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(GenerationId).collect())
    }

    /// Renews the leases of running generations; returns those that are still this process's own.
    pub async fn renew(&mut self, runs: &[(GenerationId, i64)]) -> Result<Vec<GenerationId>> {
        let ids: Vec<_> = runs.iter().map(|run| run.0.0).collect();
        let fences: Vec<_> = runs.iter().map(|run| run.1).collect();
        let rows = sqlx::query_scalar!(
            "update generations g set lease_until = now() + make_interval(secs => $3)
             from unnest($1::uuid[], $2::bigint[]) as mine (id, fence)
             where g.id = mine.id and g.fence = mine.fence and g.state = 'running' returning g.id",
            &ids,
            &fences,
            f64::from(LEASE_SECONDS)
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(GenerationId).collect())
    }

    /// Gives leases back at once, so that another process (or the next start) goes on.
    pub async fn release(&mut self, runs: &[(GenerationId, i64)]) -> Result<()> {
        let ids: Vec<_> = runs.iter().map(|run| run.0.0).collect();
        let fences: Vec<_> = runs.iter().map(|run| run.1).collect();
        sqlx::query!(
            "update generations g set lease_until = now() - interval '1 second', fence = g.fence + 1
             from unnest($1::uuid[], $2::bigint[]) as mine (id, fence)
             where g.id = mine.id and g.fence = mine.fence and g.state = 'running'",
            &ids,
            &fences
        )
        .execute(self.connection())
        .await
        .map(drop)
    }

    /// Lets every lease end now. Only for a process that knows it is the only one on this database.
    pub async fn end_all_leases(&mut self) -> Result<u64> {
        let done =
            sqlx::query!("update generations set lease_until = now() - interval '1 second' where state = 'running'")
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected())
    }

    /// The next attempt of a run begins: its number, the recoveries so far, what becomes of what was shown, and why.
    /// False: fenced.
    pub async fn begin_attempt(
        &mut self,
        claimed: &Claimed,
        attempt: i32,
        recoveries: i32,
        kind: StepKind,
        code: Option<ErrorCode>,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "with run as (
               update generations set attempt = $3, recoveries = $4 where id = $1 and fence = $2 and state = 'running'
               returning id, user_id
             )
             insert into generation_steps (generation_id, user_id, kind, attempt, code) select id, user_id, $5, $3, $6 from run",
            claimed.id.0,
            claimed.fence,
            attempt,
            recoveries,
            kind.as_str(),
            code.map(ErrorCode::as_str)
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A provider failed before its first word, and is asked again.
    pub async fn tell_retry(&mut self, claimed: &Claimed, attempt: i32, code: ErrorCode) -> Result<()> {
        sqlx::query!(
            "insert into generation_steps (generation_id, user_id, kind, attempt, code)
             select id, user_id, 'retried', $3, $4 from generations where id = $1 and fence = $2 and state = 'running'",
            claimed.id.0,
            claimed.fence,
            attempt,
            code.as_str()
        )
        .execute(self.connection())
        .await
        .map(drop)
    }

    /// The end of a run: last event, message, usage, cost and state in one statement. Returns the event's number, or
    /// `None` when the fence was raised meanwhile.
    pub async fn finish(&mut self, claimed: &Claimed, end: &Finished) -> Result<Option<i64>> {
        let data = event_data(&end.event);
        let saved = match end.cache {
            CacheUse::Hit { saved } => saved,
            _ => None,
        };
        let seq = sqlx::query_scalar!(
            r#"with run as (
                 update generations set state = $3, next_seq = next_seq + 1, finished_at = now(), lease_until = null, usage = $4, error = $5
                 where id = $1 and fence = $2 and state = 'running' returning next_seq - 1 as seq, user_id, message_id, conversation_id
               ), answer as (
                 update messages m set status = $6, content = $7, stop_reason = $8, tokens_input = $9, tokens_output = $10,
                   cache_read_tokens = $11, cache_write_tokens = $12, cost = $13, time_to_first_token_ms = $14, duration_ms = $15,
                   resumed = $16, error = $5, cache_asked = $19, cached = $20, saved = $21
                 from run where m.id = run.message_id
               ), seen as (
                 update conversations c set answered_at = now() from run where c.id = run.conversation_id
               )
               insert into generation_chunks (generation_id, seq, user_id, kind, data)
               select $1, seq, user_id, $17, $18 from run returning seq"#,
            claimed.id.0,
            claimed.fence,
            end.state.as_str(),
            Json(&end.usage) as _,
            end.error.as_ref().map(Json) as _,
            end.status.as_str(),
            end.text,
            end.stop_reason,
            end.usage.input_tokens,
            end.usage.output_tokens,
            end.usage.cache_read_tokens,
            end.usage.cache_write_tokens,
            end.cost,
            end.time_to_first_token_ms,
            end.duration_ms,
            end.resumed,
            end.event.kind(),
            data,
            end.cache != CacheUse::NotAsked,
            matches!(end.cache, CacheUse::Hit { .. }),
            saved
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(seq)
    }

    /// Deletes the chunks of answers that ended more than `hours` ago; the messages hold their text.
    pub async fn delete_old_chunks(&mut self, hours: i32) -> Result<u64> {
        let done = sqlx::query!(
            "delete from generation_chunks where generation_id in (
               select g.id from generations g where g.finished_at < now() - make_interval(hours => $1)
                 and exists (select from generation_chunks c where c.generation_id = g.id) limit 500)",
            hours
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }
}

/// The `data` column of an event; text has a column of its own.
pub fn event_data(event: &Event) -> Option<serde_json::Value> {
    match event {
        Event::Delta { .. } => None,
        Event::Reset { attempt } | Event::Seam { attempt } => Some(serde_json::json!({ "attempt": attempt })),
        Event::Done(done) => serde_json::to_value(done).ok(),
        Event::Failed(problem) => serde_json::to_value(problem).ok(),
        Event::Cancelled {} => Some(serde_json::json!({})),
    }
}
