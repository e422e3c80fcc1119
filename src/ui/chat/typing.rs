//! What stands in an answer before its first token.

use crate::ui::{kit::changing, texts::use_texts};
use leptos::prelude::*;

/// `slow`: nothing has come for 8 seconds.
#[component]
pub fn Typing(#[prop(into)] name: Signal<String>, #[prop(into)] slow: Signal<bool>) -> impl IntoView {
    let texts = use_texts();
    let words = move || {
        if slow.get() {
            view! { <span data-testid="still-working">{texts.still_working}</span> }.into_any()
        } else {
            view! { <span>{(texts.thinking)(&name.read())}</span> }.into_any()
        }
    };
    view! {
        <div class="typing" data-testid="typing">
            <span class="dots" aria-hidden="true">
                <i></i>
                <i></i>
                <i></i>
            </span>
            {changing(words)}
        </div>
    }
    .into_any()
}
