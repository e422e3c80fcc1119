//! `POST /v1/chat/completions`. What the caller brings is a talk of its own: it is stored with the answer, and the next
//! call brings it again.

use super::{asked_coach, error::Refusal, model_name, stream};
use crate::{
    domain::chat::completions::{Said, Voice},
    server::{
        App,
        extract::Body,
        problem::{ApiProblem, with_allowance},
        rest::chat::{Whole, last_event, whole},
        session::{Artist, Door},
    },
    types::{
        chat::{SendRequest, Usage},
        ids::GenerationId,
    },
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is not named here is ignored.
#[derive(Deserialize, ToSchema)]
pub struct CompletionRequest {
    /// `squad/auto`, or a coach: `squad/luke`.
    model: String,
    /// The last one is the question.
    messages: Vec<ChatMessage>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    /// 0 to 2; models that refuse one never see it.
    temperature: Option<f64>,
    /// The most tokens of the answer, at least 1. A model's own limit stands.
    #[serde(alias = "max_tokens")]
    max_completion_tokens: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
struct ChatMessage {
    /// `system`, `developer`, `user` or `assistant`.
    role: String,
    content: Option<Content>,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize, ToSchema)]
struct Part {
    /// `text`
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Completion {
    id: String,
    object: &'static str,
    /// Seconds since 1970.
    created: u64,
    /// The coach who answered.
    model: String,
    choices: [Choice; 1],
    usage: Option<CompletionUsage>,
}

#[derive(Serialize, ToSchema)]
struct Choice {
    index: u32,
    message: AnswerMessage,
    logprobs: Option<()>,
    /// `stop`, `length` or `content_filter`.
    finish_reason: &'static str,
}

#[derive(Serialize, ToSchema)]
struct AnswerMessage {
    role: &'static str,
    content: String,
    refusal: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionUsage {
    prompt_tokens: i64,
    completion_tokens: i64,
    total_tokens: i64,
    prompt_tokens_details: PromptDetails,
}

#[derive(Debug, Serialize, ToSchema)]
struct PromptDetails {
    cached_tokens: i64,
}

/// The answer to a talk: whole, or with `stream` in chunks that end with `[DONE]`.
///
/// The talk is stored as a conversation. A caller who leaves stops nothing.
#[utoipa::path(
    post, path = "/v1/chat/completions", tag = "openai", request_body = CompletionRequest,
    responses((status = 200, content((Completion = "application/json"), (String = "text/event-stream"))))
)]
pub async fn create(
    State(app): State<App>,
    Artist(user): Artist,
    Door(platform): Door,
    Body(request): Body<CompletionRequest>,
) -> Result<Response, Refusal> {
    let Some(coach) = asked_coach(&app, &request.model) else {
        return Err(Refusal::UnknownModel(request.model));
    };
    let (past, message) = talk(request.messages)?;
    let send = SendRequest {
        message,
        coach: Some(coach),
        temperature: request.temperature,
        max_tokens: request.max_completion_tokens,
        ..SendRequest::default()
    };
    let mut turn = app.chat.complete(user, platform, send, past).await?;
    if request.stream.unwrap_or_default() {
        let include_usage = request.stream_options.and_then(|options| options.include_usage);
        let allowance = turn.allowance;
        let stream = stream::respond(&app, turn, include_usage.unwrap_or_default()).await?;
        return Ok(with_allowance(allowance, stream));
    }
    let end = last_event(&app, &mut turn.reader).await?;
    let started = turn.started;
    let ids = (started.conversation_id, started.message_id, started.generation_id);
    let answer = Json(completion(whole(&app, user, ids, end).await?));
    Ok(with_allowance(turn.allowance, answer.into_response()))
}

/// What was said before the question, and the question.
fn talk(messages: Vec<ChatMessage>) -> Result<(Vec<Said>, String), ApiProblem> {
    let mut past = Vec::new();
    for (index, message) in messages.into_iter().enumerate() {
        let voice = match message.role.as_str() {
            "system" | "developer" => Voice::Instructions,
            "user" => Voice::Artist,
            "assistant" => Voice::Coach,
            other => {
                return Err(ApiProblem::invalid(format!(
                    "messages[{index}].role: {other:?} is not one of system, developer, user, assistant"
                )));
            }
        };
        let text = text(index, message.content)?;
        if text.contains('\0') {
            return Err(ApiProblem::invalid(format!(
                "messages[{index}].content: contains the character U+0000, which cannot be stored"
            )));
        }
        past.push(Said { voice, text });
    }
    // some programs put their instructions behind the question
    let question = past.iter().rposition(|said| said.voice != Voice::Instructions);
    let Some(question) = question.filter(|at| past[*at].voice == Voice::Artist) else {
        return Err(ApiProblem::invalid("messages: the last one must be the user's"));
    };
    let question = past.remove(question).text;
    past.retain(|said| !said.text.trim().is_empty());
    Ok((past, question))
}

fn text(index: usize, content: Option<Content>) -> Result<String, ApiProblem> {
    let parts = match content {
        None => return Ok(String::new()),
        Some(Content::Text(text)) => return Ok(text),
        Some(Content::Parts(parts)) => parts,
    };
    let mut whole = String::new();
    for part in parts {
        match (part.kind.as_str(), part.text) {
            ("text", Some(text)) => whole.push_str(&text),
            // what an assistant would not say is no part of the talk
            ("refusal", _) => {}
            (kind, _) => {
                return Err(ApiProblem::invalid(format!(
                    "messages[{index}].content: a part {kind:?} cannot be taken; send text"
                )));
            }
        }
    }
    Ok(whole)
}

fn completion(answer: Whole) -> Completion {
    Completion {
        id: completion_id(answer.generation_id),
        object: "chat.completion",
        created: created(answer.generation_id),
        model: answer
            .coach
            .map_or_else(|| model_name(super::AUTO), |coach| model_name(coach.as_str())),
        usage: usage(&answer.usage),
        choices: [Choice {
            index: 0,
            finish_reason: finish_reason(answer.stop_reason.as_deref().unwrap_or_default()),
            message: AnswerMessage {
                role: "assistant",
                content: answer.content,
                refusal: None,
            },
            logprobs: None,
        }],
    }
}

pub(super) fn completion_id(id: GenerationId) -> String {
    format!("chatcmpl-{id}")
}

/// The id tells when it was made.
pub(super) fn created(id: GenerationId) -> u64 {
    id.0.get_timestamp().map_or(0, |at| at.to_unix().0)
}

/// `None`: the provider never told.
pub(super) fn usage(usage: &Usage) -> Option<CompletionUsage> {
    let cached_tokens = usage.cache_read_tokens.unwrap_or(0);
    let prompt_tokens = usage.input_tokens? + cached_tokens + usage.cache_write_tokens.unwrap_or(0);
    let completion_tokens = usage.output_tokens?;
    Some(CompletionUsage {
        prompt_tokens,
        completion_tokens,
        total_tokens: prompt_tokens + completion_tokens,
        prompt_tokens_details: PromptDetails { cached_tokens },
    })
}

pub(super) fn finish_reason(stop_reason: &str) -> &'static str {
    match stop_reason {
        "max_tokens" | "model_context_window_exceeded" => "length",
        "refusal" => "content_filter",
        _ => "stop",
    }
}
