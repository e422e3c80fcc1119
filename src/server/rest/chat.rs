//! Turns over HTTP: send, read, stop, repeat.

use crate::{
    domain::chat::Turn,
    engine::reader::{Item, Reader},
    server::{
        App,
        extract::{Body, Id, Params},
        problem::{ApiProblem, with_allowance},
        session::Artist,
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

type Answer = Result<Response, ApiProblem>;

/// A complete answer.
#[derive(Serialize)]
struct Whole {
    conversation_id: ConversationId,
    message_id: MessageId,
    generation_id: GenerationId,
    coach: Option<CoachId>,
    content: String,
    provider: Option<String>,
    model: Option<String>,
    stop_reason: Option<String>,
    cached: bool,
    usage: Usage,
    cost_usd: Option<f64>,
    time_to_first_token_ms: Option<i64>,
    duration_ms: Option<i64>,
}

/// `POST /api/chat`: the answer as a stream, or whole when it is complete.
pub async fn send(
    State(app): State<App>,
    Artist(user): Artist,
    headers: HeaderMap,
    Body(request): Body<SendRequest>,
) -> Answer {
    let Turn {
        started,
        mut reader,
        allowance,
    } = app.chat.send(user, Platform::Web, request).await?;
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if accept.contains("text/event-stream") {
        return Ok(with_allowance(allowance, sse::stream(&app, reader)));
    }
    let end = last_event(&app, &mut reader).await?;
    let message = app.chat.message(user, started.message_id).await?;
    let ids = |problem: Problem| {
        ApiProblem(Problem {
            conversation_id: Some(started.conversation_id),
            message_id: Some(started.message_id),
            generation_id: Some(started.generation_id),
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
        _ if !matches!(message.status, MessageStatus::Complete) => {
            return Err(ids(Problem::new(
                ErrorCode::Unavailable,
                "The answer goes on; read its stream.",
            )));
        }
        _ => {}
    }
    let whole = Json(Whole {
        conversation_id: started.conversation_id,
        message_id: started.message_id,
        generation_id: started.generation_id,
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
    });
    Ok(with_allowance(allowance, whole.into_response()))
}

/// Waits for the end of an answer; `None` when the program ends first or the log is gone.
pub async fn last_event(app: &App, reader: &mut Reader) -> Result<Option<Event>, ApiProblem> {
    while let Some(item) = app.closing.run_until_cancelled(reader.next()).await {
        match item? {
            Some(Item::Event { event, .. }) if event.is_final() => return Ok(Some((*event).clone())),
            Some(Item::Gone) | None => break,
            Some(_) => {}
        }
    }
    Ok(None)
}

#[derive(Serialize)]
struct Accepted {
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

/// `POST /api/chat/generate`
pub async fn generate(State(app): State<App>, Artist(user): Artist, Body(request): Body<SendRequest>) -> Answer {
    Ok(accepted(&app.chat.send(user, Platform::Web, request).await?))
}

/// `GET /api/chat/status/{generation_id}`
pub async fn status(State(app): State<App>, Artist(user): Artist, Id(id): Id<GenerationId>) -> Answer {
    Ok(Json(app.chat.generation(user, id).await?.state).into_response())
}

#[derive(Deserialize)]
pub struct After {
    after: Option<i64>,
}

#[derive(Serialize)]
struct Chunk {
    seq: i64,
    kind: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Chunks {
    chunks: Vec<Chunk>,
    next: i64,
    status: GenerationStatus,
}

/// `GET /api/chat/chunks/{generation_id}?after=`
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

/// `GET /api/chat/stream/{generation_id}`
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

/// `POST /api/chat/cancel/{generation_id}`
pub async fn cancel(State(app): State<App>, Artist(user): Artist, Id(id): Id<GenerationId>) -> Answer {
    Ok(Json(app.chat.cancel(user, id).await?.state).into_response())
}

/// `POST /api/chat/retry/{generation_id}`
pub async fn retry(State(app): State<App>, Artist(user): Artist, Id(id): Id<GenerationId>) -> Answer {
    Ok(accepted(&app.chat.retry(user, id).await?))
}
