//! An answer that did not arrive: the plain cause, and what to do.

use crate::{
    types::error::ErrorCode,
    ui::{
        kit::{Button, ButtonKind, Icon, changing_text},
        texts::use_texts,
    },
};
use leptos::prelude::*;

#[component]
pub fn ErrorCard(
    #[prop(into)] code: Signal<ErrorCode>,
    /// Without a network the retry waits for it.
    #[prop(optional, into)]
    offline: Signal<bool>,
    /// A retry was asked for and waits.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// The generation that failed.
    generation: String,
    #[prop(into)] on_retry: Callback<()>,
    /// Opens the choice of models, where there is one.
    #[prop(optional_no_strip)]
    on_other_model: Option<Callback<()>>,
    /// Some of it stands above.
    #[prop(optional, into)]
    partly: Signal<bool>,
) -> impl IntoView {
    let texts = use_texts();
    let title = move || {
        if partly.get() {
            texts.cut_title
        } else {
            texts.failed_title
        }
    };
    let word = move || match (offline.get(), busy.get()) {
        (true, true) => texts.waits_for_network,
        (true, false) => texts.retry_when_back,
        (false, _) => texts.retry,
    };
    view! {
        <div class="error-card" data-testid="error-card" role="group" aria-label=title>
            <p class="error-title">{changing_text(title)}</p>
            <p class="error-text">{changing_text(move || (texts.cause)(code.get()))} " " {texts.failed_kept}</p>
            <div class="error-ways">
                <Button
                    kind=ButtonKind::Inverse
                    icon=Icon::Refresh
                    testid="retry"
                    busy
                    submits=("retry", generation)
                    on_press=on_retry
                >
                    {changing_text(word)}
                </Button>
                {on_other_model.map(|other| view! { <Button on_press=other>{texts.other_model}</Button> }.into_any())}
            </div>
        </div>
    }
    .into_any()
}
