//! The page's frame: sidebar and header on the backdrop, the panel for reading, the composer at its foot.
//!
//! The page's `h1` is the greeting of an empty conversation, or a hidden one before the thread; messages are `h2`.
//! In the panel the slots stand from top to bottom: `bars`, `children` (which take the height that is left and scroll
//! in themselves: give the scrolling element the class `scroller`), `composer`.

use crate::ui::{kit::skeleton, texts::use_texts};
use leptos::prelude::*;

/// `empty`: a new conversation, which shows the backdrop where the panel would be.
#[component]
pub fn ChatFrame(
    #[prop(into)] empty: Signal<bool>,
    sidebar: AnyView,
    header: AnyView,
    bars: AnyView,
    composer: AnyView,
    children: Children,
) -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="chat" class:chat-empty=move || empty.get()>
            <a class="skip" href="#conversation">
                {texts.skip}
            </a>
            {sidebar}
            <div class="stage">
                {header} <main class="panel" id="conversation" tabindex="-1">{bars} {children()} {composer}</main>
            </div>
        </div>
    }
    .into_any()
}

/// Grey shapes in place of a conversation that is on its way.
#[component]
pub fn ThreadSkeleton() -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="scroller" role="status" aria-label=texts.loading>
            <div class="thread skeleton-late" aria-hidden="true">
                <span class="skeleton skeleton-bubble"></span>
                <div class="answer">
                    <div class="answer-gutter">
                        <span class="skeleton skeleton-plectrum"></span>
                        <span class="skeleton skeleton-string"></span>
                    </div>
                    <div class="answer-column skeleton-lines">{[19, 96, 88, 92, 41].into_iter().map(skeleton).collect_view()}</div>
                </div>
            </div>
        </div>
    }
    .into_any()
}
