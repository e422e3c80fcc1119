//! What the program tells about its own work: figures for Prometheus here, the log in [`log`], traces in [`trace`]. No text
//! of anybody goes into any of them: ids, names, codes and numbers only.
//!
//! Figures are counted where something ends (an answer, a commit, a provider's failure), never for a token, and begin at 0
//! with each process, as Prometheus expects of counters. What has to be right after a restart (answers that wait or run)
//! is read from PostgreSQL when somebody asks. To add one: a name below, its description, and a function that takes plain
//! values.

pub mod log;
pub mod trace;

use crate::types::{
    chat::{GenerationStatus, Usage},
    error::ErrorCode,
};
use anyhow::Context;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    collections::HashMap,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use time::OffsetDateTime;

const GENERATIONS: &str = "squad_generations_total";
const FIRST_TOKEN: &str = "squad_time_to_first_token_seconds";
const DURATION: &str = "squad_generation_duration_seconds";
const TOKENS: &str = "squad_tokens_total";
const COST: &str = "squad_cost_usd_total";
const CACHE: &str = "squad_cache_total";
const PROVIDER_ERRORS: &str = "squad_provider_errors_total";
const CONNECTIONS: &str = "squad_db_connections";
const LAG: &str = "squad_log_lag_seconds";
const COMMIT: &str = "squad_log_commit_seconds";
const LIVE: &str = "squad_generations";
const QUEUE_AGE: &str = "squad_queue_age_seconds";

/// Upper ends of the histograms, in seconds: a first token, a whole answer, a commit.
const FIRST_TOKEN_BUCKETS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0];
const DURATION_BUCKETS: [f64; 9] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 90.0, 300.0];
const COMMIT_BUCKETS: [f64; 9] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0];
/// What was recorded is put into its buckets this often, whether anybody asks or not.
const UPKEEP: Duration = Duration::from_secs(10);

static PROMETHEUS: OnceLock<PrometheusHandle> = OnceLock::new();
static TROUBLES: OnceLock<Mutex<HashMap<String, Trouble>>> = OnceLock::new();

/// Begins to count; inside the runtime.
pub fn start(now: OffsetDateTime) -> anyhow::Result<()> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(FIRST_TOKEN.into()), &FIRST_TOKEN_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(DURATION.into()), &DURATION_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(COMMIT.into()), &COMMIT_BUCKETS)?
        .install_recorder()
        .context("the figures could not be set up")?;
    describe();
    gauge!("process_start_time_seconds").set(now.unix_timestamp() as f64);
    let upkeep = recorder.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(UPKEEP);
        loop {
            tick.tick().await;
            upkeep.run_upkeep();
        }
    });
    let _ = PROMETHEUS.set(recorder);
    Ok(())
}

fn describe() {
    describe_counter!(
        GENERATIONS,
        "Answers that ended in this process, by state, provider and model"
    );
    describe_histogram!(
        FIRST_TOKEN,
        Unit::Seconds,
        "From the question to the first word of its answer"
    );
    describe_histogram!(DURATION, Unit::Seconds, "From the question to the end of its answer");
    describe_counter!(TOKENS, "Tokens of answers that ended here, as far as providers told");
    describe_counter!(COST, "US dollars of answers that ended here, where the price is known");
    describe_counter!(CACHE, "Questions to the answer cache");
    describe_counter!(PROVIDER_ERRORS, "Calls that a provider did not answer whole");
    describe_gauge!(CONNECTIONS, "Connections to PostgreSQL");
    describe_gauge!(LAG, Unit::Seconds, "Age of the oldest event that waits to be stored");
    describe_histogram!(COMMIT, Unit::Seconds, "One round of the log's writer");
    describe_gauge!(LIVE, "Answers that wait or run, of all processes, read from PostgreSQL");
    describe_gauge!(
        QUEUE_AGE,
        Unit::Seconds,
        "How long the oldest answer has waited that could run, read from PostgreSQL"
    );
}

/// An answer that ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    pub state: GenerationStatus,
    pub provider: &'a str,
    pub model: &'a str,
    pub first_token_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub usage: Usage,
    pub cost_usd: Option<f64>,
    /// Whether the answer cache had it, where it was asked.
    pub cached: Option<bool>,
}

impl<'a> Ended<'a> {
    /// One that somebody stopped; what it took until then is not summed up.
    pub fn stopped(provider: &'a str, model: &'a str) -> Self {
        Self {
            state: GenerationStatus::Cancelled,
            provider,
            model,
            first_token_ms: None,
            duration_ms: None,
            usage: Usage::default(),
            cost_usd: None,
            cached: None,
        }
    }
}

pub fn answer_ended(end: Ended<'_>) {
    let labels = [
        ("state", end.state.as_str().to_string()),
        ("provider", end.provider.to_string()),
        ("model", end.model.to_string()),
    ];
    counter!(GENERATIONS, &labels).increment(1);
    if let Some(ms) = end.first_token_ms {
        histogram!(FIRST_TOKEN).record(ms as f64 / 1000.0);
    }
    if let Some(ms) = end.duration_ms {
        histogram!(DURATION).record(ms as f64 / 1000.0);
    }
    let tokens = [
        ("input", end.usage.input_tokens),
        ("output", end.usage.output_tokens),
        ("cache_read", end.usage.cache_read_tokens),
        ("cache_write", end.usage.cache_write_tokens),
    ];
    for (kind, count) in tokens {
        counter!(TOKENS, "kind" => kind).increment(count.and_then(|count| count.try_into().ok()).unwrap_or_default());
    }
    // a counter of whole numbers would lose what an answer costs
    gauge!(COST).increment(end.cost_usd.unwrap_or_default());
    if let Some(hit) = end.cached {
        counter!(CACHE, "result" => if hit { "hit" } else { "miss" }).increment(1);
    }
}

/// The last call of a provider, as this process saw it.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub code: ErrorCode,
    pub at: OffsetDateTime,
    /// It has answered since.
    pub over: bool,
}

fn troubles() -> std::sync::MutexGuard<'static, HashMap<String, Trouble>> {
    let troubles = TROUBLES.get_or_init(Mutex::default);
    troubles.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn provider_failed(provider: &str, code: ErrorCode, at: OffsetDateTime) {
    let labels = [("provider", provider.to_string()), ("code", code.as_str().to_string())];
    counter!(PROVIDER_ERRORS, &labels).increment(1);
    let trouble = Trouble { code, at, over: false };
    troubles().insert(provider.to_string(), trouble);
}

pub fn provider_answered(provider: &str) {
    if let Some(trouble) = troubles().get_mut(provider) {
        trouble.over = true;
    }
}

/// The last failure of each provider that had one.
pub fn provider_troubles() -> Vec<(String, Trouble)> {
    let mut all: Vec<_> = troubles()
        .iter()
        .map(|(name, trouble)| (name.clone(), *trouble))
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// Since when the oldest event waits to be stored, for whoever asks while the writer waits for PostgreSQL.
#[derive(Debug, Default)]
pub struct Waiting(AtomicU64);

pub static LOG: Waiting = Waiting(AtomicU64::new(0));

impl Waiting {
    /// Microseconds since the first look at a clock, from 1; 0: nothing waits.
    fn ticks(at: Instant) -> u64 {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        let since = at.saturating_duration_since(*FIRST.get_or_init(|| at));
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX - 1) + 1
    }

    pub fn since(&self, oldest: Option<Instant>) {
        self.0.store(oldest.map_or(0, Self::ticks), Ordering::Relaxed);
    }

    pub fn age(&self) -> Duration {
        match self.0.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => Duration::from_micros(Self::ticks(Instant::now()).saturating_sub(since)),
        }
    }
}

/// The log's writer has stored a round.
pub fn committed(took: Duration) {
    histogram!(COMMIT).record(took);
}

/// What PostgreSQL says when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Live {
    pub queued: i64,
    pub running: i64,
    pub queue_age: Duration,
}

/// Everything in Prometheus' text format; without PostgreSQL its figures are NaN rather than old. `connections`: pool, in
/// use, idle.
pub fn render(live: Option<Live>, connections: &[(&'static str, u32, u32)]) -> String {
    let figure = |read: fn(Live) -> f64| live.map_or(f64::NAN, read);
    gauge!(LIVE, "state" => "queued").set(figure(|live| live.queued as f64));
    gauge!(LIVE, "state" => "running").set(figure(|live| live.running as f64));
    gauge!(QUEUE_AGE).set(figure(|live| live.queue_age.as_secs_f64()));
    for (pool, used, idle) in connections {
        gauge!(CONNECTIONS, "pool" => *pool, "state" => "used").set(*used);
        gauge!(CONNECTIONS, "pool" => *pool, "state" => "idle").set(*idle);
    }
    gauge!(LAG).set(LOG.age().as_secs_f64());
    let cpu = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    // a gauge, because counters hold whole numbers
    gauge!("process_cpu_seconds_total").set(cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9);
    if let Some(bytes) = resident_bytes() {
        gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    PROMETHEUS.get().map(PrometheusHandle::render).unwrap_or_default()
}

fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_an_age_and_nothing_has_none() {
        let waiting = Waiting::default();
        assert_eq!(waiting.age(), Duration::ZERO);
        let earlier = Instant::now();
        Waiting::ticks(earlier);
        waiting.since(Some(earlier));
        std::thread::yield_now();
        assert!(waiting.age() <= earlier.elapsed());
        waiting.since(None);
        assert_eq!(waiting.age(), Duration::ZERO);
    }
}
