//! Every request has an id, in and out, and a span with it: whatever the log says while it is worked on names it. A caller
//! may bring an id of its own (`X-Request-Id`); one that could break a line of a log is replaced.

use axum::{
    extract::{MatchedPath, Request},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use std::time::Instant;
use tracing::{Instrument, field::Empty};
use uuid::Uuid;

const HEADER: &str = "x-request-id";
const LONGEST: usize = 64;

#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    /// Of a request that came through [`observe`].
    pub fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(Self::new)
    }

    fn new() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    fn told(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        ((1..=LONGEST).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_string()))
    }
}

/// Gives the request its id and its span, and the response the id.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(HEADER)
        .and_then(RequestId::told)
        .unwrap_or_else(RequestId::new);
    // the pattern, not the path: nothing that somebody wrote
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("*", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        id = %id.0,
        method = %request.method(),
        route,
        status = Empty,
    );
    request.extensions_mut().insert(id.clone());
    let begun = Instant::now();
    let answered = async {
        let response = next.run(request).await;
        let (status, took) = (response.status().as_u16(), begun.elapsed().as_millis());
        tracing::Span::current().record("status", status);
        tracing::debug!(status, milliseconds = %took, "answered");
        response
    };
    let mut response = answered.instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HEADER, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_brought_is_taken_when_it_is_plain() {
        let told = |text: &str| RequestId::told(&HeaderValue::from_str(text).unwrap()).map(|id| id.0);
        assert_eq!(told("a-B_9.z").as_deref(), Some("a-B_9.z"));
        for bad in ["", "a b", "a\"b", "é", "a\tb", &"x".repeat(65)] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }
}
