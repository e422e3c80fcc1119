//! Extractors whose refusals are problem documents.

use super::problem::ApiProblem;
use crate::types::{error::ErrorCode, error::Problem};
use axum::{
    Json,
    body::HttpBody as _,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// A JSON body. Not JSON: 400; a wrong type: 422 with the field's name; another content type: 415.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonDataError(error)) => Err(ApiProblem::invalid(innermost(&error))),
            Err(JsonRejection::JsonSyntaxError(error)) => Err(ApiProblem(Problem {
                status: 400,
                ..Problem::new(
                    ErrorCode::Invalid,
                    format!("The body is not JSON: {}", innermost(&error)),
                )
            })),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(ApiProblem::new(
                ErrorCode::UnsupportedMediaType,
                "Send the body with Content-Type: application/json.",
            )),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiProblem::new(ErrorCode::TooLarge, "The body is larger than 1 MiB."))
            }
            Err(_) => Err(ApiProblem(Problem {
                status: 400,
                ..Problem::new(ErrorCode::Invalid, "The body could not be read.")
            })),
        }
    }
}

/// The same for a body that may be missing, and its type with it: then no field of it was sent.
pub struct MaybeBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeBody<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        if request.body().is_end_stream() && !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        Body::from_request(request, state).await.map(|Body(body)| Self(body))
    }
}

/// The error at the end of the chain: it names the field and says what was expected.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        // the one before the last names the path of the field
        if source.source().is_none() {
            break;
        }
        deepest = source;
    }
    deepest.to_string()
}

/// An id in the path. A malformed one is as little there as a missing one: 404.
pub struct Id<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiProblem::not_found())?;
        text.parse().map(Self).map_err(|_| ApiProblem::not_found())
    }
}

/// The query string. A wrong value: 422 with its name.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => Err(ApiProblem::invalid(innermost(&error))),
            Err(_) => Err(ApiProblem::invalid("The query string could not be read.")),
        }
    }
}
