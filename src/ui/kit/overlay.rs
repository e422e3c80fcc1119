//! Popovers of the desktop that are sheets on a phone.
//!
//! The browser's own `popover` does the work: a button with `popovertarget` opens it without JavaScript, Esc and a press
//! outside close it, and the focus goes back. What is added here: the focus moves in, and the arrow keys, Home and End
//! move it.

use crate::ui::hooks::focus;
use leptos::{ev, html, prelude::*};

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
        if focus::is_open(&event) {
            focus::focus_opened(&event);
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

fn move_focus(event: ev::KeyboardEvent) {
    match event.key().as_str() {
        "ArrowDown" => focus::move_focus(&event, false, 1),
        "ArrowUp" => focus::move_focus(&event, false, -1),
        "Home" => focus::move_focus(&event, true, 0),
        "End" => focus::move_focus(&event, true, -1),
        _ => {}
    }
}
