//! A model provider that none of the money goes to: it speaks Claude's and OpenAI's dialects, refuses what the real
//! ones refuse, answers at a set pace, and fails on demand.
//!
//! `fake-provider --port 0` prints `ready http://127.0.0.1:<port>`. Base URLs: `/` for Claude, `/v1` for OpenAI,
//! `/api/v1` for OpenRouter. Without a script an answer is `Answer to: <last user text>` and numbered words, the same
//! for the same question; a question may ask for a [`story`]. It shares no code with the program it tests, so that neither hides the other's mistakes.
//!
//! | control | |
//! |---|---|
//! | `POST /__fake/script` | a script or a list of them, see [`script`]; `DELETE` forgets those not used |
//! | `POST /__fake/release/{name}` | lets one `hold` of that name go on, now or when it comes |
//! | `GET /__fake/reached/{name}` | answers when an answer stands at that `hold` |
//! | `GET /__fake/settings` | `tokens`, `tokens_per_second`, `ttft_ms`, `stamps`, `pid` |
//! | `GET /__fake/ended/{number}` | answers with call `number` (from 1) when it has ended |
//! | `GET /__fake/calls` | the journal, see [`journal::Call`]; `DELETE` clears it |

mod answer;
mod anthropic;
mod cache;
mod journal;
mod openai;
mod script;
mod story;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    routing::{get, post},
    serve::ListenerExt,
};
use clap::Parser;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Parser)]
#[command(args_override_self = true)]
struct Args {
    /// 0 takes a free one.
    #[arg(long, default_value_t = 4010)]
    port: u16,
    /// From the request to the first token.
    #[arg(long, default_value_t = 300)]
    ttft_ms: u64,
    /// 0: all at once.
    #[arg(long, default_value_t = 20.0)]
    tokens_per_second: f64,
    /// Tokens of an answer.
    #[arg(long, default_value_t = 100)]
    tokens: usize,
    /// Every token is `<number>@<unix microseconds of its sending> `.
    #[arg(long)]
    stamps: bool,
    /// The only key that is taken.
    #[arg(long, default_value = "test-key")]
    key: String,
    /// Names in its list of models.
    #[arg(long, value_delimiter = ',', default_value = "fake-small,fake-large")]
    models: Vec<String>,
    /// OpenAI's routes want no key, like a local server's.
    #[arg(long)]
    open: bool,
    /// A prompt shorter than this many tokens is not cached.
    #[arg(long, default_value_t = 1024)]
    cache_min_tokens: usize,
    /// Worker threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

struct Fake {
    args: Args,
    scripts: script::Scripts,
    journal: journal::Journal,
    cache: cache::Cache,
}

type Shared = State<Arc<Fake>>;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    rlimit::increase_nofile_limit(u64::MAX)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(args.threads)
        .enable_all()
        .build()?;
    runtime.block_on(run(args))
}

async fn run(args: Args) -> anyhow::Result<()> {
    // The usual queue of connections overflows when 1,000 chats start at once, and a client then waits a second.
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], args.port).into())?;
    let listener = socket.listen(8192)?;
    println!("ready http://{}", listener.local_addr()?);
    let fake = Arc::new(Fake {
        scripts: script::Scripts::default(),
        journal: journal::Journal::default(),
        cache: cache::Cache::new(args.cache_min_tokens),
        args,
    });
    let app = Router::new()
        .route("/v1/messages", post(anthropic::messages))
        .route("/v1/chat/completions", post(openai::completions))
        .route("/api/v1/chat/completions", post(openai::router_completions))
        .route("/v1/models", get(openai::models))
        .route("/api/v1/models", get(openai::models))
        .route("/__fake/script", post(add_scripts).delete(forget_scripts))
        .route("/__fake/release/{name}", post(release))
        .route("/__fake/reached/{name}", get(reached))
        .route("/__fake/ended/{number}", get(ended))
        .route("/__fake/settings", get(settings))
        .route("/__fake/calls", get(calls).delete(clear_calls))
        .layer(DefaultBodyLimit::max(32 << 20))
        .with_state(fake);
    // A token is a small write that nobody should wait for.
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}

async fn add_scripts(fake: Shared, Json(scripts): Json<script::Added>) -> Json<Value> {
    Json(json!({"queued": fake.scripts.add(scripts)}))
}

async fn forget_scripts(fake: Shared) -> StatusCode {
    fake.scripts.forget();
    StatusCode::NO_CONTENT
}

async fn release(fake: Shared, Path(name): Path<String>) -> StatusCode {
    fake.scripts.gate(&name).release();
    StatusCode::NO_CONTENT
}

async fn reached(fake: Shared, Path(name): Path<String>) -> StatusCode {
    fake.scripts.gate(&name).reached().await;
    StatusCode::NO_CONTENT
}

async fn ended(State(fake): Shared, Path(number): Path<usize>) -> Json<journal::Call> {
    Json(fake.journal.ended(number).await)
}

async fn settings(State(fake): Shared) -> Json<Value> {
    let Args {
        tokens,
        tokens_per_second,
        ttft_ms,
        stamps,
        ..
    } = fake.args;
    let pid = std::process::id();
    Json(
        json!({"tokens": tokens, "tokens_per_second": tokens_per_second, "ttft_ms": ttft_ms, "stamps": stamps, "pid": pid}),
    )
}

async fn calls(fake: Shared) -> Json<Vec<journal::Call>> {
    Json(fake.journal.calls())
}

async fn clear_calls(fake: Shared) -> StatusCode {
    fake.journal.clear();
    StatusCode::NO_CONTENT
}
