//! A look at a database that changes nothing, for `squad doctor`. Its SQL asks PostgreSQL's own tables and is made at run
//! time, because a database may have none of ours yet.

use super::{MIGRATIONS, OLDEST_VERSION, OpenError, checked_address, unreachable_at};
use sqlx::{Connection, PgConnection, Row, postgres::PgConnectOptions};
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(5);

/// What is there.
#[derive(Clone, Debug)]
pub struct Inspection {
    pub version: String,
    /// Older than what is needed.
    pub too_old: bool,
    pub schema: Schema,
    pub role: Role,
    /// Its clock, in seconds since 1970.
    pub clock: f64,
    /// Its answer took so long.
    pub round_trip: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    Current,
    /// So many migrations run at the next start.
    Behind(usize),
    Newer(i64),
    Changed(i64),
    /// Its tables belong to another database user.
    Foreign,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    Usable,
    /// Made, or granted, by the first start.
    ToBeMade,
    /// This user may not.
    Denied(String),
}

pub fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    checked_address(url)
}

pub async fn inspect(options: &PgConnectOptions) -> Result<Inspection, OpenError> {
    let looked = async {
        let mut connection = PgConnection::connect_with(options).await?;
        let begun = std::time::Instant::now();
        let row = sqlx::raw_sql(
            "select current_setting('server_version'), current_setting('server_version_num')::int,
               extract(epoch from clock_timestamp())::float8, to_regclass('public._sqlx_migrations') is not null,
               coalesce((select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = 'squad_app'), false),
               (select rolsuper or rolcreaterole from pg_roles where rolname = current_user), current_user::text,
               exists (select from pg_roles where rolname = 'squad_app'), (select rolsuper from pg_roles where rolname = current_user),
               coalesce(has_table_privilege(to_regclass('public._sqlx_migrations'), 'select'), true)",
        )
        .fetch_one(&mut connection)
        .await?;
        let round_trip = begun.elapsed();
        let [there, readable] = [3, 9].map(|at| row.get::<bool, _>(at));
        let applied = if there && readable {
            let rows =
                sqlx::raw_sql("select version, checksum from public._sqlx_migrations where success order by version")
                    .fetch_all(&mut connection)
                    .await?;
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        } else {
            Vec::new()
        };
        connection.close().await?;
        let [member, may_make, role_there, all] = [4, 5, 7, 8].map(|at| row.get::<bool, _>(at));
        Ok::<_, sqlx::Error>(Inspection {
            version: row.get(0),
            too_old: row.get::<i32, _>(1) < OLDEST_VERSION,
            schema: if readable { schema(&applied) } else { Schema::Foreign },
            role: match (member, may_make, role_there) {
                (true, ..) => Role::Usable,
                (false, true, false) => Role::ToBeMade,
                (false, ..) if all => Role::ToBeMade,
                _ => Role::Denied(row.get(6)),
            },
            clock: row.get(2),
            round_trip,
        })
    };
    let late = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    let looked = timeout(PATIENCE, looked).await.unwrap_or_else(|_| Err(late()));
    looked.map_err(|error| unreachable_at(options, &error))
}

fn schema(applied: &[(i64, Vec<u8>)]) -> Schema {
    let ours: Vec<_> = MIGRATIONS.iter().collect();
    for (version, checksum) in applied {
        match ours.iter().find(|migration| migration.version == *version) {
            None => return Schema::Newer(*version),
            Some(migration) if migration.checksum.as_ref() != checksum.as_slice() => return Schema::Changed(*version),
            Some(_) => {}
        }
    }
    match ours.len() - applied.len() {
        0 => Schema::Current,
        missing => Schema::Behind(missing),
    }
}
