//! An answer in OpenAI's chunks. Nothing that was sent can be taken back there, so after a reset the chunks go on only
//! where the new text has passed what the old one said.

use super::{
    completions::{completion_id, created, finish_reason, usage},
    error::{ErrorEnvelope, Refusal},
    model_name,
};
use crate::{
    domain::chat::Turn,
    engine::reader::{Item, Reader},
    server::{App, problem::ApiProblem, sse},
    types::{
        error::{ErrorCode, Problem},
        event::{Event, Transcript},
        ids::GenerationId,
    },
};
use axum::response::{Response, sse::Event as SseEvent};
use serde_json::{Value, json};
use std::{convert::Infallible, pin::pin, time::Duration};
use tokio::time::timeout;

/// A failure within this time is told by the status; whoever waits longer is told that the connection lives.
const PATIENCE: Duration = Duration::from_secs(10);
const DONE: &str = "[DONE]";

/// The answer of a turn as a stream.
pub async fn respond(app: &App, turn: Turn, include_usage: bool) -> Result<Response, Refusal> {
    let mut reader = turn.reader;
    let mut telling = Telling::new(turn.started.generation_id, include_usage);
    let mut first = Vec::new();
    let until_text = async {
        while let Some(item) = next(app, &mut reader).await? {
            let event = matches!(item, Item::Event { .. });
            first.push(item);
            if event {
                break;
            }
        }
        Ok::<_, ApiProblem>(())
    };
    if let Ok(read) = timeout(PATIENCE, until_text).await {
        read?;
    }
    if let Some(Item::Event { event, .. }) = first.last() {
        match &**event {
            Event::Failed(problem) => return Err(ApiProblem((**problem).clone()).into()),
            Event::Cancelled {} => return Err(ApiProblem(cancelled()).into()),
            _ => {}
        }
    }
    let app = app.clone();
    let events = async_stream::stream! {
        for item in first {
            for data in telling.tell(&item) {
                yield Ok::<_, Infallible>(SseEvent::default().data(data));
            }
        }
        while !telling.ended {
            let told = match next(&app, &mut reader).await {
                Ok(Some(item)) => telling.tell(&item),
                Ok(None) => vec![telling.fail(&Problem::new(ErrorCode::NotFound, "The answer was deleted."))],
                Err(ApiProblem(problem)) => vec![telling.fail(&problem)],
            };
            for data in told {
                yield Ok(SseEvent::default().data(data));
            }
        }
    };
    Ok(sse::respond(events))
}

/// The next item, unless the program ends before.
async fn next(app: &App, reader: &mut Reader) -> Result<Option<Item>, ApiProblem> {
    let closing = pin!(app.closing.cancelled());
    tokio::select! {
        biased;
        item = reader.next() => Ok(item?.map(Item::told).filter(|item| !matches!(item, Item::Gone))),
        () = closing => Err(ApiProblem::new(ErrorCode::Unavailable, "The program is ending.")),
    }
}

fn cancelled() -> Problem {
    Problem::new(ErrorCode::Conflict, "The answer was cancelled meanwhile.")
}

/// Says an answer chunk by chunk.
struct Telling {
    id: String,
    created: u64,
    model: String,
    include_usage: bool,
    transcript: Transcript,
    /// The text in all chunks so far.
    sent: String,
    ended: bool,
}

impl Telling {
    fn new(id: GenerationId, include_usage: bool) -> Self {
        Self {
            id: completion_id(id),
            created: created(id),
            model: String::new(),
            include_usage,
            transcript: Transcript::default(),
            sent: String::new(),
            ended: false,
        }
    }

    /// The data of the events that an item becomes.
    fn tell(&mut self, item: &Item) -> Vec<String> {
        match item {
            Item::Info(info) => {
                self.model = model_name(info.coach.as_str());
                vec![self.choice(&json!({"role": "assistant", "content": ""}), None)]
            }
            Item::Event { seq, event } => {
                self.transcript.apply(*seq, event);
                self.event(event)
            }
            Item::Gone | Item::Nothing => Vec::new(),
        }
    }

    fn event(&mut self, event: &Event) -> Vec<String> {
        let mut told = Vec::new();
        let text = &self.transcript.text;
        if let Some(more) = text.strip_prefix(self.sent.as_str()) {
            if !more.is_empty() {
                let more = more.to_string();
                self.sent.push_str(&more);
                told.push(self.choice(&json!({"content": more}), None));
            }
        } else if !self.sent.starts_with(text.as_str()) || event.is_final() {
            let detail = "The answer was cut and began anew with other words. Ask again.";
            return vec![self.fail(&Problem::new(ErrorCode::Interrupted, detail))];
        }
        match event {
            Event::Done(done) => {
                self.ended = true;
                told.push(self.choice(&json!({}), Some(finish_reason(&done.stop_reason))));
                if self.include_usage {
                    told.push(self.chunk(json!([]), json!(usage(&done.usage))));
                }
                told.push(DONE.into());
            }
            Event::Failed(problem) => told.push(self.fail(problem)),
            Event::Cancelled {} => told.push(self.fail(&cancelled())),
            Event::Delta { .. } | Event::Reset { .. } | Event::Seam { .. } => {}
        }
        told
    }

    /// The last thing that is said.
    fn fail(&mut self, problem: &Problem) -> String {
        self.ended = true;
        json!(ErrorEnvelope::from(problem)).to_string()
    }

    fn choice(&self, delta: &Value, finish_reason: Option<&str>) -> String {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        self.chunk(json!([choice]), Value::Null)
    }

    fn chunk(&self, choices: Value, usage: Value) -> String {
        let mut chunk = json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model, "choices": choices
        });
        if self.include_usage {
            chunk["usage"] = usage;
        }
        chunk.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{chat::Usage, event::Done};
    use std::sync::Arc;

    /// The text that a client puts together, and how its stream ends.
    fn heard(events: Vec<Event>) -> (String, String) {
        let mut telling = Telling::new(GenerationId(uuid::Uuid::now_v7()), true);
        let (mut text, mut last) = (String::new(), String::new());
        for (event, seq) in events.into_iter().zip(1..) {
            for data in telling.tell(&Item::Event {
                seq,
                event: Arc::new(event),
            }) {
                let chunk: Value = serde_json::from_str(&data).unwrap_or_default();
                text += chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
                last = data;
            }
        }
        assert!(telling.ended);
        (text, last)
    }

    fn delta(text: &str) -> Event {
        Event::Delta { text: text.into() }
    }

    fn done() -> Event {
        Event::Done(Done {
            stop_reason: "end_turn".into(),
            cached: false,
            usage: Usage::default(),
            cost_usd: None,
            time_to_first_token_ms: None,
            duration_ms: None,
        })
    }

    #[test]
    fn after_a_reset_the_same_words_are_not_said_twice() {
        let again = vec![
            delta("Bon"),
            delta("jour"),
            Event::Reset { attempt: 2 },
            delta("Bonj"),
            delta("our !"),
            done(),
        ];
        assert_eq!(heard(again), ("Bonjour !".into(), DONE.into()));
    }

    #[test]
    fn other_words_after_a_reset_end_the_stream() {
        let other = vec![delta("Bon"), Event::Reset { attempt: 2 }, delta("Salut")];
        let (text, last) = heard(other);
        assert!(text == "Bon" && last.contains("interrupted"), "{last}");
        // fewer words are other words too
        let fewer = vec![delta("Bonjour"), Event::Reset { attempt: 2 }, delta("Bon"), done()];
        assert!(heard(fewer).1.contains("interrupted"));
    }

    #[test]
    fn a_seam_is_not_heard_and_a_failure_is_the_last_word() {
        let seam = vec![delta("Bon"), Event::Seam { attempt: 2 }, delta("jour"), done()];
        assert_eq!(heard(seam), ("Bonjour".into(), DONE.into()));
        let failed = vec![
            delta("Bon"),
            Event::Failed(Box::new(Problem::new(ErrorCode::ProviderTimeout, "x"))),
        ];
        let (text, last) = heard(failed);
        assert!(text == "Bon" && last.contains(r#""code":"provider_timeout""#), "{last}");
    }
}
