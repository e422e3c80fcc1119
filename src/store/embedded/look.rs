//! What a data folder holds and which programs would serve it; nothing is made and nothing is started.

use super::{DATABASE, EmbeddedError, USER, home_of, living_postmaster, other_user, programs, socket_path};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub struct Look {
    /// The folder of PostgreSQL's programs.
    pub programs: PathBuf,
    /// The version that made the data, where there are some.
    pub made_by: Option<String>,
    /// How to reach the server, where one runs.
    pub running: Option<PgConnectOptions>,
}

pub fn look(data_dir: &Path) -> Result<Look, EmbeddedError> {
    let root = rustix::process::getuid().is_root();
    let run_as = if root { Some(other_user()?) } else { None };
    let data_dir = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.into());
    let cluster = home_of(&data_dir, run_as).join("postgres");
    let made_by = fs::read_to_string(cluster.join("PG_VERSION")).ok();
    let running = living_postmaster(&cluster).map(|_| {
        PgConnectOptions::new_without_pgpass()
            .socket(socket_path(&cluster, run_as))
            .username(USER)
            .database(DATABASE)
            .ssl_mode(PgSslMode::Disable)
    });
    Ok(Look {
        programs: programs(&cluster)?,
        made_by: made_by.map(|text| text.trim().to_string()),
        running,
    })
}
