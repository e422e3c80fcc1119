//! `POST …/chat/completions` and `GET …/models` as OpenAI and OpenRouter have them, with what they refuse.

use crate::{
    Fake, Shared,
    answer::{Framer, Job, Usage, quoted, reply},
    anthropic::last_user_text,
    cache::{Counted, Piece},
    story::Story,
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::{fmt::Write, sync::Arc};
use tokio::time::Instant;

/// Both dialects ask here; Claude's has the key in a header of its own, and its own words for a wrong one.
pub async fn models(State(fake): Shared, headers: HeaderMap) -> Response {
    match headers.get("x-api-key") {
        Some(key) if key.as_bytes() != fake.args.key.as_bytes() => {
            let error = json!({"type": "authentication_error", "message": "invalid x-api-key"});
            let body = json!({"type": "error", "error": error, "request_id": "req_fake"});
            return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
        }
        None if !has_key(&fake, &headers) => return refuse(wrong_key()),
        _ => {}
    }
    let named = |id: &String| json!({"id": id, "object": "model", "owned_by": "fake"});
    let models: Vec<Value> = fake.args.models.iter().map(named).collect();
    Json(json!({"object": "list", "data": models})).into_response()
}

pub async fn completions(State(fake): Shared, headers: HeaderMap, body: Bytes) -> Response {
    complete(fake, headers, body, false).await
}

pub async fn router_completions(State(fake): Shared, headers: HeaderMap, body: Bytes) -> Response {
    complete(fake, headers, body, true).await
}

async fn complete(fake: Arc<Fake>, headers: HeaderMap, body: Bytes, router: bool) -> Response {
    let started = Instant::now();
    let body = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let path = if router {
        "/api/v1/chat/completions"
    } else {
        "/v1/chat/completions"
    };
    let entry = fake.journal.enter(path, &headers, body.clone());
    let checked = if has_key(&fake, &headers) {
        check(&body)
    } else {
        Err(wrong_key())
    };
    if let Err(refusal) = checked {
        entry.status(refusal.0);
        entry.finish();
        return refuse(refusal);
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let texts: Vec<_> = messages
        .iter()
        .map(|message| (role(message), content(message)))
        .collect();
    // This cache needs no marks.
    let pieces: Vec<_> = texts
        .iter()
        .map(|(role, text)| Piece {
            role,
            text,
            marked: true,
        })
        .collect();
    let prompt = fake.cache.count(&model, &pieces);
    let question = last_user_text(&body["messages"]);
    let stream = body["stream"] == true;
    let include_usage = body["stream_options"]["include_usage"] == true;
    let job = Job {
        fake,
        entry,
        story: Story::of(&texts),
        question,
        prompt,
        started,
    };
    reply(
        job,
        stream,
        Chat {
            model,
            router,
            include_usage,
        },
    )
    .await
}

fn has_key(fake: &Fake, headers: &HeaderMap) -> bool {
    let key = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    fake.args.open || key == Some(fake.args.key.as_str())
}

fn role(message: &Value) -> &str {
    message["role"].as_str().unwrap_or_default()
}

fn content(message: &Value) -> String {
    match &message["content"] {
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// Status, `code` and message.
type Refusal = (u16, &'static str, String);

fn wrong_key() -> Refusal {
    (401, "invalid_api_key", "Incorrect API key provided.".to_owned())
}

fn refuse((status, code, message): Refusal) -> Response {
    let error = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}});
    (
        StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        Json(error),
    )
        .into_response()
}

fn check(body: &Value) -> Result<(), Refusal> {
    let invalid = |code, message: &str| Err((400, code, message.to_owned()));
    let Some(model) = body["model"].as_str() else {
        return invalid("missing_required_parameter", "model");
    };
    let messages = body["messages"].as_array().filter(|messages| !messages.is_empty());
    let Some(messages) = messages else {
        return invalid("empty_array", "messages: expected at least one");
    };
    if messages
        .iter()
        .any(|message| !matches!(role(message), "system" | "developer" | "user" | "assistant"))
    {
        return invalid("invalid_value", "messages: unknown role");
    }
    if messages
        .iter()
        .any(|message| role(message) == "user" && content(message).is_empty())
    {
        return invalid("invalid_value", "messages: content is empty");
    }
    let reasons = ["gpt-5", "gpt-6", "o1", "o3", "o4"]
        .iter()
        .any(|start| model.starts_with(start));
    if reasons && !body["max_tokens"].is_null() {
        return invalid(
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        );
    }
    if reasons && body["temperature"].as_f64().is_some_and(|value| value != 1.0) {
        return invalid(
            "unsupported_value",
            "Unsupported value: 'temperature' does not support this value.",
        );
    }
    Ok(())
}

struct Chat {
    model: String,
    router: bool,
    include_usage: bool,
}

impl Chat {
    fn chunk(&self, choices: &str, rest: &str, out: &mut String) {
        let model = quoted(&self.model);
        let _ = write!(
            out,
            "data: {{\"id\":\"chatcmpl-fake\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":{model},\"choices\":[{choices}]{rest}}}\n\n"
        );
    }

    fn usage(&self, usage: Usage) -> Value {
        match usage {
            Usage::Scripted(value) => value,
            Usage::Counted { prompt, output } => {
                let mut usage = json!({
                    "prompt_tokens": prompt.total(), "completion_tokens": output, "total_tokens": prompt.total() + output,
                    "prompt_tokens_details": {"cached_tokens": prompt.read},
                });
                if self.router {
                    // A dollar per million, in or out.
                    usage["cost"] = json!((prompt.total() + output) as f64 / 1e6);
                }
                usage
            }
        }
    }
}

fn finish_reason(reason: &str) -> &str {
    match reason {
        "end_turn" => "stop",
        "max_tokens" => "length",
        "refusal" => "content_filter",
        other => other,
    }
}

impl Framer for Chat {
    fn start(&mut self, _: Counted, out: &mut String) {
        if self.router {
            self.ping(out);
        }
        self.chunk(
            r#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#,
            "",
            out,
        );
    }

    fn thinking(&mut self, text: &str, out: &mut String) {
        let choice = format!(
            r#"{{"index":0,"delta":{{"reasoning_content":{}}},"finish_reason":null}}"#,
            quoted(text)
        );
        self.chunk(&choice, "", out);
    }

    fn text(&mut self, text: &str, out: &mut String) {
        let choice = format!(
            r#"{{"index":0,"delta":{{"content":{}}},"finish_reason":null}}"#,
            quoted(text)
        );
        self.chunk(&choice, "", out);
    }

    fn ping(&mut self, out: &mut String) {
        out.push_str(": OPENROUTER PROCESSING\n\n");
    }

    fn error(&mut self, kind: &str, message: &str, out: &mut String) {
        let error = json!({"error": {"code": kind, "message": message}});
        let _ = write!(out, "data: {error}\n\n");
    }

    fn end(&mut self, reason: &str, usage: Usage, out: &mut String) {
        let reason = finish_reason(reason);
        self.chunk(
            &format!(r#"{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}"#),
            "",
            out,
        );
        let usage = self.usage(usage);
        if self.include_usage && !usage.is_null() {
            self.chunk("", &format!(",\"usage\":{usage}"), out);
        }
        out.push_str("data: [DONE]\n\n");
    }

    fn whole(&mut self, text: &str, reason: &str, usage: Usage) -> Value {
        json!({
            "id": "chatcmpl-fake", "object": "chat.completion", "created": 0, "model": self.model,
            "choices": [{
                "index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason(reason),
            }],
            "usage": self.usage(usage),
        })
    }

    fn refusal(&self, status: u16) -> Value {
        json!({"error": {"message": "by the script", "type": "fake", "param": null, "code": status}})
    }
}
