//! What the providers' tests share: a prompt, and a server that sends bytes as it is told.

use super::Answer;
use crate::{
    config::models::Catalogue,
    domain::ports::{PromptRequest, ProviderError, ProviderEvent, Speaker, Turn},
};
use futures_util::StreamExt;
use std::sync::{Arc, Once};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

pub fn turn(speaker: Speaker, text: &str, cache: bool) -> Turn {
    Turn {
        speaker,
        text: text.to_owned(),
        cache,
    }
}

pub fn prompt(question: &str) -> PromptRequest {
    PromptRequest {
        model: "claude-haiku-5-5".into(),
        system: "You are Luke, a coach of artists.".into(),
        turns: vec![turn(Speaker::User, question, false)],
        prefill: None,
        temperature: Some(0.7),
        max_tokens: 1_000,
    }
}

pub fn catalogue() -> Arc<Catalogue> {
    Arc::new(Catalogue::bundled().unwrap())
}

pub fn client() -> reqwest::Client {
    static RING: Once = Once::new();
    RING.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    super::http_client().unwrap()
}

/// What a server does after it read the request.
pub enum Then {
    Send(Vec<u8>),
    /// Ends the body as HTTP wants it.
    End,
    /// Sends nothing more and keeps the connection until the client closes it.
    Silence,
    /// As [`Then::Silence`], and tells when the client closed it.
    Closed(oneshot::Sender<()>),
}

pub const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// One HTTP chunk.
pub fn chunk(bytes: impl AsRef<[u8]>) -> Then {
    let bytes = bytes.as_ref();
    let mut all = format!("{:x}\r\n", bytes.len()).into_bytes();
    all.extend_from_slice(bytes);
    all.extend_from_slice(b"\r\n");
    Then::Send(all)
}

/// Serves one connection and tells the request it got. Without [`Then::End`] the body is cut.
pub async fn serve(then: Vec<Then>) -> (String, oneshot::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !complete(&request) {
            let count = socket.read(&mut buffer).await.unwrap();
            request.extend_from_slice(&buffer[..count]);
        }
        tell.send(String::from_utf8(request).unwrap()).ok();
        for then in then {
            match then {
                Then::Send(bytes) => socket.write_all(&bytes).await.unwrap(),
                Then::End => socket.write_all(b"0\r\n\r\n").await.unwrap(),
                Then::Silence => until_closed(&mut socket).await,
                Then::Closed(tell) => {
                    until_closed(&mut socket).await;
                    tell.send(()).unwrap();
                    return;
                }
            }
            socket.flush().await.unwrap();
            // Lets the reader take this piece alone.
            tokio::task::yield_now().await;
        }
    });
    (url, told)
}

async fn until_closed(socket: &mut TcpStream) {
    let mut buffer = [0; 64];
    while socket.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

/// A request whose head, and body of `content-length`, have come.
fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .filter_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .and_then(|n| n.parse().ok())
        })
        .next()
        .unwrap_or(0);
    body.len() >= length
}

/// A stream's whole text, its last event, and its error.
#[derive(Debug, Default)]
pub struct Heard {
    pub text: String,
    pub stop: Option<ProviderEvent>,
    pub usage: Option<crate::types::chat::Usage>,
    pub error: Option<ProviderError>,
}

pub async fn hear(mut answer: Answer) -> Heard {
    let mut heard = Heard::default();
    while let Some(event) = answer.next().await {
        assert!(
            heard.stop.is_none() && heard.error.is_none(),
            "nothing comes after the end"
        );
        match event {
            Ok(ProviderEvent::Text(text)) => {
                assert!(!text.is_empty() && !text.contains('\0'));
                heard.text.push_str(&text);
            }
            Ok(ProviderEvent::Usage(usage)) => heard.usage = Some(usage),
            Ok(stop) => heard.stop = Some(stop),
            Err(error) => heard.error = Some(error),
        }
    }
    heard
}

/// The JSON body of a request.
pub fn body(request: &str) -> serde_json::Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}
