//! A field in which words are changed: as high as they are. Its code is among the extras.

use super::composer::grow;
use crate::ui::{
    hooks::{keyboard, scroll},
    kit::effect,
};
use leptos::{ev, html, prelude::*};

/// With what stands below it in its box: the buttons.
fn keep_in_sight(field: &web_sys::HtmlTextAreaElement) {
    if let Some(parent) = field.parent_element() {
        scroll::bring(&parent);
    }
}

/// Enter is what it is in the composer; Esc leaves.
#[component]
pub fn WordsField(
    field: NodeRef<html::Textarea>,
    /// What stands in it first.
    text: String,
    class: &'static str,
    label: &'static str,
    #[prop(optional)] testid: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    /// In characters.
    #[prop(optional)]
    most: Option<&'static str>,
    /// Nothing may be changed at this moment.
    #[prop(optional, into)]
    locked: Signal<bool>,
    /// Takes the focus.
    #[prop(optional)]
    focused: bool,
    on_save: Callback<()>,
    on_leave: Callback<()>,
) -> impl IntoView {
    let composes = StoredValue::new(false);
    effect(move || {
        if let Some(field) = field.get() {
            field.set_value(&text);
            grow(&field);
            keep_in_sight(&field);
            if focused {
                let _ = field.focus();
                let end = field.text_length();
                let _ = field.set_selection_range(end, end);
            }
        }
    });
    let key = move |event: ev::KeyboardEvent| {
        if keyboard::sends(&event, composes.get_value()) {
            on_save.run(());
        } else if event.key() == "Escape" && !composes.get_value() && !keyboard::composing(&event) {
            on_leave.run(());
        } else {
            return;
        }
        event.prevent_default();
    };
    let typed = move |_| {
        if let Some(field) = field.get_untracked() {
            grow(&field);
            keep_in_sight(&field);
        }
    };
    view! {
        <textarea
            node_ref=field
            class=class
            data-testid=testid
            rows="1"
            maxlength=most
            autocomplete="off"
            aria-label=label
            placeholder=placeholder
            prop:readOnly=move || locked.get()
            on:input=typed
            on:keydown=key
            on:compositionstart=move |_| composes.set_value(true)
            on:compositionend=move |_| composes.set_value(false)
        ></textarea>
    }
    .into_any()
}
