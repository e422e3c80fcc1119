//! A generation's events as server-sent events. `id` is the event's number; nothing is sent that is not stored.

use super::{App, problem::ApiProblem};
use crate::{
    engine::reader::{Item, Reader},
    types::event::Event,
};
use axum::{
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event as SseEvent, KeepAlive},
    },
};
use futures_util::Stream;
use serde::Serialize;
use std::{convert::Infallible, pin::pin, time::Duration};

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where a stream starts: `Last-Event-ID` wins over `after`.
pub fn start_after(headers: &HeaderMap, after: Option<i64>) -> Result<i64, ApiProblem> {
    let last = headers.get(HeaderName::from_static("last-event-id"));
    let Some(last) = last.filter(|value| !value.is_empty()) else {
        return Ok(after.unwrap_or(0).max(0));
    };
    let number = last.to_str().ok().and_then(|text| text.trim().parse::<i64>().ok());
    number
        .map(|number| number.max(0))
        .ok_or_else(|| ApiProblem::invalid("Last-Event-ID: must be a number"))
}

/// The data of an event, as every door sends it.
fn data(event: &Event) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Text<'a> {
        text: &'a str,
    }
    #[derive(Serialize)]
    struct Attempt {
        attempt: i32,
    }
    match event {
        Event::Delta { text } => serde_json::to_string(&Text { text }),
        Event::Reset { attempt } | Event::Seam { attempt } => serde_json::to_string(&Attempt { attempt: *attempt }),
        Event::Done(done) => serde_json::to_string(done),
        Event::Failed(problem) => serde_json::to_string(problem),
        Event::Cancelled {} => Ok("{}".into()),
    }
}

/// An event on its way out, whatever carries it.
pub struct Frame {
    pub event: &'static str,
    /// `None`: it is not in the log.
    pub id: Option<i64>,
    /// JSON.
    pub data: String,
}

impl Frame {
    /// `None`: nothing is left to read.
    pub fn of(item: Item) -> Option<Self> {
        match item.told() {
            Item::Info(info) => Some(Self {
                event: "generation",
                id: None,
                data: serde_json::to_string(&*info).ok()?,
            }),
            Item::Event { seq, event } => Some(Self {
                event: event.kind(),
                id: Some(seq),
                data: data(&event).ok()?,
            }),
            Item::Gone | Item::Nothing => None,
        }
    }

    fn into_sse(self) -> SseEvent {
        let event = SseEvent::default().event(self.event).data(self.data);
        match self.id {
            Some(id) => event.id(id.to_string()),
            None => event,
        }
    }
}

/// The stream of a reader, until its last event or the end of the program.
pub fn stream(app: &App, reader: Reader) -> Response {
    let closing = app.closing.clone();
    let events = async_stream::stream! {
        let mut reader = reader;
        let mut closed = pin!(closing.cancelled());
        loop {
            let item = tokio::select! {
                biased;
                item = reader.next() => item,
                () = closed.as_mut() => return,
            };
            match item {
                Ok(Some(item)) => match Frame::of(item) {
                    Some(frame) => yield Ok::<_, Infallible>(frame.into_sse()),
                    None => return,
                },
                Ok(None) => return,
                // the client comes back with Last-Event-ID
                Err(error) => {
                    tracing::warn!(%error, "an event stream ends because the database does not answer");
                    return;
                }
            }
        }
    };
    respond(events)
}

/// Events as they come, with a comment now and then, so that nobody on the way takes the silence for an end.
pub fn respond(events: impl Stream<Item = Result<SseEvent, Infallible>> + Send + 'static) -> Response {
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    (
        [
            (header::CACHE_CONTROL, "no-cache, no-transform"),
            (HeaderName::from_static("x-accel-buffering"), "no"),
        ],
        sse,
    )
        .into_response()
}

/// Nothing is left to read: this status stops an `EventSource`.
pub fn nothing_left() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
