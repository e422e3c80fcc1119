//! Popovers of the desktop that are sheets on a phone.
//!
//! The browser's own `popover` does the work: a button with `popovertarget` opens it without JavaScript, Esc and a press
//! outside close it, and the focus goes back. What is added here: the focus moves in, and the arrow keys move it.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

const ITEMS: &str = "a[href], button:not(:disabled), input:not([type=hidden])";

/// A popover with the given id; open it with `opens=id` of an [`super::IconButton`].
#[component]
pub fn Popover(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(optional)] class: &'static str,
    /// Runs when it has closed, however that came.
    #[prop(optional, into)]
    on_closed: Option<Callback<()>>,
    #[prop(optional)] node_ref: NodeRef<html::Div>,
    children: Children,
) -> impl IntoView {
    let toggled = move |event: ev::Event| {
        let Some(node) = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        else {
            return;
        };
        if node.matches(":popover-open").unwrap_or_default() {
            focus_first(&node);
        } else if let Some(closed) = on_closed {
            closed.run(());
        }
    };
    view! {
        <div
            id=id
            node_ref=node_ref
            popover="auto"
            role="dialog"
            aria-label=label
            class=format!("popover {class}")
            data-testid=testid
            on:toggle=toggled
            on:keydown=move_focus
        >
            <div class="sheet-handle" aria-hidden="true"></div>
            {children()}
        </div>
    }
    .into_any()
}

fn focus_first(node: &web_sys::Element) {
    let current = node.query_selector("[aria-current=true]").ok().flatten();
    let target = current.or_else(|| node.query_selector(ITEMS).ok().flatten());
    if let Some(target) = target.and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = target.focus();
    }
}

fn move_focus(event: ev::KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let Some(node) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let Ok(items) = node.query_selector_all(ITEMS) else {
        return;
    };
    let active = document().active_element();
    let count = items.length() as i32;
    let at = (0..count).find(|index| {
        let item = items.item(*index as u32);
        active
            .as_ref()
            .is_some_and(|active| item.as_ref() == Some(active.as_ref()))
    });
    let next = at.map_or(0, |at| (at + step).rem_euclid(count.max(1)));
    let item = items
        .item(next as u32)
        .and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(item) = item {
        event.prevent_default();
        let _ = item.focus();
    }
}
