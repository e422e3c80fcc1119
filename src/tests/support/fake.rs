//! The fake provider as a process: scripts in, journal out.

use super::{patiently, process::Process};
use serde_json::{Value, json};

pub struct Fake {
    pub url: String,
    http: reqwest::Client,
    _process: Process,
}

impl Fake {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With further arguments, which win.
    pub async fn with(further: &[&str]) -> Self {
        let quick = "--port 0 --ttft-ms 0 --tokens-per-second 0 --tokens 5";
        let arguments: Vec<_> = quick.split(' ').chain(further.iter().copied()).collect();
        let mut process = Process::start(env!("CARGO_BIN_EXE_fake-provider"), &arguments, &[]);
        let url = process.ready().await;
        Self {
            url,
            http: super::artist::http(),
            _process: process,
        }
    }

    /// What the next call without a script shall do.
    pub async fn then(&self, steps: Value) {
        self.script(json!({ "then": steps })).await;
    }

    /// A script or a list of them.
    pub async fn script(&self, script: Value) {
        let url = format!("{}/__fake/script", self.url);
        let answer = self.http.post(url).json(&script).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub async fn release(&self, hold: &str) {
        let url = format!("{}/__fake/release/{hold}", self.url);
        self.http.post(url).send().await.unwrap();
    }

    /// Waits until an answer stands at this hold.
    pub async fn reached(&self, hold: &str) {
        let url = format!("{}/__fake/reached/{hold}", self.url);
        patiently(hold, self.http.get(url).send()).await.unwrap();
    }

    pub async fn calls(&self) -> Vec<Value> {
        let url = format!("{}/__fake/calls", self.url);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Waits for the end of call number `number` (from 1) and gives its line of the journal.
    pub async fn ended(&self, number: usize) -> Value {
        let url = format!("{}/__fake/ended/{number}", self.url);
        let answer = patiently("the end of a provider call", self.http.get(url).send()).await;
        answer.unwrap().json().await.unwrap()
    }

    /// The texts of the turns that call number `number` (from 1) was asked with, one after the other.
    pub async fn prompt(&self, number: usize) -> String {
        let calls = self.calls().await;
        let turns = calls[number - 1]["body"]["messages"].as_array().unwrap();
        let texts = turns.iter().map(|turn| turn["content"].to_string());
        texts.collect::<Vec<_>>().join("\n")
    }
}
