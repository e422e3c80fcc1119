//! The program as its users have it: the built binary, its environment, its signals.

use super::{Artist, Fake, patiently, postgres::Database, process::Process};
use rustix::process::Signal;
use tokio::sync::{Semaphore, SemaphorePermit};

pub const SQUAD: &str = env!("CARGO_BIN_EXE_squad");

/// Programs at once: each may open 25 connections, and PostgreSQL takes 100.
static PLACES: Semaphore = Semaphore::const_new(4);

pub struct TestApp {
    pub url: String,
    pub fake: Fake,
    pub database: Database,
    process: Process,
    environment: Vec<(String, String)>,
    _place: SemaphorePermit<'static>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With further variables, which win.
    pub async fn with(further: &[(&str, &str)]) -> Self {
        let place = PLACES.acquire().await.unwrap();
        let (database, fake) = tokio::join!(Database::new(), Fake::start());
        let environment = environment(&database.url(), &fake.url, further);
        let mut process = Process::start(SQUAD, &[], &environment);
        let url = process.ready().await;
        Self {
            url,
            fake,
            database,
            process,
            environment,
            _place: place,
        }
    }

    /// Somebody nobody has seen before.
    pub fn artist(&self) -> Artist {
        Artist::at(&self.url)
    }

    /// Runs `squad` beside the program, in its environment, to its end.
    pub async fn squad(&self, arguments: &[&str]) -> Said {
        squad(arguments, &self.environment).await
    }

    /// A program with a key of its own.
    pub async fn program(&self) -> Artist {
        let key = self.squad(&["api-key", "create", "--name", "A program"]).await;
        self.artist().with_key(key.ok().trim())
    }

    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits for the end that a signal asked for.
    pub async fn ended(&mut self) -> std::process::ExitStatus {
        self.process.ended().await
    }

    /// Another program on the same database, at another port.
    pub async fn start_again(&mut self) {
        self.process = Process::start(SQUAD, &[], &self.environment);
        self.url = self.process.ready().await;
    }

    /// The same with other further variables than the first had.
    #[cfg(feature = "temporal")]
    pub async fn start_again_with(&mut self, further: &[(&str, &str)]) {
        self.environment = environment(&self.database.url(), &self.fake.url, further);
        self.start_again().await;
    }

    /// Waits until the program has logged this.
    pub async fn logged(&self, text: &str) {
        patiently(text, self.process.logged(text)).await;
    }

    pub fn log(&self) -> String {
        self.process.stderr()
    }
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub success: bool,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Its output, when it did what it was asked for.
    #[track_caller]
    pub fn ok(&self) -> &str {
        assert!(self.success && self.err.is_empty(), "{self:?}");
        &self.out
    }
}

/// Runs `squad` to its end.
pub async fn squad(arguments: &[&str], environment: &[(String, String)]) -> Said {
    let mut command = tokio::process::Command::new(SQUAD);
    command.args(arguments).env_clear().envs(environment.iter().cloned());
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).kill_on_drop(true);
    for name in ["PATH", "HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let output = patiently("the end of a command", command.output()).await.unwrap();
    Said {
        success: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The variables of a program that speaks to the fake provider.
pub fn environment(database: &str, provider: &str, further: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs = vec![
        ("DATABASE_URL", database),
        ("SQUAD_ADDR", "127.0.0.1:0"),
        ("ANTHROPIC_BASE_URL", provider),
        ("ANTHROPIC_API_KEY", "test-key"),
        ("SQUAD_ROUTER", "words"),
        ("SQUAD_LIMITS", "off"),
        ("SQUAD_ANSWER_CACHE", "off"),
    ];
    pairs.retain(|(name, _)| !further.iter().any(|(other, _)| name == other));
    pairs.extend(further);
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}
