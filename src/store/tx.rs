//! Transactions with a scope. `begin` and the scope travel together in one round trip.

use super::Result;
use crate::types::ids::UserId;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

/// Acts for one artist: every query filters by [`Tx::user`], and row level security stands behind it.
pub struct Tx {
    tx: Transaction<'static, Postgres>,
    user: UserId,
}

impl Tx {
    pub(super) async fn begin(pool: &PgPool, user: UserId) -> Result<Self> {
        // a UUID prints as hexadecimal digits and dashes only
        let begin = format!("begin; set local app.user_id = '{user}'");
        Ok(Self {
            tx: pool.begin_with(AssertSqlSafe(begin)).await?,
            user,
        })
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

/// Acts for the program itself, outside any artist's scope.
pub struct SystemTx {
    tx: Transaction<'static, Postgres>,
}

impl SystemTx {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self> {
        Ok(Self {
            tx: pool.begin_with("begin; set local role none").await?,
        })
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }
}
