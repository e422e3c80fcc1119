//! HTTP: every route in [`router`], by audience · who asks in [`session`], the owner in [`owner`] · ids and spans of requests in [`request`] · errors as RFC 9457 problems in [`problem`] ·
//! typed extractors in [`extract`] · the JSON API in [`rest`] · event streams in [`sse`] · one generation's socket in
//! [`ws`] · OpenAI's API in [`openai`] · the page's socket in [`feed`] · plain forms in [`form`] · the page of runs in [`runs`] · what server functions
//! see in [`page_context`] · what programs can read about all this in [`openapi`].
//!
//! To add a route: a handler of a few lines in the file of its noun that says its method and path, and one line in
//! [`router`]. The document, and the tests that try every route, follow from that.

pub mod extract;
pub mod feed;
pub mod form;
pub mod openai;
pub mod openapi;
pub mod owner;
pub mod page_context;
pub mod problem;
pub mod request;
pub mod rest;
pub mod router;
pub mod runs;
pub mod security;
pub mod session;
pub mod sse;
pub mod ws;

use crate::{
    config::settings::Settings,
    domain::{chat::Chat, ports::Fanout},
};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

/// What every handler may use. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] shares.
pub struct Parts {
    pub chat: Chat,
    /// What is shared with other processes, where it is set up.
    pub redis: Option<Arc<dyn Fanout>>,
    pub settings: Arc<Settings>,
    pub leptos: LeptosOptions,
    /// Cancelled when the program ends: open streams and sockets close.
    pub closing: CancellationToken,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}
