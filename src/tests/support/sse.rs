//! A reader of event streams, written for the tests alone.

use super::patiently;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: Option<i64>,
    pub data: Value,
}

pub struct Events {
    response: reqwest::Response,
    buffer: String,
    bytes: Vec<u8>,
}

impl Events {
    pub fn new(response: reqwest::Response) -> Self {
        Self {
            response,
            buffer: String::new(),
            bytes: Vec::new(),
        }
    }

    /// The next event; `None` at the end of the stream, also of one that was cut.
    pub async fn next(&mut self) -> Option<Event> {
        // around the whole wait: comments that keep a connection alive are no event
        patiently("an event", self.read()).await
    }

    /// The same for somebody with a patience of her own.
    pub async fn read(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let event = parse(block);
                self.buffer = rest.to_string();
                match event {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let chunk = self.response.chunk().await;
            self.bytes.extend_from_slice(&chunk.ok().flatten()?);
            // a character may be split over two chunks
            let whole = match std::str::from_utf8(&self.bytes) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            let rest = self.bytes.split_off(whole);
            self.buffer.push_str(std::str::from_utf8(&self.bytes).unwrap());
            self.bytes = rest;
        }
    }

    /// The next event, which has this name.
    pub async fn expect(&mut self, name: &str) -> Event {
        let event = self
            .next()
            .await
            .unwrap_or_else(|| panic!("the stream ended before {name}"));
        assert_eq!(event.name, name, "{event:?}");
        event
    }

    /// Everything to the end of the stream.
    pub async fn rest(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

fn parse(block: &str) -> Option<Event> {
    let (mut name, mut id, mut data) = (String::new(), None, None);
    for line in block.lines() {
        match line.split_once(": ").or_else(|| line.split_once(':')) {
            Some(("event", value)) => name = value.into(),
            Some(("id", value)) => id = Some(value.parse().expect("a numeric id")),
            Some(("data", value)) => data = Some(serde_json::from_str(value).expect("data is JSON")),
            _ => {}
        }
    }
    Some(Event { name, id, data: data? })
}

/// What a reader shows who starts with `text` and has seen events up to number `after`. Fails on a gap, a repetition, a
/// missing `generation` in front, or anything after the end.
pub fn shown(mut text: String, mut after: i64, events: &[Event]) -> (String, Event) {
    assert_eq!(events[0].name, "generation", "{events:?}");
    assert_eq!(events[0].id, None);
    for event in &events[1..] {
        assert_eq!(event.id, Some(after + 1), "{event:?} after {after}");
        after += 1;
        match event.name.as_str() {
            "delta" => text.push_str(event.data["text"].as_str().unwrap()),
            "reset" => text.clear(),
            "seam" | "done" | "failed" | "cancelled" => {}
            other => panic!("unknown event {other}"),
        }
    }
    let last = events.last().unwrap().clone();
    let ends = events.iter().filter(|event| is_end(event)).count();
    assert!(is_end(&last) && ends == 1, "one end, and it is the last: {events:?}");
    (text, last)
}

/// The names in order, deltas in a row as one.
pub fn names(events: &[Event]) -> Vec<&str> {
    let mut names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    names.dedup_by(|one, two| one == two && *one == "delta");
    names
}

fn is_end(event: &Event) -> bool {
    matches!(event.name.as_str(), "done" | "failed" | "cancelled")
}
