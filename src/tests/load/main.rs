//! Many chats at once against a running squad, and what they cost.
//!
//! ```text
//! fake-provider --port 4010 --stamps --tokens 200 &
//! SQUAD_LIMITS=off SQUAD_ANSWER_CACHE=off ANTHROPIC_API_KEY=test-key ANTHROPIC_BASE_URL=http://127.0.0.1:4010 squad &
//! squad-load --provider-url http://127.0.0.1:4010 --chats 200 --squad-pid …
//! ```
//! Each chat is an artist of its own who reads the answer as a stream. The provider stamps every token with the time
//! of its sending, so what is measured is only what the squad adds. Every answer must have each token once and in
//! order, and be stored as it was read; otherwise the exit code is 1.

mod chat;
mod pass_through;
mod process;
mod report;

use anyhow::{Context, ensure};
use chat::{Chat, Outcome};
use clap::Parser;
use process::Watch;
use serde::Deserialize;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Barrier;

#[derive(Parser)]
pub struct Args {
    /// Do not load anything: be the plain pass-through to the provider that a squad is compared with.
    #[arg(long)]
    pass_through: bool,
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The fake provider, started with `--stamps`.
    #[arg(long, default_value = "http://127.0.0.1:4010")]
    provider_url: String,
    #[arg(long, default_value_t = 200)]
    chats: usize,
    /// Messages of each chat, one after the other.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// The artists arrive within this time; then all of them send at once.
    #[arg(long, default_value_t = 2000)]
    ramp_ms: u64,
    /// The sends are spread over this time.
    #[arg(long, default_value_t = 0)]
    spread_ms: u64,
    /// An answer that takes longer is an error.
    #[arg(long, default_value_t = 120)]
    timeout_s: u64,
    #[arg(long)]
    squad_pid: Option<u32>,
    /// The provider tells its own when this is not said.
    #[arg(long)]
    fake_pid: Option<u32>,
    /// Postmasters; those that are children of the squad when not said.
    #[arg(long, value_delimiter = ',')]
    pg_pids: Vec<u32>,
    /// One line under this name instead of the table; `head` prints what stands above such lines, and does nothing else.
    #[arg(long)]
    row: Option<String>,
    /// One line of JSON instead of the table.
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Settings {
    tokens: usize,
    stamps: bool,
    pid: u32,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if args.row.as_deref() == Some("head") {
        println!("{}", report::HEAD);
        return Ok(());
    }
    rlimit::increase_nofile_limit(u64::MAX)?;
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    if args.pass_through {
        return runtime.block_on(pass_through::serve(&args.provider_url));
    }
    let good = runtime.block_on(run(args))?;
    std::process::exit(i32::from(!good))
}

async fn run(args: Args) -> anyhow::Result<bool> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(usize::MAX)
        .build()?;
    let provider = args.provider_url.trim_end_matches('/');
    let settings: Settings = get(&http, &format!("{provider}/__fake/settings"))
        .await
        .context("the fake provider")?;
    ensure!(settings.stamps, "the fake provider has to run with --stamps");
    http.delete(format!("{provider}/__fake/calls"))
        .send()
        .await?
        .error_for_status()?;
    let run = format!("load-{}", now_us());
    let barrier = Arc::new(Barrier::new(args.chats + 1));
    let chats: Vec<_> = (0..args.chats)
        .map(|index| {
            let chat = Chat {
                http: http.clone(),
                url: args.url.trim_end_matches('/').to_owned(),
                marker: format!("{run}-{index}-"),
                tokens: settings.tokens,
                rounds: args.rounds,
                arrive: share(args.ramp_ms, index, args.chats),
                send: share(args.spread_ms, index, args.chats),
                timeout: Duration::from_secs(args.timeout_s),
                cookie: String::new(),
            };
            tokio::spawn(chat.run(barrier.clone()))
        })
        .collect();
    let watch = Watch::new(args.squad_pid, args.fake_pid.unwrap_or(settings.pid), &args.pg_pids);
    barrier.wait().await;
    let (before, started) = (watch.read(), Instant::now());
    // The readers stop here until the processes were read, so that checking is not counted.
    barrier.wait().await;
    let (after, took) = (watch.read(), started.elapsed());
    let mut outcome = Outcome::default();
    for chat in chats {
        outcome.add(chat.await?);
    }
    let calls: Vec<report::Call> = get(&http, &format!("{provider}/__fake/calls")).await?;
    let report = report::Report::of(&args, settings.tokens, outcome, &calls, took, before, after);
    report.print(&args);
    Ok(report.is_good())
}

/// The `index`th of `count` equal parts of `whole_ms`.
fn share(whole_ms: u64, index: usize, count: usize) -> Duration {
    Duration::from_millis(whole_ms).mul_f64(index as f64 / count as f64)
}

async fn get<T: serde::de::DeserializeOwned>(http: &reqwest::Client, url: &str) -> anyhow::Result<T> {
    Ok(http.get(url).send().await?.error_for_status()?.json().await?)
}

#[expect(clippy::disallowed_methods, reason = "compared with the stamps of another process")]
pub fn now_us() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}
