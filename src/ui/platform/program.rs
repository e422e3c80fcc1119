//! The half of the program, which draws the HTML.

use crate::{
    markdown::{RENDERER, Renderer},
    types::{
        ids::MessageId,
        page::{FormState, Preferences, Theme},
        time_zone::TimeZone,
    },
    ui::{
        extras::{EXTRAS, Extras},
        pages::landing::LandingPage,
    },
};
use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// Language and theme of this request.
pub fn preferences() -> Preferences {
    use_context().unwrap_or_default()
}

/// The desktop's column of conversations was put away.
pub fn sidebar() -> Option<&'static str> {
    let parts = use_context::<axum::http::request::Parts>()?;
    let kept = crate::server::session::cookie(&parts.headers, "sidebar");
    (kept == Some("closed")).then_some("closed")
}
pub fn keep_sidebar(_: &str) {}

/// Of the scripts and styles that the page being drawn may run.
pub fn nonce() -> Option<leptos::nonce::Nonce> {
    leptos::nonce::use_nonce()
}

/// Scheme and host under which this page was asked for.
pub fn origin() -> String {
    let host = || {
        let parts = use_context::<axum::http::request::Parts>()?;
        let host = parts.headers.get(axum::http::header::HOST)?.to_str().ok()?;
        Some(format!("http://{host}"))
    };
    let app = use_context::<crate::server::App>();
    let public = app.and_then(|app| app.settings.public_url.clone());
    public.or_else(host).unwrap_or_default()
}

/// The path that is asked for.
pub fn path() -> String {
    use_context::<axum::http::request::Parts>().map_or_else(|| "/".into(), |parts| parts.uri.path().into())
}

/// The plain form that was refused, on the page that answers it.
pub fn form_state() -> Option<FormState> {
    use_context()
}

/// The page being drawn answers with this status.
pub fn answer_with(status: u16) {
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}

/// Runs `work` with what draws markdown.
pub fn with_renderer(work: impl FnOnce(Renderer) + 'static) {
    work(RENDERER);
}
pub fn renderer() -> Option<Renderer> {
    Some(RENDERER)
}
pub async fn load_renderer() {}
pub fn drawn(_: MessageId) -> Option<Vec<String>> {
    None
}
pub fn is_taken_over() -> bool {
    true
}

/// A part of the page that the browser takes over a moment after the rest.
pub fn later(class: &'static str, _: &'static str, draw: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    view! { <div class=class inner_html=draw().to_html()></div> }.into_any()
}
pub fn take_over_rest(_: impl FnOnce() + 'static) {}
pub fn take_over_all() {}

pub fn extras() -> Option<Extras> {
    Some(EXTRAS)
}
pub fn with_extras(_: impl FnOnce(Extras) + 'static) {}
pub fn pressed_extras(_: impl FnOnce(Extras) + 'static) {}
pub fn load_extras() {}
pub fn extras_missed() -> bool {
    false
}

/// The landing page, which the browser never draws itself.
pub fn landing() -> AnyView {
    // where `ui/chat/erase.rs` sends her
    let erased = use_context::<axum::http::request::Parts>().is_some_and(|parts| parts.uri.query() == Some("erased"));
    view! { <LandingPage erased /> }.into_any()
}

pub fn mark_hydrated() {}
pub fn drop_fragment() {}
pub fn tell(_: &str) {}
pub fn tell_of(_: &str, _: &str) {}
pub fn grow(_: &web_sys::Element, _: &str) {}
pub fn kept() -> Option<String> {
    None
}
pub fn mark_live() {}
pub fn apply_theme(_: Theme) {}
pub fn keep_time_zone(_: TimeZone) {}
