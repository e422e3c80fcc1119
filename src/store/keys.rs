//! Keys of programs that call the API. A key belongs to an artist and is kept as a hash only.

use super::{Result, Store, System, sessions::TokenHash};
use crate::types::ids::UserId;
use time::OffsetDateTime;
use uuid::Uuid;

/// A key as its owner may see it again.
#[derive(Clone, Debug)]
pub struct ApiKey {
    pub id: Uuid,
    pub artist: UserId,
    pub name: String,
    /// Its first characters.
    pub hint: String,
    pub created_at: OffsetDateTime,
    pub revoked_at: Option<OffsetDateTime>,
}

impl Store {
    /// Whose key this is; `None` for an unknown or revoked one.
    pub async fn key_owner(&self, key: &TokenHash) -> Result<Option<UserId>> {
        let owner = sqlx::query_scalar!("select key_owner($1)", &key[..])
            .fetch_one(self.pool())
            .await?;
        Ok(owner.map(UserId))
    }
}

impl System {
    /// A new key: of this artist, or of one of its own. `None`: there is no such artist.
    pub async fn create_api_key(
        &mut self,
        artist: Option<UserId>,
        name: &str,
        hint: &str,
        key: &TokenHash,
    ) -> Result<Option<Uuid>> {
        let made = sqlx::query_scalar!(
            "with own as (
               insert into auth.users (id, kind) select $3, 'program' where $2::uuid is null returning id
             ), owner as (
               select id from own union all select id from auth.users where id = $2
             )
             insert into auth.api_keys (id, user_id, name, key_hash, hint) select $1, id, $4, $5, $6 from owner returning id",
            Uuid::now_v7(),
            artist.map(|artist| artist.0),
            Uuid::now_v7(),
            name,
            &key[..],
            hint
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(made)
    }

    /// Every key, the oldest first, revoked ones too.
    pub async fn api_keys(&mut self) -> Result<Vec<ApiKey>> {
        let rows =
            sqlx::query!("select id, user_id, name, hint, created_at, revoked_at from auth.api_keys order by id")
                .fetch_all(self.connection())
                .await?;
        Ok(rows
            .into_iter()
            .map(|row| ApiKey {
                id: row.id,
                artist: UserId(row.user_id),
                name: row.name,
                hint: row.hint,
                created_at: row.created_at,
                revoked_at: row.revoked_at,
            })
            .collect())
    }

    /// From now on the key opens nothing; again changes nothing. False: there is no such key.
    pub async fn revoke_api_key(&mut self, id: Uuid) -> Result<bool> {
        let done = sqlx::query!(
            "update auth.api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1",
            id
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
