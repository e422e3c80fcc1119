//! Conversations and their messages over HTTP.

use crate::{
    domain::chat::PAGE,
    server::{
        App,
        extract::{Body, Id, Params},
        problem::ApiProblem,
        session::Artist,
    },
    store::conversations::ListCursor,
    types::{chat::*, coach::CoachId, ids::*},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;

const MOST: i64 = 100;

#[derive(Deserialize)]
pub struct ListParams {
    cursor: Option<String>,
    limit: Option<i64>,
    archived: Option<bool>,
    q: Option<String>,
}

/// `GET /api/conversations`
pub async fn list(
    State(app): State<App>,
    Artist(user): Artist,
    Params(params): Params<ListParams>,
) -> Result<Json<ConversationPage>, ApiProblem> {
    let after = match params.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => {
            Some(ListCursor::parse(text).ok_or_else(|| ApiProblem::invalid("cursor: is not one this list gave"))?)
        }
    };
    let limit = params.limit.unwrap_or(PAGE).clamp(1, MOST);
    let archived = params.archived.unwrap_or(false);
    let page = match params.q.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        Some(words) => app.chat.search(user, words, after, archived, limit).await?,
        None => app.chat.conversations(user, after, archived, limit).await?,
    };
    Ok(Json(page))
}

#[derive(Deserialize)]
pub struct NewConversation {
    title: Option<String>,
    current_coach: Option<CoachId>,
}

/// `POST /api/conversations`
pub async fn create(
    State(app): State<App>,
    Artist(user): Artist,
    Body(new): Body<NewConversation>,
) -> Result<(StatusCode, Json<Conversation>), ApiProblem> {
    let made = app
        .chat
        .create_conversation(user, Platform::Web, new.title.as_deref(), new.current_coach.as_ref())
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// `GET /api/conversations/{id}`
pub async fn get(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
) -> Result<Json<Conversation>, ApiProblem> {
    Ok(Json(app.chat.conversation(user, id).await?))
}

/// `PATCH /api/conversations/{id}`
pub async fn change(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
    Body(patch): Body<ConversationPatch>,
) -> Result<Json<Conversation>, ApiProblem> {
    Ok(Json(app.chat.change_conversation(user, id, patch.into()).await?))
}

/// `DELETE /api/conversations/{id}`
pub async fn delete(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
) -> Result<StatusCode, ApiProblem> {
    app.chat.delete_conversation(user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/conversations/{id}/restore`
pub async fn restore(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
) -> Result<Json<Conversation>, ApiProblem> {
    Ok(Json(app.chat.restore_conversation(user, id).await?))
}

#[derive(Deserialize)]
pub struct PageParams {
    before: Option<String>,
    limit: Option<i64>,
}

/// `GET /api/conversations/{id}/messages`
pub async fn messages(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
    Params(params): Params<PageParams>,
) -> Result<Json<MessagePage>, ApiProblem> {
    let before = match params.before.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| ApiProblem::invalid("before: is not one this list gave"))?,
        ),
    };
    let limit = params.limit.unwrap_or(PAGE).clamp(1, MOST);
    Ok(Json(app.chat.messages(user, id, before, limit).await?))
}
