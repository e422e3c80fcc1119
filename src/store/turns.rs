//! Starting a turn: a question, the empty answer to it and the generation that fills it, all or nothing.

use super::{
    Result, Tx,
    generations::{Claimed, LEASE_SECONDS},
};
use crate::types::{chat::*, coach::CoachId, ids::*};
use sqlx::types::Json;
use time::OffsetDateTime;
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
    /// Claimed by this process in the same transaction, because nothing of the conversation is before it; otherwise it
    /// waits for a claim.
    pub claim: bool,
}

/// What the artist wrote, below `parent`.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub parent: Option<MessageId>,
    pub text: &'a str,
}

/// What one turn adds to a conversation.
#[derive(Clone, Copy, Debug)]
pub struct NewTurn<'a> {
    pub answer: &'a NewAnswer,
    /// `None`: the answer is another one to a question that is there.
    pub question: Option<Question<'a>>,
    /// The conversation begins with this turn, on this platform.
    pub new_on: Option<Platform>,
    /// Of the conversation, from now on.
    pub title: Option<&'a str>,
    /// The answer becomes the end of the shown branch.
    pub show: bool,
}

impl<'a> NewTurn<'a> {
    /// Another answer to a question that is there.
    pub const fn another(answer: &'a NewAnswer, show: bool) -> Self {
        Self {
            answer,
            question: None,
            new_on: None,
            title: None,
            show,
        }
    }
}

impl NewAnswer {
    /// The claim of an answer that was inserted with one.
    pub fn claimed(&self, user: UserId, created_at: OffsetDateTime) -> Claimed {
        Claimed {
            id: self.generation,
            user,
            conversation: self.conversation,
            user_message: self.user_message,
            message: self.message,
            fence: 1,
            coach: self.coach.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            temperature: self.temperature,
            max_tokens: self.max_tokens,
            picked_coach: self.picked_coach.clone(),
            routed: self.routing.is_some(),
            crisis: self.routing.as_ref().is_some_and(|routing| routing.crisis),
            handoff: self.handoff.clone(),
            next_seq: 1,
            attempt: 1,
            recoveries: 0,
            takeovers: 0,
            usage: None,
            created_at,
            first_token_at: None,
        }
    }
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

    /// Locks the conversation, so that turns start in one order. What runs is looked at once the lock is held: the
    /// statement that waited for it sees only what was there before.
    pub async fn lock_conversation(&mut self, id: ConversationId) -> Result<Option<LockedConversation>> {
        let user = self.user().0;
        let row = sqlx::query!(
            "select current_coach, active_leaf_id, title, provider, model, temperature
             from conversations where id = $1 and user_id = $2 and status <> 'deleted' for no key update",
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        let busy = sqlx::query_scalar!(
            r#"select exists (select from generations
                 where conversation_id = $1 and user_id = $2 and state in ('queued', 'running')) as "busy!""#,
            id.0,
            user
        )
        .fetch_one(self.connection())
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
            busy,
        }))
    }

    /// The empty answer and its generation, shown as the end of the conversation; before it, where the turn is new, the
    /// question, and where it is the first, the conversation. Returns when.
    pub async fn insert_turn(&mut self, turn: &NewTurn<'_>) -> Result<OffsetDateTime> {
        let (user, answer) = (self.user().0, turn.answer);
        sqlx::query_scalar!(
            r#"with talk as (
               insert into conversations (id, user_id, title, current_coach, platform, active_leaf_id)
               select $3, $2, coalesce($18, ''), $5, $19, $1 where $19::text is not null
             ), question as (
               insert into messages (id, user_id, conversation_id, parent_id, role, content, status)
               select $4, $2, $3, $20, 'user', $21, 'complete' where $21::text is not null
             ), answer as (
               insert into messages (id, user_id, conversation_id, parent_id, role, coach, provider, model, status, routing, handoff)
               values ($1, $2, $3, $4, 'assistant', $5, $6, $7, case when $22 then 'streaming' else 'queued' end, $8, $9)
             ), run as (
               insert into generations (id, user_id, conversation_id, user_message_id, message_id, client_message_id, request_hash,
                 coach, provider, model, temperature, max_tokens, picked_coach, routed, state, fence, lease_until, started_at)
               values ($10, $2, $3, $4, $1, $11, $12, $5, $6, $7, $13, $14, $15, $16, case when $22 then 'running' else 'queued' end,
                 case when $22 then 1 else 0 end, case when $22 then now() + make_interval(secs => $23) end, case when $22 then now() end)
             ), shown as (
               update conversations set active_leaf_id = case when $17 then $1 else active_leaf_id end, last_message_at = now(),
                 title = coalesce($18, title), current_coach = case when $16 then $5 else current_coach end, read_at = now()
               where id = $3 and user_id = $2
             )
             select now() as "now!""#,
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
            turn.show,
            turn.title,
            turn.new_on.map(Platform::as_str),
            turn.question.and_then(|question| question.parent).map(|parent| parent.0),
            turn.question.map(|question| question.text),
            answer.claim,
            f64::from(LEASE_SECONDS)
        )
        .fetch_one(self.connection())
        .await
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
pub fn new_conversation_id() -> ConversationId {
    ConversationId(Uuid::now_v7())
}
pub fn new_generation_id() -> GenerationId {
    GenerationId(Uuid::now_v7())
}
