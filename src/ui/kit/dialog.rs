//! A modal dialog: the browser's own `<dialog>`, which keeps the focus inside, closes on Esc and gives the focus back.

use super::{Icon, IconButton, effect};
use crate::ui::texts::use_texts;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// `open` is shared with the owner: set it to show the dialog; it becomes false when the artist closes it.
#[component]
pub fn Dialog(open: RwSignal<bool>, title: &'static str, children: Children) -> impl IntoView {
    let texts = use_texts();
    let node = NodeRef::<html::Dialog>::new();
    effect(move || {
        let shown = open.get();
        if let Some(dialog) = node.get() {
            if shown && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !shown && dialog.open() {
                dialog.close();
            }
        }
    });
    // A press on the backdrop hits the dialog itself; its content fills it whole.
    let press = move |event: ev::MouseEvent| {
        if event
            .target()
            .is_some_and(|target| target.has_type::<web_sys::HtmlDialogElement>())
        {
            open.set(false);
        }
    };
    view! {
        <dialog node_ref=node class="dialog" aria-label=title on:close=move |_| open.set(false) on:click=press>
            <div class="dialog-content">
                <div class="dialog-head">
                    <h2 class="dialog-title">{title}</h2>
                    <IconButton icon=Icon::Close label=texts.close on_press=Callback::new(move |()| open.set(false)) />
                </div>
                {children()}
            </div>
        </dialog>
    }
    .into_any()
}
