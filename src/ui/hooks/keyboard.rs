//! The page's keys.

use crate::ui::platform;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

/// Esc stops an answer (`stop`) when nothing is open, Ctrl+Shift+O opens a new conversation (`new`), `/` goes to the search
/// (`search`) unless it is a letter of a text.
pub fn page_keys(
    stop: impl Fn() + 'static,
    new: impl Fn() + 'static,
    search: impl Fn() + 'static,
) -> WindowListenerHandle {
    window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || composing(&event) {
            return;
        }
        match event.key().as_str() {
            "Escape" if !platform::anything_open() && !in_named_field(&event) => stop(),
            "o" | "O" if event.ctrl_key() && event.shift_key() => {
                event.prevent_default();
                new();
            }
            "/" if !(writing(&event) || event.ctrl_key() || event.meta_key() || event.alt_key()) => {
                event.prevent_default();
                search();
            }
            _ => {}
        }
    })
}

/// The key is for a field, or for what is open above the page.
fn writing(event: &ev::KeyboardEvent) -> bool {
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| {
        matches!(
            element.closest("input, textarea, select, dialog, .popover"),
            Ok(Some(_))
        )
    })
}

/// An input method is composing: the key is its own. Safari tells by the code 229 only.
pub fn composing(event: &ev::KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// Esc in a one-line field (a title being renamed) leaves the field.
fn in_named_field(event: &ev::KeyboardEvent) -> bool {
    event
        .target()
        .is_some_and(|target| target.dyn_ref::<web_sys::HtmlInputElement>().is_some())
}
