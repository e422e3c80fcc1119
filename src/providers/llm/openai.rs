//! Chat completions as OpenAI, OpenRouter and local servers (Ollama, llama.cpp, vLLM, LM Studio) speak them:
//! `POST {base}/chat/completions`, streamed.

use super::{
    Answer, ApiKey, IDLE, SetupError,
    failure::{self, Code},
    http::{self, Batch, Decoder, parse},
    message::{Content, Message},
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
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc, time::Duration};

pub const OPENAI_URL: &str = "https://api.openai.com/v1";
pub const OPENROUTER_URL: &str = "https://openrouter.ai/api/v1";

/// Where one vocabulary is spoken differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's own machines: newer models refuse `max_tokens`.
    OpenAi,
    /// Everybody else's under `OPENAI_BASE_URL`: Ollama and LM Studio read only `max_tokens`.
    Compatible,
    /// `max_tokens`; Claude's cache breakpoints pass through it; tells the cost.
    OpenRouter,
}

impl Dialect {
    /// Which of the two an `OPENAI_BASE_URL` speaks.
    pub fn of_base_url(base_url: &str) -> Self {
        let host = reqwest::Url::parse(base_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        let own = ["openai.com", "openai.azure.com"];
        if own.iter().any(|own| host == *own || host.ends_with(&format!(".{own}"))) {
            Self::OpenAi
        } else {
            Self::Compatible
        }
    }
}

pub struct OpenAiProvider {
    http: Client,
    /// Ends where `/chat/completions` begins.
    root: String,
    key: Option<HeaderValue>,
    dialect: Dialect,
    catalogue: Arc<Catalogue>,
    idle: Duration,
}

impl OpenAiProvider {
    /// `base_url` as the official programs take it: `https://api.openai.com/v1`. A slash at its end is no matter, and
    /// one without any path gets `/v1`. Local servers want no key.
    pub fn new(
        http: Client,
        base_url: &str,
        key: Option<&ApiKey>,
        dialect: Dialect,
        catalogue: Arc<Catalogue>,
    ) -> Result<Self, SetupError> {
        let mut root = http::base_url(base_url)?;
        if reqwest::Url::parse(&root).is_ok_and(|url| url.path() == "/") {
            root.push_str("/v1");
        }
        let key = key.map(|key| key.header("Bearer ")).transpose()?;
        Ok(Self {
            http,
            root,
            key,
            dialect,
            catalogue,
            idle: IDLE,
        })
    }

    /// Another limit than 30 s without a byte.
    pub fn with_idle(self, idle: Duration) -> Self {
        Self { idle, ..self }
    }

    /// The first model of `GET {base}/models`: the default of a local server. An empty list is `ProviderInvalid`.
    pub async fn first_model(&self) -> Result<String, ProviderError> {
        let first = http::list::<Listed>(self.get_models()).await?.into_iter().next();
        let first = first.ok_or_else(|| failure::invalid("the server has no model"))?;
        Ok(first.id)
    }

    fn get_models(&self) -> RequestBuilder {
        self.with_key(self.http.get(format!("{}/models", self.root)))
            .timeout(self.idle)
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.header(AUTHORIZATION, key.clone()),
            None => request,
        }
    }
}

impl LlmProvider for OpenAiProvider {
    fn name(&self) -> &'static str {
        match self.dialect {
            Dialect::OpenAi | Dialect::Compatible => "openai",
            Dialect::OpenRouter => "openrouter",
        }
    }

    fn stream(&self, request: PromptRequest) -> Answer {
        let facts = self.catalogue.model(self.name(), &request.model);
        let dialect = self.dialect;
        let post = self
            .http
            .post(format!("{}/chat/completions", self.root))
            .header(CONTENT_TYPE, "application/json");
        let post = self.with_key(post);
        let call = async move {
            let body = Body::of(&request, &facts, dialect)?;
            http::send(post, &body, &request).await
        };
        http::answer(call, ChunkDecoder::default(), self.idle)
    }

    fn models(&self) -> BoxFuture<'static, Result<Vec<ListedModel>, ProviderError>> {
        let (get, dialect) = (self.get_models(), self.dialect);
        Box::pin(async move {
            let models = http::list::<Listed>(get).await?;
            let chats = models.into_iter().filter(|model| model.chats(dialect));
            Ok(chats.map(Listed::told).collect())
        })
    }
}

/// A line of `GET /models`. Only OpenRouter tells more than the name.
#[derive(Deserialize)]
struct Listed {
    id: String,
    context_length: Option<u32>,
    pricing: Option<Pricing>,
    supported_parameters: Option<Vec<String>>,
}

/// US dollars per token, as text.
#[derive(Deserialize)]
struct Pricing {
    prompt: Option<String>,
    completion: Option<String>,
}

/// What else OpenAI lists under the names of chat models.
const NO_CHAT: [&str; 8] = [
    "audio",
    "codex",
    "embed",
    "image",
    "instruct",
    "realtime",
    "transcribe",
    "tts",
];

impl Listed {
    /// OpenAI lists everything it has, and says of none what it is for.
    fn chats(&self, dialect: Dialect) -> bool {
        let beginnings = ["gpt-", "chatgpt-", "o1", "o3", "o4"];
        match dialect {
            Dialect::OpenAi => {
                beginnings.iter().any(|start| self.id.starts_with(start))
                    && !NO_CHAT.iter().any(|other| self.id.contains(other))
            }
            Dialect::Compatible => !self.id.contains("embed"),
            Dialect::OpenRouter => true,
        }
    }

    fn told(self) -> ListedModel {
        // a negative price means "it depends"
        let million = |price: Option<String>| {
            let price: f64 = price?.parse().ok()?;
            (price >= 0.0).then_some(price * 1e6)
        };
        let (input_price, output_price) = self.pricing.map_or((None, None), |pricing| {
            (million(pricing.prompt), million(pricing.completion))
        });
        ListedModel {
            id: self.id,
            context_window: self.context_length,
            input_price,
            output_price,
            temperature: self
                .supported_parameters
                .map(|names| names.iter().any(|name| name == "temperature")),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl<'a> Body<'a> {
    fn of(request: &'a PromptRequest, facts: &ModelFacts, dialect: Dialect) -> Result<Self, ProviderError> {
        if request.prefill.is_some() && !facts.prefill {
            return Err(failure::invalid("the model takes no beginning of its answer"));
        }
        // Elsewhere caching needs no breakpoints; here the system prompt and the last marked turn get one each.
        let marks = dialect == Dialect::OpenRouter && request.model.starts_with("anthropic/");
        let last_marked = request.turns.iter().rposition(|turn| turn.cache).filter(|_| marks);
        let system = (!request.system.is_empty()).then(|| Message::system(Content::of(&request.system, marks)));
        let turns = request.turns.iter().enumerate().map(|(index, turn)| {
            let content = Content::of(&turn.text, last_marked == Some(index));
            Message::of(turn.speaker, content)
        });
        let prefill = request.prefill.as_deref();
        let prefill = prefill.map(|text| Message::of(Speaker::Assistant, Content::Text(text)));
        let limit = request.max_tokens.min(facts.max_output);
        let own = dialect == Dialect::OpenAi;
        Ok(Self {
            model: &request.model,
            messages: system.into_iter().chain(turns).chain(prefill).collect(),
            stream: true,
            stream_options: StreamOptions { include_usage: true },
            max_tokens: (!own).then_some(limit),
            max_completion_tokens: own.then_some(limit),
            temperature: request.temperature.filter(|_| facts.temperature),
            reasoning_effort: (own && facts.thinking_off).then_some("none"),
        })
    }
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Vec<Choice<'a>>,
    #[serde(default)]
    usage: Option<Counters>,
    #[serde(default)]
    error: Option<ChunkError>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    delta: Option<Delta>,
    #[serde(borrow, default)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
    /// The model says in words that it declines.
    #[serde(default)]
    refusal: Option<String>,
}

/// `prompt_tokens` includes what came from the cache and what went into it.
#[derive(Deserialize)]
struct Counters {
    #[serde(default)]
    prompt_tokens: Option<i64>,
    #[serde(default)]
    completion_tokens: Option<i64>,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(default)]
    cost: Option<f64>,
}

#[derive(Default, Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Option<i64>,
    #[serde(default)]
    cache_write_tokens: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ChunkError {
    Named {
        #[serde(default)]
        code: Option<Code>,
        #[serde(default, rename = "type")]
        kind: Option<String>,
    },
    Sentence(#[expect(dead_code, reason = "it may quote the prompt")] String),
}

impl ChunkError {
    fn into_failure(self) -> ProviderError {
        match self {
            Self::Named { code: Some(code), .. } => failure::in_stream(&code.to_string()),
            Self::Named { kind: Some(kind), .. } => failure::in_stream(&kind),
            _ => failure::in_stream("unnamed"),
        }
    }
}

#[derive(Default)]
struct ChunkDecoder {
    usage: Usage,
    cost_usd: Option<f64>,
    /// The answer's text is complete; its counters may still come.
    reason: Option<String>,
}

impl ChunkDecoder {
    fn count(&mut self, counters: Counters, batch: &mut Batch) {
        let details = counters.prompt_tokens_details.unwrap_or_default();
        let cached = details.cached_tokens.unwrap_or(0) + details.cache_write_tokens.unwrap_or(0);
        self.usage = Usage {
            input_tokens: counters.prompt_tokens.map(|prompt| (prompt - cached).max(0)),
            output_tokens: counters.completion_tokens,
            cache_read_tokens: details.cached_tokens,
            cache_write_tokens: details.cache_write_tokens,
        };
        self.cost_usd = counters.cost.or(self.cost_usd);
        batch.push(ProviderEvent::Usage(self.usage));
    }

    fn stop(&mut self, reason: String) -> ProviderEvent {
        ProviderEvent::Stop {
            reason,
            usage: self.usage,
            cost_usd: self.cost_usd,
        }
    }
}

impl Decoder for ChunkDecoder {
    fn event(&mut self, event: SseEvent<'_>, batch: &mut Batch) -> Result<(), ProviderError> {
        if event.data == b"[DONE]" {
            let reason = self.reason.take().unwrap_or_else(|| "end_turn".to_owned());
            batch.push(self.stop(reason));
            return Ok(());
        }
        let chunk: Chunk<'_> = parse(event.data)?;
        if let Some(counters) = chunk.usage {
            self.count(counters, batch);
        }
        if let Some(error) = chunk.error {
            return Err(error.into_failure());
        }
        if let Some(choice) = chunk.choices.into_iter().next() {
            let Delta { content, refusal } = choice.delta.unwrap_or(Delta {
                content: None,
                refusal: None,
            });
            batch.text(content.unwrap_or_default());
            batch.text(refusal.unwrap_or_default());
            if let Some(reason) = choice.finish_reason.as_deref().filter(|reason| !reason.is_empty()) {
                self.reason = Some(in_claudes_words(reason)?.to_owned());
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Option<ProviderEvent> {
        let reason = self.reason.take()?;
        Some(self.stop(reason))
    }
}

fn in_claudes_words(reason: &str) -> Result<&str, ProviderError> {
    match reason {
        "stop" => Ok("end_turn"),
        "length" => Ok("max_tokens"),
        "content_filter" => Ok("refusal"),
        "tool_calls" | "function_call" => Ok("tool_use"),
        "error" => Err(failure::in_stream("finish_reason_error")),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests;
