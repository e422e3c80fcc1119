//! The field in place of a question whose words are changed.

use super::composer::grow;
use crate::ui::{
    hooks::keyboard,
    kit::{Button, ButtonKind, changing_text, effect},
    texts::{sheets::sheet_texts, use_texts},
};
use leptos::{ev, html, prelude::*};

/// Enter is what it is in the composer; Esc leaves.
#[component]
pub fn EditField(
    text: String,
    saving: Signal<bool>,
    /// Why it was not sent; the text is still here.
    problem: Signal<String>,
    on_save: Callback<String>,
    on_leave: Callback<()>,
) -> impl IntoView {
    let words = use_texts();
    let texts = sheet_texts(words.lang);
    let field = NodeRef::<html::Textarea>::new();
    let composes = StoredValue::new(false);
    effect(move || {
        if let Some(field) = field.get() {
            field.set_value(&text);
            grow(&field);
            let _ = field.focus();
            let end = field.text_length();
            let _ = field.set_selection_range(end, end);
        }
    });
    let save = move || {
        if let Some(field) = field.get_untracked() {
            on_save.run(field.value());
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if keyboard::sends(&event, composes.get_value()) {
            event.prevent_default();
            save();
        } else if event.key() == "Escape" && !composes.get_value() && !keyboard::composing(&event) {
            event.prevent_default();
            on_leave.run(());
        }
    };
    let typed = move |_| {
        if let Some(field) = field.get_untracked() {
            grow(&field);
        }
    };
    view! {
        <div class="edit-box">
            <textarea
                node_ref=field
                class="edit-field"
                rows="1"
                aria-label=texts.edit_field
                prop:readOnly=move || saving.get()
                autocomplete="off"
                on:keydown=key
                on:input=typed
                on:compositionstart=move |_| composes.set_value(true)
                on:compositionend=move |_| composes.set_value(false)
            ></textarea>
            <p class="edit-problem" role="alert">
                {changing_text(move || problem.get())}
            </p>
            <div class="edit-ways">
                <Button on_press=on_leave>{words.cancel}</Button>
                <Button kind=ButtonKind::Action testid="edit-save" busy=saving on_press=Callback::new(move |()| save())>
                    {texts.edit_save}
                </Button>
            </div>
        </div>
    }
    .into_any()
}
