//! `POST /v1/messages` as Claude has it, with what it refuses.

use crate::{
    Shared,
    answer::{Framer, Job, Usage, quoted, reply},
    cache::{Counted, Piece},
    story::Story,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::fmt::Write;
use tokio::time::Instant;

pub async fn messages(State(fake): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let started = Instant::now();
    let parsed = serde_json::from_slice::<Value>(&body);
    let entry = fake.journal.enter(
        "/v1/messages",
        &headers,
        parsed.as_ref().map_or(Value::Null, Clone::clone),
    );
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let checked = match (header("x-api-key"), header("anthropic-version"), parsed) {
        (Some(key), _, _) if key != fake.args.key => Err((401, "authentication_error", "invalid x-api-key".to_owned())),
        (None, _, _) => Err((401, "authentication_error", "x-api-key header is required".to_owned())),
        (_, None, _) => Err(invalid("anthropic-version: header is required")),
        (_, _, Err(error)) => Err(invalid(&format!("The request body is not valid JSON: {error}"))),
        (_, Some(_), Ok(body)) => check(&body).map(|()| body),
    };
    let body = match checked {
        Ok(body) => body,
        Err((status, kind, message)) => {
            entry.status(status);
            entry.finish();
            let body = json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_fake"});
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            return (status, [("request-id", "req_fake")], axum::Json(body)).into_response();
        }
    };
    let model = text_of(&body["model"]).to_owned();
    let blocks = all_blocks(&body);
    let pieces: Vec<_> = blocks
        .iter()
        .map(|(role, block)| Piece {
            role,
            text: block_text(block),
            marked: is_marked(block),
        })
        .collect();
    let prompt = fake.cache.count(&model, &pieces);
    let question = last_user_text(&body["messages"]);
    let stream = body["stream"] == true;
    let turns = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let turns: Vec<_> = turns.iter().map(turn).collect();
    let job = Job {
        fake,
        entry,
        story: Story::of(&turns),
        question,
        prompt,
        started,
    };
    reply(
        job,
        stream,
        Claude {
            model,
            block: None,
            blocks: 0,
        },
    )
    .await
}

type Refusal = (u16, &'static str, String);

fn invalid(message: &str) -> Refusal {
    (400, "invalid_request_error", message.to_owned())
}

fn check(body: &Value) -> Result<(), Refusal> {
    let model = text_of(&body["model"]);
    let Some(version) = Version::of(model) else {
        return Err((404, "not_found_error", format!("model: {model}")));
    };
    if body["max_tokens"].as_u64().is_none_or(|count| count == 0) {
        return Err(invalid("max_tokens: Field required"));
    }
    for name in ["temperature", "top_p", "top_k"] {
        if version.major >= 5 && !body[name].is_null() {
            return Err(invalid(&format!("`{name}` is not supported for this model.")));
        }
    }
    if body["temperature"]
        .as_f64()
        .is_some_and(|value| !(0.0..=1.0).contains(&value))
    {
        return Err(invalid("temperature: range: 0..1"));
    }
    match (text_of(&body["thinking"]["type"]), version.major >= 5) {
        ("enabled", true) => return Err(invalid("\"thinking.type.enabled\" is not supported for this model.")),
        ("disabled", true) if model.contains("opus") => {
            return Err(invalid("\"thinking.type.disabled\" is not supported for this model."));
        }
        _ => {}
    }
    check_messages(&body["messages"], version)?;
    let blocks = all_blocks(body);
    for (role, block) in &blocks {
        if block_text(block).is_empty() {
            let place = if *role == "system" { "system" } else { "messages" };
            return Err(invalid(&format!("{place}: text content blocks must be non-empty")));
        }
    }
    let marked = blocks.iter().filter(|(_, block)| is_marked(block)).count();
    if marked > 4 {
        return Err(invalid(&format!(
            "A maximum of 4 blocks with cache_control may be provided. Found {marked}."
        )));
    }
    Ok(())
}

fn check_messages(messages: &Value, version: Version) -> Result<(), Refusal> {
    let messages = messages.as_array().filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| invalid("messages: at least one message is required"))?;
    let role = |message: &Value| text_of(&message["role"]).to_owned();
    if let Some(other) = messages
        .iter()
        .map(role)
        .find(|role| !matches!(role.as_str(), "user" | "assistant"))
    {
        return Err(invalid(&format!("messages: Unexpected role \"{other}\"")));
    }
    if messages.first().map(role).as_deref() != Some("user") {
        return Err(invalid("messages: first message must use the \"user\" role"));
    }
    let prefilled = messages.last().map(role).as_deref() != Some("user");
    if prefilled && version >= (Version { major: 4, minor: 6 }) {
        return Err(invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ));
    }
    let last = messages
        .last()
        .map(|message| blocks_of(&message["content"]))
        .unwrap_or_default();
    if prefilled
        && last
            .last()
            .is_some_and(|block| block_text(block).ends_with(char::is_whitespace))
    {
        return Err(invalid(
            "messages: final assistant content cannot end with trailing whitespace",
        ));
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// `claude-<family>-<major>[-<minor>][-<date>]`; the families of before are gone.
    fn of(model: &str) -> Option<Self> {
        let mut parts = model.strip_prefix("claude-")?.split('-');
        parts
            .next()
            .filter(|family| matches!(*family, "haiku" | "sonnet" | "opus" | "fable"))?;
        let major = parts.next()?.parse().ok()?;
        let minor = parts
            .next()
            .filter(|part| part.len() < 8)
            .and_then(|part| part.parse().ok())
            .unwrap_or(0);
        Some(Self { major, minor })
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text in place of blocks is one block.
fn blocks_of(content: &Value) -> Vec<&Value> {
    match content {
        Value::Array(blocks) => blocks.iter().collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn all_blocks(body: &Value) -> Vec<(&str, &Value)> {
    let system = blocks_of(&body["system"]).into_iter().map(|block| ("system", block));
    let messages = body["messages"].as_array().into_iter().flatten();
    let turns = messages.flat_map(|message| {
        blocks_of(&message["content"])
            .into_iter()
            .map(move |block| (text_of(&message["role"]), block))
    });
    system.chain(turns).collect()
}

fn block_text(block: &Value) -> &str {
    block.as_str().unwrap_or_else(|| text_of(&block["text"]))
}

fn is_marked(block: &Value) -> bool {
    block.get("cache_control").is_some_and(|mark| !mark.is_null())
}

fn turn(message: &Value) -> (&str, String) {
    let texts = blocks_of(&message["content"]).into_iter().map(block_text);
    (text_of(&message["role"]), texts.collect())
}

pub fn last_user_text(messages: &Value) -> String {
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
    let last = messages.iter().rfind(|message| message["role"] == "user");
    last.map(|message| blocks_of(&message["content"]).into_iter().map(block_text).collect())
        .unwrap_or_default()
}

struct Claude {
    model: String,
    /// The kind of the open content block.
    block: Option<&'static str>,
    blocks: usize,
}

impl Claude {
    fn open(&mut self, kind: &'static str, empty: &str, out: &mut String) {
        if self.block == Some(kind) {
            return;
        }
        self.close(out);
        let index = self.blocks;
        let _ = write!(
            out,
            "event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{empty}}}\n\n"
        );
        self.block = Some(kind);
        self.blocks += 1;
    }

    fn close(&mut self, out: &mut String) {
        if self.block.take().is_some() {
            let index = self.blocks - 1;
            let _ = write!(
                out,
                "event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":{index}}}\n\n"
            );
        }
    }

    fn delta(&self, delta: std::fmt::Arguments<'_>, out: &mut String) {
        let index = self.blocks - 1;
        let _ = write!(
            out,
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{delta}}}\n\n"
        );
    }
}

fn usage(usage: Usage) -> Value {
    match usage {
        Usage::Scripted(value) => value,
        Usage::Counted { prompt, output } => json!({
            "input_tokens": prompt.fresh, "cache_creation_input_tokens": prompt.written,
            "cache_read_input_tokens": prompt.read, "output_tokens": output,
        }),
    }
}

impl Framer for Claude {
    fn start(&mut self, prompt: Counted, out: &mut String) {
        let usage = usage(Usage::Counted { prompt, output: 1 });
        let message = json!({
            "id": "msg_fake", "type": "message", "role": "assistant", "model": self.model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage,
        });
        let _ = write!(
            out,
            "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{message}}}\n\n"
        );
        self.ping(out);
    }

    fn thinking(&mut self, text: &str, out: &mut String) {
        self.open("thinking", r#"{"type":"thinking","thinking":"","signature":""}"#, out);
        self.delta(
            format_args!("{{\"type\":\"thinking_delta\",\"thinking\":{}}}", quoted(text)),
            out,
        );
        self.delta(
            format_args!("{{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}}"),
            out,
        );
    }

    fn text(&mut self, text: &str, out: &mut String) {
        self.open("text", r#"{"type":"text","text":""}"#, out);
        self.delta(
            format_args!("{{\"type\":\"text_delta\",\"text\":{}}}", quoted(text)),
            out,
        );
    }

    fn ping(&mut self, out: &mut String) {
        out.push_str("event: ping\ndata: {\"type\": \"ping\"}\n\n");
    }

    fn error(&mut self, kind: &str, message: &str, out: &mut String) {
        let error = json!({"type": "error", "error": {"type": kind, "message": message}});
        let _ = write!(out, "event: error\ndata: {error}\n\n");
    }

    fn end(&mut self, reason: &str, counted: Usage, out: &mut String) {
        self.close(out);
        let mut event = json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}});
        let usage = usage(counted);
        if !usage.is_null() {
            event["usage"] = usage;
        }
        let _ = write!(
            out,
            "event: message_delta\ndata: {event}\n\nevent: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"
        );
    }

    fn whole(&mut self, text: &str, reason: &str, counted: Usage) -> Value {
        json!({
            "id": "msg_fake", "type": "message", "role": "assistant", "model": self.model,
            "content": [{"type": "text", "text": text}], "stop_reason": reason, "stop_sequence": null,
            "usage": usage(counted),
        })
    }

    fn refusal(&self, status: u16) -> Value {
        let kind = match status {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            504 => "timeout_error",
            529 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        json!({"type": "error", "error": {"type": kind, "message": "by the script"}, "request_id": "req_fake"})
    }
}
