//! The embedded PostgreSQL: a real server in the data folder, started and stopped with the program.
//!
//! It listens on a Unix socket in a folder only its user may enter, so it needs no password. One program owns a data
//! folder (file lock). The server dies with the program, also by kill -9 (parent-death signal); the next start then
//! waits until the former one is gone and lets it recover. PostgreSQL refuses to run as root: started by root, it runs
//! as `postgres` (or `nobody`).

pub mod join;
pub mod look;

use rustix::process::{Pid, Signal};
use sha2::{Digest, Sha256};
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Oldest major version that is enough.
const OLDEST: u32 = 15;
const USER: &str = "squad";
const DATABASE: &str = "squad";
const START_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Why it cannot run, with the cure.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("the data folder {0} cannot be written: {1}. Set SQUAD_DATA_DIR to a folder you own")]
    Folder(PathBuf, io::Error),
    #[error("the data folder {0} is in use by another squad. Stop that one, or set SQUAD_DATA_DIR")]
    InUse(PathBuf),
    #[error(
        "no squad serves from the data folder {0}. Start `squad serve` with the same SQUAD_DATA_DIR, or set DATABASE_URL"
    )]
    NotRunning(PathBuf),
    #[error(
        "no PostgreSQL programs were found. Install them (Debian: apt-get install postgresql), or set DATABASE_URL"
    )]
    NoPrograms,
    #[error(
        "the data folder {folder} was made by PostgreSQL {made_by}, which is not installed. Install that version, or set SQUAD_DATA_DIR to a new folder"
    )]
    OtherVersion { folder: PathBuf, made_by: String },
    #[error(
        "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody. Run squad as another user, or set DATABASE_URL"
    )]
    NoUser,
    #[error("PostgreSQL could not be started: {0}")]
    Start(String),
}

/// A running server. [`EmbeddedPostgres::stop`] ends it in order; dropping it ends it too, without waiting.
pub struct EmbeddedPostgres {
    child: Child,
    socket_dir: PathBuf,
    _lock: File,
}

/// The user PostgreSQL runs as when the program is root.
#[derive(Clone, Copy)]
struct RunAs {
    uid: u32,
    gid: u32,
}

impl EmbeddedPostgres {
    /// Starts the server of this data folder, creating it the first time. Call it from a thread that lives as long as
    /// the program: the parent-death signal follows the thread.
    pub async fn start(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let root = rustix::process::getuid().is_root();
        let run_as = if root { Some(other_user()?) } else { None };
        make_dir(data_dir, None)?;
        let data_dir = fs::canonicalize(data_dir).map_err(|error| EmbeddedError::Folder(data_dir.into(), error))?;
        let lock = lock(&data_dir)?;
        let home = reachable_home(&data_dir, run_as)?;
        let cluster = home.join("postgres");
        let programs = programs(&cluster)?;
        let socket_dir = socket_dir(&cluster, run_as)?;
        if !cluster.join("PG_VERSION").exists() {
            init(&programs, &home, &cluster, run_as)?;
        }
        wait_for_former(&cluster).await?;
        let log = home.join("postgres.log");
        let child = spawn(&programs, &cluster, &socket_dir, &log, run_as)?;
        let mut server = Self {
            child,
            socket_dir,
            _lock: lock,
        };
        server.wait_until_ready(&log).await?;
        Ok(server)
    }

    /// How to connect.
    pub fn options(&self) -> PgConnectOptions {
        self.connect_to(DATABASE)
    }

    fn connect_to(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket_dir)
            .username(USER)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    async fn wait_until_ready(&mut self, log: &Path) -> Result<(), EmbeddedError> {
        let since = Instant::now();
        loop {
            match PgConnection::connect_with(&self.connect_to("postgres")).await {
                Ok(mut connection) => {
                    let made = sqlx::raw_sql("create database squad").execute(&mut connection).await;
                    return match made {
                        Ok(_) => Ok(()),
                        // 42P04: it is there already
                        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P04") => Ok(()),
                        Err(error) => Err(EmbeddedError::Start(error.to_string())),
                    };
                }
                Err(_) if self.child.try_wait().ok().flatten().is_none() && since.elapsed() < START_PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(15)).await;
                }
                Err(error) => {
                    return Err(EmbeddedError::Start(
                        last_line(log).unwrap_or_else(|| error.to_string()),
                    ));
                }
            }
        }
    }

    /// Fast shutdown: connections are ended, everything is written.
    pub async fn stop(mut self) {
        interrupt(self.child.id());
        let since = Instant::now();
        while self.child.try_wait().ok().flatten().is_none() && since.elapsed() < STOP_PATIENCE {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let _ = fs::remove_dir_all(&self.socket_dir);
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            interrupt(self.child.id());
        }
    }
}

fn interrupt(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // an error means that it is gone already
        let _ = rustix::process::kill_process(pid, Signal::INT);
    }
}

fn make_dir(path: &Path, owner: Option<RunAs>) -> Result<(), EmbeddedError> {
    let failed = |error| EmbeddedError::Folder(path.into(), error);
    let there = path.is_dir();
    fs::create_dir_all(path).map_err(failed)?;
    if let Some(RunAs { uid, gid }) = owner {
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).map_err(failed)?;
    }
    if !there {
        let mode = if owner.is_some() { 0o700 } else { 0o755 };
        fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed)?;
    }
    Ok(())
}

fn lock(data_dir: &Path) -> Result<File, EmbeddedError> {
    let path = data_dir.join("squad.lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| EmbeddedError::Folder(data_dir.into(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(EmbeddedError::InUse(data_dir.into())),
        Err(fs::TryLockError::Error(error)) => Err(EmbeddedError::Folder(data_dir.into(), error)),
    }
}

/// `postgres`, or else `nobody`, from the user database.
fn other_user() -> Result<RunAs, EmbeddedError> {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let mut fields = users
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
        Some(RunAs {
            uid: fields.nth(1)?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    };
    find("postgres").or_else(|| find("nobody")).ok_or(EmbeddedError::NoUser)
}

/// The folder of the server's files: the data folder, or, when root's data folder is where the server's user may not
/// go (a home of mode 0700), one under /var/lib that belongs to this data folder.
fn home_of(data_dir: &Path, run_as: Option<RunAs>) -> PathBuf {
    let Some(run_as) = run_as else {
        return data_dir.into();
    };
    let may_enter = |path: &Path| {
        fs::metadata(path).is_ok_and(|meta| {
            let mode = meta.mode();
            mode & 0o001 != 0
                || (meta.uid() == run_as.uid && mode & 0o100 != 0)
                || (meta.gid() == run_as.gid && mode & 0o010 != 0)
        })
    };
    if data_dir.ancestors().all(may_enter) {
        data_dir.join("server")
    } else {
        Path::new("/var/lib/martys-squad").join(fingerprint(data_dir))
    }
}

/// That folder, made when it is missing.
fn reachable_home(data_dir: &Path, run_as: Option<RunAs>) -> Result<PathBuf, EmbeddedError> {
    let home = home_of(data_dir, run_as);
    let Some(run_as) = run_as else { return Ok(home) };
    if !home.starts_with(data_dir) {
        tracing::info!(
            "the user of PostgreSQL may not enter {}; its files are in {}",
            data_dir.display(),
            home.display()
        );
    }
    if let Some(parent) = home.parent().filter(|parent| !parent.exists()) {
        fs::create_dir_all(parent).map_err(|error| EmbeddedError::Folder(parent.into(), error))?;
    }
    make_dir(&home, Some(run_as))?;
    Ok(home)
}

/// Sixteen hexadecimal digits that stay the same for this path.
fn fingerprint(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A short path of its own: a socket's path may have 107 bytes at most.
fn socket_path(cluster: &Path, run_as: Option<RunAs>) -> PathBuf {
    Path::new("/tmp").join(format!("squad-{}-{}", owner_of(run_as), fingerprint(cluster)))
}

fn owner_of(run_as: Option<RunAs>) -> u32 {
    run_as.map_or_else(|| rustix::process::getuid().as_raw(), |run_as| run_as.uid)
}

/// That path as a folder only its user may enter.
fn socket_dir(cluster: &Path, run_as: Option<RunAs>) -> Result<PathBuf, EmbeddedError> {
    let (uid, path) = (owner_of(run_as), socket_path(cluster, run_as));
    if let Ok(meta) = fs::symlink_metadata(&path)
        && (!meta.is_dir() || meta.uid() != uid)
    {
        return Err(EmbeddedError::Start(format!(
            "{} is not ours. Remove it",
            path.display()
        )));
    }
    make_dir(&path, run_as)?;
    fs::set_permissions(&path, Permissions::from_mode(0o700))
        .map_err(|error| EmbeddedError::Folder(path.clone(), error))?;
    Ok(path)
}

/// The folder with `postgres` and `initdb`: of the version that made the data, else the newest.
pub fn programs(cluster: &Path) -> Result<PathBuf, EmbeddedError> {
    let mut found: Vec<(u32, PathBuf)> = candidates()
        .into_iter()
        .filter(|dir| dir.join("postgres").is_file() && dir.join("initdb").is_file())
        .filter_map(|dir| Some((major_version(&dir)?, dir)))
        .filter(|(major, _)| *major >= OLDEST)
        .collect();
    found.sort();
    if let Ok(made_by) = fs::read_to_string(cluster.join("PG_VERSION")) {
        let made_by = made_by.trim().to_string();
        return found
            .into_iter()
            .find(|(major, _)| major.to_string() == made_by)
            .map(|(_, dir)| dir)
            .ok_or_else(|| EmbeddedError::OtherVersion {
                folder: cluster.into(),
                made_by,
            });
    }
    found.pop().map(|(_, dir)| dir).ok_or(EmbeddedError::NoPrograms)
}

fn candidates() -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = std::env::var_os("SQUAD_POSTGRES_BIN")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    if let Ok(exe) = std::env::current_exe()
        && let Some(beside) = exe.parent()
    {
        dirs.push(beside.join("postgres/bin"));
    }
    for (root, rest) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/local/lib/postgresql", "bin"),
        ("/opt/homebrew/opt", "bin"),
    ] {
        let versions = fs::read_dir(root).into_iter().flatten().flatten();
        dirs.extend(versions.map(|entry| entry.path().join(rest)));
    }
    let home = std::env::var_os("HOME").map(PathBuf::from);
    dirs.extend(home.map(|home| home.join(".cache/marty-squad/postgres/bin")));
    dirs.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    dirs
}

fn major_version(dir: &Path) -> Option<u32> {
    let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = text
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn command(program: PathBuf, run_as: Option<RunAs>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::null());
    if let Some(RunAs { uid, gid }) = run_as {
        command.uid(uid).gid(gid);
    }
    command
}

/// Makes the cluster beside its place and moves it there whole, so that an interrupted start leaves nothing half made.
fn init(programs: &Path, home: &Path, cluster: &Path, run_as: Option<RunAs>) -> Result<(), EmbeddedError> {
    let fresh = home.join("postgres.new");
    let _ = fs::remove_dir_all(&fresh);
    let output = command(programs.join("initdb"), run_as)
        .args([
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
            "--username",
            USER,
            "--pgdata",
        ])
        .arg(&fresh)
        .output()
        .map_err(|error| EmbeddedError::Start(error.to_string()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let reason = text
            .lines()
            .rfind(|line| line.contains("error"))
            .or_else(|| text.lines().last());
        return Err(EmbeddedError::Start(reason.unwrap_or("initdb failed").to_string()));
    }
    fs::rename(&fresh, cluster).map_err(|error| EmbeddedError::Folder(cluster.into(), error))
}

/// A server that the former program left behind is on its way out: waits for it, then asks it to end.
async fn wait_for_former(cluster: &Path) -> Result<(), EmbeddedError> {
    let since = Instant::now();
    let mut asked = false;
    while let Some(pid) = living_postmaster(cluster) {
        if !asked && since.elapsed() > Duration::from_secs(5) {
            interrupt(pid);
            asked = true;
        }
        if since.elapsed() > STOP_PATIENCE {
            return Err(EmbeddedError::Start(format!(
                "another PostgreSQL (process {pid}) still uses {}",
                cluster.display()
            )));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The process of `postmaster.pid`, if it lives, is no zombie and serves this folder.
fn living_postmaster(cluster: &Path) -> Option<u32> {
    let pid: u32 = fs::read_to_string(cluster.join("postmaster.pid"))
        .ok()?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()?;
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let state = status.rsplit(')').next()?.trim_start().chars().next()?;
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let serves_this = String::from_utf8_lossy(&command).contains(&*cluster.to_string_lossy());
    (state != 'Z' && serves_this).then_some(pid)
}

#[expect(unsafe_code, reason = "the parent-death signal has to be set between fork and exec")]
fn spawn(
    programs: &Path,
    cluster: &Path,
    socket_dir: &Path,
    log: &Path,
    run_as: Option<RunAs>,
) -> Result<Child, EmbeddedError> {
    let failed = |error: io::Error| EmbeddedError::Start(error.to_string());
    let log = OpenOptions::new().create(true).append(true).open(log).map_err(failed)?;
    let mut command = command(programs.join("postgres"), run_as);
    command
        .arg("-D")
        .arg(cluster)
        .arg("-k")
        .arg(socket_dir)
        .args([
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=100",
            "-c",
            "unix_socket_permissions=0700",
        ])
        .args(["-c", "log_min_messages=warning", "-c", "log_min_error_statement=panic"])
        // a group of its own: Ctrl-C in the terminal is for the program, which ends the server in its own time
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(log);
    // SAFETY: prctl is async-signal-safe and nothing else happens here
    unsafe {
        command
            .pre_exec(|| rustix::process::set_parent_process_death_signal(Some(Signal::INT)).map_err(io::Error::from));
    }
    command.spawn().map_err(failed)
}

fn last_line(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    text.lines()
        .rev()
        .find(|line| line.contains("FATAL") || line.contains("ERROR"))
        .map(str::to_string)
}
