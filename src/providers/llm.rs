//! Clients of the models' APIs: one file per dialect, over one reader of event streams.
//!
//! To add a provider whose dialect is known, add a [`openai::Dialect`] and a block in `config/models.toml`; for a new
//! dialect, add a file with a [`http::Decoder`] and its request.

pub mod anthropic;
pub mod demo;
mod failure;
mod http;
mod message;
pub mod openai;
mod sse;

use crate::domain::ports::ProviderError;
use std::{fmt, time::Duration};

pub use failure::SetupError;

/// Longest time without a byte from a provider.
pub const IDLE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// A provider's key. It is printed as stars.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// A header value `<before><key>` that no log prints.
    fn header(&self, before: &str) -> Result<reqwest::header::HeaderValue, SetupError> {
        let mut value = reqwest::header::HeaderValue::from_str(&format!("{before}{}", self.0.trim()))
            .map_err(|_| SetupError::Key)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The one HTTP client of all providers: no redirects, because a key must not follow one. Panics nowhere, but needs
/// rustls' provider installed before.
pub fn http_client() -> Result<reqwest::Client, SetupError> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("squad/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| SetupError::Client(error.without_url().to_string()))
}

type Answer = futures_util::stream::BoxStream<'static, Result<crate::domain::ports::ProviderEvent, ProviderError>>;

#[cfg(test)]
mod testing;
