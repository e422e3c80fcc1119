//! The same generations, seen as durable runs: their steps, their attempts, and the process that runs them.

use super::{
    chat::{self, Accepted, After, Chunks, Whole},
    cursor, page_size,
};
use crate::{
    domain::{
        ports::{Clock, SystemClock},
        runs::Viewer,
    },
    server::{
        App,
        extract::{Body, Id, Params},
        problem::ApiProblem,
        session::{Artist, Door},
    },
    types::{
        chat::*,
        coach::CoachId,
        error::{ErrorCode, Problem},
        event::Event,
        ids::*,
        run::*,
    },
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// A step of a run.
#[derive(Serialize, ToSchema)]
struct Step {
    /// `validated`, `generating`, `checkpointed` or `saved`.
    name: &'static str,
    /// `waiting`, `running`, `done`, `failed` or `cancelled`.
    status: &'static str,
    /// Events stored so far; of `checkpointed` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    /// When it began; of `saved`, when it was done.
    #[serde(with = "time::serde::rfc3339::option")]
    at: Option<OffsetDateTime>,
}

#[derive(Serialize, ToSchema)]
struct Attempts {
    /// From 1: every start of the answer, the provider's retries before its first word not counted.
    count: i32,
    /// Times it went on after the provider's stream was cut.
    recoveries: i32,
    /// Processes in a row that took it over from one that was gone.
    takeovers: i32,
}

/// A generation as a durable run.
#[derive(Serialize, ToSchema)]
pub struct Workflow {
    #[serde(flatten)]
    state: GenerationState,
    steps: [Step; 4],
    attempts: Attempts,
    /// The process that runs it, or ran it last.
    process: Option<String>,
    /// Of the answer as it is stored now.
    characters: i64,
    /// What seldom happens, in its order; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<Vec<RunStep>>,
}

impl From<RunStory> for Workflow {
    fn from(story: RunStory) -> Self {
        Self {
            story: Some(story.steps),
            ..story.run.into()
        }
    }
}

impl From<Run> for Workflow {
    fn from(row: Run) -> Self {
        let state = row.state;
        let generating = match state.status {
            GenerationStatus::Queued => "waiting",
            GenerationStatus::Running => "running",
            GenerationStatus::Completed => "done",
            GenerationStatus::Failed => "failed",
            GenerationStatus::Cancelled => "cancelled",
        };
        let done = |done: bool| if done { "done" } else { "waiting" };
        let step = |name, status, at| Step {
            name,
            status,
            count: None,
            at,
        };
        let steps = [
            step("validated", "done", Some(state.created_at)),
            step("generating", generating, state.started_at),
            Step {
                count: Some(state.chunks),
                ..step("checkpointed", done(state.chunks > 0), state.first_token_at)
            },
            step("saved", done(state.status.is_final()), state.finished_at),
        ];
        Self {
            steps,
            attempts: Attempts {
                count: state.attempt,
                recoveries: row.recoveries,
                takeovers: row.takeovers,
            },
            process: row.process,
            characters: row.characters,
            story: None,
            state,
        }
    }
}

/// Starts a run.
#[utoipa::path(post, path = "/api/workflows/start", tag = "workflows", request_body = SendRequest, responses((status = 202, body = Accepted)))]
pub async fn start(app: State<App>, artist: Artist, door: Door, body: Body<SendRequest>) -> chat::Answer {
    chat::generate(app, artist, door, body).await
}

/// A run with its steps. The owner's token opens everybody's.
#[utoipa::path(get, path = "/api/workflows/{id}/status", tag = "workflows", responses((status = 200, body = Workflow)))]
pub async fn status(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<GenerationId>,
) -> Result<Json<Workflow>, ApiProblem> {
    Ok(Json(app.chat.run(viewer, id).await?.into()))
}

/// Its stored events after a number.
#[utoipa::path(get, path = "/api/workflows/{id}/chunks", tag = "workflows", params(After), responses((status = 200, body = Chunks)))]
pub async fn chunks(app: State<App>, artist: Artist, id: Id<GenerationId>, after: Params<After>) -> chat::Answer {
    chat::chunks(app, artist, id, after).await
}

/// The whole answer; 409 while it runs.
#[utoipa::path(get, path = "/api/workflows/{id}/result", tag = "workflows", responses((status = 200, body = Whole)))]
pub async fn result(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<GenerationId>,
) -> Result<Json<Whole>, ApiProblem> {
    let state = app.chat.generation(user, id).await?.state;
    let end = match state.status {
        GenerationStatus::Completed => None,
        GenerationStatus::Cancelled => Some(Event::Cancelled {}),
        GenerationStatus::Failed => {
            Some(Event::Failed(Box::new(state.error.unwrap_or_else(|| {
                Problem::new(ErrorCode::ProviderError, "The provider failed.")
            }))))
        }
        GenerationStatus::Queued | GenerationStatus::Running => {
            return Err(ApiProblem::new(ErrorCode::Conflict, "The answer is not complete yet."));
        }
    };
    let ids = (state.conversation_id, state.message_id, id);
    Ok(Json(chat::whole(&app, user, ids, end).await?))
}

/// Stops a run. The owner's token stops anybody's.
#[utoipa::path(post, path = "/api/workflows/{id}/cancel", tag = "workflows", responses((status = 200, body = GenerationState)))]
pub async fn cancel(
    State(app): State<App>,
    viewer: Viewer,
    Id(id): Id<GenerationId>,
) -> Result<Json<GenerationState>, ApiProblem> {
    Ok(Json(app.chat.stop_run(viewer, id).await?.state))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// `queued`, `running`, `completed`, `failed` or `cancelled`.
    status: Option<String>,
    /// A coach's id.
    coach: Option<String>,
    model: Option<String>,
    /// Not older than this many hours.
    hours: Option<i32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 30 when not said.
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Workflows {
    workflows: Vec<Workflow>,
    next_cursor: Option<GenerationId>,
}

/// Runs, the newest first; with the owner's token everybody's.
#[utoipa::path(get, path = "/api/workflows/list", tag = "workflows", params(ListParams), responses((status = 200, body = Workflows)))]
pub async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Params(params): Params<ListParams>,
) -> Result<Json<Workflows>, ApiProblem> {
    let status = params
        .status
        .filter(|text| !text.is_empty())
        .map(|text| {
            GenerationStatus::parse(&text).ok_or_else(|| {
                let known: Vec<_> = GenerationStatus::ALL.iter().map(|status| status.as_str()).collect();
                ApiProblem::invalid(format!("status: {text:?} is not one of {}", known.join(", ")))
            })
        })
        .transpose()?;
    let before = cursor("cursor", params.cursor.as_deref(), |text| text.parse().ok())?;
    let filter = RunFilter {
        status,
        coach: params
            .coach
            .filter(|coach| !coach.is_empty())
            .map(|coach| CoachId::new(&coach)),
        model: params.model.filter(|model| !model.is_empty()),
        hours: params.hours,
        before,
    };
    let limit = page_size(params.limit);
    let page = app.chat.runs(viewer, &filter, SystemClock.now(), limit).await?;
    Ok(Json(Workflows {
        workflows: page.runs.into_iter().map(Into::into).collect(),
        next_cursor: page.next,
    }))
}
