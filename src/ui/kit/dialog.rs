//! A modal dialog: the browser's own `<dialog>`, which keeps the focus inside, closes on Esc and gives the focus back.

use super::{Icon, IconButton, changing_text, effect};
use crate::ui::{
    hooks::{frame::next_frame, keyboard},
    texts::use_texts,
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// Stands open from the start; `on_closed` takes it off the page once the artist has closed it.
#[component]
pub fn Dialog(
    #[prop(into)] title: Signal<&'static str>,
    #[prop(optional)] class: &'static str,
    /// Without a head: the title is only read aloud.
    #[prop(optional)]
    bare: bool,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(optional)] node_ref: NodeRef<html::Dialog>,
    on_closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    let texts = use_texts();
    let node = node_ref;
    // Where one was writing before it opened.
    let caret = StoredValue::new(None);
    effect(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            caret.set_value(keyboard::caret());
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        if let Some(dialog) = node.get_untracked() {
            dialog.close();
        }
    };
    // A press on the backdrop hits the dialog itself; its content fills it whole.
    let press = move |event: ev::MouseEvent| {
        if event
            .target()
            .is_some_and(|target| target.has_type::<web_sys::HtmlDialogElement>())
        {
            close();
        }
    };
    let head = (!bare).then(|| {
        view! {
            <div class="dialog-head">
                <h2 class="dialog-title">{changing_text(move || title.get())}</h2>
                <IconButton icon=Icon::Close label=texts.close on_press=Callback::new(move |()| close()) />
            </div>
        }
        .into_any()
    });
    view! {
        <dialog
            node_ref=node
            class=format!("dialog {class}")
            data-testid=testid
            aria-label=move || title.get()
            on:close=move |_| {
                on_closed.run(());
                // the browser gives the focus back, but leaves the caret in the field of the dialog that goes
                let before = caret.get_value();
                next_frame(move || keyboard::put_caret(before));
            }
            on:click=press
        >
            <div class="dialog-content">
                <div class="sheet-handle" aria-hidden="true"></div>
                {head}
                {children()}
            </div>
        </dialog>
    }
    .into_any()
}
