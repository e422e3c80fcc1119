//! A PostgreSQL that a scenario may stop, kill, starve and start again, always with the same data.

use crate::support::{patiently, postgres::folder, process::Process};
use rustix::process::{Signal, getuid};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use squad::store::embedded::programs;
use std::{path::PathBuf, time::Duration};
use tokio::{process::Command, time::sleep};

pub struct Server {
    folder: PathBuf,
    settings: Vec<String>,
    process: Option<Process>,
    /// A file system of its own.
    mounted: bool,
}

impl Server {
    /// With these settings, each like `max_connections=30`.
    pub async fn start(settings: &[&str]) -> Self {
        Self::start_in(folder("chaos"), settings, false).await
    }

    /// On a small disk of its own; `None` where this user may not mount one.
    pub async fn start_on_small_disk(megabytes: u32) -> Option<Self> {
        if !getuid().is_root() {
            return None;
        }
        let folder = folder("small-disk");
        let size = format!("size={megabytes}m");
        let mount = ["-t", "tmpfs", "-o", &size, "tmpfs", folder.to_str().unwrap()];
        let mounted = Command::new("mount").args(mount).status().await.unwrap().success();
        if !mounted {
            return None;
        }
        Some(Self::start_in(folder, &["min_wal_size=32MB", "max_wal_size=48MB"], true).await)
    }

    async fn start_in(folder: PathBuf, settings: &[&str], mounted: bool) -> Self {
        let mut server = Self {
            settings: settings.iter().map(|setting| (*setting).to_string()).collect(),
            folder,
            process: None,
            mounted,
        };
        let (program, arguments) = server.command("initdb");
        if getuid().is_root() {
            let chown = Command::new("chown").arg("postgres").arg(&server.folder).status();
            assert!(chown.await.unwrap().success(), "a user postgres");
        }
        let made = Command::new(program)
            .args(arguments)
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--username=squad",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(server.data())
            .output()
            .await
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        server.start_again().await;
        server.run_in("postgres", "create database squad").await;
        server
    }

    /// `name` of PostgreSQL's programs, as the user it may run as; it ends with this process.
    fn command(&self, name: &str) -> (&'static str, Vec<String>) {
        let mut arguments = vec!["--pdeathsig".to_string(), "INT".into()];
        if getuid().is_root() {
            arguments.extend(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"].map(String::from));
        }
        let program = programs(&self.data()).expect("PostgreSQL's programs").join(name);
        arguments.push(program.to_str().unwrap().to_string());
        ("setpriv", arguments)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// Starts it on the data there is, as often as it takes while a killed one is still on its way out.
    pub async fn start_again(&mut self) {
        let (program, mut arguments) = self.command("postgres");
        arguments.extend(["-D".into(), self.data().to_str().unwrap().to_string()]);
        arguments.extend(["-k".into(), self.folder.to_str().unwrap().to_string()]);
        for setting in ["listen_addresses="]
            .into_iter()
            .chain(self.settings.iter().map(String::as_str))
        {
            arguments.extend(["-c".into(), setting.to_string()]);
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let coming = async {
            loop {
                let mut process = Process::start(program, &arguments, &[]);
                while process.lives() {
                    if self.connect_to("postgres").await.is_ok() {
                        return process;
                    }
                    sleep(Duration::from_millis(20)).await;
                }
            }
        };
        let process = patiently("PostgreSQL", coming).await;
        self.process = Some(process);
    }

    /// INT: connections are ended and everything is written. KILL: nothing is.
    pub async fn stop(&mut self, signal: Signal) {
        if let Some(mut process) = self.process.take() {
            process.signal(signal);
            process.ended().await;
        }
    }

    /// What the server has written to its log since its start.
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .username("squad")
            .database(database)
    }

    /// For `DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres:///squad?user=squad&host={}", self.folder.display())
    }

    pub async fn connect_to(&self, database: &str) -> sqlx::Result<PgConnection> {
        PgConnection::connect_with(&self.options(database)).await
    }

    pub async fn connect(&self) -> PgConnection {
        self.connect_to("squad").await.unwrap()
    }

    async fn run_in(&self, database: &str, statement: &str) {
        let mut connection = self.connect_to(database).await.unwrap();
        let done = sqlx::raw_sql(AssertSqlSafe(statement.to_string()))
            .execute(&mut connection)
            .await;
        done.unwrap();
    }

    /// Takes all the room that is left on its disk, until the guard is dropped.
    pub fn fill_disk(&self) -> Ballast {
        let path = self.folder.join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        let piece = vec![0; 64 * 1024];
        while std::io::Write::write_all(&mut file, &piece).is_ok() {}
        Ballast(path)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.mounted {
            drop(self.process.take());
            let _ = std::process::Command::new("umount")
                .arg("-l")
                .arg(&self.folder)
                .status();
        }
    }
}

/// Room on a disk that somebody else has.
pub struct Ballast(PathBuf);

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
