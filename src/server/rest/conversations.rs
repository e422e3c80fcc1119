//! Conversations and their messages over HTTP.

use super::{cursor, page_size};
use crate::{
    server::{
        App,
        extract::{Body, Id, MaybeBody, Params},
        problem::ApiProblem,
        session::{Artist, Door},
    },
    store::conversations::ListCursor,
    types::{chat::*, coach::CoachId, ids::*},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 30 when not said.
    limit: Option<i64>,
    archived: Option<bool>,
    /// Words of titles and messages.
    q: Option<String>,
}

/// Conversations: pinned ones first, then the newest; of a search, the newest.
#[utoipa::path(get, path = "/api/conversations", tag = "conversations", params(ListParams), responses((status = 200, body = ConversationPage)))]
pub async fn list(
    State(app): State<App>,
    Artist(user): Artist,
    Params(params): Params<ListParams>,
) -> Result<Json<ConversationPage>, ApiProblem> {
    let after = cursor("cursor", params.cursor.as_deref(), ListCursor::parse)?;
    let limit = page_size(params.limit);
    let archived = params.archived.unwrap_or(false);
    let page = match params.q.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        Some(words) => app.chat.search(user, words, after, archived, limit).await?,
        None => app.chat.conversations(user, after, archived, limit).await?,
    };
    Ok(Json(page))
}

#[derive(Default, Deserialize, ToSchema)]
pub struct NewConversation {
    title: Option<String>,
    current_coach: Option<CoachId>,
}

/// An empty conversation.
#[utoipa::path(post, path = "/api/conversations", tag = "conversations", request_body = Option<NewConversation>, responses((status = 201, body = Conversation)))]
pub async fn create(
    State(app): State<App>,
    Artist(user): Artist,
    Door(platform): Door,
    MaybeBody(new): MaybeBody<NewConversation>,
) -> Result<(StatusCode, Json<Conversation>), ApiProblem> {
    let made = app
        .chat
        .create_conversation(user, platform, new.title.as_deref(), new.current_coach.as_ref())
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One conversation.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "conversations", responses((status = 200, body = Conversation)))]
pub async fn get(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
) -> Result<Json<Conversation>, ApiProblem> {
    Ok(Json(app.chat.conversation(user, id).await?))
}

/// Changes what is named.
#[utoipa::path(patch, path = "/api/conversations/{id}", tag = "conversations", request_body = ConversationPatch, responses((status = 200, body = Conversation)))]
pub async fn change(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
    Body(patch): Body<ConversationPatch>,
) -> Result<Json<Conversation>, ApiProblem> {
    Ok(Json(app.chat.change_conversation(user, id, patch.into()).await?))
}

/// Deletes a conversation and stops its answers; for ten minutes it can be restored.
#[utoipa::path(delete, path = "/api/conversations/{id}", tag = "conversations", responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
) -> Result<StatusCode, ApiProblem> {
    app.chat.delete_conversation(user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a deletion back.
#[utoipa::path(post, path = "/api/conversations/{id}/restore", tag = "conversations", responses((status = 200, body = Conversation)))]
pub async fn restore(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
) -> Result<Json<Conversation>, ApiProblem> {
    Ok(Json(app.chat.restore_conversation(user, id).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// `next_before` of the page below.
    before: Option<String>,
    /// 1 to 100; 30 when not said.
    limit: Option<i64>,
}

/// A page of the shown branch, oldest first: its end, or what stands above `before`.
#[utoipa::path(get, path = "/api/conversations/{id}/messages", tag = "conversations", params(PageParams), responses((status = 200, body = MessagePage)))]
pub async fn messages(
    State(app): State<App>,
    Artist(user): Artist,
    Id(id): Id<ConversationId>,
    Params(params): Params<PageParams>,
) -> Result<Json<MessagePage>, ApiProblem> {
    let before = cursor("before", params.before.as_deref(), |text| text.parse().ok())?;
    let limit = page_size(params.limit);
    Ok(Json(app.chat.messages(user, id, before, limit).await?))
}
