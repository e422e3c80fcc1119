//! Claude: `POST {base}/v1/messages`, streamed.

use super::{
    Answer, ApiKey, IDLE, SetupError, failure,
    http::{self, Batch, Decoder, parse},
    message::{Content, Marker, Message},
    sse::SseEvent,
};
use crate::{
    config::models::{Catalogue, ModelFacts},
    domain::ports::{ListedModel, LlmProvider, PromptRequest, ProviderError, ProviderEvent, Speaker},
    types::chat::Usage,
};
use futures_util::future::BoxFuture;
use reqwest::{
    Client, RequestBuilder,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc, time::Duration};

pub const BASE_URL: &str = "https://api.anthropic.com";
const VERSION: &str = "2023-06-01";
/// Claude takes four cache breakpoints; the system prompt has one of them.
const TURN_BREAKPOINTS: usize = 3;

pub struct AnthropicProvider {
    http: Client,
    /// Ends where `/v1` begins.
    root: String,
    key: HeaderValue,
    catalogue: Arc<Catalogue>,
    idle: Duration,
}

impl AnthropicProvider {
    /// `base_url` with or without `/v1` and a slash at its end, [`BASE_URL`] when nobody said.
    pub fn new(http: Client, base_url: &str, key: &ApiKey, catalogue: Arc<Catalogue>) -> Result<Self, SetupError> {
        Ok(Self {
            http,
            root: root(base_url)?,
            key: key.header("")?,
            catalogue,
            idle: IDLE,
        })
    }

    /// Another limit than 30 s without a byte.
    pub fn with_idle(self, idle: Duration) -> Self {
        Self { idle, ..self }
    }
}

/// What stands before `/v1` in the address of every call.
fn root(base_url: &str) -> Result<String, SetupError> {
    let url = http::base_url(base_url)?;
    Ok(url.strip_suffix("/v1").unwrap_or(&url).to_owned())
}

fn with_key(request: RequestBuilder, key: HeaderValue) -> RequestBuilder {
    request.header("x-api-key", key).header("anthropic-version", VERSION)
}

/// Whether the provider says in its own words that it does not know this key. Anything else, silence included, is not a
/// no: a gateway may serve answers and no list of models.
pub async fn refuses_key(http: &Client, base_url: &str, key: &ApiKey) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        error: Reason,
    }
    #[derive(Deserialize)]
    struct Reason {
        r#type: String,
    }
    let (Ok(root), Ok(key)) = (root(base_url), key.header("")) else {
        return false;
    };
    let get = with_key(http.get(format!("{root}/v1/models")), key);
    let Ok(answer) = get.send().await else { return false };
    let unauthorized = answer.status().as_u16() == 401;
    let body = answer.bytes().await.unwrap_or_default();
    let refusal = serde_json::from_slice::<Refusal>(&body);
    unauthorized && refusal.is_ok_and(|refusal| refusal.error.r#type == "authentication_error")
}

impl LlmProvider for AnthropicProvider {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn stream(&self, request: PromptRequest) -> Answer {
        let facts = self.catalogue.model(self.name(), &request.model);
        let post = self.http.post(format!("{}/v1/messages", self.root));
        let post = with_key(post, self.key.clone()).header(CONTENT_TYPE, "application/json");
        let call = async move {
            let body = Body::of(&request, &facts)?;
            http::send(post, &body, &request).await
        };
        http::answer(call, ClaudeDecoder::default(), self.idle)
    }

    fn models(&self) -> BoxFuture<'static, Result<Vec<ListedModel>, ProviderError>> {
        let get = self.http.get(format!("{}/v1/models?limit=100", self.root));
        let get = with_key(get, self.key.clone()).timeout(self.idle);
        Box::pin(async move {
            let models = http::list::<Listed>(get).await?;
            let alive = models.into_iter().filter(|model| model.lifecycle != "retired");
            Ok(alive
                .map(|model| ListedModel {
                    id: model.id,
                    ..Default::default()
                })
                .collect())
        })
    }
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(default)]
    lifecycle: String,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Marker>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Content<'a>>,
    messages: Vec<Message<'a>>,
}

impl<'a> Body<'a> {
    fn of(request: &'a PromptRequest, facts: &ModelFacts) -> Result<Self, ProviderError> {
        let marked = request.turns.iter().filter(|turn| turn.cache).count();
        // The last breakpoints reach furthest.
        let mut skipped = marked.saturating_sub(TURN_BREAKPOINTS);
        let mut messages: Vec<_> = request
            .turns
            .iter()
            .map(|turn| {
                let cached = turn.cache && skipped == 0;
                skipped -= usize::from(turn.cache && !cached);
                Message::of(turn.speaker, Content::of(&turn.text, cached))
            })
            .collect();
        match &request.prefill {
            Some(_) if !facts.prefill => return Err(failure::invalid("the model takes no beginning of its answer")),
            // Claude refuses white space at the end of a prefill.
            Some(text) if !text.trim_end().is_empty() => {
                messages.push(Message::of(Speaker::Assistant, Content::Text(text.trim_end())));
            }
            _ => {}
        }
        Ok(Self {
            model: &request.model,
            max_tokens: request.max_tokens.min(facts.max_output),
            stream: true,
            temperature: request
                .temperature
                .filter(|_| facts.temperature)
                .map(|value| value.clamp(0.0, 1.0)),
            thinking: facts.thinking_off.then_some(Marker { kind: "disabled" }),
            system: (!request.system.is_empty()).then(|| Content::of(&request.system, true)),
            messages,
        })
    }
}

/// Only the name, for streams that lost their `event:` lines on the way.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct BlockDelta<'a> {
    #[serde(borrow)]
    delta: Part<'a>,
}

#[derive(Deserialize)]
struct BlockStart<'a> {
    #[serde(borrow)]
    content_block: Part<'a>,
}

/// A content block or a piece of one; only text is of use here.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct MessageStart {
    message: StartedMessage,
}

#[derive(Deserialize)]
struct StartedMessage {
    #[serde(default)]
    usage: Option<Counters>,
}

#[derive(Deserialize)]
struct MessageDelta {
    #[serde(default)]
    delta: StopDelta,
    #[serde(default)]
    usage: Option<Counters>,
}

#[derive(Default, Deserialize)]
struct StopDelta {
    #[serde(default)]
    stop_reason: Option<String>,
}

/// Cumulative; `input_tokens` excludes what went through the cache.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Counters {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
}

#[derive(Deserialize)]
struct ErrorEvent {
    error: ErrorName,
}

#[derive(Deserialize)]
struct ErrorName {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default)]
struct ClaudeDecoder {
    usage: Usage,
    stop_reason: Option<String>,
}

impl ClaudeDecoder {
    /// What a provider leaves out keeps its former value.
    fn count(&mut self, counters: Counters, batch: &mut Batch) {
        let usage = &mut self.usage;
        usage.input_tokens = counters.input_tokens.or(usage.input_tokens);
        usage.output_tokens = counters.output_tokens.or(usage.output_tokens);
        usage.cache_write_tokens = counters.cache_creation_input_tokens.or(usage.cache_write_tokens);
        usage.cache_read_tokens = counters.cache_read_input_tokens.or(usage.cache_read_tokens);
        batch.push(ProviderEvent::Usage(*usage));
    }
}

impl Decoder for ClaudeDecoder {
    fn event(&mut self, event: SseEvent<'_>, batch: &mut Batch) -> Result<(), ProviderError> {
        let kind;
        let name = if event.name.is_empty() {
            kind = parse::<Kind<'_>>(event.data)?.kind;
            kind.as_bytes()
        } else {
            event.name
        };
        match name {
            b"content_block_delta" => {
                let part = parse::<BlockDelta<'_>>(event.data)?.delta;
                if part.kind == "text_delta" {
                    batch.text(part.text.unwrap_or_default());
                }
            }
            b"content_block_start" => {
                let part = parse::<BlockStart<'_>>(event.data)?.content_block;
                if part.kind == "text" {
                    batch.text(part.text.unwrap_or_default());
                }
            }
            b"message_start" => {
                if let Some(counters) = parse::<MessageStart>(event.data)?.message.usage {
                    // The first output count is a placeholder: an answer cut before its end has none that is true.
                    self.count(
                        Counters {
                            output_tokens: None,
                            ..counters
                        },
                        batch,
                    );
                }
            }
            b"message_delta" => {
                let message = parse::<MessageDelta>(event.data)?;
                self.stop_reason = message.delta.stop_reason.or(self.stop_reason.take());
                if let Some(counters) = message.usage {
                    self.count(counters, batch);
                }
            }
            b"message_stop" => batch.push(ProviderEvent::Stop {
                reason: self.stop_reason.take().unwrap_or_else(|| "end_turn".to_owned()),
                usage: self.usage,
                cost_usd: None,
            }),
            b"error" => return Err(failure::in_stream(&parse::<ErrorEvent>(event.data)?.error.kind)),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Option<ProviderEvent> {
        None
    }
}

#[cfg(test)]
mod tests;
