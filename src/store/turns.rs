//! Starting a turn: a question, the empty answer to it and the generation that fills it, all or nothing.

use super::{Result, Tx};
use crate::types::{chat::*, coach::CoachId, ids::*};
use sqlx::types::Json;
use uuid::Uuid;

/// What starting a turn needs to know of its conversation; its row is locked until the transaction ends.
#[derive(Clone, Debug)]
pub struct LockedConversation {
    pub current_coach: CoachId,
    pub leaf: Option<MessageId>,
    pub title: String,
    pub settings: ChatSettings,
    /// An answer runs or waits: this turn will wait too.
    pub busy: bool,
}

/// A generation found by its sender's id.
#[derive(Clone, Debug)]
pub struct KnownTurn {
    pub started: Started,
    pub request_hash: Option<Vec<u8>>,
}

/// The answer to a question: a message and the generation that writes it.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    pub generation: GenerationId,
    pub message: MessageId,
    pub user_message: MessageId,
    pub conversation: ConversationId,
    pub coach: CoachId,
    pub picked_coach: Option<CoachId>,
    /// `None`: the run decides when its turn comes.
    pub routing: Option<Routing>,
    pub handoff: Option<Handoff>,
    pub provider: String,
    pub model: String,
    pub temperature: Option<f64>,
    pub max_tokens: i32,
    pub client_message_id: Option<ClientMessageId>,
    pub request_hash: Option<Vec<u8>>,
}

impl Tx {
    pub async fn turn_by_client_id(&mut self, id: ClientMessageId) -> Result<Option<KnownTurn>> {
        let user = self.user().0;
        let row = sqlx::query!(
            "select id, conversation_id, user_message_id, message_id, coach, state, request_hash
             from generations where user_id = $1 and client_message_id = $2",
            user,
            id.0
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| KnownTurn {
            started: Started {
                generation_id: GenerationId(row.id),
                conversation_id: ConversationId(row.conversation_id),
                user_message_id: MessageId(row.user_message_id),
                message_id: MessageId(row.message_id),
                coach: CoachId::new(&row.coach),
                status: GenerationStatus::parse(&row.state).unwrap_or(GenerationStatus::Queued),
            },
            request_hash: row.request_hash,
        }))
    }

    /// Locks the conversation, so that turns start in one order.
    pub async fn lock_conversation(&mut self, id: ConversationId) -> Result<Option<LockedConversation>> {
        let user = self.user().0;
        let row = sqlx::query!(
            r#"select current_coach, active_leaf_id, title, provider, model, temperature,
                 exists (select from generations g where g.conversation_id = c.id and g.state in ('queued', 'running')) as "busy!"
               from conversations c where id = $1 and user_id = $2 and status <> 'deleted' for no key update"#,
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| LockedConversation {
            current_coach: CoachId::new(&row.current_coach),
            leaf: row.active_leaf_id.map(MessageId),
            title: row.title,
            settings: ChatSettings {
                provider: row.provider,
                model: row.model,
                temperature: row.temperature,
            },
            busy: row.busy,
        }))
    }

    /// The artist's message, below `parent`.
    pub async fn insert_question(
        &mut self,
        conversation: ConversationId,
        id: MessageId,
        parent: Option<MessageId>,
        text: &str,
    ) -> Result<()> {
        let user = self.user().0;
        sqlx::query!(
            "insert into messages (id, user_id, conversation_id, parent_id, role, content, status)
             values ($1, $2, $3, $4, 'user', $5, 'complete')",
            id.0,
            user,
            conversation.0,
            parent.map(|parent| parent.0),
            text
        )
        .execute(self.connection())
        .await
        .map(drop)
    }

    /// The empty answer and its generation, shown as the end of the conversation.
    pub async fn insert_answer(&mut self, answer: &NewAnswer, title: Option<&str>, show: bool) -> Result<()> {
        let user = self.user().0;
        sqlx::query!(
            "with answer as (
               insert into messages (id, user_id, conversation_id, parent_id, role, coach, provider, model, status, routing, handoff)
               values ($1, $2, $3, $4, 'assistant', $5, $6, $7, 'queued', $8, $9)
             ), run as (
               insert into generations (id, user_id, conversation_id, user_message_id, message_id, client_message_id, request_hash,
                 coach, provider, model, temperature, max_tokens, picked_coach, routed)
               values ($10, $2, $3, $4, $1, $11, $12, $5, $6, $7, $13, $14, $15, $16)
             )
             update conversations set active_leaf_id = case when $17 then $1 else active_leaf_id end, last_message_at = now(),
               title = coalesce($18, title), current_coach = case when $16 then $5 else current_coach end, read_at = now()
             where id = $3 and user_id = $2",
            answer.message.0,
            user,
            answer.conversation.0,
            answer.user_message.0,
            answer.coach.as_str(),
            answer.provider,
            answer.model,
            answer.routing.as_ref().map(Json) as _,
            answer.handoff.as_ref().map(Json) as _,
            answer.generation.0,
            answer.client_message_id.map(|id| id.0),
            answer.request_hash.as_deref(),
            answer.temperature,
            answer.max_tokens,
            answer.picked_coach.as_ref().map(CoachId::as_str),
            answer.routing.is_some(),
            show,
            title
        )
        .execute(self.connection())
        .await
        .map(drop)
    }

    /// Hangs everything below `from` under `to`: the new try takes the place of a failed one that left no text.
    pub async fn adopt_children(&mut self, conversation: ConversationId, from: MessageId, to: MessageId) -> Result<()> {
        let user = self.user().0;
        sqlx::query!(
            "update messages set parent_id = $1
             where parent_id = $2 and conversation_id = $3 and user_id = $4 and id <> $1",
            to.0,
            from.0,
            conversation.0,
            user
        )
        .execute(self.connection())
        .await
        .map(drop)
    }
}

/// Fresh, time-ordered ids.
pub fn new_message_id() -> MessageId {
    MessageId(Uuid::now_v7())
}
pub fn new_generation_id() -> GenerationId {
    GenerationId(Uuid::now_v7())
}
