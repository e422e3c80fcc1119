//! From an HTTP answer to provider events: reads the bytes, watches the silence, leaves the meaning to a [`Decoder`].

use super::{
    Answer, SetupError,
    failure::{self, broken, lost},
    sse::{SseEvent, SseParser},
};
use crate::domain::ports::{PromptRequest, ProviderError, ProviderEvent};
use reqwest::{RequestBuilder, Response};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{pin::pin, time::Duration};
use tokio::time::{Instant, sleep};

/// Bytes of an error's body that are read.
const MAX_REASON: usize = 64 << 10;

/// What one dialect's events mean.
pub trait Decoder: Send + 'static {
    fn event(&mut self, event: SseEvent<'_>, batch: &mut Batch) -> Result<(), ProviderError>;

    /// The connection ended or went silent before a stop was decoded: the stop, if the answer is complete all the same.
    fn end(&mut self) -> Option<ProviderEvent>;
}

/// The events of one chunk of bytes. Text that came together is one event.
#[derive(Debug, Default)]
pub struct Batch(Vec<ProviderEvent>);

impl Batch {
    pub fn text(&mut self, mut text: String) {
        if text.contains('\0') {
            text.retain(|c| c != '\0');
        }
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(ProviderEvent::Text(before)) => before.push_str(&text),
            _ => self.0.push(ProviderEvent::Text(text)),
        }
    }

    pub fn push(&mut self, event: ProviderEvent) {
        self.0.push(event);
    }

    fn stopped(&self) -> bool {
        matches!(self.0.last(), Some(ProviderEvent::Stop { .. }))
    }
}

/// Sends the request and streams its answer. An end that `decoder` does not take for a complete answer is an error.
pub fn answer(
    call: impl Future<Output = Result<Response, ProviderError>> + Send + 'static,
    mut decoder: impl Decoder,
    idle: Duration,
) -> Answer {
    Box::pin(async_stream::stream! {
        let mut silence = pin!(sleep(idle));
        let answered = tokio::select! {
            biased;
            answered = call => answered,
            () = &mut silence => Err(failure::silent(idle)),
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(error) => {
                yield Err(error);
                return;
            }
        };
        let mut parser = SseParser::default();
        let mut batch = Batch::default();
        loop {
            silence.as_mut().reset(Instant::now() + idle);
            let read = tokio::select! {
                biased;
                read = response.chunk() => read.map_err(|error| lost(&error)),
                () = &mut silence => Err(failure::silent(idle)),
            };
            let (outcome, over) = match read {
                Ok(Some(bytes)) => (decode(&mut parser, &bytes, &mut decoder, &mut batch), false),
                Ok(None) => (finish(&mut parser, &mut decoder, &mut batch), true),
                Err(error) => (decoder.end().map(|stop| batch.push(stop)).ok_or(error), true),
            };
            let over = over || outcome.is_err() || batch.stopped();
            for event in batch.0.drain(..) {
                yield Ok(event);
            }
            if let Err(error) = outcome {
                yield Err(error);
            }
            if over {
                return;
            }
        }
    })
}

fn decode(
    parser: &mut SseParser,
    mut bytes: &[u8],
    decoder: &mut impl Decoder,
    batch: &mut Batch,
) -> Result<(), ProviderError> {
    while let Some(event) = parser
        .next(&mut bytes)
        .map_err(|_| broken("an event is longer than 4 MiB"))?
    {
        decoder.event(event, batch)?;
        if batch.stopped() {
            break;
        }
    }
    Ok(())
}

fn finish(parser: &mut SseParser, decoder: &mut impl Decoder, batch: &mut Batch) -> Result<(), ProviderError> {
    if let Some(event) = parser.finish() {
        // Half an event is the mark of a cut, not of a faulty provider.
        decoder.event(event, batch).map_err(|_| failure::cut())?;
    }
    if !batch.stopped() {
        batch.push(decoder.end().ok_or_else(failure::cut)?);
    }
    Ok(())
}

/// Sends the request. An answer that is not 2xx is an error, its body read only as far as a reason can be.
pub async fn send(
    post: RequestBuilder,
    body: &impl Serialize,
    prompt: &PromptRequest,
) -> Result<Response, ProviderError> {
    let body = serde_json::to_vec(body).map_err(|_| failure::invalid("the request cannot be written as JSON"))?;
    checked(post.body(body), prompt).await
}

/// The answer to any request, if its status is 2xx.
pub async fn checked(request: RequestBuilder, prompt: &PromptRequest) -> Result<Response, ProviderError> {
    let mut response = request.send().await.map_err(|error| lost(&error))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let mut reason = Vec::new();
    while reason.len() < MAX_REASON {
        match response.chunk().await {
            Ok(Some(bytes)) => reason.extend_from_slice(&bytes),
            _ => break,
        }
    }
    Err(failure::refused(response.status(), response.headers(), &reason, prompt))
}

/// The `data` of a list of models.
pub async fn list<T: DeserializeOwned>(get: RequestBuilder) -> Result<Vec<T>, ProviderError> {
    #[derive(Deserialize)]
    struct List<T> {
        data: Vec<T>,
    }
    let nothing = PromptRequest {
        model: String::new(),
        system: String::new(),
        turns: Vec::new(),
        prefill: None,
        temperature: None,
        max_tokens: 0,
    };
    let response = checked(get, &nothing).await?;
    let body = response.bytes().await.map_err(|error| lost(&error))?;
    let list = parse::<List<T>>(&body)?;
    Ok(list.data)
}

/// JSON of a provider.
pub fn parse<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(data).map_err(|error| failure::unreadable(&error))
}

/// A base URL without a slash at its end.
pub fn base_url(text: &str) -> Result<String, SetupError> {
    let text = text.trim().trim_end_matches('/');
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text.to_owned()),
        _ => Err(SetupError::BaseUrl(text.to_owned())),
    }
}
