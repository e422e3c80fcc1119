//! In place of a thread that was deleted in another tab; it comes back when the deletion is taken back there.

use crate::ui::{kit::ButtonKind, texts::use_texts};
use leptos::prelude::*;

#[component]
pub fn Gone() -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="scroller gone" role="status">
            <h2 class="gone-title">{texts.gone_title}</h2>
            <p class="gone-text">{texts.gone_text}</p>
            <a class=format!("{} button-hero", ButtonKind::Inverse.class()) href="/chat">
                {texts.new_chat}
            </a>
        </div>
    }
    .into_any()
}
