//! Turns over HTTP: send, read, stop, repeat.

use crate::{
    domain::chat::Turn,
    engine::reader::{Item, Reader},
    server::{
        App,
        extract::{Body, Id, Params},
        problem::{ApiProblem, with_allowance},
        session::{Artist, Door},
        sse,
    },
    types::{
        chat::*,
        coach::CoachId,
        error::{ErrorCode, Problem},
        event::Event,
        ids::*,
    },
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub type Answer = Result<Response, ApiProblem>;

/// A complete answer.
#[derive(Serialize, ToSchema)]
pub struct Whole {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub generation_id: GenerationId,
    pub coach: Option<CoachId>,
    pub content: String,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub stop_reason: Option<String>,
    pub cached: bool,
    pub usage: Usage,
    pub cost_usd: Option<f64>,
    pub time_to_first_token_ms: Option<i64>,
    pub duration_ms: Option<i64>,
}

/// A message and its answer: whole when it is complete, or with `Accept: text/event-stream` as a stream.
///
/// Closing the connection is a disconnect, never a cancel.
#[utoipa::path(post, path = "/api/chat", tag = "chat", request_body = SendRequest, responses((status = 200, content((Whole = "application/json"), (String = "text/event-stream")))))]
pub async fn send(
    State(app): State<App>,
    Artist(user): Artist,
    Door(platform): Door,
    headers: HeaderMap,
    Body(request): Body<SendRequest>,
) -> Answer {
    let Turn {
        started,
        mut reader,
        allowance,
    } = app.chat.send(user, platform, request).await?;
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if accept.contains("text/event-stream") {
        return Ok(with_allowance(allowance, sse::stream(&app, reader)));
    }
    let end = last_event(&app, &mut reader).await?;
    let ids = (started.conversation_id, started.message_id, started.generation_id);
    let whole = Json(whole(&app, user, ids, end).await?);
    Ok(with_allowance(allowance, whole.into_response()))
}

/// The complete answer, or why there is none; `end` is the last event of its log, where that was read.
pub async fn whole(
    app: &App,
    user: UserId,
    (conversation_id, message_id, generation_id): (ConversationId, MessageId, GenerationId),
    end: Option<Event>,
) -> Result<Whole, ApiProblem> {
    let ids = |problem: Problem| {
        ApiProblem(Problem {
            conversation_id: Some(conversation_id),
            message_id: Some(message_id),
            generation_id: Some(generation_id),
            ..problem
        })
    };
    match end {
        Some(Event::Failed(problem)) => return Err(ids(*problem)),
        Some(Event::Cancelled {}) => {
            return Err(ids(Problem::new(
                ErrorCode::Conflict,
                "The answer was cancelled meanwhile.",
            )));
        }
        _ => {}
    }
    let message = app.chat.message(user, message_id).await?;
    if !matches!(message.status, MessageStatus::Complete) {
        return Err(ids(Problem::new(
            ErrorCode::Unavailable,
            "The answer goes on; read its stream.",
        )));
    }
    Ok(Whole {
        conversation_id,
        message_id,
        generation_id,
        coach: message.coach,
        content: message.content,
        provider: message.provider,
        model: message.model,
        stop_reason: message.stop_reason,
        cached: message.cached,
        usage: message.usage,
        cost_usd: message.cost_usd,
        time_to_first_token_ms: message.time_to_first_token_ms,
        duration_ms: message.duration_ms,
    })
}

/// Waits for the end of an answer; `None` when the program ends first or the log is gone.
pub async fn last_event(app: &App, reader: &mut Reader) -> Result<Option<Event>, ApiProblem> {
    while let Some(item) = app.closing.run_until_cancelled(reader.next()).await {
        match item?.map(Item::told) {
            Some(Item::Event { event, .. }) if event.is_final() => return Ok(Some((*event).clone())),
            Some(Item::Gone) | None => break,
            Some(_) => {}
        }
    }
    Ok(None)
}

/// A turn that is on its way.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    generation_id: GenerationId,
    conversation_id: ConversationId,
    message_id: MessageId,
    status: GenerationStatus,
}

pub fn accepted(turn: &Turn) -> Response {
    let Started {
        generation_id,
        conversation_id,
        message_id,
        ..
    } = turn.started;
    let body = Accepted {
        generation_id,
        conversation_id,
        message_id,
        status: turn.started.status,
    };
    with_allowance(turn.allowance, (StatusCode::ACCEPTED, Json(body)).into_response())
}

/// The same, answered at once with ids.
#[utoipa::path(post, path = "/api/chat/generate", tag = "chat", request_body = SendRequest, responses((status = 202, body = Accepted)))]
pub async fn generate(
    State(app): State<App>,
    Artist(user): Artist,
    Door(platform): Door,
    Body(request): Body<SendRequest>,
) -> Answer {
    Ok(accepted(&app.chat.send(user, platform, request).await?))
}

/// How far a generation is.
#[utoipa::path(get, path = "/api/chat/status/{id}", tag = "chat", responses((status = 200, body = GenerationState)))]
pub async fn status(State(app): State<App>, Artist(user): Artist, Id(id): Id<GenerationId>) -> Answer {
    Ok(Json(app.chat.generation(user, id).await?.state).into_response())
}

#[derive(Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The number of the last event that was seen.
    pub after: Option<i64>,
}

#[derive(Serialize, ToSchema)]
struct Chunk {
    seq: i64,
    /// `delta`, `reset`, `seam`, `done`, `failed` or `cancelled`.
    kind: &'static str,
    text: String,
}

#[derive(Serialize, ToSchema)]
pub struct Chunks {
    chunks: Vec<Chunk>,
    /// The value for `after`.
    next: i64,
    status: GenerationStatus,
}

/// The stored events after a number, for polling.
#[utoipa::path(get, path = "/api/chat/chunks/{id}", tag = "chat", params(After), responses((status = 200, body = Chunks)))]
pub async fn chunks(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<GenerationId>,
    Params(After { after }): Params<After>,
) -> Answer {
    let after = after.unwrap_or(0).max(0);
    let (events, status) = app.chat.chunks(user, id, after).await?;
    let next = events.last().map_or(after, |(seq, _)| *seq);
    let chunks = events
        .into_iter()
        .map(|(seq, event)| Chunk {
            seq,
            kind: event.kind(),
            text: if let Event::Delta { text } = event {
                text
            } else {
                String::new()
            },
        })
        .collect();
    Ok(Json(Chunks { chunks, next, status }).into_response())
}

/// The events from the start, or after `Last-Event-ID` (or `after`), and on until the end.
///
/// Events are `generation` (its data: `GenerationInfo`), `delta`, `reset`, `seam`, `done` (`Done`), `failed` (`Problem`)
/// and `cancelled`; `id` is the event's number.
/// 204: nothing is left of a finished generation.
#[utoipa::path(get, path = "/api/chat/stream/{id}", tag = "chat", params(After, ("Last-Event-ID" = Option<i64>, Header)), responses((status = 200, content_type = "text/event-stream", body = String), (status = 204)))]
pub async fn stream(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<GenerationId>,
    Params(After { after }): Params<After>,
    headers: HeaderMap,
) -> Answer {
    let after = sse::start_after(&headers, after)?;
    let state = app.chat.generation(user, id).await?.state;
    if state.status.is_final() && after > 0 {
        let (rest, _) = app.chat.chunks(user, id, after).await?;
        if rest.is_empty() {
            return Ok(sse::nothing_left());
        }
    }
    Ok(sse::stream(&app, app.chat.reader(user, id, after)))
}

/// Stops the provider call; what is stored is kept. A finished one stays as it is.
#[utoipa::path(post, path = "/api/chat/cancel/{id}", tag = "chat", responses((status = 200, body = GenerationState)))]
pub async fn cancel(State(app): State<App>, Artist(user): Artist, Id(id): Id<GenerationId>) -> Answer {
    Ok(Json(app.chat.cancel(user, id).await?.state).into_response())
}

/// The question of a failed or cancelled generation again.
#[utoipa::path(post, path = "/api/chat/retry/{id}", tag = "chat", responses((status = 202, body = Accepted)))]
pub async fn retry(State(app): State<App>, Artist(user): Artist, Id(id): Id<GenerationId>) -> Answer {
    Ok(accepted(&app.chat.retry(user, id, None).await?))
}
