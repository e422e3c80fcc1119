//! The page without JavaScript, and before its code is there: plain forms that wait for the answer and then show it. A
//! reload never sends again, because every form that sends ends in a redirect; a second press finds the same
//! `client_message_id`.

use super::{
    App,
    page_context::preferences,
    rest::chat::last_event,
    router::render,
    session::{self, Session},
};
use crate::{
    domain::chat::{ChatError, Turn},
    store::conversations::ConversationChange,
    types::{
        chat::{Platform, SendRequest},
        coach::CoachId,
        error::Problem,
        ids::*,
        page::{ANSWERED, FormState, Theme},
    },
};
use axum::{
    Extension, Form,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// The answer is waited for this long; after that the page refreshes itself until it is there.
const PATIENCE: Duration = Duration::from_secs(25);

/// The fields of the chat page's forms; which one is filled says what was pressed.
#[derive(Debug, Default, Deserialize)]
pub struct ChatForm {
    #[serde(default)]
    message: String,
    client_message_id: Option<String>,
    coach: Option<String>,
    /// A generation to stop, or to ask again.
    stop: Option<GenerationId>,
    retry: Option<GenerationId>,
    /// An answer whose hand-over is taken back.
    undo_handoff: Option<MessageId>,
    /// Who answers from now on.
    pick: Option<CoachId>,
    /// The next page's code will show the answer as it comes: nobody has to wait for all of it.
    live: Option<String>,
}

impl ChatForm {
    fn sends(&self) -> bool {
        self.stop.is_none() && self.retry.is_none() && self.undo_handoff.is_none() && self.pick.is_none()
    }

    /// Tells the page, which keeps a message of this id to send it again, that it has its answer, good or bad.
    fn answered(&self) -> Option<HeaderValue> {
        let id: ClientMessageId = self.client_message_id.as_ref()?.parse().ok().filter(|_| self.sends())?;
        HeaderValue::from_str(&format!("{ANSWERED}={id}; Path=/chat; Max-Age=600; SameSite=Lax")).ok()
    }
}

/// `POST /chat`
pub async fn new_chat(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
    Form(form): Form<ChatForm>,
) -> Response {
    submit(app, session, headers, None, form).await
}

/// `POST /chat/{id}`
pub async fn in_chat(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<ChatForm>,
) -> Response {
    match id.parse() {
        Ok(id) => submit(app, session, headers, Some(id), form).await,
        Err(_) => page(app, session, &headers, format!("/chat/{id}"), None).await,
    }
}

async fn submit(
    app: App,
    session: Session,
    headers: HeaderMap,
    conversation: Option<ConversationId>,
    form: ChatForm,
) -> Response {
    let mut state = FormState {
        text: form.message.clone(),
        sending: form.sends(),
        problem: None,
        picked: None,
    };
    if let (Some(coach), None) = (&form.pick, conversation) {
        // Nothing to keep it with yet: the page carries it to the first message.
        state.picked = Some(coach.clone());
        return page(app, session, &headers, path_of(conversation), Some(state)).await;
    }
    let answered = form.answered();
    let (user, cookie) = match session.user {
        Some(user) => (user, None),
        None => match session::new_artist(&app, session.address).await {
            Ok((user, cookie)) => (user, Some(cookie)),
            Err(problem) => {
                let response = failed(app, session, &headers, conversation, state, problem).await;
                return with_cookies(response, [answered]);
            }
        },
    };
    let session = Session {
        user: Some(user),
        ..session
    };
    // What was typed stays in the box. A reload does these again, which changes nothing.
    let stays = (form.stop.is_some() || form.pick.is_some()) && !state.text.trim().is_empty();
    let response = match act(&app, user, conversation, form).await {
        Ok(id) if stays => page(app, session, &headers, path_of(Some(id)), Some(state)).await,
        Ok(id) => redirect(&path_of(Some(id))),
        Err(error) => failed(app, session, &headers, conversation, state, error.into()).await,
    };
    // where no page can show the words again they stay with the browser
    let answered = answered.filter(|_| response.status() != StatusCode::NOT_FOUND);
    with_cookies(response, [cookie, answered])
}

fn with_cookies<const N: usize>(mut response: Response, cookies: [Option<HeaderValue>; N]) -> Response {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Does what was pressed; answers with the conversation to show.
async fn act(
    app: &App,
    user: UserId,
    conversation: Option<ConversationId>,
    form: ChatForm,
) -> Result<ConversationId, ChatError> {
    if let Some(generation) = form.stop {
        return Ok(app.chat.cancel(user, generation).await?.state.conversation_id);
    }
    if let (Some(coach), Some(id)) = (form.pick, conversation) {
        let change = ConversationChange::pick(coach);
        return Ok(app.chat.change_conversation(user, id, change).await?.id);
    }
    let patience = if form.live.is_some() { Duration::ZERO } else { PATIENCE };
    let turn = if let Some(generation) = form.retry {
        // once, however often it is pressed: the next try is one of the generation that failed then
        app.chat
            .retry(user, generation, Some(ClientMessageId(generation.0)))
            .await?
    } else if let Some(message) = form.undo_handoff {
        app.chat.undo_handoff(user, message).await?
    } else {
        let request = SendRequest {
            message: form.message.replace("\r\n", "\n"),
            conversation_id: conversation,
            coach: form.coach.filter(|coach| !coach.is_empty()),
            client_message_id: form.client_message_id.and_then(|id| id.parse().ok()),
            ..Default::default()
        };
        app.chat.send(user, Platform::Web, request).await?
    };
    let Turn {
        started, mut reader, ..
    } = turn;
    // late or failed: the page shows it either way
    let _ = timeout(patience, last_event(app, &mut reader)).await;
    Ok(started.conversation_id)
}

fn redirect(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// The page again, with what was wrong and the text still in the box.
async fn failed(
    app: App,
    session: Session,
    headers: &HeaderMap,
    conversation: Option<ConversationId>,
    state: FormState,
    problem: Problem,
) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let state = FormState {
        problem: Some(problem),
        ..state
    };
    let mut response = page(app, session, headers, path_of(conversation), Some(state)).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

fn path_of(conversation: Option<ConversationId>) -> String {
    conversation.map_or_else(|| "/chat".into(), |id| format!("/chat/{id}"))
}

async fn page(app: App, session: Session, headers: &HeaderMap, path: String, state: Option<FormState>) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().unwrap_or_default();
    *request.headers_mut() = headers.clone();
    for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
        request.headers_mut().remove(name);
    }
    request.extensions_mut().insert(session);
    render(app, state, request).await
}

#[derive(Deserialize)]
pub struct PreferencesForm {
    lang: Option<String>,
    theme: Option<String>,
    next: Option<String>,
}

/// `POST /preferences`: language and theme, kept in cookies the page may read.
pub async fn set_preferences(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form<PreferencesForm>,
) -> Response {
    let now = preferences(&headers);
    let next = form.next.as_deref().filter(|next| is_own_path(next)).unwrap_or("/");
    let mut response = redirect(next);
    let secure = if app.is_secure() { "; Secure" } else { "" };
    let mut set = |name: &str, value: &str| {
        let text = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax{secure}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    };
    match form.lang.as_deref() {
        Some("fr") => set("lang", "fr"),
        Some("en") => set("lang", "en"),
        Some("toggle") => set("lang", now.lang.other().code()),
        _ => {}
    }
    match form.theme.as_deref() {
        Some(theme) if theme == Theme::Dark.as_str() || theme == Theme::Light.as_str() => set("theme", theme),
        Some("toggle") => set("theme", now.theme.other().as_str()),
        _ => {}
    }
    response
}

/// A path of this site: one slash at the start, so that no other host can be meant.
fn is_own_path(next: &str) -> bool {
    next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n'])
}
