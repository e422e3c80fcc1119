//! Looking at a generation. Lists of them are in `store/runs.rs`.

use crate::{
    store::{Result, Tx},
    types::{chat::*, coach::CoachId, error::Problem, event::GenerationInfo, ids::*},
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// What every look at a generation reads.
#[derive(Clone, Debug)]
pub struct GenerationRow {
    pub state: GenerationState,
    pub user_message: MessageId,
    pub temperature: Option<f64>,
    pub handoff: Option<Handoff>,
    pub routed: bool,
}

/// A row as the queries below select it.
struct Row {
    id: Uuid,
    conversation_id: Uuid,
    message_id: Uuid,
    user_message_id: Uuid,
    state: String,
    next_seq: i64,
    attempt: i32,
    coach: String,
    provider: String,
    model: String,
    temperature: Option<f64>,
    max_tokens: i32,
    routed: bool,
    created_at: OffsetDateTime,
    started_at: Option<OffsetDateTime>,
    first_token_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
    usage: Option<Json<Usage>>,
    error: Option<Json<Problem>>,
    cached: bool,
    handoff: Option<Json<Handoff>>,
}

/// Of 1: how much of the model's output limit is used, by what its provider told or by events; 1 when it ended.
pub fn progress(status: GenerationStatus, usage: Option<Usage>, next_seq: i64, max_tokens: i32) -> f64 {
    if status.is_final() {
        return 1.0;
    }
    let used = usage.and_then(|usage| usage.output_tokens).unwrap_or(next_seq - 1);
    (used as f64 / f64::from(max_tokens.max(1))).clamp(0.0, 0.99)
}

impl From<Row> for GenerationRow {
    fn from(row: Row) -> Self {
        let status = GenerationStatus::parse(&row.state).unwrap_or(GenerationStatus::Failed);
        let progress = progress(status, row.usage.map(|json| json.0), row.next_seq, row.max_tokens);
        Self {
            state: GenerationState {
                generation_id: GenerationId(row.id),
                conversation_id: ConversationId(row.conversation_id),
                message_id: MessageId(row.message_id),
                status,
                progress,
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
            user_message: MessageId(row.user_message_id),
            temperature: row.temperature,
            handoff: row.handoff.map(|json| json.0),
            routed: row.routed,
        }
    }
}

impl GenerationRow {
    pub fn info(&self) -> GenerationInfo {
        GenerationInfo {
            generation_id: self.state.generation_id,
            conversation_id: self.state.conversation_id,
            user_message_id: self.user_message,
            message_id: self.state.message_id,
            coach: self.state.coach.clone(),
            provider: self.state.provider.clone(),
            model: self.state.model.clone(),
            temperature: self.temperature,
            handoff: self.handoff.clone(),
        }
    }
}

impl Tx {
    pub async fn generation(&mut self, id: GenerationId) -> Result<Option<GenerationRow>> {
        let user = self.user().0;
        let row = sqlx::query_as!(
            Row,
            r#"select g.id, g.conversation_id, g.message_id, g.user_message_id, g.state, g.next_seq, g.attempt,
                 g.coach, g.provider, g.model, g.temperature, g.max_tokens, g.routed, g.created_at, g.started_at, g.first_token_at, g.finished_at,
                 g.usage as "usage: Json<Usage>", g.error as "error: Json<Problem>", m.cached, m.handoff as "handoff: Json<Handoff>"
               from generations g join messages m on m.id = g.message_id and m.user_id = $2
               join conversations c on c.id = g.conversation_id and c.user_id = $2
               where g.id = $1 and g.user_id = $2 and c.status <> 'deleted'"#,
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(Into::into))
    }
}
