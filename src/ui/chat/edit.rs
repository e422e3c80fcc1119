//! The field in place of a question whose words are changed.

use super::words_field::WordsField;
use crate::ui::{
    kit::{Button, ButtonKind, changing_text},
    texts::{sheets::sheet_texts, use_texts},
};
use leptos::{html, prelude::*};

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
    let save = Callback::new(move |()| {
        if let Some(field) = field.get_untracked() {
            on_save.run(field.value());
        }
    });
    view! {
        <div class="edit-box">
            <WordsField
                field
                text
                class="edit-field"
                label=texts.edit_field
                locked=saving
                focused=true
                on_save=save
                on_leave
            />
            <p class="edit-problem" role="alert">
                {changing_text(move || problem.get())}
            </p>
            <div class="edit-ways">
                <Button on_press=on_leave>{words.cancel}</Button>
                <Button kind=ButtonKind::Action testid="edit-save" busy=saving on_press=save>
                    {texts.edit_save}
                </Button>
            </div>
        </div>
    }
    .into_any()
}
