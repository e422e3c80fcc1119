//! Every way in which a provider does not answer, as a [`ProviderError`]: the stable code, a line for the owner's
//! log, and whether and when asking again makes sense.
//!
//! No line holds a key or an artist's text: of what a provider says only its codes are taken, and its own sentence
//! when nothing of the prompt is in it.

use crate::{
    domain::ports::{PromptRequest, ProviderError},
    types::error::ErrorCode,
};
use reqwest::{StatusCode, header::HeaderMap};
use serde::Deserialize;
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// A word of a provider's sentence that is this long and stands in the talk too may be the artist's, in characters.
const TELLING: usize = 5;
/// Longest part of a provider's own sentence that is kept, in characters.
const SENTENCE: usize = 240;

/// A provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the key holds characters that no HTTP header takes")]
    Key,
    #[error("the base URL {0:?} is not an http or https address")]
    BaseUrl(String),
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}

fn error(code: ErrorCode, detail: impl Into<String>, again: bool) -> ProviderError {
    ProviderError {
        code,
        detail: detail.into(),
        retry: again.then_some(None),
    }
}

/// The stream ended before the answer did.
pub fn cut() -> ProviderError {
    error(ErrorCode::ProviderError, "the stream ended before the answer did", true)
}

pub fn silent(idle: Duration) -> ProviderError {
    error(
        ErrorCode::ProviderTimeout,
        format!("no byte for {} s", idle.as_secs()),
        true,
    )
}

/// The provider sent what its dialect does not have.
pub fn broken(what: &str) -> ProviderError {
    error(ErrorCode::ProviderError, format!("unreadable stream: {what}"), true)
}

/// `error` itself can quote the data, so only its kind and place are told.
pub fn unreadable(error: &serde_json::Error) -> ProviderError {
    broken(&format!(
        "{:?} error in an event's JSON, line {} column {}",
        error.classify(),
        error.line(),
        error.column()
    ))
}

/// The request cannot be sent as it is: a fault of this program.
pub fn invalid(what: &str) -> ProviderError {
    error(ErrorCode::ProviderInvalid, what, false)
}

/// The connection could not be made, or was lost.
pub fn lost(cause: &reqwest::Error) -> ProviderError {
    let what = if cause.is_connect() {
        "cannot connect"
    } else if cause.is_timeout() {
        "timed out"
    } else {
        "the connection was lost"
    };
    let mut detail = what.to_owned();
    let mut source = std::error::Error::source(cause);
    while let Some(inner) = source {
        detail = format!("{what}: {inner}");
        source = inner.source();
    }
    let code = if cause.is_timeout() {
        ErrorCode::ProviderTimeout
    } else {
        ErrorCode::ProviderError
    };
    error(code, detail, !cause.is_builder())
}

/// An error that came inside a stream, by the provider's own name for it (a word or an HTTP status).
pub fn in_stream(name: &str) -> ProviderError {
    let status = name
        .parse()
        .ok()
        .and_then(|number: u16| StatusCode::from_u16(number).ok());
    let (code, again) = match (name, status) {
        (_, Some(status)) => (code_of(status), may_retry(status)),
        ("overloaded_error" | "overloaded" | "server_overloaded", _) => (ErrorCode::ProviderOverloaded, true),
        ("insufficient_quota" | "billing_error", _) => (ErrorCode::ProviderAuth, false),
        ("rate_limit_error" | "rate_limit_exceeded", _) => (ErrorCode::ProviderRateLimited, true),
        ("timeout_error" | "timeout", _) => (ErrorCode::ProviderTimeout, true),
        ("authentication_error" | "permission_error" | "invalid_api_key", _) => (ErrorCode::ProviderAuth, false),
        ("invalid_request_error" | "not_found_error" | "request_too_large" | "context_length_exceeded", _) => {
            (ErrorCode::ProviderInvalid, false)
        }
        _ => (ErrorCode::ProviderError, true),
    };
    error(code, format!("error inside the stream: {}", word(name)), again)
}

/// `code` of an HTTP status. 402 counts with the key: its account cannot pay, and the request was fine.
fn code_of(status: StatusCode) -> ErrorCode {
    match status.as_u16() {
        401..=403 => ErrorCode::ProviderAuth,
        408 | 504 => ErrorCode::ProviderTimeout,
        429 => ErrorCode::ProviderRateLimited,
        503 | 529 => ErrorCode::ProviderOverloaded,
        409 | 500.. => ErrorCode::ProviderError,
        _ => ErrorCode::ProviderInvalid,
    }
}

fn may_retry(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 429 | 500..)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: ErrorBody,
    request_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    message: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<Code>,
    details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    error_code: Option<Code>,
}

/// Providers write codes as words or as numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Code {
    Word(String),
    Number(i64),
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// An answer whose status is not 2xx. `prompt` is what was asked, so that none of it gets into the log.
pub fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8], prompt: &PromptRequest) -> ProviderError {
    let Body {
        error: said,
        request_id,
    } = serde_json::from_slice(body).unwrap_or_default();
    let mut detail = format!("HTTP {}", status.as_u16());
    let code = said.code.as_ref().map(Code::to_string);
    for name in [&said.kind, &code].into_iter().flatten() {
        detail = format!("{detail} {}", word(name));
    }
    if let Some(sentence) = said.message.filter(|sentence| !quotes(sentence, prompt)) {
        detail = format!("{detail}: {}", sentence.chars().take(SENTENCE).collect::<String>());
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(id) = header("request-id")
        .or(header("x-request-id"))
        .or(request_id.as_deref())
    {
        detail = format!("{detail} (request {})", word(id));
    }
    let out_of_money = status == StatusCode::TOO_MANY_REQUESTS
        && (said.details.is_some_and(|details| details.error_code.is_some())
            || code.as_deref() == Some("insufficient_quota"));
    let again = match header("x-should-retry") {
        _ if out_of_money => false,
        Some("true") => true,
        Some("false") => false,
        _ => may_retry(status),
    };
    ProviderError {
        code: code_of(status),
        detail,
        retry: again.then(|| wait(headers)),
    }
}

/// How long the provider asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date. A date is read
/// against the answer's own `date`, so that no clock has to agree with the provider's.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let header = |name| headers.get(name)?.to_str().ok();
    let positive = |text: &str, unit: f64| Duration::try_from_secs_f64(text.trim().parse::<f64>().ok()? * unit).ok();
    let date = |text: &str| OffsetDateTime::parse(text, &Rfc2822).ok();
    if let Some(wait) = header("retry-after-ms").and_then(|text| positive(text, 0.001)) {
        return Some(wait);
    }
    let after = header("retry-after")?;
    positive(after, 1.0).or_else(|| Some((date(after)? - date(header("date")?)?).try_into().unwrap_or_default()))
}

/// A name as a provider spells it, without what a name has no use for.
fn word(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c))
        .take(64)
        .collect()
}

/// Whether a provider's sentence repeats the prompt, or looks as if it had a key in it.
fn quotes(sentence: &str, prompt: &PromptRequest) -> bool {
    let texts = prompt
        .turns
        .iter()
        .map(|turn| turn.text.as_str())
        .chain([prompt.system.as_str()]);
    let sentence_chars: Vec<char> = sentence.chars().collect();
    let repeats = |text: &str| {
        let text = text.trim();
        let whole = text.chars().count() >= 3 && sentence.contains(text);
        whole
            || sentence_chars
                .windows(16)
                .any(|part| text.contains(&part.iter().collect::<String>()))
    };
    let words = sentence.split(|c: char| !c.is_alphanumeric());
    let names = |text: &str| {
        words
            .clone()
            .any(|word| word.chars().count() >= TELLING && text.contains(word))
    };
    let turns = prompt.turns.iter().map(|turn| turn.text.as_str());
    sentence.contains("sk-") || texts.into_iter().any(repeats) || turns.into_iter().any(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::llm::testing::prompt;
    use reqwest::header::{HeaderName, HeaderValue};

    fn refusal(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ProviderError {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        refused(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            body.as_bytes(),
            &prompt("My secret song is called Aube"),
        )
    }

    #[test]
    fn every_status_has_its_code_and_its_retry() {
        use ErrorCode::*;
        let again = Some(None);
        for (status, code, retry) in [
            (400, ProviderInvalid, None),
            (401, ProviderAuth, None),
            (402, ProviderAuth, None),
            (403, ProviderAuth, None),
            (404, ProviderInvalid, None),
            (408, ProviderTimeout, again),
            (409, ProviderError, again),
            (413, ProviderInvalid, None),
            (422, ProviderInvalid, None),
            (429, ProviderRateLimited, again),
            (500, ProviderError, again),
            (503, ProviderOverloaded, again),
            (504, ProviderTimeout, again),
            (529, ProviderOverloaded, again),
        ] {
            let error = refusal(status, &[], "<html>");
            assert_eq!((error.code, error.retry), (code, retry), "{status}");
        }
    }

    #[test]
    fn hints_of_the_provider_are_obeyed() {
        let date = [
            ("retry-after", "Sat, 21 Nov 2026 08:00:07 GMT"),
            ("date", "Sat, 21 Nov 2026 08:00:00 GMT"),
        ];
        let past = [
            ("retry-after", "Sat, 21 Nov 2026 07:00:00 GMT"),
            ("date", "Sat, 21 Nov 2026 08:00:00 GMT"),
        ];
        for (headers, wait) in [
            (
                &[("retry-after-ms", "1500"), ("retry-after", "9")][..],
                Some(Duration::from_millis(1_500)),
            ),
            (&[("retry-after", "2")], Some(Duration::from_secs(2))),
            (&date, Some(Duration::from_secs(7))),
            (&past, Some(Duration::ZERO)),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "-3")], None),
        ] {
            assert_eq!(refusal(429, headers, "").retry, Some(wait), "{headers:?}");
        }
        assert_eq!(refusal(529, &[("x-should-retry", "false")], "").retry, None);
        assert_eq!(refusal(400, &[("x-should-retry", "true")], "").retry, Some(None));
    }

    #[test]
    fn a_spend_limit_is_not_asked_again() {
        let claude = r#"{"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"spend_limit"}}}"#;
        let openai = r#"{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}"#;
        for body in [claude, openai] {
            let error = refusal(429, &[("x-should-retry", "true")], body);
            assert_eq!((error.code, error.retry), (ErrorCode::ProviderRateLimited, None));
        }
    }

    #[test]
    fn the_log_line_helps_and_tells_no_secret() {
        let error = refusal(
            400,
            &[("request-id", "req_1")],
            r#"{"error":{"type":"invalid_request_error","message":"temperature: not supported"}}"#,
        );
        assert_eq!(
            error.detail,
            "HTTP 400 invalid_request_error: temperature: not supported (request req_1)"
        );
        for sentence in [
            "bad text: My secret song is called Aube",
            "near 'song is called Aube'",
            "no answer about a song: secret",
            "wrong key sk-123",
        ] {
            let body = format!(r#"{{"error":{{"message":"{sentence}","code":400}}}}"#);
            assert_eq!(refusal(400, &[], &body).detail, "HTTP 400 400");
        }
    }
}
