//! Messages: a page of the shown branch, one message, and what a prompt is made of.

use super::{Result, Tx};
use crate::types::{chat::*, coach::CoachId, ids::*};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

struct Row {
    id: Uuid,
    parent_id: Option<Uuid>,
    role: String,
    content: String,
    coach: Option<String>,
    status: String,
    generation_id: Option<Uuid>,
    provider: Option<String>,
    model: Option<String>,
    temperature: Option<f64>,
    stop_reason: Option<String>,
    cached: bool,
    resumed: bool,
    feedback: Option<String>,
    feedback_comment: Option<String>,
    tokens_input: Option<i64>,
    tokens_output: Option<i64>,
    cache_read_tokens: Option<i64>,
    cache_write_tokens: Option<i64>,
    cost: Option<f64>,
    time_to_first_token_ms: Option<i64>,
    duration_ms: Option<i64>,
    routing: Option<Json<Routing>>,
    handoff: Option<Json<Handoff>>,
    error: Option<Json<crate::types::error::Problem>>,
    siblings: Vec<Uuid>,
    created_at: OffsetDateTime,
}

impl From<Row> for Message {
    fn from(row: Row) -> Self {
        Self {
            id: MessageId(row.id),
            parent_id: row.parent_id.map(MessageId),
            role: Role::parse(&row.role).unwrap_or(Role::User),
            content: row.content,
            coach: row.coach.as_deref().map(CoachId::new),
            status: MessageStatus::parse(&row.status).unwrap_or(MessageStatus::Complete),
            generation_id: row.generation_id.map(GenerationId),
            provider: row.provider,
            model: row.model,
            temperature: row.temperature,
            stop_reason: row.stop_reason,
            cached: row.cached,
            resumed: row.resumed,
            feedback: row.feedback.as_deref().and_then(Feedback::parse),
            feedback_comment: row.feedback_comment,
            usage: Usage {
                input_tokens: row.tokens_input,
                output_tokens: row.tokens_output,
                cache_read_tokens: row.cache_read_tokens,
                cache_write_tokens: row.cache_write_tokens,
            },
            cost_usd: row.cost,
            time_to_first_token_ms: row.time_to_first_token_ms,
            duration_ms: row.duration_ms,
            routing: row.routing.map(|json| json.0),
            handoff: row.handoff.map(|json| json.0),
            error: row.error.map(|json| json.0),
            siblings: row.siblings.into_iter().map(MessageId).collect(),
            created_at: row.created_at,
        }
    }
}

/// A turn of the past, for a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastTurn {
    pub id: MessageId,
    pub role: Role,
    pub content: String,
    pub coach: Option<String>,
}

impl Tx {
    /// Up to `limit` messages of the branch that ends at `leaf` (it included), oldest first.
    pub async fn branch(&mut self, conversation: ConversationId, leaf: MessageId, limit: i32) -> Result<Vec<Message>> {
        let user = self.user().0;
        let rows = sqlx::query_as!(
            Row,
            r#"with recursive branch as (
                 select m.id, m.parent_id, 1 as depth from messages m
                 where m.id = $1 and m.conversation_id = $2 and m.user_id = $3
                 union all
                 select m.id, m.parent_id, b.depth + 1 from branch b
                 join messages m on m.id = b.parent_id and m.user_id = $3 where b.depth < $4
               )
               select m.id, m.parent_id, m.role, m.content, m.coach, m.status, g.id as "generation_id?", m.provider, m.model,
                 g.temperature as "temperature?", m.stop_reason, m.cached, m.resumed, f.value as "feedback?", f.comment as "feedback_comment?", m.tokens_input, m.tokens_output,
                 m.cache_read_tokens, m.cache_write_tokens, m.cost::float8 as cost, m.time_to_first_token_ms, m.duration_ms,
                 m.routing as "routing: Json<Routing>", m.handoff as "handoff: Json<Handoff>",
                 m.error as "error: Json<crate::types::error::Problem>", m.created_at,
                 array(select s.id from (
                         select s.id, s.status, s.content from messages s where m.parent_id is not null
                           and s.conversation_id = m.conversation_id and s.parent_id = m.parent_id and s.user_id = $3
                         union all
                         select s.id, s.status, s.content from messages s where m.parent_id is null
                           and s.conversation_id = m.conversation_id and s.parent_id is null and s.user_id = $3) s
                       where s.id = m.id or not (s.status = 'failed' and s.content = '')
                       order by s.id) as "siblings!"
               from branch b join messages m on m.id = b.id
               left join generations g on g.message_id = m.id and g.user_id = $3
               left join feedback f on f.message_id = m.id and f.user_id = $3
               order by b.depth desc"#,
            leaf.0,
            conversation.0,
            user,
            limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Every message of a conversation, of all branches, oldest first; `siblings` stay empty.
    pub async fn every_message(&mut self, conversation: ConversationId) -> Result<Vec<Message>> {
        let user = self.user().0;
        let rows = sqlx::query_as!(
            Row,
            r#"select m.id, m.parent_id, m.role, m.content, m.coach, m.status, g.id as "generation_id?", m.provider, m.model,
                 g.temperature as "temperature?", m.stop_reason, m.cached, m.resumed, f.value as "feedback?", f.comment as "feedback_comment?", m.tokens_input, m.tokens_output,
                 m.cache_read_tokens, m.cache_write_tokens, m.cost::float8 as cost, m.time_to_first_token_ms, m.duration_ms,
                 m.routing as "routing: Json<Routing>", m.handoff as "handoff: Json<Handoff>",
                 m.error as "error: Json<crate::types::error::Problem>", m.created_at, '{}'::uuid[] as "siblings!"
               from messages m
               left join generations g on g.message_id = m.id and g.user_id = $2
               left join feedback f on f.message_id = m.id and f.user_id = $2
               where m.conversation_id = $1 and m.user_id = $2 order by m.id"#,
            conversation.0,
            user
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The newest end of the branches through this message; `None` when it is not one of the conversation.
    pub async fn newest_leaf(&mut self, conversation: ConversationId, through: MessageId) -> Result<Option<MessageId>> {
        let user = self.user().0;
        let leaf = sqlx::query_scalar!(
            r#"with recursive below as (
                 select id from messages where id = $1 and conversation_id = $2 and user_id = $3
                 union all
                 select m.id from below b join messages m on m.conversation_id = $2 and m.parent_id = b.id and m.user_id = $3
               )
               select b.id as "id!" from below b
               where not exists (select from messages m where m.conversation_id = $2 and m.parent_id = b.id and m.user_id = $3)
               order by b.id desc limit 1"#,
            through.0,
            conversation.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(leaf.map(MessageId))
    }

    /// The end of the shown branch; the outer `None`: no such conversation.
    pub async fn active_leaf(&mut self, conversation: ConversationId) -> Result<Option<Option<MessageId>>> {
        let user = self.user().0;
        let leaf = sqlx::query_scalar!(
            "select active_leaf_id from conversations where id = $1 and user_id = $2 and status <> 'deleted'",
            conversation.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(leaf.map(|leaf| leaf.map(MessageId)))
    }

    /// Where a message stands: its conversation and its parent. Not for a deleted conversation.
    pub async fn message_place(&mut self, id: MessageId) -> Result<Option<(ConversationId, Option<MessageId>)>> {
        let user = self.user().0;
        let row = sqlx::query!(
            "select m.conversation_id, m.parent_id from messages m join conversations c on c.id = m.conversation_id and c.user_id = $2
             where m.id = $1 and m.user_id = $2 and c.status <> 'deleted'",
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| (ConversationId(row.conversation_id), row.parent_id.map(MessageId))))
    }

    pub async fn message(&mut self, id: MessageId) -> Result<Option<Message>> {
        let Some((conversation, _)) = self.message_place(id).await? else {
            return Ok(None);
        };
        Ok(self.branch(conversation, id, 1).await?.pop())
    }

    /// The turns from where prompts of this conversation start to message `last`, oldest first, without empty ones; at
    /// most `limit`.
    pub async fn history(
        &mut self,
        conversation: ConversationId,
        last: MessageId,
        limit: i32,
    ) -> Result<Vec<PastTurn>> {
        let user = self.user().0;
        let rows = sqlx::query!(
            r#"with recursive start as (
                 select context_start_id as id from conversations where id = $2 and user_id = $3
               ), branch as (
                 select m.id, m.parent_id, m.role, m.content, m.coach, 1 as depth from messages m
                 where m.id = $1 and m.conversation_id = $2 and m.user_id = $3
                 union all
                 select m.id, m.parent_id, m.role, m.content, m.coach, b.depth + 1 from branch b
                 join messages m on m.id = b.parent_id and m.user_id = $3
                 where b.depth < $4 and b.id is distinct from (select id from start)
               )
               select id as "id!", role as "role!", content as "content!", coach from branch where content <> '' order by depth desc"#,
            last.0,
            conversation.0,
            user,
            limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| PastTurn {
                id: MessageId(row.id),
                role: Role::parse(&row.role).unwrap_or(Role::User),
                content: row.content,
                coach: row.coach,
            })
            .collect())
    }

    /// Prompts of this conversation start at this message from now on.
    pub async fn set_context_start(&mut self, conversation: ConversationId, start: MessageId) -> Result<()> {
        let user = self.user().0;
        sqlx::query!(
            "update conversations set context_start_id = $3 where id = $1 and user_id = $2",
            conversation.0,
            user,
            start.0
        )
        .execute(self.connection())
        .await
        .map(drop)
    }
}
