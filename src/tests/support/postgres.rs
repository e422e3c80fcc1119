//! One PostgreSQL per run of the tests, started by the program's own code; each test gets a copy of one migrated
//! template database.

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use squad::store::{Store, embedded::EmbeddedPostgres};
use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
};

const TEMPLATE: &str = "tests_template";

static SERVER: OnceLock<PgConnectOptions> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);
static FOLDERS: AtomicU32 = AtomicU32::new(0);

fn server() -> &'static PgConnectOptions {
    SERVER.get_or_init(|| {
        let (tell, started) = mpsc::channel();
        // the server gets its parent-death signal from this thread, which lives as long as the tests
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let data = folder("postgres");
                let server = EmbeddedPostgres::start(&data).await.expect("PostgreSQL");
                sweep(server.options().get_socket().unwrap(), &data);
                let mut connection = PgConnection::connect_with(&server.options()).await.unwrap();
                // nothing here has to survive a power cut
                for line in [
                    "alter system set fsync = off",
                    "select pg_reload_conf()",
                    "create database tests_template",
                ] {
                    sqlx::raw_sql(line).execute(&mut connection).await.unwrap();
                }
                let template = Store::open_with(server.options().database(TEMPLATE), 1).await;
                template.expect("the migrations").close().await;
                tell.send(server.options()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        started.recv().expect("PostgreSQL for the tests")
    })
}

/// A new folder that goes when the test process has ended, however it ended, and no server uses it any more.
pub fn folder(name: &str) -> PathBuf {
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("squad-tests-{}-{number}-{name}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    sweep(&path, &path);
    path
}

/// Removes `path` when this process has ended and no server has its data in `data` any more.
#[expect(clippy::zombie_processes, reason = "it waits for the end of this process")]
fn sweep(path: &Path, data: &Path) {
    let wait_and_clean = "cat > /dev/null; for i in $(seq 300); do [ -e \"$1/server/postgres/postmaster.pid\" ] || \
                          [ -e \"$1/postgres/postmaster.pid\" ] || break; sleep 0.1; done; rm -rf \"$0\"";
    let mut sweeper = Command::new("sh")
        .args(["-c", wait_and_clean])
        .args([path, data])
        // Ctrl-C ends the tests and not what cleans up after them
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // its standard input ends when this process does
    std::mem::forget(sweeper.stdin.take());
}

/// A database of one test.
#[derive(Clone)]
pub struct Database {
    options: PgConnectOptions,
    name: String,
}

impl Database {
    /// With the program's schema.
    pub async fn new() -> Self {
        Self::create(&format!("template {TEMPLATE}")).await
    }

    /// With nothing in it.
    pub async fn empty() -> Self {
        Self::create("").await
    }

    async fn create(how: &str) -> Self {
        let server = tokio::task::spawn_blocking(server).await.unwrap();
        let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect_with(server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name} {how}")))
            .execute(&mut connection)
            .await
            .unwrap();
        Self {
            options: server.clone().database(&name),
            name,
        }
    }

    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    pub fn socket_folder(&self) -> PathBuf {
        self.options.get_socket().unwrap().clone()
    }

    /// For `DATABASE_URL`.
    pub fn url(&self) -> String {
        let (user, socket) = (self.options.get_username(), self.socket_folder());
        format!("postgres:///{}?user={user}&host={}", self.name, socket.display())
    }

    /// A connection as the owner of everything.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.options).await.unwrap()
    }

    pub async fn store(&self) -> Store {
        Store::open_with(self.options(), 4).await.unwrap()
    }

    /// One value, whatever its type prints as.
    pub async fn value(&self, query: &str) -> String {
        let query = format!("select ({query})::text");
        let value: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap();
        value.unwrap_or_else(|| "null".into())
    }

    pub async fn run(&self, statement: &str) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_string()))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }
}
