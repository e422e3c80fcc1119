//! All SQL, one file per noun. A service never sees a pool: it gets a [`Tx`] that acts for one artist, or [`System`]
//! with a reason.
//!
//! "Not found" is `None` here and becomes an error only at the edge. To add a noun: a migration with `user_id`, a
//! policy and composite foreign keys, then a file with `impl Tx`.

pub mod conversations;
pub mod embedded;
pub mod erase;
pub mod feedback;
pub mod generations;
pub mod hints;
pub mod inspect;
pub mod keys;
pub mod log;
pub mod messages;
pub mod profiles;
pub mod runs;
pub mod search;
pub mod sessions;
pub mod stats;
pub mod turns;
pub mod tx;

pub use tx::{System, Tx};

use crate::types::ids::UserId;
use sqlx::{
    PgPool, Row,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, sync::Arc, time::Duration};

pub type Result<T> = std::result::Result<T, sqlx::Error>;

/// Of PostgreSQL, as it numbers itself.
const OLDEST_VERSION: i32 = 150_000;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// What a new connection is told. Plans do not depend on the values here (every query goes by keys), so they are made
/// once per connection instead of five times.
const SCOPED: &str = "set role squad_app; set plan_cache_mode = force_generic_plan";
const UNSCOPED: &str = "set plan_cache_mode = force_generic_plan";

/// Why the database cannot be used, with the cure.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("DATABASE_URL is not a PostgreSQL address: {0}. Write it like postgres://user:password@host:5432/database")]
    Address(String),
    #[error("PostgreSQL does not answer at {address}: {cause}. Check DATABASE_URL and that the server runs")]
    Unreachable { address: String, cause: String },
    #[error(
        "PostgreSQL at {0} has no connection left. Raise its max_connections, or let fewer programs use it: each takes up to 15"
    )]
    NoConnectionLeft(String),
    #[error("PostgreSQL {0} is too old: version 15 or newer is needed")]
    TooOld(String),
    #[error(
        "the database has a newer schema (migration {0}) than this program. Run the newer program, or restore a backup from before the upgrade"
    )]
    NewerSchema(i64),
    #[error("migration {0} in the database differs from the one in this program. Run the program that wrote it")]
    ChangedMigration(i64),
    #[error(
        "this database user may not create or use the role squad_app. Let an administrator run: CREATE ROLE squad_app NOLOGIN; GRANT squad_app TO \"{0}\";"
    )]
    Role(String),
    #[error("the schema could not be prepared: {0}")]
    Migration(String),
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    /// Connections in the role that row level security binds.
    pool: PgPool,
    /// Connections outside any artist's scope.
    system: PgPool,
    options: Arc<PgConnectOptions>,
}

impl Store {
    /// Connects, migrates (one process at a time, under an advisory lock) and opens the pool.
    pub async fn open(url: &str, connections: u32) -> std::result::Result<Self, OpenError> {
        Self::open_with(checked_address(url)?, connections).await
    }

    pub async fn open_with(options: PgConnectOptions, connections: u32) -> std::result::Result<Self, OpenError> {
        let options = options.application_name(&process_name());
        migrate(&options).await?;
        let system_connections = (connections / 3).max(1);
        let pool = |connections: u32, prepare: &'static str| {
            PgPoolOptions::new()
                .max_connections(connections)
                // a connection goes back to its pool a round trip after its use: with a second one, a request that comes
                // after a quiet time does not wait for a new one
                .min_connections(connections.min(2))
                .acquire_timeout(Duration::from_secs(10))
                .test_before_acquire(false)
                .after_connect(move |connection, _| {
                    Box::pin(async move { sqlx::raw_sql(prepare).execute(connection).await.map(drop) })
                })
                .connect_with(options.clone())
        };
        let pools = tokio::try_join!(
            pool((connections - system_connections).max(1), SCOPED),
            pool(system_connections, UNSCOPED)
        );
        let (pool, system) = pools.map_err(|error| unreachable_at(&options, &error))?;
        let options = Arc::new(options);
        Ok(Self { pool, system, options })
    }

    /// A transaction that sees and writes only this artist's rows.
    pub async fn as_user(&self, user: UserId) -> Result<Tx> {
        Tx::begin(&self.pool, user).await
    }

    /// A connection outside any artist's scope. `reason` says why that is right; it is for the reader.
    pub async fn system(&self, _reason: &'static str) -> Result<System> {
        System::acquire(&self.system).await
    }

    /// A connection of its own outside any artist's scope, for the log writer.
    pub async fn dedicated(&self) -> Result<sqlx::PgConnection> {
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect_with(&self.options).await?;
        sqlx::raw_sql(UNSCOPED).execute(&mut connection).await?;
        Ok(connection)
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Each pool with its connections in use and its idle ones.
    pub fn connections(&self) -> Vec<(&'static str, u32, u32)> {
        let count = |name, pool: &PgPool| {
            let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(pool.size());
            (name, pool.size() - idle, idle)
        };
        vec![count("artists", &self.pool), count("system", &self.system)]
    }

    /// Whether PostgreSQL answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::raw_sql("select 1").execute(&self.pool).await.map(drop)
    }

    pub async fn close(&self) {
        tokio::join!(self.pool.close(), self.system.close());
    }
}

/// This process, for whoever looks at PostgreSQL, and for the generations it claims.
fn process_name() -> String {
    let system = rustix::system::uname();
    // PostgreSQL cuts a longer one, and the number says more than the end of the machine's name
    let machine: String = system.nodename().to_string_lossy().chars().take(40).collect();
    format!("squad {machine}:{}", std::process::id())
}

fn checked_address(url: &str) -> std::result::Result<PgConnectOptions, OpenError> {
    // sqlx takes any scheme for its own
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(OpenError::Address("its scheme is another one".into()));
    }
    PgConnectOptions::from_str(url).map_err(|error| OpenError::Address(error.to_string()))
}

fn unreachable_at(options: &PgConnectOptions, error: &sqlx::Error) -> OpenError {
    let place = options
        .get_socket()
        .map_or_else(|| options.get_host().to_string(), |path| path.display().to_string());
    let address = format!(
        "{place}:{} (database {})",
        options.get_port(),
        options.get_database().unwrap_or("?")
    );
    let code = error.as_database_error().and_then(|error| error.code());
    if code.as_deref() == Some("53300") {
        return OpenError::NoConnectionLeft(address);
    }
    OpenError::Unreachable {
        address,
        cause: error.to_string(),
    }
}

async fn migrate(options: &PgConnectOptions) -> std::result::Result<(), OpenError> {
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect_with(options)
        .await
        .map_err(|error| unreachable_at(options, &error))?;
    let version = sqlx::raw_sql("select current_setting('server_version_num')::int, current_setting('server_version')")
        .fetch_one(&mut connection)
        .await
        .map_err(|error| OpenError::Migration(error.to_string()))?;
    if version.get::<i32, _>(0) < OLDEST_VERSION {
        return Err(OpenError::TooOld(version.get(1)));
    }
    MIGRATIONS.run(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => OpenError::NewerSchema(version),
        MigrateError::VersionMismatch(version) => OpenError::ChangedMigration(version),
        error => {
            let text = error.to_string();
            if text.contains("squad_app") || text.contains("permission denied to create role") {
                OpenError::Role(options.get_username().to_string())
            } else {
                OpenError::Migration(text)
            }
        }
    })?;
    sqlx::Connection::close(connection)
        .await
        .map_err(|error| OpenError::Migration(error.to_string()))
}
