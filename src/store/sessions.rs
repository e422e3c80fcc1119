//! Anonymous artists and their cookies.

use super::{Result, Store};
use crate::types::ids::UserId;
use uuid::Uuid;

/// SHA-256 of a cookie's token.
pub type TokenHash = [u8; 32];

impl Store {
    /// Whose session this is.
    pub async fn session_owner(&self, token: &TokenHash) -> Result<Option<UserId>> {
        let owner = sqlx::query_scalar!("select session_owner($1)", &token[..])
            .fetch_one(self.pool())
            .await?;
        Ok(owner.map(UserId))
    }

    /// A new anonymous artist with one session.
    pub async fn create_anonymous(&self, token: &TokenHash) -> Result<UserId> {
        let id = Uuid::now_v7();
        let mut system = self.system("identity belongs to no artist's scope").await?;
        sqlx::query!(
            "with artist as (insert into auth.users (id) values ($1) returning id)
             insert into auth.sessions (token_hash, user_id) select $2, id from artist",
            id,
            &token[..]
        )
        .execute(system.connection())
        .await?;
        Ok(UserId(id))
    }
}
