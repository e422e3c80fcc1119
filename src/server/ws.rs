//! `/ws/chat/{generation_id}`: the events of one generation over a WebSocket, the same as its stream's. Credential,
//! `Origin` and owner are checked at the upgrade; whoever comes back says with `after` what was seen.

use super::{
    App,
    extract::{Id, Params},
    problem::ApiProblem,
    rest::chat::After,
    session::Session,
    sse::Frame,
};
use crate::{
    domain::chat::ChatError,
    engine::reader::Reader,
    types::{
        error::{ErrorCode, Problem},
        ids::*,
    },
};
use axum::{
    Extension,
    body::Bytes,
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::{Instant, interval_at, timeout};

/// A frame that is not taken for this long ends the connection.
const PATIENCE: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Requests are a few dozen bytes.
const MAX_FRAME: usize = 4096;
/// RFC 6455's registry: try again later.
const TRY_AGAIN: u16 = 1013;
const PONG: &str = r#"{"event":"pong","id":null,"data":{}}"#;

/// What a client may say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Request {
    Cancel,
    Ping,
}

/// The events of one generation as text frames `{"event", "id", "data"}`, over a WebSocket.
///
/// The client may send `{"type":"cancel"}` and `{"type":"ping"}`. After the last event the server closes with 1000;
/// whoever is too slow is sent away with 1013 and goes on with `after`.
#[utoipa::path(get, path = "/ws/chat/{id}", tag = "chat", params(After), responses((status = 101, description = "A WebSocket")))]
pub async fn upgrade(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    Id(id): Id<GenerationId>,
    Params(After { after }): Params<After>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiProblem> {
    // a caller who is nobody yet owns nothing
    let user = session.user.ok_or(ChatError::NotFound)?;
    app.chat.generation(user, id).await?;
    let upgrade = upgrade.map_err(|refused| {
        ApiProblem(Problem {
            status: 400,
            ..Problem::new(
                ErrorCode::Invalid,
                format!("This address speaks WebSocket only: {refused}"),
            )
        })
    })?;
    let talk = Talk {
        reader: app.chat.reader(user, id, after.unwrap_or(0).max(0)),
        app,
        user,
        id,
    };
    Ok(upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(|socket| talk.run(socket)))
}

/// How a connection ends, when the client has not ended it.
type Ending = Option<(u16, &'static str)>;

struct Talk {
    app: App,
    user: UserId,
    id: GenerationId,
    reader: Reader,
}

impl Talk {
    async fn run(mut self, mut socket: WebSocket) {
        let Some((code, reason)) = self.talk(&mut socket).await else {
            return;
        };
        let close = Message::Close(Some(CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        }));
        // until the client has heard it: a connection dropped before takes the last frames with it
        let last_word = async {
            if socket.send(close).await.is_ok() {
                while let Some(Ok(_)) = socket.recv().await {}
            }
        };
        let _ = timeout(PATIENCE, last_word).await;
    }

    async fn talk(&mut self, socket: &mut WebSocket) -> Ending {
        let closing = self.app.closing.clone();
        let mut keep_alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        loop {
            let message = tokio::select! {
                () = closing.cancelled() => return Some((close_code::AWAY, "the program is ending")),
                _ = keep_alive.tick() => Message::Ping(Bytes::new()),
                said = socket.recv() => match said {
                    Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                        Ok(Request::Ping) => Message::Text(PONG.into()),
                        Ok(Request::Cancel) => match self.app.chat.cancel(self.user, self.id).await {
                            // its reader hears of it as everybody else does
                            Ok(_) => continue,
                            Err(error) => return Some(failed(&error)),
                        },
                        Err(_) => return Some((close_code::POLICY, r#"send {"type":"cancel"} or {"type":"ping"}"#)),
                    },
                    Some(Ok(Message::Binary(_))) => return Some((close_code::UNSUPPORTED, "send text frames")),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_)) => continue,
                },
                item = self.reader.next() => match item {
                    Ok(Some(item)) => match Frame::of(item) {
                        Some(frame) => Message::Text(json(&frame).into()),
                        None => return Some((close_code::NORMAL, "nothing is left; the message has the text")),
                    },
                    Ok(None) => return Some((close_code::NORMAL, "")),
                    Err(error) => return Some(failed(&error)),
                },
            };
            match timeout(PATIENCE, socket.send(message)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => {
                    tracing::info!(generation = %self.id, "a socket was too slow and is closed");
                    return Some((TRY_AGAIN, "too slow; go on with after"));
                }
            }
        }
    }
}

fn failed(error: &impl std::fmt::Display) -> (u16, &'static str) {
    tracing::warn!(%error, "a socket ends because the database does not answer");
    (close_code::ERROR, "the database does not answer; go on with after")
}

fn json(Frame { event, id, data }: &Frame) -> String {
    let id = id.map_or_else(|| "null".into(), |id| id.to_string());
    format!(r#"{{"event":"{event}","id":{id},"data":{data}}}"#)
}
