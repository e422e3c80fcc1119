//! What really goes: messages taken back before their turn, conversations whose deletion can no longer be taken back,
//! and artists who want to be forgotten.

use super::{Result, System, Tx, generations::Stopped};
use crate::types::ids::*;

impl Tx {
    /// Deletes a question that waits for its turn, with its empty answer; what waits behind it hangs where it hung.
    /// `None`: its turn has come, it is the first of its conversation, or something stands beside it or its answer.
    pub async fn delete_queued_turn(&mut self, id: GenerationId) -> Result<Option<(ConversationId, Stopped)>> {
        let user = self.user().0;
        let row = sqlx::query!(
            "select conversation_id, message_id, next_seq, provider, model from generations
             where id = $1 and user_id = $2 and state = 'queued' for update",
            id.0,
            user
        )
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let conversation = ConversationId(row.conversation_id);
        self.lock_conversation(conversation, None, 0).await?;
        let done = sqlx::query!(
            "with turn as (
               select q.id as question, a.id as answer, q.parent_id as above
               from messages a join messages q on q.id = a.parent_id and q.user_id = $2
               where a.id = $1 and a.user_id = $2 and q.parent_id is not null and not exists (
                 select from messages o where o.conversation_id = $3 and o.id not in (q.id, a.id)
                   and coalesce(o.parent_id, o.conversation_id) in (q.parent_id, q.id))
             ), behind as (
               update messages m set parent_id = turn.above from turn
               where m.conversation_id = $3 and m.user_id = $2 and coalesce(m.parent_id, m.conversation_id) = turn.answer
             ), shown as (
               update conversations c set active_leaf_id = turn.above from turn
               where c.id = $3 and c.user_id = $2 and c.active_leaf_id = turn.answer
             )
             delete from messages m using turn where m.id in (turn.question, turn.answer) and m.user_id = $2",
            row.message_id,
            user,
            conversation.0
        )
        .execute(self.connection())
        .await?;
        let stopped = Stopped {
            generation: id,
            seq: row.next_seq,
            provider: row.provider,
            model: row.model,
        };
        Ok((done.rows_affected() > 0).then_some((conversation, stopped)))
    }

    /// The artist's answers that run or wait.
    pub async fn all_live_generations(&mut self) -> Result<Vec<GenerationId>> {
        let user = self.user().0;
        let rows = sqlx::query_scalar!(
            "select id from generations where user_id = $1 and state in ('queued', 'running')",
            user
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(GenerationId).collect())
    }

    /// Everything the artist wrote and was answered; what hangs below a conversation goes with it.
    pub async fn erase_everything(&mut self) -> Result<()> {
        let user = self.user().0;
        sqlx::query!("delete from profiles where user_id = $1", user)
            .execute(self.connection())
            .await?;
        sqlx::query!("delete from conversations where user_id = $1", user)
            .execute(self.connection())
            .await
            .map(drop)
    }
}

impl System {
    /// Who the artist was, with every session.
    pub async fn erase_identity(&mut self, user: UserId) -> Result<()> {
        sqlx::query!("delete from auth.users where id = $1", user.0)
            .execute(self.connection())
            .await
            .map(drop)
    }

    /// Erases up to `limit` conversations whose deletion can no longer be taken back; tells how many.
    pub async fn erase_deleted_conversations(&mut self, limit: i64) -> Result<u64> {
        let done = sqlx::query!(
            "delete from conversations where id in (
               select id from conversations where status = 'deleted' and deleted_at < now() - interval '10 minutes' limit $1)",
            limit
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }
}
