//! Single messages over HTTP: what stands beside an answer, and what is thought of it.

use crate::{
    server::{
        App,
        extract::{Body, Id},
        problem::ApiProblem,
        rest::chat::accepted,
        session::Artist,
    },
    types::{chat::*, ids::*},
};
use axum::{Json, extract::State, response::Response};
use serde::{Deserialize, Deserializer};

/// `POST /api/messages/{id}/regenerate`
pub async fn regenerate(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<MessageId>,
    Body(wish): Body<RegenerateRequest>,
) -> Result<Response, ApiProblem> {
    Ok(accepted(&app.chat.regenerate(user, id, &wish).await?))
}

/// `POST /api/messages/{id}/undo-handoff`
pub async fn undo_handoff(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<MessageId>,
) -> Result<Response, ApiProblem> {
    Ok(accepted(&app.chat.undo_handoff(user, id).await?))
}

#[derive(Deserialize)]
pub struct Opinion {
    /// Outside `None`: it was not sent. Inside: the opinion is taken back.
    #[serde(default, deserialize_with = "sent")]
    value: Option<Option<String>>,
    comment: Option<String>,
}

fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `PUT /api/messages/{id}/feedback`
pub async fn feedback(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<MessageId>,
    Body(opinion): Body<Opinion>,
) -> Result<Json<Message>, ApiProblem> {
    // what is not there is said first
    app.chat.message(user, id).await?;
    let value = match opinion.value.as_ref().map(Option::as_deref) {
        None => return Err(ApiProblem::invalid("value: is missing; send up, down or null")),
        Some(None) => None,
        Some(Some(text)) => Some(
            Feedback::parse(text)
                .ok_or_else(|| ApiProblem::invalid(format!("value: {text:?} is not one of up, down, null")))?,
        ),
    };
    Ok(Json(
        app.chat
            .give_feedback(user, id, value, opinion.comment.as_deref())
            .await?,
    ))
}
