//! Conversations: the list, one of them, and what an artist changes.

use super::{Result, Tx};
use crate::types::{chat::*, coach::CoachId, ids::*};
use time::OffsetDateTime;
use uuid::Uuid;

/// A row as the queries below select it.
struct Row {
    id: Uuid,
    title: String,
    current_coach: String,
    platform: String,
    status: String,
    pinned: bool,
    running: bool,
    unread: bool,
    active_leaf_id: Option<Uuid>,
    provider: Option<String>,
    model: Option<String>,
    temperature: Option<f64>,
    created_at: OffsetDateTime,
    last_message_at: OffsetDateTime,
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Self {
        Self {
            id: ConversationId(row.id),
            title: row.title,
            current_coach: CoachId::new(&row.current_coach),
            platform: Platform::parse(&row.platform).unwrap_or(Platform::Web),
            status: ConversationStatus::parse(&row.status).unwrap_or(ConversationStatus::Active),
            pinned: row.pinned,
            running: row.running,
            unread: row.unread,
            active_leaf_id: row.active_leaf_id.map(MessageId),
            settings: ChatSettings {
                provider: row.provider,
                model: row.model,
                temperature: row.temperature,
            },
            created_at: row.created_at,
            last_message_at: row.last_message_at,
        }
    }
}

/// What `PATCH` may change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ConversationChange {
    pub title: Option<String>,
    pub pinned: Option<bool>,
    pub archived: Option<bool>,
    pub current_coach: Option<CoachId>,
    /// She answers the next message, whatever it speaks of.
    pub coach_picked: Option<bool>,
    pub active_leaf: Option<MessageId>,
    /// All of them at once.
    pub settings: Option<ChatSettings>,
}

impl ConversationChange {
    /// The artist picks who answers from now on.
    pub fn pick(coach: CoachId) -> Self {
        Self {
            current_coach: Some(coach),
            coach_picked: Some(true),
            ..Self::default()
        }
    }
}

impl From<ConversationPatch> for ConversationChange {
    fn from(patch: ConversationPatch) -> Self {
        Self {
            title: patch.title,
            pinned: patch.pinned,
            archived: patch.archived,
            current_coach: patch.current_coach,
            coach_picked: None,
            active_leaf: patch.active_leaf_id,
            settings: patch.settings,
        }
    }
}

/// Where a page of the list starts: after this conversation.
#[derive(Clone, Copy, Debug)]
pub struct ListCursor {
    pub pinned: bool,
    pub last_message_at: OffsetDateTime,
    pub id: ConversationId,
}

impl ListCursor {
    /// Before every conversation. With a comparison that is always there the index finds the place of any page; behind
    /// "no cursor, or after it" PostgreSQL reads all pages before it.
    const START: Self = Self {
        pinned: true,
        last_message_at: time::PrimitiveDateTime::MAX.assume_utc(),
        id: ConversationId(Uuid::max()),
    };
}

impl Tx {
    pub async fn create_conversation(
        &mut self,
        title: &str,
        coach: &CoachId,
        platform: Platform,
    ) -> Result<ConversationId> {
        let (id, user) = (Uuid::now_v7(), self.user().0);
        sqlx::query!(
            "insert into conversations (id, user_id, title, current_coach, platform) values ($1, $2, $3, $4, $5)",
            id,
            user,
            title,
            coach.as_str(),
            platform.as_str()
        )
        .execute(self.connection())
        .await?;
        Ok(ConversationId(id))
    }

    pub async fn conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>> {
        let user = self.user().0;
        let row = sqlx::query_as!(
            Row,
            r#"select id, title, current_coach, platform, status, pinned, active_leaf_id, provider, model, temperature, created_at, last_message_at,
                 exists (select from generations g where g.conversation_id = c.id and g.state in ('queued', 'running')) as "running!",
                 coalesce(answered_at > read_at, false) as "unread!"
               from conversations c where id = $1 and user_id = $2 and status <> 'deleted'"#,
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(Into::into))
    }

    /// Pinned ones first, then the newest; one more than `limit` tells that there is a next page.
    pub async fn conversations(
        &mut self,
        after: Option<ListCursor>,
        archived: bool,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let user = self.user().0;
        let after = after.unwrap_or(ListCursor::START);
        let status = if archived {
            ConversationStatus::Archived
        } else {
            ConversationStatus::Active
        };
        let rows = sqlx::query_as!(
            Row,
            r#"select id, title, current_coach, platform, status, pinned, active_leaf_id, provider, model, temperature, created_at, last_message_at,
                 exists (select from generations g where g.conversation_id = c.id and g.state in ('queued', 'running')) as "running!",
                 coalesce(answered_at > read_at, false) as "unread!"
               from conversations c
               where user_id = $1 and status <> 'deleted' and status = $2
                 and (pinned, last_message_at, id) < ($3, $4, $5)
               order by pinned desc, last_message_at desc, id desc limit $6"#,
            user,
            status.as_str(),
            after.pinned,
            after.last_message_at,
            after.id.0,
            limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Those of these ids that exist, in no order.
    pub async fn conversations_by_id(&mut self, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
        let user = self.user().0;
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"select id, title, current_coach, platform, status, pinned, active_leaf_id, provider, model, temperature, created_at, last_message_at,
                 exists (select from generations g where g.conversation_id = c.id and g.state in ('queued', 'running')) as "running!",
                 coalesce(answered_at > read_at, false) as "unread!"
               from conversations c where id = any($1) and user_id = $2 and status <> 'deleted'"#,
            &ids,
            user
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The artist's conversations by id, after one of them: archived ones too, deleted ones not.
    pub async fn conversation_ids(&mut self, after: Option<ConversationId>, limit: i64) -> Result<Vec<ConversationId>> {
        let user = self.user().0;
        let rows = sqlx::query_scalar!(
            "select id from conversations where user_id = $1 and status <> 'deleted' and ($2::uuid is null or id > $2)
             order by id limit $3",
            user,
            after.map(|id| id.0),
            limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(ConversationId).collect())
    }

    /// Applies the change; false when there is no such conversation, or the leaf is not one of its messages.
    pub async fn change_conversation(&mut self, id: ConversationId, change: &ConversationChange) -> Result<bool> {
        let user = self.user().0;
        let done = sqlx::query!(
            "update conversations set title = coalesce($3, title), pinned = coalesce($4, pinned),
               status = case $5::bool when true then 'archived' when false then 'active' else status end,
               current_coach = coalesce($6, current_coach), active_leaf_id = coalesce($7, active_leaf_id),
               provider = case when $8 then $9 else provider end, model = case when $8 then $10 else model end,
               temperature = case when $8 then $11 else temperature end, coach_picked = coalesce($12, coach_picked)
             where id = $1 and user_id = $2 and status <> 'deleted'
               and ($7::uuid is null or exists (select from messages m where m.id = $7 and m.conversation_id = $1 and m.user_id = $2))",
            id.0,
            user,
            change.title.as_deref(),
            change.pinned,
            change.archived,
            change.current_coach.as_ref().map(CoachId::as_str),
            change.active_leaf.map(|leaf| leaf.0),
            change.settings.is_some(),
            change.settings.as_ref().and_then(|settings| settings.provider.as_deref()),
            change.settings.as_ref().and_then(|settings| settings.model.as_deref()),
            change.settings.as_ref().and_then(|settings| settings.temperature),
            change.coach_picked
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The artist has seen everything up to now. False: there was nothing new, or no such conversation.
    pub async fn mark_read(&mut self, id: ConversationId) -> Result<bool> {
        let user = self.user().0;
        let done = sqlx::query!(
            "update conversations set read_at = now() where id = $1 and user_id = $2 and status <> 'deleted' and answered_at > read_at",
            id.0,
            user
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub async fn delete_conversation(&mut self, id: ConversationId) -> Result<bool> {
        let user = self.user().0;
        let done = sqlx::query!(
            "update conversations set status_before_delete = status, status = 'deleted', deleted_at = now()
             where id = $1 and user_id = $2 and status <> 'deleted'",
            id.0,
            user
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a deletion of the last ten minutes back.
    pub async fn restore_conversation(&mut self, id: ConversationId) -> Result<bool> {
        let user = self.user().0;
        let done = sqlx::query!(
            "update conversations set status = coalesce(status_before_delete, 'active'), deleted_at = null
             where id = $1 and user_id = $2 and status = 'deleted' and deleted_at > now() - interval '10 minutes'",
            id.0,
            user
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Generations of this conversation that still live, oldest first.
    pub async fn live_generations(&mut self, id: ConversationId) -> Result<Vec<GenerationId>> {
        let user = self.user().0;
        let rows = sqlx::query_scalar!(
            "select id from generations where conversation_id = $1 and user_id = $2 and state in ('queued', 'running') order by place",
            id.0,
            user
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(GenerationId).collect())
    }
}
