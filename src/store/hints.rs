//! Short words between the processes on one database, over NOTIFY, and how many of them there are.
//!
//! A process is registered as long as its listening connection holds a shared advisory lock, so one that was killed is
//! gone with its connection. Nothing here runs in a turn's transaction: a NOTIFY there would make commits wait for each
//! other.

use super::{Result, Store, System};
use sqlx::{
    PgConnection,
    postgres::{PgListener, PgPoolOptions},
};
use std::time::Duration;

const CHANNEL: &str = "squad_hints";
/// The two numbers of the lock that every process holds.
const LOCK: (i32, i32) = (0x53_51_55_41, 1);

/// This process's place among the others, and what they say.
pub struct Ear(PgListener);

impl Store {
    /// Registers this process and listens.
    pub async fn ear(&self) -> Result<Ear> {
        let one = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with((*self.options).clone());
        let mut listener = PgListener::connect_with(&one).await?;
        listener.listen(CHANNEL).await?;
        let mut ear = Ear(listener);
        ear.register().await?;
        Ok(ear)
    }
}

impl Ear {
    async fn register(&mut self) -> Result<()> {
        sqlx::query!("select pg_advisory_lock_shared($1, $2)", LOCK.0, LOCK.1)
            .execute(&mut self.0)
            .await
            .map(drop)
    }

    /// What was said next, by any process; `None`: the connection was lost, and this place with it.
    pub async fn next(&mut self) -> Result<Option<String>> {
        let notification = self.0.try_recv().await?;
        Ok(notification.map(|notification| notification.payload().to_string()))
    }
}

/// Says it to every process that listens.
pub async fn say(connection: &mut PgConnection, hint: &str) -> Result<()> {
    sqlx::query!("select pg_notify($1, $2)", CHANNEL, hint)
        .execute(connection)
        .await
        .map(drop)
}

impl System {
    pub async fn say(&mut self, hint: &str) -> Result<()> {
        say(self.connection(), hint).await
    }

    /// Processes that listen on this database, this one included.
    pub async fn processes(&mut self) -> Result<i64> {
        sqlx::query_scalar!(
            r#"select count(*) as "count!" from pg_locks
               where locktype = 'advisory' and granted and classid::bigint = $1 and objid::bigint = $2 and objsubid = 2
                 and database = (select oid from pg_database where datname = current_database())"#,
            i64::from(LOCK.0),
            i64::from(LOCK.1)
        )
        .fetch_one(self.connection())
        .await
    }
}
