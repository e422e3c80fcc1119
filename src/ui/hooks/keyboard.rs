//! The page's keys.

use super::{focus::anything_open, frame::next_frame, media};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

/// Esc stops an answer (`stop`) when nothing is open, Shift+Esc goes to the message field (`write`), Ctrl+Shift+O opens a
/// new conversation (`new`), `/` goes to the search (`search`) and `?` to the list of keys (`help`), unless they are letters
/// of a text; any other letter begins a message. Ctrl+K, ⌘K on a Mac, finds anything (`palette`), also while somebody writes.
pub fn page_keys(
    stop: impl Fn() + 'static,
    write: impl Fn() + 'static,
    new: impl Fn() + 'static,
    search: impl Fn() + 'static,
    help: impl Fn() + 'static,
    palette: impl Fn() + 'static,
) -> WindowListenerHandle {
    window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || composing(&event) {
            return;
        }
        match event.key().as_str() {
            "k" | "K" if calls_palette(&event) => {
                event.prevent_default();
                palette();
            }
            // above a dialog this does nothing, beside a notice it does
            "Escape" if event.shift_key() => write(),
            "Escape" if !anything_open() && !in_named_field(&event) => stop(),
            "o" | "O" if event.ctrl_key() && event.shift_key() => {
                event.prevent_default();
                new();
            }
            key @ ("/" | "?")
                if !(event.ctrl_key() || event.meta_key() || event.alt_key())
                    && (!writing(&event) || key == "/" && in_empty_composer(&event)) =>
            {
                event.prevent_default();
                if key == "/" { search() } else { help() }
            }
            // the letter itself goes where the focus is by then
            key if begins_a_word(key)
                && !(writing(&event) || event.ctrl_key() || event.meta_key() || event.alt_key())
                && !anything_open() =>
            {
                write();
            }
            _ => {}
        }
    })
}

/// A letter or a digit, in any alphabet: keys with a name have several of them.
fn begins_a_word(key: &str) -> bool {
    let mut letters = key.chars();
    let first = letters.next().filter(|_| letters.next().is_none());
    first.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter >= 'À')
}

/// The keys of the palette: a Mac's Ctrl+K cuts the rest of a line.
pub fn calls_palette(event: &ev::KeyboardEvent) -> bool {
    let held = if media::mac() {
        event.meta_key()
    } else {
        event.ctrl_key()
    };
    held && !event.shift_key() && !event.alt_key() && event.key().eq_ignore_ascii_case("k")
}

/// Ctrl+Z, ⌘Z on a Mac, where it is not a field's that holds something.
pub fn takes_back(event: &ev::KeyboardEvent) -> bool {
    let held = event.ctrl_key() != event.meta_key() && !event.shift_key() && !event.alt_key();
    let target = event.target();
    let field = target
        .as_ref()
        .and_then(|target| target.dyn_ref::<web_sys::HtmlTextAreaElement>());
    let empty = field.is_some_and(|field| field.value().is_empty());
    held && event.key().eq_ignore_ascii_case("z") && (empty || !writing(event))
}

/// The key is for a field, or for what is open above the page.
fn writing(event: &ev::KeyboardEvent) -> bool {
    pressed(event, "input, textarea, select, dialog, .popover").is_some()
}

/// The composer has the focus from the start: with nothing written `/` is none of its letters.
fn in_empty_composer(event: &ev::KeyboardEvent) -> bool {
    let field = pressed(event, "textarea.composer-field").and_then(|field| field.dyn_into().ok());
    !media::touch() && field.is_some_and(|field: web_sys::HtmlTextAreaElement| field.value().is_empty())
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

/// Enter that sends: not with Shift, not while an input method composes, and on a touch keyboard only with Ctrl or ⌘.
pub fn sends(event: &ev::KeyboardEvent, composes: bool) -> bool {
    let plain = event.key() == "Enter" && !event.shift_key() && !event.alt_key();
    plain && !composes && !composing(event) && (!media::touch() || event.ctrl_key() || event.meta_key())
}

/// What fits `selector` and was pressed, or holds what was pressed.
pub fn pressed(event: &web_sys::Event, selector: &str) -> Option<web_sys::Element> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    target.closest(selector).ok()?
}

pub fn find(selector: &str) -> Option<web_sys::HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

pub fn focus(selector: &str) {
    if let Some(element) = find(selector) {
        let _ = element.focus();
    }
}

/// Where in the field that has the focus one is writing: start and end of the selection.
pub fn caret() -> Option<(u32, u32)> {
    let focused = document().active_element()?;
    let (start, end) = if let Some(field) = focused.dyn_ref::<web_sys::HtmlTextAreaElement>() {
        (field.selection_start(), field.selection_end())
    } else {
        let field = focused.dyn_ref::<web_sys::HtmlInputElement>()?;
        (field.selection_start(), field.selection_end())
    };
    Some((start.ok()??, end.ok()??))
}

/// Puts the caret into the field that has the focus; at the end of fewer words than there were.
pub fn put_caret(caret: Option<(u32, u32)>) {
    if let (Some(focused), Some((start, end))) = (document().active_element(), caret) {
        let _ = match focused.dyn_ref::<web_sys::HtmlTextAreaElement>() {
            Some(field) => field.set_selection_range(start, end),
            None => focused
                .dyn_ref::<web_sys::HtmlInputElement>()
                .map_or(Ok(()), |field| field.set_selection_range(start, end)),
        };
    }
}

/// Once what changes now is drawn.
pub fn focus_soon(selector: String) {
    next_frame(move || focus(&selector));
}
