//! What really goes: conversations whose deletion can no longer be taken back, and artists who want to be forgotten.

use super::{Result, System, Tx};
use crate::types::ids::*;

impl Tx {
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
