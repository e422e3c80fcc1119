//! A WebSocket client of a few lines: short text frames out, whole text frames in.

use super::{Artist, patiently};
use futures_util::FutureExt;
use serde_json::Value;
use squad::{
    types::feed::{FeedFrame, FeedRequest},
    wire,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub struct Socket(reqwest::Upgraded);

impl Socket {
    pub async fn open(artist: &Artist, path: &str) -> Self {
        Self::with(artist, upgrade(artist, path)).await
    }

    /// Upgrades the answer to `request`.
    pub async fn with(artist: &Artist, request: reqwest::RequestBuilder) -> Self {
        let response = artist.open(request).await;
        assert_eq!(response.status(), 101);
        Self(response.upgrade().await.unwrap())
    }

    pub async fn say(&mut self, mut value: Value) {
        let name = value["type"].take();
        let request = serde_json::json!({ name.as_str().unwrap_or_default(): value });
        let text = serde_json::from_value::<FeedRequest>(request).map(|request| wire::encode(&request).unwrap());
        let text = text.unwrap_or_else(|_| "no request".into());
        self.say_text(&text).await;
    }

    /// Says this text, whatever it is.
    pub async fn say_text(&mut self, text: &str) {
        assert!(text.len() < 126);
        // final text frame, masked with zeros
        let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        self.0.write_all(&frame).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// The next frame that is no tick; `None` when the server closes.
    pub async fn hear(&mut self) -> Option<Value> {
        loop {
            let frame: FeedFrame = wire::decode(&self.text().await?).unwrap();
            let frame = beside(serde_json::to_value(frame).unwrap());
            if frame["type"] != "tick" {
                return Some(frame);
            }
        }
    }

    /// The next text as it is; `None` when the server closes.
    pub async fn text(&mut self) -> Option<String> {
        self.message().await.ok()
    }

    /// The next text, or with which code and reason the server closes.
    pub async fn message(&mut self) -> Result<String, (u16, String)> {
        self.read().await.unwrap_or_else(|| Err((0, "cut".into())))
    }

    async fn read(&mut self) -> Option<Result<String, (u16, String)>> {
        loop {
            let mut head = [0; 2];
            patiently("a frame", self.0.read_exact(&mut head).boxed()).await.ok()?;
            let length = match head[1] & 0x7f {
                126 => u64::from(self.0.read_u16().await.ok()?),
                127 => self.0.read_u64().await.ok()?,
                short => u64::from(short),
            };
            let mut bytes = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut bytes).await.ok()?;
            match head[0] & 0x0f {
                1 => return Some(Ok(String::from_utf8(bytes).unwrap())),
                8 => {
                    let (code, reason) = bytes
                        .split_first_chunk()
                        .map_or((1005, &[][..]), |(code, reason)| (u16::from_be_bytes(*code), reason));
                    return Some(Err((code, String::from_utf8(reason.to_vec()).unwrap())));
                }
                _ => {}
            }
        }
    }

    /// The next frame of this type. The whole wait has an end: ticks alone would never let it come.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let coming = async {
            loop {
                let frame = self.hear().await.unwrap_or_else(|| panic!("closed before {kind}"));
                if frame["type"] == kind {
                    return frame;
                }
                assert_eq!(frame["type"], "list", "{frame} before {kind}");
            }
        };
        patiently(kind, coming.boxed()).await
    }
}

/// A request for a WebSocket.
pub fn upgrade(artist: &Artist, path: &str) -> reqwest::RequestBuilder {
    artist
        .request("GET", path)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

/// `{"name": {…}}` as `{"type": "name", …}`, and an event as `{"kind", "data"}`: tests read that more easily.
fn beside(frame: Value) -> Value {
    let Value::Object(frame) = frame else {
        panic!("a frame is an object")
    };
    let (name, mut content) = frame.into_iter().next().expect("a frame has a name");
    if let Some(Value::Object(event)) = content.get_mut("event").map(Value::take) {
        let (kind, data) = event.into_iter().next().expect("an event has a kind");
        content["event"] = serde_json::json!({ "kind": kind, "data": data });
    }
    content["type"] = name.into();
    content
}
