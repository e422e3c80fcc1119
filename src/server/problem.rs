//! Errors as RFC 9457 problem documents, never HTML, never a cause's internals.
//!
//! Handlers return [`ApiProblem`]; [`finish`] writes the document with the request's id, and turns what the framework
//! refused by itself (405, 413, …) into the same form.

use super::{openai, request::RequestId};
use crate::{
    domain::{chat::ChatError, limits::Allowance},
    types::error::{ErrorCode, Problem},
    wire,
};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// A problem on its way out.
#[derive(Clone, Debug)]
pub struct ApiProblem(pub Problem);

impl ApiProblem {
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self(Problem::new(code, detail))
    }

    pub fn not_found() -> Self {
        ChatError::NotFound.into()
    }

    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, detail)
    }
}

impl From<ChatError> for ApiProblem {
    fn from(error: ChatError) -> Self {
        Self(error.into())
    }
}

impl From<sqlx::Error> for ApiProblem {
    fn from(error: sqlx::Error) -> Self {
        ChatError::from(error).into()
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every failure of the API its document.
pub async fn finish(request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    document(next.run(request).await, &id, true, as_problem)
}

/// The same in OpenAI's envelope.
pub async fn finish_as_openai(request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    document(next.run(request).await, &id, true, openai::error::write)
}

/// The same for routes that answer with pages: only what a handler said is a problem becomes one.
pub async fn finish_problems_only(request: Request, next: Next) -> Response {
    let from_page = request.uri().path().starts_with("/fn/");
    let write = if from_page { as_page_error } else { as_problem };
    let id = RequestId::of(&request);
    document(next.run(request).await, &id, false, write)
}

fn as_problem(problem: &Problem) -> Response {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status(problem), kind, body).into_response()
}

/// A server function was asked; the page reads its own encoding only.
fn as_page_error(problem: &Problem) -> Response {
    (status(problem), wire::encode(problem).unwrap_or_default()).into_response()
}

fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn document(mut response: Response, id: &RequestId, also_by_status: bool, write: fn(&Problem) -> Response) -> Response {
    let told = response.extensions_mut().remove::<ApiProblem>();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    let problem = match told {
        Some(ApiProblem(problem)) => Some(problem),
        None if also_by_status && !is_json => by_status(response.status()),
        None => None,
    };
    if let Some(mut problem) = problem {
        // one of a generation carries the generation's id
        if problem.request_id.is_empty() {
            problem.request_id.clone_from(&id.0);
        }
        let kept = response.headers().clone();
        response = write(&problem);
        for name in [header::SET_COOKIE, header::ALLOW] {
            for value in kept.get_all(&name) {
                response.headers_mut().append(&name, value.clone());
            }
        }
        if problem.code == ErrorCode::Unauthorized {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = problem.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            if let Some(limit) = problem.limit {
                allowance_headers(response.headers_mut(), limit, 0, seconds);
            }
        }
    }
    response
}

/// What may still be sent, and in how many seconds there is more.
fn allowance_headers(headers: &mut HeaderMap, limit: u32, left: u32, seconds: u64) {
    headers.insert("ratelimit-limit", HeaderValue::from(limit));
    headers.insert("ratelimit-remaining", HeaderValue::from(left));
    headers.insert("ratelimit-reset", HeaderValue::from(seconds));
}

/// A response that tells what is left, where it was counted.
pub fn with_allowance(allowance: Option<Allowance>, mut response: Response) -> Response {
    if let Some(Allowance { limit, left, full_in }) = allowance {
        allowance_headers(response.headers_mut(), limit, left, full_in);
    }
    response
}

fn by_status(status: StatusCode) -> Option<Problem> {
    let (code, detail) = match status {
        StatusCode::METHOD_NOT_ALLOWED => (ErrorCode::MethodNotAllowed, "This address does not take that method."),
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorCode::TooLarge, "The body is larger than 1 MiB."),
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, "There is nothing at this address."),
        StatusCode::REQUEST_TIMEOUT => (ErrorCode::Unavailable, "The request took too long."),
        status if status.is_server_error() => (ErrorCode::Internal, "The program failed. The log has the details."),
        _ => return None,
    };
    Some(Problem::new(code, detail))
}
