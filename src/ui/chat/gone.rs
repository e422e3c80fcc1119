//! In place of a thread that is not there: deleted in another tab, it comes back when the deletion is taken back there;
//! not kept on this device, it comes with the server.

use crate::ui::{kit::ButtonKind, texts::use_texts};
use leptos::prelude::*;

#[component]
pub fn Gone() -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="scroller gone gone-deleted" role="status">
            <h2 class="gone-title">{texts.gone_title}</h2>
            <p class="gone-text">{texts.gone_text}</p>
            <a class=format!("{} button-hero", ButtonKind::Inverse.class()) href="/chat">
                {texts.new_chat}
            </a>
        </div>
    }
    .into_any()
}

/// What is written here waits for it.
#[component]
pub fn NotKept() -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="scroller gone" role="status" data-testid="not-kept">
            <h2 class="gone-title">{texts.not_kept_title}</h2>
            <p class="gone-text">{texts.not_kept_text}</p>
        </div>
    }
    .into_any()
}
