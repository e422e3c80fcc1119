//! Joining the server of a program that runs on the same data folder, or being the one that runs it for a moment.

use super::{
    DATABASE, EmbeddedError, EmbeddedPostgres, USER, living_postmaster, other_user, reachable_home, socket_dir,
};
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{fs, mem, path::Path, time::Duration};
use tokio::time::{Instant, sleep};

/// The program that owns the folder may be starting at this moment.
const PATIENCE: Duration = Duration::from_secs(20);

/// How to connect to the server that another program runs in this data folder.
pub async fn join(data_dir: &Path) -> Result<PgConnectOptions, EmbeddedError> {
    let since = Instant::now();
    let mut said = false;
    loop {
        if let Some(options) = running(data_dir).await? {
            return Ok(options);
        }
        if since.elapsed() > PATIENCE {
            return Err(EmbeddedError::NotRunning(data_dir.into()));
        }
        if !mem::replace(&mut said, true) {
            tracing::info!("waiting for a squad that serves from {}", data_dir.display());
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// The server that another program runs in this data folder, or one started for as long as the caller keeps it.
pub async fn reach(data_dir: &Path) -> Result<(PgConnectOptions, Option<EmbeddedPostgres>), EmbeddedError> {
    let since = Instant::now();
    loop {
        match EmbeddedPostgres::start(data_dir).await {
            Ok(server) => return Ok((server.options(), Some(server))),
            // its owner may be starting or ending at this moment
            Err(EmbeddedError::InUse(_)) if since.elapsed() < PATIENCE => {}
            Err(error) => return Err(error),
        }
        if let Some(options) = running(data_dir).await? {
            return Ok((options, None));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn running(data_dir: &Path) -> Result<Option<PgConnectOptions>, EmbeddedError> {
    let Ok(data_dir) = fs::canonicalize(data_dir) else {
        return Ok(None);
    };
    let root = rustix::process::getuid().is_root();
    let run_as = if root { Some(other_user()?) } else { None };
    let cluster = reachable_home(&data_dir, run_as)?.join("postgres");
    if living_postmaster(&cluster).is_none() {
        return Ok(None);
    }
    let options = PgConnectOptions::new_without_pgpass()
        .socket(socket_dir(&cluster, run_as)?)
        .username(USER)
        .database(DATABASE)
        .ssl_mode(PgSslMode::Disable);
    Ok(PgConnection::connect_with(&options).await.is_ok().then_some(options))
}
