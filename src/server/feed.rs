//! `/feed`: the page's one WebSocket per tab. It carries the events of every generation the page watches, and what
//! changed in the conversation list. `Origin` and session are checked at the upgrade, ownership at every `watch`.

use super::{App, problem::ApiProblem, session::Session};
use crate::{
    engine::{
        hub::{ListChange, Subscription},
        reader::Item,
    },
    types::{
        error::ErrorCode,
        feed::{FeedFrame, FeedRequest},
        ids::*,
    },
    wire,
};
use axum::{
    Extension,
    extract::{
        Query, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::{collections::HashMap, time::Duration};
use tokio::{sync::mpsc, time::interval};
use tokio_util::task::AbortOnDropHandle;

const TICK: Duration = Duration::from_secs(15);
/// Frames a slow tab may fall behind; its watches wait meanwhile, the writer does not.
const BACKLOG: usize = 256;
/// Generations one tab may watch at once.
const MOST_WATCHES: usize = 64;
/// Requests are a few dozen bytes.
const MAX_FRAME: usize = 4096;

#[derive(Deserialize)]
pub struct Page {
    mark: Option<String>,
}

/// `GET /feed?mark=`
pub async fn upgrade(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    Query(page): Query<Page>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if app.closing.is_cancelled() {
        return ApiProblem::new(ErrorCode::Unavailable, "The program is ending.").into_response();
    }
    // before the answer: what changes once the page believes itself connected is told
    let list = session.user.map(|user| (user, app.chat.hub.follow_list(user)));
    upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(move |mut socket| async move {
            if page.mark.is_some_and(|mark| mark != wire::MARK) {
                let _ = socket.send(Message::Text(wire::OUTDATED.into())).await;
                return;
            }
            Feed {
                app,
                list,
                watches: HashMap::new(),
            }
            .run(socket)
            .await;
        })
}

struct Feed {
    app: App,
    /// `None`: this browser is nobody yet.
    list: Option<(UserId, Subscription<UserId, ListChange>)>,
    watches: HashMap<GenerationId, AbortOnDropHandle<()>>,
}

impl Feed {
    async fn run(mut self, mut socket: WebSocket) {
        let (frames, mut outgoing) = mpsc::channel::<FeedFrame>(BACKLOG);
        let closing = self.app.closing.clone();
        let mut tick = interval(TICK);
        loop {
            let frame = tokio::select! {
                () = closing.cancelled() => return,
                _ = tick.tick() => Some(FeedFrame::Tick {}),
                frame = outgoing.recv() => frame,
                change = next_change(&mut self.list) => match change {
                    Some(change) => self.list_frame(change).await,
                    // missed some, and nobody knows which: the page comes back and reads the list
                    None => return,
                },
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        let Ok(request) = wire::decode(&text) else { return };
                        // a browser that is nobody yet comes back with its cookie
                        if !self.handle(request, &frames) {
                            return;
                        }
                        None
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => None,
                },
            };
            let Some(frame) = frame else { continue };
            let Ok(text) = wire::encode(&frame) else {
                continue;
            };
            if socket.send(Message::Text(text.into())).await.is_err() {
                return;
            }
        }
    }

    /// False: this connection cannot serve the request and has to be opened again.
    fn handle(&mut self, request: FeedRequest, frames: &mpsc::Sender<FeedFrame>) -> bool {
        match request {
            FeedRequest::Unwatch { generation_id } => {
                self.watches.remove(&generation_id);
            }
            FeedRequest::Watch { generation_id, after } => {
                let Some((user, _)) = self.list else { return false };
                self.watches.retain(|_, watch| !watch.is_finished());
                if self.watches.len() >= MOST_WATCHES {
                    return false;
                }
                let watch = watch(self.app.clone(), user, generation_id, after.max(0), frames.clone());
                self.watches
                    .insert(generation_id, AbortOnDropHandle::new(tokio::spawn(watch)));
            }
        }
        true
    }

    async fn list_frame(&self, change: ListChange) -> Option<FeedFrame> {
        let (user, _) = self.list.as_ref()?;
        if change.deleted {
            return Some(FeedFrame::ListGone {
                conversation_id: change.conversation,
            });
        }
        let conversation = self.app.chat.conversation(*user, change.conversation).await.ok()?;
        Some(FeedFrame::List {
            conversation: Box::new(conversation),
            generation_id: change.generation,
        })
    }
}

async fn next_change(list: &mut Option<(UserId, Subscription<UserId, ListChange>)>) -> Option<ListChange> {
    match list {
        Some((_, subscription)) => subscription.next().await,
        None => std::future::pending().await,
    }
}

/// Sends one generation's events until its end.
async fn watch(app: App, user: UserId, generation_id: GenerationId, after: i64, frames: mpsc::Sender<FeedFrame>) {
    let mut reader = app.chat.reader(user, generation_id, after);
    loop {
        let frame = match reader.next().await {
            Ok(Some(Item::Info(info))) => FeedFrame::Generation { info: (*info).clone() },
            Ok(Some(Item::Event { seq, event })) => FeedFrame::Event {
                generation_id,
                seq,
                event: (*event).clone(),
            },
            Ok(Some(Item::Gone)) => FeedFrame::Gone { generation_id },
            Ok(Some(Item::Nothing)) => FeedFrame::Nothing { generation_id },
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "a watch waits for the database");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        if frames.send(frame).await.is_err() {
            return;
        }
    }
}
