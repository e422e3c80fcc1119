//! Traits, only where a second implementation exists.

use crate::{
    store::{generations::Claimed, turns::Background},
    types::{chat::Usage, error::ErrorCode, ids::GenerationId},
};
use futures_util::{future::BoxFuture, stream::BoxStream};
use std::time::Duration;
use tokio::sync::broadcast;

/// One call to a model. The order system → history → last question keeps the stable part first, so that the
/// provider's prompt cache hits.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptRequest {
    /// The model's id as the provider spells it.
    pub model: String,
    /// The coach's prompt; the same for every artist.
    pub system: String,
    /// Alternating turns, the first and the last are the user's (unless [`Self::prefill`] is set). No empty text.
    pub turns: Vec<Turn>,
    /// Text the answer must start after, only for models whose data say that they take it.
    pub prefill: Option<String>,
    /// Dropped by the provider client for models that refuse one.
    pub temperature: Option<f64>,
    pub max_tokens: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    User,
    Assistant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub speaker: Speaker,
    pub text: String,
    /// The prompt up to the end of this turn will be sent again: a cache breakpoint belongs here.
    pub cache: bool,
}

/// What a provider tells while it answers.
#[derive(Clone, Debug, PartialEq)]
pub enum ProviderEvent {
    /// More text, never empty, without U+0000.
    Text(String),
    /// Counters so far; cumulative, each replaces the former one.
    Usage(Usage),
    /// The answer is complete. After this the stream ends. A stream that ends without it was cut.
    Stop {
        /// In Claude's words: `end_turn`, `max_tokens`, `stop_sequence`, `refusal`, `model_context_window_exceeded`, …
        reason: String,
        usage: Usage,
        /// What the provider says it cost in US dollars, where it says so.
        cost_usd: Option<f64>,
    },
}

/// A model as its provider lists it; what the provider does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListedModel {
    pub id: String,
    /// Tokens.
    pub context_window: Option<u32>,
    /// US dollars per million tokens.
    pub input_price: Option<f64>,
    pub output_price: Option<f64>,
    pub temperature: Option<bool>,
}

/// Why a provider did not answer. The text is for the owner's log, never for the artist.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code:?}: {detail}")]
pub struct ProviderError {
    /// One of the `Provider*` codes.
    pub code: ErrorCode,
    pub detail: String,
    /// `None`: asking again is useless. `Some(None)`: with the usual backoff. `Some(Some(d))`: after `d`.
    pub retry: Option<Option<Duration>>,
}

/// A model that answers in a stream.
///
/// Clients do not retry: the turn does, because only it knows whether text was shown. They do end a stream with a
/// [`ErrorCode::ProviderTimeout`] error after 30 s without a byte. Dropping the stream closes the connection.
pub trait LlmProvider: Send + Sync {
    /// Name on the wire: `anthropic`, `openai`, `openrouter`, `demo`.
    fn name(&self) -> &'static str;
    fn stream(&self, request: PromptRequest) -> BoxStream<'static, Result<ProviderEvent, ProviderError>>;
    /// The models that can chat, the provider's own order; nothing when it tells nothing.
    fn models(&self) -> BoxFuture<'static, Result<Vec<ListedModel>, ProviderError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// SHA-256 of what is asked.
pub type CacheKey = [u8; 32];

/// Texts that are kept for a while and may be lost at any moment. A cache that fails is one that has nothing.
pub trait Cache: Send + Sync {
    fn get(&self, key: CacheKey) -> BoxFuture<'_, Option<String>>;
    fn put(&self, key: CacheKey, text: String, keep: Duration) -> BoxFuture<'_, ()>;
    /// Whether this process is the one that finds out what will be put there; no other is until it lets go, or for `at_most`.
    fn lead(&self, _key: CacheKey, _at_most: Duration) -> BoxFuture<'_, bool> {
        Box::pin(std::future::ready(true))
    }
    fn let_go(&self, _key: CacheKey) {}
}

/// What a limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many are left at this moment.
    Yes { left: u32 },
    /// The next one is possible after this long.
    No(Duration),
}

/// Limits that several processes share: `burst` at once, and one more each `refill`.
pub trait Counters: Send + Sync {
    /// `None`: cannot be asked at this moment.
    fn take<'a>(&'a self, name: &'a str, burst: u32, refill: Duration) -> BoxFuture<'a, Option<Taken>>;
    /// One that was taken is free again. False: it could not be said.
    fn give_back<'a>(&'a self, name: &'a str, burst: u32, refill: Duration) -> BoxFuture<'a, bool>;
}

/// Short words between the processes on one database, which may be lost.
pub trait Fanout: Send + Sync {
    /// How many processes heard it, this one included; `None`: nobody can be told at this moment.
    fn publish(&self, hint: String) -> BoxFuture<'_, Option<u64>>;
    /// What all of them say, this one included.
    fn listen(&self) -> broadcast::Receiver<String>;
    /// Why nothing goes through at this moment, for the owner.
    fn trouble(&self) -> Option<String>;
}

/// Who runs a generation, and when it is tried again. The truth is in PostgreSQL: an engine may die at any moment.
pub trait Engine: Send + Sync {
    /// Whether this process runs new turns itself, so that they may be claimed in the transaction that starts them.
    fn takes_turns(&self) -> bool;
    /// Runs what was claimed; it reads what it is not told.
    fn run(&self, claimed: Claimed, background: Option<Background>);
    /// Something was queued in this process, or may go now.
    fn queued(&self);
    /// The same by another process's word.
    fn wake(&self);
    /// Drops a run of this process, and with it the provider's connection. Its fence was raised before.
    fn drop_run(&self, generation: GenerationId);
    /// Why nothing begins at this moment, for the owner.
    fn trouble(&self) -> Option<String>;
    /// Takes no new turns, gives running ones 10 s, then gives their leases back.
    fn shut_down(&self) -> BoxFuture<'_, ()>;
}

/// The clock as an argument, so that tests can turn it.
pub trait Clock: Send + Sync {
    fn now(&self) -> time::OffsetDateTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> time::OffsetDateTime {
        time::OffsetDateTime::now_utc()
    }
}
