//! Generations as runs: facts of one artist's, or, for the owner, of all. Nothing here reads what anybody wrote; of texts
//! only their length is taken.

use super::{Result, System, Tx, generations::progress};
use crate::types::{chat::*, coach::CoachId, error::Problem, ids::*, run::*};
use rust_decimal::Decimal;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

struct Row {
    id: Uuid,
    user_id: Uuid,
    conversation_id: Uuid,
    message_id: Uuid,
    state: String,
    next_seq: i64,
    attempt: i32,
    recoveries: i32,
    takeovers: i32,
    runner: Option<String>,
    coach: String,
    provider: String,
    model: String,
    max_tokens: i32,
    created_at: OffsetDateTime,
    started_at: Option<OffsetDateTime>,
    first_token_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
    usage: Option<Json<Usage>>,
    error: Option<Json<Problem>>,
    cached: bool,
    cost: Option<Decimal>,
    time_to_first_token_ms: Option<i64>,
    duration_ms: Option<i64>,
    characters: i64,
}

impl From<Row> for Run {
    fn from(row: Row) -> Self {
        let status = GenerationStatus::parse(&row.state).unwrap_or(GenerationStatus::Failed);
        let usage = row.usage.map(|json| json.0);
        Self {
            state: GenerationState {
                generation_id: GenerationId(row.id),
                conversation_id: ConversationId(row.conversation_id),
                message_id: MessageId(row.message_id),
                status,
                progress: progress(status, usage, row.next_seq, row.max_tokens),
                chunks: row.next_seq - 1,
                attempt: row.attempt,
                coach: CoachId::new(&row.coach),
                provider: row.provider,
                model: row.model,
                cached: row.cached,
                created_at: row.created_at,
                started_at: row.started_at,
                first_token_at: row.first_token_at,
                finished_at: row.finished_at,
                error: row.error.map(|json| json.0),
            },
            user: UserId(row.user_id),
            usage: usage.unwrap_or_default(),
            cost_usd: row.cost.and_then(|cost| cost.try_into().ok()),
            time_to_first_token_ms: row.time_to_first_token_ms,
            duration_ms: row.duration_ms,
            characters: row.characters,
            recoveries: row.recoveries,
            takeovers: row.takeovers,
            process: row.runner,
        }
    }
}

/// The smallest id of a generation that began then: ids are in the order of their time.
fn first_id_at(at: OffsetDateTime) -> Uuid {
    let milliseconds = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    Uuid::from_u128(milliseconds << 80)
}

/// The states the filter asks for: one, or all.
fn states(filter: &RunFilter) -> Vec<&'static str> {
    let wanted = GenerationStatus::ALL
        .iter()
        .filter(|one| filter.status.is_none_or(|status| status == **one));
    wanted.map(|status| status.as_str()).collect()
}

/// Runs of these ids, the newest first, with the lengths of their texts.
async fn runs(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Run>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select g.id, g.user_id, g.conversation_id, g.message_id, g.state, g.next_seq, g.attempt, g.recoveries, g.takeovers, g.runner,
             g.coach, g.provider, g.model, g.max_tokens, g.created_at, g.started_at, g.first_token_at, g.finished_at,
             g.usage as "usage: Json<Usage>", g.error as "error: Json<Problem>", m.cached, m.cost, m.time_to_first_token_ms, m.duration_ms,
             case when g.state = 'running' then (
               select coalesce(sum(char_length(c.text)), 0)::bigint from generation_chunks c where c.generation_id = g.id and c.seq >
                 coalesce((select max(r.seq) from generation_chunks r where r.generation_id = g.id and r.kind = 'reset'), 0)
             ) else char_length(m.content)::bigint end as "characters!"
           from generations g join messages m on m.id = g.message_id where g.id = any ($1) order by g.id desc"#,
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What happened to a run besides what its row says.
async fn story(connection: &mut PgConnection, run: Run) -> Result<RunStory> {
    let id = run.state.generation_id.0;
    let rows = sqlx::query!(
        "select kind, at, attempt, code, runner from generation_steps where generation_id = $1 order by id",
        id
    )
    .fetch_all(&mut *connection)
    .await?;
    let steps = rows.into_iter().filter_map(|row| {
        Some(RunStep {
            kind: StepKind::parse(&row.kind)?,
            at: row.at,
            attempt: row.attempt,
            code: row.code.and_then(|code| serde_json::from_value(code.into()).ok()),
            process: row.runner,
        })
    });
    let steps = steps.collect();
    let last_stored_at = sqlx::query_scalar!(
        "select created_at from generation_chunks where generation_id = $1 and kind = 'delta' order by seq desc limit 1",
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(RunStory {
        run,
        steps,
        last_stored_at,
    })
}

impl Tx {
    /// The artist's runs, the newest first. Each state is a range of an index.
    pub async fn runs(&mut self, filter: &RunFilter, since: Option<OffsetDateTime>, limit: i64) -> Result<Vec<Run>> {
        let user = self.user().0;
        let ids = sqlx::query_scalar!(
            r#"select g.id as "id!" from unnest($1::text[]) as wanted (state) cross join lateral (
                 select g.id from generations g join conversations c on c.id = g.conversation_id and c.user_id = $2 and c.status <> 'deleted'
                 where g.user_id = $2 and g.state = wanted.state and g.id < $3 and g.id >= $4
                   and ($5::text is null or g.coach = $5) and ($6::text is null or g.model = $6)
                 order by g.id desc limit $7
               ) g order by g.id desc limit $7"#,
            &states(filter) as &[&str],
            user,
            filter.before.map_or(Uuid::max(), |id| id.0),
            since.map_or(Uuid::nil(), first_id_at),
            filter.coach.as_ref().map(CoachId::as_str),
            filter.model,
            limit
        )
        .fetch_all(self.connection())
        .await?;
        runs(self.connection(), &ids).await
    }

    /// One of the artist's runs.
    pub async fn run(&mut self, id: GenerationId) -> Result<Option<RunStory>> {
        let user = self.user().0;
        let found = sqlx::query_scalar!(
            r#"select g.id from generations g join conversations c on c.id = g.conversation_id and c.user_id = $2
               where g.id = $1 and g.user_id = $2 and c.status <> 'deleted'"#,
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        one(self.connection(), found).await
    }
}

impl System {
    /// Everybody's runs, the newest first.
    pub async fn runs(&mut self, filter: &RunFilter, since: Option<OffsetDateTime>, limit: i64) -> Result<Vec<Run>> {
        let ids = sqlx::query_scalar!(
            r#"select g.id as "id!" from unnest($1::text[]) as wanted (state) cross join lateral (
                 select g.id from generations g join conversations c on c.id = g.conversation_id and c.status <> 'deleted'
                 where g.state = wanted.state and g.id < $2 and g.id >= $3
                   and ($4::text is null or g.coach = $4) and ($5::text is null or g.model = $5)
                 order by g.id desc limit $6
               ) g order by g.id desc limit $6"#,
            &states(filter) as &[&str],
            filter.before.map_or(Uuid::max(), |id| id.0),
            since.map_or(Uuid::nil(), first_id_at),
            filter.coach.as_ref().map(CoachId::as_str),
            filter.model,
            limit
        )
        .fetch_all(self.connection())
        .await?;
        runs(self.connection(), &ids).await
    }

    pub async fn run(&mut self, id: GenerationId) -> Result<Option<RunStory>> {
        let found = sqlx::query_scalar!(
            "select g.id from generations g join conversations c on c.id = g.conversation_id where g.id = $1 and c.status <> 'deleted'",
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        one(self.connection(), found).await
    }
}

async fn one(connection: &mut PgConnection, id: Option<Uuid>) -> Result<Option<RunStory>> {
    let Some(id) = id else { return Ok(None) };
    match runs(connection, &[id]).await?.pop() {
        Some(run) => story(connection, run).await.map(Some),
        None => Ok(None),
    }
}
