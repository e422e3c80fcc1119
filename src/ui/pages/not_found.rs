//! What stands at an address with nothing: unknown, malformed and foreign ids alike. Status 404.

use crate::ui::{
    kit::{ButtonKind, mark},
    platform,
    texts::use_texts,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Six strings, one of them broken.
const STRINGS: [(&str, &str, &str); 5] = [
    ("0", "4", "#ef4444"),
    ("26", "3.4", "#8b5cf6"),
    ("52", "2.8", "#3b82f6"),
    ("104", "2", "#f59e0b"),
    ("130", "1.6", "#ec4899"),
];

#[component]
pub fn NotFound() -> impl IntoView {
    let texts = use_texts();
    platform::answer_not_found();
    let strings = STRINGS.map(|(top, width, colour)| {
        view! { <i style=format!("top:{top}px;height:{width}px;background:{colour}")></i> }
    });
    view! {
        <Title text=texts.not_found_title />
        <div class="backdrop-page">
            <header class="site-head">
                <a class="site-name" href="/">
                    {mark(32)}
                    {texts.product}
                </a>
            </header>
            <main class="lost">
                <div class="lost-strings" aria-hidden="true">
                    {strings}
                    <svg class="lost-left" viewBox="0 0 60 64" width="60" height="64">
                        <path d="M0 2C30 2 48 18 48 36C48 50 40 60 27 60C14 60 7 52 7 42C7 33 13 28 20 28"></path>
                    </svg>
                    <svg class="lost-right" viewBox="0 0 60 70" width="60" height="70">
                        <path d="M60 68C26 68 5 54 5 30C5 12 16 2 31 2C45 2 52 11 52 22"></path>
                    </svg>
                </div>
                <h1 class="lost-title">{texts.not_found_title}</h1>
                <p class="lost-text">{texts.not_found_text}</p>
                <div class="lost-ways">
                    <a class=format!("{} button-hero", ButtonKind::Inverse.class()) href="/chat">
                        {texts.new_chat}
                    </a>
                    <a class=format!("{} button-hero", ButtonKind::Outline.class()) href="/">
                        {texts.home}
                    </a>
                </div>
            </main>
        </div>
    }
    .into_any()
}
