//! Where a scenario happens: a PostgreSQL, a provider that tells stories at a human pace, and programs.

use super::postgres::Server;
use crate::support::{
    Fake,
    app::{SQUAD, environment},
    process::Process,
};
use sqlx::{AssertSqlSafe, Row};
use std::sync::{Arc, RwLock};

/// Where programs serve at this moment. Cheap to clone.
#[derive(Clone, Default)]
pub struct Urls(Arc<RwLock<Vec<String>>>);

impl Urls {
    /// The `number`th, counted round and round.
    pub fn get(&self, number: usize) -> String {
        let urls = self.0.read().unwrap();
        urls[number % urls.len()].clone()
    }

    fn set(&self, urls: Vec<String>) {
        *self.0.write().unwrap() = urls;
    }
}

pub struct Program {
    pub process: Process,
    pub url: String,
}

pub struct Place {
    pub server: Server,
    pub fake: Fake,
    pub programs: Vec<Program>,
    pub urls: Urls,
    further: Vec<(String, String)>,
}

impl Place {
    /// With so many programs, one at 20 words a second and answer.
    pub async fn with(programs: usize) -> Self {
        Self::on(Server::start(&[]).await, programs, &[]).await
    }

    pub async fn on(server: Server, programs: usize, further: &[(&str, &str)]) -> Self {
        let fake = Fake::with(&["--ttft-ms", "100", "--tokens-per-second", "20"]).await;
        let own = |(name, value): &(&str, &str)| ((*name).to_string(), (*value).to_string());
        let mut place = Self {
            server,
            fake,
            programs: Vec::new(),
            urls: Urls::default(),
            further: further.iter().map(own).collect(),
        };
        for _ in 0..programs {
            place.add(&[]).await;
        }
        place
    }

    pub fn environment(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let further = self.further.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let further: Vec<_> = further
            .chain([("SQUAD_LOG", "warn")])
            .chain(more.iter().copied())
            .collect();
        environment(&self.server.url(), &self.fake.url, &further)
    }

    /// Another program.
    pub async fn add(&mut self, more: &[(&str, &str)]) {
        let mut process = Process::start(SQUAD, &[], &self.environment(more));
        let url = process.ready().await;
        self.programs.push(Program { process, url });
        self.tell();
    }

    /// kill -9.
    pub async fn kill(&mut self, number: usize) {
        let mut program = self.programs.remove(number);
        self.tell();
        program.process.kill().await;
    }

    fn tell(&self) {
        self.urls
            .set(self.programs.iter().map(|program| program.url.clone()).collect());
    }

    pub async fn count(&self, table: &str) -> i64 {
        let query = AssertSqlSafe(format!("select count(*) from {table}"));
        sqlx::query_scalar(query)
            .fetch_one(&mut self.server.connect().await)
            .await
            .unwrap()
    }

    /// The program that runs the most answers at this moment.
    pub async fn busiest(&self) -> Option<usize> {
        let query = "select runner from generations where state = 'running' group by runner order by count(*) desc";
        let rows = sqlx::query(query)
            .fetch_all(&mut self.server.connect().await)
            .await
            .unwrap();
        let runners = rows.iter().map(|row| row.get::<String, _>(0));
        let number = |runner: String| {
            let pid: u32 = runner.rsplit(':').next()?.parse().ok()?;
            self.programs.iter().position(|program| program.process.pid() == pid)
        };
        runners.filter_map(number).next()
    }
}
