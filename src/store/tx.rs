//! Connections with a scope. `begin` and the scope travel together in one round trip.

use super::Result;
use crate::types::ids::UserId;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction, pool::PoolConnection};

/// Acts for one artist: every query filters by [`Tx::user`], and row level security stands behind it. Dropped without
/// a commit it is rolled back with the connection's next statement, so that only reading costs no round trip at its end.
pub struct Tx {
    tx: Transaction<'static, Postgres>,
    user: UserId,
}

impl Tx {
    pub(super) async fn begin(pool: &PgPool, user: UserId) -> Result<Self> {
        // a UUID prints as hexadecimal digits and dashes only
        let begin = format!("begin; set local app.user_id = '{user}'");
        let pool = pool.clone();
        // apart from its caller: sqlx gives a connection whose `begin` was abandoned back to the pool with the transaction
        // open, and what the next caller stores would never be committed
        let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(begin)).await });
        let tx = begun.await.map_err(|gone| sqlx::Error::Protocol(gone.to_string()))??;
        Ok(Self { tx, user })
    }

    pub const fn user(&self) -> UserId {
        self.user
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }
}

/// Acts for the program itself, outside any artist's scope. Each statement is a transaction of its own.
pub struct System {
    connection: PoolConnection<Postgres>,
}

impl System {
    pub(super) async fn acquire(pool: &PgPool) -> Result<Self> {
        Ok(Self {
            connection: pool.acquire().await?,
        })
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
