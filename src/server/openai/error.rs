//! OpenAI's error envelope, made of the same problems that every other door tells.

use crate::{
    server::problem::ApiProblem,
    types::error::{ErrorCode, Problem},
};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorEnvelope {
    pub error: ErrorBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    message: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The field that is wrong.
    param: Option<String>,
    code: &'static str,
}

impl From<&Problem> for ErrorEnvelope {
    fn from(problem: &Problem) -> Self {
        let (kind, code) = match problem.code {
            ErrorCode::Unauthorized => ("invalid_request_error", "invalid_api_key"),
            ErrorCode::Invalid => ("invalid_request_error", "invalid_value"),
            ErrorCode::RateLimited => ("requests", "rate_limit_exceeded"),
            ErrorCode::ProviderRateLimited => ("requests", ErrorCode::ProviderRateLimited.as_str()),
            code if code.status() < 500 => ("invalid_request_error", code.as_str()),
            code => ("server_error", code.as_str()),
        };
        // a refusal begins with the field it is about
        let field = problem.detail.split_once(':').map(|(field, _)| field);
        let field = field.filter(|field| problem.code == ErrorCode::Invalid && !field.contains(' '));
        Self {
            error: ErrorBody {
                message: problem.detail.clone(),
                kind,
                param: field.map(str::to_string),
                code,
            },
        }
    }
}

/// OpenAI's clients know 400 for what cannot be taken, and 429 for "not so fast".
fn status(problem: &Problem) -> StatusCode {
    let status = match problem.code {
        ErrorCode::Invalid => 400,
        ErrorCode::ProviderRateLimited => 429,
        _ => problem.status,
    };
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A problem as an answer.
pub fn write(problem: &Problem) -> Response {
    let mut response = (status(problem), Json(ErrorEnvelope::from(problem))).into_response();
    if problem.generation_id.is_some() {
        // the squad has asked its provider again already, and a client's second try would be another conversation
        let name = HeaderName::from_static("x-should-retry");
        response.headers_mut().insert(name, HeaderValue::from_static("false"));
    }
    response
}

/// Why a handler of this door refuses.
pub enum Refusal {
    Problem(ApiProblem),
    UnknownModel(String),
}

impl<E: Into<ApiProblem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::UnknownModel(model) => {
                let error = ErrorBody {
                    message: format!("The model {model:?} does not exist; GET /v1/models lists those that do."),
                    kind: "invalid_request_error",
                    param: Some("model".into()),
                    code: "model_not_found",
                };
                (StatusCode::NOT_FOUND, Json(ErrorEnvelope { error })).into_response()
            }
        }
    }
}
