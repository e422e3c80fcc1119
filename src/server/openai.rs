//! For programs that speak OpenAI's API: the coaches are its models, and every failure has its envelope.
//!
//! [`models`] and [`model`] list who there is · [`completions`] answers · [`stream`] tells an answer in chunks · [`error`] says what went wrong.

pub mod completions;
pub mod error;
mod stream;

use super::{App, session::Artist};
use crate::types::coach::CoachId;
use axum::{
    Json,
    extract::{Path, State},
};
use error::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

/// The model that lets the squad decide who answers.
const AUTO: &str = "auto";

/// `squad/luke`.
fn model_name(coach: &str) -> String {
    format!("squad/{coach}")
}

/// Who is asked for by a model's name: a coach, or `auto`.
fn asked_coach(app: &App, model: &str) -> Option<String> {
    let coach = model.strip_prefix("squad/")?;
    (coach == AUTO || app.chat.squad.get(&CoachId::new(coach)).is_some()).then(|| coach.to_string())
}

#[derive(Serialize, ToSchema)]
pub struct Model {
    id: String,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

impl Model {
    fn of(coach: &str) -> Self {
        Self {
            id: model_name(coach),
            object: "model",
            // the coaches are part of the program and have no date of their own
            created: 0,
            owned_by: "squad",
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct Models {
    object: &'static str,
    data: Vec<Model>,
}

/// The coaches as models; `squad/auto` lets the squad decide who answers.
#[utoipa::path(get, path = "/v1/models", tag = "openai", responses((status = 200, body = Models)))]
pub async fn models(State(app): State<App>, Artist(_): Artist) -> Json<Models> {
    let coaches = app.chat.squad.iter().map(|coach| coach.id.as_str());
    let data = std::iter::once(AUTO).chain(coaches).map(Model::of);
    Json(Models {
        object: "list",
        data: data.collect(),
    })
}

/// One of them; its name as one part of the path, `squad%2Fluke`.
#[utoipa::path(get, path = "/v1/models/{model}", tag = "openai", params(("model" = String, Path)), responses((status = 200, body = Model)))]
pub async fn model(
    State(app): State<App>,
    Artist(_): Artist,
    Path(name): Path<String>,
) -> Result<Json<Model>, Refusal> {
    match asked_coach(&app, &name) {
        Some(coach) => Ok(Json(Model::of(&coach))),
        None => Err(Refusal::UnknownModel(name)),
    }
}
