//! The stable error codes of the API and the one error that crosses the wire to the page.

use serde::{Deserialize, Serialize};

/// `code` of a problem document. The names are a contract: programs match on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    NotFound,
    Invalid,
    TooLarge,
    Unauthorized,
    Forbidden,
    Conflict,
    MethodNotAllowed,
    UnsupportedMediaType,
    RateLimited,
    Unavailable,
    Internal,
    // of a failed generation
    ProviderAuth,
    ProviderRateLimited,
    ProviderOverloaded,
    ProviderRefused,
    ProviderInvalid,
    ProviderTimeout,
    ProviderError,
    Interrupted,
}

impl ErrorCode {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::TooLarge => "too_large",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::ProviderAuth => "provider_auth",
            Self::ProviderRateLimited => "provider_rate_limited",
            Self::ProviderOverloaded => "provider_overloaded",
            Self::ProviderRefused => "provider_refused",
            Self::ProviderInvalid => "provider_invalid",
            Self::ProviderTimeout => "provider_timeout",
            Self::ProviderError => "provider_error",
            Self::Interrupted => "interrupted",
        }
    }

    /// HTTP status of a problem with this code.
    pub const fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Invalid => 422,
            Self::TooLarge => 413,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::Conflict => 409,
            Self::MethodNotAllowed => 405,
            Self::UnsupportedMediaType => 415,
            Self::RateLimited => 429,
            Self::Unavailable | Self::ProviderRateLimited | Self::ProviderOverloaded => 503,
            Self::Internal => 500,
            Self::ProviderTimeout => 504,
            Self::ProviderAuth
            | Self::ProviderRefused
            | Self::ProviderInvalid
            | Self::ProviderError
            | Self::Interrupted => 502,
        }
    }

    /// Short human title (RFC 9457 `title`), English.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotFound => "Not found",
            Self::Invalid => "Invalid request",
            Self::TooLarge => "Request too large",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::Conflict => "Conflict",
            Self::MethodNotAllowed => "Method not allowed",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::RateLimited => "Too many messages",
            Self::Unavailable => "Temporarily unavailable",
            Self::Internal => "Internal error",
            Self::ProviderAuth => "The provider refused the key",
            Self::ProviderRateLimited => "The provider's rate limit is reached",
            Self::ProviderOverloaded => "The provider is overloaded",
            Self::ProviderRefused => "The model declined to answer",
            Self::ProviderInvalid => "The provider refused the request",
            Self::ProviderTimeout => "The provider went silent",
            Self::ProviderError => "The provider failed",
            Self::Interrupted => "The answer was interrupted",
        }
    }
}

/// RFC 9457 problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub code: ErrorCode,
    /// Of the HTTP request, or the generation's id for one that failed.
    pub request_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<super::ids::ConversationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<super::ids::MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_id: Option<super::ids::GenerationId>,
    /// Seconds until a new try makes sense (429).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// How many are allowed at once (429).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Problem {
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".into(),
            title: code.title().into(),
            status: code.status(),
            detail: detail.into(),
            code,
            request_id: String::new(),
            conversation_id: None,
            message_id: None,
            generation_id: None,
            retry_after: None,
            limit: None,
        }
    }

    /// To the page: nobody answered at all. What was asked may have been done, or not.
    pub fn silence(detail: impl Into<String>) -> Self {
        Self {
            status: 0,
            ..Self::new(ErrorCode::Unavailable, detail)
        }
    }

    pub const fn is_silence(&self) -> bool {
        self.status == 0
    }
}
