//! The floor of what any server in between costs on this machine: takes the load generator's messages, asks the provider,
//! hands every token on as it comes. No database, no log, no second reader, nothing survives.

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

#[derive(Clone)]
struct Pipe {
    http: reqwest::Client,
    provider: Arc<str>,
    next: Arc<AtomicU64>,
    /// What the load generator looks for afterwards.
    answers: Arc<Mutex<HashMap<String, String>>>,
}

impl Pipe {
    fn keep(&self, id: &str, text: &str) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry(id.to_owned()).or_default().push_str(text);
    }
}

/// Serves on a free port until it is killed.
pub async fn serve(provider: &str) -> anyhow::Result<()> {
    let pipe = Pipe {
        http: reqwest::Client::builder().no_proxy().build()?,
        provider: provider.trim_end_matches('/').into(),
        next: Arc::default(),
        answers: Arc::default(),
    };
    let routes = Router::new()
        .route(
            "/api/conversations",
            get(|| async { ([(header::SET_COOKIE, "floor=1")], "{}") }),
        )
        .route("/api/conversations/{id}/messages", get(messages))
        .route("/api/chat", post(chat))
        .with_state(pipe);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("ready http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, routes).await?)
}

async fn messages(State(pipe): State<Pipe>, Path(id): Path<String>) -> Json<Value> {
    let answers = pipe.answers.lock().unwrap_or_else(PoisonError::into_inner);
    Json(json!({"messages": [{"role": "assistant", "status": "complete", "content": answers.get(&id)}]}))
}

#[derive(Deserialize)]
struct Event {
    delta: Option<Delta>,
}

#[derive(Deserialize)]
struct Delta {
    text: Option<String>,
}

async fn chat(State(pipe): State<Pipe>, Json(request): Json<Value>) -> Response {
    let id = pipe.next.fetch_add(1, Ordering::Relaxed).to_string();
    let asked = pipe
        .http
        .post(format!("{}/v1/messages", pipe.provider))
        .header("x-api-key", "test-key")
        .header("anthropic-version", "2023-06-01")
        .json(&json!({
            "model": "claude-haiku-5-5", "max_tokens": 1000, "stream": true,
            "messages": [{"role": "user", "content": request["message"]}],
        }))
        .send()
        .await;
    let Ok(answer) = asked else {
        return axum::http::StatusCode::BAD_GATEWAY.into_response();
    };
    let first = Bytes::from(format!("event: generation\ndata: {{\"conversation_id\":\"{id}\"}}\n\n"));
    let mut line = Vec::new();
    let tokens = answer.bytes_stream().map(move |bytes| {
        let mut out = String::new();
        for piece in bytes.map_err(axum::Error::new)?.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if !piece.ends_with(b"\n") {
                break;
            }
            let data = line.strip_prefix(b"data: ");
            let text = data.and_then(|data| serde_json::from_slice::<Event>(data).ok()?.delta?.text);
            if let Some(text) = text {
                pipe.keep(&id, &text);
                out += &format!("event: delta\ndata: {}\n\n", json!({ "text": text }));
            }
            line.clear();
        }
        Ok::<_, axum::Error>(Bytes::from(out))
    });
    let last = Bytes::from_static(b"event: done\ndata: {}\n\n");
    let whole = stream::once(async { Ok(first) })
        .chain(tokens)
        .chain(stream::once(async { Ok(last) }));
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(whole)).into_response()
}
