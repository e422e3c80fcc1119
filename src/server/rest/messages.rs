//! Single messages over HTTP: what stands beside an answer, and what is thought of it.

use crate::{
    server::{
        App,
        extract::{Body, Id, MaybeBody},
        problem::ApiProblem,
        rest::chat::{Accepted, accepted},
        session::Artist,
    },
    types::{chat::*, ids::*},
};
use axum::{Json, extract::State, response::Response};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// Another answer to the same question, beside this one.
#[utoipa::path(post, path = "/api/messages/{id}/regenerate", tag = "chat", request_body = Option<RegenerateRequest>, responses((status = 202, body = Accepted)))]
pub async fn regenerate(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<MessageId>,
    MaybeBody(wish): MaybeBody<RegenerateRequest>,
) -> Result<Response, ApiProblem> {
    Ok(accepted(&app.chat.regenerate(user, id, &wish).await?))
}

/// The former coach answers the same question and keeps the thread.
#[utoipa::path(post, path = "/api/messages/{id}/undo-handoff", tag = "chat", responses((status = 202, body = Accepted)))]
pub async fn undo_handoff(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<MessageId>,
) -> Result<Response, ApiProblem> {
    Ok(accepted(&app.chat.undo_handoff(user, id).await?))
}

#[derive(Deserialize, ToSchema)]
pub struct Opinion {
    /// Outside `None`: it was not sent. Inside: the opinion is taken back.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<Feedback>)]
    value: Option<Option<String>>,
    comment: Option<String>,
}

fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What the artist thinks of an answer.
#[utoipa::path(put, path = "/api/messages/{id}/feedback", tag = "chat", request_body = Opinion, responses((status = 200, body = Message)))]
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
