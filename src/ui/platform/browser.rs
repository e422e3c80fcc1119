//! The half of the browser, which takes the HTML over.

mod later;
mod split;

use crate::types::{
    ids::MessageId,
    lang::Lang,
    page::{FormState, Preferences, Theme},
    time_zone::{TIME_ZONE, TimeZone},
};
pub use later::*;
use leptos::prelude::*;
pub use split::*;
use wasm_bindgen::JsCast;

/// Language and theme of the document that is being taken over.
pub fn preferences() -> Preferences {
    let read = |name: &str| document().document_element().and_then(|html| html.get_attribute(name));
    Preferences {
        lang: read("lang").and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default(),
        theme: if read("data-theme").as_deref() == Some("light") {
            Theme::Light
        } else {
            Theme::Dark
        },
    }
}

/// For reading without a network: the page is `live`, an answer has ended (`answered`), another conversation stands here
/// (`opened`) or cannot be had (`unreachable`), everything was erased (`erased`). `boot/worker.js` hears it.
pub fn tell(what: &str) {
    tell_with(&document(), what, "");
}

/// The same of the page at a path that is no more (`deleted`).
pub fn tell_of(what: &str, path: &str) {
    tell_with(&document(), what, path);
}

/// What stands in a block that grows, from now on: `boot/growing.js` leaves in place what stood there.
pub fn grow(block: &web_sys::Element, html: &str) {
    tell_with(block, "grow", html);
}

fn tell_with(target: &web_sys::EventTarget, what: &str, detail: &str) {
    let with = web_sys::CustomEventInit::new();
    // a block's, too, is heard on the document
    with.set_bubbles(true);
    with.set_detail(&detail.into());
    if let Ok(event) = web_sys::CustomEvent::new_with_event_init_dict(what, &with) {
        let _ = target.dispatch_event(&event);
    }
}

/// In the document's element, when the page is a copy that the service worker kept (`public/sw.js`).
const KEPT: &str = "data-kept";

/// The page is a copy: the second at which it was kept, or nothing when it stands in for another one.
pub fn kept() -> Option<String> {
    document().document_element()?.get_attribute(KEPT)
}

/// The program was reached: what stands here is no mere copy any more.
pub fn mark_live() {
    if let Some(html) = document().document_element() {
        let _ = html.remove_attribute(KEPT);
    }
}

/// Only the program draws the document's head.
pub fn nonce() -> Option<String> {
    None
}
pub fn origin() -> String {
    String::new()
}

/// The path of the document's address.
pub fn path() -> String {
    window().location().pathname().unwrap_or_else(|_| "/".into())
}

pub fn form_state() -> Option<FormState> {
    None
}

/// The status is the program's.
pub fn answer_with(_: u16) {}

/// The blocks of a message on the page.
pub fn drawn(id: MessageId) -> Option<Vec<String>> {
    let body = format!("[data-id=\"{id}\"] [data-testid=message-body]");
    let blocks = document().query_selector(&body).ok().flatten()?.children();
    let html = |index| blocks.item(index).map(|block| block.inner_html());
    Some((0..blocks.length()).filter_map(html).collect())
}

pub fn landing() -> AnyView {
    ().into_any()
}

/// Takes the fragment from the address: a reload does not ask for it again.
pub fn drop_fragment() {
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&path()));
    }
}

/// Tells tests and stylesheet that the page is interactive.
pub fn mark_hydrated() {
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "true");
    }
    tell("live");
}

/// Changes the theme at once and keeps it for a year.
pub fn apply_theme(theme: Theme) {
    let document = document();
    if let Some(html) = document.document_element() {
        let _ = html.set_attribute("data-theme", theme.as_str());
    }
    if let Ok(Some(meta)) = document.query_selector("meta[name=theme-color]") {
        let _ = meta.set_attribute("content", super::theme_colour(theme));
    }
    keep("theme", theme.as_str());
}

/// A cookie for a year: the next page's first HTML is drawn by it.
fn keep(name: &str, value: &str) {
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(&format!("{name}={value}; path=/; max-age=31536000; samesite=lax"));
    }
}

pub fn keep_sidebar(state: &str) {
    keep("sidebar", state);
}
/// Only the program draws the document's element.
pub fn sidebar() -> Option<&'static str> {
    None
}

/// Tells the program for the next page.
pub fn keep_time_zone(zone: TimeZone) {
    keep(TIME_ZONE, &zone.to_text());
}
